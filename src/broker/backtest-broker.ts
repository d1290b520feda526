/** The simulated broker: checks orders, matches them against each new bar, keeps the portfolio. */
import { ConfigError } from '../core/index.ts';
import { timelineOf, type Data, type Timeline } from '../lines/index.ts';
import { emptySettlement, workOut } from './accounting/account.ts';
import { Blotter } from './accounting/fill-blotter.ts';
import { checkBrokerOptions, type Broker, type BrokerOptions } from './broker.ts';
import type { AmbiguityCount, IntrabarPolicy } from './matching/intrabar.ts';
import { MatchPass } from './matching/match-pass.ts';
import { OrderDesk } from './orders/desk.ts';
import type { Order } from './orders/order.ts';
import type { OrderTaker } from './orders/entry.ts';
import { Portfolio } from './accounting/portfolio.ts';
import { Position } from './accounting/position.ts';
import { CommissionScheme, type CommissionOptions } from './accounting/commission.ts';
import { noSlippage, percentSlippage, type SlippageModel } from './matching/slippage.ts';
import { rulesOf, type TradingRules } from './rules/rules.ts';
import type { WorkingOrder } from './orders/working-order.ts';

/** A broker over history: fills come from bars, cash from its own ledger. */
export class BackBroker implements Broker, OrderTaker {
  readonly desk = new OrderDesk();
  readonly blotter = new Blotter();
  readonly rules: TradingRules;
  readonly startCash: number;
  readonly slippage: SlippageModel;
  readonly intrabar: IntrabarPolicy;
  readonly latencyBars: number;
  readonly cheatOnClose: boolean;
  readonly checkSubmit: boolean;
  readonly fundMode: boolean;
  /** Whether the next step has anything to do for orders or cash. */
  hasWork = false;
  /** Whether positions are valued when somebody asks, not in every step. */
  isMarkedLate = false;
  protected readonly portfolio: Portfolio;
  private readonly matching: MatchPass;
  private readonly standardScheme: CommissionScheme;
  protected timelines: readonly Timeline[] = [];
  private readonly trial = emptySettlement();
  private readonly trialPositions: (Position | undefined)[] = [];

  constructor(options: BrokerOptions = {}) {
    checkBrokerOptions(options);
    this.rules = rulesOf(options.rules);
    const { cash = 10_000, commission = 0, slippage = 0 } = options;
    this.startCash = cash;
    this.standardScheme = new CommissionScheme(typeof commission === 'number' ? { commission } : commission);
    if (typeof slippage === 'number') this.slippage = slippage === 0 ? noSlippage : percentSlippage(slippage);
    else this.slippage = slippage;
    this.latencyBars = options.latencyBars ?? 0;
    this.intrabar = options.intrabar ?? 'pessimistic';
    this.cheatOnClose = options.cheatOnClose ?? false;
    this.checkSubmit = options.checkSubmit ?? true;
    this.fundMode = options.fundMode ?? false;
    this.portfolio = new Portfolio({
      cash,
      ledger: options.ledger ?? 'float',
      shortCash: options.shortCash ?? true,
      interestInPnl: options.interestInPnl ?? true,
      fundStart: options.fundStart ?? 100,
    });
    const { desk, portfolio, blotter, intrabar } = this;
    this.matching = new MatchPass({
      desk,
      portfolio,
      blotter,
      intrabar,
      slippage: this.slippage,
      filler: options.filler,
    });
  }

  /** How many fills depended on the assumed path inside a bar. */
  get ambiguity(): AmbiguityCount {
    return this.matching.ambiguity;
  }

  /** Whether value is cash and positions at their closes: spot, without leverage, interest or multiplier. */
  get isPlain(): boolean {
    return this.portfolio.isPlain;
  }

  get cash(): number {
    return this.portfolio.account.cash;
  }

  get value(): number {
    if (this.isMarkedLate) this.portfolio.revalue();
    return this.portfolio.value;
  }

  /** Absolute value of all positions together. */
  get grossValue(): number {
    if (this.isMarkedLate) this.portfolio.revalue();
    return this.portfolio.grossValue;
  }

  get fundValue(): number {
    if (this.isMarkedLate) this.portfolio.revalue();
    return this.portfolio.fundValue;
  }

  get fundShares(): number {
    return this.portfolio.fundShares;
  }

  /** Takes over the datas of a run, with their own schemes by name where they have one. */
  open(timelines: readonly Timeline[], schemes: ReadonlyMap<string, CommissionOptions>): void {
    this.timelines = timelines;
    this.portfolio.open(timelines, this.standardScheme, schemes);
  }

  /** What trading costs, in a line for the summary. */
  get costs(): string {
    return this.schemeOf(0).summary;
  }

  schemeOf(dataId: number): CommissionScheme {
    return this.portfolio.schemeOf(dataId);
  }

  positionOf(dataId: number): Position {
    return this.portfolio.positionOf(dataId);
  }

  /** Whether there is no position but one in this data, if any. */
  holdsOnly(dataId: number): boolean {
    return this.portfolio.holdsOnly(dataId);
  }

  getPosition(data: Data): Readonly<Position> {
    const timeline = timelineOf(data);
    if (this.timelines[timeline.id] !== timeline) throw new ConfigError(`data '${data.name}' is not part of this run`);
    return this.portfolio.positionOf(timeline.id);
  }

  getValue(data: Data): number {
    const { size } = this.getPosition(data);
    return size === 0 ? 0 : this.schemeOf(timelineOf(data).id).value(size, data.close.now);
  }

  addCash(amount: number): void {
    if (!Number.isFinite(amount)) throw new ConfigError(`amount must be a number, was ${amount}`);
    if (this.isMarkedLate) this.portfolio.revalue();
    this.portfolio.receive(amount);
    this.hasWork = true;
  }

  submit(working: WorkingOrder, isTransmitted: boolean): void {
    this.hasWork = true;
    this.desk.submit(working, isTransmitted, !this.checkSubmit);
  }

  cancel(working: WorkingOrder): boolean {
    this.hasWork = true;
    return this.desk.end(working, 'canceled');
  }

  makeWorking(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number): WorkingOrder {
    return this.desk.make(order, owner, dataId, scheme, firstIndex);
  }

  /** The broker's work in a new step: children wake, orders are checked, interest is paid, bars are matched, all is valued. */
  step(): void {
    const { desk, portfolio } = this;
    desk.recycle();
    if (desk.isBusy) {
      desk.wake();
      if (desk.submitted.count > 0) this.checkSubmitted();
    }
    portfolio.payInterest();
    if (desk.pending.count > 0) this.matching.run(this.timelines);
    portfolio.mark(this.isMarkedLate);
    this.hasWork = desk.pending.count > 0;
  }

  /** Values cash and positions at the latest closes. */
  mark(): void {
    this.portfolio.mark();
  }

  /**
   * Accepts the submitted orders that the cash covers if all of them were filled at their prices, one after another. One that is
   * refused leaves the cash to those behind it.
   */
  protected checkSubmitted(): void {
    const { desk, trial, portfolio } = this;
    const { items, count } = desk.submitted;
    let { cash } = this;
    const isAlone = count === 1;
    for (let k = 0; k < count && !isAlone; k++) {
      const { dataId } = items[k]!;
      (this.trialPositions[dataId] ??= new Position()).become(portfolio.positionOf(dataId));
    }
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.status !== 'submitted') continue;
      const { scheme, sign, remaining, dataId } = working;
      const position = isAlone ? portfolio.positionOf(dataId) : this.trialPositions[dataId]!;
      const price = this.trialPrice(working);
      trial.cash = cash;
      workOut(position, scheme, sign * remaining, price, portfolio.rules, trial, true);
      if (trial.isShortOfCash) {
        desk.refuse(working, `the cash would be short by ${+(-trial.cash).toPrecision(8)} of what it costs`);
        continue;
      }
      if (!isAlone) {
        cash = trial.cash;
        position.update(trial.closed + trial.opened, price);
      }
      this.admit(working);
    }
    desk.submitted.clear();
  }

  /** Lets an order work that has passed every check. */
  protected admit(working: WorkingOrder): void {
    this.desk.accept(working);
  }

  private trialPrice(working: WorkingOrder): number {
    if (working.type !== 'market' || !working.isForThisOpen) return working.order.price;
    const timeline = this.timelines[working.dataId]!;
    return (timeline.ticks ?? timeline).open.at(timeline.moves);
  }
}
