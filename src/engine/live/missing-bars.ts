/** Asks for the bars that a stream did not see whole; what comes back is an input of the session. */
import { ConfigError, ConnectorError, messageOf, type Runtime } from '../../core/index.ts';
import { fetchSettled, rowsOf, type MissingBars } from '../../feeds/index.ts';
import type { LiveFeed } from './feed-state.ts';
import type { LiveInput } from './input.ts';

/** How long after a failed request the next may follow. */
const againMs = 5_000;
/** The same while the stream is away too, and nothing waits for the bars: twice as long after each failure, up to this. */
const awayAgainMs = 60_000;
/** Failures in a row after which a range is given up: hopeless ones, and those that waiting might cure. */
const mostRefusals = 3;
const mostFailures = 120;

/** What a stream's failed requests have come to. */
interface Failures {
  /** Since the last answer. */
  count: number;
  /** Those of them in which the stream was live, or waiting was hopeless: they lead to a hole. */
  counted: number;
  /** When the last one was, by the runtime's elapsed time. */
  last: number;
}

/** One request at a time for each stream. */
export class BarFetcher {
  private readonly runtime: Runtime;
  private readonly signal: AbortSignal;
  private readonly push: (input: LiveInput) => void;
  private readonly asking = new Set<number>();
  private readonly failures = new Map<number, Failures>();

  constructor(runtime: Runtime, signal: AbortSignal, push: (input: LiveInput) => void) {
    this.runtime = runtime;
    this.signal = signal;
    this.push = push;
  }

  /**
   * Asks for a range, unless an answer is on its way or the last request has just failed. A range is given up only while the stream is
   * live and its next bars wait for it: after an outage of everything, however long, all of its bars are asked for.
   */
  fetch(live: LiveFeed, range: MissingBars): void {
    const { index, feed } = live;
    const { runtime, asking } = this;
    if (asking.has(index) || runtime.elapsed() < this.notBefore(live)) return;
    const source = feed.closedBars(runtime);
    if (source === undefined) return;
    asking.add(index);
    fetchSettled(source, range, feed.timeframe, runtime, this.signal).then(
      (bars) => {
        asking.delete(index);
        this.failures.delete(index);
        const { knownUntil = range.end, holes = [] } = bars;
        for (const hole of holes) this.push({ kind: 'hole', feed: index, ...hole });
        const start = holes.reduce((from, { end }) => Math.max(from, end), range.start);
        if (knownUntil <= start) return;
        this.push({ kind: 'bars', feed: index, start, end: knownUntil, rows: rowsOf(bars) });
      },
      (error: unknown) => {
        asking.delete(index);
        const reason = messageOf(error);
        if (this.signal.aborted) return;
        this.push({ kind: 'failed', feed: index, reason: `missing bars could not be fetched: ${reason}` });
        // Bars of a length that the exchange does not serve will not come with waiting.
        const isNever = error instanceof ConfigError;
        const isHopeless = isNever || (error instanceof ConnectorError && !error.retryable);
        const failures = this.failures.get(index) ?? { count: 0, counted: 0, last: 0 };
        failures.count++;
        if (isHopeless || live.intake.isConnected) failures.counted++;
        failures.last = runtime.elapsed();
        this.failures.set(index, failures);
        if (failures.counted < (isNever ? 1 : isHopeless ? mostRefusals : mostFailures)) return;
        this.failures.delete(index);
        this.push({ kind: 'hole', feed: index, ...range, reason });
      },
    );
  }

  /** The first moment at which a stream's bars may be asked for again. */
  private notBefore({ index, intake }: LiveFeed): number {
    const failures = this.failures.get(index);
    if (failures === undefined) return -Infinity;
    const { count, last } = failures;
    return last + (intake.isConnected ? againMs : Math.min(againMs * 2 ** (count - 1), awayAgainMs));
  }
}
