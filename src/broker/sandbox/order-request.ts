/** The request that a sandbox order is sent as, and what prevents sending it. */
import {
  Decimal,
  floorToStep,
  type Instrument,
  type OrderRequest,
  type PositionSide,
  type Refusal,
} from '../../core/index.ts';
import { exactText } from '../live/venue-rules.ts';
import { isRounding } from '../accounting/position.ts';
import { leave, nothingToReduce } from '../orders/exit-rule.ts';
import type { Ticket } from './order-ticket.ts';
import { isRival, type WorkingOrder } from '../orders/working-order.ts';

/** The order types that every exchange supports. */
export const venueTypes: readonly string[] = ['market', 'limit', 'stop', 'stopLimit'];

/** The order types that are worked here: their stops trail in this process, and what they become is sent when they are triggered. */
export const emulatedTypes: readonly string[] = ['stopTrail', 'stopTrailLimit'];

/** An order as a request, its numbers as exact text. */
export function requestOf(
  working: Pick<WorkingOrder, 'order' | 'type' | 'price' | 'limitPrice' | 'remaining' | 'isTriggered'> &
    Partial<Pick<WorkingOrder, 'timeInForce' | 'postOnly' | 'reducesOnly' | 'parent' | 'sign' | 'pool'>>,
  clientId: string,
  symbol: string,
  instrument: Instrument | undefined,
  positionSide?: PositionSide,
): OrderRequest {
  const { side } = working.order;
  const type = sentType(working);
  const price = (value: number): string => exactText(value, instrument?.tick);
  return {
    clientId,
    symbol,
    side,
    type: type as OrderRequest['type'],
    size: exactText(working.remaining, instrument?.lot),
    ...(type === 'limit' ? { price: price(working.type === 'limit' ? working.price : working.limitPrice) } : {}),
    ...(type === 'stopLimit' ? { price: price(working.limitPrice) } : {}),
    ...(type === 'stop' || type === 'stopLimit' ? { stopPrice: price(working.price) } : {}),
    ...(working.timeInForce === 'ioc' && { timeInForce: 'IOC' as const }),
    ...(working.timeInForce === 'fok' && { timeInForce: 'FOK' as const }),
    ...(working.postOnly !== undefined && { isPostOnly: true }),
    // On spot an order cannot but reduce what it sells.
    ...(isContractSymbol(symbol) && onlyReduces(working) && { isReduceOnly: true }),
    ...(positionSide !== undefined && { positionSide }),
  };
}

/** Whether a unified symbol is of a contract. */
export function isContractSymbol(symbol: string): boolean {
  return symbol.includes(':');
}

/** Whether an order only reduces: by its flag, or as the exit of a bracket, which trades the position of its entry. */
function onlyReduces({
  reducesOnly,
  parent,
  sign,
  pool,
}: Partial<Pick<WorkingOrder, 'reducesOnly' | 'parent' | 'sign' | 'pool'>>): boolean {
  return reducesOnly === true || (parent !== undefined && parent.sign !== sign && parent.pool === pool);
}

/**
 * Cuts an order of a contract that only reduces to what is held.
 *
 * @returns Why it must not be sent: there is nothing to reduce. Undefined when it may be.
 */
export function cutToPosition(working: WorkingOrder, held: number, lot: number | undefined): Refusal | undefined {
  const exact = Number(exactText(working.remaining, lot));
  if (exact !== working.remaining) leave(working, exact);
  if (!onlyReduces(working)) return undefined;
  const closable = held * working.sign < 0 ? Math.abs(held) : 0;
  if (closable === 0) return nothingToReduce(working, held);
  if (working.remaining > closable) leave(working, closable);
  return undefined;
}

/** The type that an order is sent as: what a stop becomes that was triggered here. */
function sentType({ type, isTriggered }: Pick<WorkingOrder, 'type' | 'isTriggered'>): string {
  if (isTriggered && type === 'stop') return 'market';
  if (isTriggered && type === 'stopLimit') return 'limit';
  if (type === 'stopTrail') return 'market';
  return type === 'stopTrailLimit' ? 'limit' : type;
}

/** Cuts an order that closes a whole position to a multiple of the lot: fees taken in the base leave positions off the lot. */
export function cutToLot(working: WorkingOrder, held: number, lot: number | undefined): void {
  if (lot === undefined || held * working.sign >= 0 || !isRounding(Math.abs(held) - working.remaining, held)) return;
  const cut = floorToStep(working.remaining, lot);
  if (cut > 0) leave(working, cut);
}

/**
 * Cuts the exit of a bracket to what is held: fees taken in the base make that less than its entry bought.
 *
 * @param open - The open orders of its position.
 * @returns Why a sale must not be sent: it would sell what the session does not hold, or has already offered. Undefined when it may be.
 */
export function cutToOwned(
  working: WorkingOrder,
  held: number,
  open: Iterable<Ticket>,
  lot: number | undefined,
  base: string,
): Refusal | undefined {
  // Without the rounding of binary fractions, so that the exchange's fills add up to the size.
  const exact = Number(exactText(working.remaining, lot));
  if (exact !== working.remaining) leave(working, exact);
  if (working.sign > 0) return working.reducesOnly ? nothingToReduce(working, held) : undefined;
  if (working.reducesOnly && !(held > 0)) return nothingToReduce(working, held);
  let owned = new Decimal(held);
  for (const { sign, size, booked, isSecond, working: other } of open) {
    if (sign > 0 || isSecond || other === working) continue;
    if (other !== undefined && isRival(working, other)) continue;
    owned = owned.sub(size).add(booked);
  }
  if (owned.gte(working.remaining)) return undefined;
  const rest = lot === undefined ? owned.toNumber() : floorToStep(owned.toNumber(), lot);
  if ((working.parent !== undefined || working.reducesOnly) && rest > 0) {
    leave(working, rest);
    return undefined;
  }
  const free = Decimal.max(owned, 0).toString();
  return { rule: 'cash', reason: `the session holds ${free} ${base} available to sell; spot cannot be sold short` };
}
