/** The loop of the most common run: one strategy on spot, each bar of one data a step, nobody looking at single steps. */
import { blockSteps, type RunRecord } from '../../analyzers/index.ts';
import type { EngineBroker } from '../../broker/index.ts';
import { rollBars, type Timeline } from '../../lines/index.ts';
import type { HeldEquity } from '../result/equity.ts';
import type { Replay } from '../../feeds/index.ts';
import { distribute, type StrategyRun } from '../strategy/strategy-run.ts';

/** What the loop works with. */
export interface SingleParts {
  readonly leader: Timeline;
  readonly timelines: readonly Timeline[];
  readonly broker: EngineBroker;
  readonly record: RunRecord;
  readonly run: StrategyRun;
  readonly timers: { readonly count: number };
  readonly held: HeldEquity | undefined;
  /** Whether anybody reads the steps. */
  readonly isRecorded: boolean;
  /** Shows analyzers a full block. */
  readonly flush: () => void;
}

/**
 * The same steps as the general loop's. Between fills cash and size stay as they are, so that the broker is asked only when it has
 * work, and the steps between are recorded together. The first timer and the first position in another data end it.
 */
export class SingleLoop {
  private readonly parts: SingleParts;
  private readonly runs: readonly StrategyRun[];
  /** Cash and size since the steps that are recorded. */
  private readonly noted = new Float64Array(2);

  constructor(parts: SingleParts) {
    this.parts = parts;
    this.runs = [parts.run];
  }

  /** Runs as far as it can; false when the last step has still to be recorded. */
  advance(): boolean {
    const { leader, timelines, broker, record, run, timers } = this.parts;
    const { noted } = this;
    if (!broker.holdsOnly(leader.id)) return true;
    const followers = new Followers(timelines);
    const last = leader.loaded - 1;
    broker.isMarkedLate = true;
    noted[0] = broker.cash;
    noted[1] = broker.positionOf(leader.id).size;
    leader.isNew = true;
    let isWhole = true;
    let known = 0;
    while (leader.index < last && timers.count === 0 && isWhole) {
      const next = leader.index + 1;
      const blockEnd = record.length + record.pending + blockSteps - 1;
      if (next >= known) {
        run.graph.roll(rollBars);
        known = next + rollBars;
      }
      if (next > blockEnd) this.noteUpTo(leader.index);
      else if (!broker.hasWork && next < followers.due && run.isQuiet) {
        run.stepQuietly(leader, Math.min(last, blockEnd, followers.due - 1, known - 1), timers);
      } else isWhole = this.stepFully(next, followers);
    }
    this.noteUpTo(isWhole ? leader.index : leader.index - 1);
    record.workOut();
    broker.isMarkedLate = false;
    broker.mark();
    return isWhole;
  }

  /** A step in which more happens than a call of `next`; false when positions in other datas end the loop. */
  private stepFully(index: number, followers: Followers): boolean {
    const { leader, broker, held, run } = this.parts;
    leader.index = index;
    const isFollowed = index >= followers.due;
    if (isFollowed) followers.move(leader);
    if (broker.hasWork) {
      const { noted } = this;
      broker.step();
      const { cash, notices } = broker;
      const { size } = broker.positionOf(leader.id);
      const isChanged = cash !== noted[0] || size !== noted[1];
      // Who is told of an order counts its step by the steps recorded.
      if (isChanged || notices.count > 0) this.noteUpTo(index - 1);
      if (isChanged) {
        noted[0] = cash;
        noted[1] = size;
        held?.hold(index, cash, size);
      }
      if (notices.count > 0) distribute(notices, this.runs);
    }
    run.step();
    if (isFollowed) followers.settle(leader);
    return broker.holdsOnly(leader.id);
  }

  /** Records the steps to `last`, in which cash and position were as noted. */
  private noteUpTo(last: number): void {
    const { leader, record, isRecorded, flush } = this.parts;
    const steps = last + 1 - record.length - record.pending;
    if (!isRecorded) {
      record.pass(steps);
      return;
    }
    const cash = this.noted[0]!;
    const size = this.noted[1]!;
    let from = record.length + record.pending;
    for (let left = steps; left > 0;) {
      const count = Math.min(left, blockSteps - record.pending);
      record.stretch(leader, from, count, cash, size);
      from += count;
      left -= count;
      if (record.pending === blockSteps) flush();
    }
  }
}

/** The first data, if every step of the run is a bar of it: alone, or with datas that are made of its bars. */
export function leaderOf(
  timelines: readonly Timeline[],
  replays: readonly (Replay | undefined)[],
): Timeline | undefined {
  const [leader] = timelines;
  if (replays.some((replay) => replay !== undefined)) return undefined;
  const follows = ({ follows: made }: Timeline): boolean => made !== undefined && (made === leader || follows(made));
  return timelines.every((timeline) => timeline === leader || follows(timeline)) ? leader : undefined;
}

/** The datas that follow a leader, and when the next of them moves. */
export class Followers {
  /** The leader's bar with which the next of them moves; Infinity when none will. */
  due = Infinity;
  private readonly timelines: readonly Timeline[];

  /** @param timelines - All datas of the run, the leader first. */
  constructor(timelines: readonly Timeline[]) {
    this.timelines = timelines.slice(1);
    for (const timeline of this.timelines) timeline.isNew = false;
    this.look(timelines[0]!);
  }

  /** Moves those that are due at the leader's present bar, each by one. */
  move(leader: Timeline): void {
    const now = leader.closeAt(leader.index);
    for (const timeline of this.timelines) {
      timeline.isNew = timeline.index + 1 < timeline.loaded && timeline.closeAt(timeline.index + 1) <= now;
      if (timeline.isNew) timeline.index++;
    }
  }

  /** The step is over: nothing is new any more, and the next move is looked for. */
  settle(leader: Timeline): void {
    for (const timeline of this.timelines) timeline.isNew = false;
    this.look(leader);
  }

  private look(leader: Timeline): void {
    let close = Infinity;
    for (const timeline of this.timelines) {
      const next = timeline.index + 1;
      if (next < timeline.loaded) close = Math.min(close, timeline.closeAt(next));
    }
    this.due = close === Infinity ? Infinity : firstClosing(leader, close);
  }
}

/** The first bar after the present one that closes at `close` or later; Infinity when none does yet. */
function firstClosing(leader: Timeline, close: number): number {
  let low = leader.index + 1;
  let high = leader.loaded;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (leader.closeAt(middle) >= close) high = middle;
    else low = middle + 1;
  }
  return low < leader.loaded ? low : Infinity;
}
