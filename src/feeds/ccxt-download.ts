/** Fills the bar store from an exchange: what is missing, once, resumable at any moment. */
import { concatBars, type BarStore, type Claim, type Series, type TimeRange } from '../store/index.ts';
import { throwIfAborted } from '../connectors/ccxt/index.ts';
import {
  barOpen,
  createBars,
  lowerBound,
  sliceBars,
  timeframe,
  type Bars,
  type Runtime,
  type Timeframe,
} from '../core/index.ts';
import { noCounts, type PageCounts } from './ccxt-page.ts';
import { Pages, type Habits, type PageSource, type Stretch } from './ccxt-pages.ts';

const month = timeframe('1M');
/** Pages in one claim: what one process takes for itself at a time. */
const pagesPerClaim = 50;
/** Bars held in memory before they are written even within a month. */
const rowsBeforeWrite = 200_000;
/** Bars are written at least this often, so that slow downloads lose little when they are killed. */
const writeEveryMs = 2_000;
/** How long to wait for another process that holds what is missing. */
const heldMs = 50;

export interface DownloadOptions {
  readonly store: BarStore;
  readonly series: Series;
  readonly frame: Timeframe;
  readonly source: PageSource;
  /** The exchange's own time. */
  readonly closedBy: number;
  readonly runtime: Runtime;
  readonly signal?: AbortSignal;
  /** Called after every page with the share that is done, 0 to 1, and the bars fetched so far. */
  readonly onPage?: (share: number, bars: number) => void;
}

/** Fetches every missing bar of a range into the store; other processes may do the same at once. */
export async function download(range: TimeRange, options: DownloadOptions): Promise<PageCounts> {
  const { store, series, frame, runtime } = options;
  const counts = noCounts();
  const habits: Habits = { fromSince: false, leaps: false, deaf: false };
  const pieceMs = pagesPerClaim * options.source.limit * (frame.ms ?? 31 * 86_400_000);
  const length = range.end - range.start;
  const known = store.missing(series, range).reduce((left, gap) => left - (gap.end - gap.start), length);
  let covered = known;
  let wanted = range;
  while (wanted.start < wanted.end) {
    throwIfAborted(options.signal);
    const claim = store.claim(series, wanted, pieceMs);
    if (claim === 'done') break;
    if (claim === 'held by others') {
      await runtime.sleep(heldMs);
      continue;
    }
    const piece = new Piece(options, claim);
    try {
      const pages = new Pages(options.source, frame, options.closedBy, counts, habits);
      const horizon = store.missing(series, { start: claim.start, end: wanted.end })[0]?.end ?? claim.end;
      for await (const stretch of pages.stretches({ start: claim.start, end: claim.end, horizon })) {
        await piece.add(stretch);
        covered += stretch.end - stretch.start;
        options.onPage?.(Math.min(1, covered / length), counts.rows);
        throwIfAborted(options.signal);
      }
    } finally {
      await piece.write();
      claim.release();
    }
    // What a whole pass could not settle is too young: the exchange may still be writing it.
    const left = store.missing(series, { start: claim.start, end: claim.end })[0];
    if (left !== undefined && claim.end >= wanted.end) wanted = { start: wanted.start, end: left.start };
    else if (left !== undefined) wanted = { start: claim.end, end: wanted.end };
  }
  return counts;
}

/** Stretches on their way into the store, gathered until a month is full. */
class Piece {
  readonly #options: DownloadOptions;
  readonly #claim: Claim;
  #start = NaN;
  #end = NaN;
  #runs: Bars[] = [];
  #rows = 0;
  #written: number;

  constructor(options: DownloadOptions, claim: Claim) {
    this.#written = options.runtime.elapsed();
    this.#options = options;
    this.#claim = claim;
  }

  async add(stretch: Stretch): Promise<void> {
    this.#claim.renew();
    if (stretch.start !== this.#end) {
      await this.write();
      this.#start = stretch.start;
    }
    this.#end = stretch.end;
    if (stretch.bars.time.length > 0) this.#runs.push(stretch.bars);
    this.#rows += stretch.bars.time.length;
    const due = this.#options.runtime.elapsed() - this.#written >= writeEveryMs;
    if (due || this.#rows >= rowsBeforeWrite) await this.write();
    else await this.#writeWholeMonths();
  }

  /** Writes everything that was gathered. */
  async write(): Promise<void> {
    if (Number.isNaN(this.#start)) return;
    const range = { start: this.#start, end: this.#end };
    const bars = concatBars(this.#runs);
    this.#start = this.#end = NaN;
    this.#runs = [];
    this.#rows = 0;
    this.#written = this.#options.runtime.elapsed();
    await this.#put(range, bars.time.length === 0 ? createBars(0) : bars);
  }

  async #writeWholeMonths(): Promise<void> {
    const turn = barOpen(month, this.#end - 1);
    if (!(turn > this.#start) || this.#rows === 0) return;
    const bars = concatBars(this.#runs);
    const cut = lowerBound(bars.time, turn);
    const [start, end] = [this.#start, this.#end];
    this.#start = turn;
    this.#runs = [sliceBars(bars, cut, bars.time.length)];
    this.#rows = bars.time.length - cut;
    this.#end = end;
    await this.#put({ start, end: turn }, sliceBars(bars, 0, cut));
  }

  /** Emptiness before the first bar there ever was is not a hole: the exchange does not go back so far. */
  async #put(range: TimeRange, bars: Bars): Promise<void> {
    const { store, series } = this.#options;
    const source = series.exchange;
    const first = bars.time[0] ?? range.end;
    const unavailable = first > range.start && !store.hasBarBefore(series, range.start);
    if (!unavailable) return store.write(series, { ...range, source }, bars);
    await store.write(series, { start: range.start, end: first, source, kind: 'unavailable' }, createBars(0));
    if (first < range.end) await store.write(series, { start: first, end: range.end, source }, bars);
  }
}
