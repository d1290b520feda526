/** What an account refuses to fill, and why: cash and loans on spot, margin, leverage and the side of contracts. */
import type { Refusal } from '../../../core/index.ts';
import type { Leg } from './leg.ts';
import type { FillFee, VenueAccount } from './venue-account.ts';

/** Checks the fills of one account. */
export class FillCheck<N> {
  readonly #account: VenueAccount<N>;

  constructor(account: VenueAccount<N>) {
    this.#account = account;
  }

  /** Why a fill of a signed size would be refused; undefined when it would not. */
  refusalOf(leg: Leg<N>, size: N, price: N, isMaker: boolean): Refusal | undefined {
    return leg.terms.kind === 'spot'
      ? this.#spotRefusal(leg, size, price, isMaker)
      : this.#contractRefusal(leg, size, price, isMaker);
  }

  /** How many units a taker could buy (`way` 1) or sell (-1) at a price, beyond those that close what is held. */
  affordable(leg: Leg<N>, way: 1 | -1, closing: number, price: number): number {
    const units = leg.terms.kind === 'spot' ? this.#spotUnits(leg, way, price) - closing : this.#contractUnits(leg, way, closing, price); // prettier-ignore
    return Math.max(0, units);
  }

  #spotRefusal(leg: Leg<N>, size: N, price: N, isMaker: boolean): Refusal | undefined {
    const { a, wallet, borrow } = this.#account;
    const { base, quote } = leg.terms;
    const isBuy = a.sign(size) > 0;
    const paid = isBuy ? quote : base;
    const units = a.abs(size);
    let cost = isBuy ? a.mul(units, price) : units;
    const fee = this.#account.spotFee(leg, size, price, isMaker);
    if (fee.currency === paid) cost = a.add(cost, fee.fee);
    const balance = wallet.balance(paid);
    const bound = this.#boundIn(paid);
    const held = a.sub(balance, bound);
    if (!this.#exceeds(cost, held)) return undefined;
    if (borrow[paid] !== undefined) {
      if (a.sign(bound) === 0) return this.#debtRefusal(leg, size, price, fee);
      const free = shortened(Math.max(0, a.toNumber(held)));
      return {
        rule: 'margin',
        reason: `${paid} carries open contracts: none of it can be borrowed, and ${free} ${paid} are free; trade the contracts in another account`,
      };
    }
    const need = shortened(a.toNumber(cost));
    const text = `${shortened(a.toNumber(units))} ${base} at ${shortened(a.toNumber(price))}`;
    const has =
      a.sign(bound) > 0
        ? `${shortened(Math.max(0, a.toNumber(held)))} of ${shortened(a.toNumber(balance))} ${paid} are free of the margin of contracts`
        : `the account holds ${shortened(a.toNumber(held))} ${paid}`;
    return { rule: 'cash', reason: `${isBuy ? 'buying' : 'selling'} ${text} takes ${need} ${paid}, and ${has}` };
  }

  /** Units that the free balance pays for, with loans where the account may take them. */
  #spotUnits(leg: Leg<N>, way: 1 | -1, price: number): number {
    const { a, wallet, borrow } = this.#account;
    const { base, quote } = leg.terms;
    const paid = way > 0 ? quote : base;
    const bound = this.#boundIn(paid);
    if (borrow[paid] !== undefined && a.sign(bound) === 0) return this.#borrowedUnits(leg, way, price);
    const units = a.toNumber(a.sub(wallet.balance(paid), bound)) / (way > 0 ? price : 1);
    const fee = this.#account.spotFee(leg, a.of(way * units), a.of(price), false);
    return fee.currency === paid ? units / (1 + a.toNumber(this.#account.feeRate(leg, false))) : units;
  }

  /** Units whose debts the equity just carries: beyond all that is held, each unit adds the same debt. */
  #borrowedUnits(leg: Leg<N>, way: 1 | -1, price: number): number {
    const { a, leverage } = this.#account;
    const exact = a.of(price);
    const after = (units: number): { readonly equity: number; readonly spare: number } => {
      const size = a.of(way * units);
      const { equity, debts } = this.#debtsAfter(leg, size, exact, this.#account.spotFee(leg, size, exact, false));
      return { equity, spare: equity * (leverage - 1) - debts };
    };
    const far = (2 * after(0).equity * leverage) / price;
    const [near, beyond] = [after(far).spare, after(2 * far).spare];
    return far > 0 ? far + (near * far) / (near - beyond) : 0;
  }

  /** What contracts bind of a balance: their margins, and in cross what they have lost so far. */
  #boundIn(currency: string): N {
    const account = this.#account;
    const { a } = account;
    let bound = a.zero;
    for (const leg of account.legs) {
      if (leg.terms.kind === 'spot' || leg.terms.settle !== currency || a.sign(leg.size) === 0) continue;
      if (leg.isIsolated) {
        bound = a.add(bound, leg.margin);
        continue;
      }
      const mark = leg.mark > 0 ? a.of(leg.mark) : leg.entry;
      bound = a.add(bound, account.initialMargin(leg, a.abs(leg.size), mark));
      const profit = account.unrealised(leg, mark);
      if (a.sign(profit) < 0) bound = a.sub(bound, profit);
    }
    return bound;
  }

  /** Why a fill that borrows would be refused: debts would exceed what the equity carries. */
  #debtRefusal(leg: Leg<N>, size: N, price: N, fee: FillFee<N>): Refusal | undefined {
    const { leverage } = this.#account;
    const { equity, debts } = this.#debtsAfter(leg, size, price, fee);
    const most = Math.max(0, equity) * (leverage - 1);
    if (debts <= most * (1 + 1e-12)) return undefined;
    const { quote } = leg.terms;
    return {
      rule: 'margin',
      reason: `debts of ${shortened(debts)} ${quote} must be at most ${shortened(most)}: equity ${shortened(equity)} ${quote} at leverage ${leverage}`,
    };
  }

  /** The account after a fill on spot, in its quote: what all balances come to, and those below 0. */
  #debtsAfter(leg: Leg<N>, size: N, price: N, fee: FillFee<N>): { readonly equity: number; readonly debts: number } {
    const { a, wallet, rateOf } = this.#account;
    const { base, quote } = leg.terms;
    const at = a.toNumber(price);
    let [equity, debts] = [0, 0];
    for (const currency of new Set([...wallet.currencies, base, quote, fee.currency])) {
      let amount = a.toNumber(wallet.balance(currency));
      if (currency === base) amount += a.toNumber(size);
      if (currency === quote) amount -= a.toNumber(a.mul(size, price));
      if (currency === fee.currency) amount -= a.toNumber(fee.fee);
      const rate = currency === quote ? 1 : currency === base ? at : a.toNumber(rateOf(currency, quote) ?? a.zero);
      equity += amount * rate;
      if (amount < 0) debts -= amount * rate;
    }
    return { equity, debts };
  }

  /** Whether a need exceeds what there is, by more than rounding where the ledger counts in floats. */
  #exceeds(need: N, held: N): boolean {
    const { a } = this.#account;
    if (a.compare(need, held) <= 0) return false;
    return a.name === 'decimal' || a.toNumber(need) - a.toNumber(held) > 1e-12 * Math.abs(a.toNumber(need));
  }

  #contractRefusal(leg: Leg<N>, size: N, price: N, isMaker: boolean): Refusal | undefined {
    const account = this.#account;
    const { a } = account;
    const { terms } = leg;
    const closed = account.closedBy(leg, size);
    const opened = a.sub(size, closed);
    if (a.sign(opened) === 0) return undefined;
    if (a.sign(opened) === -leg.side) {
      const [side, other] = leg.side > 0 ? ['long', 'sell'] : ['short', 'buy'];
      const held = shortened(a.toNumber(a.abs(leg.size)));
      return {
        rule: 'positionSide',
        reason: `the position is ${side} in hedge mode: a ${other} must be at most ${held} units, was ${shortened(a.toNumber(a.abs(size)))}`,
      };
    }
    const fee = a.mul(terms.notional(a.abs(size), price), account.feeRate(leg, isMaker));
    const need = a.add(account.initialMargin(leg, a.abs(opened), price), fee);
    const free = this.#freeFor(leg, closed, price);
    if (this.#exceeds(need, free)) {
      return {
        rule: 'margin',
        reason: `margin and fee take ${shortened(a.toNumber(need))} ${terms.settle}, and ${shortened(a.toNumber(free))} ${terms.settle} are free`,
      };
    }
    const value = terms.notional(a.abs(a.add(leg.size, size)), price);
    const most = terms.maxLeverage(value);
    if (leg.leverageNumber <= most) return undefined;
    const shown = shortened(a.toNumber(value));
    return {
      rule: 'leverage',
      reason: `leverage must be at most ${most} for a position of ${shown} ${terms.settle}, was ${leg.leverageNumber}`,
    };
  }

  /** Units of a contract that the free margin and the tiers allow beyond those that close. */
  #contractUnits(leg: Leg<N>, way: 1 | -1, closing: number, price: number): number {
    const account = this.#account;
    const { a } = account;
    const [one, at] = [a.of(1), a.of(price)];
    const free = a.toNumber(this.#freeFor(leg, a.of(way * closing), at));
    const unit = a.toNumber(leg.terms.notional(one, at));
    const fee = unit * Math.max(0, a.toNumber(account.feeRate(leg, false)));
    const fits = (free - fee * closing) / (a.toNumber(account.initialMargin(leg, one, at)) + fee);
    const held = closing > 0 ? 0 : Math.abs(a.toNumber(leg.size));
    return Math.min(fits, leg.terms.mostValue(leg.leverageNumber) / unit - held);
  }

  /** What is free to open with, once a fill at a price has closed `closed` signed units of a leg, in settle currency. */
  #freeFor(leg: Leg<N>, closed: N, price: N): N {
    const account = this.#account;
    const { a, wallet } = account;
    const { terms } = leg;
    let free = wallet.balance(terms.settle);
    const isClosing = a.sign(closed) !== 0;
    if (isClosing) free = a.add(free, terms.profit(a.neg(closed), leg.entry, price));
    for (const other of account.legs) {
      if (other.terms.settle !== terms.settle || other.terms.kind === 'spot') continue;
      const left = other === leg ? a.add(other.size, closed) : other.size;
      if (other.isIsolated) {
        const share =
          other === leg && isClosing ? a.div(a.mul(other.margin, a.abs(left)), a.abs(other.size)) : other.margin;
        free = a.sub(free, share);
      } else if (a.sign(left) !== 0) {
        const at = other === leg ? price : a.of(other.mark);
        const initial = account.initialMargin(other, a.abs(left), at);
        free = a.sub(a.add(free, other.terms.profit(left, other.entry, at)), initial);
      }
    }
    return free;
  }
}

/** A number for a message. */
function shortened(value: number): number {
  return +value.toPrecision(8);
}
