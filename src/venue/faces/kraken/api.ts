/** Kraken's public REST API over a market. */
import { checkNames, timeframe } from '../../../core/index.ts';
import { decimalText, type Market, type MarketInstrument, type MarketLevel } from '../../market-data.ts';
import type { VenueAnswer, VenueApi, VenueRequest } from '../../server/api.ts';
import { barsBetween, windowBar } from '../bars.ts';

/** Kraken never serves more than its newest 720 bars, whatever `since` says. */
const barsServed = 720;
/** The burst of public requests allowed, and how many become available again per second. */
const burst = 15;
const perSecond = 1;
const day = 86_400_000;

const intervals: Readonly<Record<string, string>> = {
  '1': '1m', '5': '5m', '15': '15m', '30': '30m', '60': '1h', '240': '4h', '1440': '1d', '10080': '1w',
}; // prettier-ignore

const renamed: Readonly<Record<string, string>> = { BTC: 'XXBT', ETH: 'XETH', USD: 'ZUSD', EUR: 'ZEUR', DOGE: 'XXDG' };

/** How Kraken's API is served. */
export interface KrakenApiOptions {
  /** Refuse requests beyond Kraken's own limits. Default true. */
  readonly limits?: boolean;
}

/** Kraken's market data: no accounts, no sockets. */
export class KrakenApi implements VenueApi {
  /** The exchange's id. */
  readonly name = 'kraken';
  readonly #market: Market;
  readonly #isLimited: boolean;
  #level = 0;
  #since = -Infinity;

  constructor(market: Market, options: KrakenApiOptions = {}) {
    checkNames('option of KrakenApi', options, ['limits']);
    this.#market = market;
    this.#isLimited = options.limits ?? true;
  }

  answer(request: VenueRequest): VenueAnswer | undefined {
    const route = request.path.startsWith('/0/public/') ? routes[request.path.slice(10)] : undefined;
    if (route === undefined) return undefined;
    if (this.#isLimited && !this.#isAllowed(request.now)) return failure('EGeneral:Too many requests');
    this.#market.settle?.();
    return route(request, this.#market);
  }

  #isAllowed(now: number): boolean {
    this.#level = Math.max(0, this.#level - ((now - this.#since) / 1000) * perSecond);
    this.#since = Math.max(this.#since, now);
    if (this.#level + 1 > burst) return false;
    this.#level += 1;
    return true;
  }
}

type Route = (request: VenueRequest, market: Market) => VenueAnswer;

const routes: Readonly<Record<string, Route>> = {
  Time: ({ now }) => result({ unixtime: Math.floor(now / 1000), rfc1123: new Date(now).toUTCString() }),
  SystemStatus: ({ now }) => result({ status: 'online', timestamp: new Date(now).toISOString() }),
  Assets: (_, { instruments }) => result(assets(instruments)),
  AssetPairs: (_, { instruments }) => result(Object.fromEntries(instruments.map((one) => [pairId(one), pairInfo(one)]))),
  OHLC: withPair(bars),
  Trades: withPair(trades),
  Depth: withPair(depth),
  Ticker: withPair(ticker),
}; // prettier-ignore

function withPair(act: (request: VenueRequest, market: Market, one: MarketInstrument) => VenueAnswer): Route {
  return (request, market) => {
    const wanted = request.query.get('pair') ?? '';
    const found = market.instruments.find((one) => [pairId(one), altName(one), one.symbol].includes(wanted));
    return found === undefined ? failure('EQuery:Unknown asset pair') : act(request, market, found);
  };
}

function result(body: unknown): VenueAnswer {
  return { body: { error: [], result: body } };
}

function failure(error: string): VenueAnswer {
  return { body: { error: [error] } };
}

function assetId(code: string): string {
  return renamed[code] ?? code;
}

function altName({ base, quote }: MarketInstrument): string {
  return `${base === 'BTC' ? 'XBT' : base}${quote}`;
}

/** Old pairs carry the old asset names, such as `XXBTZUSD`; newer ones do not. */
function pairId(one: MarketInstrument): string {
  const isOld = renamed[one.base] !== undefined && renamed[one.quote] !== undefined;
  return isOld ? `${assetId(one.base)}${assetId(one.quote)}` : altName(one);
}

function assets(instruments: readonly MarketInstrument[]): Record<string, unknown> {
  const codes = new Set(instruments.flatMap(({ base, quote }) => [base, quote]));
  const info = (code: string): object => ({
    aclass: 'currency', altname: code === 'BTC' ? 'XBT' : code, decimals: 10, display_decimals: 5, status: 'enabled',
  }); // prettier-ignore
  return Object.fromEntries([...codes].map((code) => [assetId(code), info(code)]));
}

function pairInfo(one: MarketInstrument): unknown {
  return {
    altname: altName(one), wsname: `${one.base === 'BTC' ? 'XBT' : one.base}/${one.quote}`, aclass_base: 'currency', base: assetId(one.base),
    aclass_quote: 'currency', quote: assetId(one.quote), pair_decimals: one.priceDecimals, lot_decimals: one.sizeDecimals, lot_multiplier: 1,
    leverage_buy: [], leverage_sell: [], fees: [[0, 0.4]], fees_maker: [[0, 0.25]], ordermin: sizeText(10, one), costmin: '0.5',
    tick_size: priceText(1, one), status: 'online',
  }; // prettier-ignore
}

function bars({ query, now }: VenueRequest, market: Market, one: MarketInstrument): VenueAnswer {
  const name = intervals[query.get('interval') ?? '1'];
  if (name === undefined) return failure('EGeneral:Invalid arguments');
  const since = Number(query.get('since') ?? NaN) * 1000;
  const newest = barsBetween(market, one.symbol, { frame: timeframe(name), from: undefined, to: now, limit: barsServed, now });
  const rows = Number.isFinite(since) ? newest.filter((bar) => bar.start > since) : newest;
  const last = newest.at(-2)?.start ?? now - (timeframe(name).ms ?? 0);
  const text = rows.map((bar) => [
    bar.start / 1000,
    ...[bar.open, bar.high, bar.low, bar.close].map((price) => priceText(price, one)),
    priceText(bar.volume === 0 ? 0 : Number(bar.value / BigInt(bar.volume)), one),
    sizeText(bar.volume, one),
    bar.trades,
  ]);
  return result({ [pairId(one)]: text, last: Math.floor(last / 1000) });
} // prettier-ignore

function trades({ query, now }: VenueRequest, market: Market, one: MarketInstrument): VenueAnswer {
  const since = query.get('since');
  const limit = Math.min(1000, Number(query.get('count') ?? 1000));
  // Kraken takes seconds, or nanoseconds as it returns them in `last`.
  const from = since === null ? undefined : Number(since) > 1e14 ? Number(since) / 1e6 : Number(since) * 1000;
  const found = market.tradesBetween(one.symbol, from ?? -Infinity, now, limit, from === undefined);
  const rows = found.map(({ id, time, price, size, side }) => [
    priceText(price, one), sizeText(size, one), time / 1000, side === 'buy' ? 'b' : 's', 'm', '', id,
  ]); // prettier-ignore
  return result({ [pairId(one)]: rows, last: `${found.at(-1)?.time ?? Math.floor(now)}000000` });
}

function depth({ query, now }: VenueRequest, market: Market, one: MarketInstrument): VenueAnswer {
  const { bids, asks } = market.book(one.symbol, Math.min(500, Number(query.get('count') ?? 100)));
  const time = Math.floor(now / 1000);
  const text = (levels: readonly MarketLevel[]): unknown[] =>
    levels.map(([price, size]) => [priceText(price, one), sizeText(size, one), time]);
  return result({ [pairId(one)]: { asks: text(asks), bids: text(bids) } });
}

function ticker({ now }: VenueRequest, market: Market, one: MarketInstrument): VenueAnswer {
  const bar = windowBar(market, one.symbol, now - day, now);
  const { bid = [0, 0], ask = [0, 0] } = market.top(one.symbol);
  const both = (value: unknown): unknown[] => [value, value];
  const level = ([price, size]: MarketLevel): string[] => [priceText(price, one), '1', sizeText(size, one)];
  const average = bar.volume === 0 ? bar.close : Number(bar.value / BigInt(bar.volume));
  return result({
    [pairId(one)]: {
      a: level(ask), b: level(bid), c: [priceText(bar.close, one), sizeText(1, one)], v: both(sizeText(bar.volume, one)),
      p: both(priceText(average, one)), t: both(bar.trades), l: both(priceText(bar.low, one)), h: both(priceText(bar.high, one)),
      o: priceText(bar.open, one),
    },
  }); // prettier-ignore
}

function priceText(ticks: number, { priceDecimals }: MarketInstrument): string {
  return decimalText(ticks, priceDecimals);
}

function sizeText(lots: number, { sizeDecimals }: MarketInstrument): string {
  return decimalText(lots, sizeDecimals);
}
