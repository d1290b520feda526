/** The path of a price through one bar: tick by tick from open over both extremes to close, its volume split over the trades. */
import type { Side } from '../../core/index.ts';

/** Which extreme comes first. */
export type WalkOrder = 'openHighLowClose' | 'openLowHighClose';

/** A bar in ticks and lots. */
export interface TickBar {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** One step of the path: the price moves there and trades that much. */
export interface WalkStep {
  readonly price: number;
  readonly size: number;
  /** The taker's side: buyers on the way up, sellers on the way down. */
  readonly side: Side;
}

/** The fewest trades that show a bar: at its open, its extremes and its close. */
export function turnsOf(bar: TickBar, order: WalkOrder): number[] {
  const { open, high, low, close } = bar;
  const all = order === 'openHighLowClose' ? [open, high, low, close] : [open, low, high, close];
  return all.filter((price, i) => i === 0 || price !== all[i - 1]);
}

/**
 * The steps through a bar. Their sizes add up to its volume exactly.
 *
 * @param most - More steps than this are thinned out evenly; the turns always stay. A bar with fewer lots than ticks is thinned
 * out likewise. A bar without volume has no steps.
 */
export function walkBar(bar: TickBar, order: WalkOrder, most: number): WalkStep[] {
  if (bar.volume === 0) return [];
  const turns = turnsOf(bar, order);
  let ticks = 1;
  for (let i = 1; i < turns.length; i++) ticks += Math.abs(turns[i]! - turns[i - 1]!);
  const room = Math.max(turns.length, Math.min(most, bar.volume));
  let stride = Math.max(1, Math.ceil(ticks / room));
  let path = pathOf(turns, stride);
  while (path.length > room && stride < ticks) {
    stride++;
    path = pathOf(turns, stride);
  }
  const each = Math.floor(bar.volume / path.length);
  const more = bar.volume - each * path.length;
  const rising = (turns[1] ?? turns[0]!) >= turns[0]!;
  return path.map((price, i) => ({
    price,
    size: each + (i < more ? 1 : 0),
    side: (i === 0 ? rising : price > path[i - 1]!) ? 'buy' : 'sell',
  }));
}

/** Prices from turn to turn in strides, every turn among them. */
function pathOf(turns: readonly number[], stride: number): number[] {
  const path = [turns[0]!];
  for (let i = 1; i < turns.length; i++) {
    const [from, to] = [turns[i - 1]!, turns[i]!];
    const step = to > from ? stride : -stride;
    for (let price = from + step; step > 0 ? price < to : price > to; price += step) path.push(price);
    path.push(to);
  }
  return path;
}
