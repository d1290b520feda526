/** Requests for fills: one at a time for each symbol, repeated until they are answered. */
import { Backoff } from '../../core/index.ts';
import { noJitter } from './order-ticket.ts';

/** Clocks differ: a fill may carry a time before its order was sent by our clock. */
const marginMs = 60_000;
const firstWaitMs = 250;
const longestWaitMs = 10_000;

interface Pending {
  since: number;
  due: number;
  readonly backoff: Backoff;
  isAsking: boolean;
  /** What is needed beyond the request under way. */
  again: { since: number; due: number } | undefined;
}

/** The requests for fills of one account. */
export class FillRequests {
  private readonly bySymbol = new Map<string, Pending>();

  /** Whether an answer is awaited or a request is due. */
  get isOpen(): boolean {
    return this.bySymbol.size > 0;
  }

  /** The fills of a symbol since a moment are needed; requested at `due` at the latest. */
  need(symbol: string, since: number, due: number): void {
    const from = Math.floor(since) - marginMs;
    const known = this.bySymbol.get(symbol);
    if (known === undefined) {
      this.bySymbol.set(symbol, newPending(from, due));
    } else if (known.isAsking) {
      known.again = { since: Math.min(from, known.again?.since ?? from), due: Math.min(due, known.again?.due ?? due) };
    } else {
      known.since = Math.min(known.since, from);
      known.due = Math.min(known.due, due);
    }
  }

  /** Sends what is due. */
  act(now: number, send: { fills(symbol: string, since: number): void } | undefined): void {
    for (const [symbol, pending] of this.bySymbol) {
      if (pending.isAsking || pending.due > now) continue;
      pending.isAsking = true;
      send?.fills(symbol, pending.since);
    }
  }

  answered(symbol: string): void {
    const pending = this.bySymbol.get(symbol);
    if (pending === undefined) return;
    this.bySymbol.delete(symbol);
    if (pending.again !== undefined) {
      this.bySymbol.set(symbol, newPending(pending.again.since, pending.again.due));
    }
  }

  failed(symbol: string, now: number): void {
    const pending = this.bySymbol.get(symbol);
    if (pending === undefined) return;
    pending.isAsking = false;
    pending.since = Math.min(pending.since, pending.again?.since ?? Infinity);
    pending.again = undefined;
    pending.due = now + pending.backoff.next();
  }
}

function newPending(since: number, due: number): Pending {
  return { since, due, backoff: new Backoff(noJitter, firstWaitMs, longestWaitMs), isAsking: false, again: undefined };
}
