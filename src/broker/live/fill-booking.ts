/** Booking of live fills: into the ledger, the blotter and the desk, one at a time. */
import { emptySettlement } from '../accounting/account.ts';
import type { Blotter } from '../accounting/fill-blotter.ts';
import type { FillRule } from '../accounting/fill-reason.ts';
import type { OrderDesk } from '../orders/desk.ts';
import type { Portfolio } from '../accounting/portfolio.ts';
import { isDust } from '../accounting/position.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** One fill of the broker's own making. */
export interface PaperFill {
  readonly units: number;
  readonly price: number;
  /** Exchange time, milliseconds UTC. */
  readonly time: number;
  readonly rule: FillRule;
  /** The order's price that the rule compared with. */
  readonly level: number;
  /** The price of the market that met it. */
  readonly reached: number;
}

/** Books fills as the backtest does, commission by the data's scheme. */
export class FillBooking {
  private readonly parts: { readonly desk: OrderDesk; readonly portfolio: Portfolio; readonly blotter: Blotter };
  private readonly settlement = emptySettlement();

  constructor(parts: { readonly desk: OrderDesk; readonly portfolio: Portfolio; readonly blotter: Blotter }) {
    this.parts = parts;
  }

  /** Books a fill; what the cash does not cover ends the order with status `margin`. Gives the units executed. */
  book(working: WorkingOrder, fill: PaperFill): number {
    const { desk, portfolio, blotter } = this.parts;
    const { dataId, sign } = working;
    const { settlement: out } = this;
    const { units, price, time, rule, level, reached } = fill;
    portfolio.settle(dataId, sign * units, price, time, out);
    const executed = out.closed + out.opened;
    if (executed !== 0) {
      const left = working.remaining - Math.abs(executed);
      working.remaining = isDust(left, working.order.size) ? 0 : left;
      const position = portfolio.positionOf(dataId);
      const facts = {
        time,
        size: executed,
        price,
        closed: out.closed,
        opened: out.opened,
        commission: out.closedCommission + out.openedCommission,
        pnl: out.pnl,
        positionSize: position.size,
        positionPrice: position.price,
        value: out.closedValue + out.openedValue,
        closedCommission: out.closedCommission,
        rule,
        level,
        reached,
      };
      working.lastRow = blotter.add(facts, working.lastRow);
      desk.fill(working, working.lastRow);
    }
    if (out.isShortOfCash) {
      desk.end(working, 'margin', `the cash does not cover ${+units.toPrecision(8)} at ${+price.toPrecision(8)}`);
    }
    return Math.abs(executed);
  }
}
