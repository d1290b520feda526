// Builds a small dataset from the local exchange, publishes it to a folder and queries it, with no network: npm run demo:dataset.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'dist', 'cli', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'nextbar-demo-dataset-'));

/** Runs a command and shows it; returns its exit code. */
function nextbar(...args) {
  console.log(`\n$ npx nextbar ${args.map((one) => (/[\s*]/.test(one) ? `"${one}"` : one)).join(' ')}`);
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: 'inherit' });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}

/** Starts the local exchange; resolves with the process and its address. */
function openVenue() {
  const child = spawn(process.execPath, [main, 'venue', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
      if (url !== undefined) resolve({ child, url });
    });
    child.on('exit', () => reject(new Error(`the local exchange did not start: ${text}`)));
  });
}

const { child, url } = await openVenue();
let code = 1;
try {
  const from = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
  const steps = [
    [
      'dataset',
      'build',
      '--exchange',
      'binance',
      '--symbol',
      'BTC/USDT',
      '--start',
      from,
      '--url',
      url,
      '--rate-limit',
      '0',
    ],
    ['dataset', 'status'],
    ['dataset', 'publish'],
    [
      'dataset',
      'sql',
      'SELECT symbol, count(*) AS hours, round(sum(volume), 2) AS volume FROM bars_1h GROUP BY symbol',
    ],
    [
      'dataset',
      'sql',
      'SELECT time, close FROM bars_1h WHERE symbol = ? ORDER BY time DESC LIMIT 3',
      '--value',
      'BTC/USDT',
    ],
  ];
  for (const step of steps) {
    code = await nextbar(...step);
    if (code !== 0) break;
  }
} finally {
  child.removeAllListeners('exit');
  child.kill();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);
