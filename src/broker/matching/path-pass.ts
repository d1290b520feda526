/** An exchange's matching: the orders of a step are booked in the order in which the path of its bars meets them. */
import type { Timeline } from '../../lines/index.ts';
import { Refill } from '../orders/refill.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import type { BarMatching, MatchParts, SequenceRule } from './bar-matching.ts';
import { BarVolumes } from './bar-volume.ts';
import type { AmbiguityCount } from './intrabar.ts';
import { emptyBar, openedBefore, readBar, readOpen, type MatchBar } from './match-bar.ts';
import { OpenPass } from './open-pass.ts';
import { PathFills } from './path-fills.ts';
import { PathWalk } from './path-walk.ts';

/**
 * Everything at the open of the new bars comes first, then each data's path in the order the datas were added. At one moment, orders that
 * free cash come before orders that need it, then the earlier placed one comes first. An exit acts from the moment of its entry's fill.
 *
 * Where the policy is not a path (`pessimistic`, `optimistic`, `creationOrder`) and two or more orders can act inside a bar, both paths are
 * booked on trial and one of them stands.
 */
export class PathPass implements BarMatching {
  private readonly volumes = new BarVolumes();
  private readonly parts: MatchParts;
  private readonly fills: PathFills;
  private readonly opens: OpenPass;
  private readonly path: PathWalk;
  /** Whether slippage or a volume filler looks at more of the bar than its open. */
  private readonly readsWhole: boolean;
  /** The orders that the bars of this step can reach. */
  private readonly actors = new Refill<WorkingOrder>();
  private readonly bars: MatchBar[] = [];

  constructor(parts: MatchParts) {
    this.parts = parts;
    this.fills = new PathFills(parts);
    this.opens = new OpenPass(parts, this.fills, this.actors, this.bars);
    this.path = new PathWalk(parts, this.fills, this.actors, this.bars);
    this.readsWhole = parts.slippage.atOpen || parts.filler !== undefined;
  }

  get ambiguity(): AmbiguityCount {
    return this.path.ambiguity;
  }

  get warnings(): readonly string[] {
    return this.volumes.warnings;
  }

  run(timelines: readonly Timeline[]): void {
    const { desk } = this.parts;
    this.fills.timelines = timelines;
    desk.isMatching = true;
    const first = desk.pending.items[0]!;
    if (desk.pending.count === 1 && first.type === 'market' && first.hasNoRelatives) this.bookAlone(first);
    else {
      this.collect();
      if (this.actors.count > 0) this.book();
    }
    desk.isMatching = false;
    desk.sweep();
  }

  /** Books a market order that is the only order: nothing of its bar but the open matters. */
  private bookAlone(working: WorkingOrder): void {
    const { volumes } = this;
    const { timelines } = this.fills;
    const { dataId } = working;
    const timeline = timelines[dataId]!;
    if (!timeline.isNew || timeline.moves < working.firstIndex || !working.isWorking) return;
    if (timelines.length > 1 && openedBefore(timeline, working.createdClock)) return;
    const bar = (this.bars[dataId] ??= emptyBar());
    if (this.readsWhole) readBar(timeline, 0, bar);
    else readOpen(timeline, bar);
    if (bar.time > working.validUntil) this.parts.desk.end(working, 'expired', 'its validity ended');
    else if (volumes.trades(timeline)) this.opens.fillAtOpen(working);
  }

  /** Finds the orders that the new bars can reach, and ends those that have expired. */
  private collect(): void {
    const { actors, parts } = this;
    const { timelines } = this.fills;
    const { desk } = parts;
    const { items, count } = desk.pending;
    const isShared = timelines.length > 1;
    actors.clear();
    let barOf = -1;
    let low = NaN;
    let high = NaN;
    let time = NaN;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      const { dataId } = working;
      // Most resting orders are not reached by most bars: one comparison decides.
      if (dataId === barOf && time <= working.validUntil) {
        if (working.waitsFor === 'low' ? working.price < low : working.waitsFor === 'high' && working.price > high)
          continue;
      }
      const timeline = timelines[dataId]!;
      if (!timeline.isNew || timeline.moves < working.firstIndex || !working.isWorking) continue;
      if (barOf !== dataId) {
        const bar = (this.bars[dataId] ??= emptyBar());
        readBar(timeline, 0, bar);
        barOf = dataId;
        time = bar.time;
        low = Math.min(bar.low, bar.open);
        high = Math.max(bar.high, bar.open);
      }
      if (isShared && openedBefore(timeline, working.createdClock)) continue;
      if (time > working.validUntil) desk.end(working, 'expired', 'its validity ended');
      else if (working.isActive && working.matchedTime !== time && this.volumes.trades(timeline)) {
        if (working.waitsFor === 'low' ? working.price < low : working.waitsFor === 'high' && working.price > high)
          continue;
        actors.push(working);
      }
    }
  }

  private book(): void {
    const { parts } = this;
    const { timelines } = this.fills;
    this.opens.book();
    if (!this.hasWalkers()) return;
    if (timelines.length === 1) {
      this.path.book(timelines[0]!);
      return;
    }
    for (let id = 0; id < timelines.length; id++) {
      const timeline = timelines[id]!;
      if (timeline.isNew && parts.desk.pending.count > 0) this.path.book(timeline);
    }
  }

  /** Whether the open has left an order that the inside of a bar can execute. */
  private hasWalkers(): boolean {
    const { actors } = this;
    for (let k = 0; k < actors.count; k++) if (actors.items[k]!.isWorking) return true;
    return false;
  }
}

/** An exchange's: along the path of the bar, exits from the moment of their entry. */
export const pathSequence: SequenceRule = {
  intrabar: 'pessimistic',
  makeMatching: (parts) => new PathPass(parts),
};
