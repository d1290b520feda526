/** A slow ledger in decimals, written from the conventions of accounts at venues alone: it shares no code with the ledger it is held against. */
import { Decimal as Standard } from 'decimal.js';

const Decimal = Standard.clone({ precision: 50 });
type D = Standard;
const d = (value: string | number | D): D => new Decimal(value);
const zero = d(0);
const hourMs = 3_600_000;

/** One data of a scenario with its instrument. Prices and sizes are short decimals, so that numbers hold them exactly. */
export interface ScenarioData {
  readonly name: string;
  readonly symbol: string;
  readonly kind: 'spot' | 'linear' | 'inverse';
  readonly account: string;
  readonly contractSize: number;
  readonly makerFee: number;
  readonly takerFee: number;
  readonly liquidationFee: number;
  readonly feeCurrency?: string;
  readonly tiers: readonly { readonly upTo: number; readonly rate: number; readonly maxLeverage: number }[];
  readonly margin: 'isolated' | 'cross';
  readonly leverage: number;
  readonly side?: 'long' | 'short';
  readonly expiry?: number;
  readonly funding: readonly { readonly time: number; readonly rate: number }[];
  /** Open, high, low, close of each bar of an hour. */
  readonly bars: readonly (readonly [open: number, high: number, low: number, close: number])[];
  /** The mark's bars where they differ. */
  readonly marks?: readonly (readonly [open: number, high: number, low: number, close: number])[];
}

/** What a strategy does after the close of a bar. */
export type Act =
  | {
      readonly bar: number;
      readonly kind: 'order';
      readonly data: number;
      readonly side: 'buy' | 'sell';
      readonly size: number;
      readonly type: 'market' | 'limit' | 'stop';
      /** As a factor of the close. */
      readonly away?: number;
      readonly price?: number;
      readonly reduceOnly: boolean;
    }
  | {
      readonly bar: number;
      readonly kind: 'transfer';
      readonly from: string;
      readonly to: string;
      readonly currency: string;
      readonly amount: number;
      readonly fee: number;
      readonly delayMs: number;
    };

/** An account of a scenario. */
export interface ScenarioAccount {
  readonly cash: Readonly<Record<string, number>>;
  readonly leverage: number;
  readonly borrow?: Readonly<Record<string, number>>;
  readonly hedge: boolean;
}

/** A whole run: accounts, datas and what is done. */
export interface Scenario {
  readonly start: number;
  readonly currency: string;
  readonly accounts: Readonly<Record<string, ScenarioAccount>>;
  readonly profile: {
    readonly maintenanceAt: 'entry' | 'liquidation';
    readonly closingFee: 'none' | 'always';
    readonly steps: boolean;
  };
  readonly datas: readonly ScenarioData[];
  readonly rates: Readonly<Record<string, number>>;
  readonly acts: readonly Act[];
}

/** What a run comes to. Numbers are rounded once, to floats, at the end. */
export interface Outcome {
  readonly fills: readonly Readonly<Record<string, string | number>>[];
  readonly payments: readonly Readonly<Record<string, string | number>>[];
  readonly liquidations: readonly Readonly<Record<string, string | number>>[];
  readonly refused: readonly string[];
  readonly wallets: Readonly<Record<string, number>>;
  readonly positions: readonly Readonly<Record<string, number | undefined>>[];
  readonly value: number;
}

interface Leg {
  readonly of: ScenarioData;
  readonly id: number;
  readonly base: string;
  readonly quote: string;
  readonly settle: string;
  size: D;
  entry: D;
  margin: D;
  mark: D;
  due: number;
}

interface Pending {
  readonly act: Extract<Act, { kind: 'order' }>;
  readonly number: number;
  readonly price: number;
  isFirst: boolean;
}

/** Plays a scenario. */
export class SlowAccounts {
  readonly #one: Scenario;
  readonly #wallets = new Map<string, Map<string, D>>();
  readonly #legs: Leg[];
  #pending: Pending[] = [];
  #underway: { readonly to: string; readonly currency: string; readonly amount: D; readonly due: number }[] = [];
  readonly #fills: Record<string, string | number>[] = [];
  readonly #payments: Record<string, string | number>[] = [];
  readonly #liquidations: Record<string, string | number>[] = [];
  readonly #refused: string[] = [];

  constructor(one: Scenario) {
    this.#one = one;
    for (const [name, { cash }] of Object.entries(one.accounts))
      this.#wallets.set(name, new Map(Object.entries(cash).map(([currency, amount]) => [currency, d(amount)])));
    this.#legs = one.datas.map((of, id) => {
      const [pair = '', settle = ''] = of.symbol.split(':');
      const [base = '', quote = ''] = pair.split('/');
      const own = settle.split('-')[0]!;
      return {
        of,
        id,
        base,
        quote,
        settle: own === '' ? quote : own,
        size: zero,
        entry: zero,
        margin: zero,
        mark: zero,
        due: 0,
      };
    });
  }

  play(): Outcome {
    const count = this.#one.datas[0]!.bars.length;
    for (let bar = 0; bar < count; bar++) {
      this.#openBar(bar);
      this.#fillAtOpen(bar);
      for (const leg of this.#legs) this.#fillInside(leg, bar);
      for (const leg of this.#legs) this.#closeBar(leg, bar);
      for (const [number, act] of this.#one.acts.entries()) if (act.bar === bar) this.#act(act, number, bar);
    }
    return this.#outcome();
  }

  #balance(account: string, currency: string): D {
    return this.#wallets.get(account)!.get(currency) ?? zero;
  }

  #add(account: string, currency: string, amount: D): void {
    this.#wallets.get(account)!.set(currency, this.#balance(account, currency).plus(amount));
  }

  #held(leg: Leg): D {
    return leg.of.kind === 'spot' ? this.#balance(leg.of.account, leg.base) : leg.size;
  }

  #timeOf(bar: number): number {
    return this.#one.start + bar * hourMs;
  }

  #marksOf({ of }: Leg, bar: number): readonly [open: D, high: D, low: D, close: D] {
    const [open, high, low, close] = (of.marks ?? of.bars)[bar]!;
    return [d(open), d(high), d(low), d(close)];
  }

  #openBar(bar: number): void {
    const time = this.#timeOf(bar);
    for (const { to, currency, amount, due } of this.#underway) if (due <= time) this.#add(to, currency, amount);
    this.#underway = this.#underway.filter(({ due }) => due > time);
    if (bar > 0) this.#chargeInterest(time);
    for (const leg of this.#legs) leg.mark = this.#marksOf(leg, bar)[0];
    for (const leg of this.#legs) this.#payFunding(leg, time + 1_000);
    for (const leg of this.#legs) {
      for (let step = 0; step < 20 && this.#isContract(leg); step++) {
        if (this.#spare(leg, leg.mark).gt(0) || !this.#isHurt(leg)) break;
        this.#liquidate(leg, leg.mark, bar);
      }
    }
  }

  #isContract({ of, size }: Leg): boolean {
    return of.kind !== 'spot' && !size.isZero();
  }

  #chargeInterest(time: number): void {
    for (const [account, { borrow = {} }] of Object.entries(this.#one.accounts)) {
      for (const [currency, rate] of Object.entries(borrow)) {
        const owed = this.#balance(account, currency);
        if (owed.gte(0) || rate === 0) continue;
        const amount = owed.times(rate).div(8_760);
        this.#add(account, currency, amount);
        this.#payments.push({ kind: 'interest', time, currency, amount: amount.toNumber() });
      }
    }
  }

  #payFunding(leg: Leg, until: number): void {
    const { of } = leg;
    for (; leg.due < of.funding.length && of.funding[leg.due]!.time <= until; leg.due++) {
      const { time, rate } = of.funding[leg.due]!;
      if (leg.size.isZero()) continue;
      const amount = this.#value(leg, leg.size, leg.mark).times(rate).times(-sign(leg.size));
      this.#add(of.account, leg.settle, amount);
      if (of.margin === 'isolated') leg.margin = leg.margin.plus(amount);
      this.#payments.push({ kind: 'funding', time, currency: leg.settle, amount: amount.toNumber() });
    }
  }

  #value({ of }: Leg, size: D, price: D): D {
    const units = size.abs().times(of.contractSize);
    return of.kind === 'inverse' ? units.div(price) : units.times(price);
  }

  #profit({ of }: Leg, size: D, from: D, to: D): D {
    const units = size.times(of.contractSize);
    return of.kind === 'inverse' ? units.times(d(1).div(from).minus(d(1).div(to))) : units.times(to.minus(from));
  }

  /** Maintenance margin by summing what each tier's slice of the value adds. */
  #maintenance({ of }: Leg, value: D): D {
    let [sum, below] = [zero, zero];
    for (const { upTo, rate } of of.tiers) {
      const isLast = upTo === of.tiers.at(-1)!.upTo;
      const top = isLast ? value : Decimal.min(value, upTo);
      if (top.lte(below)) break;
      sum = sum.plus(top.minus(below).times(rate));
      below = d(upTo);
    }
    return sum;
  }

  /** What is left above the maintenance margin when a leg is at a price, and the others at their marks. */
  #spare(leg: Leg, price: D): D {
    const { of } = leg;
    const { profile } = this.#one;
    let balance = leg.margin;
    if (of.margin === 'cross') {
      balance = this.#balance(of.account, leg.settle);
      for (const other of this.#mates(leg)) {
        if (other.of.margin === 'isolated') balance = balance.minus(other.margin);
        else {
          // The other side of a contract is at the same price.
          const at = this.#isTwin(leg, other) ? price : other.mark;
          const value = this.#value(other, other.size, at);
          balance = balance
            .plus(this.#profit(other, other.size, other.entry, at))
            .minus(this.#maintenance(other, value));
        }
      }
    }
    const value = this.#value(leg, leg.size, price);
    const kept = this.#maintenance(
      leg,
      profile.maintenanceAt === 'entry' ? this.#value(leg, leg.size, leg.entry) : value,
    );
    const closing = profile.closingFee === 'always' ? value.times(of.takerFee) : zero;
    return balance
      .plus(this.#profit(leg, leg.size, leg.entry, price))
      .minus(kept)
      .minus(closing);
  }

  /** Whether two positions are the sides of one contract. */
  #isTwin(leg: Leg, other: Leg): boolean {
    return leg.of.side !== undefined && leg.of.symbol === other.of.symbol && leg.of.account === other.of.account;
  }

  /** Whether a position is what a move from its mark on would lose: with both sides of a contract, the one that the mark hurts. */
  #isHurt(leg: Leg): boolean {
    const isCovered = this.#mates(leg).some((other) => this.#isTwin(leg, other) && other.of.margin === 'cross');
    if (leg.of.margin === 'isolated' || !isCovered) return true;
    const nudged = this.#spare(leg, leg.mark.times(leg.size.gt(0) ? '0.9999999' : '1.0000001'));
    return nudged.lt(this.#spare(leg, leg.mark));
  }

  /** The other positions that share an account and a settle currency with a leg. */
  #mates(leg: Leg): Leg[] {
    return this.#legs.filter(
      (one) => one !== leg && one.of.account === leg.of.account && one.settle === leg.settle && this.#isContract(one),
    );
  }

  /** The price at which nothing is to spare, by halving; undefined where no price does it. */
  #liquidationPrice(leg: Leg): D | undefined {
    const isLong = leg.size.gt(0);
    const spare = (price: D): D => this.#spare(leg, price);
    const isCovered = this.#mates(leg).some((other) => this.#isTwin(leg, other));
    let [bad, good] = isLong ? [d('1e-9'), d('1e12')] : [d('1e12'), d('1e-9')];
    // Between the sides of a contract the maintenance alone may need more than there is, far away on either side.
    if (isCovered) good = leg.mark;
    if (spare(bad).gt(0)) return undefined;
    if (spare(good).lte(0)) return undefined;
    while (bad.minus(good).abs().div(good).gt('1e-24')) {
      const ratio = bad.div(good);
      const middle = ratio.gt(4) || ratio.lt(0.25) ? bad.times(good).sqrt() : bad.plus(good).div(2);
      if (spare(middle).lte(0)) bad = middle;
      else good = middle;
    }
    return bad;
  }

  #liquidate(leg: Leg, price: D, bar: number): void {
    const { of } = leg;
    this.#pending = this.#pending.filter(({ act }) => act.data !== leg.id);
    const all = leg.size.abs();
    let units = all;
    if (this.#one.profile.steps) {
      const value = this.#value(leg, all, price);
      const tier = of.tiers.findIndex(({ upTo }) => value.times('0.999999999999').lte(upTo));
      const at = tier === -1 ? of.tiers.length - 1 : tier;
      if (at > 0) units = all.minus(all.times(of.tiers[at - 1]!.upTo).div(value));
    }
    const signed = units.times(sign(leg.size));
    const loss = this.#profit(leg, signed, leg.entry, price).neg();
    const fee = this.#value(leg, units, price).times(of.liquidationFee);
    let carried = leg.margin;
    if (of.margin === 'cross') {
      let won = zero;
      carried = this.#balance(of.account, leg.settle);
      for (const other of this.#mates(leg)) {
        const at = this.#isTwin(leg, other) ? price : other.mark;
        if (other.of.margin === 'isolated') carried = carried.minus(other.margin);
        else won = won.plus(this.#profit(other, other.size, other.entry, at));
        if (this.#isTwin(leg, other)) other.mark = price;
      }
      carried = carried.plus(Decimal.max(0, won));
    }
    const lost = Decimal.min(loss.plus(fee), carried);
    if (of.margin === 'isolated') leg.margin = leg.margin.minus(lost);
    leg.size = leg.size.minus(signed);
    if (leg.size.isZero()) this.#empty(leg);
    this.#add(of.account, leg.settle, lost.neg());
    this.#liquidations.push({
      time: this.#timeOf(bar + 1),
      data: of.name,
      size: signed.neg().toNumber(),
      price: price.toNumber(),
      loss: loss.toNumber(),
      fee: fee.toNumber(),
    });
  }

  #empty(leg: Leg): void {
    leg.size = leg.entry = leg.margin = zero;
  }

  /** Orders that act at the open: what reduces first, then by the order placed. */
  #fillAtOpen(bar: number): void {
    for (const isReducing of [true, false]) {
      for (const pending of [...this.#pending]) {
        if (!this.#pending.includes(pending)) continue;
        const { act, price, isFirst } = pending;
        const leg = this.#legs[act.data]!;
        const way = act.side === 'buy' ? 1 : -1;
        if (isReducing && this.#held(leg).times(way).gte(0)) continue;
        const open = leg.of.bars[bar]![0];
        if (act.type === 'limit' && (way > 0 ? open > price : open < price)) continue;
        if (act.type === 'stop' && (way > 0 ? open < price : open > price)) continue;
        this.#fill(pending, leg, d(open), act.type === 'limit' && !isFirst, bar);
      }
    }
  }

  #fillInside(leg: Leg, bar: number): void {
    const [, high, low] = leg.of.bars[bar]!;
    for (const pending of [...this.#pending]) {
      const { act, price } = pending;
      if (act.data !== leg.id) continue;
      pending.isFirst = false;
      const isUp = (act.side === 'buy') === (act.type === 'stop');
      if (isUp ? high >= price : low <= price) this.#fill(pending, leg, d(price), act.type === 'limit', bar);
    }
  }

  #fill(pending: Pending, leg: Leg, price: D, isMaker: boolean, bar: number): void {
    this.#pending = this.#pending.filter((one) => one !== pending);
    const { act, number } = pending;
    const way = act.side === 'buy' ? 1 : -1;
    let size = d(act.size);
    if (act.reduceOnly) {
      const held = this.#held(leg).times(-way);
      if (held.lte(0)) {
        this.#refused.push(`${number} reduceOnly`);
        return;
      }
      size = Decimal.min(size, held);
    }
    const signed = size.times(way);
    const rule =
      leg.of.kind === 'spot'
        ? this.#spotRefusal(leg, signed, price, isMaker)
        : this.#contractRefusal(leg, signed, price, isMaker);
    if (rule !== undefined) {
      this.#refused.push(`${number} ${rule}`);
      return;
    }
    const { fee, currency } =
      leg.of.kind === 'spot'
        ? this.#tradeSpot(leg, signed, price, isMaker)
        : this.#tradeContract(leg, signed, price, isMaker);
    this.#fills.push({
      time: this.#timeOf(bar + 1),
      data: leg.of.name,
      size: signed.toNumber(),
      price: price.toNumber(),
      role: isMaker ? 'maker' : 'taker',
      fee: fee.toNumber(),
      currency,
    });
  }

  #contractRefusal(leg: Leg, signed: D, price: D, isMaker: boolean): string | undefined {
    const { of } = leg;
    const isOpposite = leg.size.times(signed).lt(0);
    const closed = isOpposite ? Decimal.min(signed.abs(), leg.size.abs()) : zero;
    const opened = signed.abs().minus(closed);
    if (opened.isZero()) return undefined;
    if (of.side !== undefined && (of.side === 'long') !== signed.gt(0)) return 'positionSide';
    const rate = isMaker ? of.makerFee : of.takerFee;
    const need = this.#value(leg, opened, price)
      .div(of.leverage)
      .plus(this.#value(leg, signed, price).times(rate));
    let free = this.#balance(of.account, leg.settle);
    free = free.plus(this.#profit(leg, closed.times(sign(leg.size)), leg.entry.isZero() ? price : leg.entry, price));
    const kept = leg.size.abs().minus(closed);
    if (!leg.size.isZero()) {
      if (of.margin === 'isolated') free = free.minus(leg.margin.times(kept).div(leg.size.abs()));
      else {
        free = free.plus(this.#profit(leg, kept.times(sign(leg.size)), leg.entry, price));
        free = free.minus(this.#value(leg, kept, price).div(of.leverage));
      }
    }
    for (const other of this.#mates(leg)) {
      if (other.of.margin === 'isolated') free = free.minus(other.margin);
      else {
        free = free.plus(this.#profit(other, other.size, other.entry, other.mark));
        free = free.minus(this.#value(other, other.size, other.mark).div(other.of.leverage));
      }
    }
    if (need.gt(free)) return 'margin';
    const value = this.#value(leg, kept.plus(opened), price);
    const tier = of.tiers.find(({ upTo }) => value.lte(upTo));
    return of.tiers.length > 0 && of.leverage > (tier?.maxLeverage ?? 0) ? 'leverage' : undefined;
  }

  #tradeContract(leg: Leg, signed: D, price: D, isMaker: boolean): { readonly fee: D; readonly currency: string } {
    const { of } = leg;
    const fee = this.#value(leg, signed, price).times(isMaker ? of.makerFee : of.takerFee);
    let rest = signed;
    if (leg.size.times(signed).lt(0)) {
      const closed = Decimal.min(signed.abs(), leg.size.abs());
      const before = leg.size.abs();
      this.#add(of.account, leg.settle, this.#profit(leg, closed.times(sign(leg.size)), leg.entry, price));
      leg.margin = leg.margin.times(before.minus(closed)).div(before);
      leg.size = leg.size.plus(closed.times(sign(signed)));
      rest = signed.minus(closed.times(sign(signed)));
      if (leg.size.isZero()) this.#empty(leg);
    }
    if (!rest.isZero()) {
      const [held, added] = [leg.size.abs(), rest.abs()];
      const total = held.plus(added);
      if (held.isZero()) leg.entry = price;
      else if (of.kind === 'inverse') leg.entry = total.div(held.div(leg.entry).plus(added.div(price)));
      else leg.entry = held.times(leg.entry).plus(added.times(price)).div(total);
      leg.size = leg.size.plus(rest);
      if (of.margin === 'isolated') leg.margin = leg.margin.plus(this.#value(leg, rest, price).div(of.leverage));
    }
    this.#add(of.account, leg.settle, fee.neg());
    return { fee, currency: leg.settle };
  }

  #spotFee(leg: Leg, signed: D, price: D, isMaker: boolean): { readonly fee: D; readonly currency: string } {
    const { of, base, quote } = leg;
    const rate = isMaker ? of.makerFee : of.takerFee;
    const kind = of.feeCurrency ?? 'quote';
    if (kind === 'base' || (kind === 'received' && signed.gt(0)))
      return { fee: signed.abs().times(rate), currency: base };
    const inQuote = signed.abs().times(price).times(rate);
    if (kind === 'quote' || kind === 'received') return { fee: inQuote, currency: quote };
    const inThird = inQuote.div(this.#one.rates[`${kind}/${quote}`]!);
    return inThird.gt(this.#balance(of.account, kind))
      ? { fee: inQuote, currency: quote }
      : { fee: inThird, currency: kind };
  }

  #spotRefusal(leg: Leg, signed: D, price: D, isMaker: boolean): string | undefined {
    const { of, base, quote } = leg;
    const paid = signed.gt(0) ? quote : base;
    const { fee, currency } = this.#spotFee(leg, signed, price, isMaker);
    const cost = (signed.gt(0) ? signed.times(price) : signed.abs()).plus(currency === paid ? fee : zero);
    if (cost.lte(this.#balance(of.account, paid).minus(this.#bound(of.account, paid)))) return undefined;
    const { borrow = {}, leverage } = this.#one.accounts[of.account]!;
    if (borrow[paid] === undefined) return 'cash';
    if (this.#bound(of.account, paid).gt(0)) return 'margin';
    const after = new Map(this.#wallets.get(of.account));
    const add = (name: string, amount: D): unknown => after.set(name, (after.get(name) ?? zero).plus(amount));
    add(base, signed);
    add(quote, signed.times(price).neg());
    add(currency, fee.neg());
    let [equity, debts] = [zero, zero];
    for (const [name, amount] of after) {
      const rate = name === quote ? d(1) : name === base ? price : d(this.#one.rates[`${name}/${quote}`] ?? 0);
      equity = equity.plus(amount.times(rate));
      if (amount.lt(0)) debts = debts.minus(amount.times(rate));
    }
    return debts.gt(Decimal.max(0, equity).times(leverage - 1)) ? 'margin' : undefined;
  }

  #tradeSpot(leg: Leg, signed: D, price: D, isMaker: boolean): { readonly fee: D; readonly currency: string } {
    const paid = this.#spotFee(leg, signed, price, isMaker);
    const { account } = leg.of;
    this.#add(account, leg.base, signed);
    this.#add(account, leg.quote, signed.times(price).neg());
    this.#add(account, paid.currency, paid.fee.neg());
    return paid;
  }

  #closeBar(leg: Leg, bar: number): void {
    const [open, high, low, close] = this.#marksOf(leg, bar);
    for (let step = 0; step < 20 && this.#isContract(leg); step++) {
      const isLong = leg.size.gt(0);
      if (this.#spare(leg, isLong ? low : high).gt(0)) break;
      const due = this.#liquidationPrice(leg) ?? open;
      // What other positions have lost since the open, or a step, may leave a price that the mark never had; so may one that has just ended.
      const isShared = leg.of.margin === 'cross' && this.#mates(leg).some(({ of }) => of.margin === 'cross');
      const best = isShared || this.#one.profile.steps ? open : isLong ? high : low;
      const price = isLong ? Decimal.min(due, best) : Decimal.max(due, best);
      this.#liquidate(leg, price, bar);
    }
    leg.mark = close;
    const ends = this.#timeOf(bar + 1);
    this.#payFunding(leg, ends - 1);
    if (leg.of.expiry !== undefined && leg.of.expiry <= ends && this.#isContract(leg)) {
      this.#pending = this.#pending.filter(({ act }) => act.data !== leg.id);
      const signed = leg.size.neg();
      const { fee, currency } = this.#tradeContract(leg, signed, close, false);
      this.#fills.push({
        time: ends,
        data: leg.of.name,
        size: signed.toNumber(),
        price: close.toNumber(),
        role: 'taker',
        fee: fee.toNumber(),
        currency,
      });
    }
  }

  #act(act: Act, number: number, bar: number): void {
    if (act.kind === 'transfer') {
      const { from, to, currency, amount, fee, delayMs } = act;
      if (d(amount).gt(this.#free(from, currency))) return;
      this.#add(from, currency, d(-amount));
      this.#underway.push({ to, currency, amount: d(amount).minus(fee), due: this.#timeOf(bar + 1) + delayMs });
      return;
    }
    if (this.#pending.some((one) => one.act.data === act.data)) return;
    const close = this.#one.datas[act.data]!.bars[bar]![3];
    this.#pending.push({ act, number, price: priceOf(act, close), isFirst: true });
  }

  #free(account: string, currency: string): D {
    return Decimal.max(0, this.#balance(account, currency).minus(this.#bound(account, currency)));
  }

  /** What contracts hold back of a balance. */
  #bound(account: string, currency: string): D {
    let bound = zero;
    for (const leg of this.#legs) {
      if (!this.#isContract(leg) || leg.of.account !== account || leg.settle !== currency) continue;
      if (leg.of.margin === 'isolated') bound = bound.plus(leg.margin);
      else {
        bound = bound.minus(Decimal.min(0, this.#profit(leg, leg.size, leg.entry, leg.mark)));
        bound = bound.plus(this.#value(leg, leg.size, leg.mark).div(leg.of.leverage));
      }
    }
    return bound;
  }

  #rateOf(currency: string): D {
    if (currency === this.#one.currency) return d(1);
    const given = this.#one.rates[`${currency}/${this.#one.currency}`];
    if (given !== undefined) return d(given);
    const spot = this.#legs.find(({ of, base }) => of.kind === 'spot' && base === currency)!;
    return spot.mark;
  }

  #outcome(): Outcome {
    let value = zero;
    const wallets: Record<string, number> = {};
    for (const [name, wallet] of this.#wallets) {
      for (const [currency, amount] of wallet) {
        wallets[`${name} ${currency}`] = amount.toNumber();
        value = value.plus(amount.times(this.#rateOf(currency)));
      }
    }
    for (const { amount, currency } of this.#underway) value = value.plus(amount.times(this.#rateOf(currency)));
    for (const leg of this.#legs) {
      if (this.#isContract(leg))
        value = value.plus(this.#profit(leg, leg.size, leg.entry, leg.mark).times(this.#rateOf(leg.settle)));
    }
    const positions = this.#legs.map((leg) => {
      const size = this.#held(leg).toNumber();
      if (!this.#isContract(leg)) return { size };
      const liquidation = this.#liquidationPrice(leg)?.toNumber();
      return {
        size,
        entry: leg.entry.toNumber(),
        margin: leg.of.margin === 'isolated' ? leg.margin.toNumber() : undefined,
        liquidation,
      };
    });
    return {
      fills: this.#fills,
      payments: this.#payments,
      liquidations: this.#liquidations,
      refused: [...this.#refused].sort(),
      wallets,
      positions,
      value: value.toNumber(),
    };
  }
}

/** The price of an order, from the close of the bar it is placed in; of a market order NaN. */
export function priceOf({ away, price }: { readonly away?: number; readonly price?: number }, close: number): number {
  if (price !== undefined) return price;
  return away === undefined ? NaN : +(close * away).toFixed(1);
}

function sign(value: D): number {
  return value.isZero() ? 0 : value.gt(0) ? 1 : -1;
}
