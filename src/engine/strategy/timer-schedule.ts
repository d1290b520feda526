/** When a timer is due: a time of day on certain days, by a zone's wall clock or an instrument's sessions. */
import { checkNames, ConfigError, parseTimeOfDay } from '../../core/index.ts';
import { Session, spanMs, weekdayOf, Zone, type SessionOptions } from '../../feeds/index.ts';

/** Options of addTimer. */
export interface TimerOptions {
  /** Time of day, `HH:MM`; or the opening or closing of `session`. */
  readonly when: string;
  /** Added to `when`, such as `90m` or `-15m`; a number is milliseconds. Default 0. */
  readonly offset?: string | number;
  /** After the first time of a day, repeats at this interval, such as `4h`, until the session or the day ends. Default: once a day. */
  readonly repeat?: string | number;
  /** Only on these weekdays, 1 for Monday to 7 for Sunday. Default: all. */
  readonly weekdays?: readonly number[];
  /** Whether the timer fires on the next trading day instead when nothing traded on its weekday. Default false. */
  readonly weekCarry?: boolean;
  /** Only on these days of the month, 1 to 31. Default: all. */
  readonly monthdays?: readonly number[];
  /** Whether the timer fires on the next trading day instead when nothing traded on its day of the month. Default true. */
  readonly monthCarry?: boolean;
  /** A further filter, called once a day with the day's date as `2024-01-31`. Default: every day. */
  readonly allow?: (date: string) => boolean;
  /** Zone whose wall clock counts, such as `Europe/Berlin`. Default: the session's, else `UTC`. */
  readonly zone?: string;
  /** Trading sessions; on days without one the timer is silent. Default: every day, around the clock. */
  readonly session?: SessionOptions;
  /** Whether it fires before the broker looks at the step's bars, not after. Default false. */
  readonly cheat?: boolean;
}

const optionNames = [
  'when', 'offset', 'repeat', 'weekdays', 'weekCarry', 'monthdays', 'monthCarry', 'allow', 'zone', 'session', 'cheat',
]; // prettier-ignore
const dayMs = 86_400_000;

/** @throws {ConfigError} If an option cannot be right, or the timer could never fire. */
export function checkTimerOptions(options: TimerOptions): void {
  readOptions(options);
}

/** The due times of one timer, one day after the other. */
export class TimerSchedule {
  private readonly zone: Zone;
  private readonly session: Session | undefined;
  private readonly when: 'sessionStart' | 'sessionEnd' | number;
  private readonly offset: number;
  private readonly repeat: number;
  private readonly options: TimerOptions;
  private day = NaN;
  private lastDay = NaN;
  /** The next due time of the day; Infinity when there is none left. */
  private due = Infinity;
  /** The moment at which the day ends. */
  private end = -Infinity;

  /** @throws {ConfigError} If an option cannot be right, or the timer could never fire. */
  constructor(options: TimerOptions) {
    this.options = options;
    const { session, zone, when, offset, repeat } = readOptions(options);
    this.session = session;
    this.zone = zone;
    this.when = when;
    this.offset = offset;
    this.repeat = repeat;
  }

  /**
   * The due time that is met at `clock`, or NaN. Of several that were passed by, the first is met and the others are dropped; those
   * of a day that has ended are dropped too.
   */
  check(clock: number): number {
    if (clock >= this.end) this.begin(clock);
    if (clock < this.due) return NaN;
    const met = this.due;
    const last = this.session === undefined ? this.end - 1 : this.session.closing(this.day);
    if (this.repeat > 0) this.due += Math.ceil((clock + 1 - this.due) / this.repeat) * this.repeat;
    if (this.repeat === 0 || this.due > last) this.due = Infinity;
    if (this.due === Infinity && this.zone.dayAt(clock) > this.day) this.begin(clock);
    return met;
  }

  /** No due time comes before this moment: nothing has to be checked until then. */
  get wakeAt(): number {
    return Math.min(this.due, this.end);
  }

  private begin(clock: number): void {
    const { session, zone } = this;
    let day = zone.dayAt(clock);
    if (session?.isOpenOn(day - 1) === true && clock < session.closing(day - 1)) day--;
    this.day = day;
    this.end = zone.momentOf(day + 1, 0);
    if (session?.isOpenOn(day) === true) this.end = Math.max(this.end, session.closing(day) + 1);
    const isAllowed = this.isAllowed(day);
    this.lastDay = day;
    this.due = isAllowed ? this.firstDue(day) : Infinity;
  }

  private firstDue(day: number): number {
    const { when, session, zone, offset } = this;
    if (when === 'sessionStart') return session!.opening(day) + offset;
    if (when === 'sessionEnd') return session!.closing(day) + offset;
    return zone.momentOf(day, when + offset);
  }

  private isAllowed(day: number): boolean {
    const { weekdays = [], monthdays = [], weekCarry = false, monthCarry = true, allow } = this.options;
    const monday = day - weekdayOf(day) + 1;
    const monthStart = day - monthdayOf(day) + 1;
    return (
      this.session?.isOpenOn(day) !== false &&
      this.isListed(day, monthdays, monthdayOf, monthCarry, monthStart) &&
      this.isListed(day, weekdays, weekdayOf, weekCarry, monday) &&
      allow?.(dateOf(day)) !== false
    );
  }

  /** Whether a day is in the list, or makes up for one in it that passed without a step since the last day with one. */
  private isListed(
    day: number,
    list: readonly number[],
    numberOf: (day: number) => number,
    carries: boolean,
    periodStart: number,
  ): boolean {
    if (list.length === 0 || list.includes(numberOf(day))) return true;
    if (!carries) return false;
    const from = this.lastDay === this.lastDay ? Math.max(this.lastDay + 1, day - 62) : periodStart;
    for (let missed = from; missed < day; missed++) if (list.includes(numberOf(missed))) return true;
    return false;
  }
}

/** A timer's options in the units that the schedule works with. */
interface ReadOptions {
  readonly zone: Zone;
  readonly session: Session | undefined;
  readonly when: 'sessionStart' | 'sessionEnd' | number;
  readonly offset: number;
  readonly repeat: number;
}

function readOptions(options: TimerOptions): ReadOptions {
  checkNames('option of addTimer', options, optionNames);
  const { when, zone, offset = 0, repeat = 0, weekdays = [], monthdays = [] } = options;
  const session =
    options.session === undefined
      ? undefined
      : new Session({ ...(zone !== undefined && { zone }), ...options.session });
  const isOfSession = when === 'sessionStart' || when === 'sessionEnd';
  if (isOfSession && session === undefined) {
    throw new ConfigError(
      `when: '${when}' needs the option session, such as { start: '09:30', end: '16:00', zone: 'America/New_York' }`,
    );
  }
  const read: ReadOptions = {
    zone: session?.zone ?? new Zone(zone ?? 'UTC'),
    session,
    when: isOfSession ? when : parseTimeOfDay(when, 'when'),
    offset: spanMs(offset, 'offset'),
    repeat: spanMs(repeat, 'repeat'),
  };
  if (read.repeat < 0) throw new ConfigError(`repeat must not be negative, was ${String(repeat)}`);
  if (typeof read.when === 'number' && !(read.when + read.offset >= 0 && read.when + read.offset < dayMs)) {
    throw new ConfigError(`when and offset together must fall on the same day, were ${when} and ${String(offset)}`);
  }
  checkDays('weekdays', weekdays, 7);
  checkDays('monthdays', monthdays, 31);
  return read;
}

function checkDays(name: string, days: readonly number[], most: number): void {
  for (const day of days) {
    if (!Number.isInteger(day) || day < 1 || day > most) {
      throw new ConfigError(`${name} must be whole numbers from 1 to ${most}, was ${String(day)}`);
    }
  }
}

function monthdayOf(day: number): number {
  return new Date(day * dayMs).getUTCDate();
}

function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}
