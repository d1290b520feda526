/** How much history indicators need before their values stop depending on where the data began. */
import { lowerBound } from '../../core/index.ts';
import type { IndicatorNode } from '../../lines/index.ts';
import type { Trace } from './trace.ts';

/** An indicator that remembers: its value depends on bars long before its period, as an exponential average's does. */
export interface WarmUp {
  /** The strategy's name. */
  readonly strategy: string;
  /** The indicator and its data. */
  readonly what: string;
  /** Bars until its first value. */
  readonly minPeriod: number;
  /** Bars until the value no longer depends on where the data began; undefined if all the data was not enough. */
  readonly bars: number | undefined;
}

/** Compares indicators of a run with those of runs that began later. */
export function warmUps(truth: Trace, late: readonly Trace[], tolerance: number): WarmUp[] {
  return truth.strategies.flatMap(({ name, nodes }, k) =>
    nodes.flatMap((node, n) => {
      let need: number | undefined = 0;
      let minPeriod = 0;
      for (const other of late) {
        const twin = other.strategies[k]?.nodes[n];
        if (twin === undefined || twin.done === 0) continue;
        const found = barsNeeded(node, twin, tolerance);
        minPeriod = Math.max(minPeriod, found.minPeriod);
        need = need === undefined || found.bars === undefined ? undefined : Math.max(need, found.bars);
      }
      if (need !== undefined && need <= minPeriod) return [];
      return [{ strategy: name, what: `${node.name} of '${node.timeline.info.name}'`, minPeriod, bars: need }];
    }),
  );
}

/** Bars after which `twin`, whose data began later, has the values of `node`. */
function barsNeeded(
  node: IndicatorNode,
  twin: IndicatorNode,
  tolerance: number,
): { readonly minPeriod: number; readonly bars: number | undefined } {
  const times = node.timeline.time;
  const offset = lowerBound(times.values.subarray(0, times.length), twin.timeline.time.at(0));
  let minPeriod = 0;
  let needed = 0;
  for (const [k, output] of node.io.outputs.entries()) {
    const column = twin.io.outputs[k]!;
    const scale = meanSize(output.values, node.done);
    let first = -1;
    for (let i = 0; i < twin.done; i++) {
      const [mine, theirs] = [output.at(i + offset), column.at(i)];
      if (first < 0 && theirs === theirs) first = i;
      if (first < 0 || (mine !== mine && theirs !== theirs)) continue;
      if (!(Math.abs(mine - theirs) <= tolerance * Math.max(Math.abs(mine), scale))) needed = Math.max(needed, i + 2);
    }
    minPeriod = Math.max(minPeriod, first + 1);
  }
  return { minPeriod, bars: needed > twin.done ? undefined : needed };
}

function meanSize(values: Float64Array, count: number): number {
  let [sum, n] = [0, 0];
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    sum += Math.abs(value);
    n++;
  }
  return n === 0 ? 0 : sum / n;
}
