/** The long simulation: connectors against local venues on a simulated clock, every fault drawn from a seed. */
import { createHash } from 'node:crypto';

import {
  SimulatedNetwork,
  SimulatedRuntime,
  type Channel,
  type HttpRequest,
  type StreamEvent,
} from '../../src/core/index.ts';
import { FeedHandler } from '../../src/connectors/index.ts';
import { binance } from '../../src/connectors/protocols/binance/spot.ts';
import { okx } from '../../src/connectors/protocols/okx/okx.ts';
import { decimalText, SeededMarket, type MarketInstrument } from '../../src/venue/index.ts';
import {
  BinanceApi, binanceDepth, BookHistory, socketFaults, FaultyService, OkxApi, planFaults, type FaultKind, type FaultWindow,
} from '../../src/venue/index.ts'; // prettier-ignore

/** What one schedule came to. */
export interface ScheduleResult {
  readonly seed: number;
  /** Hash of every event in order. */
  readonly log: string;
  readonly events: number;
  readonly hits: Readonly<Record<FaultKind, number>>;
  /** What is wrong; empty when all is well. */
  readonly wrong: readonly string[];
  readonly reconnects: number;
  readonly resyncs: number;
  readonly gapsTold: number;
  readonly backfilled: number;
}

const instruments: readonly MarketInstrument[] = [
  { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 5 },
  { symbol: 'ETH/USDT', base: 'ETH', quote: 'USDT', priceDecimals: 2, sizeDecimals: 4 },
];
const symbols = instruments.map((one) => one.symbol);

/** The faults that a schedule draws from. */
const struckBy: readonly FaultKind[] = [...socketFaults, 'old-book', 'server-error', 'hang'];
const warmMs = 5_000;
const troubleMs = 40_000;
const quietMs = 45_000;
const staleMs: Readonly<Record<Channel, number>> = {
  trade: 20_000, quote: 10_000, book: 6_000, l3: 60_000, bar: 1e9, funding: 1e9, openInterest: 1e9, liquidation: 1e9, index: 1e9, mark: 1e9, ticker24h: 1e9,
}; // prettier-ignore

/** Lets promises settle. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** One run of a seed: five seconds of calm, trouble, and quiet again. */
export async function runSchedule(seed: number, windows = drawn(seed)): Promise<ScheduleResult> {
  const runtime = new SimulatedRuntime(seed);
  const network = new SimulatedNetwork(runtime);
  const wrong: string[] = [];
  const venues = (['binance', 'okx'] as const).map((id, i) => {
    const market = new SeededMarket(runtime, { seed: seed * 7 + i, instruments, stepsPerSecond: 8, levels: 12 });
    const history = new BookHistory(runtime, market);
    const face =
      id === 'binance' ? new BinanceApi(runtime, market, { lifetimeMs: 30_000 }) : new OkxApi(runtime, market);
    const service = new FaultyService(face, runtime, {
      windows: windows[i]!,
      seed: seed * 11 + i,
      heartbeat: (frame) => frame === 'pong',
      corrupt: (frame) => (id === 'okx' && frame.includes('"books"') ? spoiled(frame) : undefined),
      lagged: (request, lagMs) => lagged(request, lagMs, history),
    });
    network.serve(id === 'binance' ? 'wss://stream.binance.com' : 'wss://ws.okx.com', service);
    network.serve(id === 'binance' ? 'https://api.binance.com' : 'https://www.okx.com', service);
    if (id === 'binance') {
      runtime.every(500, () => {
        history.look();
      });
    }
    market.start();
    return { id, market, service };
  });

  const hash = createHash('sha256');
  let events = 0;
  let resyncs = 0;
  let gapsTold = 0;
  let backfilled = 0;
  const live = new Map<string, number | undefined>();
  const trades = new Map<string, Map<string, number>>();
  const excused = new Map<string, [number, number][]>();
  const hear = (event: StreamEvent): void => {
    events++;
    hash.update(JSON.stringify(event));
    if (event.type === 'status') {
      live.set(
        `${event.exchange} ${event.channel} ${event.symbol}`,
        event.state === 'live' ? runtime.elapsed() : undefined,
      );
      if (event.state === 'resyncing') resyncs++;
    } else if (event.type === 'gap') {
      gapsTold++;
      const rows = excused.get(`${event.exchange} ${event.symbol}`) ?? [];
      rows.push([Number(event.from ?? 0), Number(event.to ?? 0)]);
      excused.set(`${event.exchange} ${event.symbol}`, rows);
    } else if (event.type === 'trade' || event.type === 'quote' || event.type === 'book') {
      const key = `${event.exchange} ${event.type} ${event.symbol}`;
      if (live.get(key) !== undefined && !(event.type === 'trade' && event.backfill)) live.set(key, runtime.elapsed());
      if (event.type !== 'trade') return;
      if (event.backfill) backfilled++;
      const seen = trades.get(`${event.exchange} ${event.symbol}`) ?? new Map<string, number>();
      seen.set(event.id!, (seen.get(event.id!) ?? 0) + 1);
      trades.set(`${event.exchange} ${event.symbol}`, seen);
    }
  };

  const handler = new FeedHandler({
    runtime,
    network,
    protocols: [{ ...binance, lifetimeMs: 30_000 }, okx],
    policy: { staleMs, stableMs: 8_000, firstBackoffMs: 500, capBackoffMs: 8_000, retries: Infinity },
  });
  const opening = Promise.all([
    handler.addFeed({
      exchange: 'binance',
      symbols,
      channels: ['trade', 'quote', 'book'],
      callbacks: {},
      sinks: [{ write: hear }],
    }),
    handler.addFeed({
      exchange: 'okx',
      symbols,
      channels: ['trade', 'book'],
      sinks: [{ write: hear }, slowSink(runtime)],
      queueLimit: 50,
    }),
  ]);
  await runtime.advanceAsync(500, settle);
  const feeds = await opening;
  handler.start();
  runtime.every(1000, () => {
    for (const [key, since] of live) {
      const channel = key.split(' ')[1] as Channel;
      if (since !== undefined && runtime.elapsed() - since > staleMs[channel] + 3_000) {
        wrong.push(`${key} was called live and said nothing for ${Math.round(runtime.elapsed() - since)} ms`);
        live.set(key, undefined);
      }
    }
  });
  for (let passed = 0; passed < warmMs + troubleMs + quietMs; passed += 1000) {
    runtime.advance(1000);
    await settle();
  }
  for (const { market } of venues) market.stop();
  runtime.advance(400);
  await settle();
  for (const [i, { id, market }] of venues.entries()) {
    for (const { symbol, priceDecimals, sizeDecimals } of instruments) {
      const truth = market.book(symbol);
      const scale = (rows: MarketRows): number[][] =>
        rows.map(([p, s]) => [Number(decimalText(p, priceDecimals)), Number(decimalText(s, sizeDecimals))]);
      const ours = feeds[i]!.book(symbol);
      if (
        JSON.stringify(ours?.bids) !== JSON.stringify(scale(truth.bids)) ||
        JSON.stringify(ours?.asks) !== JSON.stringify(scale(truth.asks))
      ) {
        wrong.push(`${id} book of ${symbol} is not the venue's: ${feeds[i]!.state('book', symbol)}`);
      }
      checkTrades(
        wrong,
        `${id} ${symbol}`,
        market.trades(symbol, 1e9),
        trades.get(`${id} ${symbol}`),
        excused.get(`${id} ${symbol}`) ?? [],
      );
      for (const channel of ['trade', 'book'] as const) {
        if (feeds[i]!.state(channel, symbol) !== 'live')
          wrong.push(`${id} ${channel} of ${symbol} is ${feeds[i]!.state(channel, symbol)} after quiet`);
      }
    }
  }
  const reconnects = feeds.reduce((sum, feed) => sum + feed.counts.reconnects, 0);
  const hits = Object.fromEntries(
    struckBy.map((kind) => [kind, venues.reduce((sum, one) => sum + one.service.hits[kind], 0)]),
  ) as Record<FaultKind, number>;
  const stopping = handler.stop(1_000);
  await runtime.advanceAsync(2_000, settle);
  await stopping;
  return { seed, log: hash.digest('hex'), events, hits, wrong, reconnects, resyncs, gapsTold, backfilled };
}

type MarketRows = readonly (readonly [number, number])[];

/** Every trade of the venue since the first one seen must have come once, or be told as missing. */
function checkTrades(
  wrong: string[],
  what: string,
  truth: readonly { id: number }[],
  seen: Map<string, number> | undefined,
  excused: readonly [number, number][],
): void {
  // prettier-ignore
  if (seen === undefined) {
    wrong.push(`${what}: no trade came`);
    return;
  }
  const first = Math.min(...[...seen.keys()].map(Number));
  for (const { id } of truth) {
    const times = seen.get(String(id)) ?? 0;
    if (times > 1) wrong.push(`${what}: trade ${id} came ${times} times`);
    if (times === 0 && id > first && !excused.some(([from, to]) => id >= from && id <= to))
      wrong.push(`${what}: trade ${id} was lost and nobody said so`);
  }
}

function slowSink(runtime: SimulatedRuntime): { write(): Promise<void> } {
  return { write: () => runtime.sleep(200) };
}

function spoiled(frame: string): string | undefined {
  const changed = frame.replace(
    /"(\d+)\.(\d)(\d*)","0","1"\]/,
    (_all, whole: string, digit: string, rest: string) => `"${whole}.${(Number(digit) + 1) % 10}${rest}","0","1"]`,
  );
  return changed === frame ? undefined : changed;
}

function lagged(
  request: HttpRequest,
  lagMs: number,
  history: BookHistory,
): ReturnType<typeof binanceDepth> | undefined {
  const url = new URL(request.url);
  if (!url.pathname.endsWith('/depth')) return undefined;
  const instrument = instruments.find((one) => `${one.base}${one.quote}` === url.searchParams.get('symbol'))!;
  return binanceDepth(history.ago(instrument.symbol, lagMs), instrument);
}

/** Windows for each venue; kinds that need HTTP or a checksum strike where those are. */
function drawn(seed: number): FaultWindow[][] {
  return [
    planFaults(seed * 3 + 1, struckBy, 14, warmMs, warmMs + troubleMs),
    planFaults(seed * 3 + 2, struckBy, 14, warmMs, warmMs + troubleMs),
  ];
}

/** The sum of many schedules. */
export interface SoakResult {
  readonly schedules: number;
  readonly hits: Readonly<Record<FaultKind, number>>;
  /** Schedules in which each kind struck. */
  readonly schedulesHit: Readonly<Record<FaultKind, number>>;
  readonly failures: readonly string[];
  readonly events: number;
  readonly reconnects: number;
  readonly resyncs: number;
  readonly gapsTold: number;
  readonly backfilled: number;
  readonly seconds: number;
  /** Heap in use after a collection, early and at the end, in megabytes. */
  readonly heapMb: readonly [number, number];
}

/** Runs schedules from seed 1 on, each twice; their logs must be equal. */
export async function soakStreams(
  schedules: number,
  report: (line: string) => void = () => {},
  firstSeed = 1,
): Promise<SoakResult> {
  const began = performance.now();
  const zero = (): Record<FaultKind, number> =>
    Object.fromEntries(struckBy.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  const hits = zero();
  const schedulesHit = zero();
  const failures: string[] = [];
  const sums = { events: 0, reconnects: 0, resyncs: 0, gapsTold: 0, backfilled: 0 };
  let early = 0;
  for (let i = 0; i < schedules; i++) {
    const seed = firstSeed + i;
    const first = await runSchedule(seed);
    const second = await runSchedule(seed);
    if (first.log !== second.log) failures.push(`seed ${seed}: two runs gave different logs`);
    for (const line of first.wrong.slice(0, 3)) failures.push(`seed ${seed}: ${line}`);
    for (const kind of struckBy) {
      hits[kind] += first.hits[kind];
      if (first.hits[kind] > 0) schedulesHit[kind]++;
    }
    for (const key of ['events', 'reconnects', 'resyncs', 'gapsTold', 'backfilled'] as const) sums[key] += first[key];
    if (i === Math.floor(schedules / 10)) early = heapMb();
    if ((i + 1) % 100 === 0)
      report(`${i + 1} schedules, ${failures.length} failures, ${Math.round((performance.now() - began) / 1000)} s`);
  }
  return {
    schedules,
    hits,
    schedulesHit,
    failures,
    ...sums,
    seconds: (performance.now() - began) / 1000,
    heapMb: [early, heapMb()],
  };
}

function heapMb(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1e5) / 10;
}
