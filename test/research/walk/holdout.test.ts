/** Bars that are held out: what a search must not read, and what it warns of where a strategy reads it beside. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { Cerebro, CsvDataFeed, GeneratedDataFeed, sma, Strategy, TickDataFeed, type DataFeed } from 'nextbar';
import { loadTrades } from 'nextbar/feeds';
import { crossValidate, optimize, walkForward } from 'nextbar/research';
import { takeReads } from '../../../src/feeds/checks/reads.ts';
import { TickStore } from '../../../src/store/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-holdout-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

// Tests of other files have read bars in this process.
beforeEach(() => {
  takeReads();
});

/** Trades now and then, and notes the end of the latest bar that it saw. */
class Looks extends Strategy<typeof Looks.params> {
  static readonly params = { period: 2 };
  static latest = -Infinity;
  readonly line = sma(this.data.close, this.params.period);
  override next(): void {
    Looks.latest = Math.max(Looks.latest, this.data.closeTime);
    if (this.data.length % 7 === 0) this.buy();
    else if (this.data.length % 7 === 3) this.close();
  }
}

const feed = (timeframe: '1h' | '1w', count: number): DataFeed =>
  new GeneratedDataFeed({ name: 'a', timeframe, start: '2024-01-01', count, seed: 4 });
const search = (data: DataFeed): Cerebro =>
  new Cerebro({ cash: 10_000 }).addData(data).optStrategy(Looks, { period: [2, 3] });
// A Thursday.
const holdout = '2024-02-29';

describe('bars that are held out', () => {
  it('are not told by a longer bar that opens before them and closes after', async () => {
    Looks.latest = -Infinity;
    await optimize(search(feed('1w', 60)), { holdout });
    expect(Looks.latest).toBe(Date.UTC(2024, 1, 26));
  });

  it('are none of a walk-forward and a cross-validation, which say what was read beside them', async () => {
    const searches = [
      (options: object) => walkForward(search(feed('1h', 2_400)), { folds: 2, ...options }),
      (options: object) => crossValidate(search(feed('1h', 2_400)), options),
    ];
    Looks.latest = -Infinity;
    for (const run of searches) {
      expect((await run({ holdout })).warnings).toEqual([]);
      await expect(run({ holdout: '2030-01-01' })).rejects.toThrow('holdout must hold out at least one bar');
    }
    expect(Looks.latest).toBeLessThanOrEqual(Date.UTC(2024, 1, 29));
    for await (const { time } of feed('1h', 2_000).stream()) expect(time.length).toBeGreaterThan(0);
    // A run that reads more of it in pieces holds out what it likes: no more is told.
    await new Cerebro().addData(feed('1h', 2_400)).addStrategy(Looks).run({ keepBars: 100 });
    for (const run of searches)
      expect((await run({ holdout })).warnings).toEqual([
        "bars from 2024-02-29 on were read outside of the sweep: 'a' was loaded up to 2024-03-24 07:00:00, " +
          'and bars that a strategy loads itself cannot be held out',
      ]);
  });

  it('are told of where a file is read in pieces, or trades of the store', async () => {
    const path = join(folder, 'file.csv');
    const rows = Array.from({ length: 2_400 }, (_, k) => `${Date.UTC(2024, 0, 1, k)},1,1,1,1,1`);
    writeFileSync(path, ['timestamp,open,high,low,close,volume', ...rows].join('\n'));
    const file = new CsvDataFeed({ path, name: 'file', timeframe: '1h' });
    for await (const { time } of file.stream()) expect(time.length).toBeGreaterThan(0);
    const store = await TickStore.open({ folder });
    const series = { exchange: 'binance', symbol: 'BTC/USDT' };
    store.write(
      series,
      [0, 3].map((month, k) => ({
        type: 'trade', ...series, id: String(k), side: 'buy', price: 1 + k, size: 1,
        time: Date.UTC(2024, month, 1), receiveTime: Date.UTC(2024, month, 1), backfill: false,
      })),
    ); // prettier-ignore
    store.close();
    const trades = await loadTrades({ ...series, folder });
    const beside = async (): Promise<string> =>
      (await optimize(search(feed('1h', 2_400)), { holdout })).warnings.join();
    const told = await beside();
    expect(told).toContain("'file' was loaded up to 2024-04-09 23:00");
    expect(told).toContain("'binance BTC/USDT trades' was loaded up to 2024-04-01");
    // A feed makes bars of the trades, which a sweep over it holds out itself.
    expect(new TickDataFeed({ ticks: trades, timeframe: '1h', name: 'ticks' }).name).toBe('ticks');
    expect(await beside()).not.toContain('trades');
  });
});
