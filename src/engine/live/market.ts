/** The market of a live run: the streams of its feeds, what of them the store keeps, and what venues are asked by the clock. */
import type { Network, Runtime, StreamEvent, Timer } from '../../core/index.ts';
import type { LiveBar, MarketKeeper, MarketSource, StreamingFeed } from '../../feeds/index.ts';
import type { LiveConsumer } from './consumer.ts';
import type { LiveInput } from './input.ts';
import { VenueWatch, type WatchedFeed } from './operation/venue-watch.ts';
import { playRecordings } from './recordings.ts';

/** What the market of a run is reached with. */
export interface MarketParts {
  readonly feeds: readonly StreamingFeed[];
  readonly runtime: Runtime;
  readonly network: Network | undefined;
  /** Ends every connection. */
  readonly signal: AbortSignal;
  /** Takes what the market sends. */
  readonly consumer: Pick<LiveConsumer, 'push' | 'isOver'>;
}

/** Opens the streams of all feeds, and closes them. */
export class LiveMarket {
  readonly #parts: MarketParts;
  readonly #sources: MarketSource[] = [];
  #keepers: readonly (MarketKeeper | undefined)[] = [];
  readonly #push = (input: LiveInput): void => {
    this.#parts.consumer.push(input);
  };

  constructor(parts: MarketParts) {
    this.#parts = parts;
  }

  /**
   * Keeps bars, trades and quotes in the store, for the feeds that are set so.
   *
   * @param known - By feed: up to when its history is in the store; undefined where nothing is.
   */
  keep(session: string, known: readonly (number | undefined)[]): void {
    const { feeds, runtime } = this.#parts;
    this.#keepers = feeds.map((feed) => feed.keeper(`session ${session}`, runtime));
    for (const [k, keeper] of this.#keepers.entries()) {
      const until = known[k];
      if (until !== undefined) keeper?.begin(until);
    }
  }

  /** Whether anything is kept. */
  get isKept(): boolean {
    return this.#keepers.some((keeper) => keeper !== undefined);
  }

  /** Keeps a bar that a feed handed out. @param isWhole - Whether bars before it that were missed have been fetched. */
  keepBar(feed: number, bar: LiveBar, isWhole: boolean): void {
    this.#keepers[feed]?.bar(bar, isWhole);
  }

  /** What of the market could not be kept, a sentence for each feed. */
  keptWarnings(): string[] {
    return this.#keepers.flatMap((keeper, k) => {
      if (keeper === undefined || keeper.dropped === 0) return [];
      const { name } = this.#parts.feeds[k]!;
      return [
        `${name}: ${keeper.dropped} bars, trades and quotes could not be kept in the store: ${keeper.failure ?? 'it failed for a while'}`,
      ];
    });
  }

  /** Begins to ask venues whether instruments trade and how far their clocks are. The timers are the caller's to end. */
  watchVenues(feedAt: (feed: number) => WatchedFeed | undefined): readonly Timer[] {
    const { feeds, runtime } = this.#parts;
    return new VenueWatch(feeds, runtime, this.#push, feedAt).start();
  }

  /** Opens the streams; their events are pushed from now on. */
  async open(): Promise<void> {
    const { feeds, runtime, network, signal } = this.#parts;
    for (const [k, feed] of feeds.entries()) {
      const source = feed.source();
      this.#sources.push(source);
      await source.open(feed.openStreams(), this.#emitOf(k), { runtime, signal, ...(network && { network }) });
    }
  }

  /** Plays the feeds' recordings instead, which are then the clock. */
  play(clockMs: number): Promise<void> {
    const { feeds, runtime, consumer } = this.#parts;
    return playRecordings(feeds, { clockMs, runtime, push: this.#push, isOver: () => consumer.isOver });
  }

  /** Closes the streams. */
  async close(): Promise<void> {
    const sources = this.#sources.splice(0);
    await Promise.all(sources.map((source) => source.close()));
  }

  /** Writes what of the market is not in the store yet. */
  async finish(): Promise<void> {
    await Promise.all(this.#keepers.map(async (keeper) => keeper?.close()));
  }

  #emitOf(feed: number): (event: StreamEvent) => void {
    const { consumer } = this.#parts;
    const keeper = this.#keepers[feed];
    if (keeper === undefined) {
      return (event) => {
        consumer.push({ kind: 'event', feed, event });
      };
    }
    return (event) => {
      keeper.take(event);
      consumer.push({ kind: 'event', feed, event });
    };
  }
}
