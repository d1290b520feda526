/** Trials: the state of a broker before a bar's path is walked, so that another path can be tried from the same state. */
import type { WorkingOrder } from '../orders/working-order.ts';
import { stateOf } from '../orders/order.ts';
import { orderField } from '../orders/rows.ts';
import type { MatchParts } from './bar-matching.ts';

/** What can change of an order while a path is walked. */
interface SavedOrder {
  readonly working: WorkingOrder;
  readonly status: WorkingOrder['status'];
  readonly remaining: number;
  readonly price: number;
  readonly limitPrice: number;
  readonly trail: WorkingOrder['trail'];
  readonly isActivated: boolean;
  readonly isTriggered: boolean;
  readonly isActive: boolean;
  readonly reducesOnly: boolean;
  readonly matchedTime: number;
  readonly lastRow: number;
  readonly isGroupDone: boolean;
  readonly size: number;
  readonly shownPrice: number;
  readonly shownLimit: number;
}

/** Saves the orders and the account of a broker, and restores them. */
export class BarTrial {
  private readonly parts: MatchParts;
  private orders: readonly SavedOrder[] = [];
  private deskState: ReturnType<MatchParts['desk']['save']> | undefined;
  private account: { restore(): void } | undefined;
  private fills: { restore(): void } | undefined;
  private inner: BarTrial | undefined;

  constructor(parts: MatchParts) {
    this.parts = parts;
  }

  /** A trial within the present one, saved already. */
  begin(dataId: number): BarTrial {
    this.inner ??= new BarTrial(this.parts);
    this.inner.save(dataId);
    return this.inner;
  }

  save(dataId: number): void {
    const { desk, portfolio, booking } = this.parts;
    this.deskState = desk.save();
    this.orders = this.deskState.orders.map(savedOf);
    this.account = portfolio.save(dataId);
    this.fills = booking.save();
  }

  restore(): void {
    const { desk } = this.parts;
    for (const saved of this.orders) restoreOrder(saved);
    desk.restore(this.deskState!);
    this.account!.restore();
    this.fills!.restore();
  }

  /** Ends the trial: what was walked last stands. */
  keep(): void {
    this.parts.desk.keep(this.deskState!);
    this.orders = [];
    this.deskState = this.account = this.fills = undefined;
  }
}

function savedOf(working: WorkingOrder): SavedOrder {
  const { status, remaining, price, limitPrice, trail, isActivated, isTriggered, isActive } = working;
  const { reducesOnly, matchedTime, lastRow, group } = working;
  const state = stateOf(working.order);
  const shown = {
    size: state.read(orderField.size),
    shownPrice: state.read(orderField.price),
    shownLimit: state.read(orderField.limitPrice),
  };
  const isGroupDone = group?.isDone === true;
  const own = { working, status, remaining, price, limitPrice, trail, isActivated, isTriggered, isActive };
  return { ...own, reducesOnly, matchedTime, lastRow, isGroupDone, ...shown };
}

function restoreOrder(saved: SavedOrder): void {
  const { working } = saved;
  working.status = saved.status;
  working.remaining = saved.remaining;
  working.price = saved.price;
  working.limitPrice = saved.limitPrice;
  working.trail = saved.trail;
  working.isActivated = saved.isActivated;
  working.isTriggered = saved.isTriggered;
  working.isActive = saved.isActive;
  working.reducesOnly = saved.reducesOnly;
  working.matchedTime = saved.matchedTime;
  working.lastRow = saved.lastRow;
  if (working.group !== undefined) working.group.isDone = saved.isGroupDone;
  const state = stateOf(working.order);
  state.resize(saved.size);
  state.movePrices(saved.shownPrice, saved.shownLimit);
}
