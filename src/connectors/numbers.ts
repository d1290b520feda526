/** How prices and sizes leave the wire: exact text first, then whatever the consumer asked for. */
import { Decimal } from '../core/index.ts';

/** `number` floats (the nearest to the venue's text), `text` the venue's own characters, `decimal` exact decimals. */
export type NumberKind = 'number' | 'text' | 'decimal';

/** Every kind, for checking an option. */
export const numberKinds = ['number', 'text', 'decimal'] as const satisfies readonly NumberKind[];

/** Turns the venue's text into the consumer's kind of number. */
export interface NumberReader<N> {
  readonly kind: NumberKind;
  read(text: string): N;
  /** The same from a part of a frame, without cutting it out where that can be avoided. */
  slice(frame: string, from: number, to: number): N;
}

export const floatReader: NumberReader<number> = { kind: 'number', read: Number, slice: floatAt };

export const textReader: NumberReader<string> = {
  kind: 'text',
  read: (text) => text,
  slice: (frame, from, to) => frame.slice(from, to),
};

export const decimalReader: NumberReader<Decimal> = {
  kind: 'decimal',
  read: (text) => new Decimal(text),
  slice: (frame, from, to) => new Decimal(frame.slice(from, to)),
};

/** 1, 10, 100 ... up to the largest that a float holds exactly. */
export const powersOfTen: readonly number[] = Array.from({ length: 23 }, (_, power) => 10 ** power);

/**
 * The float nearest to the decimal text in `frame` from `from` to `to`, the same that `Number` gives.
 *
 * Up to 15 digits and no exponent it is one exact division, which rounds once and so correctly; all else goes to `Number`.
 */
export function floatAt(frame: string, from: number, to: number): number {
  let mantissa = 0;
  let point = -1;
  let at = from;
  const negative = frame.charCodeAt(at) === 45;
  if (negative) at++;
  const digits = to - at;
  if (digits > 16 || digits <= 0) return Number(frame.slice(from, to));
  for (; at < to; at++) {
    const code = frame.charCodeAt(at) - 48;
    if (code >= 0 && code <= 9) mantissa = mantissa * 10 + code;
    else if (code === -2 && point < 0 && digits > 1) point = at;
    else return Number(frame.slice(from, to));
  }
  if (mantissa > 999_999_999_999_999) return Number(frame.slice(from, to));
  const value = point < 0 ? mantissa : mantissa / powersOfTen[to - point - 1]!;
  return negative ? -value : value;
}
