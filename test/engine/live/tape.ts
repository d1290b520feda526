/** A market that walks through given bars print by print, in simulated time, and the bars it has closed. */
import {
  barsBetween,
  SimulatedRuntime,
  sliceBars,
  type Bars,
  type Channel,
  type StreamEvent,
  type StreamState,
  type Timer,
} from '../../../src/core/index.ts';
import { generateBars, type ClosedBars, type MarketSource, type WantedStream } from '../../../src/feeds/index.ts';

export const minute = 60_000;
export const start = Date.UTC(2024, 0, 1);

/** Bars whose prices are whole multiples of a coarse tick, and whose volumes are whole numbers. */
export function tapeBars(seed: number, count: number, { tick = 0.5, price = 200 } = {}): Bars {
  const bars = generateBars({ seed, timeframe: '1m', count, start, price, volatility: 5 });
  const snap = (column: Float64Array): Float64Array =>
    column.map((value) => Math.max(1, Math.round(value / tick)) * tick);
  const [open, close] = [snap(bars.open), snap(bars.close)];
  const high = snap(bars.high).map((value, i) => Math.max(value, open[i]!, close[i]!));
  const low = snap(bars.low).map((value, i) => Math.min(value, open[i]!, close[i]!));
  const volume = Float64Array.from(open, (_, i) => 1_000 + ((i * 7919 + seed) % 500));
  return { time: bars.time, open, high, low, close, volume };
}

/** The prints of a bar: at its open, then tick by tick to its high, its low and its close; the last takes the rest of the volume. */
export function printsOf(bars: Bars, i: number, tick = 0.5): { price: number; size: number }[] {
  const prices = [bars.open[i]!];
  for (const target of [bars.high[i]!, bars.low[i]!, bars.close[i]!]) {
    for (let at = prices.at(-1)!; at !== target;) prices.push((at += Math.sign(target - at) * tick));
  }
  const each = Math.floor(bars.volume[i]! / prices.length);
  const rest = bars.volume[i]! - each * (prices.length - 1);
  return prices.map((price, k) => ({ price, size: k === prices.length - 1 ? rest : each }));
}

/** What may be wrong with a tape. */
export interface TapeFaults {
  /** Spans in which the stream is away. */
  readonly drops?: readonly { readonly from: number; readonly to: number }[];
  /** Spans in which the market is silent: no prints, no quotes. */
  readonly silences?: readonly { readonly from: number; readonly to: number }[];
}

/** Plays the bars as they would have happened. */
export class Tape implements MarketSource {
  readonly exchange = 'tape';
  readonly symbol: string;
  isOpen = false;
  isClosed = false;
  private readonly runtime: SimulatedRuntime;
  private readonly bars: Bars;
  private readonly faults: TapeFaults;
  private readonly timers: Timer[] = [];
  private emit: (event: StreamEvent) => void = () => {};
  private channels: readonly Channel[] = [];
  private ids = 0;

  constructor(runtime: SimulatedRuntime, bars: Bars, symbol = 'BTC/USDT', faults: TapeFaults = {}) {
    this.runtime = runtime;
    this.bars = bars;
    this.symbol = symbol;
    this.faults = faults;
  }

  open(wanted: readonly WantedStream[], emit: (event: StreamEvent) => void): Promise<void> {
    this.isOpen = true;
    this.emit = emit;
    this.channels = wanted.map(({ channel }) => channel);
    this.tell('live', 'subscribed');
    for (const { from, to } of this.faults.drops ?? []) {
      this.at(from, () => {
        this.tell('connecting', 'socket closed');
      });
      this.at(to, () => {
        this.tell('live', 'data');
      });
    }
    this.schedule(0);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isClosed = true;
    for (const timer of this.timers) timer.cancel();
    return Promise.resolve();
  }

  /** Says a print. */
  trade(price: number, size: number, time = this.runtime.now()): void {
    if (this.isAway(this.runtime.now())) return;
    const { exchange, symbol } = this;
    const base = { exchange, symbol, time, receiveTime: this.runtime.now() };
    this.emit({ ...base, type: 'trade', id: String(++this.ids), side: 'buy', price, size, backfill: false });
  }

  /** Moves the touch: no spread, and more than enough on both sides. */
  quote(price: number): void {
    if (!this.channels.includes('quote') || this.isAway(this.runtime.now())) return;
    const { exchange, symbol } = this;
    const time = this.runtime.now();
    const sizes = { bidSize: 1e6, askSize: 1e6, sequence: undefined };
    this.emit({ type: 'quote', exchange, symbol, time, receiveTime: time, bid: price, ask: price, ...sizes });
  }

  tell(state: StreamState, reason: string): void {
    const { exchange, symbol } = this;
    const time = this.runtime.now();
    for (const channel of this.channels) this.emit({ type: 'status', exchange, symbol, channel, state, reason, time });
  }

  /** One bar after the other, so that a long tape needs no memory. */
  private schedule(i: number): void {
    const open = this.bars.time[i];
    if (open === undefined) return;
    this.at(open, () => {
      this.schedule(i + 1);
      const prints = printsOf(this.bars, i);
      this.quote(prints[0]!.price);
      // The first third belongs to orders that are on their way.
      const step = (minute * 0.6) / prints.length;
      prints.forEach(({ price, size }, k) => {
        this.runtime.after(minute / 3 + k * step, () => {
          if (this.isClosed) return;
          this.quote(price);
          this.trade(price, size);
        });
      });
    });
  }

  private isAway(now: number): boolean {
    const spans = [...(this.faults.drops ?? []), ...(this.faults.silences ?? [])];
    return spans.some(({ from, to }) => now >= from && now < to);
  }

  private at(time: number, act: () => void): void {
    this.timers.push(this.runtime.after(time - this.runtime.now(), act));
    if (this.timers.length > 100) this.timers.splice(0, 50);
  }
}

/** Serves the bars that have closed by now, and counts the requests. */
export class TapeHistory implements ClosedBars {
  readonly ranges: { readonly start: number; readonly end: number }[] = [];
  private readonly runtime: SimulatedRuntime;
  private readonly bars: Bars;

  constructor(runtime: SimulatedRuntime, bars: Bars) {
    this.runtime = runtime;
    this.bars = bars;
  }

  fetch(range: { readonly start: number; readonly end: number }): Promise<Bars> {
    this.ranges.push(range);
    const found = barsBetween(this.bars, range.start, range.end);
    const { time } = found;
    let closed = time.length;
    while (closed > 0 && time[closed - 1]! + minute > this.runtime.now()) closed--;
    return Promise.resolve(sliceBars(found, 0, closed));
  }
}

/** Lets promises settle. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets simulated time pass until a promise is settled; `isOpen` says when it may begin to. */
export async function drive<T>(
  runtime: SimulatedRuntime,
  promise: Promise<T>,
  stepMs: number,
  isOpen: () => boolean,
): Promise<T> {
  const state = { isOver: false };
  const end = (): void => {
    state.isOver = true;
  };
  promise.then(end, end);
  // What a run loads before it begins takes real time, in which no simulated time may pass.
  while (!state.isOver && !isOpen()) await settle();
  while (!state.isOver) {
    runtime.advance(stepMs);
    await settle();
  }
  return promise;
}
