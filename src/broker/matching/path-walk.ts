/** What an exchange books inside a bar: the price walks from the open over both extremes to the close, and orders act as it meets them. */
import type { Timeline } from '../../lines/index.ts';
import { Refill } from '../orders/refill.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import type { MatchParts } from './bar-matching.ts';
import { BarTrial } from './bar-trial.ts';
import { AmbiguityCount, finerBars, type FinerBars, type IntrabarPolicy } from './intrabar.ts';
import { emptyBar, readBar, type MatchBar } from './match-bar.ts';
import type { PathFills } from './path-fills.ts';
import { canBeMet, matchAtPrice, matchAtSessionEnd, meets, wayTo } from './path-rules.ts';

/** Walks the paths of a step, one data after the other. */
export class PathWalk {
  readonly ambiguity = new AmbiguityCount();
  private readonly parts: MatchParts;
  private readonly fills: PathFills;
  private readonly actors: Refill<WorkingOrder>;
  private readonly bars: readonly MatchBar[];
  private readonly trial: BarTrial;
  /** The orders of one data on its path, exits that have woken on it included. */
  private readonly walkers = new Refill<WorkingOrder>();
  private readonly fine = emptyBar();
  /** Number of the first order filled on the path being walked; Infinity before one. */
  private firstFilled = Infinity;

  /**
   * @param actors - The orders that the bars of this step can reach.
   * @param bars - The new bar of each data.
   */
  constructor(parts: MatchParts, fills: PathFills, actors: Refill<WorkingOrder>, bars: readonly MatchBar[]) {
    this.parts = parts;
    this.fills = fills;
    this.actors = actors;
    this.bars = bars;
    this.trial = new BarTrial(parts);
  }

  /** Books what happens inside the new bar of one data. */
  book(timeline: Timeline): void {
    const bar = this.bars[timeline.id];
    const { walkers, actors } = this;
    if (bar === undefined) return;
    walkers.clear();
    let count = 0;
    for (let k = 0; k < actors.count; k++) {
      const working = actors.items[k]!;
      if (working.dataId !== timeline.id || !working.isWorking || working.matchedTime === bar.time) continue;
      walkers.push(working);
      count += this.weightOf(working, bar);
    }
    if (walkers.count === 0) return;
    const { intrabar } = this.parts;
    const finer = intrabar === 'lowerTimeframe' ? finerBars(this.fills.timelines, timeline) : undefined;
    if (count > 1 && finer === undefined && this.isOneWay(bar)) this.walk(bar, intrabar === 'openHighLowClose', bar);
    else if (count > 1) this.bookEither(timeline.id, bar, intrabar, finer);
    else if (count === 1 && finer !== undefined) this.walkFiner(timeline.id, bar, finer);
    else if (count === 1) this.walk(bar, false, bar);
    else this.trail(bar);
    this.bookSessionEnd(bar);
  }

  /** How many orders can act inside the bar because of this one, exits of its exits included; 2 for one whose own path matters. */
  private weightOf(working: WorkingOrder, bar: MatchBar): number {
    const own = canBeMet(working, bar);
    if (own === 0 || working.children === undefined) return own;
    let all = own;
    for (const child of working.children) {
      if (child.dataId === working.dataId && !child.isActive) all += this.weightOf(child, bar);
    }
    return all;
  }

  /**
   * Whether all that can act inside the bar lies on one side of its open, at fixed prices: both paths meet the same orders at the same prices
   * in the same order, and nothing has to be tried.
   */
  private isOneWay(bar: MatchBar): boolean {
    const { walkers } = this;
    let way: -1 | 0 | 1 | undefined = 0;
    for (let k = 0; k < walkers.count && way !== undefined; k++) way = this.wayWith(walkers.items[k]!, bar, way);
    return way !== undefined;
  }

  /** The way from its open on which a bar meets an order and what that wakes; undefined when it is not `way`, or not certain. */
  private wayWith(working: WorkingOrder, bar: MatchBar, way: -1 | 0 | 1): -1 | 0 | 1 | undefined {
    const own = wayTo(working, bar);
    if (own === 0) return way;
    if (own === undefined || own === -way) return undefined;
    let all: -1 | 0 | 1 | undefined = own;
    for (const child of working.children ?? none) {
      if (all === undefined) break;
      if (!child.isActive && child.dataId === working.dataId) all = this.wayWith(child, bar, all);
    }
    return all;
  }

  /** Books a bar inside which several orders can act, by the policy, and counts what the other policies would have changed. */
  private bookEither(dataId: number, bar: MatchBar, policy: IntrabarPolicy, finer: FinerBars | undefined): void {
    const { trial, walkers, ambiguity, parts } = this;
    const { portfolio } = parts;
    const walking = walkers.count;
    const held = portfolio.positionOf(dataId).size;
    trial.save(dataId);
    this.walk(bar, false, bar);
    const lowFirst = portfolio.worthAt(dataId, bar.close);
    const lowFirstOrder = this.firstFilled;
    trial.restore();
    walkers.count = walking;
    this.walk(bar, true, bar);
    const highFirst = portfolio.worthAt(dataId, bar.close);
    const highFirstOrder = this.firstFilled;
    const isHighFirst = this.isHighFirst(policy, lowFirst, highFirst, lowFirstOrder, highFirstOrder);
    if (finer !== undefined) {
      trial.restore();
      walkers.count = walking;
      this.walkFiner(dataId, bar, finer);
    } else if (!isHighFirst) {
      trial.restore();
      walkers.count = walking;
      this.walk(bar, false, bar);
    }
    trial.keep();
    if (Math.abs(lowFirst - highFirst) <= 1e-9 * (Math.abs(lowFirst) + Math.abs(highFirst))) return;
    const chosen = portfolio.worthAt(dataId, bar.close);
    const byCreation = this.isHighFirst('creationOrder', lowFirst, highFirst, lowFirstOrder, highFirstOrder);
    ambiguity.countPaths(held === 0, finer === undefined, chosen, lowFirst, highFirst, byCreation);
  }

  /** Whether the path that goes to the high first stands. */
  private isHighFirst(policy: IntrabarPolicy, low: number, high: number, lowOrder: number, highOrder: number): boolean {
    // Differences by rounding must not decide: float and decimal ledgers would part.
    const tolerance = 1e-9 * (Math.abs(low) + Math.abs(high));
    switch (policy) {
      case 'openHighLowClose':
        return true;
      case 'openLowHighClose':
        return false;
      case 'optimistic':
        return high - low > tolerance;
      case 'creationOrder':
        return highOrder < lowOrder;
      default:
        return low - high > tolerance;
    }
  }

  /** Walks along finer bars of the same symbol, and then to what they do not show of the bar. */
  private walkFiner(dataId: number, bar: MatchBar, { timeline, from, to }: FinerBars): void {
    const { fine } = this;
    let low = Infinity;
    let high = -Infinity;
    for (let index = from; index < to; index++) {
      readBar(timeline, timeline.index - index, fine);
      low = Math.min(low, fine.low);
      high = Math.max(high, fine.high);
      this.walkPart(dataId, fine, bar);
    }
    if (low <= bar.low && high >= bar.high) return;
    // What they do not show of the bar comes last.
    fine.open = fine.close;
    fine.close = bar.close;
    fine.low = low > bar.low ? bar.low : Math.min(fine.open, fine.close);
    fine.high = high < bar.high ? bar.high : Math.max(fine.open, fine.close);
    fine.volume = bar.volume;
    this.walkPart(dataId, fine, bar);
  }

  /** Walks along a part of a bar; where several orders can act inside it, the worse of its paths stands. */
  private walkPart(dataId: number, part: MatchBar, bar: MatchBar): void {
    const { walkers, trial, parts } = this;
    const { portfolio } = parts;
    this.followAll(part.open, bar);
    let count = 0;
    for (let k = 0; k < walkers.count; k++) {
      const working = walkers.items[k]!;
      if (working.isWorking && working.matchedTime !== bar.time) count += this.weightOf(working, part);
    }
    if (count < 2) {
      this.walk(part, false, bar);
      return;
    }
    const walking = walkers.count;
    const inner = trial.begin(dataId);
    this.walk(part, false, bar);
    const lowFirst = portfolio.worthAt(dataId, part.close);
    inner.restore();
    walkers.count = walking;
    this.walk(part, true, bar);
    if (!this.isHighFirst('pessimistic', lowFirst, portfolio.worthAt(dataId, part.close), 0, 0)) {
      inner.restore();
      walkers.count = walking;
      this.walk(part, false, bar);
    }
    inner.keep();
  }

  /** Walks from the open of a bar over both extremes to its close and books every order that the price meets. */
  private walk(bar: MatchBar, isHighFirst: boolean, whole: MatchBar): void {
    this.firstFilled = Infinity;
    let price = bar.open;
    price = this.walkTo(price, isHighFirst ? bar.high : bar.low, bar, whole);
    price = this.walkTo(price, isHighFirst ? bar.low : bar.high, bar, whole);
    this.walkTo(price, bar.close, bar, whole);
  }

  private walkTo(from: number, to: number, bar: MatchBar, whole: MatchBar): number {
    let price = from;
    for (;;) {
      const next = this.nextMet(price, to, whole);
      if (next === undefined) break;
      price = meets(next, price, to);
      this.followAll(price, whole);
      this.act(next, price, bar, whole);
    }
    this.followAll(to, whole);
    return to;
  }

  /** The order that the price meets first on its way. */
  private nextMet(from: number, to: number, whole: MatchBar): WorkingOrder | undefined {
    const { walkers } = this;
    let found: WorkingOrder | undefined;
    let nearest = Infinity;
    for (let k = 0; k < walkers.count; k++) {
      const working = walkers.items[k]!;
      if (!working.isWorking || working.matchedTime === whole.time) continue;
      const at = meets(working, from, to);
      if (at !== at) continue;
      const distance = Math.abs(at - from);
      if (
        found === undefined ||
        distance < nearest ||
        (distance === nearest && this.fills.comesFirst(working, found))
      ) {
        found = working;
        nearest = distance;
      }
    }
    return found;
  }

  private act(working: WorkingOrder, price: number, bar: MatchBar, whole: MatchBar): void {
    working.reached = NaN;
    if (matchAtPrice(working, price, bar, this.parts.slippage)) {
      if (this.firstFilled === Infinity) this.firstFilled = working.order.ref;
      this.fills.fill(working, whole, this.walkers);
    }
    // Slippage takes it where no fill is allowed.
    else if (!Number.isNaN(working.reached)) working.matchedTime = whole.time;
  }

  private followAll(price: number, whole: MatchBar): void {
    const { walkers } = this;
    for (let k = 0; k < walkers.count; k++) {
      const working = walkers.items[k]!;
      if (working.isWorking && working.matchedTime !== whole.time) working.follow(price);
    }
  }

  /** Lets trailing stops follow a bar that cannot reach any of them. */
  private trail(bar: MatchBar): void {
    const { walkers } = this;
    for (let k = 0; k < walkers.count; k++) {
      const working = walkers.items[k]!;
      working.follow(working.sign < 0 ? bar.high : bar.low);
    }
  }

  private bookSessionEnd(bar: MatchBar): void {
    const { walkers } = this;
    for (let k = 0; k < walkers.count; k++) {
      const working = walkers.items[k]!;
      if (working.type !== 'close' || !working.isWorking) continue;
      if (matchAtSessionEnd(working, bar)) this.fills.fill(working, bar, walkers);
    }
  }
}

const none: readonly WorkingOrder[] = [];
