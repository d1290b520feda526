/** Distribution of the returns of calendar periods. */
import { deviation, mean } from '../risk/moments.ts';
import { checkFlag } from '../options.ts';
import { PeriodAnalyzer, type PeriodOptions } from './period-analyzer.ts';

/** Options of PeriodStats. The period is a year unless given. */
export interface PeriodStatsOptions extends PeriodOptions {
  /** Whether a period without a change counts as positive. Default false. */
  readonly zeroIsPositive?: boolean;
}

/** Returns of periods: fractions and counts. Fractions are undefined without a period. */
export interface PeriodStatsResult {
  /** Mean return of a period, as a fraction; undefined without a period. */
  readonly average: number | undefined;
  /** Sample standard deviation, undefined for a single period; Backtrader's is that of the population. */
  readonly deviation: number | undefined;
  /** Periods that gained. */
  readonly positive: number;
  /** Periods that lost. */
  readonly negative: number;
  /** Periods without a change. */
  readonly unchanged: number;
  /** The best period's return, as a fraction; undefined without a period. */
  readonly best: number | undefined;
  /** The worst period's return, as a fraction; undefined without a period. */
  readonly worst: number | undefined;
}

/** Average, deviation, best and worst of the returns of calendar periods. */
export class PeriodStats extends PeriodAnalyzer<PeriodStatsResult> {
  private readonly zeroIsPositive: boolean;

  constructor(options: PeriodStatsOptions = {}) {
    super('PeriodStats', options, ['zeroIsPositive'], '1y');
    checkFlag('zeroIsPositive', options.zeroIsPositive);
    this.zeroIsPositive = options.zeroIsPositive ?? false;
  }

  override result(): PeriodStatsResult {
    const returns = this.returns();
    const count = { positive: 0, negative: 0, unchanged: 0 };
    let best = -Infinity;
    let worst = Infinity;
    for (const value of returns) {
      if (value < 0) count.negative++;
      else if (value > 0 || this.zeroIsPositive) count.positive++;
      else count.unchanged++;
      if (value > best) best = value;
      if (value < worst) worst = value;
    }
    const isEmpty = returns.length === 0;
    return {
      average: mean(returns),
      deviation: deviation(returns, this.compat === undefined ? 'sample' : 'population'),
      ...count,
      best: isEmpty ? undefined : best,
      worst: isEmpty ? undefined : worst,
    };
  }
}
