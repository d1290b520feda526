/** Indicators computed together, chunk by chunk: what one has written the next one finds near. */
import { mapped } from './mapped.ts';
import { rollBars, type IndicatorNode } from './node.ts';

/** Some indicators with all that they are made of and that is not kept whole, from their first bar on. */
export class Chain {
  private readonly nodes: readonly IndicatorNode[];
  /** Bars that each keeps; nothing is let go of one that is kept whole. */
  private readonly spans: readonly number[];

  /**
   * @param all - The strategy's indicators, each behind those it reads from.
   * @param wanted - Those to be computed; what was computed of them is forgotten.
   * @param behind - Bars of these that stay readable besides those that their readers look back to.
   */
  constructor(all: readonly IndicatorNode[], wanted: ReadonlySet<IndicatorNode>, behind: number) {
    const needed = new Set<IndicatorNode>();
    const need = (node: IndicatorNode): void => {
      if (node.isWhole || needed.has(node)) return;
      needed.add(node);
      node.restart();
      node.sources.forEach(need);
    };
    wanted.forEach(need);
    this.nodes = all.filter((node) => needed.has(node));
    // What one has written in a go its readers have not read yet.
    this.spans = mapped(this.nodes, (node) => historyOf(node, all) + rollBars + (wanted.has(node) ? behind : 0));
    // All the room that a column will take, at once.
    this.nodes.forEach(({ timeline, io }, k) => {
      const most = Math.min(timeline.loaded, 2 * this.spans[k]! + rollBars);
      for (const output of io.outputs) output.reserve(most);
    });
  }

  /** Computes the present bar of each data and `ahead` more, as far as there are any. */
  advance(ahead: number): void {
    const { nodes, spans } = this;
    let isLeft = true;
    while (isLeft) {
      isLeft = false;
      for (let k = 0; k < nodes.length; k++) {
        const node = nodes[k]!;
        if (node.advanceSome(Math.min(node.timeline.index + 1 + ahead, node.reach()))) isLeft = true;
        if (node.isWhole) continue;
        for (const output of node.io.outputs) {
          if (node.done - output.base > 2 * spans[k]!) output.trim(node.done - spans[k]!);
        }
      }
    }
  }
}

/** Bars before the present one that a node or one of its readers looks back to. */
export function historyOf(node: IndicatorNode, all: readonly IndicatorNode[]): number {
  let most = node.history;
  for (const reader of all) {
    if (reader.io.inputs.some((input) => node.io.outputs.includes(input))) most = Math.max(most, reader.history);
  }
  return most;
}
