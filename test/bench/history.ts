/** How fast history comes in through ccxt, and how fast it comes back from the bar store. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { systemRuntime } from '../../src/core/index.ts';
import { CcxtDataFeed } from '../../src/feeds/index.ts';

const child = fileURLToPath(new URL('history/child.ts', import.meta.url));
const loader = import.meta.resolve('tsx');

interface Loaded {
  readonly bars: number;
  readonly loadMs: number;
  readonly rssMb: number;
  readonly hitMs: number;
}

/** Bars per second of a download, and times of loads from the store. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-history-'));
  try {
    const rate = await download(join(folder, 'fetched'), 300_000, 0);
    say(`download through ccxt, limiter off: ${Math.round(rate.perSecond)} bars/s`);
    const limited = await download(join(folder, 'limited'), 60_000, undefined);
    const share = limited.perSecond / 50_000;
    say(`with the limiter: ${Math.round(limited.perSecond)} bars/s, ${Math.round(share * 100)} % of its ceiling`);
    const million = await load(join(folder, 'million'), 1_000_000);
    say(`load of 1,000,000 stored bars: ${million.loadMs.toFixed(0)} ms, 2,000 bars: ${million.hitMs.toFixed(2)} ms`);
    const five = await load(join(folder, 'five'), 5_000_000);
    say(`load of 5,000,000 stored bars: ${five.loadMs.toFixed(0)} ms at ${five.rssMb.toFixed(0)} MB`);
    return {
      historyDownloadBarsPerSecond: Math.round(rate.perSecond),
      historyLimiterShare: share,
      historyLoadMillionMs: million.loadMs,
      historyHitMs: million.hitMs,
      historyLoadFiveMillionMs: five.loadMs,
      historyLoadFiveMillionMb: five.rssMb,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function download(
  folder: string,
  count: number,
  rateLimitMs: number | undefined,
): Promise<{ perSecond: number }> {
  const server = launch('serve', String(count));
  try {
    const { url, start, end } = (await answerOf(server)) as { url: string; start: number; end: number };
    const connection = { url, ...(rateLimitMs === undefined ? {} : { rateLimitMs }) };
    const feed = (from: number, to: number): CcxtDataFeed =>
      new CcxtDataFeed({
        exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', start: from, end: to, folder, connection, progress: false,
      }); // prettier-ignore
    // The markets are loaded and the code is warm before the clock starts.
    const warm = start + 10_000 * 60_000;
    await feed(start, warm).load({ runtime: systemRuntime });
    const started = performance.now();
    const bars = await feed(warm, end).load({ runtime: systemRuntime });
    return { perSecond: (bars.time.length / (performance.now() - started)) * 1000 };
  } finally {
    server.kill();
  }
}

/** The best of three programs: other work on the machine only ever adds time. */
async function load(folder: string, count: number): Promise<Loaded> {
  await answerOf(launch('fill', folder, String(count)));
  const all: Loaded[] = [];
  for (let i = 0; i < 3; i++) all.push((await answerOf(launch('load', folder, String(count)))) as Loaded);
  return all.sort((a, b) => a.loadMs - b.loadMs)[0]!;
}

function launch(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--conditions=source', '--import', loader, child, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function answerOf(process: ChildProcess): Promise<unknown> {
  for await (const line of createInterface({ input: process.stdout! })) return JSON.parse(line) as unknown;
  throw new Error('a process of the history bench ended without an answer');
}
