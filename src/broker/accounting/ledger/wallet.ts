/** A wallet: what an account holds of each currency, and where every amount came from. */
import type { Arithmetic } from './arithmetic.ts';

/** Why an amount was booked: `trade` for a spot purchase or sale, `insurance` for the part of a liquidation loss that an insurance fund pays. */
export type PostingKind =
  'deposit' | 'trade' | 'fee' | 'profit' | 'funding' | 'interest' | 'liquidationFee' | 'insurance' | 'transfer';

/** Every reason to book an amount. */
export const postingKinds: readonly PostingKind[] = [
  'deposit', 'trade', 'fee', 'profit', 'funding', 'interest', 'liquidationFee', 'insurance', 'transfer',
]; // prettier-ignore

/** One currency of an account: the amount held, and the sum booked for each reason. */
export interface Balance<N> {
  readonly currency: string;
  readonly amount: N;
  readonly booked: Readonly<Record<PostingKind, N>>;
}

type Entry<N> = { currency: string; amount: N; booked: Record<PostingKind, N> };

/** Balances by currency, with the sum of what was booked for each reason: a balance is always the sum of its bookings. */
export class Wallet<N> {
  readonly #a: Arithmetic<N>;
  /** In the order the currencies came. */
  #entries: Entry<N>[] = [];

  constructor(a: Arithmetic<N>) {
    this.#a = a;
  }

  /** What is held of each currency, in the order they came. */
  get balances(): readonly Balance<N>[] {
    return this.#entries;
  }

  /** The currencies ever held, in the order they came. */
  get currencies(): readonly string[] {
    return this.#entries.map(({ currency }) => currency);
  }

  balance(currency: string): N {
    return this.#find(currency)?.amount ?? this.#a.zero;
  }

  /** The sum of what was booked in a currency for a reason. */
  booked(currency: string, kind: PostingKind): N {
    return this.#find(currency)?.booked[kind] ?? this.#a.zero;
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
    const entry = this.#find(currency) ?? this.#open(currency);
    entry.amount = a.add(entry.amount, amount);
    entry.booked[kind] = a.add(entry.booked[kind], amount);
  }

  /** Saves the balances; `restore` of the result takes back what is booked after it, as often as it is called. */
  save(): { restore(): void } {
    const saved = copyOf(this.#entries);
    return {
      restore: () => {
        this.#entries = copyOf(saved);
      },
    };
  }

  /** A wallet holds a few currencies: looking through them is quicker than a map. */
  #find(currency: string): Entry<N> | undefined {
    const entries = this.#entries;
    for (let k = 0; k < entries.length; k++) if (entries[k]!.currency === currency) return entries[k];
    return undefined;
  }

  #open(currency: string): Entry<N> {
    const { zero } = this.#a;
    const booked: Record<PostingKind, N> = {
      deposit: zero, trade: zero, fee: zero, profit: zero, funding: zero, interest: zero, liquidationFee: zero, insurance: zero, transfer: zero,
    }; // prettier-ignore
    const entry = { currency, amount: zero, booked };
    this.#entries.push(entry);
    return entry;
  }
}

function copyOf<N>(entries: readonly Entry<N>[]): Entry<N>[] {
  return entries.map((entry) => ({ ...entry, booked: { ...entry.booked } }));
}
