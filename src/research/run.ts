/** One run in one line, for research scripts. */
import { ConfigError } from '../core/index.ts';
import { Cerebro, type CerebroOptions, type RunResult, type StrategyClass } from '../engine/index.ts';
import { BarsDataFeed, BarTable, DataFeed } from '../feeds/index.ts';

/** Bars to run over: what `load` returns, a feed, or several of these, in a list or by the names that the strategy finds them by. */
export type RunData = OneData | readonly OneData[] | Readonly<Record<string, OneData>>;

/** Bars of one data: what `load` returns, its promise, or a feed. */
export type OneData = BarTable | DataFeed | Promise<BarTable>;

/**
 * Runs a strategy over bars.
 *
 * ```ts
 * const { stats } = await run(SmaCross, load({ path: 'BTCUSDT-1h.csv', timeframe: '1h' }), { fast: 5 }, { commission: 0.001 });
 * ```
 *
 * @param params - Parameters other than the defaults; `{ fats: 5 }` does not compile.
 * @param options - As of a Cerebro.
 */
export async function run<P extends object>(
  strategy: StrategyClass<P>,
  data: RunData,
  params: Partial<P> = {},
  options: CerebroOptions = {},
): Promise<RunResult> {
  const cerebro = new Cerebro(options);
  for (const [name, one] of entriesOf(data)) {
    const feed = feedOf(await one, name);
    if (name === undefined) cerebro.addData(feed);
    else cerebro.addData(feed, name);
  }
  return cerebro.addStrategy(strategy, params).run();
}

function entriesOf(data: RunData): (readonly [name: string | undefined, one: OneData])[] {
  if (data instanceof BarTable || data instanceof DataFeed || data instanceof Promise) return [[undefined, data]];
  if (Array.isArray(data)) return (data as readonly OneData[]).map((one) => [undefined, one] as const);
  return Object.entries(data as Readonly<Record<string, OneData>>);
}

function feedOf(one: BarTable | DataFeed, name: string | undefined): DataFeed {
  if (one instanceof DataFeed) return one;
  if (one instanceof BarTable) {
    const { symbol, timeframe } = one;
    return new BarsDataFeed({
      bars: one,
      name: name ?? one.name,
      symbol,
      timeframe: timeframe.name,
      validation: { gaps: 'report' },
    });
  }
  throw new ConfigError(
    `run needs what load() returns, or a feed${name === undefined ? '' : `, as '${name}'`}, was ${typeof one}`,
    {
      context: { field: 'data' },
    },
  );
}
