/** Grows a longer bar with each shorter one, as a strategy would have watched it. */
import { DataError, formatTime } from '../../core/index.ts';
import type { Timeline, WideBar } from '../../lines/index.ts';
import type { BarGrid, Bucket } from './bar-grid.ts';

/**
 * Rewrites the last bar of a replayed data with each of its ticks, which are the bars of the shorter timeframe.
 *
 * The data's length grows when a new bar begins. `partial` is false with the tick that closes the bar; where that tick is missing, the bar
 * ends when the next one begins.
 */
export class Replay {
  readonly timeline: Timeline;
  readonly ticks: Timeline;
  private readonly grid: BarGrid;
  private readonly bucket: Bucket = { open: NaN, close: -Infinity };
  private readonly bar: { -readonly [name in keyof WideBar]-?: number };

  constructor(timeline: Timeline, ticks: Timeline, grid: BarGrid) {
    this.timeline = timeline;
    this.ticks = ticks;
    this.grid = grid;
    const none = { time: NaN, open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN };
    this.bar = { ...none, quoteVolume: NaN, tradeCount: NaN, buyVolume: NaN, funding: NaN, openInterest: NaN };
  }

  /** Skips ticks outside of every session: they belong to no bar. */
  skipOutside(): void {
    const { ticks, grid } = this;
    if (!grid.hasSessions) return;
    while (ticks.index + 1 < ticks.loaded && grid.sessionEnd(ticks.time.at(ticks.index + 1)) === undefined)
      ticks.index++;
  }

  /** Takes the next tick. */
  advance(): void {
    const { timeline, ticks, bucket, bar } = this;
    const at = ++ticks.index;
    const time = ticks.time.at(at);
    const closes = ticks.closeAt(at);
    if (time >= bucket.close) {
      this.grid.find(time, bucket);
      timeline.index++;
      bar.time = bucket.open;
      bar.open = ticks.open.at(at);
      bar.high = -Infinity;
      bar.low = Infinity;
      bar.volume = bar.quoteVolume = bar.tradeCount = bar.buyVolume = 0;
    }
    const end = this.grid.hasBreaks ? this.grid.sessionEnd(time)! : bucket.close;
    if (closes > end) {
      throw new DataError(
        `a bar of ${ticks.info.timeframe.name} from ${formatTime(time)} to ${formatTime(closes)} ends after the ` +
          `${timeline.info.timeframe.name} bar it belongs to, which ${end === bucket.close ? 'ends' : 'has a session that ends'} at ${formatTime(end)}`,
        { code: 'timeframe' },
      );
    }
    bar.high = Math.max(bar.high, ticks.high.at(at));
    bar.low = Math.min(bar.low, ticks.low.at(at));
    bar.close = ticks.close.at(at);
    bar.volume += ticks.volume.at(at);
    if (ticks.quoteVolume !== undefined) bar.quoteVolume += ticks.quoteVolume.at(at);
    if (ticks.tradeCount !== undefined) bar.tradeCount += ticks.tradeCount.at(at);
    if (ticks.buyVolume !== undefined) bar.buyVolume += ticks.buyVolume.at(at);
    if (ticks.funding !== undefined) bar.funding = ticks.funding.at(at);
    if (ticks.openInterest !== undefined) bar.openInterest = ticks.openInterest.at(at);
    timeline.partial = closes < bucket.close;
    timeline.put(timeline.index, bar, closes);
    timeline.knownUntil = closes;
  }
}
