/** Coinbase's market streams: one numbered sequence of messages per socket, whatever its channels are. */
import { timeframe, type Runtime, type ServedSocket, type SocketService, type Timer } from '../../../core/index.ts';
import {
  decimalText,
  type Market,
  type MarketChange,
  type MarketInstrument,
  type MarketTrade,
} from '../../market-data.ts';
import { windowBar } from '../bars.ts';
import { idOf, tradeFields } from './fields.ts';

const channels = ['level2', 'market_trades', 'ticker', 'ticker_batch', 'candles', 'heartbeats', 'status'] as const;
type Channel = (typeof channels)[number];

interface Client {
  readonly socket: ServedSocket;
  /** Product ids by channel; heartbeats have none. */
  readonly subscriptions: Map<Channel, Set<string>>;
  sequence: number;
  heartbeats: number;
}

const day = 86_400_000;
const fiveMinutes = 300_000;
/** The most trades in the first message on `market_trades`. */
const snapshotTrades = 100;

export class CoinbaseStreams {
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #clients = new Set<Client>();
  readonly #changed = new Map<MarketInstrument, Map<string, MarketChange>>();
  readonly #traded = new Map<MarketInstrument, MarketTrade[]>();
  #timers: readonly Timer[] = [];

  constructor(runtime: Runtime, market: Market) {
    this.#runtime = runtime;
    this.#market = market;
    const instruments = new Map(market.instruments.map((one) => [one.symbol, one]));
    for (const one of market.instruments) {
      this.#changed.set(one, new Map());
      this.#traded.set(one, []);
    }
    market.listen({
      trade: (symbol, trade) => {
        if (this.#clients.size > 0) this.#traded.get(instruments.get(symbol)!)!.push(trade);
      },
      change: (symbol, _updateId, changes) => {
        const changed = this.#changed.get(instruments.get(symbol)!)!;
        if (this.#clients.size > 0) for (const one of changes) changed.set(`${one.side} ${one.price}`, one);
      },
    });
  }

  accept(socket: ServedSocket): SocketService {
    const client: Client = { socket, subscriptions: new Map(), sequence: 0, heartbeats: 0 };
    this.#clients.add(client);
    this.#start();
    return {
      frame: (text) => {
        this.#control(client, text);
      },
      closed: () => {
        this.#clients.delete(client);
        if (this.#clients.size === 0) this.#pause();
      },
    };
  }

  stop(): void {
    this.#pause();
    for (const { socket } of this.#clients) socket.close('closing');
    this.#clients.clear();
  }

  #start(): void {
    if (this.#timers.length > 0) return;
    this.#timers = [
      this.#runtime.every(50, () => {
        this.#flush();
      }),
      this.#runtime.every(1000, () => {
        this.#everySecond();
      }),
    ];
  }

  #pause(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    for (const changed of this.#changed.values()) changed.clear();
    for (const traded of this.#traded.values()) traded.length = 0;
  }

  #control(client: Client, text: string): void {
    let message: { readonly type?: unknown; readonly channel?: unknown; readonly product_ids?: unknown } | null;
    try {
      message = JSON.parse(text) as typeof message;
    } catch {
      message = null;
    }
    const channel = channels.find((one) => one === message?.channel);
    const isSubscribe = message?.type === 'subscribe';
    if (channel === undefined || (!isSubscribe && message?.type !== 'unsubscribe')) {
      client.socket.send(JSON.stringify({ type: 'error', message: 'type or channel is not valid' }));
      return;
    }
    const ids = Array.isArray(message?.product_ids) ? (message.product_ids as unknown[]).map(String) : [];
    const unknown = ids.find((id) => this.#product(id) === undefined);
    if (unknown !== undefined) {
      client.socket.send(JSON.stringify({ type: 'error', message: `${unknown.slice(0, 40)} is not a valid product` }));
      return;
    }
    // What has changed up to here goes out first, so that a new book begins where the next update follows on.
    this.#flush();
    const subscribed = client.subscriptions.get(channel) ?? new Set();
    for (const id of ids) {
      if (isSubscribe) subscribed.add(id);
      else subscribed.delete(id);
    }
    if (isSubscribe) client.subscriptions.set(channel, subscribed);
    else if (subscribed.size === 0) client.subscriptions.delete(channel);
    const all = Object.fromEntries([...client.subscriptions].map(([name, products]) => [name, [...products]]));
    this.#send(client, 'subscriptions', [{ subscriptions: all }]);
    if (isSubscribe) for (const id of ids) this.#snapshot(client, channel, this.#product(id)!);
  }

  /** The first message of a channel: the state so far. */
  #snapshot(client: Client, channel: Channel, one: MarketInstrument): void {
    const market = this.#market;
    const type = 'snapshot';
    if (channel === 'level2') {
      const { bids, asks } = market.book(one.symbol);
      const rows: MarketChange[] = [
        ...bids.map(([price, size]): MarketChange => ({ side: 'bid', price, size })),
        ...asks.map(([price, size]): MarketChange => ({ side: 'ask', price, size })),
      ];
      this.#send(client, 'l2_data', [{ type, product_id: idOf(one), updates: this.#levels(rows, one) }]);
    } else if (channel === 'market_trades') {
      const trades = [...market.trades(one.symbol, snapshotTrades)].reverse();
      this.#send(client, channel, [{ type, trades: trades.map((trade) => tradeFields(trade, one)) }]);
    } else if (channel === 'ticker' || channel === 'ticker_batch') {
      this.#send(client, channel, [{ type, tickers: [this.#ticker(one)] }]);
    } else if (channel === 'candles') {
      this.#send(client, channel, [{ type, candles: this.#candles(one, 100) }]);
    } else if (channel === 'status') {
      this.#send(client, channel, [{ type, products: [{ product_type: 'SPOT', id: idOf(one), status: 'online' }] }]);
    }
  }

  /** Pushes books, trades and tickers that have changed. */
  #flush(): void {
    this.#market.settle?.();
    for (const one of this.#market.instruments) {
      const id = idOf(one);
      const changed = this.#changed.get(one)!;
      const traded = this.#traded.get(one)!;
      if (changed.size > 0) {
        const updates = this.#levels([...changed.values()], one);
        changed.clear();
        this.#push('level2', id, 'l2_data', () => [{ type: 'update', product_id: id, updates }]);
      }
      if (traded.length > 0) {
        const trades = traded.splice(0).reverse().map((trade) => tradeFields(trade, one)); // prettier-ignore
        this.#push('market_trades', id, 'market_trades', () => [{ type: 'update', trades }]);
        this.#push('ticker', id, 'ticker', () => [{ type: 'update', tickers: [this.#ticker(one)] }]);
      }
    }
  }

  #everySecond(): void {
    for (const one of this.#market.instruments) {
      this.#push('candles', idOf(one), 'candles', () => [{ type: 'update', candles: this.#candles(one, 1) }]);
    }
    for (const client of this.#clients) {
      if (!client.subscriptions.has('heartbeats')) continue;
      const heartbeat_counter = String(client.heartbeats++);
      this.#send(client, 'heartbeats', [{ current_time: this.#time(), heartbeat_counter }]);
    }
  }

  #push(subscribed: Channel, id: string, channel: string, events: () => readonly object[]): void {
    for (const client of this.#clients) {
      if (client.subscriptions.get(subscribed)?.has(id) === true) this.#send(client, channel, events());
    }
  }

  #send(client: Client, channel: string, events: readonly object[]): void {
    const message = { channel, client_id: '', timestamp: this.#time(), sequence_num: client.sequence++, events };
    client.socket.send(JSON.stringify(message));
  }

  #levels(rows: readonly MarketChange[], { priceDecimals, sizeDecimals }: MarketInstrument): object[] {
    const event_time = this.#time();
    return rows.map(({ side, price, size }) => ({
      side: side === 'bid' ? 'bid' : 'offer', event_time, price_level: decimalText(price, priceDecimals),
      new_quantity: decimalText(size, sizeDecimals),
    })); // prettier-ignore
  }

  #ticker(one: MarketInstrument): object {
    const now = Math.floor(this.#runtime.now());
    const bar = windowBar(this.#market, one.symbol, now - day, now);
    const { bid = [0, 0], ask = [0, 0] } = this.#market.top(one.symbol);
    const price = (ticks: number): string => decimalText(ticks, one.priceDecimals);
    const size = (lots: number): string => decimalText(lots, one.sizeDecimals);
    return {
      type: 'ticker', product_id: idOf(one), price: price(bar.close), volume_24_h: size(bar.volume), low_24_h: price(bar.low),
      high_24_h: price(bar.high), low_52_w: price(bar.low), high_52_w: price(bar.high),
      price_percent_chg_24_h: bar.open === 0 ? '0' : (((bar.close - bar.open) / bar.open) * 100).toFixed(8), best_bid: price(bid[0]),
      best_bid_quantity: size(bid[1]), best_ask: price(ask[0]), best_ask_quantity: size(ask[1]),
    }; // prettier-ignore
  }

  /** The last bars of five minutes, newest first. */
  #candles(one: MarketInstrument, count: number): object[] {
    const now = this.#runtime.now();
    const start = (Math.floor(now / fiveMinutes) - count + 1) * fiveMinutes;
    const price = (ticks: number): string => decimalText(ticks, one.priceDecimals);
    return [...this.#market.bars(one.symbol, timeframe('5m'), start, now + 1)].reverse().map((bar) => ({
      start: String(bar.start / 1000), high: price(bar.high), low: price(bar.low), open: price(bar.open), close: price(bar.close),
      volume: decimalText(bar.volume, one.sizeDecimals), product_id: idOf(one),
    })); // prettier-ignore
  }

  #product(id: string): MarketInstrument | undefined {
    return this.#market.instruments.find((one) => idOf(one) === id);
  }

  /** Coinbase's times have nine decimals. */
  #time(): string {
    return new Date(this.#runtime.now()).toISOString().replace('Z', '000000Z');
  }
}
