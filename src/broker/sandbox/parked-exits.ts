/** Parked exits: those that wait here because another exit at the exchange binds what they would sell. */
import type { NewsList } from '../live/live-broker.ts';
import { isRival, type WorkingOrder } from '../orders/working-order.ts';
import { isStopReached } from '../paper/touch-match.ts';
import type { Ticket } from './order-ticket.ts';
import type { VenueDesk } from './venue-desk.ts';

/**
 * On spot an exchange binds what an open order sells, so that the stop and the target of one position cannot both be there. The one that
 * the exchange refused for that is kept here as an accepted order and follows the trades. When its price is reached, the other is canceled,
 * this one is sent, and the other waits here in its place.
 */
export class ParkedExits {
  private readonly orders: VenueDesk;
  private readonly news: NewsList;
  private readonly parked = new Set<WorkingOrder>();
  /** Whether the exchange has refused an exit because another binds what it sells. */
  private isNeeded = false;

  constructor(orders: VenueDesk, news: NewsList) {
    this.orders = orders;
    this.news = news;
  }

  has(working: WorkingOrder): boolean {
    return this.parked.has(working);
  }

  /** Keeps an exit here that the exchange refused for want of units; false when no other exit binds them. */
  takeRefused(working: WorkingOrder): boolean {
    if (this.rivalsOf(working).length === 0) return false;
    if (!this.isNeeded) {
      const text = `the exchange binds what an exit sells: order ${working.order.ref} and others like it wait here until their price is reached`;
      this.news.report('remainder', text);
    }
    this.isNeeded = true;
    return this.take(working);
  }

  /** Keeps an exit here that the exchange would refuse; false when it may be sent. */
  take(working: WorkingOrder): boolean {
    if (!this.isNeeded || working.sign > 0 || this.rivalsOf(working).length === 0) return false;
    this.parked.add(working);
    if (working.status === 'submitted') this.orders.core.desk.accept(working);
    return true;
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
