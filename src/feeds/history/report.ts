/** Adds to a report what only a download knows: that the exchange does not go back as far as was asked. */
import type { BarStore, Series, TimeRange } from '../../store/index.ts';
import type { DataReport } from '../checks/report.ts';

/** The report, with both dates when the source has less history than was asked for. */
export function withHistory(report: DataReport, store: BarStore, series: Series, range: TimeRange): DataReport {
  const unavailable = store
    .known(series, range)
    .find((known) => known.kind === 'unavailable' && known.end > range.start);
  const late = report.first === undefined || report.first > range.start;
  if (unavailable === undefined || unavailable.start > range.start || !late) return report;
  return { ...report, shortHistory: { asked: range.start, got: report.first }, clean: false };
}
