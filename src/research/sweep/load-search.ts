/** Loading the bars that a search may see: those before its holdout, and a note of whoever read further. */
import { barClose, ConfigError, formatTime, lowerBound, sliceBars, toTime, type Bars } from '../../core/index.ts';
import {
  planOf,
  RepeatedBacktest,
  searchesOf,
  type Cerebro,
  type PlannedSearch,
  type RunPlan,
} from '../../engine/index.ts';
import { readsFrom, type DataFeed } from '../../feeds/index.ts';
import type { OptimizeOptions } from './options.ts';

/** A search with its bars in memory: those before `holdout`. @throws {ConfigError} If nothing is searched, or nothing held out. */
export async function loadSearch(
  cerebro: Cerebro,
  options: Pick<OptimizeOptions, 'signal' | 'holdout' | 'onLoad'>,
): Promise<{ readonly plan: RunPlan; readonly search: PlannedSearch; readonly backtest: RepeatedBacktest }> {
  const [search, ...others] = searchesOf(cerebro);
  if (search === undefined)
    throw new ConfigError('nothing is searched: call cerebro.optStrategy(TheClass, { name: values }) first');
  if (others.length > 0) throw new ConfigError('optStrategy was called more than once: a sweep searches one strategy');
  const holdout = options.holdout === undefined ? undefined : toTime(options.holdout, 'holdout');
  const plan = planOf(cerebro);
  if (plan.datas.length === 0) throw new ConfigError('no data: call addData(feed) first');
  let heldOut = 0;
  let last = -Infinity;
  const backtest = await RepeatedBacktest.load(plan, {
    ...(options.signal && { signal: options.signal }),
    ...(options.onLoad && { onLoad: options.onLoad }),
    ...(holdout !== undefined && {
      alter: (bars, feed) => {
        const kept = before(bars, holdout, feed);
        heldOut += bars.time.length - kept.time.length;
        last = Math.max(last, bars.time.at(-1) ?? -Infinity);
        return kept;
      },
    }),
  });
  if (holdout !== undefined && heldOut === 0) {
    throw new ConfigError(`holdout must hold out at least one bar: the last one opens at ${formatTime(last)}`, {
      context: { field: 'holdout' },
    });
  }
  return { plan, search, backtest };
}

/** The bars that have closed by a moment: one that goes on after it would tell what is held out. @throws {ConfigError} If there is none. */
function before(bars: Bars, end: number, { name, timeframe }: DataFeed): Bars {
  let to = lowerBound(bars.time, end);
  while (to > 0 && barClose(timeframe, bars.time[to - 1]!) > end) to--;
  if (to === 0) {
    throw new ConfigError(
      `holdout must leave at least one bar of '${name}', whose bars open from ${formatTime(bars.time[0] ?? NaN)} on`,
      {
        context: { field: 'holdout' },
      },
    );
  }
  // A copy: a view would still lead to what is held out.
  return to === bars.time.length ? bars : copied(sliceBars(bars, 0, to));
}

function copied(bars: Bars): Bars {
  return Object.fromEntries(
    Object.entries(bars).map(([name, column]) => [name, (column as Float64Array).slice()]),
  ) as unknown as Bars;
}

/** What a strategy read beside a search that holds bars out. */
export function readBeside({ holdout }: Pick<OptimizeOptions, 'holdout'>): readonly string[] {
  return holdout === undefined ? [] : readsFrom(toTime(holdout, 'holdout'));
}
