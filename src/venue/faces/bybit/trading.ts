/** Bybit's private endpoints over an exchange: orders, executions and balances of the account that signed. */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { isOver, isStop, isUntriggered, type AccountFill, type ExchangeOrder, type ExchangeRequest } from '../../exchange/index.ts'; // prettier-ignore
import { orderNumberOf, type UnifiedExchanges } from '../unified-account.ts';
import { contractOf, directedTriggerOf, fundingExecutions, marginModeOf, positionList, reduced, setLeverage, setMarginMode, switchMode } from './contracts.ts'; // prettier-ignore
import { setWindow, windowList } from './disconnections.ts';
import { executionTypeOf, fillFields, orderFields, walletFields } from './fields.ts';
import { BybitRefusal, categoryIn, inBybitWords, keyOf, noOrder, placeIn, placeOf, stepsOf, type Act, type BybitPlace, type Own, type Row } from './words.ts'; // prettier-ignore

/** A private request. */
export interface BybitRequest {
  readonly method: string;
  readonly path: string;
  /** The query as it was sent, without the question mark. */
  readonly query: string;
  readonly body: string;
  readonly header: (name: string) => string | undefined;
  readonly now: number;
}

/** The most orders and executions that one request lists. */
const [mostOrders, mostFills] = [50, 100];
/** The span in which executions are searched when no end is given. */
const weekMs = 7 * 24 * 3_600_000;

/** Whether a text is signed with an account's secret. */
export function isBybitSignature(account: Pick<Own, 'secret'>, text: string, sign: string | undefined): boolean {
  const wanted = createHmac('sha256', account.secret).update(text).digest();
  const sent = Buffer.from(sign ?? '', 'hex');
  return sent.length === wanted.length && timingSafeEqual(sent, wanted);
}

/** The account that signed a request. @throws {BybitRefusal} When it is not admitted. */
function signerOf(exchanges: UnifiedExchanges, request: BybitRequest, checksTime: boolean): Own {
  const { header, method, query, body, now } = request;
  const key = header('x-bapi-api-key') ?? '';
  const [time, window] = [header('x-bapi-timestamp') ?? '', header('x-bapi-recv-window') ?? '5000'];
  const account = exchanges.accountOf(key);
  if (account === undefined) throw new BybitRefusal(10003, 'API key is invalid.');
  const sent = Number(time);
  if (checksTime && !(sent < now + 1_000 && now - sent <= Number(window))) {
    throw new BybitRefusal(10002, `invalid request, please check your server timestamp or recv_window param. req_timestamp[${time}],server_timestamp[${now}],recv_window[${window}]`); // prettier-ignore
  }
  const text = time + key + window + (method === 'POST' ? body : query);
  if (isBybitSignature(account, text, header('x-bapi-sign'))) return account;
  throw new BybitRefusal(10004, `error sign! origin_string[${text}]`);
}

const routes: Readonly<Record<string, Act>> = {
  'GET user/query-api': () => ({ id: '1', note: 'local', readOnly: 0, permissions: { Spot: ['SpotTrade'], ContractTrade: ['Order', 'Position'], Wallet: [] }, unified: 0, uta: 1, type: 1 }),
  'GET account/info': (own) => ({ unifiedMarginStatus: 6, marginMode: marginModeOf(own) }),
  'GET account/wallet-balance': (own) => ({ list: [walletFields(own, own.assets, false)] }),
  'POST account/set-margin-mode': setMarginMode,
  'POST position/set-leverage': setLeverage,
  'POST position/switch-mode': switchMode,
  'GET position/list': positionList,
  'GET asset/coin/query-info': () => ({ rows: [] }),
  'POST order/create': place,
  'POST order/cancel': cancel,
  'POST order/cancel-all': cancelAll,
  'POST order/amend': amend,
  'POST order/disconnected-cancel-all': setWindow,
  'GET account/query-dcp-info': windowList,
  'GET order/realtime': (own, row) => listOf(own, row, (order) => row['orderId'] !== undefined || row['orderLinkId'] !== undefined || !isOver(order.status)),
  'GET order/history': (own, row) => listOf(own, row, ({ status }) => isOver(status)),
  'GET execution/list': executions,
}; // prettier-ignore

/** The result of a private request; undefined where there is no such endpoint. @throws {BybitRefusal} When it is refused. */
export function answerPrivate(exchanges: UnifiedExchanges, request: BybitRequest, checksTime: boolean): object | undefined {
  const act = routes[`${request.method} ${request.path.replace('/v5/', '')}`];
  if (act === undefined) return undefined;
  const own = signerOf(exchanges, request, checksTime);
  const row = request.method === 'POST' ? bodyOf(request.body) : Object.fromEntries(new URLSearchParams(request.query));
  const { category } = row;
  if (category !== undefined && category !== 'spot' && (category !== 'linear' || own.contracts === undefined)) {
    if (request.method === 'POST') throw new BybitRefusal(10001, `the local exchange has nothing of Bybit's category ${category}`);
    return { category, list: [], nextPageCursor: '' };
  }
  return act(own, row);
} // prettier-ignore

function bodyOf(body: string): Row {
  try {
    const value = JSON.parse(body) as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, typeof one === 'string' ? one : JSON.stringify(one)]),
    );
  } catch {
    throw new BybitRefusal(10001, 'params error: the body is no JSON');
  }
}

const timesInForce: readonly string[] = ['GTC', 'IOC', 'FOK', 'PostOnly'];

/** The form of Bybit's client ids. */
const clientIds = /^[A-Za-z0-9_-]{1,36}$/;

/** Kinds of orders by Bybit's word: at once, conditional, and conditional with its coins bound from the start. */
const filters: readonly string[] = ['Order', 'StopOrder', 'tpslOrder'];

/** The kind that an order is now: after its trigger, a conditional order is an ordinary one. */
function filterOf(order: ExchangeOrder): string {
  return isUntriggered(order) ? sentFilterOf(order) : 'Order';
}

/** The kind that an order was sent as. */
function sentFilterOf({ type, conditional }: ExchangeOrder): string {
  return conditional?.sentAs ?? (isStop(type) ? 'StopOrder' : 'Order');
}

/** Fields that only conditional orders have. On spot the last price says from which side its trigger is reached. */
function triggerOf(at: BybitPlace, row: Row, isMarket: boolean): Partial<ExchangeRequest> {
  const { side, orderFilter = 'Order', triggerPrice = '' } = row;
  const { exchange, instrument } = at;
  if (instrument.settle !== undefined) return triggerPrice === '' ? {} : directedTriggerOf(at, row, isMarket);
  if (!filters.includes(orderFilter)) throw new BybitRefusal(170202, 'Invalid orderFilter parameter.');
  if (triggerPrice === '') {
    if (orderFilter !== 'Order') throw new BybitRefusal(170203, 'Please enter the TP/SL price.');
    return {};
  }
  const stopPrice = stepsOf(row, 'triggerPrice', instrument.priceDecimals);
  const last = exchange.lastPrice(instrument.symbol, side === 'Buy' ? 'buy' : 'sell');
  const isStopLoss = stopPrice > (last ?? stopPrice) === (side === 'Buy');
  const type = isStopLoss ? 'STOP_LOSS' : 'TAKE_PROFIT';
  const sentAs = orderFilter === 'Order' ? 'StopOrder' : orderFilter;
  return { type: isMarket ? type : `${type}_LIMIT`, stopPrice, conditional: { sentAs, locksAtTrigger: sentAs === 'StopOrder', last } };
} // prettier-ignore

function place(own: Own, row: Row): object {
  const at = placeOf(own, row);
  const { exchange, account, instrument } = at;
  const { side, orderType, timeInForce = 'GTC', orderLinkId, marketUnit } = row;
  if (side !== 'Buy' && side !== 'Sell') throw new BybitRefusal(10001, 'params error: side invalid');
  if (orderType !== 'Market' && orderType !== 'Limit') throw new BybitRefusal(10001, 'params error: orderType invalid');
  if (!timesInForce.includes(timeInForce)) throw new BybitRefusal(10001, 'params error: timeInForce invalid');
  if (orderLinkId !== undefined && !clientIds.test(orderLinkId)) throw new BybitRefusal(10001, 'params error: orderLinkId invalid'); // prettier-ignore
  const isMarket = orderType === 'Market';
  const byValue = instrument.settle === undefined && isMarket && side === 'Buy' && marketUnit !== 'baseCoin';
  const contract = contractOf(at, row);
  const wanted: ExchangeRequest = {
    symbol: instrument.symbol, side: side === 'Buy' ? 'buy' : 'sell', type: isMarket ? 'MARKET' : timeInForce === 'PostOnly' ? 'LIMIT_MAKER' : 'LIMIT',
    size: byValue ? 0 : stepsOf(row, 'qty', instrument.sizeDecimals),
    ...(byValue && { quoteValue: BigInt(stepsOf(row, 'qty', 8)) }),
    ...(!isMarket && { price: stepsOf(row, 'price', instrument.priceDecimals) }),
    ...(!isMarket && timeInForce !== 'PostOnly' && { timeInForce: timeInForce as 'GTC' | 'IOC' | 'FOK' }),
    ...(orderLinkId !== undefined && { clientId: orderLinkId }), ...(contract && { contract }),
    ...triggerOf(at, row, isMarket),
  };
  const { order } = inBybitWords(row, () => exchange.place(account, reduced(at, wanted)));
  return { orderId: String(orderNumberOf(order)), orderLinkId: orderLinkId ?? '' };
} // prettier-ignore

function cancel(own: Own, row: Row): object {
  const { exchange, account, instrument } = placeOf(own, row);
  const { orderFilter = 'Order' } = row;
  const found = exchange.find(account, instrument.symbol, keyOf(row));
  const isOther = instrument.settle === undefined && found !== undefined && filterOf(found) !== orderFilter;
  if (found === undefined || isOther) throw noOrder(row);
  const order = inBybitWords(row, () => exchange.cancel(account, instrument.symbol, keyOf(row)));
  return { orderId: String(orderNumberOf(order)), orderLinkId: order.clientId };
}

function cancelAll(own: Own, row: Row): object {
  const wanted = row['symbol'] === undefined ? undefined : placeOf(own, row).instrument.symbol;
  const isLinear = categoryIn(row) === 'linear';
  const { orderFilter = isLinear ? undefined : 'Order' } = row;
  const place = placeIn(own, row);
  const open = [...(place?.account.open ?? [])].filter((order) => {
    const isWanted = orderFilter === undefined || filterOf(order) === orderFilter;
    return isWanted && (wanted === undefined || order.symbol === wanted);
  });
  for (const { symbol, id, status } of open) {
    if (!isOver(status)) place?.exchange.cancel(place.account, symbol, { id });
  }
  return { list: open.map((order) => ({ orderId: String(orderNumberOf(order)), orderLinkId: order.clientId })), success: '1' }; // prettier-ignore
}

/** Changes size, price or both in place. An order that is only made smaller keeps its place in the queue. */
function amend(own: Own, row: Row): object {
  const at = placeOf(own, row);
  const { exchange, account, instrument } = at;
  const key = keyOf(row);
  const order = exchange.find(account, instrument.symbol, key);
  if (order === undefined || isOver(order.status)) throw noOrder(row);
  const size = row['qty'] === undefined ? order.size : stepsOf(row, 'qty', instrument.sizeDecimals);
  const price = row['price'] === undefined ? order.price : stepsOf(row, 'price', instrument.priceDecimals);
  if (isUntriggered(order)) return amendStop(at, row, order, size, price);
  if (price === undefined) throw new BybitRefusal(10001, 'params error: only limit orders can be amended');
  if (size === order.size && price === order.price) throw new BybitRefusal(10001, 'The order remains unchanged as the parameters entered match the existing ones.'); // prettier-ignore
  inBybitWords(row, () => {
    if (price === order.price && size < order.size)
      exchange.amend(account, instrument.symbol, key, size, order.clientId);
    else exchange.modify(account, instrument.symbol, key, size, price);
  });
  return { orderId: String(orderNumberOf(order)), orderLinkId: order.clientId };
}

/** Changes a conditional order that waits: its trigger, its size, its price. */
function amendStop({ exchange, account, instrument }: BybitPlace, row: Row, order: ExchangeOrder, size: number, price: number | undefined): object {
  const stopPrice = row['triggerPrice'] === undefined ? order.stopPrice! : stepsOf(row, 'triggerPrice', instrument.priceDecimals);
  if (size === order.size && price === order.price && stopPrice === order.stopPrice) throw new BybitRefusal(10001, 'The order remains unchanged as the parameters entered match the existing ones.');
  inBybitWords(row, () => exchange.modifyStop(account, instrument.symbol, { id: order.id }, { size, price, stopPrice }));
  return { orderId: String(orderNumberOf(order)), orderLinkId: order.clientId };
} // prettier-ignore

/** Orders of the account, the newest first. */
function listOf(own: Own, row: Row, isWanted: (order: ExchangeOrder) => boolean): object {
  const { orderId, orderLinkId, startTime, endTime, orderFilter } = row;
  const wanted = row['symbol'] === undefined ? undefined : placeOf(own, row).instrument.symbol;
  const [from, to] = [Number(startTime ?? -Infinity), Number(endTime ?? Infinity)];
  const orders = placeIn(own, row)?.account.orders ?? [];
  const rows = orders.filter(
    (order) =>
      isWanted(order) && (wanted === undefined || order.symbol === wanted) && (orderId === undefined || String(orderNumberOf(order)) === orderId) &&
      (orderFilter === undefined || sentFilterOf(order) === orderFilter) && (orderLinkId === undefined || order.clientId === orderLinkId) && order.time >= from && order.time <= to,
  ); // prettier-ignore
  const limit = Math.min(mostOrders, Number(row['limit'] ?? 20));
  const list = rows.slice(-limit).reverse().map((order) => {
    const { account } = own.placeOf(order.symbol)!;
    return orderFields(order, own.exchanges.instrument(order.symbol), account.fills.filter((fill) => fill.order === order));
  }); // prettier-ignore
  return { category: categoryIn(row), list, nextPageCursor: '' };
}

/** Executions of at most a week, the newest first: of orders, liquidations, and the funding of perpetuals. */
function executions(own: Own, row: Row): object {
  const wanted = row['symbol'] === undefined ? undefined : placeOf(own, row).instrument.symbol;
  const { startTime, endTime, orderId, execType } = row;
  const from = startTime === undefined ? -Infinity : Number(startTime);
  const to = endTime === undefined ? from + weekMs : Number(endTime);
  if (to - from > weekMs && Number.isFinite(from)) throw new BybitRefusal(10001, 'params error: the time range must be at most 7 days'); // prettier-ignore
  const isIn = (time: number): boolean => (Number.isFinite(from) ? time >= from && time <= to : true);
  const isMeant = (symbol: string): boolean => wanted === undefined || symbol === wanted;
  const fills = (placeIn(own, row)?.account.fills ?? []).filter((fill: AccountFill) => {
    const isType = execType === undefined || executionTypeOf(fill) === execType;
    return isType && isIn(fill.time) && isMeant(fill.symbol) && (orderId === undefined || String(orderNumberOf(fill.order)) === orderId);
  }); // prettier-ignore
  const traded = fills.map((fill) => ({ time: fill.time, fields: fillFields(fill, own.exchanges.instrument(fill.symbol)) })); // prettier-ignore
  const wantsFunding = categoryIn(row) === 'linear' && orderId === undefined && (execType ?? 'Funding') === 'Funding';
  const paid = wantsFunding ? fundingExecutions(own).filter(({ time, symbol }) => isIn(time) && isMeant(symbol)) : [];
  const limit = Math.min(mostFills, Number(row['limit'] ?? 50));
  const rows = [...traded, ...paid].sort((a, b) => a.time - b.time).slice(-limit).reverse();
  return { category: categoryIn(row), list: rows.map(({ fields }) => fields), nextPageCursor: '' };
} // prettier-ignore
