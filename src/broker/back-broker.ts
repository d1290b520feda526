/** The simulated broker: matches working orders against each new bar and settles what is filled. */
import { ConfigError } from '../core/index.ts';
import type { Data, Timeline } from '../lines/index.ts';
import { FloatAccount, emptySettlement, settledCash, type Account, type AccountRules } from './account.ts';
import { Blotter } from './blotter.ts';
import { checkBrokerOptions, type Broker, type BrokerOptions } from './broker.ts';
import { DecimalAccount } from './decimal-account.ts';
import type { VolumeFiller } from './filler.ts';
import { AmbiguityCount, arrange, finerBars, type Candidate, type IntrabarPolicy } from './intrabar.ts';
import { matchPrice, type MatchBar } from './matching.ts';
import { OrderDesk } from './order-desk.ts';
import type { OrderTaker } from './order-entry.ts';
import { Position, isDust } from './position.ts';
import { CommissionScheme, type CommissionOptions } from './scheme.ts';
import { noSlippage, percentSlippage, type SlippageModel } from './slippage.ts';
import type { WorkingOrder } from './working.ts';

/** A broker over history: fills come from bars, cash from its own ledger. */
export class BackBroker implements Broker, OrderTaker {
  readonly desk = new OrderDesk();
  readonly blotter = new Blotter();
  readonly ambiguity = new AmbiguityCount();
  readonly startCash: number;
  readonly slippage: SlippageModel;
  readonly intrabar: IntrabarPolicy;
  readonly latencyBars: number;
  readonly cheatOnClose: boolean;
  readonly checkSubmit: boolean;
  readonly fundMode: boolean;
  fundShares: number;
  /** Value and gross value: written each step, and numbers in fields would be boxed each time. */
  private readonly totals = new Float64Array(2);
  private readonly account: Account;
  private readonly rules: AccountRules;
  private readonly filler: VolumeFiller | undefined;
  private readonly interestInPnl: boolean;
  private readonly defaultScheme: CommissionScheme;
  private readonly schemes: CommissionScheme[] = [];
  private readonly positions: Position[] = [];
  private readonly interestDay: number[] = [];
  private readonly interestOwed: number[] = [];
  private timelines: readonly Timeline[] = [];
  private isPlain = true;
  private incoming: number[] = [];
  private readonly bar: MatchBar = { time: 0, open: 0, high: 0, low: 0, close: 0, volume: 0 };
  private readonly settlement = emptySettlement();
  private readonly trial = emptySettlement();
  private readonly trialPositions: (Position | undefined)[] = [];

  constructor(options: BrokerOptions = {}) {
    checkBrokerOptions(options);
    const { cash = 10_000, commission = 0, slippage = 0, ledger = 'float' } = options;
    this.startCash = cash;
    this.rules = { shortCash: options.shortCash ?? true };
    this.account = ledger === 'decimal' ? new DecimalAccount(cash, this.rules) : new FloatAccount(cash, this.rules);
    this.defaultScheme = new CommissionScheme(typeof commission === 'number' ? { commission } : commission);
    if (typeof slippage === 'number') this.slippage = slippage === 0 ? noSlippage : percentSlippage(slippage);
    else this.slippage = slippage;
    this.filler = options.filler;
    this.latencyBars = options.latencyBars ?? 0;
    this.intrabar = options.intrabar ?? 'pessimistic';
    this.cheatOnClose = options.cheatOnClose ?? false;
    this.checkSubmit = options.checkSubmit ?? true;
    this.interestInPnl = options.interestInPnl ?? true;
    this.fundMode = options.fundMode ?? false;
    this.totals[0] = cash;
    this.fundShares = cash / (options.fundStart ?? 100);
  }

  get cash(): number {
    return this.account.cash;
  }

  /** Cash and positions at their latest closes. */
  get value(): number {
    return this.totals[0]!;
  }

  /** Absolute value of all positions together. */
  get grossValue(): number {
    return this.totals[1]!;
  }

  get fundValue(): number {
    return this.totals[0]! / this.fundShares;
  }

  /** Takes over the datas of a run, with their own schemes by name where they have one. */
  open(timelines: readonly Timeline[], schemes: ReadonlyMap<string, CommissionOptions>): void {
    this.timelines = timelines;
    for (const [id, timeline] of timelines.entries()) {
      const own = schemes.get(timeline.info.name);
      this.schemes[id] = own === undefined ? this.defaultScheme : new CommissionScheme(own);
      this.positions[id] = new Position();
      this.interestDay[id] = 0;
      this.interestOwed[id] = 0;
    }
    this.isPlain =
      this.rules.shortCash &&
      this.schemes.every((s) => s.isSpot && s.leverage === 1 && s.interest === 0 && s.multiplier === 1);
  }

  schemeOf(dataId: number): CommissionScheme {
    return this.schemes[dataId]!;
  }

  positionOf(dataId: number): Position {
    return this.positions[dataId]!;
  }

  getPosition(data: Data): Readonly<Position> {
    const position = this.positions[data.timeline.id];
    if (position === undefined || this.timelines[data.timeline.id] !== data.timeline) {
      throw new ConfigError(`data '${data.name}' is not part of this run`);
    }
    return position;
  }

  getValue(data: Data): number {
    const position = this.getPosition(data);
    return position.size === 0 ? 0 : this.schemeOf(data.timeline.id).value(position.size, data.close.now);
  }

  addCash(amount: number): void {
    if (!Number.isFinite(amount)) throw new ConfigError(`amount must be a number, was ${amount}`);
    this.incoming.push(amount);
  }

  submit(working: WorkingOrder, isTransmitted: boolean): void {
    this.desk.submit(working, isTransmitted, !this.checkSubmit);
  }

  cancel(working: WorkingOrder): boolean {
    return this.desk.end(working, 'canceled');
  }

  /** Everything the broker does with a new step: children wake, orders are checked, interest is paid, bars are matched. */
  step(): void {
    const { desk } = this;
    if (desk.isBusy) this.work();
    if (!this.isPlain) this.settleDaily();
    this.mark();
  }

  private work(): void {
    const { desk } = this;
    desk.wake();
    if (desk.submitted.count > 0) this.checkSubmitted();
    if (!this.isPlain) this.payInterest();
    if (desk.pending.count > 0) this.matchPending();
  }

  /** Values cash and positions at the latest closes. */
  mark(): void {
    if (this.incoming.length > 0) this.takeIncoming();
    let worth = 0;
    let gross = 0;
    for (let id = 0; id < this.positions.length; id++) {
      const position = this.positions[id]!;
      if (position.size === 0) continue;
      const timeline = this.timelines[id]!;
      const close = timeline.close.values[timeline.index - timeline.close.base]!;
      const value = this.isPlain ? position.size * close : this.markedValue(position, this.schemes[id]!, close);
      worth += value;
      gross += Math.abs(value);
    }
    const value = this.account.cash + worth;
    this.totals[0] = value;
    this.totals[1] = gross;
  }

  private markedValue(position: Position, scheme: CommissionScheme, close: number): number {
    if (!scheme.isSpot) return scheme.value(position.size, position.price);
    const gain = scheme.pnl(position.size, position.price, close);
    if (position.size < 0) {
      if (this.rules.shortCash) return scheme.value(position.size, close);
      return Math.abs(scheme.value(position.size, position.price)) + gain;
    }
    return scheme.value(position.size, position.price) / scheme.leverage + gain;
  }

  private takeIncoming(): void {
    for (const amount of this.incoming) {
      this.fundShares += amount / this.fundValue;
      this.account.add(amount);
    }
    this.incoming = [];
  }

  /** Accepts the submitted orders that the cash covers if all of them were filled at their prices, one after another. */
  private checkSubmitted(): void {
    const { desk, trial } = this;
    const { items, count } = desk.submitted;
    let cash = this.account.cash;
    for (let k = 0; k < count; k++) this.trialPositions[items[k]!.dataId] = undefined;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.status !== 'submitted') continue;
      const { scheme, sign, remaining, dataId } = working;
      const position = (this.trialPositions[dataId] ??= this.positions[dataId]!.copy());
      const price = this.trialPrice(working);
      const left = settledCash(cash, position, scheme, sign * remaining, price, this.rules, trial, true);
      if (trial.isShortOfCash) {
        desk.refuse(working, `the cash would be short by ${round(-left)} of what it costs`);
        continue;
      }
      cash = left;
      position.update(trial.closed + trial.opened, price);
      desk.accept(working);
    }
    desk.submitted.clear();
  }

  private trialPrice(working: WorkingOrder): number {
    if (working.order.type !== 'market' || !working.isForThisOpen) return working.order.price;
    const timeline = this.timelines[working.dataId]!;
    return timeline.open.at(timeline.index);
  }

  private matchPending(): void {
    const { desk, bar } = this;
    let barOf = -1;
    const { items, count } = desk.pending;
    desk.isMatching = true;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      const timeline = this.timelines[working.dataId]!;
      if (!timeline.isNew || timeline.index < working.firstIndex || !working.isWorking) continue;
      if (barOf !== working.dataId) {
        readBar(timeline, bar);
        barOf = working.dataId;
      }
      if (bar.time > working.validUntil) {
        desk.end(working, 'expired', 'its validity ended');
      } else if (working.isActive && working.matchedIndex !== timeline.index) {
        working.matchedIndex = timeline.index;
        const price = matchPrice(working, bar, this.slippage);
        if (price === price) this.fillWithRivals(working, price, timeline, k);
        if (working.trail !== undefined && working.isWorking) working.follow(bar.close);
      }
    }
    desk.isMatching = false;
    desk.sweep();
  }

  /** Fills a matched order; when other exits of the same position were reached too, the intrabar policy says which comes first. */
  private fillWithRivals(working: WorkingOrder, price: number, timeline: Timeline, at: number): void {
    const position = this.positions[working.dataId]!;
    const isExit = position.size * working.sign < 0;
    if (!isExit || this.desk.pending.count === 1) {
      this.fill(working, price);
      return;
    }
    const candidates: Candidate[] = [{ working, price }];
    const { items, count } = this.desk.pending;
    for (let k = at + 1; k < count; k++) {
      const other = items[k]!;
      if (other.dataId !== working.dataId || other.sign !== working.sign || !other.isActive || !other.isWorking)
        continue;
      if (timeline.index < other.firstIndex || this.bar.time > other.validUntil) continue;
      if (!isRival(working, other)) continue;
      other.matchedIndex = timeline.index;
      const otherPrice = matchPrice(other, this.bar, this.slippage);
      if (otherPrice === otherPrice) candidates.push({ working: other, price: otherPrice });
      else if (other.trail !== undefined) other.follow(this.bar.close);
    }
    if (candidates.length === 1) {
      this.fill(working, price);
      return;
    }
    const finer = this.intrabar === 'lowerTimeframe' ? finerBars(this.timelines, timeline) : undefined;
    const order = arrange(candidates, this.intrabar, this.bar, finer);
    this.ambiguity.count(candidates, order[0]!, this.bar);
    for (const { working: next, price: nextPrice } of order) {
      if (next.isWorking) this.fill(next, nextPrice);
      if (next.isWorking) next.follow(this.bar.close);
    }
  }

  private fill(working: WorkingOrder, price: number): void {
    const { scheme, sign, dataId } = working;
    const position = this.positions[dataId]!;
    let units = working.remaining;
    if (this.filler !== undefined) units = Math.min(units, this.filler.fillable(units, price, this.bar));
    if (!(units > 0)) return;
    const out = this.settlement;
    const held = position.size;
    this.account.settle(position, scheme, sign * units, price, out);
    const executed = out.closed + out.opened;
    if (executed !== 0) {
      this.interestDay[dataId] = dayOf(this.bar.time);
      const left = working.remaining - Math.abs(executed);
      working.remaining = isDust(left, working.order.size) ? 0 : left;
      if (out.closed !== 0) out.closedCommission += this.takeInterest(dataId, out.closed, held);
      const isLate =
        working.rule === 'sessionClose' && working.seenTime === working.seenTime && this.bar.time > working.sessionEnd;
      const facts = {
        time: working.rule === 'creationClose' ? working.order.createdTime : isLate ? working.seenTime : this.bar.time,
        size: executed,
        price,
        closed: out.closed,
        opened: out.opened,
        commission: out.closedCommission + out.openedCommission,
        pnl: out.pnl,
        positionSize: position.size,
        positionPrice: position.price,
        value: out.closedValue + out.openedValue,
        closedCommission: out.closedCommission,
        rule: working.rule,
        level: working.level,
        reached: working.reached,
      };
      working.lastRow = this.blotter.add(facts, working.lastRow);
      this.desk.fill(working, working.lastRow);
      if (working.children !== undefined && working.remaining === 0) this.ambiguity.countEntry(working, this.bar);
    }
    if (out.isShortOfCash)
      this.desk.end(working, 'margin', `the cash does not cover ${round(units)} at ${round(price)}`);
  }

  private payInterest(): void {
    for (let id = 0; id < this.positions.length; id++) {
      const position = this.positions[id]!;
      const scheme = this.schemes[id]!;
      if (position.size === 0 || scheme.interest === 0) continue;
      const timeline = this.timelines[id]!;
      const day = dayOf(timeline.closeAt(timeline.index));
      const days = day - this.interestDay[id]!;
      this.interestDay[id] = day;
      if (days <= 0 || (position.size > 0 && !scheme.interestLong)) continue;
      const owed = days * (scheme.interest / 365) * Math.abs(position.size) * position.price;
      this.account.add(-owed);
      this.interestOwed[id]! += owed;
    }
  }

  /** The interest that belongs to the closed part of a position; it was paid from the cash day by day. */
  private takeInterest(dataId: number, closed: number, held: number): number {
    const owed = this.interestOwed[dataId]!;
    if (!this.interestInPnl || owed === 0) return 0;
    const share = Math.min(1, Math.abs(closed / held)) * owed;
    this.interestOwed[dataId] = owed - share;
    return share;
  }

  /** Interest of the day, where no order made it due before, and the futures' gains up to the close. */
  private settleDaily(): void {
    this.payInterest();
    this.settleFutures();
  }

  private settleFutures(): void {
    for (let id = 0; id < this.positions.length; id++) {
      const position = this.positions[id]!;
      const scheme = this.schemes[id]!;
      if (position.size === 0 || scheme.isSpot) continue;
      const timeline = this.timelines[id]!;
      this.account.markToMarket(position, scheme, timeline.close.at(timeline.index));
    }
  }
}

function readBar(timeline: Timeline, bar: MatchBar): void {
  const { index } = timeline;
  bar.time = timeline.closeAt(index);
  bar.open = timeline.open.at(index);
  bar.high = timeline.high.at(index);
  bar.low = timeline.low.at(index);
  bar.close = timeline.close.at(index);
  bar.volume = timeline.volume.at(index);
}

/** Whether the fill of one order ends the other: members of one group, or children of one bracket. */
function isRival(a: WorkingOrder, b: WorkingOrder): boolean {
  return (a.group !== undefined && a.group === b.group) || (a.parent !== undefined && a.parent === b.parent);
}

function dayOf(time: number): number {
  return Math.floor(time / 86_400_000);
}

function round(value: number): number {
  return +value.toPrecision(8);
}
