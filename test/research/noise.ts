/** The tests of overfitting over worthless trials: how often each finds skill where there is none. */
import { seededRandom } from '../../src/core/index.ts';
import {
  deflatedSharpe,
  effectiveTrials,
  meanCorrelation,
  momentsOf,
  overfittingProbability,
  snoopingTest,
} from '../../src/research/index.ts';

/** Standard normal numbers from a seed. */
export function normals(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** What `experiments` searches over noise came to, each the best of 20 trials of 256 returns. */
export function noiseRates(experiments: number): {
  readonly pbo: number;
  readonly spa: number;
  readonly realityCheck: number;
  readonly dsr: number;
  readonly naive: number;
} {
  const sums = { pbo: 0, spa: 0, realityCheck: 0, dsr: 0, naive: 0 };
  for (let k = 0; k < experiments; k++) {
    const normal = normals(1_000 + k);
    const trials = Array.from({ length: 20 }, () => Float64Array.from({ length: 256 }, () => 0.01 * normal()));
    sums.pbo += overfittingProbability(trials, { blocks: 8 }).probability;
    const { p, realityCheck } = snoopingTest(trials, { samples: 400, seed: k + 1 });
    if (p <= 0.05) sums.spa++;
    if (realityCheck <= 0.05) sums.realityCheck++;
    const moments = trials.map(momentsOf);
    const best = moments.reduce((a, b) => (b.sharpe > a.sharpe ? b : a));
    const variance = momentsOf(moments.map(({ sharpe }) => sharpe)).deviation ** 2;
    const count = effectiveTrials(trials.length, meanCorrelation(trials));
    if (deflatedSharpe(best, { trials: count, variance }) >= 0.95) sums.dsr++;
    if (best.sharpe * Math.sqrt(best.count) > 1.645) sums.naive++;
  }
  const share = (sum: number): number => sum / experiments;
  return {
    pbo: share(sums.pbo),
    spa: share(sums.spa),
    realityCheck: share(sums.realityCheck),
    dsr: share(sums.dsr),
    naive: share(sums.naive),
  };
}
