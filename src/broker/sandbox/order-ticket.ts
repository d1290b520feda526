/** Tickets: what is known about each order that was sent to an exchange, and what is still in doubt. */
import { Backoff, Decimal, type VenueOrderStatus } from '../../core/index.ts';
import type { EndStatus } from '../orders/desk.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/**
 * What is known about an order: `sending` (no answer yet), `unknown` (the answer never came, the venue may have it), `known` (the venue has
 * or had it), `ended` (its end is known and its fills are booked), `void` (the venue said that it has no such order).
 */
export type TicketPhase = 'sending' | 'unknown' | 'known' | 'ended' | 'void';

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
  readonly size: Decimal;
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
  /** Its end, as the venue reported it. */
  end: { readonly status: VenueOrderStatus; readonly reason: string | undefined } | undefined;
  /** Set when it is to be canceled: what its strategy is notified of then. */
  wantedEnd: { readonly status: EndStatus; readonly reason: string | undefined } | undefined;
  isCanceling = false;
  isAsking = false;
  /** When the next cancel may be sent. */
  cancelDue = -Infinity;
  /** When the next look-up is due. */
  due = Infinity;
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
    },
  ) {
    this.clientId = clientId;
    this.symbol = facts.symbol;
    this.dataId = facts.dataId;
    this.sign = facts.sign;
    this.size = new Decimal(facts.size);
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
