/** Arithmetic of time ranges: what is covered, what is missing, what remains. */

/** Half open: the moments with `start <= time < end`, milliseconds UTC. */
export interface TimeRange {
  /** First moment, milliseconds UTC. */
  readonly start: number;
  /** First moment after it, milliseconds UTC. */
  readonly end: number;
}

/**
 * What is known about a range: `known` holds bars as the source served them, `empty` is a stretch without bars that the source confirmed,
 * `unavailable` is before the source's first bar.
 */
export type RangeKind = 'known' | 'empty' | 'unavailable';

/** A range that was requested and need not be requested again. */
export interface KnownRange extends TimeRange {
  /** Whether bars are there, are known to be absent, or cannot be had. */
  readonly kind: RangeKind;
  /** Where its bars came from, such as `binance`. */
  readonly source: string;
  /** When it was fetched, milliseconds UTC. */
  readonly fetched: number;
}

/** The parts of `wanted` that no range of `covered` holds, in rising order. `covered` may overlap and be in any order. */
export function missingRanges(wanted: TimeRange, covered: readonly TimeRange[]): TimeRange[] {
  const sorted = covered
    .filter((range) => range.end > wanted.start && range.start < wanted.end)
    .sort((a, b) => a.start - b.start);
  const missing: TimeRange[] = [];
  let cursor = wanted.start;
  for (const range of sorted) {
    if (range.start > cursor) missing.push({ start: cursor, end: Math.min(range.start, wanted.end) });
    cursor = Math.max(cursor, range.end);
    if (cursor >= wanted.end) return missing;
  }
  if (cursor < wanted.end) missing.push({ start: cursor, end: wanted.end });
  return missing;
}

/** `range` without the part that `taken` covers: none, one or two pieces. */
export function subtractRange(range: TimeRange, taken: TimeRange): TimeRange[] {
  if (taken.end <= range.start || taken.start >= range.end) return [range];
  const pieces: TimeRange[] = [];
  if (taken.start > range.start) pieces.push({ start: range.start, end: taken.start });
  if (taken.end < range.end) pieces.push({ start: taken.end, end: range.end });
  return pieces;
}

/** Whether the two share a moment. */
export function rangesOverlap(a: TimeRange, b: TimeRange): boolean {
  return a.start < b.end && b.start < a.end;
}
