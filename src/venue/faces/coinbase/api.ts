/** Coinbase Advanced Trade's public market data over a market: REST and market streams. */
import { timeframe, type HttpRequest, type HttpResponse, type Runtime, type ServedSocket, type Service, type SocketService } from '../../../core/index.ts'; // prettier-ignore
import { decimalText, type Market, type MarketInstrument, type MarketLevel } from '../../market-data.ts';
import { windowBar } from '../bars.ts';
import { idOf, tradeFields } from './fields.ts';
import { CoinbaseStreams } from './streams.ts';

/** Where Coinbase's API is found on a server. Mount it before Binance's, whose `/api/` would take its requests. */
export const coinbasePaths = {
  /** Where sockets are served. */
  sockets: ['/'],
  /** Where requests are served. */
  paths: ['/api/v3/brokerage/', '/v2/'],
} as const;

/** Bars that one request may span. */
const mostBars = 350;
const day = 86_400_000;

const granularities: Readonly<Record<string, string>> = {
  ONE_MINUTE: '1m', FIVE_MINUTE: '5m', FIFTEEN_MINUTE: '15m', THIRTY_MINUTE: '30m', ONE_HOUR: '1h', TWO_HOUR: '2h', SIX_HOUR: '6h', ONE_DAY: '1d',
}; // prettier-ignore

/** Market data only: no accounts. */
export class CoinbaseApi implements Service {
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #streams: CoinbaseStreams;

  constructor(runtime: Runtime, market: Market) {
    this.#runtime = runtime;
    this.#market = market;
    this.#streams = new CoinbaseStreams(runtime, market);
  }

  /** Hangs up on every client and stops. */
  stop(): void {
    this.#streams.stop();
  }

  accept(_url: string, socket: ServedSocket): SocketService {
    return this.#streams.accept(socket);
  }

  request({ method, url }: HttpRequest, answer: (response: HttpResponse) => void): void {
    const { pathname, searchParams } = new URL(url);
    this.#market.settle?.();
    const { status, body } = method === 'GET' ? this.#answer(pathname, searchParams) : notFound();
    answer({ status, text: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  }

  #answer(path: string, query: URLSearchParams): Answer {
    const now = Math.floor(this.#runtime.now());
    const market = this.#market;
    if (path === '/v2/time') return ok({ data: { iso: new Date(now).toISOString(), epoch: Math.floor(now / 1000) } });
    if (path === '/v2/currencies') return ok({ data: this.#assets(isFiat).map((id) => ({ id, name: id, min_size: '0.01' })) });
    if (path === '/v2/currencies/crypto') return ok({ data: this.#assets((id) => !isFiat(id)).map((code) => ({ code, name: code, exponent: 8, type: 'crypto' })) });
    if (path === '/v2/exchange-rates') return ok({ data: { currency: 'USD', rates: Object.fromEntries(this.#assets(() => true).map((id) => [id, '1'])) } });
    const rest = /^\/api\/v3\/brokerage\/(.*)$/.exec(path)?.[1] ?? '';
    if (rest === 'time') return ok({ iso: new Date(now).toISOString(), epochSeconds: String(Math.floor(now / 1000)), epochMillis: String(now) });
    if (rest === 'market/products') return this.#products(query, now);
    if (rest === 'market/product_book') return this.#withProduct(query.get('product_id'), (one) => bookAnswer(market, one, query, now));
    const [, id, what] = /^market\/products\/([^/]+)(?:\/(candles|ticker))?$/.exec(rest) ?? [];
    if (id === undefined) return notFound();
    return this.#withProduct(id, (one) => {
      if (what === 'candles') return candles(market, one, query, now);
      return what === 'ticker' ? ticker(market, one, query) : ok(productFields(market, one, now));
    });
  } // prettier-ignore

  #assets(isWanted: (id: string) => boolean): string[] {
    return [...new Set(this.#market.instruments.flatMap(({ base, quote }) => [base, quote]))].filter(isWanted);
  }

  #products(query: URLSearchParams, now: number): Answer {
    const ids = query.getAll('product_ids');
    const isSpot = (query.get('product_type') ?? 'SPOT') === 'SPOT';
    const wanted = isSpot ? this.#market.instruments.filter((one) => ids.length === 0 || ids.includes(idOf(one))) : [];
    return ok({ products: wanted.map((one) => productFields(this.#market, one, now)), num_products: wanted.length });
  }

  #withProduct(id: string | null, act: (one: MarketInstrument) => Answer): Answer {
    const found = this.#market.instruments.find((one) => idOf(one) === id);
    if (found !== undefined) return act(found);
    return failure(404, 'NOT_FOUND', 'valid product_id is required');
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function failure(status: number, error: string, message: string): Answer {
  return { status, body: { error, error_details: message, message } };
}

function notFound(): Answer {
  return failure(404, 'NOT_FOUND', 'no such endpoint');
}

function isFiat(id: string): boolean {
  return ['USD', 'EUR', 'GBP'].includes(id);
}

function productFields(market: Market, one: MarketInstrument, now: number): object {
  const bar = windowBar(market, one.symbol, now - day, now);
  const change = bar.open === 0 ? 0 : ((bar.close - bar.open) / bar.open) * 100;
  const [tick, lot] = [decimalText(1, one.priceDecimals), decimalText(1, one.sizeDecimals)];
  return {
    product_id: idOf(one), price: decimalText(bar.close, one.priceDecimals), price_percentage_change_24h: change.toFixed(8),
    volume_24h: decimalText(bar.volume, one.sizeDecimals), volume_percentage_change_24h: '0', base_increment: lot, quote_increment: tick,
    quote_min_size: '1', quote_max_size: '150000000', base_min_size: lot, base_max_size: '3400', base_name: one.base, quote_name: one.quote,
    watched: false, is_disabled: false, new: false, status: 'online', cancel_only: false, limit_only: false, post_only: false,
    trading_disabled: false, auction_mode: false, product_type: 'SPOT', quote_currency_id: one.quote, base_currency_id: one.base,
    fcm_trading_session_details: null, mid_market_price: '', alias: '', alias_to: [], base_display_symbol: one.base,
    quote_display_symbol: one.quote, view_only: false, price_increment: tick, display_name: idOf(one), product_venue: 'CBE',
  }; // prettier-ignore
}

/** Bars of a span, newest first; a span without a trade has none. */
function candles(market: Market, one: MarketInstrument, query: URLSearchParams, now: number): Answer {
  const name = granularities[query.get('granularity') ?? ''];
  if (name === undefined) return failure(400, 'INVALID_ARGUMENT', 'granularity is not valid');
  const [start, end] = [Number(query.get('start') ?? NaN), Number(query.get('end') ?? NaN)];
  if (!Number.isFinite(start) || !Number.isFinite(end) || end < start) {
    return failure(400, 'INVALID_ARGUMENT', 'start and end are required and must be in order');
  }
  const frame = timeframe(name);
  if (((end - start) * 1000) / frame.ms! > mostBars) {
    return failure(400, 'INVALID_ARGUMENT', 'number of candles requested should be less than 350');
  }
  const first = Math.ceil((start * 1000) / frame.ms!) * frame.ms!;
  const rows = market.bars(one.symbol, frame, first, Math.min(end * 1000, now) + 1).filter(({ trades }) => trades > 0);
  const limit = Math.min(mostBars, Number(query.get('limit') ?? mostBars));
  const price = (ticks: number): string => decimalText(ticks, one.priceDecimals);
  return ok({
    candles: rows.slice(-limit).reverse().map((bar) => ({
      start: String(bar.start / 1000), low: price(bar.low), high: price(bar.high), open: price(bar.open), close: price(bar.close),
      volume: decimalText(bar.volume, one.sizeDecimals),
    })),
  }); // prettier-ignore
}

function ticker(market: Market, one: MarketInstrument, query: URLSearchParams): Answer {
  const limit = Math.min(1000, Number(query.get('limit') ?? 100));
  const [start, end] = [query.get('start'), query.get('end')];
  const from = start === null ? -Infinity : Number(start) * 1000;
  const to = end === null ? Infinity : Number(end) * 1000;
  const found = market.tradesBetween(one.symbol, from, to, limit, true);
  const { bid = [0, 0], ask = [0, 0] } = market.top(one.symbol);
  return ok({
    trades: [...found].reverse().map((trade) => tradeFields(trade, one)),
    best_bid: decimalText(bid[0], one.priceDecimals),
    best_ask: decimalText(ask[0], one.priceDecimals),
  });
}

function bookAnswer(market: Market, one: MarketInstrument, query: URLSearchParams, now: number): Answer {
  const { bids, asks } = market.book(one.symbol, Math.min(5000, Number(query.get('limit') ?? 100)));
  const text = (levels: readonly MarketLevel[]): object[] =>
    levels.map(([price, size]) => ({ price: decimalText(price, one.priceDecimals), size: decimalText(size, one.sizeDecimals) }));
  return ok({ pricebook: { product_id: idOf(one), bids: text(bids), asks: text(asks), time: new Date(now).toISOString() } });
} // prettier-ignore
