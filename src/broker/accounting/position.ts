/** What is held of one data: signed size and average entry price. */
import { floorToStep, roundToStep } from '../../core/index.ts';

/** What a venue account adds to a position. */
export interface PositionDetails {
  readonly mark: number;
  readonly unrealised: number;
  readonly margin: number | undefined;
  readonly liquidationPrice: number | undefined;
  readonly fundingPaid: number;
}

/** A position. Positive size is long, negative is short; the price is 0 when flat. */
export class Position {
  /** Signed units held: negative for a short position, 0 when flat. */
  size = 0;
  /** Average entry price. */
  price = 0;
  /** Price to which a futures position has been settled in cash. */
  settledPrice = 0;
  #details: PositionDetails | undefined = undefined;

  /** The price at which it is valued: the mark price of a contract, the latest price on spot. Undefined unless an `account` with options keeps it. */
  get mark(): number | undefined {
    return this.#details?.mark;
  }

  /** Unrealised profit at the mark price, in settle currency. Undefined unless an `account` with options keeps it. */
  get unrealised(): number | undefined {
    return this.#details?.unrealised;
  }

  /** Margin of an isolated position, in settle currency; undefined in cross margin and on spot. */
  get margin(): number | undefined {
    return this.#details?.margin;
  }

  /** The mark price at which the venue liquidates it; undefined on spot, when flat, and where no price does. */
  get liquidationPrice(): number | undefined {
    return this.#details?.liquidationPrice;
  }

  /** Funding paid since it was opened, in settle currency; negative when received. Undefined unless an `account` with options keeps it. */
  get fundingPaid(): number | undefined {
    return this.#details?.fundingPaid;
  }

  /**
   * Shows more than size and price from now on.
   *
   * @internal
   */
  show(details: PositionDetails): void {
    this.#details = details;
  }

  /** Whether nothing is held. */
  get isFlat(): boolean {
    return this.size === 0;
  }

  /** The part of a signed trade of `size` that reduces this position; the rest opens. */
  closedBy(size: number): number {
    return closedOf(this.size, size);
  }

  /** Becomes equal to another. */
  become(other: Position): void {
    this.size = other.size;
    this.price = other.price;
    this.settledPrice = other.settledPrice;
  }

  /** Takes a signed trade in. A rest smaller than a billionth of what was held is rounding and becomes flat. */
  update(size: number, price: number): void {
    const before = this.size;
    const after = before + size;
    if (isRounding(after, before)) {
      this.size = 0;
      this.price = 0;
    } else if (before === 0 || before > 0 !== after > 0) {
      this.size = after;
      this.price = price;
    } else {
      if (Math.abs(after) > Math.abs(before)) this.price = (this.price * before + price * size) / after;
      this.size = after;
    }
  }
}

/** The part of a signed trade of `size` that reduces what is held; the rest opens. */
export function closedOf(held: number, size: number): number {
  if (held === 0 || held > 0 === size > 0) return 0;
  return Math.abs(size) <= Math.abs(held) || isRounding(held + size, held) ? size : -held;
}

/** Whether what is left of `before` is only what binary fractions leave of decimal sizes, as in 0.1 + 0.2 - 0.3. */
export function isRounding(left: number, before: number): boolean {
  return Math.abs(left) <= Math.abs(before) * 1e-9;
}

/** The part of a number of units that an exchange takes: whole lots, as many as fit; all of it without a lot, or but for rounding. */
export function lotsOf(lot: number | undefined, units: number): number {
  if (lot === undefined || isRounding(roundToStep(units, lot) - units, units)) return units;
  return floorToStep(units, lot);
}
