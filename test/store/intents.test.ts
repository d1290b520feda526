/** The intents journal: what was written is there after any end of the process, and nothing is written twice. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { clientIdOf, OrderError, systemRuntime, type Intent } from '../../src/core/index.ts';
import { IntentStore, openSqlite, Sqlite } from '../../src/store/index.ts';
import { bundled } from '../house/bundled.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'intents-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function intent(session: string, number: number): Intent {
  const clientId = clientIdOf(session, number);
  return {
    number,
    time: 1_000 + number,
    state: 'written',
    request: { clientId, symbol: 'BTC/USDT', side: 'buy', type: 'limit', size: '0.10', price: '100.50' },
  };
}

it('gives back what was written, with what was noted of it', async () => {
  const path = join(folder, 'intents.sqlite');
  const store = await IntentStore.open(path, 'a');
  store.write(intent('a', 1));
  store.write(intent('a', 2));
  store.note(clientIdOf('a', 1), 'accepted', '77');
  store.note(clientIdOf('a', 1), 'done');
  store.close();
  const again = await IntentStore.open(path, 'a');
  expect(again.intents()).toEqual([{ ...intent('a', 1), state: 'done', venueId: '77' }, intent('a', 2)]);
  again.close();
});

it('keeps sessions apart in one file', async () => {
  const path = join(folder, 'intents.sqlite');
  const a = await IntentStore.open(path, 'a');
  const b = await IntentStore.open(path, 'b');
  a.write(intent('a', 1));
  b.write(intent('b', 1));
  b.note(clientIdOf('a', 1), 'done');
  expect(a.intents()).toEqual([intent('a', 1)]);
  expect(b.intents()).toEqual([intent('b', 1)]);
  a.close();
  b.close();
});

it('makes other client ids after its file was lost, and the same as long as it is there', async () => {
  const path = join(folder, 'intents.sqlite');
  const first = await IntentStore.open(path, 'a');
  first.close();
  const again = await IntentStore.open(path, 'a');
  expect(again.tag).toBe(first.tag);
  again.close();
  const other = await IntentStore.open(join(folder, 'new.sqlite'), 'a');
  expect(clientIdOf(other.tag, 1)).not.toBe(clientIdOf(first.tag, 1));
  other.close();
});

it('refuses a number or a client id that has been used', async () => {
  const store = await IntentStore.open(join(folder, 'intents.sqlite'), 'a');
  store.write(intent('a', 1));
  expect(() => {
    store.write(intent('a', 1));
  }).toThrow("intent 1 of session 'a' was not written");
  expect(() => {
    store.write({ ...intent('a', 1), number: 2 });
  }).toThrow("intent 2 of session 'a' was not written");
  store.close();
});

it('makes client ids of 18 letters and digits at most, that differ by session and number', () => {
  const ids = ['a', 'b', 'sma-cross 2026-11-21', ''].flatMap((name) =>
    [1, 2, 9_999_999].map((n) => clientIdOf(name, n)),
  );
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^nb[0-9a-z]{8}n\d{1,7}$/);
});

it('has every intent that a killed process said was written', async () => {
  const path = join(folder, 'intents.sqlite');
  const child = await bundled(fileURLToPath(new URL('intents-child.ts', import.meta.url)));
  const run = spawn(process.execPath, [child, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = 0;
  await new Promise<void>((resolve) => {
    run.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString().split('\n').length - 1;
      if (said > 20) run.kill('SIGKILL');
    });
    run.on('exit', () => {
      resolve();
    });
  });
  const store = await IntentStore.open(path, 'child');
  const numbers = store.intents().map(({ number }) => number);
  store.close();
  expect(numbers.length).toBeGreaterThanOrEqual(said);
  expect(numbers).toEqual(numbers.map((_, k) => k + 1));
});

it('needs a name, and makes the folder of its file', async () => {
  await expect(IntentStore.open(join(folder, 'x', 'intents.sqlite'), '')).rejects.toThrow(
    expect.objectContaining({ message: 'a session needs a name', context: { field: 'session' } }),
  );
  expect(existsSync(join(folder, 'x'))).toBe(false);
  const store = await IntentStore.open(join(folder, 'x', 'intents.sqlite'), 'a');
  expect([store.session, store.intents()]).toEqual(['a', []]);
  store.close();
  expect(() => store.intents()).toThrow();
});

it('is tagged by its name, the moment and chance', async () => {
  const runtime = { ...systemRuntime, now: () => 77, random: () => 0.25 };
  const store = await IntentStore.open(join(folder, 'intents.sqlite'), 'a', runtime);
  expect(store.tag).toBe('a 77 0.25');
  store.close();
});

it('writes each intent to the disk itself before it returns', async () => {
  const path = join(folder, 'intents.sqlite');
  const exec = vi.spyOn(Sqlite.prototype, 'exec');
  const store = await IntentStore.open(path, 'a');
  const pragmas = exec.mock.calls.map(([sql]) => sql).filter((sql) => sql.startsWith('PRAGMA'));
  exec.mockRestore();
  expect(pragmas).toContain('PRAGMA journal_mode = WAL');
  expect(pragmas).toContain('PRAGMA synchronous = FULL');
  store.close();
});

it('says that an intent was not written in words that name it, and why', async () => {
  const path = join(folder, 'intents.sqlite');
  const store = await IntentStore.open(path, 'a');
  const other = await openSqlite(path);
  other.exec("CREATE TRIGGER full BEFORE INSERT ON intents BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  other.close();
  let error: unknown;
  try {
    store.write(intent('a', 3));
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(OrderError);
  expect(error).toMatchObject({ code: 'not-written', context: { session: 'a', number: 3 } });
  const { message, cause } = error as OrderError;
  expect(message).toMatch(/^intent 3 of session 'a' was not written: intents .*: the disk is full \(SQLITE_/);
  expect(cause).toBeInstanceOf(Error);
  expect(store.intents()).toEqual([]);
  store.close();
});

it('that is no database is told by its path, and left as it is', async () => {
  const path = join(folder, 'intents.sqlite');
  writeFileSync(path, 'this was never a database, and it is long enough to be looked at');
  await expect(IntentStore.open(path, 'a')).rejects.toThrow(`intents ${path}: the file is damaged`);
  expect(readFileSync(path, 'utf8')).toContain('never a database');
});
