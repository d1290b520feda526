/** Money in whole units: prices, sizes and balances without rounding, and their text. */
import { ConfigError, Decimal } from '../../core/index.ts';
import type { MarketInstrument } from '../market-data.ts';

/** Decimals of a balance, as Binance keeps them. */
export const balanceDecimals = 8;
const one = 10n ** BigInt(balanceDecimals);

/** How a symbol's ticks and lots convert into units of its two assets, without rounding. */
export interface Units {
  /** Base units in one lot. */
  readonly lot: bigint;
  /** Quote units in one lot at one tick. */
  readonly value: bigint;
}

/**
 * The units of a symbol.
 *
 * @throws {ConfigError} If a price times a size has more decimals than a balance can hold.
 */
export function unitsOf({ symbol, priceDecimals, sizeDecimals }: MarketInstrument): Units {
  const rest = balanceDecimals - priceDecimals - sizeDecimals;
  if (!Number.isInteger(rest) || rest < 0 || priceDecimals < 0 || sizeDecimals < 0) {
    throw new ConfigError(
      `${symbol}: priceDecimals and sizeDecimals must be whole and together at most ${balanceDecimals}, were ${priceDecimals} and ${sizeDecimals}`,
    );
  }
  return { lot: 10n ** BigInt(balanceDecimals - sizeDecimals), value: 10n ** BigInt(rest) };
}

/** A balance from exact text or a number, such as `0.1`. */
export function balanceFrom(value: string | number, field: string): bigint {
  const amount = /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(String(value)) ? new Decimal(value).mul(1e8) : undefined;
  if (amount?.isInteger() !== true) {
    throw new ConfigError(
      `${field} must be an amount of at most ${balanceDecimals} decimals and not below 0, was ${value}`,
    );
  }
  return BigInt(amount.toFixed());
}

/** A balance as text, such as `0.10000000`. */
export function balanceText(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(balanceDecimals + 1, '0');
  const text = `${digits.slice(0, -balanceDecimals)}.${digits.slice(-balanceDecimals)}`;
  return value < 0n ? `-${text}` : text;
}

/** A fraction such as 0.001 in the same whole units. */
export function rateFrom(rate: number, field: string): bigint {
  if (!(rate >= 0 && rate < 1)) throw new ConfigError(`${field} must be a fraction from 0 to below 1, was ${rate}`);
  return BigInt(new Decimal(rate).mul(1e8).round().toFixed());
}

/** The part of an amount at a rate, rounded down to a whole unit. */
export function partOf(amount: bigint, rate: bigint): bigint {
  return (amount * rate) / one;
}
