/** Backup and restore of a platform: what comes back, and what is refused. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SimulatedRuntime, systemRuntime } from '../../src/core/index.ts';
import {
  KeyRing,
  checkRestore,
  restoreBackup,
  Syncer,
  Tokens,
  writeBackup,
  type Database,
  type PlatformFolders,
} from '../../src/server/index.ts';
import { BarStore } from '../../src/store/index.ts';
import { call } from '../cli/call.ts';
import { openTestDatabase } from './databases.ts';
import { FakeVenues } from './venues.ts';

const root = mkdtempSync(join(tmpdir(), 'nextbar-backup-'));
const foldersOf = (name: string): PlatformFolders => ({
  platform: join(root, name, 'platform'),
  data: join(root, name, 'data'),
  sessions: join(root, name, 'sessions'),
});
const backup = join(root, 'backup');
const start = Date.UTC(2024, 0, 1);
const series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1h' } as const;
const tables = ['exchanges', 'symbols', 'symbol_names', 'symbol_changes', 'intervals', 'sync_runs', 'tokens'];
const everything = async (database: Database): Promise<string> =>
  JSON.stringify(await Promise.all(tables.map((table) => database.rows(`SELECT * FROM ${table} ORDER BY 1, 2, 3, 4`))));

let database: Database;
let token: string;

beforeAll(async () => {
  const folders = foldersOf('old');
  database = await openTestDatabase(join(folders.platform, 'platform.sqlite'), start);
  await new Syncer({ database, runtime: new SimulatedRuntime(1, start), network: new FakeVenues() }).sync();
  const keys = await KeyRing.open({ path: join(folders.platform, 'keys.json') }, start);
  ({ token } = await new Tokens(database, keys, systemRuntime).issue({ subject: 'me', scopes: ['read:bars'] }));
  const store = await BarStore.open({ folder: folders.data });
  const time = Float64Array.from({ length: 50 }, (_, k) => start + k * 3_600_000);
  await store.write(series, { start, end: start + 50 * 3_600_000, source: 'binance' }, { time, open: time, high: time, low: time, close: time, volume: time });
  mkdirSync(join(folders.sessions, 's1'), { recursive: true });
  writeFileSync(join(folders.sessions, 's1', 'plan.json'), '{}');
  writeFileSync(join(folders.sessions, 's1', 'session.lock'), 'mine');
  // The store is open while the backup is made.
  await writeBackup(backup, database, folders, { now: start, program: '1' });
  store.close();
}); // prettier-ignore
afterAll(async () => {
  await database.close();
  rmSync(root, { recursive: true, force: true });
});

describe('a backup', () => {
  it('brings back tables, keys, bars and sessions, and the tokens that were issued', async () => {
    const folders = foldersOf('new');
    const restored = await openTestDatabase(join(folders.platform, 'platform.sqlite'), start + 1);
    const { tables: counts } = await restoreBackup(backup, restored, folders);
    expect(await everything(restored)).toBe(await everything(database));
    expect(counts['symbols']).toBe(9);
    const keys = await KeyRing.open({ path: join(folders.platform, 'keys.json') }, 0);
    expect(await new Tokens(restored, keys, systemRuntime).verify(token)).toMatchObject({ subject: 'me' });
    expect(statSync(join(folders.platform, 'keys.json')).mode & 0o777).toBe(0o600);
    const store = await BarStore.open({ folder: folders.data });
    const bars = [...store.stream(series, { start: -Infinity, end: Infinity })];
    expect(bars.reduce((sum, part) => sum + part.time.length, 0)).toBe(50);
    store.close();
    expect(existsSync(join(folders.sessions, 's1', 'plan.json'))).toBe(true);
    expect(existsSync(join(folders.sessions, 's1', 'session.lock'))).toBe(false);
    await expect(restoreBackup(backup, restored, folders)).rejects.toThrow(/exists already: a backup is restored into an empty platform/);
    await restored.close();
  }); // prettier-ignore

  it('is refused when a byte of it has changed or a file is missing, before anything is written', async () => {
    const folders = foldersOf('damaged');
    const restored = await openTestDatabase(join(root, 'damaged.sqlite'), start);
    const file = join(backup, 'database', 'symbols.jsonl');
    writeFileSync(file, 'x');
    await expect(restoreBackup(backup, restored, folders)).rejects.toThrow(/is damaged: database\/symbols.jsonl is not as it was written/); // prettier-ignore
    rmSync(file);
    await expect(restoreBackup(backup, restored, folders)).rejects.toThrow(/symbols.jsonl is missing/);
    expect(existsSync(folders.data)).toBe(false);
    expect(await restored.rows('SELECT * FROM exchanges')).toEqual([]);
    await expect(restoreBackup(join(root, 'none'), restored, folders)).rejects.toThrow(/there is no folder .*none/);
    await restored.close();
  });

  it.each([
    ['data/../../evil', {}],
    ['/tmp/evil', {}],
    ['evil', {}],
    ['data\\..\\evil', {}],
    ['data/fine', { 'evil; DROP TABLE symbols': 1 }],
  ])('is refused when its manifest names %s and %o', async (path, more) => {
    const folder = mkdtempSync(join(root, 'manifest-'));
    const manifest = { version: 1, made: 0, program: '1', tables: more, files: [{ path, bytes: 0, sha256: '' }] };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    await expect(checkRestore(folder, foldersOf('named'))).rejects.toThrow(/manifest.json is not as it was written/);
  });

  it('makes no file where a backup is refused, and none of a platform that is not there', async () => {
    const at = (name: string): string[] => ['--platform', join(root, name), '--folder', join(root, `${name}-data`), '--sessions', join(root, `${name}-sessions`)]; // prettier-ignore
    const restore = await call('restore', backup, ...at('refused'));
    expect([restore.code, restore.errors]).toEqual([2, expect.stringMatching(/is damaged/) as string]);
    const nothing = await call('backup', join(root, 'nothing'), ...at('absent'));
    expect([nothing.code, nothing.errors]).toEqual([2, expect.stringMatching(/^error: nothing to back up: /) as string]); // prettier-ignore
    expect(['refused', 'absent', 'nothing'].filter((name) => existsSync(join(root, name)))).toEqual([]);
  });

  it('goes into a new folder only', async () => {
    await expect(writeBackup(backup, database, foldersOf('old'), { now: 0, program: '1' })).rejects.toThrow(/a backup goes into a new folder/); // prettier-ignore
  });
});
