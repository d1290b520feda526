/** The returns of a run: total and yearly. */
import { finite } from '../risk/moments.ts';
import { checkAbove } from '../options.ts';
import { PeriodAnalyzer, type PeriodOptions } from '../periods/period-analyzer.ts';
import { periodsPerYear, yearMs } from '../periods/period.ts';

/** Options of Returns. The period is that of the first data's bars unless given. */
export interface ReturnsOptions extends PeriodOptions {
  /** Periods a year. Default: as many as fit in 365 days; with `compat`, 252 days, 52 weeks, 12 months. */
  readonly factor?: number;
}

/** The returns of a run. Fractions: 0.25 is 25 %. */
export interface ReturnsResult {
  /** Last value over the first, less 1; undefined when the run began with nothing. */
  readonly total: number | undefined;
  /** Natural logarithm of last over first; undefined when nothing was left. */
  readonly log: number | undefined;
  /** Compound growth a year by the time that passed, with years of 365 days; undefined for less than 30 days. */
  readonly cagr: number | undefined;
  /** From the first bar's open to the last one's close, in years of 365 days. */
  readonly years: number;
  /** Length of the run in periods; with `compat` the number of periods that it touched. */
  readonly periods: number;
  /** Logarithmic return of one period. */
  readonly averageLog: number | undefined;
  /** `averageLog` over a year, compounded; undefined for less than 30 days. */
  readonly annualized: number | undefined;
}

/** Total, logarithmic and yearly return. */
export class Returns extends PeriodAnalyzer<ReturnsResult> {
  private readonly factor: number | undefined;
  private steps = 0;
  private value = NaN;

  constructor(options: ReturnsOptions = {}) {
    super('Returns', options, ['factor'], 'bar');
    checkAbove('factor', options.factor, 0);
    this.factor = options.factor;
  }

  /** @internal */
  override start(): void {
    super.start();
    this.value = this.run.startValue;
  }

  /** @internal */
  override observe(from: number, to: number): void {
    // Only Backtrader's definition counts periods one by one.
    if (this.compat !== undefined || this.frame === undefined) super.observe(from, to);
    const { record } = this.run;
    this.noteSpan(from, to);
    this.value = record.performance.at(to - 1);
    this.steps += to - from;
  }

  override result(): ReturnsResult {
    const growth = this.value / this.run.startValue;
    const years = this.steps === 0 ? 0 : (this.ended - this.began) / yearMs;
    const log = growth > 0 ? finite(Math.log(growth)) : undefined;
    const perYear = this.factor ?? periodsPerYear(this.frame, this.compat) ?? this.barsFactor(years);
    const periods = this.compat === undefined && this.frame !== undefined ? years * perYear : this.periods.length;
    const averageLog = log === undefined || periods === 0 ? undefined : finite(log / periods);
    return {
      total: finite(growth - 1),
      log,
      cagr: this.steps < 2 || !this.hasYearlyFigures ? undefined : growthPerYear(growth, years),
      years,
      periods,
      averageLog,
      annualized:
        averageLog === undefined || !this.hasYearlyFigures ? undefined : finite(Math.expm1(averageLog * perYear)),
    };
  }

  /** The factor when the period has none: the run itself is the period; Backtrader takes the first data's factor, or 1. */
  private barsFactor(years: number): number {
    if (this.compat === undefined) return years > 0 ? 1 / years : 1;
    return periodsPerYear(this.run.datas[0]!.timeframe, this.compat) ?? 1;
  }
}

/** Yearly growth as a fraction; -1 when nothing is left, undefined when the value is negative or no time has passed. */
export function growthPerYear(growth: number, years: number): number | undefined {
  if (!(growth >= 0) || !(years > 0)) return undefined;
  return finite(growth ** (1 / years) - 1);
}
