/** The core that every broker owns: its orders, portfolio and blotter, and the check of what is submitted. */
import { ConfigError } from '../core/index.ts';
import { timelineOf, type Data, type Timeline } from '../lines/index.ts';
import { emptySettlement, workOut } from './accounting/account.ts';
import { Booking } from './accounting/booking.ts';
import { CommissionScheme, type CommissionOptions } from './accounting/commission.ts';
import { Blotter } from './accounting/fill-blotter.ts';
import { Portfolio } from './accounting/portfolio.ts';
import { Position } from './accounting/position.ts';
import { checkBrokerOptions, type BrokerOptions } from './broker.ts';
import type { IntrabarPolicy } from './matching/intrabar.ts';
import { OrderDesk } from './orders/desk.ts';
import type { WorkingOrder } from './orders/working-order.ts';
import { rulesOf, type TradingRules } from './rules/rules.ts';

/** What a broker does with an order that has passed the check of its cost. */
export interface Admission {
  admit(working: WorkingOrder): void;
}

/** What brokers have in common. A broker owns one and adds where its fills come from. */
export class BrokerCore {
  readonly rules: TradingRules;
  readonly desk: OrderDesk;
  readonly blotter = new Blotter();
  readonly portfolio: Portfolio;
  readonly booking: Booking;
  readonly startCash: number;
  readonly latencyBars: number;
  readonly intrabar: IntrabarPolicy;
  readonly cheatOnClose: boolean;
  readonly checkSubmit: boolean;
  readonly fundMode: boolean;
  /** The scheme of datas without their own. */
  readonly scheme: CommissionScheme;
  /** Whether positions are valued only when a reading is asked for. */
  isMarkedLate = false;
  timelines: readonly Timeline[] = [];
  private readonly trial = emptySettlement();
  private readonly trialPositions: (Position | undefined)[] = [];

  constructor(options: BrokerOptions, desk = new OrderDesk()) {
    checkBrokerOptions(options);
    const { cash = 10_000, commission = 0 } = options;
    this.rules = rulesOf(options.rules);
    this.desk = desk;
    this.startCash = cash;
    this.scheme = new CommissionScheme(typeof commission === 'number' ? { commission } : commission);
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
    const { portfolio, blotter } = this;
    this.booking = new Booking({ desk, portfolio, blotter });
  }

  get cash(): number {
    return this.portfolio.account.cash;
  }

  get value(): number {
    if (this.isMarkedLate) this.portfolio.revalue();
    return this.portfolio.value;
  }

  get grossValue(): number {
    if (this.isMarkedLate) this.portfolio.revalue();
    return this.portfolio.grossValue;
  }

  get fundValue(): number {
    if (this.isMarkedLate) this.portfolio.revalue();
    return this.portfolio.fundValue;
  }

  open(timelines: readonly Timeline[], schemes: ReadonlyMap<string, CommissionOptions>): void {
    this.timelines = timelines;
    this.portfolio.open(timelines, this.scheme, schemes);
  }

  /** As `open`, with a portfolio that charges no commission because fees come with the fills. */
  openWithoutFees(timelines: readonly Timeline[]): void {
    this.timelines = timelines;
    this.portfolio.open(timelines, new CommissionScheme(), new Map());
  }

  /** Number of a data in this run. @throws {ConfigError} If it belongs to another. */
  idOf(data: Data): number {
    const timeline = timelineOf(data);
    if (this.timelines[timeline.id] !== timeline) throw new ConfigError(`data '${data.name}' is not part of this run`);
    return timeline.id;
  }

  addCash(amount: number): void {
    if (!Number.isFinite(amount)) throw new ConfigError(`amount must be a number, was ${amount}`);
    if (this.isMarkedLate) this.portfolio.revalue();
    this.portfolio.receive(amount);
  }

  /**
   * Admits the submitted orders that the cash would cover if all of them were filled at their prices, one after another. A refused order
   * leaves its cash to those behind it.
   */
  checkSubmitted(to: Admission): void {
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
      to.admit(working);
    }
    desk.submitted.clear();
  }

  private trialPrice(working: WorkingOrder): number {
    if (working.type !== 'market' || !working.isForThisOpen) return working.order.price;
    const timeline = this.timelines[working.dataId]!;
    return (timeline.ticks ?? timeline).open.at(timeline.moves);
  }
}
