/** Numbers and times in words, as the static parts of the page write them. */
import type { TableColumn } from '../model.ts';

const none = '–';

/** A number with grouped thousands; what rounds to zero has no sign. */
export function grouped(value: number, decimals: number): string {
  const text = value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return /^-[0.,]+$/.test(text) ? text.slice(1) : text;
}

/** A price with the decimals of its data, at most eight where it is not tiny. */
export function priceText(value: number, decimals: number): string {
  const most = Math.abs(value) < 0.001 && value !== 0 ? 20 : 8;
  return grouped(value, Math.max(2, Math.min(most, decimals)));
}

/** Money: two decimals, more where the amount is small. */
export function money(value: number): string {
  const size = Math.abs(value);
  const decimals = size === 0 || size >= 1 ? 2 : Math.min(8, 2 - Math.floor(Math.log10(size)));
  return grouped(value, decimals);
}

/** A moment, UTC: `2024-04-16 01:00`. */
export function moment(time: number): string {
  const text = new Date(time).toISOString();
  const seconds = text.slice(17, 19);
  return `${text.slice(0, 10)} ${text.slice(11, 16)}${seconds === '00' ? '' : `:${seconds}`}`;
}

/** A number with its own decimals, at most `most` of them. */
export function plain(value: number, most = 8): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: most });
}

/** A cell of a table as text. */
export function cellText(value: unknown, kind: TableColumn['kind'], decimals: number): string {
  if (value === null || value === undefined) return none;
  if (typeof value !== 'number') return typeof value === 'string' ? value : '';
  if (kind === 'money') return money(value);
  if (kind === 'price') return priceText(value, decimals);
  if (kind === 'percent') return `${value > 0 ? '+' : ''}${grouped(value * 100, 2)} %`;
  if (kind === 'time') return moment(value);
  if (kind === 'size') return plain(value);
  return plain(value);
}
