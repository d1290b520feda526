/** Logarithmic returns over a rolling number of periods. */
import { finite } from '../risk/moments.ts';
import { checkWhole } from '../options.ts';
import { PeriodAnalyzer, type PeriodOptions, type PeriodReturn } from '../periods/period-analyzer.ts';

/** Options of LogReturnsRolling. The period is that of the first data's bars unless given. */
export interface LogReturnsOptions extends PeriodOptions {
  /** Number of periods of a return. Default 1. */
  readonly window?: number;
}

/**
 * For each calendar period the natural logarithm of its last value over that of `window` periods before, the start value
 * being the one before the first; undefined while there are not that many.
 */
export class LogReturnsRolling extends PeriodAnalyzer<readonly PeriodReturn[]> {
  private readonly window: number;

  constructor(options: LogReturnsOptions = {}) {
    super('LogReturnsRolling', options, ['window'], 'bar');
    checkWhole('window', options.window, 1);
    this.window = options.window ?? 1;
  }

  override result(): readonly PeriodReturn[] {
    const { start, last, length } = this.periods;
    return Array.from({ length }, (_, k) => {
      const before = k - this.window;
      const base = before === -1 ? this.run.startValue : before < 0 ? NaN : last.values[before]!;
      return { time: start.values[k]!, return: finite(Math.log(last.values[k]! / base)) };
    });
  }
}
