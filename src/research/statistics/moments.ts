/** Mean, deviation, skewness and kurtosis of returns. */
import { ConfigError, shown } from '../../core/index.ts';

/** The moments of a series of returns. */
export interface Moments {
  /** How many returns there are. */
  readonly count: number;
  /** Their mean, of one period. */
  readonly mean: number;
  /** Sample deviation, with `count - 1`. */
  readonly deviation: number;
  /** Third standardised moment; 0 for a normal distribution. */
  readonly skewness: number;
  /** Fourth standardised moment, in full: 3 for a normal distribution, not 0. */
  readonly kurtosis: number;
  /** Mean by deviation, of one period and not of a year; NaN where nothing moved. */
  readonly sharpe: number;
}

/**
 * The moments of returns. Skewness and kurtosis are those of the sample as it stands, without a correction for its size.
 *
 * @param returns - Of equal periods, as fractions.
 * @throws {ConfigError} If a return is not finite.
 */
export function momentsOf(returns: ArrayLike<number>): Moments {
  checkFinite('returns', returns);
  const count = returns.length;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += returns[i]!;
  const mean = sum / count;
  let [second, third, fourth] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const d = returns[i]! - mean;
    const square = d * d;
    second += square;
    third += square * d;
    fourth += square * square;
  }
  const deviation = Math.sqrt(second / (count - 1));
  const variance = second / count;
  const flat = isFlat(mean, deviation);
  return {
    count,
    mean,
    deviation,
    skewness: flat ? NaN : third / count / variance ** 1.5,
    kurtosis: flat ? NaN : fourth / count / variance ** 2,
    sharpe: flat ? NaN : mean / deviation,
  };
}

/**
 * Whether values of this mean and deviation never moved. Equal values have a mean that is rounded: the differences from it are noise, no
 * deviation. @internal
 */
export function isFlat(mean: number, deviation: number): boolean {
  return !(deviation > Math.abs(mean) * 1e-12);
}

/** Checks that a series is a list, and every value of it finite. @internal */
export function checkFinite(name: string, values: ArrayLike<number>): void {
  checkList(name, values, 'numbers');
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new ConfigError(`${name} must be finite, was ${String(values[i])} at index ${i}`, {
      context: { field: name },
    });
  }
}

/** Checks that something is a list, of any kind. @internal */
export function checkList(name: string, values: unknown, of: string): void {
  if (typeof values === 'object' && typeof (values as { readonly length?: unknown } | null)?.length === 'number')
    return;
  throw new ConfigError(`${name} must be a list of ${of}, was ${shown(values)}`, { context: { field: name } });
}

/** Checks the seed of a random number. @internal */
export function checkSeed(seed: unknown): void {
  checkNumber('seed', seed, Number.isInteger, 'a whole number');
}

/** Checks a number that a statistic is given. @internal */
export function checkNumber(name: string, value: unknown, isRight: (value: number) => boolean, wanted: string): void {
  if (typeof value === 'number' && isRight(value)) return;
  throw new ConfigError(`${name} must be ${wanted}, was ${shown(value)}`, { context: { field: name } });
}
