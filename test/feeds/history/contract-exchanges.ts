/** Fake contract markets of Binance, Bybit, OKX and Hyperliquid: funding and open interest, each with its venue's documented pages. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

const hour = 3_600_000;
const day = 24 * hour;

/** What the fake has, and how it errs. */
export interface ContractMarket {
  /** Its present, milliseconds UTC. */
  readonly now: number;
  /** Its first funding. */
  readonly listed: number;
  /** How far apart fundings are. */
  readonly every?: number;
  /** How many of the next answers of history are empty although they should not be. */
  empty?: number;
}

/** The rate settled at a moment. */
export function rateAt(time: number): number {
  return Math.round(1000 * Math.sin(time / day)) / 1e7;
}

/** The open interest at a moment, in base units. */
export function openInterestAt(time: number): number {
  return 50_000 + ((time / hour) % 997);
}

interface Asked {
  readonly path: string;
  readonly get: (name: string) => string | undefined;
}

/** Starts one server that speaks for all four; `asked` has the requests for history. */
export async function contractExchanges(market: ContractMarket): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url!, 'http://x');
      const posted = body.startsWith('{') ? (JSON.parse(body) as Record<string, string | number>) : {};
      const get = (name: string): string | undefined => searchParams.get(name) ?? posted[name]?.toString();
      const path = pathname === '/info' ? `/info ${String(get('type'))}` : pathname;
      const answer = answers[path];
      if (answer?.isHistory === true) asked.push({ path, get });
      if (answer?.isHistory === true && (market.empty ?? 0) > 0) {
        market.empty! -= 1;
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer.none));
        return;
      }
      const content = answer?.of(market, get) ?? { status: 404, body: { code: 404, msg: `no ${path}` } };
      response
        .writeHead(content.status ?? 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(content.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

interface Answer {
  readonly isHistory?: boolean;
  /** The answer without rows. */
  readonly none?: unknown;
  readonly of: (
    market: ContractMarket,
    get: (name: string) => string | undefined,
  ) => { readonly status?: number; readonly body: unknown };
}

/** The moments of a rhythm with `from <= time <= to` that have passed. */
function moments(market: ContractMarket, from: number, to: number, every: number): number[] {
  const times: number[] = [];
  const first = Math.ceil(Math.max(from, market.listed) / every) * every;
  for (let time = first; time <= Math.min(to, market.now); time += every) times.push(time);
  return times;
}

const fundings = (market: ContractMarket, from: number, to: number): number[] =>
  moments(market, from, to, market.every ?? 8 * hour);

const answers: Readonly<Record<string, Answer>> = {
  // Binance: from startTime on, the oldest first; without startTime the newest.
  '/fapi/v1/fundingRate': {
    isHistory: true,
    none: [],
    of: (market, get) => {
      const limit = Math.min(1000, Number(get('limit') ?? 100));
      const all = fundings(market, Number(get('startTime') ?? 0), Number(get('endTime') ?? Infinity));
      const kept = get('startTime') === undefined ? all.slice(-limit) : all.slice(0, limit);
      return { body: kept.map((time) => ({ symbol: 'BTCUSDT', fundingTime: time, fundingRate: rateAt(time).toFixed(8) })) };
    },
  },
  // Binance keeps thirty days of it and refuses an earlier startTime.
  '/futures/data/openInterestHist': {
    isHistory: true,
    none: [],
    of: (market, get) => {
      const limit = Math.min(500, Number(get('limit') ?? 30));
      const start = Number(get('startTime'));
      if (start < market.now - 30 * day) return { status: 400, body: { code: -1130, msg: "parameter 'startTime' is invalid." } };
      const every = get('period') === '5m' ? 300_000 : hour;
      const all = moments(market, start, Number(get('endTime') ?? Infinity), every).slice(-limit);
      return { body: all.map((time) => ({ symbol: 'BTCUSDT', sumOpenInterest: String(openInterestAt(time)), sumOpenInterestValue: '1', timestamp: time })) };
    },
  },
  '/fapi/v1/time': { of: (market) => ({ body: { serverTime: market.now } }) },
  '/fapi/v1/exchangeInfo': {
    of: () => ({
      body: {
        symbols: [
          {
            symbol: 'BTCUSDT', pair: 'BTCUSDT', contractType: 'PERPETUAL', baseAsset: 'BTC', quoteAsset: 'USDT', marginAsset: 'USDT',
            status: 'TRADING', pricePrecision: 2, quantityPrecision: 3, deliveryDate: 4133404800000, onboardDate: 1569398400000,
            filters: [{ filterType: 'PRICE_FILTER', tickSize: '0.10', minPrice: '1', maxPrice: '1000000' }], orderTypes: ['LIMIT'],
          },
        ],
      },
    }),
  }, // prettier-ignore
  // Twelve cells to a bar.
  '/fapi/v1/klines': {
    of: (market, get) => {
      const [start, end] = [Number(get('startTime') ?? 0), Number(get('endTime') ?? market.now)];
      const times = moments({ ...market, listed: 0 }, start, end, hour).slice(0, Number(get('limit') ?? 500));
      const row = (t: number): unknown[] => [t, '100', '101', '99', '100.5', '7', t + hour - 1, '703.5', 42, '3', '301.5', '0'];
      return { body: times.map(row) };
    },
  },
  // Bybit: both bounds, newest first, at most 200; refuses startTime without endTime.
  '/v5/market/funding/history': {
    isHistory: true,
    none: { retCode: 0, retMsg: 'OK', result: { category: 'linear', list: [] }, time: 0 },
    of: (market, get) => {
      if (get('startTime') !== undefined && get('endTime') === undefined) {
        return { body: { retCode: 10001, retMsg: 'params error: endTime is required', result: {}, time: market.now } };
      }
      const limit = Math.min(200, Number(get('limit') ?? 200));
      const all = fundings(market, Number(get('startTime') ?? 0), Number(get('endTime') ?? Infinity));
      const list = all.reverse().slice(0, limit);
      return bybit(market, list.map((time) => ({ symbol: 'BTCUSDT', fundingRate: String(rateAt(time)), fundingRateTimestamp: String(time) })));
    },
  },
  '/v5/market/open-interest': {
    isHistory: true,
    none: { retCode: 0, retMsg: 'OK', result: { category: 'linear', symbol: 'BTCUSDT', list: [] }, time: 0 },
    of: (market, get) => {
      const every = get('intervalTime') === '5min' ? 300_000 : hour;
      const all = moments(market, Number(get('startTime') ?? 0), Number(get('endTime') ?? Infinity), every);
      const list = all.reverse().slice(0, Math.min(200, Number(get('limit') ?? 50)));
      return bybit(market, list.map((time) => ({ openInterest: String(openInterestAt(time)), timestamp: String(time) })));
    },
  },
  '/v5/market/time': { of: (market) => bybit(market, undefined, { timeSecond: String(Math.floor(market.now / 1000)), timeNano: `${market.now}000000` }) },
  '/v5/market/instruments-info': {
    of: (market, get) =>
      bybit(
        market,
        get('category') !== 'linear'
          ? []
          : [
              {
                symbol: 'BTCUSDT', contractType: 'LinearPerpetual', status: 'Trading', baseCoin: 'BTC', quoteCoin: 'USDT', settleCoin: 'USDT',
                launchTime: '1585526400000', deliveryTime: '0', fundingInterval: 480, priceScale: '2',
                leverageFilter: { minLeverage: '1', maxLeverage: '100', leverageStep: '0.01' },
                priceFilter: { minPrice: '0.10', maxPrice: '1999999.80', tickSize: '0.10' },
                lotSizeFilter: { maxOrderQty: '1190', minOrderQty: '0.001', qtyStep: '0.001', minNotionalValue: '5' },
              },
            ],
      ),
  }, // prettier-ignore
  // OKX: before and after are exclusive, newest first, a hundred, three months.
  '/api/v5/public/funding-rate-history': {
    isHistory: true,
    none: { code: '0', msg: '', data: [] },
    of: (market, get) => {
      const from = Math.max(Number(get('before') ?? -1) + 1, market.now - 92 * day);
      const all = fundings(market, from, Number(get('after') ?? Infinity) - 1);
      const rows = all.reverse().slice(0, Math.min(100, Number(get('limit') ?? 100)));
      const data = rows.map((time) => ({ instId: 'BTC-USDT-SWAP', fundingRate: '9', realizedRate: String(rateAt(time)), fundingTime: String(time) }));
      return { body: { code: '0', msg: '', data } };
    },
  },
  // OKX: values are bars named by their opening, the forming one among them; begin and end are exclusive, newest first, a hundred, 1,440 kept.
  '/api/v5/rubik/stat/contracts/open-interest-history': {
    isHistory: true,
    none: { code: '0', msg: '', data: [] },
    of: (market, get) => {
      if (get('instId') !== 'BTC-USDT-SWAP') return { body: { code: '51001', msg: 'Instrument ID does not exist', data: [] } };
      const every = ({ '5m': 300_000, '1H': hour } as const)[get('period') as '5m' | '1H'];
      const kept = Math.floor(market.now / every) * every - 1_439 * every;
      const from = Math.max(Number(get('begin') ?? -1) + 1, kept);
      const all = moments(market, from, Number(get('end') ?? Infinity) - 1, every);
      const rows = all.reverse().slice(0, Math.min(100, Number(get('limit') ?? 100)));
      const level = (time: number): number => openInterestAt(Math.min(time + every, market.now));
      const data = rows.map((time) => [String(time), String(level(time) * 100), String(level(time)), String(level(time) * 60_000)]);
      return { body: { code: '0', msg: '', data } };
    },
  },
  '/api/v5/public/time': { of: (market) => ({ body: { code: '0', msg: '', data: [{ ts: String(market.now) }] } }) },
  '/api/v5/public/instruments': {
    of: (_, get) => ({
      body: {
        code: '0',
        msg: '',
        data:
          get('instType') !== 'SWAP'
            ? []
            : [
                {
                  instType: 'SWAP', instId: 'BTC-USDT-SWAP', baseCcy: '', quoteCcy: '', settleCcy: 'USDT', ctVal: '0.01', ctMult: '1', ctValCcy: 'BTC',
                  tickSz: '0.1', lotSz: '0.01', minSz: '0.01', state: 'live', ctType: 'linear', lever: '100', listTime: '1573557408000', uly: 'BTC-USDT',
                  instFamily: 'BTC-USDT', expTime: '', stk: '', optType: '', alias: '', category: '1', maxLmtSz: '1', maxMktSz: '1',
                },
              ],
      },
    }),
  }, // prettier-ignore
  // Hyperliquid: from startTime on, the oldest 500.
  '/info fundingHistory': {
    isHistory: true,
    none: [],
    of: (market, get) => {
      const times = moments(market, Number(get('startTime')), Number(get('endTime') ?? Infinity), hour).slice(0, 500);
      return { body: times.map((time) => ({ coin: 'BTC', fundingRate: String(rateAt(time)), premium: '0', time: time + 7 })) };
    },
  },
  '/info exchangeStatus': { of: (market) => ({ body: { time: market.now, specialStatuses: null } }) },
  '/info perpDexs': { of: () => ({ body: [null] }) },
  '/info meta': { of: () => ({ body: perpetuals }) },
  '/info metaAndAssetCtxs': { of: () => ({ body: [perpetuals, [context]] }) },
  '/info spotMeta': { of: () => ({ body: { tokens: [], universe: [] } }) },
  '/info spotMetaAndAssetCtxs': { of: () => ({ body: [{ tokens: [], universe: [] }, []] }) },
}; // prettier-ignore

const perpetuals = {
  universe: [{ name: 'BTC', szDecimals: 5, maxLeverage: 40 }],
  marginTables: [],
  collateralToken: 0,
};
const context = {
  dayNtlVlm: '1', funding: '0', impactPxs: ['99', '101'], markPx: '100', midPx: '100', openInterest: '1', oraclePx: '100', premium: '0', prevDayPx: '100',
}; // prettier-ignore

function bybit(market: ContractMarket, list: unknown, more: object = {}): { body: unknown } {
  const result = { category: 'linear', ...(list !== undefined && { list, nextPageCursor: '' }), ...more };
  return { body: { retCode: 0, retMsg: 'OK', result, retExtInfo: {}, time: market.now } };
}
