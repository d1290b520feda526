/** The face of Binance spot: its market streams over sockets, and the few answers over HTTP that streams need. */
import type {
  HttpRequest,
  HttpResponse,
  Runtime,
  ServedSocket,
  Service,
  SocketService,
  Timer,
} from '../../core/index.ts';
import {
  decimalText,
  type Market,
  type MarketBook,
  type MarketChange,
  type MarketInstrument,
  type MarketTrade,
} from '../market/index.ts';

/** How the face behaves. */
export interface BinanceFaceOptions {
  /** Sockets are closed after this time, as the venue does once a day. */
  readonly lifetimeMs?: number;
  /** Control frames taken a second; a client that sends more is cut off. Default 5. */
  readonly controlLimit?: number;
}

interface Client {
  readonly socket: ServedSocket;
  readonly streams: Set<string>;
  controls: number[];
}

interface Pending {
  first: number | undefined;
  last: number;
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
}

export class BinanceFace implements Service {
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #options: BinanceFaceOptions;
  readonly #clients = new Set<Client>();
  readonly #timer: Timer;
  readonly #instruments = new Map<string, MarketInstrument>();
  readonly #pending = new Map<string, Pending>();
  readonly #tops = new Map<string, string>();

  constructor(runtime: Runtime, market: Market, options: BinanceFaceOptions = {}) {
    this.#runtime = runtime;
    this.#market = market;
    this.#options = options;
    for (const instrument of market.instruments) {
      this.#instruments.set(nameOf(instrument), instrument);
      this.#pending.set(instrument.symbol, { first: undefined, last: 0, bids: new Map(), asks: new Map() });
    }
    market.listen({
      trade: (symbol, trade) => {
        this.#trade(symbol, trade);
      },
      change: (symbol, updateId, changes) => {
        this.#change(symbol, updateId, changes);
      },
    });
    this.#timer = runtime.every(100, () => {
      this.#deltas();
    });
  }

  /** Who is connected, oldest first. */
  get clients(): Iterable<{ readonly socket: ServedSocket }> {
    return this.#clients;
  }

  /** Hangs up on every client and stops. */
  stop(): void {
    this.#timer.cancel();
    for (const client of this.#clients) client.socket.close('closing');
    this.#clients.clear();
  }

  accept(url: string, socket: ServedSocket): SocketService {
    const client: Client = {
      socket,
      streams: new Set(new URL(url).searchParams.get('streams')?.split('/')),
      controls: [],
    };
    this.#clients.add(client);
    if (this.#options.lifetimeMs !== undefined) {
      this.#runtime.after(this.#options.lifetimeMs, () => {
        if (this.#clients.delete(client)) socket.close('the day is over');
      });
    }
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
    const now = this.#runtime.elapsed();
    client.controls = [...client.controls.filter((at) => at > now - 1000), now];
    if (client.controls.length > (this.#options.controlLimit ?? 5)) {
      this.#clients.delete(client);
      client.socket.close('too many control frames');
      return;
    }
    const { method, params, id } = JSON.parse(text) as { method: string; params: string[]; id: number };
    for (const stream of params) {
      if (method === 'SUBSCRIBE') client.streams.add(stream);
      else client.streams.delete(stream);
    }
    client.socket.send(JSON.stringify({ result: null, id }));
  }

  #push(stream: string, data: object): void {
    let frame: string | undefined;
    for (const client of this.#clients) {
      if (!client.streams.has(stream)) continue;
      frame ??= JSON.stringify({ stream, data });
      client.socket.send(frame);
    }
  }

  #trade(symbol: string, trade: MarketTrade): void {
    const instrument = this.#instrument(symbol);
    const name = nameOf(instrument);
    this.#push(`${name.toLowerCase()}@aggTrade`, {
      e: 'aggTrade', E: Math.floor(this.#runtime.now()), s: name, ...tradeFields(trade, instrument),
    }); // prettier-ignore
  }

  #change(symbol: string, updateId: number, changes: readonly MarketChange[]): void {
    const pending = this.#pending.get(symbol)!;
    pending.first ??= updateId;
    pending.last = updateId;
    for (const { side, price, size } of changes) (side === 'bid' ? pending.bids : pending.asks).set(price, size);
    const instrument = this.#instrument(symbol);
    const name = nameOf(instrument);
    const stream = `${name.toLowerCase()}@bookTicker`;
    if (![...this.#clients].some((client) => client.streams.has(stream))) return;
    const best = this.#market.top(symbol);
    const [bid, ask] = [levelText(best.bid, instrument), levelText(best.ask, instrument)];
    const top = `${bid.join()},${ask.join()}`;
    if (this.#tops.get(symbol) === top) return;
    this.#tops.set(symbol, top);
    this.#push(stream, { u: updateId, s: name, b: bid[0], B: bid[1], a: ask[0], A: ask[1] });
  }

  #deltas(): void {
    for (const [symbol, pending] of this.#pending) {
      if (pending.first === undefined) continue;
      const instrument = this.#instrument(symbol);
      const name = nameOf(instrument);
      this.#push(`${name.toLowerCase()}@depth@100ms`, {
        e: 'depthUpdate',
        E: Math.floor(this.#runtime.now()),
        s: name,
        U: pending.first,
        u: pending.last,
        b: [...pending.bids].map((level) => levelText(level, instrument)),
        a: [...pending.asks].map((level) => levelText(level, instrument)),
      });
      pending.first = undefined;
      pending.bids.clear();
      pending.asks.clear();
    }
  }

  #instrument(symbol: string): MarketInstrument {
    return this.#market.instruments.find((one) => one.symbol === symbol)!;
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    const { pathname, searchParams } = new URL(request.url);
    const instrument = this.#instruments.get(searchParams.get('symbol') ?? '');
    if (pathname.endsWith('/exchangeInfo')) answer(json(this.#exchangeInfo()));
    else if (instrument === undefined)
      answer({ status: 400, text: '{"code":-1121,"msg":"Invalid symbol."}', headers: {} });
    else if (pathname.endsWith('/depth')) answer(binanceDepth(this.#market.book(instrument.symbol, 1000), instrument));
    else if (pathname.endsWith('/aggTrades')) {
      const from = searchParams.get('fromId');
      const trades = this.#market.trades(
        instrument.symbol,
        Number(searchParams.get('limit') ?? 500),
        from === null ? undefined : Number(from),
      );
      answer(json(trades.map((trade) => tradeFields(trade, instrument))));
    } else answer({ status: 404, text: '{}', headers: {} });
  }

  #exchangeInfo(): object {
    return {
      timezone: 'UTC',
      symbols: [...this.#instruments].map(([symbol, one]) => ({
        symbol,
        status: 'TRADING',
        baseAsset: one.base,
        quoteAsset: one.quote,
        filters: [
          { filterType: 'PRICE_FILTER', tickSize: decimalText(1, one.priceDecimals) },
          {
            filterType: 'LOT_SIZE',
            stepSize: decimalText(1, one.sizeDecimals),
            minQty: decimalText(1, one.sizeDecimals),
          },
        ],
      })),
    };
  }
}

/** A book as the venue answers it. */
export function binanceDepth(book: MarketBook, instrument: MarketInstrument): HttpResponse {
  return json({
    lastUpdateId: book.updateId,
    bids: book.bids.map((level) => levelText(level, instrument)),
    asks: book.asks.map((level) => levelText(level, instrument)),
  });
}

function json(body: object): HttpResponse {
  return { status: 200, text: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

function nameOf({ base, quote }: MarketInstrument): string {
  return `${base}${quote}`;
}

function levelText(
  [price, size]: readonly [number, number],
  { priceDecimals, sizeDecimals }: MarketInstrument,
): [string, string] {
  return [decimalText(price, priceDecimals), decimalText(size, sizeDecimals)];
}

function tradeFields(trade: MarketTrade, { priceDecimals, sizeDecimals }: MarketInstrument): object {
  return {
    a: trade.id, p: decimalText(trade.price, priceDecimals), q: decimalText(trade.size, sizeDecimals), f: trade.id, l: trade.id, T: trade.time,
    m: trade.side === 'sell', M: true,
  }; // prettier-ignore
}
