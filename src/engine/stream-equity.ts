/** The equity curve of a run in bounded memory: evenly spaced steps, fewer of them the longer the run. */
import type { RunRecord } from '../analyzers/index.ts';
import { EquityKeeper } from './equity.ts';

/** Points at which every second one is given up. */
const most = 20_000;

const columnNames = ['step', 'time', 'cash', 'value'] as const;

/** Keeps every n-th step and the last one; n doubles whenever there are too many. Each point kept is exact. */
export class ThinEquity extends EquityKeeper {
  private points = emptyPoints(64);
  private count = 0;
  private every = 1;

  override reserve(): void {}

  override take(record: RunRecord): void {
    const { base, length } = record.time;
    if (base === length) return;
    if (this.count > 0 && this.points.step[this.count - 1]! % this.every !== 0) this.count--;
    const { every } = this;
    for (let step = Math.ceil(base / every) * every; step < length; step += every) this.add(record, step);
    if ((length - 1) % every !== 0) this.add(record, length - 1);
    if (this.count > most) this.thin();
  }

  private add(record: RunRecord, step: number): void {
    if (this.count === this.points.step.length) {
      const { points } = this;
      this.points = emptyPoints(this.count * 2);
      for (const name of columnNames) this.points[name].set(points[name]);
    }
    const { points, count } = this;
    points.step[count] = step;
    points.time[count] = record.time.at(step);
    points.cash[count] = record.cash.at(step);
    points.value[count] = record.value.at(step);
    this.count++;
  }

  private thin(): void {
    const { points } = this;
    const last = this.count - 1;
    let kept = 0;
    this.every *= 2;
    for (let k = 0; k <= last; k++) {
      if (k < last && points.step[k]! % this.every !== 0) continue;
      for (const name of columnNames) points[name][kept] = points[name][k]!;
      kept++;
    }
    this.count = kept;
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
}

/** Room for so many points of the curve, a column for each of their numbers. */
function emptyPoints(count: number): Record<(typeof columnNames)[number], Float64Array> {
  const column = (): Float64Array => new Float64Array(count);
  return { step: column(), time: column(), cash: column(), value: column() };
}
