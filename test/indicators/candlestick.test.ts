/** Candlestick patterns on bars drawn by hand. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { barsFromRows } from '../../src/core/index.ts';
import { candlestick, candlestickPatterns, type CandlestickPattern } from '../../src/indicators/index.ts';
import { groundOf, valuesOf } from './ground.ts';

type Drawn = readonly [open: number, high: number, low: number, close: number];

function seen(pattern: CandlestickPattern, ...drawn: readonly Drawn[]): number[] {
  const rows = drawn.map(([open, high, low, close], i) => ({ time: i * 60_000, open, high, low, close, volume: 1 }));
  return valuesOf(barsFromRows(rows), (data) => candlestick(data, pattern));
}

describe('candlestick', () => {
  it('sees a bullish engulfing where a rising body covers the falling one before', () => {
    expect(seen('bullishEngulfing', [105, 106, 99, 100], [99, 108, 98, 107], [107, 109, 106, 108])).toEqual([
      NaN,
      1,
      0,
    ]);
  });

  it('sees a bearish engulfing where a falling body covers the rising one before', () => {
    expect(seen('bearishEngulfing', [100, 106, 99, 105], [106, 107, 98, 99], [99, 100, 98, 99.5])).toEqual([NaN, 1, 0]);
  });

  it('sees three white soldiers only with the third', () => {
    const soldiers: Drawn[] = [
      [100, 106, 99, 105],
      [103, 111, 102, 110],
      [108, 116, 107, 115],
    ];
    expect(seen('threeWhiteSoldiers', [110, 111, 100, 101], ...soldiers)).toEqual([NaN, NaN, 0, 1]);
  });

  it('sees three black crows only with the third', () => {
    const crows: Drawn[] = [
      [115, 116, 107, 108],
      [110, 111, 102, 103],
      [105, 106, 97, 98],
    ];
    expect(seen('threeBlackCrows', [100, 111, 99, 110], ...crows)).toEqual([NaN, NaN, 0, 1]);
  });

  it('sees a rising marubozu, which has no wicks, in its own bar', () => {
    expect(seen('bullishMarubozu', [100, 110, 100, 110], [100, 115, 95, 110])).toEqual([1, 0]);
  });

  it('sees a doji where a bar closes where it opened', () => {
    expect(seen('doji', [100, 104, 96, 100], [100, 104, 96, 103])).toEqual([1, 0]);
  });

  it('sees a hammer behind a fall of any size, and none behind a rise', () => {
    const hammer: Drawn[] = [
      [90, 90.55, 87, 90.5],
      [90.6, 93, 90.5, 92.9],
    ];
    const behind = (...before: number[]): number =>
      seen('hammer', ...before.map((close): Drawn => [close, close + 1, close - 1, close]), ...hammer)[4]!;
    // As texts 9.5 is more than 10.5, and 4.5 less than 11.
    expect([behind(100, 119, 98), behind(100, 109, 98)]).toEqual([1, 1]);
    expect([behind(100, 81, 102), behind(100, 91, 102)]).toEqual([0, 0]);
  });

  it('has every pattern it names', () => {
    const { data } = groundOf(barsFromRows([]));
    for (const pattern of candlestickPatterns) expect(candlestick(data, pattern).name).toBe(`candlestick(${pattern})`);
    expect(candlestickPatterns).toHaveLength(37);
  });

  it('answers an unknown pattern with the nearest', () => {
    const { data } = groundOf(barsFromRows([]));
    const wrong = 'bulishEngulfing' as CandlestickPattern;
    expect(() => candlestick(data, wrong)).toThrow(
      "unknown candlestick pattern 'bulishEngulfing': did you mean 'bullishEngulfing'?",
    );
    // @ts-expect-error a name that is no pattern does not compile
    expect(() => candlestick(data, 'toString')).toThrow('unknown candlestick pattern');
  });

  it('loads the package only when a pattern is asked for', () => {
    const program = `
      import { createRequire } from 'node:module';
      await import('./src/indicators/index.ts');
      const loaded = Object.keys(createRequire(process.cwd() + '/x.js').cache).filter((file) => file.includes('technicalindicators'));
      console.log(loaded.length);
    `;
    const answer = execFileSync(process.execPath, [
      '--import',
      'tsx',
      '--conditions=source',
      '--input-type=module',
      '-e',
      program,
    ]);
    expect(answer.toString().trim()).toBe('0');
  });
});
