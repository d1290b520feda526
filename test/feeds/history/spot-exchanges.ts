/** Fake spot markets of Binance and Kraken: bars in pages by each venue's documented rules. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

const minute = 60_000;
/** Minutes of the timeframes that the fakes serve. */
const lengths: Readonly<Record<string, number>> = {
  '1m': 1, '3m': 3, '5m': 5, '15m': 15, '30m': 30, '1h': 60, '2h': 120, '4h': 240, '6h': 360, '8h': 480, '12h': 720, '1d': 1_440,
}; // prettier-ignore

/** What the fakes have, and how they err. */
export interface SpotMarket {
  /** Their present, milliseconds UTC. */
  now: number;
  /** The first trade. */
  readonly listed: number;
  /** Outages: no bar opens in `start <= time < end`. */
  readonly outages: readonly (readonly [start: number, end: number])[];
  /** Minutes without a trade, by the number of the minute since 1970. */
  readonly isQuiet?: (minute: number) => boolean;
  /** How the next requests for bars go wrong, in order; `undefined` for one that goes well. */
  faults?: (Fault | undefined)[];
}

/** What a request for bars is answered with instead: an HTTP status, nothing where bars are, or a cut connection. */
export type Fault = 'busy' | 'limited' | 'empty' | 'web page' | 'reset';

/** The price after the trades of a minute. */
export const priceAt = (k: number): number => 100 + (k % 1_000) / 10;

type Row = readonly [
  time: number,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  trades: number,
];

/** A bar by the minutes in it; undefined where the venue has none. */
export function truthAt(market: SpotMarket, time: number, length: number, isFlatKept: boolean): Row | undefined {
  let row: Row | undefined;
  const end = Math.min(time + length, market.now);
  let isOpen = false;
  for (let at = Math.max(time, Math.ceil(market.listed / minute) * minute); at < end; at += minute) {
    if (market.outages.some(([from, to]) => at >= from && at < to)) continue;
    isOpen = true;
    const k = at / minute;
    if (market.isQuiet?.(k) === true) continue;
    const [o, c] = [priceAt(k - 1), priceAt(k)];
    const [h, l] = [Math.max(o, c) + 0.1, Math.min(o, c) - 0.1].map((price) => Math.round(price * 10) / 10) as [number, number];
    const volume = 1 + (k % 7);
    row = row === undefined ? [time, o, h, l, c, volume, k % 5] : [time, row[1], Math.max(row[2], h), Math.min(row[3], l), c, row[5] + volume, row[6] + (k % 5)];
  }
  if (row !== undefined || !isOpen || !isFlatKept) return row;
  let k = time / minute - 1;
  while (market.isQuiet?.(k) === true) k--;
  const last = priceAt(k);
  return [time, last, last, last, last, 0, 0];
} // prettier-ignore

function rowsBetween(market: SpotMarket, from: number, to: number, length: number): Row[] {
  const rows: Row[] = [];
  const first = Math.ceil(Math.max(from, market.listed - length + 1) / length) * length;
  for (let time = first; time <= Math.min(to, market.now); time += length) {
    const row = truthAt(market, time, length, true);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

/** Starts one server that speaks for both; `asked` has the requests for bars. */
export async function spotExchanges(market: SpotMarket): Promise<{ url: string; asked: URLSearchParams[] }> {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    const answer = answers[pathname];
    const isHistory = pathname === '/api/v3/klines' || pathname === '/0/public/OHLC';
    if (isHistory) asked.push(searchParams);
    const fault = isHistory ? market.faults?.shift() : undefined;
    if (fault === 'reset') return void request.socket.destroy();
    if (fault === 'web page') return void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>502</html>');
    if (fault === 'busy') return void response.writeHead(503).end('{"code":-1000,"msg":"busy"}');
    if (fault === 'limited') {
      const isKraken = pathname.startsWith('/0/');
      response.writeHead(isKraken ? 200 : 429, { 'content-type': 'application/json', 'retry-after': '0' });
      return void response.end(isKraken ? '{"error":["EGeneral:Too many requests"]}' : '{"code":-1003,"msg":"Too many requests"}');
    }
    const [status, body] = answer?.(market, searchParams, fault === 'empty') ?? [404, { code: 404, msg: `no ${pathname}` }];
    return void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }); // prettier-ignore
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

type Answer = (
  market: SpotMarket,
  query: URLSearchParams,
  isEmpty: boolean,
) => readonly [status: number, body: unknown];

const answers: Readonly<Record<string, Answer>> = {
  '/api/v3/time': (market) => [200, { serverTime: market.now }],
  '/api/v3/exchangeInfo': () => [200, {
    timezone: 'UTC', serverTime: 0, rateLimits: [], symbols: [{
      symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT', baseAssetPrecision: 8, quotePrecision: 8, orderTypes: ['LIMIT', 'MARKET'],
      isSpotTradingAllowed: true, isMarginTradingAllowed: false, permissions: [], permissionSets: [['SPOT']],
      filters: [
        { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '1000000', tickSize: '0.01' },
        { filterType: 'LOT_SIZE', minQty: '0.00001', maxQty: '9000', stepSize: '0.00001' },
        { filterType: 'NOTIONAL', minNotional: '5', applyMinToMarket: true, maxNotional: '9000000' },
      ],
    }],
  }],
  // Binance: both bounds on the open, inclusive; from startTime on the oldest, without it the newest; 500 unless asked, at most 1,000; the
  // forming bar is in it; minutes without a trade are flat bars of volume 0; twelve cells.
  '/api/v3/klines': (market, query, isEmpty) => {
    const length = (lengths[query.get('interval') ?? ''] ?? NaN) * minute;
    if (query.get('symbol') !== 'BTCUSDT') return [400, { code: -1121, msg: 'Invalid symbol.' }];
    if (Number.isNaN(length)) return [400, { code: -1120, msg: 'Invalid interval.' }];
    if (isEmpty) return [200, []];
    const limit = Math.min(1_000, Number(query.get('limit') ?? 500));
    const start = query.get('startTime');
    const all = rowsBetween(market, Number(start ?? 0), Number(query.get('endTime') ?? market.now), length);
    const rows = start === null ? all.slice(-limit) : all.slice(0, limit);
    return [200, rows.map(([t, o, h, l, c, v, n]) => [t, String(o), String(h), String(l), String(c), String(v), t + length - 1, String(v * c), n, '0', '0', '0'])];
  },
  '/0/public/Time': (market) => [200, kraken({ unixtime: Math.floor(market.now / 1_000), rfc1123: new Date(market.now).toUTCString() })],
  '/0/public/Assets': () => [200, kraken({
    XXBT: { aclass: 'currency', altname: 'XBT', decimals: 10, display_decimals: 5 }, ZUSD: { aclass: 'currency', altname: 'USD', decimals: 4, display_decimals: 2 },
  })],
  '/0/public/AssetPairs': () => [200, kraken({
    XXBTZUSD: {
      altname: 'XBTUSD', wsname: 'XBT/USD', aclass_base: 'currency', base: 'XXBT', aclass_quote: 'currency', quote: 'ZUSD', lot: 'unit', cost_decimals: 5,
      pair_decimals: 1, lot_decimals: 8, lot_multiplier: 1, leverage_buy: [], leverage_sell: [], fees: [[0, 0.26]], fees_maker: [[0, 0.16]],
      fee_volume_currency: 'ZUSD', margin_call: 80, margin_stop: 40, ordermin: '0.0001', costmin: '0.5', tick_size: '0.1', status: 'online',
    },
  })],
  // Kraken: seconds; the newest 720 and nothing before them, whatever is asked; `since` is exclusive; the forming bar is the last and `last`
  // names the one before it; errors come with status 200.
  '/0/public/OHLC': (market, query, isEmpty) => {
    const length = Number(query.get('interval') ?? 1) * minute;
    if (!['XXBTZUSD', 'XBTUSD'].includes(query.get('pair') ?? '')) return [200, { error: ['EQuery:Unknown asset pair'] }];
    if (![1, 5, 15, 30, 60, 240, 1_440, 10_080, 21_600].includes(length / minute)) return [200, { error: ['EGeneral:Invalid arguments'] }];
    const newest = rowsBetween(market, market.now - 10 * 720 * length, market.now, length).slice(-720);
    const since = Number(query.get('since') ?? 0) * 1_000;
    const rows = isEmpty ? [] : newest.filter(([time]) => time > since);
    const cells = rows.map(([t, o, h, l, c, v, n]) => [t / 1_000, String(o), String(h), String(l), String(c), v === 0 ? '0.00000000' : String(c), String(v), n]);
    return [200, kraken({ XXBTZUSD: cells, last: (rows.at(-2)?.[0] ?? since) / 1_000 })];
  },
}; // prettier-ignore

function kraken(result: unknown): unknown {
  return { error: [], result };
}
