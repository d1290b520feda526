/** How a venue ends positions by itself: liquidation where margin no longer suffices, and delivery where a contract expires. */
import type { VenuePayment } from '../../../../core/index.ts';
import { emptySettlement, type Settlement } from '../../account.ts';
import type { FillCost } from '../../fill-blotter.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { LiquidationRecord } from '../records.ts';
import { markOf, slack, type Held } from './held.ts';
import type { Worth } from './worth.ts';

/** Ends a position from outside of its strategy: books the fill of an order made for it. */
export type ForcedExit = (
  dataId: number,
  size: number,
  price: number,
  rule: 'liquidation' | 'delivery',
  reason: string,
) => void;

/** A venue with more tiers than this is liquidated in the next bar. */
const mostSteps = 20;

/** Liquidates and delivers the positions of a run. */
export class ForcedExits<N> {
  /** In the order of their bars. */
  readonly liquidations: LiquidationRecord[] = [];
  /** What the latest liquidation or delivery came to, for its fill. */
  readonly settlement: Settlement = emptySettlement();
  /** Set by the broker. */
  execute: ForcedExit | undefined;
  readonly #a: Arithmetic<N>;
  readonly #worth: Worth<N>;
  readonly #lastFill: FillCost;

  /** @param lastFill - Takes the role and fee of each forced fill. */
  constructor(a: Arithmetic<N>, worth: Worth<N>, lastFill: FillCost) {
    this.#a = a;
    this.#worth = worth;
    this.#lastFill = lastFill;
  }

  /** Liquidates what the open of the new bars no longer carries, at the mark's open. */
  atOpen(datas: readonly Held<N>[]): void {
    for (const held of datas) {
      const { leg, timeline, quick } = held;
      if (!timeline.isNew || quick.isSpot || quick.units === 0 || held.isBehind) continue;
      if (this.#worth.sharesMargin) quick.liquidation = this.#worth.liquidationOf(held);
      const { liquidation } = quick;
      if (quick.units > 0 ? leg.mark <= liquidation : leg.mark >= liquidation)
        this.#liquidate(held, leg.mark, leg.mark);
    }
  }

  /** Liquidates a position inside its new bar. */
  inside(held: Held<N>): void {
    const { quick, leg, account } = held;
    // Unless it was opened through this very bar, shorter ones have seen all of it with the position that there was.
    if (held.isBehind && !held.hasFilled) return;
    const isLong = quick.units > 0;
    const reached = markOf(held, isLong ? 'low' : 'high');
    const isNear = isLong ? reached <= quick.liquidation * slack : reached >= quick.liquidation / slack;
    if (!this.#worth.sharesMargin && !isNear) return;
    // What other positions lost in the bar, or a step took, may have moved the price to where the mark never was.
    const isMoved = account.profile.reducesBySteps || account.isShared(leg);
    // So may one that has just ended, after which nothing is shared: the best price of the bar is the best that there was.
    this.#liquidate(held, reached, markOf(held, isMoved ? 'open' : isLong ? 'high' : 'low'));
  }

  /**
   * Liquidates a position whose mark has reached its liquidation price; step by step where the venue does so.
   *
   * @param worst - The mark that it is liquidated at where that is worse than its liquidation price.
   */
  #liquidate(held: Held<N>, reached: number, worst: number): void {
    const a = this.#a;
    const { leg, account, timeline } = held;
    const isLong = a.sign(leg.size) > 0;
    for (let steps = 0; steps < mostSteps && a.sign(leg.size) !== 0; steps++) {
      const exact = account.liquidationOf(leg);
      if (exact === undefined) return;
      const due = a.toNumber(exact);
      if (isLong ? reached > due : reached < due) return;
      const isPast = isLong ? due >= worst : due <= worst;
      const price = isPast ? a.of(worst) : exact;
      const units = account.profile.reducesBySteps ? account.stepDown(leg, price) : a.abs(leg.size);
      this.#liquidateAt(held, price, units, timeline.closeAt(timeline.index));
    }
  }

  /** Books a liquidation that a venue reports; false when the data holds nothing on that side. */
  bookReported(held: Held<N>, { size = 0, price = NaN, side, amount, time }: VenuePayment): boolean {
    const a = this.#a;
    const isLong = a.sign(held.leg.size) > 0;
    if (a.sign(held.leg.size) === 0 || isLong !== (side === 'sell')) return false;
    const units = Math.min(size, Math.abs(a.toNumber(held.leg.size)));
    const exact = units < size ? a.abs(held.leg.size) : a.of(units);
    this.#liquidateAt(held, a.of(price), exact, time, a.of(amount));
    return true;
  }

  /** @param reported - The fee that the venue reports. */
  #liquidateAt(held: Held<N>, price: N, units: N, time: number, reported?: N): void {
    const { leg, account, timeline } = held;
    const a = this.#a;
    const isLong = a.sign(leg.size) > 0;
    const size = a.toNumber(units);
    const at = a.toNumber(price);
    const balance = a.toNumber(account.balanceOf(leg));
    const { settle: currency } = leg.terms;
    const liquidated = account.liquidate(leg, price, units, reported);
    const [loss, fee] = [a.toNumber(liquidated.loss), a.toNumber(liquidated.fee)];
    this.liquidations.push({
      time,
      account: account.name,
      data: timeline.info.name,
      side: isLong ? 'sell' : 'buy',
      size,
      price: at,
      loss,
      fee,
      currency,
    });
    const { settlement } = this;
    settlement.pnl = -loss;
    settlement.closed = isLong ? -size : size;
    settlement.closedCommission = fee;
    settlement.closedValue = a.toNumber(leg.terms.notional(units, price));
    this.#noteFee(fee, currency);
    this.#worth.show(account);
    const reason = `liquidated at ${+at.toPrecision(8)}: ${+balance.toPrecision(8)} ${currency} no longer carried the position`;
    this.execute?.(held.id, isLong ? -size : size, at, 'liquidation', reason);
  }

  /** A dated future ends: the position is settled at the last mark, without a trade. */
  deliver({ id, leg, account, timeline }: Held<N>): void {
    const a = this.#a;
    const size = a.toNumber(leg.size);
    account.fill(leg, a.neg(leg.size), a.of(leg.mark), false, this.settlement);
    this.#noteFee(a.toNumber(account.lastFee.fee), account.lastFee.currency);
    this.#worth.show(account);
    const reason = `'${timeline.info.name}' expired and was settled at ${leg.mark}`;
    this.execute?.(id, -size, leg.mark, 'delivery', reason);
  }

  #noteFee(fee: number, currency: string): void {
    this.#lastFill.isMaker = false;
    this.#lastFill.fee = fee;
    this.#lastFill.currency = currency;
  }
}
