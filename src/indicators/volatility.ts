/** Realised volatility: how much price moved, from closes alone or from the whole bar. */
import { barsPerYear } from '../core/index.ts';
import { checkData, type Data, type Line } from '../lines/index.ts';
import { checkAbove, checkChoice, checkOptions, checkPeriod } from './kernel/period.ts';
import { recursive } from './kernel/recursive.ts';
import { lagged, named } from './pointwise.ts';
import { sma } from './sma.ts';
import { stddev } from './stddev.ts';

/**
 * What volatility is estimated from.
 *
 * `close`: the sample deviation of the logarithmic changes of closes. `parkinson`: high and low. `garmanKlass`: all four prices, without the
 * gap from the last close. `rogersSatchell`: all four prices, right in a trend too, without gaps. `yangZhang`: all four prices and the gap.
 */
export type VolatilityEstimator = 'close' | 'parkinson' | 'garmanKlass' | 'rogersSatchell' | 'yangZhang';

const estimators = ['close', 'parkinson', 'garmanKlass', 'rogersSatchell', 'yangZhang'] as const;

/** Options of `realizedVolatility`. */
export interface VolatilityOptions {
  /** In bars, at least 2; default 20. */
  readonly period?: number;
  /** Default `close`. */
  readonly estimator?: VolatilityEstimator;
  /** Bars in a year: default those of the data's timeframe on a market that never closes (8,760 of `1h`); 1 leaves it per bar. */
  readonly barsPerYear?: number;
}

/**
 * Realised volatility of the last bars, as a fraction a year: 0.5 is 50 %.
 *
 * 0 where price did not move; NaN where a price is zero or negative. Estimators other than `close` read the range of the bar and need fewer
 * bars for the same accuracy, but see too little of it where trades are rare. The means of `parkinson`, `garmanKlass` and
 * `rogersSatchell` divide by the number of bars, the deviations of `close` and `yangZhang` by one less.
 *
 * @throws {ConfigError} If `period` is not an integer of at least 2, `estimator` is unknown, or `barsPerYear` is not above 0.
 * @see Parkinson (1980); Garman and Klass (1980); Rogers and Satchell (1991); Yang and Zhang (2000), all Journal of Business / Annals of Applied Probability
 */
export function realizedVolatility(data: Data, options: VolatilityOptions = {}): Line {
  checkData('realizedVolatility', data);
  checkOptions('realizedVolatility', options, { period: true, estimator: true, barsPerYear: true });
  const { period = 20, estimator = 'close', barsPerYear: bars = barsPerYear(data.timeframe) } = options;
  checkPeriod('realizedVolatility', period, 2);
  checkChoice('realizedVolatility', estimator, 'estimator', estimators);
  checkAbove('realizedVolatility', bars, 0, 'barsPerYear');
  const variance = varianceOf(data, period, estimator);
  return named(`realizedVolatility(${period}, ${estimator}, ${bars})`, variance, (a, b, c, d) =>
    Math.sqrt(bars * Math.max(0, total(estimator, period, a, b, c, d))),
  );
}

/** The lines that the variance of a bar is put together from. */
function varianceOf(data: Data, period: number, estimator: VolatilityEstimator): readonly [Line, ...Line[]] {
  const { open, high, low, close } = data;
  const mean = (
    name: string,
    lines: readonly [Line, ...Line[]],
    fn: (a: number, b: number, c: number, d: number) => number,
  ): Line => sma(named(name, lines, fn), period);
  switch (estimator) {
    case 'close':
      return [
        stddev(
          lagged('log return', close, 1, (now, then) => Math.log(now / then)),
          period,
        ),
      ];
    case 'parkinson':
      return [mean('parkinson', [high, low], (h, l) => Math.log(h / l) ** 2 / (4 * Math.LN2))];
    case 'garmanKlass':
      return [
        mean(
          'garmanKlass',
          [open, high, low, close],
          (o, h, l, c) => 0.5 * Math.log(h / l) ** 2 - (2 * Math.LN2 - 1) * Math.log(c / o) ** 2,
        ),
      ];
    case 'rogersSatchell':
      return [rogersSatchell(data, period)];
    case 'yangZhang': {
      // State: whether there was a close, and the last one.
      const [gap] = recursive('log gap', [open, close], { state: 2, period: 2 }, (state, out, o, c) => {
        if (state[0] === 1) out[0] = Math.log(o / state[1]!);
        state[0] = 1;
        state[1] = c;
      });
      const body = named('log body', [open, close], (o, c) => Math.log(c / o));
      return [stddev(gap!, period), stddev(body, period), rogersSatchell(data, period)];
    }
  }
}

function rogersSatchell({ open, high, low, close }: Data, period: number): Line {
  return sma(
    named(
      'rogersSatchell',
      [open, high, low, close],
      (o, h, l, c) => Math.log(h / c) * Math.log(h / o) + Math.log(l / c) * Math.log(l / o),
    ),
    period,
  );
}

/** The variance of one bar. `stddev` divides by the number of bars: a sample divides by one less. */
function total(estimator: VolatilityEstimator, n: number, a: number, b: number, c: number, _d: number): number {
  const sample = n / (n - 1);
  if (estimator === 'close') return a * a * sample;
  if (estimator !== 'yangZhang') return a;
  const share = 0.34 / (1.34 + (n + 1) / (n - 1));
  return a * a * sample + share * b * b * sample + (1 - share) * c;
}
