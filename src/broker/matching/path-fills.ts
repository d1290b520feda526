/** Fills by an exchange's matching: which of two orders comes first at one moment, and what a fill wakes. */
import { floorToStep } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { Refill } from '../orders/refill.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import type { MatchParts } from './bar-matching.ts';
import type { MatchBar } from './match-bar.ts';

/** What the open of a bar and the path inside it share. */
export class PathFills {
  /** The datas of the run. */
  timelines: readonly Timeline[] = [];
  private readonly parts: MatchParts;

  constructor(parts: MatchParts) {
    this.parts = parts;
  }

  /** Whether an order frees cash: it closes what is held. */
  frees({ dataId, sign }: WorkingOrder): boolean {
    return this.parts.portfolio.positionOf(dataId).size * sign < 0;
  }

  /** Whether an order comes before another at the same moment: what frees cash first, then what was placed earlier. */
  comesFirst(one: WorkingOrder, other: WorkingOrder): boolean {
    const [frees, otherFrees] = [this.frees(one), this.frees(other)];
    return frees === otherFrees ? one.place < other.place : frees;
  }

  /** Fills a matched order, and lets the exits that this wakes join `list`. */
  fill(working: WorkingOrder, bar: MatchBar, list: Refill<WorkingOrder>): void {
    const { filler, booking } = this.parts;
    working.matchedTime = bar.time;
    let units = working.remaining;
    if (filler !== undefined) {
      units = Math.min(units, filler.fillable(units, working.matched, bar));
      const lot = booking.lotOf(working);
      if (lot !== undefined && units < working.remaining) units = floorToStep(units, lot);
    }
    if (!(units > 0)) return;
    booking.execute(working, units, bar);
    if (working.children === undefined || working.status !== 'completed') return;
    const timeline = this.timelines[working.dataId]!;
    for (const child of working.children) {
      if (child.dataId !== working.dataId || child.isActive || !child.isWorking) continue;
      child.isActive = true;
      if (timeline.moves >= child.firstIndex) list.push(child);
    }
  }
}
