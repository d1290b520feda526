/** Orders of contracts through Binance's API: placing, changing and canceling, conditional ones included. */
import {
  isOver,
  isStop,
  Refusal,
  type ExchangeOrder,
  type ExchangeOrderType,
  type ExchangeRequest,
  type OrderKey,
  type PositionSide,
} from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { instrumentOf, needed, objectOf, stepsOf, wholeOf, wordOf, type ApiRequest } from '../binance/request.ts';
import { clientIdOf } from '../binance/trading.ts';
import type { OwnContracts } from './facts.ts';
import { algoFields, algoOffset, isConditional, orderFields } from './fields.ts';
import { inContractWords } from './refusals.ts';

/** The exchange's order types by their names on contracts. */
const types: Readonly<Record<string, ExchangeOrderType>> = {
  LIMIT: 'LIMIT',
  MARKET: 'MARKET',
  STOP: 'STOP_LOSS_LIMIT',
  STOP_MARKET: 'STOP_LOSS',
  TAKE_PROFIT: 'TAKE_PROFIT_LIMIT',
  TAKE_PROFIT_MARKET: 'TAKE_PROFIT',
};

/** The order that the parameters describe. */
function requestOf(request: ApiRequest, own: OwnContracts, isAlgo: boolean): ExchangeRequest {
  const instrument = instrumentOf(request, own.instruments);
  const { params } = request;
  const side = needed(request, 'side');
  if (side !== 'BUY' && side !== 'SELL') throw new Refusal(-1117, 'Invalid side.');
  const word = needed(request, 'type');
  const known = types[word];
  if (known === undefined) throw new Refusal(-1116, 'Invalid orderType.');
  if (isStop(known) !== isAlgo) {
    // Conditional orders have endpoints of their own since December 2025.
    if (isAlgo) throw new Refusal(-1116, 'Invalid orderType.');
    throw new Refusal(-4120, 'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.');
  }
  if (isAlgo && needed(request, 'algoType') !== 'CONDITIONAL') throw new Refusal(-1102, 'algoType must be CONDITIONAL.');
  const isLimit = known === 'LIMIT' || known.endsWith('_LIMIT');
  const force = wordOf(request, 'timeInForce', ['GTC', 'IOC', 'FOK', 'GTX'], new Refusal(-1115, 'Invalid timeInForce.'));
  if (known === 'LIMIT') needed(request, 'timeInForce');
  if (isLimit) needed(request, 'price');
  if (!isLimit && params.has('price')) throw new Refusal(-1106, "Parameter 'price' sent when not required.");
  const triggerName = isAlgo ? 'triggerPrice' : 'stopPrice';
  if (isStop(known)) needed(request, triggerName);
  else if (params.has(triggerName)) throw new Refusal(-1106, `Parameter '${triggerName}' sent when not required.`);
  const closesPosition = wordOf(request, 'closePosition', ['true', 'false']) === 'true';
  const reduceOnly = wordOf(request, 'reduceOnly', ['true', 'false']) === 'true';
  if (closesPosition && (isLimit || !isStop(known))) {
    throw new Refusal(-4136, 'Target strategy invalid for orderType ' + word + ',closePosition true.');
  }
  if (closesPosition && params.has('quantity')) {
    throw new Refusal(-4137, 'Quantity must be zero with closePosition equals true.');
  }
  if (closesPosition && reduceOnly) throw new Refusal(-1106, "Parameter 'reduceonly' sent when not required.");
  if (!closesPosition) needed(request, 'quantity');
  const positionSide = positionSideOf(request, own, reduceOnly);
  const clientId = clientIdOf(request, isAlgo ? 'clientAlgoId' : 'newClientOrderId');
  const price = stepsOf(request, 'price', instrument.priceDecimals, 'PRICE_FILTER');
  const stopPrice = stepsOf(request, triggerName, instrument.priceDecimals, 'PRICE_FILTER');
  const isHedged = positionSide !== 'BOTH';
  const opens = positionSide === 'LONG' ? 'BUY' : 'SELL';
  return {
    symbol: instrument.symbol,
    side: side === 'BUY' ? 'buy' : 'sell',
    type: known === 'LIMIT' && force === 'GTX' ? 'LIMIT_MAKER' : known,
    size: closesPosition ? 0 : stepsOf(request, 'quantity', instrument.sizeDecimals, 'LOT_SIZE')!,
    ...(price !== undefined && { price }),
    ...(stopPrice !== undefined && { stopPrice }),
    ...(force !== undefined && force !== 'GTX' && { timeInForce: force }),
    ...(clientId !== undefined && { clientId }),
    // In hedge mode the side says whether an order closes.
    contract: { positionSide, reduceOnly: reduceOnly || (isHedged && side !== opens), closesPosition, isLiquidation: false },
  };
} // prettier-ignore

function positionSideOf(request: ApiRequest, own: OwnContracts, reduceOnly: boolean): PositionSide {
  const refusal = new Refusal(-4060, 'Invalid position side.');
  const side = wordOf(request, 'positionSide', ['BOTH', 'LONG', 'SHORT'], refusal) ?? 'BOTH';
  const { isHedged } = own.contracts.of(own.account);
  if (isHedged !== (side !== 'BOTH')) {
    throw new Refusal(-4061, "Order's position side does not match user's setting.");
  }
  if (isHedged && reduceOnly) throw new Refusal(-1106, "Parameter 'reduceonly' sent when not required.");
  return side;
}

/** Refuses a reduce-only order when there is nothing to reduce. */
function checkReducing(wanted: ExchangeRequest, own: OwnContracts): void {
  const { contract, symbol, side } = wanted;
  if (contract?.reduceOnly !== true || isStop(wanted.type)) return;
  const { lots } = own.contracts.of(own.account).position(symbol, contract.positionSide);
  if (lots === 0 || lots > 0 !== (side === 'sell')) throw new Refusal(-2022, 'ReduceOnly Order is rejected.');
}

function place(request: ApiRequest, own: OwnContracts, isAlgo: boolean): { order: ExchangeOrder; instrument: MarketInstrument } {
  const wanted = requestOf(request, own, isAlgo);
  const { symbol } = wanted;
  const instrument = own.market.instruments.find((one) => one.symbol === symbol)!;
  return inContractWords(() => {
    checkReducing(wanted, own);
    const cut = wanted.contract?.reduceOnly === true && !isStop(wanted.type) ? reduced(wanted, own) : wanted;
    return { order: own.exchange.place(own.account, cut).order, instrument };
  });
} // prettier-ignore

/** Cuts a reduce-only order to the size of the position, as Binance does in one-way mode. */
function reduced(wanted: ExchangeRequest, own: OwnContracts): ExchangeRequest {
  const { lots } = own.contracts.of(own.account).position(wanted.symbol, wanted.contract!.positionSide);
  if (wanted.contract!.positionSide !== 'BOTH' && wanted.size > Math.abs(lots)) {
    throw new Refusal(-2022, 'ReduceOnly Order is rejected.');
  }
  return { ...wanted, size: Math.min(wanted.size, Math.abs(lots)) };
}

/** Places an order. */
export function newOrder(request: ApiRequest, own: OwnContracts): object {
  wordOf(request, 'newOrderRespType', ['ACK', 'RESULT']);
  const { order, instrument } = place(request, own, false);
  return orderFields(order, instrument);
}

/** Places a conditional order. */
export function newAlgoOrder(request: ApiRequest, own: OwnContracts): object {
  const { order, instrument } = place(request, own, true);
  return algoFields(order, instrument);
}

/** Checks an order without placing it. */
export function testOrder(request: ApiRequest, own: OwnContracts): object {
  const wanted = requestOf(request, own, false);
  inContractWords(() => {
    own.exchange.checkFilters(wanted);
  });
  return {};
}

/** Places several orders; each has its own answer. */
export function newOrders(request: ApiRequest, own: OwnContracts): object[] {
  return partsOf(request, 'batchOrders').map((part) => attempt(() => newOrder(part, own)));
}

/** Each object of a list as a request of its own. */
function partsOf(request: ApiRequest, name: string): ApiRequest[] {
  let rows: unknown;
  try {
    rows = JSON.parse(needed(request, name));
  } catch {
    rows = undefined;
  }
  if (!Array.isArray(rows)) throw new Refusal(-1130, `Data sent for parameter '${name}' is not valid.`);
  if (rows.length > 5) throw new Refusal(-4082, 'Invalid number of batch place orders.');
  return rows.map((row: unknown) => {
    const fields = objectOf(JSON.stringify(row)) ?? {};
    const params = new Map(Object.entries(fields).map(([key, value]) => [key, String(value)]));
    return { ...request, params, sent: params.size };
  });
}

function attempt(act: () => object): object {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { code: error.code, msg: error.message };
  }
}

/** The order that a request names by its number or its client id. */
function keyOf(request: ApiRequest, idName: string, clientName: string, offset = 0): OrderKey {
  const id = wholeOf(request, idName);
  const clientId = clientIdOf(request, clientName);
  if (id === undefined && clientId === undefined) {
    throw new Refusal(-1102, `Param '${clientName}' or '${idName}' must be sent, but both were empty/null!`);
  }
  return { ...(id !== undefined && { id: id - offset }), ...(clientId !== undefined && { clientId }) };
}

/** The order that a request is about; a conditional order can be found here only after its trigger. */
export function orderOf(
  request: ApiRequest,
  own: OwnContracts,
): { order: ExchangeOrder; instrument: MarketInstrument } {
  const instrument = instrumentOf(request, own.instruments);
  const order = own.exchange.find(own.account, instrument.symbol, keyOf(request, 'orderId', 'origClientOrderId'));
  if (order === undefined || isConditional(order)) throw new Refusal(-2013, 'Order does not exist.');
  return { order, instrument };
}

/** The conditional order that a request is about: the symbol need not be named. */
export function algoOf(request: ApiRequest, own: OwnContracts): { order: ExchangeOrder; instrument: MarketInstrument } {
  const { id, clientId } = keyOf(request, 'algoId', 'clientAlgoId', algoOffset);
  const order = own.account.orders.findLast(
    (one) => isStop(one.type) && (id === undefined ? one.clientId === clientId : one.id === id),
  );
  if (order === undefined) throw new Refusal(-2013, 'Order does not exist.');
  return { order, instrument: own.market.instruments.find((one) => one.symbol === order.symbol)! };
}

export function orderAnswer(request: ApiRequest, own: OwnContracts): object {
  const { order, instrument } = orderOf(request, own);
  return orderFields(order, instrument);
}

export function openOrderAnswer(request: ApiRequest, own: OwnContracts): object {
  const { order, instrument } = orderOf(request, own);
  if (isOver(order.status)) throw new Refusal(-2013, 'Order does not exist.');
  return orderFields(order, instrument);
}

export function algoAnswer(request: ApiRequest, own: OwnContracts): object {
  const { order, instrument } = algoOf(request, own);
  return algoFields(order, instrument);
}

export function cancelOrder(request: ApiRequest, own: OwnContracts): object {
  const instrument = instrumentOf(request, own.instruments);
  const key = keyOf(request, 'orderId', 'origClientOrderId');
  const found = own.exchange.find(own.account, instrument.symbol, key);
  if (found === undefined || isConditional(found)) throw new Refusal(-2011, 'Unknown order sent.');
  return orderFields(own.exchange.cancel(own.account, instrument.symbol, key), instrument);
}

export function cancelAlgoOrder(request: ApiRequest, own: OwnContracts): object {
  const { order, instrument } = algoOf(request, own);
  if (!isConditional(order) || isOver(order.status)) throw new Refusal(-2011, 'Unknown order sent.');
  own.exchange.cancel(own.account, instrument.symbol, { id: order.id });
  return { algoId: order.id + algoOffset, clientAlgoId: order.clientId, code: '200', msg: 'success' };
}

/** Cancels several orders; each has its own answer. */
export function cancelOrders(request: ApiRequest, own: OwnContracts): object[] {
  const symbol = needed(request, 'symbol');
  const [idName, name] = request.params.has('orderIdList') ? ['orderId', 'orderIdList'] : ['origClientOrderId', 'origClientOrderIdList'];
  const rows = JSON.parse(needed(request, name)) as readonly (string | number)[];
  return rows.map((row) => {
    const params = new Map([['symbol', symbol], [idName, String(row)]]);
    return attempt(() => cancelOrder({ ...request, params }, own));
  });
} // prettier-ignore

function cancelEvery(request: ApiRequest, own: OwnContracts, isAlgo: boolean): void {
  const { symbol } = instrumentOf(request, own.instruments);
  for (const order of [...own.account.open]) {
    if (order.symbol !== symbol || isConditional(order) !== isAlgo || isOver(order.status)) continue;
    own.exchange.cancel(own.account, symbol, { id: order.id });
  }
}

export function cancelAll(request: ApiRequest, own: OwnContracts): object {
  cancelEvery(request, own, false);
  return { code: 200, msg: 'The operation of cancel all open order is done.' };
}

export function cancelAllAlgo(request: ApiRequest, own: OwnContracts): object {
  cancelEvery(request, own, true);
  return { code: 200, msg: 'The operation of cancel all open order is done.' };
}

/** Changes price and size of an open limit order. */
export function modifyOrder(request: ApiRequest, own: OwnContracts): object {
  const instrument = instrumentOf(request, own.instruments);
  const key = keyOf(request, 'orderId', 'origClientOrderId');
  for (const name of ['side', 'quantity', 'price']) needed(request, name);
  const size = stepsOf(request, 'quantity', instrument.sizeDecimals, 'LOT_SIZE')!;
  const price = stepsOf(request, 'price', instrument.priceDecimals, 'PRICE_FILTER')!;
  const order = inContractWords(() => own.exchange.modify(own.account, instrument.symbol, key, size, price));
  return orderFields(order, instrument);
}
