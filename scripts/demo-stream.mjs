// Live streams with nothing at hand: a local exchange on this machine, followed for some seconds. npm run demo:stream.
import { spawn } from 'node:child_process';

const cli = new URL('../dist/cli/main.js', import.meta.url).pathname;
const venue = spawn(process.execPath, [cli, 'venue', '--port', '0', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

/** The address that the local exchange prints. */
function address() {
  return new Promise((resolve, reject) => {
    let text = '';
    // Read to the end: what is not read fills the pipe.
    venue.stdout.on('data', (data) => {
      text += data;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
      if (found !== undefined) resolve(found);
    });
    venue.on('exit', () => reject(new Error('the local exchange did not start')));
  });
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
