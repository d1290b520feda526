/** Notices that an exchange refuses the key of a session, which cannot trade any longer. */
import type { BrokerInput } from '../../../broker/index.ts';
import { SessionError } from '../../../core/index.ts';

/** This many refusals in a row, over at least `leastMs`, mean that the key is bad. A single server of an exchange may refuse a good key for a while. */
const enough = 3;
const leastMs = 2_000;

/** Refusals in a row, at one exchange, of one kind of request. */
interface Row {
  count: number;
  readonly since: number;
}

/** Counts the refusals of a key, separately for orders and for the account: a key may still read the account when it may no longer send orders. */
export class RefusedKey {
  readonly #rows = new Map<string, Row>();

  /**
   * Takes an answer of the exchange.
   *
   * @param input - The answer.
   * @param elapsed - The session's monotonic time, in milliseconds.
   * @returns The error that ends the session, once the key is refused for good: it was revoked, has expired, lost a permission or its
   * address, or the account is suspended.
   */
  take(input: BrokerInput, elapsed: number): SessionError | undefined {
    const answer = answerOf(input);
    if (answer === undefined) return undefined;
    const { about, refused } = answer;
    const name = `${about}@${input.venue ?? ''}`;
    if (refused === undefined) {
      this.#rows.delete(name);
      return undefined;
    }
    let row = this.#rows.get(name);
    if (row === undefined) this.#rows.set(name, (row = { count: 0, since: elapsed }));
    row.count++;
    if (row.count < enough || elapsed - row.since < leastMs) return undefined;
    const what = about === 'orders' ? "orders of the session's key" : "the session's key";
    return new SessionError(
      `the exchange refuses ${what} (${row.count} times in a row), and the session has ended: ${refused}; mend the key or the account, then start the session again under the same name`,
      { code: 'key-refused' },
    );
  }
}

/** What an answer says of the key: undefined where it says nothing, as a request that timed out. */
function answerOf(input: BrokerInput): { readonly about: 'orders' | 'account'; readonly refused?: string } | undefined {
  switch (input.kind) {
    case 'failed':
      return input.code === 'auth' ? { about: 'account', refused: input.reason } : undefined;
    case 'sent':
    case 'amended': {
      const { outcome } = input;
      if (outcome.kind === 'accepted') return { about: 'orders' };
      return outcome.kind === 'refused' && outcome.code === 'auth'
        ? { about: 'orders', refused: outcome.reason }
        : undefined;
    }
    case 'openOrders':
    case 'balances':
    case 'fills':
    case 'found':
      return { about: 'account' };
    default:
      return undefined;
  }
}
