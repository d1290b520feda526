/** Keeps what a live session or a stream sees of a market in the store: its bars as built from the stream, its trades and quotes. */
import { createBars, messageOf, type Quote, type Runtime, type StreamEvent, type TradeTick } from '../../core/index.ts';
import { BarStore, builtMark, TickStore, type Series } from '../../store/index.ts';
import type { LiveBar } from './live-bars.ts';

/** What is kept of a market. */
export type KeptKind = 'bars' | 'trades' | 'quotes';
/** Everything that can be kept of a market. */
export const keptKinds = ['bars', 'trades', 'quotes'] as const satisfies readonly KeptKind[];

/** What a keeper keeps, and where. */
export interface MarketKeeperOptions {
  /** The series of the bars; its exchange, origin and symbol are those of trades and quotes. */
  readonly series: Series;
  readonly kinds: readonly KeptKind[];
  /** Who built the bars, such as `session paper-1`: part of their mark. */
  readonly by: string;
  readonly runtime: Runtime;
  /** Folder of the bar store. Default `data-cache`. */
  readonly folder?: string | undefined;
}

/** What waits is written at the latest after this long: a session that is killed loses no more. */
const writeEveryMs = 60_000;
/** Bars that wait at the most. */
const mostBars = 1_000;
/** Trades and quotes that wait at the most. */
const mostTicks = 5_000;

/**
 * Writes in the background. A failure to write ends no session: it is kept in `failure`, what could not be written is tried again with the
 * next, and beyond a bound the oldest is dropped and counted.
 */
export class MarketKeeper {
  /** Why the last write failed; undefined while all is well. */
  failure: string | undefined;
  /** Bars, trades and quotes that were dropped because they could not be written. */
  dropped = 0;
  readonly #options: MarketKeeperOptions;
  readonly #source: string;
  #bars: LiveBar[] = [];
  #ticks: (TradeTick | Quote)[] = [];
  /** From where on every bar has been seen. */
  #from = NaN;
  /** Up to where every bar has been seen. */
  #known = NaN;
  #written = -Infinity;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: MarketKeeperOptions) {
    this.#options = options;
    this.#source = `${builtMark}from the stream by ${options.by}`;
    this.#written = options.runtime.elapsed();
  }

  /** Every bar from this moment on will come: history ends here. */
  begin(known: number): void {
    if (!(this.#known >= known)) this.#from = this.#known = known;
  }

  /**
   * A bar that has closed.
   *
   * @param canFetch - Whether missed bars are fetched, so that what lies between two bars is known to be empty.
   */
  bar(bar: LiveBar, canFetch: boolean): void {
    if (!this.#options.kinds.includes('bars')) return;
    if (!(bar.time >= this.#known) || (!canFetch && bar.time > this.#known)) {
      if (this.#bars.length > 0) this.#flush();
      this.#from = bar.time;
    }
    this.#bars.push(bar);
    this.#known = bar.closeTime;
    this.#writeWhenDue();
  }

  /** An event of the stream. */
  take(event: StreamEvent): void {
    if (event.type !== 'trade' && event.type !== 'quote') return;
    if (event.symbol !== this.#options.series.symbol) return;
    if (!this.#options.kinds.includes(event.type === 'trade' ? 'trades' : 'quotes')) return;
    this.#ticks.push(event);
    this.#writeWhenDue();
  }

  /** Writes all that waits. */
  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #writeWhenDue(): void {
    const { runtime } = this.#options;
    const isFull = this.#bars.length >= mostBars || this.#ticks.length >= mostTicks;
    if (isFull || runtime.elapsed() - this.#written >= writeEveryMs) this.#flush();
  }

  #flush(): void {
    const bars = this.#bars.splice(0);
    const ticks = this.#ticks.splice(0);
    const range = { start: this.#from, end: this.#known };
    this.#from = this.#known;
    this.#written = this.#options.runtime.elapsed();
    if (bars.length + ticks.length === 0) return;
    this.#writing = this.#writing.then(async () => {
      try {
        if (bars.length > 0) await this.#writeBars(range, bars);
        if (ticks.length > 0) await this.#writeTicks(ticks);
        this.failure = undefined;
      } catch (error) {
        this.failure = messageOf(error);
        this.dropped += bars.length + ticks.length;
      }
    });
  }

  async #writeBars(range: { readonly start: number; readonly end: number }, rows: readonly LiveBar[]): Promise<void> {
    const { series, folder, runtime } = this.#options;
    const bars = createBars(rows.length);
    for (const [i, row] of rows.entries()) {
      for (const name of ['time', 'open', 'high', 'low', 'close', 'volume'] as const) bars[name][i] = row[name];
    }
    const store = await BarStore.open({ runtime, ...(folder !== undefined && { folder }) });
    try {
      await store.write(series, { ...range, source: this.#source }, bars);
    } finally {
      store.close();
    }
  }

  async #writeTicks(ticks: readonly (TradeTick | Quote)[]): Promise<void> {
    const { series: { exchange, symbol, origin }, folder } = this.#options; // prettier-ignore
    const store = await TickStore.open(folder === undefined ? {} : { folder });
    try {
      store.write({ exchange, symbol, ...(origin !== undefined && { origin }) }, ticks);
    } finally {
      store.close();
    }
  }
}
