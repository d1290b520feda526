/** Trials: the state of a broker before a bar's path is walked, so that another path can be tried from the same state. */
import type { WorkingOrder } from '../orders/working-order.ts';
import { blockOf, offsetOf } from '../orders/order.ts';
import { orderField } from '../orders/rows.ts';
import type { DeskState } from '../orders/desk.ts';
import type { MatchParts } from './bar-matching.ts';

/** What can change of an order while a path is walked: one object, filled again by each trial. */
class SavedOrder {
  private working!: WorkingOrder;
  private status: WorkingOrder['status'] = 'created';
  private trail: WorkingOrder['trail'];
  private isActivated = false;
  private startsAtEntry = false;
  private isTriggered = false;
  private isActive = false;
  private reducesOnly = false;
  private isGroupDone = false;
  /** In an array, because numbers in fields would be boxed for each order of each trial. */
  private readonly numbers = new Float64Array(9);

  save(working: WorkingOrder): void {
    const { numbers } = this;
    this.working = working;
    this.status = working.status;
    this.trail = working.trail;
    this.isActivated = working.isActivated;
    this.startsAtEntry = working.startsAtEntry;
    this.isTriggered = working.isTriggered;
    this.isActive = working.isActive;
    this.reducesOnly = working.reducesOnly;
    this.isGroupDone = working.group?.isDone === true;
    numbers[0] = working.remaining;
    numbers[1] = working.price;
    numbers[2] = working.limitPrice;
    numbers[3] = working.matchedTime;
    numbers[4] = working.lastRow;
    numbers[8] = working.entryPrice;
    const block = blockOf(working.order);
    const at = offsetOf(working.order);
    numbers[5] = block[at + orderField.size]!;
    numbers[6] = block[at + orderField.price]!;
    numbers[7] = block[at + orderField.limitPrice]!;
  }

  restore(): void {
    const { working, numbers } = this;
    working.status = this.status;
    working.trail = this.trail;
    working.isActivated = this.isActivated;
    working.startsAtEntry = this.startsAtEntry;
    working.isTriggered = this.isTriggered;
    working.isActive = this.isActive;
    working.reducesOnly = this.reducesOnly;
    if (working.group !== undefined) working.group.isDone = this.isGroupDone;
    working.remaining = numbers[0]!;
    working.price = numbers[1]!;
    working.limitPrice = numbers[2]!;
    working.matchedTime = numbers[3]!;
    working.lastRow = numbers[4]!;
    working.entryPrice = numbers[8]!;
    const block = blockOf(working.order);
    const at = offsetOf(working.order);
    block[at + orderField.size] = numbers[5]!;
    block[at + orderField.price] = numbers[6]!;
    block[at + orderField.limitPrice] = numbers[7]!;
  }
}

/** Saves the orders and the account of a broker, and restores them. */
export class BarTrial {
  private readonly parts: MatchParts;
  private readonly orders: SavedOrder[] = [];
  private count = 0;
  private deskState: DeskState | undefined;
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
    this.count = 0;
    desk.eachOrder((working) => {
      (this.orders[this.count++] ??= new SavedOrder()).save(working);
    });
    this.deskState = desk.save();
    this.account = portfolio.save(dataId);
    this.fills = booking.save();
  }

  restore(): void {
    for (let k = 0; k < this.count; k++) this.orders[k]!.restore();
    this.parts.desk.restore(this.deskState!);
    this.account!.restore();
    this.fills!.restore();
  }

  /** Ends the trial: what was walked last stands. */
  keep(): void {
    this.parts.desk.keep(this.deskState!);
  }
}
