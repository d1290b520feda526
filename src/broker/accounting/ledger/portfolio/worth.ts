/** What the accounts of a run hold, in floats: brought up to date with each booking, so that a bar costs a few comparisons. */
import type { Timeline } from '../../../../lines/index.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { VenueAccount } from '../venue-account.ts';
import type { Conversion } from './conversion.ts';
import type { Held } from './held.ts';
import type { Transfers } from './transfers.ts';

/** A balance in floats. */
interface QuickBalance {
  currency: string;
  amount: number;
}

/** Keeps balances and positions in floats, and what they come to in the currency of value. */
export class Worth<N> {
  /** How many datas hold a position. */
  openCount = 0;
  /** Whether balances and positions are in the currency of value alone. */
  isOneCurrency = false;
  /** Whether some account carries several positions together, so that each mark moves every liquidation price. */
  sharesMargin = false;
  readonly #a: Arithmetic<N>;
  readonly #accounts: readonly VenueAccount<N>[];
  readonly #conversion: Conversion<N>;
  readonly #transfers: Transfers<N>;
  #held: readonly Held<N>[] = [];
  #timelines: readonly Timeline[] = [];
  readonly #balances: QuickBalance[] = [];
  /** By data: the first one that shows the same position, as the datas of one instrument in an account do, and those of one coin on spot. */
  #pools: readonly number[] = [];
  /** Equity, and what the positions are worth without their sign. */
  readonly #totals = new Float64Array(2);
  /** What the accounts began with, once every rate it takes is known. */
  #startValue: number | undefined;

  constructor(
    a: Arithmetic<N>,
    accounts: readonly VenueAccount<N>[],
    conversion: Conversion<N>,
    transfers: Transfers<N>,
  ) {
    this.#a = a;
    this.#accounts = accounts;
    this.#conversion = conversion;
    this.#transfers = transfers;
  }

  /** Takes the datas of the run, once their accounts have their deposits. */
  open(held: readonly Held<N>[], timelines: readonly Timeline[]): void {
    this.#held = held;
    this.#timelines = timelines;
    this.sharesMargin = this.#accounts.some(
      ({ legs }) => legs.filter(({ terms, isIsolated }) => terms.kind !== 'spot' && !isIsolated).length > 1,
    );
    this.#pools = held.map((one) => held.findIndex((other) => other === one || showsSame(one, other)));
    for (const one of held) this.#show(one);
    this.#showBalances();
  }

  /** Equity of all accounts, in the currency of value. */
  get value(): number {
    return this.#totals[0]!;
  }

  /** What the positions are worth without their sign, in the currency of value. */
  get gross(): number {
    return this.#totals[1]!;
  }

  /** What the accounts began with, in the currency of value; what no rate converts yet is left out. */
  get startValue(): number {
    return (this.#startValue ??= this.#deposits()) ?? this.value;
  }

  /** The deposits in the currency of value, at the first prices of the run; undefined where a rate is not known yet. */
  #deposits(): number | undefined {
    const { currency: of } = this.#conversion;
    let sum = 0;
    const isAtStart = this.#timelines.every(({ index }) => index < 0);
    for (const { wallet } of this.#accounts) {
      for (const currency of wallet.currencies) {
        const amount = this.#a.toNumber(wallet.booked(currency, 'deposit'));
        const rate = this.#conversion.rateOf(currency, of, isAtStart);
        if (amount !== 0) sum += amount * (rate ?? NaN);
      }
    }
    return Number.isNaN(sum) ? undefined : sum;
  }

  /** Balances in the currency of value, over all accounts. */
  get cash(): number {
    const { currency: of } = this.#conversion;
    let cash = 0;
    for (const { amount, currency } of this.#balances) if (currency === of) cash += amount;
    return cash;
  }

  /** What is free to open positions with, over all accounts, in the currency of value. */
  freeCash(): number {
    const { currency: of } = this.#conversion;
    let free = this.cash;
    for (let k = 0; k < this.#held.length; k++) {
      const { quick, leg } = this.#held[k]!;
      if (quick.isSpot || quick.units === 0 || leg.terms.settle !== of || this.#pools[k] !== k) continue;
      if (leg.isIsolated) free -= quick.margin;
      else free += quick.unrealised(leg.mark) - quick.notional(leg.mark) * quick.gear;
    }
    return free;
  }

  /** What an account has free of a currency: its balance, without what positions bind. */
  freeIn(account: VenueAccount<N>, currency: string): number {
    let free = this.#a.toNumber(account.wallet.balance(currency));
    for (const { id, quick, leg, account: holder } of this.#held) {
      if (
        holder !== account ||
        this.#pools[id] !== id ||
        quick.isSpot ||
        quick.units === 0 ||
        leg.terms.settle !== currency
      )
        continue;
      if (leg.isIsolated) free -= quick.margin;
      else free += Math.min(0, quick.unrealised(leg.mark)) - quick.notional(leg.mark) * quick.gear;
    }
    return Math.max(0, free);
  }

  /** The first data that shows the same position. */
  poolOf(dataId: number): number {
    return this.#pools[dataId]!;
  }

  /** Values everything at the present marks. */
  revalue(): void {
    let gross = 0;
    let worth = 0;
    const isOne = this.isOneCurrency;
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
      if (!this.#isCounted(k)) gross += isOne ? value : Math.abs(this.#conversion.convert(value, leg.terms.settle));
      if (quick.isSpot || this.#pools[k] !== k) continue;
      const profit = quick.unrealised(leg.mark);
      worth += isOne ? profit : this.#conversion.convert(profit, leg.terms.settle);
    }
    this.#totals[0] = worth;
    this.#startValue ??= this.#deposits();
    this.#totals[1] = gross;
  }

  /** Whether a data before this one has a price and shows the same position, which is held once. */
  #isCounted(at: number): boolean {
    const pool = this.#pools[at]!;
    for (let k = pool; k < at; k++) if (this.#pools[k] === pool && this.#held[k]!.leg.mark > 0) return true;
    return false;
  }

  /** The price at which a position is liquidated; NaN without one. */
  liquidationOf({ account, leg }: Held<N>): number {
    const price = account.liquidationOf(leg);
    return price === undefined ? NaN : this.#a.toNumber(price);
  }

  /** Brings what an account holds up to date. */
  show(account: VenueAccount<N>): void {
    for (const held of this.#held) if (held.account === account) this.#show(held);
    this.#showBalances();
  }

  #showBalances(): void {
    const { currency: of } = this.#conversion;
    const balances = this.#balances;
    let isOne = true;
    // A position may outlive the last of its currency: another one's liquidation may take all that carried both.
    for (const { quick, leg } of this.#held) if (quick.units !== 0 && leg.terms.settle !== of) isOne = false;
    let count = 0;
    for (const { wallet } of this.#accounts) {
      for (const { currency, amount: exact } of wallet.balances) {
        const amount = this.#a.toNumber(exact);
        if (amount === 0) continue;
        const shown = (balances[count] ??= { currency, amount });
        shown.currency = currency;
        shown.amount = amount;
        if (currency !== of) isOne = false;
        count++;
      }
    }
    balances.length = count;
    this.isOneCurrency = isOne;
  }

  /** Brings the position that strategies see up to date. */
  #show(one: Held<N>): void {
    const { leg, quick } = one;
    const a = this.#a;
    const { view, terms } = leg;
    const held = a.toNumber(leg.size);
    if (terms.kind === 'spot' && held !== 0 && a.sign(leg.entry) === 0 && leg.mark > 0) leg.entry = a.of(leg.mark);
    quick.units = held * a.toNumber(terms.contractSize);
    quick.entry = a.toNumber(leg.entry);
    quick.margin = a.toNumber(leg.margin);
    quick.liquidation = this.sharesMargin ? NaN : this.liquidationOf(one);
    const isDust = terms.kind === 'spot' && Math.abs(held) < (terms.lot ?? 0);
    const size = isDust ? 0 : held;
    this.openCount += (size === 0 ? 0 : 1) - (view.size === 0 ? 0 : 1);
    view.size = size;
    view.price = size === 0 ? 0 : a.toNumber(leg.entry);
  }
}

/** Whether two datas show one position: that of one instrument, or the same coins of one wallet. */
function showsSame<N>(one: Held<N>, other: Held<N>): boolean {
  if (one.leg === other.leg) return true;
  const areCoins = one.quick.isSpot && other.quick.isSpot;
  return areCoins && one.account === other.account && one.leg.terms.base === other.leg.terms.base;
}
