/** `nextbar data export | import`: bars between the store and files. */
import { renameSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';

import { barAt, barClose, barsBetween, barColumnNames, timeframe, type Bars } from '../core/index.ts';
import {
  ArrowDataFeed,
  CsvDataFeed,
  ParquetDataFeed,
  resampleBars,
  writeArrow,
  writeParquet,
  type CsvTimeFormat,
  type DataFeed,
} from '../feeds/index.ts';
import { BarStore, seriesName, type Series } from '../store/index.ts';
import type { CommandContext, GivenOptions } from './command.ts';
import { folderOf, rangeOf, wantedSeries } from './data-series.ts';
import { usage } from './options.ts';
import { counted } from './words.ts';

const endings = '.csv, .arrow or .parquet';

/** Stored bars of one series as a file; its ending says which kind. */
export async function exportBars(given: GivenOptions, context: CommandContext): Promise<number> {
  const [path, series] = await fileAndSeries(given, 'export');
  const store = await BarStore.open({ ...folderOf(given), runtime: context.runtime });
  try {
    const { start = -Infinity, end = Infinity } = rangeOf(given);
    const bars = store.read(series, { start, end });
    if (bars.time.length === 0) throw usage(`no stored bars of ${seriesName(series)} in that range`);
    await writeFile(path, bars);
    context.stdout.write(`${counted(bars.time.length, 'bar')} of ${seriesName(series)} in ${path}\n`);
    return 0;
  } finally {
    store.close();
  }
}

/** A file's bars into the store, where they count as known from its first to its last bar. */
export async function importBars(given: GivenOptions, context: CommandContext): Promise<number> {
  const [path, series] = await fileAndSeries(given, 'import');
  const feed = feedOf(path, series, given);
  const bars = await feed.load({ runtime: context.runtime });
  const first = bars.time[0]!;
  const end = barClose(timeframe(series.timeframe), bars.time[bars.time.length - 1]!);
  const store = await BarStore.open({ ...folderOf(given), runtime: context.runtime });
  try {
    await store.write(series, { start: first, end, source: `file ${path}` }, bars);
  } finally {
    store.close();
  }
  context.stdout.write(`${counted(bars.time.length, 'bar')} of ${seriesName(series)} from ${path}\n`);
  return 0;
}

/** Longer bars from stored shorter ones, stored beside them. */
export async function resampleStored(given: GivenOptions, context: CommandContext): Promise<number> {
  const [series, second] = await wantedSeries(given);
  if (series === undefined || second !== undefined)
    throw usage('data resample takes one exchange, symbol and timeframe');
  const from = given.get('from');
  if (from === undefined) throw usage('data resample needs --from, the timeframe to build from, such as --from 1m');
  const source: Series = { ...series, timeframe: from };
  const store = await BarStore.open({ ...folderOf(given), runtime: context.runtime });
  try {
    const { start = -Infinity, end = Infinity } = rangeOf(given);
    const bars = store.read(source, { start, end });
    const last = bars.time[bars.time.length - 1];
    if (last === undefined) throw usage(`no stored bars of ${seriesName(source)} in that range`);
    const known = { start: bars.time[0]!, end: barClose(timeframe(from), last) };
    if (store.missing(source, known).length > 0) {
      throw usage(`stored bars of ${seriesName(source)} have a stretch that was never fetched: download it first`);
    }
    const frame = timeframe(series.timeframe);
    const { closeTime: _, ...all } = resampleBars(bars, from, frame);
    const longer = barsBetween(all, known.start, undefined);
    if (longer.time.length === 0) throw usage(`${counted(bars.time.length, 'bar')} make no whole ${frame.name} bar`);
    const ends = barClose(frame, longer.time[longer.time.length - 1]!);
    await store.write(series, { start: longer.time[0]!, end: ends, source: `resampled from ${from}` }, longer);
    context.stdout.write(`${counted(longer.time.length, 'bar')} of ${seriesName(series)} from ${from}\n`);
    return 0;
  } finally {
    store.close();
  }
}

async function fileAndSeries(given: GivenOptions, act: string): Promise<[path: string, series: Series]> {
  const [, path, more] = given.operands;
  if (path === undefined || more !== undefined) throw usage(`data ${act} takes one file, ending in ${endings}`);
  const [series, second] = await wantedSeries(given);
  if (series === undefined || second !== undefined) throw usage(`data ${act} takes one exchange, symbol and timeframe`);
  return [path, series];
}

async function writeFile(path: string, bars: Bars): Promise<void> {
  switch (extname(path)) {
    case '.arrow':
      return writeArrow(path, bars);
    case '.parquet':
      return writeParquet(path, bars);
    case '.csv': {
      const lines = [barColumnNames.join(',')];
      for (let i = 0; i < bars.time.length; i++) {
        const bar = barAt(bars, i);
        lines.push(barColumnNames.map((name) => bar[name]).join(','));
      }
      writeFileSync(`${path}.tmp`, `${lines.join('\n')}\n`);
      renameSync(`${path}.tmp`, path);
      return;
    }
    default:
      throw usage(`the file must end in ${endings}, was '${path}'`);
  }
}

function feedOf(path: string, series: Series, given: GivenOptions): DataFeed {
  const timeFormat = given.get('time-format');
  const options = {
    path,
    symbol: series.symbol,
    timeframe: series.timeframe,
    ...rangeOf(given),
    ...(timeFormat !== undefined && { timeFormat: timeFormat as CsvTimeFormat }),
  };
  if (/\.csv(?:\.gz)?$/.test(path)) return new CsvDataFeed(options);
  if (path.endsWith('.arrow')) return new ArrowDataFeed(options);
  if (path.endsWith('.parquet')) return new ParquetDataFeed(options);
  throw usage(`the file must end in ${endings}, was '${path}'`);
}
