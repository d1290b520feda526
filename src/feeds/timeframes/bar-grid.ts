/** Where the bars of a timeframe begin and end: on the epoch's grid, shifted by an offset, or by an instrument's sessions. */
import { barClose, barOpen, ConfigError, type Timeframe } from '../../core/index.ts';
import { dayMs, spanMs, weekdayOf } from './wall-clock.ts';
import { Session, type SessionOptions } from './session.ts';

/** Options of a timeframe's grid. */
export interface GridOptions {
  /** Moves where bars begin: `8h` for days that open at 08:00 UTC, `-15m` for hours that end at a quarter to; a number is milliseconds. Default 0. */
  readonly offset?: string | number;
  /** Trading sessions: bars begin with each session and end with it at the latest; bars outside of them are left out. Default: around the clock. */
  readonly session?: SessionOptions;
}

export const gridOptionNames = ['offset', 'session'] as const;

/** Open and close of one bar. The object is reused. */
export interface Bucket {
  /** When the bar opens, milliseconds UTC. */
  open: number;
  /** When it closes, which is the first moment that does not belong to it. */
  close: number;
}

/** Finds the bar of a timeframe that holds a moment. */
export class BarGrid {
  readonly frame: Timeframe;
  /** Whether each bar's close follows from its open and the timeframe alone. */
  readonly isRegular: boolean;
  /** Whether bars contain time outside of sessions, as bars of several trading days contain nights and weekends. */
  readonly hasBreaks: boolean;
  private readonly offset: number;
  private readonly session: Session | undefined;

  /** @throws {ConfigError} If an option cannot be right, or offset and session are both given. */
  constructor(frame: Timeframe, options: GridOptions = {}) {
    this.frame = frame;
    this.offset = options.offset === undefined ? 0 : spanMs(options.offset, 'offset');
    this.session = options.session === undefined ? undefined : new Session(options.session);
    this.isRegular = this.session === undefined && (frame.ms !== undefined || this.offset === 0);
    const isOfDays = frame.ms === undefined || frame.unit === 'd' || frame.unit === 'w';
    this.hasBreaks = this.session !== undefined && isOfDays && frame.name !== '1d';
    if (this.session !== undefined && this.offset !== 0) {
      throw new ConfigError('offset and session cannot both be given: the session says where bars begin');
    }
  }

  /** Whether there are moments that belong to no bar. */
  get hasSessions(): boolean {
    return this.session !== undefined;
  }

  /** When the session that holds `time` closes, milliseconds UTC; undefined where nothing trades. For a grid with sessions. */
  sessionEnd(time: number): number | undefined {
    const day = this.session!.dayOf(time);
    return day === undefined ? undefined : this.session!.closing(day);
  }

  /** Puts the bar that holds `time` into `bucket`; false where nothing trades. */
  find(time: number, bucket: Bucket): boolean {
    const { frame, offset, session } = this;
    if (session !== undefined) return this.findInSession(session, time, bucket);
    bucket.open = barOpen(frame, time, offset);
    bucket.close = barClose(frame, bucket.open - offset) + offset;
    return true;
  }

  private findInSession(session: Session, time: number, bucket: Bucket): boolean {
    const day = session.dayOf(time);
    if (day === undefined) return false;
    const { unit, ms, count } = this.frame;
    if (ms !== undefined && unit !== 'd' && unit !== 'w') {
      const start = session.opening(day);
      bucket.open = start + Math.floor((time - start) / ms) * ms;
      bucket.close = Math.min(bucket.open + ms, session.closing(day));
      return true;
    }
    let [first, next] = daysOfPeriod(day, unit, count);
    while (!session.isOpenOn(first)) first++;
    while (!session.isOpenOn(next - 1)) next--;
    bucket.open = session.opening(first);
    bucket.close = session.closing(next - 1);
    return true;
  }
}

/** The first Monday by day number, from which weeks are counted. */
const firstMonday = 4;

/** The first day of the calendar period that holds a day, and the first day after the period. */
function daysOfPeriod(day: number, unit: Timeframe['unit'], count: number): [first: number, next: number] {
  if (unit === 'd') {
    const first = Math.floor(day / count) * count;
    return [first, first + count];
  }
  if (unit === 'w') {
    const monday = day - weekdayOf(day) + 1;
    const first = Math.floor((monday - firstMonday) / (7 * count)) * 7 * count + firstMonday;
    return [first, first + 7 * count];
  }
  const date = new Date(day * dayMs);
  const months = unit === 'y' ? count * 12 : count;
  const index = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
  const from = Math.floor(index / months) * months;
  return [Date.UTC(1970, from, 1) / dayMs, Date.UTC(1970, from + months, 1) / dayMs];
}
