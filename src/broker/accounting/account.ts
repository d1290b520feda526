/** The ledger: cash, and what each fill does to it. */
import { Position } from './position.ts';
import type { CommissionScheme } from './commission.ts';

/** A settlement: its price, and what it did to the cash and the position. One object is filled again each time, because V8 boxes each number handed to a call. */
export interface Settlement {
  /** Set before: the price, in quote units, and the moment, milliseconds UTC. */
  price: number;
  time: number;
  /** The cash before the settlement, and after it. */
  cash: number;
  closed: number;
  opened: number;
  pnl: number;
  closedValue: number;
  openedValue: number;
  closedCommission: number;
  openedCommission: number;
  /** Whether the opening part was dropped because the cash does not cover it. */
  isShortOfCash: boolean;
}

/** An empty settlement. */
export function emptySettlement(): Settlement {
  return new Outcome();
}

/** A class, not a literal, whose shape other literals could share: V8 would box each number written to it. */
class Outcome implements Settlement {
  price = NaN;
  time = NaN;
  cash = 0;
  closed = 0;
  opened = 0;
  pnl = 0;
  closedValue = 0;
  openedValue = 0;
  closedCommission = 0;
  openedCommission = 0;
  isShortOfCash = false;
}

/** Keeps cash and settles fills. `FloatAccount` is fast, `DecimalAccount` exact; a property test checks that they agree. */
export interface Account {
  readonly cash: number;
  /** Adds to the cash, or takes from it. */
  add(amount: number): void;
  /**
   * Settles a signed trade: closes first, then opens the rest if the cash covers it. Changes cash and position.
   *
   * @param out - Has the price, and receives the outcome.
   */
  settle(position: Position, scheme: CommissionScheme, size: number, out: Settlement): void;
  /** Settles the gain of a futures position since its last settlement, up to `price`. */
  markToMarket(position: Position, scheme: CommissionScheme, price: number): void;
  /** Saves the cash and one position; `restore` of the result undoes fills that were only tried. */
  save(position: Position): { restore(): void };
}

/** How short positions on spot are booked and limited. */
export interface AccountRules {
  /** Whether selling short adds the proceeds to the cash (the default) or binds their value. */
  readonly shortCash: boolean;
  /** Whether short positions need margin of their own, beside their proceeds. */
  readonly isLimited: boolean;
  /** Cash that other short positions bind: their proceeds and their margin. Set before each settlement. */
  reserved: number;
}

/**
 * Computes a settlement at the price in `out`, starting from the cash in it, and changes nothing else. Both accounts follow it. When the cash does not
 * suffice, a trial leaves the shortfall in `out.cash`.
 */
export function workOut(
  position: Readonly<Pick<Position, 'size' | 'price' | 'settledPrice'>> & { closedBy(size: number): number },
  scheme: CommissionScheme,
  size: number,
  rules: AccountRules,
  out: Settlement,
  isTrial = false,
): void {
  const { price } = out;
  const closed = position.closedBy(size);
  const opened = size - closed;
  out.closed = closed;
  out.opened = opened;
  out.pnl = out.closedValue = out.openedValue = out.closedCommission = out.openedCommission = 0;
  out.isShortOfCash = false;
  let { cash } = out;
  if (closed !== 0) {
    // A trial values what it closes at the trial price: the same on spot without leverage.
    out.pnl = isTrial ? 0 : scheme.pnl(-closed, position.price, price);
    const value = boundValue(scheme, -closed, isTrial ? price : position.price, rules);
    out.closedValue = value;
    out.closedCommission = scheme.commission(closed, price);
    cash += value > 0 ? value / scheme.leverage : value;
    if (scheme.isSpot) cash += out.pnl;
    else if (!isTrial) cash += scheme.pnl(-closed, position.settledPrice, price);
    cash -= out.closedCommission;
  }
  out.cash = cash;
  if (opened === 0) return;
  const value = boundValue(scheme, opened, price, rules);
  const commission = scheme.commission(opened, price);
  const cost = value > 0 ? value / scheme.leverage : value;
  const left = cash - cost - commission;
  let free = left;
  if (rules.isLimited) {
    free -= rules.reserved;
    if (value < 0) free += value * (1 + 1 / scheme.leverage);
  }
  if (free < -1e-12 * Math.abs(cost)) {
    out.opened = 0;
    out.isShortOfCash = true;
    if (isTrial) out.cash = free;
    return;
  }
  out.openedValue = value;
  out.openedCommission = commission;
  const held = closed === 0 ? position.size : 0;
  const settled = held !== 0 && !scheme.isSpot && !isTrial ? scheme.pnl(held, position.settledPrice, price) : 0;
  out.cash = left + settled;
}

/** The cash that a signed size binds or, sold short, brings in. */
function boundValue(scheme: CommissionScheme, size: number, price: number, rules: AccountRules): number {
  if (rules.shortCash || !scheme.isSpot) return scheme.value(size, price);
  return Math.abs(scheme.value(size, price));
}

/** An account in binary floats. */
export class FloatAccount implements Account {
  cash = NaN;
  private readonly rules: AccountRules;

  constructor(cash: number, rules: AccountRules) {
    this.cash = cash;
    this.rules = rules;
  }

  add(amount: number): void {
    this.cash += amount;
  }

  settle(position: Position, scheme: CommissionScheme, size: number, out: Settlement): void {
    out.cash = this.cash;
    workOut(position, scheme, size, this.rules, out);
    this.cash = out.cash;
    const executed = out.closed + out.opened;
    if (executed === 0) return;
    position.update(executed, out.price);
    if (!scheme.isSpot && out.opened !== 0) position.settledPrice = out.price;
  }

  save(position: Position): { restore(): void } {
    const { cash } = this;
    const saved = new Position();
    saved.become(position);
    return {
      restore: () => {
        this.cash = cash;
        position.become(saved);
      },
    };
  }

  markToMarket(position: Position, scheme: CommissionScheme, price: number): void {
    this.cash += scheme.pnl(position.size, position.settledPrice, price);
    position.settledPrice = price;
  }
}
