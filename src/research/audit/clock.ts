/** The clock and the chance of the machine as an audit lets strategies see them: at another time of day, or always the same. */
import { seededRandom, systemRuntime } from '../../core/index.ts';

/** 40 days, 7 hours and 13 minutes: another day, weekday and hour. */
const ahead = (40 * 24 + 7) * 3_600_000 + 13 * 60_000;

/** Between two readings, so that whoever waits for time to go by sees it go. */
const between = 61_000;

/**
 * Lets `Date` tell a later time, a minute later at each reading, until the function that it returns is called. Nothing else may run in
 * between: a backtest whose bars are loaded does not wait for anything.
 */
export function moveClock(): () => void {
  // The time is read before `Date` is another.
  let time = systemRuntime.now() + ahead;
  return replaceDate(() => (time += between));
}

/** Lets `Date` tell one time and `Math.random()` draw the same numbers in every run, until the function that it returns is called. */
export function fixChance(): () => void {
  const real = Math.random;
  const restore = replaceDate(() => ahead);
  Math.random = seededRandom(1);
  return () => {
    restore();
    Math.random = real;
  };
}

function replaceDate(now: () => number): () => void {
  const real = globalThis.Date;
  globalThis.Date = new Proxy(real, {
    construct: (target, given) => Reflect.construct(target, given.length === 0 ? [now()] : given) as Date,
    apply: () => new real(now()).toString(),
    get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  });
  return () => {
    globalThis.Date = real;
  };
}
