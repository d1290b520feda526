/** The bar that orders are matched against, as it is read from a timeline. */
import { describe, expect, it } from 'vitest';

import { emptyBar, openedBefore, readBar, readOpen } from '../../../src/broker/matching/match-bar.ts';
import { barsFromRows, timeframe } from '../../../src/core/index.ts';
import { Timeline } from '../../../src/lines/index.ts';

const quarter = 900_000;

/** Three bars of a quarter, from 1:00. */
function quarters(): Timeline {
  const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: timeframe('15m') });
  const rows = [1, 2, 3].map((k) => ({ time: (k + 3) * quarter, open: k, high: k + 0.5, low: k - 0.5, close: k + 0.25, volume: 10 * k })); // prettier-ignore
  timeline.append(barsFromRows(rows));
  timeline.index = 2;
  return timeline;
}

/** An hour that grows by them. */
function growing(): Timeline {
  const hour = new Timeline(1, { name: 'A', symbol: 'A/USDT', timeframe: timeframe('1h') }, { ticks: quarters() });
  hour.append(barsFromRows([{ time: 4 * quarter, open: 1, high: 3.5, low: 0.5, close: 3.25, volume: 60 }]));
  hour.index = 0;
  return hour;
}

const third = { time: 7 * quarter, open: 3, high: 3.5, low: 2.5, close: 3.25, volume: 30 };

describe('a bar that is read', () => {
  it('is the present one, or one before it, with its close as its time', () => {
    const bar = emptyBar();
    readBar(quarters(), 0, bar);
    expect(bar).toEqual(third);
    readBar(quarters(), 1, bar);
    expect(bar).toEqual({ time: 6 * quarter, open: 2, high: 2.5, low: 1.5, close: 2.25, volume: 20 });
  });

  it('is found where the bars before it have been given up', () => {
    const timeline = quarters();
    timeline.trim(1);
    const bar = emptyBar();
    readBar(timeline, 0, bar);
    expect(bar).toEqual(third);
    readOpen(timeline, bar);
    expect([bar.time, bar.open]).toEqual([7 * quarter, 3]);
  });

  it('of a growing bar is the latest tick', () => {
    const bar = emptyBar();
    readBar(growing(), 0, bar);
    expect(bar).toEqual(third);
    readBar(growing(), 1, bar);
    expect(bar.open).toBe(2);
  });

  it('by its open alone leaves the rest as it was', () => {
    for (const timeline of [quarters(), growing()]) {
      const bar = emptyBar();
      readOpen(timeline, bar);
      expect(bar).toEqual({ time: 7 * quarter, open: 3, high: NaN, low: NaN, close: NaN, volume: NaN });
    }
  });
});

describe('a bar', () => {
  it('opened before a moment that lies behind its open', () => {
    for (const timeline of [quarters(), growing()]) {
      expect(openedBefore(timeline, 6 * quarter)).toBe(false);
      expect(openedBefore(timeline, 6 * quarter + 1)).toBe(true);
    }
  });
});
