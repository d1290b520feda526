/** Synthetic bars from a seed: for demonstrations, for tests, and for strategies that should find nothing. */
import {
  barClose,
  barOpen,
  checkNames,
  ConfigError,
  createBars,
  sliceBars,
  timeframe,
  toTime,
  type Bars,
  type TimeInput,
} from '../../core/index.ts';
import { noteRead } from '../checks/reads.ts';
import { atOnce, DataFeed, feedOptionNames, type FeedOptions, type LoadContext } from '../feed.ts';
import type { LoadedBars } from '../loaded-bars.ts';
import { SyntheticWalk, type WalkSettings } from './random-walk.ts';

/** Options of generateBars. */
export interface GenerateOptions {
  /** The same seed gives the same bars on every machine. Default 1. */
  readonly seed?: number;
  /** The length of a bar, such as `1h`. */
  readonly timeframe: string;
  /** The first bar opens at or after it. Default 2024-01-01. */
  readonly start?: TimeInput;
  /** How many bars. Default 10,000. */
  readonly count?: number;
  /** Price before the first bar. Default 30,000. */
  readonly price?: number;
  /** Standard deviation of returns over a year, as a fraction. Default 0.6. */
  readonly volatility?: number;
  /** Expected return over a year, as a fraction. Default 0: the expected profit is zero. */
  readonly drift?: number;
  /** Average volume of a bar, in base units. Default 100. */
  readonly volume?: number;
}

const walkNames = ['seed', 'count', 'price', 'volatility', 'drift', 'volume'] as const;
const defaultStart = '2024-01-01';
const defaultCount = 10_000;
const chunkRows = 65_536;

/**
 * Synthetic bars: a seeded random walk on a tick of 0.01, with fat tails, volatility clusters, and more volume where prices move more. Each
 * bar opens where the one before it closed.
 *
 * @throws {ConfigError} If an option cannot be right.
 */
export function generateBars(options: GenerateOptions): Bars {
  checkNames('option of generateBars', options, [...walkNames, 'timeframe', 'start']);
  const source = new BarSource(options);
  return source.next(source.count);
}

/** Options of GeneratedDataFeed: with `end`, `count` is optional and the bars fill the range. */
export interface GeneratedDataFeedOptions extends FeedOptions, Omit<GenerateOptions, 'timeframe' | 'start'> {}

/** A feed of synthetic bars, with the symbol `SYNTHETIC/USDT` unless another is given. */
export class GeneratedDataFeed extends DataFeed {
  private readonly options: GenerateOptions;

  constructor(options: GeneratedDataFeedOptions) {
    checkNames('option of GeneratedDataFeed', options, [...feedOptionNames, ...walkNames]);
    super({ ...options, symbol: options.symbol ?? options.instrument?.symbol ?? 'SYNTHETIC/USDT' });
    const { seed, count, price, volatility, drift, volume } = options;
    const given = { seed, count: count ?? this.countToEnd(), price, volatility, drift, volume };
    const known = Object.entries(given).filter(([, value]) => value !== undefined);
    this.options = {
      timeframe: options.timeframe,
      ...(this.start !== undefined && { start: this.start }),
      ...(Object.fromEntries(known) as Omit<GenerateOptions, 'timeframe'>),
    };
    new BarSource(this.options);
  }

  override async load(context: LoadContext = atOnce): Promise<LoadedBars> {
    context.signal?.throwIfAborted();
    const source = new BarSource(this.options);
    const bars = source.next(source.count);
    return Promise.resolve(this.shaped(this.end === undefined ? bars : upTo(bars, this.end)));
  }

  /** The bars in pieces; memory does not grow with their number. */
  override async *stream(context: LoadContext = atOnce): AsyncGenerator<Bars> {
    const source = new BarSource(this.options);
    const shape = this.newShape();
    for (let left = source.count; left > 0; left -= chunkRows) {
      context.signal?.throwIfAborted();
      const bars = source.next(Math.min(left, chunkRows));
      const piece = this.end === undefined ? bars : upTo(bars, this.end);
      const shaped = shape === undefined ? piece : shape.push(piece).bars;
      if (shaped.time.length > 0) yield await Promise.resolve(noteRead(shaped, this.name));
      if (piece.time.length < bars.time.length) return;
    }
  }

  private countToEnd(): number | undefined {
    if (this.end === undefined) return undefined;
    const start = this.start ?? toTime(defaultStart, 'start');
    let [count, time] = [0, firstOpen(this.sourceFrame, start)];
    if (this.sourceFrame.ms !== undefined) return Math.max(Math.ceil((this.end - time) / this.sourceFrame.ms), 0);
    for (; time < this.end; time = barClose(this.sourceFrame, time)) count++;
    return count;
  }
}

/** Bars one after the other, as many as are asked for. */
class BarSource {
  readonly count: number;
  private readonly walk: SyntheticWalk;
  private readonly settings: WalkSettings;
  private time: number;

  constructor(options: GenerateOptions) {
    const { seed = 1, count = defaultCount, price = 30_000, volatility = 0.6, drift = 0, volume = 100 } = options;
    const frame = timeframe(options.timeframe);
    const check = (name: string, value: number, isRight: boolean, what: string): void => {
      if (!isRight) throw new ConfigError(`${name} must be ${what}, was ${value}`, { context: { field: name } });
    };
    check('seed', seed, Number.isSafeInteger(seed), 'an integer');
    check('count', count, Number.isSafeInteger(count) && count >= 0, 'a whole number of bars');
    check('price', price, price > 0 && price < 1e12, 'a price above 0');
    check('volatility', volatility, volatility >= 0 && volatility <= 10, 'a fraction from 0 to 10 per year');
    check('drift', drift, Math.abs(drift) <= 10, 'a fraction from -10 to 10 per year');
    check('volume', volume, volume >= 0 && volume < 1e12, 'a volume of at least 0');
    this.settings = { seed, timeframe: frame, price, volatility, drift, volume };
    this.count = count;
    this.walk = new SyntheticWalk(this.settings);
    this.time = firstOpen(frame, toTime(options.start ?? defaultStart, 'start'));
  }

  next(count: number): Bars {
    const bars = createBars(count);
    const bar = new Float64Array(5);
    for (let i = 0; i < count; i++) {
      this.walk.next(bar);
      bars.time[i] = this.time;
      bars.open[i] = bar[0]!;
      bars.high[i] = bar[1]!;
      bars.low[i] = bar[2]!;
      bars.close[i] = bar[3]!;
      bars.volume[i] = bar[4]!;
      this.time = barClose(this.settings.timeframe, this.time);
    }
    return bars;
  }
}

function firstOpen(frame: WalkSettings['timeframe'], start: number): number {
  const open = barOpen(frame, start);
  return open < start ? barClose(frame, open) : open;
}

function upTo(bars: Bars, end: number): Bars {
  let length = bars.time.length;
  while (length > 0 && bars.time[length - 1]! >= end) length--;
  return length === bars.time.length ? bars : sliceBars(bars, 0, length);
}
