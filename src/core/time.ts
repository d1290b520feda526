/** Times at the front door: whatever a user writes becomes milliseconds UTC. */
import { parseISO } from 'date-fns/parseISO';

import { ConfigError } from './errors.ts';

/** A moment as a user may write it: an ISO 8601 text (without a zone: UTC), milliseconds UTC, or a Date. */
export type TimeInput = string | number | Date;

const isoShape = /^[+-]?\d{4,6}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
const zoneShape = /(?:Z|[+-]\d{2}:?\d{2})$/;

/** Milliseconds UTC of an ISO 8601 text, or NaN. A plain date is its midnight UTC, a time without a zone is UTC. */
export function parseIsoTime(text: string): number {
  if (!isoShape.test(text)) return NaN;
  const iso = text.replace(' ', 'T').replace(',', '.');
  if (!iso.includes('T')) return parseISO(`${iso}T00:00:00Z`).getTime();
  return parseISO(zoneShape.test(iso.slice(10)) ? iso : `${iso}Z`).getTime();
}

/**
 * Milliseconds UTC of a moment that a user wrote.
 *
 * @param name - The option it came from, for the message.
 * @throws {ConfigError} If it is no moment.
 */
export function toTime(input: TimeInput, name: string): number {
  const time = typeof input === 'string' ? parseIsoTime(input) : Number(input);
  if (Number.isFinite(time)) return time;
  throw new ConfigError(
    `${name} must be a time such as 2024-01-31, 2024-01-31T12:00:00Z or milliseconds UTC, was ${JSON.stringify(input)}`,
    { context: { field: name } },
  );
}

/**
 * Milliseconds after midnight of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.mmm`; 24:00 is the end of the day.
 *
 * @param name - The option it came from, for the message.
 * @throws {ConfigError} If it is no time of day.
 */
export function parseTimeOfDay(text: string, name: string): number {
  const [, hours, minutes, seconds = '0', milliseconds = '0'] =
    /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?$/.exec(text) ?? [];
  const time =
    ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(milliseconds.padEnd(3, '0'));
  if (time <= 86_400_000 && Number(minutes) < 60 && Number(seconds) < 60) return time;
  throw new ConfigError(`${name} must be a time of day such as 17:00 or 23:59:59.999, was '${text}'`, {
    context: { field: name },
  });
}

/** `2024-01-31 12:00:00` for people, always UTC; midnight shows the date alone. */
export function formatTime(time: number): string {
  if (!Number.isFinite(time)) return 'no time';
  const iso = new Date(time).toISOString();
  if (iso.endsWith('T00:00:00.000Z')) return iso.slice(0, 10);
  const text = iso.replace('T', ' ').slice(0, -1);
  return text.endsWith('.000') ? text.slice(0, -4) : text;
}
