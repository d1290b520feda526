/** From consumed events to live bars: which trades count, and how a change of the stream's state affects the bars. */
import type { StreamEvent, Timeframe, TradeTick } from '../../core/index.ts';
import type { LiveBars } from './live-bars.ts';
import type { WantedStream } from './market-source.ts';
import type { MarketView } from './market-view.ts';

/** What an intake needs from its feed. */
export interface IntakeFeed {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** The channel that bars are built from. */
  readonly barChannel: 'trade' | 'bar';
  /** Every stream that the feed follows. */
  readonly wanted: readonly WantedStream[];
  viewOf(symbol: string): MarketView;
  /** What a trade adds to the volume of a bar, in the units of the exchange's own bars. */
  volumeOf(trade: Pick<TradeTick, 'price' | 'size'>): number;
  /** The bars of a live run, empty. */
  liveBars(canFetch: boolean): LiveBars;
}

/** Updates the bars of one live data with the events of its source. */
export class StreamIntake {
  readonly bars: LiveBars;
  /** Events that were refused because they held a value that no market can have, by channel and reason, such as `trade price`. */
  readonly refused: Record<string, number> = {};
  readonly #feed: IntakeFeed;
  readonly #canFetch: boolean;

  constructor(feed: IntakeFeed, canFetch: boolean) {
    this.#feed = feed;
    this.#canFetch = canFetch;
    this.bars = feed.liveBars(canFetch);
  }

  /** Whether any stream of the symbol is live. */
  get isConnected(): boolean {
    const { symbol, wanted } = this.#feed;
    const view = this.#feed.viewOf(symbol);
    return wanted.some((one) => one.symbol === symbol && view.stateOf(one.channel) === 'live');
  }

  /**
   * Called before an event is taken: closes the bars that have ended by its time.
   *
   * @param now - The exchange's time as far as the session knows it.
   * @returns For a trade, whether it belongs to the bars and may be executed against; true for everything else.
   */
  reach(event: StreamEvent, now: number): boolean {
    const { bars } = this;
    if (!('symbol' in event) || event.symbol !== this.#feed.symbol) return event.type !== 'trade';
    switch (event.type) {
      case 'trade':
        if (event.backfill) return false;
        bars.heard(now);
        return bars.reach(timeOf(event));
      case 'bar':
        bars.heard(now);
        if (event.timeframe === this.#feed.timeframe.name) bars.update(event);
        return true;
      case 'status':
        if (event.channel === this.#feed.barChannel && event.state !== 'live') {
          // Silence beyond its limit may mean a dead socket: bars are fetched where they can be.
          if (event.state !== 'stale' || this.#canFetch) bars.break();
        }
        return true;
      case 'gap':
        if (event.channel === this.#feed.barChannel) bars.break();
        return true;
      case 'refused': {
        const name = `${event.channel} ${event.reason}`;
        this.refused[name] = (this.refused[name] ?? 0) + 1;
        // The growing bar lacks the refused event.
        if (event.channel === this.#feed.barChannel) bars.break();
        return true;
      }
      default:
        bars.heard(now);
        return true;
    }
  }

  /** How many trades were refused; they are in no bar. */
  get badTrades(): number {
    return sumOf(this.refused, 'trade ');
  }

  /** Takes a trade for which `reach` returned true. */
  take(trade: TradeTick): void {
    this.bars.take(trade, timeOf(trade), this.#feed.volumeOf(trade));
  }
}

/** When a trade happened; where the venue does not say, when it was received. */
export function timeOf(trade: TradeTick): number {
  return trade.time ?? trade.receiveTime;
}

function sumOf(counts: Readonly<Record<string, number>>, prefix: string): number {
  let sum = 0;
  for (const [name, count] of Object.entries(counts)) if (name.startsWith(prefix)) sum += count;
  return sum;
}
