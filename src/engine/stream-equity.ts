/** The equity curve of a run in bounded memory: evenly spaced steps, fewer of them the longer the run. */
import type { RunRecord } from '../analyzers/index.ts';
import { EquityKeeper } from './equity.ts';

/** Points at which every second one is given up. */
const most = 20_000;

/** Points of the curve, a column for each of their numbers. */
class Points {
  count = 0;
  step = new Float64Array(64);
  time = new Float64Array(64);
  cash = new Float64Array(64);
  value = new Float64Array(64);

  add(step: number, time: number, cash: number, value: number): void {
    if (this.count === this.step.length) this.grow();
    const { count } = this;
    this.step[count] = step;
    this.time[count] = time;
    this.cash[count] = cash;
    this.value[count] = value;
    this.count++;
  }

  /** Keeps the points whose step is a multiple of `every`, and the last one. */
  thin(every: number): void {
    const { step, time, cash, value } = this;
    const last = this.count - 1;
    let kept = 0;
    for (let k = 0; k <= last; k++) {
      if (k < last && step[k]! % every !== 0) continue;
      step[kept] = step[k]!;
      time[kept] = time[k]!;
      cash[kept] = cash[k]!;
      value[kept++] = value[k]!;
    }
    this.count = kept;
  }

  private grow(): void {
    const { step, time, cash, value } = this;
    this.step = twice(step);
    this.time = twice(time);
    this.cash = twice(cash);
    this.value = twice(value);
  }
}

/** Keeps every n-th step and the last one; n doubles whenever there are too many. Each point kept is exact. */
export class ThinEquity extends EquityKeeper {
  private readonly points = new Points();
  private every = 1;

  override reserve(): void {}

  override take(record: RunRecord): void {
    const { base, length } = record.time;
    if (base === length) return;
    const { points, every } = this;
    if (points.count > 0 && points.step[points.count - 1]! % every !== 0) points.count--;
    for (let step = Math.ceil(base / every) * every; step < length; step += every) this.add(record, step);
    if ((length - 1) % every !== 0) this.add(record, length - 1);
    if (points.count > most) points.thin((this.every *= 2));
  }

  override get time(): Float64Array {
    return this.points.time.slice(0, this.points.count);
  }

  override get cash(): Float64Array {
    return this.points.cash.slice(0, this.points.count);
  }

  override get value(): Float64Array {
    return this.points.value.slice(0, this.points.count);
  }

  private add({ time, cash, value }: RunRecord, step: number): void {
    const at = step - time.base;
    this.points.add(step, time.values[at]!, cash.values[at]!, value.values[at]!);
  }
}

function twice(numbers: Float64Array): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(numbers.length * 2);
  grown.set(numbers);
  return grown;
}
