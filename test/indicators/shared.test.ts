/** An indicator that is asked for twice is computed once, and never taken for another. */
import { describe, expect, it } from 'vitest';

import {
  ema,
  indicators,
  namedLines,
  pointwise,
  rsi,
  sma,
  windowed,
  type IndicatorInfo,
} from '../../src/indicators/index.ts';
import { columnOf, nodeOf, type Line } from '../../src/lines/index.ts';
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
