/** Indicators where digits are easily lost: flat stretches, bad prints, lines of very different size, values that are nearly equal. */
import { describe, expect, it } from 'vitest';

import { barAt, barsFromRows, seededRandom, type Bars } from '../../src/core/index.ts';
import * as nextbar from '../../src/indicators/index.ts';
import { columnOf, type Data, type Line } from '../../src/lines/index.ts';
import { closes, emptyGround, flat, valuesOf, walk, withBuys } from './ground.ts';

const source = walk(57, 600, 250);

/** The same bars with some of them changed. */
function changed(bars: Bars, change: (i: number) => Partial<ReturnType<typeof barAt>>): Bars {
  return barsFromRows(Array.from({ length: bars.time.length }, (_, i) => ({ ...barAt(bars, i), ...change(i) })));
}

function expectNear(seen: readonly number[], wanted: readonly number[], from: number, within = 1e-9): void {
  for (let i = from; i < wanted.length; i++) {
    const off = Math.abs(seen[i]! - wanted[i]!) / Math.abs(wanted[i]!);
    expect(off, `bar ${i}: ${seen[i]} but ${wanted[i]}`).toBeLessThanOrEqual(within);
  }
}

describe('a flat price', () => {
  const averages: Readonly<Record<string, nextbar.MovingAverage>> = {
    ema: nextbar.ema,
    smma: nextbar.smma,
    sma: nextbar.sma,
    wma: nextbar.wma,
    mcginley: nextbar.mcginley,
    kama: (line, period) => nextbar.kama(line, period),
  };

  it.each(Object.keys(averages))('equals its own %s', (name) => {
    for (const period of [3, 14, 89]) {
      const seen = valuesOf(flat(300, 100.1, 1), (d) => averages[name]!(d.close, period));
      for (const value of seen.slice(period)) expect(value).toBe(100.1);
    }
  });

  it('has no index of its deviations from an exponential average', () => {
    for (const value of valuesOf(flat(100, 100.1, 1), (d) => nextbar.cci(d, 20, 0.015, nextbar.ema)))
      expect(value).toBeNaN();
  });

  it('is what an exponential average arrives at', () => {
    const bars = changed(walk(3, 1_500, 250), (i) => (i < 200 ? {} : { close: 251.37 }));
    for (const average of [nextbar.ema, nextbar.smma]) {
      expect(valuesOf(bars, (d) => average(d.close, 14)).at(-1)).toBe(251.37);
    }
  });

  it('leaves the RSI as it is, which then has no place in its own range', () => {
    const bars = changed(source, (i) => (i >= 200 && i < 400 ? { close: source.close[199]! } : {}));
    const strength = valuesOf(bars, (d) => nextbar.rsi(d.close, 14));
    for (let i = 200; i < 400; i++) expect(strength[i]).toBe(strength[199]);
    const places = valuesOf(bars, (d) => nextbar.stochasticRsi(d.close).raw);
    for (let i = 213; i < 400; i++) expect(places[i], `bar ${i}`).toBeNaN();
  });
});

describe('behind a bad print', () => {
  const at = 300;
  const bad = changed(source, (i) => (i === at ? { close: 1e17, high: 1e17 } : {}));

  it.each([
    ['wma', 50, (d: Data): Line => nextbar.wma(d.close, 50)],
    ['hma', 56, (d: Data): Line => nextbar.hma(d.close, 49)],
    ['wma of changes', 52, (d: Data): Line => nextbar.wma(nextbar.momentum(d.close, 1), 50).add(1_000)],
    ['linearRegression', 50, (d: Data): Line => nextbar.linearRegression(d.close, 50).value],
    ['stddev', 50, (d: Data): Line => nextbar.stddev(d.close, 50)],
  ] as const)('%s is exact again as soon as it has left the window', (_, bars, grow) => {
    expectNear(valuesOf(bad, grow), valuesOf(source, grow), at + bars);
  });

  describe.each([1e15, 1e17, 1e40, 1e200, 1e305])('of %d times the price and the volume', (factor) => {
    const wild = changed(source, (i) => {
      const bar = barAt(source, i);
      // The close and the high of two bars, and of one of them the volume.
      return i !== at && i !== at + 3
        ? {}
        : { close: bar.close * factor, high: bar.high * factor, ...(i === at && { volume: 7 * factor }) };
    });
    const later: readonly (readonly [string, number, (d: Data) => Line])[] = [
      ['sum', 20, (d) => nextbar.sum(d.close, 20)],
      ['sma', 20, (d) => nextbar.sma(d.close, 20)],
      ['sma of sma', 39, (d) => nextbar.sma(nextbar.sma(d.close, 20), 20)],
      ['vwma', 20, (d) => nextbar.vwma(d, 20)],
      ['vwap', 20, (d) => nextbar.vwap(d, 20)],
      ['cmf', 20, (d) => nextbar.cmf(d, 20)],
      ['mfi', 21, (d) => nextbar.mfi(d, 20)],
      ['easeOfMovement', 21, (d) => nextbar.easeOfMovement(d, 20)],
      ['choppiness', 21, (d) => nextbar.choppiness(d, 20)],
      ['vortex', 21, (d) => nextbar.vortex(d, 20).plus],
      ['ultimateOscillator', 29, (d) => nextbar.ultimateOscillator(d)],
      ['cci', 39, (d) => nextbar.cci(d, 20)],
      ['wma', 20, (d) => nextbar.wma(d.close, 20)],
      ['linearRegression', 20, (d) => nextbar.linearRegression(d.close, 20).value],
      ['stddev', 20, (d) => nextbar.stddev(d.close, 20)],
      ['zScore', 20, (d) => nextbar.zScore(d.close, 20)],
      ['covariance', 20, (d) => nextbar.covariance(d.close, d.volume, 20)],
      ['beta', 21, (d) => nextbar.beta(nextbar.momentum(d.close, 1), nextbar.momentum(d.low, 1), 20)],
    ];

    it.each(later)('%s has nine digits again as soon as they have left the window', (_, bars, grow) => {
      expectNear(valuesOf(wild, grow), valuesOf(source, grow), at + 3 + bars);
    });

    it.each(later)('%s is the same bit for bit when its bars come one by one', (_, _bars, grow) => {
      const { timeline, graph, data: one } = emptyGround();
      const line = grow(one);
      for (let i = 0; i < source.time.length; i++) {
        timeline.append(withBuys(barsFromRows([barAt(wild, i)])));
        graph.advance();
      }
      expect(Array.from(columnOf(line).values.subarray(0, columnOf(line).length))).toEqual(valuesOf(wild, grow));
    });
  });

  it('a sum of values that fade from a huge one keeps nine digits', () => {
    // What is left of the bad print halves from bar to bar, so that no single bar stands out where it leaves.
    const fading = (size: number): Bars => closes(...Array.from(source.close, (close, i) => close + size * 0.5 ** i));
    const grow = (d: Data): Line => nextbar.sum(d.close, 20);
    expectNear(valuesOf(fading(1e60), grow), valuesOf(fading(0), grow), 400);
  });

  it('a sum of changes of direction is exact, however often it is 0', () => {
    const signs = Array.from(source.close, (_, i) => [1, -1, 0, 0][i % 4]!);
    const seen = valuesOf(closes(...signs), (d) => nextbar.sum(d.close, 8));
    for (const value of seen.slice(7)) expect(value).toBe(0);
  });

  it('a pair of lines of very different size is exact again too', () => {
    const random = seededRandom(8);
    const small = Array.from({ length: 600 }, () => random() * 1e-2);
    const grow = (d: Data): Line => nextbar.correlation(d.close, d.volume, 50);
    const loud = (size: number): Bars =>
      changed(source, (i) => ({ close: source.close[i]! * 50, volume: i === at ? size : small[i]! }));
    const [seen, wanted] = [valuesOf(loud(2e3), grow), valuesOf(loud(0), grow)];
    for (let i = at + 50; i < 600; i++)
      expect(Math.abs(seen[i]! - wanted[i]!), `bar ${i}: ${seen[i]} but ${wanted[i]}`).toBeLessThan(1e-10);
  });

  it('the Chaikin oscillator forgets one bar of huge volume', () => {
    const loud = changed(source, (i) => (i === 50 ? { volume: 1e18 } : {}));
    const grow = (d: Data): Line => nextbar.chaikin(d, 3, 10);
    // What the slow average keeps of it is gone after 400 bars.
    const [seen, wanted] = [valuesOf(loud, grow), valuesOf(source, grow)];
    for (let i = 450; i < 600; i++) expect(Math.abs(seen[i]! - wanted[i]!), `bar ${i}`).toBeLessThan(1e-9);
  });

  it('the Chaikin oscillator is the difference of the averages of the line', () => {
    const [seen, wanted] = [
      valuesOf(source, (d) => nextbar.chaikin(d, 3, 10)),
      valuesOf(source, (d) => nextbar.ema(nextbar.accumulation(d), 3).sub(nextbar.ema(nextbar.accumulation(d), 10))),
    ];
    for (let i = 0; i < 9; i++) expect(seen[i]).toBeNaN();
    for (let i = 9; i < 600; i++) expect(Math.abs(seen[i]! - wanted[i]!), `bar ${i}`).toBeLessThan(1e-9);
  });

  it('McGinley begins again behind a price of 0', () => {
    const prices = Array.from(source.close, (value, i) => (i === at ? 0 : value));
    const seen = valuesOf(closes(...prices), (d) => nextbar.mcginley(d.close, 10));
    const fresh = valuesOf(closes(...prices.slice(at + 1)), (d) => nextbar.mcginley(d.close, 10));
    expect(seen[at]).toBeNaN();
    expect(seen.slice(at + 1)).toEqual(fresh);
  });
});

describe('bounds hold to the last digit', () => {
  const bounded: Readonly<Record<string, readonly [number, number, (d: Data, period: number) => Line]>> = {
    rsi: [0, 100, (d, n) => nextbar.rsi(d.close, n)],
    relativeStrength: [0, 100, (d, n) => nextbar.relativeStrength(d.close, n, nextbar.sma)],
    mfi: [0, 100, (d, n) => nextbar.mfi(d, n)],
    adx: [0, 100, (d, n) => nextbar.adx(d, n)],
    williamsR: [-100, 0, (d, n) => nextbar.williamsR(d, n)],
    tsi: [-100, 100, (d, n) => nextbar.tsi(d.close, n, n)],
    connorsRsi: [0, 100, (d, n) => nextbar.connorsRsi(d.close, n, n, 10 * n)],
    cmf: [-1, 1, (d, n) => nextbar.cmf(d, n)],
  };

  it.each(Object.keys(bounded))('%s', (name) => {
    const [least, most, grow] = bounded[name]!;
    for (const period of [1, 2, 3, 14]) {
      for (const value of valuesOf(source, (d) => grow(d, period))) {
        if (Number.isNaN(value)) continue;
        expect(value).toBeGreaterThanOrEqual(least);
        expect(value).toBeLessThanOrEqual(most);
      }
    }
  });
});

describe('values that are nearly equal', () => {
  it('a basis of a billionth keeps nine digits', () => {
    const future = 64_000 * (1 + 1e-9);
    const bars = closes(future);
    const seen = valuesOf(bars, (d) =>
      nextbar.basis(
        d.close,
        nextbar.pointwise('spot', [d.close], () => 64_000),
      ),
    );
    expectNear(seen, [(future - 64_000) / 64_000], 0);
  });

  it('of equal rows of a volume profile the lowest is the point of control, whatever rounding says', () => {
    // One bar over all rows: each holds the same.
    for (const rows of [7, 24, 31]) {
      const bars = barsFromRows([{ time: 0, open: 100, high: 113.7, low: 99.1, close: 101, volume: 0.3 }]);
      const seen = valuesOf(bars, (d) => nextbar.volumeProfile(d, { period: 1, rows, share: 0.5 }).poc);
      expect(seen[0]).toBeCloseTo(99.1 + (113.7 - 99.1) / rows / 2, 9);
    }
  });
});
