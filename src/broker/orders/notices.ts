/** Notifications of the broker that strategies have not received yet. */
import type { OrderStatus } from '../../core/index.ts';
import { Refill } from './refill.ts';
import type { OrderNotice, WorkingOrder } from './working-order.ts';

/** Notices in order. The objects are used again after `clear`: what is kept is copied. */
export class Notices extends Refill<OrderNotice> {
  /** Where no hook listens to orders: a notification replaces the one before it about the same order, except for fills. */
  isTerse = false;

  /** Adds a notice. */
  add(working: WorkingOrder, status: OrderStatus, row: number, reason: string | undefined, rule?: string): void {
    const last = this.isTerse && this.count > 0 ? this.items[this.count - 1] : undefined;
    if (last?.working === working && last.row < 0) this.count--;
    const used = this.items[this.count];
    if (used === undefined) {
      this.push({ working, status, row, reason, rule });
      return;
    }
    this.count++;
    used.working = working;
    used.status = status;
    used.row = row;
    used.reason = reason;
    used.rule = rule;
  }
}
