/** Orders, executions and positions of contracts as Binance writes them. */
import { balanceText, isStop } from '../../exchange/index.ts';
import type {
  Account,
  AccountFill,
  ContractLedger,
  ContractPosition,
  ExchangeOrder,
  ExchangeOrderType,
} from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { nameOf, priceText, sizeText } from '../binance/fields.ts';

/** Added to an order's number to get the number of its conditional order: the two differ at Binance. */
export const algoOffset = 1_000_000_000_000;

/** Order types of spot and their names on contracts. */
const typeNames: Readonly<Record<ExchangeOrderType, string>> = {
  LIMIT: 'LIMIT',
  LIMIT_MAKER: 'LIMIT',
  MARKET: 'MARKET',
  STOP_LOSS: 'STOP_MARKET',
  STOP_LOSS_LIMIT: 'STOP',
  TAKE_PROFIT: 'TAKE_PROFIT_MARKET',
  TAKE_PROFIT_LIMIT: 'TAKE_PROFIT',
};

/** The type that an order was sent as. */
export function originalType({ type, contract }: Readonly<ExchangeOrder>): string {
  return contract?.isLiquidation === true ? 'LIQUIDATION' : typeNames[type];
}

/** The type that an order has in the book; for a triggered conditional order, that of the order it became. */
export function workingType(order: Readonly<ExchangeOrder>): string {
  const { type, price, contract } = order;
  if (contract?.isLiquidation === true) return 'LIQUIDATION';
  return isStop(type) ? (price === undefined ? 'MARKET' : 'LIMIT') : typeNames[type];
}

export function forceOf({ type, timeInForce }: Readonly<ExchangeOrder>): string {
  return type === 'LIMIT_MAKER' ? 'GTX' : timeInForce;
}

/** Whether an order still waits for its trigger, and is therefore listed only as a conditional order. */
export function isConditional({ type, workingTime }: Readonly<ExchangeOrder>): boolean {
  return isStop(type) && workingTime === undefined;
}

/** A signed amount in whole units as text. */
export function moneyText(value: bigint): string {
  return balanceText(value);
}

/** A price in whole units of a balance, such as a mark, with eight decimals. */
export function markText(price: bigint): string {
  return balanceText(price);
}

/** The mean price of an order's fills, with the decimals of its instrument and two more. */
export function averageText(order: Readonly<ExchangeOrder>, one: MarketInstrument): string {
  if (order.filled === 0) return '0.00000';
  const scale = 10n ** BigInt(one.sizeDecimals);
  return balanceText((order.value * scale) / BigInt(order.filled));
}

/** An order as the answers about orders show it. */
export function orderFields(order: Readonly<ExchangeOrder>, one: MarketInstrument): Record<string, unknown> {
  const { contract } = order;
  return {
    orderId: order.id,
    symbol: nameOf(one),
    status: order.status,
    clientOrderId: order.clientId,
    price: priceText(order.price, one),
    avgPrice: averageText(order, one),
    origQty: sizeText(order.size, one),
    executedQty: sizeText(order.filled, one),
    cumQty: sizeText(order.filled, one),
    cumQuote: balanceText(order.value),
    timeInForce: forceOf(order),
    type: workingType(order),
    reduceOnly: contract?.reduceOnly ?? false,
    closePosition: contract?.closesPosition ?? false,
    side: order.side.toUpperCase(),
    positionSide: contract?.positionSide ?? 'BOTH',
    stopPrice: priceText(order.stopPrice, one),
    workingType: 'CONTRACT_PRICE',
    priceProtect: false,
    origType: originalType(order),
    priceMatch: 'NONE',
    selfTradePreventionMode: 'EXPIRE_MAKER',
    goodTillDate: 0,
    time: order.time,
    updateTime: order.updated,
  };
}

/** The state of a conditional order in Binance's words. */
export function algoStatus(order: Readonly<ExchangeOrder>): string {
  if (order.workingTime === undefined) return order.status;
  return order.status === 'NEW' || order.status === 'PARTIALLY_FILLED' ? 'TRIGGERED' : 'FINISHED';
}

/** A conditional order as the answers about it show it. */
export function algoFields(order: Readonly<ExchangeOrder>, one: MarketInstrument): Record<string, unknown> {
  const { contract, workingTime } = order;
  return {
    algoId: order.id + algoOffset,
    clientAlgoId: order.clientId,
    algoType: 'CONDITIONAL',
    orderType: originalType(order),
    symbol: nameOf(one),
    side: order.side.toUpperCase(),
    positionSide: contract?.positionSide ?? 'BOTH',
    timeInForce: forceOf(order),
    quantity: sizeText(order.size, one),
    algoStatus: algoStatus(order),
    actualOrderId: workingTime === undefined ? '' : String(order.id),
    actualPrice: averageText(order, one),
    triggerPrice: priceText(order.stopPrice, one),
    price: priceText(order.price, one),
    icebergQuantity: null,
    selfTradePreventionMode: 'EXPIRE_MAKER',
    workingType: 'CONTRACT_PRICE',
    priceMatch: 'NONE',
    closePosition: contract?.closesPosition ?? false,
    priceProtect: false,
    reduceOnly: contract?.reduceOnly ?? false,
    createTime: order.time,
    updateTime: order.updated,
    triggerTime: workingTime ?? 0,
    goodTillDate: 0,
  };
}

/** An execution as `GET /fapi/v1/userTrades` answers it. */
export function fillFields(fill: AccountFill, one: MarketInstrument): object {
  const { order } = fill;
  return {
    symbol: nameOf(one), id: fill.tradeId, orderId: order.id, side: order.side.toUpperCase(), price: priceText(fill.price, one),
    qty: sizeText(fill.size, one), realizedPnl: moneyText(fill.profit ?? 0n), quoteQty: balanceText(fill.value),
    commission: moneyText(fill.fee), commissionAsset: fill.feeAsset, time: fill.time,
    positionSide: order.contract?.positionSide ?? 'BOTH', buyer: order.side === 'buy', maker: fill.isMaker,
  }; // prettier-ignore
}

/** The signed size of a position as text. */
export function amountText({ lots }: ContractPosition, one: MarketInstrument): string {
  const text = sizeText(Math.abs(lots), one);
  return lots < 0 ? `-${text}` : text;
}

/** The mean entry price of a position, with eight decimals. */
export function entryText({ lots, cost }: ContractPosition, one: MarketInstrument): string {
  if (lots === 0) return '0.0';
  return balanceText((cost * 10n ** BigInt(one.sizeDecimals)) / BigInt(Math.abs(lots)));
}

/** A position as `GET /fapi/v3/positionRisk` answers it, with the fields of older versions. */
export function positionFields(
  ledger: ContractLedger,
  account: Account,
  position: ContractPosition,
  one: MarketInstrument,
): Record<string, unknown> {
  const figures = ledger.margins.figuresOf(account, position);
  const { isIsolated, value, initial, unrealised } = figures;
  const notional = position.lots < 0 ? -value : value;
  return {
    symbol: nameOf(one),
    positionSide: position.side,
    positionAmt: amountText(position, one),
    entryPrice: entryText(position, one),
    breakEvenPrice: entryText(position, one),
    markPrice: markText(figures.mark),
    unRealizedProfit: moneyText(unrealised),
    liquidationPrice: markText(figures.liquidation),
    isolatedMargin: moneyText(isIsolated && position.lots !== 0 ? position.margin + unrealised : 0n),
    notional: moneyText(notional),
    marginAsset: one.quote,
    isolatedWallet: moneyText(isIsolated ? position.margin : 0n),
    initialMargin: moneyText(initial),
    maintMargin: moneyText(figures.maintenance),
    positionInitialMargin: moneyText(initial),
    openOrderInitialMargin: moneyText(0n),
    adl: 1,
    bidNotional: '0',
    askNotional: '0',
    leverage: String(figures.leverage),
    marginType: isIsolated ? 'isolated' : 'cross',
    isAutoAddMargin: 'false',
    maxNotionalValue: String(ledger.margins.brackets.at(-1)?.upTo ?? 0),
    updateTime: position.updated,
  };
}
