/** What is known about the orders of an account: their ids at the exchange, and which of them wait for a trigger. */
import { ProtocolError, type EarlierStop, type OrderRequest, type VenueOrder } from '../../../core/index.ts';
import type { CcxtOrder } from '../connection/exchange.ts';
import { hasConditionalsApart, ownClientId } from '../connection/venues.ts';
import { ConditionalOrders } from './conditional-orders.ts';
import { isContract } from './contract-orders.ts';
import { venueOrderOf } from './order-rows.ts';

/** The orders of an account by our client ids. */
export class SentOrders {
  /** ccxt's id of the exchange. */
  readonly exchange: string;
  /** Orders with ids of their own that wait for a trigger at the exchange. */
  readonly conditionals = new ConditionalOrders();
  /** The exchange's ids of orders by ours, where they are known. */
  readonly #venueIds = new Map<string, string>();
  /** Client ids of orders that were sent with a trigger. */
  readonly #stops = new Set<string>();

  constructor(exchange: string) {
    this.exchange = exchange;
  }

  /** The exchange's id of an order; undefined where it is not known. */
  venueIdOf(clientId: string): string | undefined {
    return this.#venueIds.get(clientId);
  }

  /** Notes the exchange's id of an order. */
  note(clientId: string, venueId: string): void {
    this.#venueIds.set(clientId, venueId);
  }

  /** Whether an order was sent with a trigger. */
  isStop(clientId: string): boolean {
    return this.#stops.has(clientId);
  }

  /** Notes that an order was sent with a trigger. @param venueId - The exchange's id; undefined where it is not known. */
  noteStop(symbol: string, clientId: string, venueId: string | undefined): void {
    this.#stops.add(clientId);
    if (this.hasApart(symbol)) this.conditionals.sent(symbol, clientId, venueId ?? '');
  }

  /** Restores the stops that earlier runs sent. */
  recall(orders: readonly EarlierStop[]): void {
    for (const { symbol, clientId, venueId } of orders) {
      if (venueId !== undefined) this.#venueIds.set(clientId, venueId);
      this.noteStop(symbol, clientId, venueId);
    }
  }

  /** Whether conditional orders of a symbol have ids of their own. */
  hasApart(symbol: string): boolean {
    return hasConditionalsApart(this.exchange, isContract(symbol));
  }

  /** @throws {ProtocolError} If an answer is about another order than the one asked for. */
  checkOurs(row: CcxtOrder, symbol: string, clientId: string, venueId?: string): void {
    const differs = (theirs: string | undefined, isOurs: (text: string) => boolean): boolean =>
      theirs !== undefined && theirs !== '' && !isOurs(theirs);
    // Some venues want a prefix of their own before a client id, as Gate's 't-'.
    const what = differs(ownClientId(this.exchange, row.clientOrderId), (text) => text.endsWith(clientId))
      ? `client id ${row.clientOrderId!}`
      : differs(row.symbol, (text) => text === symbol)
        ? `symbol ${row.symbol!}`
        : venueId !== undefined && differs(row.id, (text) => text === venueId)
          ? `id ${row.id!}`
          : undefined;
    if (what === undefined) return;
    throw new ProtocolError(
      `${this.exchange} answered with an order of ${what} when asked for ${clientId} on ${symbol}`,
      {
        code: 'foreign-answer',
      },
    );
  }

  /** An order that the exchange answered exists, even where the answer does not state its status. */
  accepted(row: CcxtOrder, { clientId, symbol, side, type, size }: OrderRequest): VenueOrder {
    this.checkOurs(row, symbol, clientId);
    if (row.id === undefined) throw new ProtocolError(`${this.exchange} answered an order without its id`);
    this.#venueIds.set(clientId, row.id);
    try {
      return { ...venueOrderOf(row, symbol, this.exchange), clientId };
    } catch {
      return {
        id: row.id,
        clientId,
        symbol,
        side,
        type,
        status: 'pending',
        size: Number(size),
        filled: row.filled ?? 0,
      };
    }
  }
}
