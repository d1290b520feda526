/** The registry of runs: what is kept is there after the file was closed, whole, and by every way of asking. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openSqlite, RunStore, runsFile } from '../../src/store/index.ts';

let folder: string;
let store: RunStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runs-'));
  store = await RunStore.open(folder);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const hash = 'ab12cd34'.repeat(8);

describe('the registry of runs', () => {
  it('returns what was kept, infinities too, after it was closed', async () => {
    const id = store.add({
      strategy: 'SmaCross',
      time: 1_700_000_000_000,
      params: { fast: 5, names: ['a'] },
      stats: { totalReturn: 0.25, profitFactor: Infinity, sharpe: undefined, sortino: NaN },
      strategyHash: 'f00',
      source: 'export class SmaCross {}',
      hash,
      tags: ['best', 'btc'],
      files: { report: 'report.html' },
      detail: { equity: [1, 2, 3] },
    });
    store.close();
    store = await RunStore.open(folder);
    const run = store.get(id)!;
    expect(run).toMatchObject({ id: 1, kind: 'run', status: 'done', strategy: 'SmaCross', time: 1_700_000_000_000 });
    expect(run.stats).toEqual({ totalReturn: 0.25, profitFactor: Infinity });
    expect(run.params).toEqual({ fast: 5, names: ['a'] });
    expect(run.tags).toEqual(['best', 'btc']);
    expect(run.files).toEqual({ report: 'report.html' });
    expect(store.source('f00')).toBe('export class SmaCross {}');
    expect(store.detail(id)).toEqual({ equity: [1, 2, 3] });
  });

  it('finds a run by number, by the first digits of its hash, and the last one', () => {
    store.add({ strategy: 'A', hash });
    store.add({ strategy: 'B', hash: 'ffffff00' });
    store.add({ strategy: 'T', kind: 'trial', parent: 1 });
    expect(store.find('1').strategy).toBe('A');
    expect(store.find('ab12cd').strategy).toBe('A');
    expect(store.find('last').strategy).toBe('B');
    expect(() => store.find('9')).toThrow(/there is no run '9' .*: see nextbar runs for the 3 kept/);
    store.add({ strategy: 'A', hash });
    expect(() => store.find('ab12cd34')).toThrow("'ab12cd34' fits 2 runs: 1, 4; give a number");
  });

  it('never uses a number again', () => {
    store.add({ strategy: 'A' });
    store.add({ strategy: 'B' });
    expect(store.delete(2)).toBe(true);
    expect(store.delete(2)).toBe(false);
    expect(store.add({ strategy: 'C' })).toBe(3);
  });

  it('lists the latest first, and trials only by their study', () => {
    const study = store.add({ strategy: 'A', kind: 'study' });
    const trials = store.addAll([1, 2, 3].map((fast) => ({ strategy: 'A', kind: 'trial', parent: study, key: `fast=${fast}` }) as const)); // prettier-ignore
    store.add({ strategy: 'B', tags: ['x'] });
    expect(store.list().map(({ strategy }) => strategy)).toEqual(['B', 'A']);
    expect(store.list({ parent: study }).map(({ id }) => id)).toEqual([...trials].reverse());
    expect(store.list({ parent: study, key: 'fast=2' })).toHaveLength(1);
    expect(store.list({ tag: 'x' })).toHaveLength(1);
    expect(store.list({ limit: 1, offset: 1 })[0]!.strategy).toBe('A');
    store.delete(study);
    expect(store.list({ kind: 'trial' })).toEqual([]);
  });

  it('keeps all runs of a call or none', () => {
    expect(() => store.addAll([{ strategy: 'A' }, { strategy: 'B', parent: 77 }])).toThrow('there is no run 77');
    expect(store.list()).toEqual([]);
  });

  it('forgets a source with the last run of it', () => {
    for (let k = 0; k < 2; k++) store.add({ strategy: 'A', strategyHash: 'h', source: 'code' });
    store.delete(1);
    expect(store.source('h')).toBe('code');
    store.delete(2);
    expect(store.source('h')).toBeUndefined();
  });

  it('changes notes, tags and outcomes of runs that are there', () => {
    const id = store.add({ strategy: 'A', status: 'running' });
    store.update(id, { status: 'failed', error: 'it threw', note: 'try again' });
    store.tag(id, 'a', 'a', 'b');
    store.untag(id, 'a');
    expect(store.get(id)).toMatchObject({ status: 'failed', error: 'it threw', note: 'try again', tags: ['b'] });
    expect(() => store.update(9, { note: '' })).toThrow('there is no run 9');
    expect(() => store.tag(id, ' ')).toThrow("a tag must be a word, was ' '");
  });

  it('refuses a file that a newer program wrote', async () => {
    store.close();
    const sqlite = await openSqlite(join(folder, runsFile));
    sqlite.exec('PRAGMA user_version = 99');
    sqlite.close();
    await expect(RunStore.open(folder)).rejects.toThrow('schema version 99');
  });

  it('is written by two processes at once', async () => {
    const other = await RunStore.open(folder);
    for (let k = 0; k < 20; k++) (k % 2 === 0 ? store : other).add({ strategy: `S${k}` });
    expect(other.list()).toHaveLength(20);
    other.close();
  });
});
