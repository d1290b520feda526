/** One indicator: where it reads and writes, and how far its computation has come. */
import type { Column } from './column.ts';
import type { Timeline } from './timeline.ts';

/** What a kernel reads and writes, by absolute bar index. Arrays behind the columns change between calls. */
export interface KernelIo {
  /** The lines it reads, the one it grew from first. */
  readonly inputs: readonly Column[];
  /** The lines it sets. */
  readonly outputs: readonly Column[];
  /**
   * Everything the kernel remembers between calls: numbers, zero at the start. Kept here and nowhere else, so that a bar
   * that is still growing can be computed again and again.
   */
  readonly state: Float64Array;
}

/** Sets every output for the bars `from <= i < to`, given that all bars before `from` are done. */
export type Kernel = (io: KernelIo, from: number, to: number) => void;

/** How an indicator hangs together with others. */
export interface NodeLinks {
  /** The indicators it reads from. */
  readonly sources?: readonly IndicatorNode[];
  /** How many bars may be computed by what is known of another timeline; default all. */
  readonly horizon?: () => number;
  /** Whether it shows a line of another timeline whose bars grow. */
  readonly isGrowing?: boolean;
  /** Whether its kernel sets every output of every bar; default false. */
  readonly setsAll?: boolean | undefined;
}

/** Bars computed at a time: few enough to stay in the cache. */
export const rollBars = 1024;

/** One indicator: where it reads, where it writes, and how far it has come. */
export class IndicatorNode {
  readonly name: string;
  readonly timeline: Timeline;
  readonly io: KernelIo;
  /** Bars before the present one that the kernel reads from its inputs. */
  readonly history: number;
  /** Bars computed so far. */
  done = 0;
  /** Whether every bar of it is kept; else only as many as its readers need. */
  isWhole = true;
  /** Whether it must be computed step by step, because it sees a bar that grows. */
  readonly isGrowing: boolean;
  /** The indicators it reads from. */
  readonly sources: readonly IndicatorNode[];
  private readonly kernel: Kernel;
  private readonly settled: Float64Array;
  private readonly horizon: (() => number) | undefined;
  private readonly setsAll: boolean;

  constructor(
    name: string,
    timeline: Timeline,
    io: KernelIo,
    history: number,
    kernel: Kernel,
    { sources = [], horizon, isGrowing = false, setsAll = false }: NodeLinks = {},
  ) {
    this.sources = sources;
    this.horizon = horizon;
    this.setsAll = setsAll;
    this.isGrowing = isGrowing || timeline.ticks !== undefined || sources.some((source) => source.isGrowing);
    this.name = name;
    this.timeline = timeline;
    this.io = io;
    this.history = history;
    this.kernel = kernel;
    this.settled = new Float64Array(io.state.length);
  }

  /** Whether it shows a line of another timeline, which must have been computed whole. */
  get looksAcross(): boolean {
    return this.horizon !== undefined;
  }

  /** How many bars can have their final value by now. */
  reach(): number {
    const { timeline, sources, horizon } = this;
    let to = timeline.loaded;
    if (horizon !== undefined) to = Math.min(to, horizon());
    for (let k = 0; k < sources.length; k++) {
      const source = sources[k]!;
      if (source.timeline === timeline && source.done < to) to = source.done;
    }
    return to;
  }

  /** Takes over the values of every bar that is loaded, which were computed before; they are read and never written. */
  borrow(values: readonly Float64Array[]): void {
    if (values[0]?.length !== this.timeline.loaded) return;
    for (const [k, output] of this.io.outputs.entries()) output.append(values[k]!);
    this.done = this.timeline.loaded;
  }

  /** Forgets all that was computed. */
  restart(): void {
    this.done = 0;
    this.io.state.fill(0);
    for (const output of this.io.outputs) output.clear();
  }

  /** Computes the final values of bars up to `to`, at most `rollBars` of them; true when some are left. */
  advanceSome(to: number): boolean {
    const { done } = this;
    if (to <= done) return false;
    if (this.isWhole && to - done > 1) for (const output of this.io.outputs) output.reserve(this.timeline.loaded);
    const end = Math.min(to, done + rollBars);
    this.compute(done, end);
    this.done = end;
    return end < to;
  }

  /** Computes the final values of the bars that have come, once its sources have; true when some are left. */
  catchUp(): boolean {
    const { done } = this;
    if (this.timeline.loaded !== done + 1 || this.horizon !== undefined) return this.advanceSome(this.reach());
    // The one bar that has come live: what is left out here costs as much as the bar.
    this.compute(done, done + 1);
    this.done = done + 1;
    return false;
  }

  /** Computes the final values of all bars up to `to`. */
  advance(to: number): void {
    while (this.advanceSome(to));
  }

  /** Computes bar `index` as it stands, to be computed again when it has grown. */
  preview(index: number): void {
    this.advance(index);
    const { state } = this.io;
    copy(state, this.settled);
    this.compute(index, index + 1);
    // What a bar that may still grow has left behind is taken back.
    copy(this.settled, state);
  }

  private compute(from: number, to: number): void {
    const { io } = this;
    const { outputs } = io;
    for (let k = 0; k < outputs.length; k++) {
      const output = outputs[k]!;
      // What a kernel does not set has no value.
      if (output.length === from && to - from === 1) output.push(NaN);
      else {
        output.extend(to);
        if (!this.setsAll) output.values.fill(NaN, from - output.base, to - output.base);
      }
    }
    this.kernel(io, from, to);
  }
}

/** Copies few numbers: a call of `set` would cost more than they do. */
function copy(from: Float64Array, to: Float64Array): void {
  for (let k = 0; k < from.length; k++) to[k] = from[k]!;
}
