/** What an exchange books at the open of new bars: at each moment what frees cash comes before what needs it. */
import type { Refill } from '../orders/refill.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import type { MatchParts } from './bar-matching.ts';
import { postBehind, sizeByQuote } from './flags.ts';
import { openedBefore, type MatchBar } from './match-bar.ts';
import type { PathFills } from './path-fills.ts';
import { matchAtOpen, matchAtSessionEnd, meets } from './path-rules.ts';

/** Books the opens of a step. */
export class OpenPass {
  private readonly parts: MatchParts;
  private readonly fills: PathFills;
  private readonly actors: Refill<WorkingOrder>;
  private readonly bars: readonly MatchBar[];

  /**
   * @param actors - The orders that the bars of this step can reach; exits that a fill wakes join them.
   * @param bars - The new bar of each data.
   */
  constructor(parts: MatchParts, fills: PathFills, actors: Refill<WorkingOrder>, bars: readonly MatchBar[]) {
    this.parts = parts;
    this.fills = fills;
    this.actors = actors;
    this.bars = bars;
  }

  /** Books what happens at the open: at each moment what frees cash, then what needs it, exits that this wakes included. */
  book(): void {
    const { actors } = this;
    this.bookEndedSessions();
    if (this.parts.isInTurn === true) {
      this.bookInTurn();
      return;
    }
    const { count } = actors;
    if (count === 1) {
      this.fillAtOpen(actors.items[0]!);
      if (actors.count === count) return;
    }
    for (let next = this.first(); next !== undefined; next = this.first()) {
      next.openedTime = this.bars[next.dataId]!.time;
      this.fillAtOpen(next);
    }
  }

  /** Books `close` orders of sessions that were over when the bar opened: they come before that open. */
  private bookEndedSessions(): void {
    const { actors, bars, fills } = this;
    for (let k = 0; k < actors.count; k++) {
      const working = actors.items[k]!;
      if (Number.isNaN(working.seenClose) || !working.isWorking) continue;
      if (openedBefore(fills.timelines[working.dataId]!, working.sessionEnd)) continue;
      const bar = bars[working.dataId]!;
      matchAtSessionEnd(working, bar);
      fills.fill(working, bar, actors);
    }
  }

  /** The order that comes first among those that the open lets act and that it has not been shown to. */
  private first(): WorkingOrder | undefined {
    const { actors, bars } = this;
    let found: WorkingOrder | undefined;
    for (let k = 0; k < actors.count; k++) {
      const working = actors.items[k]!;
      const { open, time } = bars[working.dataId]!;
      if (!working.isWorking || working.matchedTime === time || working.openedTime === time) continue;
      if (working.trail !== undefined) working.follow(open);
      if (!working.hasFlags && Number.isNaN(meets(working, open, open))) continue;
      if (found === undefined || this.fills.comesFirst(working, found)) found = working;
    }
    return found;
  }

  /** In an account at a venue: what frees cash, up to the first order of its data that needs it, then the others in turn. */
  private bookInTurn(): void {
    const { actors } = this;
    for (let from = 0; from < actors.count;) {
      const to = actors.count;
      this.freeInTurn(from, to);
      for (let k = from; k < to; k++) this.fillAtOpen(actors.items[k]!);
      // Exits whose entry was just filled are behind the others.
      from = to;
    }
  }

  /** Fills what frees cash, on each data up to the first order that the open executes and that needs it. */
  private freeInTurn(from: number, to: number): void {
    const { actors } = this;
    const blocked = new Set<number>();
    for (let k = from; k < to; k++) {
      const working = actors.items[k]!;
      const { open } = this.bars[working.dataId]!;
      if (blocked.has(working.dataId) || Number.isNaN(meets(working, open, open))) continue;
      if (this.fills.frees(working)) this.fillAtOpen(working);
      else blocked.add(working.dataId);
    }
  }

  /** Fills an order at the open, where that meets it. */
  fillAtOpen(working: WorkingOrder): void {
    const bar = this.bars[working.dataId]!;
    if (!working.isWorking || working.matchedTime === bar.time) return;
    if (working.hasFlags && !this.meetsFlags(working, bar)) return;
    working.reached = NaN;
    if (matchAtOpen(working, bar, this.parts.slippage)) this.fills.fill(working, bar, this.actors);
    // Slippage takes it where no fill is allowed.
    else if (!Number.isNaN(working.reached)) working.matchedTime = bar.time;
  }

  /** Sizes a market order by quote amount at the price of its fill, to which slippage takes it; false where it is refused. */
  private sizeAtFill(working: WorkingOrder, bar: MatchBar): boolean {
    const { desk, slippage } = this.parts;
    const { quoteSize } = working;
    if (!sizeByQuote(working, bar.open, desk)) return false;
    const isFilled = matchAtOpen(working, bar, slippage);
    working.quoteSize = quoteSize;
    return !isFilled || sizeByQuote(working, working.matched, desk);
  }

  /** Whether an order with flags is matched like any other; if not it has been dealt with. */
  private meetsFlags(working: WorkingOrder, bar: MatchBar): boolean {
    const { desk, filler } = this.parts;
    const { sign, type, postOnly, timeInForce, quoteSize, price } = working;
    const takes = type === 'market' || (sign > 0 ? price >= bar.open : price <= bar.open);
    if (quoteSize === quoteSize && !this.sizeAtFill(working, bar)) return false;
    if (postOnly !== undefined) {
      if (takes && !postBehind(working, bar.open, desk)) return false;
      // It rests in the book from now on.
      working.postOnly = undefined;
    }
    if (timeInForce === 'gtc') return true;
    const most = filler === undefined ? Infinity : filler.fillable(working.remaining, bar.open, bar);
    if (timeInForce === 'fok' && takes && most < working.remaining) {
      desk.end(working, 'canceled', `fill or kill: the bar takes ${most} of ${working.remaining}`, 'fok');
      return false;
    }
    working.reached = NaN;
    if (takes && matchAtOpen(working, bar, this.parts.slippage)) this.fills.fill(working, bar, this.actors);
    if (working.isWorking) {
      const reason = takes ? 'the rest was not taken at once' : `the open ${bar.open} was beyond its price ${price}`;
      const flag = timeInForce === 'fok' ? 'fill or kill' : 'immediate or cancel';
      desk.end(working, 'canceled', `${flag}: ${reason}`, timeInForce);
    }
    return false;
  }
}
