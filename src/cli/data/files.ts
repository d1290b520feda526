/** `nextbar data export | import`: bars between the store and files. */
import { renameSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';

import { barAt, barClose, barColumnNames, timeframe, type Bars } from '../../core/index.ts';
import {
  ArrowDataFeed,
  CsvDataFeed,
  ParquetDataFeed,
  writeArrow,
  writeParquet,
  type CsvTimeFormat,
  type DataFeed,
} from '../../feeds/index.ts';
import { BarStore, seriesName, type Series } from '../../store/index.ts';
import type { CommandContext, GivenOptions } from '../shell/command.ts';
import { folderOf, rangeOf, wantedSeries } from './series.ts';
import { usage } from '../shell/options.ts';
import { counted } from '../output/words.ts';

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

async function fileAndSeries(given: GivenOptions, act: string): Promise<[path: string, series: Series]> {
  const [, path, more] = given.operands;
  if (path === undefined || more !== undefined) throw usage(`data ${act} takes one file, ending in ${endings}`);
  const [series, second] = await wantedSeries(given);
  if (series === undefined || second !== undefined) throw usage(`data ${act} takes one exchange, symbol and timeframe`);
  return [path, series];
}

/** Writes bars as a file of the kind that its ending says. */
export async function writeFile(path: string, bars: Bars): Promise<void> {
  switch (extname(path)) {
    case '.arrow':
      return writeArrow(path, bars);
    case '.parquet':
      return writeParquet(path, bars);
    case '.csv': {
      const lines = [['timestamp', ...barColumnNames.slice(1)].join(',')];
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
