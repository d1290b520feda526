/** Keeps the market data of a live session or a stream in the store: bars as built from the stream, trades and quotes. */
import { createBars, messageOf, type Quote, type Runtime, type StreamEvent, type TradeTick } from '../../core/index.ts';
import { BarStore, builtMark, TickStore, type Series } from '../../store/index.ts';
import type { LiveBar } from './live-bars.ts';

/** The kinds of market data that can be kept. */
export type KeptKind = 'bars' | 'trades' | 'quotes';
/** Every kind of market data that can be kept. */
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

/** Waiting data are written after this long at the latest, in milliseconds: a killed session loses no more. */
const writeEveryMs = 60_000;
/** This many bars are written at once. */
const mostBars = 1_000;
/** This many trades and quotes are written at once. */
const mostTicks = 5_000;
/** The most bars, trades and quotes that wait while nothing can be written. */
const mostWaiting = 100_000;

/** A piece to write: all bars of a range, or trades and quotes. */
type Piece =
  | { readonly range: { readonly start: number; readonly end: number }; readonly rows: readonly LiveBar[] }
  | { readonly range?: undefined; readonly rows: readonly (TradeTick | Quote)[] };

/**
 * Writes in the background. A failed write does not end the session: `failure` holds the reason, and the data are written with the next
 * piece. Beyond 100,000 waiting rows the oldest are dropped and counted, as are rows that are left at the close.
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
  /** What has still to be written, the oldest first. */
  readonly #pieces: Piece[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(options: MarketKeeperOptions) {
    this.#options = options;
    this.#source = `${builtMark}from the stream by ${options.by}`;
    this.#written = options.runtime.elapsed();
  }

  /** Every bar from this moment on will be passed to it: history ends here. */
  begin(known: number): void {
    if (!(this.#known >= known)) this.#from = this.#known = known;
  }

  /**
   * A bar that has closed.
   *
   * @param canFetch - Whether missed bars are fetched, so that the time between two bars is known to be empty.
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

  /** Writes all waiting data. */
  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
    this.#drop(0);
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
    if (bars.length > 0) this.#pieces.push({ range, rows: bars });
    if (ticks.length > 0) this.#pieces.push({ rows: ticks });
    this.#writing = this.#writing.then(async () => this.#write());
  }

  async #write(): Promise<void> {
    try {
      for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
        await (piece.range === undefined ? this.#writeTicks(piece.rows) : this.#writeBars(piece.range, piece.rows));
        this.#pieces.shift();
        this.failure = undefined;
      }
    } catch (error) {
      this.failure = messageOf(error);
      this.#drop(mostWaiting);
    }
  }

  /** Drops the oldest until at most `most` wait. */
  #drop(most: number): void {
    let waiting = this.#pieces.reduce((count, { rows }) => count + rows.length, 0);
    while (waiting > most) {
      const { length } = this.#pieces.shift()!.rows;
      waiting -= length;
      this.dropped += length;
    }
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
