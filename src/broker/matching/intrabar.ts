/** Intrabar policies: which of several prices a bar reached came first, where the bar itself does not show it. */
import type { Timeline } from '../../lines/index.ts';
import type { MatchBar } from './match-bar.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/**
 * The assumed path inside a bar that reaches opposing exits of one position.
 *
 * - `pessimistic`: the fill that is worse for the position comes first (the default).
 * - `optimistic`: the better one.
 * - `creationOrder`: the order placed first, as in Backtrader.
 * - `openHighLowClose`, `openLowHighClose`: the price went from the open to the high first, or to the low.
 * - `lowerTimeframe`: finer bars of the same symbol in the run decide, what they do not show comes last; `pessimistic` where they do not.
 */
export type IntrabarPolicy =
  'pessimistic' | 'optimistic' | 'creationOrder' | 'openHighLowClose' | 'openLowHighClose' | 'lowerTimeframe';

/** All policies, for checks at the front door. */
export const intrabarPolicies: readonly IntrabarPolicy[] = [
  'pessimistic',
  'optimistic',
  'creationOrder',
  'openHighLowClose',
  'openLowHighClose',
  'lowerTimeframe',
];

/** An exit that the bar would fill, with the price it would get. */
export interface Candidate {
  readonly working: WorkingOrder;
  readonly price: number;
}

/** The candidates in the order in which the policy lets them happen; all are exits of one position, on one side. */
export function arrange(
  candidates: readonly Candidate[],
  policy: IntrabarPolicy,
  bar: MatchBar,
  finer?: FinerBars,
): Candidate[] {
  const sorted = [...candidates];
  if (policy === 'creationOrder') return sorted;
  const key = pathKey(policy, bar, finer);
  return sorted.sort((a, b) => atOpen(b) - atOpen(a) || key(a) - key(b) || worstFirst(a, b));
}

/** Finer bars of the same symbol inside one bar, in time order. */
export interface FinerBars {
  readonly timeline: Timeline;
  readonly from: number;
  readonly to: number;
}

/** The finest bars of the same symbol that lie inside the present bar of `timeline`, where the run has them. */
export function finerBars(timelines: readonly Timeline[], timeline: Timeline): FinerBars | undefined {
  let finest: Timeline | undefined;
  for (const other of timelines) {
    if (other.info.symbol !== timeline.info.symbol) continue;
    if (other.frameMs < (finest?.frameMs ?? timeline.frameMs)) finest = other;
  }
  if (finest === undefined) return undefined;
  const open = timeline.time.at(timeline.index);
  let from = finest.index + 1;
  while (from - 1 >= finest.time.base && finest.time.at(from - 1) >= open) from--;
  return from > finest.index ? undefined : { timeline: finest, from, to: finest.index + 1 };
}

/** How many fills depended on the policy, and what the other policies would have changed. */
export class AmbiguityCount {
  /** Fills whose order inside a bar had to be assumed. */
  exits = 0;
  /** Entries of brackets in whose bar a child's price was reached too. */
  entries = 0;
  /** How much cash each policy would have added, in quote units, at the prices of these fills. */
  readonly effect: Record<Exclude<IntrabarPolicy, 'lowerTimeframe'>, number> = {
    pessimistic: 0,
    optimistic: 0,
    creationOrder: 0,
    openHighLowClose: 0,
    openLowHighClose: 0,
  };

  /**
   * Adds the count of another part of the account.
   *
   * @internal
   */
  add(other: AmbiguityCount): void {
    this.exits += other.exits;
    this.entries += other.entries;
    for (const policy of Object.keys(this.effect) as (keyof AmbiguityCount['effect'])[]) {
      this.effect[policy] += other.effect[policy];
    }
  }

  /**
   * Counts rivals that one bar reached; `chosen` is the one taken as first.
   *
   * @internal
   */
  count(candidates: readonly Candidate[], chosen: Candidate, bar: MatchBar): void {
    if (candidates.some((candidate) => atOpen(candidate) === 1)) return;
    this.exits++;
    for (const policy of Object.keys(this.effect) as (keyof AmbiguityCount['effect'])[]) {
      const first = arrange(candidates, policy, bar)[0]!;
      this.effect[policy] += (chosen.price - first.price) * chosen.working.sign * chosen.working.remaining;
    }
  }

  /**
   * Counts a bar whose two paths, low first and high first, leave different values.
   *
   * @param isEntry - Whether there was no position when it began.
   * @param isAssumed - Whether nothing but the policy decided between the paths.
   * @param chosen - The value that stands.
   * @param byCreation - Whether `creationOrder` takes the high first.
   * @internal
   */
  countPaths(
    isEntry: boolean,
    isAssumed: boolean,
    chosen: number,
    lowFirst: number,
    highFirst: number,
    byCreation: boolean,
  ): void {
    if (isAssumed && isEntry) this.entries++;
    else if (isAssumed) this.exits++;
    const { effect } = this;
    effect.pessimistic += Math.min(lowFirst, highFirst) - chosen;
    effect.optimistic += Math.max(lowFirst, highFirst) - chosen;
    effect.openLowHighClose += lowFirst - chosen;
    effect.openHighLowClose += highFirst - chosen;
    effect.creationOrder += (byCreation ? highFirst : lowFirst) - chosen;
  }

  /**
   * Counts a bracket's entry when the same bar reached the price of a child, which acts only from the next bar.
   *
   * @internal
   */
  countEntry(parent: WorkingOrder, bar: MatchBar): void {
    const isReached = (child: WorkingOrder): boolean => child.price >= bar.low && child.price <= bar.high;
    if (parent.children?.some((child) => child.order.type !== 'market' && isReached(child)) === true) this.entries++;
  }
}

/** A fill at the open came first whatever the path. */
function atOpen({ working }: Candidate): number {
  return working.rule === 'limitAtOpen' || working.rule === 'stopAtOpen' || working.rule === 'open' ? 1 : 0;
}

/** A sell exit is worse at a lower price, a buy exit at a higher one. */
function worstFirst(a: Candidate, b: Candidate): number {
  return a.working.sign * (b.price - a.price);
}

function pathKey(
  policy: IntrabarPolicy,
  bar: MatchBar,
  finer: FinerBars | undefined,
): (candidate: Candidate) => number {
  switch (policy) {
    case 'openHighLowClose':
      return ({ working }) => distance(working.level, bar, true);
    case 'openLowHighClose':
      return ({ working }) => distance(working.level, bar, false);
    case 'optimistic':
      return ({ working, price }) => working.sign * price;
    case 'lowerTimeframe':
      return finer === undefined ? () => 0 : ({ working }) => firstReached(working.level, finer);
    default:
      return () => 0;
  }
}

/** How far along the path open, first extreme, second extreme, close a price is first met. */
function distance(price: number, bar: MatchBar, highFirst: boolean): number {
  const { open, high, low } = bar;
  if (highFirst) return price > open ? price - open : high - open + (high - price);
  return price < open ? open - price : open - low + (price - low);
}

function firstReached(price: number, { timeline, from, to }: FinerBars): number {
  for (let i = from; i < to; i++) if (timeline.low.at(i) <= price && price <= timeline.high.at(i)) return i;
  return to;
}
