/** Booking: what a fill does to the portfolio, the blotter and the order, in one place for every broker. */
import { emptySettlement, type Settlement } from './account.ts';
import type { Blotter, FillFacts } from './fill-blotter.ts';
import type { FillRule } from './fill-reason.ts';
import type { Portfolio } from './portfolio.ts';
import { isRounding, type Position } from './position.ts';
import type { OrderDesk } from '../orders/desk.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** What bookings change. */
export interface BookingParts {
  readonly desk: OrderDesk;
  readonly portfolio: Portfolio;
  readonly blotter: Blotter;
}

/** Books fills one at a time. */
export class Booking {
  /** The settlement of the latest fill. */
  readonly settlement: Settlement = emptySettlement();
  private readonly parts: BookingParts;
  /** The fill being booked: one object, filled again for each. */
  private readonly draft = new DraftFill();

  constructor(parts: BookingParts) {
    this.parts = parts;
  }

  /**
   * Executes `units` of an order at the price of its latest match. Ends the order with status `margin` when the cash does not cover what
   * the fill would open; the part that closes a position is executed all the same.
   *
   * @param time - Of the portfolio, which pays interest by the day.
   * @param fillTime - Of the fill.
   * @returns The units executed.
   */
  execute(working: WorkingOrder, units: number, time: number, fillTime: number): number {
    const { desk, portfolio } = this.parts;
    const { settlement: out } = this;
    const { dataId, sign, matched: price } = working;
    portfolio.settle(dataId, sign * units, price, time, out);
    const executed = Math.abs(out.closed + out.opened);
    if (executed !== 0) {
      const left = working.remaining - executed;
      working.remaining = isRounding(left, working.order.size) ? 0 : left;
      const commission = out.closedCommission + out.openedCommission;
      this.note(
        working,
        sign * executed,
        price,
        fillTime,
        commission,
        out.closedCommission,
        portfolio.positionOf(dataId),
      );
    }
    if (out.isShortOfCash) {
      desk.end(working, 'margin', `the cash does not cover ${shortened(units)} at ${shortened(price)}`);
    }
    return executed;
  }

  /**
   * Writes the latest settlement into the blotter as a fill and notifies the desk.
   *
   * @param size - Signed.
   * @param position - As it is after the fill.
   */
  note(
    working: WorkingOrder,
    size: number,
    price: number,
    time: number,
    commission: number,
    closedCommission: number,
    position: Readonly<Position>,
  ): void {
    const { desk, blotter } = this.parts;
    const { draft, settlement: out } = this;
    draft.time = time;
    draft.size = size;
    draft.price = price;
    draft.closed = out.closed;
    draft.opened = out.opened;
    draft.commission = commission;
    draft.pnl = out.pnl;
    draft.positionSize = position.size;
    draft.positionPrice = position.price;
    draft.value = out.closedValue + out.openedValue;
    draft.closedCommission = closedCommission;
    draft.rule = working.rule;
    draft.level = working.level;
    draft.reached = working.reached;
    working.lastRow = blotter.add(draft, working.lastRow);
    desk.fill(working, working.lastRow);
  }
}

class DraftFill implements FillFacts {
  time = NaN;
  size = NaN;
  price = NaN;
  closed = NaN;
  opened = NaN;
  commission = NaN;
  pnl = NaN;
  positionSize = NaN;
  positionPrice = NaN;
  value = NaN;
  closedCommission = NaN;
  rule: FillRule = 'open';
  level = NaN;
  reached = NaN;
}

/** A number for a message. */
export function shortened(value: number): number {
  return +value.toPrecision(8);
}
