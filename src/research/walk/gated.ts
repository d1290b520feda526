/** A strategy that waits for a moment: the bars before it are for its indicators alone. */
import type { DayTimer, Strategy, TimerCallback, TimerOptions } from '../../engine/index.ts';
import type { AnyStrategyClass } from '../sweep/chunk.ts';

/** The strategy, which is not called before a moment: its indicators have their values by then, and it has placed no order. */
export function gated(cls: AnyStrategyClass, start: number): AnyStrategyClass {
  const Base = cls as new (context: never) => Strategy<Record<string, unknown>>;
  const named = {
    [cls.name]: class extends Base {
      #isWaiting = false;
      #hasBegun = false;

      #isBefore(): boolean {
        return !this.datas.some((data) => data.length > 0 && data.time >= start);
      }

      override prenext(): void {
        if (!this.#isBefore()) return super.prenext();
      }

      override nextstart(): void {
        if (this.#isBefore()) {
          this.#isWaiting = true;
          return;
        }
        this.#hasBegun = true;
        return super.nextstart();
      }

      override next(): void {
        if (!this.#hasBegun && this.#isWaiting) {
          if (this.#isBefore()) return;
          this.#hasBegun = true;
          return super.nextstart();
        }
        return super.next();
      }

      override nextOpen(): void {
        if (!this.#isBefore()) return super.nextOpen();
      }

      override notifyTimer(timer: DayTimer, when: number): void {
        if (!this.#isBefore()) return super.notifyTimer(timer, when);
      }

      override addTimer(options: TimerOptions, callback?: TimerCallback): DayTimer {
        if (callback === undefined) return super.addTimer(options);
        return super.addTimer(options, (...given) => {
          if (!this.#isBefore()) callback(...given);
        });
      }
    },
  }[cls.name]!;
  return Object.assign(named, { params: cls.params }) as unknown as AnyStrategyClass;
}
