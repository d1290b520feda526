/** The portfolio of a run: cash, positions, what they are worth, and what holding them costs. */
import type { CommissionOptions } from './commission.ts';
import type { Timeline } from '../../lines/index.ts';
import { FloatAccount, type Account, type AccountRules, type Settlement } from './account.ts';
import { DecimalAccount } from './decimal-account.ts';
import { Position } from './position.ts';
import { CommissionScheme } from './commission.ts';

const dayMs = 86_400_000;

/** What a portfolio is told. */
export interface PortfolioOptions {
  readonly cash: number;
  readonly ledger: 'float' | 'decimal';
  readonly shortCash: boolean;
  readonly interestInPnl: boolean;
  readonly fundStart: number;
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
  /** Positions that are not flat. */
  private openCount = 0;
  /** Value and gross value: written each step, and numbers in fields would be boxed each time. */
  private readonly totals = new Float64Array(2);
  /** Whether every scheme is spot without leverage, interest or multiplier, so that value is size times close. */
  isPlain = true;

  constructor(options: PortfolioOptions) {
    this.rules = { shortCash: options.shortCash };
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
      this.schemes[id] = options === undefined ? standard : new CommissionScheme(options);
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

  /** Absolute value of all positions together. */
  get grossValue(): number {
    return this.totals[1]!;
  }

  /** Value of one fund share; its starting value while there is no share. */
  get fundValue(): number {
    return this.fundShares === 0 ? this.fundStart : this.totals[0]! / this.fundShares;
  }

  schemeOf(dataId: number): CommissionScheme {
    return this.schemes[dataId]!;
  }

  positionOf(dataId: number): Position {
    return this.positions[dataId]!;
  }

  /** Whether there is no position but one in this data, if any. */
  holdsOnly(dataId: number): boolean {
    return this.openCount === (this.positions[dataId]!.size === 0 ? 0 : 1);
  }

  /** Cash that counts from the next valuation on. */
  receive(amount: number): void {
    this.incoming.push(amount);
  }

  /** Settles a fill and gives the interest that its closed part had run up. */
  settle(dataId: number, size: number, price: number, time: number, out: Settlement): void {
    const position = this.positions[dataId]!;
    const held = position.size;
    this.account.settle(position, this.schemes[dataId]!, size, price, out);
    if (out.closed + out.opened === 0) return;
    this.openCount += (position.size === 0 ? 0 : 1) - (held === 0 ? 0 : 1);
    this.interestDay[dataId] = Math.floor(time / dayMs);
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
   * @param isLate - Leaves the values to whoever asks for them.
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
    let worth = 0;
    let gross = 0;
    for (let id = 0; id < this.positions.length; id++) {
      const position = this.positions[id]!;
      if (position.size === 0) continue;
      const timeline = this.timelines[id]!;
      const close = timeline.close.values[timeline.index - timeline.close.base]!;
      const value = this.isPlain ? position.size * close : this.markOne(position, this.schemes[id]!, close);
      worth += value;
      gross += Math.abs(value);
    }
    this.totals[0] = this.account.cash + worth;
    this.totals[1] = gross;
  }

  private markOne(position: Position, scheme: CommissionScheme, close: number): number {
    if (!scheme.isSpot) {
      this.account.markToMarket(position, scheme, close);
      return scheme.value(position.size, position.price);
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
