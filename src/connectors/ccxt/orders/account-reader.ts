/** Reading an account through ccxt: one order, those that are open, and executions. Nothing here changes an order. */
import { ProtocolError, type FillEvent, type VenueOrder } from '../../../core/index.ts';
import type { CcxtExchange, CcxtOrder, CcxtTrade } from '../connection/exchange.ts';
import { slowDown } from '../connection/limiter.ts';
import type { CcxtStore } from '../connection/store.ts';
import { fillPageOf, findsOrdersByClientId, ownClientId, venueClientId } from '../connection/venues.ts';
import { findConditional } from './conditional-orders.ts';
import { isContract } from './contract-orders.ts';
import { fillOf, venueOrderOf } from './order-rows.ts';
import { saysMissing } from './outcomes.ts';
import type { SentOrders } from './sent-orders.ts';

/** Executions asked for at once. */
const pageSize = 500;
/** The longest span that exchanges look through for one page of executions: Binance's is a day. */
const spanMs = 24 * 3_600_000 - 1;
/** How far back orders are searched where an exchange cannot be asked for one by its client id. */
const searchMs = 24 * 3_600_000;

/** Looks up what an exchange has of an account's orders and executions. */
export class AccountReader {
  readonly #store: CcxtStore;
  readonly #sent: SentOrders;
  readonly #now: () => number;

  constructor(store: CcxtStore, sent: SentOrders, now: () => number) {
    this.#store = store;
    this.#sent = sent;
    this.#now = now;
  }

  /** An order by our client id; undefined where the exchange says that there is none. */
  async findOrder(symbol: string, clientId: string): Promise<VenueOrder | undefined> {
    const exchange = await this.#store.open();
    const venueId = this.#sent.venueIdOf(clientId);
    try {
      const row = await this.#store.readOnce('look an order up', () => {
        if ((isContract(symbol) || this.#sent.hasApart(symbol)) && findsOrdersByClientId(this.#sent.exchange))
          return this.#findEither(exchange, symbol, clientId);
        if (venueId !== undefined) return exchange.fetchOrder(venueId, symbol);
        if (findsOrdersByClientId(this.#sent.exchange))
          return exchange.fetchOrder('', symbol, { clientOrderId: venueClientId(this.#sent.exchange, clientId) });
        return this.#search(exchange, symbol, clientId);
      });
      if (row === undefined) return undefined;
      this.#sent.checkOurs(row, symbol, clientId, venueId);
      const order = { ...venueOrderOf(row, symbol, this.#sent.exchange), clientId };
      this.#sent.note(clientId, order.id);
      return order;
    } catch (error) {
      slowDown(this.#store.limiter, error);
      if (saysMissing(error)) return undefined;
      throw error;
    }
  }

  /** The open orders of symbols, conditional ones included. */
  async openOrders(symbols: readonly string[]): Promise<readonly VenueOrder[]> {
    const found: VenueOrder[] = [];
    for (const symbol of symbols) {
      const rows = [...(await this.#store.call('list open orders', (exchange) => exchange.fetchOpenOrders(symbol)))];
      if (this.#sent.hasApart(symbol)) {
        const waiting = await this.#store.call('list conditional orders', (exchange) =>
          exchange.fetchOpenOrders(symbol, undefined, undefined, { trigger: true }),
        );
        for (const row of waiting) this.#sent.conditionals.note(row);
        rows.push(...waiting.filter(({ id }) => !rows.some((row) => row.id === id)));
      }
      for (const given of rows) {
        const row = this.#sent.conditionals.asSent(given);
        if (row.symbol !== undefined && row.symbol !== symbol) continue;
        const order = venueOrderOf(row, symbol, this.#sent.exchange);
        if (order.clientId !== undefined) this.#sent.note(order.clientId, order.id);
        found.push(order);
      }
    }
    return found;
  }

  /** Executions of a symbol from a moment on, the earliest first. */
  async fills(symbol: string, since: number): Promise<readonly FillEvent[]> {
    const found = new Map<string, FillEvent>();
    if (this.#sent.hasApart(symbol)) await this.#noteTriggered(symbol);
    for (let from = since; ;) {
      const rows = await this.#ownTrades(symbol, from);
      const before = found.size;
      for (const row of rows) {
        if (row.symbol !== undefined && row.symbol !== symbol) continue;
        const fill = this.#readFill(this.#sent.conditionals.ofSent(row));
        found.set(fill.id, fill);
      }
      // A page may end in the middle of a moment: the next begins at that moment again. Where nothing new comes, the span that the
      // exchange looks through may have been too short to reach the next execution.
      const last = rows.reduce((latest, { timestamp }) => Math.max(latest, timestamp ?? -Infinity), -Infinity);
      if (found.size > before) from = last;
      else if (from + spanMs < this.#now()) from += spanMs;
      else break;
    }
    return [...found.values()].sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
  }

  /**
   * Executions from a moment on. Where a page holds the newest of them, the pages before it follow until one is not full: executions that
   * were missed for long are more than a page.
   */
  async #ownTrades(symbol: string, from: number): Promise<readonly CcxtTrade[]> {
    const ask = (more: Readonly<Record<string, unknown>>): Promise<CcxtTrade[]> =>
      this.#store.call('list own trades', (exchange) => exchange.fetchMyTrades(symbol, from, pageSize, more));
    const page = fillPageOf(this.#sent.exchange);
    const found = new Map<string, CcxtTrade>();
    for (let until: number | undefined; ;) {
      const rows = await ask(until === undefined ? {} : { until });
      const before = found.size;
      for (const row of rows) found.set(row.id ?? `${found.size}`, row);
      const oldest = rows.reduce((first, { timestamp }) => Math.min(first, timestamp ?? Infinity), Infinity);
      if (page === undefined || rows.length < page || found.size === before) return [...found.values()];
      until = oldest;
    }
  }

  /** Finds out which conditional orders were triggered: their executions are listed under other ids. */
  async #noteTriggered(symbol: string): Promise<void> {
    const exchange = await this.#store.open();
    for (const { clientId } of this.#sent.conditionals.waiting(symbol)) {
      try {
        await this.#store.readOnce('look an order up', () =>
          findConditional(exchange, symbol, clientId, this.#sent.conditionals),
        );
      } catch (error) {
        if (!saysMissing(error)) throw error;
      }
    }
  }

  /** Looks an order up by its client id: in the book first, then among those that wait for a trigger. */
  async #findEither(exchange: CcxtExchange, symbol: string, clientId: string): Promise<CcxtOrder> {
    const conditional = this.#sent.conditionals.of(clientId);
    if (conditional === undefined) {
      try {
        return await exchange.fetchOrder('', symbol, { clientOrderId: venueClientId(this.#sent.exchange, clientId) });
      } catch (error) {
        if (!isMissing(error) || !this.#sent.hasApart(symbol)) throw error;
      }
    }
    return (await findConditional(exchange, symbol, clientId, this.#sent.conditionals))!;
  }

  /** For exchanges that find an order only by their own id: searches every order of the last day, open or ended. */
  async #search(exchange: CcxtExchange, symbol: string, clientId: string): Promise<CcxtOrder | undefined> {
    const isIt = (row: CcxtOrder): boolean => ownClientId(this.#sent.exchange, row.clientOrderId) === clientId;
    const open = (await exchange.fetchOpenOrders(symbol)).find(isIt);
    if (open !== undefined) return open;
    const since = this.#now() - searchMs;
    if (exchange.has['fetchOrders'] === true) return (await exchange.fetchOrders(symbol, since)).find(isIt);
    const { fetchClosedOrders } = exchange as { fetchClosedOrders?: CcxtExchange['fetchOrders'] };
    if (exchange.has['fetchClosedOrders'] !== true || fetchClosedOrders === undefined) {
      throw new ProtocolError(`${this.#sent.exchange} cannot be asked for an order by its client id`);
    }
    return (await fetchClosedOrders.call(exchange, symbol, since)).find(isIt);
  }

  #readFill(row: CcxtTrade): FillEvent {
    const fill = fillOf(row, this.#sent.exchange, this.#now());
    if (fill !== undefined) return fill;
    throw new ProtocolError(`${this.#sent.exchange} listed an execution without id, order, price or size`, {
      retryable: true,
    });
  }
}

/** Whether ccxt says that there is no such order. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.name === 'OrderNotFound' || saysMissing(error));
}
