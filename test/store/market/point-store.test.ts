/** Funding rates and open interest on disk: values at moments, and which stretches of time are known. */
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { PointStore, pointsFile, type Points, type PointSeries } from '../../../src/store/index.ts';
import { asNobody, temporaryFolder } from '../sample.ts';

const series: PointSeries = { exchange: 'binance', symbol: 'BTC/USDT:USDT', kind: 'funding' };
const all = { start: 0, end: 1_000 };

async function opened(folder = temporaryFolder()): Promise<PointStore> {
  const store = await PointStore.open({ folder });
  onTestFinished(() => {
    store.close();
  });
  return store;
}

const points = (...pairs: readonly (readonly [time: number, value: number])[]): Points => ({
  time: Float64Array.from(pairs, ([time]) => time),
  value: Float64Array.from(pairs, ([, value]) => value),
});

describe('values', () => {
  it('come back within a range, in the order of their times', async () => {
    const store = await opened();
    store.write(series, all, points([30, 3], [10, 1], [20, 2]));
    expect(store.read(series, { start: 10, end: 30 })).toEqual(points([10, 1], [20, 2]));
    expect(store.read({ ...series, kind: 'open interest 1h' }, all)).toEqual(points());
    // The first moment of a range is in it, its end is not.
    store.write(series, { start: 10, end: 21 }, points([10, 4], [20, 5]));
    expect(store.read(series, all)).toEqual(points([10, 4], [20, 5], [30, 3]));
  });

  it('of a range take the place of those that were there, and of those alone', async () => {
    const store = await opened();
    store.write(series, all, points([10, 1], [20, 2], [30, 3]));
    store.write(series, { start: 10, end: 30 }, points([15, 9]));
    expect(store.read(series, all)).toEqual(points([15, 9], [30, 3]));
    store.write({ ...series, origin: 'sandbox' }, all, points([5, 5]));
    store.write({ ...series, exchange: 'okx' }, all, points([6, 6]));
    store.write({ ...series, symbol: 'ETH/USDT:USDT' }, all, points([7, 7]));
    expect(store.read(series, all)).toEqual(points([15, 9], [30, 3]));
    expect(store.read({ ...series, origin: 'sandbox' }, all)).toEqual(points([5, 5]));
  });

  it('are stored all or none: one that is no number is refused, and nothing is known then', async () => {
    const folder = temporaryFolder();
    const store = await opened(folder);
    expect(() => {
      store.write(series, all, points([10, 1], [20, NaN]));
    }).toThrow(`bar store ${folder}: `);
    expect([store.read(series, all), store.missing(series, all)]).toEqual([points(), [all]]);
  });

  it.each([
    [[100, 200], [150, 200], /^values to store of binance BTC\/USDT:USDT funding must lie within their range, value 1 was at 200$/],
    [[100, 200], [99, 150], /value 0 was at 99$/],
    [[100, 200], [150, NaN], /value 1 was at NaN$/],
    [[200, 200], [], /^range to store of .* funding must end after its start, was 200 to 200$/],
    [[300, 200], [], /was 300 to 200$/],
  ] as const)('of the range %j at %j are refused, and those of other ranges stay', async ([start, end], times, message) => {
    const store = await opened();
    store.write(series, all, points([99, 1], [150, 2], [200, 3]));
    expect(() => {
      store.write(series, { start, end }, points(...times.map((time) => [time, 9] as const)));
    }).toThrow(expect.objectContaining({ name: 'DataError', message: expect.stringMatching(message) as string }));
    expect(store.read(series, all)).toEqual(points([99, 1], [150, 2], [200, 3]));
    expect(store.list()[0]!.ranges).toEqual([all]);
  }); // prettier-ignore
});

describe('what is known', () => {
  it('is what was written, with or without values, joined where it touches', async () => {
    const store = await opened();
    const put = (start: number, end: number): void => {
      store.write(series, { start, end }, points());
    };
    expect(store.missing(series, all)).toEqual([all]);
    put(100, 200);
    put(300, 400);
    const ranges = (): unknown => store.list()[0]!.ranges;
    expect(ranges()).toEqual([{ start: 100, end: 200 }, { start: 300, end: 400 }]); // prettier-ignore
    put(200, 250);
    put(290, 300);
    expect(ranges()).toEqual([{ start: 100, end: 250 }, { start: 290, end: 400 }]); // prettier-ignore
    put(240, 295);
    expect(ranges()).toEqual([{ start: 100, end: 400 }]);
    put(150, 160);
    expect(ranges()).toEqual([{ start: 100, end: 400 }]);
    put(50, 500);
    expect(ranges()).toEqual([{ start: 50, end: 500 }]);
    expect(store.missing(series, { start: 0, end: 600 })).toEqual([{ start: 0, end: 50 }, { start: 500, end: 600 }]); // prettier-ignore
  });

  it.each([
    [[120, 130], [[100, 120], [130, 200], [300, 400]]],
    [[100, 150], [[150, 200], [300, 400]]],
    [[150, 350], [[100, 150], [350, 400]]],
    [[200, 300], [[100, 200], [300, 400]]],
    [[0, 1000], []],
    [[0, 100], [[100, 200], [300, 400]]],
    [[400, 500], [[100, 200], [300, 400]]],
    [[90, 200], [[300, 400]]],
  ] as const)('without %j is %j, and the values stay', async ([start, end], left) => {
    const store = await opened();
    store.forget(series, all);
    store.write(series, { start: 100, end: 200 }, points([110, 1], [125, 2]));
    store.write(series, { start: 300, end: 400 }, points([310, 3]));
    store.forget(series, { start, end });
    expect(store.list()[0]!.ranges.map((range) => [range.start, range.end])).toEqual(left);
    expect(store.read(series, all)).toEqual(points([110, 1], [125, 2], [310, 3]));
  }); // prettier-ignore
});

describe('the file', () => {
  it('is made when it is opened, and lists its series', async () => {
    const folder = temporaryFolder();
    expect(PointStore.exists(folder)).toBe(false);
    const store = await opened(folder);
    expect([PointStore.exists(folder), store.list()]).toEqual([true, []]);
    const local = { ...series, origin: 'sandbox' };
    store.write(local, { start: 5, end: 9 }, points());
    store.write(series, all, points([10, 1], [20, 2]));
    expect(store.list()).toEqual([
      { ...series, points: 2, first: 10, last: 20, ranges: [all] },
      { ...local, points: 0, first: undefined, last: undefined, ranges: [{ start: 5, end: 9 }] },
    ]);
    expect(store.list({ kind: 'funding', origin: 'sandbox' })).toHaveLength(1);
    expect(store.list({ exchange: 'okx' })).toEqual([]);
  });

  it('forgets one series and leaves the others', async () => {
    const store = await opened();
    const other: PointSeries = { ...series, kind: 'open interest 5m' };
    for (const one of [series, other]) store.write(one, all, points([10, 1]));
    store.clear(series);
    store.clear({ ...series, exchange: 'none' });
    expect(store.list().map(({ kind }) => kind)).toEqual(['open interest 5m']);
    store.write(series, { start: 5, end: 9 }, points());
    expect([store.read(series, all), store.missing(series, all)]).toEqual([
      points(),
      [{ start: 0, end: 5 }, { start: 9, end: 1_000 }], // prettier-ignore
    ]);
  });

  it('is read and written by two at once', async () => {
    const folder = temporaryFolder();
    const [one, two] = [await opened(folder), await opened(folder)];
    one.write(series, { start: 0, end: 50 }, points([10, 1]));
    two.write(series, { start: 50, end: 100 }, points([60, 2]));
    expect(one.read(series, all)).toEqual(points([10, 1], [60, 2]));
    expect(two.list()[0]!.ranges).toEqual([{ start: 0, end: 100 }]);
  });

  it('that is no database is told of its folder', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, pointsFile), 'this was never a database, and it is long enough to be looked at');
    await expect(PointStore.open({ folder })).rejects.toThrow(`bar store ${folder}: `);
  });

  it('that is not there is missed where nothing can be written, and none that cannot be read leaves a copy', async () => {
    const [folder, damaged, copies] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    writeFileSync(join(damaged, pointsFile), 'this was never a database, and it is long enough to be looked at');
    chmodSync(copies, 0o777);
    vi.stubEnv('TMPDIR', copies);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    for (const one of [folder, damaged])
      await asNobody(one, async () => {
        await expect(PointStore.open({ folder: one })).rejects.toThrow(`bar store ${one}: `);
      });
    const writer = await PointStore.open({ folder });
    writer.close();
    await asNobody(folder, async () => {
      (await PointStore.open({ folder })).close();
    });
    expect(readdirSync(copies)).toEqual([]);
  });

  it('are read where nothing can be written, and not written', async () => {
    const folder = temporaryFolder();
    const writer = await PointStore.open({ folder });
    writer.write(series, all, points([10, 1], [20, 2]));
    writer.close();
    await asNobody(folder, async () => {
      const store = await PointStore.open({ folder });
      expect(store.missing(series, all)).toEqual([]);
      expect(store.read(series, all)).toEqual(points([10, 1], [20, 2]));
      expect(() => store.write(series, all, points([30, 3]))).toThrow(/^bar store .*: .*read-only/);
      store.close();
    });
    expect((await opened(folder)).read(series, all)).toEqual(points([10, 1], [20, 2]));
  });
});
