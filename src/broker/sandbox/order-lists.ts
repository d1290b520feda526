/** Order lists: the stop and the target of a position as one request. The exchange executes one of them and ends the other. */
import { isAlive } from '../../core/index.ts';
import type { NewsList } from '../live/live-broker.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import { isContractSymbol } from './order-request.ts';
import type { Ticket } from './order-ticket.ts';
import type { VenueDesk } from './venue-desk.ts';

/**
 * Sends the stop and the target of a bracket, or the two orders of a group, as one list (OCO) where the exchange has that.
 *
 * The exchange ends the other order of a list as soon as one trades or triggers. Where that leaves something to do, as after a part of the
 * target was filled, the ended one waits in the session and takes the other's place when a trade reaches its price. A list is taken
 * as a whole or not at all; one that is refused is sent as single orders.
 */
export class OrderLists {
  /** False once the exchange has said that it has no lists. */
  isSupported = true;
  private readonly orders: VenueDesk;
  private readonly news: NewsList;
  /** Orders whose list was refused: they are sent alone. */
  private readonly alone = new WeakSet<WorkingOrder>();
  /** Orders of refused lists, until the other order of the list has its refusal too. */
  private readonly refused = new Set<WorkingOrder>();
  private isReported = false;

  constructor(orders: VenueDesk, news: NewsList) {
    this.orders = orders;
    this.news = news;
  }

  /** The order to send in one list with this one; undefined when there is none. */
  mateOf(working: WorkingOrder): WorkingOrder | undefined {
    if (!this.isSupported || !this.orders.account.hasLists || this.alone.has(working)) return undefined;
    if (isContractSymbol(this.orders.core.timelines[working.dataId]!.info.symbol)) return undefined;
    const { parent, group } = working;
    const others = (parent?.children ?? group?.members ?? []).filter((one) => one !== working && isAlive(one.status));
    const [mate] = others;
    if (mate === undefined || others.length > 1) return undefined;
    if (!this.isReady(mate) || mate.dataId !== working.dataId || mate.sign !== working.sign) return undefined;
    return isPair(working, mate) || isPair(mate, working) ? mate : undefined;
  }

  /** Whether an order of a group is to wait for the other one, which was placed in the same step and is still being checked. */
  waitsForMate({ group, order, dataId }: WorkingOrder): boolean {
    if (isContractSymbol(this.orders.core.timelines[dataId]!.info.symbol)) return false;
    if (!this.isSupported || !this.orders.account.hasLists || group?.members.length !== 2) return false;
    const mate = group.members.find((one) => one.order !== order);
    return mate?.status === 'submitted' && !this.orders.has(mate);
  }

  /** Whether an order waits for the answer to the other order of its list. */
  holds(working: WorkingOrder): boolean {
    return this.refused.has(working);
  }

  send(first: WorkingOrder, second: WorkingOrder, time: number): void {
    const [a, b] = [this.orders.ticketFor(first, time), this.orders.ticketFor(second, time)];
    a.ticket.mate = b.ticket;
    b.ticket.mate = a.ticket;
    const pair = { clientId: `${a.request.clientId}p`, orders: [a.request, b.request] } as const;
    this.orders.account.requests?.sendPair([a.number, b.number], time, pair);
  }

  /** An order leaves its list: the exchange ends the other one with it, which is sent again. */
  takeFrom(ticket: Ticket): void {
    const { mate } = ticket;
    const isTogether = mate?.working !== undefined && ticket.isPaired && mate.working.remaining > 0;
    if (!isTogether || mate.wantedEnd !== undefined) return;
    if (ticket.working?.remaining === 0) return;
    mate.resend = { change: {} };
    this.orders.tracker.cancel(mate, 'canceled', undefined);
  }

  /** Whether an order works on although its ticket has ended, because its list was refused or ended it. */
  outlives(working: WorkingOrder, ticket: Ticket): boolean {
    const mate = ticket.mate!;
    if (!isAlive(working.status) || working.remaining === 0 || ticket.wantedEnd !== undefined) return false;
    if (ticket.isRefused) {
      this.report(ticket);
      this.alone.add(working);
      this.refused.add(working);
      if (!mate.isClosed) return true;
      for (const one of this.refused) if (isAlive(one.status)) this.orders.queued.push(one);
      this.refused.clear();
      return true;
    }
    if (!ticket.wasEndedByList) return false;
    if (mate.isClosed) this.orders.queued.push(working);
    else this.orders.parked.keep(working);
    return true;
  }

  private isReady(mate: WorkingOrder): boolean {
    const { orders } = this;
    return mate.isActive && !orders.has(mate) && !orders.parked.has(mate) && !this.alone.has(mate);
  }

  private report({ working }: Ticket): void {
    if (this.isReported) return;
    this.isReported = true;
    const why = this.isSupported ? 'the exchange refused them as a list' : 'the exchange has no lists of two orders';
    this.news.report(
      'remainder',
      `order ${working!.order.ref} and the other exit of its position are sent one by one: ${why}`,
    );
  }
}

/** Whether two orders can be a list: a limit order, and a stop that the exchange triggers. */
function isPair(limit: WorkingOrder, stop: WorkingOrder): boolean {
  if (limit.type !== 'limit' || limit.timeInForce !== 'gtc' || stop.isTriggered) return false;
  return stop.type === 'stop' || stop.type === 'stopLimit';
}
