/** The arithmetic that a ledger counts with: binary floats for speed, or decimals that conserve every digit. */
import { ExactDecimal, quotient, type Decimal } from '../../../core/index.ts';

/** The operations of a ledger over one kind of number. */
export interface Arithmetic<N> {
  readonly name: 'float' | 'decimal';
  readonly zero: N;
  of(value: number | string): N;
  toNumber(value: N): number;
  /** Plain digits, without rounding. */
  toText(value: N): string;
  add(a: N, b: N): N;
  sub(a: N, b: N): N;
  mul(a: N, b: N): N;
  /** Decimals round a quotient once, at 30 significant digits. */
  div(a: N, b: N): N;
  neg(a: N): N;
  abs(a: N): N;
  /** Negative, zero or positive as `a` is below, equal to or above `b`. */
  compare(a: N, b: N): number;
  /** -1, 0 or 1. */
  sign(a: N): number;
}

/** Binary floats. */
export const floats: Arithmetic<number> = {
  name: 'float',
  zero: 0,
  of: Number,
  toNumber: (value) => value,
  toText: String,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  abs: Math.abs,
  compare: (a, b) => a - b,
  sign: Math.sign,
};

/** Exact decimals: sums and products are never rounded. */
export const decimals: Arithmetic<Decimal> = {
  name: 'decimal',
  zero: new ExactDecimal(0),
  of: (value) => new ExactDecimal(value),
  toNumber: (value) => value.toNumber(),
  toText: (value) => value.toFixed(),
  add: (a, b) => a.add(b),
  sub: (a, b) => a.sub(b),
  mul: (a, b) => a.mul(b),
  div: quotient,
  neg: (a) => a.neg(),
  abs: (a) => a.abs(),
  compare: (a, b) => a.comparedTo(b),
  sign: (a) => (a.isZero() ? 0 : a.isNegative() ? -1 : 1),
};
