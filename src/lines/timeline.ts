/** One data's bars as they are known to the engine, and the cursor that says which of them is now. */
import {
  barClose,
  isEven,
  isTraded,
  type Bar,
  type Bars,
  type Instrument,
  type MarketReader,
  type Timeframe,
} from '../core/index.ts';
import { Column } from './column.ts';

/**
 * The wall clock of a time zone.
 *
 * @internal
 */
export interface WallClock {
  /** The number of its calendar day that holds `time`, from 1970-01-01. */
  dayAt(time: number): number;
  /** The moment at which it shows `timeOfDay`, in milliseconds, on a day. */
  momentOf(day: number, timeOfDay: number): number;
}

/** What a timeline knows about its data. */
export interface TimelineInfo {
  /** The data's name. */
  readonly name: string;
  /** The symbol, such as `BTC/USDT`. */
  readonly symbol: string;
  /** The exchange that its orders go to in a session; undefined where its feed names none. */
  readonly exchange?: string | undefined;
  /** Length of its bars. */
  readonly timeframe: Timeframe;
  /** The exchange's rules for the symbol; undefined where unknown. */
  readonly instrument?: Instrument | undefined;
  /** End of the trading day, milliseconds after midnight; 24:00 when absent. */
  readonly sessionEndMs?: number | undefined;
  /**
   * The wall clock that the trading day goes by; UTC when absent.
   *
   * @internal
   */
  readonly sessionZone?: WallClock | undefined;
  /** The live market that the bars come from. */
  readonly stream?: MarketReader | undefined;
}

/** How a timeline is fed. */
export interface TimelineOptions {
  /** Whether bars bring their own closes, because these do not follow from the timeframe. */
  readonly ownCloseTimes?: boolean;
  readonly follows?: Timeline | undefined;
  readonly ticks?: Timeline | undefined;
}

/** A bar with further columns of some feeds: quote volume and trade count. */
export interface WideBar extends Bar {
  /** Quote units traded. */
  readonly quoteVolume?: number;
  /** Number of trades. */
  readonly tradeCount?: number;
  /** Units bought by takers. */
  readonly buyVolume?: number;
  /** Funding rate known at the close. */
  readonly funding?: number;
  /** Open interest known at the close. */
  readonly openInterest?: number;
}

/** The bars of one data in columns. The engine advances `index`; a strategy reads only values at or before it. */
export class Timeline {
  /** What the data is. */
  readonly info: TimelineInfo;
  /** The order in which the data was added. */
  readonly id: number;
  /** The bar that is now; -1 before the first. */
  index = -1;
  /** Whether the bar changed in the present step. */
  isNew = false;
  /** The open of the bar that is about to begin, while `nextOpen` runs; else NaN. */
  openingPrice = NaN;
  /** Opens of the bars, milliseconds UTC. */
  readonly time = new Column();
  /** First prices, in quote units. */
  readonly open = new Column();
  /** Highest prices, in quote units. */
  readonly high = new Column();
  /** Lowest prices, in quote units. */
  readonly low = new Column();
  /** Last prices, in quote units. */
  readonly close = new Column();
  /** Units traded. */
  readonly volume = new Column();
  /** Quote units traded in each bar; undefined where the feed does not say. */
  quoteVolume: Column | undefined;
  /** Number of trades in each bar; undefined where the feed does not say. */
  tradeCount: Column | undefined;
  /** Volume bought by takers in each bar; undefined where the feed does not say. */
  buyVolume: Column | undefined;
  /** Funding rate known at the close of each bar; undefined where the feed does not say. */
  funding: Column | undefined;
  /** Open interest known at the close of each bar; undefined where the feed does not say. */
  openInterest: Column | undefined;
  /** Close times, held only for timeframes whose length varies or bars that close off the grid. */
  readonly closeTime: Column | undefined;
  /** Length of a bar; NaN when `closeTime` is held. */
  readonly frameMs: number;
  /** The data whose bars these are made of, where that is in the run: this one makes no steps of its own then. */
  readonly follows: Timeline | undefined;
  /** The bars by which the present one grows, for a data that is replayed. */
  readonly ticks: Timeline | undefined;
  /** Whether the last bar is still growing. */
  partial = false;
  /** No bar that closes at or before this moment will be added any more, milliseconds UTC. */
  knownUntil = Infinity;
  /** The bars before this one are known to have a volume each. */
  tradedTo = 0;
  /** Open of the first bar there was, milliseconds UTC; NaN before it. */
  start = NaN;
  /**
   * Close of the first bar and the length of each where all bars are held and follow each other without a hole; else NaN. A Float64Array,
   * so that V8 does not compile for 32-bit integers and then deoptimise.
   */
  private readonly even = new Float64Array([NaN, NaN]);

  constructor(id: number, info: TimelineInfo, options: TimelineOptions = {}) {
    this.id = id;
    this.info = info;
    this.follows = options.follows;
    this.ticks = options.ticks;
    const fixed = options.ownCloseTimes !== true && info.timeframe.ms !== undefined;
    this.frameMs = fixed ? info.timeframe.ms : NaN;
    this.closeTime = fixed ? undefined : new Column();
  }

  /** How many bars have been loaded so far, forgotten ones included. */
  get loaded(): number {
    return this.time.length;
  }

  /** How many bars are complete: all that are loaded but for a growing one. */
  get complete(): number {
    return this.partial ? this.loaded - 1 : this.loaded;
  }

  /** How often this data has moved: once a bar, or once a tick where bars grow; -1 before the first. */
  get moves(): number {
    return this.ticks === undefined ? this.index : this.ticks.index;
  }

  /** Close of bar `index`, the moment from which it is visible. */
  closeAt(index: number): number {
    const { closeTime, even } = this;
    if (closeTime !== undefined) return closeTime.at(index);
    // Worked out where it can be: a column read here and there is slow.
    const first = even[0]!;
    if (first === first && index >= 0 && index < this.time.length) return first + index * even[1]!;
    return this.time.at(index) + this.frameMs;
  }

  /** Writes the close of the bar after the present one to `block[at]`; false when there is none yet. */
  writeNextClose(block: Float64Array, at: number): boolean {
    const { closeTime, time, even } = this;
    const next = this.index + 1;
    if (next >= time.length) return false;
    const first = even[0]!;
    if (closeTime !== undefined) block[at] = closeTime.at(next);
    else block[at] = first === first ? first + next * even[1]! : time.values[next - time.base]! + this.frameMs;
    return true;
  }

  /** Open of bar `index`, milliseconds UTC. */
  openedAt(index: number): number {
    const { even, time } = this;
    const first = even[0]!;
    return first === first && index >= 0 && index < time.length ? first + (index - 1) * even[1]! : time.at(index);
  }

  /** Whether all bars are held and follow each other without a hole. */
  get isEven(): boolean {
    return !Number.isNaN(this.even[0]);
  }

  /** Writes the open of the present bar to `block[at]`. */
  writeOpen(block: Float64Array, at: number): void {
    const { index, time, even } = this;
    const first = even[0]!;
    block[at] = first === first ? first + (index - 1) * even[1]! : time.values[index - time.base]!;
  }

  /** Writes the close of the present bar to `block[at]`: a number given back by a call may be made an object on its way. */
  writeClose(block: Float64Array, at: number): void {
    const { index, closeTime, time, even, frameMs } = this;
    const first = even[0]!;
    if (first === first) block[at] = first + index * even[1]!;
    else block[at] = closeTime === undefined ? time.values[index - time.base]! + frameMs : closeTime.at(index);
  }

  /** Makes columns for what these bars carry beyond the six, before there are bars and lines. */
  widen(bars: Bars): void {
    if (bars.quoteVolume !== undefined) this.quoteVolume ??= new Column();
    if (bars.tradeCount !== undefined) this.tradeCount ??= new Column();
    if (bars.buyVolume !== undefined) this.buyVolume ??= new Column();
    if (bars.funding !== undefined) this.funding ??= new Column();
    if (bars.openInterest !== undefined) this.openInterest ??= new Column();
  }

  /** Adds loaded bars after the ones there are; `closes` where they do not follow from the timeframe. */
  append(bars: Bars, closes?: Float64Array): void {
    const isFirst = this.time.length === 0 && bars.time.length > 0;
    if (isFirst) {
      this.start = bars.time[0]!;
      if (isTraded(bars)) this.tradedTo = bars.time.length;
    }
    if (bars.time.length > 0) {
      const isKnown = isFirst && this.closeTime === undefined && isEven(bars, this.frameMs);
      this.even[0] = isKnown ? this.start + this.frameMs : NaN;
      this.even[1] = this.frameMs;
    }
    this.time.append(bars.time);
    this.open.append(bars.open);
    this.high.append(bars.high);
    this.low.append(bars.low);
    this.close.append(bars.close);
    this.volume.append(bars.volume);
    this.quoteVolume?.append(bars.quoteVolume!);
    this.tradeCount?.append(bars.tradeCount!);
    this.buyVolume?.append(bars.buyVolume!);
    this.funding?.append(bars.funding!);
    this.openInterest?.append(bars.openInterest!);
    this.closeTime?.append(closes ?? bars.time.map((time) => barClose(this.info.timeframe, time)));
  }

  /** Adds one bar after those there are, as it comes live. */
  push(bar: Bar): void {
    if (this.time.length === 0) this.start = bar.time;
    this.even[0] = NaN;
    const { time, open, high, low, close, volume } = this;
    const { length } = time;
    const at = length - time.base;
    // The six hold the same bars and have the same room, so that one look is enough.
    if (at >= time.values.length)
      for (const column of [time, open, high, low, close, volume]) column.reserve(length + 1);
    time.values[at] = bar.time;
    open.values[at] = bar.open;
    high.values[at] = bar.high;
    low.values[at] = bar.low;
    close.values[at] = bar.close;
    volume.values[at] = bar.volume;
    time.length = open.length = high.length = low.length = close.length = volume.length = length + 1;
    this.quoteVolume?.push(NaN);
    this.tradeCount?.push(NaN);
    this.buyVolume?.push(NaN);
    this.funding?.push(NaN);
    this.openInterest?.push(NaN);
    this.closeTime?.push(barClose(this.info.timeframe, bar.time));
  }

  /** Writes the bar at `index`, the last or the one after it: a bar that grows while it is replayed or live. */
  put(index: number, bar: WideBar, close = barClose(this.info.timeframe, bar.time)): void {
    if (index === 0) this.start = bar.time;
    this.even[0] = NaN;
    for (const column of this.columns()) column.extend(index + 1);
    this.time.set(index, bar.time);
    this.open.set(index, bar.open);
    this.high.set(index, bar.high);
    this.low.set(index, bar.low);
    this.close.set(index, bar.close);
    this.volume.set(index, bar.volume);
    this.quoteVolume?.set(index, bar.quoteVolume ?? NaN);
    this.tradeCount?.set(index, bar.tradeCount ?? NaN);
    this.buyVolume?.set(index, bar.buyVolume ?? NaN);
    this.funding?.set(index, bar.funding ?? NaN);
    this.openInterest?.set(index, bar.openInterest ?? NaN);
    this.closeTime?.set(index, close);
  }

  /** Forgets bars before `index`. */
  trim(index: number): void {
    this.even[0] = NaN;
    for (const column of this.columns()) column.trim(index);
  }

  private columns(): Column[] {
    const columns = [this.time, this.open, this.high, this.low, this.close, this.volume];
    const { closeTime, quoteVolume, tradeCount, buyVolume, funding, openInterest } = this;
    for (const column of [closeTime, quoteVolume, tradeCount, buyVolume, funding, openInterest])
      if (column !== undefined) columns.push(column);
    return columns;
  }
}
