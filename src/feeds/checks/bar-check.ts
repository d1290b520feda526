/** The rules for one bar, and for its place after the one before it. */
import {
  barAt,
  barClose,
  barColumnNames,
  formatTime,
  type BarColumnName,
  type Bars,
  type Timeframe,
} from '../../core/index.ts';

/** Why a bar cannot be right: the column to look at, a word for programs, and the rest of a sentence. */
export interface BarFault {
  readonly column: BarColumnName;
  readonly code: 'disorder' | 'duplicate-time' | 'overlap' | 'not-finite' | 'negative' | 'broken-ohlc';
  readonly message: string;
}

/** The last moment a date can show. */
const lastMoment = 8.64e15;

/**
 * Checks bars as they come, in order.
 *
 * A gap is not a fault: markets pause and exchanges have outages. A bar that opens before the previous one has closed is a fault, because
 * then file and timeframe do not match.
 */
export class BarCheck {
  private readonly frame: Timeframe;
  private readonly frameMs: number;
  private previous = NaN;
  private earliest = -lastMoment;

  constructor(frame: Timeframe) {
    this.frame = frame;
    this.frameMs = frame.ms ?? NaN;
  }

  /** The index of the first bar in `from <= i < to` that is not sound, or -1; the next call goes on after `to`. */
  firstFault(bars: Bars, from: number, to: number): number {
    const { time, open, high, low, close, volume } = bars;
    const { frame, frameMs } = this;
    if (from < to && !(time[from]! >= this.earliest)) return from;
    for (let i = from; i < to; i++) {
      const t = time[i]!;
      const h = high[i]!;
      const l = low[i]!;
      const o = open[i]!;
      const c = close[i]!;
      const v = volume[i]!;
      // Written so that NaN fails, and without a variable carried from bar to bar, which V8 would box each time.
      if (i > from && !(frameMs === frameMs ? t - time[i - 1]! >= frameMs : t >= barClose(frame, time[i - 1]!))) {
        return this.stopAt(i, bars, from);
      }
      if (!(
        t <= lastMoment &&
        l > 0 &&
        l <= o &&
        l <= c &&
        h >= o &&
        h >= c &&
        h < Infinity &&
        v >= 0 &&
        v < Infinity
      )) {
        return this.stopAt(i, bars, from);
      }
    }
    if (to > from) {
      this.previous = time[to - 1]!;
      this.earliest = barClose(frame, this.previous);
    }
    return -1;
  }

  /** What is wrong with the bar that `firstFault` found. */
  fault(bars: Bars, index: number): BarFault {
    const bar = barAt(bars, index);
    for (const column of barColumnNames) {
      const value = bar[column];
      if (!Number.isFinite(value)) return { column, code: 'not-finite', message: `${value} is not a finite number` };
    }
    const { time, open, high, low, close, volume } = bar;
    if (Math.abs(time) > lastMoment) return { column: 'time', code: 'not-finite', message: `${time} is not a time` };
    if (time < this.earliest) return this.timeFault(time);
    for (const column of ['open', 'high', 'low', 'close'] as const) {
      const price = bar[column];
      if (price <= 0) return { column, code: 'negative', message: `a price must be above 0, was ${price}` };
    }
    if (volume < 0)
      return { column: 'volume', code: 'negative', message: `volume must not be negative, was ${volume}` };
    const broken = (column: BarColumnName, message: string): BarFault => ({ column, code: 'broken-ohlc', message });
    if (high < low) return broken('high', `the high ${high} is below the low ${low}`);
    if (high < open) return broken('high', `the high ${high} is below the open ${open}`);
    if (high < close) return broken('high', `the high ${high} is below the close ${close}`);
    if (low > open) return broken('low', `the low ${low} is above the open ${open}`);
    return broken('low', `the low ${low} is above the close ${close}`);
  }

  private stopAt(index: number, bars: Bars, from: number): number {
    if (index > from) {
      this.previous = bars.time[index - 1]!;
      this.earliest = barClose(this.frame, this.previous);
    }
    return index;
  }

  private timeFault(time: number): BarFault {
    const [now, before] = [formatTime(time), formatTime(this.previous)];
    if (time === this.previous) {
      return { column: 'time', code: 'duplicate-time', message: `the time ${now} is there twice` };
    }
    if (time < this.previous) {
      return { column: 'time', code: 'disorder', message: `the time ${now} comes after ${before}: times must rise` };
    }
    const apart = `the bar of ${now} opens before the bar of ${before} has closed`;
    return { column: 'time', code: 'overlap', message: `${apart}: is the timeframe ${this.frame.name}?` };
  }
}
