/** How fast frames become events, beside ccxt.pro on the same frames, and over a real socket. */
import { existsSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';

import type { MarketEvent } from '../../src/core/index.ts';
import { FeedHandler, protocols, readRecording, withHosts } from '../../src/connectors/index.ts';
import { BookView } from '../../src/connectors/decoding/book-view.ts';
import { floatReader } from '../../src/connectors/decoding/numbers.ts';
import { Stream } from '../../src/connectors/decoding/frame-stream.ts';

/** What to measure. */
export interface StreamsBenchOptions {
  /** The folder of recordings. Default `../shared/recordings`. */
  readonly recordings?: string;
  /** Measured rounds after two warm ones. Default 9. */
  readonly rounds?: number;
  /** Whether ccxt.pro and the sockets are measured too. Default true. */
  readonly peers?: boolean;
}

/** Frames per second of CPU, medians; latencies in milliseconds. `ratios` are of medians. */
export interface StreamsBench {
  readonly frames: number;
  readonly framesPerSecond: Readonly<Record<string, number>>;
  readonly best: Readonly<Record<string, number>>;
  readonly ratios: Readonly<Record<string, number>>;
  readonly loopbackFramesPerSecond: number | undefined;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number } | undefined;
  readonly heapGrowthMb: number;
  /** Whether the book ended on the venue's own best prices. */
  readonly bookRight: boolean;
}

interface Frame {
  readonly text: string;
  readonly http: boolean;
  readonly time: number;
}

const binance = protocols.find((one) => one.id === 'binance')!;
const recordingName = 'binance_spot_btcusdt';

function framesOf(folder: string): Frame[] {
  const recording = readRecording(recordingName, readFileSync(`${folder}/${recordingName}.jsonl.gz`));
  return recording.lines
    .filter((line) => line.dir === 'in' || line.dir === 'http')
    .map((line) => ({ text: line.data!, http: line.dir === 'http', time: line.t! * 1000 }));
}

/** One pass through a stream to callbacks, the book kept. */
function ours(frames: readonly Frame[]): { right: boolean } {
  let sum = 0;
  let quote: { bid: number; ask: number } | undefined;
  let top: { bid: number; ask: number } | undefined;
  const callbacks = {
    trade: (event: Extract<MarketEvent, { type: 'trade' }>) => void (sum += event.price * event.size),
    quote: (event: Extract<MarketEvent, { type: 'quote' }>) => void (quote = { bid: event.bid!, ask: event.ask! }),
    book: (_event: MarketEvent, view: BookView) =>
      void (top = { bid: view.bestBid?.[0] ?? NaN, ask: view.bestAsk?.[0] ?? NaN }),
  };
  const stream = new Stream<number>(
    { protocol: binance, numbers: floatReader, unified: (name) => (name === 'BTCUSDT' ? 'BTC/USDT' : name) },
    {
      event: (event, book) => {
        if (event.type === 'book') callbacks.book(event, new BookView(book!));
        else if (event.type === 'trade') callbacks.trade(event);
        else if (event.type === 'quote') callbacks.quote(event);
      },
      status: () => {},
      gap: () => {},
      refused: () => {},
      wire: () => {},
      error: (error) => {
        throw error;
      },
    },
    {
      send: () => {},
      needBook: () => {},
      bookLive: () => {},
      tradesMissing: () => {},
      socketGap: () => {},
      standbyData: () => {},
    },
  );
  for (const { text, http, time } of frames) {
    if (http) stream.bookAnswer('BTC/USDT', text, time);
    else stream.frame(text, time);
  }
  return { right: sum > 0 && quote?.bid === top?.bid && quote?.ask === top?.ask };
}

interface CcxtBinance {
  handleMessage(client: object, message: unknown): void;
  setMarkets(markets: object[]): void;
  orderBook(): { reset(snapshot: object): void; [key: string]: unknown };
  parseOrderBook(snapshot: unknown, symbol: string): object;
  orderbooks: Record<string, unknown>;
}

/** One pass of ccxt.pro's own handlers, given the same frames and the same whole book. */
async function ccxtPass(): Promise<(frames: readonly Frame[]) => void> {
  const { pro } = await import('ccxt');
  const make = pro.binance as unknown as new () => CcxtBinance;
  return (frames) => {
    const exchange = new make();
    exchange.setMarkets([{
      id: 'BTCUSDT', lowercaseId: 'btcusdt', symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', baseId: 'BTC', quoteId: 'USDT', type: 'spot', spot: true,
      contract: false, swap: false, future: false, option: false, active: true, precision: { price: 0.01, amount: 0.00001 }, limits: {}, info: {},
    }]); // prettier-ignore
    const client = {
      url: 'wss://stream.binance.com:9443/stream',
      resolve: () => {},
      reject: () => {},
      futures: {},
      subscriptions: {},
      lastPong: 0,
    };
    for (const { text, http } of frames) {
      if (!http) {
        exchange.handleMessage(client, JSON.parse(text));
        continue;
      }
      const snapshot = JSON.parse(text) as { lastUpdateId: number };
      const book = exchange.orderBook();
      book.reset(exchange.parseOrderBook(snapshot, 'BTC/USDT'));
      book['nonce'] = snapshot.lastUpdateId;
      book['symbol'] = 'BTC/USDT';
      exchange.orderbooks['BTC/USDT'] = book;
    }
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The collector: what one contender leaves behind must not be cleared away on another's time. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  // Of the young alone: a full collection would throw away compiled code with the contenders' last objects.
  return () => {
    collect({ type: 'minor' });
  };
}

/** Frames per second of CPU. Contenders take turns, so that a busy machine is busy for all of them. */
function compete(
  contenders: Readonly<Record<string, { frames: number; pass: () => void }>>,
  rounds: number,
): { median: Record<string, number>; best: Record<string, number> } {
  const speeds: Record<string, number[]> = {};
  const collect = collector();
  for (let round = -2; round < rounds; round++) {
    for (const [name, { frames, pass }] of Object.entries(contenders)) {
      collect();
      const began = process.cpuUsage();
      pass();
      const { user, system } = process.cpuUsage(began);
      if (round >= 0) (speeds[name] ??= []).push((frames / (user + system)) * 1e6);
    }
  }
  const table = (pick: (values: number[]) => number): Record<string, number> =>
    Object.fromEntries(Object.entries(speeds).map(([name, values]) => [name, Math.round(pick(values))]));
  return { median: table(median), best: table((values) => Math.max(...values)) };
}

const instruments = JSON.stringify({
  symbols: [{ symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT', filters: [] }],
});

async function served(data: object, act: (origin: { socket: string; rest: string }) => Promise<void>): Promise<void> {
  const worker = new Worker(new URL('./streams-sender.mjs', import.meta.url), { workerData: { instruments, ...data } });
  try {
    const port = await new Promise<number>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await act({ socket: `ws://127.0.0.1:${port}`, rest: `http://127.0.0.1:${port}` });
  } finally {
    await worker.terminate();
  }
}

/** The whole recording as fast as a socket brings it, through a FeedHandler. */
async function loopback(frames: readonly Frame[]): Promise<number> {
  const texts = frames.filter((frame) => !frame.http).map((frame) => frame.text);
  const repeated = Array.from({ length: 8 }, () => texts.filter((text) => !text.includes('@depth'))).flat();
  const all = [...texts, ...repeated];
  let speed = 0;
  await served({ mode: 'flood', frames: all, depth: frames.find((frame) => frame.http)!.text }, async (hosts) => {
    const handler = new FeedHandler({ protocols: [withHosts(binance, hosts)] });
    let first = 0;
    const feed = await handler.addFeed({
      exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade', 'quote', 'book'],
      callbacks: { quote: () => { if (first === 0) first = performance.now(); } },
    }); // prettier-ignore
    handler.start();
    let seen = 0;
    let ended = performance.now();
    while (seen < all.length && performance.now() - ended < (seen === 0 ? 30_000 : 3_000)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const { frames: now } = feed.counts;
      if (now !== seen) ended = performance.now();
      seen = now;
    }
    speed = Math.round((seen / (ended - first)) * 1000);
    await handler.stop();
  });
  return speed;
}

/** From the sender's write to our callback, at 5,000 messages a second for some seconds. */
async function latency(): Promise<StreamsBench['latencyMs']> {
  const late: number[] = [];
  const seconds = 6;
  await served({ mode: 'pace', perSecond: 5000, seconds, frames: [], depth: '{}' }, async (hosts) => {
    const handler = new FeedHandler({ protocols: [withHosts(binance, hosts)] });
    await handler.addFeed({
      exchange: 'binance', symbols: ['BTC/USDT'], channels: ['quote'],
      callbacks: { quote: (event) => void late.push(performance.timeOrigin + performance.now() - event.time!) },
    }); // prettier-ignore
    handler.start();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000 + 500));
    await handler.stop();
  });
  const steady = late.slice(5000).sort((a, b) => a - b);
  const at = (share: number): number => Math.round((steady[Math.floor(steady.length * share)] ?? NaN) * 1000) / 1000;
  return { p50: at(0.5), p99: at(0.99), max: at(0.99999) };
}

/** Measures everything; undefined without the recordings. */
export async function benchStreams(options: StreamsBenchOptions = {}): Promise<StreamsBench | undefined> {
  const folder = options.recordings ?? '../shared/recordings';
  if (!existsSync(`${folder}/${recordingName}.jsonl.gz`)) return undefined;
  const frames = framesOf(folder);
  const trades = frames.filter((frame) => frame.text.includes('@trade'));
  const quotes = frames.filter((frame) => frame.text.includes('@bookTicker'));
  const depth = frames.filter((frame) => frame.http || frame.text.includes('@depth'));
  const rounds = options.rounds ?? 9;
  const contenders: Record<string, { frames: number; pass: () => void }> = {
    whole: { frames: frames.length, pass: () => void ours(frames) },
    jsonParseAlone: { frames: frames.length, pass: () => { for (const frame of frames) JSON.parse(frame.text); } }, // prettier-ignore
    trade: { frames: trades.length, pass: () => void ours(trades) },
    quote: { frames: quotes.length, pass: () => void ours(quotes) },
    depth: { frames: depth.length, pass: () => void ours(depth) },
  };
  if (options.peers !== false) {
    const pass = await ccxtPass();
    contenders['ccxtPro'] = { frames: frames.length, pass: () => { pass(frames); } }; // prettier-ignore
  }
  const { median: framesPerSecond, best } = compete(contenders, rounds);
  (globalThis as { gc?: () => void }).gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 10; i++) ours(frames);
  (globalThis as { gc?: () => void }).gc?.();
  return {
    frames: frames.length,
    framesPerSecond,
    best,
    ratios: {
      overJsonParse: ratio(framesPerSecond['whole'], framesPerSecond['jsonParseAlone']),
      ...(framesPerSecond['ccxtPro'] !== undefined && {
        overCcxtPro: ratio(framesPerSecond['whole'], framesPerSecond['ccxtPro']),
      }),
    },
    loopbackFramesPerSecond: options.peers === false ? undefined : await loopback(frames),
    latencyMs: options.peers === false ? undefined : await latency(),
    heapGrowthMb: Math.round((process.memoryUsage().heapUsed - before) / 1e5) / 10,
    bookRight: ours(frames).right,
  };
}

function ratio(a = NaN, b = NaN): number {
  return Math.round((a / b) * 100) / 100;
}
