/** The texts of CSV cells: numbers and times that the quick way over the bytes did not take. */
import { parseIsoTime } from '../../core/index.ts';

/** How a time cell is written: milliseconds, seconds or microseconds since 1970 in UTC, or ISO 8601 text. */
export type CsvTimeFormat = 'ms' | 's' | 'us' | 'iso';

export const csvTimeFormats: readonly CsvTimeFormat[] = ['ms', 's', 'us', 'iso'];

const numberShape = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number that a cell's text is, or NaN: an empty cell, `null`, hex and words are no numbers. */
export function parseCsvNumber(text: string): number {
  return numberShape.test(text) ? Number(text) : NaN;
}

/**
 * Milliseconds UTC of a number in a time cell; NaN when it is no whole number of milliseconds.
 *
 * Seconds may have up to three decimals.
 */
export function timeOfNumber(value: number, format: CsvTimeFormat): number {
  const time = format === 's' ? value * 1000 : format === 'us' ? value / 1000 : value;
  const whole = Math.round(time);
  return Math.abs(time - whole) < 1e-3 ? whole : NaN;
}

/** What times are believed of a first bar: 1973 to 5138. Outside of it the unit is surely another one. */
const [earliestStamp, latestStamp] = [1e11, 1e14];

/** The time format that a cell seems to have: the one given, unless the cell makes sense in another one only. */
export function likelyTimeFormat(text: string, format: CsvTimeFormat): CsvTimeFormat | undefined {
  const value = parseCsvNumber(text);
  if (value !== value) return parseIsoTime(text) === parseIsoTime(text) ? 'iso' : undefined;
  const believable = (time: number): boolean => time >= earliestStamp && time < latestStamp;
  if (format !== 'iso' && believable(timeOfNumber(value, format))) return format;
  return (['ms', 's', 'us'] as const).find((other) => believable(timeOfNumber(value, other)));
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Milliseconds UTC of the common shapes `2024-01-31`, `2024-01-31 12:00:00` and `2024-01-31T12:00:00`, with or without
 * `Z` and milliseconds; NaN for any other, which is then read as text.
 */
export function isoTimeOfBytes(bytes: Uint8Array, from: number, to: number): number {
  let length = to - from;
  if (length === 20 || length === 24) if (bytes[to - 1] === 90) length--;
  if (length !== 10 && length !== 19 && length !== 23) return NaN;
  const at = (offset: number): number => bytes[from + offset]!;
  if (at(4) !== 45 || at(7) !== 45) return NaN;
  const pair = (offset: number): number => {
    const [tens, ones] = [at(offset) - 48, at(offset + 1) - 48];
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
  };
  const year = pair(0) * 100 + pair(2);
  const [month, day] = [pair(5), pair(8)];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && leap ? 29 : monthDays[month - 1];
  if (days === undefined || !(day >= 1 && day <= days)) return NaN;
  let time = daysSinceEpoch(year, month, day) * 86_400_000;
  if (length === 10) return time;
  if ((at(10) !== 32 && at(10) !== 84) || at(13) !== 58 || at(16) !== 58) return NaN;
  const [hour, minute, second] = [pair(11), pair(14), pair(17)];
  if (!(hour < 24 && minute < 60 && second < 60)) return NaN;
  time += (hour * 3600 + minute * 60 + second) * 1000;
  if (length === 19) return time;
  if (at(19) !== 46) return NaN;
  const last = at(22) - 48;
  return last >= 0 && last <= 9 ? time + pair(20) * 10 + last : NaN;
}

/** Days from 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}
