/** Sharpe ratio: mean excess return over the risk-free rate, divided by its standard deviation. */
import { ConfigError } from '../../core/index.ts';
import { deviation, excessOf, mean, ratio, type Values } from './moments.ts';
import { checkAbove, checkFlag } from '../options.ts';
import { PeriodAnalyzer, type PeriodOptions } from '../periods/period-analyzer.ts';
import { periodsPerYear } from '../periods/period.ts';
import type { StepValues } from '../periods/period-values.ts';

/** Options of SharpeRatio. The defaults in brackets are those of `compat: 'backtrader'`. */
export interface SharpeOptions extends PeriodOptions {
  /** Yearly risk-free rate as a fraction. Default 0 (0.01). */
  readonly riskFreeRate?: number;
  /** Periods a year. Default: as many as fit in 365 days (252 days, 52 weeks, 12 months; none for shorter periods). */
  readonly factor?: number;
  /** The factor for daily periods; takes precedence over `factor`. Default: `factor`. */
  readonly daysFactor?: number;
  /** Whether to convert the yearly rate to the period; false converts the returns to yearly ones. Default true. */
  readonly convertRate?: boolean;
  /** Whether the ratio is annualised by the square root of the factor. Default true (false). */
  readonly annualize?: boolean;
  /** Whether the standard deviation is that of a sample (n - 1). Default true (false). */
  readonly sampleStddev?: boolean;
  /** Whether to use the plain returns of calendar years. Default false. */
  readonly legacyAnnual?: boolean;
}

/** A Sharpe ratio and its parts. */
export interface SharpeResult {
  /** Undefined with too few returns or without any deviation; annualised, also for less than 30 days. */
  readonly sharpe: number | undefined;
  /** Mean excess return of a period. */
  readonly mean: number | undefined;
  /** Standard deviation of the excess returns; undefined with too few periods. */
  readonly deviation: number | undefined;
  /** How many returns there were. */
  readonly count: number;
}

const names = [
  'riskFreeRate',
  'factor',
  'daysFactor',
  'convertRate',
  'annualize',
  'sampleStddev',
  'legacyAnnual',
] as const;

/** Sharpe ratio of returns by calendar period: days, or the first data's bars where those are longer (Backtrader: years). */
export class SharpeRatio extends PeriodAnalyzer<SharpeResult> {
  private readonly options: SharpeOptions;

  constructor(options: SharpeOptions = {}) {
    const { timeframe, ...rest } = options;
    const isYearly = options.legacyAnnual ?? false;
    if (isYearly && timeframe !== undefined && timeframe !== '1y') {
      throw new ConfigError(`timeframe must be '1y' or absent with legacyAnnual, was '${timeframe}'`);
    }
    const usual = isYearly || options.compat !== undefined ? '1y' : 'dayOrBar';
    super('SharpeRatio', timeframe === undefined ? rest : options, names, usual);
    for (const name of ['convertRate', 'annualize', 'sampleStddev', 'legacyAnnual'] as const)
      checkFlag(name, options[name]);
    checkAbove('riskFreeRate', options.riskFreeRate, -1);
    checkAbove('factor', options.factor, 0);
    checkAbove('daysFactor', options.daysFactor, 0);
    this.options = options;
  }

  override result(): SharpeResult {
    const { options, compat } = this;
    const {
      riskFreeRate = compat === undefined ? 0 : 0.01,
      convertRate = true,
      annualize = compat === undefined,
    } = options;
    const kind = (options.sampleStddev ?? compat === undefined) ? 'sample' : 'population';
    if (options.legacyAnnual === true) return sharpeOf(this.returns(), riskFreeRate, kind);
    const factor = this.factor();
    if (factor === undefined) return sharpeOf(this.returns(), riskFreeRate, kind);
    if (!convertRate)
      return sharpeOf(
        this.returns().map((value) => (1 + value) ** factor - 1),
        riskFreeRate,
        kind,
      );
    const rate = (1 + riskFreeRate) ** (1 / factor) - 1;
    const result = sharpeOf(this.returns(), rate, kind, annualize ? factor : 1);
    return annualize && !this.hasYearlyFigures ? { ...result, sharpe: undefined } : result;
  }

  /** @internal */
  protected override source(from: number, to: number): StepValues {
    return this.isBacktraderYears() ? this.run.record.value : super.source(from, to);
  }

  protected override reference(): number {
    return this.isBacktraderYears() && this.periods.length > 0 ? this.periods.first.values[0]! : super.reference();
  }

  private factor(): number | undefined {
    const { factor, daysFactor } = this.options;
    if (this.frame?.unit === 'd' && daysFactor !== undefined) return daysFactor;
    return factor ?? periodsPerYear(this.frame, this.compat);
  }

  /** Whether the returns are Backtrader's AnnualReturn. */
  private isBacktraderYears(): boolean {
    return this.compat !== undefined && this.options.legacyAnnual === true;
  }
}

/** Sharpe ratio of returns against a rate of the same period, times the root of the periods a year. */
export function sharpeOf(returns: Values, rate: number, kind: 'sample' | 'population', perYear = 1): SharpeResult {
  const excess = excessOf(returns, rate);
  const average = mean(excess);
  const spread = deviation(excess, kind);
  const plain = ratio(average, spread);
  return {
    sharpe: plain === undefined ? undefined : plain * Math.sqrt(perYear),
    mean: average,
    deviation: spread,
    count: excess.length,
  };
}
