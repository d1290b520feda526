/** The WebAssembly of the stochastic: what is shipped is what its text says, and it answers as a plain search does. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import wabt from 'wabt';

import { seededRandom } from '../../src/core/index.ts';
import { placeCode } from '../../src/indicators/kernel/place-code.ts';
import { placeSpan } from '../../src/indicators/kernel/place-span.ts';
import { Column } from '../../src/lines/index.ts';

it('is compiled of its text', async () => {
  const text = readFileSync(new URL('../../src/indicators/kernel/place.wat', import.meta.url), 'utf8');
  const tool = await wabt();
  const { buffer } = tool.parseWat('place.wat', text, { simd: true }).toBinary({});
  expect(placeCode).toBe(Buffer.from(buffer).toString('base64'));
});

describe('a span of places', () => {
  const random = seededRandom(8);
  const bars = 3_000;
  // Few different prices, so that equal highs and empty ranges come by.
  const walk = Float64Array.from({ length: bars }, (_, k) => (k > 900 && k < 1_000 ? 7 : Math.floor(random() * 9) - 4));
  const highs = walk.map((price) => price + Math.floor(random() * 2));
  const lows = walk.map((price) => price - Math.floor(random() * 2));

  function answered(period: number, from: number, to: number, high = highs): Float64Array | undefined {
    const out = new Float64Array(bars).fill(-1);
    const io = {
      inputs: [walk, high, lows].map((values) => Column.over(values)),
      outputs: [Column.over(out)],
      state: new Float64Array(0),
    };
    return placeSpan(io, from, to, period, 100) ? out : undefined;
  }

  it.each([1, 2, 3, 14, 61, 500])('over %i bars is what a search of each window finds', (period) => {
    const [from, to] = [period + 5, 2_500];
    const out = answered(period, from, to)!;
    for (let i = from; i < to; i++) {
      const high = Math.max(...highs.subarray(i - period + 1, i + 1));
      const low = Math.min(...lows.subarray(i - period + 1, i + 1));
      const place = 100 * ((walk[i]! - low) / (high - low));
      expect(out[i], `bar ${i}`).toBe(Number.isFinite(place) ? place + 0 : NaN);
    }
    expect([out[from - 1], out[to]]).toEqual([-1, -1]);
  });

  it('is left to the single bars where a high is missing or endless, or the span is too long', () => {
    for (const fault of [NaN, Infinity, -Infinity]) {
      const broken = Float64Array.from(highs);
      broken[1_200] = fault;
      expect(answered(14, 20, 1_500, broken)).toBeUndefined();
      // The window of the first bar begins behind it.
      expect(answered(14, 1_214, 1_500, broken)).toBeDefined();
    }
    const long = new Float64Array(9_000).fill(1);
    const io = { inputs: [long, long, long].map((v) => Column.over(v)), outputs: [Column.over(long)], state: long };
    expect(placeSpan(io, 100, 8_000, 14, 100)).toBe(false);
  });
});
