/** Fills the bar store from an exchange: fetches missing bars once, and can be resumed at any moment. */
import {
  concatBars,
  missingRanges,
  type BarStore,
  type Claim,
  type Series,
  type TimeRange,
} from '../../store/index.ts';
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
import { confirmEmpty } from './confirm.ts';
import { noCounts, type PageCounts } from './page.ts';
import { Pages, type Habits, type PageSource, type Stretch } from './pages.ts';

const month = timeframe('1M');
/** Pages in one claim, which one process takes at a time. */
const pagesPerClaim = 50;
/** Readers of one download: while one waits for the exchange, the other processes its answer. */
const mostReaders = 2;
/** Bars held in memory before they are written even within a month. */
const rowsBeforeWrite = 200_000;
/** Bars are written at least this often, in milliseconds, so that slow downloads lose little when they are killed. */
const writeEveryMs = 2_000;
/** How long to wait, in milliseconds, for another process that holds the missing range. */
const heldMs = 50;

export interface DownloadOptions {
  readonly store: BarStore;
  readonly series: Series;
  readonly frame: Timeframe;
  readonly source: PageSource;
  /** The exchange's own time, milliseconds UTC: bars that close later are still forming. */
  readonly closedBy: number;
  readonly runtime: Runtime;
  readonly signal?: AbortSignal;
  /** Called after every page with the share that is done, 0 to 1, and the bars fetched so far. */
  readonly onPage?: (share: number, bars: number) => void;
}

/** The outcome of a download. */
export interface Downloaded {
  readonly counts: PageCounts;
  /** Stretches for which the exchange answered nothing and did not confirm it. They are not remembered as empty. */
  readonly unconfirmed: readonly TimeRange[];
}

/** Fetches every missing bar of a range into the store; other processes may do the same at once. */
export async function download(range: TimeRange, options: DownloadOptions): Promise<Downloaded> {
  const task = new Task(range, options);
  const readers = [task.read()];
  if (task.readers > 1 && (await task.goesForward)) readers.push(task.read());
  const ends = await Promise.allSettled(readers);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return { counts: task.counts, unconfirmed: await task.settleRest() };
}

/** How often the bars of a stretch are requested when an empty answer hid them. */
const mostRounds = 5;

/** One download: readers that take claim after claim, so that one requests while the other processes an answer. */
class Task {
  readonly counts = noCounts();
  readonly readers: number;
  /** Whether the first stretch began where it was requested: two readers would read an exchange that pages backwards twice. */
  readonly goesForward: Promise<boolean>;
  readonly #options: DownloadOptions;
  readonly #length: number;
  readonly #pieceMs: number;
  readonly #range: TimeRange;
  readonly #habits: Habits = { fromSince: false, leaps: false, deaf: false };
  #wanted: TimeRange;
  #covered: number;
  #failed = false;
  /** Stretches with an empty answer that no neighbouring bar could confirm when they were read. */
  #open: TimeRange[] = [];
  #resolveDirection: (forward: boolean) => void = () => {};

  constructor(range: TimeRange, options: DownloadOptions) {
    const { store, series, source, frame } = options;
    this.goesForward = new Promise((resolve) => {
      this.#resolveDirection = resolve;
    });
    this.#options = options;
    this.#range = range;
    this.#wanted = range;
    this.#length = range.end - range.start;
    this.#pieceMs = pagesPerClaim * source.limit * (frame.ms ?? 31 * 86_400_000);
    const missing = store.missing(series, range).reduce((sum, gap) => sum + gap.end - gap.start, 0);
    this.#covered = this.#length - missing;
    this.readers = Math.max(1, Math.min(mostReaders, Math.floor(missing / this.#pieceMs)));
  }

  /** Works until everything that is left is held by others. */
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
      this.#resolveDirection(false);
    }
  }

  /** Confirms stretches whose neighbours had not been read before. Returns those that remain unconfirmed. */
  async settleRest(): Promise<TimeRange[]> {
    const { store, series } = this.#options;
    const open = joined(this.#open);
    this.#open = [];
    for (const range of open) await this.#withClaim(range, (claim) => this.#settleEmpty(range, claim));
    // The rest is too recent to count as empty; it may have bars that an empty answer hid.
    for (const range of missingRanges(this.#range, store.known(series, this.#range))) {
      for (const young of missingRanges(range, this.#open)) {
        await this.#withClaim(young, (claim) => this.#lookAgain(young, claim));
      }
    }
    return joined(this.#open);
  }

  async #withClaim(range: TimeRange, act: (claim: Claim) => Promise<void>): Promise<void> {
    const claim = this.#options.store.claim(this.#options.series, range, Infinity);
    if (typeof claim === 'string') return;
    try {
      await act(claim);
    } finally {
      claim.release();
    }
  }

  async #lookAgain(young: TimeRange, claim: Claim): Promise<void> {
    for (let round = 1; round <= mostRounds; round++) {
      const found = await this.#confirm(young, false);
      if (found !== 'bars') {
        this.#open.push(...missingRanges(young, found));
        return;
      }
      await this.#readInto(young, young.end, claim);
      const { store, series } = this.#options;
      if (missingRanges(young, store.known(series, young)).length === 0) return;
      young = { start: missingRanges(young, store.known(series, young))[0]!.start, end: young.end };
    }
    this.#open.push(young);
  }

  async #fill(claim: Claim): Promise<void> {
    const { store, series } = this.#options;
    const horizon = store.missing(series, { start: claim.start, end: this.#wanted.end })[0]?.end ?? claim.end;
    try {
      const empty = await this.#readInto({ start: claim.start, end: claim.end }, horizon, claim);
      for (const range of empty) await this.#settleEmpty(range, claim);
    } finally {
      claim.release();
    }
    this.#settle(claim);
  }

  /** Reads the bars of a range into the store; returns the stretches that were answered with nothing. */
  async #readInto(range: TimeRange, horizon: number, claim: Claim): Promise<TimeRange[]> {
    const { source, frame, closedBy, signal, onPage, runtime } = this.#options;
    const piece = new Piece(this.#options, claim);
    const empty: TimeRange[] = [];
    try {
      const pages = new Pages(source, frame, closedBy, this.counts, this.#habits, runtime);
      for await (const stretch of pages.stretches({ ...range, horizon })) {
        this.#resolveDirection(stretch.start === claim.start && stretch.bars.time.length > 0);
        if (stretch.bars.time.length > 0) await piece.add(stretch);
        else empty.push({ start: stretch.start, end: stretch.end });
        this.#covered += stretch.end - stretch.start;
        onPage?.(Math.min(1, this.#covered / this.#length), this.counts.rows);
        throwIfAborted(signal);
        if (this.#failed) return [];
      }
    } finally {
      await piece.write();
    }
    return joined(empty);
  }

  /** Remembers an empty stretch once the exchange has confirmed it, and reads the bars that it has after all. */
  async #settleEmpty(range: TimeRange, claim: Claim, round = 1): Promise<void> {
    throwIfAborted(this.#options.signal);
    claim.renew();
    const confirmed = await this.#confirm(range, round < 3);
    if (confirmed === 'bars') {
      if (round === mostRounds) this.#open.push(range);
      else {
        const empty = await this.#readInto(range, range.end, claim);
        for (const one of empty) await this.#settleEmpty(one, claim, round + 1);
      }
      return;
    }
    for (const one of joined(confirmed)) await this.#remember(one);
    this.#open.push(...missingRanges(range, confirmed));
  }

  #confirm(range: TimeRange, usesDays: boolean): ReturnType<typeof confirmEmpty> {
    const { store, series, source, frame, runtime } = this.#options;
    const near = (source.limit / 2) * (frame.ms ?? 28 * 86_400_000);
    const before = store.read(series, { start: range.start - near, end: range.start }).time.at(-1);
    const after = store.read(series, { start: range.end, end: range.end + near }).time[0];
    return confirmEmpty(range, { before, after }, { source, frame, runtime, counts: this.counts, usesDays });
  }

  /** An empty stretch before the first bar of all is not a hole: the exchange does not go back that far. */
  async #remember(range: TimeRange): Promise<void> {
    const { store, series } = this.#options;
    const kind = store.hasBarBefore(series, range.start) ? 'empty' : 'unavailable';
    await store.write(series, { ...range, source: series.exchange, kind }, createBars(0));
  }

  /** Stretches that a whole pass could not settle are too recent, or had an empty answer: the next load requests them. */
  #settle(claim: TimeRange): void {
    const { store, series } = this.#options;
    const left = store.missing(series, { start: claim.start, end: claim.end })[0];
    if (left === undefined) return;
    const { start, end } = this.#wanted;
    this.#wanted = claim.end >= end ? { start, end: left.start } : { start: claim.end, end };
  }
}

/** Ranges in rising order, those that touch as one. */
function joined(ranges: readonly TimeRange[]): TimeRange[] {
  const result: { start: number; end: number }[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else result.push({ ...range });
  }
  return result;
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
    await this.#put(range, bars);
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

  async #put(range: TimeRange, bars: Bars): Promise<void> {
    const { store, series } = this.#options;
    await store.write(series, { ...range, source: series.exchange }, bars);
  }
}
