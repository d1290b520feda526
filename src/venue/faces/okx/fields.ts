/** Instruments, orders, executions and balances as OKX writes them. */
import { Decimal } from '../../../core/index.ts';
import { balanceText, isStop, type AccountFill, type ExchangeOrder, type OrderReport } from '../../exchange/index.ts';
import { decimalText, type MarketBar, type MarketInstrument, type MarketTrade } from '../../market-data.ts';
import { exchangeNumberOf, orderNumberOf, type Place, type UnifiedAccount } from '../unified-account.ts';

/** OKX's name of an instrument, such as `BTC-USDT`, or `BTC-USDT-SWAP` of a perpetual. */
export function nameOf({ base, quote, settle }: MarketInstrument): string {
  return `${base}-${quote}${settle === undefined ? '' : '-SWAP'}`;
}

/** OKX's word for the kind of an instrument. */
export function kindOf({ settle }: MarketInstrument): 'SPOT' | 'SWAP' {
  return settle === undefined ? 'SPOT' : 'SWAP';
}

/** A contract is a hundredth of the base, or more where sizes are coarser: its value has this many decimals. */
function contractDecimals({ settle, sizeDecimals }: MarketInstrument): number {
  return settle === undefined ? 0 : Math.min(2, sizeDecimals);
}

/** Decimals of sizes as OKX counts them: units of the base on spot, contracts of a perpetual. */
export function sizeDecimalsOf(instrument: MarketInstrument): number {
  return instrument.sizeDecimals - contractDecimals(instrument);
}

/** A level of the book. */
export function rowOf([price, size]: readonly [number, number], instrument: MarketInstrument): string[] {
  return [decimalText(price, instrument.priceDecimals), decimalText(size, sizeDecimalsOf(instrument)), '0', '1'];
} // prettier-ignore

/** A public trade. */
export function tradeFields(trade: MarketTrade, instrument: MarketInstrument): object {
  return {
    instId: nameOf(instrument), tradeId: String(trade.id), px: decimalText(trade.price, instrument.priceDecimals),
    sz: decimalText(trade.size, sizeDecimalsOf(instrument)), side: trade.side, ts: String(trade.time),
  }; // prettier-ignore
}

/** An instrument as `public/instruments` lists it. @param lever - The highest leverage of a contract. */
export function listing(instrument: MarketInstrument, state: 'live' | 'suspend' = 'live', lever = 0): object {
  const { base, quote, settle } = instrument;
  const lot = decimalText(1, sizeDecimalsOf(instrument));
  const isSpot = settle === undefined;
  return {
    instType: kindOf(instrument), instId: nameOf(instrument), baseCcy: isSpot ? base : '', quoteCcy: isSpot ? quote : '', settleCcy: settle ?? '',
    uly: isSpot ? '' : `${base}-${quote}`, state, lever: isSpot ? '' : String(lever),
    tickSz: decimalText(1, instrument.priceDecimals), lotSz: lot, minSz: lot, maxLmtSz: '9999999999', maxMktSz: '1000000',
    ctVal: isSpot ? '' : decimalText(1, contractDecimals(instrument)), listTime: '0',
    ...(!isSpot && { instFamily: `${base}-${quote}`, ctMult: '1', ctValCcy: base, ctType: 'linear' }),
  }; // prettier-ignore
}

/** A bar as `market/candles` lists it: prices, volume in base (of a perpetual in contracts and in base), in quote, and whether it is closed. */
export function barRow(bar: MarketBar, instrument: MarketInstrument, isClosed: boolean): string[] {
  const { priceDecimals, sizeDecimals } = instrument;
  const value = decimalText(bar.value, priceDecimals + sizeDecimals);
  const prices = [bar.open, bar.high, bar.low, bar.close].map((ticks) => decimalText(ticks, priceDecimals));
  const [size, units] = [sizeDecimalsOf(instrument), sizeDecimals].map((decimals) => decimalText(bar.volume, decimals));
  return [
    String(bar.start),
    ...prices,
    size!,
    instrument.settle === undefined ? value : units!,
    value,
    isClosed ? '1' : '0',
  ];
}

const states: Readonly<Record<ExchangeOrder['status'], string>> = {
  NEW: 'live', PARTIALLY_FILLED: 'partially_filled', FILLED: 'filled', PENDING_NEW: 'live', CANCELED: 'canceled', EXPIRED: 'canceled',
  EXPIRED_IN_MATCH: 'canceled',
}; // prettier-ignore

/** Added to an order's number: algo orders are numbered apart, so the id of an order never names an algo order. */
const firstAlgo = 700_000_000_000;

/** OKX's algo id of an order. */
export function algoIdOf(order: Readonly<ExchangeOrder>): string {
  return String(firstAlgo + orderNumberOf(order));
}

/** The exchange's number of the order that an algo id stands for. */
export function orderIdOf(algoId: string): number {
  return exchangeNumberOf(Number(algoId) - firstAlgo);
}

/** Position side, margin mode, leverage and the reduce-only flag of an order, in OKX's words. */
export function carriedAs({ exchange, account }: Place, { symbol, contract }: Readonly<ExchangeOrder>): { posSide: string; tdMode: string; lever: string; reduceOnly: string } {
  const ledger = exchange.contracts;
  if (ledger === undefined || contract === undefined) return { posSide: 'net', tdMode: 'cash', lever: '', reduceOnly: 'false' };
  const { leverage, isIsolated } = ledger.of(account).settings(symbol);
  const posSide = contract.positionSide === 'BOTH' ? 'net' : contract.positionSide.toLowerCase();
  // In long/short mode the side of the position says whether an order reduces.
  const reduceOnly = String(contract.reduceOnly && contract.positionSide === 'BOTH');
  return { posSide, tdMode: isIsolated ? 'isolated' : 'cross', lever: String(leverage), reduceOnly };
} // prettier-ignore

/** The client id that an account gave an order; empty where it gave none. */
export function ownIdOf({ clientId }: Readonly<ExchangeOrder>): string {
  return /^(?:nb|autoclose)-/.test(clientId) ? '' : clientId;
}

/** OKX's word for the kind of an order: that of a triggered algo order is the one it became. */
function typeOf({ type, timeInForce }: Readonly<ExchangeOrder>): string {
  if (type === 'LIMIT_MAKER') return 'post_only';
  if (type !== 'LIMIT' && !type.endsWith('_LIMIT')) return 'market';
  return timeInForce === 'IOC' ? 'ioc' : timeInForce === 'FOK' ? 'fok' : 'limit';
}

/** An order as `trade/order` and the channel of orders show it. `fill` is its latest execution. */
export function orderFields(place: Place, order: Readonly<ExchangeOrder>, instrument: MarketInstrument, fills: readonly AccountFill[], fill = fills.at(-1)): object {
  const { priceDecimals } = instrument;
  const size = (lots: number): string => decimalText(lots, sizeDecimalsOf(instrument));
  const isAlgo = isStop(order.type);
  const own = ownIdOf(order);
  const fees = fills.reduce((sum, { fee }) => sum + fee, 0n);
  const profit = fills.reduce((sum, one) => sum + (one.profit ?? 0n), 0n);
  const isSpot = instrument.settle === undefined;
  return {
    instType: kindOf(instrument), instId: nameOf(instrument), ordId: String(orderNumberOf(order)), clOrdId: isAlgo ? '' : own, tag: '',
    algoId: isAlgo ? algoIdOf(order) : '', algoClOrdId: isAlgo ? own : '',
    px: order.price === undefined || order.type === 'MARKET' ? '' : decimalText(order.price, priceDecimals), sz: size(order.size), ordType: typeOf(order), side: order.side,
    ...carriedAs(place, order), tgtCcy: isSpot && typeOf(order) === 'market' ? 'base_ccy' : '', accFillSz: size(order.filled),
    avgPx: order.filled === 0 ? '' : averageOf(order, instrument), state: states[order.status],
    fillPx: fill === undefined ? '' : decimalText(fill.price, priceDecimals), fillSz: fill === undefined ? '0' : size(fill.size),
    tradeId: fill === undefined ? '' : String(fill.tradeId), fillTime: fill === undefined ? '' : String(fill.time),
    // OKX writes what the account receives: a fee is negative.
    fee: fees === 0n ? '0' : balanceText(-fees), feeCcy: fills[0]?.feeAsset ?? (isSpot && order.side === 'buy' ? instrument.base : instrument.quote),
    rebate: '0', rebateCcy: instrument.quote, pnl: profit === 0n ? '0' : balanceText(profit), source: '',
    category: order.contract?.isLiquidation === true ? 'full_liquidation' : 'normal', cTime: String(order.time), uTime: String(order.updated),
  }; // prettier-ignore
} // prettier-ignore

function averageOf(order: Readonly<ExchangeOrder>, instrument: MarketInstrument): string {
  const value = new Decimal(balanceText(order.value));
  return value.div(decimalText(order.filled, instrument.sizeDecimals)).toDecimalPlaces(12).toFixed();
}

/** An order's change in the channel of orders: a fill reports its own execution, other changes report none. */
export function orderEvent(place: Place, { order, fill }: OrderReport, instrument: MarketInstrument, fills: readonly AccountFill[]): object {
  const fields = orderFields(place, order, instrument, fills, fill);
  const none = { fillPx: '', fillSz: '0', tradeId: '', fillTime: '', fillFee: '0', fillFeeCcy: '', execType: '' };
  if (fill === undefined) return { ...fields, ...none, code: '0', msg: '', amendResult: '' };
  const cost = { fillFee: balanceText(-fill.fee), fillFeeCcy: fill.feeAsset, execType: fill.isMaker ? 'M' : 'T' };
  return { ...fields, ...cost, code: '0', msg: '', amendResult: '' };
} // prettier-ignore

/** An execution as `trade/fills-history` lists it. */
export function fillFields(place: Place, fill: AccountFill, instrument: MarketInstrument): object {
  const { order, profit = 0n } = fill;
  return {
    instType: kindOf(instrument), instId: nameOf(instrument), tradeId: String(fill.tradeId), billId: String(fill.tradeId), ordId: String(orderNumberOf(order)),
    clOrdId: isStop(order.type) ? '' : ownIdOf(order), tag: '', fillPx: decimalText(fill.price, instrument.priceDecimals), fillSz: decimalText(fill.size, sizeDecimalsOf(instrument)),
    side: order.side, posSide: carriedAs(place, order).posSide, execType: fill.isMaker ? 'M' : 'T', feeCcy: fill.feeAsset, fee: balanceText(-fill.fee),
    fillPnl: profit === 0n ? '0' : balanceText(profit), ts: String(fill.time), fillTime: String(fill.time),
  }; // prettier-ignore
}

/** Balances as `account/balance` and the channel of the account show them. Equity counts the profit of open positions. */
export function balanceFields(own: UnifiedAccount, assets: Iterable<string>): object {
  const uTime = String(own.updated);
  const details = [...assets].map((ccy) => {
    const { wallet, available, locked, unrealised, margin } = own.holding(ccy);
    const [avail, equity] = [balanceText(available), balanceText(wallet + unrealised)];
    return {
      ccy, eq: equity, cashBal: balanceText(wallet), availBal: avail, availEq: avail, frozenBal: balanceText(locked + margin), ordFrozen: balanceText(locked),
      upl: balanceText(unrealised), imr: balanceText(locked + margin), uTime,
    };
  }); // prettier-ignore
  return { uTime, totalEq: '', isoEq: '0', adjEq: '', details };
}
