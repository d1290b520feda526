/** Fuzz of paging: seeded exchanges with every bad habit, against which the store must end up with the exchange's truth. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  barOpen,
  ConnectorError,
  RateLimitError,
  seededRandom,
  SessionError,
  timeframe,
  type Runtime,
} from '../../src/core/index.ts';
import { RateLimiter, withRetry, type OhlcvRow } from '../../src/connectors/ccxt/index.ts';
import type { PageSource } from '../../src/feeds/history/pages.ts';
import { download, type Downloaded } from '../../src/feeds/history/download.ts';
import { validateBars } from '../../src/feeds/checks/validate.ts';
import { BarStore, type Series } from '../../src/store/index.ts';

/** How an exchange cuts its history into pages. */
type Habit = 'from since' | 'window' | 'window, newest kept' | 'newest first' | 'newest only';
const habits: readonly Habit[] = ['from since', 'window', 'window, newest kept', 'newest first', 'newest only'];

/** What one run showed. */
export interface PagingRun {
  readonly seed: number;
  readonly habit: Habit;
  readonly bars: number;
  readonly holes: number;
  readonly requests: number;
  /** The most requests that a reader of this exchange needs. */
  readonly allowed: number;
  readonly faults: number;
  readonly interruptions: number;
}

/** A clock that jumps to the next timer: waiting costs nothing. */
function jumpingRuntime(start: number, uniform: () => number): Runtime {
  let now = start;
  const sleep = async (ms: number): Promise<void> => {
    await Promise.resolve();
    now += Math.max(0, ms);
  };
  return {
    now: () => now,
    elapsed: () => now,
    sleep,
    random: uniform,
    after: () => ({ cancel: () => {} }),
    every: () => ({ cancel: () => {} }),
  };
}

/** Runs `count` seeds from `first` on. @throws At the first run whose stored bars are not the truth. */
export async function fuzzPaging(count: number, first = 1): Promise<PagingRun[]> {
  const runs: PagingRun[] = [];
  for (let seed = first; seed < first + count; seed++) runs.push(await onePagingRun(seed));
  return runs;
}

/** What a download with empty answers mixed in showed. */
export interface EmptyAnswersRun {
  readonly seed: number;
  readonly emptyAnswers: number;
  /** Whether the first load had every bar; if not, it said so, and the second load healed it. */
  readonly wasWhole: boolean;
}

/** Downloads from exchanges that answer nothing now and then. @throws At a loss that is not reported, or not healed by the next load. */
export async function fuzzEmptyAnswers(count: number, first = 1): Promise<EmptyAnswersRun[]> {
  const runs: EmptyAnswersRun[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const folder = mkdtempSync(join(tmpdir(), 'nextbar-paging-'));
    try {
      runs.push(await new Run(seed, folder, 0.05 + (seed % 8) * 0.05).goWithEmptyAnswers());
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return runs;
}

export async function onePagingRun(seed: number): Promise<PagingRun> {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-paging-'));
  try {
    return await new Run(seed, folder).go();
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Run {
  readonly #seed: number;
  readonly #folder: string;
  readonly #uniform: () => number;
  readonly #runtime: Runtime;
  readonly #frame = timeframe('5m');
  readonly #now: number;
  readonly #habit: Habit;
  readonly #truth: OhlcvRow[] = [];
  readonly #cap: number;
  readonly #declared: number;
  readonly #faultRate: number;
  readonly #knowsUntil: boolean;
  #requests = 0;
  #emptyRate: number;
  #emptyAnswers = 0;
  #faults = 0;
  #interruptIn = Infinity;
  readonly #pageFaults: boolean;

  constructor(seed: number, folder: string, emptyRate = 0) {
    this.#emptyRate = emptyRate;
    this.#seed = seed;
    this.#folder = folder;
    this.#uniform = seededRandom(seed);
    const start = Date.UTC(2023, 11, 20);
    this.#habit = habits[seed % habits.length]!;
    this.#cap = this.#between(5, 400);
    // Some exchanges promise larger pages than they give.
    this.#declared = this.#uniform() < 0.3 ? this.#cap * 2 : this.#cap;
    this.#faultRate = this.#uniform() < 0.5 ? 0 : this.#uniform() * 0.15;
    this.#pageFaults = this.#uniform() < 0.5;
    this.#knowsUntil = this.#habit === 'newest first' || this.#uniform() < 0.5;
    const count = this.#between(50, 6000);
    this.#now = start + count * this.#frame.ms! + this.#between(1, this.#frame.ms! - 1);
    this.#runtime = jumpingRuntime(this.#now, this.#uniform);
    this.#fillTruth(start, count);
  }

  async goWithEmptyAnswers(): Promise<EmptyAnswersRun> {
    const store = await BarStore.open({ folder: this.#folder, runtime: this.#runtime });
    const series: Series = { exchange: 'fuzz', type: 'spot', symbol: 'A/B', timeframe: '5m' };
    try {
      const range = this.#wantedRange();
      const expected = this.#expected(range).map((row) => row[0]);
      const { unconfirmed } = await this.#download(store, series, range);
      const emptyAnswers = this.#emptyAnswers;
      const wasWhole = store.read(series, range).time.length === expected.length;
      if (!wasWhole && unconfirmed.length === 0) throw new Error('bars are missing, and nothing was reported');
      this.#emptyRate = 0;
      await this.#download(store, series, range);
      this.#check('times', Array.from(store.read(series, range).time), expected);
      return { seed: this.#seed, emptyAnswers, wasWhole };
    } finally {
      store.close();
    }
  }

  async go(): Promise<PagingRun> {
    const store = await BarStore.open({ folder: this.#folder, runtime: this.#runtime });
    const series: Series = { exchange: 'fuzz', type: 'spot', symbol: 'A/B', timeframe: '5m' };
    try {
      const range = this.#wantedRange();
      let interruptions = 0;
      this.#interruptIn = this.#uniform() < 0.6 ? this.#between(1, 20) : Infinity;
      let unconfirmed: Downloaded['unconfirmed'] = [];
      for (;;) {
        try {
          unconfirmed = (await this.#download(store, series, range)).unconfirmed;
          break;
        } catch (error) {
          if (!(error instanceof SessionError)) throw error;
          interruptions += 1;
          this.#interruptIn = interruptions < 2 ? this.#between(3, 30) : Infinity;
        }
      }
      // What an exchange could not be made to show is reported and stays unknown; everything else is there.
      const isTold = (time: number): boolean => unconfirmed.some(({ start, end }) => time >= start && time < end);
      const expected = this.#expected(range).filter(([time]) => !isTold(time));
      const bars = store.read(series, range);
      this.#check(
        'times',
        Array.from(bars.time),
        expected.map((row) => row[0]),
      );
      this.#check(
        'closes',
        Array.from(bars.close),
        expected.map((row) => row[4]),
      );
      const holes = holesOf(
        expected.map((row) => row[0]),
        this.#frame.ms!,
      );
      const found = validateBars(bars, this.#frame, 'fuzz').report.gaps.map((gap) => [gap.from, gap.to]);
      this.#check('reported holes', found, holes);
      const before = this.#requests;
      if (store.missing(series, range).length === 0) await this.#download(store, series, range);
      else if (
        expected.length > 0 &&
        store.missing(series, range).some(({ start }) => start < expected.at(-1)![0] && !isTold(start))
      ) {
        throw new Error('a range before the last bar stayed unknown');
      }
      this.#check('requests of a second run', this.#requests - before, 0);
      const result = {
        seed: this.#seed,
        habit: this.#habit,
        bars: bars.time.length,
        holes: holes.length,
        requests: before,
        allowed: this.#allowed(range, expected, holes) + this.#faults + interruptions * 20,
        faults: this.#faults,
        interruptions,
      };
      if (result.requests > result.allowed)
        throw new Error(
          `made ${before} requests where ${result.allowed} do (${this.#habit}, cap ${this.#cap} of ${this.#declared}, ${bars.time.length} bars, ${holes.length} holes, ${this.#faults} faults, ${interruptions} stops)`,
        );
      return result;
    } finally {
      store.close();
    }
  }

  /**
   * The pages that the bars fill, two looks into each hole (is it one, and where does it end) and six to confirm it, one more page
   * per claim, and twelve at the edges. An empty stretch longer than a page takes a few looks per window, or at the longer bars.
   */
  #allowed(
    range: { start: number; end: number },
    expected: readonly OhlcvRow[],
    holes: readonly [number, number][],
  ): number {
    const ms = this.#frame.ms!;
    const claims = Math.ceil((range.end - range.start) / ms / this.#declared / 50);
    const first = expected[0]?.[0] ?? range.end;
    const last = expected.at(-1)?.[0] ?? range.end;
    const empty = [first - range.start, range.end - last, ...holes.map(([from, to]) => to - from)];
    const looks = empty.reduce((sum, length) => {
      const windows = Math.floor(length / ms / this.#declared);
      // Asked again and again for what it no longer serves, such an exchange shows the same page each time.
      return sum + (windows === 0 ? 0 : 4 * windows + 16);
    }, 0);
    return Math.ceil(expected.length / this.#cap) + holes.length * 8 + claims + 12 + looks;
  }

  async #download(store: BarStore, series: Series, range: { start: number; end: number }): Promise<Downloaded> {
    const limiter = new RateLimiter(this.#runtime, 1);
    const day = timeframe('1d');
    const retry = { attempts: 30, baseMs: 1, capMs: 1e9 };
    const ask = (rows: readonly OhlcvRow[], ms: number): PageSource['fetch'] => {
      return (since, limit, until) =>
        withRetry(() => this.#answer(rows, ms, since, limit, until), this.#runtime, limiter, retry);
    };
    return download(range, {
      store,
      series,
      frame: this.#frame,
      source: {
        fetch: ask(this.#truth, this.#frame.ms!),
        limit: this.#declared,
        knowsUntil: this.#knowsUntil,
        ...(this.#seed % 3 === 0 ? {} : { coarse: { frame: day, fetch: ask(this.#daily(), day.ms!) } }),
      },
      closedBy: this.#now,
      runtime: this.#runtime,
    });
  }

  /** One answer of the exchange, with its habit and its faults. */
  async #answer(
    truth: readonly OhlcvRow[],
    ms: number,
    since: number,
    limit: number,
    until?: number,
  ): Promise<OhlcvRow[]> {
    await Promise.resolve();
    this.#requests += 1;
    if (this.#uniform() < this.#emptyRate) {
      this.#emptyAnswers += 1;
      return [];
    }
    if (--this.#interruptIn <= 0) throw new SessionError('interrupted');
    if (this.#uniform() < this.#faultRate) {
      this.#faults += 1;
      if (this.#uniform() < 0.5) throw new RateLimitError('slow down', { retryAfterMs: 1000 });
      throw new ConnectorError('reset', { retryable: true });
    }
    const count = Math.min(limit, this.#cap);
    const last = this.#knowsUntil && until !== undefined ? until : Infinity;
    const inside = (from: number, to: number): OhlcvRow[] => truth.filter((row) => row[0] >= from && row[0] <= to);
    switch (this.#habit) {
      case 'from since':
        return this.#spoil(inside(since, last).slice(0, count), 'late');
      case 'window':
        return this.#spoil(inside(since, Math.min(last, since + limit * ms - 1)).slice(0, count), 'late');
      case 'window, newest kept':
        return this.#spoil(inside(since, Math.min(last, since + limit * ms - 1)).slice(-count), 'early');
      case 'newest first':
        return this.#spoil(inside(since, last).slice(-count), 'early');
      case 'newest only':
        return this.#spoil(
          truth.slice(-this.#cap).filter((row) => row[0] >= since),
          'none',
        );
    }
  }

  /** Pages that overlap, repeat rows, come in disorder, or come short at one end. */
  #spoil(rows: readonly OhlcvRow[], cut: 'early' | 'late' | 'none'): OhlcvRow[] {
    let page = [...rows];
    if (!this.#pageFaults || page.length === 0) return page;
    const dice = this.#uniform();
    if (dice < 0.1 && cut !== 'none') this.#faults += 1;
    if (dice < 0.1 && cut === 'late') page = page.slice(0, this.#between(1, page.length));
    else if (dice < 0.1 && cut === 'early') page = page.slice(-this.#between(1, page.length));
    else if (dice < 0.2) page = [...page, page[this.#between(0, page.length - 1)]!];
    else if (dice < 0.3) page.reverse();
    else if (dice < 0.4)
      page = [
        ...this.#shown()
          .filter((row) => row[0] < page[0]![0])
          .slice(-3),
        ...page,
      ];
    return page;
  }

  #fillTruth(start: number, count: number): void {
    const holes = this.#between(0, 6);
    const missing = new Set<number>();
    for (let hole = 0; hole < holes; hole++) {
      const from = this.#between(0, count);
      const length = this.#between(1, this.#uniform() < 0.3 ? 1500 : 20);
      for (let i = from; i < from + length; i++) missing.add(i);
    }
    for (let i = 0; i <= count; i++) {
      if (missing.has(i) && i < count - 3) continue;
      this.#truth.push([start + i * this.#frame.ms!, 1 + i, 3 + i, 0.5 + i, 2 + i, i]);
    }
  }

  #daily(): OhlcvRow[] {
    const days = new Map<number, OhlcvRow>();
    for (const row of this.#truth) {
      const open = barOpen(timeframe('1d'), row[0]);
      if (!days.has(open)) days.set(open, [open, row[1], row[2], row[3], row[4], row[5]]);
    }
    return [...days.values()];
  }

  #wantedRange(): { start: number; end: number } {
    const ms = this.#frame.ms!;
    const closed = barOpen(this.#frame, this.#now);
    const first = this.#truth[0]![0];
    const early = this.#uniform() < 0.3 ? this.#between(1, 3000) * ms : 0;
    const start = first - early + this.#between(0, 40) * ms;
    const end = this.#uniform() < 0.5 ? closed : Math.max(start + ms, closed - this.#between(1, 40) * ms);
    return { start, end: Math.max(end, start + ms) };
  }

  #expected(range: { start: number; end: number }): OhlcvRow[] {
    return this.#shown().filter(
      ([time]) => time >= range.start && time < range.end && time + this.#frame.ms! <= this.#now,
    );
  }

  /** The history that the exchange serves at all. */
  #shown(): OhlcvRow[] {
    return this.#habit === 'newest only' ? this.#truth.slice(-this.#cap) : this.#truth;
  }

  #check(what: string, found: unknown, expected: unknown): void {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    if (a === b) return;
    throw new Error(`${what} (${this.#habit}, cap ${this.#cap}): ${a.slice(0, 300)} instead of ${b.slice(0, 300)}`);
  }

  #between(low: number, high: number): number {
    return low + Math.floor(this.#uniform() * (high - low + 1));
  }
}

function holesOf(times: readonly number[], ms: number): [number, number][] {
  const holes: [number, number][] = [];
  for (let i = 1; i < times.length; i++) {
    if (times[i]! - times[i - 1]! > ms) holes.push([times[i - 1]! + ms, times[i]!]);
  }
  return holes;
}
