/** What changes and queued orders need of the orders at the venue. */
import type { OrderRequest } from '../../core/index.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import type { BrokerCore } from '../broker-core.ts';
import type { EndStatus } from '../orders/desk.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import type { AccountSync } from './account-sync.ts';
import type { Ticket } from './order-ticket.ts';
import type { OrderTracker } from './order-tracker.ts';

/** The orders of a session at its venue. */
export interface VenueDesk {
  readonly core: BrokerCore;
  readonly tracker: OrderTracker;
  readonly account: AccountSync;
  /** By order: the ticket that stands for it now. */
  readonly ticketOf: Map<WorkingOrder, Ticket>;
  readonly changes: { isDue: boolean };
  readonly queued: { push(working: WorkingOrder): void };
  readonly parked: { has(working: WorkingOrder): boolean; keep(working: WorkingOrder): void };
  readonly schemeOf: (dataId: number) => CommissionScheme;
  /** Units of a data that strategies see as held. */
  heldOf(dataId: number): number;
  /** The first data that shows the same position. */
  poolOf(dataId: number): number;
  /** The latest price at which a market order would be filled. */
  priceOf(working: WorkingOrder): number;
  /** An order leaves the list that it is in: the other one, which the exchange ends with it, is sent again. */
  takeFromList(ticket: Ticket): void;
  /** Whether a ticket stands for an order now. */
  has(working: WorkingOrder): boolean;
  /** A new ticket for an order that is about to be sent. */
  ticketFor(working: WorkingOrder, time: number): { number: number; request: OrderRequest; ticket: Ticket };
  send(working: WorkingOrder, time: number): void;
  /** Ends an order as its venue did. */
  endAs(working: WorkingOrder, status: EndStatus, reason: string | undefined): void;
}
