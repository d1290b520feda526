/** Statistics of a run worked out when they are asked for, where the equity curve tells all that they need. */
import { blockSteps, type RunRecord, type RunStatistics } from '../analyzers/index.ts';
import type { Timeline } from '../lines/index.ts';
import type { EquityKeeper } from './equity.ts';

/**
 * Shows the statistics every step of a run over, block by block, as the engine would have while it ran.
 *
 * Right for one data whose bars are the steps.
 */
export function showAgain(curve: EquityKeeper, timeline: Timeline, record: RunRecord, statistics: RunStatistics): void {
  const { cash, value, gross } = curve;
  const columns = [record.time, record.opened, record.cash, record.value, record.gross];
  for (let from = 0; from < value.length; from += blockSteps) {
    const to = Math.min(from + blockSteps, value.length);
    for (const column of columns) {
      column.base = from;
      column.length = to;
    }
    record.cash.values.set(cash.subarray(from, to));
    record.value.values.set(value.subarray(from, to));
    record.gross.values.set(gross.subarray(from, to));
    for (let k = 0; k < to - from; k++) {
      record.opened.values[k] = timeline.time.at(from + k);
      record.time.values[k] = timeline.closeAt(from + k);
    }
    statistics.observe(from, to);
  }
}
