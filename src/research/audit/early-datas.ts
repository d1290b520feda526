/** Datas that hold the future of another one: bars whose close is a later close of it, as those stamped too early have. */
import type { Timeline } from '../../lines/index.ts';
import { barAt } from './foresight.ts';
import type { Leak } from './leaks.ts';

/** Fewer bars prove nothing, and prices that happen to be equal are few. */
const [fewest, share] = [10, 0.9] as const;

/**
 * Finds datas whose close is exactly that of another data one to three of its own bars, or one to five of the other's, later, at nine of ten bars at
 * which that one has moved. Falsified data does not show them: each is true by itself.
 */
export function earlyDatas(timelines: readonly Timeline[]): Leak[] {
  const spacings = timelines.map(spacing);
  return timelines.flatMap((early, k) => {
    for (const [n, other] of timelines.entries()) {
      const found = n === k ? undefined : aheadOf(early, other, spacings[k]!, spacings[n]!);
      if (found !== undefined) return [found];
    }
    return [];
  });
}

function aheadOf(early: Timeline, other: Timeline, own: number, others: number): Leak | undefined {
  const waits = [own, 2 * own, 3 * own, others, 2 * others, 3 * others, 4 * others, 5 * others];
  for (const wait of new Set(waits)) {
    let [same, count, first] = [0, 0, -1];
    for (let bar = 0; bar < early.loaded; bar++) {
      const [at, later] = [barAt(other, early.closeAt(bar)), barAt(other, early.closeAt(bar) + wait)];
      if (at < 0 || other.close.at(later) === other.close.at(at)) continue;
      if (other.closeAt(later) < early.closeAt(bar) + wait && later === other.loaded - 1) break;
      count++;
      // Hardly any equal one among the first is answer enough.
      if (count > 2 * fewest && same < fewest) break;
      if (early.close.at(bar) !== other.close.at(later)) continue;
      same++;
      if (first < 0) first = bar;
    }
    if (count < fewest || same < share * count) continue;
    return {
      kind: 'foresight',
      strategy: early.info.name,
      what: `bars of '${early.info.name}'`,
      time: early.closeAt(first),
      count: same,
      was: `close at what '${other.info.name}' closes at ${wait / 60_000} minutes later, in ${same} of ${count} bars`,
      became: 'never in bars that are stamped with their open',
      by: 'outcome',
    };
  }
  return undefined;
}

/** Milliseconds between the closes of most bars. */
function spacing(timeline: Timeline): number {
  const gaps = Array.from(
    { length: Math.max(0, timeline.loaded - 1) },
    (_, k) => timeline.closeAt(k + 1) - timeline.closeAt(k),
  );
  return gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? NaN;
}
