/** What a bar store survives: older programs, lost catalogs, folders that cannot be written, full disks. */
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';

import { systemRuntime } from '../../src/core/index.ts';
import { BarStore, listSeries, readDocument, repairStore, seriesFolder, type Series } from '../../src/store/index.ts';
import { storeFailure } from '../../src/store/disk/failure.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { asNobody, hour, hourly, series, temporaryFolder, temporaryStore } from './sample.ts';

const january = Date.UTC(2024, 0, 1);
const february = Date.UTC(2024, 1, 1);
const april = Date.UTC(2024, 3, 1);
const day = 24 * hour;
const all = { start: -Infinity, end: Infinity };
const golden = new URL('golden-0.1', import.meta.url).pathname;

function goldenCopy(): string {
  const folder = temporaryFolder();
  cpSync(golden, folder, { recursive: true });
  return folder;
}

describe('a store of version 0.1', () => {
  it('keeps every bar, which counts as the exchange’s own, and its instruments', async () => {
    const store = await BarStore.open({ folder: goldenCopy() });
    const bars = store.read(series, all);
    expect(bars.time).toHaveLength((15 + 8) * 24);
    expect([bars.time[0], bars.time.at(-1)]).toEqual([january + 5 * day, february + 2 * day - hour]);
    expect(bars.close.every((close, i) => close === 101 + ((bars.time[i]! / hour) % 50))).toBe(true);
    expect(listSeries(store).map(({ symbol, bars: count, origin }) => [symbol, count, origin])).toEqual([
      ['BTC/USDT', bars.time.length, undefined],
      ['ETH/USDT:USDT', 24, undefined],
    ]);
    expect(readDocument(store, 'binance', 'instrument', 'BTC/USDT')?.body).toMatchObject({ base: 'BTC' });
    store.close();
  });

  it('has its stretches without bars asked for again', async () => {
    const store = await BarStore.open({ folder: goldenCopy() });
    expect(store.missing(series, { start: january, end: february + 2 * day })).toEqual([
      { start: january, end: january + 5 * day },
      { start: january + 20 * day, end: january + 25 * day },
    ]);
    await store.write(
      series,
      { start: february + 2 * day, end: february + 3 * day, source: 'x' },
      hourly(february + 2 * day, 24),
    );
    store.close();
    const again = await BarStore.open({ folder: store.folder });
    expect(again.read(series, all).time.at(-1)).toBe(february + 3 * day - hour);
    again.close();
  });

  it('is rebuilt from its segments, though they say nothing of themselves', async () => {
    const folder = goldenCopy();
    rmSync(join(folder, 'catalog.sqlite'));
    const repair = await repairStore(folder, systemRuntime);
    expect(repair).toMatchObject({
      segments: 3,
      damaged: [],
      unused: [],
      series: ['binance spot BTC/USDT 1h', 'binance swap ETH/USDT:USDT 1h'],
    });
    const store = await BarStore.open({ folder });
    expect(store.read({ ...series, symbol: 'ETH/USDT:USDT', type: 'swap' }, all).quoteVolume![3]).toBe(7);
    store.close();
  });
});

describe('origin', () => {
  it('keeps the bars of a local exchange apart from those of the exchange', async () => {
    const store = await temporaryStore();
    const local: Series = { ...series, origin: '127.0.0.1:8787' };
    await store.write(series, { start: january, end: january + hour, source: 'binance' }, hourly(january, 1));
    await store.write(local, { start: january, end: january + 2 * hour, source: 'binance' }, hourly(january, 2, 5));
    expect(store.read(series, all).time).toHaveLength(1);
    expect(store.read(local, all).time).toHaveLength(2);
    expect(listSeries(store).map(({ origin }) => origin)).toEqual([undefined, '127.0.0.1:8787']);
    expect(listSeries(store, { origin: '127.0.0.1:8787' })).toHaveLength(1);
    store.clear(local);
    expect(store.read(series, all).time).toHaveLength(1);
  });

  it('is written inside a segment with exchange, symbol, timeframe and checksums', async () => {
    const store = await temporaryStore();
    const local: Series = { ...series, origin: 'sandbox' };
    await store.write(local, { start: january, end: january + hour, source: 'x' }, hourly(january, 1));
    const folder = join(store.folder, seriesFolder(local));
    const table = tableFromIPC(readFileSync(join(folder, readdirSync(folder)[0]!)));
    expect(JSON.parse(table.schema.metadata.get('nextbar')!)).toMatchObject({
      series: local,
      month: '2024-01',
      ranges: [{ start: january, end: january + hour, kind: 'known' }],
      checksums: { close: expect.any(Number) as number },
    });
  });
});

describe('repair', () => {
  async function filled(): Promise<string> {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: april, source: 'binance' }, hourly(january, 2184));
    const local = { ...series, origin: 'sandbox' };
    await store.write(local, { start: january, end: april, source: 'binance' }, hourly(january, 2184, 3));
    store.close();
    return store.folder;
  }

  it.each([
    [
      'lost',
      (path: string) => {
        rmSync(path);
      },
    ],
    [
      'cut short',
      (path: string) => {
        truncateSync(path, 5000);
      },
    ],
    [
      'overwritten',
      (path: string) => {
        writeFileSync(path, 'this was a database, and now it is a text of some length');
      },
    ],
  ])('makes a catalog again that was %s, with bars, origins and known ranges', async (_, harm) => {
    const folder = await filled();
    for (const ending of ['-wal', '-shm']) rmSync(join(folder, `catalog.sqlite${ending}`), { force: true });
    harm(join(folder, 'catalog.sqlite'));
    const repair = await repairStore(folder, systemRuntime);
    expect(repair).toMatchObject({ segments: 6, bars: 2 * 2184, damaged: [], unused: [] });
    const store = await BarStore.open({ folder });
    expect(store.readAll(series, { start: january, end: april }).time).toHaveLength(2184);
    expect(store.read({ ...series, origin: 'sandbox' }, all).volume[5]).toBe(4);
    expect(store.missing(series, { start: january, end: april })).toEqual([]);
    store.close();
  });

  it('sets damaged segments aside, and takes the newest of two versions of a month', async () => {
    const folder = await filled();
    const place = join(folder, seriesFolder(series));
    const [first, second] = readdirSync(place).sort();
    const bytes = readFileSync(join(place, first!));
    bytes[900]! ^= 1;
    writeFileSync(join(place, first!), bytes);
    copyFileSync(join(place, second!), join(folder, 'kept.arrow'));
    const store = await BarStore.open({ folder });
    await store.write(series, { start: february, end: february + hour, source: 'x' }, hourly(february, 1, 8));
    store.close();
    copyFileSync(join(folder, 'kept.arrow'), join(place, second!));
    rmSync(join(folder, 'kept.arrow'));
    const repair = await repairStore(folder, systemRuntime);
    expect(repair.damaged).toEqual([`${seriesFolder(series)}/${first!}`]);
    expect(repair.unused).toEqual([`${seriesFolder(series)}/${second!}`]);
    const again = await BarStore.open({ folder });
    expect(again.read(series, { start: february, end: february + hour }).volume[0]).toBe(9);
    again.close();
  });
});

describe('a read', () => {
  it('of everything is refused when a month was lost', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: april, source: 'x' }, hourly(january, 2184));
    const place = join(store.folder, seriesFolder(series));
    rmSync(join(place, readdirSync(place).sort()[1]!));
    expect(() => store.readAll(series, all)).toThrow(/2024-02: the segment is gone/);
    expect(() => store.readAll(series, all)).toThrow(
      /not complete: 2024-02-01 to 2024-03-01 was never fetched or was lost/,
    );
    expect(() => store.readAll(series, { start: january, end: april + hour })).toThrow(/not complete/);
    expect(store.readAll(series, { start: january, end: february }).time).toHaveLength(744);
  });
});

describe('a catalog version', () => {
  it.each(['abc', '', '0', '-1', '1.5', '1e9', '99999999999'])(
    'that is no known number is refused: %j',
    async (version) => {
      const folder = temporaryFolder();
      (await BarStore.open({ folder })).close();
      const sqlite = await openSqlite(join(folder, 'catalog.sqlite'));
      sqlite.statement(`UPDATE meta SET value = ? WHERE key = 'schema'`).run(version);
      sqlite.close();
      await expect(BarStore.open({ folder })).rejects.toThrow(/schema version/);
    },
  );
});

describe('temporary files', () => {
  it('of dead processes are removed by the next write, those of living ones are not', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: january + hour, source: 'x' }, hourly(january, 1));
    const place = join(store.folder, seriesFolder(series));
    const [mine] = readdirSync(place);
    const [, host, pid] = /-([0-9a-z]+)\.([0-9a-z]+)-[0-9a-z]+\.arrow$/.exec(mine!)!;
    writeFileSync(join(place, `2024-02.aa-${host!}.${(2 ** 30).toString(36)}-0.arrow.tmp`), 'half');
    writeFileSync(join(place, `2024-02.bb-${host!}.${pid!}-0.arrow.tmp`), 'half');
    await store.write(
      series,
      { start: january + hour, end: january + 2 * hour, source: 'x' },
      hourly(january + hour, 1),
    );
    expect(readdirSync(place).filter((name) => name.endsWith('.tmp'))).toEqual([
      `2024-02.bb-${host!}.${pid!}-0.arrow.tmp`,
    ]);
  });
});

describe('a failure on disk', () => {
  it.each([
    ['ENOSPC', /the disk is full/],
    ['SQLITE_FULL', /the disk is full/],
    ['EROFS', /read-only/],
    ['SQLITE_READONLY_DBMOVED', /read-only/],
    ['EACCES', /permission is denied/],
    ['ENAMETOOLONG', /name is too long/],
    ['SQLITE_BUSY', /locked for 20 s/],
    ['SQLITE_CORRUPT', /nextbar data repair/],
    ['SQLITE_IOERR_FSYNC', /the disk failed/],
    ['SQLITE_SOMETHING', /what SQLite said \(SQLITE_SOMETHING\)/],
  ])('is one sentence: %s', (code, text) => {
    const failure = storeFailure(Object.assign(new Error('what SQLite said'), { code }), 'data-cache') as Error;
    expect(failure.message).toMatch(text);
    expect(failure.message).toMatch(/^bar store data-cache: [^\n]*$/);
  });

  it('is told of the folder that cannot be made, and of a name that is too long', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    await expect(BarStore.open({ folder: join(folder, 'file') })).rejects.toThrow(/^bar store .*: it is not a folder/);
    const store = await temporaryStore();
    const long = { ...series, symbol: `${'A'.repeat(300)}/USDT` };
    await expect(store.write(long, { start: january, end: april, source: 'x' }, hourly(january, 1))).rejects.toThrow(
      /^bar store .*: a name is too long/,
    );
  });

  it('leaves a store without write access readable', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: april, source: 'x' }, hourly(january, 2184));
    await asNobody(store.folder, async () => {
      const readOnly = await BarStore.open({ folder: store.folder });
      expect(readOnly.isReadOnly).toBe(true);
      expect(readOnly.readAll(series, { start: january, end: april }).time).toHaveLength(2184);
      await expect(
        readOnly.write(series, { start: april, end: april + hour, source: 'x' }, hourly(april, 1)),
      ).rejects.toThrow(/^bar store .*(?:permission is denied|read-only|cannot be opened)/);
      expect(() => readOnly.claim(series, { start: april, end: april + hour }, hour)).toThrow(/^bar store /);
      readOnly.close();
    });
  });

  it('does not say that a damaged month was set aside where nothing can be moved', async () => {
    const store = await temporaryStore();
    const range = { start: january, end: january + 9 * hour };
    await store.write(series, { ...range, source: 'x' }, hourly(january, 9));
    const place = join(store.folder, seriesFolder(series));
    truncateSync(join(place, readdirSync(place)[0]!), 100);
    await asNobody(store.folder, async () => {
      const readOnly = await BarStore.open({ folder: store.folder });
      expect(() => readOnly.read(series, range)).toThrow(/ for 2024-01: the segment is damaged$/);
      expect(readOnly.damaged).toEqual([]);
      readOnly.close();
    });
    expect(() => store.read(series, range)).toThrow(/: the segment was damaged and set aside$/);
    expect(store.damaged).toHaveLength(1);
  });
});
