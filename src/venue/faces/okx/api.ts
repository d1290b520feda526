/** OKX spot, and perpetuals where there is a market of them: public streams with checksums, bars and trades over REST, and for accounts orders and their private stream. */
import { crc32 } from 'node:zlib';

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
import { answerContractFacts, contractChannels, contractRow } from './contract-facts.ts';
import { barRow, kindOf, listing, nameOf, rowOf, tradeFields } from './fields.ts';
import { OkxPrivateStream } from './private-stream.ts';
import { answerPrivate } from './trading.ts';
import { okxOk, type OkxAnswer } from './words.ts';

/** How OKX's API is served. */
export interface OkxApiOptions {
  /** Where accounts trade. Default: market data only. */
  readonly exchange?: Exchange;
  /** Perpetuals beside spot: a market of them, and where accounts trade them. Default: none, spot alone. */
  readonly contracts?: {
    /** Their market. */
    readonly market: Market;
    /** Where accounts trade them. */
    readonly exchange: Exchange;
  };
  /** Refuse signed requests whose timestamp is off. Clients cannot follow a clock that runs fast. Default true. */
  readonly checksTime?: boolean;
  /** How far OKX's clock is ahead of the market's at this moment, in milliseconds. Default 0. */
  readonly clockSkewMs?: () => number;
}

/** Where OKX's API is found on a server. */
export const okxPaths = {
  /** Where sockets are served. */
  sockets: ['/ws/v5/'],
  /** Where requests are served. */
  paths: ['/api/v5/'],
} as const;

interface Client {
  readonly socket: ServedSocket;
  readonly subscriptions: Set<string>;
}

/** OKX of the local exchange: version 5 over REST and WebSocket, spot and perpetuals. */
export class OkxApi implements Service {
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #exchanges: UnifiedExchanges | undefined;
  readonly #clients = new Set<Client>();
  readonly #timer: Timer;
  readonly #changed = new Map<string, { bids: Map<number, number>; asks: Map<number, number> }>();
  /** The update id at the last push of each symbol, from which a new client's book starts. */
  readonly #pushed = new Map<string, number>();

  #contractsPushed = -Infinity;

  /** The best levels that were sent last. */
  readonly #tops = new Map<string, string>();
  readonly #options: OkxApiOptions;
  readonly #private: OkxPrivateStream | undefined;

  constructor(runtime: Runtime, market: Market, options: OkxApiOptions = {}) {
    this.#options = options;
    const { exchange, contracts, checksTime = true } = options;
    this.#exchanges = exchange === undefined ? undefined : new UnifiedExchanges(runtime, exchange, contracts?.exchange);
    if (this.#exchanges !== undefined)
      this.#private = new OkxPrivateStream(this.#exchanges, () => this.#now(), checksTime);
    this.#runtime = runtime;
    const all = contracts === undefined ? market : new JoinedMarket([market, contracts.market]);
    this.#market = all;
    for (const { symbol } of all.instruments) this.#changed.set(symbol, { bids: new Map(), asks: new Map() });
    all.listen({
      trade: (symbol, trade) => {
        const fields = tradeFields(trade, this.#instrument(symbol));
        this.#push('trades-all', symbol, { data: [fields] });
        // OKX merges the trades of one taker on this channel; here each trade is sent by itself.
        this.#push('trades', symbol, { data: [{ ...fields, count: '1' }] });
      },
      change: (symbol, _updateId, changes) => {
        const changed = this.#changed.get(symbol)!;
        for (const { side, price, size } of changes) (side === 'bid' ? changed.bids : changed.asks).set(price, size);
        this.#pushTop(symbol);
      },
    });
    this.#timer = runtime.every(100, () => {
      for (const { symbol } of all.instruments) this.#deltas(symbol);
      this.#pushContracts();
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
    for (const client of this.#clients) client.socket.close('closing');
    this.#clients.clear();
  }

  /** Takes a client's socket. */
  accept(url: string, socket: ServedSocket): SocketService | undefined {
    if (new URL(url).pathname.endsWith('/private')) return this.#acceptPrivate(socket);
    const client: Client = { socket, subscriptions: new Set() };
    this.#clients.add(client);
    // The business socket has public channels, and after a login the one of algo orders.
    const own = new URL(url).pathname.endsWith('/business') ? this.#private : undefined;
    let isOpened = false;
    return {
      frame: (text) => {
        const { op, args = [] } = requestOf(text);
        const isOwn = op === 'login' || args.some(({ channel }) => channel === 'orders-algo');
        if (own !== undefined && isOwn) {
          if (!isOpened) own.opened(socket);
          isOpened = true;
          own.frame(socket, op, args);
        } else this.#control(client, text);
      },
      closed: () => {
        this.#clients.delete(client);
        own?.closed(socket);
      },
    };
  }

  #acceptPrivate(socket: ServedSocket): SocketService | undefined {
    const stream = this.#private;
    if (stream === undefined) return undefined;
    stream.opened(socket);
    return {
      frame: (text) => {
        if (text === 'ping') {
          socket.send('pong');
          return;
        }
        const { op, args } = requestOf(text);
        if (args !== undefined) stream.frame(socket, op, args);
        else socket.send(JSON.stringify({ event: 'error', code: '60012', msg: 'Invalid request' }));
      },
      closed: () => {
        stream.closed(socket);
      },
    };
  }

  #control(client: Client, text: string): void {
    if (text === 'ping') {
      client.socket.send('pong');
      return;
    }
    const { op, args } = requestOf(text);
    if (args === undefined) {
      const msg = 'Invalid request: it must be JSON with an op and args';
      client.socket.send(JSON.stringify({ event: 'error', code: '60012', msg }));
      return;
    }
    for (const arg of args) {
      const instrument = this.#market.instruments.find((one) => nameOf(one) === arg.instId);
      if (instrument === undefined) {
        client.socket.send(
          JSON.stringify({
            event: 'error',
            code: '60018',
            msg: `Wrong URL or channel:${arg.channel},instId:${arg.instId} doesn't exist`,
          }),
        );
        continue;
      }
      const key = `${arg.channel} ${instrument.symbol}`;
      client.socket.send(JSON.stringify({ event: op, arg }));
      if (op !== 'subscribe') client.subscriptions.delete(key);
      else {
        // What changed since the last push goes out first, so that the new client's book begins where the next push follows on.
        if (arg.channel === 'books') this.#deltas(instrument.symbol);
        client.subscriptions.add(key);
        if (arg.channel === 'books') client.socket.send(this.#whole(instrument));
        if (arg.channel === 'bbo-tbt') client.socket.send(this.#top(instrument));
        this.#sendContract(client, arg.channel, instrument);
      }
    }
  }

  #whole(instrument: MarketInstrument): string {
    const book = this.#market.book(instrument.symbol);
    const seqId = this.#pushed.get(instrument.symbol) ?? book.updateId;
    this.#pushed.set(instrument.symbol, seqId);
    const data = {
      bids: book.bids.map((level) => rowOf(level, instrument)),
      asks: book.asks.map((level) => rowOf(level, instrument)),
      ts: this.#time(),
      checksum: this.#checksum(instrument),
      seqId,
      prevSeqId: -1,
    };
    return JSON.stringify({ arg: { channel: 'books', instId: nameOf(instrument) }, action: 'snapshot', data: [data] });
  }

  /** The best levels, as the channel of quotes shows them. */
  #top(instrument: MarketInstrument): string {
    const { bid, ask } = this.#market.top(instrument.symbol);
    const rows = (level: typeof bid): string[][] => (level === undefined ? [] : [rowOf(level, instrument)]);
    const data = {
      bids: rows(bid),
      asks: rows(ask),
      ts: this.#time(),
      seqId: this.#market.updateId(instrument.symbol),
    };
    return JSON.stringify({ arg: { channel: 'bbo-tbt', instId: nameOf(instrument) }, data: [data] });
  }

  /** Sends the best levels to those who follow quotes, where they have changed. */
  #pushTop(symbol: string): void {
    const key = `bbo-tbt ${symbol}`;
    const clients = [...this.#clients].filter(({ subscriptions }) => subscriptions.has(key));
    if (clients.length === 0) return;
    const { bid = [], ask = [] } = this.#market.top(symbol);
    const now = `${bid.join(' ')} ${ask.join(' ')}`;
    if (this.#tops.get(symbol) === now) return;
    this.#tops.set(symbol, now);
    const frame = this.#top(this.#instrument(symbol));
    for (const { socket } of clients) socket.send(frame);
  }

  #deltas(symbol: string): void {
    const changed = this.#changed.get(symbol)!;
    if (changed.bids.size + changed.asks.size === 0) return;
    const instrument = this.#instrument(symbol);
    const seqId = this.#market.updateId(symbol);
    const data = {
      bids: [...changed.bids].map((level) => rowOf(level, instrument)),
      asks: [...changed.asks].map((level) => rowOf(level, instrument)),
      ts: this.#time(),
      checksum: this.#checksum(instrument),
      seqId,
      prevSeqId: this.#pushed.get(symbol) ?? seqId - 1,
    };
    this.#pushed.set(symbol, seqId);
    changed.bids.clear();
    changed.asks.clear();
    this.#push('books', symbol, { action: 'update', data: [data] });
  }

  /** Sends what is computed for a contract: its mark, its funding, its open interest. */
  #sendContract(client: Client, channel: string, instrument: MarketInstrument): void {
    const { contracts } = this.#options;
    if (contracts === undefined || instrument.settle === undefined || !contractChannels.includes(channel)) return;
    const row = contractRow(contracts.exchange, channel, instrument, this.#now());
    client.socket.send(JSON.stringify({ arg: { channel, instId: nameOf(instrument) }, data: [row] }));
  }

  /** Sends to those who follow it what is computed for contracts, each second. */
  #pushContracts(): void {
    if (this.#options.contracts === undefined || this.#runtime.elapsed() - this.#contractsPushed < 1_000) return;
    this.#contractsPushed = this.#runtime.elapsed();
    for (const client of this.#clients) {
      for (const key of client.subscriptions) {
        const [channel = '', symbol = ''] = key.split(' ');
        if (contractChannels.includes(channel)) this.#sendContract(client, channel, this.#instrument(symbol));
      }
    }
  }

  #checksum(instrument: MarketInstrument): number {
    const { bids, asks } = this.#market.book(instrument.symbol, 25);
    const parts: string[] = [];
    for (let i = 0; i < 25; i++)
      for (const level of [bids[i], asks[i]])
        if (level !== undefined) parts.push(...rowOf(level, instrument).slice(0, 2));
    return crc32(parts.join(':')) | 0;
  }

  #push(channel: string, symbol: string, body: object): void {
    const key = `${channel} ${symbol}`;
    let frame: string | undefined;
    for (const client of this.#clients) {
      if (!client.subscriptions.has(key)) continue;
      frame ??= JSON.stringify({ arg: { channel, instId: nameOf(this.#instrument(symbol)) }, ...body });
      client.socket.send(frame);
    }
  }

  #time(): string {
    return String(Math.floor(this.#runtime.now()));
  }

  #instrument(symbol: string): MarketInstrument {
    return this.#market.instruments.find((one) => one.symbol === symbol)!;
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    const { pathname, search, searchParams } = new URL(request.url);
    this.#market.settle?.();
    const { status, body } = this.#answer(request, pathname, search, searchParams);
    answer({ status, text: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  }

  #answer(request: HttpRequest, path: string, search: string, query: URLSearchParams): OkxAnswer {
    const { checksTime = true } = this.#options;
    const { method, body = '', headers = {} } = request;
    const known = /\/api\/v5\/(?:public|market)\//.test(path) ? this.#public(path.replace('/api/v5/', ''), query) : undefined;
    if (known !== undefined) return known;
    const header = (name: string): string | undefined =>
      Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
    const signed = { method, path: path + search, body, header, now: this.#now() };
    const found = this.#exchanges === undefined ? undefined : answerPrivate(this.#exchanges, signed, checksTime);
    return found ?? { status: 404, body: { code: '404', msg: 'Not Found', data: [] } };
  } // prettier-ignore

  /** Market data over REST; undefined where there is no such endpoint. */
  #public(what: string, query: URLSearchParams): OkxAnswer | undefined {
    const { contracts } = this.#options;
    if (what === 'public/time') return okxOk([{ ts: String(this.#now()) }]);
    if (what === 'public/instruments') {
      const [kind, name] = [query.get('instType'), query.get('instId')];
      const isWanted = (one: MarketInstrument): boolean => kindOf(one) === kind && [null, nameOf(one)].includes(name);
      const lever = contracts?.exchange.contracts?.margins.brackets[0]?.maxLeverage ?? 1;
      return okxOk(this.#market.instruments.filter(isWanted).map((one) => listing(one, this.#exchanges?.isHalted(one.symbol) === true ? 'suspend' : 'live', lever)));
    }
    const facts = contracts === undefined ? undefined : answerContractFacts(contracts.exchange, what, query, this.#now());
    if (facts !== undefined) return facts;
    if (!/^market\/(?:trades|history-trades|candles|history-candles|books)$/.test(what)) return undefined;
    const instrument = this.#market.instruments.find((one) => nameOf(one) === query.get('instId'));
    if (instrument === undefined) {
      return { status: 200, body: { code: '51001', msg: "Instrument ID, Instrument ID code, or Spread ID doesn't exist.", data: [] } };
    }
    if (what.endsWith('candles')) return this.#candles(instrument, query);
    if (what === 'market/books') {
      const { bids, asks } = this.#market.book(instrument.symbol, Math.min(400, Number(query.get('sz') ?? 1)));
      const rows = (levels: typeof bids): string[][] => levels.map((level) => rowOf(level, instrument));
      return okxOk([{ bids: rows(bids), asks: rows(asks), ts: this.#time() }]);
    }
    const limit = Math.min(500, Number(query.get('limit') ?? 100));
    const trades = [...this.#market.trades(instrument.symbol, limit)].reverse();
    return okxOk(trades.map((trade) => tradeFields(trade, instrument)));
  } // prettier-ignore

  /** Bars, the newest first: those before `after`, and after `before`, as OKX means these words. */
  #candles(instrument: MarketInstrument, query: URLSearchParams): OkxAnswer {
    const name = /^(\d+)(m|Hutc|H|Dutc|D|Wutc|W)$/.exec(query.get('bar') ?? '1m');
    if (name === null) return { status: 200, body: { code: '51000', msg: 'Parameter bar error', data: [] } };
    const frame = timeframe(`${name[1]!}${name[2]!.replace('utc', '').toLowerCase()}`);
    const now = this.#now();
    const [after, before] = ['after', 'before'].map((word) => (query.has(word) ? Number(query.get(word)) : undefined));
    const to = Math.min(now, (after ?? Infinity) - 1);
    const limit = Math.min(300, Number(query.get('limit') ?? 100));
    const found = barsBetween(this.#market, instrument.symbol, { frame, from: undefined, to, limit, now });
    const rows = found.filter(({ start }) => before === undefined || start > before).reverse();
    return okxOk(rows.map((bar) => barRow(bar, instrument, bar.start + frame.ms! <= now)));
  } // prettier-ignore

  #now(): number {
    const now = this.#options.exchange?.now() ?? Math.floor(this.#runtime.now());
    return now + (this.#options.clockSkewMs?.() ?? 0);
  }
}

/** A client's request; without `args` when it cannot be read. */
function requestOf(text: string): { op?: string; args?: { channel: string; instId: string }[] } {
  try {
    const asked = JSON.parse(text) as { op?: string; args?: { channel: string; instId: string }[] } | null;
    return Array.isArray(asked?.args) && asked.args.every((arg: unknown) => typeof arg === 'object' && arg !== null)
      ? asked
      : {};
  } catch {
    return {};
  }
}
