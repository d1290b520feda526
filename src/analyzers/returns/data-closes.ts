/** The closes of one data as they stood at each step of the engine. */
import { ConfigError, nearestName, shown } from '../../core/index.ts';
import { timelineOf, type Column, type Data } from '../../lines/index.ts';
import type { RunFacts } from '../analyzer.ts';
import type { RunRecord } from '../record.ts';

/** Reads a data's latest close at each step; NaN before the data's first bar. */
export class DataCloses {
  readonly data: Data;
  /** Open and close of the first bar seen; NaN before one. */
  firstOpen = NaN;
  firstClose = NaN;
  /** The latest close seen. */
  lastClose = NaN;
  /** The closes of the steps read last, by step. */
  readonly block = { values: new Float64Array(0), base: 0 };
  private bar = -1;

  constructor(data: Data) {
    this.data = data;
  }

  /** Reads the closes of the steps `from <= step < to` into `block`. */
  read(times: Column, from: number, to: number): void {
    const { block } = this;
    if (block.values.length < to - from) block.values = new Float64Array(to - from);
    block.base = from;
    for (let step = from; step < to; step++) block.values[step - from] = this.closeAt(times.at(step));
  }

  /** Reads only what the first and the last price of the steps `from <= step < to` need. */
  bound(record: RunRecord, from: number, to: number): void {
    let step = from;
    while (step < to && this.firstClose !== this.firstClose) this.closeAt(record.closeAt(step++));
    if (step < to) this.closeAt(record.closeAt(to - 1));
  }

  /** The latest close at `time`; times must not go back. */
  private closeAt(time: number): number {
    const timeline = timelineOf(this.data);
    const last = timeline.index;
    let bar = Math.max(this.bar, timeline.time.base - 1);
    if (last > bar && timeline.closeAt(last) <= time) bar = last;
    // Strides that double and restart: usually the next bar is wanted, else one a block of steps ahead.
    for (let stride = 1; bar < last;) {
      if (bar + stride <= last && timeline.closeAt(bar + stride) <= time) {
        bar += stride;
        stride *= 2;
      } else if (stride > 1) stride = 1;
      else break;
    }
    this.bar = bar;
    const close = timeline.close.at(bar);
    if (close !== close) return close;
    if (this.firstClose !== this.firstClose) {
      this.firstClose = close;
      this.firstOpen = timeline.closeAt(bar) === time ? timeline.open.at(bar) : close;
    }
    this.lastClose = close;
    return close;
  }
}

/**
 * The data of a run by its number from 0, or its name.
 *
 * @throws {ConfigError} If there is none.
 */
export function dataOf(run: RunFacts, wanted: number | string): Data {
  const found = typeof wanted === 'number' ? run.datas[wanted] : run.datas.find((data) => data.name === wanted);
  if (found !== undefined) return found;
  const names = run.datas.map((data) => data.name);
  const near = typeof wanted === 'string' ? nearestName(wanted, names) : undefined;
  const hint = near === undefined ? `; there are ${names.join(', ')}` : `: did you mean '${near}'?`;
  throw new ConfigError(`data must be one of the run's, was ${shown(wanted)}${hint}`, {
    context: { field: 'data' },
  });
}
