/** Who crosses the spread, and which side of the book is heavier: order flow from trades and books. */
import { ConfigError, type MarketBook, type Quote } from '../core/index.ts';
import { checkData, type Data, type Line } from '../lines/index.ts';
import { cumulative } from './cumulative.ts';
import { checkPeriod } from './kernel/period.ts';
import { sum } from './kernel/sum.ts';
import { named } from './pointwise.ts';

/**
 * The volume that takers bought in each bar, in base units: the data's `buyVolume`.
 *
 * @throws {ConfigError} If the feed does not say who bought. Bars of trades do (`TickDataFeed`), and Binance's files of bars.
 */
export function buyVolume(data: Data): Line {
  checkData('buyVolume', data);
  if (data.buyVolume !== undefined) return data.buyVolume;
  throw new ConfigError(
    `buyVolume: the feed of '${data.name}' does not say who bought; make its bars of trades with TickDataFeed, or read a file that has the column`,
    { code: 'no-buy-volume', context: { data: data.name } },
  );
}

/**
 * Volume delta: what takers bought less what they sold in the bar, in base units.
 *
 * @throws {ConfigError} If the feed does not say who bought.
 */
export function volumeDelta(data: Data): Line {
  checkData('volumeDelta', data);
  return named('volumeDelta', [buyVolume(data), data.volume], (bought, volume) => 2 * bought - volume);
}

/**
 * Cumulative volume delta: the running total of the volume delta, in base units.
 *
 * Only its changes mean anything: it starts at the first bar, and again behind a hole.
 *
 * @throws {ConfigError} If the feed does not say who bought.
 */
export function cvd(data: Data): Line {
  checkData('cvd', data);
  return cumulative(volumeDelta(data));
}

/**
 * Flow imbalance: what takers bought less what they sold in the last bars, over both; from -1 to 1.
 *
 * NaN where nothing was traded in the window.
 *
 * @param period - In bars, default 20.
 * @throws {ConfigError} If `period` is not a positive integer, or the feed does not say who bought.
 */
export function flowImbalance(data: Data, period = 20): Line {
  checkData('flowImbalance', data);
  checkPeriod('flowImbalance', period);
  return named(
    `flowImbalance(${period})`,
    [sum(volumeDelta(data), period), sum(data.volume, period)],
    (delta, volume) => Math.max(-1, Math.min(1, delta / volume)),
  );
}

/**
 * Micro-price: the middle of the spread, moved toward the side with less size, where the next trade is more likely.
 *
 * For `this.data.stream?.quote` inside `next()`. NaN where there is no quote, or a side has no size.
 *
 * @see S. Stoikov, The micro-price, Quantitative Finance 18 (2018): this is its first approximation, the weighted mid-price
 */
export function microPrice(quote: Pick<Quote, 'bid' | 'bidSize' | 'ask' | 'askSize'> | undefined): number {
  const { bid, bidSize, ask, askSize } = quote ?? {};
  if (bid === undefined || ask === undefined || bidSize === undefined || askSize === undefined) return NaN;
  return bidSize > 0 && askSize > 0 ? (bid * askSize + ask * bidSize) / (bidSize + askSize) : NaN;
}

/**
 * Book imbalance: the size bid less the size offered in the best levels, over both; from -1 to 1.
 *
 * For `this.data.stream?.book()` inside `next()`. NaN where there is no book, or a side of it is empty.
 *
 * @param depth - Levels of each side, default 5.
 */
export function bookImbalance(book: MarketBook | undefined, depth = 5): number {
  checkPeriod('bookImbalance', depth, 1, 'depth');
  if (book === undefined || book.bids.length === 0 || book.asks.length === 0) return NaN;
  let [bids, asks] = [0, 0];
  for (let k = 0; k < Math.min(depth, book.bids.length); k++) bids += book.bids[k]![1];
  for (let k = 0; k < Math.min(depth, book.asks.length); k++) asks += book.asks[k]![1];
  return bids + asks > 0 ? (bids - asks) / (bids + asks) : NaN;
}
