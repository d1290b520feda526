/** Booking in accounts at venues: the checks and the fee of each fill, and what the venue executes by itself. */
import { defaultLot, floorToStep } from '../../../../core/index.ts';
import { Booking, fillTimeOf, type BookingParts, type Moment } from '../../booking.ts';
import { lotsOf } from '../../position.ts';
import { nothingToReduce, shrinkTo } from '../../../orders/exit-rule.ts';
import type { WorkingOrder } from '../../../orders/working-order.ts';
import type { LedgerBook } from './make-ledger.ts';

/** Books fills in a ledger portfolio: an order is checked when it would be filled, and refused whole. */
export class LedgerBooking extends Booking {
  readonly #parts: BookingParts;
  readonly #ledger: LedgerBook;

  constructor(parts: BookingParts, ledger: LedgerBook) {
    super(parts);
    this.#parts = parts;
    this.#ledger = ledger;
    const endOrders: LedgerBook['endOrders'] = (dataId, reason) => {
      this.#endOrders(dataId, reason);
    };
    const forceExit: LedgerBook['forceExit'] = (dataId, size, price, rule, reason) => {
      this.#force(dataId, size, price, rule, reason);
    };
    ledger.endOrders = endOrders;
    ledger.forceExit = forceExit;
  }

  override execute(working: WorkingOrder, units: number, step: Moment, filling: Moment = step): number {
    const { settlement: out } = this;
    const ledger = this.#ledger;
    const { dataId, sign, matched: price } = working;
    const position = ledger.positionOf(dataId);
    const held = position.size;
    const isMaker = ledger.isMaker(working);
    const wanted = this.#allowed(working, units, held, isMaker);
    if (!(wanted > 0)) return 0;
    ledger.fill(dataId, sign * wanted, price, isMaker, out);
    const left = working.remaining - wanted;
    working.remaining = Math.abs(left) <= working.order.size * 1e-9 ? 0 : left;
    const { booked } = this;
    booked.size = sign * wanted;
    booked.price = price;
    booked.time = fillTimeOf(working, filling);
    booked.commission = out.closedCommission + out.openedCommission;
    booked.closedCommission = out.closedCommission;
    this.note(working, position);
    this.#parts.blotter.noteFee(working.lastRow, ledger.lastFill);
    this.notePosition(working, held, position.size);
    return wanted;
  }

  #allowed(working: WorkingOrder, units: number, held: number, isMaker: boolean): number {
    const { desk } = this.#parts;
    const ledger = this.#ledger;
    const { dataId, sign, matched: price } = working;
    const closable = held * sign < 0 ? Math.abs(held) : 0;
    if (working.reducesOnly) {
      if (closable === 0) {
        const refusal = nothingToReduce(working, held);
        if (working.outlivesPosition) desk.reject(working, refusal, 'rejected');
        else desk.end(working, 'canceled', refusal.reason, refusal.rule);
        return 0;
      }
      // A fee in the coin left less than the exit was placed for: what is below a lot of it is dust.
      if (working.remaining > closable) shrinkTo(working, lotsOf(this.lotOf(working), closable) || closable);
      units = Math.min(units, working.remaining);
    }
    const refusal = ledger.refusalOf(dataId, sign * units, price, isMaker);
    if (refusal === undefined) return units;
    if (working.isCuttable) {
      const fits = ledger.affordable(dataId, sign, Math.min(closable, units), price);
      const cut = Math.min(closable, units) + floorToStep(fits, this.lotOf(working) ?? defaultLot);
      if (cut > 0 && cut < units && ledger.refusalOf(dataId, sign * cut, price, isMaker) === undefined) {
        this.cuts++;
        shrinkTo(working, cut);
        return cut;
      }
    }
    desk.reject(working, refusal, refusal.rule === 'expired' ? 'rejected' : 'margin');
    return 0;
  }

  #endOrders(dataId: number, reason: string): void {
    const { desk } = this.#parts;
    const pool = this.#ledger.poolOf(dataId);
    desk.eachOrder((working) => {
      if (working.pool === pool && working.isWorking) desk.end(working, 'canceled', reason);
    });
    desk.sweep();
  }

  /** Books what the venue executed by itself, as the fill of an order in the name of the strategy that holds the position. */
  #force(dataId: number, size: number, price: number, rule: 'liquidation' | 'delivery', reason: string): void {
    const { desk } = this.#parts;
    const ledger = this.#ledger;
    this.#endOrders(dataId, `the position was ended: ${reason}`);
    const working = this.forcedOrders?.(dataId, size, rule === 'liquidation' ? 'liquidation' : 'end', reason);
    if (working === undefined) return;
    Object.assign(this.settlement, ledger.forced);
    working.remaining = 0;
    working.rule = rule;
    working.level = working.reached = working.matched = price;
    const { closedCommission, openedCommission } = this.settlement;
    const commission = closedCommission + openedCommission;
    Object.assign(this.booked, { size, price, time: ledger.timeOf(dataId), commission, closedCommission });
    this.note(working, ledger.positionOf(dataId));
    this.#parts.blotter.noteFee(working.lastRow, ledger.lastFill);
    desk.sweep();
  }
}
