/** Bybit spot, and linear perpetuals where there is a market of them: public streams, bars and trades over REST, and for accounts orders and their private stream. */
import {
  timeframe,
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
import { barsBetween } from '../bars.ts';
import { JoinedMarket } from '../joined-market.ts';
import { UnifiedExchanges } from '../unified-account.ts';
import { fundingHistory, linearTicker } from './contract-facts.ts';
import { barRow, categoryOf, listing, nameOf, rowOf, tradeEvent, tradeFields } from './fields.ts';
import { BybitPrivateStream } from './private-stream.ts';
import { answerPrivate } from './trading.ts';
import { BybitRefusal } from './words.ts';

/** How Bybit's API is served. */
export interface BybitApiOptions {
  /** Where accounts trade. Default: market data only. */
  readonly exchange?: Exchange;
  /** Linear perpetuals beside spot: a market of them, and where accounts trade them. Default: none, spot alone. */
  readonly contracts?: {
    /** Their market. */
    readonly market: Market;
    /** Where accounts trade them. */
    readonly exchange: Exchange;
  };
  /** Refuse signed requests whose timestamp is off. Clients cannot follow a clock that runs fast. Default true. */
  readonly checksTime?: boolean;
  /** How far Bybit's clock is ahead of the market's at this moment, in milliseconds. Default 0. */
  readonly clockSkewMs?: () => number;
}

/** Where Bybit's API is found on a server. */
export const bybitPaths = {
  /** Where sockets are served. */
  sockets: ['/v5/public/', '/v5/private'],
  /** Where requests are served. */
  paths: ['/v5/'],
} as const;

interface Client {
  readonly socket: ServedSocket;
  /** Spot and perpetuals share names: each has sockets of its own. */
  readonly category: string;
  readonly topics: Set<string>;
}

/** What has changed of a book since its last push. */
interface Changes {
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
  /** The number of the last push: they rise by one. */
  pushed: number;
}

const intervals: Readonly<Record<string, string>> = { D: '1d', W: '1w' };

/** Bybit of the local exchange: version 5 over REST and WebSocket, spot and perpetuals. */
export class BybitApi implements Service {
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #exchanges: UnifiedExchanges | undefined;
  readonly #options: BybitApiOptions;
  readonly #private: BybitPrivateStream | undefined;
  readonly #clients = new Set<Client>();
  readonly #changed = new Map<string, Changes>();
  readonly #tops = new Map<string, string>();
  #tickersPushed = -Infinity;
  readonly #timer: Timer;

  constructor(runtime: Runtime, market: Market, options: BybitApiOptions = {}) {
    this.#runtime = runtime;
    this.#options = options;
    const { exchange, contracts, checksTime = true } = options;
    const all = contracts === undefined ? market : new JoinedMarket([market, contracts.market]);
    this.#market = all;
    this.#exchanges = exchange === undefined ? undefined : new UnifiedExchanges(runtime, exchange, contracts?.exchange);
    if (this.#exchanges !== undefined) this.#private = new BybitPrivateStream(this.#exchanges, () => this.#now(), checksTime); // prettier-ignore
    for (const { symbol } of all.instruments) {
      this.#changed.set(symbol, { bids: new Map(), asks: new Map(), pushed: 1 });
    }
    all.listen({
      trade: (symbol, trade) => {
        const instrument = this.#instrument(symbol);
        this.#push(instrument, `publicTrade.${nameOf(instrument)}`, 'snapshot', () => [tradeEvent(trade, instrument)]);
      },
      change: (symbol, _updateId, changes) => {
        const changed = this.#changed.get(symbol)!;
        for (const { side, price, size } of changes) (side === 'bid' ? changed.bids : changed.asks).set(price, size);
        this.#pushTop(symbol);
      },
    });
    this.#timer = runtime.every(100, () => {
      for (const { symbol } of all.instruments) this.#pushBook(symbol);
      this.#pushTickers();
    });
  }

  /** Hangs up on every client and stops. */
  stop(): void {
    this.#timer.cancel();
    this.hangUp();
    this.#exchanges?.countdowns.stop();
  }

  /** Hangs up on every client, or only on those of the private stream. They may reconnect. */
  hangUp(which: 'all' | 'user' = 'all'): void {
    for (const socket of [...(this.#private?.sockets ?? [])]) {
      this.#private?.closed(socket);
      socket.close('closing');
    }
    if (which === 'user') return;
    for (const { socket } of this.#clients) socket.close('closing');
    this.#clients.clear();
  }

  /** Takes a client's socket. */
  accept(url: string, socket: ServedSocket): SocketService | undefined {
    const { pathname } = new URL(url);
    if (pathname === '/v5/private') {
      const stream = this.#private;
      if (stream === undefined) return undefined;
      stream.opened(socket);
      return {
        frame: (text) => {
          const { op, args, req_id } = requestOf(text);
          stream.frame(socket, op, args, req_id);
        },
        closed: () => {
          stream.closed(socket);
        },
      };
    }
    const [, category] = /^\/v5\/public\/(spot|linear|inverse)$/.exec(pathname) ?? [];
    if (category === undefined) return undefined;
    const client: Client = { socket, category, topics: new Set() };
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
    const { op, args, req_id } = requestOf(text);
    const answer = (success: boolean, message: string): void => {
      client.socket.send(JSON.stringify({ success, ret_msg: message, conn_id: 'local', req_id: req_id ?? '', op }));
    };
    if (op === 'ping') {
      answer(true, 'pong');
      return;
    }
    const topics = args.map(String);
    const unknown = topics.find((topic) => this.#instrumentOf(topic, client.category) === undefined);
    if ((op !== 'subscribe' && op !== 'unsubscribe') || unknown !== undefined) {
      answer(false, unknown === undefined ? 'Invalid op' : `Invalid symbol :[${unknown}]`);
      return;
    }
    answer(true, op);
    for (const topic of topics) {
      if (op === 'unsubscribe') client.topics.delete(topic);
      else {
        const instrument = this.#instrumentOf(topic, client.category)!;
        // What changed since the last push goes out first, so that the new client's book begins where the next push follows on.
        if (topic.startsWith('orderbook.')) this.#pushBook(instrument.symbol);
        client.topics.add(topic);
        if (topic.startsWith('orderbook.')) client.socket.send(this.#book(topic, instrument));
        if (topic.startsWith('tickers.')) client.socket.send(this.#tickerFrame(topic, instrument));
      }
    }
  }

  /** The instrument of a topic that is served: trades, and books of some depth. */
  #instrumentOf(topic: string, category: string): MarketInstrument | undefined {
    const served = category === 'spot' ? /^(?:publicTrade|orderbook\.(?:1|50|200|1000))\.(\w+)$/ : /^(?:publicTrade|tickers|orderbook\.(?:1|50|200|1000))\.(\w+)$/; // prettier-ignore
    return this.#listed(served.exec(topic)?.[1], category);
  }

  #listed(name: string | null | undefined, category: string): MarketInstrument | undefined {
    return this.#market.instruments.find((one) => nameOf(one) === name && categoryOf(one) === category);
  }

  /** Mark, funding and prices of a perpetual, whole each time. */
  #tickerFrame(topic: string, instrument: MarketInstrument): string {
    const data = linearTicker(this.#options.contracts!.exchange, instrument, this.#now());
    return JSON.stringify({ topic, type: 'snapshot', ts: this.#now(), data, cs: 1 });
  }

  /** Sends tickers of perpetuals to those who follow them, each second. */
  #pushTickers(): void {
    if (this.#options.contracts === undefined || this.#runtime.elapsed() - this.#tickersPushed < 1_000) return;
    this.#tickersPushed = this.#runtime.elapsed();
    for (const { socket, topics, category } of this.#clients) {
      for (const topic of topics) {
        if (topic.startsWith('tickers.')) socket.send(this.#tickerFrame(topic, this.#instrumentOf(topic, category)!));
      }
    }
  }

  /** A whole book. */
  #book(topic: string, instrument: MarketInstrument): string {
    const depth = Number(topic.split('.')[1]);
    const { bids, asks } = this.#market.book(instrument.symbol, depth);
    const rows = (levels: typeof bids): string[][] => levels.map((level) => rowOf(level, instrument));
    const u = this.#changed.get(instrument.symbol)!.pushed;
    const data = { s: nameOf(instrument), b: rows(bids), a: rows(asks), u, seq: u };
    return JSON.stringify({ topic, type: 'snapshot', ts: this.#now(), data, cts: this.#now() });
  }

  /** Sends what has changed of a book. Books of several depths go by the same numbers, and hold all levels. */
  #pushBook(symbol: string): void {
    const changed = this.#changed.get(symbol)!;
    if (changed.bids.size + changed.asks.size === 0) return;
    const instrument = this.#instrument(symbol);
    const rows = (levels: ReadonlyMap<number, number>): string[][] =>
      [...levels].map((level) => rowOf(level, instrument));
    const u = ++changed.pushed;
    const data = { s: nameOf(instrument), b: rows(changed.bids), a: rows(changed.asks), u, seq: u };
    changed.bids.clear();
    changed.asks.clear();
    for (const depth of [50, 200, 1000])
      this.#push(instrument, `orderbook.${depth}.${nameOf(instrument)}`, 'delta', () => data);
  }

  /** Sends the best levels to those who follow them, where they have changed. */
  #pushTop(symbol: string): void {
    const instrument = this.#instrument(symbol);
    const topic = `orderbook.1.${nameOf(instrument)}`;
    const clients = [...this.#clients].filter(
      ({ topics, category }) => category === categoryOf(instrument) && topics.has(topic),
    );
    if (clients.length === 0) return;
    const { bid = [], ask = [] } = this.#market.top(symbol);
    const now = `${bid.join(' ')} ${ask.join(' ')}`;
    if (this.#tops.get(symbol) === now) return;
    this.#tops.set(symbol, now);
    const frame = this.#book(topic, instrument);
    for (const { socket } of clients) socket.send(frame);
  }

  #push(instrument: MarketInstrument, topic: string, type: string, data: () => object): void {
    let frame: string | undefined;
    for (const { socket, topics, category } of this.#clients) {
      if (category !== categoryOf(instrument) || !topics.has(topic)) continue;
      frame ??= JSON.stringify({ topic, type, ts: this.#now(), data: data() });
      socket.send(frame);
    }
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    this.#market.settle?.();
    const send = (code: number, message: string, result: object, status = 200): void => {
      const body = { retCode: code, retMsg: message, result, retExtInfo: {}, time: this.#now() };
      answer({ status, text: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    };
    try {
      const result = this.#result(request);
      if (result === undefined) send(404, `this exchange has no ${request.method} ${request.url}`, {}, 404);
      else send(0, 'OK', result);
    } catch (error) {
      if (!(error instanceof BybitRefusal)) throw error;
      send(error.code, error.message, {});
    }
  }

  #result(request: HttpRequest): object | undefined {
    const { pathname, search, searchParams } = new URL(request.url);
    const { checksTime = true } = this.#options;
    if (pathname.startsWith('/v5/market/')) return this.#public(pathname.replace('/v5/market/', ''), searchParams);
    if (this.#exchanges === undefined) return undefined;
    const { method, body = '', headers = {} } = request;
    const header = (name: string): string | undefined =>
      Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
    const signed = { method, path: pathname, query: search.replace(/^\?/, ''), body, header, now: this.#now() };
    return answerPrivate(this.#exchanges, signed, checksTime);
  }

  /** Market data over REST; undefined where there is no such endpoint. */
  #public(what: string, query: URLSearchParams): object | undefined {
    const now = this.#now();
    if (what === 'time') return { timeSecond: String(Math.floor(now / 1000)), timeNano: `${now}000000` };
    const category = query.get('category') ?? 'spot';
    if (what === 'instruments-info') {
      const isWanted = (one: MarketInstrument): boolean => categoryOf(one) === category && [null, nameOf(one)].includes(query.get('symbol'));
      const maxLeverage = this.#options.contracts?.exchange.contracts?.margins.brackets[0]?.maxLeverage;
      const list = this.#market.instruments.filter(isWanted).map((one) => listing(one, this.#exchanges?.isHalted(one.symbol) === true, maxLeverage));
      return { category, list, nextPageCursor: '' };
    }
    if (!['kline', 'recent-trade', 'orderbook', 'tickers', 'funding/history'].includes(what)) return undefined;
    const instrument = this.#listed(query.get('symbol'), category);
    if (instrument === undefined) throw new BybitRefusal(10001, 'params error: Symbol Is Invalid');
    const { symbol } = instrument;
    const contracts = instrument.settle === undefined ? undefined : this.#options.contracts?.exchange;
    if (what === 'funding/history') return { category, list: contracts === undefined ? [] : fundingHistory(contracts, instrument, query) };
    if (what === 'tickers' && contracts !== undefined) return { category, list: [linearTicker(contracts, instrument, now)] };
    if (what === 'kline') return this.#bars(instrument, query);
    if (what === 'orderbook') {
      const { bids, asks } = this.#market.book(symbol, Math.min(200, Number(query.get('limit') ?? 1)));
      const rows = (levels: typeof bids): string[][] => levels.map((level) => rowOf(level, instrument));
      return { s: nameOf(instrument), b: rows(bids), a: rows(asks), ts: now, u: this.#changed.get(symbol)!.pushed };
    }
    if (what === 'tickers') {
      const { bid, ask } = this.#market.top(symbol);
      const [bids = ['', ''], asks = ['', '']] = [bid, ask].map((level) => (level === undefined ? undefined : rowOf(level, instrument)));
      const [last] = this.#market.trades(symbol, 1);
      const lastPrice = last === undefined ? '' : rowOf([last.price, 0], instrument)[0];
      return { category, list: [{ symbol: nameOf(instrument), bid1Price: bids[0], bid1Size: bids[1], ask1Price: asks[0], ask1Size: asks[1], lastPrice }] };
    }
    const limit = Math.min(60, Number(query.get('limit') ?? 60));
    return { category, list: [...this.#market.trades(symbol, limit)].reverse().map((trade) => tradeFields(trade, instrument)) };
  } // prettier-ignore

  /** Bars of a span, the newest first; the newest of it where it holds more. */
  #bars(instrument: MarketInstrument, query: URLSearchParams): object {
    const interval = query.get('interval') ?? '1';
    const name = intervals[interval] ?? (/^\d+$/.test(interval) ? minutesName(Number(interval)) : undefined);
    if (name === undefined) throw new BybitRefusal(10001, 'params error: Interval Is Invalid');
    const frame = timeframe(name);
    const now = this.#now();
    const limit = Math.min(1000, Number(query.get('limit') ?? 200));
    const start = query.has('start') ? Number(query.get('start')) : undefined;
    const end = Math.min(now, Number(query.get('end') ?? Infinity));
    const from = start === undefined ? undefined : Math.max(start, end - limit * frame.ms!);
    const bars = barsBetween(this.#market, instrument.symbol, { frame, from, to: end, limit: limit + 1, now });
    const list = bars.slice(-limit).reverse().map((bar) => barRow(bar, instrument)); // prettier-ignore
    return { category: categoryOf(instrument), symbol: nameOf(instrument), list };
  }

  #instrument(symbol: string): MarketInstrument {
    return this.#market.instruments.find((one) => one.symbol === symbol)!;
  }

  #now(): number {
    const now = this.#options.exchange?.now() ?? Math.floor(this.#runtime.now());
    return now + (this.#options.clockSkewMs?.() ?? 0);
  }
}

function minutesName(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

/** A client's request; without arguments where it cannot be read. */
function requestOf(text: string): { op?: string; args: unknown[]; req_id?: string } {
  try {
    const asked = JSON.parse(text) as { op?: string; args?: unknown; req_id?: string } | null;
    return { ...asked, args: Array.isArray(asked?.args) ? (asked.args as unknown[]) : [] };
  } catch {
    return { args: [] };
  }
}
