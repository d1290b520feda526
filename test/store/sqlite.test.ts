/** How databases are opened: with the folders above them, with errors in the words of their owner, and not at all without SQLite. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it, onTestFinished } from 'vitest';

import { hasSqlite, openSqlite, type Sqlite, type SqliteOptions } from '../../src/store/index.ts';
import { bundled } from '../house/bundled.ts';
import { temporaryFolder } from './sample.ts';

async function open(path: string, options?: SqliteOptions): Promise<Sqlite> {
  const sqlite = await openSqlite(path, options);
  onTestFinished(() => {
    sqlite.close();
  });
  return sqlite;
}

/** Says what SQLite threw in words of its own. */
const failure = (error: unknown): unknown => new Error(`told: ${(error as Error).message}`);

describe('without SQLite', () => {
  it('every opener says so, and leaves no folder behind', async () => {
    const folder = temporaryFolder();
    const child = await bundled(fileURLToPath(new URL('no-sqlite-child.ts', import.meta.url)));
    const { stdout, stderr } = spawnSync(process.execPath, [child, folder], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { codes, left, has } = JSON.parse(stdout) as { codes: Record<string, unknown>; left: string[]; has: boolean };
    expect(Object.keys(codes)).toHaveLength(9);
    expect(new Set(Object.values(codes))).toEqual(new Set(['sqlite-missing']));
    expect(left).toEqual([]);
    expect(has).toBe(false);
  }, 60_000);
});

describe('a database', () => {
  it('is there in this process', async () => {
    expect(await hasSqlite()).toBe(true);
  });

  it('is made with the folders above it', async () => {
    const path = join(temporaryFolder(), 'a', 'b', 'x.db');
    const sqlite = await open(path);
    sqlite.exec('CREATE TABLE t (value)');
    expect([existsSync(path), sqlite.path]).toEqual([true, path]);
  });

  it('is neither made nor changed by who only reads', async () => {
    const folder = temporaryFolder();
    await expect(openSqlite(join(folder, 'a', 'x.db'), { readOnly: true })).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
    (await open(join(folder, 'x.db'))).exec('CREATE TABLE t (value)');
    const reader = await open(join(folder, 'x.db'), { readOnly: true });
    expect(reader.statement('SELECT * FROM t').all()).toEqual([]);
    expect(() => {
      reader.exec('INSERT INTO t VALUES (1)');
    }).toThrow(/readonly/);
  });

  it('waits for another writer for as long as it says', async () => {
    const sqlite = await open(join(temporaryFolder(), 'x.db'));
    expect(Object.values(sqlite.statement('PRAGMA busy_timeout').get() as object)).toEqual([20_000]);
    const other = sqlite.sibling(sqlite.path);
    other.exec('CREATE TABLE t (value)');
    expect(Object.values(other.statement('PRAGMA busy_timeout').get() as object)).toEqual([20_000]);
    other.close();
    other.close();
  });

  it('throws what SQLite says, where nothing else was asked for', async () => {
    const sqlite = await open(join(temporaryFolder(), 'x.db'));
    expect(() => {
      sqlite.exec('SELECT * FROM nowhere');
    }).toThrow(/^no such table: nowhere$/);
  });

  it('says every failure in the words of its owner', async () => {
    const folder = temporaryFolder();
    const sqlite = await open(join(folder, 'x.db'), { failure });
    sqlite.exec("CREATE TABLE t (value UNIQUE); INSERT INTO t VALUES (1), ('no json')");
    const acts: (() => unknown)[] = [
      () => {
        sqlite.exec('SELECT * FROM nowhere');
      },
      () => sqlite.statement('SELECT * FROM nowhere'),
      () => sqlite.statement("SELECT json_extract(value, '$') FROM t WHERE value = 'no json'").get(),
      () => sqlite.statement("SELECT json_extract(value, '$') FROM t").all(),
      () => sqlite.statement('INSERT INTO t VALUES (1)').run(),
      () => [...sqlite.statement("SELECT json_extract(value, '$') FROM t").iterate()],
      () => {
        sqlite.transaction(() => {
          throw new Error('the disk is gone');
        });
      },
      () => {
        sqlite.durably(() => {
          throw new Error('the disk is gone');
        });
      },
      () => sqlite.sibling(folder),
    ];
    for (const act of acts) expect(act).toThrow(/^told: /);
    await expect(openSqlite(folder, { failure })).rejects.toThrow(/^told: /);
    writeFileSync(join(folder, 'file'), '');
    await expect(openSqlite(join(folder, 'file', 'x.db'), { failure })).rejects.toThrow(/^told: E/);
  });

  it('goes over the rows of a statement one by one', async () => {
    const sqlite = await open(':memory:');
    const rows = sqlite.statement('SELECT 1 AS n UNION SELECT 2 AS n').iterate() as IterableIterator<{ n: number }>;
    expect(Array.from(rows, ({ n }) => n)).toEqual([1, 2]);
    const some = sqlite.statement('SELECT ? AS n').iterate(7) as IterableIterator<{ n: number }>;
    expect(Array.from(some, ({ n }) => n)).toEqual([7]);
  });

  it('is written to the disk itself by what is durable, and only by that', async () => {
    const sqlite = await open(join(temporaryFolder(), 'x.db'));
    const mode = (): unknown => Object.values(sqlite.statement('PRAGMA synchronous').get() as object)[0];
    sqlite.exec('PRAGMA synchronous = NORMAL');
    expect(sqlite.durably(mode)).toBe(2);
    expect(mode()).toBe(1);
    expect(() => sqlite.durably(() => { throw new Error('no'); })).toThrow('no'); // prettier-ignore
    expect([mode(), sqlite.transaction(mode), sqlite.durably(mode), mode()]).toEqual([1, 1, 2, 1]);
    expect(sqlite.statement('SELECT 1')).toBe(sqlite.statement('SELECT 1'));
    // Within a transaction it is as durable as that: SQLite changes nothing of it meanwhile.
    expect(sqlite.transaction(() => sqlite.durably(mode))).toBe(1);
  });

  it('goes on after a transaction that failed, however deep', async () => {
    const sqlite = await open(join(temporaryFolder(), 'x.db'));
    sqlite.exec('CREATE TABLE t (value)');
    const put = (value: number): void => void sqlite.statement('INSERT INTO t VALUES (?)').run(value);
    sqlite.transaction(() => {
      put(1);
      for (const value of [2, 3]) {
        expect(() => {
          sqlite.transaction(() => {
            put(value);
            sqlite.transaction(() => {
              put(value + 10);
            });
            throw new Error('no');
          });
        }).toThrow('no');
      }
      sqlite.transaction(() => {
        put(4);
      });
    });
    sqlite.transaction(() => {
      put(5);
    });
    const rows = sqlite.statement('SELECT value FROM t').all() as { value: number }[];
    expect(rows.map(({ value }) => value)).toEqual([1, 4, 5]);
  });

  it('reports the first failure where SQLite has rolled back by itself', async () => {
    const sqlite = await open(join(temporaryFolder(), 'x.db'));
    expect(() => {
      sqlite.transaction(() => {
        sqlite.exec('ROLLBACK');
        throw new Error('the disk is full');
      });
    }).toThrow('the disk is full');
    expect(sqlite.transaction(() => 7)).toBe(7);
  });

  it('cannot be used after its end', async () => {
    const sqlite = await openSqlite(':memory:');
    sqlite.statement('SELECT 1');
    sqlite.close();
    sqlite.close();
    expect(() => sqlite.statement('SELECT 1')).toThrow(/not open/);
  });

  it('warns of nothing, and lets others warn', async () => {
    const emitWarning: unknown = Reflect.get(process, 'emitWarning');
    await hasSqlite();
    (await openSqlite(':memory:')).close();
    expect(Reflect.get(process, 'emitWarning')).toBe(emitWarning);
  });
});
