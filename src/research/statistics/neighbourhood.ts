/** Whether the best parameters stand on a plateau or on a needle: what their neighbours reach. */
import { checkNames, ConfigError, shown, unknownName } from '../../core/index.ts';
import { checkList } from './moments.ts';

/** One trial: its parameters and what it reached. */
export interface TrialPoint {
  /** Parameters by name. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What it reached; undefined or NaN where it has no value. */
  readonly score: number | undefined;
}

/** What the neighbours of the best trial reached. */
export interface Neighbourhood {
  /** The best score. */
  readonly best: number;
  /** How many neighbours were tried: those at most one step away in every parameter, the best one itself not among them. */
  readonly neighbours: number;
  /** Their mean score; NaN without one. */
  readonly mean: number;
  /** Their worst score: the lowest, or the highest where less is better; NaN without one. */
  readonly worst: number;
  /**
   * Mean of the neighbours by the best, or the best by their mean where less is better: near 1 on a plateau, near 0 or below on a needle. NaN
   * unless what it is divided by is above 0.
   */
  readonly stability: number;
}

/** Options of `neighbourhood`. */
export interface NeighbourhoodOptions {
  /** Place of the trial whose neighbours are looked at. Default: the best score. */
  readonly best?: number;
  /** Whether the highest or the lowest score is the best. Default `max`. */
  readonly direction?: 'max' | 'min';
}

/**
 * Looks at the trials around the best one: values of a parameter are ordered, and a step is one value further. Parameters that are not numbers must be
 * equal.
 *
 * @throws {ConfigError} If no trial has a score, or an option cannot be right.
 * @see R. Pardo, The Evaluation and Optimization of Trading Strategies (2008), chapter 10
 */
export function neighbourhood(trials: readonly TrialPoint[], options: NeighbourhoodOptions = {}): Neighbourhood {
  checkNames('option of neighbourhood', options, ['best', 'direction']);
  checkList('trials', trials, 'trials');
  const { best, direction = 'max' } = options;
  const directions = ['max', 'min'] as const;
  if (!directions.includes(direction)) throw unknownName('direction', direction, directions);
  const sign = direction === 'max' ? 1 : -1;
  let at = best ?? -1;
  if (best === undefined) {
    trials.forEach(({ score }, k) => {
      if (isScore(score) && (at < 0 || sign * score > sign * trials[at]!.score!)) at = k;
    });
  }
  const centre = trials[at];
  if (best !== undefined && !isScore(centre?.score)) {
    throw new ConfigError(`best must be the place of a trial that has a score, was ${shown(best)}`, { context: { field: 'best' } }); // prettier-ignore
  }
  if (centre === undefined || !isScore(centre.score)) {
    throw new ConfigError('no trial has a score: the neighbourhood of none cannot be looked at');
  }
  const names = Object.keys(centre.params);
  const steps = new Map<string, Map<number, number>>();
  for (const name of names) {
    const values = new Set(trials.flatMap(({ params }) => (typeof params[name] === 'number' ? [params[name]] : [])));
    steps.set(name, new Map([...values].sort((a, b) => a - b).map((value, k) => [value, k])));
  }
  const isNear = ({ params }: TrialPoint): boolean =>
    names.every((name) => {
      const [mine, theirs] = [centre.params[name], params[name]];
      if (typeof mine !== 'number' || typeof theirs !== 'number') return Object.is(mine, theirs);
      const places = steps.get(name)!;
      return Math.abs(places.get(mine)! - places.get(theirs)!) <= 1;
    });
  const near = trials.flatMap((trial, k) => (k !== at && isScore(trial.score) && isNear(trial) ? [trial.score] : []));
  const mean = near.length === 0 ? NaN : near.reduce((sum, value) => sum + value, 0) / near.length;
  const [part, whole] = sign > 0 ? [mean, centre.score] : [centre.score, mean];
  return {
    best: centre.score,
    neighbours: near.length,
    mean,
    worst: near.length === 0 ? NaN : near.reduce((a, b) => (sign * b < sign * a ? b : a)),
    stability: whole > 0 ? part / whole : NaN,
  };
}

function isScore(score: number | undefined): score is number {
  return score !== undefined && !Number.isNaN(score);
}
