/** Positions of a sandbox session as strategies see them: what no sale can take any more is dust, and counts as no position. */
import { Decimal, floorToStep, type Instrument } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { Settlement } from '../accounting/account.ts';
import type { Portfolio } from '../accounting/portfolio.ts';
import { isDust, Position } from '../accounting/position.ts';
import { currenciesOf } from './fill-booking.ts';
import type { Ticket } from './order-ticket.ts';

/** What a fill does to a position. */
interface Moved {
  readonly closed: number;
  readonly opened: number;
}

const flat = new Position();

/**
 * Fees taken in the base leave positions off the lot, so that a sale of all of it leaves some. Where that is less than the exchange
 * sells, by its lot, its least size or its least value, the position counts as closed. The dust stays in the ledger, and in the value;
 * the next position that is opened takes it in, at the price of that fill.
 */
export class SeenPositions {
  private readonly portfolio: Portfolio;
  private readonly say: (text: string) => void;
  private timelines: readonly Timeline[] = [];
  private seen: Position[] = [];
  /** Of each position, what orders of this run have opened: the rest is of earlier runs, and in no trade. */
  private own: number[] = [];
  private readonly told = new Set<number>();

  /** @param say - Told of the first dust of each data. */
  constructor(portfolio: Portfolio, say: (text: string) => void) {
    this.portfolio = portfolio;
    this.say = say;
  }

  open(timelines: readonly Timeline[]): void {
    this.timelines = timelines;
    this.seen = timelines.map(() => new Position());
    this.own = timelines.map(() => 0);
  }

  of(dataId: number): Position {
    return this.seen[dataId]!;
  }

  /** Whether something is held that counts as no position. */
  get hasDust(): boolean {
    return this.seen.some(({ size }, id) => size === 0 && this.portfolio.positionOf(id).size !== 0);
  }

  /** What the positions are worth at the latest closes, dust left out. */
  get grossValue(): number {
    return this.seen.reduce((sum, { size }, id) => {
      const { close, index } = this.timelines[id]!;
      return size === 0 ? sum : sum + Math.abs(size * close.at(index));
    }, 0);
  }

  /**
   * Takes a fill in that the portfolio has settled.
   *
   * @param before - What was held before it, dust included.
   * @returns How much it closed and opened of what this run has opened of the position as it is seen.
   */
  take(ticket: Ticket, price: number, before: number, { closed, opened }: Settlement): Moved {
    const { dataId } = ticket;
    const [seen, held] = [this.of(dataId), this.portfolio.positionOf(dataId)];
    const wasFlat = seen.size === 0;
    if (ticket.sign < 0 && held.size > 0 && (wasFlat || this.isDust(ticket, held.size, price))) {
      const all = { closed: -seen.size, opened: 0 };
      seen.become(flat);
      if (!wasFlat) this.tell(dataId, held.size);
      return this.ownPart(ticket, all);
    }
    seen.become(held);
    return this.ownPart(ticket, { closed, opened: wasFlat && before > 0 ? held.size : opened });
  }

  private ownPart({ working, dataId }: Ticket, { closed, opened }: Moved): Moved {
    const [own, { size }] = [this.own[dataId]!, this.of(dataId)];
    const taken = own > -closed || isDust(own + closed, own) ? closed : 0 - own;
    const isOurs = working !== undefined;
    this.own[dataId] = size === 0 ? 0 : Math.min(size, own + taken + (isOurs ? opened : 0));
    return { closed: taken, opened };
  }

  /** Whether a sale that is executed to its end has left what no other can take. */
  private isDust({ booked, size, dataId }: Ticket, left: number, price: number): boolean {
    return booked.gte(size) && !isSellable(this.timelines[dataId]!.info.instrument, left, price);
  }

  private tell(dataId: number, left: number): void {
    if (this.told.has(dataId)) return;
    this.told.add(dataId);
    const [base] = currenciesOf(this.timelines[dataId]!.info.symbol);
    this.say(
      `${new Decimal(left).toFixed()} ${base} are left of a position, which the exchange does not sell: the next position takes them in`,
    );
  }
}

/** Whether the exchange takes a market order to sell of so much what its lot allows. */
function isSellable(instrument: Instrument | undefined, size: number, price: number): boolean {
  const { lot, minSize = 0, minNotional = 0 } = instrument ?? {};
  const whole = lot === undefined ? size : floorToStep(size, lot);
  return whole > 0 && whole >= minSize && whole * price >= minNotional;
}
