/** A feed over trades in memory, built into bars of any timeframe. */
import { barsBetween, checkNames, DataError, formatTime, type Bars, type TimeInput } from '../../core/index.ts';
import { DataFeed, feedOptionNames, type FeedOptions } from '../feed.ts';
import type { LoadedBars } from '../loaded-bars.ts';
import { claimRead } from '../checks/reads.ts';
import { barsFromTicks, type Ticks } from './ticks-bars.ts';
import type { Tick } from './bar-builder.ts';

/** Options of TickDataFeed. */
export interface TickDataFeedOptions extends FeedOptions {
  /** Trades in the order of their times: rows such as `TradeTick`, or columns of equal length. */
  readonly ticks: Ticks | readonly Tick[];
  /** Every trade up to this time is included: a bar that closes by then is complete. Default: the time of the last trade. */
  readonly knownUntil?: TimeInput;
}

/**
 * A feed that builds bars from trades: the first price, the highest, the lowest, the last, and sums of size, of price times size and of
 * trades, on the epoch's grid.
 *
 * The last bar is left out while it may still grow, a bar without trades is missing, and where `start` is given, so is a bar that opened
 * before it. Without `start` the first bar is included although the trades may begin in its middle. For sessions and offsets, resample the
 * bars of this feed.
 *
 * The bars are built with the feed, which does not keep the trades.
 *
 * @throws {DataError} If a trade is older than the one before it, or broken; the message names its index.
 */
export class TickDataFeed extends DataFeed {
  private readonly bars: LoadedBars;

  constructor(options: TickDataFeedOptions) {
    checkNames('option of TickDataFeed', options, [...feedOptionNames, 'ticks', 'knownUntil']);
    super(options);
    const { ticks, knownUntil } = options;
    if ('time' in ticks) claimRead(ticks);
    const { name, sourceFrame } = this;
    const known = knownUntil === undefined ? {} : { knownUntil };
    const { closeTime: _, ...all } = barsFromTicks(ticks, sourceFrame, { name, ...known });
    this.bars = this.shaped(barsBetween(all, this.start, this.end));
    const count = 'time' in ticks ? ticks.time.length : ticks.length;
    if (this.bars.time.length === 0 && count > 0) throw this.nothing(all, count);
  }

  override load(): Promise<LoadedBars> {
    return Promise.resolve(this.bars);
  }

  private nothing(all: Bars, count: number): DataError {
    const [first, last] = [all.time[0], all.time[all.time.length - 1]];
    const seen =
      first === undefined || last === undefined
        ? `its ${count} ticks complete no ${this.timeframe.name} bar`
        : `its bars open from ${formatTime(first)} to ${formatTime(last)}`;
    return new DataError(`${this.name} has no complete bar in the range: ${seen}`, {
      code: 'no-bars',
      context: { symbol: this.symbol, timeframe: this.timeframe.name, start: this.start, end: this.end },
    });
  }
}
