/** The face of Binance spot over REST: market data in its words, with its limits. */
import { barClose, timeframe, type Bar } from '../../core/index.ts';
import type { Face, VenueAnswer, VenueRequest } from '../face.ts';
import { Allowance } from './allowance.ts';
import { bookOf, lastDay, printsBetween, round } from './prints.ts';
import type { Tape } from './tape.ts';

/** Weight per minute that one address has, and how many refusals turn into a ban. */
const weightPerMinute = 6_000;
const refusalsBeforeBan = 20;

const intervals = [
  '1s', '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M',
]; // prettier-ignore

export interface RestFaceOptions {
  readonly tapes: readonly Tape[];
  /** Refuse requests beyond the exchange's own allowance. Default true. */
  readonly limits?: boolean;
}

/** Binance's spot REST, as far as market data goes. */
export function binanceRest(options: RestFaceOptions): Face {
  const tapes = new Map(options.tapes.map((tape) => [`${tape.base}${tape.quote}`, tape]));
  const allowance = new Allowance(options.limits === false ? Infinity : weightPerMinute, 60_000);
  return {
    name: 'binance',
    answer(request) {
      const route = routes[request.path];
      if (route === undefined || request.method !== 'GET') return undefined;
      const { used, waitMs, refused } = allowance.take(route.weight(request.query), request.now);
      const headers = { 'x-mbx-used-weight': String(used), 'x-mbx-used-weight-1m': String(used) };
      if (waitMs > 0) {
        const status = refused > refusalsBeforeBan ? 418 : 429;
        const retry = { 'retry-after': String(Math.ceil(waitMs / 1000)) };
        return { ...refusal(-1003, 'Too much request weight used.', status), headers: { ...headers, ...retry } };
      }
      return { headers, ...route.answer(request, tapes) };
    },
  };
}

interface Route {
  weight(query: URLSearchParams): number;
  answer(request: VenueRequest, tapes: ReadonlyMap<string, Tape>): VenueAnswer;
}

const routes: Readonly<Record<string, Route>> = {
  '/api/v3/ping': { weight: () => 1, answer: () => ({ body: {} }) },
  '/api/v3/time': { weight: () => 1, answer: ({ now }) => ({ body: { serverTime: now } }) },
  '/sapi/v1/system/status': { weight: () => 1, answer: () => ({ body: { status: 0, msg: 'normal' } }) },
  '/api/v3/exchangeInfo': { weight: () => 20, answer: exchangeInfo },
  '/api/v3/klines': { weight: () => 2, answer: withTape(klines) },
  '/api/v3/aggTrades': { weight: () => 4, answer: withTape(aggTrades) },
  '/api/v3/trades': { weight: () => 25, answer: withTape(aggTrades) },
  '/api/v3/depth': { weight: depthWeight, answer: withTape(depth) },
  '/api/v3/ticker/24hr': {
    weight: (query) => (query.has('symbol') ? 2 : 80),
    answer: (request, tapes) =>
      request.query.has('symbol')
        ? withTape(ticker)(request, tapes)
        : { body: [...tapes.values()].map((tape) => ticker(request, tape).body) },
  },
};

function withTape(act: (request: VenueRequest, tape: Tape) => VenueAnswer): Route['answer'] {
  return (request, tapes) => {
    const symbol = request.query.get('symbol');
    if (symbol === null) return refusal(-1102, `Mandatory parameter 'symbol' was not sent.`);
    const tape = tapes.get(symbol);
    return tape === undefined ? refusal(-1121, 'Invalid symbol.') : act(request, tape);
  };
}

function refusal(code: number, msg: string, status = 400): VenueAnswer {
  return { status, body: { code, msg } };
}

function exchangeInfo({ now }: VenueRequest, tapes: ReadonlyMap<string, Tape>): VenueAnswer {
  const rateLimits = [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weightPerMinute }];
  const symbols = [...tapes].map(([id, tape]) => symbolInfo(id, tape));
  return { body: { timezone: 'UTC', serverTime: now, rateLimits, exchangeFilters: [], symbols } };
}

function symbolInfo(id: string, tape: Tape): unknown {
  const step = { minQty: plain(tape.lot), maxQty: '9000', stepSize: plain(tape.lot) };
  return {
    symbol: id,
    status: 'TRADING',
    baseAsset: tape.base,
    baseAssetPrecision: 8,
    quoteAsset: tape.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    permissions: [],
    permissionSets: [['SPOT']],
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: plain(tape.tick), maxPrice: '1000000', tickSize: plain(tape.tick) },
      { filterType: 'LOT_SIZE', ...step },
      { filterType: 'MARKET_LOT_SIZE', ...step },
      { filterType: 'NOTIONAL', minNotional: '5', applyMinToMarket: true, maxNotional: '9000000' },
    ],
  };
}

function klines({ query, now }: VenueRequest, tape: Tape): VenueAnswer {
  const interval = query.get('interval') ?? '';
  if (!intervals.includes(interval) || !tape.serves(interval)) return refusal(-1120, 'Invalid interval.');
  const limit = Math.min(1000, numberOf(query, 'limit') ?? 500);
  const start = numberOf(query, 'startTime');
  const end = numberOf(query, 'endTime') ?? now;
  const rows = tape.rows(interval, now, start ?? -Infinity, end, limit, start === undefined);
  const frame = timeframe(interval);
  return { body: `[${rows.map((bar) => kline(bar, barClose(frame, bar.time) - 1)).join(',')}]` };
}

/** Text rather than objects: pages of a thousand rows are what this face mostly serves. */
function kline(bar: Bar, closeTime: number): string {
  const value = plain(round(bar.volume * bar.close));
  const prices = `"${plain(bar.open)}","${plain(bar.high)}","${plain(bar.low)}","${plain(bar.close)}"`;
  return `[${bar.time},${prices},"${plain(bar.volume)}",${closeTime},"${value}",4,"0","0","0"]`;
}

function aggTrades({ query, now }: VenueRequest, tape: Tape): VenueAnswer {
  const limit = Math.min(1000, numberOf(query, 'limit') ?? 500);
  const prints = printsBetween(tape, now, numberOf(query, 'startTime'), numberOf(query, 'endTime') ?? now, limit);
  return {
    body: prints.map(({ id, time, price, size, side }) => ({
      a: id, p: plain(price), q: plain(size), f: id, l: id, T: time, m: side === 'sell', M: true,
    })), // prettier-ignore
  };
}

function depthWeight(query: URLSearchParams): number {
  const limit = numberOf(query, 'limit') ?? 100;
  return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
}

function depth({ query, now }: VenueRequest, tape: Tape): VenueAnswer {
  const { bids, asks } = bookOf(tape, now, Math.min(5000, numberOf(query, 'limit') ?? 100));
  const text = (side: [number, number][]): string[][] => side.map((level) => level.map(plain));
  return { body: { lastUpdateId: Math.floor(now / 1000), bids: text(bids), asks: text(asks) } };
}

function ticker({ now }: VenueRequest, tape: Tape): VenueAnswer {
  const day = lastDay(tape, now);
  if (day === undefined) return refusal(-1121, 'Invalid symbol.');
  const average = (day.high + day.low + day.close) / 3;
  const change = day.close - day.open;
  return {
    body: {
      symbol: `${tape.base}${tape.quote}`,
      priceChange: plain(round(change)), priceChangePercent: ((change / day.open) * 100).toFixed(3),
      weightedAvgPrice: plain(round(average)), prevClosePrice: plain(day.open), lastPrice: plain(day.close),
      lastQty: plain(tape.lot), bidPrice: plain(round(day.close - tape.tick)), bidQty: '0.1',
      askPrice: plain(round(day.close + tape.tick)), askQty: '0.1', openPrice: plain(day.open),
      highPrice: plain(day.high), lowPrice: plain(day.low), volume: plain(day.volume),
      quoteVolume: plain(round(day.volume * average)), openTime: now - 86_400_000, closeTime: now,
      firstId: 1, lastId: 2, count: 2,
    }, // prettier-ignore
  };
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text === null || text === '' || !Number.isFinite(Number(text)) ? undefined : Number(text);
}

/** A number as exchanges write it, never with an exponent. */
export function plain(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : text;
}
