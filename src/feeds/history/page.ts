/** One page of bars from an exchange, made strict: in order, once each, inside the range, closed. */
import { barClose, barsFromRows, summedColumnNames, type Bars, type Timeframe } from '../../core/index.ts';
import type { OhlcvRow } from '../../connectors/ccxt/index.ts';

/** Counts of faults in exchanges' pages; all of them are corrected. */
export interface PageCounts {
  /** Requests sent. */
  requests: number;
  /** Rows received. */
  rows: number;
  /** Rows outside the requested range: overlaps, and pages of exchanges that ignore `since`. */
  outside: number;
  /** Bars that came twice and were kept once. */
  duplicates: number;
  /** Repeated rows whose values differed: the later one was kept. */
  conflicts: number;
  /** Rows that came before an earlier one. */
  disorder: number;
  /** The forming bar, never kept. */
  unfinished: number;
}

export function noCounts(): PageCounts {
  return { requests: 0, rows: 0, outside: 0, duplicates: 0, conflicts: 0, disorder: 0, unfinished: 0 };
}

/** A page after its corrections. */
export interface Page {
  readonly bars: Bars;
  /** Opens of the first and last row that came, in range or not; undefined for an empty page. */
  readonly firstSeen: number | undefined;
  readonly lastSeen: number | undefined;
  /** Open of the first row that had not closed yet. */
  readonly unfinished: number | undefined;
}

/**
 * The closed bars of a page with `start <= time < end`, in rising time.
 *
 * @param closedBy - The exchange's own time: a bar that closes later is still forming.
 */
export function strictPage(
  rows: readonly OhlcvRow[],
  frame: Timeframe,
  range: { readonly start: number; readonly end: number },
  closedBy: number,
  counts: PageCounts,
): Page {
  counts.rows += rows.length;
  let sorted: readonly OhlcvRow[] = rows;
  for (let i = 1; i < rows.length; i++) if (rows[i]![0] < rows[i - 1]![0]) counts.disorder += 1;
  if (rows.some((row, i) => i > 0 && row[0] < rows[i - 1]![0])) sorted = [...rows].sort((a, b) => a[0] - b[0]);
  let unfinished: number | undefined;
  const kept: OhlcvRow[] = [];
  for (const row of sorted) {
    const [time] = row;
    if (time < range.start || time >= range.end) {
      counts.outside += 1;
    } else if (barClose(frame, time) > closedBy) {
      counts.unfinished += 1;
      unfinished ??= time;
    } else if (kept.at(-1)?.[0] === time) {
      counts.duplicates += 1;
      if (row.some((value, i) => value !== kept.at(-1)![i])) counts.conflicts += 1;
      kept[kept.length - 1] = row;
    } else {
      kept.push(row);
    }
  }
  return {
    bars: toBars(kept),
    firstSeen: sorted[0]?.[0],
    lastSeen: sorted.at(-1)?.[0],
    unfinished,
  };
}

function toBars(rows: readonly OhlcvRow[]): Bars {
  const bars = barsFromRows([]);
  if (rows.length === 0) return bars;
  const column = (at: 0 | 1 | 2 | 3 | 4 | 5): Float64Array => {
    const values = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) values[i] = rows[i]![at];
    return values;
  };
  // A column exists when every row of the page has a place for it and some row has a value.
  const more = summedColumnNames.flatMap((name, k) => {
    const at = 6 + k;
    if (!rows.every((row) => row.length > at) || rows.every((row) => row[at] === undefined)) return [];
    return [[name, Float64Array.from(rows, (row) => row[at] ?? NaN)] as const];
  });
  const six = {
    time: column(0),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volume: column(5),
  };
  return { ...six, ...Object.fromEntries(more) };
}
