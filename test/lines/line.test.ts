/** Reading lines, making lines from lines, and the bars they need. */
import { describe, expect, it } from 'vitest';
import { barsFromRows, timeframe } from '../../src/core/index.ts';
import { crossover, ema, macd, rsi, sma, trueRange } from '../../src/indicators/index.ts';
import { combine, rootsOf, Data, Graph, Timeline, type Line } from '../../src/lines/index.ts';
import { closes, emptyGround, groundOf, valuesOf } from '../indicators/ground.ts';

const bars = barsFromRows([
  { time: 0, open: 1, high: 4, low: 1, close: 2, volume: 10 },
  { time: 60_000, open: 2, high: 3, low: 0, close: 0, volume: 0 },
  { time: 120_000, open: 5, high: 6, low: 4, close: 5, volume: 30 },
]);

describe('arithmetic and comparison', () => {
  it.each<[string, (d: Data) => Line, number[]]>([
    ['add a line', (d) => d.close.add(d.open), [3, 2, 10]],
    ['add a number', (d) => d.close.add(1), [3, 1, 6]],
    ['sub', (d) => d.close.sub(d.open), [1, -2, 0]],
    ['mul', (d) => d.close.mul(d.volume), [20, 0, 150]],
    ['div, with no value over zero', (d) => d.close.div(d.volume), [0.2, NaN, 5 / 30]],
    ['div by the number zero', (d) => d.close.div(0), [NaN, NaN, NaN]],
    ['gt', (d) => d.close.gt(d.open), [1, 0, 0]],
    ['gte', (d) => d.close.gte(d.open), [1, 0, 1]],
    ['lt', (d) => d.close.lt(d.open), [0, 1, 0]],
    ['lte', (d) => d.close.lte(5), [1, 1, 1]],
    ['and', (d) => d.close.and(d.volume), [1, 0, 1]],
    ['or', (d) => d.close.or(0), [1, 0, 1]],
    ['max', (d) => d.close.max(d.open), [2, 2, 5]],
    ['min', (d) => d.close.min(1), [1, 0, 1]],
    ['shift', (d) => d.close.shift(1), [NaN, 2, 0]],
    ['combine', (d) => combine(d.high, 'range', d.low, (a, b) => a - b), [3, 3, 2]],
  ])('%s', (_, grow, wanted) => {
    expect(valuesOf(bars, grow)).toEqual(wanted);
  });

  it('has no value where an input has none', () => {
    const source = closes(1, NaN, 3);
    for (const method of ['add', 'sub', 'mul', 'div', 'gt', 'gte', 'lt', 'lte', 'and', 'or', 'max', 'min'] as const) {
      expect(valuesOf(source, (d) => d.close[method](2))[1], method).toBeNaN();
      expect(valuesOf(source, (d) => d.open.mul(0).add(2)[method](d.close))[1], method).toBeNaN();
    }
  });

  it('names what it was made of', () => {
    const { data } = groundOf(bars);
    expect(data.close.sub(sma(data.close, 2)).name).toBe('sub(close, sma(2))');
    expect(data.close.gt(70).name).toBe('gt(close, 70)');
  });
});

describe('minimum period', () => {
  it('adds up through a chain', () => {
    const { data } = groundOf(bars);
    expect(data.close.minPeriod).toBe(1);
    expect(sma(data.close, 5).minPeriod).toBe(5);
    expect(rsi(data.close, 14).minPeriod).toBe(15);
    expect(ema(rsi(sma(data.close, 3), 7), 4).minPeriod).toBe(3 + 7 + 3);
    expect(trueRange(data).minPeriod).toBe(2);
    expect(data.close.shift(3).minPeriod).toBe(4);
    expect(sma(data.close, 5).shift(2).minPeriod).toBe(7);
  });

  it('is that of the slower of two', () => {
    const { data } = groundOf(bars);
    const { macd: line, signal } = macd(data.close);
    expect(line.minPeriod).toBe(26);
    expect(signal.minPeriod).toBe(34);
    expect(sma(data.close, 5).sub(sma(data.close, 9)).minPeriod).toBe(9);
    expect(crossover(sma(data.close, 5), sma(data.close, 9)).minPeriod).toBe(10);
  });

  it('is counted on the timeline the line grows from', () => {
    const { data, timeline } = groundOf(bars);
    expect([...rootsOf(sma(data.close, 5))]).toEqual([[timeline, 5]]);
  });
});

describe('reading', () => {
  function at(index: number): Line {
    const { timeline, data } = groundOf(bars);
    timeline.index = index;
    return data.close;
  }

  it('gives the present and the past, oldest first in a window', () => {
    const close = at(2);
    expect([close.now, close.ago(0), close.ago(1), close.ago(2)]).toEqual([5, 5, 0, 2]);
    expect([...close.window(3)]).toEqual([2, 0, 5]);
    expect([...close.window(1)]).toEqual([5]);
  });

  it('uses one array again for windows of one length', () => {
    const close = at(2);
    expect(close.window(2)).toBe(close.window(2));
  });

  it('has no value before the first bar', () => {
    const { data } = emptyGround();
    expect(data.close.now).toBeNaN();
    expect(data.length).toBe(0);
    expect(data.time).toBeNaN();
    expect(() => data.close.ago(0)).toThrow("close.ago(0) was read when 'A' had 0 bars");
  });

  it('never shows what comes after now', () => {
    const close = at(0);
    expect(close.now).toBe(2);
    expect(() => close.ago(-1)).toThrow(
      'close.ago(n): n must be a whole number of bars back, was -1; a negative number would be the future',
    );
    expect(() => close.shift(-1)).toThrow('shift must be a whole number of bars back, was -1');
  });

  it('throws where there are not so many bars, unless told what to give', () => {
    const close = at(1);
    expect(() => close.ago(2)).toThrow("close.ago(2) was read when 'A' had 2 bars");
    expect(close.ago(2, -1)).toBe(-1);
    expect(close.ago(1, -1)).toBe(2);
    expect(() => close.ago(0.5)).toThrow('n must be a whole number of bars back, was 0.5');
    expect(() => close.ago(-1, 0)).toThrow('future');
    expect(() => close.window(3)).toThrow("close.ago(2) was read when 'A' had 2 bars");
    for (const n of [0, -1, 1.5, NaN]) {
      expect(() => close.window(n)).toThrow(`close.window(n): n must be a positive whole number of bars, was ${n}`);
    }
  });

  it('says that older bars were forgotten, where they were', () => {
    const { timeline, data } = groundOf(bars);
    timeline.trim(2);
    expect(() => data.close.ago(1)).toThrow('older ones are forgotten in this bounded run: raise keepBars');
    expect(data.close.now).toBe(5);
  });
});

describe('what cannot be mixed', () => {
  it('lines of different timelines', () => {
    const graph = new Graph();
    const make = (id: number, name: string, frame: string): Data =>
      new Data(new Timeline(id, { name, symbol: name, timeframe: timeframe(frame) }), graph);
    const [fast, slow] = [make(0, 'BTC', '1h'), make(1, 'BTC-day', '1d')];
    expect(() => fast.close.sub(slow.close)).toThrow(
      "close of 'BTC' (1h) and close of 'BTC-day' (1d) are on different timelines: project one with close.onto(data) first",
    );
  });

  it('lines of different strategies', () => {
    const [one, other] = [emptyGround('A'), emptyGround('B')];
    expect(() => one.data.close.add(other.data.close)).toThrow('belong to different strategies');
  });

  it('an indicator declared after the start', () => {
    const { graph, data } = groundOf(bars);
    graph.close();
    expect(() => sma(data.close, 2)).toThrow('indicator sma(2) was declared after start()');
  });
});
