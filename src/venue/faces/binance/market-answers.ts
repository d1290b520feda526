/** What the Binance face answers about the market: symbols, bars, books, prints and the last day. */
import { barClose, timeframe } from '../../../core/index.ts';
import { exchangeOrderTypes, maxSize, Refusal, type Exchange } from '../../exchange/index.ts';
import { decimalText, type Market, type MarketBar, type MarketInstrument } from '../../market-data.ts';
import { barsBetween, windowBar } from '../bars.ts';
import { instrumentOf, instrumentsOf, limitOf, wholeOf, type Asked } from './request.ts';
import { aggTradeFields, levelText, nameOf, priceText, sizeText, valueText } from './fields.ts';

export const intervals: readonly string[] = [
  '1s', '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M',
]; // prettier-ignore

/** Weight per minute that one address has. */
export const weightPerMinute = 6_000;

/** New orders that one account has in ten seconds. */
export const ordersPerTenSeconds = 100;

const day = 86_400_000;

/** What the answers are read from. */
export interface Facts {
  readonly market: Market;
  /** Undefined when nobody can trade here. */
  readonly exchange: Exchange | undefined;
  readonly instruments: ReadonlyMap<string, MarketInstrument>;
}

export function exchangeInfo(asked: Asked, { instruments, exchange }: Facts): object {
  const limit = (rateLimitType: string, interval: string, intervalNum: number, most: number): object => ({
    rateLimitType, interval, intervalNum, limit: most,
  }); // prettier-ignore
  return {
    timezone: 'UTC',
    serverTime: asked.now,
    rateLimits: [
      limit('REQUEST_WEIGHT', 'MINUTE', 1, weightPerMinute),
      limit('ORDERS', 'SECOND', 10, ordersPerTenSeconds),
    ],
    exchangeFilters: [],
    symbols: instrumentsOf(asked, instruments).map((one) => symbolFields(one, exchange?.minNotional ?? 5)),
  };
}

function symbolFields(one: MarketInstrument, minNotional: number): object {
  const [tick, lot] = [priceText(1, one), sizeText(1, one)];
  const lots = { minQty: lot, maxQty: sizeText(maxSize * 10 ** one.sizeDecimals, one), stepSize: lot };
  return {
    symbol: nameOf(one), status: 'TRADING', baseAsset: one.base, baseAssetPrecision: 8, quoteAsset: one.quote, quotePrecision: 8,
    quoteAssetPrecision: 8, baseCommissionPrecision: 8, quoteCommissionPrecision: 8, orderTypes: exchangeOrderTypes, icebergAllowed: false,
    ocoAllowed: false, otoAllowed: false, quoteOrderQtyMarketAllowed: true, allowTrailingStop: false, cancelReplaceAllowed: false,
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
    ],
  }; // prettier-ignore
}

export function klines(asked: Asked, facts: Facts): unknown[] {
  const one = instrumentOf(asked, facts.instruments);
  const interval = asked.params.get('interval') ?? '';
  if (!intervals.includes(interval)) throw new Refusal(-1120, 'Invalid interval.');
  const [start, end] = [wholeOf(asked, 'startTime'), wholeOf(asked, 'endTime')];
  const frame = timeframe(interval);
  const bars = barsBetween(facts.market, one.symbol, {
    frame,
    from: start,
    to: end ?? asked.now,
    limit: limitOf(asked, 500, 1000),
    now: asked.now,
  });
  return bars.map((bar) => [
    bar.start, priceText(bar.open, one), priceText(bar.high, one), priceText(bar.low, one), priceText(bar.close, one), sizeText(bar.volume, one),
    barClose(frame, bar.start) - 1, valueText(bar.value, one), bar.trades, sizeText(bar.takerVolume, one), valueText(bar.takerValue, one), '0',
  ]); // prettier-ignore
}

export function depth(asked: Asked, { market, instruments }: Facts): object {
  const one = instrumentOf(asked, instruments);
  const book = market.book(one.symbol, limitOf(asked, 100, 5000));
  return {
    lastUpdateId: book.updateId,
    bids: book.bids.map((level) => levelText(level, one)),
    asks: book.asks.map((level) => levelText(level, one)),
  };
}

export function trades(asked: Asked, { market, instruments }: Facts): unknown[] {
  const one = instrumentOf(asked, instruments);
  return market.trades(one.symbol, limitOf(asked, 500, 1000), wholeOf(asked, 'fromId')).map((trade) => ({
    id: trade.id, price: priceText(trade.price, one), qty: sizeText(trade.size, one),
    quoteQty: valueText(BigInt(trade.price) * BigInt(trade.size), one), time: trade.time, isBuyerMaker: trade.side === 'sell', isBestMatch: true,
  })); // prettier-ignore
}

export function aggTrades(asked: Asked, { market, instruments }: Facts): unknown[] {
  const one = instrumentOf(asked, instruments);
  const limit = limitOf(asked, 500, 1000);
  const from = wholeOf(asked, 'fromId');
  const [start, end] = [wholeOf(asked, 'startTime'), wholeOf(asked, 'endTime')];
  if (from !== undefined || (start === undefined && end === undefined)) {
    return market.trades(one.symbol, limit, from).map((trade) => aggTradeFields(trade, one));
  }
  const found = market.tradesBetween(one.symbol, start ?? -Infinity, end ?? Infinity, limit, start === undefined);
  return found.map((trade) => aggTradeFields(trade, one));
}

/** One for a symbol, a list otherwise. */
function oneOrAll(asked: Asked, facts: Facts, answer: (one: MarketInstrument) => object): object {
  const rows = instrumentsOf(asked, facts.instruments).map(answer);
  return asked.params.has('symbol') ? rows[0]! : rows;
}

export function bookTicker(asked: Asked, facts: Facts): object {
  return oneOrAll(asked, facts, (one) => {
    const { bid, ask } = facts.market.top(one.symbol);
    const [bidPrice, bidQty] = levelText(bid ?? [0, 0], one);
    const [askPrice, askQty] = levelText(ask ?? [0, 0], one);
    return { symbol: nameOf(one), bidPrice, bidQty, askPrice, askQty };
  });
}

export function lastPrices(asked: Asked, facts: Facts): object {
  return oneOrAll(asked, facts, (one) => ({
    symbol: nameOf(one),
    price: priceText(windowBar(facts.market, one.symbol, asked.now - day, asked.now).close, one),
  }));
}

export function ticker24h(asked: Asked, facts: Facts): object {
  return oneOrAll(asked, facts, (one) => {
    const bar = windowBar(facts.market, one.symbol, asked.now - day, asked.now);
    const { bid, ask } = facts.market.top(one.symbol);
    const [bidPrice, bidQty] = levelText(bid ?? [0, 0], one);
    const [askPrice, askQty] = levelText(ask ?? [0, 0], one);
    const last = facts.market.trades(one.symbol, 1)[0];
    return {
      symbol: nameOf(one), ...changeOf(bar, one), prevClosePrice: priceText(bar.open, one), lastPrice: priceText(bar.close, one),
      lastQty: sizeText(last?.size ?? 0, one), bidPrice, bidQty, askPrice, askQty, openPrice: priceText(bar.open, one),
      highPrice: priceText(bar.high, one), lowPrice: priceText(bar.low, one), volume: sizeText(bar.volume, one),
      quoteVolume: valueText(bar.value, one), openTime: asked.now - day, closeTime: asked.now,
      firstId: last === undefined ? -1 : last.id - bar.trades + 1, lastId: last?.id ?? -1, count: bar.trades,
    }; // prettier-ignore
  });
}

function changeOf(bar: MarketBar, one: MarketInstrument): object {
  const change = bar.close - bar.open;
  const text = priceText(Math.abs(change), one);
  return {
    priceChange: change < 0 ? `-${text}` : text,
    priceChangePercent: bar.open === 0 ? '0.000' : ((change / bar.open) * 100).toFixed(3),
    weightedAvgPrice:
      bar.volume === 0 ? priceText(bar.close, one) : priceText(Number(bar.value / BigInt(bar.volume)), one),
  };
}

/** The day as the `24hrTicker` stream has it. */
export function tickerFields(market: Market, one: MarketInstrument, now: number): object {
  const fields = ticker24h(
    { params: new Map([['symbol', nameOf(one)]]), signed: '', apiKey: undefined, now },
    { market, exchange: undefined, instruments: new Map([[nameOf(one), one]]) },
  ) as Record<string, unknown>;
  return {
    e: '24hrTicker', E: now, s: fields['symbol'], p: fields['priceChange'], P: fields['priceChangePercent'], w: fields['weightedAvgPrice'],
    x: fields['prevClosePrice'], c: fields['lastPrice'], Q: fields['lastQty'], b: fields['bidPrice'], B: fields['bidQty'], a: fields['askPrice'],
    A: fields['askQty'], o: fields['openPrice'], h: fields['highPrice'], l: fields['lowPrice'], v: fields['volume'], q: fields['quoteVolume'],
    O: fields['openTime'], C: fields['closeTime'], F: fields['firstId'], L: fields['lastId'], n: fields['count'],
  }; // prettier-ignore
}

/** The mean price of the last five minutes. */
export function averagePrice(asked: Asked, { market, instruments }: Facts): object {
  const one = instrumentOf(asked, instruments);
  const bars = market.bars(one.symbol, timeframe('1m'), asked.now - 300_000, asked.now + 1);
  const volume = bars.reduce((sum, bar) => sum + bar.volume, 0);
  const value = bars.reduce((sum, bar) => sum + bar.value, 0n);
  const price = volume === 0 ? (market.trades(one.symbol, 1)[0]?.price ?? 0) : Number(value / BigInt(volume));
  return { mins: 5, price: decimalText(price, one.priceDecimals), closeTime: asked.now };
}
