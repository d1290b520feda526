/** What venues send with a bar beyond ccxt's six numbers: quote volume, number of trades and volume bought by takers. */
import type { CcxtExchange, CcxtMarket } from './connection/exchange.ts';

/** Where a value stands in the venue's own answer: a position in a list, or the name of a field. */
type Place = number | string | undefined;
/** Places of quote volume, number of trades and taker buy volume. */
type Places = readonly [quoteVolume?: Place, tradeCount?: Place, buyVolume?: Place];
type PlacesOf = Places | ((market: Pick<CcxtMarket, 'spot' | 'linear' | 'inverse'>) => Places);

/** Inverse contracts count their volume in contracts and state the base units in a later column. */
const binance: PlacesOf = ({ inverse }) => (inverse === true ? [undefined, 8, 10] : [7, 8, 9]);
const bybit: PlacesOf = ({ inverse }) => [inverse === true ? 5 : 6];
const okx: Places = [7];

/** By venue, as each documents its bars. Coinbase, Bitstamp, Bitfinex, Crypto.com and Gemini send six numbers and nothing else. */
const venues: Readonly<Record<string, PlacesOf>> = {
  binance,
  binanceusdm: binance,
  binancecoinm: binance,
  binanceus: binance,
  bybit,
  bybiteu: bybit,
  okx,
  okxus: okx,
  myokx: okx,
  kraken: [undefined, 7],
  hyperliquid: [undefined, 'n'],
  bitget: ({ spot, linear }) => (spot === true ? [7] : linear === true ? [6] : []),
  gate: ({ spot }) => (spot === true ? [1] : ['sum']),
  kucoin: ({ spot }) => (spot === true ? [6] : []),
  mexc: ({ spot }) => (spot === true ? [7] : []),
  bingx: ({ spot }) => (spot === true ? [7] : []),
  htx: ({ spot }) => [spot === true ? 'vol' : 'trade_turnover', 'count'],
};

type Parse = (bar: unknown, market?: CcxtMarket) => (number | undefined)[];

/** Makes an exchange append these values to each bar. Rows of venues that send only six numbers stay as they are. */
export function keepBarExtras(exchange: CcxtExchange, id: string): void {
  const places = venues[id];
  if (places === undefined) return;
  const parsing = exchange as unknown as { parseOHLCV: Parse };
  const parse = parsing.parseOHLCV.bind(exchange);
  parsing.parseOHLCV = (bar, market) => {
    const row = parse(bar, market);
    if (market === undefined || row.length !== 6) return row;
    const wanted = typeof places === 'function' ? places(market) : places;
    return wanted.length === 0 ? row : [...row, ...wanted.map((place) => numberAt(bar, place))];
  };
}

function numberAt(bar: unknown, place: Place): number | undefined {
  if (place === undefined) return undefined;
  const value = (bar as Readonly<Record<string | number, unknown>>)[place];
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
