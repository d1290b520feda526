/** Another time of day for a run: what a strategy takes from the clock of the machine is another in it. */
import { systemRuntime } from '../../core/index.ts';

/** 40 days, 7 hours and 13 minutes: another day, weekday and hour. */
const ahead = (40 * 24 + 7) * 3_600_000 + 13 * 60_000;

/** Between two readings, so that whoever waits for time to go by sees it go. */
const between = 61_000;

/**
 * Lets `Date` tell a later time, a minute later at each reading, until the function that it returns is called. Nothing else may run in
 * between: a backtest whose bars are loaded does not wait for anything.
 */
export function moveClock(): () => void {
  const real = globalThis.Date;
  // The time is read before `Date` is another.
  let time = systemRuntime.now() + ahead;
  const now = (): number => (time += between);
  globalThis.Date = new Proxy(real, {
    construct: (target, given) => Reflect.construct(target, given.length === 0 ? [now()] : given) as Date,
    apply: () => new real(now()).toString(),
    get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  });
  return () => {
    globalThis.Date = real;
  };
}
