/** Builds bars from trades, one by one as they come. */
import {
  checkNames,
  DataError,
  formatTime,
  timeframe,
  toTime,
  type Bar,
  type TimeInput,
  type Timeframe,
} from '../../core/index.ts';
import { BarGrid, gridOptionNames, type Bucket, type GridOptions } from '../timeframes/bar-grid.ts';

/** The fields of a trade that a bar needs; every `TradeTick` has them. */
export interface Tick {
  /** When it happened by the exchange's clock, milliseconds UTC. A venue's print without a time cannot be put into a bar. */
  readonly time: number | undefined;
  /** Price of the trade, in quote units. */
  readonly price: number;
  /** Base units; contracts where the venue trades in contracts. */
  readonly size: number;
  /** Whether the taker bought or sold; undefined where the venue does not say. */
  readonly side?: 'buy' | 'sell' | undefined;
}

/** A bar built from trades. */
export interface BuiltBar extends Bar {
  /** When the bar closes, milliseconds UTC; the end of its session where that comes first. */
  readonly closeTime: number;
  /** The sum of price times size: quote units where sizes are base units. */
  readonly quoteVolume: number;
  /** Trades in the bar. */
  readonly tradeCount: number;
  /** The part of the volume that takers bought; NaN where a trade has no side. */
  readonly buyVolume: number;
}

/** Options of BarBuilder. */
export interface BarBuilderOptions extends GridOptions {
  /** The length of a bar, such as `1s` or `1m`. */
  readonly timeframe: string | Timeframe;
  /** When the trades begin: a bar that opened earlier lacks some of its trades and is left out. Default: none is. */
  readonly start?: TimeInput;
  /** Name of the trades' source in errors. Default: none, errors only say `tick`. */
  readonly name?: string;
}

export const barBuilderOptionNames = ['timeframe', 'start', 'name', ...gridOptionNames] as const;

/** The last moment a date can show. */
const lastMoment = 8.64e15;

/**
 * Builds bars from trades as they come, on the grid that resampling uses.
 *
 * The first trade after a bar closes it, or `reach`, never its own trades: another may still come in its last millisecond. There is no bar
 * without trades, so gaps stay gaps.
 *
 * @throws {ConfigError} If an option cannot be right.
 */
export class BarBuilder {
  /** Length of its bars. */
  readonly timeframe: Timeframe;
  private readonly grid: BarGrid;
  private readonly start: number;
  private readonly label: string;
  private readonly bucket: Bucket = { open: NaN, close: -Infinity };
  /** Trades taken so far, the index of the next one. */
  private taken = 0;
  /** No trade may come from before this moment. */
  private earliest = -lastMoment;
  private hasReached = false;
  private isGrowing = false;
  private open = NaN;
  private high = NaN;
  private low = NaN;
  private close = NaN;
  private volume = 0;
  private quoteVolume = 0;
  private tradeCount = 0;
  private buyVolume = 0;

  constructor(options: BarBuilderOptions) {
    checkNames('option of BarBuilder', options, barBuilderOptionNames);
    const { timeframe: frame, start, name, ...grid } = options;
    this.timeframe = typeof frame === 'string' ? timeframe(frame) : frame;
    this.grid = new BarGrid(this.timeframe, grid);
    this.start = start === undefined ? -Infinity : toTime(start, 'start');
    this.label = name === undefined ? 'tick' : `${name}, tick`;
  }

  /** The growing bar so far; undefined before its first trade and where it is left out. */
  get partial(): BuiltBar | undefined {
    return this.isGrowing && this.bucket.open >= this.start ? this.read() : undefined;
  }

  /**
   * Takes a trade.
   *
   * @returns The bar that this trade closes, without the trade itself; undefined while the bar is open.
   * @throws {DataError} If the trade is older than the one before it or than a moment reached, or has no sound time, price or size. The
   * trade is then not taken, and the next one may follow.
   */
  push({ time, price, size, side }: Tick): BuiltBar | undefined {
    return this.take(time, price, size, side === 'buy' ? 1 : side === 'sell' ? -1 : NaN);
  }

  /** Like `push`, for trades in columns; `side` is 1 where the taker bought, -1 where the taker sold. */
  take(time: number | undefined, price: number, size: number, side = NaN): BuiltBar | undefined {
    const { bucket } = this;
    // Number.isFinite also refuses the strings of exchanges' raw rows, which would be joined instead of added.
    const isSound = isMoment(time) && Number.isFinite(price) && price > 0 && Number.isFinite(size) && size >= 0;
    if (!isSound || time < this.earliest) {
      throw this.fault(time, price, size);
    }
    this.taken++;
    this.earliest = time;
    this.hasReached = false;
    let closed: BuiltBar | undefined;
    if (time >= bucket.close) {
      closed = this.settle();
      if (!this.grid.find(time, bucket)) {
        bucket.close = -Infinity;
        return closed;
      }
    }
    if (this.isGrowing) {
      if (price > this.high) this.high = price;
      if (price < this.low) this.low = price;
    } else {
      this.isGrowing = true;
      this.open = this.high = this.low = price;
      this.volume = this.quoteVolume = this.tradeCount = this.buyVolume = 0;
    }
    this.close = price;
    this.volume += size;
    this.quoteVolume += price * size;
    this.tradeCount++;
    this.buyVolume += side === 1 ? size : side === -1 ? 0 : NaN;
    return closed;
  }

  /**
   * Closes the bar if it ended before `time`, when no earlier trade will come, for example by a clock in a silent market.
   *
   * @returns The bar that has ended by then, if one was growing.
   */
  reach(time: number): BuiltBar | undefined {
    if (time > this.earliest) {
      this.earliest = time;
      this.hasReached = true;
    }
    return time >= this.bucket.close ? this.settle() : undefined;
  }

  private settle(): BuiltBar | undefined {
    const closed = this.partial;
    this.isGrowing = false;
    return closed;
  }

  private read(): BuiltBar {
    const { open, high, low, close, volume, quoteVolume, tradeCount, buyVolume } = this;
    const { open: time, close: closeTime } = this.bucket;
    return { time, closeTime, open, high, low, close, volume, quoteVolume, tradeCount, buyVolume };
  }

  private fault(time: number | undefined, price: number, size: number): DataError {
    const index = this.taken;
    const error = (column: string, code: string, message: string): DataError =>
      new DataError(`${this.label} ${index}: ${message}`, {
        code,
        context: { timeframe: this.timeframe.name, index, column, time },
      });
    if (time === undefined) return error('time', 'not-finite', 'time is missing, and without it no bar can be found');
    if (!isMoment(time)) return error('time', 'not-finite', `time must be in milliseconds UTC, was ${shown(time)}`);
    if (time < this.earliest) {
      const before = this.hasReached ? 'reach() said that every trade up to then was known' : 'times must not fall';
      return error('time', 'disorder', `time ${formatTime(time)} is before ${formatTime(this.earliest)}: ${before}`);
    }
    if (!(Number.isFinite(price) && price > 0)) {
      return error('price', 'not-finite', `price must be a number above 0, was ${shown(price)}`);
    }
    return error('size', 'not-finite', `size must be a number not below 0, was ${shown(size)}`);
  }
}

function isMoment(time: number | undefined): time is number {
  return Number.isFinite(time) && Math.abs(time!) <= lastMoment;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
