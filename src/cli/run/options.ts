/** The options of `nextbar run`, and the feeds they describe. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';

import type { CsvColumns, CsvTimeFormat, DataFeed } from '../../feeds/index.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { exchangeFeedOptions, exchangeFeeds } from '../data/feeds.ts';
import { keyAndValue, numberOption, usage } from '../shell/options.ts';

export const runOptions: readonly OptionSpec[] = [
  { name: 'csv', value: '[NAME=]FILE', isRepeated: true, about: 'Bars from a CSV file, plain or .gz; several for several datas' },
  { name: 'synthetic', value: 'SEED', isOptional: true, about: 'Synthetic bars instead of a file, the same for the same seed' },
  { name: 'bars', value: 'N', about: 'How many synthetic bars (default 17520)' },
  { name: 'timeframe', value: 'TF', isRepeated: true, about: 'The length of a bar: 1m, 15m, 1h, 4h, 1d, 1w, 1M ... (synthetic: default 1h)' },
  { name: 'start', value: 'TIME', about: 'First moment wanted, such as 2024-01-31 or 2024-01-31T12:00:00Z' },
  { name: 'end', value: 'TIME', about: 'First moment no longer wanted' },
  { name: 'symbol', value: 'NAME', isRepeated: true, about: 'What is traded, such as BTC/USDT (default: the name of the data)' },
  ...exchangeFeedOptions,
  { name: 'time-format', value: 'FORMAT', about: 'How the file writes times: ms (default), s, us or iso' },
  { name: 'column', value: 'NAME=HEADER', isRepeated: true, about: 'Which column is what: --column time=when; volume=none if there is none' },
  { name: 'delimiter', value: 'CHAR', about: "Between the file's cells (default a comma; tab is 'tab')" },
  { name: 'no-header', about: "The file's first line is a bar: columns are time, open, high, low, close, volume" },
  { name: 'strategy', value: 'NAME', about: 'Which strategy, where the file has several' },
  { name: 'param', value: 'NAME=VALUE', isRepeated: true, about: "A parameter of the strategy (see 'nextbar run FILE --help')" },
  { name: 'cash', value: 'AMOUNT', about: 'Cash at the start (default 10000)' },
  { name: 'commission', value: 'FRACTION', about: 'Of the traded value, 0.001 is 0.1 % (default 0)' },
  { name: 'slippage', value: 'FRACTION', about: 'Of the price, against you (default 0)' },
  { name: 'size', value: 'UNITS', about: 'Units of an order without a size (default: invest 95 % of the value)' },
  { name: 'json', about: 'The result as JSON on stdout, and nothing else there' },
  { name: 'trades', value: 'FILE', about: 'Write the closed trades to a CSV file' },
  { name: 'equity', value: 'FILE', about: 'Write time, cash and value after each bar to a CSV file' },
  { name: 'quiet', about: 'No summary and no progress' },
]; // prettier-ignore

/** Bars of a demonstration: two years of hours. */
const defaultBars = 17_520;

/** The feeds that the options describe, in the order given. */
export async function feedsOf(given: GivenOptions): Promise<DataFeed[]> {
  if (given.has('exchange')) {
    const other = ['csv', 'synthetic'].find((name) => given.has(name));
    if (other !== undefined) throw usage(`--exchange and --${other} cannot both be given`);
    return exchangeFeeds(given);
  }
  for (const name of ['symbol', 'timeframe']) {
    if (given.all(name).length > 1) throw usage(`--${name} can be given several times only with --exchange`);
  }
  const { CsvDataFeed, GeneratedDataFeed } = await import('../../feeds/index.ts');
  const [start, end] = [timeOption(given, 'start'), timeOption(given, 'end')];
  const range = { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
  const symbol = given.get('symbol');
  const files = given.all('csv');
  if (given.has('synthetic')) {
    if (files.length > 0) throw usage('--csv and --synthetic cannot both be given');
    const count = numberOption(given, 'bars') ?? (end === undefined ? defaultBars : undefined);
    const options = {
      ...range,
      timeframe: given.get('timeframe') ?? '1h',
      seed: numberOption(given, 'synthetic') ?? 1,
      ...(count !== undefined && { count }),
      ...(symbol !== undefined && { symbol }),
    };
    return [new GeneratedDataFeed(options)];
  }
  if (files.length === 0)
    throw usage('no bars to run over: give --csv FILE --timeframe TF, or --exchange, or --synthetic');
  if (given.has('bars')) throw usage('--bars is for --synthetic; a part of a file is chosen with --start and --end');
  const timeframe = given.get('timeframe');
  if (timeframe === undefined) throw usage('--csv needs --timeframe, the length of a bar, such as --timeframe 1h');
  if (symbol !== undefined && files.length > 1)
    throw usage('--symbol is for one file; name several with --csv NAME=FILE');
  return files.map((text) => {
    const { name, path } = nameOf(text);
    const options = { ...range, ...formatOf(given), path, timeframe, name, symbol: symbol ?? name };
    return new CsvDataFeed(options);
  });
}

/** `btc=data/BTCUSDT-1h.csv` in name and file; without a name the file's own, without its endings. */
function nameOf(text: string): { readonly name: string; readonly path: string } {
  const at = text.indexOf('=');
  if (at > 0 && !existsSync(text)) return { name: text.slice(0, at), path: text.slice(at + 1) };
  return {
    name: basename(text)
      .replace(/\.gz$/, '')
      .replace(/\.csv$/i, ''),
    path: text,
  };
}

function formatOf(given: GivenOptions): {
  readonly timeFormat?: CsvTimeFormat;
  readonly delimiter?: string;
  readonly header?: boolean;
  readonly columns?: CsvColumns;
} {
  const timeFormat = given.get('time-format');
  const delimiter = given.get('delimiter');
  const isHeaderless = given.has('no-header');
  const columns = given.all('column').map((text): [string, string | number | false] => {
    const [name, header] = keyAndValue('column', text);
    if (name === 'volume' && header === 'none') return [name, false];
    return [name, isHeaderless && /^\d+$/.test(header) ? Number(header) : header];
  });
  return {
    ...(timeFormat !== undefined && { timeFormat: timeFormat as CsvTimeFormat }),
    ...(delimiter !== undefined && { delimiter: delimiter === 'tab' ? '\t' : delimiter }),
    ...(isHeaderless && { header: false }),
    ...(columns.length > 0 && { columns: Object.fromEntries(columns) }),
  };
}

/** A time as it is written; digits alone are milliseconds. */
function timeOption(given: GivenOptions, name: string): string | number | undefined {
  const text = given.get(name);
  return text !== undefined && /^\d{5,}$/.test(text) ? Number(text) : text;
}
