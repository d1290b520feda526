/** Value at risk and expected shortfall of returns. */
import { checkNumber, momentsOf } from './moments.ts';
import { normalQuantile } from './normal.ts';
import { quantileOf } from './trade-luck.ts';

/** Losses of one span, as positive fractions. */
export interface ValueAtRisk {
  /** The historical loss that is exceeded with probability `1 - confidence`. */
  readonly historical: number;
  /** Mean loss where it is exceeded. */
  readonly shortfall: number;
  /** The same loss by a normal distribution, corrected for skewness and kurtosis. */
  readonly modified: number;
}

/**
 * Value at risk of spans of the returns.
 *
 * @param confidence - Default 0.95.
 * @param horizon - Periods of a span: their returns are compounded, and spans overlap. Default 1.
 * @see R. T. Rockafellar and S. Uryasev, "Optimization of conditional value-at-risk", Journal of Risk 2 (2000); L. Favre and J.-A. Galeano,
 * "Mean-modified value-at-risk optimization with hedge funds", Journal of Alternative Investments 5 (2002)
 */
export function valueAtRisk(periods: ArrayLike<number>, confidence = 0.95, horizon = 1): ValueAtRisk {
  checkNumber('confidence', confidence, (p) => p > 0 && p < 1, 'between 0 and 1');
  const most = Math.max(1, periods.length - 1);
  checkNumber(
    'horizon',
    horizon,
    (n) => Number.isInteger(n) && n >= 1 && n <= most,
    `a whole number from 1 to ${most}`,
  );
  const returns = spansOf(periods, horizon);
  const { mean, deviation, skewness, kurtosis } = momentsOf(returns);
  const sorted = Float64Array.from(returns).sort();
  const cut = quantileOf(sorted, 1 - confidence);
  const worse = sorted.filter((value) => value <= cut);
  const z = normalQuantile(1 - confidence);
  const s = Number.isNaN(skewness) ? 0 : skewness;
  const k = Number.isNaN(kurtosis) ? 0 : kurtosis - 3;
  const wide = z + ((z * z - 1) * s) / 6 + ((z ** 3 - 3 * z) * k) / 24 - ((2 * z ** 3 - 5 * z) * s * s) / 36;
  return {
    historical: -cut,
    shortfall: -worse.reduce((sum, value) => sum + value, 0) / worse.length,
    modified: -(mean + wide * deviation),
  };
}

/** The compounded return of every span of `horizon` periods. */
function spansOf(returns: ArrayLike<number>, horizon: number): ArrayLike<number> {
  if (horizon === 1) return returns;
  return Float64Array.from({ length: returns.length - horizon + 1 }, (_, from) => {
    let growth = 1;
    for (let k = from; k < from + horizon; k++) growth *= 1 + returns[k]!;
    return growth - 1;
  });
}
