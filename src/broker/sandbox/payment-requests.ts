/** Requests for what an exchange books by itself for contracts: funding at whole hours, and liquidations. */
import type { VenuePayment } from '../../core/index.ts';
import type { GatewayRequests } from './gateway-requests.ts';

const hour = 3_600_000;
/** When after a whole hour payments are asked for: exchanges book funding within a minute of it. */
const askAfterMs = [0, 5_000, 20_000, 75_000] as const;
/** How soon an unanswered request is sent again. */
const repeatMs = 1_000;

/** The payments of one contract. */
interface Asked {
  /** Everything before it is booked. */
  since: number;
  /** When the next request is due. */
  due: number;
  isAsking: boolean;
  /** Whether the payments of earlier runs have still to be booked. */
  isRecovering: boolean;
}

/** Asks for payments when some may have been booked, and books each once. */
export class PaymentRequests {
  readonly #symbols = new Map<string, Asked>();
  readonly #seen = new Set<string>();
  readonly #book: (symbol: string, payment: VenuePayment) => void;

  constructor(book: (symbol: string, payment: VenuePayment) => void) {
    this.#book = book;
  }

  /** Whether payments since the first order of an earlier run have still to be booked. */
  get isRecovering(): boolean {
    for (const { isRecovering } of this.#symbols.values()) if (isRecovering) return true;
    return false;
  }

  /** Whether an answer is awaited. */
  get isOpen(): boolean {
    for (const { isAsking } of this.#symbols.values()) if (isAsking) return true;
    return false;
  }

  /** Begins with a contract. @param since - When the first order of an earlier run was sent; undefined in a session's first run. */
  begin(symbol: string, since: number | undefined, now: number): void {
    const isRecovering = since !== undefined;
    this.#symbols.set(symbol, {
      since: since ?? now,
      due: isRecovering ? now : nextAsk(now),
      isAsking: false,
      isRecovering,
    });
  }

  /** Something happened after which there may be news. */
  hurry(symbol: string, now: number): void {
    const asked = this.#symbols.get(symbol);
    if (asked !== undefined) asked.due = Math.min(asked.due, now);
  }

  act(now: number, requests: GatewayRequests | undefined): void {
    for (const [symbol, asked] of this.#symbols) {
      if (asked.isAsking || asked.due > now) continue;
      asked.isAsking = true;
      asked.due = nextAsk(now);
      requests?.payments(symbol, asked.since);
    }
  }

  answered(symbol: string, payments: readonly VenuePayment[]): void {
    const asked = this.#symbols.get(symbol);
    if (asked === undefined) return;
    asked.isAsking = asked.isRecovering = false;
    for (const payment of payments) {
      const key = `${symbol} ${payment.kind} ${payment.id}`;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      // Lists may lag behind by a moment: what was booked in the same minute is asked for again.
      asked.since = Math.max(asked.since, payment.time - 60_000);
      this.#book(symbol, payment);
    }
  }

  failed(what: string, now: number): void {
    if (!what.startsWith('payments:')) return;
    const asked = this.#symbols.get(what.slice('payments:'.length));
    if (asked === undefined) return;
    asked.isAsking = false;
    asked.due = Math.min(asked.due, now + repeatMs);
  }
}

/** The next moment after a whole hour at which payments may have been booked. */
function nextAsk(now: number): number {
  const begun = Math.floor(now / hour) * hour;
  for (const after of askAfterMs) if (begun + after > now) return begun + after;
  return begun + hour;
}
