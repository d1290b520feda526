/** Confirms that a stretch is empty: an answer without bars proves nothing, but one that shows the bar beside the stretch does. */
import { barOpen, type Runtime, type Timeframe } from '../../core/index.ts';
import type { OhlcvRow } from '../../connectors/ccxt/index.ts';
import { missingRanges, type TimeRange } from '../../store/index.ts';
import type { PageCounts } from './page.ts';
import type { PageSource } from './pages.ts';

/** Bars that are known on either side of a stretch, at most half a page away. */
export interface Neighbours {
  /** Open of the last bar before it. */
  readonly before: number | undefined;
  /** Open of the first bar after it. */
  readonly after: number | undefined;
}

/** How often an exchange is asked for a bar that it has returned before. */
const attempts = 5;
const firstPauseMs = 250;
/**
 * The most pages of a stretch for which longer bars are consulted; where an exchange serves only a few days of short bars, longer bars show
 * trades before them.
 */
const mostPages = 20;

/** The source and its state. */
export interface ConfirmContext {
  readonly source: PageSource;
  readonly frame: Timeframe;
  readonly runtime: Runtime;
  readonly counts: PageCounts;
  /** Whether longer bars may show trades: not where they did so before and no shorter bars came. */
  readonly usesDays: boolean;
}

/**
 * Requests a stretch again, in windows that contain a known bar beside it.
 *
 * @returns The parts that are certainly empty, or `bars` if the stretch has some after all.
 */
export async function confirmEmpty(
  range: TimeRange,
  neighbours: Neighbours,
  context: ConfirmContext,
): Promise<readonly TimeRange[] | 'bars'> {
  const looks = await new Confirmation(range, neighbours, context).look();
  if (looks === 'bars') return 'bars';
  const { empty, isSure } = looks;
  const rest = isSure ? missingRanges(range, empty) : [];
  if (rest.length === 0) return empty;
  // Parts further than a page from any bar: longer bars show whether there were trades, or the parts are requested once more.
  const traded = (await tradesInDays(rest, neighbours, context)) ?? (await tradesInWindows(rest, context));
  return traded ? 'bars' : [...empty, ...rest];
}

/** The requests at both ends of one stretch. */
class Confirmation {
  readonly #range: TimeRange;
  readonly #neighbours: Neighbours;
  readonly #context: ConfirmContext;
  readonly #ms: number;
  readonly #empty: TimeRange[] = [];

  constructor(range: TimeRange, neighbours: Neighbours, context: ConfirmContext) {
    this.#range = range;
    this.#neighbours = neighbours;
    this.#context = context;
    this.#ms = context.frame.ms ?? 28 * 86_400_000;
  }

  /** The parts that are certainly empty, and whether every end with a bar beside it was confirmed. */
  async look(): Promise<'bars' | { readonly empty: readonly TimeRange[]; readonly isSure: boolean }> {
    const { before, after } = this.#neighbours;
    let isSure = before !== undefined || after !== undefined;
    if (after !== undefined) {
      const seen = await this.#lookBack(after);
      if (seen === 'bars') return 'bars';
      isSure &&= seen;
    }
    if (before !== undefined && missingRanges(this.#range, this.#empty).length > 0) {
      const seen = await this.#lookAhead(before);
      if (seen === 'bars') return 'bars';
      isSure &&= seen;
    }
    return { empty: this.#empty, isSure };
  }

  /** Requests the end of the stretch, with the bar after it. */
  async #lookBack(after: number): Promise<boolean | 'bars'> {
    const { source } = this.#context;
    const range = this.#range;
    const until = source.knowsUntil ? after : undefined;
    const isLong = after - range.start > (source.limit - 1) * this.#ms;
    // An answer whose first bar is the one after the stretch covers all of it, however long it is.
    const far = isLong ? await this.#see(after, range.start, source.limit, until) : undefined;
    if (far === 'bars') return 'bars';
    if (far?.every(([time]) => time >= after) === true) return this.#covered(range.start, range.end);
    for (let count = Math.min(source.limit, Math.ceil((after - range.start) / this.#ms) + 1); count >= 2; count >>= 1) {
      const since = after - (count - 1) * this.#ms;
      const near = await this.#see(after, since, count, until);
      if (near === 'bars') return 'bars';
      if (near !== undefined) return this.#covered(Math.max(since, range.start), range.end);
    }
    return false;
  }

  /** Requests the beginning of the stretch, with the bar before it. */
  async #lookAhead(before: number): Promise<boolean | 'bars'> {
    const { source } = this.#context;
    const range = this.#range;
    for (let count = Math.min(source.limit, Math.ceil((range.end - before) / this.#ms) + 1); count >= 2; count >>= 1) {
      const until = source.knowsUntil ? before + (count - 1) * this.#ms : undefined;
      const near = await this.#see(before, before, count, until);
      if (near === undefined) continue;
      if (near === 'bars') return 'bars';
      const isAcross = near.some(([time]) => time >= range.end);
      return this.#covered(range.start, isAcross ? range.end : Math.min(range.end, before + count * this.#ms));
    }
    return false;
  }

  /**
   * The rows of an answer with the bar of `control`. One with bars on only one side of the stretch may have been cut there: it counts when
   * a second answer agrees.
   */
  async #see(
    control: number,
    since: number,
    count: number,
    until: number | undefined,
  ): Promise<readonly OhlcvRow[] | 'bars' | undefined> {
    const { start, end } = this.#range;
    let seen: readonly OhlcvRow[] | undefined;
    for (let look = 0; look < 2; look++) {
      const answer = await askWith(control, since, count, until, this.#context);
      if (answer === undefined) return undefined;
      seen = answer.rows;
      if (seen.some(([time]) => time >= start && time < end)) return 'bars';
      if (seen.some(([time]) => time < start) && seen.some(([time]) => time >= end)) return seen;
    }
    return seen;
  }

  #covered(start: number, end: number): true {
    if (start < end) this.#empty.push({ start, end });
    return true;
  }
}

/** Whether longer bars show trades in stretches; undefined when they cannot tell. */
async function tradesInDays(
  rest: readonly TimeRange[],
  { before, after }: Neighbours,
  context: ConfirmContext,
): Promise<boolean | undefined> {
  const { coarse, limit, knowsUntil } = context.source;
  const length = rest.at(-1)!.end - rest[0]!.start;
  const isFar = before === undefined && length > mostPages * limit * (context.frame.ms ?? 0);
  if (coarse === undefined || !context.usesDays || isFar) return undefined;
  const span = coarse.frame.ms!;
  const day = barOpen(coarse.frame, (before ?? after)!);
  const start = before !== undefined ? day : Math.max(barOpen(coarse.frame, rest[0]!.start), day - (limit - 1) * span);
  const end = before !== undefined ? rest.at(-1)!.end : day + span;
  const until = knowsUntil && before === undefined ? day : undefined;
  const days = { ...context, source: { ...context.source, fetch: coarse.fetch } };
  const answer = await askWith(day, start, Math.ceil((end - start) / span), until, days);
  if (answer === undefined) return undefined;
  const reaches = answer.rows.filter(([time]) => rest.some(({ start, end }) => time < end && time + span > start));
  if (reaches.length === 0) return false;
  // A day that is partly outside of the stretch may have traded there.
  const isInside = reaches.some(([time]) => rest.some(({ start, end }) => time >= start && time + span <= end));
  return isInside ? true : undefined;
}

/** Whether another request for the windows of stretches shows a bar: for all windows, or for those at both ends. */
async function tradesInWindows(rest: readonly TimeRange[], { source, frame, runtime, counts }: ConfirmContext) {
  const page = source.limit * (frame.ms ?? 28 * 86_400_000);
  const windows = rest.flatMap(({ start, end }) => {
    const count = Math.ceil((end - start) / page);
    return Array.from({ length: count }, (_, i) => start + i * page);
  });
  const looked =
    windows.length <= 2 * mostPages ? windows : [...windows.slice(0, mostPages), ...windows.slice(-mostPages)];
  for (const since of looked) {
    for (let look = 0; look < 2; look++) {
      if (look > 0) await runtime.sleep(firstPauseMs);
      counts.requests += 1;
      const rows = await source.fetch(since, source.limit, source.knowsUntil ? since + page - 1 : undefined);
      if (rows.some(([time]) => rest.some(({ start, end }) => time >= start && time < end))) return true;
      if (rows.length > 0) break;
    }
  }
  return false;
}

/** An answer that holds the bar of `control`; undefined if none does. After an answer without bars the request is repeated later. */
async function askWith(
  control: number,
  since: number,
  count: number,
  until: number | undefined,
  { source, runtime, counts }: ConfirmContext,
): Promise<{ readonly rows: readonly OhlcvRow[] } | undefined> {
  for (let attempt = 0, others = 0; attempt < attempts && others < 2; attempt++) {
    if (attempt > 0) await runtime.sleep(firstPauseMs * 2 ** attempt);
    counts.requests += 1;
    const rows = await source.fetch(Math.max(0, since), Math.min(count, source.limit), until);
    if (rows.some(([time]) => time === control)) return { rows };
    // Other bars, but not this one: the answer was cut, and would be cut again.
    if (rows.length > 0) others += 1;
  }
  return undefined;
}
