/** Ways to search: every combination, at random, by Latin hypercube, or led by a model of what was found. */
import { ConfigError, seededRandom, shown } from '../../core/index.ts';
import type { Space, TrialParams } from './space.ts';

/** How parameters are searched. */
export type SearchMethod = 'grid' | 'random' | 'latin' | 'tpe';

/** The ways there are. */
export const searchMethods: readonly SearchMethod[] = ['grid', 'random', 'latin', 'tpe'];

/** A search: it is asked for trials, and told what they reached, both in their order. */
export interface Search {
  /** How many trials it will ask for at most. */
  readonly total: number;
  /** Why it makes fewer trials than it was given, in words, once that is known; undefined where it makes them all. */
  readonly shortage: string | undefined;
  /** Further trials, at most `most`; none when the search has ended. */
  ask(most: number): TrialParams[];
  /** What the oldest trials that were not told of yet have reached; NaN where they have no score. Higher is better. */
  tell(scores: readonly number[]): void;
  /** How many trials may be asked for before the first of them is told; fixed, so that the number of workers changes nothing. */
  readonly ahead: number;
}

/** Options of a search. */
export interface SearchOptions {
  readonly method: SearchMethod;
  /** How many trials; not for a grid. */
  readonly trials: number | undefined;
  /** Not for a grid. Default 1. */
  readonly seed: number | undefined;
}

/** How many trials are drawn at most: their parameters are held in memory. */
const mostTrials = 10_000_000;

/** A search of a space. @throws {ConfigError} If the space cannot be searched so. */
export function makeSearch(space: Space, { method, trials: asked, seed: given }: SearchOptions): Search {
  const trials = asked ?? 100;
  const seed = given ?? 1;
  if (!searchMethods.includes(method)) {
    throw new ConfigError(`method must be one of ${searchMethods.join(', ')}, was '${method}'`, {
      context: { field: 'method' },
    });
  }
  if (space.axes.length === 0) {
    throw new ConfigError('there is no parameter to search: give a range of at least one', {
      context: { field: 'space' },
    });
  }
  if (!(Number.isInteger(trials) && trials >= 1 && trials <= mostTrials)) {
    throw new ConfigError(`trials must be a whole number from 1 to ${mostTrials}, was ${trials}`, {
      context: { field: 'trials' },
    });
  }
  if (!Number.isInteger(seed)) {
    throw new ConfigError(`seed must be a whole number, was ${shown(seed)}`, { context: { field: 'seed' } });
  }
  if (method === 'grid') {
    for (const [field, value] of Object.entries({ trials: asked, seed: given })) {
      if (value === undefined) continue;
      throw new ConfigError(
        `${field} must be left out of a grid, which tries every combination, was ${value}: give the method random, latin or tpe too`,
        { context: { field } },
      );
    }
    return new Grid(space);
  }
  if (method === 'tpe') return new TreeParzen(space, trials, seed);
  const draws = method === 'random' ? randomTrials(space, trials, seed) : latinTrials(space, trials, seed);
  return new Listed(draws, trials);
}

/** Every combination, the last axis first. */
class Grid implements Search {
  readonly total: number;
  readonly shortage = undefined;
  readonly ahead = Infinity;
  readonly #space: Space;
  readonly #size: number;
  #next = 0;

  constructor(space: Space) {
    const free = space.axes.find(({ count }) => count === undefined);
    if (free !== undefined) {
      throw new ConfigError(
        `parameter '${free.name}' has no steps, and a grid needs them: give a step, or another method than 'grid'`,
        { context: { field: free.name } },
      );
    }
    this.#space = space;
    this.#size = space.size!;
    if (this.#size > 1e8) {
      throw new ConfigError(
        `the grid has ${this.#size} combinations: give fewer values, or a method with a number of trials`,
      );
    }
    let total = 0;
    for (let k = 0; k < this.#size; k++) if (space.allows(space.at(k))) total++;
    this.total = total;
    if (total === 0) throw nothingAllowed(`the whole grid of ${this.#size}`);
  }

  ask(most: number): TrialParams[] {
    const found: TrialParams[] = [];
    while (found.length < most && this.#next < this.#size) {
      const params = this.#space.at(this.#next++);
      if (this.#space.allows(params)) found.push(params);
    }
    return found;
  }

  tell(): void {}
}

/** Trials that are known from the beginning. */
class Listed implements Search {
  readonly total: number;
  readonly shortage: string | undefined;
  readonly ahead = Infinity;
  readonly #list: readonly TrialParams[];
  #next = 0;

  constructor(draws: Draws, trials: number) {
    this.#list = draws.list;
    this.total = this.#list.length;
    this.shortage = draws.shortage(trials);
  }

  ask(most: number): TrialParams[] {
    const found = this.#list.slice(this.#next, this.#next + most);
    this.#next += found.length;
    return found;
  }

  tell(): void {}
}

/** How often a draw is repeated that was there before or is not allowed. */
const patience = 1_000;

/** Up to how many combinations a space is gone through for what is left of it, where draws at random find nothing more. */
const countable = 1e6;

/** Draws that are allowed and differ. */
class Draws {
  readonly list: TrialParams[] = [];
  readonly #keys = new Set<string>();
  readonly #space: Space;
  readonly #random: () => number;
  /** What draws at random did not find; undefined until they find nothing more, and of a space that is too large to go through. */
  #left: TrialParams[] | undefined;

  constructor(space: Space, random: () => number) {
    this.#space = space;
    this.#random = random;
  }

  /** Takes a draw, unless it is not allowed or was there before. */
  add(params: TrialParams): boolean {
    const key = this.#space.keyOf(params);
    if (this.#keys.has(key) || !this.#space.allows(params)) return false;
    this.#keys.add(key);
    this.list.push(params);
    return true;
  }

  /** Takes one more, at random; false where the space has no more. @throws {ConfigError} If it has none at all. */
  addOne(): boolean {
    for (let misses = 0; this.#left === undefined && misses < patience; misses++)
      if (this.add(this.#space.spread(this.#space.axes.map(this.#random)))) return true;
    this.#left ??= this.#rest();
    while (this.#left.length > 0) {
      const at = Math.floor(this.#random() * this.#left.length);
      const params = this.#left[at]!;
      this.#left[at] = this.#left.at(-1)!;
      this.#left.pop();
      if (this.add(params)) return true;
    }
    if (this.list.length === 0)
      throw nothingAllowed(this.#isCountable ? `the whole grid of ${this.#space.size!}` : `${patience} random ones`);
    return false;
  }

  /** Why there are fewer than `trials`. */
  shortage(trials: number): string | undefined {
    const made = this.list.length;
    if (made >= trials) return undefined;
    const why =
      made === this.#space.size
        ? 'the ranges have no more combinations'
        : this.#isCountable
          ? `keep is true for no more of the ${this.#space.size!} combinations`
          : `${patience} random combinations in a row were tried before, or keep was false for them`;
    return `${made} ${made === 1 ? 'trial was' : 'trials were'} made, not ${trials}: ${why}`;
  }

  get #isCountable(): boolean {
    return (this.#space.size ?? Infinity) <= countable;
  }

  #rest(): TrialParams[] {
    if (!this.#isCountable) return [];
    const all = Array.from({ length: this.#space.size! }, (_, k) => k);
    return all.map((k) => this.#space.at(k)).filter((params) => this.#space.allows(params));
  }
}

function nothingAllowed(tried: string): ConfigError {
  return new ConfigError(`keep must be true for some combination, was false for ${tried}`, {
    context: { field: 'keep' },
  });
}

function randomTrials(space: Space, trials: number, seed: number): Draws {
  return filled(new Draws(space, seededRandom(seed)), trials);
}

/** Draws with as many at random as are missing. */
function filled(draws: Draws, trials: number): Draws {
  while (draws.list.length < trials && draws.addOne());
  return draws;
}

/**
 * Latin hypercube: each axis is cut into as many strata as there are trials, and each stratum is drawn from once.
 *
 * @see M. D. McKay, R. J. Beckman and W. J. Conover, Technometrics 21 (1979)
 */
function latinTrials(space: Space, trials: number, seed: number): Draws {
  const random = seededRandom(seed);
  const orders = space.axes.map(() => {
    const order = Array.from({ length: trials }, (_, k) => k);
    for (let k = trials - 1; k > 0; k--) {
      const other = Math.floor(random() * (k + 1));
      [order[k], order[other]] = [order[other]!, order[k]!];
    }
    return order;
  });
  const drawn = new Draws(space, random);
  for (let k = 0; k < trials; k++) drawn.add(space.spread(orders.map((order) => (order[k]! + random()) / trials)));
  // What the condition left out is drawn at random in its place.
  return filled(drawn, trials);
}

/** Random trials before the model, how many are drawn from it for each trial, and which share counts as good. */
const [warmUp, candidates, goodShare] = [20, 24, 0.1];

/**
 * Tree-structured Parzen estimator: draws where good trials are dense and poor ones are not, an axis at a time.
 *
 * @see J. Bergstra, R. Bardenet, Y. Bengio and B. Kégl, "Algorithms for hyper-parameter optimization", NIPS 24 (2011)
 */
class TreeParzen implements Search {
  readonly ahead = 8;
  readonly #space: Space;
  readonly #random: () => number;
  readonly #draws: Draws;
  readonly #trials: number;
  #isExhausted = false;
  readonly #scores: number[] = [];

  constructor(space: Space, trials: number, seed: number) {
    this.#space = space;
    this.#random = seededRandom(seed);
    this.#draws = new Draws(space, this.#random);
    this.#trials = trials;
  }

  get total(): number {
    return this.#isExhausted ? this.#draws.list.length : Math.min(this.#trials, this.#space.size ?? Infinity);
  }

  get shortage(): string | undefined {
    return this.#draws.list.length === this.total ? this.#draws.shortage(this.#trials) : undefined;
  }

  ask(most: number): TrialParams[] {
    const { list } = this.#draws;
    const first = list.length;
    // A round is asked for when all of the round before is told, so that it hangs on no worker's pace.
    const end = Math.min(first + most, this.total, this.#told + this.ahead);
    while (list.length < end && !this.#isExhausted) this.#isExhausted = !this.#draw();
    return list.slice(first);
  }

  tell(scores: readonly number[]): void {
    this.#scores.push(...scores);
  }

  /** Trials of the rounds that are told in full. */
  get #told(): number {
    return this.#scores.length - (this.#scores.length % this.ahead);
  }

  #draw(): boolean {
    const models = this.#told >= warmUp ? this.#models() : [];
    // A model that draws the same again and again gives way to chance.
    for (let misses = 0; models.length > 0 && misses <= 20; misses++)
      if (this.#draws.add(this.#space.spread(models.map((model) => model.draw(this.#random))))) return true;
    return this.#draws.addOne();
  }

  #models(): AxisModel[] {
    const order = this.#scores
      .slice(0, this.#told)
      .map((score, k) => ({ score: Number.isNaN(score) ? -Infinity : score, k }))
      .sort((a, b) => b.score - a.score || a.k - b.k);
    const good = Math.min(25, Math.max(3, Math.ceil(goodShare * order.length)));
    return this.#space.axes.map((axis) => {
      const places = order.map(({ k }) => axis.gather(this.#draws.list[k]![axis.name]));
      return new AxisModel(places.slice(0, good), places.slice(good), axis.isOrdered ? undefined : axis.count);
    });
  }
}

/** Where on one axis good trials are dense. */
class AxisModel {
  readonly #good: readonly number[];
  readonly #poor: readonly number[];
  readonly #goodWidths: readonly number[];
  readonly #poorWidths: readonly number[];
  /** Number of values without an order; undefined where distances count. */
  readonly #choices: number | undefined;

  constructor(good: readonly number[], poor: readonly number[], choices: number | undefined) {
    this.#good = [...good].sort((a, b) => a - b);
    this.#poor = [...poor].sort((a, b) => a - b);
    this.#goodWidths = widthsOf(this.#good);
    this.#poorWidths = widthsOf(this.#poor);
    this.#choices = choices;
  }

  /** The draw from the good ones that is the most likely among them against the poor ones. */
  draw(random: () => number): number {
    let [best, most] = [0.5, -Infinity];
    for (let k = 0; k < candidates; k++) {
      const place = this.#candidate(random);
      const gain = Math.log(
        this.#density(place, this.#good, this.#goodWidths) / this.#density(place, this.#poor, this.#poorWidths),
      );
      if (gain > most) [best, most] = [place, gain];
    }
    return best;
  }

  #candidate(random: () => number): number {
    // The prior, all of the axis, counts as one of the good ones.
    const pick = Math.floor(random() * (this.#good.length + 1));
    const centre = this.#good[pick];
    if (centre === undefined) return random();
    if (this.#choices !== undefined) return centre;
    const noise = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const place = centre + noise * this.#goodWidths[pick]!;
    return Math.min(1 - 1e-12, Math.max(0, place < 0 ? -place : place > 1 ? 2 - place : place));
  }

  #density(place: number, points: readonly number[], widths: readonly number[]): number {
    const choices = this.#choices;
    if (choices !== undefined) {
      const same = points.filter((one) => Math.abs(one - place) < 0.5 / choices).length;
      return (same + 1 / choices) / (points.length + 1);
    }
    let sum = 1;
    for (let k = 0; k < points.length; k++) {
      const width = widths[k]!;
      sum += Math.exp(-0.5 * ((place - points[k]!) / width) ** 2) / (width * Math.sqrt(2 * Math.PI));
    }
    return sum / (points.length + 1);
  }
}

/**
 * Widths of the kernels on rising points: the distance to the farther neighbour, the ends of the axis being neighbours too. Not below a bound that falls with
 * their number, or the search would stand still where it began to find something.
 */
function widthsOf(points: readonly number[]): number[] {
  const least = 1 / Math.min(100, 2 + points.length);
  return points.map((one, k) => {
    const gap = Math.max(one - (points[k - 1] ?? 0), (points[k + 1] ?? 1) - one);
    return Math.min(1, Math.max(least, gap));
  });
}
