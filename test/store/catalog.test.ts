/** The catalog: what it says of segments and ranges after what it was told. */
import { beforeEach, describe, expect, it } from 'vitest';

import { openCatalog, type Catalog, type SegmentRow } from '../../src/store/catalog.ts';
import type { KnownRange } from '../../src/store/ranges.ts';
import { series, temporaryFolder } from './sample.ts';

let catalog: Catalog;
let folder: string;
let id: number;
beforeEach(async () => {
  folder = temporaryFolder();
  catalog = await openCatalog(folder);
  id = catalog.addSeries(series);
  return () => {
    catalog.close();
  };
});

describe('series', () => {
  it('are told apart by every part of their key, and have one id each', () => {
    const others = [
      { ...series, exchange: 'okx' },
      { ...series, type: 'margin' as const },
      { ...series, symbol: 'ETH/USDT' },
      { ...series, timeframe: '1m' },
      { ...series, origin: 'sandbox' },
    ];
    for (const one of others) expect(catalog.seriesId(one)).toBeUndefined();
    const ids = others.map((one) => catalog.addSeries(one));
    expect(new Set([id, ...ids]).size).toBe(6);
    expect(others.map((one) => catalog.addSeries(one))).toEqual(ids);
    expect(catalog.addSeries(series)).toBe(id);
    // In the order of their names; an origin is stated where there is one alone.
    expect(catalog.allSeries()).toStrictEqual([
      { ...others[1], id: ids[1] },
      { ...series, id },
      { ...others[3], id: ids[3] },
      { ...others[2], id: ids[2] },
      { ...others[4], id: ids[4] },
      { ...others[0], id: ids[0] },
    ]);
  });

  it('are forgotten with their segments, ranges and claims, and no others are', () => {
    const other = catalog.addSeries({ ...series, exchange: 'okx' });
    for (const one of [id, other]) {
      catalog.putSegment(one, segment('2024-01', 0, 5));
      catalog.putRange(one, range(0, 10));
      catalog
        .statement('INSERT INTO claims (series, start, end, owner, pid, host, expires) VALUES (?, 0, 1, ?, 1, ?, 1)')
        .run(one, 'x', 'x');
    }
    catalog.dropSeries(id);
    const rows = (table: string): unknown[] =>
      catalog
        .statement(`SELECT series FROM ${table}`)
        .all()
        .map((row) => (row as { series: number }).series);
    expect(['segments', 'ranges', 'claims'].map(rows)).toEqual([[other], [other], [other]]);
    expect(catalog.seriesId(series)).toBeUndefined();
  });
});

function segment(month: string, first: number, last: number): SegmentRow {
  const columns = [{ name: 'time', offset: 64, encoding: undefined }] as unknown as SegmentRow['columns'];
  return { month, file: `x/${month}`, rows: 3, first, last, bytes: 100, checksum: 7, columns, written: 1 };
}

describe('segments', () => {
  it('are found by their month, and by a range that holds one of their bars', () => {
    const [a, b] = [segment('2024-01', 10, 20), segment('2024-02', 30, 40)];
    for (const one of [b, a]) catalog.putSegment(id, one);
    const months = (start: number, end: number): string[] =>
      catalog.segments(id, { start, end }).map((one) => one.month);
    expect(catalog.segments(id).map(({ month, file, columns }) => ({ month, file, columns: columns.length }))).toEqual([
      { month: '2024-01', file: 'x/2024-01', columns: 1 },
      { month: '2024-02', file: 'x/2024-02', columns: 1 },
    ]);
    // A range has its start and not its end.
    expect(months(20, 30)).toEqual(['2024-01']);
    expect(months(21, 30)).toEqual([]);
    expect(months(21, 31)).toEqual(['2024-02']);
    expect(months(0, 10)).toEqual([]);
    expect(months(0, 11)).toEqual(['2024-01']);
    expect([9, 10, 11].map((time) => catalog.hasBarBefore(id, time))).toEqual([false, false, true]);
    expect(catalog.segment(id, '2024-02')).toMatchObject({ first: 30, last: 40, columns: [{ name: 'time' }] });
    expect(catalog.segment(id, '2024-03')).toBeUndefined();
    catalog.putSegment(id, { ...b, rows: 9 });
    expect(catalog.segment(id, '2024-02')!.rows).toBe(9);
    catalog.dropSegment(id, '2024-02');
    expect(catalog.segments(id)).toHaveLength(1);
  });
});

function range(start: number, end: number, more: Partial<KnownRange> = {}): KnownRange {
  return { start, end, kind: 'known', source: 'binance', fetched: 100, ...more };
}

describe('ranges', () => {
  const put = (...ranges: KnownRange[]): unknown => {
    for (const one of ranges) catalog.putRange(id, one);
    return catalog.ranges(id).map(({ start, end, kind, source, fetched }) => [start, end, kind, source, fetched]);
  };

  it('that touch or overlap are one, where kind and source are the same', () => {
    expect(put(range(0, 10), range(20, 30))).toEqual([
      [0, 10, 'known', 'binance', 100],
      [20, 30, 'known', 'binance', 100],
    ]);
    // As fresh as the latest answer, in either order.
    expect(put(range(10, 20, { fetched: 200 }))).toEqual([[0, 30, 'known', 'binance', 200]]);
    expect(put(range(25, 40, { fetched: 50 }))).toEqual([[0, 40, 'known', 'binance', 200]]);
  });

  it('of stretches without bars are as old as the oldest of their parts', () => {
    const empty = { kind: 'empty' } as const;
    expect(put(range(0, 10, empty), range(10, 20, { ...empty, fetched: 300 }))).toEqual([
      [0, 20, 'empty', 'binance', 100],
    ]);
    expect(put(range(20, 30, { ...empty, fetched: 50 }))).toEqual([[0, 30, 'empty', 'binance', 50]]);
  });

  it('of another kind or source stay beside, cut where the new one lies', () => {
    expect(put(range(0, 30), range(10, 20, { kind: 'empty' }))).toEqual([
      [0, 10, 'known', 'binance', 100],
      [10, 20, 'empty', 'binance', 100],
      [20, 30, 'known', 'binance', 100],
    ]);
    expect(put(range(15, 25, { source: 'okx' }))).toEqual([
      [0, 10, 'known', 'binance', 100],
      [10, 15, 'empty', 'binance', 100],
      [15, 25, 'known', 'okx', 100],
      [25, 30, 'known', 'binance', 100],
    ]);
  });

  it('are forgotten where they are told to be, and found where they touch', () => {
    put(range(0, 10), range(20, 30));
    const found = (start: number, end: number): number[] => catalog.ranges(id, { start, end }).map((one) => one.start);
    expect([found(10, 20), found(11, 19), found(30, 40), found(31, 40)]).toEqual([[0, 20], [], [20], []]);
    catalog.forgetRange(id, { start: 10, end: 20 });
    expect(put()).toHaveLength(2);
    catalog.forgetRange(id, { start: 5, end: 22 });
    expect(put()).toEqual([
      [0, 5, 'known', 'binance', 100],
      [22, 30, 'known', 'binance', 100],
    ]);
    catalog.forgetRange(id, { start: -Infinity, end: Infinity });
    expect(put()).toEqual([]);
  });
});

describe('a catalog that nobody made', () => {
  it('is empty, cannot be written, and turns to the one that another process makes', async () => {
    const unmade = temporaryFolder();
    const reader = await openCatalog(unmade, false);
    expect([reader.isReadOnly, reader.allSeries()]).toEqual([false, []]);
    expect(() => {
      reader.checkWritable();
    }).toThrow(`there is no bar store in ${unmade}, and this process may not make one`);
    const before = reader.version;
    const writer = await openCatalog(unmade);
    writer.addSeries(series);
    expect(reader.seriesId(series)).toBe(writer.seriesId(series));
    expect(reader.version).not.toBe(before);
    reader.checkWritable();
    const seen = reader.version;
    writer.addSeries({ ...series, exchange: 'okx' });
    expect(reader.version).not.toBe(seen);
    for (const one of [reader, writer]) one.close();
  });

  it('does all of a transaction or nothing, and is there again when it was closed', async () => {
    for (const way of ['transaction', 'durably'] as const) {
      expect(() => {
        catalog[way](() => {
          catalog.putRange(id, range(0, 10));
          throw new Error('no');
        });
      }).toThrow('no');
      expect(catalog.ranges(id)).toEqual([]);
      expect(catalog[way](() => 5)).toBe(5);
    }
    catalog.close();
    expect(() => catalog.allSeries()).toThrow(/not open/);
    catalog = await openCatalog(folder);
    expect(catalog.seriesId(series)).toBe(id);
    expect(() => catalog.statement('SELECT x FROM nowhere')).toThrow(/^bar store .*no such table: nowhere/);
  });
});
