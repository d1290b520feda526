/** Orders through Binance's API: placing, canceling, replacing, amending, and lists of orders. */
import {
  exchangeOrderTypes,
  isOver,
  Refusal,
  type Account,
  type AccountFill,
  type Exchange,
  type ExchangeListRequest,
  type ExchangeOrder,
  type ExchangeOrderType,
  type ExchangeRequest,
  type OrderKey,
  type OrderList,
} from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { fillParts, listFields, nameOf, orderHead } from './fields.ts';
import type { Facts } from './facts.ts';
import { instrumentOf, needed, StatusRefusal, stepsOf, wholeOf, wordOf, type ApiRequest } from './request.ts';

/** What an answer to an account is made from. */
export interface Own extends Facts {
  readonly exchange: Exchange;
  readonly account: Account;
}

const clientIds = /^[a-zA-Z0-9-_]{1,36}$/;
const timesInForce = ['GTC', 'IOC', 'FOK'] as const;

/** Features that exchangeInfo says are off, by the parameter that asks for them. */
const notSupported: readonly (readonly [name: RegExp, message: string])[] = [
  [/icebergQty$/i, 'Iceberg orders are not supported for this symbol.'],
  [/trailingDelta$/i, 'Trailing stop orders are not supported for this symbol.'],
  [/pegPriceType$|pegOffsetValue$|pegOffsetType$/i, 'Pegged orders are not supported for this symbol.'],
];

function checkFeatures(request: ApiRequest): void {
  for (const [name, value] of request.params) {
    const off = notSupported.find(([pattern]) => pattern.test(name));
    if (off !== undefined) throw new Refusal(-2010, off[1]);
    if (/strategyType$/i.test(name) && Number(value) < 1_000_000) {
      throw new Refusal(-1134, '`strategyType` was less than 1000000.');
    }
  }
  wordOf(request, 'selfTradePreventionMode', ['EXPIRE_MAKER']);
}

/** The parameters of one order within a request: an order list has several, each with a prefix such as `above`. */
interface OrderParams {
  readonly request: ApiRequest;
  /** The name that a parameter has in this request. */
  readonly nameOf: (name: string) => string;
}

const plain = (request: ApiRequest): OrderParams => ({ request, nameOf: (name) => name });

/** Places an order. */
export function newOrder(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  checkFeatures(request);
  const wanted = requestOf(plain(request), instrument);
  const response = responseOf(request, wanted.type);
  const { order, fills } = own.exchange.place(own.account, wanted);
  return placedFields(order, fills, instrument, response);
}

type ResponseType = 'ACK' | 'RESULT' | 'FULL';

function responseOf(request: ApiRequest, type: ExchangeOrderType): ResponseType {
  const standard = type === 'MARKET' || type === 'LIMIT' ? 'FULL' : 'ACK';
  return wordOf(request, 'newOrderRespType', ['ACK', 'RESULT', 'FULL']) ?? standard;
}

function placedFields(
  order: ExchangeOrder,
  fills: readonly AccountFill[],
  instrument: MarketInstrument,
  response: ResponseType,
): object {
  const ack = {
    symbol: nameOf(instrument),
    orderId: order.id,
    orderListId: order.list?.id ?? -1,
    clientOrderId: order.clientId,
    transactTime: order.updated,
  };
  if (response === 'ACK') return ack;
  const result = { ...orderHead(order, instrument), ...ack, workingTime: order.workingTime ?? -1 };
  return response === 'RESULT' ? result : { ...result, fills: fills.map((fill) => fillParts(fill, instrument)) };
}

/** Checks an order without placing it. */
export function testOrder(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  checkFeatures(request);
  own.exchange.checkFilters(requestOf(plain(request), instrument));
  if (wordOf(request, 'computeCommissionRates', ['true', 'false']) !== 'true') return {};
  const { maker, taker } = own.exchange.ledger.rateTexts();
  return {
    standardCommissionForOrder: { maker, taker },
    taxCommissionForOrder: { maker: '0.00000000', taker: '0.00000000' },
    discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: 'BNB', discount: '0.00000000' },
  };
}

/** The order that the parameters describe. */
export function requestOf(order: OrderParams, instrument: MarketInstrument): ExchangeRequest {
  const { request, nameOf: name } = order;
  const { params } = request;
  const side = needed(request, name('side'));
  if (side !== 'BUY' && side !== 'SELL') throw new Refusal(-1117, 'Invalid side.');
  const type = needed(request, name('type')) as ExchangeOrderType;
  if (!exchangeOrderTypes.includes(type)) throw new Refusal(-1116, 'Invalid orderType.');
  const isLimit = type === 'LIMIT' || type === 'LIMIT_MAKER' || type.endsWith('_LIMIT');
  const takesTime = type === 'LIMIT' || type.endsWith('_LIMIT');
  const isTriggered = type !== 'LIMIT' && type !== 'LIMIT_MAKER' && type !== 'MARKET';
  const byValue = type === 'MARKET' && params.has(name('quoteOrderQty'));
  const uses: readonly (readonly [string, boolean])[] = [
    ['price', isLimit],
    ['timeInForce', takesTime],
    ['stopPrice', isTriggered],
  ];
  for (const [field, isWanted] of uses) {
    if (isWanted) needed(request, name(field));
    else if (params.has(name(field))) throw new Refusal(-1106, `Parameter '${name(field)}' sent when not required.`);
  }
  const timeInForce = wordOf(request, name('timeInForce'), timesInForce, new Refusal(-1115, 'Invalid timeInForce.'));
  const quantity = name('quantity');
  needed(request, byValue ? name('quoteOrderQty') : quantity);
  for (const other of byValue ? [quantity] : type === 'MARKET' ? [] : [name('quoteOrderQty')]) {
    if (params.has(other)) throw new Refusal(-1106, `Parameter '${other}' sent when not required.`);
  }
  const clientId = clientIdOf(request, name('newClientOrderId'));
  const { priceDecimals, sizeDecimals, symbol } = instrument;
  const price = stepsOf(request, name('price'), priceDecimals, 'PRICE_FILTER');
  const stopPrice = stepsOf(request, name('stopPrice'), priceDecimals, 'PRICE_FILTER');
  return {
    symbol,
    side: side === 'BUY' ? 'buy' : 'sell',
    type,
    size: byValue ? 0 : stepsOf(request, quantity, sizeDecimals, 'LOT_SIZE')!,
    ...(price !== undefined && { price }),
    ...(stopPrice !== undefined && { stopPrice }),
    ...(timeInForce !== undefined && { timeInForce }),
    ...(byValue && { quoteValue: BigInt(stepsOf(request, name('quoteOrderQty'), 8, 'LOT_SIZE')!) }),
    ...(clientId !== undefined && { clientId }),
  };
}

export function clientIdOf({ params }: ApiRequest, name: string): string | undefined {
  const id = params.get(name);
  if (id === undefined || clientIds.test(id)) return id;
  throw new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.`);
}

/** The order that a request names, by its number, its client id or both. */
export function keyOf(request: ApiRequest, idName = 'orderId', clientName = 'origClientOrderId'): OrderKey {
  const id = wholeOf(request, idName);
  const clientId = clientIdOf(request, clientName);
  if (id === undefined && clientId === undefined) {
    throw new Refusal(-1102, `Param '${clientName}' or '${idName}' must be sent, but both were empty/null!`);
  }
  return { ...(id !== undefined && { id }), ...(clientId !== undefined && { clientId }) };
}

export function cancelOrder(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  const key = keyOf(request);
  checkRestrictions(request, own.exchange.find(own.account, instrument.symbol, key));
  return cancelOne(own, instrument, key, cancelIdOf(request, 'newClientOrderId', key));
}

function checkRestrictions(request: ApiRequest, order: ExchangeOrder | undefined): void {
  const restrictions = wordOf(
    request,
    'cancelRestrictions',
    ['ONLY_NEW', 'ONLY_PARTIALLY_FILLED'],
    new Refusal(-1145, '`cancelRestrictions` has to be either `ONLY_NEW` or `ONLY_PARTIALLY_FILLED`.'),
  );
  if (restrictions === undefined || order === undefined || isOver(order.status)) return;
  if (order.status === (restrictions === 'ONLY_NEW' ? 'NEW' : 'PARTIALLY_FILLED')) return;
  throw new Refusal(-2011, 'Order was not canceled due to cancel restrictions.');
}

function cancelIdOf(request: ApiRequest, name: string, { id, clientId }: OrderKey): string {
  return clientIdOf(request, name) ?? `c-${request.now}-${id ?? clientId ?? ''}`.slice(0, 36);
}

function cancelOne({ exchange, account }: Own, instrument: MarketInstrument, key: OrderKey, cancelId: string): object {
  const order = exchange.cancel(account, instrument.symbol, key, cancelId);
  return order.list === undefined
    ? canceledFields(order, instrument, cancelId)
    : canceledList(order.list, instrument, cancelId);
}

function canceledFields(order: ExchangeOrder, instrument: MarketInstrument, cancelId: string): object {
  const head = orderHead(order, instrument);
  return { ...head, origClientOrderId: order.clientId, clientOrderId: cancelId, transactTime: order.updated };
}

function canceledList(list: OrderList, instrument: MarketInstrument, cancelId: string): object {
  const reports = list.orders.map((order) => canceledFields(order, instrument, cancelId));
  return { ...listFields(list, instrument), orderReports: reports };
}

/** Cancels every open order of a symbol, lists included. */
export function cancelAll(request: ApiRequest, own: Own): object[] {
  const instrument = instrumentOf(request, own.instruments);
  const open = [...own.account.open].filter(({ symbol }) => symbol === instrument.symbol);
  if (open.length === 0) throw new Refusal(-2011, 'Unknown order sent.');
  const answers: object[] = [];
  for (const { id, status } of open) {
    // One cancel may end another order, such as the other leg of an OCO.
    if (!isOver(status)) answers.push(cancelOne(own, instrument, { id }, cancelIdOf(request, '', { id })));
  }
  return answers;
}

/**
 * Cancels an order and places another.
 *
 * Filters are checked before anything happens. If the cancel fails, `STOP_ON_FAILURE` places nothing; `ALLOW_FAILURE` tries.
 */
export function cancelReplace(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  const mode = wordOf(request, 'cancelReplaceMode', ['STOP_ON_FAILURE', 'ALLOW_FAILURE']);
  if (mode === undefined) needed(request, 'cancelReplaceMode');
  const key = keyOf(request, 'cancelOrderId', 'cancelOrigClientOrderId');
  checkFeatures(request);
  const wanted = requestOf(plain(request), instrument);
  const response = responseOf(request, wanted.type);
  own.exchange.checkFilters(wanted);
  const cancel = attempt(() => {
    checkRestrictions(request, own.exchange.find(own.account, instrument.symbol, key));
    return cancelOne(own, instrument, key, cancelIdOf(request, 'cancelNewClientOrderId', key));
  });
  if (!cancel.isDone && mode === 'STOP_ON_FAILURE') {
    throw new StatusRefusal(400, -2022, 'Order cancel-replace failed.', {
      cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED', cancelResponse: cancel.answer, newOrderResponse: null,
    }); // prettier-ignore
  }
  const placed = attempt(() => {
    const { order, fills } = own.exchange.place(own.account, wanted);
    return placedFields(order, fills, instrument, response);
  });
  const data = {
    cancelResult: cancel.isDone ? 'SUCCESS' : 'FAILURE',
    newOrderResult: placed.isDone ? 'SUCCESS' : 'FAILURE',
    cancelResponse: cancel.answer,
    newOrderResponse: placed.answer,
  };
  if (cancel.isDone && placed.isDone) return data;
  if (!cancel.isDone && !placed.isDone) throw new StatusRefusal(400, -2022, 'Order cancel-replace failed.', data);
  throw new StatusRefusal(409, -2021, 'Order cancel-replace partially failed.', data);
}

function attempt(act: () => object): { readonly isDone: boolean; readonly answer: object } {
  try {
    return { isDone: true, answer: act() };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { isDone: false, answer: { code: error.code, msg: error.message } };
  }
}

/** Reduces an order's quantity; it keeps its place in the queue. */
export function amendOrder(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  const key = keyOf(request);
  needed(request, 'newQty');
  const size = stepsOf(request, 'newQty', instrument.sizeDecimals, 'LOT_SIZE')!;
  const clientId = clientIdOf(request, 'newClientOrderId');
  const { id, order, clientIdBefore, time } = own.exchange.amend(own.account, instrument.symbol, key, size, clientId);
  const { cummulativeQuoteQty, origQty, origQuoteOrderQty, ...head } = orderHead(order, instrument);
  const amendedOrder = {
    ...head, origClientOrderId: clientIdBefore, qty: origQty, quoteOrderQty: origQuoteOrderQty, cumulativeQuoteQty: cummulativeQuoteQty,
    preventedQty: '0.00000000', workingTime: order.workingTime ?? -1,
  }; // prettier-ignore
  const { list } = order;
  if (list === undefined) return { transactTime: time, executionId: id, amendedOrder };
  const { orderListId, contingencyType, listOrderStatus, listClientOrderId, symbol, orders } = listFields(
    list,
    instrument,
  );
  return {
    transactTime: time, executionId: id, amendedOrder,
    listStatus: { orderListId, contingencyType, listOrderStatus, listClientOrderId, symbol, orders },
  }; // prettier-ignore
}

/** Places an OCO by its legs above and below the price. */
export function newOco(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  checkFeatures(request);
  return placeList(request, own, instrument, { contingency: 'OCO', orders: legsOf(request, instrument, '') });
}

/** Places an OCO by the older parameters: a limit order, and a stop with or without a limit. */
export function newLegacyOco(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  checkFeatures(request);
  for (const name of ['side', 'quantity', 'price', 'stopPrice']) needed(request, name);
  const isLimit = request.params.has('stopLimitPrice');
  if (isLimit) needed(request, 'stopLimitTimeInForce');
  const translated = (type: ExchangeOrderType, names: Readonly<Record<string, string>>): ExchangeRequest => {
    const params = new Map<string, string>([['type', type]]);
    for (const [name, sent] of Object.entries(names)) {
      const value = request.params.get(sent);
      if (value !== undefined) params.set(name, value);
    }
    return requestOf(plain({ ...request, params }), instrument);
  };
  const both = { side: 'side', quantity: 'quantity' };
  const limit = translated('LIMIT_MAKER', { ...both, price: 'price', newClientOrderId: 'limitClientOrderId' });
  const stopNames = { ...both, stopPrice: 'stopPrice', newClientOrderId: 'stopClientOrderId' };
  const stop = isLimit
    ? translated('STOP_LOSS_LIMIT', { ...stopNames, price: 'stopLimitPrice', timeInForce: 'stopLimitTimeInForce' })
    : translated('STOP_LOSS', stopNames);
  return placeList(request, own, instrument, { contingency: 'OCO', orders: [stop, limit] });
}

/** Places a working order and one that follows when it is filled. */
export function newOto(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  checkFeatures(request);
  const pending = requestOf({ request, nameOf: prefixed('pending') }, instrument);
  return placeList(request, own, instrument, { contingency: 'OTO', orders: [workingOf(request, instrument), pending] });
}

/** Places a working order and an OCO that follows when it is filled. */
export function newOtoco(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  checkFeatures(request);
  const [above, below] = legsOf(request, instrument, 'pending');
  const orders = [workingOf(request, instrument), above, below] as const;
  return placeList(request, own, instrument, { contingency: 'OTO', orders });
}

function workingOf(request: ApiRequest, instrument: MarketInstrument): ExchangeRequest {
  const type = needed(request, 'workingType');
  if (type !== 'LIMIT' && type !== 'LIMIT_MAKER') throw new Refusal(-1116, 'Invalid orderType.');
  return requestOf({ request, nameOf: prefixed('working') }, instrument);
}

/** The names of an order's parameters within a list: `price` is `abovePrice`, `newClientOrderId` is `aboveClientOrderId`. */
function prefixed(prefix: string, shared: Readonly<Record<string, string>> = {}): (name: string) => string {
  return (name) => {
    const own = shared[name];
    if (own !== undefined) return own;
    const short = name === 'newClientOrderId' ? 'clientOrderId' : name;
    return prefix + short[0]!.toUpperCase() + short.slice(1);
  };
}

const legTypes = ['STOP_LOSS_LIMIT', 'STOP_LOSS', 'LIMIT_MAKER', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'] as const;

/** The legs of an OCO, the one above the price first. */
function legsOf(request: ApiRequest, instrument: MarketInstrument, prefix: '' | 'pending'): [ExchangeRequest, ExchangeRequest] {
  const shared = prefix === '' ? { side: 'side', quantity: 'quantity' } : { side: 'pendingSide', quantity: 'pendingQuantity' };
  const leg = (place: 'above' | 'below'): ExchangeRequest => {
    const name = prefix === '' ? place : `${prefix}${place === 'above' ? 'Above' : 'Below'}`;
    const type = needed(request, `${name}Type`);
    if (!(legTypes as readonly string[]).includes(type)) throw new Refusal(-1158, 'Order type not supported in OCO.');
    return requestOf({ request, nameOf: prefixed(name, shared) }, instrument);
  };
  const [above, below] = [leg('above'), leg('below')];
  checkLegs(above, below);
  return [above, below];
} // prettier-ignore

/** Which kinds of orders may lie above and below the price. */
function checkLegs(above: ExchangeRequest, below: ExchangeRequest): void {
  const isLimit = ({ type }: ExchangeRequest): boolean => type === 'LIMIT_MAKER';
  const isStopLoss = ({ type }: ExchangeRequest): boolean => type.startsWith('STOP_LOSS');
  const isProfit = ({ type }: ExchangeRequest): boolean => type.startsWith('TAKE_PROFIT');
  if (isLimit(above) && isLimit(below)) throw new Refusal(-1168, 'At least one OCO order must be contingent.');
  if (above.side === 'buy') {
    if (isLimit(above)) throw new Refusal(-1165, 'A limit order in a buy OCO must be below.');
    if (isStopLoss(below)) throw new Refusal(-1196, 'A stop loss order in a buy OCO must be above.');
    if (isProfit(above)) throw new Refusal(-1198, 'A take profit order in a buy OCO must be below.');
    return;
  }
  if (isLimit(below)) throw new Refusal(-1166, 'A limit order in a sell OCO must be above.');
  if (isStopLoss(above)) throw new Refusal(-1197, 'A stop loss order in a sell OCO must be below.');
  if (isProfit(below)) throw new Refusal(-1199, 'A take profit order in a sell OCO must be above.');
}

function placeList(
  request: ApiRequest,
  own: Own,
  instrument: MarketInstrument,
  wanted: Omit<ExchangeListRequest, 'clientId'>,
): object {
  const clientId = clientIdOf(request, 'listClientOrderId');
  const response = wordOf(request, 'newOrderRespType', ['ACK', 'RESULT', 'FULL']) ?? 'RESULT';
  const { list, fills } = own.exchange.placeList(own.account, {
    ...wanted,
    ...(clientId !== undefined && { clientId }),
  });
  const reports = list.orders.map((order) =>
    placedFields(order, fills.filter((fill) => fill.order === order), instrument, response),
  ); // prettier-ignore
  return { ...listFields(list, instrument), orderReports: reports };
}

/** Cancels the orders of a list. */
export function cancelList(request: ApiRequest, own: Own): object {
  const instrument = instrumentOf(request, own.instruments);
  const { id, clientId } = keyOf(request, 'orderListId', 'listClientOrderId');
  const key = id === undefined ? { clientId: clientId! } : { id };
  const cancelId = cancelIdOf(request, 'newClientOrderId', key);
  return canceledList(own.exchange.cancelList(own.account, instrument.symbol, key, cancelId), instrument, cancelId);
}
