/** A simulated exchange for orders: the venue's matching engine and a crowd, and a gateway whose network loses what it can. */
import type {
  AccountEvent,
  BalanceEvent,
  CancelOutcome,
  FillEvent,
  OrderGateway,
  OrderPair,
  PairOutcome,
  OrderRequest,
  SendOutcome,
  Runtime,
  StreamState,
  StreamStatus,
  VenueOrder,
  VenueOrderStatus,
} from '../../src/core/index.ts';
import {
  Exchange,
  Refusal,
  balanceText,
  type Account,
  type AccountFill,
  type ExchangeOrder,
  type ExchangeOrderType,
  type ExchangeRequest,
  type OrderReport,
} from '../../src/venue/exchange/index.ts';

export const symbol = 'BTC/USDT';
const tick = 100;
const lot = 1000;

/** How often what goes wrong: chances per request or event, and mean seconds between gaps of the user stream. */
export interface FaultRates {
  readonly lostRequest: number;
  readonly lateRequest: number;
  readonly lostAnswer: number;
  readonly limited: number;
  readonly lostEvent: number;
  readonly twiceEvent: number;
  readonly gapSeconds: number;
  /** Whether the exchange takes lists of two orders. */
  readonly hasLists: boolean;
}

/** How long a client waits for an answer, and how old a request may be when the exchange takes it. */
const timeoutMs = 1_000;
export const windowMs = 5_000;
/** For how long the exchange may not find a new order when it is looked up. */
const lagMs = 800;

/** Something between here and there failed; what the exchange did is not known. */
class Lost extends Error {}
/** The exchange's own word: too many requests, nothing was done. */
class Limited extends Error {}

const types: Readonly<Record<OrderRequest['type'], ExchangeOrderType>> = {
  market: 'MARKET',
  limit: 'LIMIT',
  stop: 'STOP_LOSS',
  stopLimit: 'STOP_LOSS_LIMIT',
};

const statuses: Readonly<Record<ExchangeOrder['status'], VenueOrderStatus>> = {
  NEW: 'open',
  PARTIALLY_FILLED: 'partial',
  PENDING_NEW: 'open',
  FILLED: 'filled',
  CANCELED: 'canceled',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
};

/** The keys of its one account. */
export const venueKeys = { apiKey: 'soak-key', secret: 'soak-secret-value' };

/** The exchange with its crowd. */
export class SimulatedVenue {
  readonly exchange: Exchange;
  readonly account: Account;
  readonly runtime: Runtime;
  private isOpen = true;
  private readonly ears = new Set<(report: OrderReport) => void>();
  private mid = 10_000;

  constructor(runtime: Runtime, feeIn: 'received' | 'quote') {
    this.runtime = runtime;
    this.exchange = new Exchange({
      instruments: [{ symbol, base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 3 }],
      clock: () => runtime.now(),
      feeIn,
      makerFee: 0.0005,
      takerFee: 0.001,
      accounts: [{ name: 'own', ...venueKeys, balances: { USDT: 50_000, BTC: 100 } }],
    });
    this.account = this.exchange.account('own');
    this.exchange.listenToAccounts({
      report: (report) => {
        for (const ear of this.ears) ear(report);
      },
    });
    this.crowd();
  }

  get price(): number {
    return this.mid / tick;
  }

  listen(ear: (report: OrderReport) => void): () => void {
    this.ears.add(ear);
    return () => this.ears.delete(ear);
  }

  /** The crowd goes home. */
  stop(): void {
    this.isOpen = false;
  }

  /** The crowd quotes around a price that wanders, and trades with whoever stands there. */
  private crowd(): void {
    if (!this.isOpen) return;
    const { runtime, exchange } = this;
    const random = (): number => runtime.random();
    exchange.act(symbol, () => {
      const market = exchange.market(symbol);
      for (const side of ['buy', 'sell'] as const) {
        for (const price of [...market.crowdLevels(side).keys()]) market.crowdRests(side, price, 0);
      }
      this.mid += Math.round((random() - 0.5) * 60);
      exchange.crowdTakes(symbol, 'buy', 400, this.mid);
      exchange.crowdTakes(symbol, 'sell', 400, this.mid);
      for (let level = 1; level <= 5; level++) {
        const size = 1 + Math.floor(random() * 600);
        if (this.mid - level * 5 < (market.book.asks.best ?? Infinity))
          market.crowdRests('buy', this.mid - level * 5, size);
        if (this.mid + level * 5 > (market.book.bids.best ?? 0)) market.crowdRests('sell', this.mid + level * 5, size);
      }
      // Someone always stands far away, so that nothing sweeps the book down to somebody else's orders.
      market.crowdRests('buy', 7_000, 1_000_000);
      market.crowdRests('sell', 13_000, 1_000_000);
      exchange.crowdTakes(symbol, random() < 0.5 ? 'buy' : 'sell', 1 + Math.floor(random() * 300));
    });
    runtime.after(50 + random() * 300, () => {
      this.crowd();
    });
  }
}

/** A gateway to the simulated exchange. `kill` is the end of the process that holds it. */
export class SimulatedGateway implements OrderGateway {
  readonly exchange = 'local';
  /** What went wrong, counted. */
  readonly hits: Record<string, number> = {};
  private readonly venue: SimulatedVenue;
  private readonly rates: FaultRates;
  private readonly runtime: Runtime;
  private emit: ((event: AccountEvent | StreamStatus) => void) | undefined;
  private unlisten: () => void = () => undefined;
  private isDead = false;
  private isDeaf = false;
  private lastDelivery = 0;

  constructor(venue: SimulatedVenue, rates: FaultRates) {
    this.venue = venue;
    this.rates = rates;
    this.runtime = venue.runtime;
  }

  kill(): void {
    this.isDead = true;
    this.unlisten();
  }

  async open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void> {
    await this.runtime.sleep(this.latency());
    this.emit = emit;
    this.unlisten = this.venue.listen((report) => {
      this.hear(report);
    });
    this.tell('live', 'connected');
    this.planGap();
  }

  async send(request: OrderRequest): Promise<SendOutcome> {
    try {
      const order = await this.request('send', () => {
        return venueOrder(this.venue.exchange.place(this.venue.account, requestOf(request)).order);
      });
      return { kind: 'accepted', order };
    } catch (error) {
      if (error instanceof Refusal) {
        const isShort = /insufficient/i.test(error.message);
        return { kind: 'refused', reason: error.message, ...(isShort ? { code: 'insufficient-funds' } : {}) };
      }
      if (error instanceof Limited) return { kind: 'refused', reason: 'too many requests', code: 'rate-limit' };
      return { kind: 'unknown', reason: messageOf(error) };
    }
  }

  /** Both orders in one request. @returns As not supported, where the exchange has no lists in this schedule. */
  async sendPair({ clientId, orders }: OrderPair): Promise<PairOutcome> {
    if (!this.rates.hasLists) return { kind: 'refused', reason: 'local has no order lists', code: 'not-supported' };
    try {
      const taken = await this.request('send', () => {
        const legs = orders.map(
          (one) => ({ ...requestOf(one), type: one.type === 'limit' ? 'LIMIT_MAKER' : types[one.type] }) as const,
        );
        const { exchange, account } = this.venue;
        const { list } = exchange.placeList(account, { contingency: 'OCO', clientId, orders: [legs[0]!, legs[1]!] });
        return list.orders.map(venueOrder);
      });
      return { kind: 'accepted', orders: [taken[0]!, taken[1]!] };
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
      if (error instanceof Limited) return { kind: 'refused', reason: 'too many requests', code: 'rate-limit' };
      return { kind: 'unknown', reason: messageOf(error) };
    }
  }

  async cancel(_symbol: string, clientId: string): Promise<CancelOutcome> {
    try {
      await this.request('cancel', () => this.venue.exchange.cancel(this.venue.account, symbol, { clientId }));
      return { kind: 'canceled' };
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'gone' };
      return { kind: 'unknown', reason: messageOf(error) };
    }
  }

  findOrder(_symbol: string, clientId: string): Promise<VenueOrder | undefined> {
    return this.request('find', () => {
      const found = this.venue.exchange.find(this.venue.account, symbol, { clientId });
      const isLate = found !== undefined && this.runtime.now() - found.time < lagMs && this.runtime.random() < 0.3;
      return found === undefined || isLate ? undefined : venueOrder(found);
    });
  }

  openOrders(): Promise<readonly VenueOrder[]> {
    return this.request('open', () => [...this.venue.account.open].map(venueOrder));
  }

  fills(_symbol: string, since: number): Promise<readonly FillEvent[]> {
    return this.request('fills', () =>
      this.venue.account.fills
        .filter((fill) => fill.time >= since && (this.runtime.now() - fill.time > lagMs || this.runtime.random() > 0.3))
        .map((fill) => ({ ...fillEvent(fill, this.runtime.now()), clientId: undefined })),
    );
  }

  balances(): Promise<readonly BalanceEvent[]> {
    return this.request('balances', () =>
      [...this.venue.account.assets].map((currency) => {
        const { free, locked } = this.venue.account.holding(currency);
        const now = this.runtime.now();
        const money = { free: Number(balanceText(free)), used: Number(balanceText(locked)) };
        return { type: 'balance', exchange: 'local', currency, ...money, time: now, receiveTime: now };
      }),
    );
  }

  close(): Promise<void> {
    this.kill();
    return Promise.resolve();
  }

  /** One request over a network that may lose it, deliver it late, or lose its answer. */
  private async request<T>(what: string, act: () => T): Promise<T> {
    const { rates, runtime } = this;
    const left = runtime.now();
    if (this.isDead) await new Promise(() => undefined);
    let chance = runtime.random();
    const is = (rate: number): boolean => (chance -= rate) < 0;
    if (is(rates.lostRequest)) {
      this.hit(`${what} lost`);
      await runtime.sleep(timeoutMs);
      throw new Lost(`no answer within ${timeoutMs} ms`);
    }
    if (is(rates.lateRequest)) {
      this.hit(`${what} late`);
      const late = runtime.random() * windowMs * 1.2;
      runtime.after(late, () => {
        if (runtime.now() - left <= windowMs) attempt(act);
      });
      await runtime.sleep(timeoutMs);
      throw new Lost(`no answer within ${timeoutMs} ms`);
    }
    const isLostAnswer = is(rates.lostAnswer);
    const isLimited = !isLostAnswer && is(rates.limited);
    await runtime.sleep(this.latency());
    if (isLimited) {
      this.hit(`${what} limited`);
      await runtime.sleep(this.latency());
      throw new Limited('too many requests');
    }
    if (isLostAnswer) {
      this.hit(`${what} unanswered`);
      attempt(act);
      await runtime.sleep(runtime.random() < 0.5 ? timeoutMs : 5);
      throw new Lost('the connection was reset');
    }
    let done: { readonly value: T } | { readonly error: unknown };
    try {
      done = { value: act() };
    } catch (error) {
      done = { error };
    }
    await runtime.sleep(this.latency());
    if (this.isDead) await new Promise(() => undefined);
    if ('error' in done) throw done.error;
    return done.value;
  }

  private hear(report: OrderReport): void {
    if (this.isDeaf) return;
    const now = this.runtime.now();
    const { order, fill } = report;
    const state: AccountEvent = {
      type: 'order', exchange: 'local', symbol, time: report.time, receiveTime: now, id: String(order.id), clientId: order.clientId,
      side: order.side, orderType: order.type, status: statuses[order.status], price: undefined, size: order.size / lot,
      filled: order.filled / lot, reason: undefined,
    }; // prettier-ignore
    const events: AccountEvent[] = fill === undefined ? [state] : [fillEvent(fill, now), state];
    for (const event of events) {
      if (this.runtime.random() < this.rates.lostEvent) {
        this.hit('event lost');
        continue;
      }
      this.deliver(event);
      if (this.runtime.random() >= this.rates.twiceEvent) continue;
      this.hit('event twice');
      this.deliver(event);
    }
  }

  /** Events come in order, each a little later. */
  private deliver(event: AccountEvent | StreamStatus): void {
    const at = Math.max(this.lastDelivery, this.runtime.now() + this.latency());
    this.lastDelivery = at;
    this.runtime.after(at - this.runtime.now(), () => {
      if (!this.isDead) this.emit?.(event);
    });
  }

  /** Now and then the stream is dead for a while before anyone notices, and for a while after. */
  private planGap(): void {
    const { runtime, rates } = this;
    if (!(rates.gapSeconds < Infinity)) return;
    runtime.after(-Math.log(1 - runtime.random()) * rates.gapSeconds * 1000, () => {
      if (this.isDead) return;
      this.hit('gap');
      this.isDeaf = true;
      runtime.after(runtime.random() * 2_000, () => {
        this.tell('resyncing', 'the connection was lost');
        runtime.after(200 + runtime.random() * 5_000, () => {
          this.isDeaf = false;
          this.tell('live', 'connected');
          this.planGap();
        });
      });
    });
  }

  private tell(state: StreamState, reason: string): void {
    this.deliver({
      type: 'status',
      exchange: 'local',
      symbol: '',
      channel: 'trade',
      state,
      reason,
      time: this.runtime.now(),
    });
  }

  private latency(): number {
    return 2 + this.runtime.random() * 60;
  }

  private hit(name: string): void {
    this.hits[name] = (this.hits[name] ?? 0) + 1;
  }
}

function requestOf({ clientId, side, type, size, price, stopPrice, symbol: of }: OrderRequest): ExchangeRequest {
  return {
    symbol: of,
    side,
    type: types[type],
    size: Math.round(Number(size) * lot),
    clientId,
    ...(price === undefined ? {} : { price: Math.round(Number(price) * tick) }),
    ...(stopPrice === undefined ? {} : { stopPrice: Math.round(Number(stopPrice) * tick) }),
  };
}

function venueOrder(order: ExchangeOrder): VenueOrder {
  const { id, clientId, side, type, size, filled, price, time } = order;
  return {
    id: String(id), clientId, symbol, side, type, status: statuses[order.status], size: size / lot, filled: filled / lot, time,
    ...(price === undefined ? {} : { price: price / tick }),
  }; // prettier-ignore
}

function fillEvent(fill: AccountFill, now: number): FillEvent {
  return {
    type: 'fill', exchange: 'local', symbol, time: fill.time, receiveTime: now, id: String(fill.tradeId), orderId: String(fill.order.id),
    clientId: fill.order.clientId, side: fill.order.side, price: fill.price / tick, size: fill.size / lot,
    fee: Number(balanceText(fill.fee)), feeCurrency: fill.feeAsset, liquidity: fill.isMaker ? 'maker' : 'taker',
  }; // prettier-ignore
}

function attempt(act: () => unknown): void {
  try {
    act();
  } catch {
    // The exchange refuses, and nobody hears it.
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
