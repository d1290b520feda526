/** Files that a strategy reads beside its datas: orders that change when the rows after them are not there. */
import type { Cerebro } from '../../engine/index.ts';
import { cutFiles } from './files.ts';
import { leaksBetween, type Leak } from './leaks.ts';
import { cutWatch, trace, type Trace } from './trace.ts';

/**
 * Runs a strategy with its data and every file that is read cut at an order next to `near`, and finds what was another up to there, though it is
 * the same with the data alone cut. Returns the leaks, and the runs that it took.
 */
export async function readLeaks(
  make: () => Cerebro,
  reload: () => Promise<() => Cerebro>,
  truth: Trace,
  near: number,
): Promise<[Leak[], number]> {
  // At an order: there the bars to come matter.
  const end = truth.decisions.find(({ clock }) => clock >= near)?.clock ?? near;
  const cut = cutFiles(end);
  let other: Trace;
  try {
    other = await trace((await reload())(), cutWatch(end));
  } finally {
    cut.end();
  }
  if (cut.names.size === 0) return [[], 1];
  const differences = (one: Trace): Leak[] =>
    leaksBetween(truth, one, end, 'cut').filter(
      ({ kind }) => kind === 'order' || (kind === 'error' && !cut.hasEmptied),
    );
  const [found] = differences(other);
  if (found === undefined) return [[], 1];
  if (differences(await trace(make(), cutWatch(end))).length > 0) return [[], 2];
  const what = [...cut.names].map((name) => `'${name}'`).join(', ');
  return [[{ ...found, kind: 'file', what, count: 1 }], 2];
}
