/** The feed of a tick backtest: recorded trades and books of one symbol, and the bars built from its trades. */
import { readFileSync } from 'node:fs';

import { floatReader, Playback, recordedProtocol, readRecording, type Protocol, type Recording } from '../../connectors/index.ts'; // prettier-ignore
import { checkNames, ConfigError, DataError, formatTime, unifiedSymbol, type MarketEvent, type MarketReader } from '../../core/index.ts'; // prettier-ignore
import { DataFeed, feedOptionNames, type FeedOptions } from '../feed.ts';
import { loadedBars, type LoadedBars } from '../loaded-bars.ts';
import { columnsOf } from '../live/closed-bars.ts';
import { LiveBars } from '../live/live-bars.ts';
import { MarketTicks, orderOf, tickKind } from './market-ticks.ts';
import { TickMarket } from './tick-market.ts';

/** Options of BookDataFeed. */
export interface BookDataFeedOptions extends Omit<FeedOptions, 'compression' | 'sessionStart' | 'validation'> {
  /** The exchange's id, such as `binance`. */
  readonly exchange: string;
  /** What is traded, by its unified name such as `BTC/USDT`. */
  readonly symbol: string;
  /** Raw traffic as `nextbar stream --record` writes it: the recording, or the path of its file. Required unless `ticks` is given. */
  readonly recording?: Recording | string;
  /**
   * Instead of a recording: trades and book changes in columns, or events as a sink receives them. Required unless `recording` is given.
   */
  readonly ticks?: MarketTicks | Iterable<MarketEvent>;
  /**
   * Latency from the exchange to the strategy, in milliseconds: a number for every event, or `recorded` (default), the recorded time of
   * receipt minus the exchange's time.
   */
  readonly feedLatencyMs?: number | 'recorded';
  /**
   * How far the recorder's clock was behind the exchange's, in milliseconds; added to recorded times of receipt. Default: the value that
   * makes the smallest latency 0 where one is negative, otherwise 0.
   */
  readonly clockSkewMs?: number;
  /** Levels a side that `data.stream.book()` shows. Default 20. */
  readonly depth?: number;
  /** Trades that `data.stream.recentTrades()` can return. Default 1,000. */
  readonly keepTrades?: number;
  /** Further venues, or replacements of built-in ones, to read the recording with. Default: the built-in ones. */
  readonly protocols?: readonly Protocol[];
}

const ownNames = ['exchange', 'recording', 'ticks', 'feedLatencyMs', 'clockSkewMs', 'depth', 'keepTrades', 'protocols'];
/** The most symbols of a recording that a message names. */
const mostNamed = 8;
const leftOut = ['compression', 'sessionStart', 'validation'];

/**
 * Recorded trades and books. A backtest over it is driven tick by tick: orders trade against the recorded book, wait in its queues, and
 * arrive with latency.
 *
 * @example cerebro.addData(new BookDataFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', recording: 'btc.jsonl.gz' }));
 * await cerebro.run({ ticks: { queue: 'proportional', orderLatencyMs: 5 } });
 */
export class BookDataFeed extends DataFeed {
  /** The exchange's id. */
  readonly exchange: string;
  /** The options it was made with. */
  readonly options: BookDataFeedOptions;
  /**
   * What the strategy's machine has received.
   *
   * @internal
   */
  readonly market: TickMarket;
  readonly #warnings: string[] = [];
  /** Symbols of the recording that are not this feed's. */
  readonly #others = new Set<string>();
  #ticks: MarketTicks | undefined;
  #arrivals: Float64Array | undefined;
  #orderAtExchange: Uint32Array | undefined;
  #orderHere: Uint32Array | undefined;

  /** @throws {ConfigError} If an option cannot be right. */
  constructor(options: BookDataFeedOptions) {
    checkNames('option of BookDataFeed', options, [...feedOptionNames.filter((name) => !leftOut.includes(name)), ...ownNames]); // prettier-ignore
    const symbol = unifiedSymbol(options.symbol);
    super({ ...options, symbol });
    if ((options.recording === undefined) === (options.ticks === undefined)) {
      throw new ConfigError('BookDataFeed takes either recording or ticks, but not both or neither', {
        context: { field: 'recording' },
      });
    }
    // The file of a path is read when the run begins.
    if (typeof options.recording === 'object') recordedProtocol(options.recording, options.exchange, options.protocols);
    const { feedLatencyMs = 'recorded', clockSkewMs = 0, depth = 20, keepTrades = 1_000 } = options;
    if (feedLatencyMs !== 'recorded' && !(feedLatencyMs >= 0 && feedLatencyMs < Infinity)) {
      throw new ConfigError(`feedLatencyMs must be 'recorded' or at least 0, was ${String(feedLatencyMs)}`, { context: { field: 'feedLatencyMs' } }); // prettier-ignore
    }
    if (!Number.isFinite(clockSkewMs)) throw new ConfigError(`clockSkewMs must be a number, was ${clockSkewMs}`);
    if (!(Number.isInteger(depth) && depth > 0)) {
      throw new ConfigError(`depth must be a positive whole number, was ${depth}`, { context: { field: 'depth' } });
    }
    if (!(Number.isInteger(keepTrades) && keepTrades >= 0)) {
      throw new ConfigError(`keepTrades must be a whole number of at least 0, was ${keepTrades}`, { context: { field: 'keepTrades' } }); // prettier-ignore
    }
    this.exchange = options.exchange;
    this.options = options;
    this.market = new TickMarket(options.exchange, symbol, { levels: depth, keepTrades });
  }

  override get reader(): MarketReader {
    return this.market;
  }

  /** The trades and book changes in the range of `start` and `end`, read once. @throws {DataError} If there are none. */
  get ticks(): MarketTicks {
    this.#ticks ??= this.#read();
    return this.#ticks;
  }

  /**
   * When each row reaches the strategy, milliseconds UTC.
   *
   * @internal
   */
  get arrivals(): Float64Array {
    this.#arrivals ??= this.#arrive();
    return this.#arrivals;
  }

  /**
   * The rows in the order of the exchange's time.
   *
   * @internal
   */
  get orderAtExchange(): Uint32Array {
    this.#orderAtExchange ??= orderOf(this.ticks.time, this.ticks.count);
    return this.#orderAtExchange;
  }

  /**
   * The rows in the order in which they reach the strategy.
   *
   * @internal
   */
  get orderHere(): Uint32Array {
    this.#orderHere ??= orderOf(this.arrivals, this.ticks.count);
    return this.#orderHere;
  }

  /** The bars of the trades, for consumers that need only bars. */
  override load(): Promise<LoadedBars> {
    const { ticks } = this;
    const bars = this.liveBars();
    const rows: number[][] = [];
    for (let k = 0; k < ticks.count; k++) {
      if (ticks.kind[k] !== tickKind.trade || !bars.reach(ticks.time[k]!)) continue;
      for (let bar = bars.shift(); bar !== undefined; bar = bars.shift()) {
        rows.push([bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume]);
      }
      bars.take({ price: ticks.price[k]!, size: ticks.size[k]! }, ticks.time[k]!);
    }
    return Promise.resolve(loadedBars(columnsOf(rows)));
  }

  override warnings(): readonly string[] {
    return [...super.warnings(), ...this.#warnings];
  }

  /**
   * The bars of a run, empty.
   *
   * @internal
   */
  liveBars(): LiveBars {
    return new LiveBars({ timeframe: this.timeframe, from: 'trades', graceMs: 1_000, canFetch: false });
  }

  #arrive(): Float64Array {
    const { ticks } = this;
    const { feedLatencyMs = 'recorded', clockSkewMs } = this.options;
    const { count, time, receiveTime } = ticks;
    if (feedLatencyMs !== 'recorded') return time.slice(0, count).map((at) => at + feedLatencyMs);
    const skew = clockSkewMs ?? ticks.clockSkew;
    if (clockSkewMs === undefined && skew > 0) {
      this.#warnings.push(
        `${this.name}: the recorder's clock was ${Math.round(skew)} ms behind the exchange's: times of receipt are moved by that (clockSkewMs)`,
      );
    }
    // No event may be received before it happened.
    return receiveTime.slice(0, count).map((at, k) => Math.max(at + skew, time[k]!));
  }

  #read(): MarketTicks {
    const { ticks, recording } = this.options;
    const all = ticks instanceof MarketTicks ? ticks : MarketTicks.from(ticks ?? this.#eventsOf(recording!));
    const { start = -Infinity, end = Infinity } = this;
    const found = start === -Infinity && end === Infinity ? all : within(all, start, end);
    if (found.count === 0) {
      const others = [...this.#others].slice(0, mostNamed).join(', ');
      const [from, to] = [all.time[0], all.time[all.count - 1]];
      const there =
        all.count > 0
          ? ` in its range: it has them from ${formatTime(Math.floor(from!))} to ${formatTime(Math.floor(to!))}`
          : others === ''
            ? ''
            : `: the recording has ${others}${this.#others.size > mostNamed ? ' and others' : ''}`;
      throw new DataError(`${this.name} has no trade and no book of ${this.symbol}${there}`, {
        code: 'no-ticks',
        context: { symbol: this.symbol },
      });
    }
    if (!found.hasBook) {
      throw new DataError(`${this.name} has no book of ${this.symbol}: record the channels trade and book`, {
        code: 'no-book',
        context: { symbol: this.symbol },
      });
    }
    return found;
  }

  #eventsOf(source: Recording | string): MarketEvent[] {
    const recording = typeof source === 'string' ? readRecording(source, readFileSync(source)) : source;
    const events: MarketEvent[] = [];
    let faults = 0;
    const playback = new Playback<number>(
      recording,
      { protocol: recordedProtocol(recording, this.exchange, this.options.protocols), numbers: floatReader },
      {
        event: (event) => {
          if (event.type !== 'trade' && event.type !== 'book') return;
          if (event.symbol === this.symbol) events.push(event);
          else this.#others.add(event.symbol);
        },
        fault: () => {
          faults++;
        },
      },
    );
    playback.symbols.find(this.symbol);
    for (const line of recording.lines) playback.line(line);
    if (faults > 0) this.#warnings.push(`${this.name}: ${faults} frames of the recording could not be read`);
    return events;
  }
}

/** The rows of a range of the exchange's time, beginning with the whole book before it. */
function within(all: MarketTicks, start: number, end: number): MarketTicks {
  const found = new MarketTicks();
  let levels: [number, number][][] | undefined = [[], []];
  const known = [new Map<number, number>(), new Map<number, number>()] as const;
  for (let k = 0; k < all.count;) {
    let last = k;
    while (all.isLast[last] === 0) last++;
    const time = all.time[k]!;
    if (time >= end) {
      k = last + 1;
      continue;
    }
    const isWhole = all.kind[k] === tickKind.clear;
    if (all.kind[k] === tickKind.trade) {
      if (time >= start) found.addTrade(time, all.receiveTime[k]!, all.side[k]! > 0 ? 'buy' : 'sell', all.price[k]!, all.size[k]!); // prettier-ignore
    } else {
      if (isWhole) for (const side of known) side.clear();
      const changed: [number, number][][] = [[], []];
      for (let row = isWhole ? k + 1 : k; row <= last; row++) {
        const at = all.side[row]! > 0 ? 0 : 1;
        if (time < start) known[at].set(all.price[row]!, all.size[row]!);
        else changed[at]!.push([all.price[row]!, all.size[row]!]);
      }
      if (time >= start) {
        const [bids, asks] = changed;
        if (levels !== undefined && !isWhole && known[0].size + known[1].size > 0) {
          levels = known.map((side) => [...side].filter(([, size]) => size > 0));
          found.addBook(start, all.receiveTime[k]!, levels[0]!, levels[1]!, { isWhole: true });
        }
        levels = undefined;
        found.addBook(time, all.receiveTime[k]!, bids!, asks!, { isWhole });
      }
    }
    k = last + 1;
  }
  return found;
}
