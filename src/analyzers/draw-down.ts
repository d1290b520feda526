/** Drawdown: how far below its highest value the portfolio is, and for how long. */
import { Analyzer } from './analyzer.ts';
import { checkOptions, type Compat } from './options.ts';

/** Options of DrawDown. */
export interface DrawDownOptions {
  /** With Backtrader the first peak is the value after the first step; else what the run began with. */
  readonly compat?: Compat;
}

/** How far and how long under water. */
export interface DrawDownDepth {
  /** Fraction of the peak: 0.25 is 25 %. */
  readonly depth: number;
  /** In quote units; in fund mode per share. */
  readonly money: number;
  /** Steps since the peak. */
  readonly length: number;
  /** Time since the peak, milliseconds. */
  readonly durationMs: number;
}

/** The drawdown at the end of the run, and the largest ones; depth, money, length and duration each have their own maximum. */
export interface DrawDownResult extends DrawDownDepth {
  readonly max: DrawDownDepth & {
    /** When the peak before the deepest drawdown was, and its bottom; undefined without a drawdown. */
    readonly from: number | undefined;
    readonly to: number | undefined;
  };
}

/** Drawdown after every step. A drawdown lasts from its peak until the peak is reached again. */
export class DrawDown extends Analyzer<DrawDownResult> {
  private readonly compat: Compat | undefined;
  private peak = -Infinity;
  private peakTime = NaN;
  private length = 0;
  private lastTime = NaN;
  private lastValue = NaN;
  private depth = 0;
  private money = 0;
  private longest = 0;
  private longestMs = 0;
  private from: number | undefined;
  private to: number | undefined;

  constructor(options: DrawDownOptions = {}) {
    super();
    checkOptions('DrawDown', options, ['compat']);
    this.compat = options.compat;
  }

  override start(): void {
    if (this.compat === undefined) this.peak = this.run.startValue;
  }

  override observe(from: number, to: number): void {
    if (from >= to) return;
    const { record } = this.run;
    const { values, base } = record.performance;
    const times = record.time.values;
    if (this.lastTime !== this.lastTime) this.lastTime = record.opened.at(from);
    let { peak, length, money } = this;
    let floor = this.floorOf(peak);
    for (let at = from - base; at < to - base; at++) {
      const value = values[at]!;
      if (value >= peak) {
        if (length > 0) this.recover(length, times[at]!);
        length = 0;
        peak = value;
        floor = this.floorOf(peak);
        continue;
      }
      if (length === 0) this.peakTime = at > from - base ? times[at - 1]! : this.lastTime;
      length++;
      if (peak - value > money) money = peak - value;
      if (value < floor && this.deepen((peak - value) / peak, times[at]!)) floor = value;
    }
    this.peak = peak;
    this.length = length;
    this.money = money;
    this.lastTime = times[to - 1 - base]!;
    this.lastValue = values[to - 1 - base]!;
  }

  override result(): DrawDownResult {
    const isUnder = this.length > 0;
    const durationMs = isUnder ? this.lastTime - this.peakTime : 0;
    const money = isUnder ? this.peak - this.lastValue : 0;
    return {
      depth: isUnder && this.peak > 0 ? money / this.peak : 0,
      money,
      length: this.length,
      durationMs,
      max: {
        depth: this.depth,
        money: this.money,
        length: Math.max(this.longest, this.length),
        durationMs: Math.max(this.longestMs, durationMs),
        from: this.from,
        to: this.to,
      },
    };
  }

  private recover(length: number, time: number): void {
    if (length > this.longest) this.longest = length;
    if (time - this.peakTime > this.longestMs) this.longestMs = time - this.peakTime;
  }

  /** Below this value a drawdown may be the deepest; a hair above where it is, so that rounding hides none. */
  private floorOf(peak: number): number {
    return peak > 0 ? peak * (1 - this.depth) * (1 + 1e-15) : -Infinity;
  }

  /** Notes a drawdown if it is the deepest. */
  private deepen(depth: number, time: number): boolean {
    if (!(depth > this.depth)) return false;
    this.depth = depth;
    this.from = this.peakTime;
    this.to = time;
    return true;
  }
}
