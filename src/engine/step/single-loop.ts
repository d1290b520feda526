/** The loop of the most common run: one strategy on spot or one contract, each bar of one data a step, nobody looking at single steps. */
import { blockSteps, type RunRecord } from '../../analyzers/index.ts';
import type { EngineBroker, QuietSpan } from '../../broker/index.ts';
import { rollBars, type Timeline } from '../../lines/index.ts';
import type { HeldEquity } from '../result/equity.ts';
import type { Replay } from '../../feeds/index.ts';
import { refusePromise } from '../strategy/hooks.ts';
import { distribute, type StrategyRun } from '../strategy/strategy-run.ts';

/** What the loop works with. */
export interface SingleParts {
  readonly leader: Timeline;
  readonly timelines: readonly Timeline[];
  readonly broker: EngineBroker;
  readonly quiet: QuietSpan;
  readonly record: RunRecord;
  readonly run: StrategyRun;
  readonly timers: { readonly count: number };
  readonly held: HeldEquity | undefined;
  /** Whether anybody reads the steps. */
  readonly isRecorded: boolean;
  /** Shows analyzers a full block. */
  readonly flush: () => void;
}

/** No bar is left, or a timer has been set. */
const over = -1;
/** Positions in other datas have ended the loop, and its last step has still to be recorded. */
const ended = -2;

/**
 * The same steps as the general loop's. In a quiet span the numbers that value and cash follow from stay as they are, so that a step is a call of
 * `next` and nothing else, and its steps are recorded together. The first timer and the first position in another data end the loop.
 */
export class SingleLoop {
  private readonly parts: SingleParts;
  private readonly runs: readonly StrategyRun[];
  private readonly followers: Followers;
  /** The last bar there is. */
  private last = -1;
  /** The bars before this one have their rolling lines. */
  private rolled = 0;

  constructor(parts: SingleParts) {
    this.parts = parts;
    this.runs = [parts.run];
    this.followers = new Followers(parts.timelines);
  }

  /** Runs as far as it can; false when the last step has still to be recorded. */
  advance(): boolean {
    const { leader, broker, quiet, record, run, timers } = this.parts;
    if (!broker.holdsOnly(leader.id)) return true;
    this.followers.look(leader);
    this.last = leader.loaded - 1;
    this.rolled = 0;
    quiet.isOpen = true;
    quiet.refresh(leader.id);
    leader.isNew = true;
    const isWhole = stepQuietly(this, run, leader, quiet, timers) === over;
    this.noteUpTo(isWhole ? leader.index : leader.index - 1);
    record.workOut();
    // While the span is open, so that marks are read too.
    broker.mark();
    quiet.isOpen = false;
    return isWhole;
  }

  /**
   * Makes the steps in which more happens than a call of `next`, until there is a bar in which nothing does: returns the last bar of
   * that stretch, `over`, or `ended`.
   *
   * One long function, which V8 never inlines: the loop that calls it keeps its budget for what a strategy reads.
   */
  toQuiet(): number {
    const { leader, broker, quiet, record, run, timers, held } = this.parts;
    const { followers, last } = this;
    while (leader.index < last && timers.count === 0) {
      const next = leader.index + 1;
      const blockEnd = record.length + record.pending + blockSteps - 1;
      if (next >= this.rolled) {
        run.graph.roll(rollBars);
        this.rolled = next + rollBars;
      }
      if (next > blockEnd) {
        this.noteUpTo(leader.index);
        continue;
      }
      if (!quiet.hasWork && next < followers.due && run.onlyCallsNext) {
        const until = quiet.until(next, Math.min(last, blockEnd, followers.due - 1, this.rolled - 1));
        if (until >= next) return until;
      }
      const isFollowed = next >= followers.due;
      const hasWork = quiet.hasWork || quiet.until(next, next) < next;
      leader.index = next;
      if (isFollowed) followers.move(leader);
      if (hasWork) {
        broker.step();
        const { notices } = broker;
        const hasChanged = quiet.hasChanged(leader.id);
        // Who is told of an order counts its step by the steps recorded.
        if (hasChanged || notices.count > 0) this.noteUpTo(next - 1);
        if (hasChanged) {
          quiet.begin();
          held?.begin(next, quiet.values);
        }
        if (notices.count > 0) distribute(notices, this.runs);
      }
      run.step();
      if (isFollowed) followers.settle(leader);
      if (broker.holdsOnly(leader.id)) continue;
      return ended;
    }
    return over;
  }

  /** Records the steps to `last`, which belong to the present span. */
  private noteUpTo(last: number): void {
    const { leader, quiet, record, isRecorded, flush } = this.parts;
    const steps = last + 1 - record.length - record.pending;
    if (steps === 0) return;
    if (!isRecorded) {
      record.pass(steps);
      return;
    }
    let from = record.length + record.pending;
    for (let left = steps; left > 0;) {
      // A full block is shown when the next step comes: the end of a run corrects the last step.
      if (record.pending === blockSteps) flush();
      const count = Math.min(left, blockSteps - record.pending);
      record.stretch(leader, from, count, quiet.values);
      from += count;
      left -= count;
    }
  }
}

/** Steps through the quiet stretches of a run, each to its end or until there is work; returns why it stopped. */
function stepQuietly(
  loop: { toQuiet(): number },
  { hooks, name }: StrategyRun,
  timeline: Timeline,
  quiet: { readonly hasWork: boolean },
  timers: { readonly count: number },
): number {
  for (;;) {
    const last = loop.toQuiet();
    if (last < 0) return last;
    let { index } = timeline;
    while (index < last && !quiet.hasWork && timers.count === 0) {
      timeline.index = ++index;
      const returned = hooks.next();
      if (returned !== undefined) refusePromise(returned, name, 'next');
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

  /** Looks for the leader's bar with which the next of them moves. */
  look(leader: Timeline): void {
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
