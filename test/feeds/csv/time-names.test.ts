/** Time columns by the names that files have, unit included, and headers of several rows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { systemRuntime } from '../../../src/core/index.ts';
import { CsvDataFeed, type CsvDataFeedOptions } from '../../../src/feeds/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-time-names-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
const hour = 3_600_000;
const t0 = Date.UTC(2024, 0, 1);
const perMs = { s: 1e-3, ms: 1, us: 1e3, ns: 1e6 } as const;

function feedOf(content: string, options: Partial<CsvDataFeedOptions> = {}): CsvDataFeed {
  const path = join(folder, `bars-${++files}.csv`);
  writeFileSync(path, content);
  return new CsvDataFeed({ path, timeframe: '1h', ...options });
}

async function timesOf(content: string, options: Partial<CsvDataFeedOptions> = {}): Promise<number[]> {
  return Array.from((await feedOf(content, options).load({ runtime: systemRuntime })).time);
}

const rowsIn = (unit: keyof typeof perMs, from = t0): string =>
  [0, 1].map((k) => `${BigInt(from + k * hour) * BigInt(Math.max(1, perMs[unit])) / BigInt(unit === 's' ? 1000 : 1)},10,12,9,11,5`).join('\n'); // prettier-ignore

describe('the column of the time', () => {
  it.each([
    ['timestamp_ms', 'ms'],
    ['time_ms', 'ms'],
    ['ts_ms', 'ms'],
    ['open_time_ms', 'ms'],
    ['timestamp_s', 's'],
    ['time_us', 'us'],
    ['ts_ns', 'ns'],
    ['openTimeUs', 'us'],
    ['timestampMs', 'ms'],
    ['TIMESTAMPMS', 'ms'],
    ['unix_ms', 'ms'],
    ['epoch', 's'],
    ['epoch_seconds', 's'],
    ['Unix Timestamp (ms)', 'ms'],
    ['Kline open time [µs]', 'us'],
    ['time (in milliseconds)', 'ms'],
    ['ms_timestamp', 'ms'],
    ['MTS', 'ms'],
    ['window_start', 'ns'],
    ['bar_start_time_sec', 's'],
    ['candle_begin_time', 'ms'],
    ['ts_event', 'ns'],
    ['t', 'ms'],
  ] as const)('is found as %s', async (name, unit) => {
    expect(await timesOf(`${name},open,high,low,close,volume\n${rowsIn(unit)}\n`)).toEqual([t0, t0 + hour]);
  });

  it('has the unit of its name where its numbers are too small to tell', async () => {
    expect(await timesOf(`timestamp_s,open,high,low,close,volume\n${rowsIn('s', 0)}\n`)).toEqual([0, hour]);
  });

  it('has the unit of its numbers where its name says another, with a word about it', async () => {
    const feed = feedOf(`timestamp_ms,open,high,low,close,volume\n${rowsIn('s')}\n`);
    const { time } = await feed.load({ runtime: systemRuntime });
    expect(Array.from(time)).toEqual([t0, t0 + hour]);
    expect(feed.warnings().join()).toContain(
      'the name of the time column says milliseconds, and its times are seconds',
    );
  });

  it('is not the close of a bar, which the message names with its flags', async () => {
    const both = `close_time_ms,open,high,low,close,volume,open_time_ms\n${t0 + hour - 1},10,12,9,11,5,${t0}\n`;
    expect(await timesOf(both)).toEqual([t0]);
    const alone = `end_time_ms,open,high,low,close,volume\n${t0 + hour},10,12,9,11,5\n`;
    await expect(timesOf(alone)).rejects.toThrow("(--column 'time=end_time_ms' --stamped close)");
    expect(await timesOf(alone, { columns: { time: 'end_time_ms' }, stamped: 'close' })).toEqual([t0]);
  });

  it('is not a name that only ends like a unit, nor the empty cell at the end of a header', async () => {
    for (const name of ['volumes', 'bars', 'ms', 'closems', 'price_ms', 'sometimes']) {
      await expect(timesOf(`${name},open,high,low,close,volume\n${rowsIn('ms')}\n`)).rejects.toThrow(
        "no column 'time'",
      );
    }
    const trailing = `timestamp_s,open,high,low,close,volume,\n${rowsIn('s').replace(/$/gm, ',')}\n`;
    expect(await timesOf(trailing)).toEqual([t0, t0 + hour]);
  });

  it('may be named in a row of its own below the other names', async () => {
    const rows = ['2024-01-01,11,12,9,10,5', '2024-01-02,11,12,9,10,5'].join('\n');
    const content = `Price,Close,High,Low,Open,Volume\nTicker,BTC-USD,BTC-USD,BTC-USD,BTC-USD,BTC-USD\nDate,,,,,\n${rows}\n`;
    expect(await timesOf(content, { timeframe: '1d' })).toEqual([t0, t0 + 24 * hour]);
    await expect(timesOf(content.replace('2024-01-02,11', '2024-01-02,x'), { timeframe: '1d' })).rejects.toThrow(
      'line 5',
    );
  });
});
