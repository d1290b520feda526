/** What a sandbox session finds at its start: orders of its own earlier runs, and orders of somebody else. */
import type { Intent, VenueOrder } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import { Ticket } from './order-ticket.ts';

/** What earlier runs left. */
export interface Recalled {
  readonly tickets: readonly Ticket[];
  /** By symbol: since when executions may be the session's. */
  readonly since: ReadonlyMap<string, number>;
  readonly news: readonly string[];
}

/**
 * Tickets for the intents of earlier runs. Those whose end was noted are kept for their fills; the others are looked up.
 *
 * @param cancels - Whether what still works is to be withdrawn.
 */
export function recallTickets(
  earlier: readonly Intent[],
  timelines: readonly Timeline[],
  now: number,
  cancels: boolean,
): Recalled {
  const tickets: Ticket[] = [];
  const since = new Map<string, number>();
  const news: string[] = [];
  for (const { request, time, state, venueId } of earlier) {
    const { clientId, symbol, side, size } = request;
    const isOpen = state === 'written' || state === 'accepted';
    const timeline = timelines.find(({ info }) => info.symbol === symbol);
    if (timeline === undefined) {
      if (isOpen) news.push(`order ${clientId} of an earlier run is in ${symbol}, which this run does not trade`);
      continue;
    }
    const sign = side === 'buy' ? 1 : -1;
    const ticket = new Ticket(clientId, { symbol, dataId: timeline.id, sign, size, time, working: undefined });
    ticket.venueId = venueId;
    if (state === 'done') ticket.phase = 'over';
    else if (state === 'void') ticket.phase = 'void';
    else {
      // The process that sent it is gone: nothing of it is under way from here any more.
      ticket.phase = state === 'accepted' ? 'known' : 'unknown';
      ticket.unknownSince = now;
      ticket.doubt(now);
      if (cancels) ticket.wanted = { status: 'canceled', reason: undefined };
      news.push(`order ${clientId} of an earlier run is looked up`);
    }
    tickets.push(ticket);
    if (state !== 'void') since.set(symbol, Math.min(since.get(symbol) ?? Infinity, time));
  }
  return { tickets, since, news };
}

/** What is said of an open order that is not the session's. */
export function foreignText({ id, side, size, symbol, price }: VenueOrder): string {
  const at = price === undefined ? '' : ` at ${price}`;
  return `order ${id} (${side} ${size} of ${symbol}${at}) is not this session's: it is left alone`;
}
