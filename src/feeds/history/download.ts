/** Fills the bar store from an exchange: what is missing, once, resumable at any moment. */
import { concatBars, type BarStore, type Claim, type Series, type TimeRange } from '../../store/index.ts';
import { throwIfAborted } from '../../connectors/ccxt/index.ts';
import {
  barOpen,
  createBars,
  lowerBound,
  sliceBars,
  timeframe,
  type Bars,
  type Runtime,
  type Timeframe,
} from '../../core/index.ts';
import { noCounts, type PageCounts } from './page.ts';
import { Pages, type Habits, type PageSource, type Stretch } from './pages.ts';

const month = timeframe('1M');
/** Pages in one claim: what one process takes for itself at a time. */
const pagesPerClaim = 50;
/** Readers of one download: while one waits for the exchange, the other reads what came. */
const mostReaders = 2;
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
  const task = new Task(range, options);
  const readers = [task.read()];
  if (task.readers > 1 && (await task.goesForward)) readers.push(task.read());
  const ends = await Promise.allSettled(readers);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return task.counts;
}

/** One download: readers that take claim after claim, so that one asks while the other works on its answer. */
class Task {
  readonly counts = noCounts();
  readonly readers: number;
  /** Whether the first stretch began where it was asked to: an exchange that pages backwards would be read twice by two. */
  readonly goesForward: Promise<boolean>;
  readonly #options: DownloadOptions;
  readonly #length: number;
  readonly #pieceMs: number;
  readonly #habits: Habits = { fromSince: false, leaps: false, deaf: false };
  readonly #start: number;
  #wanted: TimeRange;
  #covered: number;
  #failed = false;
  #tellDirection: (forward: boolean) => void = () => {};

  constructor(range: TimeRange, options: DownloadOptions) {
    const { store, series, source, frame } = options;
    this.goesForward = new Promise((resolve) => {
      this.#tellDirection = resolve;
    });
    this.#options = options;
    this.#start = range.start;
    this.#wanted = range;
    this.#length = range.end - range.start;
    this.#pieceMs = pagesPerClaim * source.limit * (frame.ms ?? 31 * 86_400_000);
    const missing = store.missing(series, range).reduce((sum, gap) => sum + gap.end - gap.start, 0);
    this.#covered = this.#length - missing;
    this.readers = Math.max(1, Math.min(mostReaders, Math.floor(missing / this.#pieceMs)));
  }

  /** Works until nothing is left that is not held by others. */
  async read(): Promise<void> {
    const { store, series, runtime, signal } = this.#options;
    try {
      while (this.#wanted.start < this.#wanted.end && !this.#failed) {
        throwIfAborted(signal);
        const claim = store.claim(series, this.#wanted, this.#pieceMs);
        if (claim === 'done') return;
        if (claim === 'held by others') await runtime.sleep(heldMs);
        else await this.#fill(claim);
      }
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      this.#tellDirection(false);
    }
  }

  async #fill(claim: Claim): Promise<void> {
    const { store, series, source, frame, closedBy, signal, onPage } = this.#options;
    const piece = new Piece(this.#options, claim, this.#start);
    try {
      const pages = new Pages(source, frame, closedBy, this.counts, this.#habits);
      const horizon = store.missing(series, { start: claim.start, end: this.#wanted.end })[0]?.end ?? claim.end;
      for await (const stretch of pages.stretches({ start: claim.start, end: claim.end, horizon })) {
        this.#tellDirection(stretch.start === claim.start && stretch.bars.time.length > 0);
        await piece.add(stretch);
        this.#covered += stretch.end - stretch.start;
        onPage?.(Math.min(1, this.#covered / this.#length), this.counts.rows);
        throwIfAborted(signal);
        if (this.#failed) return;
      }
    } finally {
      await piece.write();
      claim.release();
    }
    this.#settle(claim);
  }

  /** What a whole pass could not settle is too young: the exchange may still be writing it. */
  #settle(claim: TimeRange): void {
    const { store, series } = this.#options;
    const left = store.missing(series, { start: claim.start, end: claim.end })[0];
    if (left === undefined) return;
    const { start, end } = this.#wanted;
    this.#wanted = claim.end >= end ? { start, end: left.start } : { start: claim.end, end };
  }
}

/** Stretches on their way into the store, gathered until a month is full. */
class Piece {
  readonly #options: DownloadOptions;
  readonly #claim: Claim;
  readonly #first: number;
  #start = NaN;
  #end = NaN;
  #runs: Bars[] = [];
  #rows = 0;
  #written: number;

  /** @param first - Where the whole download begins. */
  constructor(options: DownloadOptions, claim: Claim, first: number) {
    this.#first = first;
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
    const isFirst = store.missing(series, { start: this.#first, end: range.start }).length === 0;
    const unavailable = first > range.start && isFirst && !store.hasBarBefore(series, range.start);
    if (!unavailable) return store.write(series, { ...range, source }, bars);
    await store.write(series, { start: range.start, end: first, source, kind: 'unavailable' }, createBars(0));
    if (first < range.end) await store.write(series, { start: first, end: range.end, source }, bars);
  }
}
