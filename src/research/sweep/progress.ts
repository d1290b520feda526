/** How far a sweep has come, and how long it will take. */
import type { Trial } from './trials.ts';

/** How far a sweep has come. */
export interface SweepProgress {
  /** Trials that are done. */
  readonly done: number;
  /** Trials there will be, unless the sweep ends early. */
  readonly total: number;
  /** Trials a second, over the last of them. */
  readonly rate: number;
  /** Milliseconds until the end at this rate; undefined before anything is known. */
  readonly leftMs: number | undefined;
  /** The best trial so far; undefined without a score. */
  readonly best: Trial | undefined;
}

/** The rate of the last trials, so that the time left follows what workers do now. */
export class Pace {
  readonly #points: [time: number, done: number][];

  constructor(time: number, done: number) {
    this.#points = [[time, done]];
  }

  /** Notes how far the sweep is, and returns trials a second over the last minute. */
  note(time: number, done: number): number {
    this.#points.push([time, done]);
    while (this.#points.length > 2 && time - this.#points[1]![0] > 60_000) this.#points.shift();
    if (this.#points.length > 200) this.#points.splice(1, 1);
    const [from, earlier] = this.#points[0]!;
    return time > from ? ((done - earlier) / (time - from)) * 1_000 : 0;
  }
}
