/** Closed bars by request: the history before a stream, and what the stream did not see whole. */
import { buildableFrom, type CcxtStore } from '../../connectors/ccxt/index.ts';
import {
  barClose,
  createBars,
  timeframe,
  type Bars,
  type Instrument,
  type Runtime,
  type Timeframe,
} from '../../core/index.ts';
import type { MissingBars } from './live-bars.ts';
import { resampleBars } from '../timeframes/resample.ts';

/** Where closed bars of one symbol are fetched from. */
export interface ClosedBars {
  /**
   * The bars with `start <= time < end` as the venue has them now, in rising time. All of them have ended; the last may be missing
   * while the venue is still writing it.
   */
  fetch(range: MissingBars, signal?: AbortSignal): Promise<Bars>;
  /** The venue's rules for the symbol; undefined where nobody knows them. */
  instrument?(): Promise<Instrument>;
  /** How far the venue's clock is ahead of ours, milliseconds. */
  clockOffset?(): Promise<number>;
}

/** Pages at most: a range that needs more is for the bar store to download. */
const mostPages = 50;

/** Closed bars through ccxt; of a timeframe that the exchange does not serve, added up from shorter ones. */
export class CcxtClosedBars implements ClosedBars {
  readonly #store: CcxtStore;
  readonly #symbol: string;
  readonly #frame: Timeframe;

  constructor(store: CcxtStore, symbol: string, frame: Timeframe) {
    this.#store = store;
    this.#symbol = symbol;
    this.#frame = frame;
  }

  async fetch(range: MissingBars, signal?: AbortSignal): Promise<Bars> {
    const served = await this.#store.timeframes();
    const wanted = this.#frame;
    if (served.includes(wanted.name)) return this.#pages(wanted, range, signal);
    const shorter = buildableFrom(wanted.name, served);
    if (shorter === undefined) {
      await this.#store.checkTimeframe(wanted.name);
      return createBars(0);
    }
    const bars = await this.#pages(timeframe(shorter), range, signal);
    const { closeTime: _, ...longer } = resampleBars(bars, shorter, wanted, { knownUntil: range.end });
    return longer;
  }

  instrument(): Promise<Instrument> {
    return this.#store.instrument(this.#symbol);
  }

  clockOffset(): Promise<number> {
    return this.#store.clockOffset();
  }

  async #pages(frame: Timeframe, { start, end }: MissingBars, signal: AbortSignal | undefined): Promise<Bars> {
    const rows: (readonly number[])[] = [];
    const { limit, knowsUntil } = await this.#store.paging(this.#symbol);
    let since = start;
    for (let page = 0; page < mostPages && since < end; page++) {
      const request = { symbol: this.#symbol, timeframe: frame.name, since, limit };
      const got = await this.#store.fetchBars(knowsUntil ? { ...request, until: end - 1 } : request, signal);
      const fresh = got.filter(([time]) => time >= since && time < end && barClose(frame, time) <= end);
      if (fresh.length === 0) break;
      rows.push(...fresh);
      since = barClose(frame, fresh[fresh.length - 1]![0]);
    }
    return columnsOf(rows);
  }
}

/** Raw rows as columns: time, open, high, low, close, volume. */
export function columnsOf(rows: readonly (readonly number[])[]): Bars {
  const column = (at: number): Float64Array => Float64Array.from(rows, (row) => row[at]!);
  return { time: column(0), open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
}

/** Columns as raw rows. */
export function rowsOf(bars: Bars): number[][] {
  const { time, open, high, low, close, volume } = bars;
  return Array.from(time, (at, i) => [at, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!]);
}

/** How a fetch that comes too early is repeated. */
const settleMs = 1_000;
const settleTries = 3;

/** Fetches a range, and again a little later while its last bar is missing: a venue may need a moment to write it. */
export async function fetchSettled(
  source: ClosedBars,
  range: MissingBars,
  frame: Timeframe,
  runtime: Runtime,
  signal?: AbortSignal,
): Promise<Bars> {
  for (let tried = 1; ; tried++) {
    const bars = await source.fetch(range, signal);
    const last = bars.time[bars.time.length - 1];
    if (tried >= settleTries || (last !== undefined && barClose(frame, last) >= range.end)) return bars;
    await runtime.sleep(settleMs);
  }
}
