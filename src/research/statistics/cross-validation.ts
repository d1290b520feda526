/** Cross-validation for observations in time: training data that overlaps with what is tested is left out. */
import { checkNames, ConfigError, writePlainly } from '../../core/index.ts';
import { checkNumber } from './moments.ts';

/** One split of observations, by their places. */
export interface Fold {
  /** Places to fit on. */
  readonly train: Int32Array;
  /** Places to test on. */
  readonly test: Int32Array;
  /** Which of the equal groups are tested. */
  readonly groups: readonly number[];
}

/** What observations there are, and how they overlap. */
export interface FoldOptions {
  /** How many observations. */
  readonly count: number;
  /** Into how many groups they are cut, in order. */
  readonly folds: number;
  /**
   * By how many further observations the outcome of one is known: training observations whose outcome reaches into a tested span, or which begin
   * before a tested outcome is known, are left out. Default 0.
   */
  readonly horizon?: number;
  /** How many further observations after each tested span are left out of training. Default 0. */
  readonly embargo?: number;
}

const foldNames = ['count', 'folds', 'horizon', 'embargo'];

/**
 * Purged k-fold cross-validation with embargo: each group is tested once.
 *
 * @see M. López de Prado, Advances in Financial Machine Learning (2018), section 7.4
 */
export function purgedFolds(options: FoldOptions): Fold[] {
  checkNames('option of purgedFolds', options, foldNames);
  checkFolds({ ...options, testGroups: 1 });
  return Array.from({ length: options.folds }, (_, k) => foldOf(options, [k]));
}

/** Options of `combinatorialFolds`. */
export interface CombinatorialOptions extends FoldOptions {
  /** How many groups are tested at a time. Default 2. */
  readonly testGroups?: number;
}

/** Every choice of groups to test, and the histories that can be put together from what was tested. */
export interface CombinatorialFolds {
  /** One split for each choice of groups. */
  readonly folds: readonly Fold[];
  /** Each path covers every group once: for each group the fold, by its place, that tested it. */
  readonly paths: readonly (readonly number[])[];
}

/**
 * Combinatorial purged cross-validation: every choice of `testGroups` of the groups is tested, so that several whole histories out of sample come
 * of it and not a single one.
 *
 * @see M. López de Prado, Advances in Financial Machine Learning (2018), chapter 12
 */
export function combinatorialFolds(options: CombinatorialOptions): CombinatorialFolds {
  checkNames('option of combinatorialFolds', options, [...foldNames, 'testGroups']);
  checkFolds(options);
  const { folds: groups, testGroups = 2 } = options;
  const folds = choices(groups, testGroups).map((chosen) => foldOf(options, chosen));
  const byGroup = Array.from({ length: groups }, (_, g) =>
    folds.flatMap(({ groups: tested }, at) => (tested.includes(g) ? [at] : [])),
  );
  const paths = byGroup[0]!.map((_, path) => byGroup.map((tested) => tested[path]!));
  return { folds, paths };
}

function checkFolds(options: CombinatorialOptions): void {
  const { count, folds } = options;
  checkNumber('count', count, (n) => Number.isInteger(n) && n >= 2, 'a whole number of at least 2');
  checkNumber('folds', folds, (n) => n <= count, `a whole number from 2 to ${count}`);
  checkGroups(options);
}

/** Checks how groups are cut and chosen, which can be done before it is known how many observations there are. @internal */
export function checkGroups({
  folds,
  testGroups = 2,
  horizon = 0,
  embargo = 0,
}: Omit<CombinatorialOptions, 'count'>): void {
  const whole = (least: number) => (n: number) => Number.isInteger(n) && n >= least;
  checkNumber('folds', folds, whole(2), 'a whole number of at least 2');
  checkNumber('horizon', horizon, whole(0), 'a whole number of at least 0');
  checkNumber('embargo', embargo, whole(0), 'a whole number of at least 0');
  const isChoice = (n: number): boolean => whole(1)(n) && n < folds;
  checkNumber('testGroups', testGroups, isChoice, `a whole number from 1 to ${folds - 1}`);
  const splits = countOf(folds, testGroups);
  if (splits <= mostSplits) return;
  throw new ConfigError(`${testGroups} of ${folds} groups can be chosen in ${splits} ways: more than ${mostSplits} are not kept`, {
    context: { field: 'testGroups' },
  }); // prettier-ignore
}

function foldOf({ count, folds, horizon = 0, embargo = 0 }: FoldOptions, groups: readonly number[]): Fold {
  const isTested = new Uint8Array(count);
  const isBarred = new Uint8Array(count);
  for (const g of groups) {
    const from = Math.floor((g * count) / folds);
    const to = Math.floor(((g + 1) * count) / folds);
    isTested.fill(1, from, to);
    isBarred.fill(1, Math.max(0, from - horizon), Math.min(count, to + horizon + embargo));
  }
  const places = Array.from({ length: count }, (_, i) => i);
  return writePlainly({
    test: Int32Array.from(places.filter((i) => isTested[i] === 1)),
    train: Int32Array.from(places.filter((i) => isTested[i] === 0 && isBarred[i] === 0)),
    groups,
  });
}

/** Each split holds the places of all observations. */
const mostSplits = 20_000;

/** How many choices of `k` of `n` there are. */
function countOf(n: number, k: number): number {
  let count = 1;
  for (let i = 1; i <= k; i++) count = Math.round((count * (n - k + i)) / i);
  return count;
}

/** Every choice of `k` of the numbers below `n`, in lexical order. */
function choices(n: number, k: number): number[][] {
  const found: number[][] = [];
  const choose = (from: number, chosen: readonly number[]): void => {
    if (chosen.length === k) {
      found.push([...chosen]);
      return;
    }
    for (let next = from; next < n; next++) choose(next + 1, [...chosen, next]);
  };
  choose(0, []);
  return found;
}
