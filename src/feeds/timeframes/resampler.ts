/** Builds long bars from short ones as they come. */
import { barClose, DataError, extraColumnNames, formatTime, type Bars, type Timeframe } from '../../core/index.ts';
import type { BarGrid, Bucket } from './bar-grid.ts';

/** Longer bars, with the close of each. */
export interface ResampledBars extends Bars {
  /** When each bar closes, milliseconds UTC; the end of its session where that comes first. */
  readonly closeTime: Float64Array;
}

const names = ['time', 'closeTime', 'open', 'high', 'low', 'close', 'volume', ...extraColumnNames] as const;
type Columns = Record<(typeof names)[number], Float64Array>;

/**
 * Builds longer bars from shorter ones in pieces of any size; the result does not depend on the pieces.
 *
 * A bar is complete once a source bar closes with it, opens after it, or the source is known up to its close.
 */
export class Resampler {
  private readonly grid: BarGrid;
  private readonly base: Timeframe;
  private readonly bucket: Bucket = { open: NaN, close: -Infinity };
  private isGrowing = false;
  private columns: Columns = emptyColumns(0);
  /** Complete bars in `columns`; the growing one follows them. */
  private count = 0;
  /** Which columns beyond the six the source has. */
  private readonly extras = new Set<string>();

  constructor(grid: BarGrid, base: Timeframe) {
    this.grid = grid;
    this.base = base;
  }

  /**
   * Takes further source bars.
   *
   * @param closes - Their closes, where those do not follow from the timeframe.
   * @throws {DataError} If a source bar begins in one longer bar and ends in the next.
   */
  push(bars: Bars, closes?: Float64Array): void {
    const { bucket, base } = this;
    const { time, open, high, low, close, volume, quoteVolume, tradeCount, buyVolume } = bars;
    const { funding, openInterest } = bars;
    for (const name of extraColumnNames) if (bars[name] !== undefined) this.extras.add(name);
    const fixed = base.ms ?? NaN;
    const { hasBreaks } = this.grid;
    for (let i = 0; i < time.length; i++) {
      const opens = time[i]!;
      const sessionEnd = hasBreaks ? this.grid.sessionEnd(opens) : Infinity;
      if (opens >= bucket.close) this.settle();
      if (sessionEnd === undefined) continue;
      if (opens >= bucket.close) {
        if (!this.grid.find(opens, bucket)) {
          bucket.close = -Infinity;
          continue;
        }
        this.begin();
      }
      const at = this.count;
      const out = this.columns;
      if (!this.isGrowing) {
        this.isGrowing = true;
        out.open[at] = open[i]!;
        out.high[at] = high[i]!;
        out.low[at] = low[i]!;
        out.volume[at] = out.quoteVolume[at] = out.tradeCount[at] = out.buyVolume[at] = 0;
        out.funding[at] = out.openInterest[at] = NaN;
      }
      if (high[i]! > out.high[at]!) out.high[at] = high[i]!;
      if (low[i]! < out.low[at]!) out.low[at] = low[i]!;
      out.close[at] = close[i]!;
      out.volume[at]! += volume[i]!;
      if (quoteVolume !== undefined) out.quoteVolume[at]! += quoteVolume[i]!;
      if (tradeCount !== undefined) out.tradeCount[at]! += tradeCount[i]!;
      if (buyVolume !== undefined) out.buyVolume[at]! += buyVolume[i]!;
      if (funding !== undefined) out.funding[at] = funding[i]!;
      if (openInterest !== undefined) out.openInterest[at] = openInterest[i]!;
      const ends = closes?.[i] ?? (fixed === fixed ? opens + fixed : barClose(base, opens));
      if (ends > sessionEnd) throw this.crossing(opens, ends, sessionEnd);
      if (ends >= bucket.close) {
        if (ends > bucket.close) throw this.crossing(opens, ends, bucket.close);
        this.settle();
      }
    }
  }

  /** Marks the source as known up to `time`: every earlier bar was pushed. */
  reach(time: number): void {
    if (this.isGrowing && time >= this.bucket.close) this.settle();
  }

  /** The bars that have been completed since the last call. */
  take(): ResampledBars {
    const { columns, count } = this;
    const isExtra = (name: string): boolean => (extraColumnNames as readonly string[]).includes(name);
    const kept = names.filter((name) => !isExtra(name) || this.extras.has(name));
    const taken = Object.fromEntries(kept.map((name) => [name, columns[name].slice(0, count)]));
    if (this.isGrowing) for (const name of names) columns[name][0] = columns[name][count]!;
    this.count = 0;
    return taken as unknown as ResampledBars;
  }

  private begin(): void {
    if (this.count >= this.columns.time.length) this.grow();
    this.columns.time[this.count] = this.bucket.open;
    this.columns.closeTime[this.count] = this.bucket.close;
  }

  private settle(): void {
    if (this.isGrowing) this.count++;
    this.isGrowing = false;
  }

  private grow(): void {
    const grown = emptyColumns(Math.max(64, this.columns.time.length * 2));
    for (const name of names) grown[name].set(this.columns[name]);
    this.columns = grown;
  }

  private crossing(opens: number, ends: number, end: number): DataError {
    const { frame } = this.grid;
    const what = end === this.bucket.close ? `its ${frame.name} bar` : 'its session';
    return new DataError(
      `the ${this.base.name} bar of ${formatTime(opens)} ends at ${formatTime(ends)}, after the end of ${what} ` +
        `at ${formatTime(end)}: choose an offset or session that falls between ${this.base.name} bars`,
      { code: 'timeframe', context: { from: this.base.name, to: frame.name, time: opens } },
    );
  }
}

function emptyColumns(length: number): Columns {
  return Object.fromEntries(names.map((name) => [name, new Float64Array(length)])) as Columns;
}
