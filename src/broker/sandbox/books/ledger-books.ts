/** The books of a sandbox session with accounts at venues: fills, funding and liquidations as the exchanges report them. */
import { currenciesOf, Decimal, type FillEvent, type PositionSide, type VenuePayment } from '../../../core/index.ts';
import type { Timeline } from '../../../lines/index.ts';
import type { Booking } from '../../accounting/booking.ts';
import type { Blotter } from '../../accounting/fill-blotter.ts';
import type { LedgerBook } from '../../accounting/ledger/portfolio/make-ledger.ts';
import type { Position } from '../../accounting/position.ts';
import type { OutsideMoves } from '../../engine-broker.ts';
import type { NewsList } from '../../live/live-broker.ts';
import { leave } from '../../orders/exit-rule.ts';
import type { Ticket } from '../order-ticket.ts';
import type { VenueBooks } from './venue-books.ts';

/**
 * Books what exchanges report into the accounts of the run: sizes, prices and fees are theirs, and nothing is refused, because it has
 * happened. What is left below a lot counts as no position.
 */
export class LedgerBooks implements VenueBooks {
  readonly otherFees = new Map<string, Decimal>();
  readonly hasRemainder = false;
  readonly #ledger: LedgerBook;
  readonly #booking: Booking;
  readonly #blotter: Blotter;
  readonly #news: NewsList;
  readonly #outside: OutsideMoves[] = [];

  constructor(ledger: LedgerBook, booking: Booking, blotter: Blotter, news: NewsList) {
    ledger.isKeptByVenues = true;
    this.#ledger = ledger;
    this.#booking = booking;
    this.#blotter = blotter;
    this.#news = news;
  }

  open(_timelines: readonly Timeline[]): void {
    // The ledger was opened with the core.
  }

  get grossValue(): number {
    return this.#ledger.grossValue;
  }

  of(dataId: number): Position {
    return this.#ledger.positionOf(dataId);
  }

  book(ticket: Ticket, fill: FillEvent): void {
    const ledger = this.#ledger;
    const { settlement: out } = this.#booking;
    const { dataId, sign, working, symbol } = ticket;
    const position = ledger.positionOf(dataId);
    const before = position.size;
    const currency = fill.feeCurrency ?? currenciesOf(symbol)[1];
    const fee = fill.fee === undefined ? undefined : { amount: fill.fee, currency };
    ledger.bookReported(dataId, sign * fill.size, fill.price, fill.liquidity === 'maker', fee, out);
    if (working === undefined) {
      const outside = this.outside(dataId);
      outside.units += position.size - before;
      outside.price = fill.price;
      return;
    }
    const left = new Decimal(working.remaining).sub(fill.size);
    // An exit that shrank here can still execute more at the exchange: its size is what the exchange executed.
    if (left.lt(0)) leave(working, fill.size);
    working.remaining = Math.max(0, left.toNumber());
    working.rule = 'reported';
    working.level = working.order.type === 'market' ? fill.price : working.order.price;
    working.reached = working.matched = fill.price;
    const { closedCommission, openedCommission } = out;
    const { price, time = fill.receiveTime } = fill;
    const commission = closedCommission + openedCommission;
    Object.assign(this.#booking.booked, { size: sign * fill.size, price, time, commission, closedCommission });
    this.#booking.note(working, position);
    this.#blotter.noteFee(working.lastRow, ledger.lastFill);
    this.#booking.notePosition(working, before, position.size);
  }

  outside(dataId: number): OutsideMoves {
    return (this.#outside[dataId] ??= { units: 0, cost: 0, price: NaN });
  }

  sideOf(dataId: number): PositionSide | undefined {
    return this.#ledger.sideOf(dataId);
  }

  pay(dataIds: readonly number[], payment: VenuePayment): void {
    const dataId = this.#payee(dataIds, payment);
    if (payment.kind === 'funding') this.#ledger.bookFunding(dataId, payment.time, payment.amount);
    else if (!this.#ledger.bookLiquidation(dataId, payment)) {
      const { size = 0, symbol } = payment;
      this.#news.report('account', `the exchange liquidated ${size} ${symbol} that this session does not hold`);
    }
  }

  /** The data of a symbol that a payment is for: in hedge mode the one of its side, else the one that holds such a position. */
  #payee(dataIds: readonly number[], { kind, side, amount, positionSide }: VenuePayment): number {
    const [first] = dataIds;
    if (dataIds.length === 1) return first!;
    const held = (id: number): number => this.#ledger.positionOf(id).size;
    const isLiquidation = kind === 'liquidation';
    const named = isLiquidation ? (side === 'sell' ? 'long' : 'short') : positionSide;
    if (this.sideOf(first!) === undefined) {
      const sign = named === undefined ? 0 : named === 'long' ? 1 : -1;
      return dataIds.find((id) => (sign === 0 ? held(id) !== 0 : held(id) * sign > 0)) ?? first!;
    }
    const open = dataIds.filter((id) => held(id) !== 0);
    // Where the exchange does not say whose funding it is, it is that of the one side there is, or longs have paid it, as mostly they do.
    if (named === undefined && open.length === 1) return open[0]!;
    const wanted = named ?? (amount < 0 ? 'long' : 'short');
    return dataIds.find((id) => this.sideOf(id) === wanted) ?? first!;
  }
}
