/** The symbols of a download: named one by one, listed in a file, or the most traded of a quote currency. */
import { readFileSync } from 'node:fs';

import type { CommandContext, GivenOptions } from '../shell/command.ts';
import { wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { connectionOf, typeOption } from './series.ts';

/** The command line with a `--symbol` for each symbol to download. */
export async function withSymbols(given: GivenOptions, context: CommandContext): Promise<GivenOptions> {
  const symbols = [...given.all('symbol'), ...fromFile(given.get('symbols-file'))];
  const quote = given.get('quote')?.toUpperCase();
  const top = wholeNumber(given, 'top', 1);
  if (top !== undefined && quote === undefined) throw usage('--top needs --quote, such as --quote USDT --top 50');
  if (quote !== undefined) {
    const [exchange, more] = given.all('exchange');
    if (exchange === undefined || more !== undefined) throw usage('--quote takes one --exchange');
    symbols.push(...(await mostTraded(exchange, quote, top, given, context)));
  }
  const unique = [...new Set(symbols)];
  return {
    operands: given.operands,
    has: (name) => (name === 'symbol' ? unique.length > 0 : given.has(name)),
    get: (name) => (name === 'symbol' ? unique[0] : given.get(name)),
    all: (name) => (name === 'symbol' ? unique : given.all(name)),
  };
}

/** One symbol in a line; empty lines and what follows a `#` do not count. */
function fromFile(path: string | undefined): string[] {
  if (path === undefined) return [];
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw usage(`--symbols-file must be a file with a symbol in each line, and ${path} cannot be read`);
  }
  const symbols = text.split('\n').map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== ''); // prettier-ignore
  if (symbols.length === 0) throw usage(`--symbols-file ${path} names no symbol`);
  return symbols;
}

/** The symbols quoted in a currency, by the quote value traded in the last 24 hours where the exchange reports it. */
async function mostTraded(
  exchange: string,
  quote: string,
  top: number | undefined,
  given: GivenOptions,
  context: CommandContext,
): Promise<string[]> {
  const { CcxtStore } = await import('../../connectors/ccxt/index.ts');
  const store = new CcxtStore({ exchange, publicOnly: true, ...connectionOf(given) }, context.runtime);
  const type = typeOption(given) ?? 'spot';
  const symbols = await store.symbols({ quote, type });
  if (symbols.length === 0) throw usage(`${exchange} lists no ${type} symbol quoted in ${quote}`);
  if (top === undefined || symbols.length <= top) return symbols;
  const tickers = await store.call('fetch the tickers', (ccxt) => ccxt.fetchTickers(symbols));
  const traded = (symbol: string): number => {
    const { quoteVolume, baseVolume, last } = tickers[symbol] ?? {};
    return quoteVolume ?? (baseVolume ?? 0) * (last ?? 0);
  };
  return [...symbols].sort((a, b) => traded(b) - traded(a) || (a < b ? -1 : 1)).slice(0, top);
}
