/** The account in exact decimals, for sessions that must agree with an exchange to the last digit. */
import { Decimal } from '../../core/index.ts';
import { workOut, type Account, type AccountRules, type Settlement } from './account.ts';
import { isRounding, Position } from './position.ts';
import type { CommissionScheme } from './commission.ts';

interface ExactPosition {
  size: Decimal;
  price: Decimal;
  settledPrice: Decimal;
}

/**
 * An account in decimals: 0.1 + 0.2 - 0.3 is nothing at all.
 *
 * Decisions (which part closes, whether the cash covers it) are the float rule's; every amount is then booked exactly.
 */
export class DecimalAccount implements Account {
  private exactCash: Decimal;
  private readonly rules: AccountRules;
  private readonly exact = new Map<Position, ExactPosition>();

  constructor(cash: number | string, rules: AccountRules) {
    this.exactCash = new Decimal(cash);
    this.rules = rules;
  }

  get cash(): number {
    return this.exactCash.toNumber();
  }

  /** The cash without rounding, in plain digits. */
  get cashText(): string {
    return this.exactCash.toFixed();
  }

  add(amount: number | Decimal): void {
    this.exactCash = this.exactCash.add(amount);
  }

  settle(position: Position, scheme: CommissionScheme, size: number, out: Settlement): void {
    const { price } = out;
    out.cash = this.cash;
    workOut(position, scheme, size, this.rules, out);
    const held = this.exactOf(position);
    // A rest that is only the rounding of binary fractions is closed too.
    const closed = isRounding(position.size + out.closed, position.size) ? held.size.neg() : new Decimal(out.closed);
    if (out.closed !== 0) this.book(scheme, held, closed, held.price, price, true);
    const opened = out.opened === 0 ? new Decimal(0) : new Decimal(size).sub(out.closed === 0 ? 0 : closed);
    if (out.opened !== 0) this.book(scheme, held, opened, new Decimal(price), price, false);
    if (out.closed + out.opened === 0) return;
    if (out.closed !== 0) held.size = held.size.add(closed);
    if (out.opened !== 0) {
      const total = held.size.add(opened);
      held.price = held.size.mul(held.price).add(opened.mul(price)).div(total);
      held.size = total;
      if (!scheme.isSpot) held.settledPrice = new Decimal(price);
    }
    if (held.size.isZero()) held.price = new Decimal(0);
    position.size = held.size.toNumber();
    position.price = held.price.toNumber();
    position.settledPrice = held.settledPrice.toNumber();
  }

  markToMarket(position: Position, scheme: CommissionScheme, price: number): void {
    const held = this.exactOf(position);
    this.exactCash = this.exactCash.add(gain(scheme, held.size, held.settledPrice, price));
    held.settledPrice = new Decimal(price);
    position.settledPrice = price;
  }

  save(position: Position): { restore(): void } {
    const { exactCash } = this;
    const exact = { ...this.exactOf(position) };
    const saved = new Position();
    saved.become(position);
    return {
      restore: () => {
        this.exactCash = exactCash;
        Object.assign(this.exactOf(position), exact);
        position.become(saved);
      },
    };
  }

  private book(
    scheme: CommissionScheme,
    held: ExactPosition,
    size: Decimal,
    at: Decimal,
    price: number,
    isClosing: boolean,
  ): void {
    const value = this.boundValue(scheme, isClosing ? size.neg() : size, at);
    const cost = value.isPositive() ? value.div(scheme.leverage) : value;
    const fee = scheme.isPercent
      ? size.abs().mul(price).mul(scheme.multiplier).mul(scheme.rate)
      : size.abs().mul(scheme.rate);
    let cash = isClosing ? this.exactCash.add(cost) : this.exactCash.sub(cost);
    if (isClosing) {
      const from = scheme.isSpot ? held.price : held.settledPrice;
      cash = cash.add(gain(scheme, size.neg(), from, price));
    } else if (!scheme.isSpot && !held.size.isZero() && held.size.isPositive() === size.isPositive()) {
      cash = cash.add(gain(scheme, held.size, held.settledPrice, price));
    }
    this.exactCash = cash.sub(fee);
  }

  private boundValue(scheme: CommissionScheme, size: Decimal, price: Decimal): Decimal {
    if (!scheme.isSpot) return size.abs().mul(scheme.margin(price.toNumber()));
    const value = size.mul(price).mul(scheme.multiplier);
    return this.rules.shortCash ? value : value.abs();
  }

  private exactOf(position: Position): ExactPosition {
    let held = this.exact.get(position);
    if (held === undefined) {
      held = {
        size: new Decimal(position.size),
        price: new Decimal(position.price),
        settledPrice: new Decimal(position.settledPrice),
      };
      this.exact.set(position, held);
    }
    return held;
  }
}

function gain(scheme: CommissionScheme, size: Decimal, from: Decimal, to: number): Decimal {
  return new Decimal(to).sub(from).mul(size).mul(scheme.multiplier);
}
