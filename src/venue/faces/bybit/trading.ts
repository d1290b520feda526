/** Bybit's private endpoints over an exchange: orders, executions and balances of the account that signed. */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { isOver, isStop, isUntriggered, Refusal, type Account, type AccountFill, type Exchange, type ExchangeOrder, type ExchangeRequest, type OrderKey } from '../../exchange/index.ts'; // prettier-ignore
import type { MarketInstrument } from '../../market-data.ts';
import { fillFields, nameOf, orderFields, walletFields } from './fields.ts';

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

/** A refusal in Bybit's words; the status is 200 all the same. */
export class BybitRefusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

interface Own {
  readonly exchange: Exchange;
  readonly account: Account;
}

type Row = Readonly<Record<string, string | undefined>>;
type Act = (own: Own, row: Row) => object;

/** Rows that one request lists at most. */
const [mostOrders, mostFills] = [50, 100];
/** The span that executions are looked through for, where no end is given. */
const weekMs = 7 * 24 * 3_600_000;

/** Whether a text is signed with an account's secret. */
export function isBybitSignature(account: Account, text: string, sign: string | undefined): boolean {
  const wanted = createHmac('sha256', account.secret).update(text).digest();
  const sent = Buffer.from(sign ?? '', 'hex');
  return sent.length === wanted.length && timingSafeEqual(sent, wanted);
}

/** The account that signed a request. @throws {BybitRefusal} When it is not admitted. */
function signerOf(exchange: Exchange, request: BybitRequest, checksTime: boolean): Account {
  const { header, method, query, body, now } = request;
  const key = header('x-bapi-api-key') ?? '';
  const [time, window] = [header('x-bapi-timestamp') ?? '', header('x-bapi-recv-window') ?? '5000'];
  const account = exchange.accountOf(key);
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
  'GET user/query-api': () => ({ id: '1', note: 'local', readOnly: 0, permissions: { Spot: ['SpotTrade'], Wallet: [] }, unified: 0, uta: 1, type: 1 }),
  'GET account/info': () => ({ unifiedMarginStatus: 6, marginMode: 'REGULAR_MARGIN' }),
  'GET account/wallet-balance': ({ account }) => ({ list: [walletFields(account, account.assets, false)] }),
  'GET asset/coin/query-info': () => ({ rows: [] }),
  'POST order/create': place,
  'POST order/cancel': cancel,
  'POST order/cancel-all': cancelAll,
  'POST order/amend': amend,
  'GET order/realtime': (own, row) => listOf(own, row, (order) => row['orderId'] !== undefined || row['orderLinkId'] !== undefined || !isOver(order.status)),
  'GET order/history': (own, row) => listOf(own, row, ({ status }) => isOver(status)),
  'GET execution/list': executions,
}; // prettier-ignore

/** The result of a private request; undefined where there is no such endpoint. @throws {BybitRefusal} When it is refused. */
export function answerPrivate(exchange: Exchange, request: BybitRequest, checksTime: boolean): object | undefined {
  const act = routes[`${request.method} ${request.path.replace('/v5/', '')}`];
  if (act === undefined) return undefined;
  const account = signerOf(exchange, request, checksTime);
  const row = request.method === 'POST' ? bodyOf(request.body) : Object.fromEntries(new URLSearchParams(request.query));
  const { category } = row;
  if (category !== undefined && category !== 'spot') {
    if (request.method === 'POST') throw new BybitRefusal(10001, 'the local exchange has no contracts of Bybit');
    return { category, list: [], nextPageCursor: '' };
  }
  return act({ exchange, account }, row);
}

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

function instrumentOf({ exchange }: Own, { symbol }: Row): MarketInstrument {
  const found = exchange.instruments.find((one) => nameOf(one) === symbol);
  if (found !== undefined) return found;
  throw new BybitRefusal(170121, 'Invalid symbol.');
}

/** The order that a request names: by both ids where it sends both. */
function keyOf({ orderId = '', orderLinkId = '' }: Row): OrderKey {
  if (orderId !== '') return { id: Number(orderId) };
  if (orderLinkId !== '') return { clientId: orderLinkId };
  throw new BybitRefusal(10001, 'params error: orderId or orderLinkId is required');
}

/** A number on the steps of an instrument, in whole steps. */
function stepsOf(row: Row, name: string, decimals: number): number {
  const [, whole, rest = ''] = /^(\d{1,20})(?:\.(\d{1,20}))?$/.exec(row[name] ?? '') ?? [];
  const digits = rest.replace(/0+$/, '');
  if (whole === undefined) throw new BybitRefusal(10001, `params error: ${name} invalid`);
  if (digits.length <= decimals) return Number(whole + digits.padEnd(decimals, '0'));
  throw name === 'price'
    ? new BybitRefusal(170134, 'Order price has too many decimals.')
    : new BybitRefusal(170137, 'Order volume decimal too long');
}

const timesInForce: readonly string[] = ['GTC', 'IOC', 'FOK', 'PostOnly'];

/** Client ids of Bybit's. */
const clientIds = /^[A-Za-z0-9_-]{1,36}$/;

/** Kinds of orders by Bybit's word: at once, conditional, and conditional with its coins bound from the start. */
const filters: readonly string[] = ['Order', 'StopOrder', 'tpslOrder'];

/** The kind that an order is now: a conditional one is an order like all others from its trigger on. */
function filterOf(order: ExchangeOrder): string {
  return isUntriggered(order) ? sentFilterOf(order) : 'Order';
}

/** The kind that an order was sent as. */
function sentFilterOf({ type, conditional }: ExchangeOrder): string {
  return conditional?.sentAs ?? (isStop(type) ? 'StopOrder' : 'Order');
}

/** What a conditional order has beyond others. On spot the last price says from which side its trigger is reached. */
function triggerOf(own: Own, instrument: MarketInstrument, row: Row, isMarket: boolean): Partial<ExchangeRequest> {
  const { side, orderFilter = 'Order', triggerPrice = '' } = row;
  if (!filters.includes(orderFilter)) throw new BybitRefusal(170202, 'Invalid orderFilter parameter.');
  if (triggerPrice === '') {
    if (orderFilter !== 'Order') throw new BybitRefusal(170203, 'Please enter the TP/SL price.');
    return {};
  }
  const stopPrice = stepsOf(row, 'triggerPrice', instrument.priceDecimals);
  const last = own.exchange.lastPrice(instrument.symbol, side === 'Buy' ? 'buy' : 'sell');
  const isStopLoss = stopPrice > (last ?? stopPrice) === (side === 'Buy');
  const type = isStopLoss ? 'STOP_LOSS' : 'TAKE_PROFIT';
  const sentAs = orderFilter === 'Order' ? 'StopOrder' : orderFilter;
  return { type: isMarket ? type : `${type}_LIMIT`, stopPrice, conditional: { sentAs, locksAtTrigger: sentAs === 'StopOrder', last } };
} // prettier-ignore

function place(own: Own, row: Row): object {
  const instrument = instrumentOf(own, row);
  const { side, orderType, timeInForce = 'GTC', orderLinkId, marketUnit } = row;
  if (side !== 'Buy' && side !== 'Sell') throw new BybitRefusal(10001, 'params error: side invalid');
  if (orderType !== 'Market' && orderType !== 'Limit') throw new BybitRefusal(10001, 'params error: orderType invalid');
  if (!timesInForce.includes(timeInForce)) throw new BybitRefusal(10001, 'params error: timeInForce invalid');
  if (orderLinkId !== undefined && !clientIds.test(orderLinkId)) throw new BybitRefusal(10001, 'params error: orderLinkId invalid'); // prettier-ignore
  const isMarket = orderType === 'Market';
  const byValue = isMarket && side === 'Buy' && marketUnit !== 'baseCoin';
  const wanted: ExchangeRequest = {
    symbol: instrument.symbol, side: side === 'Buy' ? 'buy' : 'sell', type: isMarket ? 'MARKET' : timeInForce === 'PostOnly' ? 'LIMIT_MAKER' : 'LIMIT',
    size: byValue ? 0 : stepsOf(row, 'qty', instrument.sizeDecimals),
    ...(byValue && { quoteValue: BigInt(stepsOf(row, 'qty', 8)) }),
    ...(!isMarket && { price: stepsOf(row, 'price', instrument.priceDecimals) }),
    ...(!isMarket && timeInForce !== 'PostOnly' && { timeInForce: timeInForce as 'GTC' | 'IOC' | 'FOK' }),
    ...(orderLinkId !== undefined && { clientId: orderLinkId }),
    ...triggerOf(own, instrument, row, isMarket),
  }; // prettier-ignore
  const { order } = inBybitWords(() => own.exchange.place(own.account, wanted));
  return { orderId: String(order.id), orderLinkId: orderLinkId ?? '' };
}

function cancel(own: Own, row: Row): object {
  const instrument = instrumentOf(own, row);
  const { orderFilter = 'Order' } = row;
  const found = own.exchange.find(own.account, instrument.symbol, keyOf(row));
  if (found === undefined || filterOf(found) !== orderFilter) throw new BybitRefusal(170213, 'Order does not exist.');
  const order = inBybitWords(() => own.exchange.cancel(own.account, instrument.symbol, keyOf(row)));
  return { orderId: String(order.id), orderLinkId: order.clientId };
}

function cancelAll(own: Own, row: Row): object {
  const wanted = row['symbol'] === undefined ? undefined : instrumentOf(own, row).symbol;
  const { orderFilter = 'Order' } = row;
  const open = [...own.account.open].filter(
    (order) => filterOf(order) === orderFilter && (wanted === undefined || order.symbol === wanted),
  );
  for (const { symbol, id, status } of open) {
    if (!isOver(status)) own.exchange.cancel(own.account, symbol, { id });
  }
  return { list: open.map(({ id, clientId }) => ({ orderId: String(id), orderLinkId: clientId })), success: '1' };
}

/** Changes size, price or both in place. An order that is only made smaller keeps its place in the queue. */
function amend(own: Own, row: Row): object {
  const instrument = instrumentOf(own, row);
  const key = keyOf(row);
  const order = own.exchange.find(own.account, instrument.symbol, key);
  if (order === undefined || isOver(order.status)) throw new BybitRefusal(170213, 'Order does not exist.');
  const size = row['qty'] === undefined ? order.size : stepsOf(row, 'qty', instrument.sizeDecimals);
  const price = row['price'] === undefined ? order.price : stepsOf(row, 'price', instrument.priceDecimals);
  if (isUntriggered(order)) return amendStop(own, row, instrument, order, size, price);
  if (price === undefined) throw new BybitRefusal(10001, 'params error: only limit orders can be amended');
  if (size === order.size && price === order.price) throw new BybitRefusal(10001, 'The order remains unchanged as the parameters entered match the existing ones.'); // prettier-ignore
  inBybitWords(() => {
    if (price === order.price && size < order.size)
      own.exchange.amend(own.account, instrument.symbol, key, size, order.clientId); // prettier-ignore
    else own.exchange.modify(own.account, instrument.symbol, key, size, price);
  });
  return { orderId: String(order.id), orderLinkId: order.clientId };
}

/** Changes a conditional order that waits: its trigger, its size, its price. */
function amendStop(own: Own, row: Row, { symbol, priceDecimals }: MarketInstrument, order: ExchangeOrder, size: number, price: number | undefined): object {
  const stopPrice = row['triggerPrice'] === undefined ? order.stopPrice! : stepsOf(row, 'triggerPrice', priceDecimals);
  if (size === order.size && price === order.price && stopPrice === order.stopPrice) throw new BybitRefusal(10001, 'The order remains unchanged as the parameters entered match the existing ones.');
  inBybitWords(() => own.exchange.modifyStop(own.account, symbol, { id: order.id }, { size, price, stopPrice }));
  return { orderId: String(order.id), orderLinkId: order.clientId };
} // prettier-ignore

/** Orders of the account, the newest first. */
function listOf(own: Own, row: Row, isWanted: (order: ExchangeOrder) => boolean): object {
  const { orderId, orderLinkId, startTime, endTime, orderFilter } = row;
  const wanted = row['symbol'] === undefined ? undefined : instrumentOf(own, row).symbol;
  const [from, to] = [Number(startTime ?? -Infinity), Number(endTime ?? Infinity)];
  const rows = own.account.orders.filter(
    (order) =>
      isWanted(order) && (wanted === undefined || order.symbol === wanted) && (orderId === undefined || String(order.id) === orderId) &&
      (orderFilter === undefined || sentFilterOf(order) === orderFilter) && (orderLinkId === undefined || order.clientId === orderLinkId) && order.time >= from && order.time <= to,
  ); // prettier-ignore
  const limit = Math.min(mostOrders, Number(row['limit'] ?? 20));
  const list = rows.slice(-limit).reverse().map((order) => {
    const instrument = own.exchange.instruments.find(({ symbol }) => symbol === order.symbol)!;
    return orderFields(order, instrument, own.account.fills.filter((fill) => fill.order === order));
  }); // prettier-ignore
  return { category: 'spot', list, nextPageCursor: '' };
}

/** Executions of at most a week, the newest first. */
function executions(own: Own, row: Row): object {
  const wanted = row['symbol'] === undefined ? undefined : instrumentOf(own, row).symbol;
  const { startTime, endTime, orderId } = row;
  const from = startTime === undefined ? -Infinity : Number(startTime);
  const to = endTime === undefined ? from + weekMs : Number(endTime);
  if (to - from > weekMs && Number.isFinite(from)) throw new BybitRefusal(10001, 'params error: the time range must be at most 7 days'); // prettier-ignore
  const rows = own.account.fills.filter(({ symbol, time, order }: AccountFill) => {
    const isIn = Number.isFinite(from) ? time >= from && time <= to : true;
    return isIn && (wanted === undefined || symbol === wanted) && (orderId === undefined || String(order.id) === orderId);
  }); // prettier-ignore
  const limit = Math.min(mostFills, Number(row['limit'] ?? 50));
  const list = rows.slice(-limit).reverse().map((fill) => {
    return fillFields(fill, own.exchange.instruments.find(({ symbol }) => symbol === fill.symbol)!);
  }); // prettier-ignore
  return { category: 'spot', list, nextPageCursor: '' };
}

/** The exchange's refusals in Bybit's codes. */
function inBybitWords<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message } = error;
    if (code === -2011 || code === -2013) throw new BybitRefusal(170213, 'Order does not exist.');
    if (/insufficient balance/i.test(message)) throw new BybitRefusal(170131, 'Insufficient balance.');
    if (/duplicate/i.test(message)) throw new BybitRefusal(170141, 'Duplicate clientOrderId');
    if (message.includes('closed')) throw new BybitRefusal(170105, 'Trading is suspended for this symbol.');
    if (message.includes('NOTIONAL')) throw new BybitRefusal(170140, 'Order value exceeded lower limit.');
    if (message.includes('trigger'))
      throw new BybitRefusal(170130, "Data sent for parameter 'triggerPrice' is not valid.");
    if (message.includes("immediately")) throw new BybitRefusal(170218, 'The LIMIT-MAKER order is rejected due to invalid price.'); // prettier-ignore
    throw new BybitRefusal(10001, `params error: ${message}`);
  }
}
