/** A data as one strategy sees it: the lines of its bars and where now is. */
import { ConfigError, showPlainly, shown, type Instrument, type MarketReader, type Timeframe } from '../core/index.ts';
import type { Column } from './column.ts';
import type { Graph } from './graph.ts';
import { Line } from './line.ts';
import { refuseUnknownLines } from './misuse.ts';
import type { Timeline } from './timeline.ts';

/** The timeline behind a data: where now is, and the columns of its bars. */
export let timelineOf: (data: Data) => Timeline;
/** The open time of each bar of a data, milliseconds UTC, as a line: for indicators that restart with a session. */
export let timesOf: (data: Data) => Line;

/** The bars of one symbol in one timeframe, up to now. */
export class Data {
  /** Its name in the run. Default: the symbol. */
  readonly name: string;
  /** The symbol, such as `BTC/USDT`. */
  readonly symbol: string;
  /** Length of its bars. */
  readonly timeframe: Timeframe;
  /** The venue's rules for the symbol, where the feed knows them. */
  readonly instrument: Instrument | undefined;
  /** Trades, book and quotes of the market, live or recorded; undefined where there are only bars. */
  readonly stream: MarketReader | undefined;
  /** First prices, in quote units. */
  readonly open: Line;
  /** Highest prices, in quote units. */
  readonly high: Line;
  /** Lowest prices, in quote units. */
  readonly low: Line;
  /** Last prices, in quote units. */
  readonly close: Line;
  /** Units traded. */
  readonly volume: Line;
  /** Quote units traded in each bar, such as USDT of BTC/USDT; undefined where the feed does not say. */
  readonly quoteVolume: Line | undefined;
  /** Number of trades in each bar; undefined where the feed does not say. */
  readonly tradeCount: Line | undefined;
  /** Base units that takers bought in each bar; undefined where the feed does not say. */
  readonly buyVolume: Line | undefined;
  /**
   * The funding rate last settled by the close of each bar, a fraction per interval such as 0.0001; NaN before the first, undefined where
   * the feed does not say.
   */
  readonly funding: Line | undefined;
  /** The open interest last published by the close of each bar, in base units; NaN before the first, undefined where the feed does not say. */
  readonly openInterest: Line | undefined;
  readonly #timeline: Timeline;
  readonly #graph: Graph;

  static {
    timelineOf = (data) => data.#timeline;
    timesOf = (data) =>
      new Line('time', data.#graph, data.#timeline, data.#timeline.time, new Map([[data.#timeline, 1]]));
    showPlainly(Data);
    refuseUnknownLines(Data);
  }

  /** @internal */
  constructor(timeline: Timeline, graph: Graph) {
    const { name, symbol, timeframe, instrument, stream } = timeline.info;
    this.name = name;
    this.symbol = symbol;
    this.timeframe = timeframe;
    this.instrument = instrument;
    this.stream = stream;
    this.#timeline = timeline;
    this.#graph = graph;
    const roots = new Map([[timeline, 1]]);
    const line = (label: string, column: Column): Line => new Line(label, graph, timeline, column, roots);
    this.open = line('open', timeline.open);
    this.high = line('high', timeline.high);
    this.low = line('low', timeline.low);
    this.close = line('close', timeline.close);
    this.volume = line('volume', timeline.volume);
    this.quoteVolume = timeline.quoteVolume && line('quoteVolume', timeline.quoteVolume);
    this.tradeCount = timeline.tradeCount && line('tradeCount', timeline.tradeCount);
    this.buyVolume = timeline.buyVolume && line('buyVolume', timeline.buyVolume);
    this.funding = timeline.funding && line('funding', timeline.funding);
    this.openInterest = timeline.openInterest && line('openInterest', timeline.openInterest);
  }

  /** The data as plain data: what it is, and its present bar. */
  toJSON(): Record<string, unknown> {
    const { name, symbol, timeframe, length, time } = this;
    const prices = { open: this.open.now, high: this.high.now, low: this.low.now, close: this.close.now };
    return { name, symbol, timeframe: timeframe.name, length, time, ...prices, volume: this.volume.now };
  }

  /** How many bars have been delivered; 0 before the first. */
  get length(): number {
    return this.#timeline.index + 1;
  }

  /** Whether this data got a new bar in the present step. */
  get isNew(): boolean {
    return this.#timeline.isNew;
  }

  /** Whether the present bar is still growing, which only a replayed or live data's can be. */
  get partial(): boolean {
    return this.#timeline.partial;
  }

  /** The price at which the next bar opens, inside `nextOpen`; NaN elsewhere. */
  get openingPrice(): number {
    return this.#timeline.openingPrice;
  }

  /** When the present bar opened, milliseconds UTC; NaN before the first. */
  get time(): number {
    return this.#timeline.time.at(this.#timeline.index);
  }

  /**
   * When the present bar closed, which is the engine's now if the data moved in this step; NaN before the first. Of a bar that
   * is still growing: the close of its latest part.
   */
  get closeTime(): number {
    return this.#timeline.closeAt(this.#timeline.index);
  }
}

/**
 * Throws where an indicator of whole bars was given something else than a data.
 *
 * @param what - The indicator, for the message.
 */
export function checkData(what: string, value: unknown): asserts value is Data {
  if (value instanceof Data) return;
  const given = value instanceof Line ? `the line ${value.name}` : shown(value);
  throw new ConfigError(`${what} needs a data such as this.data, was given ${given}`, {
    code: 'bad-parameter',
    context: { indicator: what },
  });
}
