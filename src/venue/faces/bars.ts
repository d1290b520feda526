/** Bars as exchanges publish them: without holes, page by page, and the statistics of a window of time. */
import { barClose, barOpen, timeframe, type Timeframe } from '../../core/index.ts';
import type { Market, MarketBar } from '../market-data.ts';

/** Which bars of a symbol are wanted. */
export interface BarPage {
  readonly frame: Timeframe;
  /** Bars that open at it or later; undefined for the newest. */
  readonly from: number | undefined;
  readonly to: number;
  readonly limit: number;
  readonly now: number;
  /** How far the calendar of the bars is ahead of UTC, in milliseconds. Default 0. */
  readonly offsetMs?: number;
}

/** Bars of a range, oldest first: the first `limit`, or without a start the last. A span without a trade is flat. */
export function barsBetween(market: Market, symbol: string, page: BarPage): MarketBar[] {
  const { frame, from, to, limit, now, offsetMs = 0 } = page;
  const openOf = (time: number): number => barOpen(frame, time + offsetMs) - offsetMs;
  const closeOf = (time: number): number => barClose(frame, time + offsetMs) - offsetMs;
  const last = Math.min(to, now);
  const oldest = market.firstTime(symbol);
  if (oldest === undefined) return [];
  let start = from === undefined ? openOf(last) : openOf(from);
  if (from !== undefined && start < from) start = closeOf(start);
  if (from !== undefined) start = Math.max(start, openOf(oldest));
  if (from === undefined) for (let i = 1; i < limit; i++) start = openOf(start - 1);
  const first = start;
  const bars: MarketBar[] = [];
  // With holes in the data a page goes on, or begins earlier, until it is full.
  while (bars.length < limit && start <= last) {
    let end = start;
    for (let i = bars.length; i < limit && end <= last; i++) end = closeOf(end);
    const traded =
      offsetMs === 0 ? market.bars(symbol, frame, start, end) : shifted(market, symbol, start, end, openOf);
    if (market.hasHoles !== true) return filled(market, symbol, traded, { start, end, last, now, closeOf });
    bars.push(...traded.filter((bar) => bar.start <= last));
    start = end;
  }
  if (from === undefined && bars.length < limit && first > oldest) {
    bars.unshift(...barsBetween(market, symbol, { ...page, to: first - 1, limit: limit - bars.length }));
  }
  return bars;
}

/** The bars with flat ones where nothing traded. Before the very first trade there are none. */
function filled(
  market: Market,
  symbol: string,
  traded: readonly MarketBar[],
  span: { start: number; end: number; last: number; now: number; closeOf: (time: number) => number },
): MarketBar[] {
  const { start, end, last, now, closeOf } = span;
  const bars: MarketBar[] = [];
  let close = traded[0]?.start === start ? undefined : market.priceBefore(symbol, start);
  let next = 0;
  for (let open = start; open < end && open <= last; open = closeOf(open)) {
    const bar = traded[next];
    if (bar?.start === open) {
      bars.push(bar);
      next++;
      close = bar.close;
    } else if (close !== undefined && closeOf(open) <= now) bars.push(flatBar(open, close));
  }
  return bars;
}

/** Bars of a calendar that is not UTC's, put together from bars short enough to fit into both. */
function shifted(market: Market, symbol: string, start: number, end: number, openOf: (time: number) => number): MarketBar[] {
  const parts = market.bars(symbol, shortest(market, symbol, 60_000), start, end);
  const bars: MarketBar[] = [];
  for (const part of parts) {
    const open = openOf(part.start);
    const last = bars.at(-1);
    if (last?.start === open) bars[bars.length - 1] = joined(last, part);
    else bars.push({ ...part, start: open });
  }
  return bars;
} // prettier-ignore

/** A span without a trade: it stays at the last price. */
export function flatBar(start: number, price: number): MarketBar {
  return {
    start, open: price, high: price, low: price, close: price, volume: 0, trades: 0, value: 0n, takerVolume: 0, takerValue: 0n,
  }; // prettier-ignore
}

/** Everything traded at `start <= time <= now` as one bar, to the minute; flat at the last price when nothing was. */
export function windowBar(market: Market, symbol: string, start: number, now: number): MarketBar {
  const parts = market.bars(symbol, shortest(market, symbol, 60_000), start, now + 1);
  const [first, ...rest] = parts;
  if (first === undefined) return flatBar(start, market.priceBefore(symbol, now + 1) ?? 0);
  return rest.reduce(joined, { ...first, start });
}

/** The frame of at least `ms` that the market keeps bars of. */
function shortest(market: Market, symbol: string, ms: number): Timeframe {
  const kept = market.barMs(symbol);
  if (kept <= ms) return timeframe(`${ms / 60_000}m`);
  return timeframe(kept % 86_400_000 === 0 ? `${kept / 86_400_000}d` : `${kept / 60_000}m`);
}

function joined(sum: MarketBar, bar: MarketBar): MarketBar {
  return {
    ...sum, high: Math.max(sum.high, bar.high), low: Math.min(sum.low, bar.low), close: bar.close, volume: sum.volume + bar.volume,
    trades: sum.trades + bar.trades, value: sum.value + bar.value, takerVolume: sum.takerVolume + bar.takerVolume,
    takerValue: sum.takerValue + bar.takerValue,
  }; // prettier-ignore
}
