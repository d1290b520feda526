/** Orders at the venue: which order was sent as which ticket, and what the venue's reports do to it. */
import { clientIdOf, currenciesOf, type FillEvent, type Intent } from '../../core/index.ts';
import type { BrokerCore } from '../broker-core.ts';
import type { NewsList } from '../live/live-broker.ts';
import type { EndStatus, OrderEnder } from '../orders/desk.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import type { AccountSync } from './account-sync.ts';
import type { VenueBooking } from './fill-booking.ts';
import { cutToOwned, requestOf } from './order-request.ts';
import { Ticket } from './order-ticket.ts';
import type { OrderTracker, TicketOwner } from './order-tracker.ts';
import type { VisiblePositions } from './visible-positions.ts';

/** How long the answer to an order may take before the order is looked up. */
const slowAnswerMs = 30_000;

/** Sends orders to the venue and ends them on its reports alone. */
export class VenueOrders implements TicketOwner, OrderEnder {
  /** Set once, before the first call: the tracker reports to this object. */
  tracker!: OrderTracker;
  account!: AccountSync;
  private readonly core: BrokerCore;
  private readonly visible: VisiblePositions;
  private readonly booking: VenueBooking;
  private readonly news: NewsList;
  private readonly ticketOf = new Map<WorkingOrder, Ticket>();

  constructor(core: BrokerCore, visible: VisiblePositions, booking: VenueBooking, news: NewsList) {
    this.core = core;
    this.visible = visible;
    this.booking = booking;
    this.news = news;
  }

  /** The orders at the venue that a strategy holds. */
  get working(): Iterable<WorkingOrder> {
    return this.ticketOf.keys();
  }

  has(working: WorkingOrder): boolean {
    return this.ticketOf.has(working);
  }

  /** Sends an order, unless it would sell what is not held. */
  send(working: WorkingOrder, time: number): void {
    const { dataId, sign } = working;
    const { symbol, instrument } = this.core.timelines[dataId]!.info;
    const held = this.visible.of(dataId).size;
    const [base] = currenciesOf(symbol);
    const short = cutToOwned(working, held, this.tracker.open, instrument?.lot, base);
    if (short !== undefined) {
      this.core.desk.refuse(working, short);
      return;
    }
    const { account } = this;
    const number = account.nextNumber!++;
    const request = requestOf(working, clientIdOf(account.tag, number), symbol, instrument);
    const ticket = new Ticket(request.clientId, { symbol, dataId, sign, size: request.size, time, working });
    ticket.due = time + slowAnswerMs;
    this.tracker.add(ticket);
    this.ticketOf.set(working, ticket);
    account.requests?.send(number, time, request);
  }

  /** Whether the venue has an order, or may have it. */
  isAtVenue(working: WorkingOrder): boolean {
    const ticket = this.ticketOf.get(working);
    return ticket !== undefined && !ticket.isClosed;
  }

  /** Requests the cancel of an order that the venue may have; false when the venue has none. */
  endAtVenue(working: WorkingOrder, status: EndStatus, reason: string | undefined): boolean {
    const ticket = this.ticketOf.get(working);
    if (ticket === undefined || ticket.isClosed) return false;
    this.tracker.cancel(ticket, status, reason);
    return true;
  }

  book(ticket: Ticket, fill: FillEvent): void {
    this.booking.book(ticket, fill);
  }

  acknowledge(ticket: Ticket): void {
    const { working } = ticket;
    this.recordIntent(ticket, 'accepted');
    if (working?.status === 'submitted') this.core.desk.accept(working);
  }

  conclude(ticket: Ticket, status: EndStatus | 'completed', reason: string | undefined): void {
    const { working } = ticket;
    const { desk } = this.core;
    this.recordIntent(ticket, ticket.phase === 'void' ? 'void' : 'done');
    if (working === undefined) return;
    this.ticketOf.delete(working);
    if (status !== 'completed') desk.end(working, status, reason);
    // The lot may have cut the order: the rest is never executed.
    else if (working.remaining > 0) desk.end(working, 'canceled', 'the rest is below the lot');
    desk.sweep();
  }

  private recordIntent(ticket: Ticket, state: Intent['state']): void {
    const failure = this.account.requests?.recordIntent(ticket.clientId, state, ticket.venueId);
    if (failure === undefined) return;
    this.news.report('lookUp', `the end of order ${ticket.clientId} could not be recorded: ${failure}`);
  }
}
