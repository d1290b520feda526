/** The core that every broker owns: its orders, portfolio and blotter, and the check of what is submitted. */
import { ConfigError, isAlive, type Refusal } from '../core/index.ts';
import { timelineOf, type Data, type Timeline } from '../lines/index.ts';
import { unlimitedAccount } from './accounting/account-rule.ts';
import { Booking } from './accounting/booking.ts';
import type { CashShortage } from './accounting/cash-rule.ts';
import { CommissionScheme, type CommissionOptions } from './accounting/commission.ts';
import { Blotter } from './accounting/fill-blotter.ts';
import { LedgerBooking } from './accounting/ledger/portfolio/ledger-booking.ts';
import { makeLedger, type LedgerBook } from './accounting/ledger/portfolio/make-ledger.ts';
import type { InstrumentOptions } from './accounting/ledger/options.ts';
import { Portfolio } from './accounting/portfolio.ts';
import type { PortfolioBook } from './accounting/portfolio-book.ts';
import { checkBrokerOptions, type BrokerOptions } from './broker.ts';
import type { IntrabarPolicy } from './matching/intrabar.ts';
import { applyAmendment, type CheckedAmendment } from './orders/amendment.ts';
import type { RuledOrder } from './live/venue-rules.ts';
import { OrderDesk } from './orders/desk.ts';
import type { Notices } from './orders/notices.ts';
import { anySize, type InstrumentRule } from './orders/instrument-rule.ts';
import type { Admission } from './orders/submission-rule.ts';
import type { WorkingOrder } from './orders/working-order.ts';
import { QuietSpan } from './quiet-span.ts';
import { rulesOf, type TradingRules } from './rules/rules.ts';

/** What the parts of a divided account write into together. */
export interface SharedBooks {
  readonly notices: Notices;
  readonly blotter: Blotter;
}

/** What brokers have in common. A broker owns one and adds where its fills come from. */
export class BrokerCore {
  readonly rules: TradingRules;
  readonly desk: OrderDesk;
  readonly blotter: Blotter;
  readonly portfolio: PortfolioBook;
  /** The portfolio where it keeps accounts at venues; undefined for one that keeps a single cash. */
  readonly ledger: LedgerBook | undefined;
  readonly booking: Booking;
  private readonly given: number;
  readonly latencyBars: number;
  readonly intrabar: IntrabarPolicy;
  readonly cheatOnClose: boolean;
  readonly checkSubmit: boolean;
  readonly whenCashShort: CashShortage | undefined;
  readonly instrument: InstrumentRule;
  readonly fundMode: boolean;
  /** The scheme of datas without their own. */
  readonly scheme: CommissionScheme;
  /** Why trading has ended; undefined while it has not. */
  private ruin: string | undefined;
  /** While it is open, positions are valued only when a reading is asked for. */
  readonly quiet: QuietSpan;
  timelines: readonly Timeline[] = [];
  /** What is asked of the instrument, order after order. */
  readonly #asked: { -readonly [K in keyof RuledOrder]: RuledOrder[K] } = {
    type: 'market',
    size: 0,
    price: 0,
    limitPrice: 0,
  };

  /** @param books - The notices and the blotter of a divided account, which its parts share. */
  constructor(options: BrokerOptions, books?: SharedBooks) {
    checkBrokerOptions(options);
    this.blotter = books?.blotter ?? new Blotter();
    const { cash = 10_000, commission = 0 } = options;
    this.rules = rulesOf(options.rules);
    this.given = cash;
    this.scheme = new CommissionScheme(typeof commission === 'number' ? { commission } : commission);
    this.latencyBars = options.latencyBars ?? 0;
    this.intrabar = options.intrabar ?? this.rules.sequence.intrabar;
    this.whenCashShort = options.whenCashShort;

    this.cheatOnClose = options.cheatOnClose ?? false;
    this.ledger = makeLedger(options);
    this.checkSubmit = this.ledger === undefined && (options.checkSubmit ?? true);
    this.fundMode = options.fundMode ?? false;
    this.portfolio = this.ledger ?? plainPortfolio(options, cash, this.rules);
    this.quiet = new QuietSpan(this.portfolio);
    if (this.ledger !== undefined) this.ledger.quiet = this.quiet;
    this.desk = new OrderDesk(this.rules.exits, this.portfolio, books?.notices);
    const { desk, portfolio, blotter } = this;
    const { exits } = this.rules;
    const instrument = (options.instrumentRules ?? true) ? this.rules.instrument : anySize;
    const parts = { desk, portfolio, blotter, exits, instrument };
    this.booking = this.ledger === undefined ? new Booking(parts) : new LedgerBooking(parts, this.ledger);
    this.instrument = instrument;
  }

  /** What the run began with: the run's cash, or what its accounts held, in the currency of value. */
  get startCash(): number {
    return this.ledger?.startValue ?? this.given;
  }

  get cash(): number {
    return this.portfolio.account.cash;
  }

  get value(): number {
    if (this.quiet.isOpen) this.portfolio.revalue();
    return this.portfolio.value;
  }

  get grossValue(): number {
    if (this.quiet.isOpen) this.portfolio.revalue();
    return this.portfolio.grossValue;
  }

  get fundValue(): number {
    if (this.quiet.isOpen) this.portfolio.revalue();
    return this.portfolio.fundValue;
  }

  /** The portfolio with one cash, which a session at an exchange keeps. @throws {ConfigError} If the run has accounts at venues. */
  get plain(): Portfolio {
    if (this.portfolio instanceof Portfolio) return this.portfolio;
    throw new ConfigError(
      "account must be 'spot' or 'margin' in a session at an exchange, was an account with options",
      {
        context: { field: 'account' },
      },
    );
  }

  open(
    timelines: readonly Timeline[],
    schemes: ReadonlyMap<string, CommissionOptions>,
    instruments?: ReadonlyMap<string, InstrumentOptions>,
  ): void {
    this.timelines = timelines;
    if (instruments !== undefined) this.ledger?.setInstruments(instruments);
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

  /** Changes an open order in place. Its bracket and its group stay. */
  amend(working: WorkingOrder, change: CheckedAmendment): boolean {
    const { desk } = this;
    if (!isAlive(working.status)) return false;
    const isMoved =
      change.price !== undefined || change.limitPrice !== undefined || (change.size ?? 0) > working.order.size;
    applyAmendment(working, change, () => {
      desk.end(working, 'canceled', 'it was amended to what was executed');
    });
    if (isMoved && working.isWorking && !desk.isMatching) {
      desk.pending.keep((one) => one !== working);
      desk.putLast(working);
    }
    return true;
  }

  /** Fills all that is left of an order at a price, at the close of its data's present bar; an order that was refused stays refused. */
  executeNow(working: WorkingOrder, price: number): void {
    if (!isAlive(working.status)) return;
    const { desk, booking, portfolio, timelines } = this;
    const timeline = timelines[working.dataId]!;
    const time = timeline.closeAt(timeline.index);
    if (working.status === 'submitted') {
      desk.submitted.keep((one) => one !== working);
      desk.accept(working);
    }
    working.rule = 'sessionClose';
    working.matched = working.level = working.reached = price;
    booking.execute(working, working.remaining, { time });
    desk.sweep();
    portfolio.mark();
  }

  addCash(amount: number): void {
    if (!Number.isFinite(amount)) throw new ConfigError(`amount must be a number, was ${amount}`);
    if (this.quiet.isOpen) this.portfolio.revalue();
    this.portfolio.receive(amount);
  }

  /** Whether orders work as soon as they are transmitted, because nothing is checked when they are submitted. */
  get acceptsAtOnce(): boolean {
    return !this.checkSubmit && this.instrument === anySize;
  }

  /** Refuses the submitted orders that the instrument does not allow or that cannot be paid for, and admits the others. */
  checkSubmitted(to: Admission): void {
    const { desk, instrument } = this;
    const { items, count } = desk.submitted;
    if (instrument !== anySize) {
      for (let k = 0; k < count; k++) {
        const working = items[k]!;
        if (working.status !== 'submitted' || !this.hasRules(working)) continue;
        const refusal = this.refusalOf(working, working.order.createdClose);
        if (refusal !== undefined) desk.refuse(working, refusal, 'rejected');
      }
    }
    this.admitSubmitted(to);
  }

  /** Admits the submitted orders, as far as they can be paid for. */
  admitSubmitted(to: Admission): void {
    const { desk } = this;
    if (this.checkSubmit) {
      this.rules.submission.check(this, to);
      return;
    }
    const { items, count } = desk.submitted;
    for (let k = 0; k < count; k++) if (items[k]!.status === 'submitted') to.admit(items[k]!);
    desk.submitted.clear();
  }

  private hasRules({ dataId }: WorkingOrder): boolean {
    return this.timelines[dataId]!.info.instrument !== undefined;
  }

  /** Why the instrument does not allow an order; undefined when it does. @param market - The latest price. */
  refusalOf(working: WorkingOrder, market: number): Refusal | undefined {
    const { instrument } = this.timelines[working.dataId]!.info;
    if (instrument === undefined) return undefined;
    const { type, price, limitPrice } = working.order;
    const asked = this.#asked;
    asked.type = type;
    asked.size = working.remaining;
    asked.price = price;
    asked.limitPrice = limitPrice;
    return this.instrument.refusal(instrument, asked, market);
  }

  /** Warnings about the account for the result. */
  warnings(): string[] {
    const { cuts } = this.booking;
    const texts: string[] = this.ledger?.warnings() ?? [];
    if (this.ruin !== undefined) texts.push(this.ruin);
    if (cuts > 0) texts.push(`${cuts} ${cuts === 1 ? 'order was' : 'orders were'} cut to what the cash paid for`);
    return texts;
  }

  /** Ends trading when the account is worth less than nothing: cancels every order, and refuses those to come. */
  checkRuin(): void {
    if (this.ruin !== undefined || !this.portfolio.canOwe || this.rules.account === unlimitedAccount) return;
    const { value, desk } = this;
    if (!(value < 0)) return;
    this.ruin = `the value of the account fell to ${+value.toPrecision(8)}: trading ended, and every order was canceled`;
    desk.endAll('canceled', 'the value of the account is below zero');
  }

  /** Refuses an order placed after the account was ruined; returns whether it did. */
  refusesRuined(working: WorkingOrder): boolean {
    if (this.ruin === undefined) return false;
    this.desk.reject(working, { rule: 'ruin', reason: 'the value of the account is below zero' }, 'margin');
    return true;
  }
}

function plainPortfolio(options: BrokerOptions, cash: number, rules: TradingRules): Portfolio {
  const { account } = options;
  return new Portfolio({
    cash,
    ledger: options.ledger ?? 'float',
    shortCash: options.shortCash ?? true,
    interestInPnl: options.interestInPnl ?? true,
    fundStart: options.fundStart ?? 100,
    accountRule: rules.account,
    accountKind: typeof account === 'object' ? undefined : account,
  });
}
