/** The options that name stored bars, and the exchange they come from. */
import { toTime } from '../../core/index.ts';
import type { Series } from '../../store/index.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { usage } from '../shell/options.ts';

export const seriesOptions: readonly OptionSpec[] = [
  { name: 'exchange', value: 'ID', isRepeated: true, about: "Any of ccxt's exchanges, such as binance" },
  { name: 'symbol', value: 'NAME', isRepeated: true, about: 'What is traded, such as BTC/USDT; several for several' },
  { name: 'timeframe', value: 'TF', isRepeated: true, about: 'The length of a bar: 1m, 15m, 1h, 4h, 1d, 1w, 1M ...' },
  { name: 'start', value: 'TIME', about: 'First moment wanted, such as 2024-01-31 or 2024-01-31T12:00:00Z' },
  { name: 'end', value: 'TIME', about: 'First moment no longer wanted (default: the last closed bar)' },
  { name: 'folder', value: 'DIR', about: 'Where the bar store lies (default data-cache)' },
];

export const connectionOptions: readonly OptionSpec[] = [
  { name: 'url', value: 'URL', about: "Another server that speaks the exchange's language, such as nextbar venue" },
  { name: 'rate-limit', value: 'MS', about: 'Milliseconds between requests of cost 1 (default: what ccxt knows)' },
];

/** The folder of the bar store, in the form that stores and feeds take it. */
export function folderOf(given: GivenOptions): { readonly folder?: string } {
  const folder = given.get('folder');
  return folder === undefined ? {} : { folder };
}

/** How to reach the exchange. */
export function connectionOf(given: GivenOptions): { readonly url?: string; readonly rateLimitMs?: number } {
  const url = given.get('url');
  const rate = given.get('rate-limit');
  if (rate !== undefined && !(Number(rate) >= 0)) throw usage(`--rate-limit must be milliseconds, was '${rate}'`);
  return { ...(url !== undefined && { url }), ...(rate !== undefined && { rateLimitMs: Number(rate) }) };
}

/** The range that was given; digits alone are milliseconds. */
export function rangeOf(given: GivenOptions): { readonly start?: number; readonly end?: number } {
  const time = (name: string): number | undefined => {
    const text = given.get(name);
    return text === undefined ? undefined : toTime(/^\d{5,}$/.test(text) ? Number(text) : text, `--${name}`);
  };
  const [start, end] = [time('start'), time('end')];
  return { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
}

/** Every combination of the exchanges, symbols and timeframes that were given; at least one of each is needed. */
export async function wantedSeries(given: GivenOptions): Promise<Series[]> {
  const { typeOfSymbol, unifiedSymbol } = await import('../../connectors/ccxt/index.ts');
  for (const name of ['exchange', 'symbol', 'timeframe']) if (!given.has(name)) throw usage(`--${name} is missing`);
  return given.all('exchange').flatMap((exchange) =>
    given.all('symbol').flatMap((text) =>
      given.all('timeframe').map((timeframe): Series => {
        const symbol = unifiedSymbol(text);
        return { exchange, type: typeOfSymbol(symbol), symbol, timeframe };
      }),
    ),
  );
}

/** What to list or clear: the given parts of a series, each at most once. */
export async function seriesFilter(given: GivenOptions): Promise<Partial<Series>> {
  const { unifiedSymbol } = await import('../../connectors/ccxt/index.ts');
  const filter: { -readonly [K in keyof Series]?: Series[K] } = {};
  for (const name of ['exchange', 'symbol', 'timeframe'] as const) {
    const [value, more] = given.all(name);
    if (more !== undefined) throw usage(`--${name} can be given once here`);
    if (value !== undefined) filter[name] = name === 'symbol' ? unifiedSymbol(value) : value;
  }
  return filter;
}
