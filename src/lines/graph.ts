/** The indicators of one strategy in the order they depend on each other, and their computation. */
import { ConfigError } from '../core/index.ts';
import { Column } from './column.ts';
import type { Gate } from './onto.ts';
import type { Timeline } from './timeline.ts';

/** What a kernel reads and writes, by absolute bar index. Arrays behind the columns change between calls. */
export interface KernelIo {
  readonly inputs: readonly Column[];
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
}

/** Bars computed at a time. */
const chunk = 4096;

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

  constructor(
    name: string,
    timeline: Timeline,
    io: KernelIo,
    history: number,
    kernel: Kernel,
    { sources = [], horizon, isGrowing = false }: NodeLinks = {},
  ) {
    this.sources = sources;
    this.horizon = horizon;
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

  /** How many bars can be computed for good by now. */
  reach(): number {
    let to = Math.min(this.timeline.loaded, this.horizon?.() ?? Infinity);
    for (const source of this.sources) if (source.timeline === this.timeline) to = Math.min(to, source.done);
    return to;
  }

  /** Forgets all that was computed. */
  restart(): void {
    this.done = 0;
    this.settled.fill(0);
    for (const output of this.io.outputs) output.clear();
  }

  /** Computes bars up to `to` for good, at most a chunk of them; true when some are left. */
  advanceSome(to: number): boolean {
    const { done } = this;
    if (to <= done) return false;
    if (this.isWhole) for (const output of this.io.outputs) output.reserve(this.timeline.loaded);
    const end = Math.min(to, done + chunk);
    this.compute(done, end);
    copy(this.io.state, this.settled);
    this.done = end;
    return end < to;
  }

  /** Computes all bars up to `to`, for good. */
  advance(to: number): void {
    while (this.advanceSome(to));
  }

  /** Computes bar `index` as it stands, to be computed again when it has grown. */
  preview(index: number): void {
    this.advance(index);
    this.compute(index, index + 1);
  }

  private compute(from: number, to: number): void {
    const { io } = this;
    for (let k = 0; k < io.outputs.length; k++) {
      const output = io.outputs[k]!;
      output.extend(to);
      // What a kernel does not set has no value.
      if (to - from === 1) output.values[from - output.base] = NaN;
      else output.values.fill(NaN, from - output.base, to - output.base);
    }
    copy(this.settled, io.state);
    this.kernel(io, from, to);
  }
}

/** The indicators of one strategy. */
export class Graph {
  readonly nodes: IndicatorNode[] = [];
  /** What each indicator's first value needs: bars by data. */
  readonly roots: ReadonlyMap<Timeline, number>[] = [];
  /** What projected indicators wait for besides. */
  readonly gates: Gate[] = [];
  /** Whether some indicator shows a line of another timeline. */
  private looksAcross = false;
  private closed = false;

  /** Adds an indicator; everything it reads has been added before it. */
  add(node: IndicatorNode, roots: ReadonlyMap<Timeline, number>, gates: readonly Gate[] = []): void {
    if (this.closed) {
      throw new ConfigError(
        `indicator ${node.name} was declared after start(): declare indicators in fields, in the constructor or in start()`,
        { code: 'late-indicator', context: { indicator: node.name } },
      );
    }
    this.nodes.push(node);
    if (node.looksAcross) this.looksAcross = true;
    this.roots.push(roots);
    this.gates.push(...gates);
  }

  /** From now on no indicator can be added. */
  close(): void {
    this.closed = true;
  }

  /**
   * Computes, over all bars of a whole history, the indicators in `wanted`. The others are computed when somebody reads them: most
   * are steps on the way to another, and columns that nobody reads would cost a run more than its strategy does.
   */
  prepare(wanted: Iterable<IndicatorNode>): void {
    if (this.looksAcross || this.nodes.some((node) => node.isGrowing)) {
      this.advance();
      return;
    }
    for (const node of this.nodes) node.isWhole = false;
    this.computeWhole(wanted);
  }

  /** Makes every bar of an indicator readable that `prepare` left out. */
  hold(node: IndicatorNode): void {
    if (!node.isWhole) this.computeWhole([node]);
  }

  private computeWhole(wanted: Iterable<IndicatorNode>): void {
    const needed = new Set<IndicatorNode>();
    const need = (node: IndicatorNode): void => {
      if (node.isWhole || needed.has(node)) return;
      needed.add(node);
      node.restart();
      node.sources.forEach(need);
    };
    for (const node of wanted) need(node);
    for (const node of wanted) node.isWhole = true;
    const chain = this.nodes.filter((node) => needed.has(node));
    const spans = chain.map((node) => (node.isWhole ? Infinity : this.historyOf(node) + chunk));
    let isLeft = true;
    while (isLeft) {
      isLeft = false;
      for (const [k, node] of chain.entries()) {
        if (node.advanceSome(node.reach())) isLeft = true;
        for (const output of node.io.outputs)
          if (node.done - output.base > 2 * spans[k]!) output.trim(node.done - spans[k]!);
      }
    }
  }

  /** Computes every indicator up to the bars that are loaded; those of growing bars are left to `follow`. */
  advance(): void {
    // All of them chunk by chunk: what one has written the next one finds near.
    let isLeft = true;
    while (isLeft) {
      isLeft = false;
      for (let k = 0; k < this.nodes.length; k++) {
        const node = this.nodes[k]!;
        if (node.isGrowing) continue;
        if (this.looksAcross) node.advance(node.reach());
        else if (node.advanceSome(node.reach())) isLeft = true;
      }
    }
  }

  /** Computes every indicator up to the present bar of its data and no further. */
  reveal(): void {
    for (const node of this.nodes) if (!node.isGrowing) node.advance(node.timeline.index + 1);
  }

  /** Computes, for the present step, the indicators that see a growing bar. */
  follow(): void {
    for (const node of this.nodes) {
      if (!node.isGrowing) continue;
      if (node.timeline.ticks === undefined) node.advance(node.timeline.index + 1);
      else if (node.timeline.index >= 0) node.preview(node.timeline.index);
    }
  }

  /** Forgets what no kernel and no reader up to `keep` bars back needs any more. */
  trim(keep: number): void {
    for (const node of this.nodes) {
      const first = node.timeline.index - Math.max(keep, this.historyOf(node));
      for (const output of node.io.outputs) output.trim(first);
    }
  }

  private historyOf(node: IndicatorNode): number {
    let most = node.history;
    for (const reader of this.nodes) {
      if (reader.io.inputs.some((input) => node.io.outputs.includes(input))) most = Math.max(most, reader.history);
    }
    return most;
  }
}

/** Copies few numbers: a call of `set` would cost more than they do. */
function copy(from: Float64Array, to: Float64Array): void {
  for (let k = 0; k < from.length; k++) to[k] = from[k]!;
}
