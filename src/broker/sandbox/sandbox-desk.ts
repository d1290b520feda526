/** The desk of orders that live at an exchange: it cannot end them, only have them withdrawn. */
import { OrderDesk } from '../orders/desk.ts';
import type { EndStatus } from './order-ticket.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** An order desk that asks before it ends an order. */
export class SandboxDesk extends OrderDesk {
  /** Has an order withdrawn that an exchange may have; false when none has it, so that it can be ended at once. */
  withdraw: (working: WorkingOrder, status: EndStatus, reason: string | undefined) => boolean = () => false;

  override end(working: WorkingOrder, status: EndStatus, reason?: string): boolean {
    return this.withdraw(working, status, reason) || super.end(working, status, reason);
  }

  /** Ends an order on the exchange's word. */
  conclude(working: WorkingOrder, status: EndStatus, reason?: string): void {
    super.end(working, status, reason);
  }
}
