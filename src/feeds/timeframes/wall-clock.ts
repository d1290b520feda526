/** Wall clocks: the time of day in a zone, and the moment at which a wall clock shows it. */
import { tzOffset } from '@date-fns/tz/tzOffset';

import { ConfigError } from '../../core/index.ts';

export const dayMs = 86_400_000;
const minuteMs = 60_000;

/** One time zone. Days are numbered from 1970-01-01 by its own calendar. */
export class Zone {
  readonly name: string;
  private readonly isUtc: boolean;

  /**
   * @param field - The option that names it, for the message.
   * @throws {ConfigError} If there is no such zone.
   */
  constructor(name: string, field = 'zone') {
    this.name = name;
    this.isUtc = name === 'UTC';
    if (typeof name !== 'string' || !Number.isFinite(tzOffset(name, new Date(0)))) {
      throw new ConfigError(`${field} must be a time zone such as UTC or America/New_York, was '${name}'`, {
        context: { field },
      });
    }
  }

  /** The zone's offset from UTC at a moment, milliseconds. */
  offsetAt(time: number): number {
    return this.isUtc ? 0 : tzOffset(this.name, new Date(time)) * minuteMs;
  }

  /** The number of the zone's calendar day that holds `time`. */
  dayAt(time: number): number {
    return Math.floor((time + this.offsetAt(time)) / dayMs);
  }

  /**
   * The moment at which the wall clock shows `timeOfDay` on a day; 25:00 is 1:00 of the next.
   *
   * Where clocks go back and show it twice, the first of both; where they skip it, later by the length of the skip.
   */
  momentOf(day: number, timeOfDay: number): number {
    const wall = day * dayMs + timeOfDay;
    if (this.isUtc) return wall;
    const before = this.offsetAt(wall - dayMs);
    if (this.offsetAt(wall - before) === before) return wall - before;
    const after = this.offsetAt(wall + dayMs);
    return this.offsetAt(wall - after) === after ? wall - after : wall - before;
  }

  /** The later moment at which the wall clock shows the same time as at `time`, where clocks go back within hours; else undefined. */
  secondOf(time: number): number | undefined {
    const before = this.offsetAt(time);
    const after = this.offsetAt(time + 6 * 3_600_000);
    const second = time + before - after;
    return after < before && this.offsetAt(second) === after ? second : undefined;
  }
}

/** The weekday of a day number, from 1 for Monday to 7 for Sunday. */
export function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: minuteMs, h: 3_600_000, d: dayMs, w: 7 * dayMs };

/**
 * Milliseconds of a span such as `90m`, `-15m` or `8h`, or of a number of milliseconds.
 *
 * @param name - The option it came from, for the message.
 * @throws {ConfigError} If it is not a span.
 */
export function spanMs(span: string | number, name: string): number {
  if (typeof span === 'number' && Number.isInteger(span)) return span;
  const [, digits, unit] = /^(-?\d{1,9})([smhdw])$/.exec(String(span)) ?? [];
  if (unit !== undefined) return Number(digits) * unitMs[unit]!;
  throw new ConfigError(
    `${name} must be a span such as 90m or 8h, or whole milliseconds, was ${JSON.stringify(span)}`,
    {
      context: { field: name },
    },
  );
}
