/** Orders of one account through ccxt: on an exchange's test network, in demo trading, or on the local exchange. */
import {
  ConfigError,
  ProtocolError,
  RateLimitError,
  systemRuntime,
  messageOf,
  type AccountEvent,
  type AmendOutcome,
  type AmendRequest,
  type BalanceEvent,
  type CancelOutcome,
  type ContractSettings,
  type FillEvent,
  type EarlierStop,
  type OrderGateway,
  type OrderPair,
  type OrderRequest,
  type PairOutcome,
  type Runtime,
  type SendOutcome,
  type StreamStatus,
  type VenueOrder,
  type VenuePayment,
} from '../../../core/index.ts';
import type { CcxtExchange, CcxtOrder, CcxtTrade } from '../connection/exchange.ts';
import { ConditionalOrders, contractParams, findConditional, isContract, waitsOnWrongSide } from './contract-orders.ts';
import { prepareContracts } from './contract-settings.ts';
import { paymentsOf } from './payments.ts';
import { UserStream } from './gateway-stream.ts';
import {
  alteredBy,
  amendOutcomeOf,
  amendsInPlace,
  balancesOf,
  fillOf,
  hasOrderLists,
  ocoLegs,
  outcomeOf,
  reportsOf,
  saysGone,
  saysMissing,
  venueOrderOf,
  replaceFailureOf,
  type ReplaceFailure,
} from './gateway-words.ts';
import { deadManSwitchOf, mayWithdraw, withdrawalReason, withoutBuilder } from './account-safety.ts';
import { isLoopback } from '../connection/test-network.ts';
import {
  cancelKeyOf,
  cancelsConditionalsApart,
  conditionalParams,
  fillPageOf,
  findsOrdersByClientId,
  guessesTriggerSide,
  hasConditionalsApart,
  ownClientId,
  venueClientId,
  wantsMarketPrice,
} from '../connection/venues.ts';
import type { CcxtStoreOptions } from '../connection/options.ts';
import { CcxtStore } from '../connection/store.ts';

/** Executions asked for at once. */
const pageSize = 500;
/** The longest span that exchanges look through for one page of executions: Binance's is a day. */
const spanMs = 24 * 3_600_000 - 1;
/** How far back orders are searched where an exchange cannot be asked for one by its client id. */
const searchMs = 24 * 3_600_000;

/**
 * An order gateway through ccxt.
 *
 * Every order goes out once, under a client id of ours, with its numbers as they are. What comes back is the exchange's word only where it
 * is known to be: a refusal in its own words refuses; a time-out, a lost connection, a web page or a fault of the server leaves the
 * outcome unknown.
 */
export class CcxtGateway implements OrderGateway {
  /** ccxt's id of the exchange. */
  readonly exchange: string;
  /** Undefined where the exchange has no order lists, or is not known to have them. */
  readonly sendPair?: (pair: OrderPair) => Promise<PairOutcome>;
  private readonly store: CcxtStore;
  private readonly runtime: Runtime;
  private readonly clock: (() => number) | undefined;
  private readonly asksForPermissions: boolean;
  private stream: UserStream | undefined;
  /** The exchange's ids of orders by ours, where they are known. */
  private readonly venueIds = new Map<string, string>();
  /** Orders with numbers of their own that wait for a trigger at the exchange. */
  private readonly conditionals = new ConditionalOrders();
  /** Margin modes of contracts, where they were set. */
  private readonly margins = new Map<string, string>();
  /** Client ids of orders that were sent with a trigger. */
  private readonly stops = new Set<string>();

  /**
   * @param options - As for CcxtStore, with `sandbox: true`, or with the `url` of a local exchange.
   * @param clock - The exchange's time, where it is not this machine's: that of a local exchange whose clock runs faster. Time-outs and
   * waits are this machine's all the same.
   * @throws {ConfigError} For an account with real money, unless `realOrders` permits it.
   */
  constructor(options: CcxtStoreOptions, runtime: Runtime = systemRuntime, clock?: () => number) {
    refuseRealMoney(options);
    this.clock = clock;
    this.exchange = options.exchange;
    if (hasOrderLists(options.exchange)) this.sendPair = (pair) => this.placeList(pair);
    this.runtime = runtime;
    this.store = new CcxtStore({ ...options, streams: true }, runtime);
    // Binance's test network has no such endpoint; a key of OKX or Bybit can withdraw even in demo trading.
    const says = options.realOrders !== undefined || /^(?:okx|bybit)/.test(options.exchange);
    this.asksForPermissions = says && options.allowWithdrawalKeys !== true;
  }

  get accountId(): string | undefined {
    return this.store.accountId;
  }

  async open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void> {
    const { store, exchange } = this;
    const ccxt = await store.open();
    if (!store.hasKey) {
      throw new ConfigError(`${exchange} has no key here: orders need one of its test account`, {
        context: { field: 'apiKey', exchange },
      });
    }
    for (const method of [
      'watchOrders',
      'watchMyTrades',
      'watchBalance',
      'fetchMyTrades',
      'fetchOpenOrders',
    ] as const) {
      if (ccxt.has[method] === true) continue;
      throw new ConfigError(`${exchange} cannot be traded on: ccxt has no ${method} for it`, { context: { exchange } });
    }
    withoutBuilder(ccxt);
    if (this.clock !== undefined) setClock(ccxt, this.clock);
    await store.markets();
    await this.balances();
    if (
      this.asksForPermissions &&
      (await store.readOnce('ask what its key may do', () => mayWithdraw(ccxt))) === true
    ) {
      throw new ConfigError(withdrawalReason(exchange), {
        code: 'withdrawal-key',
        context: { field: 'apiKey', exchange },
      });
    }
    this.stream = new UserStream(
      store,
      this.runtime,
      () => this.now(),
      (event) => {
        if (event.type === 'order' && event.clientId !== undefined) this.venueIds.set(event.clientId, event.id);
        emit(event);
      },
      this.conditionals,
    );
    await this.stream.open();
  }

  recall(orders: readonly EarlierStop[]): void {
    for (const { symbol, clientId, venueId } of orders) {
      this.stops.add(clientId);
      if (venueId !== undefined) this.venueIds.set(clientId, venueId);
      if (this.hasApart(symbol)) this.conditionals.sent(symbol, clientId, venueId ?? '');
    }
  }

  async send(request: OrderRequest): Promise<SendOutcome> {
    const { clientId, symbol, side, type, size, price, stopPrice } = request;
    try {
      const exchange = await this.store.open();
      const altered = alteredBy(exchange, request);
      if (altered !== undefined) return { kind: 'refused', reason: altered, code: 'invalid-order' };
      const kind = price === undefined ? 'market' : 'limit';
      const params = {
        clientOrderId: venueClientId(this.exchange, clientId),
        ...(stopPrice === undefined
          ? {}
          : { triggerPrice: Number(stopPrice), ...conditionalParams(this.exchange, clientId) }),
        ...(request.timeInForce !== undefined && { timeInForce: request.timeInForce }),
        ...(request.isPostOnly === true && { postOnly: true }),
        ...contractParams(this.exchange, request, this.margins.get(symbol)),
      };
      const limit = price === undefined ? await this.marketPrice(exchange, request) : Number(price);
      const row = await this.store.callOnce(`place a ${type} order`, () =>
        exchange.createOrder(symbol, kind, side, Number(size), limit, params),
      );
      const order = this.accepted(row, request);
      if (stopPrice === undefined) return { kind: 'accepted', order };
      if (this.hasApart(symbol)) this.conditionals.sent(symbol, clientId, order.id);
      this.stops.add(clientId);
      return (await this.refusedSide(request)) ?? { kind: 'accepted', order };
    } catch (error) {
      this.slowDown(error);
      return outcomeOf(error);
    }
  }

  /** Whether conditional orders of a symbol have numbers of their own. */
  private hasApart(symbol: string): boolean {
    return hasConditionalsApart(this.exchange, isContract(symbol));
  }

  /**
   * Takes a stop back that came too late: where the last price says from which side a trigger is reached, a stop that the price has passed
   * waits for the price to come back. Undefined where it waits as it should, has been triggered, or could not be looked up or taken back.
   */
  private async refusedSide({ clientId, symbol }: OrderRequest): Promise<SendOutcome | undefined> {
    if (!guessesTriggerSide(this.exchange, isContract(symbol))) return undefined;
    try {
      const exchange = await this.store.open();
      const venueId = this.venueIds.get(clientId)!;
      const row = await this.store.readOnce('look a stop up', () =>
        this.hasApart(symbol)
          ? findConditional(exchange, symbol, clientId, this.conditionals)
          : exchange.fetchOrder(venueId, symbol),
      );
      if (row === undefined || !waitsOnWrongSide(row)) return undefined;
      if ((await this.cancel(symbol, clientId)).kind !== 'canceled') return undefined;
    } catch {
      // The order is there all the same: its own look-ups tell the rest.
      return undefined;
    }
    return { kind: 'refused', reason: 'the price had passed the trigger of the stop', code: 'order-immediately-fillable' }; // prettier-ignore
  }

  /** The price that ccxt wants for a market order of some venues: what the book offers, or the trigger. */
  private async marketPrice(
    exchange: CcxtExchange,
    { symbol, side, stopPrice }: OrderRequest,
  ): Promise<number | undefined> {
    if (!wantsMarketPrice(this.exchange)) return undefined;
    if (stopPrice !== undefined) return Number(stopPrice);
    const { bids, asks } = await this.store.readOnce('fetch the book', () => exchange.fetchOrderBook(symbol));
    return (side === 'buy' ? asks : bids)[0]?.[0];
  }

  /** Binance's order list of kind OCO, which ccxt has no method of its own for. */
  private async placeList({ clientId, orders }: OrderPair): Promise<PairOutcome> {
    const [{ symbol, side, size }] = orders;
    try {
      const exchange = await this.store.open();
      const { privatePostOrderListOco: place } = exchange as {
        privatePostOrderListOco?: (params: object) => Promise<unknown>;
      };
      const { parseOrder } = exchange as unknown as { parseOrder: (row: object, market: object) => CcxtOrder };
      const market = exchange.markets?.[symbol];
      if (place === undefined || market?.id === undefined || market.spot !== true) {
        return { kind: 'refused', reason: `${this.exchange} has no order lists`, code: 'not-supported' };
      }
      for (const one of orders) {
        const altered = alteredBy(exchange, one);
        if (altered !== undefined) return { kind: 'refused', reason: altered, code: 'invalid-order' };
      }
      const base = { symbol: market.id, side: side.toUpperCase(), quantity: size, listClientOrderId: clientId };
      const params = { ...base, ...ocoLegs(orders), newOrderRespType: 'FULL' };
      const answer = await this.store.callOnce('place an order list', () => place.call(exchange, params));
      const reports = reportsOf(answer);
      const taken = orders.map((one) => {
        const row = reports.find(({ clientOrderId }) => clientOrderId === one.clientId);
        if (row === undefined)
          throw new ProtocolError(`${this.exchange} answered an order list without ${one.clientId}`);
        return this.accepted(parseOrder.call(exchange, row, market), one);
      });
      return { kind: 'accepted', orders: [taken[0]!, taken[1]!] };
    } catch (error) {
      this.slowDown(error);
      const outcome = outcomeOf(error);
      return outcome.kind === 'accepted' ? { kind: 'unknown', reason: messageOf(error) } : outcome;
    }
  }

  async amend(request: AmendRequest): Promise<AmendOutcome> {
    const { clientId, replaces, symbol, side, size, price, stopPrice } = request;
    let halves: ReplaceFailure | undefined;
    try {
      const exchange = await this.store.open();
      if (exchange.has['editOrder'] !== true) {
        return { kind: 'refused', reason: `${this.exchange} cannot amend an order`, code: 'not-supported' };
      }
      if (stopPrice !== undefined && (isContract(symbol) || this.hasApart(symbol))) {
        return { kind: 'refused', reason: `${this.exchange} cannot amend a conditional order`, code: 'not-this-type' };
      }
      const altered = alteredBy(exchange, request);
      if (altered !== undefined) return { kind: 'refused', reason: altered, code: 'invalid-order' };
      const venueId = this.venueIds.get(replaces) ?? (await this.findOrder(symbol, replaces))?.id;
      if (venueId === undefined) return { kind: 'gone' };
      const kind = price === undefined ? 'market' : 'limit';
      // By this name, because ccxt's editOrder of Binance would send `triggerPrice` on, which Binance refuses.
      // An order that is changed in place stays under the client id that it has; another one would name another order.
      const keepsId = amendsInPlace(this.exchange);
      const params = {
        ...(!keepsId && { clientOrderId: venueClientId(this.exchange, clientId) }),
        ...(stopPrice === undefined ? {} : { stopPrice: Number(stopPrice) }),
      };
      const limit = price === undefined ? undefined : Number(price);
      const amount = Number(amendsInPlace(this.exchange) ? request.total : size);
      const row = await this.store.callOnce('amend an order', (ccxt) =>
        ccxt.editOrder(venueId, symbol, kind, side, amount, limit, params).catch((error: unknown) => {
          // Read here, because the message of a translated error is cut.
          halves = replaceFailureOf(error);
          throw error;
        }),
      );
      // The id of an order that was changed in place stays what it was.
      const isSame = row.id === venueId;
      return { kind: 'accepted', order: this.accepted(row, { ...request, clientId: isSame ? replaces : clientId }) };
    } catch (error) {
      this.slowDown(error);
      return amendOutcomeOf(error, halves);
    }
  }

  async cancel(symbol: string, clientId: string): Promise<CancelOutcome> {
    if (this.conditionals.of(clientId) !== undefined) return this.cancelConditional(symbol, clientId);
    const outcome = await this.cancelAs(symbol, clientId, this.stops.has(clientId));
    if (outcome.kind !== 'gone') return outcome;
    // After a restart it is not known which kind an order is, and a conditional one may have been triggered by now.
    if (cancelsConditionalsApart(this.exchange, isContract(symbol))) {
      return this.cancelAs(symbol, clientId, !this.stops.has(clientId));
    }
    return this.hasApart(symbol) ? this.cancelConditional(symbol, clientId) : outcome;
  }

  /** Cancels an order as one of the book, or as one that waits for its trigger where a cancel says so. */
  private async cancelAs(symbol: string, clientId: string, isStop: boolean): Promise<CancelOutcome> {
    const venueId = this.venueIds.get(clientId);
    const [id, , params] = cancelBy(this.exchange, symbol, clientId);
    const trigger = isStop && cancelsConditionalsApart(this.exchange, isContract(symbol)) ? { trigger: true } : {};
    try {
      await this.store.callOnce('cancel an order', (exchange) =>
        venueId === undefined
          ? exchange.cancelOrder(id, symbol, { ...params, ...trigger })
          : exchange.cancelOrder(venueId, symbol, trigger),
      );
      return { kind: 'canceled' };
    } catch (error) {
      this.slowDown(error);
      if (saysGone(error)) return { kind: 'gone' };
      return { kind: 'unknown', reason: messageOf(error) };
    }
  }

  /** Cancels an order that waits for its trigger, or the one that it has become. */
  private async cancelConditional(symbol: string, clientId: string): Promise<CancelOutcome> {
    try {
      if (this.conditionals.of(clientId)?.actual === undefined) {
        try {
          await this.store.callOnce('cancel a conditional order', (exchange) =>
            exchange.cancelOrder('', symbol, { clientOrderId: clientId, trigger: true }),
          );
          this.conditionals.canceled(clientId);
          return { kind: 'canceled' };
        } catch (error) {
          if (!saysGone(error)) throw error;
          const exchange = await this.store.open();
          await this.store.readOnce('look an order up', () => findConditional(exchange, symbol, clientId, this.conditionals)); // prettier-ignore
        }
      }
      const actual = this.conditionals.of(clientId)?.actual;
      if (actual === undefined) return { kind: 'gone' };
      await this.store.callOnce('cancel an order', (exchange) => exchange.cancelOrder(actual, symbol));
      return { kind: 'canceled' };
    } catch (error) {
      this.slowDown(error);
      if (saysGone(error)) return { kind: 'gone' };
      return { kind: 'unknown', reason: messageOf(error) };
    }
  }

  /** Looks an order up by its client id: in the book first, then among those that wait for a trigger. */
  private async findEither(exchange: CcxtExchange, symbol: string, clientId: string): Promise<CcxtOrder> {
    const conditional = this.conditionals.of(clientId);
    if (conditional === undefined) {
      try {
        return await exchange.fetchOrder('', symbol, { clientOrderId: venueClientId(this.exchange, clientId) });
      } catch (error) {
        if (!isMissing(error) || !this.hasApart(symbol)) throw error;
      }
    }
    return (await findConditional(exchange, symbol, clientId, this.conditionals))!;
  }

  async prepare(settings: readonly ContractSettings[], isHedged: boolean): Promise<void> {
    await prepareContracts(this.store, settings, isHedged);
    for (const { symbol, margin } of settings) this.margins.set(symbol, margin);
  }

  payments(symbol: string, since: number): Promise<readonly VenuePayment[]> {
    return paymentsOf(this.store, symbol, since, this.now());
  }

  async findOrder(symbol: string, clientId: string): Promise<VenueOrder | undefined> {
    const exchange = await this.store.open();
    const venueId = this.venueIds.get(clientId);
    try {
      const row = await this.store.readOnce('look an order up', () => {
        if ((isContract(symbol) || this.hasApart(symbol)) && findsOrdersByClientId(this.exchange))
          return this.findEither(exchange, symbol, clientId);
        if (venueId !== undefined) return exchange.fetchOrder(venueId, symbol);
        if (findsOrdersByClientId(this.exchange))
          return exchange.fetchOrder('', symbol, { clientOrderId: venueClientId(this.exchange, clientId) });
        return this.search(exchange, symbol, clientId);
      });
      if (row === undefined) return undefined;
      this.checkOurs(row, symbol, clientId, venueId);
      const order = { ...venueOrderOf(row, symbol, this.exchange), clientId };
      this.venueIds.set(clientId, order.id);
      return order;
    } catch (error) {
      this.slowDown(error);
      if (saysMissing(error)) return undefined;
      throw error;
    }
  }

  async openOrders(symbols: readonly string[]): Promise<readonly VenueOrder[]> {
    const found: VenueOrder[] = [];
    for (const symbol of symbols) {
      const rows = [...(await this.store.call('list open orders', (exchange) => exchange.fetchOpenOrders(symbol)))];
      if (this.hasApart(symbol)) {
        const waiting = await this.store.call('list conditional orders', (exchange) =>
          exchange.fetchOpenOrders(symbol, undefined, undefined, { trigger: true }),
        );
        for (const row of waiting) this.conditionals.note(row);
        rows.push(...waiting.filter(({ id }) => !rows.some((row) => row.id === id)));
      }
      for (const given of rows) {
        const row = this.conditionals.asSent(given);
        if (row.symbol !== undefined && row.symbol !== symbol) continue;
        const order = venueOrderOf(row, symbol, this.exchange);
        if (order.clientId !== undefined) this.venueIds.set(order.clientId, order.id);
        found.push(order);
      }
    }
    return found;
  }

  async fills(symbol: string, since: number): Promise<readonly FillEvent[]> {
    const found = new Map<string, FillEvent>();
    if (this.hasApart(symbol)) await this.noteTriggered(symbol);
    for (let from = since; ;) {
      const rows = await this.ownTrades(symbol, from);
      const before = found.size;
      for (const row of rows) {
        if (row.symbol !== undefined && row.symbol !== symbol) continue;
        const fill = this.readFill(this.conditionals.ofSent(row));
        found.set(fill.id, fill);
      }
      // A page may end in the middle of a moment: the next begins at that moment again. Where nothing new comes, the span that the
      // exchange looks through may have been too short to reach the next execution.
      const last = rows.reduce((latest, { timestamp }) => Math.max(latest, timestamp ?? -Infinity), -Infinity);
      if (found.size > before) from = last;
      else if (from + spanMs < this.now()) from += spanMs;
      else break;
    }
    return [...found.values()].sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
  }

  /**
   * Executions from a moment on. Where a page holds the newest of them, the pages before it follow until one is not full: executions that
   * were missed for long are more than a page.
   */
  private async ownTrades(symbol: string, from: number): Promise<readonly CcxtTrade[]> {
    const ask = (more: Readonly<Record<string, unknown>>): Promise<CcxtTrade[]> =>
      this.store.call('list own trades', (exchange) => exchange.fetchMyTrades(symbol, from, pageSize, more));
    const page = fillPageOf(this.exchange);
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

  /** Learns which conditional orders were triggered: their executions are listed under other numbers. */
  private async noteTriggered(symbol: string): Promise<void> {
    const exchange = await this.store.open();
    for (const { clientId } of this.conditionals.waiting(symbol)) {
      try {
        await this.store.readOnce('look an order up', () =>
          findConditional(exchange, symbol, clientId, this.conditionals),
        );
      } catch (error) {
        if (!saysMissing(error)) throw error;
      }
    }
  }

  async balances(): Promise<readonly BalanceEvent[]> {
    const answer = await this.store.call('fetch the balance', (exchange) => exchange.fetchBalance());
    return balancesOf(answer, this.exchange, this.now());
  }

  async cancelAllAfter(symbols: readonly string[], ms: number): Promise<boolean> {
    const exchange = await this.store.open();
    const setSwitch = deadManSwitchOf(exchange, symbols);
    if (setSwitch === undefined) return false;
    await this.store.callOnce('set its dead-man switch', () => setSwitch(ms));
    return true;
  }

  async close(): Promise<void> {
    const { stream } = this;
    this.stream = undefined;
    await stream?.stop();
  }

  /** @throws {ProtocolError} If an answer is about another order than the one it answers for. */
  private checkOurs(row: CcxtOrder, symbol: string, clientId: string, venueId?: string): void {
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

  /** An order that was answered is there, even where the answer does not say how it stands. */
  private accepted(row: CcxtOrder, { clientId, symbol, side, type, size }: OrderRequest): VenueOrder {
    this.checkOurs(row, symbol, clientId);
    if (row.id === undefined) throw new ProtocolError(`${this.exchange} answered an order without its id`);
    this.venueIds.set(clientId, row.id);
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

  /** For exchanges that are asked by their own ids alone: every order of the last day, open or over. */
  private async search(exchange: CcxtExchange, symbol: string, clientId: string): Promise<CcxtOrder | undefined> {
    const isIt = (row: CcxtOrder): boolean => ownClientId(this.exchange, row.clientOrderId) === clientId;
    const open = (await exchange.fetchOpenOrders(symbol)).find(isIt);
    if (open !== undefined) return open;
    const since = this.now() - searchMs;
    if (exchange.has['fetchOrders'] === true) return (await exchange.fetchOrders(symbol, since)).find(isIt);
    const { fetchClosedOrders } = exchange as { fetchClosedOrders?: CcxtExchange['fetchOrders'] };
    if (exchange.has['fetchClosedOrders'] !== true || fetchClosedOrders === undefined) {
      throw new ProtocolError(`${this.exchange} cannot be asked for an order by its client id`);
    }
    return (await fetchClosedOrders.call(exchange, symbol, since)).find(isIt);
  }

  private readFill(row: CcxtTrade): FillEvent {
    const fill = fillOf(row, this.exchange, this.now());
    if (fill !== undefined) return fill;
    throw new ProtocolError(`${this.exchange} listed an execution without id, order, price or size`, {
      retryable: true,
    });
  }

  private now(): number {
    return this.clock?.() ?? this.runtime.now();
  }

  /** A rate limit stops everything that shares the account, not this request alone. */
  private slowDown(error: unknown): void {
    if (error instanceof RateLimitError) this.store.limiter?.stop(error.retryAfterMs ?? 1_000);
  }
}

/** Whether ccxt says that there is no such order. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.name === 'OrderNotFound' || saysMissing(error));
}

/** What ccxt's cancelOrder is called with where the exchange's id is not known. */
function cancelBy(
  exchange: string,
  symbol: string,
  clientId: string,
): [id: string, symbol: string, params: Readonly<Record<string, unknown>>] {
  const [id, params] = cancelKeyOf(exchange, venueClientId(exchange, clientId));
  return [id!, symbol, params];
}

/** Stamps requests by another clock, and lets them be as old as an exchange allows: by a fast clock they age fast. */
function setClock(exchange: CcxtExchange, clock: () => number): void {
  (exchange as { nonce?: () => number }).nonce = () => Math.floor(clock());
  exchange.options['recvWindow'] = 60_000;
  // No measurement of this machine's clock replaces it.
  exchange.options['timeDifference'] = undefined;
}

function refuseRealMoney({ sandbox, url, exchange, realOrders }: CcxtStoreOptions): void {
  if (url !== undefined) {
    if (URL.canParse(url) && isLoopback(new URL(url))) return;
    throw new ConfigError(`orders go to a local exchange or a sandbox alone, url was '${url}'`, {
      context: { field: 'url' },
    });
  }
  // The store checks that the permission is one, and for this account.
  if (sandbox === true || realOrders !== undefined) return;
  throw new ConfigError(
    `orders on a real-money account of ${exchange} are refused: set sandbox: true, use paper mode, or arm a session in mode live`,
    { code: 'real-money', context: { field: 'sandbox', exchange } },
  );
}
