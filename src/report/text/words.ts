/** Numbers, spans and times in words for the terminal. */
import { formatDuration } from 'date-fns/formatDuration';

import { formatTime } from '../../core/index.ts';

const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000];
const yearDays = 365.25;

/** What stands where there is nothing to say. */
export const nothing = '-';

/** `1,234,567.80`: two decimals, more where the amount is small; `-` for no number. */
export function amount(value: number | undefined, decimals = decimalsFor(value)): string {
  if (value === undefined || Number.isNaN(value)) return nothing;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  const text = Math.abs(value).toFixed(decimals);
  const [whole = '', fraction] = text.split('.');
  const isZero = Number(text) === 0;
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0 && !isZero ? '-' : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** `1,234`: a number of things. */
export function count(value: number | undefined): string {
  return amount(value, 0);
}

/** `2 trades`, `1 trade`, `0 trades`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A fraction as `12.34 %`. */
export function percent(value: number | undefined, decimals = 2): string {
  if (value === undefined || !Number.isFinite(value)) return amount(value);
  return `${amount(value * 100, decimals)} %`;
}

/** A fraction as `+12.34 %` or `-12.34 %`: a change. */
export function change(value: number | undefined): string {
  const text = percent(value);
  return value !== undefined && value > 0 && /[1-9∞]/.test(text) ? `+${text}` : text;
}

/** The class of a change in a page, for its colour: none where `change` shows no sign. */
export function directionOf(value: number | undefined): 'up' | 'down' | '' {
  const text = change(value);
  if (text.startsWith('+')) return 'up';
  return text.startsWith('-') && text !== nothing ? 'down' : '';
}

/** A ratio with two decimals. */
export function ratio(value: number | undefined): string {
  return amount(value, 2);
}

/** A span in words, in its two largest units: `3 days 4 hours`, `2 years`, `45 minutes`. */
export function span(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return nothing;
  const whole = (unit: number): number => Math.floor(ms / unit);
  const days = whole(dayMs);
  if (ms < minuteMs) return words({ seconds: Math.round(ms / secondMs) });
  if (ms < hourMs) return words({ minutes: whole(minuteMs) });
  if (ms < 2 * dayMs) return words({ hours: whole(hourMs), minutes: whole(minuteMs) % 60 });
  if (days < 60) return words({ days, hours: whole(hourMs) % 24 });
  // Two calendar years are 730 or 731 days: a day short of a whole number of years is that number.
  const years = Math.floor((days + 1) / yearDays);
  const months = Math.floor(((days + 1 - years * yearDays) / yearDays) * 12);
  return years === 0 ? words({ days }) : words({ years, months: Math.max(0, months) });
}

/** `2024-04-16 01:00`: a moment, without seconds that are zero. */
export function moment(time: number | undefined): string {
  return time === undefined ? nothing : formatTime(time).replace(/(\d\d:\d\d):00$/, '$1');
}

function words(duration: Readonly<Record<string, number>>): string {
  const text = formatDuration(duration);
  return text === '' ? `0 ${Object.keys(duration)[0] ?? 'seconds'}` : text;
}

function decimalsFor(value: number | undefined): number {
  if (value === undefined || value === 0 || !Number.isFinite(value)) return 2;
  const size = Math.abs(value);
  return size >= 1 ? 2 : Math.min(8, 2 - Math.floor(Math.log10(size)));
}

/** Datas that have a line each in a summary; of more, the first few have one and the rest are counted. */
const mostLines = 8;
const fewLines = 3;

/** The lines of a summary about the datas of a run. */
export function linesOfDatas<T extends { readonly bars: number }>(
  datas: readonly T[],
  lineOf: (data: T) => string,
): string[] {
  if (datas.length <= mostLines) return datas.map(lineOf);
  const all = datas.reduce((sum, { bars }) => sum + bars, 0);
  return [
    ...datas.slice(0, fewLines).map(lineOf),
    `and ${count(datas.length - fewLines)} more datas: ${counted(all, 'bar')} in all`,
  ];
}
