/** Asks for the bars that a stream did not see whole; what comes back is an input of the session. */
import { ConnectorError, messageOf, type Runtime } from '../../core/index.ts';
import { fetchSettled, rowsOf, type MissingBars } from '../../feeds/index.ts';
import type { LiveFeed } from './feed-state.ts';
import type { LiveInput } from './input.ts';

/** How long after a failed request the next may follow. */
const againMs = 5_000;
/** Failures in a row after which a range is given up: at once hopeless ones, and those that waiting might cure. */
const mostRefusals = 3;
const mostFailures = 120;

/** One request at a time for each stream. */
export class BarFetcher {
  private readonly runtime: Runtime;
  private readonly signal: AbortSignal;
  private readonly push: (input: LiveInput) => void;
  private readonly asking = new Set<number>();
  private readonly notBefore = new Map<number, number>();
  private readonly failures = new Map<number, number>();

  constructor(runtime: Runtime, signal: AbortSignal, push: (input: LiveInput) => void) {
    this.runtime = runtime;
    this.signal = signal;
    this.push = push;
  }

  /** Asks for a range, unless an answer is on its way or the last request has just failed. */
  fetch({ index, feed }: LiveFeed, range: MissingBars): void {
    const { runtime, asking, notBefore } = this;
    if (asking.has(index) || runtime.elapsed() < (notBefore.get(index) ?? -Infinity)) return;
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
        notBefore.set(index, runtime.elapsed() + againMs);
        const reason = messageOf(error);
        if (this.signal.aborted) return;
        this.push({ kind: 'failed', feed: index, reason: `missing bars could not be fetched: ${reason}` });
        const failures = (this.failures.get(index) ?? 0) + 1;
        this.failures.set(index, failures);
        const isHopeless = error instanceof ConnectorError && !error.retryable;
        if (failures < (isHopeless ? mostRefusals : mostFailures)) return;
        this.failures.delete(index);
        this.push({ kind: 'hole', feed: index, ...range, reason });
      },
    );
  }
}
