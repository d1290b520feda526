/** Locks of processes: who holds one is asked without keeping it from whoever takes it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FileLock, heldLocks, lockHolder, openSqlite, type LockHolder } from '../../src/store/index.ts';
import { bundled } from '../house/bundled.ts';
import { asNobody } from './sample.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-lock-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Holds the file as a reader does that is slow, in another thread; resolves when it has it. `sql` is what it holds it by. */
async function slowReader(path: string, ms: number, sql = 'BEGIN IMMEDIATE'): Promise<Worker> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     let sqlite;
     try {
       sqlite = new (require('better-sqlite3'))(${JSON.stringify(path)});
     } catch {
       // Compiled for another Node, whose own SQLite is there then.
       sqlite = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)});
     }
     sqlite.exec(${JSON.stringify(sql)});
     parentPort.postMessage('held');
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});
     sqlite.exec('ROLLBACK');
     sqlite.close();`,
    { eval: true },
  );
  await new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  return worker;
}

describe('a lock', () => {
  it('is taken by who waits for a reader', async () => {
    const path = join(folder, 'waits.lock');
    ((await FileLock.take(path, 1)) as FileLock).release();
    const reader = await slowReader(path, 300);
    expect(await FileLock.take(path, 2)).not.toBeInstanceOf(FileLock);
    const lock = await FileLock.take(path, 3, undefined, 60_000);
    expect(lock).toBeInstanceOf(FileLock);
    expect(await lockHolder(path)).toMatchObject({ pid: process.pid, since: 3 });
    (lock as FileLock).release();
    await reader.terminate();
  }, 60_000);

  it('has no holder after its end, and is left as it was by who asks', async () => {
    const path = join(folder, 'asked.lock');
    expect(await lockHolder(path)).toBeUndefined();
    const lock = (await FileLock.take(path, 7, { name: 'one' })) as FileLock;
    const holder: LockHolder = {
      pid: process.pid,
      host: expect.any(String) as string,
      since: 7,
      note: { name: 'one' },
    };
    expect(await lockHolder(path)).toEqual(holder);
    expect(await FileLock.take(path, 8)).toEqual(holder);
    lock.release();
    expect(await lockHolder(path)).toBeUndefined();
  });

  it('is written down although a reader looks at the file meanwhile', async () => {
    const path = join(folder, 'looked-at.lock');
    ((await FileLock.take(path, 1)) as FileLock).release();
    const reader = await slowReader(path, 300, 'BEGIN; CREATE TEMP TABLE seen AS SELECT * FROM holder');
    const lock = await FileLock.take(path, 2);
    expect(lock).toBeInstanceOf(FileLock);
    (lock as FileLock).release();
    await reader.terminate();
  }, 60_000);

  it('has an empty note where none is left, and nobody’s facts before the first', async () => {
    const path = join(folder, 'noted.lock');
    const lock = (await FileLock.take(path, 3)) as FileLock;
    expect([lock.path, (await lockHolder(path))?.note]).toEqual([path, {}]);
    lock.release();
    const reader = await slowReader(join(folder, 'nobody.lock'), 300);
    expect(await lockHolder(join(folder, 'nobody.lock'))).toEqual({ pid: NaN, host: '', since: NaN, note: {} });
    await reader.terminate();
    const sqlite = await openSqlite(path);
    sqlite.exec('DELETE FROM holder; BEGIN IMMEDIATE');
    expect((await lockHolder(path))?.pid).toBeNaN();
    sqlite.close();
  }, 60_000);

  it('is free when its process has died, and its file stays', async () => {
    const path = join(folder, 'died.lock');
    const child = await bundled(fileURLToPath(new URL('lock-child.ts', import.meta.url)));
    const run = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => run.stdout.once('data', resolve));
    expect(await FileLock.take(path, 9)).toEqual({ pid: run.pid, host: hostname(), since: 5, note: {} });
    const dead = new Promise((resolve) => run.once('exit', resolve));
    run.kill('SIGKILL');
    await dead;
    expect(await lockHolder(path)).toBeUndefined();
    expect(existsSync(path)).toBe(true);
    const lock = await FileLock.take(path, 9);
    expect(lock).toBeInstanceOf(FileLock);
    (lock as FileLock).release();
  }, 60_000);

  it('that is no database, or lies where nothing can be written, is told by its path', async () => {
    const path = join(folder, 'text.lock');
    writeFileSync(path, 'this was never a database, and it is long enough to be looked at');
    await expect(FileLock.take(path, 1)).rejects.toThrow(`lock ${path}: the file is damaged`);
    await expect(lockHolder(path)).rejects.toThrow(`lock ${path}: the file is damaged`);
    const place = mkdtempSync(join(tmpdir(), 'file-lock-read-only-'));
    await asNobody(place, async () => {
      await expect(FileLock.take(join(place, 'x.lock'), 1)).rejects.toThrow(/^lock .*x\.lock: it cannot be opened/);
    });
    rmSync(place, { recursive: true });
  });
});

describe('the locks of a folder', () => {
  it('are those that are held, by file name', async () => {
    const place = join(folder, 'many');
    expect(await heldLocks(place)).toEqual(new Map());
    const [one, two, three] = await Promise.all(
      ['one.lock', 'two.lock', 'three.other'].map((name) => FileLock.take(join(place, name), 4, { name })),
    );
    (two as FileLock).release();
    const held = await heldLocks(place);
    expect([...held]).toEqual([['one.lock', expect.objectContaining({ since: 4, note: { name: 'one.lock' } })]]);
    for (const lock of [one, three]) (lock as FileLock).release();
    expect([...(await heldLocks(place))]).toEqual([]);
    expect(existsSync(join(place, 'one.lock'))).toBe(true);
  });

  it('are taken by one process at a time, while others look', async () => {
    const place = join(folder, 'contended');
    const child = await bundled(fileURLToPath(new URL('lock-contender.ts', import.meta.url)));
    const runs = ['take', 'take', 'look'].map(async (role) => {
      const run = spawn(process.execPath, [child, place, role], { stdio: ['ignore', 'pipe', 'inherit'] });
      let text = '';
      run.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await new Promise((resolve) => run.once('exit', resolve));
      return JSON.parse(text) as { taken: number; faults: string[] };
    });
    const found = await Promise.all(runs);
    expect(found.flatMap(({ faults }) => faults)).toEqual([]);
    expect(found.map(({ taken }) => taken)).toEqual([20, 20, 0]);
  }, 120_000);
});
