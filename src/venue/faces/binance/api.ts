/** Binance spot over a market: market streams, the WebSocket API with user-data streams, and REST. */
import type { HttpRequest, HttpResponse, Runtime, ServedSocket, Service, SocketService } from '../../../core/index.ts';
import type { Exchange } from '../../exchange/index.ts';
import type { Market, MarketBook, MarketInstrument } from '../../market-data.ts';
import { Allowance } from '../allowance.ts';
import { levelText } from './fields.ts';
import { ordersPerTenSeconds, weightPerMinute, type Facts } from './market-answers.ts';
import { PublicStreams } from './public-streams.ts';
import { askedByRest, byName, objectOf } from './request.ts';
import { answerRoute, routeOf } from './routes.ts';
import { SocketApi } from './socket-api.ts';

/** How Binance's API is served. */
export interface BinanceApiOptions {
  /** Sockets are closed after this time, as Binance does after 24 hours. Default: never. */
  readonly lifetimeMs?: number;
  /** Control frames accepted per second; a client that sends more is cut off. Default 5. */
  readonly controlLimit?: number;
  /** Where accounts trade. Default: market data only. */
  readonly exchange?: Exchange;
  /** Refuse signed requests whose timestamp is off. Clients cannot follow a clock that runs fast. Default true. */
  readonly checksTime?: boolean;
  /** Refuse requests beyond Binance's own limits. Default false. */
  readonly limits?: boolean;
  /** How far Binance's clock is ahead of the market's at this moment, in milliseconds. Default 0. */
  readonly clockSkewMs?: () => number;
}

/** Where Binance's API is found on a server. */
export const binancePaths = {
  /** Where sockets are served. */
  sockets: ['/stream', '/ws'],
  /** Where requests are served. */
  paths: ['/api/', '/sapi/', '/fapi/', '/dapi/'],
} as const;

/** Refusals within a minute that turn into a ban. */
const refusalsBeforeBan = 20;

export class BinanceApi implements Service {
  readonly #runtime: Runtime;
  readonly #options: BinanceApiOptions;
  readonly #facts: Facts;
  readonly #streams: PublicStreams;
  readonly #api: SocketApi;
  readonly #controls = new Map<ServedSocket, number[]>();
  readonly #allowance: Allowance;
  readonly #orders = new Map<string, Allowance>();

  constructor(runtime: Runtime, market: Market, options: BinanceApiOptions = {}) {
    this.#runtime = runtime;
    this.#options = options;
    this.#facts = { market, exchange: options.exchange, instruments: byName(market.instruments) };
    this.#streams = new PublicStreams(runtime, market);
    this.#api = new SocketApi(this.#facts, () => this.#now(), options.checksTime ?? true);
    this.#allowance = new Allowance(options.limits === true ? weightPerMinute : Infinity, 60_000);
  }

  /** Connected clients: of market streams, then of the WebSocket API, oldest first. */
  get clients(): Iterable<{
    /** The client's socket. */
    readonly socket: ServedSocket;
  }> {
    return [...this.#streams.sockets, ...this.#api.sockets].map((socket) => ({ socket }));
  }

  /** Hangs up on every client and stops. */
  stop(): void {
    this.#streams.stop();
    this.hangUp();
  }

  /** Hangs up on every client, or only on those of the WebSocket API and its user-data streams. They may reconnect. */
  hangUp(which: 'all' | 'user' = 'all'): void {
    const sockets = which === 'all' ? [...this.#streams.sockets, ...this.#api.sockets] : [...this.#api.sockets];
    for (const socket of sockets) this.#cut(socket, 'closing');
  }

  #cut(socket: ServedSocket, reason: string): void {
    this.#forget(socket);
    socket.close(reason);
  }

  #forget(socket: ServedSocket): void {
    this.#streams.closed(socket);
    this.#api.closed(socket);
    this.#controls.delete(socket);
  }

  /** Takes a client's socket. */
  accept(url: string, socket: ServedSocket): SocketService {
    const { pathname, searchParams } = new URL(url);
    const isApi = pathname.startsWith('/ws-api/');
    if (isApi) this.#api.opened(socket);
    else {
      const raw = /^(?:\/stream)?\/ws(?:\/(.*))?$/.exec(pathname);
      const named = raw?.[1] ?? searchParams.get('streams') ?? '';
      this.#streams.opened(socket, raw === null, named.split('/').filter((name) => name !== '')); // prettier-ignore
    }
    this.#controls.set(socket, []);
    if (this.#options.lifetimeMs !== undefined) {
      this.#runtime.after(this.#options.lifetimeMs, () => {
        if (this.#controls.has(socket)) this.#cut(socket, 'the lifetime of the connection has ended');
      });
    }
    return {
      frame: (text) => {
        if (isApi) this.#api.frame(socket, text);
        else this.#control(socket, text);
      },
      closed: () => {
        this.#forget(socket);
      },
    };
  }

  #control(socket: ServedSocket, text: string): void {
    const before = this.#controls.get(socket);
    if (before === undefined) return;
    const now = this.#runtime.elapsed();
    const controls = [...before.filter((at) => at > now - 1000), now];
    this.#controls.set(socket, controls);
    if (controls.length > (this.#options.controlLimit ?? 5)) {
      this.#cut(socket, 'too many control frames');
      return;
    }
    const asked = objectOf(text);
    if (asked === undefined) {
      socket.send(JSON.stringify({ error: { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' } }));
      return;
    }
    const id = asked['id'] ?? null;
    const streams = Array.isArray(asked['params']) ? asked['params'].map(String) : [];
    if (asked['method'] === 'SUBSCRIBE') for (const stream of streams) this.#streams.subscribe(socket, stream);
    else if (asked['method'] === 'UNSUBSCRIBE') for (const stream of streams) this.#streams.unsubscribe(socket, stream);
    else if (asked['method'] === 'LIST_SUBSCRIPTIONS') {
      socket.send(JSON.stringify({ result: this.#streams.streamsOf(socket), id }));
      return;
    } else {
      const msg = `Invalid request: unknown variant \`${String(asked['method'])}\``;
      socket.send(JSON.stringify({ error: { code: 2, msg }, id }));
      return;
    }
    socket.send(JSON.stringify({ result: null, id }));
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    const { pathname, search } = new URL(request.url);
    const route = routeOf(`${request.method} ${pathname}`);
    if (route === undefined) {
      answer(json(404, { code: -1000, msg: `this exchange has no ${request.method} ${pathname}` }));
      return;
    }
    this.#facts.market.settle?.();
    const now = this.#now();
    const asked = askedByRest(search, request.body ?? '', headerOf(request, 'x-mbx-apikey'), now);
    const weight = typeof route.weight === 'number' ? route.weight : route.weight(asked.params);
    const { used, waitMs, refused } = this.#allowance.take(weight, now);
    const headers = { 'x-mbx-used-weight': String(used), 'x-mbx-used-weight-1m': String(used) };
    if (waitMs > 0) {
      const status = refused > refusalsBeforeBan ? 418 : 429;
      const body = { code: -1003, msg: 'Too much request weight used.' };
      answer(json(status, body, { ...headers, 'retry-after': String(Math.ceil(waitMs / 1000)) }));
      return;
    }
    if (route.isOrder === true && this.#options.limits === true && !this.#mayOrder(request, now)) {
      const msg = 'Too many new orders; current limit is 100 orders per 10 SECOND.';
      answer(json(429, { code: -1015, msg }, { ...headers, 'retry-after': '10' }));
      return;
    }
    const { status, body } = answerRoute(route, asked, this.#facts, this.#options.checksTime ?? true);
    answer(json(status, body, headers));
  }

  /** Whether a key may send another order within the present ten seconds. */
  #mayOrder(request: HttpRequest, now: number): boolean {
    const key = headerOf(request, 'x-mbx-apikey') ?? '';
    const orders = this.#orders.get(key) ?? new Allowance(ordersPerTenSeconds, 10_000);
    this.#orders.set(key, orders);
    return orders.take(1, now).waitMs === 0;
  }

  #now(): number {
    const now = this.#options.exchange?.now() ?? Math.floor(this.#runtime.now());
    return now + (this.#options.clockSkewMs?.() ?? 0);
  }
}

function headerOf({ headers = {} }: HttpRequest, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** A book as the venue answers it. */
export function binanceDepth(book: MarketBook, instrument: MarketInstrument): HttpResponse {
  return json(200, {
    lastUpdateId: book.updateId,
    bids: book.bids.map((level) => levelText(level, instrument)),
    asks: book.asks.map((level) => levelText(level, instrument)),
  });
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, text: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}
