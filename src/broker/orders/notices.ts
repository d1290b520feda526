/** What the broker has said and strategies have not heard yet. */
import type { OrderStatus } from '../../core/index.ts';
import { Refill } from './refill.ts';
import type { OrderNotice, WorkingOrder } from './working-order.ts';

/** Notices in order. The objects are used again after `clear`: what is kept is copied. */
export class Notices extends Refill<OrderNotice> {
  /** Where nobody listens to orders: what is said of one takes the place of what was said of it just before, but for fills. */
  isTerse = false;

  /** Adds a notice. */
  add(working: WorkingOrder, status: OrderStatus, row: number, reason: string | undefined): void {
    const last = this.isTerse && this.count > 0 ? this.items[this.count - 1] : undefined;
    if (last?.working === working && last.row < 0) this.count--;
    const used = this.items[this.count];
    if (used === undefined) {
      this.push({ working, status, row, reason });
      return;
    }
    this.count++;
    used.working = working;
    used.status = status;
    used.row = row;
    used.reason = reason;
  }
}
