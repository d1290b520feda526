/** The commission scheme of an instrument in a venue account: what sizers, targets and trades reckon with. */
import { CommissionScheme } from '../commission.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { Terms } from './terms.ts';

/** Fees, margin and profit by the terms of a contract, in floats. */
export class ContractScheme extends CommissionScheme {
  override readonly isInverse: boolean;
  readonly #contractSize: number;
  readonly #rate: number;
  readonly #leverage: number;

  constructor(contractSize: number, isInverse: boolean, takerFee: number, leverage: number) {
    super({ commission: Math.max(0, takerFee), multiplier: contractSize, autoMargin: 1 / leverage });
    this.isInverse = isInverse;
    this.#contractSize = contractSize;
    this.#rate = takerFee;
    this.#leverage = leverage;
  }

  override get summary(): string {
    return `${+(this.#rate * 100).toPrecision(6)} % of the value, leverage ${this.#leverage}`;
  }

  override commission(size: number, price: number): number {
    return this.notional(size, price) * this.#rate;
  }

  override margin(price: number): number {
    return this.notional(1, price) / this.#leverage;
  }

  override value(size: number, price: number): number {
    return (Math.sign(size) * this.notional(size, price)) / this.#leverage;
  }

  override pointValue(price: number): number {
    return this.isInverse ? this.#contractSize / (price * price) : this.#contractSize;
  }

  override pnl(size: number, from: number, to: number): number {
    const moved = size * this.#contractSize * (to - from);
    return this.isInverse ? moved / (from * to) : moved;
  }

  /** In settle currency: of an inverse contract its quote units over the price. */
  override notional(size: number, price: number): number {
    const units = Math.abs(size) * this.#contractSize;
    return this.isInverse ? units / price : units * price;
  }
}

/** The scheme of an instrument's terms. */
export function schemeOfTerms<N>(a: Arithmetic<N>, terms: Terms<N>, leverage: number): CommissionScheme {
  const taker = a.toNumber(terms.feeRate(false, 0));
  if (terms.kind === 'spot') return new CommissionScheme({ commission: Math.max(0, taker) });
  return new ContractScheme(a.toNumber(terms.contractSize), terms.kind === 'inverse', taker, leverage);
}
