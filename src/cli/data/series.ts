/** The stored series and the exchange that options name. */
import type { Series } from '../../store/index.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { numberOption, timeframeOption } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

/** The options that choose stored series and a range of them. */
export const seriesOptions: readonly OptionSpec[] = flagsNamed(
  'exchange',
  'symbol',
  'timeframe',
  'start',
  'end',
  'folder',
);

/** `--folder` in the form that stores and feeds take. */
export function folderOf(given: GivenOptions): { readonly folder?: string } {
  const folder = given.get('folder');
  return folder === undefined ? {} : { folder };
}

/** How to reach the exchange. */
export function connectionOf(given: GivenOptions): { readonly url?: string; readonly rateLimitMs?: number } {
  const url = given.get('url');
  const rate = numberOption(given, 'rate-limit');
  if (rate !== undefined && rate < 0) throw usage(`--rate-limit must be 0 ms or more, was ${rate}`);
  return { ...(url !== undefined && { url }), ...(rate !== undefined && { rateLimitMs: rate }) };
}

/** Every combination of the given exchanges, symbols and timeframes; at least one of each is needed. */
export async function wantedSeries(given: GivenOptions): Promise<Series[]> {
  const { typeOfSymbol, unifiedSymbol } = await import('../../connectors/ccxt/index.ts');
  for (const name of ['exchange', 'symbol', 'timeframe']) if (!given.has(name)) throw usage(`--${name} is missing`);
  for (const text of given.all('timeframe')) timeframeOption('timeframe', text);
  return given.all('exchange').flatMap((exchange) =>
    given.all('symbol').flatMap((text) =>
      given.all('timeframe').map((timeframe): Series => {
        const symbol = unifiedSymbol(text);
        const origin = given.get('origin');
        return { exchange, type: typeOfSymbol(symbol), symbol, timeframe, ...(origin !== undefined && { origin }) };
      }),
    ),
  );
}

/** The series to list or clear: the given parts of their names, each at most once. */
export async function seriesFilter(given: GivenOptions): Promise<Partial<Series>> {
  const { unifiedSymbol } = await import('../../connectors/ccxt/index.ts');
  const filter: { -readonly [K in keyof Series]?: Series[K] } = {};
  for (const name of ['exchange', 'symbol', 'timeframe', 'origin'] as const) {
    const [value, more] = given.all(name);
    if (more !== undefined) throw usage(`--${name} can be given once here`);
    if (value !== undefined) filter[name] = name === 'symbol' ? unifiedSymbol(value) : value;
  }
  return filter;
}
