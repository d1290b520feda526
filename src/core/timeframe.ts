/** The length of a bar, and where on the calendar bars begin and end. */
import { TZDate } from '@date-fns/tz';
import { addMonths } from 'date-fns/addMonths';
import { differenceInCalendarMonths } from 'date-fns/differenceInCalendarMonths';

import { ConfigError } from './errors.ts';

/** `s` second, `m` minute, `h` hour, `d` day, `w` week from Monday, `M` calendar month, `y` calendar year. */
export type TimeframeUnit = 's' | 'm' | 'h' | 'd' | 'w' | 'M' | 'y';

/** A bar length such as `15m`. Made by `timeframe()`; equal names are the same object. */
export interface Timeframe {
  /** Its name, such as `4h`. */
  readonly name: string;
  /** The unit it counts. */
  readonly unit: TimeframeUnit;
  /** How many of the unit. */
  readonly count: number;
  /** Length in milliseconds; undefined for months and years, whose lengths vary. */
  readonly ms: number | undefined;
}

/** The 15 timeframes that exchanges commonly serve. */
export const standardTimeframes = [
  '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M',
] as const; // prettier-ignore

const unitMs: Readonly<Record<TimeframeUnit, number | undefined>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: undefined,
  y: undefined,
};

/** The first Monday after the epoch: weeks are counted from it. */
const firstMonday = Date.UTC(1970, 0, 5);
const known = new Map<string, Timeframe>();

/**
 * The timeframe of a name such as `1m`, `4h`, `1d`, `1w`, `1M` (`m` is a minute, `M` a month).
 *
 * @throws {ConfigError} If the name is not a positive whole number and one of s, m, h, d, w, M, y.
 */
export function timeframe(name: string): Timeframe {
  const found = known.get(name);
  if (found !== undefined) return found;
  const [, digits, unit] = /^(\d{1,6})([smhdwMy])$/.exec(name) ?? [];
  const count = Number(digits);
  if (unit === undefined || !(count > 0)) {
    throw new ConfigError(`timeframe must be a number and a unit such as 1m, 4h, 1d, 1w or 1M, was '${name}'`, {
      context: { field: 'timeframe', value: name },
    });
  }
  const length = unitMs[unit as TimeframeUnit];
  const made = { name, unit: unit as TimeframeUnit, count, ms: length === undefined ? undefined : length * count };
  known.set(name, made);
  return made;
}

/**
 * The open of the bar that holds `time`, on a grid aligned to the epoch (weeks to Monday, months and years to the calendar).
 *
 * @param offsetMs - Moves the grid, as for days that open at 08:00.
 */
export function barOpen(frame: Timeframe, time: number, offsetMs = 0): number {
  const shifted = time - offsetMs;
  if (frame.ms !== undefined) {
    const anchor = frame.unit === 'w' ? firstMonday : 0;
    return Math.floor((shifted - anchor) / frame.ms) * frame.ms + anchor + offsetMs;
  }
  const months = monthsOf(frame);
  const epoch = new TZDate(0, 'UTC');
  const index = Math.floor(differenceInCalendarMonths(new TZDate(shifted, 'UTC'), epoch) / months) * months;
  return addMonths(epoch, index).getTime() + offsetMs;
}

/** The close of the bar that opened at `open`: the open of the next one. */
export function barClose(frame: Timeframe, open: number): number {
  if (frame.ms !== undefined) return open + frame.ms;
  return addMonths(new TZDate(open, 'UTC'), monthsOf(frame)).getTime();
}

/** How many bars fit in a year of 365 days on a market that never closes: 8,760 for `1h`. */
export function barsPerYear(frame: Timeframe): number {
  return frame.ms === undefined ? 12 / monthsOf(frame) : (365 * 86_400_000) / frame.ms;
}

function monthsOf(frame: Timeframe): number {
  return frame.unit === 'y' ? frame.count * 12 : frame.count;
}
