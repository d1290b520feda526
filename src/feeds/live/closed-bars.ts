/** Closed bars by request: the history before a stream, and bars that the stream received only in part. */
import { buildableFrom, type CcxtStore } from '../../connectors/ccxt/index.ts';
import {
  barClose, barOpen, createBars, formatTime, messageOf, timeframe, type Bars, type Instrument, type Runtime, type Timeframe,
} from '../../core/index.ts'; // prettier-ignore
import { concatBars } from '../../store/index.ts';
import { noCounts } from '../history/page.ts';
import { sourceOf } from '../history/page-source.ts';
import { Pages, type Habits } from '../history/pages.ts';
import { resampleBars } from '../timeframes/resample.ts';
import type { MissingBars } from './live-bars.ts';

/** Bars that a venue no longer has, and why. */
export interface BarHole {
  /** Open of the first missing bar, milliseconds UTC. */
  readonly start: number;
  /** End of the hole, milliseconds UTC; a bar that opens at it is not missing. */
  readonly end: number;
  /** Why the venue does not serve them. */
  readonly reason: string;
}

/** Fetched bars, and which parts of the range they cover. */
export interface FetchedBars extends Bars {
  /** Up to this time the venue's answers are final, milliseconds UTC; it may still be writing later bars. Default: the end of the range. */
  readonly knownUntil?: number;
  /** Parts of the range that the venue refuses to serve. */
  readonly holes?: readonly BarHole[];
}

/** The source of closed bars of one symbol. */
export interface ClosedBars {
  /**
   * The bars with `start <= time < end` as the venue has them now, in rising time. All of them have ended; the last may be missing
   * while the venue is still writing it.
   */
  fetch(range: MissingBars, signal?: AbortSignal): Promise<FetchedBars>;
  /** The venue's rules for the symbol; undefined where they cannot be fetched. */
  instrument?(): Promise<Instrument>;
  /** Why the venue takes no orders in the symbol now, in a few words; undefined while it trades. Called repeatedly while a session runs. */
  halted?(): Promise<string | undefined>;
  /** How far the venue's clock is ahead of ours, milliseconds. A measurement older than `maxAgeMs` is repeated. */
  clockOffset?(maxAgeMs?: number): Promise<number>;
}

/** How venues word their refusal of bars that are too old. */
const tooOld = /too (?:long ago|old|early|far)|older than|earlier than|maximum \d+ (?:points|candles)|out of range/i;
/** The most requests to find the first moment that a venue still serves. */
const mostSteps = 16;

/**
 * Closed bars through ccxt, paged as history is: windows of at most the venue's page, whichever end of a window it cuts. A timeframe that
 * the exchange does not serve is built from shorter ones.
 */
export class CcxtClosedBars implements ClosedBars {
  readonly #store: CcxtStore;
  readonly #symbol: string;
  readonly #frame: Timeframe;
  readonly #runtime: Runtime;
  readonly #habits: Habits = { fromSince: false, leaps: false, deaf: false };

  constructor(store: CcxtStore, symbol: string, frame: Timeframe, runtime: Runtime) {
    this.#store = store;
    this.#symbol = symbol;
    this.#frame = frame;
    this.#runtime = runtime;
  }

  async fetch(range: MissingBars, signal?: AbortSignal): Promise<FetchedBars> {
    const served = await this.#store.timeframes();
    const wanted = this.#frame;
    if (served.includes(wanted.name)) return this.#served(wanted, range, signal);
    const shorter = buildableFrom(wanted.name, served);
    if (shorter === undefined) {
      await this.#store.checkTimeframe(wanted.name);
      return createBars(0);
    }
    const bars = await this.#served(timeframe(shorter), range, signal);
    const { knownUntil = range.end, holes } = bars;
    const { closeTime: _, ...longer } = resampleBars(bars, shorter, wanted, { knownUntil });
    return { ...longer, knownUntil: barOpen(wanted, knownUntil), ...(holes && { holes }) };
  }

  instrument(): Promise<Instrument> {
    return this.#store.instrument(this.#symbol);
  }

  async halted(): Promise<string | undefined> {
    const market = (await this.#store.markets(true))[this.#symbol];
    if (market === undefined) return 'the exchange does not list it any more';
    if (market.active !== false) return undefined;
    const status = (market as { readonly info?: { readonly status?: unknown } }).info?.status;
    return typeof status === 'string' ? `its status is ${status}` : 'the exchange says that it is not active';
  }

  clockOffset(maxAgeMs?: number): Promise<number> {
    return this.#store.clockOffset(maxAgeMs);
  }

  /** The bars of a range; where the venue refuses old ones, those from the first moment that it serves. */
  async #served(frame: Timeframe, range: MissingBars, signal: AbortSignal | undefined): Promise<FetchedBars> {
    let refused = range.start;
    let served: FetchedBars | undefined;
    let reason = '';
    let first = range.start;
    let least = range.end;
    for (let step = 0; step < mostSteps && first < range.end; step++) {
      try {
        served = await this.#pages(frame, { start: first, end: range.end }, signal);
        least = first;
      } catch (error) {
        reason = messageOf(error);
        if (!tooOld.test(reason)) throw error;
        refused = first;
      }
      if (least === range.start) return served!;
      const next = barOpen(frame, refused + (least - refused) / 2);
      if (next <= refused) break;
      first = next;
    }
    const hole = { start: range.start, end: least, reason };
    return { ...(served ?? createBars(0)), holes: [hole] };
  }

  async #pages(frame: Timeframe, range: MissingBars, signal: AbortSignal | undefined): Promise<FetchedBars> {
    const source = await sourceOf(this.#store, this.#symbol, frame, signal);
    const closedBy = Math.max(range.end, this.#runtime.now() + (await this.#store.clockOffset()));
    const pages = new Pages(source, frame, closedBy, noCounts(), this.#habits, this.#runtime);
    const parts: Bars[] = [];
    let knownUntil = range.start;
    for await (const { end, bars } of pages.stretches({ ...range, horizon: range.end })) {
      parts.push(bars);
      knownUntil = Math.max(knownUntil, end);
    }
    // A page that was cut at its early end comes after those that fill it.
    parts.sort((one, other) => (one.time[0] ?? Infinity) - (other.time[0] ?? Infinity));
    return { ...concatBars(parts.filter(({ time }) => time.length > 0)), knownUntil: Math.min(knownUntil, range.end) };
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

/** How long to wait before a fetch that came too early is repeated, in milliseconds. */
const settleMs = 1_000;
const settleTries = 3;

/**
 * Fetches a range, and again a little later while its last bars are missing: a venue may need a moment to write them.
 *
 * @returns The bars; `knownUntil` is the end of the range where only the last two bars are still missing, since they had no trades.
 */
export async function fetchSettled(
  source: ClosedBars,
  range: MissingBars,
  frame: Timeframe,
  runtime: Runtime,
  signal?: AbortSignal,
): Promise<FetchedBars> {
  for (let tried = 1; ; tried++) {
    const bars = await source.fetch(range, signal);
    const last = bars.time[bars.time.length - 1];
    if (last !== undefined && barClose(frame, last) >= range.end) return { ...bars, knownUntil: range.end };
    if (tried >= settleTries) {
      const { knownUntil = range.end } = bars;
      const isYoung = barClose(frame, barClose(frame, barOpen(frame, knownUntil))) >= range.end;
      return { ...bars, knownUntil: isYoung ? range.end : knownUntil };
    }
    await runtime.sleep(settleMs);
  }
}

/** A hole as part of a message. */
export function holeText({ start, end, reason }: BarHole): string {
  return `bars from ${formatTime(start)} to ${formatTime(end)} could not be fetched: ${reason}`;
}
