/** Every endpoint of Binance's API, over REST and the WebSocket API: parameters, weight, who may use it, and its answer. */
import { Refusal, type Exchange } from '../../exchange/index.ts';
import {
  accountAnswer, allLists, allocations, allOrders, amendments, coins, commission, listAnswer, myTrades, openLists, openOrders, orderAnswer,
  orderCounts, preventedMatches, tradeFees,
} from './account-answers.ts'; // prettier-ignore
import type { Facts } from './facts.ts';
import { aggTrades, averagePrice, bookTicker, depth, exchangeInfo, klines, lastPrices, trades } from './market-answers.ts'; // prettier-ignore
import { checkNamesSent, noPermission, signerOf, StatusRefusal, type ApiRequest } from './request.ts';
import { rollingWindow, ticker24h, tradingDay } from './tickers.ts';
import {
  amendOrder, cancelAll, cancelList, cancelOrder, cancelReplace, newLegacyOco, newOco, newOrder, newOto, newOtoco, testOrder, type Own,
} from './trading.ts'; // prettier-ignore

interface Route {
  readonly weight: number | ((params: ReadonlyMap<string, string>) => number);
  /** The parameters it takes, without those of signatures. */
  readonly takes: string;
  /** Open to all, or to accounts that sign. */
  readonly open?: (request: ApiRequest, facts: Facts) => unknown;
  readonly signed?: (request: ApiRequest, own: Own) => unknown;
  /** How many new orders it counts as. */
  readonly orders?: number;
  readonly isKlines?: boolean;
}

const signing = ['timestamp', 'recvWindow', 'signature'];
const range = 'startTime endTime limit';
const order =
  'symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice trailingDelta icebergQty newOrderRespType selfTradePreventionMode pegPriceType pegOffsetValue pegOffsetType';
const listed = 'symbol listClientOrderId newOrderRespType selfTradePreventionMode';
const key = 'symbol orderId origClientOrderId';

/** The parameters of an order within a list, each with a prefix: `Price` of `above` is `abovePrice`. */
function partOf(prefix: string, more = ''): string {
  const names = `Type ClientOrderId IcebergQty Price StopPrice TrailingDelta TimeInForce StrategyId StrategyType PegPriceType PegOffsetType PegOffsetValue ${more}`;
  return names
    .split(' ')
    .filter((name) => name !== '')
    .map((name) => prefix + name)
    .join(' ');
}

const working = partOf('working', 'Side Quantity');
const none: Route = { weight: 1, takes: '', open: () => ({ symbols: [] }) };

/** By method and path. */
const routes: Readonly<Record<string, Route>> = {
  'GET /api/v3/ping': { weight: 1, takes: '', open: () => ({}) },
  'GET /api/v3/time': { weight: 1, takes: '', open: ({ now }) => ({ serverTime: now }) },
  'GET /api/v3/exchangeInfo': { weight: 20, takes: 'symbol symbols permissions showPermissionSets symbolStatus', open: exchangeInfo },
  'GET /api/v3/klines': { weight: 2, takes: `symbol interval timeZone ${range}`, open: klines, isKlines: true },
  'GET /api/v3/uiKlines': { weight: 2, takes: `symbol interval timeZone ${range}`, open: klines, isKlines: true },
  'GET /api/v3/depth': { weight: depthWeight, takes: 'symbol limit symbolStatus', open: depth },
  'GET /api/v3/trades': { weight: 25, takes: 'symbol limit', open: trades },
  'GET /api/v3/historicalTrades': { weight: 25, takes: 'symbol limit fromId', open: trades },
  'GET /api/v3/aggTrades': { weight: 4, takes: `symbol fromId ${range}`, open: aggTrades },
  'GET /api/v3/avgPrice': { weight: 2, takes: 'symbol', open: averagePrice },
  'GET /api/v3/ticker/price': { weight: (params) => (params.has('symbol') ? 2 : 4), takes: 'symbol symbols symbolStatus', open: lastPrices },
  'GET /api/v3/ticker/bookTicker': { weight: (params) => (params.has('symbol') ? 2 : 4), takes: 'symbol symbols symbolStatus', open: bookTicker },
  'GET /api/v3/ticker/24hr': { weight: dayWeight, takes: 'symbol symbols type symbolStatus', open: ticker24h },
  'GET /api/v3/ticker': { weight: windowWeight, takes: 'symbol symbols windowSize type symbolStatus', open: rollingWindow },
  'GET /api/v3/ticker/tradingDay': { weight: windowWeight, takes: 'symbol symbols timeZone type symbolStatus', open: tradingDay },
  'POST /api/v3/order': { weight: 1, takes: order, signed: newOrder, orders: 1 },
  'POST /api/v3/order/test': { weight: (params) => (params.get('computeCommissionRates') === 'true' ? 20 : 1), takes: `${order} computeCommissionRates`, signed: testOrder },
  'GET /api/v3/order': { weight: 4, takes: key, signed: orderAnswer },
  'DELETE /api/v3/order': { weight: 1, takes: `${key} newClientOrderId cancelRestrictions`, signed: cancelOrder },
  'POST /api/v3/order/cancelReplace': {
    weight: 1, takes: `${order} cancelReplaceMode cancelNewClientOrderId cancelOrigClientOrderId cancelOrderId cancelRestrictions orderRateLimitExceededMode`,
    signed: cancelReplace, orders: 1,
  },
  'PUT /api/v3/order/amend/keepPriority': { weight: 4, takes: `${key} newClientOrderId newQty`, signed: amendOrder },
  'GET /api/v3/order/amendments': { weight: 4, takes: 'symbol orderId fromExecutionId limit', signed: amendments },
  'GET /api/v3/openOrders': { weight: (params) => (params.has('symbol') ? 6 : 80), takes: 'symbol', signed: openOrders },
  'DELETE /api/v3/openOrders': { weight: 1, takes: 'symbol', signed: cancelAll },
  'GET /api/v3/allOrders': { weight: 20, takes: `symbol orderId ${range}`, signed: allOrders },
  'POST /api/v3/orderList/oco': { weight: 1, takes: `${listed} side quantity ${partOf('above')} ${partOf('below')}`, signed: newOco, orders: 2 },
  'POST /api/v3/order/oco': {
    weight: 1, takes: `${listed} side quantity price stopPrice stopLimitPrice stopLimitTimeInForce limitClientOrderId stopClientOrderId limitIcebergQty stopIcebergQty trailingDelta limitStrategyId limitStrategyType stopStrategyId stopStrategyType`,
    signed: newLegacyOco, orders: 2,
  },
  'POST /api/v3/orderList/oto': { weight: 1, takes: `${listed} ${working} ${partOf('pending', 'Side Quantity')}`, signed: newOto, orders: 2 },
  'POST /api/v3/orderList/otoco': {
    weight: 1, takes: `${listed} ${working} pendingSide pendingQuantity ${partOf('pendingAbove')} ${partOf('pendingBelow')}`, signed: newOtoco, orders: 3,
  },
  'GET /api/v3/orderList': { weight: 4, takes: 'orderListId origClientOrderId', signed: listAnswer },
  'DELETE /api/v3/orderList': { weight: 1, takes: 'symbol orderListId listClientOrderId newClientOrderId', signed: cancelList },
  'GET /api/v3/allOrderList': { weight: 20, takes: `fromId ${range}`, signed: allLists },
  'GET /api/v3/openOrderList': { weight: 6, takes: '', signed: openLists },
  'GET /api/v3/myTrades': { weight: (params) => (params.has('orderId') ? 5 : 20), takes: `symbol orderId fromId ${range}`, signed: myTrades },
  'GET /api/v3/myPreventedMatches': {
    weight: (params) => (params.has('orderId') ? 20 : 2), takes: 'symbol preventedMatchId orderId fromPreventedMatchId limit', signed: preventedMatches,
  },
  'GET /api/v3/myAllocations': { weight: 20, takes: `symbol fromAllocationId orderId ${range}`, signed: allocations },
  'GET /api/v3/account': { weight: 20, takes: 'omitZeroBalances', signed: accountAnswer },
  'GET /api/v3/account/commission': { weight: 20, takes: 'symbol', signed: commission },
  'GET /api/v3/rateLimit/order': { weight: 40, takes: '', signed: orderCounts },
  'POST /api/v3/userDataStream': { weight: 2, takes: '', open: listenKeysEnded },
  'PUT /api/v3/userDataStream': { weight: 2, takes: 'listenKey', open: listenKeysEnded },
  'DELETE /api/v3/userDataStream': { weight: 2, takes: 'listenKey', open: listenKeysEnded },
  'GET /sapi/v1/system/status': { weight: 1, takes: 'recvWindow timestamp signature', open: () => ({ status: 0, msg: 'normal' }) },
  'GET /sapi/v1/capital/config/getall': { weight: 10, takes: '', signed: coins },
  'GET /sapi/v1/asset/tradeFee': { weight: 1, takes: 'symbol', signed: tradeFees },
  'GET /sapi/v1/margin/allPairs': { weight: 1, takes: 'symbol recvWindow timestamp signature', open: () => [] },
  'GET /sapi/v1/margin/isolated/allPairs': { weight: 1, takes: 'symbol recvWindow timestamp signature', open: () => [] },
  // Other markets of Binance: nothing is listed on them here.
  'GET /fapi/v1/exchangeInfo': none,
  'GET /dapi/v1/exchangeInfo': none,
}; // prettier-ignore

/** The same endpoints by their names in the WebSocket API. */
const socketMethods: Readonly<Record<string, string>> = {
  ping: 'GET /api/v3/ping',
  time: 'GET /api/v3/time',
  exchangeInfo: 'GET /api/v3/exchangeInfo',
  depth: 'GET /api/v3/depth',
  'trades.recent': 'GET /api/v3/trades',
  'trades.historical': 'GET /api/v3/historicalTrades',
  'trades.aggregate': 'GET /api/v3/aggTrades',
  klines: 'GET /api/v3/klines',
  uiKlines: 'GET /api/v3/uiKlines',
  avgPrice: 'GET /api/v3/avgPrice',
  ticker: 'GET /api/v3/ticker',
  'ticker.24hr': 'GET /api/v3/ticker/24hr',
  'ticker.tradingDay': 'GET /api/v3/ticker/tradingDay',
  'ticker.price': 'GET /api/v3/ticker/price',
  'ticker.book': 'GET /api/v3/ticker/bookTicker',
  'order.place': 'POST /api/v3/order',
  'order.test': 'POST /api/v3/order/test',
  'order.status': 'GET /api/v3/order',
  'order.cancel': 'DELETE /api/v3/order',
  'order.cancelReplace': 'POST /api/v3/order/cancelReplace',
  'order.amend.keepPriority': 'PUT /api/v3/order/amend/keepPriority',
  'order.amendments': 'GET /api/v3/order/amendments',
  'openOrders.status': 'GET /api/v3/openOrders',
  'openOrders.cancelAll': 'DELETE /api/v3/openOrders',
  'orderList.place': 'POST /api/v3/order/oco',
  'orderList.place.oco': 'POST /api/v3/orderList/oco',
  'orderList.place.oto': 'POST /api/v3/orderList/oto',
  'orderList.place.otoco': 'POST /api/v3/orderList/otoco',
  'orderList.status': 'GET /api/v3/orderList',
  'orderList.cancel': 'DELETE /api/v3/orderList',
  'openOrderLists.status': 'GET /api/v3/openOrderList',
  allOrders: 'GET /api/v3/allOrders',
  allOrderLists: 'GET /api/v3/allOrderList',
  myTrades: 'GET /api/v3/myTrades',
  myPreventedMatches: 'GET /api/v3/myPreventedMatches',
  myAllocations: 'GET /api/v3/myAllocations',
  'account.status': 'GET /api/v3/account',
  'account.commission': 'GET /api/v3/account/commission',
  'account.rateLimits.orders': 'GET /api/v3/rateLimit/order',
  'userDataStream.start': 'POST /api/v3/userDataStream',
  'userDataStream.ping': 'PUT /api/v3/userDataStream',
  'userDataStream.stop': 'DELETE /api/v3/userDataStream',
};

/** The parameters of each route, as sets built once. */
const namesTaken = new Map<Route, ReadonlySet<string>>();

/** An answer and its HTTP status. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The route of a name such as `GET /api/v3/time`, or of a method of the WebSocket API; undefined when there is none. */
export function routeOf(name: string): Route | undefined {
  return routes[name] ?? routes[socketMethods[name] ?? ''];
}

/** Whether the path exists under another method. */
export function hasPath(path: string): boolean {
  return Object.keys(routes).some((name) => name.endsWith(` ${path}`));
}

export function weightOf({ weight }: Route, params: ReadonlyMap<string, string>): number {
  return typeof weight === 'number' ? weight : weight(params);
}

/** Answers a request; a refusal becomes an answer with Binance's code. `isSocket` allows the key among the parameters. */
export function answerRoute(route: Route, request: ApiRequest, facts: Facts, checksTime: boolean, isSocket = false): Answer {
  try {
    checkNamesSent(request, takenBy(route, isSocket));
    if (route.open !== undefined) return { status: 200, body: route.open(request, facts) };
    const exchange = tradable(facts.exchange);
    const account = signerOf(exchange, request, checksTime);
    return { status: 200, body: route.signed!(request, { ...facts, exchange, account }) };
  } catch (error) {
    return refusalAnswer(error);
  }
} // prettier-ignore

function takenBy(route: Route, isSocket: boolean): ReadonlySet<string> {
  let names = namesTaken.get(route);
  if (names === undefined) {
    const own = route.takes.split(' ').filter((name) => name !== '');
    names = new Set(route.signed === undefined ? own : [...own, ...signing]);
    namesTaken.set(route, names);
  }
  return isSocket ? new Set([...names, 'apiKey', 'returnRateLimits']) : names;
}

/** The exchange, where there is one to trade on. */
export function tradable(exchange: Exchange | undefined): Exchange {
  if (exchange === undefined) throw noPermission();
  return exchange;
}

/** A refusal as an answer; any other error is thrown again. */
export function refusalAnswer(error: unknown): Answer {
  if (!(error instanceof Refusal)) throw error;
  const body = { code: error.code, msg: error.message };
  if (!(error instanceof StatusRefusal)) return { status: 400, body };
  return { status: error.status, body: error.data === undefined ? body : { ...body, data: error.data } };
}

/** Binance ended listen keys of the spot market on 2026-02-20: a bot that relies on them must learn it here. */
function listenKeysEnded(): never {
  throw new StatusRefusal(
    410,
    -1020,
    'This operation is not supported: Binance ended listen keys for spot on 2026-02-20; subscribe with userDataStream.subscribe.signature on the WebSocket API.',
  );
}

/** Deeper books weigh more. */
function depthWeight(params: ReadonlyMap<string, string>): number {
  const limit = Number(params.get('limit') ?? 100);
  return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
}

function symbolsIn(params: ReadonlyMap<string, string>): number {
  return params.has('symbol') ? 1 : (params.get('symbols')?.split(',').length ?? Infinity);
}

function dayWeight(params: ReadonlyMap<string, string>): number {
  const symbols = symbolsIn(params);
  return symbols <= 20 ? 2 : symbols <= 100 ? 40 : 80;
}

function windowWeight(params: ReadonlyMap<string, string>): number {
  const symbols = symbolsIn(params);
  return symbols > 50 ? 200 : symbols * 4;
}
