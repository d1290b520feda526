/** Parked exits: those that wait here because another exit at the exchange binds what they would sell. */
import type { NewsList } from '../live/live-broker.ts';
import { isRival, type WorkingOrder } from '../orders/working-order.ts';
import { isStopReached } from '../paper/touch-match.ts';
import { isContractSymbol } from './order-request.ts';
import type { Ticket } from './order-ticket.ts';
import type { VenueDesk } from './venue-desk.ts';

/**
 * Two exits of one position at the exchange could both be executed, and sell what belongs to others on the account; and an exchange binds
 * what an open order sells. Where the two are no order list, the second is kept here as an accepted order and follows the trades. When
 * its price is reached, the other is canceled, this one is sent, and the other waits here in its place.
 */
export class ParkedExits {
  private readonly orders: VenueDesk;
  private readonly news: NewsList;
  private readonly parked = new Set<WorkingOrder>();
  private isReported = false;
  /** Whether the exchange has refused an exit because another binds what it sells. */
  private isRefused = false;

  constructor(orders: VenueDesk, news: NewsList) {
    this.orders = orders;
    this.news = news;
  }

  has(working: WorkingOrder): boolean {
    return this.parked.has(working);
  }

  /** Keeps an exit here that the exchange refused for want of units; false when no other exit binds them. */
  takeRefused(working: WorkingOrder): boolean {
    this.isRefused = true;
    return this.take(working);
  }

  /** Keeps an exit here while another exit at the exchange offers the same units; false when it may be sent. */
  take(working: WorkingOrder): boolean {
    // On contracts the exchange itself lets an exit only reduce the position.
    if (isContractSymbol(this.orders.core.timelines[working.dataId]!.info.symbol)) return false;
    if (this.orders.account.sendsBothExits && !this.isRefused) return false;
    if (working.sign > 0 || this.rivalsOf(working).length === 0) return false;
    this.keep(working);
    if (working.isTriggered || working.type === 'market') this.swap(working);
    return true;
  }

  /** Keeps an order here until its price is reached, or its rivals have left the exchange. */
  keep(working: WorkingOrder): void {
    if (!this.isReported) {
      this.isReported = true;
      const text = `order ${working.order.ref}, and others whose units another exit at the exchange offers, wait in this session until their price is reached`;
      this.news.report('remainder', text);
    }
    this.parked.add(working);
    if (working.status === 'submitted') this.orders.core.desk.accept(working);
  }

  /** A trade at `price`: exits that it reaches take the place of their rivals at the exchange. */
  reach(dataId: number, price: number): void {
    if (this.parked.size === 0) return;
    for (const working of this.parked) {
      if (!working.isWorking) this.parked.delete(working);
      else if (working.dataId === dataId && isReached(working, price)) this.swap(working);
    }
  }

  /** Sends exits whose rivals have left the exchange. */
  release(): void {
    for (const working of this.parked) {
      if (working.isWorking && this.rivalsOf(working).length > 0) continue;
      this.parked.delete(working);
      if (working.isWorking) this.orders.queued.push(working);
    }
  }

  private swap(working: WorkingOrder): void {
    if (working.type !== 'limit') working.isTriggered = true;
    for (const rival of this.rivalsOf(working)) {
      rival.resend ??= { change: {} };
      this.orders.tracker.cancel(rival, 'canceled', undefined);
    }
    this.parked.delete(working);
    this.orders.queued.push(working);
  }

  private rivalsOf(working: WorkingOrder): Ticket[] {
    const rivals: Ticket[] = [];
    for (const ticket of this.orders.tracker.open) {
      const { working: other, sign } = ticket;
      if (other === undefined || other === working || sign !== working.sign) continue;
      if (isRival(working, other)) rivals.push(ticket);
    }
    return rivals;
  }
}

function isReached(working: WorkingOrder, price: number): boolean {
  if (working.type === 'limit') return working.sign > 0 ? price <= working.price : price >= working.price;
  return isStopReached(working, price);
}
