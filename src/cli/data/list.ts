/** `nextbar data list`, `info`, `verify` and `clear`: the series in the bar store. */
import { formatTime, typeOfSymbol, unknownName } from '../../core/index.ts';
import {
  BarStore,
  checkStore,
  listSeries,
  PointStore,
  TickStore,
  type TicksInfo,
  repairStore,
  seriesName,
  venueName,
  type PointsInfo,
  type Series,
  type SeriesInfo,
} from '../../store/index.ts';
import { printable } from '../output/printable.ts';
import { counted, size } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { usage } from '../shell/usage.ts';
import { folderOf, requireStore, seriesFilter } from './series.ts';

async function withStore<T>(given: GivenOptions, context: CommandContext, act: (store: BarStore) => T): Promise<T> {
  requireStore(given);
  const store = await BarStore.open({ ...folderOf(given), isMade: false, runtime: context.runtime });
  try {
    return act(store);
  } finally {
    store.close();
  }
}

/** One line per series. */
async function listBars(given: GivenOptions, context: CommandContext): Promise<number> {
  const filter = seriesFilter(given);
  const found = await withStore(given, context, (store) => listSeries(store, filter));
  const points = await stored<PointsInfo, PointStore>(PointStore, given, filter);
  const ticks = await stored<TicksInfo, TickStore>(TickStore, given, filter);
  if (found.length + points.length + ticks.length === 0) await requireExchange(given, context);
  if (given.has('json')) context.stdout.write(`${JSON.stringify([...found, ...points, ...ticks])}\n`);
  else if (found.length + points.length + ticks.length === 0) context.stdout.write('no stored bars\n');
  else
    for (const line of [...found.map(lineOf), ...points.map(pointsLine), ...ticks.map(ticksLine)])
      context.stdout.write(`${line}\n`);
  return 0;
}

/**
 * Refuses an exchange that neither ccxt knows nor the store holds, where nothing was found.
 *
 * @throws {UsageError} Naming the nearest exchange.
 */
async function requireExchange(given: GivenOptions, context: CommandContext): Promise<void> {
  const [exchange] = given.all('exchange');
  if (exchange === undefined) return;
  const { exchangeIds } = await import('../../connectors/ccxt/index.ts');
  const held = await withStore(given, context, (store) => listSeries(store, {}).map((one) => one.exchange));
  const known = [...new Set([...held, ...exchangeIds()])];
  if (!known.includes(exchange)) throw usage(unknownName('--exchange', exchange, known).message);
}

/** The part of a store beside the bars that these commands use. */
interface MarketStore<Info extends { readonly symbol: string }> {
  list(filter: object): Info[];
  close(): void;
}

/** How such a store is opened: `PointStore` (funding rates, open interest) or `TickStore` (trades, quotes). */
interface MarketStoreKind<Store extends MarketStore<Info>, Info extends { readonly symbol: string }> {
  exists(folder?: string): boolean;
  open(options: { readonly folder?: string; readonly readOnly?: boolean }): Promise<Store>;
}

/** The entries of such a store that the filter chooses; none where it names a timeframe. */
async function stored<Info extends { readonly symbol: string }, Store extends MarketStore<Info>>(
  kind: MarketStoreKind<Store, Info>,
  given: GivenOptions,
  filter: Partial<Series>,
  act?: (store: Store, one: Info) => void,
): Promise<Info[]> {
  const { folder } = folderOf(given);
  if (filter.timeframe !== undefined || !kind.exists(folder)) return [];
  const store = await kind.open({ readOnly: act === undefined, ...(folder !== undefined && { folder }) });
  try {
    const { type, timeframe: _, ...wanted } = filter;
    const found = store.list(wanted).filter((one) => type === undefined || typeOfSymbol(one.symbol) === type);
    for (const one of found) act?.(store, one);
    return found;
  } finally {
    store.close();
  }
}

function ticksLine(info: TicksInfo): string {
  const { first, last } = info;
  const span = first === undefined || last === undefined ? '' : `  ${formatTime(first)} to ${formatTime(last)}`;
  return `${venueName(info)} ${info.symbol}  built from streams: ${counted(info.trades, 'trade')}, ${counted(info.quotes, 'quote')}, ${counted(info.liquidations, 'liquidation')}${span}`;
}

function pointsLine(info: PointsInfo): string {
  const { first, last } = info;
  const span = first === undefined || last === undefined ? '' : `  ${formatTime(first)} to ${formatTime(last)}`;
  return `${venueName(info)} ${info.symbol} ${info.kind}  ${counted(info.points, 'value')}${span}`;
}

/** Everything known about each series, with its ranges. */
async function infoOfBars(given: GivenOptions, context: CommandContext): Promise<number> {
  const filter = seriesFilter(given);
  const found = await withStore(given, context, (store) => listSeries(store, filter));
  const points = await stored<PointsInfo, PointStore>(PointStore, given, filter);
  const ticks = await stored<TicksInfo, TickStore>(TickStore, given, filter);
  if (found.length + points.length + ticks.length === 0) await requireExchange(given, context);
  if (given.has('json')) {
    context.stdout.write(`${JSON.stringify([...found, ...points, ...ticks])}\n`);
    return 0;
  }
  for (const info of found) {
    context.stdout.write(`${lineOf(info)}\n  ${counted(info.segments, 'segment')}, ${size(info.bytes)}\n`);
    for (const { start, end, kind, source, fetched } of info.ranges) {
      const what = `${words[kind]} ${printable(source)}`;
      context.stdout.write(
        `  ${formatTime(start)} to ${formatTime(end)}  ${what}, fetched ${formatTime(Math.floor(fetched / 1000) * 1000)}\n`,
      );
    }
  }
  for (const info of ticks) context.stdout.write(`${ticksLine(info)}\n`);
  for (const info of points) {
    context.stdout.write(`${pointsLine(info)}\n`);
    for (const { start, end } of info.ranges)
      context.stdout.write(`  ${formatTime(start)} to ${formatTime(end)}  known\n`);
  }
  return 0;
}

/** Checks every byte. Exit code 1 when something was damaged. */
async function verifyBars(given: GivenOptions, context: CommandContext): Promise<number> {
  const check = await withStore(given, context, (store) => checkStore(store, context.runtime.now()));
  if (given.has('json')) {
    context.stdout.write(`${JSON.stringify(check)}\n`);
  } else {
    context.stdout.write(`${counted(check.segments, 'segment')} checked, ${size(check.bytes)}\n`);
    for (const sentence of check.damaged) context.stdout.write(`damaged and set aside: ${sentence}\n`);
    for (const file of check.strays) context.stdout.write(`removed, no longer used: ${file}\n`);
    for (const file of check.unknown) context.stdout.write(`not in the catalog: ${file}\n`);
    if (check.unknown.length > 0) context.stdout.write('nextbar data repair adds these files to the catalog\n');
    if (check.damaged.length === 0) context.stdout.write('every segment is intact\n');
  }
  return check.damaged.length === 0 ? 0 : 1;
}

/** Makes the catalog again from the segments. */
async function repairBars(given: GivenOptions, context: CommandContext): Promise<number> {
  requireStore(given);
  const { folder = 'data-cache' } = folderOf(given);
  const repair = await repairStore(folder, context.runtime);
  if (given.has('json')) {
    context.stdout.write(`${JSON.stringify(repair)}\n`);
    return 0;
  }
  const { segments, bars, series, damaged, unused, oldCatalog } = repair;
  if (oldCatalog !== undefined) context.stdout.write(`the old catalog is now ${oldCatalog}\n`);
  context.stdout.write(`${counted(segments, 'segment')} with ${counted(bars, 'bar')} are in the new catalog\n`);
  for (const name of series) context.stdout.write(`  ${name}\n`);
  for (const file of damaged) context.stdout.write(`damaged and set aside: ${file}\n`);
  for (const file of unused) context.stdout.write(`not used: ${file}\n`);
  return 0;
}

/** Deletes series; without `--yes` it only says which. */
async function clearBars(given: GivenOptions, context: CommandContext): Promise<number> {
  const filter = seriesFilter(given);
  const sure = given.has('yes');
  const found = await withStore(given, context, (store) => {
    const series = listSeries(store, filter);
    if (sure) for (const info of series) store.clear(info);
    return series;
  });
  const points = await stored<PointsInfo, PointStore>(PointStore, given, filter, (store, one) => {
    if (sure) store.clear(one);
  });
  const ticks = await stored<TicksInfo, TickStore>(TickStore, given, filter, (store, one) => {
    if (sure) store.clear(one);
  });
  if (found.length + points.length + ticks.length === 0) await requireExchange(given, context);
  for (const line of [...found.map(lineOf), ...points.map(pointsLine), ...ticks.map(ticksLine)])
    context.stdout.write(`${sure ? 'deleted' : 'would delete'} ${line}\n`);
  if (found.length + points.length + ticks.length === 0) context.stdout.write('no stored bars\n');
  else if (!sure) context.stdout.write('add --yes to delete them\n');
  return 0;
}

const words = { known: 'from', empty: 'without bars at', unavailable: 'not served by' } as const;

function lineOf(info: SeriesInfo): string {
  const span =
    info.first === undefined || info.last === undefined
      ? ''
      : `  ${formatTime(info.first)} to ${formatTime(info.last)}`;
  return `${seriesName(info)}  ${counted(info.bars, 'bar')}${span}`;
}

const chosen = flagsNamed('exchange', 'symbol', 'type', 'timeframe', 'origin', 'folder');

export const listCommand: Command = {
  name: 'data list',
  about: 'List the stored series.',
  options: [...chosen, ...flagsNamed('json')],
  examples: ['nextbar data list', 'nextbar data list --exchange binance'],
  run: listBars,
};

export const infoCommand: Command = {
  name: 'data info',
  about: 'Show the ranges of stored series, and where each came from.',
  options: [...chosen, ...flagsNamed('json')],
  examples: ['nextbar data info --exchange binance --symbol BTC/USDT'],
  run: infoOfBars,
};

export const verifyCommand: Command = {
  name: 'data verify',
  about:
    'Check every stored byte against its checksum. Damaged segments are set aside; the next download fetches them again.',
  options: flagsNamed('folder', 'json'),
  examples: ['nextbar data verify'],
  run: verifyBars,
};

export const repairCommand: Command = {
  name: 'data repair',
  about: 'Rebuild a lost or damaged catalog from the stored segments. The old one is kept under another name.',
  options: flagsNamed('folder', 'json'),
  examples: ['nextbar data repair', 'nextbar data repair --folder /mnt/backup/data-cache'],
  run: repairBars,
};

export const clearCommand: Command = {
  name: 'data clear',
  about: 'Delete stored series.',
  options: [...chosen, { name: 'yes', about: 'Delete; without it, only list what would be deleted' }],
  examples: ['nextbar data clear --exchange binance --symbol BTC/USDT --timeframe 1m --yes'],
  run: clearBars,
};
