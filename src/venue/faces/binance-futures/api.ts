/** Binance's USDT-margined contracts over a market: REST, market streams, and user-data streams with listen keys. */
import {
  ConfigError,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
  type ServedSocket,
  type Service,
  type SocketService,
  type Timer,
} from '../../../core/index.ts';
import type { Exchange } from '../../exchange/index.ts';
import type { Market, MarketInstrument } from '../../market-data.ts';
import { Allowance } from '../allowance.ts';
import { mostStreams, PublicStreams } from '../binance/public-streams.ts';
import { byName, keyHolder, restRequest, type ApiRequest } from '../binance/request.ts';
import { refusalAnswer, type Answer } from '../binance/routes.ts';
import { answerControl } from '../binance/stream-control.ts';
import { Countdowns } from '../countdowns.ts';
import type { ContractFacts } from './facts.ts';
import { markEvent, ordersPerTenSeconds, weightPerMinute } from './market-answers.ts';
import { answerContractRoute, contractRoute, hasContractPath } from './routes.ts';
import { liquidationEvent } from './user-events.ts';
import { UserStreams } from './user-streams.ts';

/** How Binance's API of contracts is served. */
export interface BinanceFuturesApiOptions {
  /** Sockets are closed after this time, as Binance does after 24 hours. Default: never. */
  readonly lifetimeMs?: number;
  /** Control frames accepted per second; a client that sends more is cut off. Default 10. */
  readonly controlLimit?: number;
  /** Where accounts trade: an exchange that was made with `contracts`. */
  readonly exchange: Exchange;
  /** Refuse signed requests whose timestamp is off. Default true. */
  readonly checksTime?: boolean;
  /** Refuse requests beyond Binance's own limits. Default false. */
  readonly limits?: boolean;
  /** How far Binance's clock is ahead of the market's at this moment, in milliseconds. Default 0. */
  readonly clockSkewMs?: () => number;
}

/** Where Binance's API of contracts is found on a server: beside that of spot, whose paths differ. */
export const binanceFuturesPaths = {
  /** Where sockets are served. */
  sockets: ['/public/', '/market/', '/private/', '/fstream/'],
  /** Where requests are served. */
  paths: ['/fapi/', '/futures/data/'],
} as const;

const listenKeyPath = '/fapi/v1/listenKey';
/** The longest single timer, in milliseconds: setTimeout fires at once beyond 24.8 days, so longer waits are split. */
const longestWait = 86_400_000;

/** Serves contracts as Binance does. */
export class BinanceFuturesApi implements Service {
  readonly #runtime: Runtime;
  readonly #options: BinanceFuturesApiOptions;
  readonly #facts: ContractFacts;
  readonly #streams: PublicStreams;
  readonly #users: UserStreams;
  readonly #controls = new Map<ServedSocket, number[]>();
  readonly #private = new Set<ServedSocket>();
  readonly #allowance: Allowance;
  readonly #orders = new Map<string, Allowance>();
  #funding: Timer | undefined;

  /** @throws {ConfigError} If the exchange trades spot. */
  constructor(runtime: Runtime, market: Market, options: BinanceFuturesApiOptions) {
    const { exchange } = options;
    const { contracts } = exchange;
    if (contracts === undefined) {
      throw new ConfigError('exchange must trade contracts: make its market with contracts: {}', {
        context: { field: 'exchange' },
      });
    }
    this.#runtime = runtime;
    this.#options = options;
    const instruments = byName(market.instruments);
    this.#facts = { market, exchange, contracts, instruments, countdowns: new Countdowns(runtime) };
    this.#streams = new PublicStreams(runtime, market, { mark: (one, now) => markEvent(contracts, one, now) });
    this.#users = new UserStreams(runtime, exchange);
    this.#allowance = new Allowance(options.limits === true ? weightPerMinute : Infinity, 60_000);
    const listed = (symbol: string): MarketInstrument => market.instruments.find((one) => one.symbol === symbol)!;
    exchange.listenToAccounts({
      report: (report) => {
        if (report.kind !== 'TRADE' || report.order.contract?.isLiquidation !== true) return;
        const one = listed(report.order.symbol);
        this.#streams.liquidated(one, liquidationEvent(report, one));
      },
    });
    this.#armFunding();
  }

  /** Connected clients, oldest first. */
  get clients(): Iterable<{
    /** The client's socket. */
    readonly socket: ServedSocket;
  }> {
    return [...this.#streams.sockets, ...this.#private].map((socket) => ({ socket }));
  }

  /** Hangs up on every client and stops. */
  stop(): void {
    this.#funding?.cancel();
    this.#facts.countdowns.stop();
    this.#streams.stop();
    this.#users.stop();
    this.hangUp();
  }

  /** Hangs up on every client, or only on user-data streams. They may reconnect. */
  hangUp(which: 'all' | 'user' = 'all'): void {
    const sockets = which === 'all' ? [...this.#streams.sockets, ...this.#private] : [...this.#private];
    for (const socket of sockets) this.#cut(socket, 'closing');
  }

  /** Pays funding on time, whether or not anything trades. */
  #armFunding(): void {
    const next = this.#facts.contracts.nextDue();
    const wait = next === Infinity ? longestWait : Math.min(longestWait, Math.max(1, next - this.#runtime.now()));
    this.#funding = this.#runtime.after(wait, () => {
      this.#facts.market.settle?.();
      this.#facts.exchange.payFunding();
      this.#armFunding();
    });
  }

  #cut(socket: ServedSocket, reason: string): void {
    this.#forget(socket);
    socket.close(reason);
  }

  #forget(socket: ServedSocket): void {
    this.#streams.closed(socket);
    this.#users.closed(socket);
    this.#controls.delete(socket);
    this.#private.delete(socket);
  }

  /** Takes a client's socket: of market streams, or of the account whose listen key it names. */
  accept(url: string, socket: ServedSocket): SocketService | undefined {
    const { pathname, searchParams } = new URL(url);
    if (pathname.startsWith('/private/')) {
      const key = searchParams.get('listenKey') ?? pathname.split('/').at(-1) ?? '';
      if (!this.#users.accept(key, socket)) return undefined;
      this.#private.add(socket);
    } else {
      const raw = /^\/\w+(?:\/stream)?\/ws(?:\/(.*))?$/.exec(pathname);
      const named = (raw?.[1] ?? searchParams.get('streams') ?? '').split('/').filter((name) => name !== '');
      // ccxt numbers its connections by a path of digits.
      const streams = raw === null ? named : named.filter((name) => !/^\d+$/.test(name));
      if (streams.length > mostStreams || streams.some((name) => !this.#streams.isStream(name))) return undefined;
      this.#streams.opened(socket, raw === null, streams);
    }
    this.#controls.set(socket, []);
    if (this.#options.lifetimeMs !== undefined) {
      this.#runtime.after(this.#options.lifetimeMs, () => {
        if (this.#controls.has(socket)) this.#cut(socket, 'the lifetime of the connection has ended');
      });
    }
    return {
      frame: (text) => {
        this.#control(socket, text);
      },
      closed: () => {
        this.#forget(socket);
      },
    };
  }

  #control(socket: ServedSocket, text: string): void {
    const before = this.#controls.get(socket);
    if (before === undefined || this.#private.has(socket)) return;
    const now = this.#runtime.elapsed();
    const controls = [...before.filter((at) => at > now - 1000), now];
    this.#controls.set(socket, controls);
    if (controls.length > (this.#options.controlLimit ?? 10)) this.#cut(socket, 'too many control frames');
    else socket.send(answerControl(this.#streams, socket, text));
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    const { pathname, search } = new URL(request.url);
    const now = this.#now();
    const apiKey = Object.entries(request.headers ?? {}).find(([name]) => name.toLowerCase() === 'x-mbx-apikey')?.[1];
    const asked = restRequest(search, request.body ?? '', apiKey, now);
    this.#facts.market.settle?.();
    this.#facts.exchange.payFunding();
    if (pathname === listenKeyPath) {
      const { status, body } = this.#listenKey(request.method, asked);
      answer(json(status, body));
      return;
    }
    const route = contractRoute(`${request.method} ${pathname}`);
    if (route === undefined) {
      const status = hasContractPath(pathname) ? 405 : 404;
      answer(json(status, { code: -5000, msg: `Path ${pathname}, Method ${request.method} is invalid` }));
      return;
    }
    const weight = typeof route.weight === 'number' ? route.weight : route.weight(asked.params);
    const refused = this.#refusal(weight, route.orders ?? 0, apiKey ?? '', now);
    const headers = { 'x-mbx-used-weight-1m': String(this.#allowance.used(now)) };
    if (refused !== undefined) {
      answer(json(refused.status, refused.body, { ...headers, 'retry-after': '10' }));
      return;
    }
    const { status, body } = answerContractRoute(route, asked, this.#facts, this.#options.checksTime ?? true);
    if (pathname === '/fapi/v1/leverage' && status === 200) this.#configured(asked);
    answer(json(status, body, headers));
  }

  /** Starts, renews or ends the user-data stream of a key; these requests are not signed. */
  #listenKey(method: string, asked: ApiRequest): Answer {
    try {
      const account = keyHolder(this.#facts.exchange, asked);
      if (method === 'POST') return { status: 200, body: { listenKey: this.#users.open(account) } };
      if (method === 'PUT') return { status: 200, body: { listenKey: this.#users.renew(account) } };
      if (method !== 'DELETE') return { status: 405, body: { code: -5000, msg: `Method ${method} is invalid` } };
      this.#users.close(account);
      return { status: 200, body: {} };
    } catch (error) {
      return refusalAnswer(error);
    }
  }

  #configured(asked: ApiRequest): void {
    const { exchange, instruments } = this.#facts;
    const account = exchange.accountOf(asked.apiKey ?? '');
    const one = instruments.get(asked.params.get('symbol') ?? '');
    if (account !== undefined && one !== undefined) this.#users.configured(account, one.symbol);
  }

  /** Counts weight and orders against the limits; returns a refusal when too little is left. */
  #refusal(weight: number, orders: number, apiKey: string, now: number): Answer | undefined {
    if (weight > 0 && this.#allowance.take(weight, now).waitMs > 0) {
      const msg = `Too many requests; current limit is ${weightPerMinute} requests per minute. Please use the websocket for live updates to avoid polling the API.`;
      return { status: 429, body: { code: -1003, msg } };
    }
    if (orders === 0) return undefined;
    let own = this.#orders.get(apiKey);
    if (own === undefined) {
      own = new Allowance(this.#options.limits === true ? ordersPerTenSeconds : Infinity, 10_000);
      this.#orders.set(apiKey, own);
    }
    if (own.take(orders, now).waitMs === 0) return undefined;
    const msg = `Too many new orders; current limit is ${ordersPerTenSeconds} orders per TEN_SECONDS.`;
    return { status: 429, body: { code: -1015, msg } };
  }

  #now(): number {
    return this.#facts.exchange.now() + (this.#options.clockSkewMs?.() ?? 0);
  }
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, text: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}
