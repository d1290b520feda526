/** A wallet: what an account holds of each currency, and where every amount came from. */
import type { Arithmetic } from './arithmetic.ts';

/** Why an amount was booked: `trade` is what a spot purchase or sale moves, `insurance` what a fund adds where a liquidation costs more than the margin. */
export type PostingKind =
  'deposit' | 'trade' | 'fee' | 'profit' | 'funding' | 'interest' | 'liquidationFee' | 'insurance' | 'transfer';

/** Every reason to book an amount. */
export const postingKinds: readonly PostingKind[] = [
  'deposit', 'trade', 'fee', 'profit', 'funding', 'interest', 'liquidationFee', 'insurance', 'transfer',
]; // prettier-ignore

/** Balances by currency, with the sum of what was booked for each reason: a balance is always the sum of its bookings. */
export class Wallet<N> {
  readonly #a: Arithmetic<N>;
  #balances = new Map<string, N>();
  #booked = new Map<string, N>();

  constructor(a: Arithmetic<N>) {
    this.#a = a;
  }

  /** The currencies ever held, in the order they came. */
  get currencies(): readonly string[] {
    return [...this.#balances.keys()];
  }

  balance(currency: string): N {
    return this.#balances.get(currency) ?? this.#a.zero;
  }

  /** The sum of what was booked in a currency for a reason. */
  booked(currency: string, kind: PostingKind): N {
    return this.#booked.get(`${kind} ${currency}`) ?? this.#a.zero;
  }

  /** The largest amounts that floats may have rounded: absolute sums by reason. */
  turnover(currency: string): number {
    let sum = 1e-6;
    for (const kind of postingKinds) sum += Math.abs(this.#a.toNumber(this.booked(currency, kind)));
    return sum;
  }

  /** Adds a signed amount. */
  book(currency: string, amount: N, kind: PostingKind): void {
    const a = this.#a;
    const key = `${kind} ${currency}`;
    this.#balances.set(currency, a.add(this.#balances.get(currency) ?? a.zero, amount));
    this.#booked.set(key, a.add(this.#booked.get(key) ?? a.zero, amount));
  }

  /** Saves the balances; `restore` of the result takes back what is booked after it, as often as it is called. */
  save(): { restore(): void } {
    const [balances, booked] = [this.#balances, this.#booked];
    this.#balances = new Map(balances);
    this.#booked = new Map(booked);
    return {
      restore: () => {
        this.#balances = new Map(balances);
        this.#booked = new Map(booked);
      },
    };
  }
}
