/** A simulated exchange that sends values no market can have: consumers see none of them, and books and trades end as the exchange's. */
import { FeedHandler } from '../../src/connectors/index.ts';
import { binance } from '../../src/connectors/protocols/binance/spot.ts';
import {
  seededRandom, SimulatedNetwork, SimulatedRuntime, type ServedSocket, type Service, type StreamEvent,
} from '../../src/core/index.ts'; // prettier-ignore
import { BinanceApi, SeededMarket } from '../../src/venue/index.ts';
import { instruments, settle } from '../connectors/local.ts';
import { broken } from './gate-rules.ts';

/** What the schedules came to. */
export interface BadValuesResult {
  readonly schedules: number;
  /** Frames with a value that no market can have, and the events refused for it. */
  readonly mangled: number;
  readonly refused: number;
  readonly resyncs: number;
  readonly wrong: readonly string[];
}

const warmMs = 4_000;
const troubleMs = 15_000;
const quietMs = 25_000;
const badPrices = ['-5.5', '0', '', '0x10', '1e400', 'NaN', 'Infinity', 'abc', '-0.01', null, {}];
const badSizes = ['-1', '', '0x10', '1e400', 'NaN', 'abc', null];
const badTimes = [0, -1, 1_700_000_000, Date.UTC(2030), 1e18, 'abc', '', null];
const badIds = [9_007_199_254_740_991, 1e300, -1, 'x', null];

/** The same frame with one value replaced by nonsense; undefined where it has no value to replace. */
function mangled(frame: string, random: () => number): string | undefined {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const message = JSON.parse(frame) as { stream?: string; data?: Record<string, unknown> };
  const { stream, data } = message;
  if (stream === undefined || data === undefined) return undefined;
  const fields: Record<string, readonly unknown[]> = stream.includes('@aggTrade')
    ? { p: badPrices, q: badSizes, T: badTimes, a: badIds }
    : stream.includes('@bookTicker')
      ? { b: badPrices, a: badPrices, B: badSizes, A: badSizes }
      : { E: badTimes, u: ['x', null], b: [], a: [] };
  const field = pick(Object.keys(fields));
  const values = fields[field]!;
  if (values.length > 0) data[field] = pick(values);
  else {
    const levels = data[field] as unknown[][];
    if (levels.length === 0) return undefined;
    const level = pick(levels);
    const place = random() < 0.5 ? 0 : 1;
    level[place] = pick(place === 0 ? badPrices : badSizes);
  }
  return JSON.stringify(message);
}

async function runSchedule(seed: number): Promise<Omit<BadValuesResult, 'schedules'>> {
  const runtime = new SimulatedRuntime(seed);
  const random = seededRandom(seed * 7 + 1);
  const network = new SimulatedNetwork(runtime, { minMs: 2, maxMs: 20 });
  const market = new SeededMarket(runtime, { seed, instruments, stepsPerSecond: 20, levels: 15 });
  const api = new BinanceApi(runtime, market);
  const isTrouble = (): boolean => runtime.elapsed() > warmMs && runtime.elapsed() < warmMs + troubleMs;
  const share = 0.002 + random() * 0.05;
  let count = 0;
  const service: Service = {
    accept: (url, socket) => {
      const served: ServedSocket = {
        send: (frame) => {
          const bad = isTrouble() && random() < share ? mangled(String(frame), random) : undefined;
          if (bad !== undefined) count++;
          socket.send(bad ?? frame);
        },
        close: (reason) => {
          socket.close(reason);
        },
      };
      return api.accept(url, served);
    },
    request: (request, answer) => {
      api.request(request, answer);
    },
  };
  network.serve('wss://', service);
  network.serve('https://', service);
  market.start();
  const wrong: string[] = [];
  let resyncs = 0;
  let refused = 0;
  const seen = new Map<string, Map<string, { price: number; size: number }>>();
  const told = new Map<string, [number, number][]>();
  const take = (event: StreamEvent): void => {
    const problem = broken(event);
    if (problem !== undefined) wrong.push(problem);
    if (event.type === 'refused') refused++;
    if (event.type === 'status' && event.state === 'resyncing') resyncs++;
    if (event.type === 'gap') {
      const rows = told.get(event.symbol) ?? [];
      rows.push([Number(event.from ?? 0), Number(event.to ?? Infinity)]);
      told.set(event.symbol, rows);
    }
    if (event.type !== 'trade') return;
    const trades = seen.get(event.symbol) ?? new Map<string, { price: number; size: number }>();
    seen.set(event.symbol, trades);
    if (trades.has(event.id!)) wrong.push(`trade ${event.id!} of ${event.symbol} came twice`);
    trades.set(event.id!, event);
  };
  const errors: string[] = [];
  const handler = new FeedHandler({
    runtime,
    network,
    protocols: [binance],
    onError: ({ message }) => errors.push(message),
  });
  const symbols = instruments.map(({ symbol }) => symbol);
  const adding = handler.addFeed({
    exchange: 'binance',
    symbols,
    channels: ['trade', 'quote', 'book'],
    sinks: [{ write: take }],
  });
  await runtime.advanceAsync(500, settle);
  const feed = await adding;
  handler.start();
  for (let passed = 0; passed < warmMs + troubleMs + quietMs; passed += 1_000)
    await runtime.advanceAsync(1_000, settle);
  market.stop();
  await runtime.advanceAsync(1_000, settle);
  for (const { symbol, priceDecimals, sizeDecimals } of instruments) {
    const scaled = (rows: readonly (readonly [number, number])[]): number[][] =>
      rows.map(([price, size]) => [price / 10 ** priceDecimals, size / 10 ** sizeDecimals]);
    const [ours, theirs] = [feed.book(symbol), market.book(symbol)];
    const isSame =
      JSON.stringify([ours?.bids, ours?.asks]) === JSON.stringify([scaled(theirs.bids), scaled(theirs.asks)]);
    if (!isSame) wrong.push(`the book of ${symbol} is not the exchange's: ${feed.state('book', symbol)}`);
    const trades = seen.get(symbol) ?? new Map<string, { price: number; size: number }>();
    const first = Math.min(...[...trades.keys()].map(Number));
    for (const { id, price, size } of market.trades(symbol, 1e9)) {
      const trade = trades.get(String(id));
      const isTold = told.get(symbol)?.some(([from, to]) => id >= from && id <= to) === true;
      if (trade === undefined && id > first && !isTold)
        wrong.push(`trade ${id} of ${symbol} was lost and nothing said so`);
      if (trade === undefined) continue;
      const isOurs = Math.abs(trade.price - price / 10 ** priceDecimals) < 1e-9 && Math.abs(trade.size - size / 10 ** sizeDecimals) < 1e-9; // prettier-ignore
      if (!isOurs) wrong.push(`trade ${id} of ${symbol} is not the exchange's`);
    }
  }
  const counted = Object.values(feed.counts.refused).reduce((sum, one) => sum + one, 0);
  if (counted !== refused) wrong.push(`${refused} refusals were told, ${counted} were counted`);
  if (count > 0 && refused + errors.length === 0) wrong.push(`${count} frames were mangled and nothing was said of it`);
  const stopping = handler.stop(1_000);
  await runtime.advanceAsync(2_000, settle);
  await stopping;
  return { mangled: count, refused, resyncs, wrong: wrong.slice(0, 3).map((line) => `seed ${seed}: ${line}`) };
}

/** Runs schedules from seed 1 on. */
export async function soakBadValues(schedules: number, firstSeed = 1): Promise<BadValuesResult> {
  const sum = { mangled: 0, refused: 0, resyncs: 0 };
  const wrong: string[] = [];
  for (let k = 0; k < schedules; k++) {
    const one = await runSchedule(firstSeed + k);
    for (const key of ['mangled', 'refused', 'resyncs'] as const) sum[key] += one[key];
    wrong.push(...one.wrong);
  }
  return { schedules, ...sum, wrong };
}
