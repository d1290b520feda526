/** Sortino ratio: mean excess return over a target, divided by the downside deviation from it. */
import { excessOf, mean, ratio, sum, type Values } from './moments.ts';
import { checkAbove, checkFlag, checkOptions } from '../options.ts';
import { PeriodAnalyzer, type PeriodOptions } from '../periods/period-analyzer.ts';
import { periodsPerYear } from '../periods/period.ts';

/** Options of SortinoRatio. */
export interface SortinoOptions extends Pick<PeriodOptions, 'timeframe'> {
  /** Yearly target return, as a fraction. Default 0. */
  readonly target?: number;
  /** Periods a year. Default: as many as fit in 365 days. */
  readonly factor?: number;
  /** Whether the ratio is annualised by the square root of the factor. Default true. */
  readonly annualize?: boolean;
}

/** A Sortino ratio and its parts. */
export interface SortinoResult {
  /** Undefined with fewer than two returns or without a shortfall; annualised, also for less than 30 days. */
  readonly sortino: number | undefined;
  /** Mean excess return of a period. */
  readonly mean: number | undefined;
  /** Root of the mean squared shortfall over all periods, those without one included. */
  readonly downside: number | undefined;
  /** How many returns there were. */
  readonly count: number;
}

/** Sortino ratio of returns by calendar period: days, or the first data's bars where those are longer. */
export class SortinoRatio extends PeriodAnalyzer<SortinoResult> {
  private readonly options: SortinoOptions;

  constructor(options: SortinoOptions = {}) {
    checkOptions('SortinoRatio', options, ['timeframe', 'target', 'factor', 'annualize']);
    super('SortinoRatio', options, ['target', 'factor', 'annualize'], 'dayOrBar');
    checkAbove('target', options.target, -1);
    checkAbove('factor', options.factor, 0);
    checkFlag('annualize', options.annualize);
    this.options = options;
  }

  override result(): SortinoResult {
    const { target = 0, annualize = true } = this.options;
    const factor = this.options.factor ?? periodsPerYear(this.frame) ?? 1;
    const result = sortinoOf(this.returns(), (1 + target) ** (1 / factor) - 1, annualize ? factor : 1);
    return annualize && !this.hasYearlyFigures ? { ...result, sortino: undefined } : result;
  }
}

/** Sortino ratio of returns against a target of the same period, times the root of the periods a year. */
export function sortinoOf(returns: Values, target: number, perYear: number): SortinoResult {
  const excess = excessOf(returns, target);
  const average = mean(excess);
  const squares = new Float64Array(excess.length);
  for (let k = 0; k < squares.length; k++) if (excess[k]! < 0) squares[k] = excess[k]! * excess[k]!;
  const short = sum(squares);
  const downside = excess.length === 0 ? undefined : Math.sqrt(short / excess.length);
  const plain = excess.length < 2 ? undefined : ratio(average, downside);
  return {
    sortino: plain === undefined ? undefined : plain * Math.sqrt(perYear),
    mean: average,
    downside,
    count: excess.length,
  };
}
