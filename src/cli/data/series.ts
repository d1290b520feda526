/** The stored series and the exchange that options name. */
import { existsSync, statSync } from 'node:fs';

import { unknownName, unifiedSymbol, typeOfSymbol, type Instrument } from '../../core/index.ts';
import type { Series, StorageForm } from '../../store/index.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { numberOption, timeframeOption } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

/** The options that choose stored series and a range of them. */
export const seriesOptions: readonly OptionSpec[] = flagsNamed(
  'exchange',
  'symbol',
  'type',
  'timeframe',
  'start',
  'end',
  'folder',
);

/** The options that choose one stored series and a range of it. */
export const oneSeriesOptions: readonly OptionSpec[] = [
  flag('exchange', { isRepeated: false }),
  flag('symbol', { isRepeated: false, about: 'The instrument, such as BTC/USDT' }),
  ...flagsNamed('type'),
  flag('timeframe', { isRepeated: false }),
  ...flagsNamed('start', 'end', 'folder'),
];

/** `--folder` in the form that stores and feeds take. */
export function folderOf(given: GivenOptions): { readonly folder?: string } {
  const folder = given.get('folder');
  return folder === undefined ? {} : { folder };
}

/** Refuses a missing folder of the bar store, so that reading does not make one. @throws {UsageError} */
export function requireStore(given: GivenOptions): void {
  const { folder = 'data-cache' } = folderOf(given);
  if (!existsSync(folder)) throw usage(`there is no bar store in ${folder}: --folder names another folder`);
  if (!statSync(folder).isDirectory()) throw usage(`--folder must be a folder, and ${folder} is a file`);
}

/** `--storage` in the form that stores and feeds take. */
export function storageOf(given: GivenOptions): { readonly storage?: StorageForm } {
  const text = given.get('storage');
  if (text === undefined) return {};
  if (text === 'arrow' || text === 'parquet') return { storage: text };
  throw usage(unknownName('--storage', text, ['arrow', 'parquet']).message);
}

/** `--funding` and `--open-interest` in the form that feeds take. */
export function pointsOf(given: GivenOptions): { readonly funding?: true; readonly openInterest?: true } {
  return {
    ...(given.has('funding') && { funding: true as const }),
    ...(given.has('open-interest') && { openInterest: true as const }),
  };
}

/** The connection options that were given. */
export function connectionOf(given: GivenOptions): { readonly url?: string; readonly rateLimitMs?: number } {
  const url = given.get('url');
  const rate = numberOption(given, 'rate-limit');
  if (rate !== undefined && rate < 0) throw usage(`--rate-limit must be 0 ms or more, was ${rate}`);
  return { ...(url !== undefined && { url }), ...(rate !== undefined && { rateLimitMs: rate }) };
}

/** The kinds of instrument that `--type` takes. */
const kinds = ['spot', 'swap', 'future', 'option'] as const satisfies readonly Instrument['type'][];

/** The kind that `--type` names; undefined when it was not given. */
export function typeOption(given: GivenOptions): (typeof kinds)[number] | undefined {
  const text = given.get('type');
  const type = kinds.find((kind) => kind === text);
  if (text === undefined || type !== undefined) return type;
  throw usage(unknownName('--type', text, kinds).message);
}

/** The unified name of a symbol of the given kind: `BTC/USDT` with swap is `BTC/USDT:USDT`. */
function symbolOf(given: GivenOptions, text: string): string {
  const symbol = unifiedSymbol(text);
  const type = typeOption(given);
  if (type === undefined || typeOfSymbol(symbol) === type) return symbol;
  const [base, quote] = symbol.split(/[/:]/);
  // A contract quoted in USD is settled in its base.
  if (type === 'swap' && typeOfSymbol(symbol) === 'spot') return `${symbol}:${quote === 'USD' ? base! : quote!}`;
  const example = {
    spot: 'BTC/USDT',
    swap: 'BTC/USDT:USDT',
    future: 'BTC/USDT:USDT-261225',
    option: 'BTC/USD:BTC-261225-100000-C',
  };
  throw usage(`--symbol ${text} names a ${typeOfSymbol(symbol)}, and --type is ${type}: write it as ${example[type]}`);
}

/** The series that the options name. @throws {UsageError} If one of exchange, symbol and timeframe is missing */
export function wantedOne(given: GivenOptions): Series {
  return wantedSeries(given)[0]!;
}

/** Every combination of the given exchanges, symbols and timeframes; at least one of each is needed. */
export function wantedSeries(given: GivenOptions): Series[] {
  for (const name of ['exchange', 'symbol', 'timeframe']) if (!given.has(name)) throw usage(`--${name} is missing`);
  for (const text of given.all('timeframe')) timeframeOption('timeframe', text);
  const symbols = given.all('symbol').map((text) => symbolOf(given, text));
  return given.all('exchange').flatMap((exchange) =>
    symbols.flatMap((symbol) =>
      given.all('timeframe').map((timeframe): Series => {
        const origin = given.get('origin');
        return { exchange, type: typeOfSymbol(symbol), symbol, timeframe, ...(origin !== undefined && { origin }) };
      }),
    ),
  );
}

/** Every combination of the given exchanges and symbols, for values without a timeframe. */
export function wantedContracts(given: GivenOptions): { exchange: string; symbol: string }[] {
  for (const name of ['exchange', 'symbol']) if (!given.has(name)) throw usage(`--${name} is missing`);
  const symbols = given.all('symbol').map((text) => symbolOf(given, text));
  return given.all('exchange').flatMap((exchange) => symbols.map((symbol) => ({ exchange, symbol })));
}

/** The series to list or clear: the given parts of their names, each at most once. */
export function seriesFilter(given: GivenOptions): Partial<Series> {
  const filter: { -readonly [K in keyof Series]?: Series[K] } = {};
  for (const name of ['exchange', 'symbol', 'timeframe', 'origin'] as const) {
    const [value, more] = given.all(name);
    if (more !== undefined) throw usage(`--${name} can be given once here`);
    if (name === 'timeframe' && value !== undefined) timeframeOption(name, value);
    if (value !== undefined) filter[name] = name === 'symbol' ? symbolOf(given, value) : value;
  }
  const type = typeOption(given);
  if (type !== undefined) filter.type = type;
  return filter;
}
