/** The bar store: what goes in comes out, and what is damaged or unknown says so. */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { barAt, barColumnNames, createBars, type Bars } from '../../src/core/index.ts';
import { BarStore, checkStore, listSeries, monthRange, seriesFolder, type Series } from '../../src/store/index.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { barsAtTimes, hour, hourly, series, temporaryFolder, temporaryStore } from './sample.ts';

const january = Date.UTC(2024, 0, 1);
const february = Date.UTC(2024, 1, 1);
const april = Date.UTC(2024, 3, 1);

function rows(bars: Bars): unknown[] {
  return Array.from(bars.time, (_, i) => barAt(bars, i));
}

function segmentFiles(store: BarStore): string[] {
  const folder = join(store.folder, seriesFolder(series));
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

describe('BarStore', () => {
  it('gives back the bars it was given, one Arrow file per calendar month', async () => {
    const store = await temporaryStore();
    const count = (april - january) / hour;
    await store.write(series, { start: january, end: april, source: 'binance' }, hourly(january, count));
    expect(rows(store.read(series, { start: january, end: april }))).toEqual(rows(hourly(january, count)));
    expect(segmentFiles(store).map((path) => path.replace(/.*\/(\d{4}-\d{2})\..*/, '$1'))).toEqual([
      '2024-01',
      '2024-02',
      '2024-03',
    ]);
    expect(store.missing(series, { start: january, end: april })).toEqual([]);
  });

  it('writes segments that the Arrow library reads', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: january + 3 * hour, source: 'x' }, hourly(january, 3));
    const table = tableFromIPC(readFileSync(segmentFiles(store)[0]!));
    expect(table.schema.fields.map((field) => field.name)).toEqual(['time', 'open', 'high', 'low', 'close', 'volume']);
    expect(table.getChild('time')!.toArray()).toEqual(new Float64Array([0, 1, 2].map((i) => january + i * hour)));
  });

  it('keeps quote volume and trade counts where every stored bar has them', async () => {
    const store = await temporaryStore();
    const bars = { ...hourly(january, 2), quoteVolume: new Float64Array([7, 8]), tradeCount: new Float64Array([1, 2]) };
    await store.write(series, { start: january, end: january + 2 * hour, source: 'x' }, bars);
    const read = store.read(series, { start: january, end: april });
    expect(read.quoteVolume).toEqual(new Float64Array([7, 8]));
    expect(read.tradeCount).toEqual(new Float64Array([1, 2]));
    const names = (): string[][] => Array.from(store.stream(series, { start: january, end: april }), Object.keys);
    expect(names()).toEqual([[...barColumnNames, 'quoteVolume', 'tradeCount']]);
    await store.write(series, { start: february, end: february + hour, source: 'x' }, hourly(february, 1));
    expect(store.read(series, { start: january, end: april }).quoteVolume).toBeUndefined();
    expect(names()).toEqual([barColumnNames, barColumnNames]);
  });

  it('keeps bars that another store of the same process writes again', async () => {
    const store = await temporaryStore();
    const range = { start: january, end: january + 5 * hour, source: 'x' };
    await store.write(series, range, hourly(january, 5));
    const other = await BarStore.open({ folder: store.folder });
    await other.write(series, range, hourly(january, 5));
    other.close();
    expect(rows(store.read(series, range))).toEqual(rows(hourly(january, 5)));
    expect(segmentFiles(store)).toHaveLength(1);
  });

  it('stores columns that are one and the same array', async () => {
    const store = await temporaryStore();
    const one = new Float64Array([5, 6, 7]);
    const time = new Float64Array([0, 1, 2].map((i) => january + i * hour));
    const bars = { time, open: one, high: one, low: one, close: one, volume: one };
    await store.write(series, { start: january, end: april, source: 'x' }, bars);
    expect(rows(store.read(series, { start: january, end: april }))).toEqual(rows(bars));
  });

  it('answers any sequence of writes as a plain map of times would', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            start: fc.integer({ min: 0, max: 2000 }),
            length: fc.integer({ min: 1, max: 900 }),
            keep: fc.integer({ min: 1, max: 5 }),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        async (writes) => {
          const store = await temporaryStore();
          const truth = new Map<number, number>();
          const known = new Set<number>();
          for (const [tag, { start, length, keep }] of writes.entries()) {
            const hours = Array.from({ length }, (_, i) => start + i);
            hours.forEach((h) => truth.delete(h));
            hours.forEach((h) => known.add(h));
            const kept = hours.filter((h) => h % keep === 0);
            kept.forEach((h) => truth.set(h, tag + 1));
            const times = kept.map((h) => january + h * hour);
            const range = { start: january + start * hour, end: january + (start + length) * hour, source: 'x' };
            await store.write(series, range, barsAtTimes(times, tag));
          }
          const all = { start: january, end: january + 3000 * hour };
          const read = store.read(series, all);
          const expected = [...truth].sort((a, b) => a[0] - b[0]);
          expect(Array.from(read.time, (t) => (t - january) / hour)).toEqual(expected.map(([h]) => h));
          expect(Array.from(read.volume)).toEqual(expected.map(([, volume]) => volume));
          const missing = store.missing(series, all).reduce((sum, gap) => sum + (gap.end - gap.start) / hour, 0);
          expect(missing).toBe(3000 - known.size);
        },
      ),
      { seed: 11, numRuns: 40 },
    );
  });

  it('asks only for what was never asked for, and remembers that a range is empty', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: january + 10 * hour, source: 'x' }, createBars(0));
    await store.write(series, { start: january + 20 * hour, end: january + 30 * hour, source: 'x' }, createBars(0));
    expect(store.missing(series, { start: january - hour, end: january + 40 * hour })).toEqual([
      { start: january - hour, end: january },
      { start: january + 10 * hour, end: january + 20 * hour },
      { start: january + 30 * hour, end: january + 40 * hour },
    ]);
    expect(store.read(series, { start: january, end: april }).time).toHaveLength(0);
  });

  it('keeps a range that the source does not have apart from one that is empty', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: january + hour, source: 'x', kind: 'unavailable' }, createBars(0));
    await store.write(series, { start: january + hour, end: january + 2 * hour, source: 'x' }, createBars(0));
    expect(store.known(series, { start: january, end: april }).map(({ start, kind }) => ({ start, kind }))).toEqual([
      { start: january, kind: 'unavailable' },
      { start: january + hour, kind: 'known' },
    ]);
  });

  it.each([
    [
      'a flipped bit',
      (path: string) => {
        flip(path, 700);
      },
    ],
    ['a cut file', (path: string) => { truncateSync(path, 900); }], // prettier-ignore
  ])('detects %s, sets the month aside and asks for it again', async (_, damage) => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: april, source: 'x' }, hourly(january, 2184));
    damage(segmentFiles(store)[1]!);
    expect(() => store.read(series, { start: january, end: april })).toThrow(/binance spot BTC\/USDT 1h for 2024-02/);
    expect(store.missing(series, { start: january, end: april })).toEqual([monthRange('2024-02')]);
    expect(readdirSync(join(store.folder, 'damaged'))).toHaveLength(1);
    const february = monthRange('2024-02');
    await store.write(series, { ...february, source: 'x' }, hourly(february.start, 696));
    expect(rows(store.read(series, { start: january, end: april }))).toEqual(rows(hourly(january, 2184)));
  });

  it('does not merge new bars into a damaged month, but asks for the rest of it again', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: january + 100 * hour, source: 'x' }, hourly(january, 100));
    flip(segmentFiles(store)[0]!, 700);
    const next = { start: january + 100 * hour, end: january + 110 * hour };
    await store.write(series, { ...next, source: 'x' }, hourly(next.start, 10));
    expect(store.missing(series, { start: january, end: next.end })).toEqual([{ start: january, end: next.start }]);
    expect(store.read(series, { start: january, end: next.end }).time).toHaveLength(10);
  });

  it('keeps what another writer has put in the place of a damaged month meanwhile', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: february, source: 'x' }, hourly(january, 744));
    const id = store.catalog.seriesId(series)!;
    const row = store.catalog.segment(id, '2024-01')!;
    const other = await BarStore.open({ folder: store.folder });
    await other.write(series, { start: january, end: february, source: 'x' }, hourly(january, 744, 5));
    other.close();
    expect(store.setAside(id, row)).toBe(false);
    expect(store.damaged).toEqual([]);
    expect(store.readAll(series, { start: january, end: february }).volume[0]).toBe(6);
    const now = store.catalog.segment(id, '2024-01')!;
    expect(store.setAside(id, now)).toBe(true);
    expect(store.damaged).toEqual([now.file]);
    expect(readdirSync(join(store.folder, 'damaged', seriesFolder(series)))).toEqual([basename(now.file)]);
    expect(store.setAside(id, now)).toBe(false);
  });

  it('checks every byte, sets aside what changed and removes what dead writers left', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: april, source: 'x' }, hourly(january, 2184));
    const [first] = segmentFiles(store);
    flip(first!, 10);
    writeFileSync(join(store.folder, seriesFolder(series), '2024-05.dead.arrow.tmp'), 'half');
    const found = checkStore(store, Number.MAX_SAFE_INTEGER);
    expect(found.damaged).toEqual(['binance spot BTC/USDT 1h 2024-01: the checksum does not match']);
    expect(found.strays).toEqual([`${seriesFolder(series)}/2024-05.dead.arrow.tmp`]);
    expect(checkStore(store, Number.MAX_SAFE_INTEGER)).toMatchObject({ damaged: [], strays: [], segments: 2 });
  });

  it('refuses a store that a newer program wrote', async () => {
    const folder = temporaryFolder();
    (await BarStore.open({ folder })).close();
    const sqlite = await openSqlite(join(folder, 'catalog.sqlite'));
    sqlite.statement(`UPDATE meta SET value = '99' WHERE key = 'schema'`).run();
    sqlite.close();
    await expect(BarStore.open({ folder })).rejects.toThrow(/has schema version 99 and this program reads up to 2/);
  });

  it('says that a catalog is damaged', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'catalog.sqlite'), 'this was never a database, and it is long enough to be looked at');
    await expect(BarStore.open({ folder })).rejects.toThrow(/catalog .* is damaged/);
  });

  it('refuses bars that do not rise or lie outside their range', async () => {
    const store = await temporaryStore();
    const range = { start: january, end: january + 5 * hour, source: 'x' };
    await expect(store.write(series, range, barsAtTimes([january + hour, january]))).rejects.toThrow(/must rise/);
    await expect(store.write(series, range, barsAtTimes([january + 5 * hour]))).rejects.toThrow(/within their range/);
    expect(store.missing(series, range)).toHaveLength(1);
  });

  it('clears one series and leaves the others', async () => {
    const store = await temporaryStore();
    const other: Series = { ...series, timeframe: '1M' };
    await store.write(series, { start: january, end: january + hour, source: 'x' }, hourly(january, 1));
    await store.write(other, { start: january, end: april, source: 'x' }, hourly(january, 1));
    store.clear(series);
    expect(listSeries(store).map(({ timeframe, bars }) => ({ timeframe, bars }))).toEqual([
      { timeframe: '1M', bars: 1 },
    ]);
    expect(segmentFiles(store)).toEqual([]);
  });

  it('keeps minutes and months apart on file systems that ignore case', () => {
    expect(seriesFolder({ ...series, timeframe: '1M' }).toLowerCase()).not.toBe(
      seriesFolder({ ...series, timeframe: '1m' }).toLowerCase(),
    );
  });
});

function flip(path: string, byte: number): void {
  const bytes = readFileSync(path);
  bytes[byte]! ^= 0x10;
  writeFileSync(path, bytes);
}

describe('what is known of a series', () => {
  const day = 24 * hour;
  const write = (store: BarStore, start: number, count: number, more: object = {}): Promise<void> =>
    store.write(series, { start, end: start + count * hour, source: 'binance', ...more }, hourly(start, count));

  it('is nothing of one that was never written', async () => {
    const store = await temporaryStore();
    const range = { start: january, end: february };
    expect([store.known(series, range), store.missing(series, range), store.covers(series, range)]).toEqual([[], [range], false]); // prettier-ignore
    expect([store.fingerprint(series), store.lastBar(series), store.hasBarBefore(series, april)]).toEqual(['', undefined, false]); // prettier-ignore
    expect([store.read(series, range).time.length, store.readAll(series, range).time.length, [...store.stream(series, range)]]).toEqual([0, 0, []]); // prettier-ignore
    expect(store.forgetHoles(series, range)).toEqual([]);
    expect(() => store.forget(series, range)).not.toThrow();
    expect(() => store.clear(series)).not.toThrow();
    expect(store.isReadOnly).toBe(false);
  });

  it('is what it covers, its first and last bar, and a text that changes with its bars', async () => {
    const store = await temporaryStore();
    await write(store, january, 5);
    expect(store.covers(series, { start: january + hour, end: january + 3 * hour })).toBe(true);
    expect(store.covers(series, { start: january + hour, end: january + 6 * hour })).toBe(false);
    expect([store.hasBarBefore(series, january), store.hasBarBefore(series, january + 1)]).toEqual([false, true]);
    const first = store.fingerprint(series);
    expect(first).toMatch(/^2024-01:5:\d+$/);
    for (const start of [february, april]) await write(store, start, 2);
    expect(store.fingerprint(series)).toMatch(new RegExp(`^${first} 2024-02:2:\\d+ 2024-04:2:\\d+$`));
    expect(store.lastBar(series)).toBe(april + hour);
    const empty = { ...series, symbol: 'ETH/USDT' };
    await store.write(empty, { start: january, end: april, source: 'x' }, createBars(0));
    expect([store.lastBar(empty), store.fingerprint(empty)]).toEqual([undefined, '']);
  });

  it('is forgotten by range, its bars stay; what is empty is forgotten hole by hole', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: january, end: january + 6 * hour, source: 'x' }, barsAtTimes([0, 1, 4, 5].map((k) => january + k * hour))); // prettier-ignore
    await store.write(series, { start: january + 6 * hour, end: january + day, source: 'x', kind: 'unavailable' }, createBars(0)); // prettier-ignore
    const holes = store.forgetHoles(series, { start: january + 3 * hour, end: january + 9 * hour });
    expect(holes).toEqual([{ start: january + 3 * hour, end: january + 4 * hour }, { start: january + 6 * hour, end: january + 9 * hour }]); // prettier-ignore
    expect(store.missing(series, { start: january, end: january + 9 * hour })).toEqual(holes);
    store.forget(series, { start: january, end: january + hour });
    expect(store.missing(series, { start: january, end: january + 2 * hour })).toEqual([{ start: january, end: january + hour }]); // prettier-ignore
    expect(store.read(series, { start: january, end: april }).time.length).toBe(4);
  });

  it('is written with each month, cut to it', async () => {
    const store = await temporaryStore();
    await write(store, february - 2 * hour, 4);
    const labels = segmentFiles(store).map((path) => JSON.stringify([...tableFromIPC(readFileSync(path)).schema.metadata.values()])); // prettier-ignore
    expect(labels).toHaveLength(2);
    for (const [k, [start, end]] of [[february - 2 * hour, february], [february, february + 2 * hour]].entries()) {
      expect(labels[k]).toContain(String(start));
      expect(labels[k]).toContain(String(end));
      expect(labels[k]).not.toContain(String(k === 0 ? february + 2 * hour : february - 2 * hour));
    }
  }); // prettier-ignore
});

describe('bars that were built from a stream', () => {
  it('fill what is free, and leave what the exchange answered', async () => {
    const store = await temporaryStore();
    const of = (start: number, count: number, source: string, tag: number): Promise<void> =>
      store.write(series, { start, end: start + count * hour, source }, hourly(start, count, tag));
    await of(january + 2 * hour, 2, 'binance', 1);
    await of(january, 8, 'built from trades', 2);
    const volumes = (): number[] => [...store.read(series, { start: january, end: april }).volume];
    expect(volumes()).toEqual([3, 3, 2, 2, 3, 3, 3, 3]);
    // They take the place of earlier ones of their kind, and give way to the exchange's.
    await of(january + 6 * hour, 2, 'built from trades', 3);
    await of(january, 1, 'binance', 4);
    expect(volumes()).toEqual([5, 3, 2, 2, 3, 3, 4, 4]);
    await of(january + 2 * hour, 2, 'built from trades', 7);
    expect(volumes()).toEqual([5, 3, 2, 2, 3, 3, 4, 4]);
  });
});

describe('the whole history of a range', () => {
  it('reaches from the first to the last moment that is known, and says what is missing', async () => {
    const store = await temporaryStore();
    for (const start of [january, january + 10 * hour, april])
      await store.write(series, { start, end: start + 2 * hour, source: 'x' }, hourly(start, 2));
    const times = (start: number, end: number): number[] => [...store.readAll(series, { start, end }).time];
    expect(times(january, january + 2 * hour)).toEqual([january, january + hour]);
    expect(times(-Infinity, january + 2 * hour)).toEqual([january, january + hour]);
    expect(times(april, Infinity)).toEqual([april, april + hour]);
    const lost = { code: 'incomplete', context: { start: january + 2 * hour, end: january + 10 * hour } };
    expect(() => times(january, january + 12 * hour)).toThrow(expect.objectContaining(lost));
    expect(() => times(january, january + 12 * hour)).toThrow(
      '2024-01-01 02:00:00 to 2024-01-01 10:00:00 was never fetched',
    );
    expect(() => times(-Infinity, Infinity)).toThrow('2024-01-01 10:00:00 and 1 more was never fetched');
    expect(() => times(january - hour, january + hour)).toThrow('are not complete');
  });

  it('comes month by month, cut to the range, with the columns that all months have', async () => {
    const store = await temporaryStore();
    const with2 = (start: number, extra: boolean): Bars => ({ ...hourly(start, 2), ...(extra && { tradeCount: Float64Array.of(1, 2) }) }); // prettier-ignore
    for (const [start, extra] of [
      [february - 2 * hour, true],
      [february, false],
      [april, true],
    ] as const)
      await store.write(series, { start, end: start + 2 * hour, source: 'x' }, with2(start, extra));
    const parts = [...store.stream(series, { start: february - hour, end: february + hour })];
    expect(parts.map(({ time }) => [...time])).toEqual([[february - hour], [february]]);
    expect(parts.map((part) => 'tradeCount' in part)).toEqual([false, false]);
    expect([...store.stream(series, { start: april, end: Infinity })].map(({ tradeCount }) => [...tradeCount!])).toEqual([[1, 2]]); // prettier-ignore
    // A month of which the range has no bar is left out.
    expect([...store.stream(series, { start: february + 2 * hour, end: april + hour })]).toHaveLength(1);
  });
});

describe('a download', () => {
  it('takes the first missing piece that no other has', async () => {
    const store = await temporaryStore();
    const range = { start: january, end: january + 4 * hour };
    const piece = store.claim(series, range, 2 * hour);
    expect(piece).toMatchObject({ start: january, end: january + 2 * hour });
    expect(store.claim(series, range, 4 * hour)).toMatchObject({ start: january + 2 * hour, end: january + 4 * hour });
    expect(store.claim(series, range, 4 * hour)).toBe('held by others');
    await store.write(series, { ...range, source: 'x' }, hourly(january, 4));
    expect(store.claim(series, range, hour)).toBe('done');
  });
});

describe('a store', () => {
  it('keeps months as Parquet by choice, and knows no other form', async () => {
    const store = await temporaryStore({ storage: 'parquet' });
    await store.write(series, { start: january, end: january + 2 * hour, source: 'x' }, hourly(january, 2));
    expect(segmentFiles(store)[0]).toMatch(/\.parquet$/);
    expect(rows(store.read(series, { start: january, end: february }))).toEqual(rows(hourly(january, 2)));
    await expect(BarStore.open({ folder: temporaryFolder(), storage: 'csv' as never })).rejects.toThrow("unknown storage 'csv'"); // prettier-ignore
  });

  it('cannot be used once it is closed', async () => {
    const store = await BarStore.open({ folder: temporaryFolder() });
    store.close();
    expect(() => store.missing(series, { start: january, end: february })).toThrow();
  });

  it('refuses a range that does not end after its start, and says which bar does not rise', async () => {
    const store = await temporaryStore();
    for (const end of [january, january - hour, NaN])
      await expect(store.write(series, { start: january, end, source: 'x' }, createBars(0))).rejects.toThrow('must end after its start'); // prettier-ignore
    for (const times of [[january, january], [january - hour, january]] as const) {
      const row = times[0] === january ? 1 : 0;
      const answer = store.write(series, { start: january, end: april, source: 'x' }, barsAtTimes(times));
      await expect(answer).rejects.toThrow(expect.objectContaining({ context: { row, time: times[row] } }));
    } // prettier-ignore
  });

  it('empties a month where a source has nothing any more', async () => {
    const store = await temporaryStore();
    await store.write(series, { start: february - hour, end: february + hour, source: 'x' }, hourly(february - hour, 2));
    await store.write(series, { start: february - hour, end: february, source: 'x' }, createBars(0));
    expect(listSeries(store)).toMatchObject([{ bars: 1, segments: 1, first: february }]);
    expect(segmentFiles(store)).toHaveLength(1);
  }); // prettier-ignore
});
