/** The last step of a feed: leaves out bars outside of the session, and combines `compression` bars into one. */
import {
  barClose,
  ConfigError,
  lowerBound,
  sliceBars,
  timeframe,
  type Bars,
  type Timeframe,
} from '../../core/index.ts';
import { pickRows } from '../checks/order.ts';
import { BarGrid } from './bar-grid.ts';
import { checkFrames } from './resample.ts';
import { Resampler } from './resampler.ts';
import { Session } from './session.ts';

/** The options of a feed that change its bars. */
export interface ShapeOptions {
  readonly compression?: number;
  readonly sessionStart?: string;
  readonly sessionEnd?: string;
  readonly tz?: string;
}

/** Bars after the shaping, and which of them were filled in. */
export interface ShapedBars {
  readonly bars: Bars;
  readonly marks: Uint8Array | undefined;
}

/**
 * The timeframe of `count` bars as one, by its usual name: `15m` by 4 is `1h`.
 *
 * @throws {ConfigError} If `compression` is not a whole number of at least 1.
 */
export function compressedFrame(frame: Timeframe, compression = 1): Timeframe {
  if (!Number.isSafeInteger(compression) || compression < 1) {
    throw new ConfigError(`compression must be a whole number of bars of at least 1, was ${String(compression)}`, {
      context: { field: 'compression', value: compression },
    });
  }
  if (compression === 1) return frame;
  const total = frame.count * compression;
  if (frame.ms === undefined) return timeframe(`${total}${frame.unit}`);
  const units = [['w', 604_800_000], ['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1_000]] as const; // prettier-ignore
  const ms = frame.ms * compression;
  const unit = frame.unit === 'w' ? units[0] : units.slice(1).find(([, length]) => ms % length === 0)!;
  return timeframe(`${ms / unit[1]}${unit[0]}`);
}

/** Whether the options change any bar. */
export function isShaping({ compression = 1, sessionStart }: ShapeOptions): boolean {
  return compression !== 1 || sessionStart !== undefined;
}

/** The session that the options name; undefined for trading around the clock. */
export function sessionOf({ sessionStart, sessionEnd, tz }: ShapeOptions): Session | undefined {
  if (sessionStart === undefined) return undefined;
  const hour = (text: string): string => text.slice(0, 12);
  return new Session({
    start: hour(sessionStart),
    ...(sessionEnd !== undefined && { end: hour(sessionEnd) }),
    ...(tz !== undefined && { zone: tz }),
  });
}

/** Shapes the bars of a feed, which come in one piece or in several. */
export class BarShape {
  readonly #session: Session | undefined;
  readonly #resampler: Resampler | undefined;
  readonly #base: Timeframe;
  readonly #start: number;
  #last = NaN;
  /** The last answer about sessions, and the time for which it holds. */
  #from = NaN;
  #to = NaN;
  #isOpen = false;

  /** @param start - Longer bars that open before it are left out, since they would lack their beginning. */
  constructor(base: Timeframe, options: ShapeOptions, start: number | undefined) {
    const frame = compressedFrame(base, options.compression);
    this.#base = base;
    this.#start = start ?? -Infinity;
    this.#session = sessionOf(options);
    if (frame !== base) {
      checkFrames(base, frame);
      this.#resampler = new Resampler(new BarGrid(frame), base);
    }
  }

  /** Takes the next bars; returns those that are complete. */
  push(bars: Bars, marks?: Uint8Array): ShapedBars {
    const { time } = bars;
    if (time.length > 0) this.#last = time[time.length - 1]!;
    const session = this.#session;
    const rows: number[] = [];
    if (session !== undefined) for (let i = 0; i < time.length; i++) if (this.#isIn(session, time[i]!)) rows.push(i);
    const isWhole = session === undefined || rows.length === time.length;
    const kept = isWhole ? bars : pickRows(bars, rows);
    const resampler = this.#resampler;
    if (resampler === undefined) {
      return { bars: kept, marks: isWhole ? marks : marks && Uint8Array.from(rows, (row) => marks[row]!) };
    }
    resampler.push(kept);
    if (session !== undefined && time.length > 0) resampler.reach(barClose(this.#base, this.#last));
    return { bars: this.#taken(resampler), marks: undefined };
  }

  #taken(resampler: Resampler): Bars {
    const { closeTime: _, ...longer } = resampler.take();
    const first = lowerBound(longer.time, this.#start);
    return first === 0 ? longer : sliceBars(longer, first, longer.time.length);
  }

  #isIn(session: Session, time: number): boolean {
    if (time >= this.#from && time < this.#to) return this.#isOpen;
    const day = session.dayOf(time);
    this.#isOpen = day !== undefined;
    if (day !== undefined) {
      this.#from = session.opening(day);
      this.#to = session.closing(day);
      return true;
    }
    // Closed until the next opening, which is at most a day away.
    const today = session.zone.dayAt(time);
    this.#from = time;
    this.#to = Math.min(...[today, today + 1].map((one) => session.opening(one)).filter((one) => one > time));
    return false;
  }
}
