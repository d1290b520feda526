/** Validation: what is found, what is done about it, and that nothing else is touched. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  barAt,
  barClose,
  barOpen,
  barsFromRows,
  standardTimeframes,
  timeframe,
  type Bar,
} from '../../../src/core/index.ts';
import { formatDataReport, gatheredWarnings, validateBars, type ValidationOptions } from '../../../src/feeds/index.ts';

const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);
const frame = timeframe('1h');

function bar(index: number, change: Partial<Bar> = {}): Bar {
  const price = 100 + (index % 7);
  return {
    time: start + index * hour,
    open: price,
    high: price + 1,
    low: price - 1,
    close: price,
    volume: 5,
    ...change,
  };
}

function check(rows: readonly Bar[], options: ValidationOptions = {}) {
  return validateBars(barsFromRows(rows), frame, 'test', options);
}

function kinds(rows: readonly Bar[]): string[] {
  return check(rows, { nonFinite: 'drop' }).report.findings.map((finding) => `${finding.kind} ${finding.count}`);
}

describe('validateBars', () => {
  it('leaves sound bars as they are, the very same memory', () => {
    const bars = barsFromRows([bar(0), bar(1), bar(2)]);
    const checked = validateBars(bars, frame, 'test');
    expect(checked.bars).toBe(bars);
    expect(checked.report).toMatchObject({ bars: 3, first: start, last: start + 2 * hour, clean: true, findings: [] });
    expect(checked.marks).toBeUndefined();
  });

  it.each<[string, Bar[]]>([
    ['gaps 1', [bar(0), bar(3)]],
    ['duplicates 1', [bar(0), bar(1), bar(1), bar(2)]],
    ['disorder 1', [bar(0), bar(2), bar(1)]],
    ['broken 1', [bar(0), bar(1, { high: 99 })]],
    ['broken 1', [bar(0), bar(1, { low: 102 })]],
    ['nonFinite 1', [bar(0), bar(1, { close: NaN })]],
    ['nonFinite 1', [bar(0), bar(1, { volume: Infinity })]],
    ['nonPositive 1', [bar(0), bar(1, { low: 0 })]],
    ['negativeVolume 1', [bar(0), bar(1, { volume: -1 })]],
    ['extreme 1', [bar(0), bar(1, { close: 121, high: 122 })]],
    ['offGrid 1', [bar(0), bar(1, { time: start + hour / 2 })]],
  ])('finds %s', (kind, rows) => {
    expect(kinds(rows)).toContain(kind);
  });

  it('counts a move of exactly the limit as ordinary', () => {
    const rows = [bar(0, { close: 100 }), bar(1, { close: 120, high: 120 }), bar(2, { close: 144.01, high: 145 })];
    expect(check(rows).report.findings.map(({ kind, count }) => [kind, count])).toEqual([['extreme', 1]]);
  });

  it('finds a source that repeats itself', () => {
    const rows = Array.from({ length: 12 }, (_, i) => ({ ...bar(0), time: start + i * hour }));
    expect(kinds(rows)).toEqual(['stale 3']);
    expect(kinds(rows.slice(0, 9))).toEqual([]);
  });

  it('finds the same wherever in a long history it stands', () => {
    const troubled: Partial<Bar>[] = [
      { close: 103, high: 90 }, { close: 130, high: 131 }, {}, { volume: -1 }, { low: 0 }, { close: NaN }, {}, { high: 400 },
      ...Array.from({ length: 13 }, () => ({ open: 50, high: 50, low: 50, close: 50, volume: 0 })),
    ]; // prettier-ignore
    const found = [0, 1, 7, 700, 1015, 1022, 1023, 1024, 1025, 2047, 2048, 3000].map((before) => {
      const sound = Array.from({ length: 7 + before }, (_, i) => bar(i));
      const rows = troubled.map((change, k) => ({ ...bar(k, change), time: start + (7 + before + k) * hour }));
      return { before, kinds: kinds([...sound, ...rows]) };
    });
    for (const one of found) expect(one).toEqual({ before: one.before, kinds: found[0]!.kinds });
    expect(found[0]!.kinds.length).toBeGreaterThan(4);
  });

  it('counts missing bars by the calendar in all 15 timeframes', () => {
    for (const name of standardTimeframes) {
      const one = timeframe(name);
      const times = [barOpen(one, Date.UTC(2024, 0, 15))];
      for (let i = 1; i < 20; i++) times.push(barClose(one, times[i - 1]!));
      const kept = times.filter((_, i) => i !== 3 && i !== 4 && i !== 11);
      const rows = kept.map((time, i) => ({ ...bar(i), time }));
      const { report } = validateBars(barsFromRows(rows), one, 'test');
      expect(report.gaps, name).toEqual([
        { from: times[3], to: times[5], bars: 2 },
        { from: times[11], to: times[12], bars: 1 },
      ]);
      expect(report.missingBars).toBe(3);
    }
  });

  it('fills gaps only when told to, with the last close and no volume, and marks them', () => {
    const { bars, marks, report } = check([bar(0), bar(1), bar(4)], { gaps: 'fill' });
    expect(Array.from(bars.time, (time) => (time - start) / hour)).toEqual([0, 1, 2, 3, 4]);
    const price = bar(1).close;
    expect(barAt(bars, 2)).toEqual({
      time: start + 2 * hour,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: 0,
    });
    expect(Array.from(marks!)).toEqual([0, 0, 1, 1, 0]);
    expect(report.findings[0]).toMatchObject({ kind: 'gaps', policy: 'fill', count: 1 });
  });

  it('fills gaps of quote volume and trade count with nothing traded', () => {
    const { time, ...rest } = barsFromRows([bar(0), bar(3)]);
    const wide = { time, ...rest, quoteVolume: Float64Array.of(70, 80), tradeCount: Float64Array.of(7, 8) };
    const { bars } = validateBars(wide, frame, 'wide', { gaps: 'fill' });
    expect(Array.from(bars.quoteVolume ?? [])).toEqual([70, 0, 0, 80]);
    expect(Array.from(bars.tradeCount ?? [])).toEqual([7, 0, 0, 8]);
  });

  it('keeps the last of two bars of one time, or the first', () => {
    const rows = [bar(0), bar(1, { volume: 1 }), bar(1, { volume: 2 })];
    expect(check(rows).bars.volume[1]).toBe(2);
    expect(check(rows, { duplicates: 'keepFirst' }).bars.volume[1]).toBe(1);
    expect(() => check(rows, { duplicates: 'throw' })).toThrow('test at 2024-01-01 01:00:00: came twice');
  });

  it('drops what it is told to drop and names the rest', () => {
    const rows = [bar(0), bar(1, { close: NaN }), bar(2)];
    expect(check(rows, { nonFinite: 'drop' }).bars.time).toHaveLength(2);
    expect(() => check(rows)).toThrow('test at 2024-01-01 01:00:00: close was NaN');
    expect(() => check([bar(0), bar(2)], { gaps: 'throw' })).toThrow('1 bar is missing before 2024-01-01 02:00:00');
  });

  it('puts any order of sound bars right', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 30 }, (_, i) => i),
          { minLength: 1 },
        ),
        (order) => {
          const { bars, report } = check(order.map((i) => bar(i)));
          const sorted = [...order].sort((a, b) => a - b);
          expect(Array.from(bars.time, (time) => (time - start) / hour)).toEqual(sorted);
          expect(report.missingBars).toBe(sorted.at(-1)! - sorted[0]! + 1 - sorted.length);
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  it('prints a report that a person can act on', () => {
    const { report } = check([bar(0), bar(1, { high: 99 }), bar(5)]);
    expect(formatDataReport(report).split('\n')).toEqual([
      'test: 3 bars from 2024-01-01 to 2024-01-01 05:00:00 UTC',
      '  1 bar with a broken high or low, policy report:',
      '    2024-01-01 01:00:00  high 99 is below 101',
      '  1 gap (3 bars missing), policy report:',
      '    2024-01-01 02:00:00  3 bars are missing before 2024-01-01 05:00:00',
    ]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('refuses unknown policies', () => {
    expect(() => check([bar(0)], { gaps: 'drop' as never })).toThrow("gaps must be report, fill or throw, was 'drop'");
    expect(() => check([bar(0)], { extremeMove: 0 })).toThrow('extremeMove must be above 0, was 0');
  });

  it('says once what more than three feeds say alike, but for their names and numbers', () => {
    const feed = (...texts: string[]): { warnings: () => string[] } => ({ warnings: () => texts });
    const network = 'these bars are from its test network, not from binance itself';
    const short = (k: number): string => `binance S${k}/USDT 1h: asked for 500 bars, and the exchange has ${400 + k} in all`;
    const unfetched = (k: number): string => `binance S${k}/USDT 1h: the exchange's own could not be fetched (binance S${k}/USDT is away)`;
    const some = (count: number): string[] =>
      gatheredWarnings(
        Array.from({ length: count }, (_, k) => feed(`binance S${k}/USDT 1h: ${network}`, short(k), unfetched(k))),
      );
    expect(some(3)).toHaveLength(9);
    expect(some(200)).toEqual([
      `200 of 200 feeds are alike, the first binance S0/USDT 1h: ${network}`,
      `200 of 200 feeds are alike, the first ${short(0)}`,
      `200 of 200 feeds are alike, the first ${unfetched(0)}`,
    ]);
    // Sentences of one feed are its own, however many, and so are those that differ in a word.
    const own = ['a.csv', 'b.csv', 'c.csv', 'd.csv'].map((path) => `${path}: times change from seconds to milliseconds at line 3`);
    expect(gatheredWarnings([feed(...own)])).toEqual(own);
    const apart = ['one', 'two', 'three', 'four'].map((word) => `x: ${word} was late`);
    expect(gatheredWarnings(apart.map((text) => feed(text)))).toEqual(apart);
  });
}); // prettier-ignore
