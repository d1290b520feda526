/** What the Binance face answers to the owner of an account: orders, executions, balances. */
import { isOver, Refusal, type Account, type Exchange, type ExchangeOrder, type ExchangeRequest } from '../../exchange/index.ts'; // prettier-ignore
import {
  exchangeOrderTypes,
  type AccountFill,
  type ExchangeOrderType,
  type TimeInForce,
} from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { instrumentOf, limitOf, needed, stepsOf, wholeOf, type Asked } from './request.ts';
import type { Facts } from './market-answers.ts';
import { balanceRows, fillFields, nameOf, orderFields, orderHead, priceText, sizeText } from './fields.ts';
import { balanceText } from '../../exchange/index.ts';

/** What an answer for an account is made from. */
export interface Own extends Facts {
  readonly exchange: Exchange;
  readonly account: Account;
}

const clientIds = /^[a-zA-Z0-9-_]{1,36}$/;
const day = 86_400_000;

/** Places an order. */
export function newOrder(asked: Asked, own: Own): object {
  const instrument = instrumentOf(asked, own.instruments);
  const request = requestOf(asked, instrument);
  const { order, fills } = own.exchange.place(own.account, request);
  const kind =
    asked.params.get('newOrderRespType') ?? (request.type === 'MARKET' || request.type === 'LIMIT' ? 'FULL' : 'ACK');
  const ack = {
    symbol: nameOf(instrument),
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.clientId,
    transactTime: order.updated,
  };
  if (kind === 'ACK') return ack;
  const result = { ...orderHead(order, instrument), ...ack, workingTime: order.workingTime ?? -1 };
  if (kind === 'RESULT') return result;
  return {
    ...result,
    fills: fills.map((fill) => ({
      price: priceText(fill.price, instrument),
      qty: sizeText(fill.size, instrument),
      commission: balanceText(fill.fee),
      commissionAsset: fill.feeAsset,
      tradeId: fill.tradeId,
    })),
  };
}

/** Everything that is wrong with the words of an order is refused; whether it can be taken, the exchange says. */
export function requestOf(asked: Asked, instrument: MarketInstrument): ExchangeRequest {
  const { params } = asked;
  const side = needed(asked, 'side');
  if (side !== 'BUY' && side !== 'SELL') throw new Refusal(-1117, 'Invalid side.');
  const type = needed(asked, 'type') as ExchangeOrderType;
  if (!exchangeOrderTypes.includes(type)) throw new Refusal(-1116, 'Invalid orderType.');
  const isLimit = type === 'LIMIT' || type === 'LIMIT_MAKER' || type.endsWith('_LIMIT');
  const takesTime = type === 'LIMIT' || type.endsWith('_LIMIT');
  const isTriggered = type !== 'LIMIT' && type !== 'LIMIT_MAKER' && type !== 'MARKET';
  const byValue = type === 'MARKET' && params.has('quoteOrderQty');
  for (const [name, isWanted] of [['price', isLimit], ['timeInForce', takesTime], ['stopPrice', isTriggered]] as const) {
    if (isWanted) needed(asked, name);
    else if (params.has(name)) throw new Refusal(-1106, `Parameter '${name}' sent when not required.`);
  } // prettier-ignore
  const timeInForce = params.get('timeInForce') as TimeInForce | undefined;
  if (timeInForce !== undefined && !['GTC', 'IOC', 'FOK'].includes(timeInForce)) {
    throw new Refusal(-1115, 'Invalid timeInForce.');
  }
  needed(asked, byValue ? 'quoteOrderQty' : 'quantity');
  const clientId = clientIdOf(asked, 'newClientOrderId');
  const { priceDecimals, sizeDecimals, symbol } = instrument;
  const size = byValue ? 0 : stepsOf(asked, 'quantity', sizeDecimals, 'LOT_SIZE')!;
  const price = stepsOf(asked, 'price', priceDecimals, 'PRICE_FILTER');
  const stopPrice = stepsOf(asked, 'stopPrice', priceDecimals, 'PRICE_FILTER');
  return {
    symbol,
    side: side === 'BUY' ? 'buy' : 'sell',
    type,
    size,
    ...(price !== undefined && { price }),
    ...(stopPrice !== undefined && { stopPrice }),
    ...(timeInForce !== undefined && { timeInForce }),
    ...(byValue && { quoteValue: BigInt(stepsOf(asked, 'quoteOrderQty', 8, 'LOT_SIZE')!) }),
    ...(clientId !== undefined && { clientId }),
  };
}

function clientIdOf({ params }: Asked, name: string): string | undefined {
  const id = params.get(name);
  if (id === undefined || id === '') return undefined;
  if (clientIds.test(id)) return id;
  throw new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.`);
}

/** Which order is meant. */
function meant(asked: Asked): { id?: number; clientId?: string } {
  const id = wholeOf(asked, 'orderId');
  const clientId = clientIdOf(asked, 'origClientOrderId');
  if (id === undefined && clientId === undefined) {
    throw new Refusal(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
  }
  return { ...(id !== undefined && { id }), ...(clientId !== undefined && { clientId }) };
}

export function orderAnswer(asked: Asked, own: Own): object {
  const instrument = instrumentOf(asked, own.instruments);
  const order = own.exchange.find(own.account, instrument.symbol, meant(asked));
  if (order === undefined) throw new Refusal(-2013, 'Order does not exist.');
  return orderFields(order, instrument);
}

export function cancelOrder(asked: Asked, own: Own): object {
  const instrument = instrumentOf(asked, own.instruments);
  return cancelOne(asked, own, instrument, meant(asked));
}

function cancelOne(
  asked: Asked,
  own: Own,
  instrument: MarketInstrument,
  which: { id?: number; clientId?: string },
): object {
  const cancelId = clientIdOf(asked, 'newClientOrderId') ?? `c-${asked.now}-${which.id ?? which.clientId ?? ''}`;
  const order = own.exchange.cancel(own.account, instrument.symbol, which, cancelId);
  const head = orderHead(order, instrument);
  return { ...head, origClientOrderId: order.clientId, clientOrderId: cancelId, transactTime: order.updated };
}

export function cancelAll(asked: Asked, own: Own): object[] {
  const instrument = instrumentOf(asked, own.instruments);
  const open = [...own.account.open].filter(({ symbol }) => symbol === instrument.symbol);
  if (open.length === 0) throw new Refusal(-2011, 'Unknown order sent.');
  // One order's end may end another, such as by a trigger: those are over already.
  return open
    .filter(({ status }) => !isOver(status))
    .map(({ id }) => cancelOne({ ...asked, params: new Map() }, own, instrument, { id }));
}

export function openOrders(asked: Asked, own: Own): object[] {
  const wanted = asked.params.has('symbol') ? instrumentOf(asked, own.instruments).symbol : undefined;
  const rows = [...own.account.open].filter(({ symbol }) => wanted === undefined || symbol === wanted);
  return rows.map((order) => orderFields(order, listed(own, order)));
}

export function allOrders(asked: Asked, own: Own): object[] {
  const instrument = instrumentOf(asked, own.instruments);
  const from = wholeOf(asked, 'orderId');
  const { start, end } = dayOf(asked);
  const rows = own.account.orders.filter(
    ({ symbol, id, time }) =>
      symbol === instrument.symbol &&
      (from === undefined ? time >= (start ?? -Infinity) && time <= (end ?? Infinity) : id >= from),
  );
  const limit = limitOf(asked, 500, 1000);
  return cut(rows, limit, from !== undefined || start !== undefined).map((order) => orderFields(order, instrument));
}

export function myTrades(asked: Asked, own: Own): object[] {
  const instrument = instrumentOf(asked, own.instruments);
  const [orderId, from] = [wholeOf(asked, 'orderId'), wholeOf(asked, 'fromId')];
  const { start, end } = dayOf(asked);
  const rows = own.account.fills.filter(
    ({ symbol, order, tradeId, time }: AccountFill) =>
      symbol === instrument.symbol &&
      (orderId === undefined || order.id === orderId) &&
      (from === undefined || tradeId >= from) &&
      time >= (start ?? -Infinity) &&
      time <= (end ?? Infinity),
  );
  const limit = limitOf(asked, 500, 1000);
  return cut(rows, limit, from !== undefined || start !== undefined).map((fill) => fillFields(fill, instrument));
}

/** A range of at most a day; an end that was not sent is a day after the start. */
function dayOf(asked: Asked): { start: number | undefined; end: number | undefined } {
  const [start, end] = [wholeOf(asked, 'startTime'), wholeOf(asked, 'endTime')];
  if (start !== undefined && end !== undefined && end - start > day) {
    throw new Refusal(-1127, 'More than 24 hours between startTime and endTime.');
  }
  return { start, end: end ?? (start === undefined ? undefined : start + day) };
}

function cut<T>(rows: readonly T[], limit: number, fromStart: boolean): readonly T[] {
  return fromStart ? rows.slice(0, limit) : rows.slice(-limit);
}

function listed({ instruments }: Own, { symbol }: ExchangeOrder): MarketInstrument {
  return [...instruments.values()].find((one) => one.symbol === symbol)!;
}

export function accountAnswer(asked: Asked, { exchange, account }: Own): object {
  const { ledger } = exchange;
  const basisPoints = (rate: bigint): number => Number(rate / 10_000n);
  const rows = balanceRows(account, account.assets);
  const isShown = ({ free, locked }: (typeof rows)[number]): boolean =>
    asked.params.get('omitZeroBalances') !== 'true' || Number(free) + Number(locked) > 0;
  return {
    makerCommission: basisPoints(ledger.makerRate), takerCommission: basisPoints(ledger.takerRate), buyerCommission: 0, sellerCommission: 0,
    commissionRates: {
      maker: balanceText(ledger.makerRate), taker: balanceText(ledger.takerRate), buyer: '0.00000000', seller: '0.00000000',
    },
    canTrade: true, canWithdraw: false, canDeposit: false, brokered: false, requireSelfTradePrevention: false, preventSor: false,
    updateTime: account.updated, accountType: 'SPOT', balances: rows.filter(isShown), permissions: ['SPOT'], uid: 1,
  }; // prettier-ignore
}

/** Fees of the account, symbol by symbol. */
export function tradeFees({ params }: Asked, { exchange, instruments }: Own): object[] {
  const { makerRate, takerRate } = exchange.ledger;
  const names = [...instruments.keys()].filter((name) => (params.get('symbol') ?? name) === name);
  return names.map((symbol) => ({
    symbol, makerCommission: balanceText(makerRate), takerCommission: balanceText(takerRate),
  })); // prettier-ignore
}

/** Every asset there is, none of which can be moved in or out. */
export function coins({ instruments }: Own): object[] {
  const assets = new Set([...instruments.values()].flatMap(({ base, quote }) => [base, quote]));
  return [...assets].map((coin) => ({
    coin, name: coin, depositAllEnable: false, withdrawAllEnable: false, trading: true, isLegalMoney: false, free: '0', locked: '0', freeze: '0',
    withdrawing: '0', ipoing: '0', ipoable: '0', storage: '0', networkList: [],
  })); // prettier-ignore
}
