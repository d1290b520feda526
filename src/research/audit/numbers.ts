/** Bar numbers chosen by hand: orders that come at the same number of a bar, whatever the market does and wherever its data begins. */
import { lowerBound, timeframe, type Bars, type Side } from '../../core/index.ts';
import type { Cerebro, RunWatch } from '../../engine/index.ts';
import { calendarMs } from './dates.ts';
import { barAt, leakOf } from './foresight.ts';
import type { Leak } from './leaks.ts';
import { columnNames, trace, type Trace } from './trace.ts';

/** Orders of a side at a bar, as `buy 137`: the bar by its number, from 0. */
type Places = ReadonlySet<string>;

/** Orders in the first bars of `next` have no other reason than that the run begins. */
const startBars = 2;

/** Steps that a strategy is not shown, so that the number of a call of `next` is not that of its bar. */
const hiddenSteps = 7;

/** Days by which other markets are moved: far from whole days and weeks, so that no hour or weekday stays at its number. */
const moves = [0.22, 1.31, 2.55, 4.43, 5.6, 9.73, 3.35, 6.82, 12.41, 15.14];

/** Where other markets begin in the bars, as parts of 73: no two lie apart by the same, which would look like a period (a Golomb ruler). */
const begins = [28, 1, 47, 13, 64, 4, 54, 33, 70, 72];

/** A schedule that no price changes is luck unless so few of its shifts along the data are as good. */
const luckyShare = 0.005;

/** What was found, and the runs that it took. */
export interface NumberLeaks {
  readonly leaks: readonly Leak[];
  readonly runs: number;
}

/**
 * Runs a strategy over other markets: its own bars begun elsewhere, every second time upside down, at other hours and weekdays. Orders that
 * are at the same bar number in all of them depend on that number. They are no leak at the very start, where they return with a period, where other
 * orders often but not always are at the same number, or where they merely wait for enough bars: a run that is not shown the first of them tells.
 * Orders at the same call of `next` may be drawn at random, and are a leak where hardly any shift of them is as well placed.
 *
 * Undefined where nothing can be said: recordings of a market are not moved.
 */
export async function numberLeaks(make: () => Cerebro, truth: Trace): Promise<NumberLeaks | undefined> {
  if (truth.timelines.some(({ info }) => info.stream !== undefined)) return undefined;
  const groups = new Map(
    truth.decisions.map(({ strategy, dataId }) => [`${strategy} ${dataId}`, { strategy, dataId }]),
  );
  const leaks: Leak[] = [];
  const others: Trace[] = [];
  let runs = 0;
  let suspects = [...groups.values()].map((group) => ({ ...group, places: [placesOf(truth, group)] }));
  // One market after the other, for as long as some order is at its number in all of them.
  for (let k = 0; suspects.length > 0 && k < moves.length; k++) {
    const other = await trace(make(), otherMarket(truth, k));
    runs++;
    if (other.error !== undefined) return { leaks, runs };
    others.push(other);
    for (const { places, ...group } of suspects) places.push(placesOf(other, group));
    suspects = suspects.filter(({ places }) => inAll(places).size > 0);
  }
  for (const { places, ...group } of suspects) {
    const fixed = new Set(
      (['buy', 'sell'] as const).flatMap((side) => {
        const sides = places.map((one) => ofSide(one, side));
        const same = inAll(sides);
        const isChance = same.size === 0 || areNearlySame(sides) || periodOf(same) !== undefined;
        // Rules that act only at every n-th bar: prices decide at which of them.
        return isChance || (periodOf(anyBars([truth, ...others], group.strategy, side)) ?? 1) > 1 ? [] : [...same];
      }),
    );
    if (fixed.size === 0) continue;
    const timeline = truth.timelines[group.dataId]!;
    const numbers = [...new Set([...fixed].map(numberOf))].sort((a, b) => a - b);
    const hide = async (from: number): Promise<Trace> => {
      runs++;
      return await trace(make(), { from });
    };
    const warm = truth.warmAt.get(group.strategy) ?? 0;
    const hidden = await hide(truth.clocks[warm + hiddenSteps] ?? Infinity);
    if (inAll([fixed, placesOf(hidden, group)]).size > 0.7 * fixed.size) {
      // At the number of the bar: at it alone, or at the first call from it on.
      const after = await hide(timeline.closeAt(numbers[0]! + 1));
      const isWaiting = [...placesOf(after, group, 0)].some((place) => numberOf(place) <= numbers[0]! + 1 + startBars);
      if (isWaiting && inAll([fixed, placesOf(after, group)]).size === 0) continue;
    } else if (!isLucky(fixed, timeline.close.values.subarray(0, timeline.loaded))) continue;
    const orders = truth.decisions.filter(
      ({ strategy, dataId, side, clock }) =>
        strategy === group.strategy && dataId === group.dataId && fixed.has(`${side} ${barAt(timeline, clock)}`),
    );
    const shown = numbers.slice(0, 5).map((number) => number + 1);
    const more = numbers.length > shown.length ? ' ...' : '';
    const was = `placed at bar ${shown.join(', ')}${more} of the data`;
    leaks.push({ ...leakOf(orders, timeline, { was, became: `placed there in ${places.length - 1} other markets too` }), kind: 'number', by: 'elsewhere' }); // prettier-ignore
  }
  return { leaks, runs };
}

/**
 * Where a strategy placed orders on a data, but at the end.
 *
 * @param skipped - Bars of `next` from the first one on that do not count. Default: those of the start.
 */
function placesOf(
  { decisions, timelines, clocks, warmAt }: Trace,
  { strategy, dataId }: { readonly strategy: string; readonly dataId: number },
  skipped = startBars + 1,
): Places {
  const timeline = timelines[dataId]!;
  const warm = barAt(timeline, clocks[warmAt.get(strategy) ?? 0] ?? Infinity);
  const places = new Set<string>();
  for (const one of decisions) {
    if (one.strategy !== strategy || one.dataId !== dataId) continue;
    const number = barAt(timeline, one.clock);
    if (number >= warm + skipped && number < timeline.loaded - 1) places.add(`${one.side} ${number}`);
  }
  return places;
}

/** The bars at which a strategy placed an order of a side in any of the runs, on any data. */
function anyBars(runs: readonly Trace[], strategy: string, side: Side): Places {
  return new Set(
    runs.flatMap((run) => {
      const ids = new Set(run.decisions.map(({ dataId }) => dataId));
      return [...ids].flatMap((dataId) => [...ofSide(placesOf(run, { strategy, dataId }), side)]);
    }),
  );
}

function ofSide(places: Places, side: Side): Places {
  return new Set([...places].filter((place) => place.startsWith(side)));
}

function numberOf(place: string): number {
  return Number(place.slice(place.indexOf(' ') + 1));
}

function inAll([first, ...others]: readonly Places[]): Places {
  return new Set([...first!].filter((place) => others.every((one) => one.has(place))));
}

/** Whether more orders are at the same place in all runs but one or two than in all of them: prices decide, and those in all are there by chance. */
function areNearlySame(places: readonly Places[]): boolean {
  const counts = new Map<string, number>();
  for (const one of places) for (const place of one) counts.set(place, (counts.get(place) ?? 0) + 1);
  let [nearly, all] = [0, 0];
  for (const count of counts.values()) {
    if (count === places.length) all++;
    else if (count >= places.length - 2) nearly++;
  }
  return nearly > all;
}

/** A period with which most of three or more places of one side return, or two as multiples of it; undefined without one. */
function periodOf(places: Places): number | undefined {
  const numbers = [...places].map(numberOf).sort((a, b) => a - b);
  const [first, last] = [numbers[0]!, numbers.at(-1)!];
  if (numbers.length === 2) return last === 2 * first + 1 ? first + 1 : undefined;
  const known = new Set(numbers);
  const span = last + 1 - first;
  // Where orders are dense, many follow another by any number of bars.
  const share = 0.6 + (0.4 * numbers.length) / span;
  // A period lies between orders that are close to each other.
  const periods = new Set<number>();
  for (let i = 0; i < 4; i++) for (const next of numbers.slice(i + 1, i + 50)) periods.add(next - numbers[i]!);
  for (const period of [...periods].sort((a, b) => a - b)) {
    const before = numbers.filter((number) => number + period <= last);
    const followed = before.filter((number) => known.has(number + period)).length;
    if (followed >= share * before.length && followed >= 0.6 * numbers.length) return period;
  }
  return undefined;
}

/** Whether hardly any shift of orders along the closes, around the end to the beginning, buys lower and sells higher. */
function isLucky(places: Places, close: Float64Array): boolean {
  const orders = [...places].map((place) => ({ sign: place.startsWith('buy') ? -1 : 1, at: numberOf(place) }));
  const gain = (shift: number): number =>
    orders.reduce((sum, { sign, at }) => sum + sign * Math.log(close[(at + shift) % close.length]!), 0);
  const own = gain(0);
  const step = Math.ceil(close.length / 2_000);
  let [asGood, count] = [0, 0];
  for (let shift = 0; shift < close.length; shift += step) {
    if (gain(shift) >= own - 1e-12) asGood++;
    count++;
  }
  return asGood <= luckyShare * count;
}

/** The same bars begun elsewhere, every second time upside down, and moved in time by no whole day. */
function otherMarket({ timelines, frames }: Trace, k: number): RunWatch {
  const [first] = timelines;
  const [begin, end] = [first!.time.at(0), first!.time.at(first!.loaded - 1)];
  const from = begin + (begins[k]! / 73) * (end - begin);
  const longest = Math.max(...frames.map((name) => timeframe(name).ms ?? Infinity));
  // Bars stay on the grid of the longest; months and years stay where they are.
  const shiftMs = Number.isFinite(longest)
    ? Math.max(k + 1, Math.round((moves[k]! * 86_400_000) / longest)) * longest
    : 0;
  return { shiftMs: calendarMs + shiftMs, alter: (bars) => begunAt(bars, from, k % 2 === 1) };
}

/** Bars in the places of those before them, the ones before `from` at the end; upside down where wanted. */
function begunAt(bars: Bars, from: number, isUpsideDown: boolean): Bars {
  const at = lowerBound(bars.time, from);
  const turned = (column: Float64Array): Float64Array => {
    const values = new Float64Array(column.length);
    values.set(column.subarray(at));
    values.set(column.subarray(0, at), column.length - at);
    return values;
  };
  const columns = columnNames.flatMap((name) =>
    bars[name] === undefined ? [] : [[name, turned(bars[name])] as const],
  );
  const moved = { time: bars.time, ...Object.fromEntries(columns) } as Bars;
  const { open, high, low, close } = moved;
  if (!isUpsideDown || !low.every((price) => price > 0)) return moved;
  const square = bars.close[0]! ** 2;
  const inverse = (column: Float64Array): Float64Array => column.map((price) => square / price);
  return { ...moved, open: inverse(open), high: inverse(low), low: inverse(high), close: inverse(close) };
}
