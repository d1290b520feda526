/** The equity curve of a run in bounded memory: evenly spaced steps, fewer of them the longer the run. */
import { blockSteps, type RunRecord } from '../../analyzers/index.ts';
import { EquityKeeper } from './equity.ts';

/** Points at which every second one is given up. */
const most = 20_000;
/** A block comes whole before any point is given up, and the last step stands behind it. */
const room = most + blockSteps + 1;
const fields = ['time', 'cash', 'value'] as const;

/** Keeps every n-th step and the last one; n doubles whenever there are too many. Each point kept is exact. */
export class ThinEquity extends EquityKeeper {
  private readonly points = {
    time: new Float64Array(room),
    cash: new Float64Array(room),
    value: new Float64Array(room),
  };
  private count = 0;
  private every = 1;
  /** Whether the last point is no multiple of `every`: it is kept until the next one comes. */
  private hasRest = false;

  constructor() {
    super(0);
  }

  override reserve(): void {}

  override take(record: RunRecord): void {
    const { base, length } = record.time;
    if (base === length) return;
    const { every, points } = this;
    const from = this.hasRest ? this.count - 1 : this.count;
    const first = Math.ceil(base / every) * every - base;
    this.hasRest = (length - 1) % every !== 0;
    for (const field of fields) {
      const { values } = record[field];
      const kept = points[field];
      let to = from;
      for (let step = first; step < length - base; step += every) kept[to++] = values[step]!;
      if (this.hasRest) kept[to++] = values[length - 1 - base]!;
      this.count = to;
    }
    if (this.count > most) this.thin();
  }

  override get time(): Float64Array {
    return this.points.time.slice(0, this.count);
  }

  override get cash(): Float64Array {
    return this.points.cash.slice(0, this.count);
  }

  override get value(): Float64Array {
    return this.points.value.slice(0, this.count);
  }

  /** Gives up every second point, but not the last one. */
  private thin(): void {
    const last = this.count - 1;
    const isBetween = last % 2 === 1;
    for (const field of fields) {
      const kept = this.points[field];
      const newest = kept[last]!;
      let to = 0;
      for (let row = 0; row <= last; row += 2) kept[to++] = kept[row]!;
      if (isBetween) kept[to++] = newest;
      this.count = to;
    }
    this.hasRest ||= isBetween;
    this.every *= 2;
  }
}
