/** The face of Binance spot: market streams, the WebSocket API with the user-data stream, and REST, over one market. */
import type { HttpRequest, HttpResponse, Runtime, ServedSocket, Service, SocketService } from '../../core/index.ts';
import { answerRoute, askedByRest, byName, levelText, objectOf, PublicStreams, routeOf, ordersPerTenSeconds, SocketApi, weightPerMinute, type Facts } from '../faces/binance/index.ts'; // prettier-ignore
import type { Exchange } from '../exchange/index.ts';
import type { Market, MarketBook, MarketInstrument } from '../market/index.ts';
import { Allowance } from '../rest/index.ts';

/** How the face behaves. */
export interface BinanceFaceOptions {
  /** Sockets are closed after this time, as the venue does once a day. */
  readonly lifetimeMs?: number;
  /** Control frames taken a second; a client that sends more is cut off. Default 5. */
  readonly controlLimit?: number;
  /** Where accounts trade. Without it the face shows the market alone. */
  readonly exchange?: Exchange;
  /** Refuse signed requests whose timestamp is off. Clients cannot keep up with a clock that runs fast. Default true. */
  readonly checksTime?: boolean;
  /** Refuse requests beyond the venue's own allowance. Default false. */
  readonly limits?: boolean;
}

/** Refusals within a minute that turn into a ban. */
const refusalsBeforeBan = 20;

export class BinanceFace implements Service {
  readonly #runtime: Runtime;
  readonly #options: BinanceFaceOptions;
  readonly #facts: Facts;
  readonly #streams: PublicStreams;
  readonly #api: SocketApi;
  readonly #controls = new Map<ServedSocket, number[]>();
  readonly #allowance: Allowance;
  readonly #orders = new Map<string, Allowance>();

  constructor(runtime: Runtime, market: Market, options: BinanceFaceOptions = {}) {
    this.#runtime = runtime;
    this.#options = options;
    this.#facts = { market, exchange: options.exchange, instruments: byName(market.instruments) };
    this.#streams = new PublicStreams(runtime, market);
    this.#api = new SocketApi(this.#facts, () => this.#now(), options.checksTime ?? true);
    this.#allowance = new Allowance(options.limits === true ? weightPerMinute : Infinity, 60_000);
  }

  /** Who is connected, to streams and to the WebSocket API, oldest first. */
  get clients(): Iterable<{ readonly socket: ServedSocket }> {
    return [...this.#streams.sockets, ...this.#api.sockets].map((socket) => ({ socket }));
  }

  /** Hangs up on every client and stops. */
  stop(): void {
    this.#streams.stop();
    this.hangUp();
  }

  /** Hangs up on every client, or on those of the user-data stream alone. They may come back. */
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
        if (this.#controls.has(socket)) this.#cut(socket, 'the day is over');
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
    const { used, waitMs, refused } = this.#allowance.take(route.weight, now);
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
    const asked = askedByRest(search, request.body ?? '', headerOf(request, 'x-mbx-apikey'), now);
    const { status, body } = answerRoute(route, asked, this.#facts, this.#options.checksTime ?? true);
    answer(json(status, body, headers));
  }

  /** Whether an account may send another order within these ten seconds. */
  #mayOrder(request: HttpRequest, now: number): boolean {
    const key = headerOf(request, 'x-mbx-apikey') ?? '';
    const orders = this.#orders.get(key) ?? new Allowance(ordersPerTenSeconds, 10_000);
    this.#orders.set(key, orders);
    return orders.take(1, now).waitMs === 0;
  }

  #now(): number {
    return this.#options.exchange?.now() ?? Math.floor(this.#runtime.now());
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
