/** Stretches without bars: how long they are believed, and where they lie. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { holesBetween, isBuilt, isTrusted, splitKnownRanges } from '../../src/store/holes.ts';
import { prepareSchema } from '../../src/store/schema.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { hour, temporaryFolder } from './sample.ts';

const day = 24 * hour;

describe('what is known of a range', () => {
  const range = { start: 0, end: 10 * day, source: 'binance' };

  it('never ages where there are bars of the exchange', () => {
    const known = { ...range, kind: 'known', fetched: 10 * day } as const;
    expect(isTrusted(known, 10_000 * day)).toBe(true);
    // What was made of trades gives way to the bars of the exchange.
    const built = { ...known, source: 'built by a stream' };
    expect([isBuilt(known), isBuilt(built), isTrusted(built, 10 * day)]).toEqual([false, true, false]);
    expect(isBuilt({ kind: 'empty', source: 'built by a stream' })).toBe(false);
    expect(isBuilt({ kind: 'known', source: 'exchange built anew' })).toBe(false);
  });

  it.each([
    // Found empty the moment it ended: believed for a day, the least.
    [10, 1],
    [10.5, 1],
    // Found empty when it was so long past: believed as long again.
    [15, 5],
    [90, 80],
    // And for 90 days at most.
    [500, 90],
  ])('ages where there are none: found on day %d, it is believed for %d days', (found, days) => {
    const empty = { ...range, kind: 'empty', fetched: found * day } as const;
    const ends = (found + days) * day;
    expect([isTrusted(empty, ends - 1), isTrusted(empty, ends)]).toEqual([true, false]);
  });
});

describe('holes', () => {
  const holes = (start: number, end: number, ...opens: number[]): unknown =>
    holesBetween(
      { start: start * hour, end: end * hour },
      Float64Array.from(opens, (open) => open * hour),
      '1h',
    ).map((hole) => [hole.start / hour, hole.end / hour]);

  it('lie before, between and after the bars', () => {
    expect(holes(0, 10)).toEqual([[0, 10]]);
    expect(holes(0, 4, 0, 1, 2, 3)).toEqual([]);
    expect(holes(0, 10, 2, 3, 6)).toEqual([[0, 2], [4, 6], [7, 10]]); // prettier-ignore
    expect(holes(0, 5, 1, 3)).toEqual([[0, 1], [2, 3], [4, 5]]); // prettier-ignore
  });

  it('take no bar into account that opens after the range, and the end of one that opens before it', () => {
    expect(holes(5, 10, 3, 4, 10, 11)).toEqual([[5, 10]]);
    expect(holes(5, 10, 2, 12)).toEqual([[5, 10]]);
    expect(holes(5, 10, 4.5, 7)).toEqual([[5.5, 7], [8, 10]]); // prettier-ignore
    expect(holes(5, 10, 9)).toEqual([[5, 9]]);
  });

  it('are none where no whole bar fits', () => {
    expect(holes(0, 0.5)).toEqual([]);
    expect(holes(0, 1)).toEqual([[0, 1]]);
    expect(holes(0, 3, 0, 1.5)).toEqual([]);
    expect(holes(0.5, 2, 1)).toEqual([]);
  });
});

describe('what a store of version 1 knew', () => {
  /** Ranges after the split, of bars in two files: the times of the first behind 16 other bytes. */
  async function split(columns: readonly object[][], files: readonly number[][], lost?: string): Promise<unknown[]> {
    const folder = temporaryFolder();
    const sqlite = await openSqlite(':memory:');
    prepareSchema(sqlite, folder);
    const run = (sql: string, ...values: (string | number)[]): unknown => sqlite.statement(sql).run(...values);
    run(`INSERT INTO series VALUES (7, 'binance', '', 'spot', 'BTC/USDT', '1h')`);
    run(`INSERT INTO series VALUES (8, 'binance', '', 'spot', 'ETH/USDT', '1h')`);
    const segment = 'INSERT INTO segments VALUES (7, ?, ?, ?, 0, 0, 0, 0, ?, 0)';
    for (const [k, hours] of files.entries()) {
      const times = Float64Array.from(hours, (one) => one * hour);
      writeFileSync(join(folder, `${k}.arrow`), Buffer.concat([Buffer.alloc(16, 1), Buffer.from(times.buffer)]));
      run(segment, `2024-0${k + 1}`, `${k}.arrow`, hours.length, JSON.stringify(columns[k]));
    }
    const range = (id: number, start: number, end: number, kind: string, fetched: number): unknown =>
      run('INSERT INTO ranges VALUES (?, ?, ?, ?, ?, ?)', id, start * hour, end * hour, kind, 'x', fetched);
    if (lost !== undefined) rmSync(join(folder, lost));
    range(7, 0, 10, 'known', 5);
    range(7, 10, 12, 'unavailable', 6);
    range(7, 20, 22, 'known', 7);
    range(8, 0, 4, 'known', 8);
    splitKnownRanges(sqlite, folder);
    const rows = sqlite.statement('SELECT * FROM ranges ORDER BY series, start').all() as Record<string, number>[];
    sqlite.close();
    return rows.map(({ series, start, end, kind, source, fetched }) => [series, start! / hour, end! / hour, kind, source, fetched]); // prettier-ignore
  }
  const time = { name: 'time', offset: 16 };
  const columns = [[{ name: 'open', offset: 0 }, time], [time]];

  it('of stretches without bars is put apart, as old as it is', async () => {
    expect(await split(columns, [[2, 3, 6], [20, 21]])).toEqual([
      [7, 0, 2, 'empty', 'x', 5],
      [7, 2, 4, 'known', 'x', 5],
      [7, 4, 6, 'empty', 'x', 5],
      [7, 6, 7, 'known', 'x', 5],
      [7, 7, 10, 'empty', 'x', 5],
      [7, 10, 12, 'unavailable', 'x', 6],
      [7, 20, 22, 'known', 'x', 7],
      [8, 0, 4, 'empty', 'x', 8],
    ]); // prettier-ignore
    expect((await split(columns, [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [20]])).slice(0, 4)).toEqual([
      [7, 0, 10, 'known', 'x', 5],
      [7, 10, 12, 'unavailable', 'x', 6],
      [7, 20, 21, 'known', 'x', 7],
      [7, 21, 22, 'empty', 'x', 7],
    ]); // prettier-ignore
  });

  it('of bars up to the end of a range stays known', async () => {
    expect((await split(columns, [[2, 9], [20, 21]])).slice(0, 5)).toEqual([
      [7, 0, 2, 'empty', 'x', 5],
      [7, 2, 3, 'known', 'x', 5],
      [7, 3, 9, 'empty', 'x', 5],
      [7, 9, 10, 'known', 'x', 5],
      [7, 10, 12, 'unavailable', 'x', 6],
    ]); // prettier-ignore
  });

  it('stays as it is where a file is gone', async () => {
    const known = await split(columns, [[2, 3, 6], [20]], '1.arrow'); // prettier-ignore
    expect(known[0]).toEqual([7, 0, 10, 'known', 'x', 5]);
    expect(known).toHaveLength(4);
  });

  it('stays as it is where a file is cut, lacks its times, or keeps them in another way', async () => {
    const before = [[7, 0, 10, 'known', 'x', 5], [7, 10, 12, 'unavailable', 'x', 6], [7, 20, 22, 'known', 'x', 7], [8, 0, 4, 'empty', 'x', 8]]; // prettier-ignore
    for (const first of [
      { ...time, offset: 24 },
      { ...time, name: 'open' },
      { ...time, encoding: 'int64' },
    ])
      expect(
        await split(
          [[first], [time]],
          [
            [2, 3, 6],
            [20, 21],
          ],
        ),
      ).toEqual(before);
  });
});
