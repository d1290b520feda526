/** Binance spot over a market: market streams, the WebSocket API with user-data streams, and REST. */
import type { HttpRequest, HttpResponse, Runtime, ServedSocket, Service, SocketService } from '../../../core/index.ts';
import type { Exchange } from '../../exchange/index.ts';
import type { Market, MarketBook, MarketInstrument } from '../../market-data.ts';
import { Allowance } from '../allowance.ts';
import { levelText } from './fields.ts';
import { ordersPerTenSeconds, weightPerMinute, type Facts } from './facts.ts';
import { mostStreams, PublicStreams } from './public-streams.ts';
import { byName, restRequest } from './request.ts';
import { answerRoute, hasPath, routeOf, weightOf, type Answer } from './routes.ts';
import { SocketApi } from './socket-api.ts';
import { answerControl } from './stream-control.ts';
import { inMicroseconds } from './time-unit.ts';

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

/** Binance of the local exchange: spot over REST and WebSocket, with its limits and filters. */
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
    this.#allowance = new Allowance(options.limits === true ? weightPerMinute : Infinity, 60_000);
    this.#api = new SocketApi(this.#facts, {
      now: () => this.#now(),
      checksTime: options.checksTime ?? true,
      take: (weight, orders, apiKey) => this.#refusal(weight, orders, apiKey, this.#now())?.answer,
    });
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
  accept(url: string, socket: ServedSocket): SocketService | undefined {
    const { pathname, searchParams } = new URL(url);
    const unit = searchParams.get('timeUnit') ?? 'millisecond';
    if (!/^(?:milli|micro)second$/i.test(unit)) return undefined;
    const isMicro = /^micro/i.test(unit);
    const isApi = pathname.startsWith('/ws-api/');
    if (isApi) this.#api.opened(socket, isMicro);
    else {
      const raw = /^(?:\/stream)?\/ws(?:\/(.*))?$/.exec(pathname);
      const named = (raw?.[1] ?? searchParams.get('streams') ?? '').split('/').filter((name) => name !== '');
      // ccxt numbers its connections by a path of digits.
      const streams = raw === null ? named : named.filter((name) => !/^\d+$/.test(name));
      if (streams.length > mostStreams || streams.some((name) => !this.#streams.isStream(name))) return undefined;
      this.#streams.opened(socket, raw === null, streams, isMicro);
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

  /** A frame from a client of market streams. */
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
    socket.send(answerControl(this.#streams, socket, text));
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    const { pathname, search } = new URL(request.url);
    const route = routeOf(`${request.method} ${pathname}`);
    if (route === undefined) {
      const status = hasPath(pathname) ? 405 : 404;
      answer(json(status, { code: -1000, msg: `this exchange has no ${request.method} ${pathname}` }));
      return;
    }
    this.#facts.market.settle?.();
    const now = this.#now();
    const apiKey = headerOf(request, 'x-mbx-apikey');
    const asked = restRequest(search, request.body ?? '', apiKey, now);
    const refused = this.#refusal(weightOf(route, asked.params), route.orders ?? 0, apiKey, now);
    const headers: Record<string, string> = { ...this.#usedHeaders(now), ...refused?.headers };
    if (refused !== undefined) {
      answer(json(refused.answer.status, refused.answer.body, headers));
      return;
    }
    const unit = headerOf(request, 'x-mbx-time-unit') ?? 'MILLISECOND';
    if (!/^(?:MILLI|MICRO)SECOND$/i.test(unit)) {
      const msg = 'Invalid value for time unit; expected either MICROSECOND or MILLISECOND.';
      answer(json(400, { code: -1194, msg }, headers));
      return;
    }
    const { status, body } = answerRoute(route, asked, this.#facts, this.#options.checksTime ?? true);
    if (route.orders !== undefined && status === 200) Object.assign(headers, this.#orderHeaders(apiKey ?? '', now));
    answer(json(status, /^MICRO/i.test(unit) ? inMicroseconds(body, route.isKlines) : body, headers));
  }

  /** Counts weight and orders against the limits; returns a refusal when too little is left. */
  #refusal(
    weight: number,
    orders: number,
    apiKey: string | undefined,
    now: number,
  ): { readonly answer: Answer; readonly headers: Readonly<Record<string, string>> } | undefined {
    const { waitMs, refused } = this.#allowance.take(weight, now);
    if (waitMs > 0) {
      const isBan = refused > refusalsBeforeBan;
      const msg = isBan
        ? `Way too much request weight used; IP banned until ${now + waitMs}. Please use WebSocket Streams for live updates to avoid bans.`
        : `Too much request weight used; current limit is ${weightPerMinute} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`;
      return {
        answer: { status: isBan ? 418 : 429, body: { code: -1003, msg } },
        headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
      };
    }
    if (orders === 0) return undefined;
    if (this.#ordersOf(apiKey ?? '').take(orders, now).waitMs === 0) return undefined;
    const msg = `Too many new orders; current limit is ${ordersPerTenSeconds} orders per 10 SECOND.`;
    return { answer: { status: 429, body: { code: -1015, msg } }, headers: { 'retry-after': '10' } };
  }

  #usedHeaders(now: number): Record<string, string> {
    const used = String(this.#allowance.used(now));
    return { 'x-mbx-used-weight': used, 'x-mbx-used-weight-1m': used };
  }

  #orderHeaders(apiKey: string, now: number): Record<string, string> {
    const used = String(this.#ordersOf(apiKey).used(now));
    return { 'x-mbx-order-count-10s': used };
  }

  #ordersOf(apiKey: string): Allowance {
    let orders = this.#orders.get(apiKey);
    if (orders === undefined) {
      orders = new Allowance(this.#options.limits === true ? ordersPerTenSeconds : Infinity, 10_000);
      this.#orders.set(apiKey, orders);
    }
    return orders;
  }

  #now(): number {
    const now = this.#options.exchange?.now() ?? Math.floor(this.#runtime.now());
    return now + (this.#options.clockSkewMs?.() ?? 0);
  }
}

function headerOf({ headers = {} }: HttpRequest, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** A book as `GET /api/v3/depth` answers it. */
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
