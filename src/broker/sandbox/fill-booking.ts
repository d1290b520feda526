/** Booking of an exchange's fills: its sizes, prices and fees, to the last digit. */
import { ConfigError, Decimal, type FillEvent } from '../../core/index.ts';
import { emptySettlement } from '../accounting/account.ts';
import type { Blotter } from '../accounting/fill-blotter.ts';
import { DecimalAccount } from '../accounting/decimal-account.ts';
import type { OrderDesk } from '../orders/desk.ts';
import type { Portfolio } from '../accounting/portfolio.ts';
import type { SeenPositions } from './dust.ts';
import type { Ticket } from './order-ticket.ts';

/** What the booking works with. */
export interface VenueBookingParts {
  readonly desk: OrderDesk;
  readonly portfolio: Portfolio;
  readonly blotter: Blotter;
  readonly seen: SeenPositions;
}

/**
 * Books fills as the exchange reports them.
 *
 * A fee in the quote currency is taken from the cash. A fee in the base currency reduces what is held: a buy of 1 with a fee of 0.001
 * opens 0.999, and its commission is what those 0.001 cost. A fee in a third currency changes neither; it is summed up in `otherFees`.
 * The cash never refuses a fill: what the exchange has done is done. What a fill is told to have closed is of the position as strategies
 * see it: the sale that leaves dust closes all of it.
 */
export class VenueBooking {
  /** Fees paid in neither base nor quote, by currency. */
  readonly otherFees = new Map<string, Decimal>();
  private readonly parts: VenueBookingParts;
  private readonly settlement = emptySettlement();

  constructor(parts: VenueBookingParts) {
    this.parts = parts;
  }

  book(ticket: Ticket, fill: FillEvent): void {
    const { portfolio, seen } = this.parts;
    const { account } = portfolio;
    if (!(account instanceof DecimalAccount)) throw new ConfigError("sandbox mode needs the ledger 'decimal'");
    const { settlement: out } = this;
    const { dataId, sign, symbol } = ticket;
    const time = fill.time ?? fill.receiveTime;
    const price = new Decimal(fill.price);
    const { base, cost } = this.feeOf(fill, symbol, price);
    const net = new Decimal(fill.size).mul(sign).sub(base);
    const before = portfolio.positionOf(dataId).size;
    const lent = net.abs().mul(price).mul(2);
    account.add(lent);
    portfolio.settle(dataId, net.toNumber(), fill.price, time, out);
    account.add(lent.neg());
    account.add(cost.neg());
    const { closed, opened } = seen.take(ticket, fill.price, before, out);
    out.closed = closed;
    out.opened = opened;
    this.note(ticket, fill, time, cost);
  }

  /** What a fee takes from the base held, and what it is worth in quote units. */
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

  /** Writes the fill into the blotter and tells the desk, for an order that a strategy still holds. */
  private note(ticket: Ticket, fill: FillEvent, time: number, cost: Decimal): void {
    const { working } = ticket;
    if (working === undefined) return;
    const { desk, seen, blotter } = this.parts;
    const { closed, opened, pnl, closedValue, openedValue } = this.settlement;
    const left = new Decimal(working.remaining).sub(fill.size);
    working.remaining = Math.max(0, left.toNumber());
    const position = seen.of(ticket.dataId);
    const commission = cost.toNumber();
    const moved = Math.abs(closed) + Math.abs(opened);
    const facts = {
      time,
      size: ticket.sign * fill.size,
      price: fill.price,
      closed,
      opened,
      commission,
      pnl,
      positionSize: position.size,
      positionPrice: position.price,
      value: closedValue + openedValue,
      closedCommission: moved === 0 ? 0 : (commission * Math.abs(closed)) / moved,
      rule: 'reported' as const,
      level: working.order.type === 'market' ? fill.price : working.order.price,
      reached: fill.price,
    };
    working.lastRow = blotter.add(facts, working.lastRow);
    desk.fill(working, working.lastRow);
  }
}

/** Base and quote of a unified spot symbol. */
export function currenciesOf(symbol: string): readonly [base: string, quote: string] {
  const [pair = ''] = symbol.split(':');
  const [base = '', quote = ''] = pair.split('/');
  return [base, quote];
}
