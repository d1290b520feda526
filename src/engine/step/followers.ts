/** Runs in which one data leads: the others are made of its bars and move with them. */
import type { Replay } from '../../feeds/index.ts';
import type { Timeline } from '../../lines/index.ts';

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
