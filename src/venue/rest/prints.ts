/** Prints, book and day of a tape: what a bar says about its trades, made explicit and always the same. */
import type { Bar } from '../../core/index.ts';
import type { Tape } from './tape.ts';

/** One public trade. */
export interface Print {
  readonly id: number;
  readonly time: number;
  readonly price: number;
  readonly size: number;
  /** The taker's side. */
  readonly side: 'buy' | 'sell';
}

/** A bar's trades: open, one extreme, the other, close, a quarter of the volume each, evenly in time. */
export function printsOf(tape: Tape, bar: Bar): Print[] {
  const rising = bar.close >= bar.open;
  const prices = [bar.open, rising ? bar.low : bar.high, rising ? bar.high : bar.low, bar.close];
  const span = tape.timeframe.ms ?? 86_400_000;
  return prices.map((price, i) => ({
    id: Math.round(bar.time / span) * 4 + i,
    time: bar.time + Math.floor((span * i) / 4),
    price,
    size: bar.volume / 4,
    side: (prices[i - 1] ?? price) <= price ? 'buy' : 'sell',
  }));
}

/** Trades between two moments, at most `limit`; the earliest, or without a start the latest. */
export function printsBetween(tape: Tape, now: number, from: number | undefined, to: number, limit: number): Print[] {
  const span = tape.timeframe.ms ?? 86_400_000;
  const newest = from === undefined;
  const start = from === undefined ? -Infinity : from - span;
  const bars = tape.rows(tape.timeframe.name, now, start, to, Math.ceil(limit / 4) + 2, newest);
  const prints = bars
    .flatMap((bar) => printsOf(tape, bar))
    .filter((print) => print.time >= (from ?? -Infinity) && print.time <= Math.min(to, now));
  return newest ? prints.slice(-limit) : prints.slice(0, limit);
}

/** Price levels around the last price, best first: one lot more on each further level. */
export function bookOf(tape: Tape, now: number, depth: number): { bids: [number, number][]; asks: [number, number][] } {
  const last = tape.lastPrice(now);
  if (last === undefined) return { bids: [], asks: [] };
  const levels = Array.from({ length: depth }, (_, i) => i + 1);
  return {
    bids: levels.map((i) => [round(last - i * tape.tick), round(0.1 * i)]),
    asks: levels.map((i) => [round(last + i * tape.tick), round(0.1 * i)]),
  };
}

/** The last 24 hours in one bar; undefined when nothing traded. */
export function lastDay(tape: Tape, now: number): Bar | undefined {
  const rows = tape.rows(tape.timeframe.name, now, now - 86_400_000, now, Infinity);
  const [first] = rows;
  if (first === undefined) return undefined;
  return rows.reduce(
    (sum, bar) => ({
      ...sum,
      high: Math.max(sum.high, bar.high),
      low: Math.min(sum.low, bar.low),
      close: bar.close,
      volume: sum.volume + bar.volume,
    }),
    { ...first, volume: 0 },
  );
}

/** Without the dust of binary fractions. */
export function round(value: number): number {
  return Number(value.toFixed(10));
}
