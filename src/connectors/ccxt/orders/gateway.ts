/** Orders of one account through ccxt: on an exchange's test network, in demo trading, or on the local exchange. */
import {
  ConfigError,
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
import type { CcxtExchange } from '../connection/exchange.ts';
import { AccountReader } from './account-reader.ts';
import { findConditional, waitsOnWrongSide } from './conditional-orders.ts';
import { contractParams, isContract } from './contract-orders.ts';
import { prepareContracts } from './contract-settings.ts';
import { nextFundingOf, paymentsOf } from './payments.ts';
import { UserStream } from './user-stream.ts';
import { alteredBy } from './exact-numbers.ts';
import { hasOrderLists, placeList } from './order-lists.ts';
import { balancesOf } from './order-rows.ts';
import { amendOutcomeOf, outcomeOf, replaceFailureOf, saysGone, type ReplaceFailure } from './outcomes.ts';
import { SentOrders } from './sent-orders.ts';
import { mayWithdraw, withdrawalReason, withoutBuilder } from './account-safety.ts';
import { deadManSwitchOf } from './dead-man-switch.ts';
import { isLoopback } from '../connection/test-network.ts';
import {
  amendsInPlace,
  cancelKeyOf,
  cancelsConditionalsApart,
  conditionalParams,
  guessesTriggerSide,
  venueClientId,
  wantsMarketPrice,
} from '../connection/venues.ts';
import type { CcxtStoreOptions } from '../connection/options.ts';
import { slowDown } from '../connection/limiter.ts';
import { CcxtStore } from '../connection/store.ts';

/**
 * An order gateway through ccxt.
 *
 * Every order goes out once, under a client id of ours, with its numbers as they are. Only a refusal in the exchange's own words is a
 * refusal: a time-out, a lost connection, a web page or a server error leaves the outcome unknown.
 */
export class CcxtGateway implements OrderGateway {
  /** ccxt's id of the exchange. */
  readonly exchange: string;
  /** Undefined where the exchange has no order lists, or is not known to have them. */
  readonly sendPair?: (pair: OrderPair) => Promise<PairOutcome>;
  private readonly store: CcxtStore;
  readonly #runtime: Runtime;
  readonly #clock: (() => number) | undefined;
  readonly #asksForPermissions: boolean;
  #stream: UserStream | undefined;
  readonly #sent: SentOrders;
  readonly #reader: AccountReader;
  /** Margin modes of contracts, where they were set. */
  readonly #margins = new Map<string, string>();
  #isHedged = false;

  /**
   * @param options - As for CcxtStore, with `sandbox: true`, or with the `url` of a local exchange.
   * @param clock - The exchange's time, where it is not this machine's: that of a local exchange whose clock runs faster. Time-outs and
   * waits always use this machine's clock.
   * @throws {ConfigError} For an account with real money, unless `realOrders` permits it.
   */
  constructor(options: CcxtStoreOptions, runtime: Runtime = systemRuntime, clock?: () => number) {
    refuseRealMoney(options);
    this.#clock = clock;
    this.exchange = options.exchange;
    if (hasOrderLists(options.exchange)) this.sendPair = (pair) => placeList(this.store, this.#sent, pair);
    this.#runtime = runtime;
    this.store = new CcxtStore({ ...options, streams: true }, runtime);
    this.#sent = new SentOrders(options.exchange);
    this.#reader = new AccountReader(this.store, this.#sent, () => this.#now());
    // Binance's test network has no such endpoint; a key of OKX or Bybit can withdraw even in demo trading.
    const says = options.realOrders !== undefined || /^(?:okx|bybit)/.test(options.exchange);
    this.#asksForPermissions = says && options.allowWithdrawalKeys !== true;
  }

  get accountId(): string | undefined {
    return this.store.accountId;
  }

  async open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void> {
    const store = this.store;
    const { exchange } = this;
    const ccxt = await store.open();
    if (!store.hasKey) {
      throw new ConfigError(`${exchange} has no key: orders need a key of its test account`, {
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
    if (this.#clock !== undefined) setClock(ccxt, this.#clock);
    await store.markets();
    await this.balances();
    if (
      this.#asksForPermissions &&
      (await store.readOnce('ask what its key may do', () => mayWithdraw(ccxt))) === true
    ) {
      throw new ConfigError(withdrawalReason(exchange), {
        code: 'withdrawal-key',
        context: { field: 'apiKey', exchange },
      });
    }
    this.#stream = new UserStream(
      store,
      this.#runtime,
      () => this.#now(),
      (event) => {
        if (event.type === 'order' && event.clientId !== undefined) this.#sent.note(event.clientId, event.id);
        emit(event);
      },
      this.#sent.conditionals,
    );
    await this.#stream.open();
  }

  recall(orders: readonly EarlierStop[]): void {
    this.#sent.recall(orders);
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
        ...contractParams(this.exchange, request, this.#margins.get(symbol)),
      };
      const limit = price === undefined ? await this.#marketPrice(exchange, request) : Number(price);
      const row = await this.store.callOnce(`place a ${type} order`, () =>
        exchange.createOrder(symbol, kind, side, Number(size), limit, params),
      );
      const order = this.#sent.accepted(row, request);
      if (stopPrice === undefined) return { kind: 'accepted', order };
      this.#sent.noteStop(symbol, clientId, order.id);
      return (await this.#refusedSide(request)) ?? { kind: 'accepted', order };
    } catch (error) {
      slowDown(this.store.limiter, error);
      return outcomeOf(error);
    }
  }

  /**
   * Cancels a stop that was late: where an exchange derives the direction of a trigger from the last price, a stop that the price has passed
   * waits for the price to return. Undefined if the stop waits as it should, has been triggered, or could not be looked up or canceled.
   */
  async #refusedSide({ clientId, symbol }: OrderRequest): Promise<SendOutcome | undefined> {
    if (!guessesTriggerSide(this.exchange, isContract(symbol))) return undefined;
    try {
      const exchange = await this.store.open();
      const venueId = this.#sent.venueIdOf(clientId)!;
      const row = await this.store.readOnce('look a stop up', () =>
        this.#sent.hasApart(symbol)
          ? findConditional(exchange, symbol, clientId, this.#sent.conditionals)
          : exchange.fetchOrder(venueId, symbol),
      );
      if (row === undefined || !waitsOnWrongSide(row)) return undefined;
      if ((await this.cancel(symbol, clientId)).kind !== 'canceled') return undefined;
    } catch {
      // The order exists all the same; look-ups report its state.
      return undefined;
    }
    return { kind: 'refused', reason: 'the price had passed the trigger of the stop', code: 'order-immediately-fillable' }; // prettier-ignore
  }

  /** The price that ccxt needs with a market order at some venues: the best of the book, or the trigger. */
  async #marketPrice(exchange: CcxtExchange, { symbol, side, stopPrice }: OrderRequest): Promise<number | undefined> {
    if (!wantsMarketPrice(this.exchange)) return undefined;
    if (stopPrice !== undefined) return Number(stopPrice);
    const { bids, asks } = await this.store.readOnce('fetch the book', () => exchange.fetchOrderBook(symbol));
    return (side === 'buy' ? asks : bids)[0]?.[0];
  }

  async amend(request: AmendRequest): Promise<AmendOutcome> {
    const { clientId, replaces, symbol, side, size, price, stopPrice } = request;
    let halves: ReplaceFailure | undefined;
    try {
      const exchange = await this.store.open();
      if (exchange.has['editOrder'] !== true) {
        return { kind: 'refused', reason: `${this.exchange} cannot amend an order`, code: 'not-supported' };
      }
      if (stopPrice !== undefined && (isContract(symbol) || this.#sent.hasApart(symbol))) {
        return { kind: 'refused', reason: `${this.exchange} cannot amend a conditional order`, code: 'not-this-type' };
      }
      const altered = alteredBy(exchange, request);
      if (altered !== undefined) return { kind: 'refused', reason: altered, code: 'invalid-order' };
      const venueId = this.#sent.venueIdOf(replaces) ?? (await this.#reader.findOrder(symbol, replaces))?.id;
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
      return {
        kind: 'accepted',
        order: this.#sent.accepted(row, { ...request, clientId: isSame ? replaces : clientId }),
      };
    } catch (error) {
      slowDown(this.store.limiter, error);
      return amendOutcomeOf(error, halves);
    }
  }

  async cancel(symbol: string, clientId: string): Promise<CancelOutcome> {
    if (this.#sent.conditionals.of(clientId) !== undefined) return this.#cancelConditional(symbol, clientId);
    const outcome = await this.#cancelAs(symbol, clientId, this.#sent.isStop(clientId));
    if (outcome.kind !== 'gone') return outcome;
    // After a restart it is not known which kind an order is, and a conditional one may have been triggered by now.
    if (cancelsConditionalsApart(this.exchange, isContract(symbol))) {
      return this.#cancelAs(symbol, clientId, !this.#sent.isStop(clientId));
    }
    return this.#sent.hasApart(symbol) ? this.#cancelConditional(symbol, clientId) : outcome;
  }

  /** Cancels an order of the book, or a conditional one if the request says so. */
  async #cancelAs(symbol: string, clientId: string, isStop: boolean): Promise<CancelOutcome> {
    const venueId = this.#sent.venueIdOf(clientId);
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
      slowDown(this.store.limiter, error);
      if (saysGone(error)) return { kind: 'gone' };
      return { kind: 'unknown', reason: messageOf(error) };
    }
  }

  /** Cancels an order that waits for its trigger, or the one that it has become. */
  async #cancelConditional(symbol: string, clientId: string): Promise<CancelOutcome> {
    try {
      if (this.#sent.conditionals.of(clientId)?.actual === undefined) {
        try {
          await this.store.callOnce('cancel a conditional order', (exchange) =>
            exchange.cancelOrder('', symbol, { clientOrderId: clientId, trigger: true }),
          );
          this.#sent.conditionals.canceled(clientId);
          return { kind: 'canceled' };
        } catch (error) {
          if (!saysGone(error)) throw error;
          const exchange = await this.store.open();
          await this.store.readOnce('look an order up', () => findConditional(exchange, symbol, clientId, this.#sent.conditionals)); // prettier-ignore
        }
      }
      const actual = this.#sent.conditionals.of(clientId)?.actual;
      if (actual === undefined) return { kind: 'gone' };
      await this.store.callOnce('cancel an order', (exchange) => exchange.cancelOrder(actual, symbol));
      return { kind: 'canceled' };
    } catch (error) {
      slowDown(this.store.limiter, error);
      if (saysGone(error)) return { kind: 'gone' };
      return { kind: 'unknown', reason: messageOf(error) };
    }
  }

  async prepare(settings: readonly ContractSettings[], isHedged: boolean): Promise<void> {
    await prepareContracts(this.store, settings, isHedged);
    this.#isHedged = isHedged;
    for (const { symbol, margin } of settings) this.#margins.set(symbol, margin);
  }

  payments(symbol: string, since: number): Promise<readonly VenuePayment[]> {
    return paymentsOf(this.store, symbol, since, this.#now(), this.#isHedged);
  }

  nextFunding(symbol: string): Promise<number | undefined> {
    return nextFundingOf(this.store, symbol, this.#now());
  }

  findOrder(symbol: string, clientId: string): Promise<VenueOrder | undefined> {
    return this.#reader.findOrder(symbol, clientId);
  }

  openOrders(symbols: readonly string[]): Promise<readonly VenueOrder[]> {
    return this.#reader.openOrders(symbols);
  }

  fills(symbol: string, since: number): Promise<readonly FillEvent[]> {
    return this.#reader.fills(symbol, since);
  }

  async balances(): Promise<readonly BalanceEvent[]> {
    const answer = await this.store.call('fetch the balance', (exchange) => exchange.fetchBalance());
    return balancesOf(answer, this.exchange, this.#now());
  }

  async cancelAllAfter(symbols: readonly string[], ms: number): Promise<boolean> {
    const exchange = await this.store.open();
    const setSwitch = deadManSwitchOf(exchange, symbols, (wait) => this.#runtime.sleep(wait));
    if (setSwitch === undefined) return false;
    await this.store.callOnce('set its dead-man switch', () => setSwitch(ms));
    return true;
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.stop();
  }

  #now(): number {
    return this.#clock?.() ?? this.#runtime.now();
  }
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

/** Stamps requests with another clock, and lets them be as old as an exchange allows: with a fast clock they age fast. */
function setClock(exchange: CcxtExchange, clock: () => number): void {
  (exchange as { nonce?: () => number }).nonce = () => Math.floor(clock());
  exchange.options['recvWindow'] = 60_000;
  // No measurement of this machine's clock replaces it.
  exchange.options['timeDifference'] = undefined;
}

function refuseRealMoney({ sandbox, url, exchange, realOrders }: CcxtStoreOptions): void {
  if (url !== undefined) {
    if (URL.canParse(url) && isLoopback(new URL(url))) return;
    throw new ConfigError(`orders go only to a local exchange or a sandbox, url was '${url}'`, {
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
