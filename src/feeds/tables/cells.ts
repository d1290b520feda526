/** Reads times, numbers and whole rows as files, tables and servers write them. */
import {
  barColumnNames,
  ConfigError,
  DataError,
  parseIsoTime,
  type Bar,
  type BarColumnName,
} from '../../core/index.ts';
import { plainNumber } from '../checks/plain-number.ts';

/** How a source writes times: milliseconds, seconds, microseconds or nanoseconds since 1970 UTC, or ISO 8601 text. */
export type SourceTimeFormat = 'ms' | 's' | 'us' | 'ns' | 'iso';

const perMs: Readonly<Record<SourceTimeFormat, number>> = { ms: 1, s: 1000, us: 1e-3, ns: 1e-6, iso: 1 };

/** The last moment a date can show. */
const lastMoment = 8.64e15;

/** @throws {ConfigError} If it is not one of the five. */
export function checkTimeFormat(format: string): asserts format is SourceTimeFormat {
  if (Object.hasOwn(perMs, format)) return;
  throw new ConfigError(`timeFormat must be ms, s, us, ns or iso, was '${format}'`, {
    context: { field: 'timeFormat' },
  });
}

/**
 * Milliseconds UTC of a source's time.
 *
 * @param where - Such as `row 12 of bars.db`, for the message.
 * @throws {DataError} If it is not a time of that format.
 */
export function sourceTime(value: unknown, format: SourceTimeFormat, where: string): number {
  const time =
    value instanceof Date
      ? value.getTime()
      : format === 'iso'
        ? parseIsoTime(String(value))
        : Math.round(sourceNumber(value) * perMs[format]);
  if (Math.abs(time) <= lastMoment) return time;
  throw new DataError(`time of ${where} must be a time in ${format}, was ${shown(value)}`, { code: 'bad-time' });
}

/** A source's number: a number or plain decimal text. Anything else is NaN, which validation reports. */
export function sourceNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' ? plainNumber(value) : NaN;
}

/** Cells that are not numbers: by the time of the bar, the content of the first such cell. */
export type UnreadableCells = Map<number, string>;

/**
 * A bar from a row's cells.
 *
 * @param cell - The row's value of a column.
 * @param where - Such as `row 12 of bars.db`, for the message.
 * @param unreadable - Called for a price or volume that is not a number; the bar has NaN there.
 * @throws {DataError} If the time is not one.
 */
export function barOf(
  cell: (name: BarColumnName) => unknown,
  format: SourceTimeFormat,
  where: string,
  unreadable: UnreadableCells,
): Bar {
  const bar: Record<BarColumnName, number> = {
    time: sourceTime(cell('time'), format, where),
    open: NaN,
    high: NaN,
    low: NaN,
    close: NaN,
    volume: NaN,
  };
  for (const name of barColumnNames) {
    if (name === 'time') continue;
    const value = cell(name);
    const number = sourceNumber(value);
    if (!Number.isFinite(number) && !unreadable.has(bar.time)) {
      unreadable.set(bar.time, `${name} of ${where} must be a number, was ${shown(value)}`);
    }
    bar[name] = number;
  }
  return bar;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? typeof value : text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
