/** Trading sessions: from when to when an instrument trades on which days, by the wall clock of its zone. */
import { checkNames, ConfigError, parseIsoTime, parseTimeOfDay } from '../../core/index.ts';
import { dayMs, weekdayOf, Zone } from './wall-clock.ts';

/** When an instrument trades. Defaults fit crypto: every day, around the clock, UTC. */
export interface SessionOptions {
  /** Opening, `HH:MM` by the zone's wall clock. Default `00:00`. */
  readonly start?: string;
  /** Closing; at or before `start` it is on the next day, and the session belongs to the day on which it opens. Default `24:00`. */
  readonly end?: string;
  /** Zone whose wall clock counts, such as `America/New_York`. Default `UTC`. */
  readonly zone?: string;
  /** Weekdays on which a session opens, 1 for Monday to 7 for Sunday. Default all. */
  readonly days?: readonly number[];
  /** Dates without a session, such as `2024-12-25`. Default: none. */
  readonly holidays?: readonly string[];
}

const optionNames = ['start', 'end', 'zone', 'days', 'holidays'];

/** The sessions of an instrument, at most one per day, each identified by the number of its day. */
export class Session {
  readonly zone: Zone;
  private readonly startMs: number;
  private readonly endMs: number;
  private readonly days: ReadonlySet<number>;
  private readonly holidays: ReadonlySet<number>;

  /** @throws {ConfigError} If an option cannot be right. */
  constructor(options: SessionOptions = {}) {
    checkNames('option of session', options, optionNames);
    const { start = '00:00', end = '24:00', zone = 'UTC', days = [1, 2, 3, 4, 5, 6, 7], holidays = [] } = options;
    this.zone = new Zone(zone);
    this.startMs = parseTimeOfDay(start, 'session start');
    const endMs = parseTimeOfDay(end, 'session end');
    this.endMs = endMs > this.startMs ? endMs : endMs + dayMs;
    if (this.startMs === dayMs) throw new ConfigError(`session start must be before 24:00, was '${start}'`);
    for (const day of days) {
      if (!Number.isInteger(day) || day < 1 || day > 7) {
        throw new ConfigError(`session days must be weekdays from 1, Monday, to 7, Sunday, was ${String(day)}`);
      }
    }
    if (days.length === 0) throw new ConfigError('session days must name at least one weekday, was an empty list');
    this.days = new Set(days);
    this.holidays = new Set(holidays.map(holidayNumber));
  }

  /** Whether a session opens on a day. */
  isOpenOn(day: number): boolean {
    return this.days.has(weekdayOf(day)) && !this.holidays.has(day);
  }

  /** When the session of a day opens, milliseconds UTC. */
  opening(day: number): number {
    return this.zone.momentOf(day, this.startMs);
  }

  /** When it closes, on the next day where it goes over midnight. */
  closing(day: number): number {
    return this.zone.momentOf(day, this.endMs);
  }

  /** The day whose session holds `time`, or undefined where nothing trades. */
  dayOf(time: number): number | undefined {
    const today = this.zone.dayAt(time);
    for (const day of [today, today - 1]) {
      if (this.isOpenOn(day) && time >= this.opening(day) && time < this.closing(day)) return day;
    }
    return undefined;
  }
}

function holidayNumber(text: string): number {
  const time = parseIsoTime(text);
  if (Number.isInteger(time / dayMs)) return time / dayMs;
  throw new ConfigError(`session holidays must be dates such as 2024-12-25, was ${JSON.stringify(text)}`);
}
