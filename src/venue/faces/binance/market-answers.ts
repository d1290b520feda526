/** Binance's answers about the market: symbols and their rules, bars, books, trades and prices. */
import { barClose, timeframe } from '../../../core/index.ts';
import { exchangeOrderTypes, maxAmendments, maxSize, Refusal, type Exchange } from '../../exchange/index.ts';
import type { Market, MarketInstrument } from '../../market-data.ts';
import { barsBetween } from '../bars.ts';
import { intervals, ordersPerDay, ordersPerTenSeconds, weightPerMinute, type Facts } from './facts.ts';
import { aggTradeFields, levelText, nameOf, priceText, sizeText, valueText } from './fields.ts';
import { instrumentOf, instrumentsOf, limitOf, needed, rangeOf, timeZoneOf, wholeOf, wordOf, type ApiRequest } from './request.ts'; // prettier-ignore
import { checkStatus, oneOrAll } from './tickers.ts';

const minute = 60_000;

export function exchangeInfo(request: ApiRequest, { instruments, exchange }: Facts): object {
  const { params } = request;
  checkStatus(request);
  wordOf(request, 'showPermissionSets', ['true', 'false']);
  const hasSymbols = params.has('symbol') || params.has('symbols');
  if (hasSymbols && (params.has('permissions') || params.has('symbolStatus'))) {
    throw new Refusal(-1128, 'Combination of optional parameters invalid.');
  }
  const limit = (rateLimitType: string, interval: string, intervalNum: number, most: number): object => ({
    rateLimitType, interval, intervalNum, limit: most,
  }); // prettier-ignore
  const isListed = (params.get('symbolStatus') ?? 'TRADING') === 'TRADING' && (params.get('permissions') ?? 'SPOT').includes('SPOT');
  return {
    timezone: 'UTC',
    serverTime: request.now,
    rateLimits: [
      limit('REQUEST_WEIGHT', 'MINUTE', 1, weightPerMinute),
      limit('ORDERS', 'SECOND', 10, ordersPerTenSeconds),
      limit('ORDERS', 'DAY', 1, ordersPerDay),
    ],
    exchangeFilters: [],
    symbols: isListed ? instrumentsOf(request, instruments).map((one) => symbolFields(one, exchange)) : [],
  };
} // prettier-ignore

function symbolFields(one: MarketInstrument, exchange: Exchange | undefined): object {
  const minNotional = exchange?.minNotional ?? 5;
  const status = exchange?.halted.has(one.symbol) === true ? 'HALT' : 'TRADING';
  const [tick, lot] = [priceText(1, one), sizeText(1, one)];
  const lots = { minQty: lot, maxQty: sizeText(maxSize * 10 ** one.sizeDecimals, one), stepSize: lot };
  return {
    symbol: nameOf(one), status, baseAsset: one.base, baseAssetPrecision: 8, quoteAsset: one.quote, quotePrecision: 8,
    quoteAssetPrecision: 8, baseCommissionPrecision: 8, quoteCommissionPrecision: 8, orderTypes: exchangeOrderTypes, icebergAllowed: false,
    ocoAllowed: true, otoAllowed: true, opoAllowed: false, quoteOrderQtyMarketAllowed: true, allowTrailingStop: false,
    cancelReplaceAllowed: true, amendAllowed: true, pegInstructionsAllowed: false,
    isSpotTradingAllowed: true, isMarginTradingAllowed: false, permissions: [], permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER', allowedSelfTradePreventionModes: ['EXPIRE_MAKER'],
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: priceText(1_000_000 * 10 ** one.priceDecimals, one), tickSize: tick },
      { filterType: 'LOT_SIZE', ...lots },
      { filterType: 'MARKET_LOT_SIZE', ...lots },
      {
        filterType: 'NOTIONAL', minNotional: minNotional.toFixed(8), applyMinToMarket: true, maxNotional: '9000000.00000000',
        applyMaxToMarket: false, avgPriceMins: 0,
      },
      { filterType: 'MAX_NUM_ORDER_AMENDS', maxNumOrderAmends: maxAmendments },
    ],
  }; // prettier-ignore
}

export function klines(request: ApiRequest, facts: Facts): unknown[] {
  const one = instrumentOf(request, facts.instruments);
  const interval = needed(request, 'interval');
  if (!intervals.includes(interval)) throw new Refusal(-1120, 'Invalid interval.');
  const { start, end } = rangeOf(request);
  const frame = timeframe(interval);
  const offsetMs = timeZoneOf(request);
  const bars = barsBetween(facts.market, one.symbol, {
    frame, from: start, to: end ?? request.now, limit: limitOf(request, 500, 1000), now: request.now, offsetMs,
  }); // prettier-ignore
  return bars.map((bar) => [
    bar.start, priceText(bar.open, one), priceText(bar.high, one), priceText(bar.low, one), priceText(bar.close, one), sizeText(bar.volume, one),
    barClose(frame, bar.start + offsetMs) - offsetMs - 1, valueText(bar.value, one), bar.trades, sizeText(bar.takerVolume, one),
    valueText(bar.takerValue, one), '0',
  ]); // prettier-ignore
}

export function depth(request: ApiRequest, { market, instruments }: Facts): object {
  checkStatus(request);
  const one = instrumentOf(request, instruments);
  const book = market.book(one.symbol, limitOf(request, 100, 5000));
  return {
    lastUpdateId: book.updateId,
    bids: book.bids.map((level) => levelText(level, one)),
    asks: book.asks.map((level) => levelText(level, one)),
  };
}

export function trades(request: ApiRequest, { market, instruments }: Facts): unknown[] {
  const one = instrumentOf(request, instruments);
  return market.trades(one.symbol, limitOf(request, 500, 1000), wholeOf(request, 'fromId')).map((trade) => ({
    id: trade.id, price: priceText(trade.price, one), qty: sizeText(trade.size, one),
    quoteQty: valueText(BigInt(trade.price) * BigInt(trade.size), one), time: trade.time, isBuyerMaker: trade.side === 'sell', isBestMatch: true,
  })); // prettier-ignore
}

export function aggTrades(request: ApiRequest, { market, instruments }: Facts): unknown[] {
  const one = instrumentOf(request, instruments);
  const limit = limitOf(request, 500, 1000);
  const from = wholeOf(request, 'fromId');
  const { start, end } = rangeOf(request);
  if (from !== undefined && (start !== undefined || end !== undefined)) {
    throw new Refusal(-1128, 'Combination of optional parameters invalid.');
  }
  if (start === undefined && end === undefined) {
    return market.trades(one.symbol, limit, from).map((trade) => aggTradeFields(trade, one));
  }
  const found = market.tradesBetween(one.symbol, start ?? -Infinity, end ?? Infinity, limit, start === undefined);
  return found.map((trade) => aggTradeFields(trade, one));
}

export function bookTicker(request: ApiRequest, facts: Facts): object {
  return oneOrAll(request, facts, (one) => {
    const { bid = [0, 0], ask = [0, 0] } = facts.market.top(one.symbol);
    const [bidPrice, bidQty] = levelText(bid, one);
    const [askPrice, askQty] = levelText(ask, one);
    return { symbol: nameOf(one), bidPrice, bidQty, askPrice, askQty };
  });
}

export function lastPrices(request: ApiRequest, facts: Facts): object {
  return oneOrAll(request, facts, (one) => ({
    symbol: nameOf(one),
    price: priceText(facts.market.priceBefore(one.symbol, request.now + 1), one),
  }));
}

/** The mean price of the last five minutes, weighted by size. */
export function averagePrice(request: ApiRequest, { market, instruments }: Facts): object {
  const one = instrumentOf(request, instruments);
  const { price, closeTime } = averageOf(market, one, request.now);
  return { mins: 5, price, closeTime };
}

/** The mean price of the last five minutes as an event. */
export function averageEvent(market: Market, one: MarketInstrument, now: number): object {
  const { price, closeTime } = averageOf(market, one, now);
  return { e: 'avgPrice', E: now, s: nameOf(one), i: '5m', w: price, T: closeTime };
}

function averageOf(market: Market, one: MarketInstrument, now: number): { price: string; closeTime: number } {
  const found = market.tradesBetween(one.symbol, now - 5 * minute, now, Infinity);
  const volume = found.reduce((sum, { size }) => sum + BigInt(size), 0n);
  const value = found.reduce((sum, { price, size }) => sum + BigInt(price) * BigInt(size), 0n);
  const price = volume === 0n ? (market.priceBefore(one.symbol, now + 1) ?? 0) : Number(value / volume);
  return { price: priceText(price, one), closeTime: found.at(-1)?.time ?? now };
}
