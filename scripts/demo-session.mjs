// A live session against the local exchange, offline and at many times the speed of time: what demo:paper and demo:sandbox share.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'dist', 'cli', 'main.js');

/** Where the demonstration's market begins, and how many minutes of it there are: the same at every run. */
const [start, minutes, begins] = [Date.UTC(2026, 0, 5), 2_000, '2026-01-05T12:00:00Z'];

/** Seeded bars as a CSV file. */
async function writeBars(path) {
  const { generateBars } = await import('../dist/index.js');
  const { time, open, high, low, close, volume } = generateBars({ seed: 11, timeframe: '1m', start, count: minutes });
  const rows = Array.from(time, (at, i) => [at, open[i], high[i], low[i], close[i], volume[i]].join(','));
  writeFileSync(path, `timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`);
}

/** The local exchange, and what it says of itself. */
async function startVenue(args) {
  const child = spawn(process.execPath, [main, 'venue', '--port', '0', '--json', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const venue = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
    child.once('exit', (code) => reject(new Error(`the local exchange ended with code ${code}`)));
  });
  child.removeAllListeners('exit');
  return { ...venue, stop: () => child.kill() };
}

/** A command line as it is typed, in lines that a terminal has room for. */
function typed(args) {
  const lines = ['$ npx nextbar'];
  // An option stays with its value.
  const words = args
    .join(' ')
    .replace(/ (?=--)/g, '\n')
    .split('\n');
  for (const word of words) {
    if (lines.at(-1).length + word.length > 96) lines.push('   ');
    lines.push(`${lines.pop()} ${word}`);
  }
  return lines.join(' \\\n');
}

/** Runs one command line, shows it, and gives its exit code. */
function nextbar(shown, args, env) {
  console.log(typed(shown));
  const child = spawn(process.execPath, [main, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  // Ctrl-C reaches the session too, which ends by itself.
  process.on('SIGINT', () => {});
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

/** The whole demonstration: an exchange, a session on it, and the replay of its journal. */
export async function demo(command, speed, span) {
  const sessions = mkdtempSync(join(tmpdir(), 'nextbar-demo-'));
  const bars = join(sessions, 'bars.csv');
  await writeBars(bars);
  const market = ['--from', begins, '--speed', String(speed), '--balance', 'USDT=100000,BTC=1'];
  const session = [
    ...command, 'strategies/sma-cross.ts', '--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1m', '--param', 'fast=3', '--param',
    'slow=8', '--for', span,
  ]; // prettier-ignore
  console.log(`${typed(['venue', '--bars', 'BTC/USDT=bars.csv', ...market])} &`);
  const venue = await startVenue(['--bars', `BTC/USDT=${bars}`, ...market]);
  try {
    const [{ apiKey, secret }] = venue.accounts;
    const env = { BINANCE_SANDBOX_API_KEY: apiKey, BINANCE_SANDBOX_SECRET: secret, NEXTBAR_NO_HINTS: '1' };
    const way = ['--url', venue.url, '--speed', String(speed)];
    const kept = ['--sessions', sessions, '--session', 'demo'];
    const code = await nextbar([...session, ...way], [...session, ...way, ...kept], env);
    if (code !== 0) return code;
    return await nextbar(['replay', 'demo', '--quiet'], ['replay', 'demo', '--sessions', sessions, '--quiet'], {});
  } finally {
    venue.stop();
    rmSync(sessions, { recursive: true, force: true });
  }
}
