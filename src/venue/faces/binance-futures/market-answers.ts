/** Answers about a market of contracts: symbols and rules, mark prices, funding, bars of the mark. */
import { barClose, barOpen, timeframe } from '../../../core/index.ts';
import { maxSize, Refusal, type ContractLedger } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { intervals } from '../binance/facts.ts';
import { nameOf, priceText, sizeText } from '../binance/fields.ts';
import { klines } from '../binance/market-answers.ts';
import { instrumentOf, instrumentsOf, limitOf, needed, rangeOf, type ApiRequest } from '../binance/request.ts';
import { oneOrAll } from '../binance/tickers.ts';
import type { ContractFacts } from './facts.ts';
import { markText } from './fields.ts';

/** Weight per minute, and orders per minute and ten seconds. */
export const weightPerMinute = 2_400;
export const ordersPerMinute = 1_200;
export const ordersPerTenSeconds = 300;

const orderTypes = ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET'] as const;
/** Perpetual contracts have this delivery date at Binance. */
const never = 4_133_404_800_000;
const hour = 3_600_000;

export function exchangeInfo(request: ApiRequest, { instruments, exchange }: ContractFacts): object {
  const limit = (rateLimitType: string, interval: string, intervalNum: number, most: number): object => ({
    rateLimitType, interval, intervalNum, limit: most,
  }); // prettier-ignore
  return {
    timezone: 'UTC',
    serverTime: request.now,
    futuresType: 'U_MARGINED',
    rateLimits: [
      limit('REQUEST_WEIGHT', 'MINUTE', 1, weightPerMinute),
      limit('ORDERS', 'MINUTE', 1, ordersPerMinute),
      limit('ORDERS', 'SECOND', 10, ordersPerTenSeconds),
    ],
    exchangeFilters: [],
    assets: [...new Set([...instruments.values()].map(({ quote }) => quote))].map((asset) => ({
      asset, marginAvailable: true, autoAssetExchange: '0',
    })),
    symbols: [...instruments.values()].map((one) => symbolFields(one, exchange.minNotional)),
  }; // prettier-ignore
}

function symbolFields(one: MarketInstrument, minNotional: number): object {
  const [tick, lot] = [priceText(1, one), sizeText(1, one)];
  const lots = { minQty: lot, maxQty: sizeText(maxSize * 10 ** one.sizeDecimals, one), stepSize: lot };
  return {
    symbol: nameOf(one), pair: nameOf(one), contractType: 'PERPETUAL', deliveryDate: never, onboardDate: 1_569_398_400_000, status: 'TRADING',
    maintMarginPercent: '2.5000', requiredMarginPercent: '5.0000', baseAsset: one.base, quoteAsset: one.quote, marginAsset: one.settle ?? one.quote,
    pricePrecision: one.priceDecimals, quantityPrecision: one.sizeDecimals, baseAssetPrecision: 8, quotePrecision: 8, underlyingType: 'COIN',
    underlyingSubType: [], triggerProtect: '0.0500', liquidationFee: '0.012500', marketTakeBound: '0.05', maxMoveOrderLimit: 10_000,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: priceText(1_000_000 * 10 ** one.priceDecimals, one), tickSize: tick },
      { filterType: 'LOT_SIZE', ...lots },
      { filterType: 'MARKET_LOT_SIZE', ...lots },
      { filterType: 'MAX_NUM_ORDERS', limit: 200 },
      { filterType: 'MIN_NOTIONAL', notional: String(minNotional) },
      { filterType: 'PERCENT_PRICE', multiplierUp: '1.0500', multiplierDown: '0.9500', multiplierDecimal: '4' },
    ],
    orderTypes, timeInForce: ['GTC', 'IOC', 'FOK', 'GTX'],
  }; // prettier-ignore
}

function premiumOf(ledger: ContractLedger, one: MarketInstrument, now: number): Record<string, unknown> {
  const mark = markText(ledger.margins.markOf(one.symbol));
  const next = ledger.funding.next(one.symbol, now);
  return {
    symbol: nameOf(one),
    markPrice: mark,
    indexPrice: mark,
    estimatedSettlePrice: mark,
    lastFundingRate: (next?.rate ?? 0).toFixed(8),
    interestRate: '0.00010000',
    nextFundingTime: next?.time ?? 0,
    time: now,
  };
}

/** Mark price, the rate of the next funding and its time. */
export function premiumIndex(request: ApiRequest, facts: ContractFacts): object {
  return oneOrAll(request, facts, (one) => premiumOf(facts.contracts, one, request.now));
}

/** The event of the mark price stream. */
export function markEvent(ledger: ContractLedger, one: MarketInstrument, now: number): object {
  const { markPrice, indexPrice, estimatedSettlePrice, lastFundingRate, nextFundingTime } = premiumOf(ledger, one, now);
  return {
    e: 'markPriceUpdate', E: now, s: nameOf(one), p: markPrice, i: indexPrice, P: estimatedSettlePrice, r: lastFundingRate, T: nextFundingTime,
  }; // prettier-ignore
}

/** Settled rates, oldest first. */
export function fundingRates(request: ApiRequest, { contracts, instruments }: ContractFacts): object[] {
  const { start, end } = rangeOf(request);
  const limit = limitOf(request, 100, 1000);
  const rows = instrumentsOf(request, instruments).flatMap((one) => {
    const until = Math.min(end ?? request.now, request.now);
    const known = new Map(contracts.paid(one.symbol).map(({ time, mark }) => [time, mark]));
    const from = start ?? until - 1000 * hour;
    return contracts.funding.between(one.symbol, from - 1, until).map(({ time, rate }) => ({
      symbol: nameOf(one), fundingTime: time, fundingRate: rate.toFixed(8), markPrice: markText(known.get(time) ?? 0n),
    })); // prettier-ignore
  });
  rows.sort((a, b) => a.fundingTime - b.fundingTime);
  return start === undefined ? rows.slice(-limit) : rows.slice(0, limit);
}

export function fundingInfo(_request: ApiRequest, { instruments, contracts }: ContractFacts): object[] {
  return [...instruments.values()].map((one) => {
    const [first, second] = contracts.funding.between(one.symbol, 0, Infinity).slice(0, 2);
    const hours = first === undefined || second === undefined ? 8 : Math.round((second.time - first.time) / hour);
    return {
      symbol: nameOf(one), adjustedFundingRateCap: '0.02000000', adjustedFundingRateFloor: '-0.02000000', fundingIntervalHours: hours,
      disclaimer: false,
    }; // prettier-ignore
  });
}

export function openInterest(request: ApiRequest, { instruments, exchange, contracts }: ContractFacts): object {
  const one = instrumentOf(request, instruments);
  let lots = 0;
  for (const account of exchange.accounts) {
    for (const { symbol, lots: held } of contracts.margins.open(account))
      if (symbol === one.symbol) lots += Math.abs(held);
  }
  return { openInterest: sizeText(lots, one), symbol: nameOf(one), time: request.now };
}

/**
 * Open interest by period, oldest first. The market keeps no history of positions, so the volume of
 * a period stands in for its open interest: programs that read this path get rows.
 */
export function openInterestHistory(request: ApiRequest, facts: ContractFacts): object[] {
  const params = new Map(request.params).set('interval', needed(request, 'period'));
  params.delete('period');
  const one = instrumentOf(request, facts.instruments);
  return (klines({ ...request, params }, facts) as [number, ...string[]][]).map(([time, , , , close, volume]) => ({
    symbol: nameOf(one), sumOpenInterest: volume, sumOpenInterestValue: (Number(volume) * Number(close)).toFixed(8), timestamp: time,
  })); // prettier-ignore
}

/** Bars of the mark price. Without a mark price of its own, the bars are those of the price. The volume is 0. */
export function markKlines(request: ApiRequest, facts: ContractFacts): unknown[] {
  const one = instrumentOf(request, facts.instruments);
  const interval = needed(request, 'interval');
  if (!intervals.includes(interval)) throw new Refusal(-1120, 'Invalid interval.');
  const { start, end } = rangeOf(request);
  const frame = timeframe(interval);
  const limit = limitOf(request, 500, 1500);
  const last = Math.min(end ?? request.now, request.now);
  const opens: number[] = [];
  if (start === undefined) {
    for (let at = barOpen(frame, last), i = 0; i < limit; i++, at = barOpen(frame, at - 1)) opens.unshift(at);
  } else {
    let at = barOpen(frame, start);
    if (at < start) at = barClose(frame, at);
    for (; at <= last && opens.length < limit; at = barClose(frame, at)) opens.push(at);
  }
  const rows: unknown[] = [];
  for (const open of opens) {
    const close = barClose(frame, open);
    const bar = facts.market.bars(one.symbol, frame, open, close)[0];
    const flat = facts.market.priceBefore(one.symbol, open);
    if (bar === undefined && flat === undefined) continue;
    const text = (price: number): string => priceText(price, one);
    const [o, h, l, c] = bar === undefined ? [flat!, flat!, flat!, flat!] : [bar.open, bar.high, bar.low, bar.close];
    rows.push([open, text(o), text(h), text(l), text(c), '0', close - 1, '0', bar?.trades ?? 0, '0', '0', '0']);
  }
  return rows;
}
