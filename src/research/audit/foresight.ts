/** Foresight: orders that know the bars after them better than chance and the prices before them allow, whatever they were read from. */
import type { Timeline } from '../../lines/index.ts';
import type { Leak } from './leaks.ts';
import type { Decision } from './trace.ts';

/** Bars after an order that are looked at, and those at which only orders of one side count that lie as far apart: their moves would be one piece of luck. */
const [horizons, farHorizons] = [
  [1, 2, 3, 4, 5],
  [8, 10, 12, 16, 20, 24, 30, 36, 48],
] as const;

/** A weaker rank correlation with what follows may be a rule of its own: of sizes, and of distances, as ranges of bars tell ranges to come. */
const [leastRank, leastDistanceRank] = [0.5, 0.8] as const;

/** Bars whose mean range tells of ranges to come. */
const rangeBars = 14;

/** Moves by which bars are compared. */
const alikeMoves = 5;

/** Fewer orders prove nothing; a share below these is skill or luck. */
const [fewest, share, margin, deviations] = [20, 0.8, 0.25, 5] as const;

/**
 * Finds strategies that know what no feed told them: from a file, an array of their module, or dates chosen by hand. Falsified data does not
 * show those, as what they read stays true. Market and stop orders count as right where the close `h` bars on lies on their side of the present one;
 * they are suspect where at least 80 % are right, 5 deviations above chance, and a quarter above the best of simple rules, which shows how far prices
 * themselves tell what follows: all of them, or those of one side that lie apart by `h` bars. Limit orders are suspect where half of them are exactly the low or high of the next bar. Sizes, and
 * how far stops and limits lie from the price, are suspect where those of one side rise with what follows (see `foreseenNumbers`).
 */
export function foresight(decisions: readonly Decision[], timelines: readonly Timeline[]): Leak[] {
  const groups = new Map<string, Decision[]>();
  for (const one of decisions) {
    const key = `${one.strategy} ${one.dataId}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const timeline = timelines[group[0]!.dataId]!;
    const found =
      foreseen(group, timeline) ??
      exactLimits(group, timeline) ??
      foreseenSizes(group, timeline) ??
      foreseenDistances(group, timeline);
    return found === undefined ? [] : [found];
  });
}

/** Whether the sizes of one side are large where the move after the order is favourable. */
function foreseenSizes(group: readonly Decision[], timeline: Timeline): Leak | undefined {
  const { close } = timeline;
  for (const side of ['buy', 'sell'] as const) {
    const orders = group.filter((one) => one.side === side && one.size > 0);
    const sign = side === 'buy' ? 1 : -1;
    const found = foreseenNumbers(orders, timeline, {
      what: (count) => `sizes of ${count} ${side} orders rise with the move`,
      least: leastRank,
      number: ({ size }) => size,
      follows: (bar, ahead) => sign * (close.at(bar + ahead) / close.at(bar) - 1),
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether stops or limits of one side lie far from the price where it will go far towards them: just beyond the lows or highs to come, or just before them. */
function foreseenDistances(group: readonly Decision[], timeline: Timeline): Leak | undefined {
  const { close, high, low } = timeline;
  for (const type of ['stop', 'limit', 'stopLimit'] as const)
    for (const side of ['buy', 'sell'] as const) {
      const isBelow = (type === 'limit') === (side === 'buy');
      const from = (price: number, bar: number): number => (isBelow ? -1 : 1) * (price / close.at(bar) - 1);
      const found = foreseenNumbers(
        group.filter((one) => one.type === type && one.side === side),
        timeline,
        {
          what: (count) =>
            `distances of ${count} ${type === 'stopLimit' ? 'stop-limit' : type} ${side} orders rise with how far the price goes towards them`,
          least: leastDistanceRank,
          number: ({ price }, bar) => from(price, bar),
          follows: (bar, ahead) => {
            let most = -Infinity;
            for (let k = 1; k <= ahead; k++) most = Math.max(most, from((isBelow ? low : high).at(bar + k), bar));
            return most;
          },
        },
      );
      if (found !== undefined) return found;
    }
  return undefined;
}

/** A number of orders, and what follows them. */
interface Told {
  what(count: number): string;
  /** A weaker rank correlation is none. */
  readonly least: number;
  number(order: Decision, bar: number): number;
  follows(bar: number, ahead: number): number;
}

/**
 * Whether a number of orders rises with what follows them: by a rank correlation that is strong, 5 deviations above
 * chance, and a quarter above what the price, its last moves or the ranges of bars tell of it. Only orders that lie apart by the
 * horizon count, as moves that overlap are one piece of luck.
 */
function foreseenNumbers(orders: readonly Decision[], timeline: Timeline, told: Told): Leak | undefined {
  const { close, high, low, loaded } = timeline;
  if (orders.length < fewest) return undefined;
  const range = (bar: number): number => (high.at(bar) - low.at(bar)) / close.at(bar);
  for (const ahead of [...horizons, ...farHorizons]) {
    const bars: number[] = [];
    const numbers: number[] = [];
    const following: number[] = [];
    for (const one of orders) {
      const bar = barAt(timeline, one.clock);
      if (bar < ahead || bar < rangeBars || bar + ahead >= loaded) continue;
      if (bars.length > 0 && bar < bars.at(-1)! + ahead) continue;
      bars.push(bar);
      numbers.push(told.number(one, bar));
      following.push(told.follows(bar, ahead));
    }
    if (bars.length < fewest) continue;
    const follows = ranks(following);
    const rank = correlation(ranks(numbers), follows);
    if (!(rank >= told.least) || rank * Math.sqrt(bars.length - 1) < deviations) continue;
    const moved = (from: number, to: number): number => close.at(to) / close.at(from) - 1;
    const known = [
      bars.map((bar) => close.at(bar)),
      bars.map((bar) => moved(bar - 1, bar)),
      bars.map((bar) => moved(bar - ahead, bar)),
      bars.map(range),
      bars.map((bar) => Array.from({ length: rangeBars }, (_, k) => range(bar - k)).reduce((sum, one) => sum + one)),
    ];
    const alike = alikeBefore(timeline, ahead, bars);
    known.push(bars.map((bar) => told.follows(alike.get(bar) ?? bar - ahead, ahead)));
    const simple = Math.max(0, ...known.map((values) => Math.abs(correlation(ranks(values), follows)) || 0));
    if (rank < simple + margin) continue;
    return leakOf(orders, timeline, {
      was: `${told.what(bars.length)} to ${ahead === 1 ? 'the next close' : `the close ${ahead} bars on`}, a rank correlation of ${rank.toFixed(2)}`,
      became: `at most ${simple.toFixed(2)} by a rule of the prices alone`,
    });
  }
  return undefined;
}

/** The rank of each value; equal ones share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const found = new Array<number>(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) found[order[k]!] = (from + to - 1) / 2;
    from = to;
  }
  return found;
}

/** The correlation of two lists; NaN where one of them is constant. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [atA, atB] = [mean(a), mean(b)];
  let [both, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - atA, b[i]! - atB];
    both += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return both / Math.sqrt(squareA * squareB);
}

/** The last bar that had closed at a clock; -1 before the first. */
export function barAt(timeline: Timeline, clock: number): number {
  let [low, high] = [0, timeline.loaded];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeline.closeAt(middle) <= clock) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function foreseen(group: readonly Decision[], timeline: Timeline): Leak | undefined {
  const orders = group.filter(({ type }) => type !== 'limit');
  return (
    foreseenAmong(orders, timeline, 0) ??
    foreseenAmong(
      orders.filter(({ side }) => side === 'buy'),
      timeline,
      1,
    ) ??
    foreseenAmong(
      orders.filter(({ side }) => side === 'sell'),
      timeline,
      1,
    )
  );
}

/** @param apart - How many horizons orders lie apart at least: moves of one side that overlap are one piece of luck. */
function foreseenAmong(orders: readonly Decision[], timeline: Timeline, apart: number): Leak | undefined {
  if (orders.length < fewest) return undefined;
  const { close, loaded } = timeline;
  const move = (from: number, to: number): number => Math.sign(close.at(to) - close.at(from));
  // Orders of both sides are right by a trend where many bars are looked at: far ones count by side alone.
  for (const ahead of apart === 0 ? horizons : [...horizons, ...farHorizons]) {
    let [right, count, last] = [0, 0, -Infinity];
    for (const { side, clock } of orders) {
      const bar = barAt(timeline, clock);
      if (bar < 0 || bar + ahead >= loaded || bar < last + apart * ahead) continue;
      const moved = move(bar, bar + ahead);
      if (moved === 0) continue;
      last = bar;
      count++;
      if (moved > 0 === (side === 'buy')) right++;
    }
    const rate = right / count;
    if (count < fewest || rate < share || right - count / 2 < deviations * Math.sqrt(count / 4)) continue;
    const alike = alikeBefore(timeline, ahead);
    const simple = Math.max(simpleRate(move, loaded, ahead), rateOfAlike(move, alike, ahead));
    if (rate < simple + margin) continue;
    const bars = ahead === 1 ? 'the next close' : `the close ${ahead} bars on`;
    return leakOf(orders, timeline, {
      was: `right about ${bars} in ${right} of ${count} ${apart === 0 ? '' : `${orders[0]!.side} `}orders`,
      became: `at most ${Math.round(simple * 100)} % by a rule of the prices alone`,
    });
  }
  return undefined;
}

/**
 * For bars, the earlier bar at which the prices before it had moved most alike: what followed it was known, and is all that can be expected where prices
 * repeat themselves.
 *
 * @param bars - Default: bars spread over the later half.
 */
function alikeBefore(
  { close, loaded }: Timeline,
  ahead: number,
  bars: readonly number[] = spread(loaded >> 1, loaded - ahead),
): ReadonlyMap<number, number> {
  const moves = Float64Array.from({ length: loaded }, (_, i) => (i === 0 ? 0 : close.at(i) / close.at(i - 1) - 1));
  const found = new Map<number, number>();
  for (const bar of bars) {
    let [least, at] = [Infinity, -1];
    // The latest of equal ones.
    for (let past = bar - ahead; past >= alikeMoves; past--) {
      let distance = 0;
      for (let k = 0; k < alikeMoves && distance < least; k++) distance += Math.abs(moves[bar - k]! - moves[past - k]!);
      if (!(distance < least)) continue;
      [least, at] = [distance, past];
    }
    if (at >= 0) found.set(bar, at);
  }
  return found;
}

/** A few hundred whole numbers from one to another. */
function spread(from: number, to: number): number[] {
  const step = Math.max(1, Math.ceil((to - from) / 300));
  return Array.from({ length: Math.max(0, Math.floor((to - from) / step)) }, (_, k) => from + k * step);
}

/** How often prices move as they did after the earlier bar that is most alike; 0 where too few do to tell. */
function rateOfAlike(
  move: (from: number, to: number) => number,
  alike: ReadonlyMap<number, number>,
  ahead: number,
): number {
  let [right, count] = [0, 0];
  for (const [bar, past] of alike) {
    const [moved, told] = [move(bar, bar + ahead), move(past, past + ahead)];
    if (moved === 0 || told === 0) continue;
    count++;
    if (moved === told) right++;
  }
  return count < fewest ? 0 : right / count;
}

/** How often the best of simple rules is right: always up, always down, the last move again, and its opposite. */
function simpleRate(move: (from: number, to: number) => number, length: number, ahead: number): number {
  const hits = [0, 0, 0];
  let count = 0;
  for (let bar = ahead; bar + ahead < length; bar++) {
    const moved = move(bar, bar + ahead);
    if (moved === 0) continue;
    count++;
    if (moved > 0) hits[0]!++;
    if (move(bar - 1, bar) === moved) hits[1]!++;
    if (move(bar - ahead, bar) === moved) hits[2]!++;
  }
  return Math.max(...hits.map((hit) => Math.max(hit, count - hit) / count));
}

function exactLimits(group: readonly Decision[], timeline: Timeline): Leak | undefined {
  const orders = group.filter(({ type }) => type === 'limit');
  const { low, high, loaded } = timeline;
  let [exact, count] = [0, 0];
  for (const { side, price, clock } of orders) {
    const next = barAt(timeline, clock) + 1;
    // A price that a bar before it had too may come from there.
    if (next < 1 || next >= loaded) continue;
    const reached = side === 'buy' ? low : high;
    count++;
    if (reached.at(next) === price && reached.at(next - 1) !== price) exact++;
  }
  if (exact < fewest / 2 || exact < count / 2) return undefined;
  // Where prices repeat to the digit, the same low or high had been there before.
  const alike = [...alikeBefore(timeline, 1)];
  const same = alike.filter(([bar, past]) => low.at(bar + 1) === low.at(past + 1) && high.at(bar + 1) === high.at(past + 1)); // prettier-ignore
  if (same.length > alike.length / 2) return undefined;
  return leakOf(orders, timeline, {
    was: `exactly the low or high of the next bar in ${exact} of ${count} limit orders`,
    became: 'hardly ever by chance',
  });
}

/** A leak that orders on a data show, named by the first of them. */
export function leakOf(
  orders: readonly Decision[],
  { info }: Timeline,
  { was, became }: { readonly was: string; readonly became: string },
): Leak {
  const { strategy, clock } = orders[0]!;
  const what = `orders on '${info.name}'`;
  return { kind: 'foresight', strategy, what, time: clock, count: orders.length, was, became, by: 'outcome' };
}
