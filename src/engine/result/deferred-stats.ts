/** Statistics of a run worked out when they are asked for, where the equity curve tells all that they need. */
import { blockSteps, type RunRecord, type RunStatistics } from '../../analyzers/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { HeldEquity } from './equity.ts';

/**
 * Shows the statistics every step of a run over, block by block, as the engine would have while it ran.
 *
 * Right for one data whose bars are the steps.
 */
export function showAgain(curve: HeldEquity, timeline: Timeline, record: RunRecord, statistics: RunStatistics): void {
  const { cash, value, gross } = curve;
  for (let from = 0; from < value.length; from += blockSteps) {
    const to = Math.min(from + blockSteps, value.length);
    record.show(from, to, timeline);
    record.cash.values.set(cash.subarray(from, to));
    record.value.values.set(value.subarray(from, to));
    record.gross.values.set(gross.subarray(from, to));
    statistics.observe(from, to);
  }
}
