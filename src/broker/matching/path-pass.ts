/** An exchange's matching: the orders of a step are booked in the order in which the path of its bars meets them. */
import { floorToStep } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import { refuseBy } from '../orders/order-state.ts';
import { postBehind, sizeByQuote } from './flags.ts';
import { Refill } from '../orders/refill.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import type { BarMatching, MatchParts, SequenceRule } from './bar-matching.ts';
import { BarVolumes } from './bar-volume.ts';
import { BarTrial } from './bar-trial.ts';
import { AmbiguityCount, finerBars, type FinerBars, type IntrabarPolicy } from './intrabar.ts';
import { emptyBar, openedAt, readBar, readOpen, type MatchBar } from './match-bar.ts';
import { canBeMet, matchAtOpen, matchAtPrice, matchAtSessionEnd, meets, wayTo } from './path-rules.ts';

/**
 * Everything at the open of the new bars comes first, then each data's path in the order the datas were added. At one moment, orders that
 * free cash come before orders that need it, then the earlier placed one comes first. An exit acts from the moment of its entry's fill.
 *
 * Where the policy is not a path (`pessimistic`, `optimistic`, `creationOrder`) and two or more orders can act inside a bar, both paths are
 * booked on trial and one of them stands.
 */
export class PathPass implements BarMatching {
  readonly ambiguity = new AmbiguityCount();
  private readonly volumes = new BarVolumes();
  private readonly parts: MatchParts;
  private readonly trial: BarTrial;
  /** Whether slippage or a volume filler looks at more of the bar than its open. */
  private readonly readsWhole: boolean;
  /** The orders that the bars of this step can reach. */
  private readonly actors = new Refill<WorkingOrder>();
  /** The orders of one data on its path, exits that have woken on it included. */
  private readonly walkers = new Refill<WorkingOrder>();
  private readonly bars: MatchBar[] = [];
  private readonly fine = emptyBar();
  private timelines: readonly Timeline[] = [];
  /** Number of the first order filled on the path being walked; Infinity before one. */
  private firstFilled = Infinity;

  constructor(parts: MatchParts) {
    this.parts = parts;
    this.trial = new BarTrial(parts);
    this.readsWhole = parts.slippage.atOpen || parts.filler !== undefined;
  }

  get warnings(): readonly string[] {
    return this.volumes.warnings;
  }

  run(timelines: readonly Timeline[]): void {
    const { desk } = this.parts;
    this.timelines = timelines;
    desk.isMatching = true;
    const first = desk.pending.items[0]!;
    if (desk.pending.count === 1 && first.type === 'market' && first.hasNoRelatives) this.bookAlone(first);
    else {
      this.collect();
      if (this.actors.count > 0) this.book();
    }
    desk.isMatching = false;
    desk.sweep();
  }

  /** Books a market order that is the only order: nothing of its bar but the open matters. */
  private bookAlone(working: WorkingOrder): void {
    const { timelines, volumes } = this;
    const { dataId } = working;
    const timeline = timelines[dataId]!;
    if (!timeline.isNew || timeline.moves < working.firstIndex || !working.isWorking) return;
    if (timelines.length > 1 && openedAt(timeline) < working.createdClock) return;
    const bar = (this.bars[dataId] ??= emptyBar());
    if (this.readsWhole) readBar(timeline, 0, bar);
    else readOpen(timeline, bar);
    if (bar.time > working.validUntil) this.parts.desk.end(working, 'expired', 'its validity ended');
    else if (working.isActive && working.matchedTime !== bar.time && volumes.trades(timeline)) this.fillAtOpen(working);
  }

  /** Finds the orders that the new bars can reach, and ends those that have expired. */
  private collect(): void {
    const { timelines, actors, parts } = this;
    const { desk } = parts;
    const { items, count } = desk.pending;
    const isShared = timelines.length > 1;
    actors.clear();
    let barOf = -1;
    let low = NaN;
    let high = NaN;
    let time = NaN;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      const { dataId } = working;
      // Most resting orders are not reached by most bars: one comparison decides.
      if (dataId === barOf && time <= working.validUntil) {
        if (working.waitsFor === 'low' ? working.price < low : working.waitsFor === 'high' && working.price > high)
          continue;
      }
      const timeline = timelines[dataId]!;
      if (!timeline.isNew || timeline.moves < working.firstIndex || !working.isWorking) continue;
      if (barOf !== dataId) {
        const bar = (this.bars[dataId] ??= emptyBar());
        readBar(timeline, 0, bar);
        barOf = dataId;
        time = bar.time;
        low = Math.min(bar.low, bar.open);
        high = Math.max(bar.high, bar.open);
      }
      if (isShared && openedAt(timeline) < working.createdClock) continue;
      if (time > working.validUntil) desk.end(working, 'expired', 'its validity ended');
      else if (working.isActive && working.matchedTime !== time && this.volumes.trades(timeline)) {
        if (working.waitsFor === 'low' ? working.price < low : working.waitsFor === 'high' && working.price > high)
          continue;
        actors.push(working);
      }
    }
  }

  private book(): void {
    const { timelines, parts } = this;
    this.bookOpens();
    if (!this.hasWalkers()) return;
    if (timelines.length === 1) {
      this.bookPath(timelines[0]!);
      return;
    }
    for (let id = 0; id < timelines.length; id++) {
      const timeline = timelines[id]!;
      if (timeline.isNew && parts.desk.pending.count > 0) this.bookPath(timeline);
    }
  }

  /** Books what happens at the open: at each moment what frees cash, then what needs it, exits that this wakes included. */
  private bookOpens(): void {
    const { actors } = this;
    if (this.parts.isInTurn === true) {
      this.bookOpensInTurn();
      return;
    }
    const { count } = actors;
    if (count === 1) {
      this.fillAtOpen(actors.items[0]!);
      if (actors.count === count) return;
    }
    for (let next = this.firstAtOpen(); next !== undefined; next = this.firstAtOpen()) {
      next.openedTime = this.bars[next.dataId]!.time;
      this.fillAtOpen(next);
    }
  }

  /** The order that comes first among those that the open lets act and that it has not been shown to. */
  private firstAtOpen(): WorkingOrder | undefined {
    const { actors, bars } = this;
    let found: WorkingOrder | undefined;
    for (let k = 0; k < actors.count; k++) {
      const working = actors.items[k]!;
      const { open, time } = bars[working.dataId]!;
      if (!working.isWorking || !working.isActive || working.matchedTime === time || working.openedTime === time)
        continue;
      if (working.trail !== undefined) working.follow(open);
      if (!working.hasFlags && Number.isNaN(meets(working, open, open))) continue;
      if (found === undefined || this.comesFirst(working, found)) found = working;
    }
    return found;
  }

  /** In an account at a venue: what frees cash, up to the first order of its data that needs it, then the others in turn. */
  private bookOpensInTurn(): void {
    const { actors } = this;
    for (let from = 0; from < actors.count;) {
      const to = actors.count;
      this.freeInTurn(from, to);
      for (let k = from; k < to; k++) this.fillAtOpen(actors.items[k]!);
      // Exits whose entry was just filled are behind the others.
      from = to;
    }
  }

  /** Fills what frees cash, on each data up to the first order that needs it. */
  private freeInTurn(from: number, to: number): void {
    const { actors } = this;
    const blocked = new Set<number>();
    for (let k = from; k < to; k++) {
      const working = actors.items[k]!;
      if (blocked.has(working.dataId)) continue;
      if (this.frees(working)) this.fillAtOpen(working);
      else blocked.add(working.dataId);
    }
  }

  /** Whether the open has left an order that the inside of a bar can execute. */
  private hasWalkers(): boolean {
    const { actors } = this;
    for (let k = 0; k < actors.count; k++) {
      const working = actors.items[k]!;
      if (working.isWorking && working.isActive) return true;
    }
    return false;
  }

  private frees({ dataId, sign }: WorkingOrder): boolean {
    return this.parts.portfolio.positionOf(dataId).size * sign < 0;
  }

  private fillAtOpen(working: WorkingOrder): void {
    const bar = this.bars[working.dataId]!;
    if (!working.isWorking || !working.isActive || working.matchedTime === bar.time) return;
    if (working.hasFlags && !this.meetsFlags(working, bar)) return;
    working.reached = NaN;
    if (matchAtOpen(working, bar, this.parts.slippage)) this.fill(working, bar, this.actors);
    // Slippage takes it where no fill is allowed.
    else if (!Number.isNaN(working.reached)) working.matchedTime = bar.time;
  }

  /** Whether an order with flags is matched like any other; if not it has been dealt with. */
  private meetsFlags(working: WorkingOrder, bar: MatchBar): boolean {
    const { desk, filler, booking } = this.parts;
    const { sign, type, postOnly, timeInForce, quoteSize, price } = working;
    const takes = type === 'market' || (sign > 0 ? price >= bar.open : price <= bar.open);
    if (quoteSize === quoteSize) sizeByQuote(working, quoteSize, bar.open, booking.lotOf(working));
    if (postOnly !== undefined) {
      if (takes) return postBehind(working, bar.open, desk);
      // It rests in the book from now on.
      working.postOnly = undefined;
    }
    if (timeInForce === 'gtc') return true;
    const most = filler === undefined ? Infinity : filler.fillable(working.remaining, bar.open, bar);
    if (timeInForce === 'fok' && takes && most < working.remaining) {
      refuseBy(working.order, 'fok');
      desk.end(working, 'canceled', `fill or kill: the bar takes ${most} of ${working.remaining}`);
      return false;
    }
    working.reached = NaN;
    if (takes && matchAtOpen(working, bar, this.parts.slippage)) this.fill(working, bar, this.actors);
    if (working.isWorking) {
      const reason = takes ? 'the rest was not taken at once' : `the open ${bar.open} was beyond its price ${price}`;
      desk.end(working, 'canceled', `${timeInForce === 'fok' ? 'fill or kill' : 'immediate or cancel'}: ${reason}`);
    }
    return false;
  }

  /** Books what happens inside the new bar of one data. */
  private bookPath(timeline: Timeline): void {
    const bar = this.bars[timeline.id];
    const { walkers, actors } = this;
    if (bar === undefined) return;
    walkers.clear();
    let count = 0;
    for (let k = 0; k < actors.count; k++) {
      const working = actors.items[k]!;
      if (working.dataId !== timeline.id || !working.isWorking || !working.isActive) continue;
      if (working.matchedTime === bar.time) continue;
      walkers.push(working);
      count += this.weightOf(working, bar);
    }
    if (walkers.count === 0) return;
    const { intrabar } = this.parts;
    const finer = intrabar === 'lowerTimeframe' ? finerBars(this.timelines, timeline) : undefined;
    if (count > 1 && finer === undefined && this.isOneWay(bar)) this.walk(bar, intrabar === 'openHighLowClose', bar);
    else if (count > 1) this.bookEither(timeline.id, bar, intrabar, finer);
    else if (count === 1 && finer !== undefined) this.walkFiner(timeline.id, bar, finer);
    else if (count === 1) this.walk(bar, false, bar);
    else this.trail(bar);
    this.bookSessionEnd(bar);
  }

  /** How many orders can act inside the bar because of this one; 2 for one whose own path matters. */
  private weightOf(working: WorkingOrder, bar: MatchBar): number {
    const own = canBeMet(working, bar);
    if (own === 0 || working.children === undefined) return own;
    let all = own;
    for (const child of working.children) {
      if (child.dataId === working.dataId && !child.isActive) all += canBeMet(child, bar);
    }
    return all;
  }

  /**
   * Whether all that can act inside the bar lies on one side of its open, at fixed prices: both paths meet the same orders at the same prices
   * in the same order, and nothing has to be tried.
   */
  private isOneWay(bar: MatchBar): boolean {
    const { walkers } = this;
    let way = 0;
    for (let k = 0; k < walkers.count; k++) {
      const working = walkers.items[k]!;
      const own = wayTo(working, bar);
      if (own === undefined || own * way < 0) return false;
      if (own !== 0) way = own;
      if (own === 0 || working.children === undefined) continue;
      for (const child of working.children) {
        if (child.isActive || child.dataId !== working.dataId) continue;
        const itsWay = wayTo(child, bar);
        if (itsWay === undefined || itsWay * way < 0) return false;
      }
    }
    return true;
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
    let isHighFirst = this.isHighFirst(policy, lowFirst, highFirst, lowFirstOrder, highFirstOrder);
    if (finer !== undefined) {
      trial.restore();
      walkers.count = walking;
      this.walkFiner(dataId, bar, finer);
      isHighFirst = false;
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

  /** Walks along finer bars of the same symbol; where one of them is ambiguous itself, the worse of its paths stands. */
  private walkFiner(dataId: number, bar: MatchBar, { timeline, from, to }: FinerBars): void {
    const { fine, walkers, trial, parts } = this;
    const { portfolio } = parts;
    for (let index = from; index < to; index++) {
      readBar(timeline, timeline.index - index, fine);
      this.meetAll(fine.open, fine, bar);
      let count = 0;
      for (let k = 0; k < walkers.count; k++) {
        const working = walkers.items[k]!;
        if (working.isWorking && working.isActive && working.matchedTime !== bar.time)
          count += this.weightOf(working, fine);
      }
      if (count < 2) {
        this.walk(fine, false, bar);
        continue;
      }
      const walking = walkers.count;
      const inner = trial.begin(dataId);
      this.walk(fine, false, bar);
      const lowFirst = portfolio.worthAt(dataId, fine.close);
      inner.restore();
      walkers.count = walking;
      this.walk(fine, true, bar);
      if (!this.isHighFirst('pessimistic', lowFirst, portfolio.worthAt(dataId, fine.close), 0, 0)) {
        inner.restore();
        walkers.count = walking;
        this.walk(fine, false, bar);
      }
      inner.keep();
    }
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

  /** Books the orders that are met at one price, without the price moving. */
  private meetAll(price: number, bar: MatchBar, whole: MatchBar): void {
    for (let next = this.nextMet(price, price, whole); next !== undefined; next = this.nextMet(price, price, whole)) {
      this.act(next, price, bar, whole);
    }
    this.followAll(price, whole);
  }

  /** The order that the price meets first on its way. */
  private nextMet(from: number, to: number, whole: MatchBar): WorkingOrder | undefined {
    const { walkers } = this;
    let found: WorkingOrder | undefined;
    let nearest = Infinity;
    for (let k = 0; k < walkers.count; k++) {
      const working = walkers.items[k]!;
      if (!working.isWorking || !working.isActive || working.matchedTime === whole.time) continue;
      const at = meets(working, from, to);
      if (at !== at) continue;
      const distance = Math.abs(at - from);
      if (found === undefined || distance < nearest || (distance === nearest && this.comesFirst(working, found))) {
        found = working;
        nearest = distance;
      }
    }
    return found;
  }

  /** Whether an order comes before another at the same moment: what frees cash first, then what was placed earlier. */
  private comesFirst(one: WorkingOrder, other: WorkingOrder): boolean {
    const [frees, otherFrees] = [this.frees(one), this.frees(other)];
    return frees === otherFrees ? one.place < other.place : frees;
  }

  private act(working: WorkingOrder, price: number, bar: MatchBar, whole: MatchBar): void {
    const wasTriggered = working.isTriggered;
    if (matchAtPrice(working, price, bar, this.parts.slippage)) {
      if (working.order.ref < this.firstFilled && this.firstFilled === Infinity) this.firstFilled = working.order.ref;
      this.fill(working, whole, this.walkers);
    } else if (working.isTriggered === wasTriggered) {
      // Slippage takes it where no fill is allowed.
      working.matchedTime = whole.time;
    }
  }

  private followAll(price: number, whole: MatchBar): void {
    const { walkers } = this;
    for (let k = 0; k < walkers.count; k++) {
      const working = walkers.items[k]!;
      if (working.trail !== undefined && working.isWorking && working.isActive && working.matchedTime !== whole.time) {
        working.follow(price);
      }
    }
  }

  /** Lets trailing stops follow a bar that cannot reach any of them. */
  private trail(bar: MatchBar): void {
    const { walkers } = this;
    for (let k = 0; k < walkers.count; k++) {
      const working = walkers.items[k]!;
      if (working.trail !== undefined) working.follow(working.sign < 0 ? bar.high : bar.low);
    }
  }

  private bookSessionEnd(bar: MatchBar): void {
    const { walkers } = this;
    for (let k = 0; k < walkers.count; k++) {
      const working = walkers.items[k]!;
      if (working.type !== 'close' || !working.isWorking || !working.isActive || working.matchedTime === bar.time)
        continue;
      if (matchAtSessionEnd(working, bar)) this.fill(working, bar, walkers);
    }
  }

  /** Fills a matched order, and lets the exits that this wakes join `list`. */
  private fill(working: WorkingOrder, bar: MatchBar, list: Refill<WorkingOrder>): void {
    const { filler, booking } = this.parts;
    working.matchedTime = bar.time;
    let units = working.remaining;
    if (filler !== undefined) {
      units = Math.min(units, filler.fillable(units, working.matched, bar));
      const lot = booking.lotOf(working);
      if (lot !== undefined && units < working.remaining) units = floorToStep(units, lot);
    }
    if (!(units > 0)) return;
    const time = working.rule === 'creationClose' ? working.order.createdTime : bar.time;
    booking.execute(working, units, bar.time, time);
    if (working.children === undefined || working.remaining !== 0 || working.status !== 'completed') return;
    const timeline = this.timelines[working.dataId]!;
    for (const child of working.children) {
      if (child.dataId !== working.dataId || child.isActive || !child.isWorking) continue;
      child.isActive = true;
      if (timeline.moves >= child.firstIndex) list.push(child);
    }
  }
}

/** An exchange's: along the path of the bar, exits from the moment of their entry. */
export const pathSequence: SequenceRule = {
  intrabar: 'pessimistic',
  makeMatching: (parts) => new PathPass(parts),
};
