/** Outages of random length against the page rules of real exchanges: the bars are the exchange's, or the hole is told. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

import { CcxtStore } from '../../src/connectors/ccxt/index.ts';
import { barOpen, seededRandom, systemRuntime, timeframe, type Timeframe } from '../../src/core/index.ts';
import { CcxtClosedBars, fetchSettled, rowsOf } from '../../src/feeds/index.ts';

/** The exchanges that are served, with the page rules that their documents state. */
export const fakeExchanges = new URL('../../../shared/cases/fake-exchanges.mjs', import.meta.url).pathname;
/** Whether they are there. */
export const hasFakes = existsSync(fakeExchanges);

const venues = [
  { exchange: 'okx', symbol: 'BTC/USDT', page: 300 },
  { exchange: 'bybit', symbol: 'BTC/USDT', page: 1_000 },
  { exchange: 'coinbase', symbol: 'BTC/USD', page: 350 },
  { exchange: 'hyperliquid', symbol: 'BTC/USDC:USDC', page: 5_000 },
] as const;
const minute = 60_000;

/** What the outages came to. */
export interface OutageResult {
  readonly outages: number;
  readonly bars: number;
  readonly requests: number;
  readonly wrong: readonly string[];
}

/** The exchange's own bar of a minute, computed as the fake computes it. */
function truth(time: number): number[] {
  const price = (k: number): number => 100 + (k % 1000) / 10;
  const k = time / minute;
  const [open, close] = [price(k - 1), price(k)];
  return [time, open, Math.max(open, close) + 0.1, Math.min(open, close) - 0.1, close, 1 + (k % 7)];
}

/** Runs outages, each of up to `pages` pages and with quiet minutes in it, on every exchange in turn. */
export async function runOutages(count: number, pages: number, seed = 1): Promise<OutageResult> {
  const random = seededRandom(seed);
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const fake = spawn(process.execPath, [fakeExchanges, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const wrong: string[] = [];
  let bars = 0;
  let requests = 0;
  try {
    await new Promise((resolve) => fake.stdout.once('data', resolve));
    const control = async (body: object): Promise<readonly string[]> => {
      const answer = await fetch(`${origin}/ctl`, { method: 'POST', body: JSON.stringify(body) });
      return ((await answer.json()) as { log: string[] }).log;
    };
    const frame = timeframe('1m');
    const sources = venues.map((venue) => ({
      ...venue,
      source: sourceFor(venue.exchange, venue.symbol, origin, frame),
    }));
    for (let k = 0; k < count; k++) {
      const { exchange, page, source } = sources[k % sources.length]!;
      const length = 1 + Math.floor(random() ** 2 * (exchange === 'hyperliquid' ? 4_900 : pages * page));
      const end = barOpen(frame, Date.now()) - Math.floor(random() * 3) * minute;
      const start = end - length * minute;
      const holes: [number, number][] = Array.from({ length: Math.floor(random() * 3) }, () => {
        const from = start + Math.floor(random() * length) * minute;
        return [from, from + (1 + Math.floor(random() * 400)) * minute];
      });
      await control({ holes });
      const fetched = await fetchSettled(source, { start, end }, frame, {
        ...systemRuntime,
        sleep: () => Promise.resolve(),
      });
      const { knownUntil = end, holes: told = [] } = fetched;
      const expected: number[][] = [];
      for (let at = start; at < knownUntil; at += minute) {
        const isQuiet = holes.some(([from, to]) => at >= from && at < to);
        if (!isQuiet && !told.some((hole) => at >= hole.start && at < hole.end)) expected.push(truth(at));
      }
      const rows = rowsOf(fetched);
      bars += rows.length;
      if (!isEqual(rows, expected)) {
        wrong.push(`${exchange}, outage ${k} of ${length} bars: ${rows.length} came, ${expected.length} were to come`);
      }
      requests += (await control({})).length;
    }
  } finally {
    await end(fake);
  }
  return { outages: count, bars, requests, wrong };
}

function isEqual(rows: readonly (readonly number[])[], expected: readonly (readonly number[])[]): boolean {
  const near = (one: number, other: number): boolean => Math.abs(one - other) < 1e-9;
  return (
    rows.length === expected.length && rows.every((row, i) => row.every((value, j) => near(value, expected[i]![j]!)))
  );
}

function sourceFor(exchange: string, symbol: string, url: string, frame: Timeframe): CcxtClosedBars {
  const store = new CcxtStore({ exchange, url, publicOnly: true, config: { enableRateLimit: false } });
  return new CcxtClosedBars(store, symbol, frame, systemRuntime);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
}
