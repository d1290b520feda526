/** Cross-validation of a search: parameters are chosen on some groups of days and judged on others, in every combination. */
import { checkNames, ConfigError, writePlainly } from '../../core/index.ts';
import type { Cerebro } from '../../engine/index.ts';
import type { TrialParams } from '../search/space.ts';
import { checkGroups, combinatorialFolds, momentsOf, type Fold } from '../statistics/index.ts';
import { loadSearch, readBeside } from '../sweep/load-search.ts';
import { checkCallbacks, type OptimizeOptions } from '../sweep/options.ts';
import { Sweep } from '../sweep/sweep.ts';

/** Options of `crossValidate`. */
export interface CrossValidateOptions extends Pick<
  OptimizeOptions,
  'keep' | 'method' | 'trials' | 'seed' | 'signal' | 'holdout' | 'runs'
> {
  /** Into how many groups the days are cut. Default 6. */
  readonly folds?: number;
  /** How many groups are tested at a time: 1 is k-fold, more is combinatorial. Default 2. */
  readonly testGroups?: number;
  /** Days by which the outcome of one is known late, left out of training around what is tested. Default 0. */
  readonly horizon?: number;
  /** Further days after each tested span that are left out of training. Default 0. */
  readonly embargo?: number;
}

/** One split of the days. */
export interface CrossValidatedFold extends Fold {
  /** The parameters with the best Sharpe ratio on the days of training. */
  readonly params: TrialParams;
  /** Sharpe ratio of daily returns on the days of training, not annualised. */
  readonly trainSharpe: number;
  /** Sharpe ratio of daily returns on the tested days, not annualised. */
  readonly testSharpe: number;
}

/** The result of a cross-validation. */
export interface CrossValidation {
  /** The splits: days of training, days of testing, and the parameters that the training chose. */
  readonly folds: readonly CrossValidatedFold[];
  /** Whole histories out of sample: the daily returns of each, every day tested by a search that did not see it. */
  readonly paths: readonly Float64Array[];
  /** Sharpe ratio of the daily returns of each path, not annualised. */
  readonly sharpes: readonly number[];
  /** Things worth knowing that are not errors. */
  readonly warnings: readonly string[];
}

/**
 * Runs every trial once over all days, then chooses by the days of training of each split and judges by its tested ones.
 *
 * Positions go on over the edges of groups, as they do in the whole run: take `horizon` at least as long as trades last.
 *
 * @see M. López de Prado, Advances in Financial Machine Learning (2018), chapters 7 and 12
 */
export async function crossValidate(cerebro: Cerebro, options: CrossValidateOptions = {}): Promise<CrossValidation> {
  checkNames('option of crossValidate', options, [
    'keep', 'method', 'trials', 'seed', 'signal', 'holdout', 'runs', 'folds', 'testGroups', 'horizon', 'embargo',
  ]); // prettier-ignore
  checkCallbacks(options);
  const { folds = 6, testGroups = 2, horizon = 0, embargo = 0, holdout: _holdout, ...rest } = options;
  checkGroups({ folds, testGroups, horizon, embargo });
  const { plan, search, backtest } = await loadSearch(cerebro, options);
  const rows: (Float64Array | undefined)[] = [];
  const { trials, warnings } = await new Sweep(plan, backtest, search, rest, (returns) => rows.push(returns)).run();
  const count = rows.find((row) => row !== undefined)?.length ?? 0;
  if (count < 2 * folds) throw new ConfigError(`${count} days are too few for ${folds} groups: give fewer folds`);
  const { folds: splits, paths } = combinatorialFolds({ count, folds, testGroups, horizon, embargo });
  const pick = (row: Float64Array, places: Int32Array): Float64Array => Float64Array.from(places, (at) => row[at]!);
  const sharpeOf = (row: Float64Array, places: Int32Array): number =>
    places.length < 2 ? NaN : momentsOf(pick(row, places)).sharpe;
  const chosen: number[] = [];
  const found = splits.map((fold): CrossValidatedFold => {
    let [best, most] = [-1, -Infinity];
    rows.forEach((row, k) => {
      const sharpe = row === undefined ? NaN : sharpeOf(row, fold.train);
      if (sharpe > most) [best, most] = [k, sharpe];
    });
    if (best < 0)
      throw new ConfigError(
        'no trial has a Sharpe ratio on the days of training: give fewer folds, or a shorter horizon or embargo',
      );
    chosen.push(best);
    return { ...fold, params: trials.paramsAt(best), trainSharpe: most, testSharpe: sharpeOf(rows[best]!, fold.test) };
  });
  const edge = (group: number): number => Math.floor((group * count) / folds);
  const histories = paths.map((path) => {
    const history = new Float64Array(count);
    path.forEach((fold, group) => {
      history.set(rows[chosen[fold]!]!.subarray(edge(group), edge(group + 1)), edge(group));
    });
    return history;
  });
  return writePlainly({
    folds: found,
    paths: histories,
    sharpes: histories.map((one) => momentsOf(one).sharpe),
    warnings: [...warnings, ...readBeside(options)],
  });
}
