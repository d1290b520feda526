/** The portfolio of venue accounts: positions over the datas of a run, with fees, funding and liquidation by each venue's terms. */
import {
  checkNames,
  ConfigError,
  formatTime,
  nearestName,
  type ContractSettings,
  type PositionSide,
  type Refusal,
  type VenuePayment,
} from '../../../../core/index.ts';
import type { Timeline } from '../../../../lines/index.ts';
import type { AccountRules, Settlement } from '../../account.ts';
import type { CommissionOptions, CommissionScheme } from '../../commission.ts';
import type { Position } from '../../position.ts';
import type { WorkingOrder } from '../../../orders/working-order.ts';
import type { FillCost } from '../../fill-blotter.ts';
import type { PortfolioBook } from '../../portfolio-book.ts';
import type { Arithmetic } from '../arithmetic.ts';
import { Conversion } from './conversion.ts';
import { ForcedExits, type ForcedExit } from './forced-exits.ts';
import { lateStampMs, markOf, openOf, type Held } from './held.ts';
import type { Leg } from '../leg.ts';
import { LinearSpan } from './linear-span.ts';
import { checkAccountOptions } from '../options.ts';
import type { InstrumentOptions, Rates, TransferRequest, VenueAccountOptions } from '../options.ts';
import { profileOf } from '../liquidation.ts';
import type { AccountResult } from '../records.ts';
import { Payments } from './payments.ts';
import { Seating } from './seating.ts';
import { dustOf, faultOf, statementOf } from './statement.ts';
import { checkTransfer, transferNames, Transfers, wrongTransfer } from './transfers.ts';
import { VenueAccount } from '../venue-account.ts';
import { Worth } from './worth.ts';

/** How the accounts of a run are set up. */
export interface LedgerSetup {
  readonly accounts: Readonly<Record<string, VenueAccountOptions>>;
  readonly rates: Rates;
  /** The run's `cash`, for accounts that name none. */
  readonly cash: number;
  /** The run's commission, where an instrument names no fees. */
  readonly commission: number;
  readonly fundStart: number;
}

/** Keeps the accounts of a run over its datas. `N` is the number its ledger counts in. */
export class LedgerPortfolio<N> implements PortfolioBook {
  readonly rules: AccountRules = { shortCash: true, isLimited: false, reserved: 0 };
  readonly accounts: readonly VenueAccount<N>[];
  readonly account: { readonly cash: number; add(amount: number): void };
  readonly isPlain = false;
  readonly canOwe = false;
  /** Whether the run trades one linear contract at its own prices, in one account and one currency. */
  isLinear = false;
  /** Whether each step has something to do, whatever its prices. */
  isBusy = true;
  /** The run's quiet span: while it is open, marks are read when they are asked for. */
  quiet: { readonly isOpen: boolean } = { isOpen: false };
  /** Whether the bars of a step are being booked, so that marks are where those left them. */
  #isInBars = false;
  fundShares = NaN;
  /** The role and fee of the latest fill. */
  readonly lastFill: FillCost = { isMaker: false, fee: 0, currency: '' };
  /** Whether venues report funding and liquidations, so that none is computed here. */
  isKeptByVenues = false;
  /** Cancels the orders of a data; set by the broker. */
  endOrders: ((dataId: number, reason: string) => void) | undefined;
  readonly #a: Arithmetic<N>;
  readonly #setup: LedgerSetup;
  #instruments: ReadonlyMap<string, InstrumentOptions> = new Map();
  #held: Held<N>[] = [];
  #timelines: readonly Timeline[] = [];
  /** The quiet spans of a run over one linear contract. */
  #linear!: LinearSpan<N>;
  readonly #transfers: Transfers<N>;
  readonly #conversion: Conversion<N>;
  readonly #worth: Worth<N>;
  readonly #payments: Payments<N>;
  readonly #exits: ForcedExits<N>;
  #incoming: number[] = [];

  constructor(a: Arithmetic<N>, setup: LedgerSetup) {
    this.#a = a;
    this.#setup = setup;
    this.#conversion = new Conversion(setup.rates);
    this.#transfers = new Transfers(a);
    this.account = new LedgerCash(this);
    const names = Object.keys(setup.accounts);
    for (const options of Object.values(setup.accounts)) checkAccountOptions(options);
    this.accounts = names.map(
      (name) =>
        new VenueAccount(
          name,
          a,
          profileOf(setup.accounts[name]!.profile),
          (from, to) => {
            const rate = this.#conversion.rateOf(from, to);
            return rate === undefined ? undefined : a.of(rate);
          },
          (terms, value, units) => this.#conversion.traded(terms, value, units),
          setup.accounts[name]!.borrow,
          setup.accounts[name]!.leverage,
        ),
    );
    this.#worth = new Worth(a, this.accounts, this.#conversion, this.#transfers);
    this.#payments = new Payments(a, this.accounts, this.#worth);
    this.#exits = new ForcedExits(a, this.#worth, this.lastFill);
  }

  /** Ends positions that are liquidated or delivered; set by the broker. */
  set forceExit(execute: ForcedExit) {
    this.#exits.execute = execute;
  }

  /** What the run says of instruments, by the name of the data; before `open`. */
  setInstruments(instruments: ReadonlyMap<string, InstrumentOptions>): void {
    this.#instruments = instruments;
  }

  open(timelines: readonly Timeline[], _standard: CommissionScheme, own: ReadonlyMap<string, CommissionOptions>): void {
    this.#timelines = timelines;
    const seating = new Seating(this.#a, this.#setup, this.accounts, this.#instruments, timelines, () => {
      this.#catchUp();
    });
    this.#held = seating.seatAll(own);
    const first = this.#held[0]!;
    this.#linear = new LinearSpan(first);
    const firstOptions = this.#setup.accounts[first.account.name]!;
    this.#conversion.open(firstOptions.currency ?? first.leg.terms.settle, this.#held, timelines);
    for (const account of this.accounts) this.#deposit(account);
    this.#checkRates();
    for (const account of this.accounts) account.syncSpot();
    this.#worth.open(this.#held, timelines);
    this.#payments.open(this.#held);
    this.isLinear =
      this.#held.length === 1 &&
      this.accounts.length === 1 &&
      first.leg.terms.kind === 'linear' &&
      first.leg.terms.settle === this.currency &&
      first.mark === undefined &&
      first.timeline.ticks === undefined &&
      this.#worth.isOneCurrency;
    this.isBusy = !this.isLinear;
    this.revalue();
    this.fundShares = this.startValue / this.#setup.fundStart;
  }

  #deposit(account: VenueAccount<N>): void {
    const { cash, currency = this.currency } = this.#setup.accounts[account.name]!;
    const given = cash ?? (account === this.accounts[0] ? { [currency]: this.#setup.cash } : {});
    for (const [name, amount] of Object.entries(given)) account.wallet.book(name, this.#a.of(amount), 'deposit');
  }

  /** What the accounts began with, in the currency of value; what no rate converts yet is left out. */
  get startValue(): number {
    return this.#worth.startValue;
  }

  /** Throws a ConfigError for a currency that no total can include: neither `rates` nor the run's datas lead from it to the currency of value. */
  #checkRates(): void {
    const linked = this.#conversion.linked();
    const refuse = (currency: string, what: string): never => {
      throw new ConfigError(
        `${what}, and no total in ${this.currency} can include it: no rate is known, and ${currency} is not ${this.currency}; give rates: { '${currency}/${this.currency}': a number or the name of a data }`,
        { code: 'no-rate', context: { field: 'rates', currency } },
      );
    };
    for (const { name, wallet } of this.accounts) {
      for (const currency of wallet.currencies) {
        const held = this.#a.toNumber(wallet.balance(currency));
        if (held !== 0 && !linked.has(currency)) refuse(currency, `'${name}' begins with ${held} ${currency}`);
      }
    }
    for (const { leg, timeline } of this.#held) {
      const { settle, quote, kind } = leg.terms;
      const currency = kind === 'spot' ? quote : settle;
      if (!linked.has(currency)) refuse(currency, `'${timeline.info.name}' is paid in ${currency}`);
    }
  }

  /** The currency of value and cash. */
  get currency(): string {
    return this.#conversion.currency;
  }

  get value(): number {
    return this.#worth.value;
  }

  get grossValue(): number {
    return this.#worth.gross;
  }

  get fundValue(): number {
    return this.fundShares === 0 ? this.#setup.fundStart : this.#worth.value / this.fundShares;
  }

  get accountSummary(): string {
    return this.accounts
      .map(({ name, legs, profile }) => {
        const contracts = legs.filter(({ terms }) => terms.kind !== 'spot');
        const modes = new Set(
          contracts.map(({ mode, leverageNumber }) => `${mode} margin, leverage ${leverageNumber}`),
        );
        if (legs.length > contracts.length) modes.add('spot');
        const label = this.accounts.length > 1 || name !== 'account' ? `${name}: ` : '';
        return `${label}${[...modes].join(' and ')}${contracts.length > 0 ? `, liquidated as ${profile.name} does` : ''}`;
      })
      .join('; ');
  }

  tradedValue(dataId: number, size: number, price: number): number {
    const { scheme, leg } = this.#held[dataId]!;
    return this.#conversion.convert(
      scheme.notional(size, price),
      leg.terms.kind === 'spot' ? leg.terms.quote : leg.terms.settle,
    );
  }

  schemeOf(dataId: number): CommissionScheme {
    return this.#held[dataId]!.scheme;
  }

  positionOf(dataId: number): Position {
    return this.#held[dataId]!.leg.view;
  }

  legOf(dataId: number): Leg<N> {
    return this.#held[dataId]!.leg;
  }

  poolOf(dataId: number): number {
    return this.#worth.poolOf(dataId);
  }

  holdsOnly(dataId: number): boolean {
    return this.#worth.openCount === (this.positionOf(dataId).size === 0 ? 0 : 1);
  }

  kindOf(dataId: number): 'spot' | 'margin' {
    return this.legOf(dataId).terms.kind === 'spot' ? 'spot' : 'margin';
  }

  shortSale(dataId: number, units: number): Refusal {
    const { account, leg } = this.#held[dataId]!;
    const { base } = leg.terms;
    const held = +this.#a.toNumber(account.wallet.balance(base)).toPrecision(8);
    const reason = `the account cannot sell ${+units.toPrecision(8)} ${base} of ${held}: spot cannot be sold short`;
    return { rule: 'cash', reason };
  }

  /** What is free to open positions with, over all accounts, in `currency`. */
  freeCash(): number {
    this.#catchUp();
    return this.#worth.freeCash();
  }

  costOf(dataId: number, size: number, price: number): number {
    const scheme = this.schemeOf(dataId);
    return Math.abs(scheme.value(size, price)) + scheme.commission(size, price);
  }

  freedBy(dataId: number, units: number): number {
    const scheme = this.schemeOf(dataId);
    const { price } = this.positionOf(dataId);
    return Math.abs(scheme.value(units, price));
  }

  affordable(dataId: number, sign: 1 | -1, closing: number, price: number): number {
    const { check, leg } = this.#held[dataId]!;
    return check.affordable(leg, sign, closing, price);
  }

  /** Why a fill would be refused; undefined when it would not. */
  refusalOf(dataId: number, size: number, price: number, isMaker: boolean): Refusal | undefined {
    const { check, leg, timeline } = this.#held[dataId]!;
    const { expiry } = leg.terms;
    if (openOf(timeline) >= expiry) {
      const reason = `'${timeline.info.name}' expired at ${formatTime(expiry)}: nothing of it can be traded any more`;
      return { rule: 'expired', reason };
    }
    return check.refusalOf(leg, this.#exactSize(leg, size), this.#a.of(price), isMaker);
  }

  /** The side that orders of a data open and close, in hedge mode. */
  sideOf(dataId: number): PositionSide | undefined {
    const { side } = this.#held[dataId]!.leg;
    return side === 0 ? undefined : side > 0 ? 'long' : 'short';
  }

  /** How the venue is to carry a data's contract; undefined on spot. */
  settingsOf(dataId: number): ContractSettings | undefined {
    const { terms, leverageNumber, mode } = this.#held[dataId]!.leg;
    return terms.kind === 'spot' ? undefined : { symbol: terms.symbol, leverage: leverageNumber, margin: mode };
  }

  /** The name of the account that trades a data. */
  accountNameOf(dataId: number): string {
    return this.#held[dataId]!.account.name;
  }

  /** Whether the account of a data holds a position for each side. */
  isHedged(dataId: number): boolean {
    return this.#setup.accounts[this.accountNameOf(dataId)]!.positionMode === 'hedge';
  }

  /** What the account of a data should hold at its venue, by currency. */
  expectedOf(dataId: number): ReadonlyMap<string, number> {
    const { wallet } = this.#held[dataId]!.account;
    return new Map(wallet.currencies.map((name) => [name, this.#a.toNumber(wallet.balance(name))]));
  }

  /** Books a fill as a venue reports it: with its fee, and without any check. */
  bookReported(
    dataId: number,
    size: number,
    price: number,
    isMaker: boolean,
    fee: { readonly amount: number; readonly currency: string } | undefined,
    out: Settlement,
  ): void {
    const { account, leg } = this.#held[dataId]!;
    const before = leg.view.size;
    const reported = fee === undefined ? undefined : { fee: this.#a.of(fee.amount), currency: fee.currency };
    account.fill(leg, this.#exactSize(leg, size), this.#a.of(price), isMaker, out, reported);
    this.#noteFee(account, isMaker);
    if (Number.isNaN(leg.mark)) leg.mark = price;
    this.#worth.show(account);
    if (leg.terms.kind === 'spot') this.#changeOfSpot(leg, size, before, out);
  }

  /** Takes funding that a venue reports: it is booked with the bar that it is due in, as in a backtest. */
  bookFunding(dataId: number, time: number, amount: number): void {
    this.#payments.report(dataId, time, amount);
  }

  /** Books a liquidation that a venue reports; false when the data holds nothing on that side. */
  bookLiquidation(dataId: number, payment: VenuePayment): boolean {
    return this.#exits.bookReported(this.#held[dataId]!, payment);
  }

  /** Books a fill that has been checked. */
  fill(dataId: number, size: number, price: number, isMaker: boolean, out: Settlement): void {
    const held = this.#held[dataId]!;
    const { account, leg } = held;
    const before = leg.view.size;
    account.fill(leg, this.#exactSize(leg, size), this.#a.of(price), isMaker, out);
    held.hasFilled = true;
    this.#noteFee(account, isMaker);
    this.#worth.show(account);
    if (leg.terms.kind === 'spot') this.#changeOfSpot(leg, size, before, out);
  }

  /** What a position of spot holds is net of a fee in the base; dust below the lot counts as sold. */
  #changeOfSpot(leg: Leg<N>, size: number, before: number, out: Settlement): void {
    const change = leg.view.size - before;
    out.opened = size > 0 ? change : 0;
    out.closed = size > 0 ? 0 : change;
  }

  #noteFee(account: VenueAccount<N>, isMaker: boolean): void {
    const { lastFill } = this;
    lastFill.isMaker = isMaker;
    lastFill.fee = this.#a.toNumber(account.lastFee.fee);
    lastFill.currency = account.lastFee.currency;
  }

  /** Takes an order that has just been placed: a reduce-only order rests whatever becomes of the position, as at an exchange. */
  prepare(working: WorkingOrder): void {
    const { reducesOnly, isAim, parent, group } = working;
    working.outlivesPosition = reducesOnly && !isAim && parent === undefined && group === undefined;
  }

  /** Whether the fill of a matched order takes its price from the book that it rested in. */
  isMaker({ rule, type, takesLiquidity, dataId, firstIndex, createdClock }: WorkingOrder): boolean {
    if (rule === 'limitReached' || rule === 'traded' || rule === 'queued') return true;
    if (rule !== 'limitAtOpen' || takesLiquidity) return false;
    if (type !== 'limit') return true;
    const { moves, time } = this.#timelines[dataId]!;
    return moves > firstIndex && time.at(moves - 1) >= createdClock;
  }

  /** The close of a data's present bar. */
  timeOf(dataId: number): number {
    const timeline = this.#timelines[dataId]!;
    return timeline.closeAt(timeline.index);
  }

  /** A size as the ledger counts it: all that is held where that is meant, to the last digit. */
  #exactSize(leg: Leg<N>, size: number): N {
    const a = this.#a;
    if (Math.abs(size) === Math.abs(a.toNumber(leg.size))) {
      const exact = a.abs(leg.size);
      return size < 0 ? a.neg(exact) : exact;
    }
    return a.of(size);
  }

  settle(dataId: number, size: number, out: Settlement): void {
    this.fill(dataId, size, out.price, false, out);
  }

  save(_dataId: number): { restore(): void } {
    const saved = this.accounts.map((account) => account.save());
    return {
      restore: () => {
        for (const one of saved) one.restore();
        for (const account of this.accounts) this.#worth.show(account);
      },
    };
  }

  worthAt(dataId: number, price: number): number {
    const { account, leg } = this.#held[dataId]!;
    const a = this.#a;
    const { terms } = leg;
    const wallet = a.toNumber(account.wallet.balance(terms.settle));
    if (terms.kind === 'spot') return wallet + a.toNumber(account.wallet.balance(terms.base)) * price;
    return wallet + a.toNumber(account.unrealised(leg, a.of(price)));
  }

  receive(amount: number): void {
    this.#incoming.push(amount);
  }

  /**
   * Moves money between accounts. It leaves at once, less the fee, and arrives with the first bar that opens `delayMs` later.
   *
   * @returns Whether the account held enough that is free.
   * @throws {ConfigError} If there is no such account, or the amount makes no sense.
   */
  transfer(request: TransferRequest): boolean {
    checkNames('field of a transfer', request, transferNames);
    const { from, to, currency } = request;
    const [source, target] = [this.#named('from', from), this.#named('to', to)];
    checkTransfer(request);
    const free = this.free(currency, from);
    const sent = this.#transfers.send(source, target, request, free, this.#clock(), this.isKeptByVenues);
    if (sent === undefined) return false;
    this.#worth.show(source);
    this.isBusy = true;
    this.#payments.booked.push(sent);
    return true;
  }

  /** What an account has free of a currency: its balance, without what positions bind. */
  free(currency: string, name = this.accounts[0]!.name): number {
    this.#catchUp();
    return this.#worth.freeIn(this.#named('account', name), currency);
  }

  #named(field: string, name: string): VenueAccount<N> {
    const found = this.accounts.find((one) => one.name === name);
    if (found !== undefined) return found;
    const names = this.accounts.map((one) => one.name);
    const near = nearestName(name, names);
    throw wrongTransfer(field, `one of ${names.join(', ')}`, name, near);
  }

  /** The latest close. */
  #clock(): number {
    let clock = -Infinity;
    for (const timeline of this.#timelines) {
      if (timeline.index >= 0) clock = Math.max(clock, timeline.closeAt(timeline.index));
    }
    return clock;
  }

  /** Books the transfers that have arrived by the open of the new bars. */
  #arrive(): void {
    let opened = Infinity;
    for (const timeline of this.#timelines) if (timeline.isNew) opened = Math.min(opened, openOf(timeline));
    const arrived = this.#transfers.arrive(opened);
    if (arrived.length === 0) return;
    this.isBusy = !this.isLinear || this.#transfers.isAny;
    for (const account of arrived) this.#worth.show(account);
  }

  payInterest(): void {
    // Interest on what is borrowed is booked with the bars, in `beginBars`.
  }

  /** What happens at the open of the new bars, before orders: funding, then liquidation at the mark's open. */
  beginBars(): void {
    if (this.quiet.isOpen) this.#linear.readMark(1);
    this.#isInBars = this.#conversion.isInBars = true;
    if (this.#transfers.isAny) this.#arrive();
    if (this.isKeptByVenues) return;
    this.#payments.passTime(this.#timelines);
    let isDue = false;
    for (const held of this.#held) {
      const { timeline } = held;
      if (!timeline.isNew) continue;
      held.hasFilled = false;
      held.isBehind = held.isShared && openOf(timeline) < held.leg.markedAt;
      if (held.isBehind) continue;
      this.#takeMark(held, 'open');
      if (held.dues.nextTime <= openOf(timeline) + lateStampMs) isDue = true;
    }
    if (isDue) this.#payments.payAtOpen();
    if (this.#worth.openCount > 0) this.#exits.atOpen(this.#held);
  }

  /** Takes a price of its new bar as the mark of a data; coins that came without a purchase count from the first one on. */
  #takeMark(held: Held<N>, field: 'open' | 'close'): void {
    const { leg, quick, account, isShared, timeline } = held;
    leg.mark = markOf(held, field);
    if (isShared) leg.markedAt = field === 'open' ? openOf(timeline) : timeline.closeAt(timeline.index);
    if (quick.isSpot && quick.units !== 0 && quick.entry === 0) this.#worth.show(account);
  }

  /** Takes the next payment of funding as a stream states it; a later statement of the same payment replaces the rate. */
  stateFunding(dataId: number, time: number, rate: number): void {
    this.#payments.state(dataId, time, rate);
  }

  /** Keeps the sizes that pay what is due within a second of a moment, before a fill on paper changes them. */
  noteDue(time: number): void {
    this.#payments.noteDue(time);
  }

  /** What happens in the new bars once their orders are booked: liquidation inside, payments due within, delivery, and the mark's close. */
  endBars(): void {
    for (const held of this.#held) {
      const { leg, timeline, quick, dues } = held;
      if (!timeline.isNew) continue;
      if (!quick.isSpot && quick.units !== 0 && !this.isKeptByVenues) this.#exits.inside(held);
      if (!held.isShared || timeline.closeAt(timeline.index) >= leg.markedAt) this.#takeMark(held, 'close');
      if (this.isKeptByVenues) {
        this.#payments.bookReported(held, timeline.closeAt(timeline.index));
        continue;
      }
      if (!dues.isAny && leg.terms.expiry === Infinity) continue;
      const closes = timeline.closeAt(timeline.index);
      if (dues.nextTime < closes) this.#payments.payUntil(held, closes - 1, leg.mark);
      if (leg.terms.expiry > closes || dues.isExpired) continue;
      dues.isExpired = true;
      if (quick.units !== 0) this.#exits.deliver(held);
      else this.endOrders?.(held.id, `'${timeline.info.name}' expired at ${formatTime(leg.terms.expiry)}`);
    }
    this.#isInBars = this.#conversion.isInBars = false;
  }

  /** Reads the mark of a linear run, which quiet steps leave where it was. */
  #catchUp(): void {
    if (this.quiet.isOpen && !this.#isInBars) this.#linear.readMark(0);
  }

  /** Writes the numbers of a quiet span, as `spanField` says. */
  describe(_dataId: number, into: Float64Array): void {
    this.#linear.describe(this.#worth.cash, this.#transfers.worth(this.#conversion), into);
  }

  /** The last bar of `from` to `to` before one that liquidates the position of a linear run, pays funding or delivers. */
  quietUntil(from: number, to: number): number {
    return this.#linear.quietUntil(from, to);
  }

  /** What the latest liquidation or delivery came to, for its fill. */
  get forced(): Settlement {
    return this.#exits.settlement;
  }

  mark(isLate = false): void {
    if (this.#incoming.length > 0) {
      for (const amount of this.#incoming) {
        this.fundShares += amount / this.fundValue;
        this.accounts[0]!.wallet.book(this.currency, this.#a.of(amount), 'deposit');
      }
      this.#worth.show(this.accounts[0]!);
      this.#incoming = [];
    }
    if (!isLate) this.revalue();
  }

  revalue(): void {
    this.#catchUp();
    this.#worth.revalue();
  }

  /** The first fault in its books; undefined without one. */
  get fault(): string | undefined {
    for (const account of this.accounts) {
      const fault = faultOf(this.#a, account);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** The value of accounts follows from their books. */
  get added(): undefined {
    return undefined;
  }

  /** What the accounts come to, for the result. */
  result(): AccountResult {
    // What was due in a bar that the session did not see to its end.
    for (const held of this.#held) this.#payments.bookReported(held, Infinity);
    const { booked } = this.#payments;
    return {
      currency: this.currency,
      accounts: this.accounts.map((account) => statementOf(this.#a, account)),
      funding: booked.filter(({ kind }) => kind === 'funding'),
      interest: booked.filter(({ kind }) => kind === 'interest'),
      liquidations: this.#exits.liquidations,
      transfers: booked.filter(({ kind }) => kind === 'transfer'),
      dust: dustOf(this.#a, this.#held),
      withoutRate: [...this.#conversion.missing],
    };
  }

  /** Sentences for the result. */
  warnings(): string[] {
    const { missing, uncounted } = this.#conversion;
    const texts: string[] = [];
    if (missing.size > 0) {
      const [first] = missing;
      texts.push(
        `the value leaves out what is held in ${[...missing].join(', ')}: no rate to ${this.currency} is known; give rates: { '${first}/${this.currency}': a number or the name of a data }`,
      );
    }
    if (uncounted.size > 0 && this.#held.some(({ leg }) => leg.terms.fees.length > 1)) {
      const [first] = uncounted;
      texts.push(
        `the volume of fee tiers leaves out what was traded in ${[...uncounted].join(', ')} while no rate to ${this.currency} was known; give rates: { '${first}/${this.currency}': a number or the name of a data with earlier bars }`,
      );
    }
    for (const { account, currency, size, value } of dustOf(this.#a, this.#held)) {
      texts.push(`dust: ${account} holds ${size} ${currency} below the lot, worth ${+value.toPrecision(6)}`);
    }
    texts.push(...this.#transfers.warnings());
    const { liquidations } = this.#exits;
    if (liquidations.length > 0) {
      const { data, price } = liquidations[0]!;
      const count = liquidations.length;
      texts.push(
        `${count} ${count === 1 ? 'liquidation' : 'liquidations'}, the first of '${data}' at ${+price.toPrecision(8)}`,
      );
    }
    return texts;
  }
}

/** The cash of a ledger portfolio: what is free over all accounts. */
class LedgerCash {
  readonly #portfolio: { freeCash(): number; receive(amount: number): void };

  constructor(portfolio: { freeCash(): number; receive(amount: number): void }) {
    this.#portfolio = portfolio;
  }

  get cash(): number {
    return this.#portfolio.freeCash();
  }

  add(amount: number): void {
    this.#portfolio.receive(amount);
  }
}
