// Starts the platform on SQLite with nothing else installed, API and syncer together, and issues a first token: npm run platform.
// With --check it waits until the API is healthy, asks one question with the token, and ends.
import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const isCheck = process.argv.includes('--check');
const options = process.argv.slice(2).filter((one) => one !== '--check');
const optionOf = (name, other) => {
  const at = options.indexOf(name);
  return at < 0 ? other : options.splice(at, 2)[1];
};
const port = optionOf('--port', isCheck ? '0' : '8790');
const every = optionOf('--every', '1h');
const platform = optionOf('--platform', 'platform');
if (options.length > 0) {
  console.error(`platform takes --port, --every, --platform and --check, was ${options.join(' ')}`);
  process.exit(2);
}

const running = new Set();
let [isEnding, code] = [false, 0];

/** Ends both: one without the other is no platform. */
function end(why, status) {
  if (isEnding) return;
  isEnding = true;
  code = status;
  console.log(why);
  for (const child of running) child.kill('SIGTERM');
}

function start(name, args) {
  const child = spawn(process.execPath, [main, ...args, '--platform', platform], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.on('exit', (status) => {
    running.delete(child);
    end(`${name} has ended with ${status}`, 1);
    if (running.size === 0) process.exit(code);
  });
  return child;
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end('the platform ends', 0));

const api = start('api', ['serve', '--port', port, '--json']);
const url = await new Promise((resolve) => {
  let text = '';
  api.stdout.on('data', (piece) => {
    text += piece;
    if (text.includes('\n')) resolve(JSON.parse(text.slice(0, text.indexOf('\n'))).url);
  });
  api.on('exit', () => resolve(undefined));
});
if (url !== undefined) {
  const syncer = start('syncer', ['sync', '--every', every]);
  syncer.stdout.on('data', (piece) => process.stdout.write(`syncer  ${piece}`));
  const issue = ['token', 'issue', '--subject', 'first', '--for', '8h', '--json', '--platform', platform];
  for (const scope of ['read:metadata', 'read:bars', 'read:runs', 'control:sessions']) issue.push('--scope', scope);
  const { token } = JSON.parse(execFileSync(process.execPath, [main, ...issue], { encoding: 'utf8' }));
  console.log(`dashboard  ${url}/\ntoken      ${token}`);
  if (isCheck) {
    const health = await fetch(`${url}/health`);
    const asked = await fetch(`${url}/v1/exchanges`, { headers: { authorization: `Bearer ${token}` } });
    const isGood = health.ok && asked.ok;
    end(`health ${health.status}, exchanges ${asked.status}: ${isGood ? 'ok' : 'not ok'}`, isGood ? 0 : 1);
  }
}
