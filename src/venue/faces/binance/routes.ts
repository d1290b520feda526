/** Every path of the Binance face, REST and WebSocket API alike: who may ask, what it weighs, what answers. */
import { Refusal, type Exchange } from '../../exchange/index.ts';
import {
  accountAnswer, allOrders, cancelAll, cancelOrder, coins, myTrades, newOrder, openOrders, orderAnswer, requestOf, tradeFees, type Own,
} from './account-answers.ts'; // prettier-ignore
import { AuthRefusal, instrumentOf, keyHolder, signerOf, type Asked } from './request.ts';
import {
  aggTrades, averagePrice, bookTicker, depth, exchangeInfo, klines, lastPrices, ticker24h, trades, type Facts,
} from './market-answers.ts'; // prettier-ignore

interface Route {
  readonly weight: number | ((params: ReadonlyMap<string, string>) => number);
  /** Open to all, to those with a key, or to those who sign. */
  readonly open?: (asked: Asked, facts: Facts) => unknown;
  readonly keyed?: (asked: Asked, facts: Facts) => unknown;
  readonly signed?: (asked: Asked, own: Own) => unknown;
  /** Counts as a new order. */
  readonly isOrder?: boolean;
}

const none = { weight: 1, open: () => ({ symbols: [] }) };

/** By method and path. */
const routes: Readonly<Record<string, Route>> = {
  'GET /api/v3/ping': { weight: 1, open: () => ({}) },
  'GET /api/v3/time': { weight: 1, open: ({ now }) => ({ serverTime: now }) },
  'GET /api/v3/exchangeInfo': { weight: 20, open: exchangeInfo },
  'GET /api/v3/klines': { weight: 2, open: klines },
  'GET /api/v3/uiKlines': { weight: 2, open: klines },
  'GET /api/v3/depth': { weight: depthWeight, open: depth },
  'GET /api/v3/trades': { weight: 25, open: trades },
  'GET /api/v3/historicalTrades': { weight: 25, keyed: trades },
  'GET /api/v3/aggTrades': { weight: 4, open: aggTrades },
  'GET /api/v3/avgPrice': { weight: 2, open: averagePrice },
  'GET /api/v3/ticker/price': { weight: 4, open: lastPrices },
  'GET /api/v3/ticker/bookTicker': { weight: 4, open: bookTicker },
  'GET /api/v3/ticker/24hr': { weight: 2, open: ticker24h },
  'POST /api/v3/order': { weight: 1, signed: newOrder, isOrder: true },
  'POST /api/v3/order/test': {
    weight: 1,
    signed: (asked, own) => {
      requestOf(asked, instrumentOf(asked, own.instruments));
      return {};
    },
  },
  'GET /api/v3/order': { weight: 4, signed: orderAnswer },
  'DELETE /api/v3/order': { weight: 1, signed: cancelOrder },
  'GET /api/v3/openOrders': { weight: 6, signed: openOrders },
  'DELETE /api/v3/openOrders': { weight: 1, signed: cancelAll },
  'GET /api/v3/allOrders': { weight: 20, signed: allOrders },
  'GET /api/v3/myTrades': { weight: 20, signed: myTrades },
  'GET /api/v3/account': { weight: 20, signed: accountAnswer },
  'GET /sapi/v1/system/status': { weight: 1, open: () => ({ status: 0, msg: 'normal' }) },
  'GET /sapi/v1/capital/config/getall': { weight: 10, signed: (_, own) => coins(own) },
  'GET /sapi/v1/asset/tradeFee': { weight: 1, signed: tradeFees },
  'GET /sapi/v1/margin/allPairs': { weight: 1, open: () => [] },
  'GET /sapi/v1/margin/isolated/allPairs': { weight: 1, open: () => [] },
  // Other houses of the same exchange, in which nothing is traded here.
  'GET /fapi/v1/exchangeInfo': none,
  'GET /dapi/v1/exchangeInfo': none,
};

/** The paths by the WebSocket API's names for them. */
const socketMethods: Readonly<Record<string, string>> = {
  ping: 'GET /api/v3/ping',
  time: 'GET /api/v3/time',
  exchangeInfo: 'GET /api/v3/exchangeInfo',
  depth: 'GET /api/v3/depth',
  'trades.recent': 'GET /api/v3/trades',
  'trades.historical': 'GET /api/v3/historicalTrades',
  'trades.aggregate': 'GET /api/v3/aggTrades',
  klines: 'GET /api/v3/klines',
  avgPrice: 'GET /api/v3/avgPrice',
  'ticker.24hr': 'GET /api/v3/ticker/24hr',
  'ticker.price': 'GET /api/v3/ticker/price',
  'ticker.book': 'GET /api/v3/ticker/bookTicker',
  'order.place': 'POST /api/v3/order',
  'order.test': 'POST /api/v3/order/test',
  'order.status': 'GET /api/v3/order',
  'order.cancel': 'DELETE /api/v3/order',
  'openOrders.status': 'GET /api/v3/openOrders',
  'openOrders.cancelAll': 'DELETE /api/v3/openOrders',
  allOrders: 'GET /api/v3/allOrders',
  myTrades: 'GET /api/v3/myTrades',
  'account.status': 'GET /api/v3/account',
};

/** What a request for a book weighs: more for deeper ones. */
function depthWeight(params: ReadonlyMap<string, string>): number {
  const limit = Number(params.get('limit') ?? 100);
  return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The route of `GET /api/v3/time`, or of a WebSocket API method; undefined when this face has none. */
export function routeOf(name: string): Route | undefined {
  return routes[name] ?? routes[socketMethods[name] ?? ''];
}

/** Lets a route answer; what it refuses is answered with the venue's code. */
export function answerRoute(route: Route, asked: Asked, facts: Facts, checksTime: boolean): Answer {
  try {
    if (route.open !== undefined) return { status: 200, body: route.open(asked, facts) };
    const exchange = tradable(facts.exchange);
    if (route.keyed !== undefined) {
      keyHolder(exchange, asked);
      return { status: 200, body: route.keyed(asked, facts) };
    }
    const account = signerOf(exchange, asked, checksTime);
    return { status: 200, body: route.signed!(asked, { ...facts, exchange, account }) };
  } catch (error) {
    return refusalAnswer(error);
  }
}

/** The exchange, where there is one to trade on. */
export function tradable(exchange: Exchange | undefined): Exchange {
  if (exchange === undefined) throw new AuthRefusal(-2015, 'Invalid API-key, IP, or permissions for action.');
  return exchange;
}

/** A refusal as it is answered; anything else is thrown on. */
export function refusalAnswer(error: unknown): Answer {
  if (!(error instanceof Refusal)) throw error;
  return { status: error instanceof AuthRefusal ? 401 : 400, body: { code: error.code, msg: error.message } };
}
