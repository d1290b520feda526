/** Booking of an exchange's fills: its sizes, prices and fees, to the last digit. */
import { ConfigError, Decimal, currenciesOf, type FillEvent } from '../../../core/index.ts';
import type { Booking } from '../../accounting/booking.ts';
import { DecimalAccount } from '../../accounting/decimal-account.ts';
import type { OutsideMoves } from '../../engine-broker.ts';
import type { Portfolio } from '../../accounting/portfolio.ts';
import { leave } from '../../orders/exit-rule.ts';
import type { Ticket } from '../order-ticket.ts';
import type { VisiblePositions } from './visible-positions.ts';

/**
 * Books fills as the exchange reports them.
 *
 * A fee in the quote currency is taken from the cash. A fee in the base currency reduces what is held: a buy of 1 with a fee of 0.001 opens
 * 0.999, and its commission is what those 0.001 cost. A fee in a third currency changes neither and is added to `otherFees`. The cash never
 * refuses a fill, since the exchange has executed it. The part of a fill that closes is measured on the position that strategies see: a sale
 * that leaves a remainder closes all of it.
 */
export class VenueBooking {
  /** Fees paid in neither base nor quote, by currency. */
  readonly otherFees = new Map<string, Decimal>();
  private readonly portfolio: Portfolio;
  private readonly booking: Booking;
  private readonly visible: VisiblePositions;
  /** By data: moves that no order of this run made. */
  private readonly apart: OutsideMoves[] = [];

  constructor(portfolio: Portfolio, booking: Booking, visible: VisiblePositions) {
    this.portfolio = portfolio;
    this.booking = booking;
    this.visible = visible;
  }

  book(ticket: Ticket, fill: FillEvent): void {
    const { portfolio, visible } = this;
    const { account } = portfolio;
    if (!(account instanceof DecimalAccount)) throw new ConfigError("sandbox mode needs ledger 'decimal'");
    const { settlement: out } = this.booking;
    const { dataId, sign, symbol } = ticket;
    const time = fill.time ?? fill.receiveTime;
    const price = new Decimal(fill.price);
    const { base, cost } = this.feeOf(fill, symbol, price);
    const net = new Decimal(fill.size).mul(sign).sub(base);
    const before = portfolio.positionOf(dataId).size;
    const seen = visible.of(dataId).size;
    const lent = net.abs().mul(price).mul(2);
    account.add(lent);
    out.price = fill.price;
    out.time = time;
    portfolio.settle(dataId, net.toNumber(), out);
    account.add(lent.neg());
    account.add(cost.neg());
    const { closed, opened } = visible.take(ticket, fill.price, before, out);
    out.closed = closed;
    out.opened = opened;
    const noted = ticket.working === undefined ? 0 : closed + opened;
    this.setApart(ticket, visible.of(dataId).size - seen - noted, fill.price, cost.toNumber());
    this.note(ticket, fill, time, cost);
    if (ticket.working !== undefined) this.booking.notePosition(ticket.working, seen, visible.of(dataId).size);
  }

  /** Moves of a position that no order of this run made. */
  outside(dataId: number): OutsideMoves {
    return (this.apart[dataId] ??= { units: 0, cost: 0, price: NaN });
  }

  private setApart({ dataId, working }: Ticket, units: number, price: number, fee: number): void {
    const outside = this.outside(dataId);
    outside.units += units;
    // The fee of an order of this run is noted with its fill.
    outside.cost += units * price + (working === undefined ? fee : 0);
    outside.price = price;
  }

  /** What a fee takes from the base held, and its value in quote units. */
  private feeOf(fill: FillEvent, symbol: string, price: Decimal): { readonly base: Decimal; readonly cost: Decimal } {
    const none = new Decimal(0);
    const fee = new Decimal(fill.fee ?? 0);
    if (fee.isZero()) return { base: none, cost: none };
    const [baseName, quoteName] = currenciesOf(symbol);
    if (fill.feeCurrency === undefined || fill.feeCurrency === quoteName) return { base: none, cost: fee };
    if (fill.feeCurrency === baseName) return { base: fee, cost: fee.mul(price) };
    this.otherFees.set(fill.feeCurrency, (this.otherFees.get(fill.feeCurrency) ?? none).add(fee));
    return { base: none, cost: none };
  }

  /** Notes the fill for an order that a strategy still holds. */
  private note(ticket: Ticket, fill: FillEvent, time: number, cost: Decimal): void {
    const { working } = ticket;
    if (working === undefined) return;
    const { closed, opened } = this.booking.settlement;
    const left = new Decimal(working.remaining).sub(fill.size);
    // An exit that shrank here can still execute more at the exchange: its size is what the exchange executed.
    if (left.lt(0)) leave(working, fill.size);
    working.remaining = Math.max(0, left.toNumber());
    working.rule = 'reported';
    working.level = working.order.type === 'market' ? fill.price : working.order.price;
    working.reached = working.matched = fill.price;
    const commission = cost.toNumber();
    const moved = Math.abs(closed) + Math.abs(opened);
    const closedCommission = moved === 0 ? 0 : (commission * Math.abs(closed)) / moved;
    const { size, price } = fill;
    Object.assign(this.booking.booked, { size: ticket.sign * size, price, time, commission, closedCommission });
    this.booking.note(working, this.visible.of(ticket.dataId));
  }
}
