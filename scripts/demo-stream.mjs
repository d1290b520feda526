// Live streams with nothing at hand: a local exchange on this machine, followed for some seconds. npm run demo:stream.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const cli = new URL('../dist/cli/main.js', import.meta.url).pathname;
const venue = spawn(process.execPath, [cli, 'venue', '--port', '0', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

/** The address that the local exchange prints. */
async function address() {
  for await (const line of createInterface({ input: venue.stdout })) {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (found !== undefined) return found;
  }
  throw new Error('the local exchange did not start');
}

let code = 1;
try {
  const url = await address();
  console.log(`a local exchange at ${url}: nextbar stream binance BTC/USDT --url ${url} --for 10s`);
  const stream = spawn(process.execPath, [cli, 'stream', 'binance', 'BTC/USDT', '--url', url, '--for', '10s'], {
    stdio: 'inherit',
  });
  code = await new Promise((resolve) => stream.on('exit', resolve));
} finally {
  venue.kill();
}
process.exit(code);
