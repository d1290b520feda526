/** The fingerprint of a sweep: trials in a file belong to it when theirs is the same. */
import { createHash } from 'node:crypto';

import { mergeParams, nameOfStrategy } from '../../engine/index.ts';
import type { SweepPlan } from './plan.ts';

/** Text that stands for all that decides the outcome: bars, options, strategy, ranges, metric and how they are searched. */
export function fingerprintOf(sweep: SweepPlan, search: object): string {
  const { run, backtest, cls, space, metric, options } = sweep;
  const hash = createHash('sha256');
  for (const [feed, bars] of backtest.bars) {
    hash.update(`${feed.name} ${feed.symbol} ${feed.timeframe.name}\n`);
    for (const column of Object.values(bars) as Float64Array[])
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  const { runtime: _runtime, ...runOptions } = run.options;
  const parts = {
    strategy: nameOfStrategy(cls),
    source: String(cls),
    defaults: mergeParams(cls, {}),
    axes: space.axes.map((axis) => [
      axis.name,
      axis.count,
      [0, 0.31, 0.62, 1 - 1e-9].map((place) => axis.spread(place)),
    ]),
    keep: String(options.keep),
    metric: typeof options.metric === 'function' ? String(options.metric) : metric.name,
    direction: metric.sign,
    options: runOptions,
    sizer: run.defaultSizer.summary,
    datas: run.datas.map(({ name, frame, made }) => [name, frame.name, made?.kind, made?.options]),
    search,
  };
  return `${hash.digest('hex')} ${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}
