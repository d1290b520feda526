/** Exact decimals for cash, sizes and fees, and rounding to an exchange's steps. */
import { Decimal as Base } from 'decimal.js';

/** Decimals with 40 significant digits: enough for any sum of prices times sizes without rounding. */
export const Decimal = Base.clone({ precision: 40, rounding: Base.ROUND_HALF_EVEN, toExpNeg: -30, toExpPos: 30 });
export type Decimal = Base;

/** The step sizes go by where no instrument says otherwise. */
export const defaultLot = 1e-8;

/** The largest multiple of `step` not above `value` in magnitude, exact for decimal steps such as 0.001. */
export function floorToStep(value: number, step: number): number {
  if (!(step > 0) || !Number.isFinite(value)) return value;
  return new Decimal(value).div(step).trunc().mul(step).toNumber();
}

/** The multiple of `step` nearest to `value`, exact for decimal steps such as 0.01. */
export function roundToStep(value: number, step: number): number {
  if (!(step > 0) || !Number.isFinite(value)) return value;
  return new Decimal(value).div(step).round().mul(step).toNumber();
}
