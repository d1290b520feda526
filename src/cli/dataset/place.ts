/** The dataset of a command: its folder, and the exchanges and symbols that it is built from. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { AuthError, ConnectorError, unifiedSymbol } from '../../core/index.ts';
import type { Dataset, DatasetSource } from '../../dataset/index.ts';
import { connectionOf, folderOf } from '../data/series.ts';
import type { CommandContext, GivenOptions, OptionSpec } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { usage } from '../shell/usage.ts';

/** What a dataset is built from, as kept in `dataset.json`. */
interface Recipe {
  readonly exchanges: readonly string[];
  readonly symbols: readonly string[];
  readonly trades: boolean;
}

export const datasetOption: OptionSpec = { name: 'dataset', value: 'DIR', about: 'Folder of the dataset (default dataset)' }; // prettier-ignore

/** The options that say what a dataset is made of; after the first build they are remembered. */
export const recipeOptions: readonly OptionSpec[] = [
  datasetOption,
  ...flagsNamed('exchange', 'symbol'),
  { name: 'trades', about: 'Fetch public trades too: many requests for a liquid market' },
  ...flagsNamed('folder', 'url', 'rate-limit'),
];

export function folderOfDataset(given: GivenOptions): string {
  return given.get('dataset') ?? 'dataset';
}

/** Opens the dataset that the options name. @param withSources - Whether it is to be built, and exchanges are needed. */
export async function openDataset(
  given: GivenOptions,
  context: CommandContext,
  withSources: boolean,
): Promise<Dataset> {
  const { ccxtSource, Dataset: Opened, marketAssets } = await import('../../dataset/index.ts');
  const folder = folderOfDataset(given);
  const path = join(folder, 'dataset.json');
  const old = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Recipe) : undefined;
  // Exchanges and symbols named later are added: everything built so far stays part of the dataset.
  const recipe: Recipe = {
    exchanges: [...new Set([...(old?.exchanges ?? []), ...given.all('exchange')])],
    symbols: [...new Set([...(old?.symbols ?? []), ...given.all('symbol').map(unifiedSymbol)])],
    trades: given.has('trades') || old?.trades === true,
  };
  if (recipe.exchanges.length === 0 || recipe.symbols.length === 0) {
    throw usage(
      old === undefined && !withSources
        ? `there is no dataset in ${folder}: begin one with nextbar dataset build --exchange ID --symbol NAME --start TIME`
        : 'a new dataset needs --exchange and --symbol, such as --exchange binance --symbol BTC/USDT',
    );
  }
  const opened = await Promise.allSettled(
    recipe.exchanges.map(async (exchange): Promise<DatasetSource> => {
      if (!withSources) return offline(exchange, recipe.symbols);
      return ccxtSource({
        exchange,
        symbols: recipe.symbols,
        hasTrades: recipe.trades,
        connection: connectionOf(given),
        runtime: context.runtime,
        ...folderOf(given),
      });
    }),
  );
  // An unreachable exchange does not stop the others; without any there is nothing to do.
  const isAnyThere = opened.some(({ status }) => status === 'fulfilled');
  const sources = opened.map((one, i): DatasetSource => {
    if (one.status === 'fulfilled') return one.value;
    const reason: unknown = one.reason;
    if (!isAnyThere || !(reason instanceof ConnectorError) || reason instanceof AuthError) throw reason;
    return { ...offline(recipe.exchanges[i]!, recipe.symbols), away: reason };
  });
  if (withSources && given.has('symbol')) await requireListed(sources, given.all('symbol').map(unifiedSymbol));
  const dataset = await Opened.open({
    folder,
    assets: marketAssets(sources),
    exchanges: recipe.exchanges,
    isMade: withSources,
    runtime: context.runtime,
  });
  if (withSources) {
    // Two builds may begin at once: each writes a file of its own.
    const temporary = `${path}.${process.pid}.tmp`;
    writeFileSync(temporary, `${JSON.stringify(recipe, undefined, 2)}\n`);
    renameSync(temporary, path);
  }
  return dataset;
}

/** Refuses a symbol that no exchange lists, which every partition would lack. */
async function requireListed(sources: readonly DatasetSource[], symbols: readonly string[]): Promise<void> {
  for (const symbol of symbols) {
    const found = await Promise.allSettled(sources.map((source) => source.instrument(symbol)));
    const [first] = found;
    if (first?.status === 'rejected' && found.every(({ status }) => status === 'rejected')) throw first.reason;
  }
}

/** A source that names exchange and symbols and makes no request. */
function offline(exchange: string, symbols: readonly string[]): DatasetSource {
  const refuse = (): never => {
    throw new Error('this command makes no request to an exchange');
  };
  return { exchange, symbols, instrument: refuse, bars: refuse };
}
