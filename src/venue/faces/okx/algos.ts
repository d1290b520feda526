/** OKX's algo orders over an exchange: those that wait for a trigger, under ids of their own, until they become ordinary orders. */
import { isOver, isStop, isUntriggered, type ExchangeOrder, type ExchangeRequest } from '../../exchange/index.ts'; // prettier-ignore
import { decimalText, type MarketInstrument } from '../../market-data.ts';
import { orderNumberOf, type Place } from '../unified-account.ts';
import { contractOf } from './contracts.ts';
import { algoIdOf, carriedAs, kindOf, nameOf, orderIdOf, ownIdOf, sizeDecimalsOf } from './fields.ts';
import { clientIds, inOkxWords, okxOk, OkxRefusal, placeOf, stepsOf, type OkxAnswer, type OkxOwn, type OkxPlace, type Row } from './words.ts'; // prettier-ignore

/** The most algo orders that one request lists. */
const mostRows = 100;
/** The most algo orders that one request cancels. */
export const mostAlgoCancels = 10;
/** What the local exchange serves of OKX's algo orders. */
const served: readonly (string | undefined)[] = ['trigger', 'conditional'];

/** OKX's word for how an algo order stands: triggered, it is `effective`, and its order says the rest. */
function stateOf(order: Readonly<ExchangeOrder>): string {
  if (!isUntriggered(order)) return 'effective';
  return !isOver(order.status) ? 'live' : order.status === 'EXPIRED' ? 'order_failed' : 'canceled';
}

/** An algo order as `trade/order-algo`, the lists and the channel of algo orders show it. */
export function algoFields(place: Place, order: Readonly<ExchangeOrder>, instrument: MarketInstrument): object {
  const { priceDecimals } = instrument;
  const size = decimalText(order.size, sizeDecimalsOf(instrument));
  const price = (ticks: number | undefined): string => (ticks === undefined ? '' : decimalText(ticks, priceDecimals));
  const isTriggered = !isUntriggered(order);
  const isTp = order.type.startsWith('TAKE_PROFIT');
  const [trigger, limit] = [price(order.stopPrice), order.price === undefined ? '-1' : price(order.price)];
  const { sentAs: ordType, last } = order.conditional ?? { sentAs: 'trigger', last: undefined };
  const isTriggerOrder = ordType === 'trigger';
  const number = String(orderNumberOf(order));
  const by = (isIt: boolean, text: string): string => (isIt ? text : '');
  return {
    instType: kindOf(instrument), instId: nameOf(instrument), algoId: algoIdOf(order), algoClOrdId: ownIdOf(order),
    clOrdId: '', ordId: by(isTriggered, number), ordIdList: isTriggered ? [number] : [], ccy: '', tag: '',
    sz: size, ordType, side: order.side, ...carriedAs(place, order), tgtCcy: by(instrument.settle === undefined, 'base_ccy'),
    state: stateOf(order), last: price(last),
    triggerPx: by(isTriggerOrder, trigger), triggerPxType: by(isTriggerOrder, 'last'), ordPx: by(isTriggerOrder, limit),
    slTriggerPx: by(!isTriggerOrder && !isTp, trigger), slOrdPx: by(!isTriggerOrder && !isTp, limit), slTriggerPxType: by(!isTriggerOrder && !isTp, 'last'),
    tpTriggerPx: by(!isTriggerOrder && isTp, trigger), tpOrdPx: by(!isTriggerOrder && isTp, limit), tpTriggerPxType: by(!isTriggerOrder && isTp, 'last'),
    actualSz: by(isTriggered, size), actualPx: by(isTriggered, limit), actualSide: '',
    triggerTime: order.workingTime === undefined ? '' : String(order.workingTime), failCode: by(stateOf(order) === 'order_failed', '51008'),
    cTime: String(order.time), uTime: String(order.updated),
  }; // prettier-ignore
}

/** Places an algo order: `trigger` at one price, from whichever side the last price is; `conditional` as stop loss or take profit. */
export function placeAlgo(own: OkxOwn, row: Row): object {
  const at = placeOf(own, row['instId']);
  const { exchange, account, instrument } = at;
  const { side, ordType, tdMode, algoClOrdId = '', tgtCcy } = row;
  const bad = (name: string, why = ''): OkxRefusal => new OkxRefusal('51000', `Parameter ${name} error${why}`);
  if (!served.includes(ordType)) throw bad('ordType', ': the local exchange has trigger and conditional');
  if (side !== 'buy' && side !== 'sell') throw bad('side');
  const isSpot = instrument.settle === undefined;
  if (isSpot && tdMode !== 'cash' && !(ordType === 'conditional' && tdMode === 'cross')) throw bad('tdMode');
  if (algoClOrdId !== '' && !clientIds.test(algoClOrdId)) throw bad('algoClOrdId');
  const { stopPrice, limit, isStopLoss, last } = ordType === 'trigger' ? triggerOf(at, row, side) : conditionOf(at, row, side);
  const type = isStopLoss ? 'STOP_LOSS' : 'TAKE_PROFIT';
  const contract = contractOf(at, row);
  const byValue = isSpot && limit === undefined && side === 'buy' && tgtCcy === 'quote_ccy';
  const wanted: ExchangeRequest = {
    symbol: instrument.symbol, hasAnyValue: true, side, type: limit === undefined ? type : `${type}_LIMIT`, stopPrice, ...(limit !== undefined && { price: limit }),
    size: byValue ? 0 : stepsOf(row, 'sz', sizeDecimalsOf(instrument)), ...(byValue && { quoteValue: BigInt(stepsOf(row, 'sz', 8)) }),
    ...(algoClOrdId !== '' && { clientId: algoClOrdId }), conditional: { sentAs: ordType!, locksAtTrigger: true, last }, ...(contract && { contract }),
  };
  if (algoClOrdId !== '' && exchange.find(account, instrument.symbol, { clientId: algoClOrdId }) !== undefined) {
    throw new OkxRefusal('51065', 'algoClOrdId already exists.');
  }
  const { order } = inOkxWords(() => exchange.place(account, wanted));
  return { algoId: algoIdOf(order), clOrdId: '', algoClOrdId };
} // prettier-ignore

interface Condition {
  readonly stopPrice: number;
  readonly limit: number | undefined;
  readonly isStopLoss: boolean;
  readonly last: number | undefined;
}

/** The price of an algo order: -1 means at the market. */
function limitOf(row: Row, name: string, decimals: number): number | undefined {
  return row[name] === '-1' ? undefined : stepsOf(row, name, decimals);
}

/** The last price says from which side a trigger is reached. */
function triggerOf({ exchange, instrument: { symbol, priceDecimals } }: OkxPlace, row: Row, side: 'buy' | 'sell'): Condition {
  if ((row['triggerPxType'] ?? 'last') !== 'last') throw new OkxRefusal('51000', 'Parameter triggerPxType error: the local exchange triggers only by last prices');
  const stopPrice = stepsOf(row, 'triggerPx', priceDecimals);
  const last = exchange.lastPrice(symbol, side);
  const isStopLoss = stopPrice > (last ?? stopPrice) === (side === 'buy');
  return { stopPrice, limit: limitOf(row, 'orderPx', priceDecimals), isStopLoss, last };
} // prettier-ignore

/** A stop loss or a take profit, whose trigger must lie on its side of the last price. */
function conditionOf({ exchange, instrument: { symbol, priceDecimals } }: OkxPlace, row: Row, side: 'buy' | 'sell'): Condition {
  // When both are given only the stop loss works, as at OKX.
  const isStopLoss = row['slTriggerPx'] !== undefined && row['slTriggerPx'] !== '';
  const kind = isStopLoss ? 'sl' : 'tp';
  const stopPrice = stepsOf(row, `${kind}TriggerPx`, priceDecimals);
  const last = exchange.lastPrice(symbol, side);
  const limit = limitOf(row, `${kind}OrdPx`, priceDecimals);
  const isAbove = isStopLoss === (side === 'buy');
  if (last === undefined || (isAbove ? stopPrice > last : stopPrice < last)) return { stopPrice, limit, isStopLoss, last };
  const code = isStopLoss ? (side === 'buy' ? '51278' : '51280') : side === 'buy' ? '51277' : '51279';
  throw new OkxRefusal(code, `${kind.toUpperCase()} trigger price cannot be ${isAbove ? 'lower' : 'higher'} than the last price`);
} // prettier-ignore

/** The algo order that a request names, open or not. */
function algoOf(own: OkxOwn, symbol: string | undefined, { algoId = '', algoClOrdId = '' }: Row): ExchangeOrder | undefined {
  if (algoId === '' && algoClOrdId === '') throw new OkxRefusal('51000', 'Either parameter algoId or algoClOrdId is required');
  const key = algoId === '' ? { clientId: algoClOrdId } : { id: orderIdOf(algoId) };
  const symbols = symbol === undefined ? own.exchanges.instruments.map((one) => one.symbol) : [symbol];
  const found = symbols.map((one) => own.find(one, key)).find((order) => order !== undefined);
  return found !== undefined && isStop(found.type) ? found : undefined;
} // prettier-ignore

/** Cancels algo orders that wait; one that has been triggered is canceled as the order that it became. */
export function cancelAlgo(own: OkxOwn, row: Row): object {
  const { exchange, account, instrument: { symbol } } = placeOf(own, row['instId']);
  const order = algoOf(own, symbol, row);
  if (order === undefined || isOver(order.status) || !isUntriggered(order)) {
    throw new OkxRefusal('51400', 'Order cancellation failed as the order has been filled, canceled or does not exist.');
  }
  inOkxWords(() => exchange.cancel(account, symbol, { id: order.id }));
  return { algoId: algoIdOf(order), algoClOrdId: row['algoClOrdId'] ?? '', clOrdId: '' };
} // prettier-ignore

/** Changes size, trigger or price of an algo order that waits. */
export function amendAlgo(own: OkxOwn, row: Row): object {
  const { exchange, account, instrument } = placeOf(own, row['instId']);
  const { symbol, priceDecimals } = instrument;
  const order = algoOf(own, symbol, row);
  if (order === undefined || isOver(order.status) || !isUntriggered(order)) {
    throw new OkxRefusal('51503', 'Order modification failed as the order has been filled, canceled or does not exist.');
  }
  const [size, trigger, limit] = order.conditional?.sentAs === 'conditional'
    ? order.type.startsWith('TAKE_PROFIT') ? ['newSz', 'newTpTriggerPx', 'newTpOrdPx'] : ['newSz', 'newSlTriggerPx', 'newSlOrdPx']
    : ['newSz', 'newTriggerPx', 'newOrdPx'];
  const change = {
    size: row[size] === undefined ? order.size : stepsOf(row, size, sizeDecimalsOf(instrument)),
    stopPrice: row[trigger] === undefined ? order.stopPrice! : stepsOf(row, trigger, priceDecimals),
    price: row[limit] === undefined ? order.price : stepsOf(row, limit, priceDecimals),
  };
  // Here a market order cannot become a limit order, nor the reverse.
  if ((change.price === undefined) !== (order.price === undefined)) throw new OkxRefusal('51000', `Parameter ${limit} error`);
  inOkxWords(() => exchange.modifyStop(account, symbol, { id: order.id }, change));
  return { algoId: algoIdOf(order), algoClOrdId: row['algoClOrdId'] ?? '', reqId: '' };
} // prettier-ignore

/** `trade/order-algo`: one algo order, open or not. */
export function algoAnswer(own: OkxOwn, query: URLSearchParams): OkxAnswer {
  const order = algoOf(own, undefined, Object.fromEntries(query));
  if (order === undefined) throw new OkxRefusal('51603', 'Order does not exist');
  return okxOk([algoFields(own.placeOf(order.symbol)!, order, own.exchanges.instrument(order.symbol))]);
}

/** Algo orders of a type, the newest first: those that wait, or those that were triggered, canceled or failed. */
export function algosOf(own: OkxOwn, query: URLSearchParams, isPending: boolean): OkxAnswer {
  const types = (query.get('ordType') ?? '').split(',');
  if (types[0] === '') throw new OkxRefusal('51000', 'Parameter ordType error');
  const [name, state, algoId] = [query.get('instId'), query.get('state'), query.get('algoId')];
  if (!isPending && state === null && algoId === null) throw new OkxRefusal('51000', 'Either parameter state or algoId is required');
  const rows = own.places.flatMap((at) => at.account.orders.filter((order) => {
    if (!isStop(order.type) || !types.includes(order.conditional?.sentAs ?? 'trigger')) return false;
    if ((stateOf(order) === 'live') !== isPending || (state !== null && stateOf(order) !== state)) return false;
    const instrument = own.exchanges.instrument(order.symbol);
    return (name === null || nameOf(instrument) === name) && (algoId === null || algoIdOf(order) === algoId);
  }).map((order) => ({ at, order })));
  const limit = Math.min(mostRows, Number(query.get('limit') ?? mostRows));
  const newest = rows.sort((a, b) => a.order.time - b.order.time).slice(-limit).reverse();
  return okxOk(newest.map(({ at, order }) => algoFields(at, order, own.exchanges.instrument(order.symbol))));
} // prettier-ignore
