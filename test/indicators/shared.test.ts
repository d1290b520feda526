/** An indicator that is asked for twice is computed once, and never taken for another. */
import { describe, expect, it } from 'vitest';

import {
  anchoredVwap,
  atr,
  atrStop,
  barsSinceHighest,
  basis,
  bollinger,
  candlestick,
  cci,
  chaikin,
  crossover,
  cumulative,
  dickson,
  directional,
  ema,
  errorCorrecting,
  fibonacciPivot,
  hurst,
  indicators,
  keltner,
  kst,
  laguerre,
  macd,
  namedLines,
  pivotPoint,
  pointwise,
  ppo,
  realizedVolatility,
  rsi,
  sessionVwap,
  sma,
  stddev,
  stochasticRsi,
  superTrend,
  weighted,
  windowed,
  wma,
  type IndicatorInfo,
  type IndicatorLines,
  type MovingAverage,
} from '../../src/indicators/index.ts';
import { columnOf, nodeOf, type Data, type Line } from '../../src/lines/index.ts';
import { groundOf, walk } from './ground.ts';

const bars = walk(41, 400);

/** The defaults, and each parameter alone at two other values of its range. */
function variantsOf({ params }: IndicatorInfo): Record<string, number>[] {
  const near = (one: (typeof params)[number]): number[] => {
    const isWhole = [one.default, one.from, one.to].every(Number.isInteger);
    const [a, b] = [
      one.from + (one.default - one.from) / 2,
      one.default + (Math.min(one.to, one.default * 3) - one.default) / 3,
    ];
    return (isWhole ? [Math.round(a), Math.round(b)] : [a, b]).filter((value) => value !== one.default);
  };
  return [{}, ...params.flatMap((one) => near(one).map((value) => ({ [one.name]: value })))];
}

/** An indicator with each of some values of what the catalogue has no range for. */
function each<T>(values: readonly T[], make: (data: Data, value: T) => object): ((data: Data) => object)[] {
  return values.map((value) => (data) => make(data, value));
}

const averages: readonly MovingAverage[] = [sma, ema, wma];
const variants: Readonly<Record<string, ((data: Data) => object)[]>> = {
  'ppo of': each(['slow', 'fast'] as const, (d, of) => ppo(d.close, { of })),
  'kst weights': each([[1, 2, 3, 4] as const, [4, 3, 2, 1] as const], (d, weights) => kst(d.close, { weights })),
  'kst smooth': each([[2, 2, 2, 2] as const, [3, 2, 2, 2] as const], (d, smooth) => kst(d.close, { smooth })),
  'fibonacciPivot levels': each([[0.382], [0.5]], (d, levels) => fibonacciPivot(d, 'plain', levels)),
  'pivotPoint kind': each(['plain', 'close', 'open'] as const, (d, kind) => pivotPoint(d, kind)),
  'barsSinceHighest which': each(['newest', 'oldest'] as const, (d, which) =>
    barsSinceHighest(d.volume.gt(40), 9, which),
  ),
  'realizedVolatility estimator': each(
    ['close', 'parkinson', 'garmanKlass', 'rogersSatchell', 'yangZhang'] as const,
    (d, estimator) => realizedVolatility(d, { estimator }),
  ),
  'sessionVwap every': each(['4h', '1d'], (d, every) => sessionVwap(d, { every })),
  'sessionVwap startsAt': each(['00:00', '05:00'], (d, startsAt) => sessionVwap(d, { startsAt })),
  'anchoredVwap anchor': each([0, 40 * 3_600_000], (d, anchor) => anchoredVwap(d, anchor)),
  'basis days': each([undefined, 30, 60], (d, days) => basis(d.close, d.open, days)),
  'weighted weights': each([[1, 2], [2, 1]], (d, weights) => weighted(d.close, weights)), // prettier-ignore
  'weighted factor': each([1, 2], (d, factor) => weighted(d.close, [1, 2], factor)),
  'hurst lags': each([[2, 10], [3, 10], [2, 12]] as const, (d, [from, to]) => hurst(d.close, 30, from, to)), // prettier-ignore
  'laguerre period': each([1, 4], (d, period) => laguerre(d.close, 0.5, period)),
  'cumulative start': each([0, 5], (d, start) => cumulative(d.close, start)),
  'crossover level': each([99, 101], (d, level) => crossover(d.close, level)),
  'candlestick pattern': each(['doji', 'bullish'] as const, (d, pattern) => candlestick(d, pattern)),
  'atr average': each(averages, (d, average) => atr(d, 9, average)),
  'directional average': each(averages, (d, average) => ({ ...directional(d, 9, average) })),
  'bollinger average': each(averages, (d, average) => ({ ...bollinger(d.close, 9, 2, average) })),
  'cci average': each(averages, (d, average) => cci(d, 9, 0.015, average)),
  'rsi average': each(averages, (d, average) => rsi(d.close, 9, average)),
  'stddev average': each(averages, (d, average) => stddev(d.close, 9, average)),
  'macd average': each(averages, (d, average) => ({ ...macd(d.close, { average }) })),
  'keltner average': each(averages, (d, average) => ({ ...keltner(d, { average }) })),
  'errorCorrecting average': each(averages, (d, average) => errorCorrecting(d.close, 9, 9, average)),
  'dickson hull': each(averages, (d, hull) => dickson(d.close, 9, 9, 9, hull)),
  'chaikin average': each(averages, (d, average) => chaikin(d, 3, 9, average)),
  'superTrend average': each(averages, (d, average) => ({ ...superTrend(d, { average }) })),
  'atrStop average': each(averages, (d, average) => ({ ...atrStop(d, { average }) })),
  'stochasticRsi average': each(averages, (d, average) => ({ ...stochasticRsi(d.close, { average }) })),
};

const valuesOf = (line: Line): number[] => Array.from(columnOf(line).values.subarray(0, bars.time.length));

describe('indicators over one data', () => {
  it('are the same beside all others as alone, whatever their parameters', () => {
    const { graph, data } = groundOf(bars);
    const made = indicators
      .list()
      .flatMap((info) =>
        variantsOf(info).map((params) => ({ info, params, lines: namedLines(info.make(data, params)) })),
      );
    graph.advance();
    for (const { info, params, lines } of made) {
      const alone = groundOf(bars);
      const wanted = namedLines(info.make(alone.data, params));
      alone.graph.advance();
      lines.forEach(([name, line], k) => {
        const [, other] = wanted[k]!;
        expect(valuesOf(line), `${info.name} ${JSON.stringify(params)} ${name}`).toEqual(valuesOf(other));
      });
    }
  });

  it('are computed once where they are asked for twice', () => {
    // Functions of your own may depend on what no name says.
    const own = ['pointwise', 'windowed', 'technical'];
    for (const info of indicators.list()) {
      const { graph, data } = groundOf(bars);
      info.make(data);
      const nodes = graph.nodes.length;
      info.make(data);
      if (!own.includes(info.name)) expect(graph.nodes.length, info.name).toBe(nodes);
    }
  });

  it('share what they are made of', () => {
    const { data } = groundOf(bars);
    const [one, other] = [sma(data.close, 20), sma(data.close, 20)];
    expect(nodeOf(one)).toBe(nodeOf(other));
    expect(nodeOf(ema(rsi(one, 14), 9))).toBe(nodeOf(ema(rsi(other, 14), 9)));
    expect(nodeOf(sma(data.close, 21))).not.toBe(nodeOf(one));
    // Each reader has a window of its own.
    expect(one.window(3)).not.toBe(other.window(3));
  });

  it.each(Object.keys(variants))('are told apart by what no catalogue lists: %s', (name) => {
    const { graph, data } = groundOf(bars);
    const together = variants[name]!.map((make) => namedLines(make(data) as IndicatorLines));
    graph.advance();
    const seen = together.map((lines) => lines.map(([, line]) => valuesOf(line)));
    const wanted = variants[name]!.map((make) => {
      const alone = groundOf(bars);
      const lines = namedLines(make(alone.data) as IndicatorLines);
      alone.graph.advance();
      return lines.map(([, line]) => valuesOf(line));
    });
    expect(seen).toEqual(wanted);
    for (const one of wanted.slice(1)) expect(one).not.toEqual(wanted[0]);
  });

  it('are never shared where a function of your own is part of them', () => {
    const { graph, data } = groundOf(bars);
    const times = (factor: number): Line => pointwise('times', [data.close], (value) => value * factor);
    const [two, three] = [times(2), times(3)];
    graph.advance();
    expect(nodeOf(two)).not.toBe(nodeOf(three));
    expect(valuesOf(three)[10]! / valuesOf(two)[10]!).toBeCloseTo(1.5, 12);
    const most = (factor: number): Line => windowed(data.close, 3, (values) => values[0]! * factor);
    expect(nodeOf(most(2))).not.toBe(nodeOf(most(3)));
  });
});
