/** Binance's tickers: statistics of the last day, of a rolling window and of a trading day, over REST and as events. */
import { Refusal } from '../../exchange/index.ts';
import type { Market, MarketBar, MarketInstrument } from '../../market-data.ts';
import { windowBar } from '../bars.ts';
import { levelText, nameOf, priceText, sizeText, valueText } from './fields.ts';
import type { Facts } from './facts.ts';
import { instrumentsOf, needed, timeZoneOf, wordOf, type ApiRequest } from './request.ts';

const minute = 60_000;
const day = 86_400_000;
/** Symbols that one request for rolling windows may name. */
const mostSymbols = 100;

/** A ticker in full or in short; the fields have Binance's REST names. */
interface Ticker {
  readonly symbol: string;
  readonly openPrice: string;
  readonly highPrice: string;
  readonly lowPrice: string;
  readonly lastPrice: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly openTime: number;
  readonly closeTime: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly count: number;
  readonly priceChange: string;
  readonly priceChangePercent: string;
  readonly weightedAvgPrice: string;
}

/** The statistics of what traded at `start <= time <= now`. */
function tickerOf(market: Market, one: MarketInstrument, start: number, now: number): Ticker {
  const bar = windowBar(market, one.symbol, start, now);
  const last = market.trades(one.symbol, 1)[0];
  return {
    symbol: nameOf(one), ...changeOf(bar, one), openPrice: priceText(bar.open, one), highPrice: priceText(bar.high, one),
    lowPrice: priceText(bar.low, one), lastPrice: priceText(bar.close, one), volume: sizeText(bar.volume, one),
    quoteVolume: valueText(bar.value, one), openTime: start, closeTime: now,
    firstId: last === undefined || bar.trades === 0 ? -1 : Math.max(0, last.id - bar.trades + 1),
    lastId: bar.trades === 0 ? -1 : (last?.id ?? -1), count: bar.trades,
  }; // prettier-ignore
}

function changeOf(bar: MarketBar, one: MarketInstrument): Pick<Ticker, 'priceChange' | 'priceChangePercent' | 'weightedAvgPrice'> {
  const change = bar.close - bar.open;
  const text = priceText(Math.abs(change), one);
  return {
    priceChange: change < 0 ? `-${text}` : text,
    priceChangePercent: bar.open === 0 ? '0.000' : ((change / bar.open) * 100).toFixed(3),
    weightedAvgPrice: priceText(bar.volume === 0 ? bar.close : Number(bar.value / BigInt(bar.volume)), one),
  };
} // prettier-ignore

function isMini(request: ApiRequest): boolean {
  return wordOf(request, 'type', ['FULL', 'MINI'], new Refusal(-1139, 'Invalid ticker type.')) === 'MINI';
}

function shortened(ticker: Ticker, request: ApiRequest): object {
  if (!isMini(request)) return ticker;
  const { priceChange: _1, priceChangePercent: _2, weightedAvgPrice: _3, ...mini } = ticker;
  return mini;
}

/** One object when one symbol was asked for, a list otherwise. */
export function oneOrAll(request: ApiRequest, facts: Facts, answer: (one: MarketInstrument) => object): object {
  checkStatus(request);
  const rows = instrumentsOf(request, facts.instruments).map(answer);
  return request.params.has('symbol') ? rows[0]! : rows;
}

/** Every symbol trades here: with another status there is none to list. */
export function checkStatus(request: ApiRequest): void {
  wordOf(request, 'symbolStatus', ['TRADING', 'HALT', 'BREAK'], new Refusal(-1122, 'Invalid symbolStatus.'));
}

export function ticker24h(request: ApiRequest, facts: Facts): object {
  return oneOrAll(request, facts, (one) => {
    const ticker = tickerOf(facts.market, one, request.now - day, request.now);
    return isMini(request) ? shortened(ticker, request) : { ...ticker, ...quoteOf(facts.market, one, ticker) };
  });
}

function quoteOf(market: Market, one: MarketInstrument, { openPrice }: Ticker): object {
  const { bid = [0, 0], ask = [0, 0] } = market.top(one.symbol);
  const [bidPrice, bidQty] = levelText(bid, one);
  const [askPrice, askQty] = levelText(ask, one);
  const lastQty = sizeText(market.trades(one.symbol, 1)[0]?.size ?? 0, one);
  return { prevClosePrice: openPrice, lastQty, bidPrice, bidQty, askPrice, askQty };
}

/** A window of 1 to 59 minutes, 1 to 23 hours or 1 to 7 days, which starts on a minute. */
export function rollingWindow(request: ApiRequest, facts: Facts): object {
  const windowMs = windowOf(request.params.get('windowSize') ?? '1d');
  if (windowMs === undefined) {
    throw new Refusal(-1100, "Illegal characters found in parameter 'windowSize'; legal range is '^([1-9]|[1-5][0-9])m$|^([1-9]|1[0-9]|2[0-3])h$|^[1-7]d$'."); // prettier-ignore
  }
  requireSymbols(request, facts);
  const start = Math.floor((request.now - windowMs) / minute) * minute;
  return oneOrAll(request, facts, (one) => shortened(tickerOf(facts.market, one, start, request.now), request));
}

/** The length of a window such as `15m`; undefined for one that Binance does not have. */
export function windowOf(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^([1-9]\d?)([mhd])$/.exec(text) ?? [];
  const most = { m: 59, h: 23, d: 7 }[unit] ?? 0;
  return digits === '' || Number(digits) > most
    ? undefined
    : Number(digits) * { m: minute, h: 60 * minute, d: day }[unit]!;
}

export function tradingDay(request: ApiRequest, facts: Facts): object {
  requireSymbols(request, facts);
  const offset = timeZoneOf(request);
  const start = Math.floor((request.now + offset) / day) * day - offset;
  return oneOrAll(request, facts, (one) => ({
    ...shortened(tickerOf(facts.market, one, start, request.now), request),
    closeTime: start + day - 1,
  }));
}

function requireSymbols(request: ApiRequest, facts: Facts): void {
  if (!request.params.has('symbols')) needed(request, 'symbol');
  if (instrumentsOf(request, facts.instruments).length > mostSymbols) {
    throw new Refusal(-1101, `Too many parameters; expected '${mostSymbols}' and received more.`);
  }
}

/** The last day as the `24hrTicker` event has it. */
export function dayEvent(market: Market, one: MarketInstrument, now: number): object {
  const ticker = tickerOf(market, one, now - day, now);
  const quote = quoteOf(market, one, ticker) as Readonly<Record<string, string>>;
  const { e: _1, E: _2, ...fields } = windowFields('', ticker, now);
  return {
    e: '24hrTicker', E: now, ...fields, x: ticker.openPrice, Q: quote['lastQty'], b: quote['bidPrice'], B: quote['bidQty'], a: quote['askPrice'],
    A: quote['askQty'],
  }; // prettier-ignore
}

/** The last day in short, as the `24hrMiniTicker` event has it. */
export function miniDayEvent(market: Market, one: MarketInstrument, now: number): object {
  const ticker = tickerOf(market, one, now - day, now);
  return {
    e: '24hrMiniTicker', E: now, s: ticker.symbol, c: ticker.lastPrice, o: ticker.openPrice, h: ticker.highPrice, l: ticker.lowPrice,
    v: ticker.volume, q: ticker.quoteVolume,
  }; // prettier-ignore
}

/** A rolling window as an event such as `1hTicker`. */
export function windowEvent(market: Market, one: MarketInstrument, window: string, now: number): object {
  const start = Math.floor((now - windowOf(window)!) / minute) * minute;
  return windowFields(`${window}Ticker`, tickerOf(market, one, start, now), now);
}

function windowFields(e: string, ticker: Ticker, now: number): Record<string, unknown> {
  return {
    e, E: now, s: ticker.symbol, p: ticker.priceChange, P: ticker.priceChangePercent, o: ticker.openPrice, h: ticker.highPrice,
    l: ticker.lowPrice, c: ticker.lastPrice, w: ticker.weightedAvgPrice, v: ticker.volume, q: ticker.quoteVolume, O: ticker.openTime,
    C: ticker.closeTime, F: ticker.firstId, L: ticker.lastId, n: ticker.count,
  }; // prettier-ignore
}
