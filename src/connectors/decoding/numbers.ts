/** Numbers of the wire: strict decimal text, read as floats, as exact decimals, or kept as text. */
import { Decimal } from '../../core/index.ts';

/** `number` floats (the nearest to the venue's text), `text` the venue's own characters, `decimal` exact decimals. */
export type NumberKind = 'number' | 'text' | 'decimal';

/** Every kind, for checking an option. */
export const numberKinds = ['number', 'text', 'decimal'] as const satisfies readonly NumberKind[];

/**
 * Turns the venue's text into the consumer's kind of number. Text that is not a plain decimal becomes NaN, or stays as it is for the gate
 * to refuse.
 */
export interface NumberReader<N> {
  /** The kind of number it returns. */
  readonly kind: NumberKind;
  /** Reads a number from an exchange's text. */
  read(text: string): N;
  /** The same from a part of a frame, without cutting it out where that can be avoided. */
  slice(frame: string, from: number, to: number): N;
}

const decimalText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The float of a plain decimal text; NaN for everything else that `Number` would take: `''`, `0x10`, ` 1 `, `Infinity`. */
export function numberOf(text: string): number {
  return floatAt(text, 0, text.length);
}

/** Reads prices and sizes as numbers: fast, exact to about 15 digits. */
export const floatReader: NumberReader<number> = { kind: 'number', read: numberOf, slice: floatAt };

/** Keeps prices and sizes as the exchange wrote them. */
export const textReader: NumberReader<string> = {
  kind: 'text',
  read: (text) => text,
  slice: (frame, from, to) => frame.slice(from, to),
};

function decimalOf(text: string): Decimal {
  return new Decimal(decimalText.test(text) ? text : NaN);
}

/** Reads prices and sizes as `Decimal`, exact to the last digit. */
export const decimalReader: NumberReader<Decimal> = {
  kind: 'decimal',
  read: decimalOf,
  slice: (frame, from, to) => decimalOf(frame.slice(from, to)),
};

/** 1, 10, 100 ... up to the largest that a float holds exactly. */
export const powersOfTen: readonly number[] = Array.from({ length: 23 }, (_, power) => 10 ** power);

/**
 * The float nearest to the decimal text in `frame` from `from` to `to`, the same that `Number` returns; NaN when it is no plain decimal.
 *
 * A text of up to 15 digits without an exponent takes one division of exact numbers, which rounds once and therefore correctly; any other
 * decimal goes to `Number`.
 */
export function floatAt(frame: string, from: number, to: number): number {
  let at = from;
  const negative = frame.charCodeAt(at) === 45;
  if (negative) at++;
  // Whole numbers of at most nine digits: quicker than floats to build up, and exact together up to 15 digits.
  let whole = 0;
  let more = 0;
  let fraction = 0;
  let decimals = 0;
  const first = at;
  const nine = to - at > 9 ? at + 9 : to;
  for (; at < nine; at++) {
    const digit = frame.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    whole = (whole * 10 + digit) | 0;
  }
  if (at === nine) {
    for (; at < to; at++) {
      const digit = frame.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      more = (more * 10 + digit) | 0;
    }
  }
  const before = at - first;
  if (at < to && frame.charCodeAt(at) === 46) {
    const point = ++at;
    for (; at < to; at++) {
      const digit = frame.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      fraction = (fraction * 10 + digit) | 0;
    }
    decimals = at - point;
  }
  if (at < to || decimals > 9 || before + decimals > 15 || before + decimals === 0)
    return strictly(frame.slice(from, to));
  const integer = before > 9 ? whole * powersOfTen[before - 9]! + more : whole;
  const value = decimals === 0 ? integer : (integer * powersOfTen[decimals]! + fraction) / powersOfTen[decimals]!;
  return negative ? -value : value;
}

function strictly(text: string): number {
  return decimalText.test(text) ? Number(text) : NaN;
}
