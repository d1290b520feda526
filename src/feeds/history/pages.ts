/** Pages through an exchange's history and turns the pages of any exchange into gapless stretches of known bars. */
import { barClose, barOpen, ProtocolError, type Bars, type Runtime, type Timeframe } from '../../core/index.ts';
import type { OhlcvRow } from '../../connectors/ccxt/index.ts';
import { strictPage, type Page, type PageCounts } from './page.ts';

/** Requests one page of an exchange. */
export interface PageSource {
  /** Bars from `since` on, at most `limit`; `until` is the last moment wanted, for exchanges that accept it. */
  readonly fetch: (since: number, limit: number, until: number | undefined) => Promise<readonly OhlcvRow[]>;
  /** The largest page. An exchange may return less. */
  readonly limit: number;
  readonly knowsUntil: boolean;
  /** The same history in longer bars, to skip long stretches without trades. */
  readonly coarse?: { readonly frame: Timeframe; readonly fetch: PageSource['fetch'] };
}

/** A fully known stretch of time: it has these bars and no others. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly bars: Bars;
}

/** The range wanted: pages are requested up to `end`, and bars beyond it are used up to `horizon`. */
export interface PageRange {
  readonly start: number;
  readonly end: number;
  readonly horizon: number;
}

/** How an exchange pages, as seen so far. There is one per exchange and timeframe, kept across ranges. */
export interface Habits {
  /** A page began where it was requested and was cut at its late end. */
  fromSince: boolean;
  /** A page skipped an empty stretch by itself: an empty page means that nothing follows. */
  leaps: boolean;
  /** It answers with later bars than requested, even when the request is repeated. */
  deaf: boolean;
}

/** How many empty windows are requested one by one where no longer bars are available. */
const marchWindows = 20;

/** How often a request is made before an exchange counts as ignoring `until`. */
const attemptsToBeHeard = 4;

/** How long after an empty answer the request is repeated, in milliseconds. */
const emptyPauseMs = 500;

export class Pages {
  readonly #source: PageSource;
  readonly #frame: Timeframe;
  /** The exchange's own time: bars that close later are still forming. */
  readonly #closedBy: number;
  readonly #counts: PageCounts;
  readonly #habits: Habits;
  readonly #runtime: Runtime;
  /** The close of a longer bar that is known to hold trades: within it only short windows show where. */
  #tradedUntil = -Infinity;

  constructor(
    source: PageSource,
    frame: Timeframe,
    closedBy: number,
    counts: PageCounts,
    habits: Habits,
    runtime: Runtime,
  ) {
    this.#source = source;
    this.#frame = frame;
    this.#closedBy = closedBy;
    this.#counts = counts;
    this.#habits = habits;
    this.#runtime = runtime;
  }

  /**
   * The stretches of a range. Together they cover it, except for an end that is too recent to count as empty.
   *
   * A hole at the beginning of a page is trusted when the exchange is known to fill pages from their early end; otherwise the hole itself
   * is requested, because the page may have been cut there.
   */
  async *stretches(range: PageRange): AsyncGenerator<Stretch> {
    let cursor = range.start;
    let expectMore = false;
    let barren = 0;
    while (cursor < range.end) {
      const window = this.#windowEnd(cursor, range.end);
      const page = await this.#page(cursor, this.#countTo(cursor, range.end), undefined, cursor, range.horizon);
      const first = page.bars.time[0];
      if (expectMore && first === cursor) this.#habits.fromSince = true;
      if (first === undefined) {
        if (page.unfinished !== undefined && page.unfinished <= cursor) return;
        if (page.lastSeen !== undefined && page.lastSeen < cursor && ++barren < 3) continue;
        if (barren === 3) throw this.#barren(cursor);
        const end = yield* this.#emptyPage(page, cursor, range);
        if (end === undefined) return;
        cursor = end;
        expectMore = false;
        continue;
      }
      barren = 0;
      const hole = this.#fits(cursor, first);
      if (hole) yield* this.#hole(page, cursor, first, range);
      const last = page.bars.time[page.bars.time.length - 1]!;
      const end = barClose(this.#frame, last);
      yield { start: hole ? first : cursor, end, bars: page.bars };
      if (last >= window && window < range.end && !this.#showsNewest(page)) this.#habits.fromSince = true;
      expectMore = end < window;
      cursor = end;
    }
  }

  /** Handles a page without a bar of the range: yields how far it is empty. Undefined when the rest is too recent to tell. */
  async *#emptyPage(page: Page, cursor: number, range: PageRange): AsyncGenerator<Stretch, number | undefined> {
    if (page.firstSeen !== undefined && page.firstSeen >= range.horizon) {
      const trusted = this.#habits.fromSince && !this.#showsNewest(page);
      const found = trusted ? range.horizon : yield* this.#backwards(cursor, range.horizon, range);
      if (found > cursor) yield this.#empty(cursor, found);
      return range.horizon;
    }
    let end = this.#windowEnd(cursor, range.horizon);
    if (this.#habits.leaps) end = range.horizon;
    else if (cursor >= this.#tradedUntil && this.#countTo(cursor, range.horizon) > 2 * this.#source.limit) {
      end = Math.max(end, await this.#nextTrade(cursor, range.horizon));
    }
    const settled = this.#closedBy - 2 * (this.#frame.ms ?? 31 * 86_400_000);
    const certain = page.unfinished === undefined ? Math.min(end, settled) : Math.min(end, page.unfinished);
    if (certain > cursor) yield this.#empty(cursor, certain);
    return certain < end ? undefined : end;
  }

  /** The bars between `cursor` and the first bar of a page: none, or, where the page was cut at its early end, some. */
  async *#hole(page: Page, cursor: number, first: number, range: PageRange): AsyncGenerator<Stretch> {
    const newest = this.#showsNewest(page);
    const leapt = !newest && first >= this.#windowEnd(cursor, Infinity);
    const found = this.#habits.fromSince && !newest ? first : yield* this.#backwards(cursor, first, range);
    if (found === first && leapt) {
      this.#habits.leaps = true;
      this.#habits.fromSince = true;
    }
    if (found > cursor) yield this.#empty(cursor, found);
  }

  /**
   * Pages backwards from `end` as long as there are bars; returns the moment before which there are none, or `end` itself when the first
   * request shows nothing.
   */
  async *#backwards(cursor: number, end: number, range: PageRange): AsyncGenerator<Stretch, number> {
    let stop = end;
    while (stop > cursor) {
      const start = Math.max(cursor, this.#back(stop));
      const until = this.#source.knowsUntil ? stop - 1 : undefined;
      const page = await this.#page(start, this.#countTo(start, stop), until, cursor, Math.min(stop, range.horizon));
      const first = page.bars.time[0];
      if (first === undefined) {
        if (stop === end && !this.#mayBeFurther(cursor, stop)) return stop;
        const earlier = await this.#lastTrade(cursor, start);
        yield this.#empty(earlier, stop);
        stop = earlier;
        continue;
      }
      const last = barClose(this.#frame, page.bars.time[page.bars.time.length - 1]!);
      const cut = this.#fits(last, stop);
      const whole = !this.#fits(cursor, first);
      yield { start: whole ? cursor : first, end: cut ? last : stop, bars: page.bars };
      if (cut) yield* this.stretches({ start: last, end: stop, horizon: stop });
      stop = whole ? cursor : first;
    }
    return stop;
  }

  /** Whether to continue when the window before a page was empty. */
  #mayBeFurther(cursor: number, stop: number): boolean {
    if (!this.#source.knowsUntil) return false;
    return this.#source.coarse !== undefined || this.#countTo(cursor, stop) <= marchWindows * this.#source.limit;
  }

  /** Whether a page ends with the newest bar, as pages do that were cut at their beginning. */
  #showsNewest(page: Page): boolean {
    const { lastSeen } = page;
    return lastSeen !== undefined && barClose(this.#frame, barClose(this.#frame, lastSeen)) > this.#closedBy;
  }

  /** The open of the first longer bar with trades after `cursor`, or how far the longer bars show none. */
  async #nextTrade(cursor: number, horizon: number): Promise<number> {
    if (this.#source.coarse === undefined) return cursor;
    const span = this.#source.coarse.frame.ms!;
    for (let from = cursor; from < horizon; from += (this.#source.limit - 1) * span) {
      let found = await this.#coarse(from, this.#source.limit, Infinity);
      // The page may have been cut at its early end: the part before its first bar is requested once more.
      while (found - from > span && found < Infinity) {
        const earlier = await this.#coarse(from, Math.ceil((found - from) / span) + 1, found);
        if (earlier === Infinity) break;
        found = earlier;
      }
      if (found <= from) this.#tradedUntil = found + span;
      if (found < Infinity) return Math.min(horizon, Math.max(from, found));
    }
    return horizon;
  }

  /** The open of the first longer bar that reaches beyond `from` and opens before `to`; Infinity if there is none. */
  async #coarse(from: number, limit: number, to: number): Promise<number> {
    const { frame, fetch } = this.#source.coarse!;
    const until = this.#source.knowsUntil && to < Infinity ? to - 1 : undefined;
    const rows = await this.#ask(fetch, barOpen(frame, from) - frame.ms!, limit, until);
    return Math.min(...rows.map(([time]) => time).filter((time) => time + frame.ms! > from && time < to), Infinity);
  }

  /** The close of the last longer bar with trades before `stop`, or `cursor` when the longer bars show none. */
  async #lastTrade(cursor: number, stop: number): Promise<number> {
    if (this.#source.coarse === undefined || !this.#source.knowsUntil) return stop;
    const span = this.#source.coarse.frame.ms!;
    const limit = this.#source.limit;
    for (let to = stop; to > cursor; to -= (limit - 1) * span) {
      let found = await this.#coarseClose(to - limit * span, to);
      // The page may have been cut at its late end: the part after its last bar is requested once more.
      while (to - found > span && found > -Infinity) {
        const later = await this.#coarseClose(found, to);
        if (later <= found) break;
        found = later;
      }
      if (found > -Infinity) return Math.max(cursor, Math.min(stop, found));
    }
    return cursor;
  }

  /** The close of the last longer bar that opens at `from <= time < to`; -Infinity if there is none. */
  async #coarseClose(from: number, to: number): Promise<number> {
    const { frame, fetch } = this.#source.coarse!;
    const rows = await this.#ask(fetch, from, Math.max(1, Math.ceil((to - from) / frame.ms!)), to - 1);
    return Math.max(...rows.map(([time]) => time + frame.ms!).filter((close) => close - frame.ms! < to), -Infinity);
  }

  async #page(since: number, limit: number, until: number | undefined, start: number, end: number): Promise<Page> {
    const rows = await this.#ask(this.#source.fetch, since, limit, until);
    return strictPage(rows, this.#frame, { start, end }, this.#closedBy, this.#counts);
  }

  /** One request; repeated when every row is later than the last moment requested, which the exchange then ignored. */
  async #ask(fetch: PageSource['fetch'], since: number, limit: number, until: number | undefined) {
    const count = Math.min(limit, this.#source.limit);
    for (let attempt = 1; ; attempt++) {
      this.#counts.requests += 1;
      let rows = await fetch(since, count, until);
      if (rows.length === 0) {
        // An exchange in trouble answers without bars too, so the request is repeated later, for another window.
        await this.#runtime.sleep(emptyPauseMs);
        this.#counts.requests += 1;
        rows = await fetch(since, count < this.#source.limit ? count + 1 : Math.max(1, count - 1), until);
      }
      const heard = until === undefined || rows.length === 0 || rows.some(([time]) => time <= until);
      if (heard || this.#habits.deaf) return rows;
      if (attempt === attemptsToBeHeard) this.#habits.deaf = true;
    }
  }

  #empty(start: number, end: number): Stretch {
    return { start, end, bars: strictPage([], this.#frame, { start, end }, this.#closedBy, this.#counts).bars };
  }

  /** The end of a full page from `start` on. */
  #windowEnd(start: number, end: number): number {
    const { ms } = this.#frame;
    if (ms !== undefined) return Math.min(end, start + this.#source.limit * ms);
    let at = start;
    for (let i = 0; i < this.#source.limit && at < end && at < 8e15; i++) at = barClose(this.#frame, at);
    return Math.min(end, at);
  }

  /** The start of a full page that ends at `end`. */
  #back(end: number): number {
    return end - this.#source.limit * (this.#frame.ms ?? 28 * 86_400_000);
  }

  /** How many bars of a gapless history open in `start <= time < end`, at least 1. */
  #countTo(start: number, end: number): number {
    const { ms } = this.#frame;
    return Math.max(1, Math.ceil((end - start) / (ms ?? 28 * 86_400_000)));
  }

  /** Whether a whole bar fits between the two. */
  #fits(start: number, end: number): boolean {
    return barClose(this.#frame, start) <= end;
  }

  #barren(cursor: number): ProtocolError {
    return new ProtocolError(
      `the exchange answered three times with bars before ${new Date(cursor).toISOString()} when asked for bars from that time on`,
      { code: 'ignored-since', context: { since: cursor } },
    );
  }
}
