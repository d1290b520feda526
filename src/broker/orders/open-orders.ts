/** The open orders of one strategy, and what they will do to its positions and its cash once they are executed. */
import type { Data } from '../../lines/index.ts';
import type { Position } from '../accounting/position.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import type { Order } from './order.ts';
import { Refill } from './refill.ts';
import { closedCash } from '../sizing/sizers.ts';
import { workingOf, type WorkingOrder } from './working-order.ts';

/** What is read of the broker. */
interface Holdings {
  readonly cash: number;
  positionOf(dataId: number): Position;
  schemeOf(dataId: number): CommissionScheme;
}

/** From how many orders on the list is swept of those that have ended. */
const sweepFrom = 64;

const none: readonly WorkingOrder[] = [];

/**
 * The orders of one strategy that may still be executed.
 *
 * Market and close orders are *certain*: they will be executed, and count for every target. Orders that wait for a price are *resting*:
 * they count where they would do what is asked for again, an entry in the same direction, or a target or close that still waits.
 * Protective exits never count: they are there in case it goes the other way.
 */
export class OpenOrders {
  private readonly list = new Refill<Order>();
  private sweepAt = sweepFrom;

  /** Whether no order is open; drops those that have ended, so that they are not walked again. */
  get isEmpty(): boolean {
    if (this.list.count > 0) this.sweep();
    return this.list.count === 0;
  }

  /** Adds an order that has just been placed. */
  add(order: Order): void {
    if (this.list.count >= this.sweepAt) this.sweep();
    this.list.push(order);
  }

  /** The open orders as the strategy has been notified of them, in the order placed; of one data or of all. */
  read(data: Data | undefined): Order[] {
    this.sweep();
    const { items, count } = this.list;
    const found: Order[] = [];
    for (let k = 0; k < count; k++) {
      const order = items[k]!;
      if (order.isAlive && (data === undefined || order.data === data)) found.push(order);
    }
    return found;
  }

  /** Signed units that the certain orders will trade of a position. @param pool - The first data that shows it. @param tradeId - Of the orders that count. Default: all. */
  certain(pool: number, tradeId?: number): number {
    let units = 0;
    if (this.isEmpty) return units;
    const { items, count } = this.list;
    for (let k = 0; k < count; k++) {
      const working = workingOf(items[k]!);
      if (working?.pool !== pool || !isCertain(working) || isOther(working, tradeId)) continue;
      units += working.sign * working.remaining;
    }
    return units;
  }

  /**
   * Units that resting orders would trade of a position in one direction, of those that do what is asked for.
   *
   * @param pool - The first data that shows the position.
   * @param sign - 1 to buy, -1 to sell.
   * @param position - Signed units that will be held once the certain orders are executed: against it, exits do not count.
   * @param rivals - Orders to leave out.
   * @param tradeId - Of the orders that count. Default: all.
   */
  resting(
    pool: number,
    sign: number,
    position: number,
    rivals: readonly WorkingOrder[] = none,
    tradeId?: number,
  ): number {
    let units = 0;
    if (this.list.count === 0) return units;
    let groups: Map<object, number> | undefined;
    const { items, count } = this.list;
    for (let k = 0; k < count; k++) {
      const working = workingOf(items[k]!);
      if (working?.pool !== pool || working.sign !== sign || !isResting(working)) continue;
      if (position * sign < 0 && !working.isAim) continue;
      if ((rivals !== none && rivals.includes(working)) || isOther(working, tradeId)) continue;
      if (working.group === undefined) units += working.remaining;
      else {
        // Among orders that cancel each other, only the largest can be executed.
        const before = (groups ??= new Map<object, number>()).get(working.group) ?? 0;
        groups.set(working.group, Math.max(before, working.remaining));
      }
    }
    if (groups !== undefined) for (const most of groups.values()) units += most;
    return units;
  }

  /**
   * The cash that will be free once the open orders are executed at the prices they were placed at. What rests may never free its cash,
   * while what it would bind is bound; exits of brackets are left out.
   */
  expectedCash(broker: Holdings): number {
    let { cash } = broker;
    /** By position: signed units that the certain orders so far leave. */
    const held = new Map<number, number>();
    /** By group: the most that one of its orders binds, as only one of them can be executed. */
    const groups = new Map<object, number>();
    const { items, count } = this.list;
    for (let k = 0; k < count; k++) {
      const working = workingOf(items[k]!);
      if (working === undefined || !mayTrade(working)) continue;
      const { dataId, pool, sign, remaining, price, group } = working;
      const position = broker.positionOf(dataId);
      const size = held.get(pool) ?? position.size;
      const scheme = broker.schemeOf(dataId);
      const closing = size * sign < 0 ? Math.min(Math.abs(size), remaining) : 0;
      if (isCertain(working)) {
        const entry = size * position.size > 0 ? position.price : price;
        if (closing > 0) cash += closedCash(closing, { size, price: entry }, price, scheme);
        held.set(pool, size + sign * remaining);
      }
      const opening = remaining - closing;
      if (opening === 0 || (sign < 0 && scheme.isSpot)) continue;
      const bound = opening * scheme.bound(price) + scheme.commission(opening, price);
      if (group === undefined) cash -= bound;
      else groups.set(group, Math.max(groups.get(group) ?? 0, bound));
    }
    for (const most of groups.values()) cash -= most;
    return cash;
  }

  private sweep(): void {
    this.list.keep(isOpen);
    this.sweepAt = Math.max(sweepFrom, 2 * this.list.count);
  }
}

/** Whether the broker still knows an order, or its strategy has not been notified of its end. */
function isOpen(order: Order): boolean {
  return workingOf(order) !== undefined || order.isAlive;
}

function mayFill({ status }: WorkingOrder): boolean {
  return status === 'created' || status === 'submitted' || status === 'accepted' || status === 'partial';
}

/** Whether it is open and no exit of a bracket. */
function mayTrade(working: WorkingOrder): boolean {
  return working.parent === undefined && mayFill(working);
}

/** Whether it is of another trade than the one that is asked for. */
function isOther({ order }: WorkingOrder, tradeId: number | undefined): boolean {
  return tradeId !== undefined && order.tradeId !== tradeId;
}

/** Whether it will be executed whatever the price. */
function isCertain(working: WorkingOrder): boolean {
  return !waitsForPrice(working) && mayTrade(working);
}

/** Whether it waits for a price and is no exit of a bracket. */
function isResting(working: WorkingOrder): boolean {
  return waitsForPrice(working) && mayTrade(working);
}

function waitsForPrice({ type }: WorkingOrder): boolean {
  return type !== 'market' && type !== 'close';
}
