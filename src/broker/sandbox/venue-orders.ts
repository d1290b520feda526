/** Orders at the venue: which order was sent as which ticket, and what the venue's reports do to it. */
import { clientIdOf, currenciesOf, type FillEvent, type Intent, type OrderRequest } from '../../core/index.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import type { BrokerCore } from '../broker-core.ts';
import type { NewsList } from '../live/live-broker.ts';
import { postBehind, sizeByQuote } from '../matching/flags.ts';
import type { EndStatus, OrderEnder } from '../orders/desk.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import type { AccountSync } from './account-sync.ts';
import { OrderChanges } from './order-changes.ts';
import { OrderLists } from './order-lists.ts';
import { cutToOwned, cutToPosition, isContractSymbol, requestOf } from './order-request.ts';
import { Ticket, slowAnswerMs } from './order-ticket.ts';
import type { OrderTracker, TicketOwner } from './order-tracker.ts';
import { ParkedExits } from './parked-exits.ts';
import { QueuedOrders } from './queued-orders.ts';
import type { VenueBooks } from './books/venue-books.ts';
import type { VenueDesk } from './venue-desk.ts';

/** Sends orders to the venue and ends them on its reports alone. */
export class VenueOrders implements TicketOwner, OrderEnder, VenueDesk {
  /** Set once, before the first call: the tracker reports to this object. */
  tracker!: OrderTracker;
  account!: AccountSync;
  readonly changes: OrderChanges;
  readonly queued: QueuedOrders;
  readonly parked: ParkedExits;
  readonly lists: OrderLists;
  /** By order: the ticket that stands for it now. */
  readonly ticketOf = new Map<WorkingOrder, Ticket>();
  readonly core: BrokerCore;
  private readonly books: VenueBooks;
  private readonly news: NewsList;
  /** The price at which a market order would be filled; undefined while it is unknown. */
  touch: (working: WorkingOrder) => number | undefined = () => undefined;
  /** What sizers reckon an order of a data costs. */
  schemeOf!: (dataId: number) => CommissionScheme;

  constructor(core: BrokerCore, books: VenueBooks, news: NewsList) {
    this.core = core;
    this.books = books;
    this.news = news;
    this.changes = new OrderChanges(this, news);
    this.queued = new QueuedOrders(this);
    this.parked = new ParkedExits(this, news);
    this.lists = new OrderLists(this, news);
  }

  /** The orders at the venue that a strategy holds. */
  get working(): Iterable<WorkingOrder> {
    return this.ticketOf.keys();
  }

  has(working: WorkingOrder): boolean {
    return this.ticketOf.has(working);
  }

  /** The latest price at which a market order would be filled, or the close that it was placed at. */
  priceOf(working: WorkingOrder): number {
    return this.touch(working) ?? working.order.createdClose;
  }

  /** Units of a data that strategies see as held. */
  heldOf(dataId: number): number {
    return this.books.of(dataId).size;
  }

  /** The first data that shows the same position. */
  poolOf(dataId: number): number {
    return this.core.portfolio.poolOf(dataId);
  }

  /** Sends an order, unless it would sell what is not held. One that needs what an open order binds is queued until that has ended. */
  send(working: WorkingOrder, time: number): void {
    // It was sent with the other order of its list.
    if (this.isAtVenue(working) || this.lists.holds(working)) return;
    if (this.queued.holdBack(working) || this.parked.take(working) || !this.fits(working)) return;
    const mate = this.lists.mateOf(working);
    if (mate !== undefined && this.fits(mate) && mate.remaining === working.remaining) {
      const target = working.type === 'limit' ? working : mate;
      if (!this.isReached(target)) this.lists.send(working, mate, time);
      else {
        // An exchange refuses a list whose limit would be executed at once: the limit is sent, and the stop waits here.
        this.sendAlone(target, time);
        this.parked.keep(target === working ? mate : working);
      }
      return;
    }
    this.sendAlone(working, time);
  }

  private sendAlone(working: WorkingOrder, time: number): void {
    const { number, request } = this.ticketFor(working, time);
    this.account.requests?.send(number, time, request);
  }

  /** Whether a limit order would be executed at once, by the latest quote or close. */
  private isReached(working: WorkingOrder): boolean {
    const { close, index } = this.core.timelines[working.dataId]!;
    const price = this.touch(working) ?? close.at(index);
    return working.sign > 0 ? price <= working.price : price >= working.price;
  }

  /** Cuts an order to what is held; refuses one that would sell more. */
  private fits(working: WorkingOrder): boolean {
    const { dataId } = working;
    const { symbol, instrument } = this.core.timelines[dataId]!.info;
    const [held, lot] = [this.heldOf(dataId), instrument?.lot];
    if (!this.applyFlags(working)) return false;
    const short = isContractSymbol(symbol)
      ? cutToPosition(working, held, lot)
      : cutToOwned(working, held, this.#openOf(working), lot, currenciesOf(symbol)[0]);
    if (short === undefined) return true;
    const { reason, rule } = short;
    const { desk } = this.core;
    const isLate = rule === 'reduceOnly' && !working.outlivesPosition;
    if (isLate || working.order.filled > 0) desk.end(working, 'canceled', reason, rule);
    else desk.refuse(working, short, rule === 'cash' ? 'margin' : 'rejected');
    return false;
  }

  /** The open orders of the position that an order trades. */
  #openOf({ pool }: WorkingOrder): Ticket[] {
    return [...this.tracker.open].filter(({ dataId }) => this.poolOf(dataId) === pool);
  }

  /** Sizes an order by quote amount at the touch, and keeps a post-only order behind it; false where that refuses it, as on paper. */
  private applyFlags(working: WorkingOrder): boolean {
    const { quoteSize, postOnly, type, price, sign } = working;
    const touch = this.touch(working);
    if (touch === undefined) return true;
    if (!Number.isNaN(quoteSize) && !sizeByQuote(working, touch, this.core.desk)) return false;
    if (postOnly === undefined || type !== 'limit' || (sign > 0 ? price < touch : price > touch)) return true;
    return postBehind(working, touch, this.core.desk);
  }

  /** A new ticket for an order that is about to be sent. */
  ticketFor(working: WorkingOrder, time: number): { number: number; request: OrderRequest; ticket: Ticket } {
    const { account } = this;
    const { dataId, sign } = working;
    const { symbol, instrument } = this.core.timelines[dataId]!.info;
    const number = account.nextNumber!++;
    const positionSide = this.core.ledger?.sideOf(dataId);
    const request = requestOf(working, clientIdOf(account.tag, number), symbol, instrument, positionSide);
    const ticket = new Ticket(request.clientId, { symbol, dataId, sign, size: request.size, time, working, request });
    ticket.due = time + slowAnswerMs;
    ticket.reducedAtSend = this.heldOf(dataId) * sign < 0;
    this.tracker.add(ticket);
    this.ticketOf.set(working, ticket);
    return { number, request, ticket };
  }

  takeFromList(ticket: Ticket): void {
    this.lists.takeFrom(ticket);
  }

  cannotPair(): void {
    this.lists.isSupported = false;
  }

  /** Sends what has waited and requests the changes that are due. */
  act(time: number): void {
    this.changes.review(time);
    this.parked.release();
    this.queued.retry(time);
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
    this.changes.forget(working);
    if (ticket.resend !== undefined) {
      // It is being canceled so that it can be sent again: it is not.
      ticket.resend = undefined;
      ticket.wantedEnd = { status, reason };
    }
    this.tracker.cancel(ticket, status, reason);
    this.lists.takeFrom(ticket);
    if (ticket.next !== undefined) this.tracker.cancel(ticket.next, status, reason);
    return true;
  }

  book(ticket: Ticket, fill: FillEvent): void {
    this.books.book(ticket, fill);
    this.changes.isDue = true;
  }

  forgotten({ clientId, symbol, side, size, time = NaN }: FillEvent): Ticket | 'unknown' | undefined {
    const { tag } = this.account;
    if (clientId === undefined || tag === '' || !clientId.startsWith(clientIdOf(tag, 0).slice(0, -1))) return undefined;
    const datas = this.core.timelines.filter(({ info }) => info.symbol === symbol);
    // In hedge mode a symbol has two positions, and a fill does not name its own.
    if (datas.some(({ id }) => this.core.ledger?.sideOf(id) !== undefined)) return 'unknown';
    const [data] = datas;
    return (
      data &&
      new Ticket(clientId, {
        symbol,
        dataId: data.id,
        sign: side === 'buy' ? 1 : -1,
        size: String(size),
        time,
        working: undefined,
      })
    );
  }

  acknowledge(ticket: Ticket): void {
    const { working } = ticket;
    this.recordIntent(ticket, 'accepted');
    this.changes.isDue = true;
    if (ticket.replacing !== undefined) this.changes.accepted(ticket);
    if (working?.status !== 'submitted') return;
    const { desk } = this.core;
    desk.accept(working);
    const isStranded = working.reducesOnly && ticket.reducedAtSend && !(this.heldOf(ticket.dataId) * ticket.sign < 0);
    if (isStranded) desk.end(working, 'canceled', 'its position was closed while it was on its way');
  }

  conclude(ticket: Ticket, status: EndStatus | 'completed', reason: string | undefined): void {
    const { working } = ticket;
    const { desk } = this.core;
    this.recordIntent(ticket, ticket.phase === 'void' ? 'void' : 'done');
    this.changes.isDue = true;
    if (ticket.replacing !== undefined) {
      this.changes.refused(ticket, reason);
      return;
    }
    // Its replacement stands for the order now, or will once its outcome is known.
    if (working === undefined || this.ticketOf.get(working) !== ticket) return;
    if (ticket.next !== undefined && status !== 'completed') {
      ticket.heldEnd = { status, reason };
      return;
    }
    this.ticketOf.delete(working);
    if (ticket.mate !== undefined && this.lists.outlives(working, ticket)) return;
    if (ticket.resend !== undefined && status === 'canceled' && working.remaining > 0) {
      this.changes.resend(working, ticket);
      return;
    }
    if (status === 'margin' && ticket.phase === 'void' && this.parked.takeRefused(working)) return;
    this.changes.forget(working);
    // What was executed in part cannot be refused any more: its rest, sent again, was.
    const isRefusal = status === 'rejected' || status === 'margin';
    if (isRefusal && working.order.filled > 0) desk.end(working, 'canceled', reason);
    else if (status !== 'completed') this.endAs(working, status, reason);
    // The lot may have cut the order: the rest is never executed.
    else if (working.remaining > 0) desk.end(working, 'canceled', 'the rest is below the lot');
    desk.sweep();
  }

  /** Ends an order as its venue did. What an order of `ioc` or `fok` did not take at once is canceled, whatever the venue calls it. */
  endAs(working: WorkingOrder, status: EndStatus, reason: string | undefined): void {
    const { desk } = this.core;
    const { timeInForce, dataId } = working;
    if (status === 'margin' || status === 'rejected') {
      const isContract = isContractSymbol(this.core.timelines[dataId]!.info.symbol);
      const rule = status === 'rejected' ? 'exchange' : isContract ? 'margin' : 'cash';
      desk.reject(working, { rule, reason: reason ?? 'the exchange refused it' }, status);
    } else if (status === 'expired' && timeInForce !== 'gtc') {
      const flag = timeInForce === 'fok' ? 'fill or kill' : 'immediate or cancel';
      desk.end(
        working,
        'canceled',
        reason ?? `${flag}: the exchange canceled what it did not take at once`,
        timeInForce,
      );
    } else desk.end(working, status, reason);
  }

  changedInPlace(replacement: Ticket): void {
    this.changes.changedInPlace(replacement);
  }

  lostToChange(replacement: Ticket): void {
    this.changes.lost(replacement);
  }

  cannotAmend(): void {
    this.changes.canAmend = false;
  }

  private recordIntent(ticket: Ticket, state: Intent['state']): void {
    const failure = this.account.requests?.recordIntent(ticket.clientId, state, ticket.venueId);
    if (failure === undefined) return;
    this.news.report('lookUp', `the end of order ${ticket.clientId} could not be recorded: ${failure}`);
  }
}
