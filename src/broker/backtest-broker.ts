/** The broker of a backtest: fills come from bars. */
import { timelineOf, type Data, type Timeline } from '../lines/index.ts';
import type { CashShortage } from './accounting/cash-rule.ts';
import { CommissionScheme, type CommissionOptions } from './accounting/commission.ts';
import type { ForcedOrders } from './accounting/booking.ts';
import type { LedgerBook } from './accounting/ledger/make-ledger.ts';
import type { InstrumentOptions } from './accounting/ledger/options.ts';
import type { AccountResult } from './accounting/ledger/records.ts';
import type { Blotter } from './accounting/fill-blotter.ts';
import type { Position } from './accounting/position.ts';
import { BrokerCore } from './broker-core.ts';
import type { BrokerOptions } from './broker.ts';
import type { EngineBroker } from './engine-broker.ts';
import type { AmbiguityCount, IntrabarPolicy } from './matching/intrabar.ts';
import type { BarMatching } from './matching/bar-matching.ts';
import { noSlippage, percentSlippage } from './matching/slippage.ts';
import type { CheckedAmendment } from './orders/amendment.ts';
import type { Notices } from './orders/notices.ts';
import type { Order } from './orders/order.ts';
import type { Admission } from './orders/submission-rule.ts';
import type { WorkingOrder } from './orders/working-order.ts';
import type { TradingRules } from './rules/rules.ts';

/** Matches orders against each new bar and keeps the account. */
export class BacktestBroker implements EngineBroker, Admission {
  readonly rules: TradingRules;
  readonly notices: Notices;
  readonly blotter: Blotter;
  readonly startCash: number;
  readonly latencyBars: number;
  readonly cheatOnClose: boolean;
  readonly intrabar: IntrabarPolicy;
  readonly fundMode: boolean;
  readonly fillSummary: string;
  readonly whenCashShort: CashShortage | undefined;
  hasWork = false;
  readonly #core: BrokerCore;
  readonly #ledger: LedgerBook | undefined;
  readonly #matching: BarMatching;

  constructor(options: BrokerOptions = {}) {
    const core = new BrokerCore(options);
    this.#core = core;
    this.#ledger = core.ledger;
    this.rules = core.rules;
    this.notices = core.desk.notices;
    this.blotter = core.blotter;
    this.startCash = core.startCash;
    this.latencyBars = core.latencyBars;
    this.cheatOnClose = core.cheatOnClose;
    this.intrabar = core.intrabar;
    this.fundMode = core.fundMode;
    this.whenCashShort = core.whenCashShort;
    const { slippage: given = 0, filler } = options;
    const slippage = typeof given !== 'number' ? given : given === 0 ? noSlippage : percentSlippage(given);
    this.fillSummary = slippage.summary;
    const { desk, portfolio, booking, intrabar } = core;
    const isInTurn = core.ledger !== undefined;
    this.#matching = core.rules.sequence.makeMatching({
      desk,
      portfolio,
      booking,
      intrabar,
      slippage,
      filler,
      isInTurn,
    });
  }

  get ambiguity(): AmbiguityCount {
    return this.#matching.ambiguity;
  }

  get warnings(): readonly string[] {
    return [...this.#core.warnings(), ...this.#matching.warnings];
  }

  get account(): string {
    return this.#core.portfolio.accountSummary;
  }

  get isMarkedLate(): boolean {
    return this.#core.isMarkedLate;
  }

  set isMarkedLate(isLate: boolean) {
    this.#core.isMarkedLate = isLate;
  }

  get isPlain(): boolean {
    return this.#core.portfolio.isPlain;
  }

  get cash(): number {
    return this.#core.cash;
  }

  get value(): number {
    return this.#core.value;
  }

  get grossValue(): number {
    return this.#core.grossValue;
  }

  get fundValue(): number {
    return this.#core.fundValue;
  }

  get fundShares(): number {
    return this.#core.portfolio.fundShares;
  }

  get costs(): string {
    return this.schemeOf(0).summary;
  }

  open(
    timelines: readonly Timeline[],
    schemes: ReadonlyMap<string, CommissionOptions>,
    instruments?: ReadonlyMap<string, InstrumentOptions>,
  ): void {
    this.#core.open(timelines, schemes, instruments);
  }

  get accountResult(): AccountResult | undefined {
    return this.#core.ledger?.result();
  }

  set forcedOrders(make: ForcedOrders) {
    this.#core.booking.forcedOrders = make;
  }

  schemeOf(dataId: number): CommissionScheme {
    return this.#core.portfolio.schemeOf(dataId);
  }

  positionOf(dataId: number): Position {
    return this.#core.portfolio.positionOf(dataId);
  }

  holdsOnly(dataId: number): boolean {
    return this.#core.portfolio.holdsOnly(dataId);
  }

  getPosition(data: Data): Readonly<Position> {
    return this.positionOf(this.#core.idOf(data));
  }

  getValue(data: Data): number {
    const { size } = this.getPosition(data);
    return size === 0 ? 0 : this.schemeOf(timelineOf(data).id).value(size, data.close.now);
  }

  addCash(amount: number): void {
    this.#core.addCash(amount);
    this.hasWork = true;
  }

  makeWorking(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number): WorkingOrder {
    return this.#core.desk.make(order, owner, dataId, scheme, firstIndex);
  }

  submit(working: WorkingOrder, isTransmitted: boolean): void {
    this.#ledger?.prepare(working);
    this.hasWork = true;
    this.#core.desk.submit(working, isTransmitted, this.#core.acceptsAtOnce);
    this.#core.refusesRuined(working);
  }

  cancel(working: WorkingOrder, reason?: string): boolean {
    this.hasWork = true;
    return this.#core.desk.end(working, 'canceled', reason);
  }

  amend(working: WorkingOrder, change: CheckedAmendment): boolean {
    this.hasWork = true;
    return this.#core.amend(working, change);
  }

  refuse(working: WorkingOrder, reason: string): void {
    this.hasWork = true;
    this.#core.desk.refuse(working, reason, 'rejected');
  }

  admit(working: WorkingOrder): void {
    this.#core.desk.accept(working);
  }

  executeNow(working: WorkingOrder, price: number): void {
    const { desk, booking, portfolio, timelines } = this.#core;
    const timeline = timelines[working.dataId]!;
    const time = timeline.closeAt(timeline.index);
    if (working.status === 'submitted') {
      desk.submitted.keep((one) => one !== working);
      desk.accept(working);
    }
    working.rule = 'sessionClose';
    working.matched = working.level = working.reached = price;
    booking.execute(working, working.remaining, time, time);
    desk.sweep();
    portfolio.mark();
  }

  /** Exits wake, orders are checked, interest is paid, bars are matched, and the account is valued. */
  step(): void {
    const core = this.#core;
    const { desk, portfolio } = core;
    desk.recycle();
    if (desk.isBusy) {
      desk.wake();
      if (desk.submitted.count > 0) core.checkSubmitted(this);
    }
    if (this.#ledger === undefined) portfolio.payInterest();
    else this.#ledger.beginBars();
    if (desk.pending.count > 0) this.#matching.run(core.timelines);
    if (this.#ledger !== undefined) this.#ledger.endBars();
    portfolio.mark(core.isMarkedLate);
    if (portfolio.canOwe) core.checkRuin();
    this.hasWork = desk.pending.count > 0 || portfolio.canOwe || this.#ledger !== undefined;
  }

  mark(): void {
    this.#core.portfolio.mark();
  }
}
