/** What a sandbox order is sent as, and what keeps it from being sent. */
import { Decimal, floorToStep, type Instrument, type OrderRequest } from '../../core/index.ts';
import { exactText } from '../live/venue-rules.ts';
import { isDust } from '../accounting/position.ts';
import type { Ticket } from './order-ticket.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** The types that exchanges work themselves. */
export const venueTypes: readonly string[] = ['market', 'limit', 'stop', 'stopLimit'];

/** An order in exact text. */
export function requestOf(
  working: WorkingOrder,
  clientId: string,
  symbol: string,
  instrument: Instrument | undefined,
): OrderRequest {
  const { type, side } = working.order;
  const price = (value: number): string => exactText(value, instrument?.tick);
  return {
    clientId,
    symbol,
    side,
    type: type as OrderRequest['type'],
    size: exactText(working.remaining, instrument?.lot),
    ...(type === 'limit' ? { price: price(working.price) } : {}),
    ...(type === 'stopLimit' ? { price: price(working.limitPrice) } : {}),
    ...(type === 'stop' || type === 'stopLimit' ? { stopPrice: price(working.price) } : {}),
  };
}

/** Cuts an order that closes a whole position to what the venue takes of it: fees taken from the base leave positions off the lot. */
export function cutToLot(working: WorkingOrder, held: number, lot: number | undefined): void {
  if (lot === undefined || held * working.sign >= 0 || !isDust(Math.abs(held) - working.remaining, held)) return;
  const cut = floorToStep(working.remaining, lot);
  if (cut > 0) working.remaining = cut;
}

/**
 * Cuts a sale to what it may be. An exit of a bracket sells no more than there is: fees taken from the base make that less than its entry
 * bought.
 *
 * @returns Why a sale is not let to the exchange: it would sell what the session does not own, or offers already.
 */
export function cutToOwned(
  working: WorkingOrder,
  held: number,
  open: Iterable<Ticket>,
  lot: number | undefined,
): string | undefined {
  // Without what binary fractions leave, so that the exchange's fills come out even.
  working.remaining = Number(exactText(working.remaining, lot));
  if (working.sign > 0) return undefined;
  let owned = new Decimal(held);
  for (const { dataId, sign, size, booked, working: other } of open) {
    if (dataId !== working.dataId || sign > 0 || (other !== undefined && isRival(working, other))) continue;
    owned = owned.sub(size).add(booked);
  }
  if (owned.gte(working.remaining)) return undefined;
  const rest = lot === undefined ? owned.toNumber() : floorToStep(owned.toNumber(), lot);
  if (working.parent !== undefined && rest > 0) {
    working.remaining = rest;
    return undefined;
  }
  const free = Decimal.max(owned, 0).toString();
  return `the session has ${free} of it to sell, and spot cannot be sold short`;
}

/** Whether the fill of one order withdraws the other: they may offer the same units. */
function isRival(a: WorkingOrder, b: WorkingOrder): boolean {
  return (a.group !== undefined && a.group === b.group) || (a.parent !== undefined && a.parent === b.parent);
}
