/** Texts of CSV cells: times that the fast path over the bytes does not read. */
import { parseIsoTime } from '../../core/index.ts';
import type { Zone } from '../timeframes/wall-clock.ts';
import { plainNumber } from '../checks/plain-number.ts';

/** A unit in which times are counted since 1970 UTC. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/**
 * How a time cell is written: `auto` (any unit, judged on every row, or text), a count of seconds, milliseconds, microseconds or
 * nanoseconds since 1970 UTC, ISO 8601 text, or dates with the day or the month first.
 */
export type CsvTimeFormat = 'auto' | TimeUnit | 'iso' | 'd/m/y' | 'm/d/y';

export const csvTimeFormats: readonly CsvTimeFormat[] = ['auto', 'ms', 's', 'us', 'ns', 'iso', 'd/m/y', 'm/d/y'];

/** The range of a unit's values between the years 1973 and 5138. Smaller values may be of any unit. */
export const unitRanges: Readonly<Record<TimeUnit, readonly [low: number, high: number]>> = {
  s: [1e8, 1e11],
  ms: [1e11, 1e14],
  us: [1e14, 1e17],
  ns: [1e17, 1e20],
};

/** Below it a number does not show its unit. */
export const leastTelling = 1e8;

/** The unit that a number of this size must have; undefined when it may have any, or is not a time. */
export function unitOf(value: number): TimeUnit | undefined {
  return (Object.keys(unitRanges) as TimeUnit[]).find((unit) => {
    const [low, high] = unitRanges[unit];
    return value >= low && value < high;
  });
}

/** Whether a format is of numbers rather than of text. */
export function isNumeric(format: CsvTimeFormat): boolean {
  return format === 'auto' || Object.hasOwn(unitRanges, format);
}

/** Milliseconds UTC of a number in a time cell, to the millisecond; NaN when a count of seconds is not whole. */
export function timeOfNumber(value: number, unit: TimeUnit): number {
  const time = unit === 's' ? value * 1000 : unit === 'us' ? value / 1000 : unit === 'ns' ? value / 1e6 : value;
  const whole = Math.round(time);
  return Math.abs(time - whole) < 1e-3 ? whole : NaN;
}

const dayMs = 86_400_000;
const clock =
  /^(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?(?:\s*-?\s*(am|pm))?(?:\s*(z|utc|gmt|[+-]\d{2}:?\d{2}))?$/i;

/**
 * Milliseconds UTC of a time in words: `2024-01-31 13:00`, `2024-01-31 01-PM`, `31/01/2024 13:00:00`, `20240131`; NaN for any other.
 *
 * @param zone - Of times without an offset of their own; undefined for UTC.
 */
export function timeOfText(text: string, format: CsvTimeFormat, zone: Zone | undefined): number {
  if (format !== 'd/m/y' && format !== 'm/d/y' && zone === undefined) {
    const iso = parseIsoTime(text);
    if (iso === iso) return iso;
  }
  const [, date, rest = ''] = compactTime.exec(text) ?? splitTime.exec(text) ?? [];
  const day = date === undefined ? NaN : dayOf(date, format);
  const [time, offset] = rest === '' ? [0, undefined] : clockOf(rest);
  if (!(day === day) || !(time === time)) return NaN;
  if (offset !== undefined) return day * dayMs + time - offset;
  return zone === undefined ? day * dayMs + time : zone.momentOf(day, time);
}

/** Digits alone: `202401311300` and `20240131130000`. */
const compactTime = /^((?:19|20)\d{6})(\d{4}|\d{6})$/;
/** A day in digits or with the month's English name, and what follows it. */
const splitTime =
  /^(\d{1,4}[ /.-][a-z]{3,9}\.?[ /.,-]+\d{1,4}|[a-z]{3,9}\.? \d{1,2},? +\d{4}|\d[\d/.-]*\d)(?:(?:T|,? )\s*(.*))?$/i;
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const wholeMonths =
  /^(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)$/;

/** Whether digits are a calendar day, with or without a time of day, rather than a count: `20240131`, `20240131130000`. */
export function isCompactTime(text: string): boolean {
  return /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])(?:[0-5]\d){1,2})?$/.test(text);
}

/** Whether a text seems to be a day, a time of day, or both. */
export function isTimeLike(text: string): boolean {
  const shape = /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}:\d\d|\d{8} \d{4,6}$)/;
  return shape.test(text) || timeOfText(text, 'iso', undefined) === timeOfText(text, 'iso', undefined);
}

/** Whether a text is a time of day without a day: `13:00`, `1:00 PM`, and in digits `1300` or `130000`. */
export function isClock(text: string): boolean {
  return clock.test(text) || /^\d{1,6}$/.test(text);
}

/** Whether a text is a day without a time of day. */
export function isDay(text: string): boolean {
  return (['iso', 'd/m/y', 'm/d/y'] as const).some((format) => {
    const day = dayOf(text, format);
    return day === day;
  });
}

/** The number of a day since 1970; NaN if there is no such day. */
export function dayOf(date: string, format: CsvTimeFormat): number {
  const named =
    /^(\d{1,4})[ /.-]+([a-z]+)\.?[ /.,-]+(\d{1,4})$/i.exec(date) ?? /^([a-z]+)\.? (\d{1,2}),? +(\d{4})$/i.exec(date);
  if (named !== null) return dayOfNames(named.slice(1).map((part) => part.toLowerCase()));
  const isYearFirst = format !== 'd/m/y' && format !== 'm/d/y';
  const shape = isYearFirst
    ? /^(\d{4})([/.-]?)(\d{1,2})\2(\d{1,2})$/.exec(date)
    : /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d\d)$/.exec(date);
  if (shape === null) return NaN;
  const [first, second] = [Number(shape[1]), Number(shape[3])];
  const third = shape[4]!.length === 2 && !isYearFirst ? 2000 + Number(shape[4]) : Number(shape[4]);
  const [year, month, day] = isYearFirst
    ? [first, second, third]
    : format === 'd/m/y'
      ? [third, second, first]
      : [third, first, second];
  if (shape[2] === '' && date.length !== 8) return NaN;
  return realDay(year, month, day);
}

/** The day of `02 jan 2024`, `2024-jan-02` or `jan 02, 2024`; the name of the month says which part is which. */
function dayOfNames(parts: readonly string[]): number {
  const [first = '', second = '', third = ''] = parts;
  const isMonthFirst = /[a-z]/.test(first);
  const name = isMonthFirst ? first : second;
  if (!wholeMonths.test(name)) return NaN;
  const [day, year] = isMonthFirst ? [second, third] : first.length === 4 ? [third, first] : [first, third];
  return year.length === 4 && day.length <= 2
    ? realDay(Number(year), monthNames.indexOf(name.slice(0, 3)) + 1, Number(day))
    : NaN;
}

/** The number of a day since 1970; NaN where the month has no such day. */
function realDay(year: number, month: number, day: number): number {
  const at = new Date(Date.UTC(year, month - 1, day));
  const isReal = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return isReal ? at.getTime() / dayMs : NaN;
}

/** Milliseconds after midnight, and the offset from UTC where the text has one. */
function clockOf(text: string): [time: number, offset: number | undefined] {
  const pointed = /^\d{3,6}$/.test(text) ? withColons(text) : text.trim();
  const [whole, hourText, minute = '0', second = '0', fraction = '', half, zone] = clock.exec(pointed) ?? [];
  if (whole === undefined) return [NaN, undefined];
  let hour = Number(hourText);
  if (half !== undefined && (hour < 1 || hour > 12)) return [NaN, undefined];
  if (half !== undefined) hour = (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  if (hour > 23 || Number(minute) > 59 || Number(second) > 59) return [NaN, undefined];
  const ms = Math.floor(Number(`0.${fraction || '0'}`) * 1000 + 1e-6);
  const time = ((hour * 60 + Number(minute)) * 60 + Number(second)) * 1000 + ms;
  if (zone === undefined) return [time, undefined];
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  if (sign === undefined) return [time, 0];
  return [time, (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000];
}

/** `93000` and `093000` as `09:30:00`, `0930` as `09:30`. */
function withColons(digits: string): string {
  return digits.padStart(digits.length > 4 ? 6 : 4, '0').replace(/(\d\d)(?=\d)/g, '$1:');
}

/** Milliseconds after midnight of `13:00` and `13:00:00`; NaN for any other text. */
export function clockOfBytes(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if ((length !== 5 && length !== 8) || bytes[from + 2] !== 58 || (length === 8 && bytes[from + 5] !== 58)) return NaN;
  const pair = (at: number): number => {
    const [tens, ones] = [bytes[at]! - 48, bytes[at + 1]! - 48];
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
  };
  const [hour, minute, second] = [pair(from), pair(from + 3), length === 8 ? pair(from + 6) : 0];
  return hour < 24 && minute < 60 && second < 60 ? ((hour * 60 + minute) * 60 + second) * 1000 : NaN;
}

/** The time format that a cell seems to have, for the message when it is not the one given. */
export function likelyTimeFormat(text: string): CsvTimeFormat | undefined {
  const value = plainNumber(text);
  if (value === value) return unitOf(value) ?? (value < leastTelling ? 'ms' : undefined);
  if (timeOfText(text, 'iso', undefined) === timeOfText(text, 'iso', undefined)) return 'iso';
  const isDayFirst = timeOfText(text, 'd/m/y', undefined);
  const isMonthFirst = timeOfText(text, 'm/d/y', undefined);
  return isDayFirst === isDayFirst ? 'd/m/y' : isMonthFirst === isMonthFirst ? 'm/d/y' : undefined;
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
