/** A repair: every whole segment is in the new catalog, nothing else is touched, and a process that dies leaves no catalog of a part. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { systemRuntime } from '../../src/core/index.ts';
import { BarStore, checkStore, repairStore, seriesFolder, type Series } from '../../src/store/index.ts';
import { hour, hourly, series, temporaryFolder, temporaryStore } from './sample.ts';

const january = Date.UTC(2024, 0, 1);
const february = Date.UTC(2024, 1, 1);
const march = Date.UTC(2024, 2, 1);
const count = (march - january) / hour;
const all = { start: january, end: march };
const runtime = { ...systemRuntime, now: () => 36 ** 6 + 0.5 };

/** The folder of a closed store with two months of a series, and its files. */
async function filled(...more: readonly Series[]): Promise<string> {
  const store = await temporaryStore();
  for (const one of [series, ...more]) await store.write(one, { ...all, source: 'binance' }, hourly(january, count));
  store.close();
  return store.folder;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();

const segmentsIn = (folder: string): string[] => filesIn(folder).filter((file) => file.endsWith('.arrow'));

describe('a repair', () => {
  it('says what it made, and where the old catalog is', async () => {
    const other: Series = { ...series, exchange: 'bybit', origin: 'sandbox' };
    const folder = await filled(other);
    const before = segmentsIn(folder);
    const repair = await repairStore(folder, runtime);
    expect(repair).toEqual({
      segments: 4,
      bars: 2 * count,
      series: ['binance spot BTC/USDT 1h', 'bybit@sandbox spot BTC/USDT 1h'],
      damaged: [],
      unused: [],
      oldCatalog: 'catalog.sqlite.1000000.old',
    });
    expect(filesIn(folder)).toEqual([...before, 'catalog.sqlite', 'catalog.sqlite.1000000.old'].sort());
    expect(readdirSync(folder).filter((name) => name.startsWith('repair-'))).toEqual([]);
    const store = await BarStore.open({ folder });
    for (const one of [series, other]) {
      expect(store.readAll(one, all).time).toHaveLength(count);
      expect(store.missing(one, all)).toEqual([]);
    }
    expect(checkStore(store, Number.MAX_SAFE_INTEGER)).toMatchObject({
      segments: 4,
      damaged: [],
      strays: [],
      unknown: [],
    });
    store.close();
  });

  it('of a folder that is not there says so, and makes none', async () => {
    const folder = join(temporaryFolder(), 'none');
    await expect(repairStore(folder, runtime)).rejects.toMatchObject({
      message: `there is no bar store in ${folder}`,
      context: { folder },
    });
    expect(existsSync(folder)).toBe(false);
  });

  it('of an empty folder makes an empty catalog', async () => {
    const folder = temporaryFolder();
    expect(await repairStore(folder, runtime)).toMatchObject({
      segments: 0,
      bars: 0,
      series: [],
      oldCatalog: undefined,
    });
    const store = await BarStore.open({ folder });
    expect(store.read(series, all).time).toHaveLength(0);
    store.close();
  });

  it('moves the log of a catalog that is gone aside too: it would be taken for that of the new one', async () => {
    const folder = await filled();
    const gone = temporaryFolder();
    const open = await BarStore.open({ folder: gone });
    await open.write({ ...series, symbol: 'ETH/USDT' }, { ...all, source: 'x' }, hourly(january, count));
    cpSync(join(gone, 'catalog.sqlite-wal'), join(folder, 'catalog.sqlite-wal'));
    open.close();
    rmSync(join(folder, 'catalog.sqlite'));
    expect(await repairStore(folder, runtime)).toMatchObject({ segments: 2, oldCatalog: undefined });
    expect(filesIn(folder)).toContain('catalog.sqlite.1000000.old-wal');
    const store = await BarStore.open({ folder });
    expect(store.catalog.allSeries().map(({ symbol }) => symbol)).toEqual(['BTC/USDT']);
    expect(store.readAll(series, all).time).toHaveLength(count);
    store.close();
  });

  it('leaves the old catalog where the new one cannot be made', async () => {
    const folder = await filled();
    const [file] = segmentsIn(folder);
    rmSync(join(folder, file!));
    mkdirSync(join(folder, file!));
    const before = readFileSync(join(folder, 'catalog.sqlite'));
    const broken = { ...runtime, now: () => { throw new Error('the clock is gone'); } }; // prettier-ignore
    await expect(repairStore(folder, broken)).rejects.toThrow('the clock is gone');
    expect(readFileSync(join(folder, 'catalog.sqlite'))).toEqual(before);
  });

  it('sets damaged segments aside in their places, so that none takes the place of another', async () => {
    const folder = await filled({ ...series, symbol: 'ETH/USDT' });
    const harmed = segmentsIn(folder).filter((file) => file.includes('2024-01'));
    const same = harmed.map((file) => `${dirname(file)}/2024-01.abc-x-0.arrow`);
    for (const file of harmed) rmSync(join(folder, file));
    for (const [i, file] of same.entries()) writeFileSync(join(folder, file), `half of ${i}`);
    expect((await repairStore(folder, runtime)).damaged).toEqual(same);
    for (const [i, file] of same.entries())
      expect(readFileSync(join(folder, 'damaged', file), 'utf8')).toBe(`half of ${i}`);
    expect(segmentsIn(folder).filter((file) => !file.startsWith('damaged'))).toHaveLength(2);
  });

  it('takes a segment whose name holds another checksum for damaged, and one without a checksum for whole', async () => {
    const folder = await filled();
    const [first, second] = segmentsIn(folder) as [string, string];
    cpSync(join(folder, first), join(folder, `${seriesFolder(series)}/2024-01.abc1-x-0.arrow`));
    rmSync(join(folder, first));
    cpSync(join(folder, second), join(folder, `${seriesFolder(series)}/2024-02.copy.arrow`));
    rmSync(join(folder, second));
    const repair = await repairStore(folder, runtime);
    expect(repair.damaged).toEqual([`${seriesFolder(series)}/2024-01.abc1-x-0.arrow`]);
    expect(repair).toMatchObject({ segments: 1, bars: 29 * 24 });
  });

  it('takes the newest version of a month, and the first of two that are as old', async () => {
    const folder = await filled();
    const kept = temporaryFolder();
    const place = join(folder, seriesFolder(series));
    cpSync(place, kept, { recursive: true });
    let now = systemRuntime.now();
    const later = { ...systemRuntime, now: () => (now += 1_000) };
    const store = await BarStore.open({ folder, runtime: later });
    await store.write(series, { start: january, end: january + hour, source: 'binance' }, hourly(january, 1, 9));
    store.close();
    const newest = segmentsIn(folder).find((file) => file.includes('2024-01'))!;
    cpSync(kept, place, { recursive: true });
    const [older] = readdirSync(kept).sort();
    const repair = await repairStore(folder, runtime);
    expect(repair.unused).toEqual([`${seriesFolder(series)}/${older!}`]);
    expect(existsSync(join(place, older!))).toBe(true);
    const again = await BarStore.open({ folder });
    expect(again.read(series, all).volume[0]).toBe(10);
    expect(again.catalog.segment(1, '2024-01')!.file).toBe(newest);
    again.close();
    const twin = newest.replace(/-[^-]*$/, '-zz.arrow');
    cpSync(join(folder, newest), join(folder, twin));
    expect((await repairStore(folder, { ...runtime, now: () => 5 })).unused).toContain(twin);
  });

  it('removes what dead writers left, and touches no file that is none of the store', async () => {
    const folder = await filled();
    const left = join(folder, seriesFolder(series), '2024-02.dead.arrow.tmp');
    writeFileSync(left, 'half');
    const old = new Date(Date.UTC(2001, 0, 1));
    utimesSync(left, old, old);
    const foreign = [
      'mine.parquet',
      'exports/2024-01.a.arrow',
      'binance/spot/2024-01.a.arrow',
      'a/b/c/d/2024-01.x.arrow',
    ];
    for (const file of foreign) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), 'mine');
    }
    const repair = await repairStore(folder, systemRuntime);
    expect(repair).toMatchObject({ segments: 2, damaged: [], unused: [] });
    expect(existsSync(left)).toBe(false);
    for (const file of foreign) expect(readFileSync(join(folder, file), 'utf8')).toBe('mine');
  });

  it('takes the newest whichever is found first', async () => {
    const folder = await filled();
    const place = join(folder, seriesFolder(series));
    const [older] = readdirSync(place).sort();
    for (const name of ['2024-01.0.arrow', '2024-01.z.arrow']) cpSync(join(place, older!), join(place, name));
    const runtime = { ...systemRuntime, now: () => systemRuntime.now() + 1_000 };
    const store = await BarStore.open({ folder, runtime });
    await store.write(series, { start: january, end: january + hour, source: 'binance' }, hourly(january, 1, 9));
    store.close();
    const repair = await repairStore(folder, systemRuntime);
    expect([...repair.unused].sort()).toEqual(
      ['2024-01.0.arrow', '2024-01.z.arrow'].map((name) => `${seriesFolder(series)}/${name}`),
    );
    const again = await BarStore.open({ folder });
    expect(again.read(series, all).volume[0]).toBe(10);
    again.close();
  });

  it('takes up Parquet, and segments of version 0.1, which say nothing of themselves', async () => {
    const folder = temporaryFolder();
    cpSync(new URL('golden-0.1', import.meta.url).pathname, folder, { recursive: true });
    const store = await temporaryStore({ folder, storage: 'parquet' });
    const monthly = { ...series, timeframe: '1M' };
    for (const one of [{ ...series, timeframe: '1m' }, monthly])
      await store.write(one, { ...all, source: 'x' }, hourly(january, 1));
    store.close();
    const repair = await repairStore(folder, systemRuntime);
    expect(repair.series).toEqual([
      'binance spot BTC/USDT 1M',
      'binance spot BTC/USDT 1h',
      'binance spot BTC/USDT 1m',
      'binance swap ETH/USDT:USDT 1h',
    ]);
    const again = await BarStore.open({ folder });
    expect(again.readAll(monthly, { start: january, end: february }).time).toHaveLength(1);
    const day = 24 * hour;
    // From the first bar to the end of the last.
    expect(again.known(series, { start: 0, end: Infinity })).toEqual([
      { kind: 'known', source: 'binance', fetched: 0, start: january + 5 * day, end: february + 2 * day },
    ]);
    again.close();
  });
});
