/** `nextbar data resample`: longer bars from shorter ones, of a file or of the store. */
import { barClose, barsBetween, timeframe, type Bars, type Timeframe } from '../../core/index.ts';
import { CsvDataFeed, resampleBars, type CsvTimeFormat } from '../../feeds/index.ts';
import { BarStore, seriesName, type Series } from '../../store/index.ts';
import type { CommandContext, GivenOptions } from '../shell/command.ts';
import { writeFile } from './files.ts';
import { folderOf, rangeOf, wantedSeries } from './series.ts';
import { usage } from '../shell/options.ts';
import { counted } from '../output/words.ts';

/** `--timeframe` is what is there, `--to` what is made of it. From a file with `--csv` and `--out`, else in the store. */
export async function resample(given: GivenOptions, context: CommandContext): Promise<number> {
  const to = given.get('to');
  if (to === undefined) throw usage('data resample needs --to, the timeframe to build, such as --to 4h');
  return given.has('csv') ? resampleFile(given, timeframe(to), context) : resampleStored(given, timeframe(to), context);
}

async function resampleFile(given: GivenOptions, to: Timeframe, context: CommandContext): Promise<number> {
  const [path, out, from] = ['csv', 'out', 'timeframe'].map((name) => given.get(name));
  if (path === undefined) throw usage('--csv needs a file');
  if (out === undefined)
    throw usage('data resample --csv needs --out, the file to write, such as --out BTCUSDT-4h.csv');
  if (from === undefined) throw usage('data resample --csv needs --timeframe, the length of a bar in the file');
  const other = ['exchange', 'symbol', 'folder'].find((name) => given.has(name));
  if (other !== undefined) throw usage(`--csv and --${other} cannot both be given`);
  const timeFormat = given.get('time-format');
  const feed = new CsvDataFeed({
    path,
    symbol: 'bars',
    timeframe: from,
    ...rangeOf(given),
    ...(timeFormat !== undefined && { timeFormat: timeFormat as CsvTimeFormat }),
  });
  const longer = wholeBars(await feed.load({ runtime: context.runtime }), from, to);
  await writeFile(out, longer);
  context.stdout.write(`${counted(longer.time.length, 'bar')} of ${to.name} in ${out}\n`);
  return 0;
}

async function resampleStored(given: GivenOptions, to: Timeframe, context: CommandContext): Promise<number> {
  if (given.has('out')) throw usage('--out goes with --csv: what is made of stored bars is stored beside them');
  const [source, second] = await wantedSeries(given);
  if (source === undefined || second !== undefined) {
    throw usage('data resample takes one exchange, symbol and timeframe');
  }
  const series: Series = { ...source, timeframe: to.name };
  const store = await BarStore.open({ ...folderOf(given), runtime: context.runtime });
  try {
    const { start = -Infinity, end = Infinity } = rangeOf(given);
    const bars = store.read(source, { start, end });
    const last = bars.time[bars.time.length - 1];
    if (last === undefined) throw usage(`no stored bars of ${seriesName(source)} in that range`);
    const known = { start: bars.time[0]!, end: barClose(timeframe(source.timeframe), last) };
    if (store.missing(source, known).length > 0) {
      throw usage(`stored bars of ${seriesName(source)} have a stretch that was never fetched: download it first`);
    }
    const longer = wholeBars(bars, source.timeframe, to);
    const ends = barClose(to, longer.time[longer.time.length - 1]!);
    await store.write(
      series,
      { start: longer.time[0]!, end: ends, source: `resampled from ${source.timeframe}` },
      longer,
    );
    context.stdout.write(`${counted(longer.time.length, 'bar')} of ${seriesName(series)} from ${source.timeframe}\n`);
    return 0;
  } finally {
    store.close();
  }
}

/** The longer bars of which the beginning and the end are there. */
function wholeBars(bars: Bars, from: string, to: Timeframe): Bars {
  const { closeTime: _, ...all } = resampleBars(bars, from, to);
  const longer = barsBetween(all, bars.time[0], undefined);
  if (longer.time.length === 0) throw usage(`${counted(bars.time.length, 'bar')} make no whole ${to.name} bar`);
  return longer;
}
