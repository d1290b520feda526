/** Liquidation prices, as each venue computes them: where what is left of the margin equals the maintenance margin. */
import { checkNames, checkSwitches, ConfigError, nearestName, shown } from '../../../core/index.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { Terms } from './terms.ts';

/** How a venue computes liquidation prices. */
export interface VenueProfile {
  /** Its name. */
  readonly name: string;
  /** Whether the maintenance margin is taken of the value at the entry, or at the liquidation price itself. */
  readonly maintenanceAt: 'entry' | 'liquidation';
  /** In which margin modes the fee for closing is added to what must be left. */
  readonly closingFee: 'none' | 'cross' | 'always';
  /** Whether the margin of an isolated position holds back the fee for closing at the bankruptcy price. */
  readonly marginHoldsFee: boolean;
  /** The step to which liquidation prices are rounded, up for longs and down for shorts. Default: not rounded. */
  readonly step?: number;
  /** Whether a position above the first tier is reduced tier by tier, not liquidated whole. */
  readonly reducesBySteps: boolean;
}

const plain = {
  maintenanceAt: 'liquidation',
  closingFee: 'none',
  marginHoldsFee: false,
  reducesBySteps: false,
} as const;

/** A venue whose conventions are known. */
export type VenueProfileName = 'binance' | 'bybit' | 'bybitInverse' | 'bybitUnified' | 'okx' | 'kucoin' | 'phemex';

/** The venues whose conventions are known. `binance` is the default. */
export const venueProfiles: Readonly<Record<VenueProfileName, VenueProfile>> = {
  binance: { name: 'binance', ...plain },
  bybit: { name: 'bybit', ...plain, maintenanceAt: 'entry' },
  bybitInverse: { name: 'bybitInverse', ...plain, maintenanceAt: 'entry', closingFee: 'cross', step: 0.5 },
  bybitUnified: { name: 'bybitUnified', ...plain },
  okx: { name: 'okx', ...plain, closingFee: 'always', reducesBySteps: true },
  kucoin: { name: 'kucoin', ...plain, closingFee: 'always' },
  phemex: { name: 'phemex', ...plain, closingFee: 'always', marginHoldsFee: true },
};

/** The profile of a name, or the one given. @throws {ConfigError} If there is none of that name. */
export function profileOf(given: VenueProfileName | VenueProfile = 'binance'): VenueProfile {
  if (typeof given !== 'string') {
    checkProfile(given);
    return given;
  }
  const found = (venueProfiles as Readonly<Record<string, VenueProfile | undefined>>)[given];
  if (found !== undefined) return found;
  const names = Object.keys(venueProfiles);
  const near = nearestName(given, names);
  throw new ConfigError(
    `profile must be one of ${names.join(', ')}, was '${given as string}'${near === undefined ? '' : `: did you mean '${near}'?`}`,
    { context: { field: 'profile' } },
  );
}

const profileNames = ['name', 'maintenanceAt', 'closingFee', 'marginHoldsFee', 'step', 'reducesBySteps'] as const;

/** Throws a ConfigError for a profile of one's own that leaves a question open. */
function checkProfile(given: VenueProfile): void {
  checkNames('field of profile', given, profileNames);
  checkSwitches(given, ['marginHoldsFee', 'reducesBySteps']);
  const refuse = (field: keyof VenueProfile, wanted: string): never => {
    throw new ConfigError(`profile.${field} must be ${wanted}, was ${shown(given[field])}`, {
      context: { field: `profile.${field}` },
    });
  };
  const { name, maintenanceAt, closingFee, marginHoldsFee, reducesBySteps, step }: Partial<VenueProfile> = given;
  if (typeof name !== 'string' || name === '') refuse('name', 'a text');
  if (!['entry', 'liquidation'].includes(maintenanceAt)) refuse('maintenanceAt', "'entry' or 'liquidation'");
  if (!['none', 'cross', 'always'].includes(closingFee)) refuse('closingFee', "'none', 'cross' or 'always'");
  if (typeof marginHoldsFee !== 'boolean') refuse('marginHoldsFee', 'true or false');
  if (typeof reducesBySteps !== 'boolean') refuse('reducesBySteps', 'true or false');
  if (step !== undefined && !(step > 0 && Number.isFinite(step))) refuse('step', 'a number above 0');
}

/** A liquidation price at less than this share of the entry, or beyond its inverse for an inverse contract, is none. */
const leastShare = 1e-12;

/** One side of a contract. */
export interface Side<N> {
  /** Signed units. */
  readonly size: N;
  readonly entry: N;
}

/** A position and what carries it. */
export interface Carried<N> extends Side<N> {
  /** What carries it, in settle currency: its margin where it is isolated; in cross, the wallet with the profit and without the maintenance of the other positions. */
  readonly balance: N;
  /** Fee rate for closing, where the profile counts it. */
  readonly closingFee: N;
  /** The other side of the same contract, in cross margin and hedge mode: one price moves both. */
  readonly twin?: Side<N> | undefined;
}

/**
 * The price at which a position is liquidated: balance + unrealised profit = maintenance margin (plus the closing fee by profile), in
 * the tier that the value at that price lies in. Of a size that is not 0; undefined where no positive price solves it. Not rounded, unless the profile says so.
 *
 * An inverse contract is the linear one of the reciprocal price: a long is a short in 1 / price.
 */
export function liquidationPrice<N>(
  a: Arithmetic<N>,
  terms: Terms<N>,
  profile: VenueProfile,
  { size, entry, balance, closingFee, twin }: Carried<N>,
): N | undefined {
  const side = a.sign(size);
  const isInverse = terms.kind === 'inverse';
  const units = a.mul(a.abs(size), terms.contractSize);
  const one = a.of(1);
  const start = isInverse ? a.div(one, entry) : entry;
  const long = isInverse ? side < 0 : side > 0;
  const solved =
    twin !== undefined
      ? solveBoth(a, terms, profile, [{ size, entry }, twin], balance, closingFee)
      : profile.maintenanceAt === 'entry'
        ? solveAtEntry(a, terms, long, units, start, balance, terms.notional(a.abs(size), entry), closingFee)
        : solve(a, terms, long, units, start, balance, closingFee);
  if (solved === undefined) return undefined;
  // What rounding leaves of a position that no price liquidates, such as a short of an inverse contract without leverage.
  const least = a.mul(start, a.of(leastShare));
  const isBelow = a.compare(solved, least) <= 0;
  if (isBelow && long) return undefined;
  // A short that owes more than it was sold for is due at every price.
  const at = isBelow ? least : solved;
  const price = isInverse ? a.div(one, at) : at;
  return profile.step === undefined ? price : rounded(a, price, profile.step, side > 0);
}

/** balance + s q (x - e) = q x (r + f) - A, tier by tier, from the side that the price comes from. */
function solve<N>(
  a: Arithmetic<N>,
  { tiers }: Terms<N>,
  isLong: boolean,
  units: N,
  start: N,
  balance: N,
  closingFee: N,
): N | undefined {
  const count = Math.max(1, tiers.length);
  for (let k = 0; k < count; k++) {
    // A falling price passes the large tiers first, a rising one the small ones.
    const at = isLong ? count - 1 - k : k;
    const tier = tiers[at];
    const rate = a.add(tier?.rate ?? a.zero, closingFee);
    const amount = tier?.amount ?? a.zero;
    const cost = a.mul(units, start);
    const top = isLong ? a.sub(a.sub(cost, balance), amount) : a.add(a.add(cost, balance), amount);
    const factor = isLong ? a.sub(a.of(1), rate) : a.add(a.of(1), rate);
    const value = a.div(top, factor);
    // `value` is units times the price: the value of the position where it is liquidated.
    const above = at === 0 ? undefined : tiers[at - 1]!.upTo;
    const below = at === count - 1 ? undefined : tier!.upTo;
    const isAbove = above === undefined || a.compare(value, above) > 0;
    const isBelow = below === undefined || a.compare(value, below) <= 0;
    if (isAbove && isBelow) return a.div(top, a.mul(units, factor));
    // A step between tiers: it is already due at the edge that the price reaches first.
    if (isLong && !isBelow) return a.div(below!, units);
    if (!isLong && !isAbove) return a.div(above!, units);
  }
  return undefined;
}

/** balance + s q (x - e) = q e r - A (+ q x f). */
function solveAtEntry<N>(
  a: Arithmetic<N>,
  terms: Terms<N>,
  isLong: boolean,
  units: N,
  start: N,
  balance: N,
  value: N,
  closingFee: N,
): N {
  const spare = a.sub(balance, terms.maintenance(value));
  const cost = a.mul(units, start);
  const top = isLong ? a.sub(cost, spare) : a.add(cost, spare);
  const factor = isLong ? a.sub(a.of(1), closingFee) : a.add(a.of(1), closingFee);
  return a.div(top, a.mul(units, factor));
}

/** A stretch of prices with one tier for each side of a contract, and what is to spare in it: `slope` x price - `gone`. */
interface Stretch<N> {
  /** Where it begins, and where it ends; undefined without an end. */
  readonly from: N;
  readonly to: N | undefined;
  readonly slope: N;
  readonly gone: N;
}

/**
 * The same for both sides of a contract, as Binance's formula for hedge mode has it: the profits of both and the maintenance of both at one price.
 * What is to spare is greatest at some price, where the maintenance grows as fast as the profit: a long is liquidated below it, a short above.
 *
 * @param sides - The one that is asked for first.
 */
function solveBoth<N>(
  a: Arithmetic<N>,
  terms: Terms<N>,
  profile: VenueProfile,
  sides: readonly [Side<N>, Side<N>],
  balance: N,
  closingFee: N,
): N | undefined {
  const stretches = stretchesOf(a, terms, profile, sides, balance, closingFee);
  const isLong = a.sign(sides[0].size) > 0 !== (terms.kind === 'inverse');
  // From the price where most is to spare on: down for a long, up for a short.
  for (const { from, to, slope, gone } of isLong ? stretches.reverse() : stretches) {
    if (isLong ? a.sign(slope) <= 0 : a.sign(slope) >= 0) continue;
    const solved = a.div(gone, slope);
    const isAbove = a.compare(solved, from) > 0;
    const isBelow = to === undefined || a.compare(solved, to) <= 0;
    if (isAbove && isBelow) return solved;
    // It is already due at the edge that the price reaches first.
    if (isLong && !isBelow) return to;
    if (!isLong && !isAbove) return from;
  }
  return undefined;
}

function stretchesOf<N>(
  a: Arithmetic<N>,
  terms: Terms<N>,
  profile: VenueProfile,
  sides: readonly Side<N>[],
  balance: N,
  closingFee: N,
): Stretch<N>[] {
  const { tiers, kind, contractSize } = terms;
  const isInverse = kind === 'inverse';
  const isAtEntry = profile.maintenanceAt === 'entry';
  const positions = sides.map(({ size, entry }) => {
    const units = a.mul(isInverse ? a.neg(size) : size, contractSize);
    const start = isInverse ? a.div(a.of(1), entry) : entry;
    return { units, start, held: a.abs(units), maintenance: terms.maintenance(terms.notional(a.abs(size), entry)) };
  });
  const edges = isAtEntry
    ? []
    : positions
        .flatMap(({ held }) => tiers.slice(0, -1).map(({ upTo }) => a.div(upTo, held)))
        .sort((one, other) => a.compare(one, other));
  return [...edges, undefined].map((to, k) => {
    const from = k === 0 ? a.zero : edges[k - 1]!;
    let [slope, gone] = [a.zero, a.neg(balance)];
    for (const { units, start, held, maintenance } of positions) {
      const tier = tiers.find(({ upTo }, at) => at === tiers.length - 1 || (to !== undefined && a.compare(to, a.div(upTo, held)) <= 0)); // prettier-ignore
      const rate = isAtEntry || tier === undefined ? a.zero : tier.rate;
      const kept = isAtEntry ? maintenance : a.neg(tier?.amount ?? a.zero);
      slope = a.sub(a.add(slope, units), a.mul(held, a.add(rate, closingFee)));
      gone = a.add(a.add(gone, a.mul(units, start)), kept);
    }
    return { from, to, slope, gone };
  });
}

function rounded<N>(a: Arithmetic<N>, price: N, step: number, isUp: boolean): N {
  const steps = a.toNumber(price) / step;
  const whole = isUp ? Math.ceil(steps - 1e-9) : Math.floor(steps + 1e-9);
  return a.mul(a.of(whole), a.of(step));
}
