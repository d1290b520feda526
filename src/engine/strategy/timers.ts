/** Timers: what is to be called at certain times of day, as the engine's clock passes them. */
import { showPlainly } from '../../core/index.ts';
import { TimerSchedule, type TimerOptions } from './timer-schedule.ts';

/** Called when a timer is due, with the time for which it was due. */
export type TimerCallback = (timer: DayTimer, when: number) => void;

/** One timer of a run, as `addTimer` returned it. */
export class DayTimer {
  static {
    showPlainly(DayTimer);
  }

  /** The options it was added with. */
  readonly options: TimerOptions;
  /** Whether it fires before the broker's work. */
  readonly cheat: boolean;
  /** Index of the strategy that added it; undefined for all of them. */
  readonly owner: number | undefined;
  /** What it calls instead of `notifyTimer`. */
  readonly callback: TimerCallback | undefined;
  /** The time for which it last fired, milliseconds UTC; NaN before the first. */
  lastWhen = NaN;

  constructor(options: TimerOptions, owner: number | undefined, callback: TimerCallback | undefined) {
    this.options = options;
    this.cheat = options.cheat ?? false;
    this.owner = owner;
    this.callback = callback;
  }

  /** The timer as plain data: its options, and when it last fired. */
  toJSON(): Record<string, unknown> {
    return { ...this.options, lastWhen: this.lastWhen };
  }
}

/** The timers of a run that fire at the same place of a step, in the order added. */
export class TimerBook {
  readonly timers: DayTimer[] = [];
  /** When each of them is due. */
  readonly #schedules: TimerSchedule[] = [];
  /** Nothing is due before it. */
  private wakeAt = -Infinity;

  /** Adds a timer. */
  add(timer: DayTimer): void {
    this.#schedules.push(new TimerSchedule(timer.options));
    this.timers.push(timer);
    this.wakeAt = -Infinity;
  }

  /** Fires what is due at `clock`, each timer once. */
  check(clock: number, fire: TimerCallback): void {
    if (clock < this.wakeAt) return;
    let wakeAt = Infinity;
    for (const [i, timer] of this.timers.entries()) {
      const schedule = this.#schedules[i]!;
      const when = schedule.check(clock);
      if (when === when) {
        timer.lastWhen = when;
        fire(timer, when);
      }
      wakeAt = Math.min(wakeAt, schedule.wakeAt);
    }
    this.wakeAt = wakeAt;
  }

  get isEmpty(): boolean {
    return this.timers.length === 0;
  }
}

/** The timers of a run. */
export class Timers {
  /** Those that fire before the broker's work. */
  readonly cheat = new TimerBook();
  readonly plain = new TimerBook();
  /** How many there are. */
  count = 0;

  add(timer: DayTimer): DayTimer {
    this.count++;
    (timer.cheat ? this.cheat : this.plain).add(timer);
    return timer;
  }

  /** A sentence for each timer that never fired: a time of day at which no bar of the day had closed yet. */
  warnings(): string[] {
    const silent = [...this.cheat.timers, ...this.plain.timers].filter(({ lastWhen }) => lastWhen !== lastWhen);
    return silent.map(
      ({ options }) =>
        `the timer at ${options.when} never fired: no bar closed between that time and the end of a day on which it may`,
    );
  }
}
