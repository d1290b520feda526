/** What every SQLite under the store must do, run by each that loads here: the package, and the one of Node itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { Sqlite } from '../../src/store/sqlite.ts';

type Connection = ConstructorParameters<typeof Sqlite>[1];
type Open = (path: string) => Connection;

const folder = mkdtempSync(join(tmpdir(), 'nextbar-sqlite-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function packageEngine(): Promise<Open | undefined> {
  try {
    const { default: Database } = await import('better-sqlite3');
    new Database(':memory:').close();
    return (path) => new Database(path) as unknown as Connection;
  } catch {
    return undefined;
  }
}

function nodeEngine(): Open | undefined {
  const library = process.getBuiltinModule('node:sqlite') as unknown as
    { DatabaseSync: new (path: string) => Connection } | undefined;
  return library === undefined ? undefined : (path) => new library.DatabaseSync(path);
}

const engines: readonly (readonly [name: string, open: Open | undefined])[] = [
  ['better-sqlite3', await packageEngine()],
  ['node:sqlite', nodeEngine()],
];

it('is there at least once, or the bar store cannot work', () => {
  expect(engines.filter(([, open]) => open !== undefined).length).toBeGreaterThan(0);
});

let count = 0;

describe.each(engines)('SQLite by %s', (_name, open) => {
  const make = (path = join(folder, `${count++}.sqlite`)): Sqlite => {
    const sqlite = new Sqlite(path, open!(path), open!);
    sqlite.exec('CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, value)');
    return sqlite;
  };
  const values = (sqlite: Sqlite): unknown[] =>
    sqlite
      .statement('SELECT value FROM t ORDER BY id')
      .all()
      .map((row) => (row as { value: unknown }).value);
  const add = (sqlite: Sqlite, value: number | string | null | Uint8Array): void => {
    sqlite.statement('INSERT INTO t (value) VALUES (?)').run(value);
  };

  it.skipIf(open === undefined)('gives back numbers to the last digit, texts, bytes and nothing', () => {
    const sqlite = make();
    for (const value of [0.1 + 0.2, 2 ** 53 - 1, -1e-300, 'ä', null]) add(sqlite, value);
    add(sqlite, new Uint8Array([0, 255]));
    const read = values(sqlite);
    expect(read.slice(0, 5)).toEqual([0.1 + 0.2, 2 ** 53 - 1, -1e-300, 'ä', null]);
    expect([...(read[5] as Uint8Array)]).toEqual([0, 255]);
    sqlite.close();
  });

  it.skipIf(open === undefined)('keeps what was written when it is opened again', () => {
    const path = join(folder, `${count++}.sqlite`);
    const first = make(path);
    add(first, 7);
    first.close();
    const second = make(path);
    expect(values(second)).toEqual([7]);
    second.close();
  });

  it.skipIf(open === undefined)('does all of a transaction or nothing, an inner one by itself', () => {
    const sqlite = make();
    expect(() => {
      sqlite.transaction(() => {
        add(sqlite, 1);
        throw new Error('no');
      });
    }).toThrow('no');
    expect(values(sqlite)).toEqual([]);
    sqlite.transaction(() => {
      add(sqlite, 2);
      const broken = (): void => {
        add(sqlite, 3);
        sqlite.exec('SELECT * FROM nowhere');
      };
      expect(() => {
        sqlite.transaction(broken);
      }).toThrow(/nowhere/);
      sqlite.transaction(() => {
        add(sqlite, 4);
      });
    });
    expect(values(sqlite)).toEqual([2, 4]);
    sqlite.close();
  });

  it.skipIf(open === undefined)('shows another connection nothing of a transaction before it is done', () => {
    const path = join(folder, `${count++}.sqlite`);
    const [writer, reader] = [make(path), make(path)];
    writer.transaction(() => {
      add(writer, 1);
      expect(values(reader)).toEqual([]);
    });
    expect(values(reader)).toEqual([1]);
    reader.close();
    writer.close();
  });

  it.skipIf(open === undefined)('goes over rows one by one, and prepares a statement once', () => {
    const sqlite = make();
    sqlite.transaction(() => {
      for (let k = 0; k < 1_000; k++) add(sqlite, k);
    });
    const sql = 'SELECT value FROM t ORDER BY id';
    let sum = 0;
    for (const row of sqlite.statement(sql).iterate()) sum += (row as { value: number }).value;
    expect(sum).toBe(499_500);
    expect(sqlite.statement(sql)).toBe(sqlite.statement(sql));
    sqlite.close();
  });
});
