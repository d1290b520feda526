/** OKX's private endpoints over an exchange: orders, executions and balances of the account that signed. */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { isOver, isStop, isUntriggered, type ExchangeOrder, type ExchangeRequest, type OrderKey } from '../../exchange/index.ts'; // prettier-ignore
import { exchangeNumberOf, orderNumberOf, type UnifiedExchanges } from '../unified-account.ts';
import { algoAnswer, algosOf, amendAlgo, cancelAlgo, mostAlgoCancels, placeAlgo } from './algos.ts';
import {
  bills,
  contractOf,
  leverageOf,
  positionModeOf,
  positions,
  reduced,
  setLeverage,
  setPositionMode,
} from './contracts.ts';
import { balanceFields, fillFields, orderFields, sizeDecimalsOf } from './fields.ts';
import { clientIds, inOkxWords, okxOk, OkxRefusal, placeOf, placesOf, stepsOf, type OkxAnswer, type OkxOwn, type OkxPlace, type Row } from './words.ts'; // prettier-ignore

/** A private request. */
export interface OkxRequest {
  readonly method: string;
  /** Path with its query, as it was signed. */
  readonly path: string;
  readonly body: string;
  readonly header: (name: string) => string | undefined;
  readonly now: number;
}

/** The passphrase of every account of the local exchange. */
export const okxPassphrase = 'passphrase';

/** How far a timestamp may be off, in milliseconds. */
const validMs = 30_000;
/** The most orders or executions that one request lists, and ids that it carries. */
const [mostRows, mostBatch] = [100, 20];

/** OKX's signature: a base64 HMAC of time, method, path and body. */
export function isOkxSignature(account: Pick<OkxOwn, 'secret'>, text: string, sign: string | undefined): boolean {
  const wanted = createHmac('sha256', account.secret).update(text).digest();
  const sent = Buffer.from(sign ?? '', 'base64');
  return sent.length === wanted.length && timingSafeEqual(sent, wanted);
}

/** The account that signed a request. @throws {OkxRefusal} In OKX's words when it is not admitted. */
function signerOf(exchanges: UnifiedExchanges, request: OkxRequest, checksTime: boolean): OkxOwn {
  const { header, method, path, body, now } = request;
  const [key, time] = [header('ok-access-key'), header('ok-access-timestamp') ?? ''];
  if (key === undefined) throw new OkxRefusal('50103', 'Request header "OK-ACCESS-KEY" can not be empty.', 401);
  const account = exchanges.accountOf(key);
  if (exchanges.isRevoked(key)) throw new OkxRefusal('50119', "API key doesn't exist", 401);
  if (account === undefined) throw new OkxRefusal('50111', 'Invalid OK-ACCESS-KEY', 401);
  if (header('ok-access-passphrase') !== okxPassphrase) {
    throw new OkxRefusal('50105', 'Request header "OK-ACCESS-PASSPHRASE" incorrect.', 401);
  }
  const sent = Date.parse(time);
  if (Number.isNaN(sent)) throw new OkxRefusal('50112', 'Invalid OK-ACCESS-TIMESTAMP', 401);
  if (checksTime && Math.abs(sent - now) > validMs) throw new OkxRefusal('50102', 'Timestamp request expired', 401);
  if (isOkxSignature(account, time + method + path + body, header('ok-access-sign'))) return account;
  throw new OkxRefusal('50113', 'Invalid Sign', 401);
}

/** Answers a private request; undefined where there is no such endpoint. */
export function answerPrivate(
  exchanges: UnifiedExchanges,
  request: OkxRequest,
  checksTime: boolean,
): OkxAnswer | undefined {
  const url = new URL(request.path, 'http://local');
  const act = routes[`${request.method} ${url.pathname.replace('/api/v5/', '')}`];
  if (act === undefined) return undefined;
  try {
    return act(signerOf(exchanges, request, checksTime), url.searchParams, request.body);
  } catch (error) {
    if (!(error instanceof OkxRefusal)) throw error;
    return { status: error.status, body: { code: error.code, msg: error.message, data: [] } };
  }
}

type Act = (own: OkxOwn, query: URLSearchParams, body: string) => OkxAnswer;

const routes: Readonly<Record<string, Act>> = {
  'GET account/config': (own) => okxOk([{ uid: '1', acctLv: own.contracts === undefined ? '1' : '2', posMode: positionModeOf(own), perm: 'read_only,trade', label: 'local', ip: '' }]),
  'GET account/balance': (own) => okxOk([balanceFields(own, own.assets)]),
  'GET account/positions': positions,
  'GET account/leverage-info': leverageOf,
  'GET account/bills': bills,
  'GET account/bills-archive': bills,
  'POST account/set-leverage': (own, _, body) => setLeverage(own, objectIn(body)),
  'POST account/set-position-mode': (own, _, body) => setPositionMode(own, objectIn(body)),
  'GET asset/balances': () => okxOk([]),
  'GET asset/currencies': ({ exchanges }) => okxOk([...new Set(exchanges.instruments.flatMap(({ base, quote }) => [base, quote]))].map((ccy) => ({ ccy, chain: ccy, name: ccy, canDep: false, canWd: false }))),
  'POST trade/order': (own, _, body) => eachOf(own, [objectIn(body)], place),
  'POST trade/batch-orders': (own, _, body) => eachOf(own, listIn(body), place),
  'POST trade/cancel-order': (own, _, body) => eachOf(own, [objectIn(body)], cancel),
  'POST trade/cancel-batch-orders': (own, _, body) => eachOf(own, listIn(body), cancel),
  'POST trade/amend-order': (own, _, body) => eachOf(own, [objectIn(body)], amend),
  'POST trade/amend-batch-orders': (own, _, body) => eachOf(own, listIn(body), amend),
  'POST trade/order-algo': (own, _, body) => eachOf(own, [objectIn(body)], placeAlgo),
  'POST trade/cancel-algos': (own, _, body) => eachOf(own, listIn(body), cancelAlgo, mostAlgoCancels),
  'POST trade/amend-algos': (own, _, body) => eachOf(own, [objectIn(body)], amendAlgo),
  'POST trade/cancel-all-after': (own, _, body) => cancelAllAfter(own, objectIn(body)),
  'GET trade/order': (own, query) => okxOk([orderAnswer(own, query)]),
  'GET trade/orders-pending': (own, query) => okxOk(ordersOf(own, query, (status) => !isOver(status))),
  'GET trade/orders-history': (own, query) => okxOk(ordersOf(own, query, isOver)),
  'GET trade/orders-history-archive': (own, query) => okxOk(ordersOf(own, query, isOver)),
  'GET trade/order-algo': (own, query) => algoAnswer(own, query),
  'GET trade/orders-algo-pending': (own, query) => algosOf(own, query, true),
  'GET trade/orders-algo-history': (own, query) => algosOf(own, query, false),
  'GET trade/fills': (own, query) => okxOk(fillsOf(own, query)),
  'GET trade/fills-history': (own, query) => okxOk(fillsOf(own, query)),
}; // prettier-ignore

/** Seconds after which OKX's dead-man switch may go off. */
const [leastCountdown, mostCountdown] = [10, 120];

/** The dead-man switch: cancels every order of the account, conditional ones excepted, unless it is set again in time; 0 switches it off. */
function cancelAllAfter(own: OkxOwn, { timeOut = '' }: Row): OkxAnswer {
  const seconds = /^\d{1,9}$/.test(timeOut) ? Number(timeOut) : NaN;
  if (seconds !== 0 && !(seconds >= leastCountdown && seconds <= mostCountdown)) {
    throw new OkxRefusal('51000', 'Parameter timeOut error');
  }
  own.exchanges.countdowns.set(own.apiKey, seconds * 1_000, () => {
    own.cancelOpen();
  });
  const now = own.exchanges.now();
  return okxOk([{ triggerTime: seconds === 0 ? '0' : String(now + seconds * 1_000), tag: '', ts: String(now) }]);
}

/** Acts on each order of a request. Each has its own code; that of the request says whether all, some or none succeeded. */
function eachOf(
  own: OkxOwn,
  rows: readonly Row[],
  act: (own: OkxOwn, row: Row) => object,
  most = mostBatch,
): OkxAnswer {
  if (rows.length === 0 || rows.length > most) throw new OkxRefusal('51000', 'Parameter args error');
  let failed = 0;
  const data = rows.map((row) => {
    try {
      return { tag: '', ts: String(own.exchanges.now()), sCode: '0', sMsg: '', ...act(own, row) };
    } catch (error) {
      if (!(error instanceof OkxRefusal)) throw error;
      failed++;
      const { ordId = '', clOrdId = '', algoId, algoClOrdId } = row;
      const isAlgo = algoId !== undefined || algoClOrdId !== undefined;
      return {
        ...(isAlgo ? { algoId: algoId ?? '', algoClOrdId: algoClOrdId ?? '' } : { ordId }),
        clOrdId,
        tag: '',
        ts: String(own.exchanges.now()),
        sCode: error.code,
        sMsg: error.message,
      };
    }
  });
  const code = failed === 0 ? '0' : failed < rows.length ? '2' : '1';
  return { status: 200, body: { code, msg: failed > 0 ? 'All operations failed' : '', data } };
}

function objectIn(body: string): Row {
  const value = parsed(body);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return wordsOf(value);
  throw new OkxRefusal('50006', 'Body can not be empty or is not valid JSON', 400);
}

function listIn(body: string): Row[] {
  const value = parsed(body);
  if (Array.isArray(value)) return value.map((row) => wordsOf(row as object));
  throw new OkxRefusal('50006', 'Body can not be empty or is not valid JSON', 400);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** The fields of a row as text. */
function wordsOf(row: object): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** The order that a request names. */
function keyOf({ ordId, clOrdId }: Row): OrderKey {
  if (ordId !== undefined && ordId !== '') return { id: exchangeNumberOf(Number(ordId)) };
  if (clOrdId !== undefined && clOrdId !== '') return { clientId: clOrdId };
  throw new OkxRefusal('51000', 'Either parameter ordId or clOrdId is required');
}

/** An order of the account. An algo order is not an order before its trigger, and its client id never names one. */
function orderOf({ exchange, account, instrument }: OkxPlace, key: OrderKey): ExchangeOrder | undefined {
  const order = exchange.find(account, instrument.symbol, key);
  return order === undefined || isUntriggered(order) || (isStop(order.type) && key.id === undefined)
    ? undefined
    : order;
}

const kinds = {
  market: { type: 'MARKET' },
  limit: { type: 'LIMIT', timeInForce: 'GTC' },
  post_only: { type: 'LIMIT_MAKER' },
  ioc: { type: 'LIMIT', timeInForce: 'IOC' },
  fok: { type: 'LIMIT', timeInForce: 'FOK' },
} as const;

function place(own: OkxOwn, row: Row): object {
  const at = placeOf(own, row['instId']);
  const { exchange, account, instrument } = at;
  const { side, ordType = '', tdMode, clOrdId, tgtCcy } = row;
  const isSpot = instrument.settle === undefined;
  const kind = Object.hasOwn(kinds, ordType) ? kinds[ordType as keyof typeof kinds] : undefined;
  if (kind === undefined) throw new OkxRefusal('51000', 'Parameter ordType error');
  if (side !== 'buy' && side !== 'sell') throw new OkxRefusal('51000', 'Parameter side error');
  if (isSpot && tdMode !== 'cash') throw new OkxRefusal('51000', 'Parameter tdMode error: the account has no margin of spot');
  if (clOrdId !== undefined && clOrdId !== '' && !clientIds.test(clOrdId)) throw new OkxRefusal('51000', 'Parameter clOrdId error'); // prettier-ignore
  const contract = contractOf(at, row);
  const byValue = isSpot && kind.type === 'MARKET' && (tgtCcy ?? (side === 'buy' ? 'quote_ccy' : 'base_ccy')) === 'quote_ccy';
  const wanted: ExchangeRequest = {
    symbol: instrument.symbol, hasAnyValue: true, side, ...kind, size: byValue ? 0 : stepsOf(row, 'sz', sizeDecimalsOf(instrument)),
    ...(byValue && { quoteValue: BigInt(stepsOf(row, 'sz', 8)) }),
    ...(kind.type !== 'MARKET' && { price: stepsOf(row, 'px', instrument.priceDecimals) }),
    ...(clOrdId !== undefined && clOrdId !== '' && { clientId: clOrdId }), ...(contract && { contract }),
  };
  const { order } = inOkxWords(() => exchange.place(account, reduced(at, wanted)));
  return { ordId: String(orderNumberOf(order)), clOrdId: clOrdId ?? '' };
} // prettier-ignore

function cancel(own: OkxOwn, row: Row): object {
  const at = placeOf(own, row['instId']);
  if (orderOf(at, keyOf(row)) === undefined) throw new OkxRefusal('51400', 'Order cancellation failed as the order has been filled, canceled or does not exist.'); // prettier-ignore
  const order = inOkxWords(() => at.exchange.cancel(at.account, at.instrument.symbol, keyOf(row)));
  return { ordId: String(orderNumberOf(order)), clOrdId: row['clOrdId'] ?? '' };
}

/** Changes size, price or both in place. An order that is only made smaller keeps its place in the queue. */
function amend(own: OkxOwn, row: Row): object {
  const at = placeOf(own, row['instId']);
  const { exchange, account, instrument } = at;
  const key = keyOf(row);
  const order = orderOf(at, key);
  if (order === undefined || isOver(order.status)) {
    throw new OkxRefusal('51503', 'Order modification failed as the order has been filled, canceled or does not exist.');
  } // prettier-ignore
  const size = row['newSz'] === undefined ? order.size : stepsOf(row, 'newSz', sizeDecimalsOf(instrument));
  const price = row['newPx'] === undefined ? order.price : stepsOf(row, 'newPx', instrument.priceDecimals);
  if (price === undefined) throw new OkxRefusal('51505', 'Only limit orders can be amended');
  if (size <= order.filled)
    throw new OkxRefusal('51502', 'Order modification failed: newSz must be above what is filled');
  inOkxWords(() => {
    if (price === order.price && size < order.size)
      exchange.amend(account, instrument.symbol, key, size, order.clientId); // prettier-ignore
    else exchange.modify(account, instrument.symbol, key, size, price);
  });
  return { ordId: String(orderNumberOf(order)), clOrdId: row['clOrdId'] ?? '', reqId: '' };
}

function orderAnswer(own: OkxOwn, query: URLSearchParams): object {
  const at = placeOf(own, query.get('instId'));
  const [ordId, clOrdId] = [query.get('ordId') ?? undefined, query.get('clOrdId') ?? undefined];
  const order = orderOf(at, keyOf({ ordId, clOrdId }));
  if (order === undefined) throw new OkxRefusal('51603', 'Order does not exist');
  return orderFields(at, order, at.instrument, at.account.fills.filter((fill) => fill.order === order));
} // prettier-ignore

/** Orders of the account, the newest first. */
function ordersOf(own: OkxOwn, query: URLSearchParams, isWanted: (status: Parameters<typeof isOver>[0]) => boolean): object[] {
  const name = query.get('instId');
  const wanted = name === null ? undefined : placeOf(own, name).instrument;
  const [begin, end] = spanOf(query);
  const [state, category] = [query.get('state'), query.get('category')];
  const rows = placesOf(own, query).flatMap((at) => at.account.orders.filter((order) => {
    const { symbol, status, time, contract } = order;
    if (isUntriggered(order)) return false;
    if (!isWanted(status) || time < begin || time > end) return false;
    if (state === 'filled' && status !== 'FILLED') return false;
    if (category !== null && category !== (contract?.isLiquidation === true ? 'full_liquidation' : 'normal')) return false;
    return wanted === undefined || symbol === wanted.symbol;
  }).map((order) => ({ at, order })));
  const newest = rows.sort((a, b) => a.order.time - b.order.time).slice(-mostRows).reverse();
  return newest.map(({ at, order }) => {
    return orderFields(at, order, own.exchanges.instrument(order.symbol), at.account.fills.filter((fill) => fill.order === order));
  });
} // prettier-ignore

/** Executions of the account, the newest first: of a longer span, its last ones. */
function fillsOf(own: OkxOwn, query: URLSearchParams): object[] {
  const name = query.get('instId');
  const wanted = name === null ? undefined : placeOf(own, name).instrument;
  const [begin, end] = spanOf(query);
  const ordId = query.get('ordId');
  const rows = placesOf(own, query).flatMap((at) => at.account.fills.filter(
    ({ symbol, time, order }) =>
      time >= begin && time <= end && (wanted === undefined || symbol === wanted.symbol) && (ordId === null || String(orderNumberOf(order)) === ordId),
  ).map((fill) => ({ at, fill })));
  const limit = Math.min(mostRows, Number(query.get('limit') ?? mostRows));
  const newest = rows.sort((a, b) => a.fill.time - b.fill.time).slice(-limit).reverse();
  return newest.map(({ at, fill }) => fillFields(at, fill, own.exchanges.instrument(fill.symbol)));
} // prettier-ignore

function spanOf(query: URLSearchParams): [number, number] {
  return [Number(query.get('begin') ?? -Infinity), Number(query.get('end') ?? Infinity)];
}
