/** Properties of resampling: it associates, and pieces make no difference. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { barsFromRows, sliceBars, timeframe, type Bars } from '../../src/core/index.ts';
import { BarGrid, resampleBars, Resampler, type ResampledBars } from '../../src/feeds/index.ts';

const minute = 60_000;

/** Minutes from a random moment on, some of them missing; volumes are eighths, so that their sums are exact. */
const minutes = fc
  .record({
    start: fc.integer({ min: 28_000_000, max: 29_000_000 }),
    bars: fc.array(
      fc.record({
        skip: fc.constantFrom(0, 0, 0, 0, 1, 7, 90, 1500),
        a: fc.integer({ min: 1, max: 999 }),
        b: fc.integer({ min: 1, max: 999 }),
        volume: fc.integer({ min: 0, max: 80 }),
      }),
      { minLength: 1, maxLength: 400 },
    ),
  })
  .map(({ start, bars }) => {
    let at = start;
    return barsFromRows(
      bars.map(({ skip, a, b, volume }) => {
        at += 1 + skip;
        return {
          time: at * minute,
          open: a,
          high: Math.max(a, b) + 1,
          low: Math.min(a, b) - 0.5,
          close: b,
          volume: volume / 8,
        };
      }),
    );
  });

function rows(bars: ResampledBars): number[][] {
  const { time, closeTime, open, high, low, close, volume } = bars;
  return Array.from(time, (at, i) => [at, closeTime[i]!, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!]);
}

function end(bars: Bars): number {
  return bars.time[bars.time.length - 1]! + minute;
}

describe('resampling', () => {
  it.each([
    ['1h', '1d'],
    ['15m', '4h'],
    ['1d', '1w'],
    ['1d', '1M'],
  ])('associates: 1m to %s to %s is 1m to the latter', (middle, to) => {
    fc.assert(
      fc.property(minutes, (bars) => {
        const knownUntil = end(bars);
        const direct = resampleBars(bars, '1m', to, { knownUntil });
        const steps = resampleBars(resampleBars(bars, '1m', middle, { knownUntil }), middle, to, { knownUntil });
        expect(rows(steps)).toEqual(rows(direct));
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same bars for pieces of any size', () => {
    fc.assert(
      fc.property(
        minutes,
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }),
        (bars, sizes) => {
          const resampler = new Resampler(new BarGrid(timeframe('1h')), timeframe('1m'));
          const found: number[][] = [];
          for (let at = 0, k = 0; at < bars.time.length; k++) {
            const next = Math.min(at + sizes[k % sizes.length]!, bars.time.length);
            resampler.push(sliceBars(bars, at, next));
            found.push(...rows(resampler.take()));
            at = next;
          }
          expect(found).toEqual(rows(resampleBars(bars, '1m', '1h')));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('loses no volume but that of the last, unfinished bar', () => {
    fc.assert(
      fc.property(minutes, (bars) => {
        const made = resampleBars(bars, '1m', '1h');
        const from = made.closeTime[made.closeTime.length - 1] ?? -Infinity;
        const complete = bars.volume.reduce((sum, volume, i) => sum + (bars.time[i]! < from ? volume : 0), 0);
        expect(made.volume.reduce((sum, volume) => sum + volume, 0)).toBe(complete);
      }),
    );
  });
});
