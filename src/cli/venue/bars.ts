/** Where the local exchange's prices come from: files, the bar store, or seeded bars. */
import { CsvDataFeed, generateBars } from '../../feeds/index.ts';
import {
  standardTimeframes,
  timeframe,
  typeOfSymbol,
  unifiedSymbol,
  type Bars,
  type Timeframe,
} from '../../core/index.ts';
import type { CommandContext, GivenOptions } from '../shell/command.ts';
import { folderOf } from '../data/series.ts';
import { wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

const defaultDays = 30;
const defaultSymbols: readonly string[] = ['BTC/USDT', 'ETH/USDT', 'BTC/USD'];
const day = 86_400_000;

/** Bars of each symbol, and whether they were generated around the current time. */
export interface VenueBars {
  readonly rows: readonly (readonly [symbol: string, bars: Bars])[];
  readonly isGenerated: boolean;
}

/** The bars that the options choose; seeded ones reach `daysAhead` beyond `now`. */
export async function venueBars(
  given: GivenOptions,
  frame: Timeframe,
  now: number,
  daysAhead: number,
  context: CommandContext,
): Promise<VenueBars> {
  const symbols = given.has('symbol') ? [...new Set(given.all('symbol').map(unifiedSymbol))] : defaultSymbols;
  const stored = given.get('store');
  if (given.has('bars')) return { rows: await fileBars(given, symbols, frame, context), isGenerated: false };
  if (stored !== undefined) {
    return { rows: await storedBars(stored, symbols, frame, given, context), isGenerated: false };
  }
  const days = wholeNumber(given, 'days', 1) ?? defaultDays;
  const start = Math.floor(now / day - days) * day;
  const count = Math.ceil((now + daysAhead * day - start) / (frame.ms ?? 30 * day));
  const seed = wholeNumber(given, 'seed', -Infinity) ?? 1;
  // A contract's price follows the spot price of its pair.
  const pairs = [...new Set(symbols.map(pairOf))];
  const rows = symbols.map((symbol) => {
    const own = seed + pairs.indexOf(pairOf(symbol));
    return [symbol, generateBars({ seed: own, timeframe: frame.name, start, count })] as const;
  });
  return { rows, isGenerated: true };
}

function pairOf(symbol: string): string {
  return symbol.split(':')[0]!;
}

/** `--bars SYMBOL=FILE`, or a file alone for the first symbol. */
function fileBars(
  given: GivenOptions,
  symbols: readonly string[],
  frame: Timeframe,
  context: CommandContext,
): Promise<(readonly [string, Bars])[]> {
  const named = given.all('bars').map((text, i) => {
    const at = text.indexOf('=');
    const symbol = at > 0 ? unifiedSymbol(text.slice(0, at)) : symbols[i];
    if (symbol === undefined) throw usage(`--bars for another symbol must be written --bars SYMBOL=FILE, was '${text}'`); // prettier-ignore
    return { symbol, path: text.slice(at + 1) };
  });
  named.forEach(({ symbol }, i) => {
    if (named.findIndex((one) => one.symbol === symbol) < i) throw usage(`--bars of ${symbol} was given twice`);
  });
  for (const symbol of given.has('symbol') ? symbols : []) {
    if (!named.some((one) => one.symbol === symbol)) throw usage(`--symbol ${symbol} has no file: add --bars ${symbol}=FILE`); // prettier-ignore
  }
  return Promise.all(
    named.map(async ({ symbol, path }) => {
      const feed = new CsvDataFeed({ path, symbol, timeframe: frame.name });
      const bars = await feed.load({ runtime: context.runtime });
      if (!given.has('timeframe')) checkLength(bars, frame, path);
      return [symbol, bars] as const;
    }),
  );
}

/** Refuses a file without `--timeframe` whose bars are farther apart than the default, because they are longer bars. */
function checkLength({ time }: Bars, frame: Timeframe, path: string): void {
  let apart = 0;
  for (let i = 1; i < time.length; i++) apart = commonSpan(time[i]! - time[i - 1]!, apart);
  if (apart <= frame.ms!) return;
  const name = standardTimeframes.find((one) => timeframe(one).ms === apart);
  throw usage(`the bars of ${path} are longer than ${frame.name}: add --timeframe ${name ?? 'with their length'}`);
}

/** The longest span that both are multiples of. */
function commonSpan(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}

async function storedBars(
  exchange: string,
  symbols: readonly string[],
  frame: Timeframe,
  given: GivenOptions,
  context: CommandContext,
): Promise<(readonly [string, Bars])[]> {
  const { BarStore } = await import('../../store/index.ts');
  const store = await BarStore.open({ ...folderOf(given), isMade: false, runtime: context.runtime });
  try {
    return symbols.map((symbol) => {
      const type = typeOfSymbol(symbol);
      const series = { exchange, type, symbol, timeframe: frame.name } as const;
      const bars = store.read(series, { start: -Infinity, end: Infinity });
      if (bars.time.length > 0) return [symbol, bars] as const;
      throw usage(`no stored bars of ${symbol} ${frame.name} from ${exchange}: fetch them with nextbar data download`);
    });
  } finally {
    store.close();
  }
}
