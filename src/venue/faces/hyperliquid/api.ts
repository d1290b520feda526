/** Hyperliquid's perpetuals over a market of contracts: `/info`, signed `/exchange`, and the socket with public and account streams. */
import {
  barOpen,
  timeframe,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
  type ServedSocket,
  type Service,
  type SocketService,
  type Timer,
} from '../../../core/index.ts';
import type { Account, AccountFill, Exchange } from '../../exchange/index.ts';
import type { Market, MarketInstrument } from '../../market-data.ts';
import { addressOf, bboFields, bookFields, candles, clearinghouseFields, fillFields, intervals, isOpen, stateFields, tradeFields } from './fields.ts'; // prettier-ignore
import { answerInfo, type InfoPlace } from './info.ts';
import { accountBy, actOn, HyperliquidRefusal, Nonces, signedAction, UnreadableBody } from './trading.ts';

/** How Hyperliquid's API is served. */
export interface HyperliquidApiOptions {
  /** Refuse signed requests whose nonce is far from the clock. Default true. */
  readonly checksTime?: boolean;
  /** How far Hyperliquid's clock is ahead of the market's at this moment, in milliseconds. Default 0. */
  readonly clockSkewMs?: () => number;
}

/** Where Hyperliquid's API is found on a server. */
export const hyperliquidPaths = {
  /** Where sockets are served: `/ws` alone is Binance's. */
  sockets: ['/hyperliquid/ws'],
  /** Where requests are served. */
  paths: ['/info', '/exchange'],
} as const;

type Row = Readonly<Record<string, unknown>>;

interface Client {
  readonly socket: ServedSocket;
  /** Subscriptions by their text. */
  readonly topics: Map<string, Row>;
}

/** The streams of an account, and those of a coin. */
const accountStreams: readonly string[] = [
  'orderUpdates', 'userFills', 'userEvents', 'userFundings', 'clearinghouseState', 'spotState',
]; // prettier-ignore
const coinStreams: readonly string[] = ['trades', 'l2Book', 'bbo', 'candle', 'activeAssetCtx'];

/** How often changed books, bars and accounts are sent, in milliseconds. */
const pushMs = 100;

/** Hyperliquid's API: perpetuals margined in USDC. */
export class HyperliquidApi implements Service {
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #exchange: Exchange;
  readonly #options: HyperliquidApiOptions;
  readonly #instruments: readonly MarketInstrument[];
  readonly #place: InfoPlace;
  readonly #clients = new Set<Client>();
  readonly #nonces = new Nonces();
  readonly #schedules = new Map<Account, Timer>();
  readonly #changed = new Set<string>();
  readonly #traded = new Set<string>();
  readonly #tops = new Map<string, string>();
  readonly #moved = new Set<Account>();
  readonly #timer: Timer;

  /** @param exchange - One that trades contracts. Those margined in USDC are listed, in their order. */
  constructor(runtime: Runtime, market: Market, exchange: Exchange, options: HyperliquidApiOptions = {}) {
    this.#runtime = runtime;
    this.#market = market;
    this.#exchange = exchange;
    this.#options = options;
    this.#instruments = exchange.instruments.filter(({ quote }) => quote === 'USDC');
    this.#place = { exchange, instruments: this.#instruments };
    exchange.listen({
      trade: (symbol, trade) => {
        const one = this.#listed(symbol);
        if (one === undefined) return;
        this.#traded.add(symbol);
        this.#push(({ type, coin }) => type === 'trades' && coin === one.base, 'trades', () => [tradeFields(trade, one)]);
      },
      change: (symbol) => {
        const one = this.#listed(symbol);
        if (one === undefined) return;
        this.#changed.add(symbol);
        this.#pushTop(one);
      },
    });
    exchange.listenToAccounts({
      report: ({ account: name, order, fill }) => {
        const one = this.#listed(order.symbol);
        if (one === undefined) return;
        const account = exchange.account(name);
        this.#moved.add(account);
        if (fill !== undefined) this.#pushFill(account, fill, one);
        this.#pushTo(account, 'orderUpdates', 'orderUpdates', () => [stateFields(order, one)]);
      },
      contract: ({ account }) => {
        this.#moved.add(account);
      },
      deposit: (account) => {
        this.#moved.add(account);
      },
    });
    this.#timer = runtime.every(pushMs, () => {
      this.#pushPulse();
    });
  } // prettier-ignore

  /** Hangs up on every client, cancels scheduled cancels and stops. */
  stop(): void {
    this.#timer.cancel();
    for (const timer of this.#schedules.values()) timer.cancel();
    this.#schedules.clear();
    this.hangUp();
  }

  /** Hangs up on every client, or only on those that follow an account. They may reconnect. */
  hangUp(which: 'all' | 'user' = 'all'): void {
    for (const client of [...this.#clients]) {
      const isOfAccount = [...client.topics.values()].some(({ type }) => accountStreams.includes(String(type)));
      if (which === 'user' && !isOfAccount) continue;
      this.#clients.delete(client);
      client.socket.close('closing');
    }
  }

  /** Takes a client's socket. */
  accept(_url: string, socket: ServedSocket): SocketService {
    const client: Client = { socket, topics: new Map() };
    this.#clients.add(client);
    return {
      frame: (text) => {
        this.#control(client, text);
      },
      closed: () => {
        this.#clients.delete(client);
      },
    };
  }

  #control(client: Client, text: string): void {
    const send = (channel: string, data?: unknown): void => {
      client.socket.send(JSON.stringify({ channel, ...(data !== undefined && { data }) }));
    };
    const { method, subscription, id, request } = rowIn(text);
    if (method === 'ping') send('pong');
    else if (method === 'post' && isRow(request)) send('post', { id, response: this.#posted(request) });
    else if ((method === 'subscribe' || method === 'unsubscribe') && isRow(subscription)) {
      const key = JSON.stringify(subscription);
      const isKnown = client.topics.has(key);
      if (!this.#serves(subscription)) send('error', `Invalid subscription ${key}`);
      else if (method === 'subscribe' && isKnown) send('error', `Already subscribed: ${key}`);
      else if (method === 'unsubscribe' && !isKnown) send('error', `Already unsubscribed: ${key}`);
      else {
        send('subscriptionResponse', { method, subscription });
        if (method === 'unsubscribe') client.topics.delete(key);
        else {
          client.topics.set(key, subscription);
          this.#begin(subscription, send);
        }
      }
    } else send('error', `Error parsing JSON into valid websocket request: ${text.slice(0, 200)}`);
  }

  /** Whether a subscription is of a stream that is served, and of a coin or an account that exists. */
  #serves({ type, coin, user, interval }: Row): boolean {
    const name = String(type);
    if (name === 'allMids') return true;
    if (accountStreams.includes(name)) return typeof user === 'string' && /^0x[0-9a-f]{40}$/i.test(user);
    if (!coinStreams.includes(name) || !this.#instruments.some(({ base }) => base === coin)) return false;
    return name !== 'candle' || intervals.includes(String(interval));
  }

  /** Sends the first message of a stream: its state so far. */
  #begin(subscription: Row, send: (channel: string, data: unknown) => void): void {
    const { type, coin, user, interval } = subscription;
    const now = this.#now();
    const one = this.#instruments.find(({ base }) => base === coin);
    if (type === 'allMids') send('allMids', { mids: this.#info({ type: 'allMids' }) });
    if (one !== undefined && type === 'trades') send('trades', this.#info({ type: 'recentTrades', coin }));
    if (one !== undefined && type === 'l2Book') send('l2Book', bookFields(this.#exchange, one, now));
    if (one !== undefined && type === 'bbo') send('bbo', bboFields(this.#exchange, one, now));
    if (one !== undefined && type === 'activeAssetCtx') send('activeAssetCtx', this.#context(one));
    if (one !== undefined && type === 'candle') this.#sendBar(one, String(interval), send);
    const account = typeof user === 'string' ? accountBy(this.#exchange, user) : undefined;
    if (type === 'userFills') {
      const fills = this.#info({ type: 'userFills', user });
      send('userFills', { isSnapshot: true, user: String(user).toLowerCase(), fills });
    }
    if (type === 'userFundings') {
      const fundings = this.#info({ type: 'userFunding', user, startTime: 0 });
      send('userFundings', { isSnapshot: true, user: String(user).toLowerCase(), fundings });
    }
    if (type === 'clearinghouseState' && account !== undefined) send('clearinghouseState', this.#state(account));
    if (type === 'spotState') send('spotState', { user, spotState: this.#info({ type: 'spotClearinghouseState', user }) });
  } // prettier-ignore

  #state(account: Account): object {
    const state = clearinghouseFields(this.#exchange.contracts!, account, this.#instruments, this.#now());
    return { dex: '', user: addressOf(account), clearinghouseState: state };
  }

  #context(one: MarketInstrument): object {
    const [, contexts] = this.#info({ type: 'metaAndAssetCtxs' }) as [object, object[]];
    return { coin: one.base, ctx: contexts[this.#instruments.indexOf(one)] };
  }

  /** The forming bar of an interval; undefined when nothing has traded in it. */
  #sendBar(one: MarketInstrument, interval: string, send: (channel: string, data: unknown) => void): void {
    const now = this.#now();
    const from = barOpen(timeframe(interval), now);
    const bar = candles(this.#exchange, one, interval, { from, to: now, now }).at(-1);
    if (bar !== undefined) send('candle', bar);
  }

  #info(row: Row): unknown {
    return answerInfo(this.#place, row, this.#now());
  }

  #pushFill(account: Account, fill: AccountFill, one: MarketInstrument): void {
    const fields = (): object => fillFields(account, fill, one);
    this.#pushTo(account, 'userFills', 'userFills', () => ({ user: addressOf(account), fills: [fields()] }));
    this.#pushTo(account, 'userEvents', 'user', () => ({ fills: [fields()] }));
  }

  /** Sends the best levels to those who follow them, where they have changed. */
  #pushTop(one: MarketInstrument): void {
    const { bid = [], ask = [] } = this.#exchange.top(one.symbol);
    const now = `${bid.join(' ')} ${ask.join(' ')}`;
    if (this.#tops.get(one.symbol) === now) return;
    this.#tops.set(one.symbol, now);
    const isWanted = ({ type, coin }: Row): boolean => type === 'bbo' && coin === one.base;
    this.#push(isWanted, 'bbo', () => bboFields(this.#exchange, one, this.#now()));
  }

  /** Sends what has changed since the last time: books, bars, middle prices and accounts. */
  #pushPulse(): void {
    if (this.#clients.size > 0) {
      for (const symbol of this.#changed) {
        const one = this.#listed(symbol)!;
        const isBook = ({ type, coin }: Row): boolean => type === 'l2Book' && coin === one.base;
        this.#push(isBook, 'l2Book', () => bookFields(this.#exchange, one, this.#now()));
        const isContext = ({ type, coin }: Row): boolean => type === 'activeAssetCtx' && coin === one.base;
        this.#push(isContext, 'activeAssetCtx', () => this.#context(one));
      }
      if (this.#changed.size > 0) {
        this.#push(({ type }) => type === 'allMids', 'allMids', () => ({ mids: this.#info({ type: 'allMids' }) }));
      }
      for (const symbol of this.#traded) this.#pushBars(this.#listed(symbol)!);
      for (const account of this.#moved) {
        this.#pushTo(account, 'clearinghouseState', 'clearinghouseState', () => this.#state(account));
      }
    }
    this.#changed.clear();
    this.#traded.clear();
    this.#moved.clear();
  } // prettier-ignore

  #pushBars(one: MarketInstrument): void {
    for (const { socket, topics } of this.#clients) {
      for (const { type, coin, interval } of topics.values()) {
        if (type !== 'candle' || coin !== one.base) continue;
        this.#sendBar(one, String(interval), (channel, data) => {
          socket.send(JSON.stringify({ channel, data }));
        });
      }
    }
  }

  #pushTo(account: Account, stream: string, channel: string, data: () => unknown): void {
    const address = addressOf(account);
    const isWanted = ({ type, user }: Row): boolean => type === stream && String(user).toLowerCase() === address;
    this.#push(isWanted, channel, data);
  }

  #push(isWanted: (subscription: Row) => boolean, channel: string, data: () => unknown): void {
    let frame: string | undefined;
    for (const { socket, topics } of this.#clients) {
      if (![...topics.values()].some(isWanted)) continue;
      frame ??= JSON.stringify({ channel, data: data() });
      socket.send(frame);
    }
  }

  /** A request over the socket. */
  #posted({ type, payload }: Row): object {
    if (!isRow(payload)) return { type: 'error', payload: 'Failed to deserialize the JSON body into the target type' };
    const { status, body } = type === 'info' ? this.#answer('/info', payload) : this.#answer('/exchange', payload);
    if (status !== 200) return { type: 'error', payload: body };
    return type === 'info' ? { type, payload: { type: payload['type'], data: body } } : { type, payload: body };
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    this.#market.settle?.();
    const { pathname } = new URL(request.url);
    const { status, body } =
      request.method === 'POST' ? this.#answer(pathname, rowIn(request.body ?? '')) : { status: 405, body: 'Method Not Allowed' };
    answer({ status, text: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  } // prettier-ignore

  #answer(path: string, row: Row): { readonly status: number; readonly body: unknown } {
    try {
      return { status: 200, body: path === '/info' ? this.#info(row) : this.#act(row) };
    } catch (error) {
      if (error instanceof UnreadableBody) return { status: 422, body: error.message };
      if (error instanceof HyperliquidRefusal) return { status: 200, body: { status: 'err', response: error.message } };
      throw error;
    }
  }

  #act(body: Row): object {
    const { checksTime = true } = this.#options;
    const signed = signedAction(this.#exchange, body);
    if (signed === undefined) throw new HyperliquidRefusal('the local exchange takes no actions that a user signs by hand'); // prettier-ignore
    const { account, nonce, action } = signed;
    const now = this.#now();
    const { expiresAfter } = body;
    if (typeof expiresAfter === 'number' && expiresAfter < now) throw new HyperliquidRefusal('Action expired');
    this.#nonces.take(account, nonce, now, checksTime);
    const own = { exchange: this.#exchange, account, instruments: this.#instruments };
    const response = actOn(own, action, now, (who, time) => {
      this.#schedule(who, time);
    });
    return { status: 'ok', response };
  }

  /** Cancels every open order of an account at a moment; a later call replaces an earlier one. */
  #schedule(account: Account, time: number | undefined): void {
    this.#schedules.get(account)?.cancel();
    this.#schedules.delete(account);
    if (time === undefined) return;
    const timer = this.#runtime.after(time - this.#now(), () => {
      this.#schedules.delete(account);
      for (const order of [...account.open]) {
        // One cancel may have ended another order with it.
        if (isOpen(order)) this.#exchange.cancel(account, order.symbol, { id: order.id });
      }
    });
    this.#schedules.set(account, timer);
  } // prettier-ignore

  #listed(symbol: string): MarketInstrument | undefined {
    return this.#instruments.find((one) => one.symbol === symbol);
  }

  #now(): number {
    return this.#exchange.now() + (this.#options.clockSkewMs?.() ?? 0);
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rowIn(text: string): Row {
  try {
    const value: unknown = JSON.parse(text);
    return isRow(value) ? value : {};
  } catch {
    return {};
  }
}
