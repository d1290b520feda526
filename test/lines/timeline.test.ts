/** When bars close, whether their times are read or worked out. */
import { describe, expect, it } from 'vitest';
import { barAt, barClose, sliceBars, timeframe, type Bars } from '../../src/core/index.ts';
import { BarsDataFeed } from '../../src/feeds/index.ts';
import { Timeline } from '../../src/lines/index.ts';
import { walk } from '../indicators/ground.ts';

const frame = timeframe('1h');
const whole = walk(3, 200);
const holed: Bars = Object.fromEntries(
  Object.entries(whole).map(([name, column]: [string, Float64Array]) => [name, column.filter((_, i) => i % 17 !== 5)]),
) as unknown as Bars;

/** Bars as a feed hands them over, checked. */
async function checked(bars: Bars): Promise<Bars> {
  return await new BarsDataFeed({ bars, timeframe: '1h', symbol: 'A/USDT' }).load();
}

function expectCloses(timeline: Timeline, times: Float64Array, from = 0): void {
  const block = new Float64Array(1);
  for (let i = from; i < times.length; i++) {
    expect(timeline.closeAt(i)).toBe(barClose(frame, times[i]!));
    timeline.index = i;
    timeline.writeClose(block, 0);
    expect(block[0]).toBe(barClose(frame, times[i]!));
    timeline.writeOpen(block, 0);
    expect(block[0]).toBe(times[i]);
    timeline.index = i - 1;
    expect(timeline.writeNextClose(block, 0)).toBe(true);
    expect(block[0]).toBe(barClose(frame, times[i]!));
  }
  timeline.index = times.length - 1;
  expect(timeline.writeNextClose(block, 0)).toBe(false);
  expect(timeline.closeAt(-1)).toBeNaN();
  expect(timeline.closeAt(times.length)).toBeNaN();
}

describe('the close of a bar', () => {
  it.each<[string, Bars]>([
    ['without a hole', whole],
    ['with holes', holed],
  ])('follows from its open: bars %s', async (_, bars) => {
    const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: frame });
    timeline.append(await checked(bars));
    expectCloses(timeline, bars.time);
  });

  it('follows from its open where more bars come after a hole, one grows, and the first are forgotten', async () => {
    const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: frame });
    timeline.append(await checked(sliceBars(whole, 0, 50)));
    timeline.append(await checked(sliceBars(whole, 60, 100)));
    const times = Float64Array.of(...whole.time.subarray(0, 50), ...whole.time.subarray(60, 100), whole.time[120]!);
    expectCloses(timeline, times.subarray(0, 90));
    timeline.put(90, barAt(whole, 120));
    expectCloses(timeline, times);
    timeline.trim(30);
    expectCloses(timeline, times, 30);
  });

  it('follows from its open for bars that come one by one, after loaded ones and beyond the room there is', async () => {
    const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: frame });
    timeline.append(await checked(sliceBars(whole, 0, 3)));
    for (let i = 3; i < 200; i++) timeline.push(barAt(whole, i));
    expectCloses(timeline, whole.time);
    for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
      expect(timeline[name].length).toBe(200);
      expect([...timeline[name].values.subarray(0, 200)]).toEqual([...whole[name]]);
    }
  });

  it('is not worked out for bars that are as many as would be even but are not', () => {
    const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: frame });
    const shifted = { ...sliceBars(whole, 0, 4), time: Float64Array.of(0, 3_600_000, 9_000_000, 10_800_000) };
    timeline.append(shifted);
    expectCloses(timeline, shifted.time);
  });
});
