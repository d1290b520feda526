/** Returns by calendar year. */
import { finite } from '../risk/moments.ts';
import { PeriodAnalyzer, type PeriodOptions } from '../periods/period-analyzer.ts';
import type { StepValues } from '../periods/period-values.ts';

/** One calendar year. */
export interface YearReturn {
  /** The calendar year, UTC. */
  readonly year: number;
  /** As a fraction; undefined where the value before was not above 0. */
  readonly return: number | undefined;
}

/**
 * The return of each calendar year; the first and the last may be partial.
 *
 * Backtrader's counts the first year from the value after the first step, and ignores fund mode.
 */
export class AnnualReturn extends PeriodAnalyzer<readonly YearReturn[]> {
  constructor(options: Pick<PeriodOptions, 'compat'> = {}) {
    super('AnnualReturn', options, [], '1y');
  }

  override result(): readonly YearReturn[] {
    const { start } = this.periods;
    return Array.from(this.periods.returns(this.reference()), (value, k) => ({
      year: new Date(start.values[k]!).getUTCFullYear(),
      return: finite(value),
    }));
  }

  /** @internal */
  protected override source(from: number, to: number): StepValues {
    return this.compat === undefined ? super.source(from, to) : this.run.record.value;
  }

  protected override reference(): number {
    return this.compat === undefined || this.periods.length === 0 ? super.reference() : this.periods.first.values[0]!;
  }
}
