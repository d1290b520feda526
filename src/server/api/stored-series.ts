/** Answers about stored series: which there are, and their quality. */
import type { z } from 'zod';

import { barOpen, timeframe, type Runtime } from '../../core/index.ts';
import { validateBars } from '../../feeds/index.ts';
import { listSeries, monthOf, monthRange, seriesName, type BarStore } from '../../store/index.ts';
import { seriesOf, type BarQuery } from './bar-answers.ts';
import { refuse } from './gate/refusal.ts';
import type { qualityShape, seriesShape } from './shapes/bars.ts';

/** Every stored series. */
export function storedSeries(store: BarStore, exchange: string | undefined): z.output<typeof seriesShape> {
  const found = listSeries(store, exchange === undefined ? {} : { exchange });
  return {
    series: found.map(
      ({ exchange: id, origin, type, symbol, timeframe: frame, bars, bytes, first, last, fetched, ranges }) => ({
        exchange: id,
        ...(origin !== undefined && { origin }),
        type,
        symbol,
        timeframe: frame,
        bars,
        bytes,
        ...(first !== undefined && { first }),
        ...(last !== undefined && { last }),
        ...(fetched !== undefined && { fetched: Math.floor(fetched) }),
        ranges: ranges.map(({ start, end, kind, source }) => ({ start, end, kind, source })),
      }),
    ),
  };
}

/** The most gaps that an answer lists. */
const mostGaps = 1_000;

/** Gaps and faults of a series, and how full each of its months is. */
export function qualityOf(store: BarStore, query: BarQuery, runtime: Runtime): z.output<typeof qualityShape> {
  const series = seriesOf(query);
  const { origin, ...key } = series;
  const frame = timeframe(series.timeframe);
  const wanted = { start: query.start ?? -Infinity, end: Math.min(query.end ?? Infinity, runtime.now()) };
  const bars = store.read(series, wanted);
  if (bars.time.length === 0) throw refuse(404, 'no-bars', `no bars of ${seriesName(series)} are stored in that range`);
  const { report } = validateBars(bars, frame, seriesName(series));
  const [first, last] = [bars.time[0]!, bars.time.at(-1)!];
  const ranges = store.known(series, wanted).map(({ start, end, kind, source }) => ({ start, end, kind, source }));
  return {
    ...key,
    ...(origin !== undefined && { origin }),
    bars: bars.time.length,
    first,
    last,
    missingBars: report.missingBars,
    coverage: Number((bars.time.length / (bars.time.length + report.missingBars)).toFixed(6)),
    clean: report.clean,
    gaps: report.gaps.slice(0, mostGaps).map(({ from, to, bars: missing }) => ({ from, to, bars: missing })),
    findings: report.findings.map(({ kind, count, examples }) => ({
      kind,
      count,
      examples: examples.map(({ time, text }) => ({ time, text })),
    })),
    months: monthsOf(bars.time, first, last, frame.ms, (time) => barOpen(frame, time)),
    ranges,
  };
}

function monthsOf(
  times: Float64Array,
  first: number,
  last: number,
  length: number | undefined,
  openOf: (time: number) => number,
): { month: string; bars: number; expected: number }[] {
  const counts = new Map<string, number>();
  for (const time of times) counts.set(monthOf(time), (counts.get(monthOf(time)) ?? 0) + 1);
  const months: { month: string; bars: number; expected: number }[] = [];
  for (let month = monthOf(first); ; month = monthOf(monthRange(month).end)) {
    const { start, end } = monthRange(month);
    const bars = counts.get(month) ?? 0;
    const [from, to] = [Math.max(start, first), Math.min(end, last + 1)];
    const opens = length === undefined ? 1 : Math.floor((openOf(to - 1) - openOf(from + length - 1)) / length) + 1;
    months.push({ month, bars, expected: Math.max(bars, opens) });
    if (month === monthOf(last)) return months;
  }
}
