/** Booking: what a fill does to the portfolio, the blotter and the order, in one place for every broker. */
import { defaultLot, floorToStep, wordNumber, type Refusal } from '../../core/index.ts';
import { emptySettlement, type Settlement } from './account.ts';
import { fillField, type Blotter } from './fill-blotter.ts';
import { fillRules } from './fill-reason.ts';
import type { PortfolioBook } from './portfolio-book.ts';
import { isRounding, type Position } from './position.ts';
import type { OrderDesk } from '../orders/desk.ts';
import { nothingToReduce, shrinkTo, type ExitRule } from '../orders/exit-rule.ts';
import type { InstrumentRule } from '../orders/instrument-rule.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** What bookings change. */
export interface BookingParts {
  readonly desk: OrderDesk;
  readonly portfolio: PortfolioBook;
  readonly blotter: Blotter;
  readonly exits: ExitRule;
  readonly instrument: InstrumentRule;
}

/** Has a time: a bar that closes then, or an event. Handed over as it is, because V8 boxes each number handed to a call. */
export interface Moment {
  /** Milliseconds UTC. */
  readonly time: number;
}

/** Makes the order by which a venue ends a position, in the name of the strategy that holds it; undefined when none does. */
export type ForcedOrders = (
  dataId: number,
  size: number,
  exit: 'liquidation' | 'end',
  reason: string,
) => WorkingOrder | undefined;

/** Books fills one at a time. */
export class Booking {
  /** The settlement of the latest fill. */
  readonly settlement: Settlement = emptySettlement();
  /** The fill that `note` writes. */
  readonly booked = new BookedFill();
  /** Number of orders cut to what the cash paid for. */
  cuts = 0;
  /** Makes the orders of liquidations and deliveries; set by the engine. */
  forcedOrders: ForcedOrders | undefined;
  private readonly parts: BookingParts;

  constructor(parts: BookingParts) {
    this.parts = parts;
  }

  /**
   * Executes up to `units` of an order at the price of its latest match: an order that only reduces executes no more than is held, and one
   * that may be cut no more than the cash pays for. Ends the order with status `margin` when the account does not cover what the fill would
   * open; the part that closes a position is executed all the same.
   *
   * @param step - The bar or the event that executes it.
   * @param filling - The bar of the fill. Default: `step`; a fill at the close that the order was made at has the time of the order.
   * @returns The units executed.
   */
  execute(working: WorkingOrder, units: number, step: Moment, filling: Moment = step): number {
    const { desk, portfolio } = this.parts;
    const { settlement: out } = this;
    const { dataId, sign } = working;
    const position = portfolio.positionOf(dataId);
    const held = position.size;
    const wanted = this.allowed(working, units, held);
    if (!(wanted > 0)) return 0;
    out.price = working.matched;
    out.time = step.time;
    portfolio.settle(dataId, sign * wanted, out);
    const executed = Math.abs(out.closed + out.opened);
    if (executed !== 0) {
      const left = working.remaining - executed;
      working.remaining = isRounding(left, working.order.size) ? 0 : left;
      const { booked } = this;
      booked.size = out.closed + out.opened;
      booked.price = out.price;
      booked.time = fillTimeOf(working, filling);
      booked.commission = out.closedCommission + out.openedCommission;
      booked.closedCommission = out.closedCommission;
      this.note(working, position);
      this.notePosition(working, held, position.size);
    }
    if (out.isShortOfCash) {
      desk.reject(working, uncovered(wanted, out.price), 'margin');
    }
    return executed;
  }

  /** The step in which units of an order are executed; undefined without one. */
  lotOf({ order }: WorkingOrder): number | undefined {
    return this.parts.instrument.lotOf(order.data.instrument);
  }

  /** Saves the fills so far; `restore` of the result takes back those after it. */
  save(): { restore(): void } {
    const { blotter } = this.parts;
    const { count } = blotter;
    const { cuts } = this;
    return {
      restore: () => {
        blotter.rewind(count);
        this.cuts = cuts;
      },
    };
  }

  /** Ends the exits of a position that a fill has closed. */
  notePosition(working: WorkingOrder, before: number, after: number): void {
    const { desk, exits } = this.parts;
    if (desk.hasOthersThan(working)) exits.positionChanged(desk, working, before, after);
  }

  /** How much of `units` an order may execute; 0 when it has ended instead. */
  private allowed(working: WorkingOrder, units: number, held: number): number {
    const { desk, portfolio } = this.parts;
    const { dataId, sign, matched: price } = working;
    const closable = held * sign < 0 ? Math.abs(held) : 0;
    if (working.reducesOnly) {
      if (closable === 0) {
        const { reason, rule } = nothingToReduce(working, held);
        desk.end(working, 'canceled', reason, rule);
        return 0;
      }
      shrinkTo(working, closable);
      return Math.min(units, working.remaining);
    }
    if (units <= closable) return units;
    if (sign < 0 && portfolio.kindOf(dataId) === 'spot' && !isRounding(units - closable, units)) {
      if (working.isCuttable && closable > 0) return this.cut(working, closable);
      desk.reject(working, portfolio.shortSale(dataId, units), 'margin');
      return 0;
    }
    if (!working.isCuttable) return units;
    const fits = portfolio.affordable(dataId, sign, closable, price);
    if (fits * (1 + 1e-12) >= units - closable) return units;
    const lot = this.lotOf(working) ?? defaultLot;
    const cut = closable + floorToStep(fits, lot);
    if (cut > 0) return this.cut(working, cut);
    desk.reject(working, uncovered(units, price), 'margin');
    return 0;
  }

  private cut(working: WorkingOrder, units: number): number {
    this.cuts++;
    shrinkTo(working, units);
    return units;
  }

  /**
   * Writes the latest settlement into the blotter as the fill in `booked`, and notifies the desk.
   *
   * @param position - As it is after the fill.
   */
  note(working: WorkingOrder, position: Readonly<Position>): void {
    const { desk, blotter, portfolio } = this.parts;
    const { settlement: out, booked } = this;
    const { size, price } = booked;
    const row = blotter.addRow();
    const values = blotter.block(row);
    const at = blotter.at(row);
    values[at + fillField.time] = booked.time;
    values[at + fillField.size] = size;
    values[at + fillField.price] = price;
    values[at + fillField.closed] = out.closed;
    values[at + fillField.opened] = out.opened;
    values[at + fillField.commission] = booked.commission;
    values[at + fillField.pnl] = out.pnl;
    values[at + fillField.positionSize] = position.size;
    values[at + fillField.positionPrice] = position.price;
    values[at + fillField.value] = out.closedValue + out.openedValue;
    values[at + fillField.traded] = portfolio.tradedValue(working.dataId, size, price);
    values[at + fillField.closedCommission] = booked.closedCommission;
    values[at + fillField.rule] = wordNumber(fillRules, working.rule);
    values[at + fillField.level] = working.level;
    values[at + fillField.reached] = working.reached;
    values[at + fillField.previous] = working.lastRow;
    working.lastRow = row;
    desk.fill(working, row);
    if (!working.hasNoRelatives) desk.fillRelated(working, Math.abs(size), booked.time);
  }
}

/** The numbers of a fill being booked, beside its settlement. In fields, because V8 makes an object of each number that is handed to a call. */
class BookedFill {
  /** Signed units. */
  size = 0;
  price = NaN;
  /** Milliseconds UTC. */
  time = NaN;
  commission = 0;
  /** The part of the commission that belongs to the closed units. */
  closedCommission = 0;
}

/** When an order was filled: at the close that it was made at, or in the bar of the fill. */
export function fillTimeOf({ rule, order }: WorkingOrder, filling: Moment): number {
  return rule === 'creationClose' ? order.createdTime : filling.time;
}

/** A number for a message. */
export function shortened(value: number): number {
  return +value.toPrecision(8);
}

function uncovered(units: number, price: number): Refusal {
  return { rule: 'cash', reason: `the cash does not cover ${shortened(units)} at ${shortened(price)}` };
}
