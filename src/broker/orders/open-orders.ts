/** The open orders of one strategy, and what they will do to its positions and its cash once they are executed. */
import type { Data } from '../../lines/index.ts';
import type { Position } from '../accounting/position.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import type { Order } from './order.ts';
import { workingOf, type WorkingOrder } from './working-order.ts';

/** What is read of the broker. */
interface Holdings {
  readonly cash: number;
  positionOf(dataId: number): Position;
  schemeOf(dataId: number): CommissionScheme;
}

/** From how many orders on the list is swept of those that have ended. */
const sweepFrom = 64;

/**
 * The orders of one strategy that may still be executed.
 *
 * Market and close orders are *certain*: they will be executed, and count for every target. Orders that wait for a price are *resting*:
 * they count where they would do what is asked for again, an entry in the same direction, or a target or close that still waits.
 * Protective exits never count: they are there in case it goes the other way.
 */
export class OpenOrders {
  private readonly list: Order[] = [];
  private sweepAt = sweepFrom;
  /** Resting orders that were placed by a target or by `close`. */
  private readonly aims = new Set<Order>();

  /** Whether no order is open; drops those that have ended, so that nobody walks them again. */
  get isEmpty(): boolean {
    const { list } = this;
    if (list.length > 0) this.sweep();
    return list.length === 0;
  }

  /** Adds an order that has just been placed. @param isAim - Whether a target or `close` placed it. */
  add(order: Order, isAim: boolean): void {
    if (this.list.length >= this.sweepAt) this.sweep();
    this.list.push(order);
    if (isAim) this.aims.add(order);
  }

  /** The open orders as the strategy has been notified of them, in the order placed; of one data or of all. */
  read(data: Data | undefined): Order[] {
    this.sweep();
    return this.list.filter((order) => order.isAlive && (data === undefined || order.data === data));
  }

  /** Signed units that the certain orders on a data will trade. */
  certain(dataId: number): number {
    let units = 0;
    if (this.isEmpty) return units;
    for (const order of this.list) {
      const working = workingOf(order);
      if (working?.dataId === dataId && isCertain(working)) units += working.sign * working.remaining;
    }
    return units;
  }

  /**
   * Units that orders resting on a data would trade in one direction, of those that do what is asked for.
   *
   * @param sign - 1 to buy, -1 to sell.
   * @param position - Signed units that will be held once the certain orders are executed: against it, exits do not count.
   */
  resting(dataId: number, sign: number, position: number): number {
    let units = 0;
    if (this.list.length === 0) return units;
    let groups: Map<object, number> | undefined;
    for (const order of this.list) {
      const working = workingOf(order);
      if (working?.dataId !== dataId || working.sign !== sign || !isResting(working)) continue;
      if (position * sign < 0 && !this.aims.has(order)) continue;
      if (working.group === undefined) units += working.remaining;
      else {
        // Of orders of which one cancels the others, the largest is all that can be executed.
        const before = (groups ??= new Map<object, number>()).get(working.group) ?? 0;
        groups.set(working.group, Math.max(before, working.remaining));
      }
    }
    if (groups !== undefined) for (const most of groups.values()) units += most;
    return units;
  }

  /** The cash that will be free once the open orders are executed at the prices they were placed at; stops and exits left out. */
  expectedCash(broker: Holdings): number {
    let { cash } = broker;
    for (const order of this.list) {
      const working = workingOf(order);
      if (working === undefined || !(isCertain(working) || isResting(working))) continue;
      const { dataId, sign, remaining, price } = working;
      const { size, price: entry } = broker.positionOf(dataId);
      const scheme = broker.schemeOf(dataId);
      const closing = size * sign < 0 ? Math.min(Math.abs(size), remaining) : 0;
      const opening = remaining - closing;
      const unit = scheme.isSpot ? (price * scheme.multiplier) / scheme.leverage : scheme.margin(price);
      // What rests may never free its cash; what it would bind is bound.
      if (closing > 0 && isCertain(working)) {
        cash += scheme.isSpot ? -sign * closing * price * scheme.multiplier : closing * scheme.margin(entry);
        cash -= scheme.commission(closing, price);
      }
      if (opening > 0 && (sign > 0 || !scheme.isSpot)) cash -= opening * unit + scheme.commission(opening, price);
    }
    return cash;
  }

  private sweep(): void {
    const { list, aims } = this;
    let kept = 0;
    for (let k = 0; k < list.length; k++) {
      const order = list[k]!;
      if (workingOf(order) !== undefined || order.isAlive) list[kept++] = order;
      else if (aims.size > 0) aims.delete(order);
    }
    list.length = kept;
    this.sweepAt = Math.max(sweepFrom, 2 * kept);
  }
}

function mayFill({ status }: WorkingOrder): boolean {
  return status === 'created' || status === 'submitted' || status === 'accepted' || status === 'partial';
}

function isCertain(working: WorkingOrder): boolean {
  return (working.type === 'market' || working.type === 'close') && working.parent === undefined && mayFill(working);
}

/** Whether it waits for a price and is no exit of a bracket. */
function isResting(working: WorkingOrder): boolean {
  return working.type !== 'market' && working.type !== 'close' && working.parent === undefined && mayFill(working);
}
