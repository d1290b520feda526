/** Calendar months in UTC, the unit in which bars are stored. */
import { lowerBound, sliceBars, type Bars } from '../core/index.ts';
import type { TimeRange } from './ranges.ts';

/** The bars of one month. */
export interface MonthOfBars {
  /** Such as `2024-01`. */
  readonly month: string;
  readonly bars: Bars;
}

/** The month that holds `time`, such as `2024-01`. */
export function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7);
}

/** The moments of a month. */
export function monthRange(month: string): TimeRange {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return { start: Date.UTC(year, number - 1, 1), end: Date.UTC(year, number, 1) };
}

/** Bars in rising time, split by month; views of the same memory. */
export function splitByMonth(bars: Bars): MonthOfBars[] {
  const parts: MonthOfBars[] = [];
  let from = 0;
  while (from < bars.time.length) {
    const month = monthOf(bars.time[from]!);
    const to = lowerBound(bars.time, monthRange(month).end);
    parts.push({ month, bars: sliceBars(bars, from, to) });
    from = to;
  }
  return parts;
}
