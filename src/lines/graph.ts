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

/** One indicator: where it reads, where it writes, and how far it has come. */
export class IndicatorNode {
  readonly name: string;
  readonly timeline: Timeline;
  readonly io: KernelIo;
  /** Bars before the present one that the kernel reads from its inputs. */
  readonly history: number;
  /** Bars computed so far. */
  done = 0;
  /** Whether it must be computed step by step, because it sees a bar that grows. */
  readonly isGrowing: boolean;
  private readonly kernel: Kernel;
  private readonly settled: Float64Array;
  private readonly sources: readonly IndicatorNode[];
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

  /** How many bars can be computed for good by now. */
  reach(): number {
    let to = Math.min(this.timeline.loaded, this.horizon?.() ?? Infinity);
    for (const source of this.sources) if (source.timeline === this.timeline) to = Math.min(to, source.done);
    return to;
  }

  /** Computes all bars up to `to`, for good. */
  advance(to: number): void {
    if (to <= this.done) return;
    for (const output of this.io.outputs) output.extend(to);
    this.io.state.set(this.settled);
    this.kernel(this.io, this.done, to);
    this.settled.set(this.io.state);
    this.done = to;
  }

  /** Computes bar `index` as it stands, to be computed again when it has grown. */
  preview(index: number): void {
    this.advance(index);
    for (const output of this.io.outputs) output.extend(index + 1);
    this.io.state.set(this.settled);
    this.kernel(this.io, index, index + 1);
  }
}

/** The indicators of one strategy. */
export class Graph {
  readonly nodes: IndicatorNode[] = [];
  /** What each indicator's first value needs: bars by data. */
  readonly roots: ReadonlyMap<Timeline, number>[] = [];
  /** What projected indicators wait for besides. */
  readonly gates: Gate[] = [];
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
    this.roots.push(roots);
    this.gates.push(...gates);
  }

  /** From now on no indicator can be added. */
  close(): void {
    this.closed = true;
  }

  /** Computes every indicator up to the bars that are loaded, each in one call; those of growing bars are left to `follow`. */
  advance(): void {
    for (const node of this.nodes) if (!node.isGrowing) node.advance(node.reach());
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
