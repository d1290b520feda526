/** Queued orders: those that wait here until an open order has freed what they need. */
import { Decimal, floorToStep } from '../../core/index.ts';
import { shrinkTo } from '../orders/exit-rule.ts';
import { isRival, type WorkingOrder } from '../orders/working-order.ts';
import { isContractSymbol } from './order-request.ts';
import type { Ticket } from './order-ticket.ts';
import type { VenueDesk } from './venue-desk.ts';

/**
 * Holds orders back that the exchange would refuse now and take later: a sale of units that the session's own exits offer, and a purchase
 * that needs the proceeds of a sale under way. They are `submitted` and sent, or refused, once those orders have their end.
 */
export class QueuedOrders {
  private readonly orders: VenueDesk;
  private waiting: WorkingOrder[] = [];

  constructor(orders: VenueDesk) {
    this.orders = orders;
  }

  /** Whether an order waits. */
  get isOpen(): boolean {
    return this.waiting.some(isAlive);
  }

  has(working: WorkingOrder): boolean {
    return this.waiting.includes(working);
  }

  push(working: WorkingOrder): void {
    this.waiting.push(working);
  }

  /** Queues an order that needs what open orders bind, or ends one that nothing will pay for; false when it may be sent. */
  holdBack(working: WorkingOrder): boolean {
    // Contracts bind neither units nor the whole value: the exchange checks their margin.
    if (isContractSymbol(this.orders.core.timelines[working.dataId]!.info.symbol)) return false;
    if (!this.waitsForRival(working) && !(working.sign > 0 ? this.needsProceeds(working) : this.needsUnits(working)))
      return false;
    if (isAlive(working)) this.waiting.push(working);
    return true;
  }

  /** Sends the orders that wait for nothing any more. */
  retry(time: number): void {
    if (this.waiting.length === 0) return;
    const { waiting } = this;
    this.waiting = [];
    for (const working of waiting) if (isAlive(working)) this.orders.send(working, time);
  }

  /** Whether another exit of the position is on its way out of the exchange. */
  private waitsForRival(working: WorkingOrder): boolean {
    if (working.sign > 0) return false;
    for (const { working: other, resend } of this.orders.tracker.open) {
      if (other !== undefined && other !== working && resend !== undefined && isRival(working, other)) return true;
    }
    return false;
  }

  /** Whether a sale needs units that exits offer; they are made smaller, or canceled. */
  private needsUnits(working: WorkingOrder): boolean {
    const { dataId, pool, reducesOnly, remaining, order } = working;
    const held = this.orders.heldOf(dataId);
    if (!(held > 0) || working.parent !== undefined) return false;
    const exits: Ticket[] = [];
    let free = new Decimal(held);
    for (const ticket of this.orders.tracker.open) {
      if (this.orders.poolOf(ticket.dataId) !== pool || ticket.sign > 0 || ticket.isSecond) continue;
      const { working: other } = ticket;
      if (other === working || (other !== undefined && isRival(working, other))) continue;
      free = free.sub(ticket.size).add(ticket.booked);
      if (other?.reducesOnly === true) exits.push(ticket);
    }
    const short = new Decimal(remaining).sub(free);
    if (exits.length === 0 || !short.gt(0)) return false;
    // Only what closes now takes precedence over exits: an exit placed beside others shares what they leave.
    if (working.type !== 'market' && !(working.isAim && !reducesOnly)) return false;
    const { desk, timelines } = this.orders.core;
    const lot = timelines[dataId]!.info.instrument?.lot;
    for (const { working: exit } of exits) {
      const left = Math.max(0, held - remaining);
      const units = lot === undefined ? left : floorToStep(left, lot);
      if (units > 0) shrinkTo(exit!, units);
      else desk.end(exit!, 'canceled', `order ${order.ref} closes its position`);
    }
    this.orders.changes.isDue = true;
    return true;
  }

  /** Whether a purchase needs the proceeds of sales that are under way; one that may be cut is cut to the cash otherwise. */
  private needsProceeds(working: WorkingOrder): boolean {
    const { core, ticketOf } = this.orders;
    const { dataId, remaining, order, type, price } = working;
    const scheme = this.orders.schemeOf(dataId);
    const at = type === 'limit' ? price : type === 'stopLimit' ? working.limitPrice : this.orders.priceOf(working);
    const costOf = (units: number, unit: number): number => units * unit + scheme.commission(units, unit);
    let free = core.cash;
    let isSelling = false;
    for (const [other, ticket] of ticketOf) {
      if (other === working || ticket.isClosed) continue;
      const open = ticket.size.sub(ticket.booked).toNumber();
      if (other.sign > 0) free -= costOf(open, other.type === 'market' ? other.order.createdClose : other.price);
      else if (other.type === 'market' || ticket.wantedEnd !== undefined) isSelling = true;
    }
    for (const other of this.waiting) if (other !== working && isAlive(other) && other.sign < 0) isSelling = true;
    if (!(at > 0) || costOf(remaining, at) <= free * (1 + 1e-9)) return false;
    if (isSelling) return true;
    if (!working.isCuttable) return false;
    const lot = core.timelines[dataId]!.info.instrument?.lot ?? 1e-8;
    const perUnit = costOf(1, at);
    const units = floorToStep(free / perUnit, lot);
    if (units > 0) {
      shrinkTo(working, units);
      core.booking.cuts++;
      return false;
    }
    core.desk.reject(working, { rule: 'cash', reason: `the cash does not cover ${order.size} at ${at}` }, 'margin');
    return true;
  }
}

function isAlive({ status }: WorkingOrder): boolean {
  return status === 'submitted' || status === 'accepted' || status === 'partial';
}
