/** The traded volume of an account in the last 30 UTC days, which decides its fee tier. */

const dayMs = 86_400_000;

/** Sums what was traded, and forgets it 30 days later. */
export class TradedVolume {
  /** Traded value of the present UTC day and the 29 before it, in the currency of value. */
  value = 0;
  /** That of the days before the present one, oldest first. */
  #days: readonly (readonly [day: number, value: number])[] = [];
  #day = -Infinity;
  #today = 0;

  /** Moves the clock. */
  moveClock(time: number): void {
    const day = Math.floor(time / dayMs);
    if (!(day > this.#day)) return;
    const ended = this.#today === 0 ? this.#days : [...this.#days, [this.#day, this.#today] as const];
    this.#day = day;
    this.#today = 0;
    this.#days = ended.filter(([at]) => at > day - 30);
    if (this.#days.length < ended.length) this.value = this.#days.reduce((sum, [, value]) => sum + value, 0);
  }

  /** Adds what a fill traded. */
  add(value: number): void {
    this.value += value;
    this.#today += value;
  }

  /** Saves the volume; `restore` of the result takes back what came after it. */
  save(): { restore(): void } {
    const { value } = this;
    const [days, day, today] = [this.#days, this.#day, this.#today];
    return {
      restore: () => {
        this.value = value;
        this.#days = days;
        this.#day = day;
        this.#today = today;
      },
    };
  }
}
