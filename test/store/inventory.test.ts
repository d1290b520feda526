/** What lies in a store, for people; which shorter bars make longer ones; and what a check finds. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { systemRuntime, timeframe } from '../../src/core/index.ts';
import type { SegmentRow } from '../../src/store/catalog.ts';
import { BarStore, checkStore, listSeries, seriesFolder } from '../../src/store/index.ts';
import { storedShorter } from '../../src/store/inventory.ts';
import { segmentFiles } from '../../src/store/segments/segment-files.ts';
import { barsAtTimes, hour, hourly, series, temporaryStore } from './sample.ts';

const january = Date.UTC(2024, 0, 1);
const february = Date.UTC(2024, 1, 1);
const day = 24 * hour;

async function filled(): Promise<BarStore> {
  const store = await temporaryStore();
  const range = { start: february - 2 * hour, end: february + 3 * hour, source: 'x' };
  await store.write(series, range, hourly(range.start, 5));
  return store;
}

const rowsOf = (store: BarStore): SegmentRow[] => store.catalog.segments(store.catalog.seriesId(series)!);

describe('the list of series', () => {
  it('counts bars, months and bytes, and says from when to when they reach', async () => {
    const store = await filled();
    await store.write({ ...series, symbol: 'ETH/USDT' }, { start: january, end: february, source: 'x' }, hourly(0, 0));
    const bytes = segmentFiles(store.folder).map((file) => statSync(join(store.folder, file)).size);
    const [bitcoin, ether] = listSeries(store);
    expect(bitcoin).toMatchObject({
      ...series,
      bars: 5,
      segments: 2,
      bytes: bytes[0]! + bytes[1]!,
      first: february - 2 * hour,
      last: february + 2 * hour,
      ranges: [{ start: february - 2 * hour, end: february + 3 * hour }],
    });
    expect(bitcoin!.fetched).toBe(bitcoin!.ranges[0]!.fetched);
    expect(ether).toMatchObject({ bars: 0, segments: 0, bytes: 0, first: undefined, last: undefined });
    expect(listSeries(store, { symbol: 'ETH/USDT', exchange: 'binance' })).toEqual([ether]);
    expect(listSeries(store, { symbol: 'ETH/USDT', exchange: 'okx' })).toEqual([]);
    store.forget({ ...series, symbol: 'ETH/USDT' }, { start: january, end: february });
    expect(listSeries(store, { symbol: 'ETH/USDT' })[0]!.fetched).toBeUndefined();
  });

  it('names the last bar of many months, and when the newest of its ranges was fetched', async () => {
    let now = 1_000;
    const runtime = { ...systemRuntime, now: () => now };
    const store = await temporaryStore({ runtime });
    for (const start of [january, january + 40 * day, january + 70 * day, january + 5 * day]) {
      now = start === january + 40 * day ? 9_000 : now + 1;
      await store.write(series, { start, end: start + 2 * hour, source: 'x' }, hourly(start, 2));
      now = 2_000;
    }
    const [info] = listSeries(store);
    expect(info).toMatchObject({ bars: 8, segments: 3, first: january, last: january + 70 * day + hour, fetched: 9_000 });
  }); // prettier-ignore
});

describe('the longest shorter timeframe that is stored', () => {
  const range = { start: january, end: january + day };

  it.each([
    ['4h', ['1m', '1h', '2h'], '2h'],
    ['4h', ['1m', '1h', '3h'], '1h'],
    // Neither itself nor a longer one.
    ['1h', ['1h', '4h'], undefined],
    ['1d', ['12h', '1d', '1w'], '12h'],
    ['1w', ['1d', '12h'], '1d'],
    // Months are made of what divides a day.
    ['1M', ['1d', '1w'], '1d'],
    ['1M', ['1w', '7h'], undefined],
    ['1y', ['1M'], undefined],
  ])('for %s of %j is %s', async (wanted, stored, found) => {
    const store = await temporaryStore();
    for (const name of stored)
      await store.write({ ...series, timeframe: name }, { ...range, source: 'x' }, hourly(january, 0));
    expect(storedShorter(store, { ...series, timeframe: wanted }, range, timeframe(wanted))).toBe(found);
  });

  it('is one that has the whole range, of the same exchange, type, symbol and origin', async () => {
    const store = await temporaryStore();
    const put = (more: object, end = range.end): Promise<void> =>
      store.write({ ...series, ...more }, { ...range, end, source: 'x' }, hourly(january, 0));
    await put({ timeframe: '2h' }, range.end - hour);
    await put({ timeframe: '1h', exchange: 'okx' });
    await put({ timeframe: '1h', type: 'margin' });
    await put({ timeframe: '1h', symbol: 'ETH/USDT' });
    await put({ timeframe: '1h', origin: 'sandbox' });
    const find = (): unknown => storedShorter(store, { ...series, timeframe: '4h' }, range, timeframe('4h'));
    expect(find()).toBeUndefined();
    await put({ timeframe: '1m' });
    expect(find()).toBe('1m');
  });
});

describe('a check', () => {
  const checked = (store: BarStore): readonly string[] => checkStore(store, Number.MAX_SAFE_INTEGER).damaged;
  const at = 'binance spot BTC/USDT 1h 2024-01: ';

  it('counts months and bytes that are whole', async () => {
    const store = await filled();
    const bytes = rowsOf(store).reduce((sum, row) => sum + row.bytes, 0);
    expect(checkStore(store, Date.now())).toEqual({ segments: 2, bytes, damaged: [], strays: [], unknown: [] });
  });

  it('says how a month is not what was written, and sets it aside', async () => {
    const gone = await filled();
    rmSync(join(gone.folder, rowsOf(gone)[0]!.file));
    expect(checked(gone)).toEqual([`${at}the file is gone`]);
    const cut = await filled();
    const { file, bytes } = rowsOf(cut)[0]!;
    truncateSync(join(cut.folder, file), bytes - 1);
    expect(checked(cut)).toEqual([`${at}the file has ${bytes - 1} bytes instead of ${bytes}`]);
    expect(rowsOf(cut).map(({ month }) => month)).toEqual(['2024-02']);
    expect(checked(cut)).toEqual([]);
  });

  it.each<readonly [fault: string, change: (row: SegmentRow) => Partial<SegmentRow>, times: readonly number[]]>([
    ['the time column is not recorded', (row) => ({ columns: row.columns.filter(({ name }) => name !== 'time') }), []],
    ['times do not rise at row 1', () => ({}), [february - hour, february - hour]],
    ['times do not rise at row 1', () => ({}), [february - hour, february - 2 * hour]],
    ['row 0 belongs to another month than 2024-01', () => ({}), [january - hour, february - hour]],
    ['the last bar is not the recorded one', (row) => ({ last: row.last + 1 }), []],
  ])('also where the checksum is right: %s', async (fault, change, times) => {
    const store = await filled();
    const id = store.catalog.seriesId(series)!;
    const row = rowsOf(store)[0]!;
    const path = join(store.folder, row.file);
    const content = readFileSync(path);
    const offset = row.columns.find(({ name }) => name === 'time')!.offset;
    for (const [k, time] of times.entries()) content.writeDoubleLE(time, offset + 8 * k);
    writeFileSync(path, content);
    store.catalog.putSegment(id, { ...row, checksum: crc32(content), ...change(row) });
    expect(checked(store)).toEqual([at + fault]);
  });

  it('says that the checksum of a month does not match where one of its prices changed', async () => {
    const store = await filled();
    const { file, columns } = rowsOf(store)[0]!;
    const content = readFileSync(join(store.folder, file));
    content.writeDoubleLE(1, columns.find(({ name }) => name === 'close')!.offset);
    writeFileSync(join(store.folder, file), content);
    expect(checked(store)).toEqual([`${at}the checksum does not match`]);
  });

  it('removes what writers that died left unfinished, and names it', async () => {
    const store = await filled();
    const left = `${seriesFolder(series)}/2024-01.aa-zz9.1-0.arrow.tmp`;
    writeFileSync(join(store.folder, left), 'x');
    const later = statSync(join(store.folder, left)).mtimeMs + 100 * day;
    expect(checkStore(store, later, Infinity)).toMatchObject({ damaged: [], strays: [left], unknown: [] });
    expect(existsSync(join(store.folder, left))).toBe(false);
  });

  it('removes other versions of its months, once they are old enough, and leaves what was set aside', async () => {
    const store = await filled();
    const stray = `${seriesFolder(series)}/2024-01.aa-x-0.arrow`;
    writeFileSync(join(store.folder, stray), 'x');
    const kept = 'damaged/1-2023-02.bb-x-0.parquet';
    mkdirSync(join(store.folder, dirname(kept)));
    writeFileSync(join(store.folder, kept), 'x');
    writeFileSync(join(store.folder, 'notes.txt'), 'x');
    const { mtimeMs } = statSync(join(store.folder, stray));
    expect(checkStore(store, mtimeMs + 3_599_999).strays).toEqual([]);
    expect(checkStore(store, mtimeMs + 9, 10).strays).toEqual([]);
    expect(checkStore(store, mtimeMs + 3_600_000)).toMatchObject({ strays: [stray], unknown: [] });
    for (const file of [kept, 'notes.txt']) expect(readFileSync(join(store.folder, file), 'utf8')).toBe('x');
    expect(rowsOf(store)).toHaveLength(2);
  });

  it('leaves months that the catalog does not know, and files that belong to somebody else', async () => {
    const store = await filled();
    const unknown = `${seriesFolder(series)}/2023-12.aa-x-0.arrow`;
    const foreign = ['mine.parquet', 'exports/2024-01.a.arrow', `${seriesFolder(series)}/all.arrow`];
    mkdirSync(join(store.folder, 'exports'));
    for (const file of [unknown, ...foreign]) writeFileSync(join(store.folder, file), 'x');
    const check = checkStore(store, Number.MAX_SAFE_INTEGER);
    expect([check.strays, check.unknown]).toEqual([[], [unknown]]);
    for (const file of [unknown, ...foreign]) expect(readFileSync(join(store.folder, file), 'utf8')).toBe('x');
    store.close();
    rmSync(join(store.folder, 'catalog.sqlite'));
    for (const isMade of [true, false]) {
      const open = BarStore.open({ folder: store.folder, isMade });
      await expect(open).rejects.toThrow(/has bars and no catalog .*: run nextbar data repair/);
    }
    expect(existsSync(join(store.folder, 'catalog.sqlite'))).toBe(false);
  });

  it('finds bars of one month alone right', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: february, source: 'x' }, barsAtTimes([january, february - 1]));
    expect(checked(store)).toEqual([]);
  });
});
