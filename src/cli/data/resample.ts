/** `nextbar data resample`: builds longer bars from shorter ones, of a file or of the store. */
import { barClose, barsBetween, type Bars, type Timeframe } from '../../core/index.ts';
import { CsvDataFeed, resampleBars } from '../../feeds/index.ts';
import { BarStore, seriesName, type Series } from '../../store/index.ts';
import { counted } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { notBoth, rangeOption, timeframeOption } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { checkWritable } from '../shell/writable.ts';
import { checkEnding, faultsOf, writeFile } from './files.ts';
import { csvDialect, csvOptions } from './csv-options.ts';
import { folderOf, oneSeriesOptions, requireStore, wantedOne } from './series.ts';

/** `--timeframe` names the bars that exist, `--to` those to build: of a file with `--csv` and `--out`, else in the store. */
async function resample(given: GivenOptions, context: CommandContext): Promise<number> {
  const to = given.get('to');
  if (to === undefined) throw usage('data resample needs --to, the timeframe to build, such as --to 4h');
  const longer = timeframeOption('to', to);
  return given.has('csv') ? resampleFile(given, longer, context) : resampleStored(given, longer, context);
}

async function resampleFile(given: GivenOptions, to: Timeframe, context: CommandContext): Promise<number> {
  const [out, from] = ['out', 'timeframe'].map((name) => given.get(name));
  const path = given.all('csv');
  if (path.length === 0) throw usage('--csv needs a file');
  if (out === undefined)
    throw usage('data resample --csv needs --out, the file to write, such as --out BTCUSDT-4h.csv');
  if (from === undefined) throw usage('data resample --csv needs --timeframe, the length of a bar in the file');
  for (const name of ['exchange', 'symbol', 'type', 'origin', 'folder']) notBoth(given, 'csv', name);
  checkEnding(out);
  checkWritable('--out', out);
  const feed = new CsvDataFeed({
    path,
    symbol: 'bars',
    timeframe: from,
    ...rangeOption(given),
    ...csvDialect(given),
  });
  const longer = wholeBars(await feed.load({ runtime: context.runtime }), from, to);
  await writeFile(out, longer);
  context.stdout.write(`${counted(longer.time.length, 'bar')} of ${to.name} in ${out}\n`);
  for (const warning of feed.warnings()) context.stdout.write(`  ${warning}\n`);
  return 0;
}

async function resampleStored(given: GivenOptions, to: Timeframe, context: CommandContext): Promise<number> {
  if (given.has('out')) throw usage('--out is for --csv: bars made from stored ones are stored beside them');
  const source = wantedOne(given);
  requireStore(given);
  const series: Series = { ...source, timeframe: to.name };
  const store = await BarStore.open({ ...folderOf(given), isMade: false, runtime: context.runtime });
  try {
    const { start = -Infinity, end = Infinity } = rangeOption(given);
    const bars = store.readAll(source, { start, end });
    if (bars.time.length === 0) throw usage(`no stored bars of ${seriesName(source)} in that range`);
    const longer = wholeBars(bars, source.timeframe, to);
    const ends = barClose(to, longer.time[longer.time.length - 1]!);
    await store.write(
      series,
      { start: longer.time[0]!, end: ends, source: `resampled from ${source.timeframe}` },
      longer,
    );
    context.stdout.write(`${counted(longer.time.length, 'bar')} of ${seriesName(series)} from ${source.timeframe}\n`);
    for (const warning of await faultsOf(source, bars)) context.stdout.write(`  ${warning}\n`);
    return 0;
  } finally {
    store.close();
  }
}

/** The longer bars whose first and last shorter bars both exist, with volumes rounded free of the error of a sum. */
function wholeBars(bars: Bars, from: string, to: Timeframe): Bars {
  const { closeTime: _, ...all } = resampleBars(bars, from, to);
  const longer = barsBetween(all, bars.time[0], undefined);
  if (longer.time.length === 0) throw usage(`${counted(bars.time.length, 'bar')} do not make one whole ${to.name} bar`);
  return { ...longer, volume: longer.volume.map((value) => Number(value.toPrecision(15))) };
}

export const resampleCommand: Command = {
  name: 'data resample',
  about: 'Build longer bars from stored ones and store them beside these; or from a CSV file, into a file.',
  usage: '--timeframe TF --to TF (--exchange ID --symbol NAME | --csv FILE --out FILE) [options]',
  options: [
    ...oneSeriesOptions,
    { name: 'to', value: 'TF', about: 'The timeframe to build from bars of --timeframe' },
    flag('csv', {
      value: 'FILE',
      about: 'A CSV file instead of stored bars; several, a folder or a pattern make one series',
    }),
    ...flagsNamed('origin'),
    ...csvOptions,
    { name: 'out', value: 'FILE', about: 'The file to write, with --csv: .csv, .arrow or .parquet' },
  ],
  examples: [
    'nextbar data resample --exchange binance --symbol BTC/USDT --timeframe 1h --to 4h',
    'nextbar data resample --csv BTCUSDT-1h.csv --timeframe 1h --to 4h --out BTCUSDT-4h.csv',
  ],
  run: resample,
};
