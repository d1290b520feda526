/** The portfolio of venue accounts: positions over the datas of a run, with fees, funding and liquidation by each venue's terms. */
import {
  checkNames,
  ConfigError,
  formatTime,
  nearestName,
  type ContractSettings,
  type PositionSide,
  type VenuePayment,
} from '../../../core/index.ts';
import type { Timeline } from '../../../lines/index.ts';
import { emptySettlement, type AccountRules, type Settlement } from '../account.ts';
import type { CommissionOptions, CommissionScheme } from '../commission.ts';
import type { Position } from '../position.ts';
import type { WorkingOrder } from '../../orders/working-order.ts';
import type { FillCost } from '../fill-blotter.ts';
import type { PortfolioBook } from '../portfolio-book.ts';
import type { Arithmetic } from './arithmetic.ts';
import { Conversion } from './conversion.ts';
import { lateStampMs, markOf, openOf, slack, type Held } from './held.ts';
import type { Leg } from './leg.ts';
import { LinearSpan } from './linear-span.ts';
import { checkAccountOptions } from './options.ts';
import type { InstrumentOptions, Rates, TransferRequest, VenueAccountOptions } from './options.ts';
import { profileOf } from './liquidation.ts';
import type { AccountPayment, AccountResult, LiquidationRecord } from './records.ts';
import { Seating } from './seating.ts';
import { dustOf, faultOf, statementOf } from './statement.ts';
import { checkTransfer, transferNames, Transfers, wrongTransfer } from './transfers.ts';
import { VenueAccount, type AccountRefusal } from './venue-account.ts';

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

/** A balance in floats. */
interface QuickBalance {
  readonly account: number;
  readonly currency: string;
  readonly amount: number;
}

/** Ends a position from outside of its strategy: books the fill of an order made for it. */
export type ForcedExit = (
  dataId: number,
  size: number,
  price: number,
  rule: 'liquidation' | 'delivery',
  reason: string,
) => void;

const hourMs = 3_600_000;

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
  readonly liquidations: LiquidationRecord[] = [];
  readonly events: AccountPayment[] = [];
  /** Whether venues report funding and liquidations, so that none is computed here. */
  isKeptByVenues = false;
  /** Ends positions that are liquidated or delivered; set by the broker. */
  forceExit: ForcedExit | undefined;
  /** Cancels the orders of a data; set by the broker. */
  endOrders: ((dataId: number, reason: string) => void) | undefined;
  readonly #a: Arithmetic<N>;
  readonly #setup: LedgerSetup;
  #instruments: ReadonlyMap<string, InstrumentOptions> = new Map();
  #held: Held<N>[] = [];
  #timelines: readonly Timeline[] = [];
  /** The quiet spans of a run over one linear contract. */
  #linear!: LinearSpan<N>;
  readonly #totals = new Float64Array(2);
  readonly #transfers: Transfers<N>;
  #incoming: number[] = [];
  #openCount = 0;
  /** The UTC hour up to which interest is charged. */
  #hour = -Infinity;
  /** Funding that venues reported and that belongs to bars that have not closed. */
  #reported: { readonly dataId: number; readonly time: number; readonly amount: number }[] = [];
  readonly #conversion: Conversion<N>;
  #balances: QuickBalance[] = [];
  /** What the accounts began with, in the currency of value, once every rate it takes is known. */
  #startValue: number | undefined;
  /** Whether balances are in the currency of value alone. */
  #isOneCurrency = false;
  /** Whether some account carries several positions together, so that each mark moves every liquidation price. */
  #sharesMargin = false;

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
          setup.accounts[name]!.borrow,
          setup.accounts[name]!.leverage,
        ),
    );
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
    this.#held = timelines.map((timeline) => seating.seat(timeline, own.get(timeline.info.name)));
    const first = this.#held[0]!;
    this.#linear = new LinearSpan(first);
    const firstOptions = this.#setup.accounts[first.account.name]!;
    this.#conversion.open(firstOptions.currency ?? first.leg.terms.settle, this.#held, timelines);
    for (const account of this.accounts) this.#deposit(account);
    this.#checkRates();
    for (const account of this.accounts) account.syncSpot();
    this.#sharesMargin = this.accounts.some(
      ({ legs }) => legs.filter(({ terms, isIsolated }) => terms.kind !== 'spot' && !isIsolated).length > 1,
    );
    for (const held of this.#held) this.#show(held);
    this.#showBalances();
    this.isLinear =
      this.#held.length === 1 &&
      this.accounts.length === 1 &&
      first.leg.terms.kind === 'linear' &&
      first.leg.terms.settle === this.currency &&
      first.mark === undefined &&
      first.timeline.ticks === undefined &&
      this.#isOneCurrency;
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
    return (this.#startValue ??= this.#deposits()) ?? this.#totals[0]!;
  }

  /** The deposits in the currency of value, at the first prices of the run; undefined where a rate is not known yet. */
  #deposits(): number | undefined {
    let sum = 0;
    const isAtStart = this.#timelines.every(({ index }) => index < 0);
    for (const { wallet } of this.accounts) {
      for (const currency of wallet.currencies) {
        const amount = this.#a.toNumber(wallet.booked(currency, 'deposit'));
        const rate = this.#conversion.rateOf(currency, this.currency, isAtStart);
        if (amount !== 0 && rate === undefined) sum = NaN;
        else if (amount !== 0) sum += amount * rate!;
      }
    }
    return Number.isNaN(sum) ? undefined : sum;
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
    return this.#totals[0]!;
  }

  get grossValue(): number {
    return this.#totals[1]!;
  }

  get fundValue(): number {
    return this.fundShares === 0 ? this.#setup.fundStart : this.#totals[0]! / this.fundShares;
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

  holdsOnly(dataId: number): boolean {
    return this.#openCount === (this.positionOf(dataId).size === 0 ? 0 : 1);
  }

  kindOf(dataId: number): 'spot' | 'margin' {
    return this.legOf(dataId).terms.kind === 'spot' ? 'spot' : 'margin';
  }

  shortSale(dataId: number, units: number): string {
    const { account, leg } = this.#held[dataId]!;
    const { base } = leg.terms;
    const held = +this.#a.toNumber(account.wallet.balance(base)).toPrecision(8);
    return `the account cannot sell ${+units.toPrecision(8)} ${base} of ${held}: spot cannot be sold short`;
  }

  /** What is free to open positions with, over all accounts, in `currency`. */
  freeCash(): number {
    this.#catchUp();
    let free = 0;
    for (const { currency, amount } of this.#balances) if (currency === this.currency) free += amount;
    for (let k = 0; k < this.#held.length; k++) {
      const { quick, leg } = this.#held[k]!;
      if (quick.isSpot || quick.units === 0 || leg.terms.settle !== this.currency) continue;
      if (leg.isIsolated) free -= quick.margin;
      else free += quick.unrealised(leg.mark) - quick.notional(leg.mark) * quick.gear;
    }
    return free;
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
    const { account, leg } = this.#held[dataId]!;
    const a = this.#a;
    const { terms } = leg;
    const rate = a.toNumber(account.feeRate(leg, false));
    if (terms.kind === 'spot') {
      if (sign < 0) return Math.max(0, a.toNumber(account.wallet.balance(terms.base)) - closing);
      const paysFee = terms.feeCurrency === 'quote' || terms.feeCurrency === terms.quote;
      return a.toNumber(account.wallet.balance(terms.quote)) / (price * (1 + (paysFee ? rate : 0)));
    }
    const exact = a.of(price);
    const free = a.toNumber(account.freeFor(leg, a.of(-sign * closing * -1), exact));
    const unit = a.toNumber(terms.notional(a.of(1), exact));
    const fits = (free - unit * closing * Math.max(0, rate)) / (unit * (1 / leg.leverageNumber + Math.max(0, rate)));
    const held = closing > 0 ? 0 : Math.abs(a.toNumber(leg.size));
    return Math.max(0, Math.min(fits, this.#unitsWithin(leg, unit) - held));
  }

  /** Units of the largest position that the leverage of a leg allows. */
  #unitsWithin(leg: Leg<N>, unit: number): number {
    let most = leg.terms.tiers.length === 0 ? Infinity : 0;
    for (const tier of leg.terms.tiers) if (tier.maxLeverage >= leg.leverageNumber) most = this.#a.toNumber(tier.upTo);
    return most / unit;
  }

  /** Why a fill would be refused; undefined when it would not. */
  refusalOf(dataId: number, size: number, price: number, isMaker: boolean): AccountRefusal | undefined {
    const { account, leg, timeline } = this.#held[dataId]!;
    const { expiry } = leg.terms;
    if (openOf(timeline) >= expiry) {
      const reason = `'${timeline.info.name}' expired at ${formatTime(expiry)}: nothing of it can be traded any more`;
      return { rule: 'expired', reason };
    }
    return account.refusalOf(leg, this.#exactSize(leg, size), this.#a.of(price), isMaker);
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
    this.#showAll(account);
    if (leg.terms.kind === 'spot') this.#changeOfSpot(leg, size, before, out);
  }

  /** Takes funding that a venue reports: it is booked with the bar that it is due in, as in a backtest. */
  bookFunding(dataId: number, time: number, amount: number): void {
    this.#reported.push({ dataId, time, amount });
  }

  /** Books the reported funding of a data that was due before a moment. */
  #bookReported(held: Held<N>, until: number): void {
    if (this.#reported.length === 0) return;
    const due = this.#reported.filter(({ dataId, time }) => dataId === held.id && time < until);
    if (due.length === 0) return;
    this.#reported = this.#reported.filter((one) => !due.includes(one));
    for (const { time, amount } of due) this.#bookFunding(held, time, amount);
  }

  #bookFunding({ account, leg, timeline }: Held<N>, time: number, amount: number): void {
    account.receiveFunding(leg, this.#a.of(amount));
    const { settle: currency } = leg.terms;
    this.events.push({ kind: 'funding', time, account: account.name, data: timeline.info.name, currency, amount });
    this.#showAll(account);
  }

  /** Books a liquidation that a venue reports; false when the data holds nothing on that side. */
  bookLiquidation(dataId: number, { size = 0, price = NaN, side, amount, time }: VenuePayment): boolean {
    const held = this.#held[dataId]!;
    const a = this.#a;
    const isLong = a.sign(held.leg.size) > 0;
    if (a.sign(held.leg.size) === 0 || isLong !== (side === 'sell')) return false;
    const units = Math.min(size, Math.abs(a.toNumber(held.leg.size)));
    const exact = units < size ? a.abs(held.leg.size) : a.of(units);
    this.#liquidateAt(held, a.of(price), exact, time, a.of(amount));
    return true;
  }

  /** Books a fill that has been checked. */
  fill(dataId: number, size: number, price: number, isMaker: boolean, out: Settlement): void {
    const held = this.#held[dataId]!;
    const { account, leg } = held;
    const before = leg.view.size;
    account.fill(leg, this.#exactSize(leg, size), this.#a.of(price), isMaker, out);
    this.#noteFee(account, isMaker);
    this.#showAll(account);
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

  settle(dataId: number, size: number, price: number, _time: number, out: Settlement): void {
    this.fill(dataId, size, price, false, out);
  }

  save(_dataId: number): { restore(): void } {
    const saved = this.accounts.map((account) => account.save());
    const openCount = this.#openCount;
    return {
      restore: () => {
        for (const one of saved) one.restore();
        this.#openCount = openCount;
        for (const account of this.accounts) this.#showAll(account);
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
    this.#showAll(source);
    this.isBusy = true;
    this.events.push(sent);
    return true;
  }

  /** What an account has free of a currency: its balance, without what positions bind. */
  free(currency: string, name = this.accounts[0]!.name): number {
    this.#catchUp();
    const account = this.#named('account', name);
    let free = this.#a.toNumber(account.wallet.balance(currency));
    for (const { quick, leg, account: holder } of this.#held) {
      if (holder !== account || quick.isSpot || quick.units === 0 || leg.terms.settle !== currency) continue;
      if (leg.isIsolated) free -= quick.margin;
      else free += Math.min(0, quick.unrealised(leg.mark)) - quick.notional(leg.mark) * quick.gear;
    }
    return Math.max(0, free);
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
    for (const account of arrived) this.#showAll(account);
  }

  payInterest(): void {
    // Interest on what is borrowed is booked with the bars, in `beginBars`.
  }

  /** What happens at the open of the new bars, before orders: funding, then liquidation at the mark's open. */
  beginBars(): void {
    if (this.quiet.isOpen) this.#linear.readMark(1);
    this.#isInBars = true;
    if (this.#transfers.isAny) this.#arrive();
    if (this.isKeptByVenues) return;
    this.#passTime();
    let isDue = false;
    for (const held of this.#held) {
      const { timeline, quick, leg } = held;
      if (!timeline.isNew) continue;
      if (quick.units !== 0 || this.#sharesMargin) leg.mark = markOf(held, 'open');
      if (held.due < held.funding.length && held.funding[held.due]!.time <= openOf(timeline) + lateStampMs)
        isDue = true;
    }
    if (isDue) this.#payDue();
    if (this.#openCount > 0) this.#liquidateAtOpen();
  }

  /** Takes the next payment of funding as a stream states it; a later statement of the same payment replaces the rate. */
  stateFunding(dataId: number, time: number, rate: number): void {
    const { funding, due } = this.#held[dataId]!;
    const last = funding.length - 1;
    if (last >= due && funding[last]!.time === time) funding[last] = { time, rate };
    else if (last < 0 || funding[last]!.time < time) funding.push({ time, rate });
  }

  /**
   * On paper fills come before the bar that they happen in has closed, and so before `beginBars` of it: keeps the sizes that pay what is due
   * within a second of a moment.
   */
  noteDue(time: number): void {
    for (const { funding, due, sizes, leg } of this.#held) {
      for (let k = due; k < funding.length && funding[k]!.time <= time + lateStampMs; k++) {
        if (!sizes.has(k)) sizes.set(k, leg.size);
      }
    }
  }

  /** Charges interest for the hours that have passed, and lets old volume fall out of the fee tiers. */
  #passTime(): void {
    let opened = Infinity;
    for (const timeline of this.#timelines) if (timeline.isNew) opened = Math.min(opened, openOf(timeline));
    const hour = Math.floor(opened / hourMs);
    if (!(hour > this.#hour)) return;
    const hours = this.#hour === -Infinity ? 0 : hour - this.#hour;
    this.#hour = hour;
    for (const account of this.accounts) {
      account.moveClock(opened);
      if (hours === 0) continue;
      const paid = account.chargeInterest(hours);
      for (const { currency, amount, rate } of paid) {
        this.events.push({ kind: 'interest', time: hour * hourMs, account: account.name, currency, amount, rate });
      }
      if (paid.length > 0) this.#showAll(account);
    }
  }

  /** Pays what is due at the open of the new bars. */
  #payDue(): void {
    for (const held of this.#held) {
      if (!held.timeline.isNew || held.due === held.funding.length) continue;
      this.#payFunding(held, openOf(held.timeline) + lateStampMs, markOf(held, 'open'));
    }
  }

  #liquidateAtOpen(): void {
    const a = this.#a;
    for (const held of this.#held) {
      const { leg, timeline, quick } = held;
      if (!timeline.isNew || quick.isSpot || quick.units === 0) continue;
      if (this.#sharesMargin) quick.liquidation = this.#liquidationOf(held);
      const { liquidation } = quick;
      if (quick.units > 0 ? leg.mark <= liquidation : leg.mark >= liquidation) this.#liquidate(held, a.of(leg.mark));
    }
  }

  /** What happens in the new bars once their orders are booked: liquidation inside, payments due within, delivery, and the mark's close. */
  endBars(): void {
    for (const held of this.#held) {
      const { leg, timeline, quick } = held;
      if (!timeline.isNew) continue;
      if (!quick.isSpot && quick.units !== 0 && !this.isKeptByVenues) this.#liquidateInside(held);
      leg.mark = markOf(held, 'close');
      if (this.isKeptByVenues) {
        this.#bookReported(held, timeline.closeAt(timeline.index));
        continue;
      }
      if (held.due === held.funding.length && leg.terms.expiry === Infinity) continue;
      const closes = timeline.closeAt(timeline.index);
      if (held.due < held.funding.length && held.funding[held.due]!.time < closes)
        this.#payFunding(held, closes - 1, leg.mark);
      if (leg.terms.expiry > closes || held.isExpired) continue;
      held.isExpired = true;
      if (quick.units !== 0) this.#deliver(held);
      else this.endOrders?.(held.id, `'${timeline.info.name}' expired at ${formatTime(leg.terms.expiry)}`);
    }
    this.#isInBars = false;
  }

  /** Reads the mark of a linear run, which quiet steps leave where it was. */
  #catchUp(): void {
    if (this.quiet.isOpen && !this.#isInBars) this.#linear.readMark(0);
  }

  /** Writes the numbers of a quiet span, as `spanField` says. */
  describe(_dataId: number, into: Float64Array): void {
    let balance = 0;
    for (const { amount } of this.#balances) balance += amount;
    this.#linear.describe(balance, this.#transfers.worth(this.#conversion), into);
  }

  /** The last bar of `from` to `to` before one that liquidates the position of a linear run, pays funding or delivers. */
  quietUntil(from: number, to: number): number {
    return this.#linear.quietUntil(from, to);
  }

  #liquidateInside(held: Held<N>): void {
    const a = this.#a;
    const { leg, quick } = held;
    const isLong = quick.units > 0;
    const reached = markOf(held, isLong ? 'low' : 'high');
    if (!this.#sharesMargin && !(isLong ? reached <= quick.liquidation * slack : reached >= quick.liquidation / slack))
      return;
    for (let steps = 0; steps < 20 && a.sign(leg.size) !== 0; steps++) {
      const exact = held.account.liquidationOf(leg);
      const liquidation = exact === undefined ? NaN : a.toNumber(exact);
      if (!(isLong ? reached <= liquidation : reached >= liquidation)) return;
      this.#liquidate(held, held.account.isShared(leg) ? this.#within(held, exact!) : exact!);
    }
  }

  /**
   * A liquidation price, or the mark's open where that is worse: what other positions have lost in the bar may have moved the liquidation
   * price to where the mark never was.
   */
  #within(held: Held<N>, price: N): N {
    const a = this.#a;
    const open = a.of(markOf(held, 'open'));
    const isPast = held.quick.units > 0 ? a.compare(price, open) > 0 : a.compare(price, open) < 0;
    return isPast ? open : price;
  }

  /** The price at which a position is liquidated; NaN without one. */
  #liquidationOf({ account, leg }: Held<N>): number {
    const price = account.liquidationOf(leg);
    return price === undefined ? NaN : this.#a.toNumber(price);
  }

  #payFunding(held: Held<N>, until: number, mark: number): void {
    const { leg, account, funding } = held;
    const a = this.#a;
    while (held.due < funding.length && funding[held.due]!.time <= until) {
      const { time, rate } = funding[held.due]!;
      const size = held.sizes.get(held.due) ?? leg.size;
      held.sizes.delete(held.due++);
      if (a.sign(size) === 0) continue;
      const amount = a.toNumber(account.payFunding(leg, a.of(rate), a.of(mark), size));
      this.events.push({
        kind: 'funding',
        time,
        account: account.name,
        data: held.timeline.info.name,
        currency: leg.terms.settle,
        amount,
        price: mark,
        rate,
      });
      this.#showAll(account);
    }
  }

  #liquidate(held: Held<N>, price: N): void {
    const { leg, account, timeline } = held;
    const units = account.profile.reducesBySteps ? account.stepDown(leg, price) : this.#a.abs(leg.size);
    this.#liquidateAt(held, price, units, timeline.closeAt(timeline.index));
  }

  /** @param reported - The fee that the venue reports. */
  #liquidateAt(held: Held<N>, price: N, units: N, time: number, reported?: N): void {
    const { leg, account, timeline } = held;
    const a = this.#a;
    const isLong = a.sign(leg.size) > 0;
    const size = a.toNumber(units);
    const at = a.toNumber(price);
    const balance = a.toNumber(account.balanceOf(leg));
    const { loss, fee } = account.liquidate(leg, price, units, reported);
    this.liquidations.push({
      time,
      account: account.name,
      data: timeline.info.name,
      side: isLong ? 'sell' : 'buy',
      size,
      price: at,
      loss: a.toNumber(loss),
      fee: a.toNumber(fee),
      currency: leg.terms.settle,
    });
    this.#forced.pnl = -a.toNumber(loss);
    this.#forced.closed = isLong ? -size : size;
    this.#forced.closedCommission = a.toNumber(fee);
    this.#forced.closedValue = a.toNumber(leg.terms.notional(units, price));
    this.lastFill.isMaker = false;
    this.lastFill.fee = a.toNumber(fee);
    this.lastFill.currency = leg.terms.settle;
    this.#showAll(account);
    const reason = `liquidated at ${+at.toPrecision(8)}: ${+balance.toPrecision(8)} ${leg.terms.settle} no longer carried the position`;
    this.forceExit?.(held.id, isLong ? -size : size, at, 'liquidation', reason);
  }

  /** What the latest liquidation or delivery came to, for its fill. */
  get forced(): Settlement {
    return this.#forced;
  }

  readonly #forced = emptySettlement();

  /** A dated future ends: the position is settled at the last mark, without a trade. */
  #deliver(held: Held<N>): void {
    const { leg, account, timeline } = held;
    const a = this.#a;
    const size = a.toNumber(leg.size);
    account.fill(leg, a.neg(leg.size), a.of(leg.mark), false, this.#forced);
    this.#noteFee(account, false);
    this.#showAll(account);
    this.forceExit?.(
      held.id,
      -size,
      leg.mark,
      'delivery',
      `'${timeline.info.name}' expired and was settled at ${leg.mark}`,
    );
  }

  mark(isLate = false): void {
    if (this.#incoming.length > 0) {
      for (const amount of this.#incoming) {
        this.fundShares += amount / this.fundValue;
        this.accounts[0]!.wallet.book(this.currency, this.#a.of(amount), 'deposit');
      }
      this.#showAll(this.accounts[0]!);
      this.#incoming = [];
    }
    if (!isLate) this.revalue();
  }

  revalue(): void {
    this.#catchUp();
    let gross = 0;
    let worth = 0;
    const isOne = this.#isOneCurrency;
    const { length } = this.#balances;
    for (let k = 0; k < length; k++) {
      const { amount, currency } = this.#balances[k]!;
      worth += isOne ? amount : this.#conversion.convert(amount, currency);
    }
    // What is on its way still belongs to the run.
    if (this.#transfers.isAny) worth += this.#transfers.worth(this.#conversion);
    for (let k = 0; k < this.#held.length; k++) {
      const { leg, quick } = this.#held[k]!;
      if (quick.units === 0 || !(leg.mark > 0)) continue;
      const value = quick.notional(leg.mark);
      gross += isOne ? value : Math.abs(this.#conversion.convert(value, leg.terms.settle));
      if (quick.isSpot) continue;
      const profit = quick.unrealised(leg.mark);
      worth += isOne ? profit : this.#conversion.convert(profit, leg.terms.settle);
    }
    this.#totals[0] = worth;
    this.#startValue ??= this.#deposits();
    this.#totals[1] = gross;
  }

  #showAll(account: VenueAccount<N>): void {
    for (const held of this.#held) if (held.account === account) this.#show(held);
    this.#showBalances();
  }

  #showBalances(): void {
    const balances: QuickBalance[] = [];
    let isOne = true;
    for (const [account, { wallet }] of this.accounts.entries()) {
      for (const currency of wallet.currencies) {
        const amount = this.#a.toNumber(wallet.balance(currency));
        if (amount !== 0) balances.push({ account, currency, amount });
        if (amount !== 0 && currency !== this.currency) isOne = false;
      }
    }
    this.#balances = balances;
    this.#isOneCurrency = isOne;
  }

  /** Brings the position that strategies see up to date. */
  #show(one: Held<N>): void {
    const { leg, timeline, quick } = one;
    const a = this.#a;
    const { view, terms } = leg;
    const held = a.toNumber(leg.size);
    quick.units = held * a.toNumber(terms.contractSize);
    quick.entry = a.toNumber(leg.entry);
    quick.margin = a.toNumber(leg.margin);
    quick.liquidation = quick.units === 0 || quick.isSpot || this.#sharesMargin ? NaN : this.#liquidationOf(one);
    const isDust = terms.kind === 'spot' && terms.lot !== undefined && Math.abs(held) < terms.lot;
    const size = isDust ? 0 : held;
    this.#openCount += (size === 0 ? 0 : 1) - (view.size === 0 ? 0 : 1);
    view.size = size;
    if (terms.kind === 'spot' && size !== 0 && a.sign(leg.entry) === 0 && timeline.index >= 0) {
      leg.entry = a.of(timeline.close.at(timeline.index));
    }
    view.price = size === 0 ? 0 : a.toNumber(leg.entry);
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
    for (const held of this.#held) this.#bookReported(held, Infinity);
    return {
      currency: this.currency,
      accounts: this.accounts.map((account) => statementOf(this.#a, account)),
      funding: this.events.filter(({ kind }) => kind === 'funding'),
      interest: this.events.filter(({ kind }) => kind === 'interest'),
      liquidations: this.liquidations,
      transfers: this.events.filter(({ kind }) => kind === 'transfer'),
      dust: dustOf(this.#a, this.#held),
      withoutRate: [...this.#conversion.missing],
    };
  }

  /** Sentences for the result. */
  warnings(): string[] {
    const { missing } = this.#conversion;
    const texts: string[] = [];
    if (missing.size > 0) {
      const [first] = missing;
      texts.push(
        `the value leaves out what is held in ${[...missing].join(', ')}: no rate to ${this.currency} is known; give rates: { '${first}/${this.currency}': a number or the name of a data }`,
      );
    }
    for (const { account, currency, size, value } of dustOf(this.#a, this.#held)) {
      texts.push(`dust: ${account} holds ${size} ${currency} below the lot, worth ${+value.toPrecision(6)}`);
    }
    texts.push(...this.#transfers.warnings());
    if (this.liquidations.length > 0) {
      const { data, price } = this.liquidations[0]!;
      const count = this.liquidations.length;
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
