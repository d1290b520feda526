/** Exact decimals for cash, sizes and fees, and rounding to an exchange's steps. */
import { Decimal as Base } from 'decimal.js';

/** Decimals with 40 significant digits: enough for any sum of prices times sizes without rounding. */
export const Decimal = Base.clone({ precision: 40, rounding: Base.ROUND_HALF_EVEN, toExpNeg: -30, toExpPos: 30 });
export type Decimal = Base;

/** Decimals whose sums and products are never rounded: more digits than any account needs. */
export const ExactDecimal = Base.clone({ precision: 200, rounding: Base.ROUND_HALF_EVEN, toExpNeg: -40, toExpPos: 40 });
const Quotient = Base.clone({ precision: 30, rounding: Base.ROUND_HALF_EVEN });

/** The quotient of two exact decimals, rounded once, at 30 significant digits. */
export function quotient(dividend: Decimal, divisor: Decimal): Decimal {
  return new ExactDecimal(new Quotient(dividend).div(divisor));
}

/** The lot of sizes where no instrument says otherwise. */
export const defaultLot = 1e-8;

/** The largest multiple of `step` whose magnitude does not exceed that of `value`, exact for decimal steps such as 0.001. */
export function floorToStep(value: number, step: number): number {
  if (!(step > 0) || !Number.isFinite(value)) return value;
  const quick = quickly(value, step, 0);
  return quick === quick ? quick : new Decimal(value).div(step).trunc().mul(step).toNumber();
}

/** The multiple of `step` nearest to `value`, exact for decimal steps such as 0.01. */
export function roundToStep(value: number, step: number): number {
  if (!(step > 0) || !Number.isFinite(value)) return value;
  const quick = quickly(value, step, 0.5);
  return quick === quick ? quick : new Decimal(value).div(step).round().mul(step).toNumber();
}

const powersOfTen: ReadonlySet<number> = new Set(Array.from({ length: 16 }, (_, k) => 10 ** k));

/**
 * The same in floats, for steps 1, 0.1, 0.01 and so on, where rounding cannot change the answer: decimals take a thousand times as
 * long, once an order. NaN where only decimals can answer.
 *
 * A whole number by a power of ten is the float nearest to that decimal, which is what the decimals end in too.
 *
 * @param edge - Where between two multiples the answer changes.
 */
function quickly(value: number, step: number, edge: 0 | 0.5): number {
  const perUnit = Math.round(1 / step);
  if (!powersOfTen.has(perUnit) || 1 / perUnit !== step) return NaN;
  const steps = value * perUnit;
  const nearest = Math.round(steps);
  // A number of up to fifteen digits is the only one that is written like that: a multiple already.
  if (Math.abs(nearest) < 1e15 && nearest / perUnit === value) return value;
  const toEdge = edge === 0 ? Math.abs(steps - nearest) : 0.5 - Math.abs(steps - nearest);
  // The product and the digits of the value are each off by half a unit in the last place: together by less than 2^-51 of the product.
  if (!(Math.abs(steps) < 1e15 && toEdge > Math.max(1e-3, Math.abs(steps) * 2 ** -51))) return NaN;
  return (edge === 0 ? Math.trunc(steps) : nearest) / perUnit;
}
