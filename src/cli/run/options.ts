/** The options of `nextbar run`, and the feeds they describe. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';

import type { Cerebro } from '../../engine/index.ts';
import type { DataFeed } from '../../feeds/index.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { csvDialect, csvOptions, policiesOf, refuseDialect } from '../data/csv-options.ts';
import { storageOf } from '../data/series.ts';
import { exchangeFeeds } from '../data/feeds.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { notBoth, rangeOption, timeframeOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { cashShareOption } from './chosen-strategies.ts';

/** The options of `run` and `audit` that say which bars a strategy runs over, and how. */
export const barsOptions: readonly OptionSpec[] = [
  ...flagsNamed('csv', 'synthetic', 'bars'),
  flag('timeframe', { about: 'The length of a bar: 1m, 15m, 1h, 4h, 1d, 1w, 1M ... (synthetic: default 1h)' }),
  ...flagsNamed('start', 'end'),
  flag('symbol', { about: 'The instrument, such as BTC/USDT (default: the name of the data)' }),
  ...flagsNamed('exchange', 'type', 'funding', 'open-interest', 'folder', 'storage', 'url', 'rate-limit'),
  ...csvOptions,
  ...flagsNamed('strategy', 'param', 'cash', 'commission', 'slippage', 'size'),
];

export const runOptions: readonly OptionSpec[] = [
  ...flagsNamed('config'),
  ...barsOptions,
  cashShareOption,
  ...flagsNamed('resample', 'rules', 'plan'),
  flag('session', {
    about: 'Run the strategy of a live session over the bars that it recorded, in place of FILE and bars',
  }),
  ...flagsNamed('sessions'),
  {
    name: 'models',
    value: 'FILE',
    about: 'File of slippage, latency and queue as nextbar calibrate fitted them (default: none)',
  },
  flag('json'),
  {
    name: 'report',
    value: 'FILE',
    otherwise: 'report.html',
    about: 'Write the report: one HTML file with every picture, table and figure of the run',
  },
  { name: 'no-source', about: "Leave the strategy's source out of the report and of the kept run" },
  { name: 'trades', value: 'FILE', about: 'Write the closed trades: CSV, or JSON or Parquet by the ending' },
  { name: 'orders', value: 'FILE', about: 'Write every order: CSV, or JSON or Parquet by the ending' },
  { name: 'fills', value: 'FILE', about: 'Write every fill: CSV, or JSON or Parquet by the ending' },
  {
    name: 'equity',
    value: 'FILE',
    about: 'Write time, cash and value after each bar: CSV, or JSON or Parquet by the ending',
  },
  {
    name: 'png',
    value: 'FILE',
    otherwise: 'chart.png',
    about: 'Write the main chart as a picture; needs Chromium or Chrome, and playwright-core',
  },
  { name: 'chart', about: 'Draw value, drawdown and candles with trades in the terminal' },
  { name: 'watch', about: 'Run again whenever the strategy file changes, and refresh the report in the browser' },
  { name: 'port', value: 'N', about: 'Port of the page of --watch (default: a free one)' },
  { name: 'no-keep', about: 'Do not keep the run in the registry (nextbar runs)' },
  { name: 'tag', value: 'TAG', isRepeated: true, about: 'A tag for the kept run' },
  { name: 'note', value: 'TEXT', about: 'A note for the kept run' },
  { name: 'summary', value: 'FILE', about: 'Write the figures, settings and warnings as Markdown' },
  flag('quiet'),
];

/** The default number of synthetic bars: two years of hours. */
const defaultBars = 17_520;

/** The feeds that the options describe, in the order given. */
export async function feedsOf(given: GivenOptions): Promise<DataFeed[]> {
  if (given.has('exchange')) {
    for (const name of ['csv', 'synthetic']) notBoth(given, 'exchange', name);
    refuseDialect(given, 'exchange');
    return exchangeFeeds(given);
  }
  for (const name of ['symbol', 'timeframe']) {
    if (given.all(name).length > 1) throw usage(`--${name} can be given several times only with --exchange`);
  }
  for (const name of ['funding', 'open-interest']) {
    if (given.has(name)) throw usage(`--${name} is for --exchange; a file has it as a column of that name`);
  }
  const { CsvDataFeed, GeneratedDataFeed } = await import('../../feeds/index.ts');
  const range = rangeOption(given);
  const symbol = given.get('symbol');
  const files = given.all('csv');
  if (given.has('synthetic')) {
    notBoth(given, 'csv', 'synthetic');
    refuseDialect(given, 'synthetic');
    const validation = policiesOf(given);
    storageOf(given);
    const count = wholeNumber(given, 'bars', 1) ?? (range.end === undefined ? defaultBars : undefined);
    const options = {
      ...range,
      timeframe: given.get('timeframe') ?? '1h',
      seed: wholeNumber(given, 'synthetic', -Infinity) ?? 1,
      ...(count !== undefined && { count }),
      ...(symbol !== undefined && { symbol }),
      ...(validation !== undefined && { validation }),
    };
    return [new GeneratedDataFeed(options)];
  }
  if (files.length === 0)
    throw usage('no bars to run over: give --csv FILE --timeframe TF, or --exchange, or --synthetic');
  if (given.has('bars'))
    throw usage('--bars is for --exchange and --synthetic; choose a part of a file with --start and --end');
  const timeframe = given.get('timeframe');
  if (timeframe === undefined) throw usage('--csv needs --timeframe, the length of a bar, such as --timeframe 1h');
  const named = new Map<string, string[]>();
  for (const text of files) {
    const { name, path } = nameOf(text);
    const first = [...named.keys()][0];
    const key =
      name ?? (first === undefined || files.some((one) => nameOf(one).name !== undefined) ? stem(path) : first);
    named.set(key, [...(named.get(key) ?? []), path]);
  }
  if (symbol !== undefined && named.size > 1)
    throw usage('--symbol is for one file; name several with --csv NAME=FILE');
  return [...named].map(
    ([name, path]) =>
      new CsvDataFeed({ ...range, ...csvDialect(given), path, timeframe, name, symbol: symbol ?? name }),
  );
}

/** Splits `btc=data/BTCUSDT-1h.csv` into name and file. */
function nameOf(text: string): { readonly name?: string; readonly path: string } {
  const at = text.indexOf('=');
  return at > 0 && !existsSync(text) ? { name: text.slice(0, at), path: text.slice(at + 1) } : { path: text };
}

/** The default name of a data: the file's, without its endings. */
function stem(path: string): string {
  return basename(path)
    .replace(/\.(?:gz|zip)$/i, '')
    .replace(/\.csv$/i, '');
}

/** Adds the feeds to a run, and the longer bars of `--resample`: `4h` of the first, `btc=4h` of the one with that name. */
export function addDatas(cerebro: Cerebro, feeds: readonly DataFeed[], given: GivenOptions): void {
  for (const feed of feeds) cerebro.addData(feed);
  for (const text of given.all('resample')) {
    const [to, name] = text.split('=').reverse();
    timeframeOption('resample', to!);
    cerebro.resampleData(name ?? feeds[0]!.name, to!);
  }
}
