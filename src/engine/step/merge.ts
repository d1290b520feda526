/** Merging: which datas move next, by the closes of their bars. */
import type { Replay } from '../../feeds/index.ts';
import type { Timeline } from '../../lines/index.ts';

/** Steps after which it is looked again whether all datas go on together. */
const lookEvery = 64;

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
  /** How many further steps move every data by one bar each: datas of one timeframe without holes, as those of most runs are. */
  private together = 0;
  /** Steps that move every data until it is looked whether they go on together. */
  private wait = 0;
  /** Whether the present step has moved every data. */
  haveAllMoved = false;

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
    this.together = 0;
    // Bars that come one by one are no reason to look again.
    if (isOver !== undefined) this.wait = 0;
    for (let k = 0; k < this.due.length; k++) {
      if (isOver !== undefined)
        this.idle[k] = isOver[k] === true || this.timelines[k]!.follows !== undefined ? Infinity : NaN;
      this.look(k);
    }
  }

  /** Puts the time of the next step into `next[0]`; false when there is none, or a bar is missing to know which. */
  peek(next: Float64Array): boolean {
    const { due, timelines } = this;
    if (this.together > 0) {
      next[0] = this.clock[0]! + timelines[0]!.frameMs;
      return true;
    }
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
      if ((this.together === 0 && !(this.due[k]! <= next[0]!)) || this.replays[k] !== undefined) return false;
      return !(timeline.time.at(timeline.index + 1) < seen);
    });
  }

  /** Moves the datas to the step at `next[0]`. */
  move(next: Float64Array): void {
    const { timelines, due } = this;
    const now = next[0]!;
    this.clock[0] = now;
    if (this.together > 0) {
      for (let k = 0; k < timelines.length; k++) timelines[k]!.index++;
      if (--this.together === 0) for (let k = 0; k < due.length; k++) this.look(k);
      return;
    }
    this.haveAllMoved = true;
    for (let k = 0; k < due.length; k++) {
      const timeline = timelines[k]!;
      // Not `due > now`: a data whose next bar is not known yet, and known to close later, stays where it is.
      if (!(due[k]! <= now)) {
        timeline.isNew = this.haveAllMoved = false;
        continue;
      }
      timeline.isNew = true;
      const replay = this.replays[k];
      if (replay === undefined) timeline.index++;
      else replay.advance();
      this.look(k);
    }
    if (this.haveAllMoved && this.wait-- === 0) {
      this.wait = lookEvery;
      this.together = this.stepsTogether();
    }
  }

  /** How many steps from here on move every data by one bar. */
  private stepsTogether(): number {
    const { timelines, due, replays } = this;
    let steps = Infinity;
    for (const [k, timeline] of timelines.entries()) {
      const { isEven, frameMs, follows, ticks, index, loaded } = timeline;
      if (!isEven || follows !== undefined || ticks !== undefined || replays[k] !== undefined) return 0;
      if (frameMs !== timelines[0]!.frameMs || due[k] !== due[0]) return 0;
      steps = Math.min(steps, loaded - 1 - index);
    }
    return steps;
  }

  private look(k: number): void {
    const timeline = this.timelines[k]!;
    const source = timeline.ticks ?? timeline;
    this.replays[k]?.skipOutside();
    if (!source.writeNextClose(this.due, k)) this.due[k] = this.idle[k]!;
  }
}
