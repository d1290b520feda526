/** Backtrader's matching: every working order against the new bars, in the order they were placed. */
import type { Timeline } from '../../lines/index.ts';
import type { BarMatching, MatchParts, SequenceRule } from './bar-matching.ts';
import { AmbiguityCount, arrange, finerBars, type Candidate } from './intrabar.ts';
import { emptyBar, openedBefore, readBar, readOpen, type MatchBar } from './match-bar.ts';
import { match } from './match-bar-rules.ts';
import { isRival, type WorkingOrder } from '../orders/working-order.ts';

/** Goes through the orders once a step; the intrabar policy decides only between rival exits. */
export class CreationPass implements BarMatching {
  readonly ambiguity = new AmbiguityCount();
  readonly warnings: readonly string[] = [];
  private readonly parts: MatchParts;
  private readonly bar = emptyBar();
  private readonly barBefore = emptyBar();

  constructor(parts: MatchParts) {
    this.parts = parts;
  }

  /** Goes through all pending orders once; only new bars of an order's own data count. */
  run(timelines: readonly Timeline[]): void {
    const { desk, slippage } = this.parts;
    const { bar } = this;
    const { items, count } = desk.pending;
    const isShared = timelines.length > 1;
    let barOf = -1;
    let isWhole = false;
    // The range of the bar; the open lies in it unless the data is broken.
    let low = NaN;
    let high = NaN;
    let time = NaN;
    desk.isMatching = true;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      const { waitsFor, dataId, price } = working;
      // Most resting orders are not reached by most bars: one comparison shows it.
      if (dataId === barOf && time <= working.validUntil) {
        if (waitsFor === 'low' ? price < low : waitsFor === 'high' && price > high) continue;
      }
      const timeline = timelines[working.dataId]!;
      if (!timeline.isNew || timeline.moves < working.firstIndex || !working.isWorking) continue;
      const needsWhole = this.needsWhole(working);
      if (barOf !== working.dataId || (needsWhole && !isWhole)) {
        if (needsWhole) readBar(timeline, 0, bar);
        else readOpen(timeline, bar);
        barOf = working.dataId;
        isWhole = needsWhole;
        time = bar.time;
        low = isWhole ? Math.min(bar.low, bar.open) : NaN;
        high = isWhole ? Math.max(bar.high, bar.open) : NaN;
      }
      if (isShared && openedBefore(timeline, working.createdClock)) continue;
      if (bar.time > working.validUntil) {
        desk.end(working, 'expired', 'its validity ended');
      } else if (working.isActive && working.matchedTime !== bar.time) {
        working.matchedTime = bar.time;
        if (match(working, bar, slippage)) this.fillWithRivals(working, timelines, k);
        if (working.trail !== undefined && working.remaining > 0) working.follow(bar.close);
      }
    }
    desk.isMatching = false;
    desk.sweep();
  }

  /** Whether more of the bar matters than its open: everything but a market order that is alone and filled as asked. */
  private needsWhole(working: WorkingOrder): boolean {
    const { slippage, filler } = this.parts;
    return working.type !== 'market' || slippage.atOpen || filler !== undefined || !working.hasNoRelatives;
  }

  /** Fills a matched order; when rival exits of its position were reached too, the intrabar policy says which comes first. */
  private fillWithRivals(working: WorkingOrder, timelines: readonly Timeline[], at: number): void {
    const { desk, portfolio, intrabar } = this.parts;
    const timeline = timelines[working.dataId]!;
    const isExit = portfolio.positionOf(working.dataId).size * working.sign < 0;
    const rivals = isExit && desk.pending.count > 1 ? this.rivals(working, timeline, at) : none;
    if (rivals.length === 0) {
      this.fill(working, timeline);
      return;
    }
    const candidates = [{ working, price: working.matched }, ...rivals];
    const finer = intrabar === 'lowerTimeframe' ? finerBars(timelines, timeline) : undefined;
    const order = arrange(candidates, intrabar, this.bar, finer);
    this.ambiguity.count(candidates, order[0]!, this.bar);
    for (const next of order) {
      if (next.working.isWorking) {
        next.working.matched = next.price;
        this.fill(next.working, timeline);
      }
      if (next.working.isWorking) next.working.follow(this.bar.close);
    }
  }

  /** The orders after `at` that the fill of `working` would end and that this bar reaches too. */
  private rivals(working: WorkingOrder, timeline: Timeline, at: number): Candidate[] {
    const { desk, slippage } = this.parts;
    const { items, count } = desk.pending;
    const found: Candidate[] = [];
    for (let k = at + 1; k < count; k++) {
      const other = items[k]!;
      if (other.dataId !== working.dataId || other.sign !== working.sign || !isRival(working, other)) continue;
      if (!other.isActive || !other.isWorking) continue;
      if (timeline.moves < other.firstIndex || this.bar.time > other.validUntil) continue;
      if (openedBefore(timeline, other.createdClock)) continue;
      other.matchedTime = this.bar.time;
      if (match(other, this.bar, slippage)) found.push({ working: other, price: other.matched });
      else if (other.trail !== undefined) other.follow(this.bar.close);
    }
    return found;
  }

  /** Fills an order at the price it was matched at. */
  private fill(working: WorkingOrder, timeline: Timeline): void {
    const { filler } = this.parts;
    const bar = this.executingBar(working, timeline);
    let units = working.remaining;
    if (filler !== undefined) units = Math.min(units, filler.fillable(units, working.matched, bar));
    if (!(units > 0)) return;
    this.parts.booking.execute(working, units, this.bar, bar);
    if (working.children !== undefined && working.remaining === 0) this.ambiguity.countEntry(working, this.bar);
  }

  /** The bar that executes an order: the present one, or the one before it for a session that ended with that. */
  private executingBar(working: WorkingOrder, timeline: Timeline): MatchBar {
    const isLate = !Number.isNaN(working.seenClose) && this.bar.time > working.sessionEnd;
    if (!isLate) return this.bar;
    readBar(timeline, 1, this.barBefore);
    return this.barBefore;
  }
}

const none: readonly Candidate[] = [];

/** Backtrader's: in the order the orders were placed; the exits of a bracket wait for the bar after its entry. */
export const creationSequence: SequenceRule = {
  intrabar: 'creationOrder',
  makeMatching: (parts) => new CreationPass(parts),
};
