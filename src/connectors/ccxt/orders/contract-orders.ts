/** ccxt parameters of a contract's order beyond those of a spot order. */
import type { OrderRequest } from '../../../core/index.ts';
import { contractWordsOf } from '../connection/venues.ts';

/** Whether a unified symbol is of a contract. */
export function isContract(symbol: string): boolean {
  return symbol.includes(':');
}

/**
 * ccxt parameters of a contract's order beyond those of a spot order. @param margin - The margin mode that was set; undefined leaves it to
 * the exchange.
 */
export function contractParams(exchange: string, request: OrderRequest, margin: string | undefined): Record<string, unknown> {
  const { symbol, side, type, isReduceOnly, positionSide } = request;
  if (!isContract(symbol)) return {};
  // A trigger has a direction: a stop waits for a price that gets worse.
  const direction = type.startsWith('stop') === (side === 'buy') ? 'ascending' : 'descending';
  return {
    // In hedge mode the side of the position says whether an order closes.
    ...(isReduceOnly === true && positionSide === undefined && { reduceOnly: true }),
    ...contractWordsOf(exchange, { positionSide, margin, direction: request.stopPrice === undefined ? undefined : direction }),
  };
} // prettier-ignore
