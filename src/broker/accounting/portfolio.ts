/** The portfolio of a run: cash, positions, what they are worth, and what holding them costs. */
import { currenciesOf, type Refusal } from '../../core/index.ts';
import type { CommissionOptions } from './commission.ts';
import type { Timeline } from '../../lines/index.ts';
import { spanField } from '../quiet-span.ts';
import { FloatAccount, type Account, type AccountRules, type Settlement } from './account.ts';
import { unlimitedAccount, type AccountKind, type AccountRule } from './account-rule.ts';
import { DecimalAccount } from './decimal-account.ts';
import { Position } from './position.ts';
import { CommissionScheme } from './commission.ts';

const dayMs = 86_400_000;

/** How a portfolio is kept. */
export interface PortfolioOptions {
  readonly cash: number;
  readonly ledger: 'float' | 'decimal';
  readonly shortCash: boolean;
  readonly interestInPnl: boolean;
  readonly fundStart: number;
  readonly accountRule: AccountRule;
  /** The kind of account asked for; undefined leaves it to the instruments. */
  readonly accountKind: AccountKind | undefined;
}

/** Cash and positions over the datas of one run. */
export class Portfolio {
  readonly account: Account;
  readonly rules: AccountRules;
  fundShares: number;
  private readonly interestInPnl: boolean;
  private readonly fundStart: number;
  private readonly schemes: CommissionScheme[] = [];
  private readonly positions: Position[] = [];
  private readonly interestDay: number[] = [];
  private readonly interestOwed: number[] = [];
  private timelines: readonly Timeline[] = [];
  private incoming: number[] = [];
  private taken = 0;
  /** Positions that are not flat. */
  private openCount = 0;
  /** Positions that can lose more than they are worth: short, leveraged or settled in cash. */
  private owingCount = 0;
  private readonly accountRule: AccountRule;
  private readonly accountKind: AccountKind | undefined;
  private readonly kinds: (AccountKind | undefined)[] = [];
  /** Value and gross value: written each step, and numbers in fields would be boxed each time. */
  private readonly totals = new Float64Array(2);
  /** Whether every scheme is spot without leverage, interest or multiplier, so that value is size times close. */
  isPlain = true;

  constructor(options: PortfolioOptions) {
    const isLimited = options.accountRule !== unlimitedAccount && options.shortCash;
    this.rules = { shortCash: options.shortCash, isLimited, reserved: 0 };
    this.accountRule = options.accountRule;
    this.accountKind = options.accountKind;
    const Ledger = options.ledger === 'decimal' ? DecimalAccount : FloatAccount;
    this.account = new Ledger(options.cash, this.rules);
    this.interestInPnl = options.interestInPnl;
    this.fundStart = options.fundStart;
    this.fundShares = options.cash / options.fundStart;
    this.totals[0] = options.cash;
  }

  /** Takes over the datas of a run, with their own schemes by name where they have one. */
  open(timelines: readonly Timeline[], standard: CommissionScheme, own: ReadonlyMap<string, CommissionOptions>): void {
    this.timelines = timelines;
    for (const [id, timeline] of timelines.entries()) {
      const options = own.get(timeline.info.name);
      const units = this.accountRule.unitsOf(timeline.info);
      this.schemes[id] =
        options === undefined ? standard.of(units) : new CommissionScheme({ multiplier: units, ...options });
      this.kinds[id] = this.accountRule.kindOf(timeline.info, this.schemes[id], this.accountKind);
      this.positions[id] = new Position();
      this.interestDay[id] = 0;
      this.interestOwed[id] = 0;
    }
    this.isPlain =
      this.rules.shortCash &&
      this.schemes.every((s) => s.isSpot && s.leverage === 1 && s.interest === 0 && s.multiplier === 1);
  }

  /** Cash and positions at their latest closes. */
  get value(): number {
    return this.totals[0]!;
  }

  /** Cash added and withdrawn so far; undefined where interest is paid as well. */
  get added(): number | undefined {
    return this.schemes.some(({ interest }) => interest !== 0) ? undefined : this.taken;
  }

  /** Absolute value of all positions together. */
  get grossValue(): number {
    return this.totals[1]!;
  }

  /** Value of one fund share; its starting value while there is no share. */
  get fundValue(): number {
    return this.fundShares === 0 ? this.fundStart : this.totals[0]! / this.fundShares;
  }

  /** Value of units of a data that change hands at a price, never negative, in the currency of the account. */
  tradedValue(dataId: number, size: number, price: number): number {
    return this.schemes[dataId]!.notional(size, price);
  }

  schemeOf(dataId: number): CommissionScheme {
    return this.schemes[dataId]!;
  }

  positionOf(dataId: number): Position {
    return this.positions[dataId]!;
  }

  /** The first data that shows the same position: itself, as each has one of its own. */
  poolOf(dataId: number): number {
    return dataId;
  }

  /** As `isPlain`: value is cash and size times close. */
  get isLinear(): boolean {
    return this.isPlain;
  }

  /** Writes the numbers of a quiet span, as `spanField` says. */
  describe(dataId: number, into: Float64Array): void {
    const { cash } = this.account;
    into[spanField.base] = cash;
    into[spanField.size] = this.positions[dataId]!.size;
    into[spanField.cash] = cash;
  }

  /** Prices and times alone do nothing to a plain account. */
  quietUntil(_from: number, to: number): number {
    return to;
  }

  /** Whether there is no position but one in this data, if any. */
  holdsOnly(dataId: number): boolean {
    return this.openCount === (this.positions[dataId]!.size === 0 ? 0 : 1);
  }

  /** The kind of account that a data is traded in; undefined for one without limits. */
  kindOf(dataId: number): AccountKind | undefined {
    return this.kinds[dataId];
  }

  /** The account in one line for the summary. */
  get accountSummary(): string {
    return this.accountRule.describe(
      this.timelines.map(({ info }) => info),
      this.accountKind,
    );
  }

  /** Whether some position can lose more than the account holds. */
  get canOwe(): boolean {
    return this.owingCount > 0;
  }

  /** Why a spot account does not sell `units` of a data. */
  shortSale(dataId: number, units: number): Refusal {
    const { symbol, name, instrument, exchange } = this.timelines[dataId]!.info;
    const base = instrument?.base ?? (currenciesOf(symbol)[0] || name);
    const held = +this.positions[dataId]!.size.toPrecision(8);
    const refusal = `a spot account cannot sell ${+units.toPrecision(8)} ${base} of ${held}: account: 'margin' allows short sales`;
    // Bought through another data: what is held there does not help here.
    const holder = this.timelines.find(({ id, info }) => {
      return (
        id !== dataId &&
        this.positions[id]!.size > 0 &&
        (info.instrument?.base ?? currenciesOf(info.symbol)[0]) === base
      );
    });
    if (holder === undefined) return { rule: 'cash', reason: refusal };
    const isSame = holder.info.symbol === symbol && holder.info.exchange === exchange;
    const more = isSame
      ? `, '${holder.info.name}' holds ${+this.positions[holder.id]!.size.toPrecision(8)}, and account: { cash: ... } counts the ${base} of both as one`
      : `, accounts: { ... } with a balance of ${base} on each exchange sells what is held there`;
    return { rule: 'cash', reason: refusal + more };
  }

  /** The cash that short positions do not bind. */
  freeCash(): number {
    return this.account.cash - (this.rules.isLimited && this.owingCount > 0 ? this.reservedBy(-1) : 0);
  }

  /** Cash that opening a signed size takes, or needs as margin, with its commission. */
  costOf(dataId: number, size: number, price: number): number {
    const scheme = this.schemes[dataId]!;
    const value = Math.abs(scheme.value(size, price));
    const isFree = size < 0 && scheme.isSpot && this.rules.shortCash && !this.rules.isLimited;
    return (isFree ? 0 : value / scheme.leverage) + scheme.commission(size, price);
  }

  /** Cash that closing `units` of a data's position frees. @param close - The price. Default: its latest one. */
  freedBy(dataId: number, units: number, close = this.markOf(dataId)): number {
    const scheme = this.schemes[dataId]!;
    const { size, price, settledPrice } = this.positions[dataId]!;
    const sold = Math.sign(size) * units;
    const fee = scheme.commission(units, close);
    if (!scheme.isSpot)
      return scheme.value(sold, price) / scheme.leverage + scheme.pnl(sold, settledPrice, close) - fee;
    if (size < 0 && this.rules.shortCash) return Math.abs(scheme.value(sold, close)) / scheme.leverage - fee;
    return Math.abs(scheme.value(sold, price)) / scheme.leverage + scheme.pnl(sold, price, close) - fee;
  }

  /** Units of a data that the cash pays for at a price, beyond the `closing` units of its present position that they close first. */
  affordable(dataId: number, sign: 1 | -1, closing: number, price: number): number {
    const scheme = this.schemes[dataId]!;
    const { rules } = this;
    const { size, price: entry, settledPrice } = this.positions[dataId]!;
    let free =
      this.account.cash - (rules.isLimited && this.owingCount > 0 ? this.reservedBy(closing > 0 ? dataId : -1) : 0);
    if (closing > 0) {
      const sold = Math.sign(size) * closing;
      const bound = rules.shortCash || !scheme.isSpot ? scheme.value(sold, entry) : Math.abs(scheme.value(sold, entry));
      free += bound > 0 ? bound / scheme.leverage : bound;
      free += scheme.pnl(sold, scheme.isSpot ? entry : settledPrice, price) - scheme.commission(closing, price);
    }
    const unit = this.costOf(dataId, sign, price);
    return unit > 0 ? Math.max(0, free) / unit : Infinity;
  }

  /** Saves the account and one position; `restore` of the result undoes fills that were only tried. */
  save(dataId: number): { restore(): void } {
    const account = this.account.save(this.positions[dataId]!);
    const [day, owed] = [this.interestDay[dataId]!, this.interestOwed[dataId]!];
    const { openCount, owingCount } = this;
    return {
      restore: () => {
        account.restore();
        this.interestDay[dataId] = day;
        this.interestOwed[dataId] = owed;
        this.openCount = openCount;
        this.owingCount = owingCount;
      },
    };
  }

  /** What the account would be worth with this data at `price`, apart from its other positions. */
  worthAt(dataId: number, price: number): number {
    const { size, price: entry, settledPrice } = this.positions[dataId]!;
    const { cash } = this.account;
    if (size === 0) return cash;
    const scheme = this.schemes[dataId]!;
    if (!scheme.isSpot)
      return cash + scheme.value(size, entry) / scheme.leverage + scheme.pnl(size, settledPrice, price);
    if (size < 0 && this.rules.shortCash) return cash + scheme.value(size, price);
    return cash + Math.abs(scheme.value(size, entry)) / scheme.leverage + scheme.pnl(size, entry, price);
  }

  /** Cash that short positions bind, `leftOut` excepted: their proceeds and their margin. The bar being matched is valued at its open, which is known. */
  private reservedBy(leftOut: number): number {
    let reserved = 0;
    for (let id = 0; id < this.positions.length; id++) {
      const { size } = this.positions[id]!;
      const { isSpot, leverage, multiplier } = this.schemes[id]!;
      if (size >= 0 || !isSpot || id === leftOut) continue;
      reserved -= size * this.markOf(id) * multiplier * (1 + 1 / leverage);
    }
    return reserved;
  }

  private markOf(dataId: number): number {
    const { isNew, index, open, close } = this.timelines[dataId]!;
    return (isNew ? open : close).at(index);
  }

  /** Cash that counts from the next valuation on. */
  receive(amount: number): void {
    this.incoming.push(amount);
  }

  /** Settles a fill at the price and time in `out`; the interest that its closed part has run up is added to the commission. */
  settle(dataId: number, size: number, out: Settlement): void {
    const position = this.positions[dataId]!;
    const scheme = this.schemes[dataId]!;
    const held = position.size;
    if (this.rules.isLimited) {
      this.rules.reserved = this.owingCount === 0 ? 0 : this.reservedBy(held * size < 0 ? dataId : -1);
    }
    this.account.settle(position, scheme, size, out);
    if (out.closed + out.opened === 0) return;
    if (held < 0 || position.size < 0 || !scheme.isSpot || scheme.leverage > 1) {
      this.owingCount += (canOwe(position.size, scheme) ? 1 : 0) - (canOwe(held, scheme) ? 1 : 0);
    }
    this.openCount += (position.size === 0 ? 0 : 1) - (held === 0 ? 0 : 1);
    if (!this.isPlain) this.interestDay[dataId] = Math.floor(out.time / dayMs);
    if (out.closed !== 0) out.closedCommission += this.takeInterest(dataId, Math.abs(out.closed / held));
  }

  /** Pays the interest due since the last day it was paid. */
  payInterest(): void {
    if (this.isPlain) return;
    for (let id = 0; id < this.positions.length; id++) {
      const position = this.positions[id]!;
      const { interest, interestLong } = this.schemes[id]!;
      if (position.size === 0 || interest === 0) continue;
      const timeline = this.timelines[id]!;
      const day = Math.floor(timeline.closeAt(timeline.index) / dayMs);
      const days = day - this.interestDay[id]!;
      this.interestDay[id] = day;
      if (days <= 0 || (position.size > 0 && !interestLong)) continue;
      const owed = days * (interest / 365) * Math.abs(position.size) * position.price;
      this.account.add(-owed);
      this.interestOwed[id] = this.interestOwed[id]! + owed;
    }
  }

  /**
   * Settles futures up to the latest closes and values everything at them.
   *
   * @param isLate - Leaves the values to be computed when they are read.
   */
  mark(isLate = false): void {
    if (this.incoming.length > 0) this.takeIncoming();
    if (!isLate) this.revalue();
  }

  /** Values everything at the latest closes, added cash left out. */
  revalue(): void {
    if (this.openCount === 0) {
      this.totals[0] = this.account.cash;
      this.totals[1] = 0;
      return;
    }
    const { positions, timelines, isPlain } = this;
    let worth = 0;
    let gross = 0;
    for (let id = 0; id < positions.length; id++) {
      const position = positions[id]!;
      const { size } = position;
      if (size === 0) continue;
      const { close: closes, index } = timelines[id]!;
      const close = closes.values[index - closes.base]!;
      const value = isPlain ? size * close : this.markOne(position, this.schemes[id]!, close);
      worth += value;
      gross += Math.abs(value);
    }
    this.totals[0] = this.account.cash + worth;
    this.totals[1] = gross;
  }

  private markOne(position: Position, scheme: CommissionScheme, close: number): number {
    if (!scheme.isSpot) {
      this.account.markToMarket(position, scheme, close);
      return scheme.value(position.size, position.price) / scheme.leverage;
    }
    if (position.size < 0 && this.rules.shortCash) return scheme.value(position.size, close);
    const bound = Math.abs(scheme.value(position.size, position.price));
    return bound / scheme.leverage + scheme.pnl(position.size, position.price, close);
  }

  private takeIncoming(): void {
    const { fundValue } = this;
    for (const amount of this.incoming) {
      this.fundShares += amount / fundValue;
      this.account.add(amount);
      this.taken += amount;
    }
    this.incoming = [];
  }

  /** The interest that belongs to the closed share of a position; it was paid from the cash day by day. */
  private takeInterest(dataId: number, share: number): number {
    const owed = this.interestOwed[dataId]!;
    if (!this.interestInPnl || owed === 0) return 0;
    const taken = Math.min(1, share) * owed;
    this.interestOwed[dataId] = owed - taken;
    return taken;
  }
}

function canOwe(size: number, { isSpot, leverage }: CommissionScheme): boolean {
  return size < 0 || (size !== 0 && (!isSpot || leverage > 1));
}
