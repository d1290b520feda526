/** Tickets: what is known about each order that was sent to an exchange, and what is still in doubt. */
import { Backoff, Decimal, type OrderRequest, type VenueOrderStatus } from '../../core/index.ts';
import type { CheckedAmendment } from '../orders/amendment.ts';
import type { EndStatus } from '../orders/desk.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/**
 * What is known about an order: `sending` (no answer yet), `unknown` (the answer never came, the venue may have it), `known` (the venue has
 * or had it), `ended` (its end is known and its fills are booked), `void` (the venue said that it has no such order).
 */
export type TicketPhase = 'sending' | 'unknown' | 'known' | 'ended' | 'void';

/** How long the answer to an order may take before the order is looked up. */
export const slowAnswerMs = 30_000;
const firstWaitMs = 250;
const longestWaitMs = 10_000;
/** No random part: the replay of a journal must compute the same waits. */
export const noJitter = { random: (): number => 1 };

/** One order that was sent, or may have been. */
export class Ticket {
  readonly clientId: string;
  readonly symbol: string;
  readonly dataId: number;
  readonly sign: 1 | -1;
  /** Units ordered; an exchange that changes orders in place changes it. */
  size: Decimal;
  /** The request that it was sent with; undefined for an order of an earlier run. */
  readonly request: OrderRequest | undefined;
  /** For a replacement: its size and what had been filled of the order that it replaces. */
  total = new Decimal(0);
  /** When its intent was written, by the session's clock. */
  readonly time: number;
  phase: TicketPhase = 'sending';
  /** The strategy's order; undefined for an order of an earlier run, and for one whose strategy was notified of its end. */
  working: WorkingOrder | undefined;
  venueId: string | undefined;
  /** Whether the venue executes or cancels it at once, as it does a market order. */
  readonly endsAtOnce: boolean;
  /** Units executed, as the venue reports. */
  filled = new Decimal(0);
  /** Units whose fills are booked. */
  booked = new Decimal(0);
  /** The fills that are booked, each by its symbol and the venue's id. */
  readonly fills: string[] = [];
  /** Its end, as the venue reported it. */
  end: { readonly status: VenueOrderStatus; readonly reason: string | undefined } | undefined;
  /** Set when it is to be canceled: what its strategy is notified of then. */
  wantedEnd: { readonly status: EndStatus; readonly reason: string | undefined } | undefined;
  /** For a replacement whose outcome is not known: the order that it replaces, and what it changes. */
  replacing: { readonly old: Ticket; readonly change: CheckedAmendment } | undefined;
  /** The replacement that was requested for it, until that is refused. */
  next: Ticket | undefined;
  /** Its end, reported while the outcome of its replacement was not known. */
  heldEnd: { readonly status: EndStatus; readonly reason: string | undefined } | undefined;
  /** Set when it is canceled so that the order can be sent again, changed: what changes then. */
  resend: { readonly change: CheckedAmendment } | undefined;
  /** The other order of its list, where both were sent as a pair: as soon as one trades or triggers, the venue ends the other. */
  mate: Ticket | undefined;
  /** Whether the venue refused it in answer to its request. */
  isRefused = false;
  /** Whether it stood against a position when it was sent. */
  reducedAtSend = false;
  isCanceling = false;
  isAsking = false;
  /** When the next cancel may be sent. */
  cancelDue = -Infinity;
  /** When the next look-up is due. */
  due = Infinity;
  /** When it ended, by the session's clock; NaN before. */
  closedTime = NaN;
  /** Its fills up to this time have been booked, though it was forgotten since. */
  bookedUntil = -Infinity;
  /** Since when its request can no longer be on its way from here; NaN while it may be. */
  unknownSince = NaN;
  private readonly backoff = new Backoff(noJitter, firstWaitMs, longestWaitMs);

  constructor(
    clientId: string,
    facts: {
      readonly symbol: string;
      readonly dataId: number;
      readonly sign: 1 | -1;
      readonly size: string;
      readonly time: number;
      readonly working: WorkingOrder | undefined;
      readonly request?: OrderRequest;
    },
  ) {
    this.clientId = clientId;
    this.symbol = facts.symbol;
    this.dataId = facts.dataId;
    this.sign = facts.sign;
    this.size = new Decimal(facts.size);
    this.request = facts.request;
    this.time = facts.time;
    this.working = facts.working;
    this.endsAtOnce = facts.working?.order.type === 'market';
  }

  get isClosed(): boolean {
    return this.phase === 'ended' || this.phase === 'void';
  }

  /** Whether the venue reported executions whose fills have not arrived. */
  get lacksFills(): boolean {
    return this.filled.gt(this.booked);
  }

  /** Whether it is in a list with another order at the venue, and neither has traded. */
  get isPaired(): boolean {
    const { mate } = this;
    return mate !== undefined && !mate.isClosed && mate.filled.isZero() && this.filled.isZero();
  }

  /** Whether its list is what ended it: the other order of the list traded, triggered or was canceled here. */
  get wasEndedByList(): boolean {
    const { mate, end } = this;
    if (mate === undefined || end === undefined) return false;
    return end.status === 'expired' || (end.status === 'canceled' && mate.wantedEnd !== undefined);
  }

  /** Whether another ticket stands for the same order: the one that it may replace, or the one that has replaced it. */
  get isSecond(): boolean {
    return this.replacing !== undefined || (this.next !== undefined && this.next.replacing === undefined);
  }

  /** Whether nothing has been requested of it whose outcome is not known, so that it can be changed. */
  get isFree(): boolean {
    const { phase, end, wantedEnd, next } = this;
    return phase === 'known' && end === undefined && wantedEnd === undefined && next === undefined && !this.lacksFills;
  }

  /** Schedules the next look-up after a wait that doubles each time. */
  backOff(now: number): void {
    this.due = now + this.backoff.next();
  }

  /** Schedules a look-up at once, and starts the waits again from the shortest. */
  doubt(now: number): void {
    this.due = now;
    this.backoff.reset();
  }

  /** Delays the next cancel by the same kind of wait. */
  backOffCancel(now: number): void {
    this.cancelDue = now + this.backoff.next();
  }
}
