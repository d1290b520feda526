/** What differs between the venues that ccxt serves and that ccxt does not state as data: how bars are paged, and how an order is looked up. */
import type { Instrument, TradeTick } from '../../../core/index.ts';
import type { CcxtTicker } from './exchange.ts';

const dayMs = 86_400_000;

/** How a venue serves pages of bars. */
export interface Paging {
  /** The most bars on a page. */
  readonly limit: number;
  /** Whether a request can name its last moment. Other venues refuse the parameter or ignore it. */
  readonly knowsUntil: boolean;
  /** Which end a page keeps when a range holds more bars than the page: the oldest after `since`, or the newest before `until`. */
  readonly keeps: 'oldest' | 'newest';
}

/**
 * Binance's venues. ccxt streams their trades one by one and requests them as aggregates, which have other numbers; so both use aggregates.
 */
const binanceIds: ReadonlySet<string> = new Set(['binance', 'binanceus', 'binanceusdm', 'binancecoinm']);

/** ccxt options with which a venue's stream and its requests number trades alike. */
export function streamOptionsOf(exchange: string): Readonly<Record<string, unknown>> {
  const name = { name: 'aggTrade' };
  return binanceIds.has(exchange) ? { watchTrades: name, watchTradesForSymbols: name } : {};
}

/** ccxt options without which an order cannot be looked up: the caller must acknowledge that Bybit lists only the last 500. */
export function accountOptionsOf(exchange: string): Readonly<Record<string, unknown>> {
  return exchange.startsWith('bybit') ? { fetchOrder: { acknowledged: true } } : {};
}

/** OKX and the exchanges of its other regions. */
function isOkx(exchange: string): boolean {
  return /^(?:okx|okxus|myokx)$/.test(exchange);
}

/**
 * Whether conditional orders have ids and lists of their own: they do on OKX, on spot too, and on Binance's contracts. On Hyperliquid and
 * Bybit they are orders like all others.
 */
export function hasConditionalsApart(exchange: string, isContract: boolean): boolean {
  if (isOkx(exchange)) return true;
  return isContract && exchange !== 'hyperliquid' && !exchange.startsWith('bybit');
}

/** Whether conditional orders are reported on a stream of their own. */
export function streamsConditionalsApart(exchange: string): boolean {
  return isOkx(exchange);
}

/** ccxt parameters of a conditional order beyond its trigger: OKX calls its client id by another name. */
export function conditionalParams(exchange: string, clientId: string): Readonly<Record<string, unknown>> {
  return isOkx(exchange) ? { algoClOrdId: clientId } : {};
}

/** Whether a cancel must say that the order is conditional, where an order keeps its id after its trigger. */
export function cancelsConditionalsApart(exchange: string, isContract: boolean): boolean {
  return exchange.startsWith('bybit') && !isContract;
}

/**
 * Whether a venue infers from the last price the side from which a trigger is reached: a stop that comes late then waits on the wrong side.
 */
export function guessesTriggerSide(exchange: string, isContract: boolean): boolean {
  return isOkx(exchange) || (exchange.startsWith('bybit') && !isContract);
}

/** Fields of a contract's order that a spot order does not have. */
interface ContractWords {
  /** In hedge mode, the position that it changes. */
  readonly positionSide: 'long' | 'short' | undefined;
  /** The margin mode of the contract, where it was set. */
  readonly margin: string | undefined;
  /** From which side the price reaches its trigger, where it has one. */
  readonly direction: 'ascending' | 'descending' | undefined;
}

/**
 * ccxt parameters of a contract's order at a venue: OKX takes the margin mode with each order; Bybit numbers the positions of hedge mode
 * and needs the side from which a trigger is reached.
 */
export function contractWordsOf(exchange: string, { positionSide, margin, direction }: ContractWords): Readonly<Record<string, unknown>> {
  if (isOkx(exchange)) return { ...(positionSide && { positionSide }), ...(margin !== undefined && { marginMode: margin }) };
  if (exchange.startsWith('bybit')) {
    return { ...(positionSide && { positionIdx: positionSide === 'long' ? 1 : 2 }), ...(direction && { triggerDirection: direction }) };
  }
  return positionSide === undefined ? {} : { positionSide: positionSide.toUpperCase() };
} // prettier-ignore

/** The margin mode and leverage to set for a contract. */
interface WantedLeverage {
  readonly leverage: number;
  readonly margin: string;
  readonly isHedged: boolean;
}

/**
 * Parameters of each request that sets a margin mode and a leverage. OKX sets both at once, and with isolated margin each side of hedge
 * mode separately.
 */
export function leverageParamsOf(
  exchange: string,
  { leverage, margin, isHedged }: WantedLeverage,
): { readonly forMode: readonly object[]; readonly forLeverage: readonly object[] } {
  if (isOkx(exchange)) {
    const sides = margin === 'isolated' && isHedged ? [{ posSide: 'long' }, { posSide: 'short' }] : [{}];
    return { forMode: sides.map((side) => ({ leverage, ...side })), forLeverage: [] };
  }
  // Binance refuses parameters that it does not know, and Bybit has one margin mode for the whole account.
  const isPlain = exchange.startsWith('binance') || exchange.startsWith('bybit');
  return { forMode: [isPlain ? {} : { leverage }], forLeverage: [{}] };
}

/** How payments for contracts are listed. */
interface PaymentPages {
  /**
   * - `forward`: from a moment on, the oldest first.
   * - `back`: the newest of all contracts first.
   * - `spans`: of a span of limited length.
   */
  readonly pages: { readonly kind: 'forward' } | { readonly kind: 'back'; readonly limit: number } | { readonly kind: 'spans'; readonly spanMs: number; readonly limit: number };
  /** -1 where ccxt reports a payment as a positive amount, else 1. */
  readonly sign: 1 | -1;
  /** Where liquidations are listed: in a list of their own, as marked executions, as orders of a category, or among own trades. */
  readonly liquidations: 'list' | 'executions' | 'orders' | 'trades';
} // prettier-ignore

/** How a venue lists payments of funding and liquidations. */
export function paymentPagesOf(exchange: string): PaymentPages {
  if (isOkx(exchange)) return { pages: { kind: 'back', limit: 100 }, sign: 1, liquidations: 'orders' };
  // Four days hold 96 hourly payments, which is less than a page; Bybit looks through seven days at once.
  if (exchange.startsWith('bybit')) return { pages: { kind: 'spans', spanMs: 4 * dayMs, limit: 100 }, sign: -1, liquidations: 'executions' }; // prettier-ignore
  return { pages: { kind: 'forward' }, sign: 1, liquidations: exchange === 'hyperliquid' ? 'trades' : 'list' };
}

/** Whether ccxt needs a price with a market order, from which it derives the worst price to accept. */
export function wantsMarketPrice(exchange: string): boolean {
  return exchange === 'hyperliquid';
}

/** Letters and digits of our client ids, as digits of a number. */
const idDigits = '0123456789abcdefghijklmnopqrstuvwxyz';

/**
 * Our client id in the form that a venue accepts. Hyperliquid needs 128 bits in hexadecimal: the letters and digits become a number in base
 * 37, so that the id can be read back.
 */
export function venueClientId(exchange: string, clientId: string): string {
  if (exchange !== 'hyperliquid' || !/^nb[0-9a-z]{0,22}$/.test(clientId)) return clientId;
  const value = Array.from(clientId).reduce((sum, letter) => sum * 37n + BigInt(idDigits.indexOf(letter) + 1), 0n);
  return `0x${value.toString(16).padStart(32, '0')}`;
}

/** Our client id, read back from the venue's form; a client id that is not ours stays as it is. */
export function ownClientId(exchange: string, clientId: string | undefined): string | undefined {
  if (exchange !== 'hyperliquid' || clientId === undefined || !/^0x[0-9a-f]{32}$/i.test(clientId)) return clientId;
  let text = '';
  for (let left = BigInt(clientId); left > 0n; left /= 37n) text = (idDigits[Number(left % 37n) - 1] ?? ' ') + text;
  return /^nb[0-9a-z]{0,22}$/.test(text) ? text : clientId;
}

/** The id and the parameters by which ccxt cancels an order under our client id. Bybit takes it only in a parameter of its own. */
export function cancelKeyOf(
  exchange: string,
  clientId: string,
): readonly [id: string | undefined, params: Readonly<Record<string, unknown>>] {
  return exchange.startsWith('bybit') ? [undefined, { orderLinkId: clientId }] : ['', { clientOrderId: clientId }];
}

/** How many executions a page holds, at venues whose page holds the newest of a span; undefined at all others. */
export function fillPageOf(exchange: string): number | undefined {
  return /^(?:bybit|okx|myokx)/.test(exchange) ? 100 : undefined;
}

/** Whether ccxt reports the maker's side of a venue's trades instead of the taker's. */
export function sendsMakerSide(exchange: string): boolean {
  return exchange === 'coinbase';
}

/** Whether a venue numbers its trades one after another through ccxt, so that a missing one shows; elsewhere ids are only unique. */
export function tradeIdsOf(exchange: string): 'consecutive' | 'unique' {
  return binanceIds.has(exchange) ? 'consecutive' : 'unique';
}

/** The page of a venue about which nothing is known. */
const plainPage = 500;

/** Venues whose request for bars takes `until`, as the integrations of ccxt 4.5 pass it on. */
const takesUntil: ReadonlySet<string> = new Set(
  (
    'alpaca apex aster backpack bequant bigone binance binancecoinm binanceus binanceusdm bingx bitfinex bitget bitrue bitstamp blofin ' +
    'btcturk btse bullish bybit bybiteu bybitid bydfi cex coinbase coinbaseexchange coinbaseinternational coinsph cryptocom deepcoin delta ' +
    'deribit digifinex dydx extended fmfwio gate gateeu grvt hashkey hibachi hitbtc hollaex htx hyperliquid indodax lighter mexc mudrex myokx ' +
    'nado okx okxus pacifica paradex phemex poloniex revolutx tokocrypto toobit woo xt zebpay'
  ).split(' '),
);

/** Pages as the venues document them, where ccxt's own description states another limit or none. */
const pages: Readonly<Record<string, Partial<Paging>>> = {
  binance: { limit: 1_000 },
  binanceusdm: { limit: 1_500 },
  binancecoinm: { limit: 1_500 },
  bybit: { limit: 1_000, keeps: 'newest' },
  okx: { limit: 300, keeps: 'newest' },
  okxus: { limit: 300, keeps: 'newest' },
  myokx: { limit: 300, keeps: 'newest' },
  // The newest 720 and nothing before them, whatever is asked.
  kraken: { limit: 720, keeps: 'newest' },
  coinbase: { limit: 300, keeps: 'newest' },
  coinbaseexchange: { limit: 300, keeps: 'newest' },
  kucoin: { limit: 1_500, keeps: 'newest' },
  gate: { limit: 1_000 },
  bitget: { limit: 200, keeps: 'newest' },
};

/** How a venue pages its bars. `stated` is the limit that ccxt describes for the market, if it describes one. */
export function pagingOf(exchange: string, stated?: unknown): Paging {
  const limit = typeof stated === 'number' && stated > 0 ? stated : plainPage;
  return { limit, knowsUntil: takesUntil.has(exchange), keeps: 'oldest', ...pages[exchange] };
}

/** Exchanges whose trades of inverse contracts count quote units, or contracts worth quote units, while their bars count the base. */
const inverseBars: ReadonlySet<string> = new Set(['binance', 'binancecoinm', 'bybit', 'bybiteu', 'deribit']);
const settlesInBase = /^([^/]+)\/[^:]+:\1(?:-|$)/;

/** Whether an exchange's bars of a contract count units of the base, where its trades count contracts. False for spot. */
export function barsCountBase(exchange: string, symbol: string): boolean {
  if (!symbol.includes(':')) return false;
  return isOkx(exchange) || exchange.startsWith('htx') || (inverseBars.has(exchange) && settlesInBase.test(symbol));
}

/** What a trade adds to the volume of a bar: base units where the exchange's bars count those although its trades count contracts. */
export function barVolumeOf(
  exchange: string,
  { contractSize = 1, symbol = '' }: Partial<Pick<Instrument, 'contractSize' | 'symbol'>>,
  { price, size }: Pick<TradeTick, 'price' | 'size'>,
): number {
  if (!barsCountBase(exchange, symbol)) return size;
  // A contract is worth units of the base, or of the quote where it is settled in the base. Deribit's trades count those units themselves.
  const units = exchange === 'deribit' ? size : size * contractSize;
  return settlesInBase.test(symbol) ? units / price : units;
}

/** The volume of 24 hours in units of the base and of the quote, where ccxt reports the contracts that an exchange counts. */
export function dayVolumesOf(
  exchange: string,
  symbol: string,
  { baseVolume, quoteVolume, info }: Pick<CcxtTicker, 'baseVolume' | 'quoteVolume' | 'info'>,
): readonly [base: number | null | undefined, quote: number | null | undefined] {
  if (isOkx(exchange) && symbol.includes(':')) {
    const { volCcy24h } = (info ?? {}) as { readonly volCcy24h?: string | number };
    return [volCcy24h === undefined || volCcy24h === '' ? undefined : Number(volCcy24h), undefined];
  }
  return exchange.startsWith('bybit') && settlesInBase.test(symbol)
    ? [quoteVolume, baseVolume]
    : [baseVolume, quoteVolume];
}

/** How a venue serves pages of funding rates or open interest. */
export interface PointPaging {
  /** The most values on a page. */
  readonly limit: number;
  /** How far back the venue keeps them, in milliseconds; undefined for "as long as the contract". */
  readonly keepsMs: number | undefined;
  /** How many of the newest values the venue keeps; undefined for no such bound. */
  readonly keepsRows: number | undefined;
  /** What the last moment of a request is called, where ccxt does not pass `until` on. */
  readonly until: 'until' | 'after';
}

const plainPoints: PointPaging = { limit: 100, keepsMs: undefined, keepsRows: undefined, until: 'until' };

const fundingPages: Readonly<Record<string, Partial<PointPaging>>> = {
  binance: { limit: 1_000 },
  binanceusdm: { limit: 1_000 },
  binancecoinm: { limit: 1_000 },
  bybit: { limit: 200 },
  bybiteu: { limit: 200 },
  okx: { keepsMs: 92 * dayMs, until: 'after' },
  okxus: { keepsMs: 92 * dayMs, until: 'after' },
  myokx: { keepsMs: 92 * dayMs, until: 'after' },
  hyperliquid: { limit: 500 },
  gate: { limit: 1_000 },
};

const openInterestPages: Readonly<Record<string, Partial<PointPaging>>> = {
  binance: { limit: 500, keepsMs: 30 * dayMs },
  binanceusdm: { limit: 500, keepsMs: 30 * dayMs },
  binancecoinm: { limit: 500, keepsMs: 30 * dayMs },
  bybit: { limit: 200 },
  bybiteu: { limit: 200 },
  okx: { keepsRows: 1_440 },
  okxus: { keepsRows: 1_440 },
  myokx: { keepsRows: 1_440 },
};

/** How a venue pages its funding rates or its open interest. */
export function pointPagingOf(exchange: string, what: 'funding' | 'openInterest'): PointPaging {
  return { ...plainPoints, ...(what === 'funding' ? fundingPages : openInterestPages)[exchange] };
}

/** Venues that find an order by our client id. The others find it only by their own. */
const findsByClientId: ReadonlySet<string> = new Set(
  (
    'apex aster bequant binance binancecoinm binanceus binanceusdm bingx bitget bithumb bitrue bitstamp bitvavo blockchaincom bullish coinbase ' +
    'coinbaseexchange coinbaseinternational coinsph cryptocom delta extended fmfwio foxbit gemini grvt hashkey hitbtc htx hyperliquid kraken ' +
    'latoken mexc modetrade myokx ndax okx okxus pacifica paradex phemex poloniex revolutx toobit weex woo woofipro xt zebpay'
  ).split(' '),
);

/** Whether an order of a venue can be looked up by our client id. */
export function findsOrdersByClientId(exchange: string): boolean {
  return findsByClientId.has(exchange);
}

/** Exchanges whose editOrder of ccxt changes an order in place: the size they are sent includes what has been filled. */
const inPlace: ReadonlySet<string> = new Set([
  'binancecoinm', 'binanceusdm', 'bitmex', 'bybit', 'coinbase', 'deribit', 'gate', 'gateio', 'krakenfutures', 'myokx', 'okx', 'okxus', 'phemex',
]); // prettier-ignore

/** Whether an exchange changes an order in place, so that its id stays. */
export function amendsInPlace(exchange: string): boolean {
  return inPlace.has(exchange);
}
