/** The checks of a strict run: each order lives once, positions are the sum of fills, money is conserved, time rises. */
import { isAlive, orderStatuses, TradingError, type OrderStatus } from '../core/index.ts';
import type { Timeline } from '../lines/index.ts';
import { fillField } from './accounting/fill-blotter.ts';
import type { OutsideMoves, EngineBroker } from './engine-broker.ts';
import type { Order } from './orders/order.ts';
import type { OrderNotice } from './orders/working-order.ts';

/** How far floats may be off, as a fraction of the largest amount. */
const tolerance = 1e-8;

/** The life of an order as it has been notified so far. */
interface Life {
  status: OrderStatus;
  filled: number;
}

/** Checks one account; a divided account has one for each part. */
export class StrictCheck {
  readonly #broker: EngineBroker;
  readonly #timelines: readonly Timeline[];
  readonly #lives = new WeakMap<Order, Life>();
  /** By data, of those that show one position the first: units that fills have left, and what was there before the first. */
  readonly #held: number[];
  readonly #before: (number | undefined)[];
  /** By data: the open of the latest bar. */
  readonly #opened: number[];
  /** By data: units and cost, so far, of moves that no order of this run made. */
  readonly #outside: { units: number; cost: number }[];
  /** By data: units in the account that count as no position, and the price of the latest fill, at which they came and go. */
  readonly #apart: (number | undefined)[];
  readonly #filledAt: number[];
  /** The most that such units were worth: several fills between two checks leave open at which of their prices. */
  #apartWorth = 0;
  #spent = 0;
  #most: number;
  /** What the account was worth before the first fill; undefined until the first check where it is taken as found. */
  #base: number | undefined;
  #clock = -Infinity;

  /** @param isAsFound - Whether the account may hold something before the first step, as that of a session that goes on does. */
  constructor(broker: EngineBroker, timelines: readonly Timeline[], isAsFound: boolean) {
    this.#broker = broker;
    this.#base = isAsFound ? undefined : broker.startCash;
    this.#timelines = timelines;
    this.#held = timelines.map(() => 0);
    this.#before = timelines.map(() => undefined);
    this.#apart = timelines.map(() => undefined);
    this.#filledAt = timelines.map(() => NaN);
    this.#outside = timelines.map(() => ({ units: 0, cost: 0 }));
    this.#opened = timelines.map(() => -Infinity);
    this.#most = broker.startCash;
  }

  /** Takes a change of an order, in the order in which strategies are notified. @throws {TradingError} If the order cannot have made it. */
  hear({ working, status, row }: OrderNotice): void {
    const { order, dataId } = working;
    const life = this.#lives.get(order) ?? { status: 'created', filled: 0 };
    this.#lives.set(order, life);
    const label = `order ${order.ref} of '${order.data.name}'`;
    if (!isAlive(life.status)) throw failed(`${label} became ${status} after it was ${life.status}`);
    if (orderStatuses.indexOf(status) < orderStatuses.indexOf(life.status))
      throw failed(`${label} became ${status} after it was ${life.status}`);
    life.status = status;
    if (row >= 0) {
      const { blotter } = this.#broker;
      const read = (field: (typeof fillField)[keyof typeof fillField]): number => blotter.read(row, field);
      const [size, price] = [read(fillField.size), read(fillField.price)];
      const change = read(fillField.closed) + read(fillField.opened);
      const { multiplier } = this.#broker.schemeOf(dataId);
      life.filled += Math.abs(size);
      this.#filledAt[dataId] = price;
      const pool = this.#broker.poolOf(dataId);
      this.#held[pool]! += change;
      // Of a fee that is taken in the coin bought, the commission is the worth: fewer units come, and no cash is paid.
      this.#spent += change * price * multiplier + read(fillField.commission);
      this.#most = Math.max(this.#most, Math.abs(this.#spent), Math.abs(this.#held[pool]! * price * multiplier));
      if (!(price > 0) && !Number.isFinite(price)) throw failed(`${label} was filled at ${price}`);
    }
    const most = order.size * (1 + tolerance);
    if (life.filled > most) throw failed(`${label} was filled with ${life.filled} of ${order.size} units`);
    if (status === 'completed' && life.filled < order.size * (1 - tolerance))
      throw failed(`${label} is completed with ${life.filled} of ${order.size} units`);
  }

  /** Checks the account after the broker's part of a step. @throws {TradingError} If something does not add up. */
  check(clock: number): void {
    if (!(clock >= this.#clock)) throw failed(`time fell from ${this.#clock} to ${clock}`);
    this.#clock = clock;
    const audit = this.#broker.audit;
    let worth = 0;
    for (const timeline of this.#timelines) {
      const { id, info, index } = timeline;
      if (index < 0) continue;
      if (timeline.isNew) this.#checkTime(timeline);
      const scheme = this.#broker.schemeOf(id);
      if ((audit?.hasBalances === true && scheme.isSpot) || this.#broker.poolOf(id) !== id) continue;
      const { size } = this.#broker.positionOf(id);
      if (audit?.outside !== undefined) this.#addOutside(id, audit.outside(id));
      const before = (this.#before[id] ??= size - this.#held[id]!);
      const wanted = before + this.#held[id]!;
      if (Math.abs(size - wanted) > tolerance * Math.max(1e-3, Math.abs(wanted)))
        throw failed(`the position in '${info.name}' is ${size}, and its fills come to ${wanted}`);
      worth += size * scheme.multiplier * timeline.close.at(index);
      if (audit !== undefined) worth += this.#worthApart(id, audit.heldOf(id) - size, timeline.close.at(index));
    }
    if (audit?.fault !== undefined) throw failed(audit.fault);
    if (audit?.added === undefined) return;
    const { value } = this.#broker;
    const change = audit.added - this.#spent + worth;
    this.#base ??= value - change;
    const wanted = this.#base + change;
    const allowed = tolerance * Math.max(1, this.#most, Math.abs(worth)) + 0.05 * this.#apartWorth;
    if (Math.abs(value - wanted) > allowed)
      throw failed(`the account is worth ${value}, and cash, fills, fees and positions come to ${wanted}`);
  }

  /** Counts the moves since the latest check that no order of this run made. */
  #addOutside(id: number, { units, cost, price }: Readonly<OutsideMoves>): void {
    const seen = this.#outside[id]!;
    if (units === seen.units && cost === seen.cost) return;
    this.#held[id]! += units - seen.units;
    this.#spent += cost - seen.cost;
    this.#filledAt[id] = price;
    this.#most = Math.max(this.#most, Math.abs(this.#spent), Math.abs(this.#held[id]! * price));
    seen.units = units;
    seen.cost = cost;
  }

  /** What units are worth that count as no position. A fill booked them as closed or opened with the rest, at its price. */
  #worthApart(id: number, units: number, close: number): number {
    const change = units - (this.#apart[id] ?? units);
    this.#apart[id] = units;
    if (change !== 0) this.#spent += change * this.#filledAt[id]!;
    this.#apartWorth = Math.max(this.#apartWorth, Math.abs(units * close));
    return units * close;
  }

  #checkTime({ id, info, time, index }: Timeline): void {
    const opens = time.values[index - time.base]!;
    // A bar that grows is the same one for several steps.
    if (opens < this.#opened[id]!) throw failed(`a bar of '${info.name}' opens at ${opens}, before the one before it`);
    this.#opened[id] = opens;
  }
}

function failed(what: string): TradingError {
  return new TradingError(`strict: ${what}; this is a fault of nextbar or of a broker of your own: please report it`, {
    code: 'strict',
  });
}
