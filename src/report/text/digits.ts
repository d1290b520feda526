/** Prices, sizes and money with the digits of the value traded: no tail of a binary fraction such as `63816.55999999999`. */
import type { Instrument } from '../../core/index.ts';
import { amount } from './words.ts';

/** The steps of an instrument; both undefined where the venue's rules are not known. */
export type Steps = Pick<Instrument, 'tick' | 'lot'> | undefined;

/** Digits that a price or size of an unknown step can have; a double carries 15, the last ones lost in arithmetic. */
const knownDigits = 12;

/** The finest unit that exchanges keep money in. */
const moneyDecimals = 8;

/** A price in full: on the tick where it lies on one, else (an average, a price after slippage) its first 12 digits. */
export function price(value: number, steps?: Steps): number {
  return onStep(value, steps?.tick);
}

/** A size in full, by the lot as `price` by the tick. */
export function size(value: number, steps?: Steps): number {
  return onStep(value, steps?.lot);
}

/** Money to the eighth decimal, where arithmetic leaves its tail. */
export function money(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e7) return Number(value.toPrecision(15));
  return Number(value.toFixed(moneyDecimals));
}

/** `63,816.56`: a price for a person, with the decimals of the tick, or its own and at least two. */
export function priceText(value: number | undefined, steps?: Steps): string {
  if (value === undefined || !Number.isFinite(value)) return amount(value);
  const full = price(value, steps);
  return amount(full, Math.max(decimalsOf(full), steps?.tick === undefined ? 2 : decimalsOf(steps.tick)));
}

/** `0.25`: a size for a person, without trailing zeros. */
export function sizeText(value: number, steps?: Steps): string {
  return plainText(size(value, steps));
}

function onStep(value: number, step: number | undefined): number {
  if (!Number.isFinite(value)) return value;
  const rounded = Number(value.toPrecision(knownDigits));
  if (step === undefined || !(step > 0)) return rounded;
  const steps = Math.round(value / step);
  const near = Number((steps * step).toFixed(decimalsOf(step)));
  return Math.abs(near - value) <= 1e-9 * Math.max(Math.abs(value), step) ? near : rounded;
}

/** The decimals that a number is written with. */
function decimalsOf(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}

/** A number without an exponent. */
function plainText(value: number): string {
  return String(value).includes('e') ? value.toFixed(decimalsOf(value)) : String(value);
}
