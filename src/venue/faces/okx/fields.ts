/** Instruments, orders, executions and balances as OKX writes them. */
import { Decimal } from '../../../core/index.ts';
import { balanceText, isStop, type Account, type AccountFill, type ExchangeOrder, type OrderReport } from '../../exchange/index.ts'; // prettier-ignore
import { decimalText, type MarketBar, type MarketInstrument, type MarketTrade } from '../../market-data.ts';

/** OKX's name of an instrument, such as `BTC-USDT`. */
export function nameOf({ base, quote }: MarketInstrument): string {
  return `${base}-${quote}`;
}

/** A level of the book. */
export function rowOf([price, size]: readonly [number, number], { priceDecimals, sizeDecimals }: MarketInstrument): string[] {
  return [decimalText(price, priceDecimals), decimalText(size, sizeDecimals), '0', '1'];
} // prettier-ignore

/** A public trade. */
export function tradeFields(trade: MarketTrade, instrument: MarketInstrument): object {
  return {
    instId: nameOf(instrument), tradeId: String(trade.id), px: decimalText(trade.price, instrument.priceDecimals),
    sz: decimalText(trade.size, instrument.sizeDecimals), side: trade.side, ts: String(trade.time),
  }; // prettier-ignore
}

/** An instrument as `public/instruments` lists it. */
export function listing(instrument: MarketInstrument, state: 'live' | 'suspend' = 'live'): object {
  const lot = decimalText(1, instrument.sizeDecimals);
  return {
    instType: 'SPOT', instId: nameOf(instrument), baseCcy: instrument.base, quoteCcy: instrument.quote, settleCcy: '', uly: '', state, lever: '',
    tickSz: decimalText(1, instrument.priceDecimals), lotSz: lot, minSz: lot, maxLmtSz: '9999999999', maxMktSz: '1000000', ctVal: '', listTime: '0',
  }; // prettier-ignore
}

/** A bar as `market/candles` lists it: open, high, low, close, volume in base, in quote twice, and whether it is closed. */
export function barRow(bar: MarketBar, instrument: MarketInstrument, isClosed: boolean): string[] {
  const { priceDecimals, sizeDecimals } = instrument;
  const value = decimalText(bar.value, priceDecimals + sizeDecimals);
  const prices = [bar.open, bar.high, bar.low, bar.close].map((ticks) => decimalText(ticks, priceDecimals));
  return [String(bar.start), ...prices, decimalText(bar.volume, sizeDecimals), value, value, isClosed ? '1' : '0'];
}

const states: Readonly<Record<ExchangeOrder['status'], string>> = {
  NEW: 'live', PARTIALLY_FILLED: 'partially_filled', FILLED: 'filled', PENDING_NEW: 'live', CANCELED: 'canceled', EXPIRED: 'canceled',
  EXPIRED_IN_MATCH: 'canceled',
}; // prettier-ignore

/** Algo orders have numbers of their own: an id of an order names none. */
const firstAlgo = 700_000_000_000;

/** OKX's algo id of an order. */
export function algoIdOf({ id }: Readonly<ExchangeOrder>): string {
  return String(firstAlgo + id);
}

/** The number of the order that an algo id stands for. */
export function orderIdOf(algoId: string): number {
  return Number(algoId) - firstAlgo;
}

/** OKX's word for the kind of an order: that of a triggered algo order is the one it became. */
function typeOf({ type, timeInForce }: Readonly<ExchangeOrder>): string {
  if (type === 'LIMIT_MAKER') return 'post_only';
  if (type !== 'LIMIT' && !type.endsWith('_LIMIT')) return 'market';
  return timeInForce === 'IOC' ? 'ioc' : timeInForce === 'FOK' ? 'fok' : 'limit';
}

/** An order as `trade/order` and the channel of orders show it. `fill` is its latest execution. */
export function orderFields(order: Readonly<ExchangeOrder>, instrument: MarketInstrument, fills: readonly AccountFill[], fill = fills.at(-1)): object {
  const { priceDecimals, sizeDecimals } = instrument;
  const size = (lots: number): string => decimalText(lots, sizeDecimals);
  const isAlgo = isStop(order.type);
  const isOurs = !order.clientId.startsWith('nb-');
  const fees = fills.reduce((sum, { fee }) => sum + fee, 0n);
  return {
    instType: 'SPOT', instId: nameOf(instrument), ordId: String(order.id), clOrdId: isOurs && !isAlgo ? order.clientId : '', tag: '',
    algoId: isAlgo ? algoIdOf(order) : '', algoClOrdId: isAlgo && isOurs ? order.clientId : '',
    px: order.price === undefined || order.type === 'MARKET' ? '' : decimalText(order.price, priceDecimals), sz: size(order.size), ordType: typeOf(order), side: order.side,
    posSide: 'net', tdMode: 'cash', tgtCcy: typeOf(order) === 'market' ? 'base_ccy' : '', accFillSz: size(order.filled),
    avgPx: order.filled === 0 ? '' : averageOf(order, instrument), state: states[order.status], lever: '', reduceOnly: 'false',
    fillPx: fill === undefined ? '' : decimalText(fill.price, priceDecimals), fillSz: fill === undefined ? '0' : size(fill.size),
    tradeId: fill === undefined ? '' : String(fill.tradeId), fillTime: fill === undefined ? '' : String(fill.time),
    // OKX writes what the account receives: a fee is negative.
    fee: fees === 0n ? '0' : balanceText(-fees), feeCcy: fills[0]?.feeAsset ?? (order.side === 'buy' ? instrument.base : instrument.quote),
    rebate: '0', rebateCcy: instrument.quote, pnl: '0', source: '', category: 'normal', cTime: String(order.time), uTime: String(order.updated),
  }; // prettier-ignore
} // prettier-ignore

function averageOf(order: Readonly<ExchangeOrder>, { priceDecimals, sizeDecimals }: MarketInstrument): string {
  const value = new Decimal(decimalText(order.value, priceDecimals + sizeDecimals));
  return value.div(decimalText(order.filled, sizeDecimals)).toDecimalPlaces(12).toFixed();
}

/** An order's change in the channel of orders: an execution stands in it by itself, other changes have none. */
export function orderEvent({ order, fill }: OrderReport, instrument: MarketInstrument, fills: readonly AccountFill[]): object {
  const fields = orderFields(order, instrument, fills, fill);
  const none = { fillPx: '', fillSz: '0', tradeId: '', fillTime: '', fillFee: '0', fillFeeCcy: '', execType: '' };
  if (fill === undefined) return { ...fields, ...none, code: '0', msg: '', amendResult: '' };
  const cost = { fillFee: balanceText(-fill.fee), fillFeeCcy: fill.feeAsset, execType: fill.isMaker ? 'M' : 'T' };
  return { ...fields, ...cost, code: '0', msg: '', amendResult: '' };
} // prettier-ignore

/** An execution as `trade/fills-history` lists it. */
export function fillFields(fill: AccountFill, instrument: MarketInstrument): object {
  const { priceDecimals, sizeDecimals } = instrument;
  return {
    instType: 'SPOT', instId: nameOf(instrument), tradeId: String(fill.tradeId), billId: String(fill.tradeId), ordId: String(fill.order.id),
    clOrdId: isStop(fill.order.type) ? '' : fill.order.clientId, tag: '', fillPx: decimalText(fill.price, priceDecimals), fillSz: decimalText(fill.size, sizeDecimals),
    side: fill.order.side, posSide: 'net', execType: fill.isMaker ? 'M' : 'T', feeCcy: fill.feeAsset, fee: balanceText(-fill.fee),
    ts: String(fill.time), fillTime: String(fill.time),
  }; // prettier-ignore
}

/** Balances as `account/balance` and the channel of the account show them. */
export function balanceFields(account: Account, assets: Iterable<string>): object {
  const details = [...assets].map((ccy) => {
    const { free, locked } = account.holding(ccy);
    const [avail, total] = [balanceText(free), balanceText(free + locked)];
    return { ccy, eq: total, cashBal: total, availBal: avail, availEq: avail, frozenBal: balanceText(locked), ordFrozen: balanceText(locked), uTime: String(account.updated) };
  }); // prettier-ignore
  return { uTime: String(account.updated), totalEq: '', isoEq: '0', adjEq: '', details };
}
