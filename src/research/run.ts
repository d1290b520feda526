/** One run in one line, for research scripts. */
import { ConfigError, shown } from '../core/index.ts';
import {
  Cerebro,
  type CerebroOptions,
  type GivenParams,
  type RunResult,
  type Strategy,
  type StrategyClass,
  type StrategyContext,
  type StrategyResult,
} from '../engine/index.ts';
import { BarsDataFeed, BarTable, DataFeed, HeldFeed } from '../feeds/index.ts';

/** Bars to run over: what `load` returns, a feed, or several of these, in a list or by the names that the strategy finds them by. */
export type RunData = OneData | readonly OneData[] | Readonly<Record<string, OneData>>;

/** Bars of one data: what `load` returns, its promise, or a feed. */
export type OneData = BarTable | DataFeed | Promise<BarTable>;

/** The result of a run of one strategy, which has the class and the parameters of that strategy. */
export interface SingleRunResult<P extends object, S extends Strategy<P>> extends RunResult {
  /** The result of the strategy, alone in its list. */
  readonly strategies: readonly [
    StrategyResult & {
      /** The parameters it ran with. */
      readonly params: Readonly<P>;
      /** The strategy itself, as `stop` left it. */
      readonly strategy: S;
    },
  ];
}

/**
 * Runs a strategy over bars.
 *
 * ```ts
 * const { stats } = await run(SmaCross, load({ path: 'BTCUSDT-1h.csv', timeframe: '1h' }), { fast: 5 }, { commission: 0.001 });
 * ```
 *
 * @param params - Parameters other than the defaults; `{ fats: 5 }` does not compile.
 * @param options - As of a Cerebro.
 * @throws {ConfigError} If a parameter is not one of the class's, or what is given is no bars.
 */
export async function run<P extends object, S extends Strategy<P>>(
  strategy: StrategyClass<P> & (new (context: StrategyContext<P>) => S),
  data: RunData,
  params: GivenParams<P> = {},
  options: CerebroOptions = {},
): Promise<SingleRunResult<P, S>> {
  if (Array.isArray(strategy)) {
    throw new ConfigError('run takes one strategy class, was a list: run each, or add several to a Cerebro');
  }
  const named = entriesOf(data);
  const feeds = await Promise.all(named.map(async ([name, one]) => feedOf(await one, name)));
  const cerebro = new Cerebro(options);
  named.forEach(([name], k) => {
    if (typeof name === 'string') cerebro.addData(feeds[k]!, name);
    else cerebro.addData(feeds[k]!);
  });
  return (await cerebro.addStrategy(strategy, params).run()) as SingleRunResult<P, S>;
}

/** The datas with their names, or with their places in a list of several. */
function entriesOf(data: unknown): (readonly [name: string | number | undefined, one: unknown])[] {
  if (typeof data !== 'object' || data === null || isOne(data)) return [[undefined, data]];
  const entries = Array.isArray(data)
    ? data.map((one: unknown, place) => [place, one] as const)
    : Object.entries(data as Readonly<Record<string, unknown>>);
  if (entries.length > 0) return entries;
  throw new ConfigError(`run needs bars, was an empty list of datas`, { context: { field: 'data' } });
}

function isOne(data: object): data is OneData {
  return data instanceof BarTable || data instanceof DataFeed || data instanceof Promise;
}

/** @throws {ConfigError} If it is no bars. */
function feedOf(one: unknown, name: string | number | undefined): DataFeed {
  if (one instanceof DataFeed) return one;
  if (one instanceof BarTable) {
    const { symbol, timeframe, facts, report, warnings, instrument } = one;
    if (facts !== undefined) return Object.assign(new HeldFeed(one, facts, warnings), { report });
    const own = typeof name === 'string' ? name : one.name;
    const about = { name: own, symbol, timeframe: timeframe.name, ...(instrument && { instrument }) };
    return new BarsDataFeed({ bars: one, ...about, validation: { gaps: 'report' } });
  }
  const which =
    name === undefined ? 'run needs' : `data ${typeof name === 'string' ? `'${name}'` : name} of run must be`;
  throw new ConfigError(`${which} what load() of nextbar/feeds returns, or a feed, was ${shown(one)}`, {
    context: { field: 'data' },
  });
}
