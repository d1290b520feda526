/** Feeds of one's own: write load, finish does the rest. */
import { describe, expect, it } from 'vitest';

import { systemRuntime, type Bar, type Bars } from '../../../src/core/index.ts';
import { CustomDataFeed, type LoadContext } from '../../../src/feeds/index.ts';

const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);
const runtime = { ...systemRuntime, now: () => start + 5.5 * hour };

class Rows extends CustomDataFeed {
  readonly rows: readonly Bar[];
  constructor(rows: readonly Bar[], options: object = {}) {
    super({ symbol: 'X/Y', timeframe: '1h', ...options });
    this.rows = rows;
  }
  override async load(context: LoadContext): Promise<Bars> {
    await Promise.resolve();
    return this.finish(this.rows, context);
  }
}

const rows = [3, 0, 1, 5, 4].map((i): Bar => {
  return { time: start + i * hour, open: 10 + i, high: 11 + i, low: 9 + i, close: 10 + i, volume: i };
});
const hours = (bars: Bars): number[] => Array.from(bars.time, (time) => (time - start) / hour);

describe('CustomDataFeed', () => {
  it('sorts, reports and leaves out the bar that has not closed', async () => {
    const feed = new Rows(rows);
    expect(hours(await feed.load({ runtime }))).toEqual([0, 1, 3, 4]);
    expect(feed.report).toMatchObject({ missingBars: 1, bars: 4 });
  });

  it('cuts to its range and fills as its options say', async () => {
    const feed = new Rows(rows, { start: start + hour, end: start + 4 * hour, validation: { gaps: 'fill' } });
    expect(hours(await feed.load({ runtime }))).toEqual([1, 2, 3]);
    expect(Array.from(feed.marks!)).toEqual([0, 1, 0]);
  });

  it('says that nothing is left, and knows its options', async () => {
    const later = new Rows(rows, { start: start + 100 * hour });
    await expect(later.load({ runtime })).rejects.toThrow(
      /X\/Y has no bars from 2024-01-05 04:00:00 .* its source has 5/,
    );
    expect(() => new Rows(rows, { strat: 1 })).toThrow("unknown option of Rows 'strat': did you mean 'start'?");
  });
});
