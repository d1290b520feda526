/** Dates chosen by hand: orders that are not placed when the same bars come at another time. */
import type { Cerebro } from '../../engine/index.ts';
import { leaksBetween, type Leak } from './leaks.ts';
import { trace, type Trace } from './trace.ts';

/**
 * 400 years: the Gregorian calendar repeats after them to the day, so that hours, weekdays, days of the month, months and leap years are the
 * same, and only what asks for the year, or for one moment, finds another.
 */
export const calendarMs = 146_097 * 86_400_000;

/**
 * Runs a strategy over its bars 400 years later, and finds the first order that is another then: it depends on a date of its code, or on
 * something that is read by time from elsewhere. Undefined where nothing can be said: recordings of a market are not moved.
 */
export async function dateLeaks(make: () => Cerebro, truth: Trace): Promise<Leak[] | undefined> {
  if (truth.timelines.some(({ info }) => info.stream !== undefined)) return undefined;
  const moved = await trace(make(), { shiftMs: calendarMs });
  const back = { ...moved, clocks: moved.clocks.map((clock) => clock - calendarMs) };
  const found = leaksBetween(truth, back, Infinity, 'moved').filter(({ kind }) => kind !== 'indicator');
  // The value follows from the orders: it says more only where an order was changed after it had been placed.
  const told = found.filter(({ kind }) => kind !== 'value');
  return (told.length > 0 ? told : found).map((leak) => ({ ...leak, kind: 'date', count: 1 }));
}
