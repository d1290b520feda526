/** The verdict of a sweep, whoever works out its splits of history. */
import { describe, expect, it } from 'vitest';

import { seededRandom } from '../../../src/core/index.ts';
import { rankSplits, type SplitFacts, type SplitRanks } from '../../../src/research/statistics/index.ts';
import { LuckTally } from '../../../src/research/sweep/luck.ts';

const random = seededRandom(3);
/** Daily returns of trials that are worth nothing. */
const returns = Array.from({ length: 90 }, () => Float64Array.from({ length: 128 }, () => random() - 0.5));

function tallyOf(count: number): LuckTally {
  const tally = new LuckTally('1d');
  for (const one of returns.slice(0, count)) tally.add(one);
  return tally;
}

describe('the test for overfitting', () => {
  it('comes to the same in parts', async () => {
    const asked: [first: number, end: number][] = [];
    const rank = (facts: SplitFacts, pairs: number): Promise<SplitRanks[]> => {
      const bounds = [0, 1, 4_000, pairs];
      const parts = bounds.slice(1).map((end, k): [number, number] => [bounds[k]!, end]);
      asked.push(...parts);
      // As a thread gets and gives them.
      return Promise.resolve(parts.map(([first, end]) => structuredClone(rankSplits(structuredClone(facts), first, end))).reverse()); // prettier-ignore
    };
    const shared = tallyOf(90);
    await shared.share(rank);
    expect(asked).toEqual([[0, 1], [1, 4_000], [4_000, 6_435]]); // prettier-ignore
    expect(shared.luck(returns[0]!)).toEqual(tallyOf(90).luck(returns[0]!));
    expect(shared.luck(returns[0]!).overfitting).toBeGreaterThan(0);
  });

  it('is worked out here where the others fail', async () => {
    const tally = tallyOf(90);
    await tally.share(() => Promise.reject(new Error('a worker thread ended with code 1')));
    expect(tally.luck(returns[0]!)).toEqual(tallyOf(90).luck(returns[0]!));
  });

  it('is not handed out where that costs more than it does', async () => {
    const tally = tallyOf(20);
    await tally.share(() => expect.unreachable('nobody is asked'));
    await new LuckTally('1d').share(() => expect.unreachable('nobody is asked'));
  });
});
