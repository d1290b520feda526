/** Binance's answers to the owner of an account: orders, lists, executions, balances, fees and limits. */
import { balanceText, Refusal, type AccountFill, type OrderList } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { balanceRows, fillFields, listFields, nameOf, orderFields, sizeText } from './fields.ts';
import { ordersPerDay, ordersPerTenSeconds } from './facts.ts';
import { instrumentOf, instrumentsOf, limitOf, rangeOf, wholeOf, wordOf, type ApiRequest } from './request.ts';
import { keyOf, type Own } from './trading.ts';

const day = 86_400_000;

export function orderAnswer(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  const order = own.exchange.find(own.account, instrument.symbol, keyOf(request));
  if (order === undefined) throw new Refusal(-2013, 'Order does not exist.');
  return orderFields(order, instrument);
}

export function openOrders(request: ApiRequest, own: Own): object[] {
  const wanted = request.params.has('symbol') ? instrumentOf(request, own.instruments).symbol : undefined;
  const rows = [...own.account.open].filter(({ symbol }) => wanted === undefined || symbol === wanted);
  return rows.map((order) => orderFields(order, listed(own, order)));
}

export function allOrders(request: ApiRequest, own: Own): object[] {
  const instrument = instrumentOf(request, own.instruments);
  const from = wholeOf(request, 'orderId');
  const { start, end } = dayOf(request);
  const rows = own.account.orders.filter(
    ({ symbol, id, time }) =>
      symbol === instrument.symbol &&
      (from === undefined ? time >= (start ?? -Infinity) && time <= (end ?? Infinity) : id >= from),
  );
  const limit = limitOf(request, 500, 1000);
  return cut(rows, limit, from !== undefined || start !== undefined).map((order) => orderFields(order, instrument));
}

/** The parameters that `myTrades` takes together. */
const tradeFilters: ReadonlySet<string> = new Set([
  '', 'orderId', 'startTime', 'endTime', 'fromId', 'startTime,endTime', 'orderId,fromId',
]); // prettier-ignore

export function myTrades(request: ApiRequest, own: Own): object[] {
  const instrument = instrumentOf(request, own.instruments);
  const sent = ['orderId', 'startTime', 'endTime', 'fromId'].filter((name) => request.params.has(name)).join(',');
  if (!tradeFilters.has(sent)) throw new Refusal(-1128, 'Combination of optional parameters invalid.');
  const [orderId, from] = [wholeOf(request, 'orderId'), wholeOf(request, 'fromId')];
  const { start, end } = dayOf(request);
  const rows = own.account.fills.filter(
    ({ symbol, order, tradeId, time }: AccountFill) =>
      symbol === instrument.symbol &&
      (orderId === undefined || order.id === orderId) &&
      (from === undefined || tradeId >= from) &&
      time >= (start ?? -Infinity) &&
      time <= (end ?? Infinity),
  );
  const limit = limitOf(request, 500, 1000);
  return cut(rows, limit, from !== undefined || start !== undefined).map((fill) => fillFields(fill, instrument));
}

/** A range of at most a day; an end that was not sent is a day after the start. */
function dayOf(request: ApiRequest): { start: number | undefined; end: number | undefined } {
  const { start, end } = rangeOf(request, day);
  return { start, end: end ?? (start === undefined ? undefined : start + day) };
}

function cut<T>(rows: readonly T[], limit: number, fromStart: boolean): readonly T[] {
  return fromStart ? rows.slice(0, limit) : rows.slice(-limit);
}

function listed({ instruments }: Own, { symbol }: { readonly symbol: string }): MarketInstrument {
  return [...instruments.values()].find((one) => one.symbol === symbol)!;
}

export function listAnswer(request: ApiRequest, own: Own): object {
  const { id, clientId } = keyOf(request, 'orderListId');
  const list = own.exchange.findList(own.account, id === undefined ? { clientId: clientId! } : { id });
  if (list === undefined) throw new Refusal(-2018, 'Order list does not exist.');
  return fieldsOf(own, list);
}

export function openLists(_request: ApiRequest, own: Own): object[] {
  return own.account.lists.filter(({ isDone }) => !isDone).map((list) => fieldsOf(own, list));
}

export function allLists(request: ApiRequest, own: Own): object[] {
  const from = wholeOf(request, 'fromId');
  const { start, end } = dayOf(request);
  if (from !== undefined && (start !== undefined || end !== undefined)) {
    throw new Refusal(-1128, 'Combination of optional parameters invalid.');
  }
  const rows = own.account.lists.filter(
    ({ id, time }) => id >= (from ?? 0) && time >= (start ?? -Infinity) && time <= (end ?? Infinity),
  );
  const limit = limitOf(request, 500, 1000);
  return cut(rows, limit, from !== undefined || start !== undefined).map((list) => fieldsOf(own, list));
}

function fieldsOf(own: Own, list: OrderList): object {
  return listFields(list, listed(own, list));
}

/** Every amendment of an order. */
export function amendments(request: ApiRequest, own: Own): object[] {
  const instrument = instrumentOf(request, own.instruments);
  const orderId = wholeOf(request, 'orderId');
  if (orderId === undefined) keyOf(request);
  const from = wholeOf(request, 'fromExecutionId') ?? 0;
  const rows = own.account.amendments.filter(({ id, order }) => order.id === orderId && id >= from);
  return rows.slice(0, limitOf(request, 500, 1000)).map((one) => ({
    symbol: nameOf(instrument), orderId: one.order.id, executionId: one.id, origClientOrderId: one.clientIdBefore,
    newClientOrderId: one.clientId, origQty: sizeText(one.sizeBefore, instrument), newQty: sizeText(one.size, instrument), time: one.time,
  })); // prettier-ignore
}

/** Orders that self-trade prevention ended: this exchange expires them whole, so none was prevented in part. */
export function preventedMatches(request: ApiRequest, own: Own): object[] {
  instrumentOf(request, own.instruments);
  if (!request.params.has('preventedMatchId') && !request.params.has('orderId')) {
    throw new Refusal(-1128, 'Combination of optional parameters invalid.');
  }
  return [];
}

/** Allocations of smart order routing, which this exchange does not have. */
export function allocations(request: ApiRequest, own: Own): object[] {
  instrumentOf(request, own.instruments);
  rangeOf(request, day);
  return [];
}

export function accountAnswer(request: ApiRequest, { exchange, account }: Own): object {
  const { ledger } = exchange;
  const { maker, taker } = ledger.rateTexts();
  const basisPoints = (rate: bigint): number => Number(rate / 10_000n);
  const rows = balanceRows(account, account.assets);
  const hidesZeros = wordOf(request, 'omitZeroBalances', ['true', 'false']) === 'true';
  const isShown = ({ free, locked }: (typeof rows)[number]): boolean =>
    !hidesZeros || Number(free) + Number(locked) > 0;
  return {
    makerCommission: basisPoints(ledger.makerRate), takerCommission: basisPoints(ledger.takerRate), buyerCommission: 0, sellerCommission: 0,
    commissionRates: { maker, taker, buyer: '0.00000000', seller: '0.00000000' },
    canTrade: true, canWithdraw: false, canDeposit: false, brokered: false, requireSelfTradePrevention: false, preventSor: false,
    updateTime: account.updated, accountType: 'SPOT', balances: rows.filter(isShown), permissions: ['SPOT'], uid: 1,
  }; // prettier-ignore
}

/** The commission of a symbol. */
export function commission(request: ApiRequest, { exchange, instruments }: Own): object {
  const instrument = instrumentOf(request, instruments);
  const zero = balanceText(0n);
  const none = { maker: zero, taker: zero, buyer: zero, seller: zero };
  return {
    symbol: nameOf(instrument),
    standardCommission: { ...none, ...exchange.ledger.rateTexts() },
    specialCommission: none,
    taxCommission: none,
    discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: 'BNB', discount: zero },
  };
}

/** How many orders the account has placed in the present spans. */
export function orderCounts(request: ApiRequest, { account }: Own): object[] {
  const within = (ms: number): number => {
    const start = Math.floor(request.now / ms) * ms;
    return account.orders.filter(({ time }) => time >= start).length;
  };
  const limit = (interval: string, intervalNum: number, most: number, ms: number): object => ({
    rateLimitType: 'ORDERS', interval, intervalNum, limit: most, count: within(ms),
  }); // prettier-ignore
  return [limit('SECOND', 10, ordersPerTenSeconds, 10_000), limit('DAY', 1, ordersPerDay, day)];
}

/** Fees by symbol, as the wallet API lists them. */
export function tradeFees(request: ApiRequest, { exchange, instruments }: Own): object[] {
  const { maker, taker } = exchange.ledger.rateTexts();
  return instrumentsOf(request, instruments).map((one) => ({
    symbol: nameOf(one), makerCommission: maker, takerCommission: taker,
  })); // prettier-ignore
}

/** Every asset; none can be deposited or withdrawn. */
export function coins(_request: ApiRequest, { instruments, account }: Own): object[] {
  const assets = new Set([...instruments.values()].flatMap(({ base, quote }) => [base, quote]));
  return [...assets].map((coin) => ({
    coin, name: coin, depositAllEnable: false, withdrawAllEnable: false, trading: true, isLegalMoney: false,
    free: balanceText(account.holding(coin).free), locked: balanceText(account.holding(coin).locked), freeze: '0', withdrawing: '0', ipoing: '0',
    ipoable: '0', storage: '0', networkList: [],
  })); // prettier-ignore
}
