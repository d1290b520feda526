/** Projection: a line of one timeline shown on another, where only bars already closed are seen. */
import type { Kernel } from './node.ts';
import type { Timeline } from './timeline.ts';

/**
 * Sets, for each bar of `target`, the value of the latest bar of `source` that closed with it or before; NaN before the first.
 * A bar that is still growing is not shown.
 */
export function projection(source: Timeline, target: Timeline): Kernel {
  return ({ inputs: [from], outputs: [out], state }, start, end) => {
    let shown = state[0]! - 1;
    const last = source.complete - 1;
    for (let i = start; i < end; i++) {
      const now = target.closeAt(i);
      while (shown < last && source.closeAt(shown + 1) <= now) shown++;
      out!.set(i, from!.at(shown));
    }
    state[0] = shown + 1;
  };
}

/** How many bars of `target` have their final value: those that close no later than the known part of `source`. */
export function knownBars(source: Timeline, target: Timeline): number {
  const until = source.knownUntil;
  let low = Math.max(target.index + 1, target.time.base);
  let high = target.loaded;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (target.closeAt(middle) <= until) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a projected line waits for: the number of bars of its own timeline before the line it shows has a value. */
export interface Gate {
  /** What the line that is shown needs: bars by data, and gates of its own. */
  readonly roots: ReadonlyMap<Timeline, number>;
  readonly gates: readonly Gate[];
  readonly timeline: Timeline;
  readonly bars: number;
}

/** Watches a gate during the warm-up, step by step. */
export class GateWatch {
  private readonly gate: Gate;
  private readonly before: readonly GateWatch[];
  private first = NaN;

  constructor(gate: Gate) {
    this.gate = gate;
    this.before = gate.gates.map((one) => new GateWatch(one));
  }

  /** Whether the line has a value in the present step; to be asked in every step. */
  isOpen(): boolean {
    const { roots, timeline, bars } = this.gate;
    if (this.first !== this.first) {
      let isReady = true;
      for (const watch of this.before) isReady = watch.isOpen() && isReady;
      for (const [root, need] of roots) isReady &&= root.complete >= need && root.index + 1 >= need;
      if (!isReady) return false;
      this.first = timeline.isNew ? timeline.index : timeline.index + 1;
    }
    return timeline.index - this.first + 1 >= bars;
  }
}
