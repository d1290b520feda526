/** Bars in which nothing traded: which they are, and what is said of them. */
import { describe, expect, it } from 'vitest';

import { BarVolumes } from '../../../src/broker/matching/bar-volume.ts';
import { barsFromRows, timeframe } from '../../../src/core/index.ts';
import { Timeline } from '../../../src/lines/index.ts';

const info = (name: string) => ({ name, symbol: `${name}/USDT`, timeframe: timeframe('1h') });

/** A data whose bars have these volumes. */
function line(volumes: readonly number[], id = 0, more: ConstructorParameters<typeof Timeline>[2] = {}): Timeline {
  const timeline = new Timeline(id, info('AB'[id]!), more);
  append(timeline, volumes);
  return timeline;
}

function append(timeline: Timeline, volumes: readonly number[]): void {
  const from = timeline.loaded;
  timeline.append(barsFromRows(volumes.map((volume, i) => ({ time: (from + i) * 3_600_000, open: 1, high: 1, low: 1, close: 1, volume })))); // prettier-ignore
}

/** Whether each of these bars trades, by number. */
function trades(volumes: BarVolumes, timeline: Timeline, bars: readonly number[]): boolean[] {
  return bars.map((bar) => {
    timeline.index = bar;
    return volumes.trades(timeline);
  });
}

describe('a bar without volume', () => {
  it('trades nothing where a bar before it had a volume, whether or not that was looked at', () => {
    const volumes = new BarVolumes();
    expect(trades(volumes, line([5, 0, 3, 0]), [0, 1, 2, 3])).toEqual([true, false, true, false]);
    expect(volumes.warnings).toEqual(["2 bars of 'A' had no volume and executed none of the orders that were open"]);
    expect(trades(new BarVolumes(), line([0, 5, 0, 0]), [3])).toEqual([false]);
    expect(trades(new BarVolumes(), line([5, 0]), [1])).toEqual([false]);
  });

  it('trades where no bar before it had one: the data carries no volumes', () => {
    const volumes = new BarVolumes();
    const timeline = line([0, 0, 0, 4, 0]);
    expect(trades(volumes, timeline, [0, 1, 2, 4])).toEqual([true, true, true, false]);
    expect(volumes.warnings).toEqual(["1 bar of 'A' had no volume and executed none of the orders that were open"]);
    expect(new BarVolumes().warnings).toEqual([]);
  });

  it('is counted once, however many orders look at it', () => {
    const volumes = new BarVolumes();
    trades(volumes, line([5, 0, 0]), [1, 1, 1, 2, 2]);
    expect(volumes.warnings).toEqual(["2 bars of 'A' had no volume and executed none of the orders that were open"]);
  });

  it('is told of by data', () => {
    const volumes = new BarVolumes();
    trades(volumes, line([5, 5]), [0, 1]);
    trades(volumes, line([5, 0], 1), [0, 1]);
    expect(volumes.warnings).toEqual(["1 bar of 'B' had no volume and executed none of the orders that were open"]);
  });

  it('is found among more bars than are looked at together, and among those that come later', () => {
    const many = Array.from({ length: 1_200 }, (_, i) => (i === 511 || i === 512 || i === 1_100 ? 0 : 1));
    const volumes = new BarVolumes();
    const timeline = line(many);
    const bars = many.map((_, i) => i);
    const empty = (from: number) => trades(volumes, timeline, bars.slice(from)).flatMap((one, i) => (one ? [] : [from + i])); // prettier-ignore
    expect(empty(0)).toEqual([511, 512, 1_100]);
    append(timeline, [0, 1, 0]);
    bars.push(1_200, 1_201, 1_202);
    expect(empty(1_200)).toEqual([1_200, 1_202]);
  });

  it('is found after the bars before it have been forgotten', () => {
    const timeline = line([0, 0, 0, 5, 0, 0, 6, 0]);
    timeline.index = 5;
    timeline.trim(4);
    const { base } = timeline.volume;
    // Whether the forgotten ones had a volume is not known any more.
    expect(base).toBeGreaterThan(0);
    expect(trades(new BarVolumes(), timeline, [5, 7])).toEqual([base > 3, false]);
  });

  it('is found where the bar with a volume was looked at before it was forgotten', () => {
    const timeline = line([5, 0, 0, 0, 0, 0, 0, 0]);
    const volumes = new BarVolumes();
    expect(trades(volumes, timeline, [0])).toEqual([true]);
    timeline.index = 7;
    timeline.trim(6);
    expect(timeline.volume.base).toBeGreaterThan(0);
    expect(trades(volumes, timeline, [7])).toEqual([false]);
  });

  it('of a growing bar is that of its latest tick', () => {
    const ticks = line([5, 0, 5, 0], 0);
    const timeline = line([9, 9], 0, { ticks });
    const volumes = new BarVolumes();
    timeline.index = 0;
    expect([0, 1, 2, 3].map((tick) => {
      ticks.index = tick;
      return volumes.trades(timeline);
    })).toEqual([true, false, true, false]); // prettier-ignore
  });
});
