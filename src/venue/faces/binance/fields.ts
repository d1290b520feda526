/** Orders, executions, levels and numbers as Binance writes them. */
import type { Account, AccountFill, ExchangeOrder, OrderList } from '../../exchange/index.ts';
import { balanceText, isStop } from '../../exchange/index.ts';
import { decimalText, type MarketInstrument, type MarketLevel, type MarketTrade } from '../../market-data.ts';

/** Binance's name of a symbol, such as `BTCUSDT`. */
export function nameOf({ base, quote }: MarketInstrument): string {
  return `${base}${quote}`;
}

export function priceText(ticks: number | undefined, { priceDecimals }: MarketInstrument): string {
  return decimalText(ticks ?? 0, priceDecimals);
}

export function sizeText(lots: number, { sizeDecimals }: MarketInstrument): string {
  return decimalText(lots, sizeDecimals);
}

export function levelText([price, size]: MarketLevel, instrument: MarketInstrument): [string, string] {
  return [priceText(price, instrument), sizeText(size, instrument)];
}

/** Price times size as text. */
export function valueText(value: bigint, { priceDecimals, sizeDecimals }: MarketInstrument): string {
  return decimalText(value, priceDecimals + sizeDecimals);
}

/** A trade as `aggTrades` and the `aggTrade` stream show it: no trades are aggregated here. */
export function aggTradeFields(trade: MarketTrade, instrument: MarketInstrument): Record<string, unknown> {
  return {
    a: trade.id, p: priceText(trade.price, instrument), q: sizeText(trade.size, instrument), f: trade.id, l: trade.id, T: trade.time,
    m: trade.side === 'sell', M: true,
  }; // prettier-ignore
}

/** An order as `GET /api/v3/order` answers it. */
export function orderFields(order: Readonly<ExchangeOrder>, instrument: MarketInstrument): Record<string, unknown> {
  return {
    ...orderHead(order, instrument),
    stopPrice: priceText(order.stopPrice, instrument),
    icebergQty: sizeText(0, instrument),
    time: order.time,
    updateTime: order.updated,
    isWorking: order.workingTime !== undefined || isStop(order.type),
    workingTime: order.workingTime ?? -1,
  };
}

/** The fields that all answers about an order share. */
export function orderHead(order: Readonly<ExchangeOrder>, instrument: MarketInstrument): Record<string, unknown> {
  return {
    symbol: nameOf(instrument),
    orderId: order.id,
    orderListId: order.list?.id ?? -1,
    clientOrderId: order.clientId,
    price: priceText(order.price, instrument),
    origQty: sizeText(order.size, instrument),
    executedQty: sizeText(order.filled, instrument),
    origQuoteOrderQty: balanceText(order.quoteValue ?? 0n),
    cummulativeQuoteQty: balanceText(order.value),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side.toUpperCase(),
    ...(isStop(order.type) && { stopPrice: priceText(order.stopPrice, instrument) }),
    selfTradePreventionMode: 'EXPIRE_MAKER',
  };
}

/** An order list as all answers about it show it. */
export function listFields(
  list: OrderList,
  instrument: MarketInstrument,
): {
  readonly orderListId: number;
  readonly contingencyType: string;
  readonly listStatusType: string;
  readonly listOrderStatus: string;
  readonly listClientOrderId: string;
  readonly transactionTime: number;
  readonly symbol: string;
  readonly orders: readonly object[];
} {
  const symbol = nameOf(instrument);
  return {
    orderListId: list.id,
    contingencyType: list.contingency,
    listStatusType: list.isDone ? 'ALL_DONE' : 'EXEC_STARTED',
    listOrderStatus: list.isDone ? 'ALL_DONE' : 'EXECUTING',
    listClientOrderId: list.clientId,
    transactionTime: list.updated,
    symbol,
    orders: list.orders.map(({ id, clientId }) => ({ symbol, orderId: id, clientOrderId: clientId })),
  };
}

/** An execution within the answer to a new order. */
export function fillParts(fill: AccountFill, instrument: MarketInstrument): object {
  return {
    price: priceText(fill.price, instrument),
    qty: sizeText(fill.size, instrument),
    commission: balanceText(fill.fee),
    commissionAsset: fill.feeAsset,
    tradeId: fill.tradeId,
  };
}

/** An execution as `GET /api/v3/myTrades` answers it. */
export function fillFields(fill: AccountFill, instrument: MarketInstrument): object {
  return {
    symbol: nameOf(instrument), id: fill.tradeId, orderId: fill.order.id, orderListId: fill.order.list?.id ?? -1, price: priceText(fill.price, instrument),
    qty: sizeText(fill.size, instrument), quoteQty: balanceText(fill.value), commission: balanceText(fill.fee), commissionAsset: fill.feeAsset,
    time: fill.time, isBuyer: fill.order.side === 'buy', isMaker: fill.isMaker, isBestMatch: true,
  }; // prettier-ignore
}

/** Balances as `GET /api/v3/account` lists them. */
export function balanceRows(account: Account, assets: Iterable<string>): { asset: string; free: string; locked: string }[] {
  return [...assets].map((asset) => {
    const { free, locked } = account.holding(asset);
    return { asset, free: balanceText(free), locked: balanceText(locked) };
  });
} // prettier-ignore
