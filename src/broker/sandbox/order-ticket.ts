/** Tickets: what is known of each order that was sent to an exchange, and what is still in doubt. */
import { Decimal, type VenueOrderStatus } from '../../core/index.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** How an order of ours ends when it was not executed in full. */
export type EndStatus = 'canceled' | 'expired' | 'margin' | 'rejected';

/**
 * Where the knowledge of an order stands: `sending` (no answer yet), `unknown` (the answer never came: the venue may have it), `known`
 * (the venue has or had it), `over` (its end is known and its fills are booked), `void` (the venue's word that it has no such order).
 */
export type TicketPhase = 'sending' | 'unknown' | 'known' | 'over' | 'void';

/** Waits between look-ups, doubling from the first to the last. */
const firstWaitMs = 250;
const longestWaitMs = 10_000;

/** One order that was sent, or may have been. */
export class Ticket {
  readonly clientId: string;
  readonly symbol: string;
  readonly dataId: number;
  readonly sign: 1 | -1;
  readonly size: Decimal;
  /** When it was written down, by the session's clock. */
  readonly time: number;
  phase: TicketPhase = 'sending';
  /** The strategy's order; undefined for one of an earlier run, and for one that its strategy was told is over. */
  working: WorkingOrder | undefined;
  venueId: string | undefined;
  /** Units that the venue says are executed. */
  filled = new Decimal(0);
  /** Units whose fills are booked. */
  booked = new Decimal(0);
  /** The venue's word that it is over. */
  end: { readonly status: VenueOrderStatus; readonly reason: string | undefined } | undefined;
  /** That it is to be withdrawn, and what its strategy is told then. */
  wanted: { readonly status: EndStatus; readonly reason: string | undefined } | undefined;
  isCancelling = false;
  isAsking = false;
  /** When the next cancel may be sent. */
  cancelDue = -Infinity;
  /** When it is looked up next. */
  due = Infinity;
  /** Since when its request cannot be under way from here any more; NaN while it may be. */
  unknownSince = NaN;
  private wait = firstWaitMs;

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
  }

  get isClosed(): boolean {
    return this.phase === 'over' || this.phase === 'void';
  }

  /** Whether the venue told of executions whose fills have not come yet. */
  get lacksFills(): boolean {
    return this.filled.gt(this.booked);
  }

  /** The next look-up is due after a wait that doubles each time. */
  backOff(now: number): void {
    this.due = now + this.nextWait();
  }

  /** A look-up is due at once, and patient again. */
  doubt(now: number): void {
    this.due = now;
    this.wait = firstWaitMs;
  }

  /** The next cancel may leave after the same kind of wait. */
  backOffCancel(now: number): void {
    this.cancelDue = now + this.nextWait();
  }

  private nextWait(): number {
    const { wait } = this;
    this.wait = Math.min(longestWaitMs, wait * 2);
    return wait;
  }
}
