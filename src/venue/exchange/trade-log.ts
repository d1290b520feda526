/** One symbol's trades, and the bars they add up to. */
import { barOpen, type Side, type Timeframe } from '../../core/index.ts';
import type { MarketBar, MarketTrade } from '../market-data.ts';

/** How a trade log starts. */
export interface TradeLogOptions {
  readonly firstId: number;
  /** How many trades are kept; bars are never dropped. */
  readonly tradeLimit: number;
  /** Length of the bars that are kept; shorter ones are made from the trades that still are. */
  readonly barMs: number;
}

/** A bar that still grows. */
export type OpenBar = { -readonly [K in keyof MarketBar]: MarketBar[K] };

export class TradeLog {
  readonly #options: TradeLogOptions;
  #nextId: number;
  #trades: MarketTrade[] = [];
  readonly #bars: OpenBar[] = [];

  constructor(options: TradeLogOptions) {
    this.#options = options;
    this.#nextId = options.firstId;
  }

  /** The last trade; undefined before the first. */
  get last(): MarketTrade | undefined {
    return this.#trades.at(-1);
  }

  /** The price of the last trade, or the close of the history before it. */
  get lastPrice(): number | undefined {
    return this.last?.price ?? this.#bars.at(-1)?.close;
  }

  /** When the oldest bar opened; undefined before the first trade. */
  get firstTime(): number | undefined {
    return this.#bars[0]?.start;
  }

  /** Takes over bars from before the first trade, in order. */
  begin(bars: readonly MarketBar[]): void {
    for (const bar of bars) this.#bars.push({ ...bar });
  }

  add(time: number, price: number, size: number, side: Side): MarketTrade {
    const trade: MarketTrade = { id: this.#nextId++, time, price, size, side };
    this.#trades.push(trade);
    if (this.#trades.length > this.#options.tradeLimit * 1.5) {
      this.#trades = this.#trades.slice(-this.#options.tradeLimit);
    }
    fold(this.#bars, Math.floor(time / this.#options.barMs) * this.#options.barMs, barOf(trade));
    return trade;
  }

  /** Trades from an id on, oldest first; without an id the newest. */
  trades(limit: number, fromId?: number): readonly MarketTrade[] {
    const first = this.#trades[0];
    if (fromId === undefined || first === undefined) return limit === 0 ? [] : this.#trades.slice(-limit);
    const at = Math.max(0, fromId - first.id);
    return this.#trades.slice(at, at + limit);
  }

  /** Trades of `start <= time <= end`, oldest first: the first `limit` of them, or the last when `newest`. */
  tradesBetween(start: number, end: number, limit: number, newest = false): readonly MarketTrade[] {
    const timeAt = (i: number): number => this.#trades[i]!.time;
    const from = firstFrom(this.#trades.length, timeAt, start);
    const to = firstFrom(this.#trades.length, timeAt, end + 1);
    return newest
      ? this.#trades.slice(Math.max(from, to - limit), to)
      : this.#trades.slice(from, Math.min(to, from + limit));
  }

  /** The price of the last trade before a time, or the close of the last bar that had ended by then. */
  priceBefore(time: number): number | undefined {
    const before = firstFrom(this.#trades.length, (i) => this.#trades[i]!.time, time) - 1;
    if (before >= 0) return this.#trades[before]!.price;
    const { barMs } = this.#options;
    return this.#bars[firstFrom(this.#bars.length, (i) => this.#bars[i]!.start, time - barMs + 1) - 1]?.close;
  }

  /** Length of the bars that are kept, in milliseconds. */
  get barMs(): number {
    return this.#options.barMs;
  }

  bars(frame: Timeframe, start: number, end: number): readonly MarketBar[] {
    const { barMs } = this.#options;
    const isKept = frame.ms === undefined ? 86_400_000 % barMs === 0 : frame.ms % barMs === 0;
    const bars: OpenBar[] = [];
    if (isKept) {
      const first = firstFrom(this.#bars.length, (i) => this.#bars[i]!.start, start);
      for (let i = first; i < this.#bars.length && this.#bars[i]!.start < end; i++) {
        fold(bars, barOpen(frame, this.#bars[i]!.start), this.#bars[i]!);
      }
    } else {
      const first = firstFrom(this.#trades.length, (i) => this.#trades[i]!.time, start);
      for (let i = first; i < this.#trades.length && this.#trades[i]!.time < end; i++) {
        fold(bars, barOpen(frame, this.#trades[i]!.time), barOf(this.#trades[i]!));
      }
    }
    return bars;
  }
}

/** The index of the first of `length` rising values that is not below `wanted`. */
function firstFrom(length: number, valueAt: (index: number) => number, wanted: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One trade as a bar. */
export function barOf({ time, price, size, side }: Omit<MarketTrade, 'id'>): MarketBar {
  const value = BigInt(price) * BigInt(size);
  return {
    start: time, open: price, high: price, low: price, close: price, volume: size, trades: 1, value,
    takerVolume: side === 'buy' ? size : 0, takerValue: side === 'buy' ? value : 0n,
  }; // prettier-ignore
}

/** Adds a later part to the bar that opens at `start`: the last one, or a new one. */
export function fold(bars: OpenBar[], start: number, part: MarketBar): void {
  const bar = bars.at(-1);
  if (bar?.start !== start) {
    bars.push({ ...part, start });
    return;
  }
  bar.high = Math.max(bar.high, part.high);
  bar.low = Math.min(bar.low, part.low);
  bar.close = part.close;
  bar.volume += part.volume;
  bar.trades += part.trades;
  bar.value += part.value;
  bar.takerVolume += part.takerVolume;
  bar.takerValue += part.takerValue;
}
