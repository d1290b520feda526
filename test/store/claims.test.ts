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

  /** A claim on everything by a process elsewhere, at a moment that can be moved. */
  async function held(): Promise<{ at: { now: number }; store: BarStore; ask: () => string; claim: Claim }> {
    const at = { now: 1_000_000 };
    const store = await temporaryStore({ runtime: { ...systemRuntime, now: () => at.now } });
    const claim = store.claim(series, range, 1000 * hour) as Claim;
    store.catalog.statement(`UPDATE claims SET host = 'elsewhere', pid = ?`).run(2 ** 30);
    const ask = (): string => {
      const found = store.claim(series, range, 1000 * hour);
      if (typeof found === 'string') return found;
      found.release();
      return 'free';
    };
    return { at, store, ask, claim };
  }

  it('of another machine are judged by their lease, not by a process id that means nothing here', async () => {
    const { at, ask } = await held();
    at.now += 119_999;
    expect(ask()).toBe('held by others');
    at.now += 1;
    expect(ask()).toBe('free');
  });

  it('hold for as long as their owner renews them', async () => {
    const { at, ask, claim } = await held();
    at.now += 100_000;
    claim.renew();
    at.now += 119_999;
    expect(ask()).toBe('held by others');
    at.now += 1;
    expect(ask()).toBe('free');
  });

  it('that were given before a clock was set back are free, as they would hold for years', async () => {
    const { at, ask } = await held();
    at.now -= 120_000;
    expect(ask()).toBe('held by others');
    at.now -= 1;
    expect(ask()).toBe('free');
  });

  it('of the dead are swept away, those of other series stay', async () => {
    const { at, store, ask } = await held();
    const other = { ...series, symbol: 'ETH/USDT' };
    store.claim(other, range, 1000 * hour);
    const rows = (): unknown => (store.catalog.statement('SELECT count(*) AS n FROM claims').get() as { n: number }).n;
    expect(rows()).toBe(2);
    at.now += 120_000;
    expect([ask(), rows()]).toEqual(['free', 1]);
  });

  it('are of the first free piece of what is missing, past what others hold', async () => {
    const store = await temporaryStore();
    for (const [start, end] of [
      [10, 20],
      [50, 60],
    ] as const)
      // prettier-ignore
      await store.write(series, { start: start * hour, end: end * hour, source: 'x' }, createBars(0));
    const taken = (): unknown => {
      const claim = store.claim(series, range, 25 * hour);
      return typeof claim === 'string' ? claim : [claim.start / hour, claim.end / hour];
    };
    const all = [taken(), taken(), taken(), taken(), taken(), taken()];
    expect(all).toEqual([[0, 10], [20, 45], [45, 50], [60, 85], [85, 100], 'held by others']);
    expect(store.known(series, range)).toHaveLength(2);
  });
});
