/** Positions of a sandbox session as strategies see them: a remainder too small to be sold counts as no position. */
import { Decimal, currenciesOf, floorToStep, type Instrument } from '../../../core/index.ts';
import type { Timeline } from '../../../lines/index.ts';
import type { Settlement } from '../../accounting/account.ts';
import type { Portfolio } from '../../accounting/portfolio.ts';
import { isRounding, Position } from '../../accounting/position.ts';
import type { NewsList } from '../../live/live-broker.ts';
import type { Ticket } from '../order-ticket.ts';

/** What a fill does to a position. */
interface Moved {
  readonly closed: number;
  readonly opened: number;
}

const flat = new Position();

/**
 * Fees taken in the base currency leave positions off the lot, so that selling all of one leaves a remainder. A remainder that the exchange
 * does not sell, by its lot, minimum size or minimum notional, counts as no position. It stays in the ledger and in the value, and the next
 * position takes it in at the price of its first fill.
 */
export class VisiblePositions {
  private readonly portfolio: Portfolio;
  private readonly news: NewsList;
  private timelines: readonly Timeline[] = [];
  private visible: Position[] = [];
  /** The part of each position that orders of this run opened; the rest belongs to earlier runs, and to no trade. */
  private own: number[] = [];
  private readonly reported = new Set<number>();

  constructor(portfolio: Portfolio, news: NewsList) {
    this.portfolio = portfolio;
    this.news = news;
  }

  open(timelines: readonly Timeline[]): void {
    this.timelines = timelines;
    this.visible = timelines.map(() => new Position());
    this.own = timelines.map(() => 0);
  }

  of(dataId: number): Position {
    return this.visible[dataId]!;
  }

  /** Whether a remainder is held that counts as no position. */
  get hasRemainder(): boolean {
    return this.visible.some(({ size }, id) => size === 0 && this.portfolio.positionOf(id).size !== 0);
  }

  /** Absolute value of the visible positions at the latest closes. */
  get grossValue(): number {
    return this.visible.reduce((sum, { size }, id) => {
      const { close, index } = this.timelines[id]!;
      return size === 0 ? sum : sum + Math.abs(size * close.at(index));
    }, 0);
  }

  /**
   * Applies a fill that the portfolio has settled.
   *
   * @param before - What was held before the fill, a remainder included.
   * @returns How much of the visible position, as far as this run opened it, the fill closed and opened.
   */
  take(ticket: Ticket, price: number, before: number, { closed, opened }: Settlement): Moved {
    const { dataId } = ticket;
    const [visible, held] = [this.of(dataId), this.portfolio.positionOf(dataId)];
    const wasFlat = visible.size === 0;
    if (ticket.sign < 0 && held.size > 0 && (wasFlat || this.isRemainder(ticket, held.size, price))) {
      const all = { closed: -visible.size, opened: 0 };
      visible.become(flat);
      if (!wasFlat) this.report(dataId, held.size);
      return this.ownPart(ticket, all);
    }
    visible.become(held);
    return this.ownPart(ticket, { closed, opened: wasFlat && before > 0 ? held.size : opened });
  }

  private ownPart({ working, dataId }: Ticket, { closed, opened }: Moved): Moved {
    const [own, { size }] = [this.own[dataId]!, this.of(dataId)];
    const taken = own > -closed || isRounding(own + closed, own) ? closed : 0 - own;
    const isOurs = working !== undefined;
    this.own[dataId] = size === 0 ? 0 : Math.min(size, own + taken + (isOurs ? opened : 0));
    return { closed: taken, opened };
  }

  /** Whether a completed sale has left what no further sale can take. */
  private isRemainder({ booked, size, dataId }: Ticket, left: number, price: number): boolean {
    return booked.gte(size) && !isSellable(this.timelines[dataId]!.info.instrument, left, price);
  }

  private report(dataId: number, left: number): void {
    if (this.reported.has(dataId)) return;
    this.reported.add(dataId);
    const [base] = currenciesOf(this.timelines[dataId]!.info.symbol);
    const rest = new Decimal(left).toFixed();
    this.news.report(
      'remainder',
      `${rest} ${base} are left of a position, too little for the exchange to sell: the next position takes them in`,
    );
  }
}

/** Whether the exchange takes a market order to sell as much of a size as its lot allows. */
function isSellable(instrument: Instrument | undefined, size: number, price: number): boolean {
  const { lot, minSize = 0, minNotional = 0 } = instrument ?? {};
  const whole = lot === undefined ? size : floorToStep(size, lot);
  return whole > 0 && whole >= minSize && whole * price >= minNotional;
}
