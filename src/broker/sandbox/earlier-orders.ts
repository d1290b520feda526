/** Orders that a sandbox session finds at its start: those of its own earlier runs, and foreign ones. */
import type { Intent, PositionSide, VenueOrder } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import { Ticket } from './order-ticket.ts';

/** What earlier runs of a session left behind. */
export interface Recalled {
  readonly tickets: readonly Ticket[];
  /** By symbol: the time since which executions may be the session's. */
  readonly since: ReadonlyMap<string, number>;
  readonly news: readonly string[];
}

/**
 * Makes tickets for the intents of earlier runs. Orders whose end was recorded are kept for their fills; the others are looked up.
 *
 * @param cancels - Whether to cancel the orders that still work.
 * @param sideOf - The side that a data holds in hedge mode, in which a symbol has two.
 */
export function recallTickets(
  earlier: readonly Intent[],
  timelines: readonly Timeline[],
  now: number,
  cancels: boolean,
  sideOf: (dataId: number) => PositionSide | undefined,
): Recalled {
  const tickets: Ticket[] = [];
  const since = new Map<string, number>();
  const news: string[] = [];
  for (const { request, time, state, venueId } of earlier) {
    const { clientId, symbol, side, size, positionSide } = request;
    const isOpen = state === 'written' || state === 'accepted';
    const own = timelines.filter(({ info }) => info.symbol === symbol);
    const timeline = own.find(({ id }) => sideOf(id) === positionSide) ?? own[0];
    if (timeline === undefined) {
      if (isOpen) news.push(`order ${clientId} of an earlier run is in ${symbol}, which this run does not trade`);
      continue;
    }
    const sign = side === 'buy' ? 1 : -1;
    const ticket = new Ticket(clientId, { symbol, dataId: timeline.id, sign, size, time, working: undefined });
    ticket.venueId = venueId;
    if (state === 'done') ticket.phase = 'ended';
    else if (state === 'void') ticket.phase = 'void';
    else {
      // The process that sent it is gone: its request can no longer be on its way.
      ticket.phase = state === 'accepted' ? 'known' : 'unknown';
      ticket.unknownSince = now;
      ticket.doubt(now);
      if (cancels) ticket.wantedEnd = { status: 'canceled', reason: undefined };
      news.push(`order ${clientId} of an earlier run is being looked up`);
    }
    tickets.push(ticket);
    if (state !== 'void') since.set(symbol, Math.min(since.get(symbol) ?? Infinity, time));
  }
  return { tickets, since, news };
}

/** Describes an open order that is not the session's. */
export function foreignText({ id, side, size, symbol, price }: VenueOrder): string {
  const at = price === undefined ? '' : ` at ${price}`;
  return `order ${id} (${side} ${size} ${symbol}${at}) does not belong to this session and is left alone`;
}
