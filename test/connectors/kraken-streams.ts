/** Kraken's public sockets over a market, in both forms of its frames: arrays at `/`, and named fields at `/v2`. */
import { crc32 } from 'node:zlib';

import type { HttpRequest, HttpResponse, Runtime, ServedSocket, Service, SocketService } from '../../src/core/index.ts';
import { decimalText, type Market, type MarketInstrument } from '../../src/venue/index.ts';

type Level = readonly [price: number, size: number];

interface Client {
  readonly socket: ServedSocket;
  readonly isSecond: boolean;
  readonly channels: Set<string>;
}

interface Wanted {
  readonly event?: string;
  readonly method?: string;
  readonly req_id?: number;
  readonly subscription?: { readonly name: string };
  readonly params?: { readonly channel: string };
}

/** One instrument's trades and book. */
export class KrakenStreams implements Service {
  readonly #market: Market;
  readonly #runtime: Runtime;
  readonly #one: MarketInstrument;
  readonly #clients = new Set<Client>();
  readonly #changed = { bid: new Set<number>(), ask: new Set<number>() };
  readonly #timer: { cancel(): void };

  constructor(runtime: Runtime, market: Market) {
    this.#runtime = runtime;
    this.#market = market;
    this.#one = market.instruments[0]!;
    market.listen({
      trade: (_symbol, { id, time, price, size, side }) => {
        const [at, units] = [this.#price(price), this.#size(size)];
        const fields = { symbol: this.#one.symbol, side, price: Number(at), qty: Number(units), ord_type: 'market', trade_id: id, timestamp: isoTime(time) }; // prettier-ignore
        this.#send('trade', (isSecond) =>
          isSecond
            ? { channel: 'trade', type: 'update', data: [fields] }
            : [0, [[at, units, (time / 1000).toFixed(6), side === 'buy' ? 'b' : 's', 'm', '']], 'trade', this.#name()],
        );
      },
      change: (_symbol, _updateId, changes) => {
        for (const { side, price } of changes) this.#changed[side].add(price);
      },
    });
    this.#timer = runtime.every(40, () => {
      this.#flush();
    });
  }

  stop(): void {
    this.#timer.cancel();
  }

  accept(url: string, socket: ServedSocket): SocketService {
    const client: Client = { socket, isSecond: new URL(url).pathname.includes('v2'), channels: new Set() };
    this.#clients.add(client);
    if (!client.isSecond) socket.send('{"event":"systemStatus","status":"online","version":"1.9.0"}');
    return {
      frame: (text) => {
        this.#control(client, JSON.parse(text) as Wanted);
      },
      closed: () => {
        this.#clients.delete(client);
      },
    };
  }

  request(_request: HttpRequest, answer: (response: HttpResponse) => void): void {
    answer({ status: 404, text: '', headers: {} });
  }

  #control({ socket, isSecond, channels }: Client, { event, method, req_id, subscription, params }: Wanted): void {
    if ((event ?? method) !== 'subscribe') return;
    const channel = subscription?.name ?? params!.channel;
    // What changed up to here goes out first, so that a new book begins where the next update follows on.
    this.#flush();
    channels.add(channel);
    const now = isoTime(this.#runtime.now());
    socket.send(
      JSON.stringify(
        isSecond
          ? { method: 'subscribe', success: true, result: { channel, symbol: this.#one.symbol, snapshot: true }, req_id, time_in: now, time_out: now }
          : { event: 'subscriptionStatus', status: 'subscribed', pair: this.#name(), channelID: 1, channelName: channel, subscription },
      ),
    ); // prettier-ignore
    if (channel !== 'book') return;
    const { bids, asks } = this.#market.book(this.#one.symbol);
    socket.send(JSON.stringify(this.#book(isSecond, 'snapshot', bids, asks)));
  }

  /** The whole sizes of the prices that have changed. */
  #flush(): void {
    const book = this.#market.book(this.#one.symbol);
    const levels = (side: 'bid' | 'ask'): Level[] => {
      const sizes = new Map<number, number>(side === 'bid' ? book.bids : book.asks);
      return [...this.#changed[side]].map((price) => [price, sizes.get(price) ?? 0]);
    };
    const [bids, asks] = [levels('bid'), levels('ask')];
    this.#changed.bid.clear();
    this.#changed.ask.clear();
    if (bids.length + asks.length === 0) return;
    this.#send('book', (isSecond) => this.#book(isSecond, 'update', bids, asks));
  }

  #book(isSecond: boolean, type: 'snapshot' | 'update', bids: readonly Level[], asks: readonly Level[]): unknown {
    const { symbol } = this.#one;
    const checksum = this.#checksum();
    if (isSecond) {
      const rows = (levels: readonly Level[]): object[] =>
        levels.map(([price, size]) => ({ price: Number(this.#price(price)), qty: Number(this.#size(size)) }));
      return { channel: 'book', type, data: [{ symbol, bids: rows(bids), asks: rows(asks), checksum, timestamp: isoTime(this.#runtime.now()) }] }; // prettier-ignore
    }
    const time = (this.#runtime.now() / 1000).toFixed(6);
    const rows = (levels: readonly Level[]): string[][] =>
      levels.map(([price, size]) => [this.#price(price), this.#size(size), time]);
    if (type === 'snapshot') return [1, { as: rows(asks), bs: rows(bids) }, 'book-1000', this.#name()];
    const parts = [...(asks.length > 0 ? [{ a: rows(asks) }] : []), ...(bids.length > 0 ? [{ b: rows(bids) }] : [])];
    // The last of them carries the checksum.
    return [1, ...parts.map((part, i) => (i === parts.length - 1 ? { ...part, c: String(checksum) } : part)), 'book-1000', this.#name()]; // prettier-ignore
  }

  #checksum(): number {
    const { bids, asks } = this.#market.book(this.#one.symbol, 10);
    const bare = (text: string): string => text.replace('.', '').replace(/^0+/, '');
    const joined = (levels: readonly Level[]): string =>
      levels.map(([price, size]) => bare(this.#price(price)) + bare(this.#size(size))).join('');
    return crc32(joined(asks) + joined(bids));
  }

  #send(channel: string, frameOf: (isSecond: boolean) => unknown): void {
    for (const { socket, isSecond, channels } of this.#clients) {
      if (channels.has(channel)) socket.send(JSON.stringify(frameOf(isSecond)));
    }
  }

  #price(price: number): string {
    return decimalText(price, this.#one.priceDecimals);
  }

  #size(size: number): string {
    return decimalText(size, this.#one.sizeDecimals);
  }

  #name(): string {
    return `${this.#one.base === 'BTC' ? 'XBT' : this.#one.base}/${this.#one.quote}`;
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
