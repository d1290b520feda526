/** What the broker has said and strategies have not heard yet. */
import type { OrderStatus } from '../core/index.ts';
import { Refill } from './refill.ts';
import type { OrderNotice, WorkingOrder } from './working.ts';

/** Notices in order. The objects are used again after `clear`: what is kept is copied. */
export class Notices extends Refill<OrderNotice> {
  /** Adds a notice. */
  add(working: WorkingOrder, status: OrderStatus, row: number, reason: string | undefined): void {
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
