/** OKX's public streams over a market: books with a checksum, trades, and the text ping. */
import { crc32 } from 'node:zlib';

import type {
  HttpRequest,
  HttpResponse,
  Runtime,
  ServedSocket,
  Service,
  SocketService,
  Timer,
} from '../../../core/index.ts';
import { decimalText, type Market, type MarketInstrument, type MarketTrade } from '../../market-data.ts';

interface Client {
  readonly socket: ServedSocket;
  readonly subscriptions: Set<string>;
}

export class OkxApi implements Service {
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #clients = new Set<Client>();
  readonly #timer: Timer;
  readonly #changed = new Map<string, { bids: Map<number, number>; asks: Map<number, number> }>();
  /** The update id at the last push of each symbol, from which a new client's book starts. */
  readonly #pushed = new Map<string, number>();

  constructor(runtime: Runtime, market: Market) {
    this.#runtime = runtime;
    this.#market = market;
    for (const { symbol } of market.instruments) this.#changed.set(symbol, { bids: new Map(), asks: new Map() });
    market.listen({
      trade: (symbol, trade) => {
        this.#push('trades-all', symbol, { data: [tradeFields(trade, this.#instrument(symbol))] });
      },
      change: (symbol, _updateId, changes) => {
        const changed = this.#changed.get(symbol)!;
        for (const { side, price, size } of changes) (side === 'bid' ? changed.bids : changed.asks).set(price, size);
      },
    });
    this.#timer = runtime.every(100, () => {
      for (const { symbol } of market.instruments) this.#deltas(symbol);
    });
  }

  /** Hangs up on every client and stops. */
  stop(): void {
    this.#timer.cancel();
    for (const client of this.#clients) client.socket.close('closing');
    this.#clients.clear();
  }

  /** Takes a client's socket. */
  accept(_url: string, socket: ServedSocket): SocketService {
    const client: Client = { socket, subscriptions: new Set() };
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
    const { pathname, searchParams } = new URL(request.url);
    const reply = (data: object[]): void => {
      answer({ status: 200, text: JSON.stringify({ code: '0', msg: '', data }), headers: {} });
    };
    if (pathname.endsWith('/public/instruments')) {
      reply(searchParams.get('instType') === 'SPOT' ? this.#market.instruments.map(listing) : []);
      return;
    }
    const instrument = this.#market.instruments.find((one) => nameOf(one) === searchParams.get('instId'));
    if (instrument === undefined || !pathname.endsWith('/market/trades')) {
      answer({ status: 404, text: '{"code":"404"}', headers: {} });
      return;
    }
    const trades = [...this.#market.trades(instrument.symbol, Number(searchParams.get('limit') ?? 100))].reverse();
    reply(trades.map((trade) => tradeFields(trade, instrument)));
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

function nameOf({ base, quote }: MarketInstrument): string {
  return `${base}-${quote}`;
}

function rowOf([price, size]: readonly [number, number], { priceDecimals, sizeDecimals }: MarketInstrument): string[] {
  return [decimalText(price, priceDecimals), decimalText(size, sizeDecimals), '0', '1'];
}

function tradeFields(trade: MarketTrade, instrument: MarketInstrument): object {
  return {
    instId: nameOf(instrument),
    tradeId: String(trade.id),
    px: decimalText(trade.price, instrument.priceDecimals),
    sz: decimalText(trade.size, instrument.sizeDecimals),
    side: trade.side,
    ts: String(trade.time),
  };
}

function listing(instrument: MarketInstrument): object {
  return {
    instType: 'SPOT',
    instId: nameOf(instrument),
    state: 'live',
    tickSz: decimalText(1, instrument.priceDecimals),
    lotSz: decimalText(1, instrument.sizeDecimals),
    minSz: decimalText(1, instrument.sizeDecimals),
    ctVal: '',
  };
}
