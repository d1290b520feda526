/** Merging: which datas move next, by the closes of their bars. */
import type { Replay } from '../../feeds/index.ts';
import type { Timeline } from '../../lines/index.ts';

/**
 * Moves any number of datas through time. Each distinct close is one step; all datas with a bar that closes then move together.
 *
 * A data made of another that is in the run too makes no steps of its own: it moves with the first step at or after its
 * bar's close. Elsewhere its bar would be known before there is anything to act on.
 */
export class Merge {
  private readonly timelines: readonly Timeline[];
  private readonly replays: readonly (Replay | undefined)[];
  /** By data: the close of its next bar; Infinity when there is none, NaN when it is not known yet. */
  private readonly due: Float64Array;
  /** By data: what `due` is while no further bar is loaded. */
  private readonly idle: Float64Array;
  private readonly clock: Float64Array;

  /** @param clock - One number: where the time of each step is put. */
  constructor(timelines: readonly Timeline[], replays: readonly (Replay | undefined)[], clock: Float64Array) {
    this.timelines = timelines;
    this.replays = replays;
    this.clock = clock;
    this.due = new Float64Array(timelines.length);
    this.idle = Float64Array.from(timelines, ({ follows }) => (follows === undefined ? NaN : Infinity));
  }

  /**
   * Looks at what has been loaded since.
   *
   * @param isOver - By data: whether no more bars will be loaded. Default: as before; at first more may come of every data.
   */
  refresh(isOver?: readonly boolean[]): void {
    for (let k = 0; k < this.due.length; k++) {
      if (isOver !== undefined)
        this.idle[k] = isOver[k] === true || this.timelines[k]!.follows !== undefined ? Infinity : NaN;
      this.look(k);
    }
  }

  /** Puts the time of the next step into `next[0]`; false when there is none, or a bar is missing to know which. */
  peek(next: Float64Array): boolean {
    const { due, timelines } = this;
    let first = Infinity;
    let isUnsure = false;
    for (let k = 0; k < due.length; k++) {
      const close = due[k]!;
      if (close >= first) continue;
      if (close !== close) isUnsure = true;
      else if (timelines[k]!.follows === undefined) first = close;
    }
    next[0] = first;
    return first !== Infinity && (!isUnsure || this.isKnown(first));
  }

  /** Whether every data without a further bar is known to have none that closes by `time`. */
  private isKnown(time: number): boolean {
    const { due, timelines } = this;
    for (let k = 0; k < due.length; k++) {
      if (!Number.isNaN(due[k])) continue;
      const timeline = timelines[k]!;
      if ((timeline.ticks ?? timeline).knownUntil < time) return false;
    }
    return true;
  }

  /** The datas whose next bar opens with the step at `next[0]`, not before what has been seen already. */
  opening(next: Float64Array): Timeline[] {
    const seen = this.clock[0]!;
    return this.timelines.filter((timeline, k) => {
      if (!(this.due[k]! <= next[0]!) || this.replays[k] !== undefined) return false;
      return !(timeline.time.at(timeline.index + 1) < seen);
    });
  }

  /** Moves the datas to the step at `next[0]`. */
  move(next: Float64Array): void {
    const { timelines, due } = this;
    const now = next[0]!;
    this.clock[0] = now;
    for (let k = 0; k < due.length; k++) {
      const timeline = timelines[k]!;
      // Not `due > now`: a data whose next bar is not known yet, and known to close later, stays where it is.
      if (!(due[k]! <= now)) {
        timeline.isNew = false;
        continue;
      }
      timeline.isNew = true;
      const replay = this.replays[k];
      if (replay === undefined) timeline.index++;
      else replay.advance();
      this.look(k);
    }
  }

  private look(k: number): void {
    const timeline = this.timelines[k]!;
    const source = timeline.ticks ?? timeline;
    this.replays[k]?.skipOutside();
    const next = source.index + 1;
    this.due[k] = next < source.loaded ? source.closeAt(next) : this.idle[k]!;
  }
}
