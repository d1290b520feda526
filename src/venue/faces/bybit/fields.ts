/** Instruments, orders, executions and balances as Bybit writes them. */
import { Decimal } from '../../../core/index.ts';
import {
  balanceText,
  isOver,
  isStop,
  isUntriggered,
  triggersAbove,
  type AccountFill,
  type ContractOrder,
  type ExchangeOrder,
} from '../../exchange/index.ts';
import { decimalText, type MarketBar, type MarketInstrument, type MarketTrade } from '../../market-data.ts';
import { orderNumberOf, type UnifiedAccount } from '../unified-account.ts';

/** Bybit's name of an instrument, such as `BTCUSDT`; a perpetual in USDC is `BTCPERP`. Spot and perpetuals share names. */
export function nameOf({ base, quote, settle }: MarketInstrument): string {
  return settle === 'USDC' ? `${base}PERP` : `${base}${quote}`;
}

/** Bybit's category of an instrument. */
export function categoryOf({ settle }: MarketInstrument): 'spot' | 'linear' {
  return settle === undefined ? 'spot' : 'linear';
}

/** Bybit's number of a position: 0 in one-way mode. */
export function positionIndexOf({ positionSide }: ContractOrder | { readonly positionSide: string }): number {
  return positionSide === 'BOTH' ? 0 : positionSide === 'LONG' ? 1 : 2;
}

/** The client id that an account gave an order; empty where it gave none. */
export function ownIdOf({ clientId }: Readonly<ExchangeOrder>): string {
  return /^(?:nb|autoclose)-/.test(clientId) ? '' : clientId;
}

/** A level of the book. */
export function rowOf([price, size]: readonly [number, number], { priceDecimals, sizeDecimals }: MarketInstrument): string[] {
  return [decimalText(price, priceDecimals), decimalText(size, sizeDecimals)];
} // prettier-ignore

/** A public trade in the stream. */
export function tradeEvent(trade: MarketTrade, instrument: MarketInstrument): object {
  return {
    T: trade.time, s: nameOf(instrument), S: sideText(trade.side), v: decimalText(trade.size, instrument.sizeDecimals),
    p: decimalText(trade.price, instrument.priceDecimals), i: String(trade.id), BT: false,
  }; // prettier-ignore
}

/** A public trade as `recent-trade` lists it. */
export function tradeFields(trade: MarketTrade, instrument: MarketInstrument): object {
  return {
    execId: String(trade.id), symbol: nameOf(instrument), price: decimalText(trade.price, instrument.priceDecimals),
    size: decimalText(trade.size, instrument.sizeDecimals), side: sideText(trade.side), time: String(trade.time), isBlockTrade: false,
  }; // prettier-ignore
}

/** An instrument as `instruments-info` lists it. @param maxLeverage - Of a perpetual. */
export function listing(instrument: MarketInstrument, isHalted: boolean, maxLeverage = 1): object {
  const [tick, lot] = [decimalText(1, instrument.priceDecimals), decimalText(1, instrument.sizeDecimals)];
  const { base, quote, settle } = instrument;
  const common = { symbol: nameOf(instrument), baseCoin: base, quoteCoin: quote, status: isHalted ? 'Closed' : 'Trading' };
  if (settle !== undefined) {
    return {
      ...common, contractType: 'LinearPerpetual', settleCoin: settle, launchTime: '0', deliveryTime: '0', priceScale: String(instrument.priceDecimals),
      leverageFilter: { minLeverage: '1', maxLeverage: String(maxLeverage), leverageStep: '1' },
      priceFilter: { minPrice: tick, maxPrice: '9999999', tickSize: tick },
      lotSizeFilter: { minOrderQty: lot, maxOrderQty: '9000000', maxMktOrderQty: '9000000', qtyStep: lot, minNotionalValue: '5' }, fundingInterval: 480,
    };
  }
  return {
    ...common, marginTrading: 'none', priceFilter: { tickSize: tick },
    lotSizeFilter: { basePrecision: lot, quotePrecision: '0.00000001', minOrderQty: lot, maxOrderQty: '9000000', minOrderAmt: '5', maxOrderAmt: '900000000' },
  };
} // prettier-ignore

/** A bar as `kline` lists it. */
export function barRow(bar: MarketBar, { priceDecimals, sizeDecimals }: MarketInstrument): string[] {
  const prices = [bar.open, bar.high, bar.low, bar.close].map((ticks) => decimalText(ticks, priceDecimals));
  const value = decimalText(bar.value, priceDecimals + sizeDecimals);
  return [String(bar.start), ...prices, decimalText(bar.volume, sizeDecimals), value];
}

export function sideText(side: 'buy' | 'sell'): string {
  return side === 'buy' ? 'Buy' : 'Sell';
}

/** Bybit's word for how an order stands: one that ended with a part filled has its own. */
function statusOf(order: Readonly<ExchangeOrder>): string {
  const { status, filled } = order;
  // A conditional order that was canceled before its trigger, or that the account could not pay when it triggered.
  if (isUntriggered(order)) return !isOver(status) ? 'Untriggered' : status === 'EXPIRED' ? 'Rejected' : 'Deactivated';
  if (status === 'FILLED') return 'Filled';
  if (!isOver(status)) return filled > 0 ? 'PartiallyFilled' : 'New';
  return filled > 0 ? 'PartiallyFilledCanceled' : 'Cancelled';
}

/** An order as `order/realtime` and the topic of orders show it. */
export function orderFields(order: Readonly<ExchangeOrder>, instrument: MarketInstrument, fills: readonly AccountFill[]): object {
  const { priceDecimals, sizeDecimals } = instrument;
  const size = (lots: number): string => decimalText(lots, sizeDecimals);
  const value = balanceText(order.value);
  const { contract } = order;
  const isMarket = isMarketOrder(order);
  const isConditional = isStop(order.type);
  const sentAs = order.conditional?.sentAs ?? 'StopOrder';
  const fees = fills.reduce((sum, { fee }) => sum + fee, 0n);
  return {
    category: categoryOf(instrument), symbol: nameOf(instrument), orderId: String(orderNumberOf(order)), orderLinkId: ownIdOf(order),
    ...(contract && {
      positionIdx: positionIndexOf(contract), reduceOnly: contract.reduceOnly && contract.positionSide === 'BOTH', closeOnTrigger: false, tpslMode: 'UNKNOWN',
      createType: contract.isLiquidation ? 'CreateByLiq' : 'CreateByUser',
    }),
    side: sideText(order.side), orderType: isMarket ? 'Market' : 'Limit', price: isMarket ? '0' : decimalText(order.price ?? 0, priceDecimals),
    qty: size(order.size), timeInForce: order.type === 'LIMIT_MAKER' ? 'PostOnly' : order.timeInForce, orderStatus: statusOf(order),
    cumExecQty: size(order.filled), cumExecValue: value, leavesQty: isOver(order.status) ? '0' : size(order.size - order.filled),
    avgPrice: order.filled === 0 ? '' : new Decimal(value).div(size(order.filled)).toDecimalPlaces(12).toFixed(),
    cumExecFee: balanceText(fees), cumFeeDetail: fills.length === 0 ? {} : { [fills[0]!.feeAsset]: balanceText(fees) },
    marketUnit: isMarket && contract === undefined ? 'baseCoin' : '', orderFilter: isConditional ? sentAs : 'Order',
    stopOrderType: !isConditional ? '' : sentAs === 'StopOrder' ? 'Stop' : sentAs, triggerPrice: decimalText(order.stopPrice ?? 0, priceDecimals),
    triggerDirection: !isConditional ? 0 : triggersAbove(order.type, order.side) ? 1 : 2, triggerBy: isConditional ? 'LastPrice' : '',
    rejectReason: isUntriggered(order) && order.status === 'EXPIRED' ? 'EC_Others' : 'EC_NoError',
    cancelType: order.status === 'CANCELED' ? 'CancelByUser' : 'UNKNOWN', createdTime: String(order.time), updatedTime: String(order.updated),
  }; // prettier-ignore
} // prettier-ignore

/** Whether an order executes at the market price, at once or after its trigger. */
function isMarketOrder({ type }: Readonly<ExchangeOrder>): boolean {
  return type === 'MARKET' || type === 'STOP_LOSS' || type === 'TAKE_PROFIT';
}

/** An execution as `execution/list` and the topic of executions show it. */
export function fillFields(fill: AccountFill, instrument: MarketInstrument): object {
  const { priceDecimals, sizeDecimals } = instrument;
  const { order } = fill;
  return {
    category: categoryOf(instrument), symbol: nameOf(instrument), execId: String(fill.tradeId), orderId: String(orderNumberOf(order)), orderLinkId: ownIdOf(order),
    side: sideText(order.side), orderType: isMarketOrder(order) ? 'Market' : 'Limit', execPrice: decimalText(fill.price, priceDecimals),
    execQty: decimalText(fill.size, sizeDecimals), execValue: balanceText(fill.value), execFee: balanceText(fill.fee),
    feeCurrency: fill.feeAsset, feeCoin: fill.feeAsset, isMaker: fill.isMaker, execType: executionTypeOf(fill), execTime: String(fill.time),
    orderQty: decimalText(order.size, sizeDecimals), leavesQty: decimalText(order.size - order.filled, sizeDecimals), execPnl: balanceText(fill.profit ?? 0n), seq: fill.tradeId,
  }; // prettier-ignore
}

/** Bybit's word for what an execution is: one of an order, or the liquidation of a position. */
export function executionTypeOf({ order }: AccountFill): 'Trade' | 'BustTrade' {
  return order.contract?.isLiquidation === true ? 'BustTrade' : 'Trade';
}

/** Balances of the unified account. In the stream, the amount held by orders appears as `totalOrderIM`. */
export function walletFields(own: UnifiedAccount, assets: Iterable<string>, isStream: boolean): object {
  const coin = [...assets].map((name) => {
    const { wallet, locked, unrealised, margin } = own.holding(name);
    return {
      coin: name, walletBalance: balanceText(wallet), equity: balanceText(wallet + unrealised), locked: balanceText(locked), unrealisedPnl: balanceText(unrealised),
      totalPositionIM: balanceText(margin), totalOrderIM: isStream ? balanceText(locked) : '0', borrowAmount: '0', accruedInterest: '0', availableToWithdraw: '',
    };
  }); // prettier-ignore
  return { accountType: 'UNIFIED', totalEquity: '', coin };
}
