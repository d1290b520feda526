/** Requests for what an exchange books by itself for contracts: funding when it is due and at whole hours, and liquidations. */
import type { VenuePayment } from '../../core/index.ts';
import type { GatewayRequests } from './gateway-requests.ts';

const hour = 3_600_000;
/** When after a whole hour, and after funding is due, payments are asked for: exchanges book funding within a minute of it. */
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
  /** When funding was due last and is due next, as far as the exchange has said. */
  readonly funding: number[];
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
      // The first answer says when funding is due.
      due: now,
      isAsking: false,
      funding: [],
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
      asked.due = nextAsk(asked, now);
      requests?.payments(symbol, asked.since);
    }
  }

  /** @param nextFunding - When the contract pays funding next, where the exchange says it. */
  answered(symbol: string, payments: readonly VenuePayment[], nextFunding: number | undefined, now: number): void {
    const asked = this.#symbols.get(symbol);
    if (asked === undefined) return;
    asked.isAsking = asked.isRecovering = false;
    if (nextFunding !== undefined) {
      // A time that the exchange has moved is no longer due; one that has come is, for as long as it may still be booked.
      const come = asked.funding.filter((time) => time <= now && time !== nextFunding).slice(-1);
      asked.funding.splice(0, Infinity, ...come, nextFunding);
      asked.due = Math.min(asked.due, nextAsk(asked, now));
    }
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

/** The next moment at which payments may have been booked: after a whole hour, or after funding was due. */
function nextAsk({ funding }: Pick<Asked, 'funding'>, now: number): number {
  const begun = Math.floor(now / hour) * hour;
  let next = begun + hour;
  for (const from of [begun, ...funding]) {
    const after = askAfterMs.find((ms) => from + ms > now);
    if (after !== undefined) next = Math.min(next, from + after);
  }
  return next;
}
