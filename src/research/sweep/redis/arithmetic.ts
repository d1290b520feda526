/** How a process computes: two that differ in it may give other results for the same trial. */
import { createHash } from 'node:crypto';

import { seededRandom } from '../../../core/index.ts';

/** What decides the bits of a result beside the bars, the strategy and the version of nextbar. */
export interface Arithmetic {
  /** Major version of Node: V8 rewrites functions of Math between them, such as `Math.pow` after Node 20. */
  readonly node: string;
  /** The processor, such as `x64`. */
  readonly processor: string;
  /** SHA-256 of the results of Math functions for many arguments. Processors may round these differently. */
  readonly math: string;
}

/** Functions of Math whose last bit the standard leaves open. */
const open = [
  'acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'cbrt', 'cos', 'cosh', 'exp', 'expm1', 'hypot', 'log', 'log10',
  'log1p', 'log2', 'pow', 'sin', 'sinh', 'sqrt', 'tan', 'tanh',
] as const satisfies readonly (keyof Math)[]; // prettier-ignore

/** Widths of the ranges that arguments are drawn from. */
const widths = [1, 2, 10, 700, 1e6];
const draws = 1_000;

let own: Arithmetic | undefined;

/** How this process computes. */
export function arithmetic(): Arithmetic {
  return (own ??= { node: process.versions.node.split('.')[0]!, processor: process.arch, math: mathHash() });
}

/** Why results of a worker may not be those of a sweep; undefined where both compute alike. */
export function difference(sweep: Arithmetic, worker: Arithmetic): string | undefined {
  if (sweep.node !== worker.node) return `the sweep runs on Node ${sweep.node}, and this worker on Node ${worker.node}: their results may differ in the last bits`; // prettier-ignore
  if (sweep.math !== worker.math) return `the sweep runs on ${sweep.processor}, and this worker on ${worker.processor}, whose functions of Math round otherwise`; // prettier-ignore
  return undefined;
}

function mathHash(): string {
  const random = seededRandom(1);
  const functions: Readonly<Record<(typeof open)[number], (a: number, b: number) => number>> = Math;
  const results = new Float64Array(open.length * draws);
  let at = 0;
  for (const name of open) {
    for (let k = 0; k < draws; k++) {
      const width = widths[k % widths.length]!;
      const sign = k % 2 === 0 ? 1 : -0.5;
      const result = functions[name](sign * random() * width, (random() - 0.5) * 20);
      // No number has many bit patterns, which say nothing.
      results[at++] = Number.isNaN(result) ? 0 : result;
    }
  }
  return createHash('sha256').update(new Uint8Array(results.buffer)).digest('hex');
}
