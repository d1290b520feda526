/** The equity curve of a run in bounded memory: evenly spaced steps, fewer of them the longer the run. */
import type { RunRecord } from '../../analyzers/index.ts';
import { NumberRows } from '../../core/index.ts';
import { EquityKeeper } from './equity.ts';

/** Points at which every second one is given up. */
const most = 20_000;

/** Keeps every n-th step and the last one; n doubles whenever there are too many. Each point kept is exact. */
export class ThinEquity extends EquityKeeper {
  /** Step, time, cash and value of each point. */
  private readonly points = new NumberRows(4);
  private every = 1;

  override reserve(): void {}

  override take(record: RunRecord): void {
    const { base, length } = record.time;
    if (base === length) return;
    const { points, every } = this;
    if (points.count > 0 && this.stepOf(points.count - 1) % every !== 0) points.count--;
    for (let step = Math.ceil(base / every) * every; step < length; step += every) this.add(record, step);
    if ((length - 1) % every !== 0) this.add(record, length - 1);
    if (points.count > most) this.thin();
  }

  override get time(): Float64Array {
    return this.column(1);
  }

  override get cash(): Float64Array {
    return this.column(2);
  }

  override get value(): Float64Array {
    return this.column(3);
  }

  private add({ time, cash, value }: RunRecord, step: number): void {
    const row = this.points.add();
    const block = this.points.block(row);
    const to = this.points.at(row);
    const from = step - time.base;
    block[to] = step;
    block[to + 1] = time.values[from]!;
    block[to + 2] = cash.values[from]!;
    block[to + 3] = value.values[from]!;
  }

  /** Gives up every second point, but not the last one: they stand at the multiples of a number, from 0 on. */
  private thin(): void {
    const last = this.points.count - 1;
    let kept = 0;
    for (let row = 0; row <= last; row += 2) this.copy(row, kept++);
    if (last % 2 === 1) this.copy(last, kept++);
    this.points.count = kept;
    this.every *= 2;
  }

  private copy(from: number, to: number): void {
    const source = this.points.block(from);
    const target = this.points.block(to);
    const read = this.points.at(from);
    const write = this.points.at(to);
    for (let k = 0; k < 4; k++) target[write + k] = source[read + k]!;
  }

  private stepOf(row: number): number {
    return this.points.block(row)[this.points.at(row)]!;
  }

  private column(field: number): Float64Array {
    const { points } = this;
    return Float64Array.from({ length: points.count }, (_, row) => points.block(row)[points.at(row) + field]!);
  }
}
