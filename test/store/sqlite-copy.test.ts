/** SQLite files that cannot be written are read all the same: in place where that goes, otherwise as a copy that is gone when it is closed. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { systemRuntime } from '../../src/core/index.ts';
import { Ledger } from '../../src/dataset/build/ledger.ts';
import { SqliteDataFeed } from '../../src/feeds/index.ts';
import { openDatabase, openDatabaseToRead } from '../../src/server/index.ts';
import {
  FileLock,
  Journal,
  JournalReader,
  lockHolder,
  openSqlite,
  openToRead,
  RunStore,
} from '../../src/store/index.ts';
import { asNobody, temporaryFolder } from './sample.ts';

const copies = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('nextbar-copy-'));

/** Files of SQLite as a killed process leaves them: what it wrote last is in the log beside the file alone. */
async function leftBehind(path: string, write: (at: string) => Promise<{ close(): unknown }>): Promise<void> {
  const folder = temporaryFolder();
  const open = await write(join(folder, 'x'));
  mkdirSync(join(path, '..'), { recursive: true });
  const [name] = readdirSync(folder, { recursive: true }).filter((one) => String(one).endsWith('-wal')) as string[];
  const file = join(folder, name!.replace(/-wal$/, ''));
  for (const ending of ['', '-wal', '-shm']) copyFileSync(file + ending, path + ending);
  await open.close();
}

describe('a file that cannot be written', () => {
  it('is read with what stands in the log beside it, and leaves no copy', async () => {
    const path = join(temporaryFolder(), 'x.db');
    await leftBehind(path, async (at) => {
      const sqlite = await openSqlite(join(at, 'x.db'));
      sqlite.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (value); INSERT INTO t VALUES (7)');
      return sqlite;
    });
    const before = copies();
    await asNobody(join(path, '..'), async () => {
      const sqlite = await openToRead(path);
      expect(sqlite.statement('SELECT value FROM t').all()).toEqual([{ value: 7 }]);
      expect(() => {
        sqlite.exec('INSERT INTO t VALUES (8)');
      }).toThrow(/readonly/);
      sqlite.close();
    });
    expect(copies()).toEqual(before);
  });

  it('is read in place where SQLite writes nothing beside it: it may be large', async () => {
    const path = join(temporaryFolder(), 'x.db');
    const made = await openSqlite(path);
    made.exec('CREATE TABLE t (value); INSERT INTO t VALUES (7)');
    made.close();
    const before = copies();
    await asNobody(join(path, '..'), async () => {
      const sqlite = await openToRead(path);
      expect(copies()).toEqual(before);
      expect(sqlite.statement('SELECT value FROM t').all()).toEqual([{ value: 7 }]);
      sqlite.close();
    });
  });

  it('is not made by who only reads it, and what is no database is no copy either', async () => {
    const folder = temporaryFolder();
    await expect(openToRead(join(folder, 'a', 'x.db'))).rejects.toThrow(/ENOENT/);
    writeFileSync(join(folder, 'text.db'), 'this is a text, and a long one at that');
    await expect(openToRead(join(folder, 'text.db'))).rejects.toThrow(/not a database/);
    expect(readdirSync(folder)).toEqual(['text.db']);
  });

  it('is neither changed nor joined by other files when it could be', async () => {
    const folder = temporaryFolder();
    const made = await openSqlite(join(folder, 'x.db'));
    made.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (value)');
    made.close();
    const sqlite = await openToRead(join(folder, 'x.db'));
    expect(sqlite.statement('SELECT * FROM t').all()).toEqual([]);
    expect(() => {
      sqlite.exec('INSERT INTO t VALUES (8)');
    }).toThrow(/readonly/);
    sqlite.close();
    expect(readdirSync(folder)).toEqual(['x.db']);
  });
});

describe('without write access', () => {
  it('runs are listed, and one that would be kept or changed is refused', async () => {
    const folder = temporaryFolder();
    const made = await RunStore.open(folder);
    made.add({ strategy: 'SmaCross' });
    made.close();
    await asNobody(folder, async () => {
      const store = await RunStore.open(folder);
      expect(store.find('last').strategy).toBe('SmaCross');
      expect(store.path).toBe(join(folder, 'runs.sqlite'));
      for (const change of [() => store.add({ strategy: 'Other' }), () => store.delete(1)])
        expect(change).toThrow(`runs registry ${store.path}: it is read-only: nothing can be written`);
      store.close();
    });
  });

  it.each([true, false])(
    'a journal is read to its end, whether its session came to one (%s) or was killed',
    async (ends) => {
      const path = join(temporaryFolder(), 'session.journal');
      const write = async (at: string): Promise<{ close(): unknown }> => {
        const journal = await Journal.create(at, { mode: 'paper' });
        for (const body of ['1', '2']) journal.add('input', body);
        journal.flush();
        return {
          close: () => {
            journal.end({});
          },
        };
      };
      if (ends) (await write(path)).close();
      else await leftBehind(path, (at) => write(join(at, 'session.journal')));
      await asNobody(join(path, '..'), async () => {
        const reader = await JournalReader.open(path);
        expect([...reader.entries()].map(({ body }) => body)).toEqual(['1', '2']);
        expect(reader.cut === undefined).toBe(ends);
        reader.close();
      });
    },
  );

  it('the ledger of a dataset is read, and refused to who would write it', async () => {
    const folder = temporaryFolder();
    (await Ledger.open(folder)).close();
    await asNobody(folder, async () => {
      const ledger = await Ledger.open(folder, false);
      expect(ledger.all()).toEqual([]);
      ledger.close();
      await expect(Ledger.open(folder)).rejects.toThrow(/^ledger .*ledger.sqlite: permission is denied/);
    });
  });

  it('the database of the platform is read, and refused to who would write it', async () => {
    const path = join(temporaryFolder(), 'platform.sqlite');
    await (await openDatabase(path, 1)).close();
    await asNobody(join(path, '..'), async () => {
      const database = await openDatabaseToRead(path, 1);
      expect(await database.rows('SELECT count(*) AS count FROM schema_versions')).toEqual([
        { count: expect.any(Number) as number },
      ]);
      await database.close();
      await expect(openDatabase(path, 1)).rejects.toThrow(/^database .*platform.sqlite: permission is denied/);
    });
  });

  it('bars are read from a file that its program writes with a log beside it', async () => {
    const path = join(temporaryFolder(), 'bars.db');
    const made = await openSqlite(path);
    made.exec(`PRAGMA journal_mode = WAL; CREATE TABLE bars (time, open, high, low, close, volume);
      INSERT INTO bars VALUES (1704067200000, 1, 3, 0.5, 2, 10)`);
    made.close();
    await asNobody(join(path, '..'), async () => {
      const feed = new SqliteDataFeed({ path, table: 'bars', timeframe: '1h', symbol: 'BTC/USDT' });
      expect(Array.from((await feed.load({ runtime: systemRuntime })).close)).toEqual([2]);
    });
  });

  it('the holder of a lock is told by its facts, which end with it', async () => {
    const path = join(temporaryFolder(), 'session.lock');
    const lock = (await FileLock.take(path, 5, { mode: 'paper' })) as FileLock;
    await asNobody(join(path, '..'), async () => {
      expect(await lockHolder(path)).toMatchObject({ pid: process.pid, since: 5, note: { mode: 'paper' } });
    });
    lock.release();
    await asNobody(join(path, '..'), async () => {
      expect(await lockHolder(path)).toBeUndefined();
    });
    expect(existsSync(path)).toBe(true);
  });
});
