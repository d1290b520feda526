/** A feed over bars that were loaded and checked before, in this process or another, with what their source knew of them. */
import { noteEven, noteTraded, type Bars, type Instrument } from '../../core/index.ts';
import { DataFeed } from '../feed.ts';
import { Zone } from '../timeframes/wall-clock.ts';

/** What a feed knows of its bars, as plain data. */
export interface FeedFacts {
  readonly name: string;
  readonly symbol: string;
  readonly timeframe: string;
  readonly exchange?: string;
  readonly instrument?: Instrument;
  readonly sessionEndMs?: number;
  /** The zone of the trading day. */
  readonly tz?: string;
}

/** What a feed knows of its bars once it has loaded them. */
export function factsOf(feed: DataFeed): FeedFacts {
  const { name, symbol, timeframe, instrument, sessionEndMs, sessionZone } = feed;
  const { exchange } = feed as { readonly exchange?: unknown };
  return {
    name,
    symbol,
    timeframe: timeframe.name,
    ...(typeof exchange === 'string' && { exchange }),
    ...(instrument !== undefined && { instrument }),
    ...(sessionEndMs !== undefined && { sessionEndMs }),
    ...(sessionZone !== undefined && { tz: sessionZone.name }),
  };
}

/** A feed over bars that need no further check. */
export class HeldFeed extends DataFeed {
  /** The exchange that the bars are of; undefined where the source is none. */
  readonly exchange: string | undefined;
  override readonly sessionEndMs: number | undefined;
  override readonly sessionZone: Zone | undefined;
  readonly #bars: Bars;
  readonly #warnings: readonly string[];

  constructor(bars: Bars, facts: FeedFacts, warnings: readonly string[] = []) {
    const { name, symbol, timeframe, exchange, instrument, sessionEndMs, tz } = facts;
    super({ name, symbol, timeframe, ...(instrument && { instrument }) });
    this.exchange = exchange;
    this.sessionEndMs = sessionEndMs;
    this.sessionZone = tz === undefined ? undefined : new Zone(tz, 'tz');
    this.#bars = bars;
    this.#warnings = warnings;
    noteEven(bars, this.timeframe.ms);
    noteTraded(bars);
  }

  override load(): Promise<Bars> {
    return Promise.resolve(this.#bars);
  }

  override warnings(): readonly string[] {
    return this.#warnings;
  }
}
