/** Compensated sums, means and deviations, which stay exact for many small returns. */

/** The numbers statistics are made of. */
export type Values = ArrayLike<number>;

/** The sum, compensated for rounding (Neumaier). */
export function sum(values: Values): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** Each value less a rate. A loop, because V8 compiles a function that is made for each call again and again. */
export function excessOf(values: Values, rate: number): Float64Array {
  const excess = new Float64Array(values.length);
  for (let k = 0; k < excess.length; k++) excess[k] = values[k]! - rate;
  return excess;
}

/** The arithmetic mean; undefined without values. */
export function mean(values: Values): number | undefined {
  return values.length === 0 ? undefined : sum(values) / values.length;
}

/**
 * Standard deviation: of a sample (divided by n - 1), or of a whole population (by n).
 *
 * Undefined for fewer than two values of a sample, or none of a population. Rounding differences of equal values count as 0.
 */
export function deviation(values: Values, kind: 'sample' | 'population' = 'sample'): number | undefined {
  const count = kind === 'sample' ? values.length - 1 : values.length;
  const centre = mean(values);
  if (count < 1 || centre === undefined) return undefined;
  const squares = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) squares[i] = (values[i]! - centre) ** 2;
  const result = Math.sqrt(sum(squares) / count);
  return result <= Math.abs(centre) * 1e-14 ? 0 : result;
}

/** One number divided by another; undefined where the divisor is 0 or either is undefined. */
export function ratio(above: number | undefined, below: number | undefined): number | undefined {
  if (above === undefined || below === undefined || below === 0) return undefined;
  return finite(above / below);
}

/** The number, or undefined when it is not finite. */
export function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
