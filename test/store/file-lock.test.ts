/** Locks of processes: who holds one is asked without keeping it from whoever takes it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FileLock, lockHolder, type LockHolder } from '../../src/store/index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-lock-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Holds the file as a reader does that is slow, in another thread; resolves when it has it. */
async function slowReader(path: string, ms: number): Promise<Worker> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     let sqlite;
     try {
       sqlite = new (require('better-sqlite3'))(${JSON.stringify(path)});
     } catch {
       // Compiled for another Node, whose own SQLite is there then.
       sqlite = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)});
     }
     sqlite.exec('BEGIN IMMEDIATE');
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
});
