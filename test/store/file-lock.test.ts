/** Locks of processes: who holds one is asked without keeping it from whoever takes it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

import { FileLock, heldLocks, lockHolder, openSqlite, Sqlite, type LockHolder } from '../../src/store/index.ts';
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
    expect([await lockHolder(path), existsSync(path)]).toEqual([undefined, false]);
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

describe('a lock that several take at one moment', () => {
  /** Runs `act` the first time that a connection has written down its facts and not yet taken the lock for good. */
  function afterFacts(act: () => void): void {
    const exec = Sqlite.prototype.exec; // eslint-disable-line @typescript-eslint/unbound-method
    let isDone = false;
    const spy = vi.spyOn(Sqlite.prototype, 'exec').mockImplementation(function (this: Sqlite, sql: string) {
      exec.call(this, sql);
      if (sql !== 'COMMIT' || isDone) return;
      isDone = true;
      act();
    });
    onTestFinished(() => {
      spy.mockRestore();
    });
  }

  it.each([
    ['process', { pid: 1, host: hostname() }],
    ['machine', { pid: process.pid, host: 'elsewhere' }],
  ])('has the facts of who holds it, though another %s wrote its own in between', async (what, facts) => {
    const path = join(folder, `quick-${what}.lock`);
    const other = await openSqlite(path);
    afterFacts(() => {
      other.statement('UPDATE holder SET pid = ?, host = ?').run(facts.pid, facts.host);
    });
    const lock = await FileLock.take(path, 3, { mine: true });
    other.close();
    expect(lock).toBeInstanceOf(FileLock);
    expect(await lockHolder(path)).toEqual({ pid: process.pid, host: hostname(), since: 3, note: { mine: true } });
    (lock as FileLock).release();
  });

  it('is of the one that has it, and waits for one that only looks', async () => {
    const path = join(folder, 'looks.lock');
    ((await FileLock.take(path, 1)) as FileLock).release();
    const turns = new Int32Array(new SharedArrayBuffer(8));
    const looker = new Worker(
      `const { workerData: { turns, path }, parentPort } = require('node:worker_threads');
       let sqlite;
       try {
         sqlite = new (require('better-sqlite3'))(path);
       } catch {
         sqlite = new (require('node:sqlite').DatabaseSync)(path);
       }
       parentPort.postMessage('ready');
       Atomics.wait(turns, 0, 0);
       sqlite.exec('BEGIN IMMEDIATE');
       Atomics.store(turns, 1, 1);
       Atomics.notify(turns, 1);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
       sqlite.exec('ROLLBACK');
       sqlite.close();`,
      { eval: true, workerData: { turns, path } },
    );
    await new Promise((resolve) => looker.once('message', resolve));
    afterFacts(() => {
      Atomics.store(turns, 0, 1);
      Atomics.notify(turns, 0);
      Atomics.wait(turns, 1, 0);
    });
    const lock = await FileLock.take(path, 3);
    expect(lock).toBeInstanceOf(FileLock);
    (lock as FileLock).release();
    await looker.terminate();
  }, 60_000);

  it.runIf(existsSync('/proc/self/fd'))('leaves no file open', async () => {
    const path = join(folder, 'alone', 'open.lock');
    const open = (): number => readdirSync('/proc/self/fd').filter((name) => linkOf(name).includes('open.lock')).length;
    const lock = (await FileLock.take(path, 3)) as FileLock;
    for (let k = 0; k < 3; k++) await FileLock.take(path, 4);
    await lockHolder(path);
    await heldLocks(join(folder, 'alone'));
    // SQLite itself keeps one for as long as another connection of the process has the lock.
    expect(open()).toBeLessThanOrEqual(2);
    lock.release();
    expect(open()).toBe(0);
  });

  function linkOf(name: string): string {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return '';
    }
  }
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
