/** Crash soak: downloads by two processes at once, killed at random moments, over a store that must stay whole. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { barsBetween, seededRandom, systemRuntime, type Bars } from '../../src/core/index.ts';
import { CcxtDataFeed, generateBars } from '../../src/feeds/index.ts';
import { BarStore, checkStore } from '../../src/store/index.ts';
import { BarHistory, BinanceApi, binancePaths, serviceApi, StillRuntime, VenueServer } from '../../src/venue/index.ts';
import { bundled } from '../house/bundled.ts';

/** What the kills showed. */
export interface CrashSummary {
  readonly kills: number;
  readonly rounds: number;
  /** Bars that were fetched more than once, per kill: at most the segment in flight. */
  readonly refetchedPerKill: number;
  readonly damaged: number;
}

const minute = 60_000;
const start = Date.UTC(2024, 0, 1);
/** Three months of minutes: some 130 pages, three segments. */
const end = Date.UTC(2024, 3, 1);
const monthRows = 31 * 1440;

/** Kills downloads `kills` times. @throws If the store is ever inconsistent, or too much was fetched twice. */
export async function crashSoak(kills: number, seed = 1): Promise<CrashSummary> {
  const child = await bundled(fileURLToPath(new URL('crash-child.ts', import.meta.url)));
  const uniform = seededRandom(seed);
  const truth = generateBars({ seed: 9, timeframe: '1m', start, count: (end - start) / minute + 60 });
  const runtime = new StillRuntime(systemRuntime, end + 30 * minute);
  const instrument = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 5 };
  const binance = new BinanceApi(runtime, new BarHistory(runtime, [{ instrument, bars: truth, timeframe: '1m' }]));
  const server = new VenueServer({ runtime, apis: [serviceApi('binance', binance, binancePaths)] });
  const url = await server.listen();
  let done = 0;
  let rounds = 0;
  let refetched = 0;
  let damaged = 0;
  try {
    while (done < kills) {
      const folder = mkdtempSync(join(tmpdir(), 'nextbar-crash-'));
      try {
        rounds += 1;
        server.served.length = 0;
        const killed = await killUntilDone(child, folder, server, url, kills - done, uniform, (count) => {
          damaged += count;
        });
        done += killed;
        const fetched = server.served
          .filter(({ path, status }) => path.endsWith('klines') && status === 200)
          .reduce((sum, { query }) => sum + Number(new URLSearchParams(query).get('limit')), 0);
        const twice = fetched - (end - start) / minute;
        if (twice > (killed + 1) * monthRows) throw new Error(`${twice} bars fetched twice after ${killed} kills`);
        refetched += Math.max(0, twice);
        checkBars(await readAll(folder, url), truth);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  } finally {
    await server.close();
  }
  return { kills: done, rounds, refetchedPerKill: Math.round(refetched / Math.max(1, done)), damaged };
}

/** Two downloads of the same bars; whichever is killed is started again, until one of them comes to its end. */
async function killUntilDone(
  child: string,
  folder: string,
  server: VenueServer,
  url: string,
  mostKills: number,
  uniform: () => number,
  onDamage: (count: number) => void,
): Promise<number> {
  let kills = 0;
  for (;;) {
    const both = [launch(child, folder, url), launch(child, folder, url)];
    const ends = both.map(
      (one) =>
        new Promise<boolean>((resolve, reject) => {
          one.once('exit', (code, signal) => {
            if (code === 0 || signal !== null) resolve(code === 0);
            else reject(new Error(`a download ended with code ${code}`));
          });
        }),
    );
    const watch = { over: false };
    const moment = { requests: 3 + uniform() * 60, ms: uniform() * 100 };
    const first = await Promise.race([...ends, someWayInto(server, moment, watch)]);
    watch.over = true;
    if (first === true || kills >= mostKills) {
      await Promise.all(ends);
      return kills;
    }
    for (const one of both) {
      if (one.exitCode !== null || !one.kill('SIGKILL')) continue;
      kills += 1;
    }
    await Promise.all(ends);
    onDamage(await damageIn(folder));
  }
}

/** Resolves after so many requests of the downloads and so long: at no moment that a fast or a slow machine would choose. */
async function someWayInto(
  server: VenueServer,
  moment: { readonly requests: number; readonly ms: number },
  watch: { over: boolean },
): Promise<undefined> {
  const before = server.requests;
  while (!watch.over && server.requests < before + moment.requests) await systemRuntime.sleep(5);
  await systemRuntime.sleep(moment.ms);
  return undefined;
}

function launch(child: string, folder: string, url: string): ChildProcess {
  return spawn(process.execPath, [child, folder, url, String(start), String(end)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function damageIn(folder: string): Promise<number> {
  const store = await BarStore.open({ folder });
  try {
    const check = checkStore(store, systemRuntime.now());
    if (check.damaged.length > 0) throw new Error(`after a kill: ${check.damaged.join('; ')}`);
    return check.damaged.length;
  } finally {
    store.close();
  }
}

async function readAll(folder: string, url: string): Promise<Bars> {
  const feed = new CcxtDataFeed({
    exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', start, end, folder, connection: { url, rateLimitMs: 0 },
  }); // prettier-ignore
  const bars = await feed.load({ runtime: systemRuntime });
  if (feed.counts!.requests > 0) throw new Error(`${feed.counts!.requests} requests after a download had ended`);
  return bars;
}

function checkBars(bars: Bars, truth: Bars): void {
  const expected = barsBetween(truth, start, end);
  if (bars.time.length !== expected.time.length) throw new Error(`${bars.time.length} bars instead of all`);
  for (const name of ['time', 'open', 'high', 'low', 'close', 'volume'] as const) {
    const at = expected[name].findIndex((value, i) => !Object.is(value, bars[name][i]));
    if (at >= 0) throw new Error(`${name} of bar ${at} was ${bars[name][at]!} instead of ${expected[name][at]!}`);
  }
}
