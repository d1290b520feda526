/** Quiet spans: steps over which nothing happens at the broker, so that the engine only calls `next`. */

/** Where each number of a span lies. Value is `base + size * (close - entry)`; cash is `cash`, with a `gear` less what the position binds. */
export const spanField = {
  /** Cash, or the balance of an account at a venue. */
  base: 0,
  /** Signed units held, times the contract size. */
  size: 1,
  /** The price that profit is counted from; 0 on spot, where the position is worth its price. */
  entry: 2,
  /** Cash that does not move with the price. */
  cash: 3,
  /** One by the leverage of a position that the whole wallet carries, so that its profit and margin move the cash; 0 for any other. */
  gear: 4,
} as const;

const width = Object.keys(spanField).length;

/** What a quiet span reads of a portfolio. */
export interface QuietAccount {
  /** Whether value, cash and gross value follow from the numbers of a span and the close of one data. */
  readonly isLinear: boolean;
  /** Writes the numbers of a span for the position in a data. */
  describe(dataId: number, into: Float64Array): void;
  /** The last of the leading data's bars `from` to `to` up to which prices and times do nothing to the account; `from - 1` for none. */
  quietUntil(from: number, to: number): number;
}

/** The present quiet span of a run: what holds in it, and when it ends. The engine's quick loop opens it; brokers without one run in the general loop. */
export class QuietSpan {
  /** Whether it is open: values are then worked out when they are read, not in every step. */
  isOpen = false;
  /** Whether the next step has anything to do for orders or cash; false promises that it changes neither, apart from what `until` finds. */
  hasWork = false;
  /** Its numbers, as `spanField` says. */
  readonly values = new Float64Array(width);
  readonly #next = new Float64Array(width);
  readonly #account: QuietAccount;

  constructor(account: QuietAccount) {
    this.#account = account;
  }

  /** Whether the account allows quiet spans at all. */
  get isPossible(): boolean {
    return this.#account.isLinear;
  }

  /** The last bar, of `from` to `to`, that can be in the span. */
  until(from: number, to: number): number {
    return this.#account.quietUntil(from, to);
  }

  /** Reads the account; returns whether something has changed, so that another span begins. */
  hasChanged(dataId: number): boolean {
    const { values } = this;
    const next = this.#next;
    this.#account.describe(dataId, next);
    for (let k = 0; k < width; k++) if (values[k] !== next[k]) return true;
    return false;
  }

  /** Begins the span whose numbers were read last. */
  begin(): void {
    const { values } = this;
    const next = this.#next;
    for (let k = 0; k < width; k++) values[k] = next[k]!;
  }

  /** Reads the account and begins the span that it is in. */
  refresh(dataId: number): void {
    if (this.hasChanged(dataId)) this.begin();
  }
}

/** Cash at a close, by the numbers of a span that begin at `at`. */
export function spanCash(values: Float64Array, at: number, close: number): number {
  const cash = values[at + spanField.cash]!;
  const gear = values[at + spanField.gear]!;
  if (gear === 0) return cash;
  const size = values[at + spanField.size]!;
  return cash + (size * (close - values[at + spanField.entry]!) - Math.abs(size) * close * gear);
}
