/** Binance's market streams: subscriptions, and the frames that they receive. */
import { barClose, barOpen, timeframe, type Runtime, type ServedSocket, type Timer } from '../../../core/index.ts';
import type { Market, MarketBar, MarketChange, MarketInstrument, MarketTrade } from '../../market-data.ts';
import { DepthStreams } from './depth-streams.ts';
import { barsBetween, flatBar } from '../bars.ts';
import { Pulse } from '../pulse.ts';
import { intervals } from './facts.ts';
import { aggTradeFields, levelText, nameOf, priceText, sizeText, valueText } from './fields.ts';
import { averageEvent } from './market-answers.ts';
import { offsetMs } from './request.ts';
import { dayEvent, miniDayEvent, windowEvent } from './tickers.ts';
import { eventInMicroseconds } from './time-unit.ts';

interface Client {
  readonly socket: ServedSocket;
  /** Whether frames carry the name of their stream. */
  isCombined: boolean;
  /** Whether times are in microseconds. */
  readonly isMicro: boolean;
  readonly streams: Set<string>;
}

/** A kline stream with subscribers, and what was last pushed on it. */
interface KlineStream {
  readonly instrument: MarketInstrument;
  readonly interval: string;
  /** How far its calendar is ahead of UTC. */
  readonly offsetMs: number;
  start: number;
  trades: number;
  /** The last price before the bar: its price when nothing trades in it. 0 before the very first trade. */
  close: number;
  /** Fires when its bar closes. */
  end: Timer | undefined;
}

/** The longest single timer, in milliseconds: setTimeout fires at once beyond 24.8 days, so longer waits are split. */
const longestWait = 86_400_000;

const klineNames = new RegExp(`^(.+)@kline_(${intervals.join('|')})(?:@([+-]?\\d{1,2}(?::\\d\\d)?))?$`);
/** Streams that are pushed once a second. */
const secondNames =
  /@(?:miniTicker|ticker|ticker_(?:1h|4h|1d)|avgPrice)$|^!(?:miniTicker|ticker|ticker_(?:1h|4h|1d))@arr$/;
const plainNames =
  /^(.+)@(?:trade|aggTrade|bookTicker|miniTicker|ticker|ticker_1h|ticker_4h|ticker_1d|avgPrice|depth(?:5|10|20)?(?:@1000?ms)?)$/;
/** Streams that contracts have beyond those of spot. */
const contractNames = /^(.+)@(?:markPrice(?:@1s)?|forceOrder|depth(?:5|10|20)?@(?:0|250|500)ms)$/;
const contractLists = /^!(?:markPrice@arr(?:@1s)?|forceOrder@arr|bookTicker)$/;
const windows = ['1h', '4h', '1d'] as const;
/** Streams that one connection may have. */
export const mostStreams = 1024;

/** What streams of contracts show beyond those of spot. */
export interface ContractStreams {
  /** The event of a mark price. */
  readonly mark: (instrument: MarketInstrument, now: number) => object;
}

export class PublicStreams {
  readonly #contracts: ContractStreams | undefined;
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #clients = new Map<ServedSocket, Client>();
  readonly #listeners = new Map<string, Set<Client>>();
  readonly #instruments = new Map<string, MarketInstrument>();
  readonly #depth: DepthStreams;
  readonly #tops = new Map<string, string>();
  readonly #klines = new Map<string, KlineStream>();
  readonly #klinePulse: Pulse;
  readonly #secondPulse: Pulse;
  /** Symbols that have traded since the last push of statistics. */
  readonly #traded = new Set<MarketInstrument>();

  /** @param contracts - For a market of contracts. */
  constructor(runtime: Runtime, market: Market, contracts?: ContractStreams) {
    this.#runtime = runtime;
    this.#market = market;
    this.#contracts = contracts;
    for (const instrument of market.instruments) this.#instruments.set(instrument.symbol, instrument);
    this.#depth = new DepthStreams(
      runtime,
      market,
      (stream, data) => {
        this.#push(stream, data);
      },
      contracts !== undefined,
    );
    this.#klinePulse = new Pulse(runtime, 250, () => {
      market.settle?.();
      for (const [name, stream] of this.#klines) this.#kline(name, stream, this.#now());
    });
    this.#secondPulse = new Pulse(runtime, 1000, () => {
      this.#statistics();
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

  opened(socket: ServedSocket, isCombined: boolean, streams: readonly string[], isMicro = false): void {
    const client: Client = { socket, isCombined, isMicro, streams: new Set() };
    this.#clients.set(socket, client);
    for (const stream of streams) this.subscribe(socket, stream);
  }

  closed(socket: ServedSocket): void {
    for (const stream of this.#clients.get(socket)?.streams ?? []) this.unsubscribe(socket, stream);
    this.#clients.delete(socket);
  }

  /** Whether a stream of this name exists. */
  isStream(name: string): boolean {
    if (this.#contracts !== undefined) {
      if (contractLists.test(name)) return true;
      const [, lower] = contractNames.exec(name) ?? [];
      if (lower !== undefined) return this.#named(lower) !== undefined;
    }
    if (name.startsWith('!')) return secondNames.test(name);
    const [, kline, , zone] = klineNames.exec(name) ?? [];
    if (kline !== undefined)
      return this.#named(kline) !== undefined && (zone === undefined || offsetMs(zone) !== undefined);
    return this.#named(plainNames.exec(name)?.[1] ?? '') !== undefined;
  }

  /** Whether frames to a client carry the name of their stream. */
  isCombined(socket: ServedSocket): boolean {
    return this.#clients.get(socket)?.isCombined ?? false;
  }

  setCombined(socket: ServedSocket, isCombined: boolean): void {
    const client = this.#clients.get(socket);
    if (client !== undefined) client.isCombined = isCombined;
  }

  /** Subscribes to a stream that exists. */
  subscribe(socket: ServedSocket, stream: string): void {
    const client = this.#clients.get(socket);
    if (client === undefined || client.streams.has(stream)) return;
    client.streams.add(stream);
    const listeners = this.#listeners.get(stream) ?? new Set();
    this.#listeners.set(stream, listeners.add(client));
    if (listeners.size > 1) return;
    this.#depth.add(stream);
    if (this.#isEverySecond(stream)) this.#secondPulse.arm();
    const [, name = '', interval = '', zone] = klineNames.exec(stream) ?? [];
    const instrument = this.#named(name);
    if (instrument === undefined) return;
    const offset = zone === undefined ? 0 : (offsetMs(zone) ?? 0);
    const start = barOpen(timeframe(interval), this.#now() + offset) - offset;
    const close = this.#market.priceBefore(instrument.symbol, start) ?? 0;
    const kline: KlineStream = { instrument, interval, offsetMs: offset, start, trades: 0, close, end: undefined };
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
    for (const pulse of [this.#depth, this.#klinePulse, this.#secondPulse]) pulse.stop();
    for (const { end } of this.#klines.values()) end?.cancel();
  }

  #push(stream: string, data: () => object): void {
    const listeners = this.#listeners.get(stream);
    if (listeners === undefined) return;
    const event = data();
    let milli: string | undefined;
    let micro: string | undefined;
    for (const { socket, isCombined, isMicro } of listeners) {
      const text = isMicro ? (micro ??= JSON.stringify(eventInMicroseconds(event))) : (milli ??= JSON.stringify(event));
      socket.send(isCombined ? `{"stream":"${stream}","data":${text}}` : text);
    }
  }

  #trade(one: MarketInstrument, trade: MarketTrade): void {
    const name = nameOf(one);
    const lower = name.toLowerCase();
    this.#traded.add(one);
    // Clients tell spot from contracts by the field M.
    const tail = this.#contracts === undefined ? { M: true } : { X: 'MARKET' };
    this.#push(`${lower}@aggTrade`, () => {
      const { M: _, ...fields } = aggTradeFields(trade, one);
      return { e: 'aggTrade', E: this.#now(), s: name, ...fields, ...(this.#contracts === undefined && tail) };
    });
    this.#push(`${lower}@trade`, () => ({
      e: 'trade', E: this.#now(), s: name, t: trade.id, p: priceText(trade.price, one), q: sizeText(trade.size, one), T: trade.time,
      m: trade.side === 'sell', ...tail,
    })); // prettier-ignore
    if (this.#klines.size > 0) this.#klinePulse.arm();
    // The first trade of a new bar closes the one before.
    for (const [stream, kline] of this.#klines) {
      if (kline.instrument === one && trade.time >= endOf(kline)) {
        this.#kline(stream, kline, trade.time);
      }
    }
  }

  #change(one: MarketInstrument, updateId: number, changes: readonly MarketChange[]): void {
    this.#depth.change(one.symbol, updateId, changes);
    const name = nameOf(one);
    const stream = `${name.toLowerCase()}@bookTicker`;
    if (!this.#listeners.has(stream) && !this.#listeners.has('!bookTicker')) return;
    const best = this.#market.top(one.symbol);
    const [bid, ask] = [levelText(best.bid ?? [0, 0], one), levelText(best.ask ?? [0, 0], one)];
    const top = `${bid.join()},${ask.join()}`;
    if (this.#tops.get(one.symbol) === top) return;
    this.#tops.set(one.symbol, top);
    const now = this.#now();
    const head = this.#contracts === undefined ? {} : { e: 'bookTicker', E: now, T: now };
    const event = { ...head, u: updateId, s: name, b: bid[0], B: bid[1], a: ask[0], A: ask[1] };
    this.#push(stream, () => event);
    if (this.#contracts !== undefined) this.#push('!bookTicker', () => event);
  }

  /** Pushes a bar that changed; a bar that has closed is pushed once more, as closed, before the next begins. */
  #kline(name: string, stream: KlineStream, now: number): void {
    const { instrument, interval } = stream;
    for (;;) {
      const end = endOf(stream);
      const bar = this.#barOf(stream, end, now);
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
          // A timer that fires late first does everything that was due before it.
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

  #barOf({ instrument, interval, offsetMs, start }: KlineStream, end: number, now: number): MarketBar | undefined {
    const frame = timeframe(interval);
    if (offsetMs === 0) return this.#market.bars(instrument.symbol, frame, start, end)[0];
    const page = { frame, from: start, to: start, limit: 1, now, offsetMs };
    return barsBetween(this.#market, instrument.symbol, page).find((bar) => bar.start === start && bar.trades > 0);
  }

  #isEverySecond(stream: string): boolean {
    return secondNames.test(stream) || (this.#contracts !== undefined && stream.includes('@markPrice'));
  }

  /** The event of a liquidation. */
  liquidated(one: MarketInstrument, event: object): void {
    this.#push(`${nameOf(one).toLowerCase()}@forceOrder`, () => event);
    this.#push('!forceOrder@arr', () => event);
  }

  #marks(now: number): void {
    const contracts = this.#contracts;
    if (contracts === undefined) return;
    const events: object[] = [];
    for (const one of this.#instruments.values()) {
      const event = contracts.mark(one, now);
      events.push(event);
      const lower = nameOf(one).toLowerCase();
      for (const name of [`${lower}@markPrice`, `${lower}@markPrice@1s`]) this.#push(name, () => event);
    }
    for (const name of ['!markPrice@arr', '!markPrice@arr@1s']) this.#push(name, () => events);
  }

  /** Pushes what is pushed once a second. Lists hold only the symbols that have traded since the last push. */
  #statistics(): void {
    if (![...this.#listeners.keys()].some((stream) => this.#isEverySecond(stream))) return;
    this.#secondPulse.arm();
    const now = this.#now();
    const market = this.#market;
    for (const one of this.#instruments.values()) {
      const lower = nameOf(one).toLowerCase();
      this.#push(`${lower}@ticker`, () => dayEvent(market, one, now));
      this.#push(`${lower}@miniTicker`, () => miniDayEvent(market, one, now));
      this.#push(`${lower}@avgPrice`, () => averageEvent(market, one, now));
      for (const window of windows)
        this.#push(`${lower}@ticker_${window}`, () => windowEvent(market, one, window, now));
    }
    this.#marks(now);
    const changed = [...this.#traded];
    this.#traded.clear();
    if (changed.length === 0) return;
    this.#push('!ticker@arr', () => changed.map((one) => dayEvent(market, one, now)));
    this.#push('!miniTicker@arr', () => changed.map((one) => miniDayEvent(market, one, now)));
    for (const window of windows) {
      this.#push(`!ticker_${window}@arr`, () => changed.map((one) => windowEvent(market, one, window, now)));
    }
  }

  #named(lower: string): MarketInstrument | undefined {
    return this.#market.instruments.find((one) => nameOf(one).toLowerCase() === lower);
  }

  #now(): number {
    return Math.floor(this.#runtime.now());
  }
}

/** When the bar of a kline stream closes. */
function endOf({ interval, offsetMs, start }: KlineStream): number {
  return barClose(timeframe(interval), start + offsetMs) - offsetMs;
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
