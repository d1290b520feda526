/** `optimize`: the parameters of a strategy are searched, and the luck of the search is measured. */
import { checkNames } from '../../core/index.ts';
import type { Cerebro } from '../../engine/index.ts';
import { loadSearch } from './load-search.ts';
import { checkCallbacks, optionNames, type OptimizeOptions } from './options.ts';
import type { OptimizeResult } from './result.ts';
import { Sweep } from './sweep.ts';

/**
 * Searches the parameters that `optStrategy` was given, and measures how much of the best is luck.
 *
 * ```ts
 * const cerebro = new Cerebro({ cash: 10_000, commission: 0.001 });
 * cerebro.addData(new CsvDataFeed({ path: 'BTCUSDT-1h.csv', timeframe: '1h' }));
 * cerebro.optStrategy(SmaCross, { fast: { from: 5, to: 20 }, slow: { from: 20, to: 100, step: 5 } });
 * const { best, luck } = await optimize(cerebro, { keep: 'fast < slow' });
 * ```
 *
 * @throws {ConfigError} If nothing is searched, an option cannot be right, or every trial failed.
 */
export async function optimize(cerebro: Cerebro, options: OptimizeOptions = {}): Promise<OptimizeResult> {
  checkNames('option of optimize', options, optionNames);
  checkCallbacks(options);
  const { plan, search, backtest } = await loadSearch(cerebro, options);
  return await new Sweep(plan, backtest, search, options).run();
}
