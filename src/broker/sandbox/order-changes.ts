/** Changes of orders at the venue: amendments by strategies, and sizes that follow what is left of a position. */
import { Decimal, clientIdOf, type AmendRequest, type Refusal } from '../../core/index.ts';
import type { NewsList } from '../live/live-broker.ts';
import { brokenRule, exactText } from '../live/venue-rules.ts';
import { applyAmendment, type CheckedAmendment } from '../orders/amendment.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import { emulatedTypes, isContractSymbol, requestOf } from './order-request.ts';
import { Ticket, slowAnswerMs } from './order-ticket.ts';
import type { VenueDesk } from './venue-desk.ts';

/**
 * Keeps the orders at the venue as they are wanted here.
 *
 * A change is requested as one amendment where the venue has that, and otherwise as a cancel followed by a new order. One request is out for
 * an order at a time; what is wanted meanwhile is requested after it. The strategy's order shows a change once the venue has made it. When
 * the venue refuses, the order works on as it was, and its strategy is notified with the reason.
 *
 * An exit that is filled by prints while it is being replaced could sell more than is held: limit exits, and those partly filled, are
 * canceled first, and the rest is sent when their fills are known.
 */
export class OrderChanges {
  /** Whether something happened after which an order may need a change. */
  isDue = false;
  /** False once the venue has refused amendments as such. */
  canAmend = true;
  private readonly orders: VenueDesk;
  private readonly news: NewsList;
  private readonly wanted = new Map<WorkingOrder, CheckedAmendment>();

  constructor(orders: VenueDesk, news: NewsList) {
    this.orders = orders;
    this.news = news;
  }

  /** Whether a change is wanted or requested, and has no outcome yet. */
  get isOpen(): boolean {
    if (this.wanted.size > 0) return true;
    for (const { next, resend } of this.orders.ticketOf.values()) {
      if (next !== undefined || resend !== undefined) return true;
    }
    return false;
  }

  /**
   * Takes an amendment of an order that the venue may have. Its validity is kept here and changes at once.
   *
   * @param market - The latest price, by which orders without a limit are valued.
   * @returns False when the order cannot be changed so; its strategy is notified of the reason.
   */
  want(working: WorkingOrder, change: CheckedAmendment, market: number): boolean {
    const { price, limitPrice, size, validUntil } = change;
    if (emulatedTypes.includes(working.type) || working.type === 'market') {
      const what = working.type === 'market' ? 'a market order' : 'a trailing stop that has been triggered';
      this.tell(working, `${what} at the exchange cannot be amended`);
      return false;
    }
    const pending = { ...this.orders.ticketOf.get(working)?.next?.replacing?.change, ...this.wanted.get(working) };
    const wanted = { ...pending, ...definedOf({ price, limitPrice, size }) };
    const executed = working.order.size - working.remaining;
    if (size !== undefined && size <= executed) {
      this.orders.core.desk.end(working, 'canceled', 'it was amended to what was executed');
      return true;
    }
    const refusal = this.refusalOf(working, wanted, executed, market);
    if (refusal !== undefined) {
      this.tell(working, refusal.reason);
      return false;
    }
    if (validUntil !== undefined) working.validUntil = validUntil;
    if (price === undefined && limitPrice === undefined && size === undefined) return true;
    this.wanted.set(working, { ...this.wanted.get(working), ...definedOf({ price, limitPrice, size }) });
    this.isDue = true;
    return true;
  }

  /** Drops what is wanted of an order that is to end. */
  forget(working: WorkingOrder): void {
    this.wanted.delete(working);
  }

  /** Requests the changes that are due, of orders whose last request has its outcome. */
  review(time: number): void {
    if (!this.isDue) return;
    this.isDue = false;
    for (const [working, ticket] of this.orders.ticketOf) {
      if (!ticket.isFree) continue;
      const wanted = this.wanted.get(working);
      const open = ticket.size.sub(ticket.booked).toNumber();
      if (working.remaining === 0) {
        this.orders.tracker.cancel(ticket, 'canceled', 'it was executed');
        continue;
      }
      if (wanted === undefined && !(open > working.remaining * (1 + 1e-9))) continue;
      // The other order of its list has traded: the exchange is ending this one.
      if (ticket.mate?.filled.gt(0) === true) continue;
      this.wanted.delete(working);
      this.request(working, ticket, wanted ?? {}, time);
    }
  }

  /** The venue has taken a replacement: it stands for the order from now on. */
  accepted(ticket: Ticket): void {
    const { old, change } = ticket.replacing!;
    const { working } = ticket;
    ticket.replacing = undefined;
    this.isDue = true;
    if (working === undefined) return;
    const { ticketOf, tracker } = this.orders;
    ticketOf.set(working, ticket);
    this.apply(working, change);
    if (ticket.wantedEnd === undefined && old.wantedEnd !== undefined) {
      tracker.cancel(ticket, old.wantedEnd.status, old.wantedEnd.reason);
    }
  }

  /** The venue has changed the order itself. */
  changedInPlace(ticket: Ticket): void {
    const { old, change } = ticket.replacing!;
    const { working } = ticket;
    ticket.replacing = undefined;
    ticket.working = undefined;
    old.next = undefined;
    old.size = ticket.total;
    this.isDue = true;
    if (working !== undefined) this.apply(working, change);
  }

  /** The venue has ended the order and refused its replacement: the order is sent again as it was, once its fills are known. */
  lost(ticket: Ticket): void {
    const { old } = ticket.replacing!;
    old.resend = { change: {} };
  }

  /** A replacement came to nothing: the order works on, unless it has ended meanwhile. */
  refused(ticket: Ticket, reason: string | undefined): void {
    const { old, change } = ticket.replacing!;
    const { working } = ticket;
    ticket.replacing = undefined;
    ticket.working = undefined;
    old.next = undefined;
    this.isDue = true;
    const { ticketOf } = this.orders;
    if (working === undefined || ticketOf.get(working) !== old) return;
    const isAsked = Object.keys(change).length > 0;
    if (!this.canAmend && old.resend === undefined && !old.isClosed) {
      // The venue cannot amend: the same is done by a cancel and a new order.
      if (isAsked) this.wanted.set(working, { ...change, ...this.wanted.get(working) });
      return;
    }
    if (isAsked) this.tell(working, `it was not amended: ${reason ?? 'the exchange refused it'}`);
    if (!old.isClosed) return;
    const { heldEnd } = old;
    ticketOf.delete(working);
    if (old.resend !== undefined && heldEnd?.status === 'canceled' && working.remaining > 0) this.resend(working, old);
    else if (heldEnd !== undefined) this.orders.endAs(working, heldEnd.status, heldEnd.reason);
    this.orders.core.desk.sweep();
  }

  /** Sends an order again that was canceled for a change. */
  resend(working: WorkingOrder, { resend }: Ticket): void {
    this.apply(working, resend!.change);
    if (working.remaining > 0 && working.isWorking) this.orders.queued.push(working);
  }

  private request(working: WorkingOrder, ticket: Ticket, change: CheckedAmendment, time: number): void {
    const { core, account, tracker } = this.orders;
    const executed = working.order.size - working.remaining;
    const units = change.size === undefined ? working.remaining : change.size - executed;
    const { instrument, symbol } = core.timelines[working.dataId]!.info;
    const lot = instrument?.lot;
    const isShrink = change.price === undefined && change.limitPrice === undefined && change.size === undefined;
    if (isShrink && this.refusalOf(working, {}, executed, working.order.createdClose) !== undefined) {
      tracker.cancel(ticket, 'canceled', 'what is left of the position is less than the exchange takes');
      return;
    }
    const isRisky = working.reducesOnly && (working.type === 'limit' || ticket.booked.gt(0));
    if (ticket.isPaired) {
      // An exchange changes no list: both are canceled, and sent as a new one.
      ticket.resend = { change };
      tracker.cancel(ticket, 'canceled', undefined);
      this.orders.takeFromList(ticket);
      return;
    }
    // What waits for a trigger at a venue of contracts cannot be amended there.
    const isConditional = isContractSymbol(symbol) && (working.type === 'stop' || working.type === 'stopLimit');
    if (!this.canAmend || isRisky || isConditional) {
      ticket.resend = { change };
      tracker.cancel(ticket, 'canceled', undefined);
      return;
    }
    const number = account.nextNumber!++;
    const { type, price, limitPrice, isTriggered } = working;
    const shown = { type, price, limitPrice, isTriggered };
    const asked = pricesOf(working, change);
    const request = requestOf({ ...shown, ...asked, order: working.order, remaining: units }, clientIdOf(account.tag, number), symbol, instrument, core.ledger?.sideOf(working.dataId)); // prettier-ignore
    const total = new Decimal(request.size).add(ticket.booked);
    const { dataId, sign } = working;
    const next = new Ticket(request.clientId, { symbol, dataId, sign, size: request.size, time, working, request });
    next.due = time + slowAnswerMs;
    next.total = total;
    next.replacing = { old: ticket, change };
    ticket.next = next;
    tracker.add(next);
    const amend: AmendRequest = { ...request, replaces: ticket.clientId, total: exactText(total.toNumber(), lot) };
    account.requests?.amend(number, time, amend);
  }

  /** Shows the strategy's order a change that the venue has made. */
  private apply(working: WorkingOrder, change: CheckedAmendment): void {
    applyAmendment(working, change, () => {
      this.orders.core.desk.end(working, 'canceled', 'it was amended to what was executed');
    });
  }

  private refusalOf(
    working: WorkingOrder,
    change: CheckedAmendment,
    executed: number,
    market: number,
  ): Refusal | undefined {
    const { instrument } = this.orders.core.timelines[working.dataId]!.info;
    const size = change.size === undefined ? working.remaining : change.size - executed;
    return brokenRule(instrument, { type: working.type, size, ...pricesOf(working, change) }, market);
  }

  /** Notifies the strategy of an amendment that was not made. */
  private tell(working: WorkingOrder, reason: string): void {
    this.orders.core.desk.remind(working, reason);
    this.news.report('amend', `order ${working.order.ref}: ${reason}`);
  }
}

/** The prices of an order after a change, as `applyAmendment` would set them. */
function pricesOf(
  working: WorkingOrder,
  { price, limitPrice }: CheckedAmendment,
): { readonly price: number; readonly limitPrice: number } {
  const moved = price ?? working.price;
  const limit = limitPrice ?? (price !== undefined && working.type !== 'stopLimit' ? price : working.limitPrice);
  return { price: moved, limitPrice: limit };
}

function definedOf(change: CheckedAmendment): CheckedAmendment {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
