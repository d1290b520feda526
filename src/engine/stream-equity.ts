/** The equity curve of a run in bounded memory: evenly spaced steps, fewer of them the longer the run. */
import type { RunRecord } from '../analyzers/index.ts';
import { EquityKeeper } from './equity.ts';

/** Points at which every second one is given up. */
const most = 20_000;

/** Keeps every n-th step and the last one; n doubles whenever there are too many. Each point kept is exact. */
export class ThinEquity extends EquityKeeper {
  private readonly points: {
    readonly step: number;
    readonly time: number;
    readonly cash: number;
    readonly value: number;
  }[] = [];
  private every = 1;

  override reserve(): void {}

  override take(record: RunRecord): void {
    const { base, length } = record.time;
    const { points } = this;
    if (points.length > 0 && points[points.length - 1]!.step % this.every !== 0) points.pop();
    for (let step = base; step < length; step++) {
      if (step % this.every !== 0 && step !== length - 1) continue;
      points.push({ step, time: record.time.at(step), cash: record.cash.at(step), value: record.value.at(step) });
    }
    if (points.length <= most) return;
    this.every *= 2;
    const last = points[points.length - 1]!;
    const kept = points.filter(({ step }) => step % this.every === 0 || step === last.step);
    points.length = 0;
    points.push(...kept);
  }

  override get time(): Float64Array {
    return Float64Array.from(this.points, ({ time }) => time);
  }

  override get cash(): Float64Array {
    return Float64Array.from(this.points, ({ cash }) => cash);
  }

  override get value(): Float64Array {
    return Float64Array.from(this.points, ({ value }) => value);
  }
}
