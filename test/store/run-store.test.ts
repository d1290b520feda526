/** The registry of runs: what is kept is there after the file was closed, whole, and by every way of asking. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

  it('changes nothing of a run by a name that is none of its columns', () => {
    store.add({ strategy: 'A' });
    store.add({ strategy: 'B' });
    const changes = { "note = 'x', strategy": 'C' } as object;
    expect(() => {
      store.update(1, changes);
    }).toThrow(/unknown change of a run/);
    expect(store.list().map(({ strategy, note }) => strategy + note)).toEqual(['B', 'A']);
    store.update(1, { note: 'kept', stats: { sharpe: 1 } });
    expect(store.get(1)).toMatchObject({ note: 'kept', stats: { sharpe: 1 } });
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

  it('lists by every condition of a filter, and all without a limit', () => {
    const study = store.add({ strategy: 'A', kind: 'study', status: 'running' });
    store.addAll([{ strategy: 'A', kind: 'trial', parent: study }, { strategy: 'A', key: 'k', tags: ['x'] }, { strategy: 'B' }]); // prettier-ignore
    const ids = (filter: Parameters<RunStore['list']>[0]): number[] => store.list(filter).map(({ id }) => id);
    expect(ids({})).toEqual([4, 3, 1]);
    expect(ids({ strategy: 'A' })).toEqual([3, 1]);
    expect(ids({ status: 'running' })).toEqual([1]);
    expect(ids({ kind: 'trial' })).toEqual([2]);
    expect(ids({ key: 'k', tag: 'x' })).toEqual([3]);
    expect(ids({ strategy: 'B', tag: 'x' })).toEqual([]);
    expect([ids({ offset: 2 }), ids({ limit: 0 }), ids({ limit: 2 })]).toEqual([[1], [], [4, 3]]);
  });

  it('knows what a strategy was tried with: runs by hand and trials, of backtests, begun before', () => {
    const datas = [{ name: 'm', symbol: 'BTC/USDT', timeframe: '1h', bars: 9, start: 0, end: 9 }];
    const run = { strategy: 'A', time: 100, params: { fast: Infinity }, datas, stats: { sharpe: 1.5 } };
    const study = store.add({ ...run, kind: 'study', key: 'mine' });
    store.add(run);
    store.add({ ...run, kind: 'trial', parent: study, params: { fast: 2 }, stats: { sharpe: -Infinity } });
    store.add({ ...run, mode: 'paper' });
    store.add({ ...run, strategy: 'B' });
    store.add({ ...run, time: 200, stats: {} });
    const first = { params: { fast: Infinity }, datas, sharpe: 1.5 };
    const trial = { params: { fast: 2 }, datas, sharpe: undefined };
    expect(store.tried('A')).toEqual([first, trial, { ...first, sharpe: undefined }]);
    expect(store.tried('A', 200)).toEqual([first, trial]);
    expect(store.tried('A', 100)).toEqual([]);
    expect(store.tried('A', 200, ['other', 'mine'])).toEqual([first]);
  });

  it('returns everything that a run was kept with, and nothing where nothing was', () => {
    const full = {
      kind: 'run', parent: undefined, status: 'failed', time: 5, took: 7, strategy: 'A', mode: 'paper', version: '1.2.3', key: 'k',
      strategyHash: 's', dataHash: 'd', hash, params: { a: -Infinity }, settings: { rules: 'exchange' },
      datas: [{ name: 'm', symbol: 'X/Y', timeframe: '1d', bars: 2, start: 0, end: 1, hash: 'h' }], stats: { trades: 3 }, warnings: ['w'],
      command: ['run', 'a.ts'], folder: '/here', error: 'it threw', note: 'n', tags: ['t'], files: { report: 'r.html' },
    } as const; // prettier-ignore
    expect(store.get(store.add(full))).toEqual({ id: 1, ...full });
    const plain = store.get(store.add({ strategy: 'B' }))!;
    expect(plain).toEqual({
      ...full, id: 2, status: 'done', time: plain.time, took: undefined, strategy: 'B', mode: 'backtest', version: '', key: undefined,
      strategyHash: undefined, dataHash: undefined, hash: undefined, params: {}, settings: {}, datas: [], stats: {}, warnings: [], command: [],
      folder: '', error: undefined, note: '', tags: [], files: {},
    }); // prettier-ignore
    expect([store.get(3), store.detail(2), store.source('none')]).toEqual([undefined, undefined, undefined]);
    store.update(2, { stats: { profitFactor: Infinity }, params: { a: 1 }, settings: {}, warnings: ['v'], took: 0 });
    store.update(2, {});
    store.update(2, { note: undefined, folder: '/there' } as object);
    expect(store.get(2)).toMatchObject({ stats: { profitFactor: Infinity }, params: { a: 1 }, warnings: ['v'], took: 0, folder: '/there', note: '' }); // prettier-ignore
  });

  it('keeps parameters that are nothing, or look like an infinity, as they are', () => {
    const params = { none: null, currency: { $: 'USD' }, list: [null, -Infinity] };
    expect(store.get(store.add({ strategy: 'A', params }))!.params).toEqual(params);
    const ids = store.addAll(Array.from({ length: 11 }, () => ({ strategy: 'A' })));
    expect(store.find('12').id).toBe(ids.at(-1));
  });

  it('is told by its path where its file is no database', async () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, runsFile), 'this was never a database, and it is long enough to be looked at');
    await expect(RunStore.open(other)).rejects.toThrow(`runs registry ${join(other, runsFile)}: the file is damaged`);
  });

  it('names what it refuses', () => {
    expect(() => store.find('last')).toThrow(/there is no run 'last' in .*: none has been kept here$/);
    expect(() => store.add({ strategy: '' })).toThrow('needs the name of its strategy');
    expect(() => store.find('ab12c')).toThrow(expect.objectContaining({ code: 'no-run', context: { run: 'ab12c' } }));
    store.add({ strategy: 'A', hash: '12345678' });
    expect(store.find('12345678').id).toBe(1);
    expect(() => store.find('%2345678')).toThrow('there is no run');
    expect(() => store.addFile(7, 'report', 'x')).toThrow(expect.objectContaining({ code: 'no-run', context: { run: 7 } }));
    expect(() => store.setDetail(7, {})).toThrow('there is no run 7');
    expect(() => store.tag(7, 'a')).toThrow('there is no run 7');
    expect(() => store.tag(1, '')).toThrow("a tag must be a word, was ''");
    expect(() => store.tag(1, 'a ')).toThrow("a tag must be a word, was 'a '");
    expect(RunStore.exists(join(folder, 'none'))).toBe(false);
    expect(RunStore.exists(folder)).toBe(true);
  }); // prettier-ignore

  it('refuses a file that a newer program wrote', async () => {
    store.close();
    const sqlite = await openSqlite(join(folder, runsFile));
    sqlite.exec('PRAGMA user_version = 99');
    sqlite.close();
    await expect(RunStore.open(folder)).rejects.toThrow('schema version 99');
    await expect(RunStore.open(folder)).rejects.toMatchObject({ code: 'newer-schema', context: { path: join(folder, runsFile), found: 99, known: 1 } }); // prettier-ignore
  });

  it('is written by two processes at once', async () => {
    const other = await RunStore.open(folder);
    for (let k = 0; k < 20; k++) (k % 2 === 0 ? store : other).add({ strategy: `S${k}` });
    expect(other.list()).toHaveLength(20);
    other.close();
  });
});
