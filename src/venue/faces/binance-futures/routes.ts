/** Every endpoint of Binance's USDT-margined contracts that is served: parameters, weight, who may use it, and its answer. */
import { aggTrades, bookTicker, depth, klines, lastPrices, trades } from '../binance/market-answers.ts';
import { isOver } from '../../exchange/index.ts';
import { checkNamesSent, instrumentOf, needed, signerOf, wholeOf, type ApiRequest } from '../binance/request.ts';
import { refusalAnswer, type Answer } from '../binance/routes.ts';
import { ticker24h } from '../binance/tickers.ts';
import {
  accountAnswer, accountConfig, addMargin, adlQuantile, allOrders, balances, commissionRate, forceOrders, income, leverageBracket, marginHistory,
  openOrders, positionMode, positionRisk, setLeverage, setMarginType, setPositionMode, symbolConfig, userTrades,
} from './account-answers.ts'; // prettier-ignore
import type { ContractFacts, OwnContracts } from './facts.ts';
import {
  exchangeInfo,
  fundingInfo,
  fundingRates,
  markKlines,
  openInterest,
  openInterestHistory,
  premiumIndex,
} from './market-answers.ts';
import {
  algoAnswer, cancelAlgoOrder, cancelAll, cancelAllAlgo, cancelOrder, cancelOrders, modifyOrder, newAlgoOrder, newOrder, newOrders,
  openOrderAnswer, orderAnswer, testOrder,
} from './trading.ts'; // prettier-ignore

export interface ContractRoute {
  readonly weight: number | ((params: ReadonlyMap<string, string>) => number);
  /** The parameters it takes, without those of signatures. */
  readonly takes: string;
  /** Open to all, or to accounts that sign. */
  readonly open?: (request: ApiRequest, facts: ContractFacts) => unknown;
  readonly signed?: (request: ApiRequest, own: OwnContracts) => unknown;
  /** How many new orders it counts as. */
  readonly orders?: number;
}

const signing = ['timestamp', 'recvWindow', 'signature'];
const range = 'startTime endTime limit';
const order =
  'symbol side positionSide type timeInForce quantity reduceOnly price newClientOrderId stopPrice closePosition newOrderRespType priceMatch selfTradePreventionMode goodTillDate workingType priceProtect';
const algo =
  'algoType symbol side positionSide type timeInForce quantity reduceOnly price triggerPrice workingType priceMatch closePosition priceProtect clientAlgoId newOrderRespType selfTradePreventionMode goodTillDate';
const key = 'symbol orderId origClientOrderId';
const algoKey = 'symbol algoId clientAlgoId';

/** By method and path. */
const routes: Readonly<Record<string, ContractRoute>> = {
  'GET /fapi/v1/ping': { weight: 1, takes: '', open: () => ({}) },
  'GET /fapi/v1/time': { weight: 1, takes: '', open: ({ now }) => ({ serverTime: now }) },
  'GET /fapi/v1/exchangeInfo': { weight: 1, takes: '', open: exchangeInfo },
  'GET /fapi/v1/depth': { weight: depthWeight, takes: 'symbol limit', open: contractDepth },
  'GET /fapi/v1/trades': { weight: 5, takes: 'symbol limit', open: trades },
  'GET /fapi/v1/historicalTrades': { weight: 20, takes: 'symbol limit fromId', open: trades },
  'GET /fapi/v1/aggTrades': { weight: 20, takes: `symbol fromId ${range}`, open: contractTrades },
  'GET /fapi/v1/klines': { weight: 5, takes: `symbol interval ${range}`, open: klines },
  'GET /fapi/v1/markPriceKlines': { weight: 5, takes: `symbol interval ${range}`, open: markKlines },
  'GET /fapi/v1/premiumIndex': { weight: 1, takes: 'symbol', open: premiumIndex },
  'GET /fapi/v1/fundingRate': { weight: 1, takes: `symbol ${range}`, open: fundingRates },
  'GET /fapi/v1/fundingInfo': { weight: 1, takes: '', open: fundingInfo },
  'GET /fapi/v1/ticker/24hr': { weight: (params) => (params.has('symbol') ? 1 : 40), takes: 'symbol', open: ticker24h },
  'GET /fapi/v1/ticker/price': { weight: 1, takes: 'symbol', open: lastPrices },
  'GET /fapi/v2/ticker/price': { weight: 1, takes: 'symbol', open: lastPrices },
  'GET /fapi/v1/ticker/bookTicker': { weight: 2, takes: 'symbol', open: bookTicker },
  'GET /fapi/v1/openInterest': { weight: 1, takes: 'symbol', open: openInterest },
  'GET /futures/data/openInterestHist': { weight: 0, takes: `symbol period ${range}`, open: openInterestHistory },
  'POST /fapi/v1/order': { weight: 0, takes: order, signed: newOrder, orders: 1 },
  'POST /fapi/v1/order/test': { weight: 0, takes: order, signed: testOrder },
  'PUT /fapi/v1/order': { weight: 1, takes: `${key} side quantity price priceMatch type newClientOrderId`, signed: modifyOrder, orders: 1 },
  'GET /fapi/v1/order': { weight: 1, takes: key, signed: orderAnswer },
  'DELETE /fapi/v1/order': { weight: 1, takes: key, signed: cancelOrder },
  'POST /fapi/v1/batchOrders': { weight: 5, takes: 'batchOrders', signed: newOrders, orders: 5 },
  'DELETE /fapi/v1/batchOrders': { weight: 1, takes: 'symbol orderIdList origClientOrderIdList', signed: cancelOrders },
  'GET /fapi/v1/openOrder': { weight: 1, takes: key, signed: openOrderAnswer },
  'GET /fapi/v1/openOrders': { weight: (params) => (params.has('symbol') ? 1 : 40), takes: 'symbol', signed: openOrders(false) },
  'DELETE /fapi/v1/allOpenOrders': { weight: 1, takes: 'symbol', signed: cancelAll },
  'GET /fapi/v1/allOrders': { weight: 5, takes: `symbol orderId ${range}`, signed: allOrders(false) },
  'POST /fapi/v1/algoOrder': { weight: 0, takes: algo, signed: newAlgoOrder, orders: 1 },
  'GET /fapi/v1/algoOrder': { weight: 1, takes: algoKey, signed: algoAnswer },
  'DELETE /fapi/v1/algoOrder': { weight: 1, takes: algoKey, signed: cancelAlgoOrder },
  'GET /fapi/v1/openAlgoOrders': { weight: (params) => (params.has('symbol') ? 1 : 40), takes: 'symbol algoType algoId', signed: openOrders(true) },
  'DELETE /fapi/v1/algoOpenOrders': { weight: 1, takes: 'symbol', signed: cancelAllAlgo },
  'GET /fapi/v1/allAlgoOrders': { weight: 5, takes: `symbol algoId ${range} page`, signed: allOrders(true) },
  'GET /fapi/v1/userTrades': { weight: 5, takes: `symbol orderId fromId ${range}`, signed: userTrades },
  'GET /fapi/v2/balance': { weight: 5, takes: '', signed: balances },
  'GET /fapi/v3/balance': { weight: 5, takes: '', signed: balances },
  'GET /fapi/v2/account': { weight: 5, takes: '', signed: accountAnswer(true) },
  'GET /fapi/v3/account': { weight: 5, takes: '', signed: accountAnswer(false) },
  'GET /fapi/v2/positionRisk': { weight: 5, takes: 'symbol', signed: positionRisk(true) },
  'GET /fapi/v3/positionRisk': { weight: 5, takes: 'symbol', signed: positionRisk(false) },
  'GET /fapi/v1/positionSide/dual': { weight: 30, takes: '', signed: positionMode },
  'POST /fapi/v1/positionSide/dual': { weight: 1, takes: 'dualSidePosition', signed: setPositionMode },
  'GET /fapi/v1/multiAssetsMargin': { weight: 30, takes: '', signed: () => ({ multiAssetsMargin: false }) },
  'POST /fapi/v1/leverage': { weight: 1, takes: 'symbol leverage', signed: setLeverage },
  'POST /fapi/v1/marginType': { weight: 1, takes: 'symbol marginType', signed: setMarginType },
  'POST /fapi/v1/positionMargin': { weight: 1, takes: 'symbol positionSide amount type', signed: addMargin },
  'GET /fapi/v1/positionMargin/history': { weight: 1, takes: `symbol type ${range}`, signed: marginHistory },
  'GET /fapi/v1/leverageBracket': { weight: 1, takes: 'symbol', signed: leverageBracket },
  'GET /fapi/v1/income': { weight: 30, takes: `symbol incomeType ${range} page`, signed: income },
  'GET /fapi/v1/commissionRate': { weight: 20, takes: 'symbol', signed: commissionRate },
  'GET /fapi/v1/symbolConfig': { weight: 5, takes: 'symbol', signed: symbolConfig },
  'GET /fapi/v1/accountConfig': { weight: 5, takes: '', signed: accountConfig },
  'GET /fapi/v1/forceOrders': { weight: 20, takes: `symbol autoCloseType ${range}`, signed: forceOrders },
  'GET /fapi/v1/adlQuantile': { weight: 5, takes: 'symbol', signed: adlQuantile },
  'POST /fapi/v1/countdownCancelAll': { weight: 10, takes: 'symbol countdownTime', signed: countdown },
}; // prettier-ignore

/** The parameters of each route, as sets built once. */
const namesTaken = new Map<ContractRoute, ReadonlySet<string>>();

export function contractRoute(name: string): ContractRoute | undefined {
  return routes[name];
}

/** Whether the path exists under another method. */
export function hasContractPath(path: string): boolean {
  return Object.keys(routes).some((name) => name.endsWith(` ${path}`));
}

/** Answers a request; a refusal becomes an answer with Binance's code. */
export function answerContractRoute(
  route: ContractRoute,
  request: ApiRequest,
  facts: ContractFacts,
  checksTime: boolean,
): Answer {
  try {
    checkNamesSent(request, takenBy(route));
    if (route.open !== undefined) return { status: 200, body: route.open(request, facts) };
    const account = signerOf(facts.exchange, request, checksTime);
    return { status: 200, body: route.signed!(request, { ...facts, account }) };
  } catch (error) {
    return refusalAnswer(error);
  }
}

function takenBy(route: ContractRoute): ReadonlySet<string> {
  let names = namesTaken.get(route);
  if (names === undefined) {
    const own = route.takes.split(' ').filter((name) => name !== '');
    names = new Set(route.signed === undefined ? own : [...own, ...signing]);
    namesTaken.set(route, names);
  }
  return names;
}

/** The dead-man switch: cancels every order of a symbol unless it is set again in time; 0 switches it off. */
function countdown(request: ApiRequest, { account, exchange, countdowns, instruments }: OwnContracts): object {
  const { symbol } = instrumentOf(request, instruments);
  needed(request, 'countdownTime');
  const ms = wholeOf(request, 'countdownTime')!;
  countdowns.set(`${account.name} ${symbol}`, ms, () => {
    for (const order of [...account.open]) {
      if (order.symbol === symbol && !isOver(order.status)) exchange.cancel(account, symbol, { id: order.id });
    }
  });
  return { symbol: needed(request, 'symbol'), countdownTime: String(ms) };
}

function depthWeight(params: ReadonlyMap<string, string>): number {
  const limit = Number(params.get('limit') ?? 500);
  return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20;
}

/** A book with the times that contracts add. */
function contractDepth(request: ApiRequest, facts: ContractFacts): object {
  return { ...depth(request, facts), E: request.now, T: request.now };
}

/** Clients tell spot from contracts by the field M. */
function contractTrades(request: ApiRequest, facts: ContractFacts): object[] {
  return (aggTrades(request, facts) as Record<string, unknown>[]).map(({ M: _, ...trade }) => trade);
}
