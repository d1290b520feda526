/** Memory from run to run: a strategy that keeps bars of an earlier run knows those to come in the next. */
import type { Cerebro } from '../../engine/index.ts';
import { leaksBetween, type Leak } from './leaks.ts';
import { columnNames, trace } from './trace.ts';

/**
 * Finds what a strategy keeps between runs: a run over true bars comes out otherwise after a run over false bars than after one over true
 * bars. Clock and chance are the same in all of them. Returns the first difference; undefined without one.
 */
export async function remembered(make: () => Cerebro): Promise<Leak | undefined> {
  const run = (factor = 1): ReturnType<typeof trace> =>
    trace(
      make(),
      {
        alter: (bars) => {
          if (factor === 1) return bars;
          const dearer = columnNames.flatMap((name) => {
            const column = bars[name];
            return column === undefined ? [] : [[name, column.map((value) => factor * value)] as const];
          });
          return { ...bars, ...Object.fromEntries(dearer) };
        },
      },
      { clock: 'fixed' },
    );
  await run();
  const afterTrue = await run();
  // What is another every time, as a generator that goes on from run to run, knows nothing of bars.
  if (leaksBetween(afterTrue, await run(), Infinity, 'again').length > 0) return undefined;
  await run(2);
  const afterFalse = await run();
  const found = leaksBetween(afterTrue, afterFalse, Infinity, 'again');
  const [told] = [...found.filter(({ kind }) => kind === 'order'), ...found];
  return told && { ...told, kind: 'memory' };
}
