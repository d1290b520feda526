/** The indicators of one strategy in the order they depend on each other, and their computation. */
import { ConfigError } from '../core/index.ts';
import { Chain, historyOf } from './chain.ts';
import { rollBars, type IndicatorNode } from './node.ts';
import type { Column } from './column.ts';
import type { ComputedLines } from './computed-lines.ts';
import type { Gate } from './onto.ts';
import type { Timeline } from './timeline.ts';

const none: ReadonlySet<IndicatorNode> = new Set();

/** An indicator that others may ask for again. */
export interface Share {
  /** Undefined until it has been made. */
  made:
    | { readonly node: IndicatorNode; readonly roots: ReadonlyMap<Timeline, number>; readonly gates: readonly Gate[] }
    | undefined;
  /** What it depends on, in a text. */
  readonly id: string;
  /** Whether it is the same in every run over the same bars. */
  readonly isCommon: boolean;
}

/** What a column is. */
interface ColumnName {
  readonly text: string;
  readonly isCommon: boolean;
}

/** The indicators of one strategy. */
export class Graph {
  readonly nodes: IndicatorNode[] = [];
  /** What each indicator's first value needs: bars by data. */
  readonly roots: ReadonlyMap<Timeline, number>[] = [];
  /** What projected indicators wait for besides. */
  readonly gates: Gate[] = [];
  /** The lines that `plot` was called on. */
  readonly drawn: unknown[] = [];
  /** Whether some indicator shows a line of another timeline. */
  private looksAcross = false;
  private closed = false;
  /** What is computed as the run goes on, and what computes it. */
  private ahead: ReadonlySet<IndicatorNode> = none;
  private rolling: Chain | undefined;

  /** What columns are by name, and the indicators that are computed once, by key and the names of their columns. */
  readonly #names = new Map<Column, ColumnName>();
  readonly #shares = new Map<string, Share>();
  /** The ids of indicators that further runs over the same bars may share. */
  readonly #ids = new Map<IndicatorNode, string>();
  readonly #computed: ComputedLines | undefined;

  /** @param computed - Values of earlier runs over the same bars, and those of this one for further runs. */
  constructor(computed?: ComputedLines) {
    this.#computed = computed;
  }

  /** The place of the indicator of this key over these columns of a data, or of lines made of them. */
  shareOf(key: string, columns: readonly Column[], timeline: Timeline): Share {
    let id = `${key}|`;
    let isCommon = true;
    for (let k = 0; k < columns.length; k++) {
      const name = this.#nameOf(columns[k]!, timeline);
      id += k === 0 ? name.text : `,${name.text}`;
      isCommon &&= name.isCommon;
    }
    let share = this.#shares.get(id);
    if (share === undefined) {
      share = { made: undefined, id, isCommon };
      this.#shares.set(id, share);
    }
    return share;
  }

  /** Notes what a shared indicator was made to be. */
  fill(share: Share, made: NonNullable<Share['made']>): void {
    share.made = made;
    const { outputs } = made.node.io;
    for (const [k, output] of outputs.entries()) {
      this.#names.set(output, { text: `(${share.id})${k}`, isCommon: share.isCommon });
    }
    if (share.isCommon && this.#computed !== undefined) this.#ids.set(made.node, share.id);
  }

  /** A column of a data is the same in every run over it; any other that is not known is this run's own. */
  #nameOf(column: Column, timeline: Timeline): ColumnName {
    let name = this.#names.get(column);
    if (name === undefined) {
      const own = Object.entries(timeline).find(([, value]) => value === column)?.[0];
      const text = own === undefined ? `~${this.#names.size}` : `${timeline.id}.${own}`;
      this.#names.set(column, (name = { text, isCommon: own !== undefined }));
    }
    return name;
  }

  /** Takes over what earlier runs have computed. */
  #borrow(): void {
    const computed = this.#computed;
    if (computed === undefined) return;
    for (const [node, id] of this.#ids) {
      if (node.isGrowing) continue;
      const found = computed.find(id);
      if (found !== undefined) node.borrow(found);
      else if (computed.isWanted(id)) this.#lendable.push(node);
    }
  }

  /** What is to be computed whole for further runs. */
  readonly #lendable: IndicatorNode[] = [];

  #lend(): void {
    const computed = this.#computed;
    if (computed === undefined) return;
    for (const node of this.#lendable) {
      const { loaded } = node.timeline;
      if (node.done !== loaded || loaded === 0) continue;
      computed.keep(
        this.#ids.get(node)!,
        node.io.outputs.map((output) => output.values.subarray(0, loaded)),
      );
    }
  }

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
   * Readies a run over a whole history: from now on `roll` computes the indicators in `wanted` as the run comes to their bars. The others
   * are computed when they are read: most are steps on the way to another, and columns that are never read would cost a
   * run more than its strategy does.
   */
  prepare(wanted: ReadonlySet<IndicatorNode>): void {
    this.#borrow();
    if (this.looksAcross || this.nodes.some((node) => node.isGrowing)) {
      this.advance();
      this.#lend();
      return;
    }
    for (const node of this.nodes) node.isWhole = node.done > 0;
    if (this.#lendable.length > 0) this.computeWhole(this.#lendable);
    this.#lend();
    this.ahead = wanted;
    this.rolling = new Chain(this.nodes, wanted, rollBars);
  }

  /**
   * Computes what is read as the run goes on, for the present bar of each data and `ahead` more, and lets go of what lies far behind.
   *
   * @param ahead - At most `rollBars`: then as many bars back stay readable as well.
   */
  roll(ahead: number): void {
    this.rolling?.advance(ahead);
  }

  /** Makes every bar of an indicator readable that `prepare` left out. */
  hold(node: IndicatorNode): void {
    if (!node.isWhole) this.computeWhole([node]);
  }

  private computeWhole(wanted: readonly IndicatorNode[]): void {
    // What was computed as the run went shares its sources with these.
    const all = new Set([...this.ahead, ...wanted]);
    this.ahead = none;
    this.rolling = undefined;
    const chain = new Chain(this.nodes, all, 0);
    for (const node of all) node.isWhole = true;
    chain.advance(Infinity);
  }

  /** Computes every indicator up to the bars that are loaded; those of growing bars are left to `follow`. */
  advance(): void {
    const { nodes, looksAcross } = this;
    // All of them chunk by chunk: what one has written the next one finds near.
    let isLeft = true;
    while (isLeft) {
      isLeft = false;
      for (let k = 0; k < nodes.length; k++) {
        const node = nodes[k]!;
        if (node.isGrowing) continue;
        if (looksAcross) node.advance(node.reach());
        else if (node.catchUp()) isLeft = true;
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
      const first = node.timeline.index - Math.max(keep, historyOf(node, this.nodes));
      for (const output of node.io.outputs) output.trim(first);
    }
  }
}
