/** The equity curve of a run in bounded memory: evenly spaced steps, fewer of them the longer the run. */
import { blockSteps, type RunRecord } from '../../analyzers/index.ts';
import { Column } from '../../lines/index.ts';
import { EquityKeeper } from './equity.ts';

/** Points at which every second one is given up. */
const most = 20_000;
const fields = ['time', 'cash', 'value'] as const;

/** Keeps every n-th step and the last one; n doubles whenever there are too many. Each point kept is exact. */
export class ThinEquity extends EquityKeeper {
  private readonly points = {
    time: new Column(blockSteps),
    cash: new Column(blockSteps),
    value: new Column(blockSteps),
  };
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
    const isOff = (length - 1) % every !== 0;
    for (const field of fields) {
      const { values } = record[field];
      const kept = points[field];
      if (this.hasRest) kept.length--;
      if (every === 1) kept.append(values.subarray(0, length - base));
      else
        for (let step = Math.ceil(base / every) * every; step < length; step += every) kept.push(values[step - base]!);
      if (isOff) kept.push(values[length - 1 - base]!);
    }
    this.hasRest = isOff;
    if (points.time.length > most) this.thin();
  }

  override get time(): Float64Array {
    return this.column('time');
  }

  override get cash(): Float64Array {
    return this.column('cash');
  }

  override get value(): Float64Array {
    return this.column('value');
  }

  /** Gives up every second point, but not the last one. */
  private thin(): void {
    const last = this.points.time.length - 1;
    const isBetween = last % 2 === 1;
    for (const field of fields) {
      const kept = this.points[field];
      const { values } = kept;
      const newest = values[last]!;
      kept.length = 0;
      for (let row = 0; row <= last; row += 2) values[kept.length++] = values[row]!;
      if (isBetween) kept.push(newest);
    }
    this.hasRest ||= isBetween;
    this.every *= 2;
  }

  private column(field: (typeof fields)[number]): Float64Array {
    const { values, length } = this.points[field];
    return values.slice(0, length);
  }
}
