/** Each definition on numbers small enough to compute by hand. */
import { describe, expect, it } from 'vitest';
import { barsFromRows, type Bars } from '../../src/core/index.ts';
import {
  adx,
  aroon,
  atr,
  bandPosition,
  bollinger,
  cci,
  correlation,
  crossdown,
  crossover,
  crossup,
  cumulative,
  demarkPivot,
  donchian,
  ema,
  heikinAshi,
  highest,
  ichimoku,
  kama,
  laguerre,
  keltner,
  linearRegression,
  lowest,
  macd,
  mfi,
  momentum,
  obv,
  parabolicSar,
  percentRank,
  relativeStrength,
  roc,
  rsi,
  sma,
  smma,
  smoothing,
  stddev,
  stochastic,
  sum,
  trueRange,
  vwap,
  williamsR,
  windowed,
  wma,
} from '../../src/indicators/index.ts';
import type { Data, Line } from '../../src/lines/index.ts';
import { closes, flat, groundOf, valuesOf } from './ground.ts';

/** Bars as [open, high, low, close, volume]. */
function bars(...rows: readonly (readonly [number, number, number, number, number])[]): Bars {
  return barsFromRows(
    rows.map(([open, high, low, close, volume], i) => ({ time: i * 60_000, open, high, low, close, volume })),
  );
}

function expectLine(source: Bars, grow: (data: Data) => Line, wanted: readonly number[]): void {
  const seen = valuesOf(source, grow);
  expect(seen).toHaveLength(wanted.length);
  wanted.forEach((value, i) => {
    if (Number.isNaN(value)) expect(seen[i], `bar ${i}`).toBeNaN();
    else expect(seen[i], `bar ${i}`).toBeCloseTo(value, 10);
  });
}

describe('averages', () => {
  it('sma is the plain mean', () => {
    expectLine(closes(1, 2, 6, 3), (d) => sma(d.close, 3), [NaN, NaN, 3, 11 / 3]);
  });

  it('ema starts from the mean and moves by 2/(period + 1)', () => {
    expectLine(closes(1, 2, 6, 7, 3), (d) => ema(d.close, 3), [NaN, NaN, 3, 5, 4]);
  });

  it('smma starts from the mean and moves by 1/period', () => {
    expectLine(closes(1, 2, 6, 9, 2), (d) => smma(d.close, 3), [NaN, NaN, 3, 5, 4]);
  });

  it('wma counts the newest most, also after the sums were taken afresh', () => {
    expectLine(closes(1, 2, 6, 3, 9, 12), (d) => wma(d.close, 3), [
      NaN,
      NaN,
      (1 + 4 + 18) / 6,
      (2 + 12 + 9) / 6,
      (6 + 6 + 27) / 6,
      (3 + 18 + 36) / 6,
    ]);
  });

  it('kama goes straight with a straight price and keeps to a still one', () => {
    // Straight: the weight is (2/3)^2 on the seed, the mean of the last two of three closes.
    const seed = 2.5;
    expectLine(closes(1, 2, 3, 4), (d) => kama(d.close, 2, 2, 30), [NaN, NaN, seed, seed + (4 / 9) * (4 - seed)]);
    expectLine(flat(5, 7, 1), (d) => kama(d.close, 2), [NaN, NaN, 7, 7, 7]);
  });

  it('macd is fast less slow, and the signal its average', () => {
    const grow = (which: 'macd' | 'signal' | 'histogram') => (d: Data) =>
      macd(d.close, { fast: 1, slow: 2, signal: 2, average: sma })[which];
    expectLine(closes(1, 3, 2, 6), grow('macd'), [NaN, 1, -0.5, 2]);
    expectLine(closes(1, 3, 2, 6), grow('signal'), [NaN, NaN, 0.25, 0.75]);
    expectLine(closes(1, 3, 2, 6), grow('histogram'), [NaN, NaN, -0.75, 1.25]);
  });
});

describe('spread', () => {
  it('stddev divides by the number of values', () => {
    expectLine(closes(2, 4, 4, 4, 5, 5, 7, 9), (d) => stddev(d.close, 8), [...new Array<number>(7).fill(NaN), 2]);
  });

  it('stddev is zero on a flat window, exactly', () => {
    expect(valuesOf(flat(6, 0.1, 1), (d) => stddev(d.close, 3)).slice(2)).toEqual([0, 0, 0, 0]);
  });

  it('bollinger bands are deviations around the mean, and a flat band has no position', () => {
    const source = closes(2, 4, 4, 4, 5, 5, 7, 9);
    expect(valuesOf(source, (d) => bollinger(d.close, 8, 2).top)[7]).toBeCloseTo(9, 12);
    expect(valuesOf(source, (d) => bollinger(d.close, 8, 2).bottom)[7]).toBeCloseTo(1, 12);
    expect(valuesOf(source, (d) => bandPosition(d.close, bollinger(d.close, 8, 2)))[7]).toBeCloseTo(1, 12);
    expect(valuesOf(flat(5, 3, 1), (d) => bandPosition(d.close, bollinger(d.close, 3, 2))).every(Number.isNaN)).toBe(
      true,
    );
  });

  it('true range includes the gap from the last close', () => {
    const source = bars([10, 11, 9, 10, 1], [13, 14, 12, 13, 1], [13, 13.5, 12.5, 13, 1], [9, 10, 8, 9, 1]);
    expectLine(source, (d) => trueRange(d), [NaN, 4, 1, 5]);
    expectLine(source, (d) => atr(d, 2), [NaN, NaN, 2.5, 3.75]);
  });

  it('donchian, highest and lowest include the present bar', () => {
    const source = bars([1, 5, 1, 2, 1], [2, 4, 0, 3, 1], [3, 3, 2, 3, 1], [3, 9, 3, 4, 1]);
    expectLine(source, (d) => highest(d.high, 2), [NaN, 5, 4, 9]);
    expectLine(source, (d) => lowest(d.low, 2), [NaN, 0, 0, 2]);
    expectLine(source, (d) => donchian(d, 2).mid, [NaN, 2.5, 2, 5.5]);
  });

  it('keltner bands are average true ranges around an average', () => {
    const source = bars([10, 11, 9, 10, 1], [10, 13, 10, 12, 1], [12, 14, 12, 13, 1]);
    expectLine(source, (d) => keltner(d, { period: 1, atrPeriod: 1, multiple: 2 }).top, [NaN, 18, 17]);
  });

  it('linear regression finds the line through points on a line', () => {
    expectLine(closes(3, 5, 7, 9), (d) => linearRegression(d.close, 3).slope, [NaN, NaN, 2, 2]);
    expectLine(closes(3, 5, 7, 9), (d) => linearRegression(d.close, 3).value, [NaN, NaN, 7, 9]);
    // Least squares through (0, 1), (1, 3), (2, 2): slope 1/2, at the last point 2.5.
    expectLine(closes(1, 3, 2), (d) => linearRegression(d.close, 3).value, [NaN, NaN, 2.5]);
  });

  it('correlation is 1 for lines that rise together, -1 against each other, NaN for a flat one', () => {
    const source = bars([9, 9, 9, 1, 2], [8, 9, 8, 2, 4], [7, 9, 7, 3, 6]);
    expectLine(source, (d) => correlation(d.close, d.volume, 3), [NaN, NaN, 1]);
    expectLine(source, (d) => correlation(d.close, d.open, 3), [NaN, NaN, -1]);
    expectLine(source, (d) => correlation(d.close, d.high, 3), [NaN, NaN, NaN]);
  });
});

describe('oscillators', () => {
  it('rsi is the smoothed share of rises', () => {
    // Changes +2, -1 seed rises 1 and falls 0.5; then +3 gives (1 + 3)/2 = 2 and 0.25.
    expectLine(closes(10, 12, 11, 14), (d) => rsi(d.close, 2), [NaN, NaN, 100 / 1.5, 200 / 2.25]);
    expectLine(closes(10, 12, 11, 14), (d) => relativeStrength(d.close, 2, smma), [NaN, NaN, 100 / 1.5, 200 / 2.25]);
    // Rises 2, 0, 3 and falls 0, 1, 0 by plain means: Cutler's.
    expectLine(closes(10, 12, 11, 14), (d) => rsi(d.close, 2, sma), [NaN, NaN, 200 / 3, 75]);
  });

  it('rsi is 100 where nothing fell, 0 where nothing rose, and has no value where nothing moved', () => {
    expectLine(closes(1, 2, 3), (d) => rsi(d.close, 2), [NaN, NaN, 100]);
    expectLine(closes(3, 2, 1), (d) => rsi(d.close, 2), [NaN, NaN, 0]);
    expectLine(closes(3, 3, 3, 3), (d) => rsi(d.close, 2), [NaN, NaN, NaN, NaN]);
  });

  it('stochastic and %R place the close in the range', () => {
    const source = bars([5, 10, 0, 4, 1], [4, 8, 2, 6, 1], [6, 9, 5, 9, 1]);
    expectLine(source, (d) => stochastic(d, { period: 2, smoothK: 1, smoothD: 2 }).k, [NaN, 60, (100 * 7) / 7]);
    expectLine(source, (d) => stochastic(d, { period: 2, smoothK: 1, smoothD: 2 }).d, [NaN, NaN, 80]);
    expectLine(source, (d) => williamsR(d, 2), [NaN, -40, 0]);
  });

  it('momentum and rate of change look back over so many bars', () => {
    expectLine(closes(10, 11, 12, 9), (d) => momentum(d.close, 2), [NaN, NaN, 2, -2]);
    expectLine(closes(10, 0, 12, 9), (d) => roc(d.close, 2), [NaN, NaN, 0.2, NaN]);
  });

  it('cci measures the typical price in mean deviations of each own bar', () => {
    // Typical prices 1, 2, 6 with means 1.5 and 4 deviate by 0.5 and 2: (6 - 4) / (0.015 * 1.25).
    expectLine(closes(1, 2, 6), (d) => cci(d, 2), [NaN, NaN, 2 / (0.015 * 1.25)]);
  });

  it('aroon tells how new the extremes are, the newest of equals', () => {
    const source = bars([1, 5, 1, 1, 1], [1, 5, 2, 1, 1], [1, 4, 3, 1, 1]);
    expectLine(source, (d) => aroon(d, 2).up, [NaN, NaN, 50]);
    expectLine(source, (d) => aroon(d, 2).down, [NaN, NaN, 0]);
  });

  it('adx is 100 where all movement is one way', () => {
    const source = closes(1, 2, 3, 4, 5, 6);
    expect(valuesOf(source, (d) => adx(d, 2)).slice(3)).toEqual([100, 100, 100]);
  });

  it('percent rank is the share of the window below the present value', () => {
    expectLine(closes(5, 1, 3, 4), (d) => percentRank(d.close, 4), [NaN, NaN, NaN, 0.5]);
  });
});

describe('volume', () => {
  const traded = bars([10, 10, 10, 10, 5], [11, 11, 11, 11, 7], [11, 11, 11, 11, 3], [9, 9, 9, 9, 4]);

  it('obv adds the volume of a rise and takes off that of a fall', () => {
    expectLine(traded, (d) => obv(d), [0, 7, 7, 3]);
  });

  it('vwap weighs prices with volume', () => {
    expectLine(traded, (d) => vwap(d, 2), [NaN, (50 + 77) / 12, 11, (33 + 36) / 7]);
    expectLine(flat(3, 5, 0), (d) => vwap(d, 2), [NaN, NaN, NaN]);
  });

  it('mfi is the share of turnover that went with a rise', () => {
    expectLine(traded, (d) => mfi(d, 2), [NaN, NaN, 100, 0]);
    expectLine(traded, (d) => mfi(d, 3), [NaN, NaN, NaN, (100 * 77) / (77 + 36)]);
  });

  it('sum and cumulative', () => {
    expectLine(traded, (d) => sum(d.volume, 2), [NaN, 12, 10, 7]);
    expectLine(traded, (d) => cumulative(d.volume, 100), [105, 112, 115, 119]);
  });
});

describe('crossings', () => {
  const touch = closes(1, 3, 2, 3, 2, 1, 2, 1, 3);

  it('needs the other side before: touching and turning back is no cross', () => {
    expectLine(touch, (d) => crossover(d.close, 2), [NaN, 1, 0, 0, 0, -1, 0, 0, 1]);
    expectLine(touch, (d) => crossup(d.close, 2), [NaN, 1, 0, 0, 0, 0, 0, 0, 1]);
    expectLine(touch, (d) => crossdown(d.close, 2), [NaN, 0, 0, 0, 0, 1, 0, 0, 0]);
  });

  it('compares two lines', () => {
    const source = bars([2, 9, 0, 1, 1], [2, 9, 0, 3, 1], [4, 9, 0, 3, 1]);
    expectLine(source, (d) => crossover(d.close, d.open), [NaN, 1, -1]);
  });
});

describe('bars', () => {
  it('heikin-ashi bars average what was', () => {
    const source = bars([10, 14, 8, 12, 1], [12, 16, 10, 14, 1]);
    expectLine(source, (d) => heikinAshi(d).open, [11, 11]);
    expectLine(source, (d) => heikinAshi(d).close, [11, 13]);
    expectLine(source, (d) => heikinAshi(d).high, [NaN, 16]);
    expectLine(source, (d) => heikinAshi(d).low, [NaN, 10]);
  });

  it("demark's pivot counts the extreme on the side of the close twice", () => {
    const source = bars([10, 14, 8, 12, 1], [12, 14, 8, 10, 1], [12, 14, 8, 12, 1]);
    expectLine(source, (d) => demarkPivot(d).pivot, [(28 + 8 + 12) / 4, (14 + 16 + 10) / 4, (14 + 8 + 24) / 4]);
  });

  it('the parabolic stop starts at the first low of a rise and turns when it is reached', () => {
    const source = bars([10, 11, 9, 10, 1], [10, 12, 10, 11, 1], [11, 13, 11, 12, 1], [12, 12, 5, 6, 1]);
    // 9, then 9 + 0.02 * (12 - 9) = 9.06 held down to the lowest of the last two lows, 9; then reached: the extreme 13.
    expectLine(source, (d) => parabolicSar(d), [NaN, 9, 9, 13]);
  });

  it('ichimoku shows over this bar what was computed `lead` bars ago', () => {
    const source = closes(1, 2, 3, 4, 5);
    const options = { conversion: 1, baseline: 2, span: 2, lead: 2 };
    expectLine(source, (d) => ichimoku(d, options).spanA, [NaN, NaN, NaN, 1.75, 2.75]);
    expectLine(source, (d) => ichimoku(d, options).spanB, [NaN, NaN, NaN, 1.5, 2.5]);
  });

  it('a function of the window gets it oldest first', () => {
    expectLine(closes(1, 2, 4), (d) => windowed(d.close, 2, (values) => values[1]! * 10 + values[0]!), [NaN, 21, 42]);
  });
});

describe('names and parameters', () => {
  const { data } = groundOf(closes(1));

  it('carry what they were made with', () => {
    expect(sma(data.close, 20).name).toBe('sma(20)');
    expect(sma(data.volume, 20).name).toBe('sma(volume, 20)');
    expect(ema(rsi(data.close, 14), 9).name).toBe('ema(rsi(14), 9)');
    expect(crossover(sma(data.close, 5), 70).name).toBe('crossover(sma(5), 70)');
  });

  it('must be sensible', () => {
    expect(() => sma(data.close, -3)).toThrow('sma: period must be a positive integer, was -3');
    expect(() => rsi(data.close, 2.5)).toThrow('rsi: period must be a positive integer, was 2.5');
    expect(() => macd(data.close, { slow: 0 })).toThrow('macd: slow must be a positive integer, was 0');
    expect(() => bollinger(data.close, 20, 0)).toThrow('bollinger: deviations must be a number above 0, was 0');
    expect(() => linearRegression(data.close, 1)).toThrow(
      'linearRegression: period must be an integer of at least 2, was 1',
    );
    expect(() => smoothing(data.close, 5, 1.5)).toThrow('smoothing: alpha must be above 0 and at most 1, was 1.5');
    expect(() => laguerre(data.close, 1)).toThrow('laguerre: gamma must be above 0 and below 1, was 1');
    expect(() => ema(data.close, NaN)).toThrow('ema: period must be a positive integer, was NaN');
  });
});
