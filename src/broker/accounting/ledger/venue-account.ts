/** An account at a venue: a wallet, the positions it carries, and what fills, funding and liquidations do to them. */
import type { Settlement } from '../account.ts';
import { isRounding } from '../position.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { Leg } from './leg.ts';
import { liquidationPrice, type VenueProfile } from './liquidation.ts';
import type { Terms } from './terms.ts';
import { TradedVolume } from './traded-volume.ts';
import { Wallet } from './wallet.ts';

/** What a fill cost, beside its settlement. */
export interface FillFee<N> {
  fee: N;
  currency: string;
}

/** The result of a liquidation, in settle currency; `loss` and `fee` are not capped by what was left. */
export interface Liquidated<N> {
  readonly loss: N;
  readonly fee: N;
}

/** Prices third currencies for fees; undefined without a rate. */
export type RateOf<N> = (from: string, to: string) => N | undefined;

/**
 * What a fill traded, as fee tiers count it: in the currency of value.
 *
 * @param value - In settle currency.
 * @param units - Units of the base; of an inverse contract the quote units that its contracts are worth.
 */
export type TradedIn<N> = (terms: Terms<N>, value: number, units: number) => number;

/** Keeps one account by the conventions of its venue's profile. Amounts are never rounded. */
export class VenueAccount<N> {
  readonly name: string;
  readonly a: Arithmetic<N>;
  readonly wallet: Wallet<N>;
  readonly profile: VenueProfile;
  readonly legs: Leg<N>[] = [];
  /** The fee of the latest fill. */
  readonly lastFee: FillFee<N>;
  /** What was traded in the last 30 days, for fee tiers. */
  readonly volume = new TradedVolume();
  /** What may be borrowed, and its yearly interest. */
  readonly borrow: Readonly<Record<string, number>>;
  /** How far spot may be bought or sold beyond what is held: debts are at most equity times this less one. */
  readonly leverage: number;
  readonly #yearlyRates: readonly (readonly [currency: string, rate: number])[];
  readonly rateOf: RateOf<N>;
  readonly #tradedIn: TradedIn<N>;

  constructor(
    name: string,
    a: Arithmetic<N>,
    profile: VenueProfile,
    rateOf: RateOf<N>,
    tradedIn: TradedIn<N>,
    borrow: Readonly<Record<string, number>> = {},
    leverage = 1,
  ) {
    this.borrow = borrow;
    this.#yearlyRates = Object.entries(borrow);
    this.leverage = leverage;
    this.name = name;
    this.a = a;
    this.profile = profile;
    this.wallet = new Wallet(a);
    this.lastFee = { fee: a.zero, currency: '' };
    this.rateOf = rateOf;
    this.#tradedIn = tradedIn;
  }

  /** Signed units of a fill that reduce a leg; the rest opens. */
  closedBy(leg: Leg<N>, size: N): N {
    const { a } = this;
    if (a.sign(leg.size) === 0 || a.sign(leg.size) === a.sign(size)) return a.zero;
    const left = a.add(leg.size, size);
    if (a.sign(left) === a.sign(leg.size) || a.sign(left) === 0) return size;
    // What binary fractions leave of decimal sizes closes too.
    return a.name === 'float' && isRounding(a.toNumber(left), a.toNumber(leg.size)) ? size : a.neg(leg.size);
  }

  /** The fee rate of a fill now. */
  feeRate(leg: Leg<N>, isMaker: boolean): N {
    return leg.terms.feeRate(isMaker, this.volume.value);
  }

  /** Charges the interest of `hours` on each debt: that of an hour is owed from the next one on. @returns The interest paid, by currency. */
  chargeInterest(
    hours: number,
  ): readonly { readonly currency: string; readonly amount: number; readonly rate: number }[] {
    const { a, wallet } = this;
    const paid: { currency: string; amount: number; rate: number }[] = [];
    for (const [currency, rate] of this.#yearlyRates) {
      const owed = wallet.balance(currency);
      if (a.sign(owed) >= 0 || rate === 0) continue;
      let amount = a.of(0);
      for (let hour = 0; hour < hours; hour++)
        amount = a.add(amount, a.div(a.mul(a.add(owed, amount), a.of(rate)), a.of(hoursPerYear)));
      wallet.book(currency, amount, 'interest');
      paid.push({ currency, amount: a.toNumber(amount), rate });
    }
    if (paid.length > 0) this.syncSpot();
    return paid;
  }

  /** Books a fill that was not refused, and writes what it closed and opened to `out`. */
  fill(leg: Leg<N>, size: N, price: N, isMaker: boolean, out: Settlement, reported?: FillFee<N>): void {
    const { a } = this;
    const { terms } = leg;
    // Coins that came without a purchase, such as those that a venue sent, count from the first price they are traded at.
    if (terms.kind === 'spot' && a.sign(leg.size) !== 0 && a.sign(leg.entry) === 0) leg.entry = price;
    const closed = this.closedBy(leg, size);
    const opened = a.sub(size, closed);
    out.isShortOfCash = false;
    out.closed = a.toNumber(closed);
    out.opened = a.toNumber(opened);
    const profit = a.sign(closed) === 0 ? a.zero : terms.profit(a.neg(closed), leg.entry, price);
    out.pnl = a.toNumber(profit);
    if (terms.kind === 'spot') this.#fillSpot(leg, size, price, isMaker, reported);
    else this.#fillContract(leg, size, closed, opened, profit, price, isMaker, reported);
    const value = a.toNumber(terms.notional(a.abs(size), price));
    this.volume.add(this.#tradedIn(terms, value, a.toNumber(a.mul(a.abs(size), terms.contractSize))));
    const share = Math.abs(out.closed) / (Math.abs(out.closed) + Math.abs(out.opened));
    const fee = this.#feeInSettle(leg, price);
    out.closedCommission = fee * share;
    out.openedCommission = fee - out.closedCommission;
    out.closedValue = value * share;
    out.openedValue = value - out.closedValue;
  }

  #fillContract(
    leg: Leg<N>,
    size: N,
    closed: N,
    opened: N,
    profit: N,
    price: N,
    isMaker: boolean,
    reported: FillFee<N> | undefined,
  ): void {
    const { a, wallet, lastFee } = this;
    const { terms } = leg;
    if (a.sign(closed) !== 0) {
      const left = a.add(leg.size, closed);
      wallet.book(terms.settle, profit, 'profit');
      leg.margin = a.sign(left) === 0 ? a.zero : a.div(a.mul(leg.margin, a.abs(left)), a.abs(leg.size));
      this.#resize(leg, left);
    }
    if (a.sign(opened) !== 0) {
      const held = a.abs(leg.size);
      leg.entry = a.sign(held) === 0 ? price : terms.meanEntry(held, leg.entry, a.abs(opened), price);
      leg.size = a.add(leg.size, opened);
      if (leg.isIsolated) leg.margin = a.add(leg.margin, this.initialMargin(leg, a.abs(opened), price));
    }
    lastFee.fee = reported?.fee ?? a.mul(terms.notional(a.abs(size), price), this.feeRate(leg, isMaker));
    lastFee.currency = reported?.currency ?? terms.settle;
    wallet.book(lastFee.currency, a.neg(lastFee.fee), 'fee');
    this.syncSpot();
  }

  /** The initial margin of a number of units at a price. */
  initialMargin(leg: Leg<N>, units: N, price: N): N {
    const { a } = this;
    const value = leg.terms.notional(units, price);
    const margin = a.div(value, leg.leverage);
    if (!this.profile.marginHoldsFee || !leg.isIsolated) return margin;
    const bankrupt = a.sub(value, margin);
    return a.add(margin, a.mul(bankrupt, this.feeRate(leg, false)));
  }

  #fillSpot(leg: Leg<N>, size: N, price: N, isMaker: boolean, reported: FillFee<N> | undefined): void {
    const { a, wallet, lastFee } = this;
    const { base, quote } = leg.terms;
    const { fee, currency } = reported ?? this.spotFee(leg, size, price, isMaker);
    lastFee.fee = fee;
    lastFee.currency = currency;
    const held = wallet.balance(base);
    if (a.sign(size) * a.sign(held) >= 0) {
      leg.entry = a.sign(held) === 0 ? price : leg.terms.meanEntry(a.abs(held), leg.entry, a.abs(size), price);
    } else if (a.sign(a.add(held, size)) === a.sign(size)) leg.entry = price;
    wallet.book(base, size, 'trade');
    wallet.book(quote, a.neg(a.mul(size, price)), 'trade');
    wallet.book(currency, a.neg(fee), 'fee');
    this.syncSpot();
  }

  /** Brings spot positions to what the wallet holds: several instruments may share a base, and what contracts settle in it, fees and transfers change it too. */
  syncSpot(): void {
    for (const leg of this.legs) {
      if (leg.terms.kind !== 'spot') continue;
      const held = this.wallet.balance(leg.terms.base);
      if (this.a.compare(held, leg.size) !== 0) this.#resize(leg, held);
    }
  }

  /** The fee of a fill on spot, in the currency that it is taken in. */
  spotFee(leg: Leg<N>, size: N, price: N, isMaker: boolean): FillFee<N> {
    const { a } = this;
    const { base, quote, feeCurrency } = leg.terms;
    const units = a.abs(size);
    const rate = this.feeRate(leg, isMaker);
    const isBuy = a.sign(size) > 0;
    if (feeCurrency === 'base' || feeCurrency === base || (feeCurrency === 'received' && isBuy)) {
      return { fee: a.mul(units, rate), currency: base };
    }
    const fee = a.mul(a.mul(units, price), rate);
    if (feeCurrency === 'quote' || feeCurrency === 'received' || feeCurrency === quote) return { fee, currency: quote };
    const perUnit = this.rateOf(feeCurrency, quote);
    // Without a rate, or without the coin, venues fall back to the currency received.
    if (perUnit === undefined) return { fee, currency: quote };
    const inThird = a.div(fee, perUnit);
    if (a.compare(inThird, this.wallet.balance(feeCurrency)) > 0) return { fee, currency: quote };
    return { fee: inThird, currency: feeCurrency };
  }

  /** The latest fee in the currency of value, for figures. */
  #feeInSettle(leg: Leg<N>, price: N): number {
    const { a } = this;
    const { fee, currency } = this.lastFee;
    const { base, settle } = leg.terms;
    if (currency === settle) return a.toNumber(fee);
    if (currency === base) return a.toNumber(a.mul(fee, price));
    const rate = this.rateOf(currency, settle);
    return rate === undefined ? 0 : a.toNumber(a.mul(fee, rate));
  }

  #resize(leg: Leg<N>, size: N): void {
    const { a } = this;
    const isGone = a.sign(size) === 0 || (a.name === 'float' && isRounding(a.toNumber(size), a.toNumber(leg.size)));
    leg.size = isGone ? a.zero : size;
    if (!isGone) return;
    leg.entry = leg.margin = a.zero;
    leg.funding = a.zero;
  }

  /**
   * Funding of a leg at a mark price: what it receives, negative when it pays. It goes to the margin of an isolated position.
   *
   * @param size - What was held when it was due.
   */
  payFunding(leg: Leg<N>, rate: N, mark: N, size: N = leg.size): N {
    const { a } = this;
    const value = leg.terms.notional(a.abs(size), mark);
    const amount = a.mul(a.mul(value, rate), a.of(-a.sign(size)));
    this.wallet.book(leg.terms.settle, amount, 'funding');
    this.syncSpot();
    if (a.sign(leg.size) === 0) return amount;
    leg.funding = a.add(leg.funding, amount);
    if (leg.isIsolated) leg.margin = a.add(leg.margin, amount);
    return amount;
  }

  /** Books funding as a venue reports it. */
  receiveFunding(leg: Leg<N>, amount: N): void {
    const { a } = this;
    this.wallet.book(leg.terms.settle, amount, 'funding');
    this.syncSpot();
    if (a.sign(leg.size) === 0) return;
    leg.funding = a.add(leg.funding, amount);
    if (leg.isIsolated) leg.margin = a.add(leg.margin, amount);
  }

  /** Profit of a leg at a price that is not realised yet. */
  unrealised(leg: Leg<N>, price: N): N {
    const { a } = this;
    return a.sign(leg.size) === 0 || leg.terms.kind === 'spot' ? a.zero : leg.terms.profit(leg.size, leg.entry, price);
  }

  /** The price at which a leg is liquidated with the other positions at their marks; undefined without one. */
  liquidationOf(leg: Leg<N>): N | undefined {
    const { a, profile } = this;
    if (a.sign(leg.size) === 0 || leg.terms.kind === 'spot') return undefined;
    const isCounted = profile.closingFee === 'always' || (profile.closingFee === 'cross' && !leg.isIsolated);
    const twin = this.#twinOf(leg);
    return liquidationPrice(a, leg.terms, profile, {
      size: leg.size,
      entry: leg.entry,
      balance: this.balanceOf(leg, twin),
      closingFee: isCounted ? this.feeRate(leg, false) : a.zero,
      twin,
    });
  }

  /** The other side of a cross position's contract in hedge mode; undefined where nothing is held of it. */
  #twinOf(leg: Leg<N>): Leg<N> | undefined {
    if (leg.side === 0 || leg.isIsolated) return undefined;
    const { symbol } = leg.terms;
    return this.legs.find(
      (one) => one !== leg && one.terms.symbol === symbol && !one.isIsolated && this.a.sign(one.size) !== 0,
    );
  }

  /** Whether other cross positions are carried by what carries a leg. */
  isShared(leg: Leg<N>): boolean {
    if (leg.isIsolated || leg.terms.kind === 'spot') return false;
    return this.legs.some(
      (one) =>
        one !== leg &&
        !one.isIsolated &&
        one.terms.kind !== 'spot' &&
        one.terms.settle === leg.terms.settle &&
        this.a.sign(one.size) !== 0,
    );
  }

  /**
   * What carries a leg: its margin, or the wallet with what the other cross positions add and hold back at their marks.
   *
   * @param apart - A position to leave out.
   */
  balanceOf(leg: Leg<N>, apart?: Leg<N>): N {
    const { a } = this;
    if (leg.isIsolated) return leg.margin;
    let balance = this.wallet.balance(leg.terms.settle);
    for (const other of this.legs) {
      if (other === leg || other === apart) continue;
      if (other.terms.settle !== leg.terms.settle || other.terms.kind === 'spot') continue;
      if (a.sign(other.size) === 0) continue;
      if (other.isIsolated) {
        balance = a.sub(balance, other.margin);
        continue;
      }
      const mark = a.of(other.mark);
      balance = a.add(balance, this.unrealised(other, mark));
      balance = a.sub(balance, other.terms.maintenance(other.terms.notional(a.abs(other.size), mark)));
    }
    return balance;
  }

  /**
   * Liquidates `units` of a leg, all of it by default, at a price: loss and fee leave the wallet, at most what carried the position; the
   * insurance fund pays the rest.
   */
  liquidate(leg: Leg<N>, price: N, units: N = this.a.abs(leg.size), reported?: N): Liquidated<N> {
    const { a, wallet } = this;
    const { settle } = leg.terms;
    const twin = this.#twinOf(leg);
    if (twin !== undefined) twin.mark = a.toNumber(price);
    const signed = a.mul(units, a.of(a.sign(leg.size)));
    const loss = a.neg(leg.terms.profit(signed, leg.entry, price));
    const fee = reported ?? a.mul(leg.terms.notional(units, price), leg.terms.liquidationFee);
    const cost = a.add(loss, fee);
    const over = a.sub(cost, leg.isIsolated ? leg.margin : this.#loseable(leg));
    const isInsured = a.sign(over) > 0;
    wallet.book(settle, a.neg(loss), 'profit');
    wallet.book(settle, a.neg(fee), 'liquidationFee');
    if (isInsured) wallet.book(settle, over, 'insurance');
    this.syncSpot();
    if (leg.isIsolated) leg.margin = isInsured ? a.zero : a.sub(leg.margin, cost);
    this.#resize(leg, a.sub(leg.size, signed));
    return { loss, fee };
  }

  /** What a cross position can lose: the wallet without the margin of isolated positions, and what the other cross positions have won. */
  #loseable(leg: Leg<N>): N {
    const { a } = this;
    let balance = this.wallet.balance(leg.terms.settle);
    let won = a.zero;
    for (const other of this.legs) {
      if (other === leg || other.terms.settle !== leg.terms.settle) continue;
      if (other.isIsolated) balance = a.sub(balance, other.margin);
      else if (a.sign(other.size) !== 0) won = a.add(won, this.unrealised(other, a.of(other.mark)));
    }
    return a.sign(won) > 0 ? a.add(balance, won) : balance;
  }

  /** Units that bring a leg down to the tier below the one it lies in at a price; all of it in the lowest. */
  stepDown(leg: Leg<N>, price: N): N {
    const { a } = this;
    const { terms } = leg;
    const units = a.abs(leg.size);
    const notional = terms.notional(units, price);
    // A position that a step brought to the top of a tier may be above it by rounding.
    const value = a.toNumber(notional) * (1 - 1e-12);
    const at = terms.tiers.findIndex(({ upTo }) => value <= a.toNumber(upTo));
    const tier = at === -1 ? terms.tiers.length - 1 : at;
    if (tier <= 0) return units;
    const kept = a.div(a.mul(units, terms.tiers[tier - 1]!.upTo), notional);
    return a.sub(units, kept);
  }

  /** Saves the account; `restore` of the result takes back what is booked after it. */
  save(): { restore(): void } {
    const wallet = this.wallet.save();
    const legs = this.legs.map((leg) => leg.save());
    const volume = this.volume.save();
    return {
      restore: () => {
        wallet.restore();
        for (const leg of legs) leg.restore();
        volume.restore();
      },
    };
  }
}

const hoursPerYear = 8_760;
