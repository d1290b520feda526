/** Variability-weighted return: yearly growth, discounted by how unevenly it was earned. */
import { deviation, finite } from './moments.ts';
import { checkAbove } from '../options.ts';
import { PeriodAnalyzer, type PeriodOptions } from '../periods/period-analyzer.ts';
import { periodsPerYear } from '../periods/period.ts';

/** Options of VWR. The period is that of the first data's bars unless given. */
export interface VwrOptions extends PeriodOptions {
  /** Periods a year. Default: as many as fit in 365 days; with `compat`, 252 days, 52 weeks, 12 months. */
  readonly factor?: number;
  /** Exponent of the penalty on variability. Default 0.2. */
  readonly tau?: number;
  /** The deviation at which the result is 0. Default 2. */
  readonly maxDeviation?: number;
}

/** A variability-weighted return and its parts. */
export interface VwrResult {
  /** In percent a year; at most 0 when the run lost. Undefined with fewer than two periods, or for less than 30 days. */
  readonly vwr: number | undefined;
  /** Yearly growth by periods, as a fraction. */
  readonly annualized: number | undefined;
  /** Deviation of the values from an even growth to the same end, as a fraction of it. */
  readonly deviation: number | undefined;
}

/**
 * Variability-weighted return: yearly growth times `1 - (deviation / maxDeviation) ^ tau`, the deviation being that of the values around an
 * even growth from first to last. Beyond `maxDeviation` it is 0: an uneven loss is never a gain. A run that lost everything has -100.
 *
 * Backtrader lets the weight go below 0, which turns a ruined run's figure positive; it measures each period from its own first value, and
 * counts one period more.
 */
export class VWR extends PeriodAnalyzer<VwrResult> {
  private readonly options: VwrOptions;
  private steps = 0;
  private lastValue = NaN;

  constructor(options: VwrOptions = {}) {
    super('VWR', options, ['factor', 'tau', 'maxDeviation'], 'bar');
    for (const name of ['factor', 'tau', 'maxDeviation'] as const) checkAbove(name, options[name], 0);
    this.options = options;
  }

  /** @internal */
  override observe(from: number, to: number): void {
    super.observe(from, to);
    this.steps = to;
    this.lastValue = this.run.record.performance.at(to - 1);
  }

  override result(): VwrResult {
    const { tau = 0.2, maxDeviation = 2 } = this.options;
    const { length } = this.periods;
    const log = Math.log(this.lastValue / this.run.startValue) / length;
    const perYear = this.options.factor ?? periodsPerYear(this.frame, this.compat) ?? this.barsFactor();
    const annualized = finite(Math.expm1(log * perYear));
    const spread = deviation(this.compat === undefined ? this.around(log) : this.aroundByPeriod(log));
    const isKnown = annualized !== undefined && spread !== undefined && this.hasYearlyFigures;
    const weight = spread === undefined ? NaN : 1 - (spread / maxDeviation) ** tau;
    if (this.compat === undefined && this.lastValue <= 0) return { vwr: -100, annualized: -1, deviation: undefined };
    return {
      vwr: isKnown ? finite(annualized * 100 * (this.compat === undefined ? Math.max(0, weight) : weight)) : undefined,
      annualized: this.hasYearlyFigures ? annualized : undefined,
      deviation: spread === undefined ? undefined : finite(spread),
    };
  }

  private barsFactor(): number {
    return (this.compat === undefined ? undefined : periodsPerYear(this.run.datas[0]!.timeframe, this.compat)) ?? 1;
  }

  /** Deviations of the periods' last values from an even growth since the start. */
  private around(log: number): number[] {
    const { last, length } = this.periods;
    return Array.from({ length }, (_, k) => last.values[k]! / (this.run.startValue * Math.exp(log * (k + 1))) - 1);
  }

  /** Backtrader's deviations: each period's growth, from first value to the next one's, against n periods of even growth. */
  private aroundByPeriod(log: number): number[] {
    const { first, length, openedAt } = this.periods;
    const edges = [this.run.startValue, ...first.values.subarray(0, length)];
    if (openedAt < this.steps - 1) edges.push(this.lastValue);
    return edges.slice(1).map((value, k) => value / (edges[k]! * Math.exp(log * (k + 1))) - 1);
  }
}
