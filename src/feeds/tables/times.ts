/** Times and numbers as files, tables and servers write them. */
import { ConfigError, DataError, parseIsoTime } from '../../core/index.ts';

/** How a source writes times: milliseconds, seconds or microseconds since 1970 UTC, or ISO 8601 text. */
export type SourceTimeFormat = 'ms' | 's' | 'us' | 'iso';

const perMs: Readonly<Record<SourceTimeFormat, number>> = { ms: 1, s: 1000, us: 0.001, iso: 1 };

/** @throws {ConfigError} If it is none of the four. */
export function checkTimeFormat(format: string): asserts format is SourceTimeFormat {
  if (Object.hasOwn(perMs, format)) return;
  throw new ConfigError(`timeFormat must be ms, s, us or iso, was '${format}'`, { context: { field: 'timeFormat' } });
}

/**
 * Milliseconds UTC of a source's time.
 *
 * @param where - Such as `row 12 of bars.db`, for the message.
 * @throws {DataError} If it is no time of that format.
 */
export function sourceTime(value: unknown, format: SourceTimeFormat, where: string): number {
  const time =
    value instanceof Date
      ? value.getTime()
      : format === 'iso'
        ? parseIsoTime(String(value))
        : value === null || value === ''
          ? NaN
          : Math.round(Number(value) * perMs[format]);
  if (Number.isFinite(time)) return time;
  throw new DataError(`time of ${where} must be a time in ${format}, was ${JSON.stringify(String(value))}`, {
    code: 'bad-time',
  });
}

/** A source's number; what is absent or no number is NaN, which validation then finds. */
export function sourceNumber(value: unknown): number {
  return typeof value === 'number'
    ? value
    : value === null || value === undefined || value === ''
      ? NaN
      : Number(value);
}
