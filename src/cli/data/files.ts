/** `nextbar data export` and `import`: bars between the store and files. */
import { extname } from 'node:path';

import { barClose, barColumnNames, extraColumnNames, timeframe, type Bars } from '../../core/index.ts';
import {
  ArrowDataFeed,
  BarsDataFeed,
  CsvDataFeed,
  ParquetDataFeed,
  writeArrow,
  writeParquet,
  type DataFeed,
  type SourceTimeFormat,
} from '../../feeds/index.ts';
import { BarStore, listSeries, seriesName, type Series } from '../../store/index.ts';
import { writeRows } from '../output/csv.ts';
import { counted } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { rangeOption } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { checkWritable } from '../shell/writable.ts';
import { csvDialect, csvOptions, isCsvPath } from './csv-options.ts';
import { folderOf, oneSeriesOptions, requireStore, storageOf, wantedOne } from './series.ts';

const endings = '.csv, .arrow or .parquet';

/** Writes the stored bars of one series to a file; its ending chooses the kind. */
async function exportBars(given: GivenOptions, context: CommandContext): Promise<number> {
  const [path, series] = fileAndSeries(given, 'export');
  checkEnding(path);
  checkWritable('data export', path);
  requireStore(given);
  const store = await BarStore.open({ ...folderOf(given), isMade: false, runtime: context.runtime });
  try {
    const { start = -Infinity, end = Infinity } = rangeOption(given);
    const bars = store.readAll(series, { start, end });
    if (bars.time.length === 0)
      throw usage(`no stored bars of ${seriesName(series)} in that range${offer(store, series)}`);
    await writeFile(path, bars);
    context.stdout.write(`${counted(bars.time.length, 'bar')} of ${seriesName(series)} in ${path}\n`);
    for (const warning of await faultsOf(series, bars)) context.stdout.write(`  ${warning}\n`);
    return 0;
  } finally {
    store.close();
  }
}

/** Faults of stored bars, such as gaps: an export reports them as an import does. */
export async function faultsOf(series: Series, bars: Bars): Promise<string[]> {
  const { timeframe: frame, symbol } = series;
  const validation = { broken: 'report', nonPositive: 'report', negativeVolume: 'report' } as const;
  const feed = new BarsDataFeed({ bars, timeframe: frame, symbol, name: seriesName(series), validation });
  await feed.load();
  return [...feed.warnings()];
}

/** How to build the bars of a missing series from shorter stored ones; empty where none fit. */
function offer(store: BarStore, series: Series): string {
  const frame = timeframe(series.timeframe);
  const shorter = listSeries(store, { exchange: series.exchange, type: series.type, symbol: series.symbol })
    .filter(({ origin, bars }) => origin === series.origin && bars > 0)
    .map((info) => timeframe(info.timeframe))
    .filter(({ ms = Infinity }) => ms < (frame.ms ?? Infinity) && (frame.ms ?? 86_400_000) % ms === 0)
    .sort((a, b) => b.ms! - a.ms!)[0];
  if (shorter === undefined) return '';
  return `; ${shorter.name} bars are stored: nextbar data resample --timeframe ${shorter.name} --to ${frame.name} builds them`;
}

/** Stores the bars of a file; the range from its first to its last bar then counts as known. */
async function importBars(given: GivenOptions, context: CommandContext): Promise<number> {
  const [path, series] = fileAndSeries(given, 'import');
  const feed = feedOf(given.operands, series, given);
  const bars = await feed.load({ runtime: context.runtime });
  const first = bars.time[0]!;
  const end = barClose(timeframe(series.timeframe), bars.time[bars.time.length - 1]!);
  const store = await BarStore.open({ ...folderOf(given), ...storageOf(given), runtime: context.runtime });
  try {
    await store.write(series, { start: first, end, source: `file ${path}` }, bars);
  } finally {
    store.close();
  }
  const from = given.operands.length > 1 ? `${given.operands.length} files` : path;
  context.stdout.write(`${counted(bars.time.length, 'bar')} of ${seriesName(series)} from ${from}\n`);
  for (const warning of feed.warnings()) context.stdout.write(`  ${warning}\n`);
  return 0;
}

function fileAndSeries(given: GivenOptions, act: string): [path: string, series: Series] {
  const [path, more] = given.operands;
  if (path === undefined) throw usage(`data ${act} takes a file, ending in ${endings}`);
  if (more !== undefined && act === 'export') throw usage(`data export takes one file, and '${more}' is a second one`);
  return [path, wantedOne(given)];
}

/** Writes bars to a file of the kind that its ending names. */
export async function writeFile(path: string, bars: Bars): Promise<void> {
  switch (extname(path)) {
    case '.arrow':
      return writeArrow(path, bars);
    case '.parquet':
      return writeParquet(path, bars);
    case '.csv': {
      return writeRows(path, barRows(bars));
    }
    default:
      checkEnding(path);
  }
}

/** Refuses a file whose ending names no kind that can be written. */
export function checkEnding(path: string): void {
  if (!['.csv', '.arrow', '.parquet'].includes(extname(path))) {
    throw usage(`the file must end in ${endings}, was '${path}'`);
  }
}

function* barRows(bars: Bars): Generator<string> {
  const names = [...barColumnNames, ...extraColumnNames.filter((name) => bars[name] !== undefined)];
  yield ['timestamp', ...names.slice(1)].join(',');
  const columns = names.map((name) => bars[name]!);
  for (let i = 0; i < bars.time.length; i++) {
    yield columns.map((column) => (Number.isNaN(column[i]!) ? '' : column[i])).join(',');
  }
}

function feedOf(paths: readonly string[], series: Series, given: GivenOptions): DataFeed {
  const dialect = csvDialect(given);
  const options = { symbol: series.symbol, timeframe: series.timeframe, ...rangeOption(given) };
  const [path = '', second] = paths;
  if (paths.every(isCsvPath)) return new CsvDataFeed({ ...options, ...dialect, path: paths });
  if (second !== undefined) throw usage('several files are read of CSV only: import others one by one');
  const { timeFormat, validation } = dialect;
  const more = {
    path,
    ...(timeFormat !== undefined && { timeFormat: timeFormat as SourceTimeFormat }),
    ...(validation && { validation }),
  };
  if (path.endsWith('.arrow')) return new ArrowDataFeed({ ...options, ...more });
  if (path.endsWith('.parquet')) return new ParquetDataFeed({ ...options, ...more });
  throw usage(`the file must end in ${endings}, was '${path}'`);
}

export const exportCommand: Command = {
  name: 'data export',
  about: `Write the stored bars of one series to a file that ends in ${endings}.`,
  operands: 'FILE',
  usage: '--exchange ID --symbol NAME --timeframe TF [options]',
  options: [...oneSeriesOptions, ...flagsNamed('origin')],
  examples: ['nextbar data export btc.parquet --exchange binance --symbol BTC/USDT --timeframe 1h'],
  run: exportBars,
};

export const importCommand: Command = {
  name: 'data import',
  about: `Store the bars of a file that ends in ${endings}; several CSV files, a folder or a pattern make one series.`,
  operands: 'FILE...',
  usage: '--exchange ID --symbol NAME --timeframe TF [options]',
  options: [...oneSeriesOptions, ...flagsNamed('storage', 'origin'), ...csvOptions],
  examples: ['nextbar data import btc.csv --exchange binance --symbol BTC/USDT --timeframe 1h --time-format s'],
  run: importBars,
};
