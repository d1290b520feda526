/** The books of a sandbox session: one cash on spot, or accounts at venues. */
import type { Decimal, FillEvent, PositionSide, VenuePayment } from '../../../core/index.ts';
import type { Timeline } from '../../../lines/index.ts';
import type { Booking } from '../../accounting/booking.ts';
import type { Portfolio } from '../../accounting/portfolio.ts';
import type { Position } from '../../accounting/position.ts';
import type { OutsideMoves } from '../../engine-broker.ts';
import type { NewsList } from '../../live/live-broker.ts';
import { VenueBooking } from './fill-booking.ts';
import type { Ticket } from '../order-ticket.ts';
import { VisiblePositions } from './visible-positions.ts';

/** Where the reports of exchanges are booked, and the positions that strategies see. */
export interface VenueBooks {
  /** Fees that no figure of the result includes, by currency. */
  readonly otherFees: ReadonlyMap<string, Decimal>;
  /** Whether a remainder is held that counts as no position. */
  readonly hasRemainder: boolean;
  /** Absolute value of the positions that strategies see. */
  readonly grossValue: number;
  open(timelines: readonly Timeline[]): void;
  /** The position of a data as strategies see it. */
  of(dataId: number): Position;
  book(ticket: Ticket, fill: FillEvent): void;
  /** Moves of a position that no order of this run made. */
  outside(dataId: number): Readonly<OutsideMoves>;
  /** The side that a data holds in hedge mode; undefined elsewhere. */
  sideOf(dataId: number): PositionSide | undefined;
  /** Books what an exchange did by itself to a contract. @param dataIds - The datas of its symbol, one at least. */
  pay(dataIds: readonly number[], payment: VenuePayment): void;
}

/** The books of a session on spot with one cash. */
export class CashBooks implements VenueBooks {
  readonly #visible: VisiblePositions;
  readonly #booking: VenueBooking;

  constructor(portfolio: Portfolio, booking: Booking, news: NewsList) {
    this.#visible = new VisiblePositions(portfolio, news);
    this.#booking = new VenueBooking(portfolio, booking, this.#visible);
  }

  get otherFees(): ReadonlyMap<string, Decimal> {
    return this.#booking.otherFees;
  }

  get hasRemainder(): boolean {
    return this.#visible.hasRemainder;
  }

  get grossValue(): number {
    return this.#visible.grossValue;
  }

  open(timelines: readonly Timeline[]): void {
    this.#visible.open(timelines);
  }

  of(dataId: number): Position {
    return this.#visible.of(dataId);
  }

  book(ticket: Ticket, fill: FillEvent): void {
    this.#booking.book(ticket, fill);
  }

  outside(dataId: number): Readonly<OutsideMoves> {
    return this.#booking.outside(dataId);
  }

  sideOf(): undefined {
    return undefined;
  }

  pay(): void {
    // Spot has no payments.
  }
}
