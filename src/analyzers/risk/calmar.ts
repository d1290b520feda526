/** Calmar ratio: yearly growth divided by the largest drawdown. */
import { ConfigError } from '../../core/index.ts';
import { Column } from '../../lines/index.ts';
import { finite, ratio } from './moments.ts';
import { checkWhole } from '../options.ts';
import { PeriodAnalyzer, type PeriodOptions } from '../periods/period-analyzer.ts';
import { leastYearlyMs, yearMs } from '../periods/period.ts';
import { growthPerYear } from '../returns/returns.ts';
import { drawdowns } from './time-draw-down.ts';

/** Options of Calmar. The period is a month unless given. */
export interface CalmarOptions extends PeriodOptions {
  /** Length of the window in periods. Default 36. */
  readonly window?: number;
}

/** A Calmar ratio, and its values by period. */
export interface CalmarResult {
  /** At the end of the run; undefined without a drawdown in the window, or for less than 30 days. */
  readonly calmar: number | undefined;
  /** At the end of each period, over the window that ends there. */
  readonly periods: readonly {
    /** Open of the period, milliseconds UTC. */
    readonly time: number;
    /** The ratio at its end; undefined before a drawdown. */
    readonly calmar: number | undefined;
  }[];
}

/**
 * Calmar ratio over a rolling window: compound yearly growth over the largest drawdown seen step by step, both within the
 * window. A run shorter than the window is its own window.
 *
 * Backtrader's is undefined until the window is full, divides logarithmic growth of one period by a drawdown in percent
 * since the start of the run, and looks at the first value of each period.
 */
export class Calmar extends PeriodAnalyzer<CalmarResult> {
  private readonly window: number;
  private readonly high = new Column();
  private readonly low = new Column();
  private readonly depth = new Column();
  private readonly endTime = new Column();
  private readonly endValue = new Column();
  private lastValue = NaN;

  constructor(options: CalmarOptions = {}) {
    super('Calmar', options, ['window'], '1M');
    checkWhole('window', options.window, 1);
    if (options.compat !== undefined && options.window === 1) throw new ConfigError('window must be above 1, was 1');
    this.window = options.window ?? 36;
  }

  /** @internal */
  override observe(from: number, to: number): void {
    const { record } = this.run;
    const { performance, time } = record;
    let at = from;
    while (at < to) {
      const until = this.nextPeriod(at, to);
      super.observe(at, until);
      this.extremes(performance, at, until);
      this.endTime.set(this.periods.length - 1, time.at(until - 1));
      at = until;
    }
    this.lastValue = performance.at(to - 1);
  }

  override result(): CalmarResult {
    const values = this.compat === undefined ? this.sound() : this.backtrader();
    const { start } = this.periods;
    const periods = values.map((calmar, k) => ({ time: start.values[k]!, calmar }));
    return { calmar: values.at(-1), periods };
  }

  /** The step at which the period of step `at` ends, or `to`. */
  private nextPeriod(at: number, to: number): number {
    return this.periods.endOf(this.stamps(), at, to);
  }

  /** Updates a period's high, low and drawdown with its steps. */
  private extremes(values: Column, from: number, to: number): void {
    const period = this.periods.length - 1;
    const isNew = this.high.length <= period;
    let high = isNew ? -Infinity : this.high.at(period);
    let low = isNew ? Infinity : this.low.at(period);
    let depth = isNew ? 0 : this.depth.at(period);
    for (let step = from; step < to; step++) {
      const value = values.values[step - values.base]!;
      if (value > high) high = value;
      if (value < low) low = value;
      if (high > 0 && high - value > depth * high) depth = (high - value) / high;
    }
    for (const column of [this.high, this.low, this.depth, this.endTime, this.endValue]) column.extend(period + 1);
    this.high.set(period, high);
    this.low.set(period, low);
    this.depth.set(period, depth);
    this.endValue.set(period, values.at(to - 1));
  }

  private sound(): (number | undefined)[] {
    return Array.from({ length: this.periods.length }, (_, k) => {
      const first = Math.max(0, k + 1 - this.window);
      const start = first === 0 ? this.run.startValue : this.endValue.at(first - 1);
      const spanMs = this.endTime.at(k) - (first === 0 ? this.began : this.endTime.at(first - 1));
      if (spanMs < leastYearlyMs) return undefined;
      const years = spanMs / yearMs;
      let high = start;
      let depth = 0;
      for (let p = first; p <= k; p++) {
        if (high > 0) depth = Math.max(depth, (high - this.low.at(p)) / high);
        depth = Math.max(depth, this.depth.at(p));
        high = Math.max(high, this.high.at(p));
      }
      return ratio(growthPerYear(this.endValue.at(k) / start, years), depth);
    });
  }

  /** Backtrader's: the value at the first step of each period enters the window, and once more at the end. */
  private backtrader(): (number | undefined)[] {
    const { first, length } = this.periods;
    const samples = first.values.subarray(0, length);
    const { depths } = drawdowns(samples, -Infinity);
    const entered = [this.run.startValue, ...samples, this.lastValue];
    const at = (count: number, depth: number): number | undefined => {
      const oldest = entered[count - this.window];
      if (oldest === undefined) return undefined;
      return finite(Math.log(entered[count - 1]! / oldest) / this.window / (depth * 100 || Infinity));
    };
    const found = Array.from(samples, (_, k) => at(k + 2, depths[k]!));
    if (length > 0) found[length - 1] = at(length + 2, depths[length - 1]!);
    return found;
  }
}
