/** Drawdown: how far below its highest value the portfolio is, and for how long. */
import { Analyzer } from '../analyzer.ts';
import { checkOptions, type Compat } from '../options.ts';

/** Options of DrawDown. */
export interface DrawDownOptions {
  /** `backtrader`: the first peak is the value after the first step. Default: the start value of the run. */
  readonly compat?: Compat;
}

/** Depth and length of a drawdown. */
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
  /** The deepest drawdown of the run. */
  readonly max: DrawDownDepth & {
    /** Clock of the peak before the deepest drawdown, milliseconds UTC; undefined without a drawdown. */
    readonly from: number | undefined;
    /** Clock of its lowest point, milliseconds UTC; undefined without a drawdown. */
    readonly to: number | undefined;
  };
}

/** Drawdown after every step. A drawdown lasts from its peak until the peak is reached again. */
export class DrawDown extends Analyzer<DrawDownResult> {
  private readonly compat: Compat | undefined;
  /** The highest value so far, and the lowest since. In an array, so that V8 does not box them. */
  private readonly range = new Float64Array([-Infinity, -Infinity]);
  /** The step of the peak, -1 before the first, and its close. */
  private peakStep = -1;
  private peakTime = NaN;
  private steps = 0;
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
    if (this.compat === undefined) this.range.fill(this.run.startValue);
  }

  override observe(from: number, to: number): void {
    if (from >= to) return;
    const { record } = this.run;
    const { values, base } = record.performance;
    if (this.steps === 0) this.peakTime = record.opened.at(from);
    const end = to - base;
    const { range } = this;
    let peak = range[0]!;
    let trough = range[1]!;
    let peakAt = this.peakStep - base;
    let troughAt = -1;
    for (let at = from - base; at < end; at++) {
      // Below the peak, where a run spends most of its steps, only the trough is tracked.
      for (let value; at < end && !((value = values[at]!) >= peak); at++) {
        if (value < trough) {
          trough = value;
          troughAt = at;
        }
      }
      if (at === end) break;
      if (at > peakAt + 1) {
        if (peakAt >= from - base) this.peakTime = record.closeAt(peakAt + base);
        this.recover(at - peakAt - 1, record.closeAt(at + base));
        if (troughAt >= 0) this.sink(peak, trough, troughAt + base);
      }
      peak = trough = values[at]!;
      peakAt = at;
      troughAt = -1;
    }
    if (peakAt >= from - base) this.peakTime = record.closeAt(peakAt + base);
    if (troughAt >= 0) this.sink(peak, trough, troughAt + base);
    range[0] = peak;
    range[1] = trough;
    this.peakStep = peakAt + base;
    this.steps = to;
    this.lastTime = record.closeAt(to - 1);
    this.lastValue = values[end - 1]!;
  }

  override result(): DrawDownResult {
    const length = this.steps - 1 - this.peakStep;
    const isUnder = length > 0;
    const durationMs = isUnder ? this.lastTime - this.peakTime : 0;
    const peak = this.range[0]!;
    const money = isUnder ? peak - this.lastValue : 0;
    return {
      depth: isUnder && peak > 0 ? money / peak : 0,
      money,
      length,
      durationMs,
      max: {
        depth: this.depth,
        money: this.money,
        length: Math.max(this.longest, length),
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

  /** Records the lowest value since a peak, reached in `step`. */
  private sink(peak: number, trough: number, step: number): void {
    const money = peak - trough;
    if (money > this.money) this.money = money;
    const depth = peak > 0 ? money / peak : 0;
    if (!(depth > this.depth)) return;
    this.depth = depth;
    this.from = this.peakTime;
    this.to = this.run.record.closeAt(step);
  }
}
