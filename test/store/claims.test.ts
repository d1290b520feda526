/** Claims keep two downloads from fetching the same bars, and die with their owner. */
import { spawnSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { createBars, systemRuntime } from '../../src/core/index.ts';
import { BarStore, type Claim } from '../../src/store/index.ts';
import { hour, series, temporaryStore } from './sample.ts';

const range = { start: 0, end: 100 * hour };

function taken(claim: Claim | string): { start: number; end: number } {
  if (typeof claim === 'string') throw new Error(`expected a claim, was ${claim}`);
  return { start: claim.start / hour, end: claim.end / hour };
}

describe('claims', () => {
  it('give each taker a piece of its own until none is free, and end when all is known', async () => {
    const store = await temporaryStore();
    const other = await BarStore.open({ folder: store.folder });
    const first = store.claim(series, range, 60 * hour);
    const second = other.claim(series, range, 60 * hour);
    expect([taken(first), taken(second)]).toEqual([
      { start: 0, end: 60 },
      { start: 60, end: 100 },
    ]);
    expect(store.claim(series, range, 60 * hour)).toBe('held by others');
    (first as Claim).release();
    expect(taken(other.claim(series, range, 10 * hour))).toEqual({ start: 0, end: 10 });
    await store.write(series, { ...range, source: 'x' }, createBars(0));
    expect(store.claim(series, range, hour)).toBe('done');
    other.close();
  });

  it('of a process that is gone are free at once', async () => {
    const store = await temporaryStore();
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    store.claim(series, range, 1000 * hour);
    store.catalog.statement('UPDATE claims SET pid = ?').run(gone);
    expect(taken(store.claim(series, range, 1000 * hour))).toEqual({ start: 0, end: 100 });
  });

  it('of a silent owner elsewhere end with their lease', async () => {
    let now = 1_000_000;
    const store = await temporaryStore({ runtime: { ...systemRuntime, now: () => now } });
    store.claim(series, range, 1000 * hour);
    store.catalog.statement(`UPDATE claims SET host = 'elsewhere'`).run();
    now += 119_000;
    expect(store.claim(series, range, 1000 * hour)).toBe('held by others');
    now += 2_000;
    expect(taken(store.claim(series, range, 1000 * hour))).toEqual({ start: 0, end: 100 });
  });
});
