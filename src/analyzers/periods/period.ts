/** Calendar periods: days, weeks, months, or any timeframe, on UTC, and how many of them are in a year. */
import { barClose, barOpen, timeframe, type Timeframe } from '../../core/index.ts';
import type { Column } from '../../lines/index.ts';
import type { RunFacts } from '../analyzer.ts';
import type { Compat } from '../options.ts';

/** The year of statistics, for a market that never closes: 365 days, in milliseconds. */
export const yearMs = 365 * 86_400_000;

const dayMs = 86_400_000;

/** The shortest run with yearly figures, in milliseconds: a shorter one, compounded to a year, means nothing. */
export const leastYearlyMs = 30 * dayMs;

/** Periods per year in Backtrader; it has no factor for bars shorter than a day. */
const sessionsPerYear: Readonly<Partial<Record<Timeframe['unit'], number>>> = { d: 252, w: 52, M: 12, y: 1 };

/** A timeframe by its name; undefined for `all`, the whole run as one period. */
export function frameOf(name: string): Timeframe | undefined {
  return name === 'all' ? undefined : timeframe(name);
}

/** The period of a data's own bars, by name. Backtrader counts single days, weeks and months whatever the bars' length. */
export function barPeriod(bar: Timeframe, compat?: Compat): string {
  return compat !== undefined && isDaily(bar) ? `1${bar.unit}` : bar.name;
}

/** Whether the timeframe is a day or longer. */
export function isDaily(frame: Timeframe): boolean {
  return frame.ms === undefined || frame.ms >= dayMs;
}

/** How many periods make a year of 365 days; undefined for the whole run. In Backtrader's count a year has 252 days. */
export function periodsPerYear(frame: Timeframe | undefined, compat?: Compat): number | undefined {
  if (frame === undefined) return undefined;
  if (compat === 'backtrader') return sessionsPerYear[frame.unit];
  if (frame.ms !== undefined) return yearMs / frame.ms;
  return frame.unit === 'y' ? 1 / frame.count : 12 / frame.count;
}

/**
 * The moments that assign steps to periods: the opens or the closes of their bars, by the option of the run.
 *
 * Backtrader goes by its own stamps: the close of bars shorter than a day, and the day itself of daily and longer ones.
 */
export function stampsOf(run: RunFacts, compat?: Compat): Column {
  const { record } = run;
  if (compat === undefined) return run.periodBy === 'open' ? record.opened : record.time;
  return run.datas.every((data) => isDaily(data.timeframe)) ? record.opened : record.time;
}

/** The period that holds a moment. */
export interface Period {
  readonly start: number;
  /** The first moment after it. */
  readonly end: number;
}

/** The period of `frame` that holds `time`. Backtrader's periods shorter than a day start again at midnight. */
export function periodAt(frame: Timeframe | undefined, time: number, compat?: Compat): Period {
  if (frame === undefined) return { start: time, end: Infinity };
  if (compat !== undefined && frame.ms !== undefined && frame.ms < dayMs) {
    const midnight = Math.floor(time / dayMs) * dayMs;
    const start = midnight + Math.floor((time - midnight) / frame.ms) * frame.ms;
    return { start, end: Math.min(start + frame.ms, midnight + dayMs) };
  }
  const start = barOpen(frame, time);
  return { start, end: barClose(frame, start) };
}
