/** A feed of Renko bricks, range bars or volume bars, built from trades or from another feed's closes. */
import { barClose, barsBetween, checkNames, ConfigError, unknownName, type Bars } from '../../core/index.ts';
import { DataFeed, feedOptionNames, type FeedOptions, type LoadContext } from '../feed.ts';
import { loadedBars, type LoadedBars } from '../loaded-bars.ts';
import { eventBars, type EventBarKind } from './event-bars.ts';
import { claimRead } from '../checks/reads.ts';
import type { Ticks } from './ticks-bars.ts';

/** Options that need bars of one length. */
const withoutTimeframe: readonly string[] = ['timeframe', 'validation', 'compression', 'sessionStart'];

const kinds: readonly EventBarKind[] = ['renko', 'range', 'volume'];

/** Options of EventBarDataFeed; it has no `timeframe`, because its bars have none. */
export interface EventBarDataFeedOptions extends Omit<
  FeedOptions,
  'timeframe' | 'validation' | 'compression' | 'sessionStart'
> {
  /** When a bar ends. */
  readonly bars: EventBarKind;
  /** The size of a bar: price units for `renko` and `range`, base units for `volume`. */
  readonly size: number;
  /** Trades in columns, in the order of their times; or a feed, whose closes are taken as trades of the bar's volume. */
  readonly from: Ticks | DataFeed;
}

/**
 * A feed of bars that end by an event instead of by time: Renko bricks, range bars, volume bars.
 *
 * The engine treats them as one-second bars that close when they were completed. Orders fill at the next bar's prices, which are synthetic
 * for Renko: trade on a data of real bars and read these beside it. Built from another feed's closes, they do not see prices inside its
 * bars.
 *
 * @throws {ConfigError} If an option is unknown, `bars` is no kind or `size` is not above 0.
 */
export class EventBarDataFeed extends DataFeed {
  readonly #bars: EventBarKind;
  readonly #size: number;
  readonly #from: Ticks | DataFeed;

  constructor(options: EventBarDataFeedOptions) {
    const names = [...feedOptionNames.filter((name) => !withoutTimeframe.includes(name)), 'bars', 'size', 'from'];
    checkNames('option of EventBarDataFeed', options, names);
    const { bars, size, from, ...rest } = options;
    if (!kinds.includes(bars)) throw unknownName('kind of event bars', bars, kinds);
    if (!(Number.isFinite(size) && size > 0)) throw new ConfigError(`size must be a number above 0, was ${size}`);
    const symbol = rest.symbol ?? (from instanceof DataFeed ? from.symbol : undefined);
    super({ ...rest, ...(symbol !== undefined && { symbol }), timeframe: '1s' });
    this.#bars = bars;
    this.#size = size;
    this.#from = from;
  }

  override async load(context?: LoadContext): Promise<LoadedBars> {
    const from = this.#from;
    const bars = from instanceof DataFeed ? await from.load(context) : undefined;
    claimRead(bars ?? (from as Ticks));
    const ticks = bars === undefined ? (from as Ticks) : closesOf(bars, from as DataFeed);
    return loadedBars(barsBetween(eventBars(ticks, this.#bars, this.#size), this.start, this.end), this.name);
  }
}

/** Each bar as one trade of its volume, at its close. */
function closesOf(bars: Bars, { timeframe }: DataFeed): Ticks {
  return { time: bars.time.map((open) => barClose(timeframe, open)), price: bars.close, size: bars.volume };
}
