/** Binance's market streams: who listens to what, and the frames that carry it. */
import { barClose, barOpen, timeframe, type Runtime, type ServedSocket, type Timer } from '../../../core/index.ts';
import type { Market, MarketBar, MarketChange, MarketInstrument, MarketTrade } from '../../market-data.ts';
import { DepthStreams } from './depth-streams.ts';
import { flatBar } from '../bars.ts';
import { intervals, tickerFields } from './market-answers.ts';
import { Pulse } from '../pulse.ts';
import { aggTradeFields, levelText, nameOf, priceText, sizeText, valueText } from './fields.ts';

interface Client {
  readonly socket: ServedSocket;
  /** Frames carry the name of their stream. */
  readonly isCombined: boolean;
  readonly streams: Set<string>;
}

/** A bar stream that someone listens to, and what was last pushed on it. */
interface KlineStream {
  readonly instrument: MarketInstrument;
  readonly interval: string;
  start: number;
  trades: number;
  /** The last price before the bar: where it stays when nothing trades in it. 0 before the first trade of all. */
  close: number;
  /** Wakes it when its bar is over. */
  end: Timer | undefined;
}

/** Timers of a longer span than a month fire at once on some clocks. */
const longestWait = 86_400_000;

const klineNames = new RegExp(`^(.+)@kline_(${intervals.join('|')})$`);
const dayNames = /@(?:miniTicker|ticker)$|^!ticker@arr$/;

export class PublicStreams {
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #clients = new Map<ServedSocket, Client>();
  readonly #listeners = new Map<string, Set<Client>>();
  readonly #instruments = new Map<string, MarketInstrument>();
  readonly #depth: DepthStreams;
  readonly #tops = new Map<string, string>();
  readonly #klines = new Map<string, KlineStream>();
  readonly #klinePulse: Pulse;
  readonly #dayPulse: Pulse;

  constructor(runtime: Runtime, market: Market) {
    this.#runtime = runtime;
    this.#market = market;
    for (const instrument of market.instruments) this.#instruments.set(instrument.symbol, instrument);
    this.#depth = new DepthStreams(runtime, market, (stream, data) => {
      this.#push(stream, data);
    });
    this.#klinePulse = new Pulse(runtime, 250, () => {
      market.settle?.();
      for (const [name, stream] of this.#klines) this.#kline(name, stream, this.#now());
    });
    this.#dayPulse = new Pulse(runtime, 1000, () => {
      this.#days();
    });
    market.listen({
      trade: (symbol, trade) => {
        this.#trade(this.#instruments.get(symbol)!, trade);
      },
      change: (symbol, updateId, changes) => {
        this.#change(this.#instruments.get(symbol)!, updateId, changes);
      },
    });
  }

  get sockets(): Iterable<ServedSocket> {
    return this.#clients.keys();
  }

  opened(socket: ServedSocket, isCombined: boolean, streams: readonly string[]): void {
    const client: Client = { socket, isCombined, streams: new Set() };
    this.#clients.set(socket, client);
    for (const stream of streams) this.subscribe(socket, stream);
  }

  closed(socket: ServedSocket): void {
    for (const stream of this.#clients.get(socket)?.streams ?? []) this.unsubscribe(socket, stream);
    this.#clients.delete(socket);
  }

  /** A stream that does not exist is taken as well, and carries nothing. */
  subscribe(socket: ServedSocket, stream: string): void {
    const client = this.#clients.get(socket);
    if (client === undefined || client.streams.has(stream)) return;
    client.streams.add(stream);
    const listeners = this.#listeners.get(stream) ?? new Set();
    this.#listeners.set(stream, listeners.add(client));
    if (listeners.size > 1) return;
    this.#depth.add(stream);
    if (dayNames.test(stream)) this.#dayPulse.arm();
    const [, name = '', interval = ''] = klineNames.exec(stream) ?? [];
    const instrument = this.#named(name);
    if (instrument === undefined) return;
    const start = barOpen(timeframe(interval), this.#now());
    const close = this.#market.priceBefore(instrument.symbol, start) ?? 0;
    const kline: KlineStream = { instrument, interval, start, trades: 0, close, end: undefined };
    this.#klines.set(stream, kline);
    this.#kline(stream, kline, this.#now());
  }

  unsubscribe(socket: ServedSocket, stream: string): void {
    const client = this.#clients.get(socket);
    if (client?.streams.delete(stream) !== true) return;
    const listeners = this.#listeners.get(stream)!;
    listeners.delete(client);
    if (listeners.size > 0) return;
    this.#listeners.delete(stream);
    this.#depth.remove(stream);
    this.#klines.get(stream)?.end?.cancel();
    this.#klines.delete(stream);
  }

  streamsOf(socket: ServedSocket): readonly string[] {
    return [...(this.#clients.get(socket)?.streams ?? [])];
  }

  stop(): void {
    for (const pulse of [this.#depth, this.#klinePulse, this.#dayPulse]) pulse.stop();
    for (const { end } of this.#klines.values()) end?.cancel();
  }

  #push(stream: string, data: () => object): void {
    const listeners = this.#listeners.get(stream);
    if (listeners === undefined) return;
    const text = JSON.stringify(data());
    for (const { socket, isCombined } of listeners) {
      socket.send(isCombined ? `{"stream":"${stream}","data":${text}}` : text);
    }
  }

  #trade(one: MarketInstrument, trade: MarketTrade): void {
    const name = nameOf(one);
    const lower = name.toLowerCase();
    this.#push(`${lower}@aggTrade`, () => ({ e: 'aggTrade', E: this.#now(), s: name, ...aggTradeFields(trade, one) }));
    this.#push(`${lower}@trade`, () => ({
      e: 'trade', E: this.#now(), s: name, t: trade.id, p: priceText(trade.price, one), q: sizeText(trade.size, one), T: trade.time,
      m: trade.side === 'sell', M: true,
    })); // prettier-ignore
    if (this.#klines.size > 0) this.#klinePulse.arm();
    // The first trade of a new bar ends the one before.
    for (const [stream, kline] of this.#klines) {
      if (kline.instrument === one && trade.time >= barClose(timeframe(kline.interval), kline.start)) {
        this.#kline(stream, kline, trade.time);
      }
    }
  }

  #change(one: MarketInstrument, updateId: number, changes: readonly MarketChange[]): void {
    this.#depth.change(one.symbol, updateId, changes);
    const name = nameOf(one);
    const stream = `${name.toLowerCase()}@bookTicker`;
    if (!this.#listeners.has(stream)) return;
    const best = this.#market.top(one.symbol);
    const [bid, ask] = [levelText(best.bid ?? [0, 0], one), levelText(best.ask ?? [0, 0], one)];
    const top = `${bid.join()},${ask.join()}`;
    if (this.#tops.get(one.symbol) === top) return;
    this.#tops.set(one.symbol, top);
    this.#push(stream, () => ({ u: updateId, s: name, b: bid[0], B: bid[1], a: ask[0], A: ask[1] }));
  }

  /** Pushes a bar that changed; one that is over is pushed once more, closed, before the next begins. */
  #kline(name: string, stream: KlineStream, now: number): void {
    const { instrument, interval } = stream;
    const frame = timeframe(interval);
    for (;;) {
      const end = barClose(frame, stream.start);
      const bar = this.#market.bars(instrument.symbol, frame, stream.start, end)[0];
      const isOver = now >= end;
      if (bar !== undefined && (isOver || bar.trades !== stream.trades)) {
        stream.trades = bar.trades;
        this.#push(name, () => klineFields(instrument, interval, bar, end, isOver, now));
      }
      if (bar === undefined && isOver && stream.close > 0) {
        const flat = flatBar(stream.start, stream.close);
        this.#push(name, () => klineFields(instrument, interval, flat, end, true, now));
      }
      if (!isOver) {
        stream.end?.cancel();
        stream.end = this.#runtime.after(Math.min(longestWait, end - this.#runtime.now()), () => {
          // A timer that comes late finds all that was due before it done first.
          this.#market.settle?.();
          this.#kline(name, stream, this.#now());
        });
        return;
      }
      stream.close = bar?.close ?? stream.close;
      stream.start = end;
      stream.trades = 0;
    }
  }

  #days(): void {
    if (![...this.#listeners.keys()].some((stream) => dayNames.test(stream))) return;
    this.#dayPulse.arm();
    for (const one of this.#instruments.values()) {
      const lower = nameOf(one).toLowerCase();
      this.#push(`${lower}@ticker`, () => tickerFields(this.#market, one, this.#now()));
      this.#push(`${lower}@miniTicker`, () => miniTickerFields(tickerFields(this.#market, one, this.#now())));
    }
    this.#push('!ticker@arr', () => [...this.#instruments.values()].map((one) => tickerFields(this.#market, one, this.#now()))); // prettier-ignore
  }

  #named(lower: string): MarketInstrument | undefined {
    return this.#market.instruments.find((one) => nameOf(one).toLowerCase() === lower);
  }

  #now(): number {
    return Math.floor(this.#runtime.now());
  }
}

/** The fields that the short form of a ticker has. */
function miniTickerFields(ticker: object): object {
  const whole = ticker as Readonly<Record<string, unknown>>;
  const kept = ['E', 's', 'c', 'o', 'h', 'l', 'v', 'q'].map((field) => [field, whole[field]]);
  return { e: '24hrMiniTicker', ...(Object.fromEntries(kept) as Readonly<Record<string, unknown>>) };
}

function klineFields(
  one: MarketInstrument,
  interval: string,
  bar: MarketBar,
  end: number,
  isOver: boolean,
  now: number,
): object {
  return {
    e: 'kline', E: now, s: nameOf(one),
    k: {
      t: bar.start, T: end - 1, s: nameOf(one), i: interval, f: -1, L: -1, o: priceText(bar.open, one), c: priceText(bar.close, one),
      h: priceText(bar.high, one), l: priceText(bar.low, one), v: sizeText(bar.volume, one), n: bar.trades, x: isOver,
      q: valueText(bar.value, one), V: sizeText(bar.takerVolume, one), Q: valueText(bar.takerValue, one), B: '0',
    },
  }; // prettier-ignore
}
