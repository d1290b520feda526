/** The tables of a catalog: made new, read as they are, brought up from version 1, and refused where another program must read them. */
import { expect, it, onTestFinished } from 'vitest';

import { prepareSchema, schemaVersion } from '../../src/store/schema.ts';
import { openSqlite, type Sqlite } from '../../src/store/sqlite.ts';
import { temporaryFolder } from './sample.ts';

async function opened(): Promise<Sqlite> {
  const sqlite = await openSqlite(':memory:');
  onTestFinished(() => {
    sqlite.close();
  });
  return sqlite;
}

const tablesOf = (sqlite: Sqlite): unknown[] =>
  (sqlite.statement("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all() as { name: string }[]).map(({ name }) => name); // prettier-ignore

/** A catalog as a program of another version left it. */
async function ofVersion(value: unknown): Promise<Sqlite> {
  const sqlite = await opened();
  sqlite.exec('CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID');
  if (value !== undefined) sqlite.statement('INSERT INTO meta VALUES (?, ?)').run('schema', value as string);
  return sqlite;
}

it('an empty catalog gets its tables and the version, once', async () => {
  const sqlite = await opened();
  for (let round = 0; round < 2; round++) {
    prepareSchema(sqlite, temporaryFolder());
    expect(tablesOf(sqlite)).toEqual(['claims', 'documents', 'meta', 'ranges', 'segments', 'series']);
    expect(sqlite.statement('SELECT * FROM meta').all()).toEqual([{ key: 'schema', value: String(schemaVersion) }]);
  }
});

it('a catalog of version 1 keeps its series and ranges, as the exchange’s own, and its stretches without bars age', async () => {
  const sqlite = await ofVersion('1');
  sqlite.exec(`
    CREATE TABLE series (id INTEGER PRIMARY KEY, exchange TEXT, type TEXT, symbol TEXT, timeframe TEXT);
    CREATE TABLE segments (series INTEGER REFERENCES series (id), month TEXT, file TEXT, rows INTEGER, columns TEXT);
    CREATE TABLE ranges (series INTEGER REFERENCES series (id), start REAL, end REAL, kind TEXT, source TEXT, fetched REAL);
    INSERT INTO series VALUES (7, 'binance', 'spot', 'BTC/USDT', '1h');
    INSERT INTO ranges VALUES (7, 0, 7200000, 'known', 'binance', 5);
  `);
  prepareSchema(sqlite, temporaryFolder());
  expect(sqlite.statement('SELECT * FROM series').all()).toEqual([
    { id: 7, exchange: 'binance', origin: '', type: 'spot', symbol: 'BTC/USDT', timeframe: '1h' },
  ]);
  expect(sqlite.statement('SELECT kind, start, end FROM ranges').all()).toEqual([{ kind: 'empty', start: 0, end: 7_200_000 }]); // prettier-ignore
  expect(tablesOf(sqlite)).toEqual(['meta', 'ranges', 'segments', 'series']);
  expect(sqlite.statement('SELECT value FROM meta').all()).toEqual([{ value: '2' }]);
  expect(() => sqlite.exec("INSERT INTO ranges VALUES (7, 5, 4, 'known', '', 0)")).toThrow(/CHECK/);
});

it.each([['3'], ['999999999']])('version %s, of a newer program, is refused, and nothing is changed', async (version) => {
  const sqlite = await ofVersion(version);
  expect(() => {
    prepareSchema(sqlite, 'x');
  }).toThrow(`bar store :memory: has schema version ${version} and this program reads up to 2: upgrade nextbar or choose another folder`); // prettier-ignore
  expect(() => {
    prepareSchema(sqlite, 'x');
  }).toThrow(expect.objectContaining({ code: 'newer-schema', context: { path: ':memory:', found: version, known: 2 } }));
  expect(tablesOf(sqlite)).toEqual(['meta']);
}); // prettier-ignore

it.each([['0'], ['1.5'], ['two'], ['-1'], ['1234567890'], [2], [undefined]])(
  'a version %j is none, and refused',
  async (version) => {
    const sqlite = await ofVersion(version);
    const told = version === undefined ? undefined : JSON.stringify(version);
    expect(() => {
      prepareSchema(sqlite, 'x');
    }).toThrow(`bar store :memory: has an invalid schema version, ${told}: run nextbar data repair`);
    expect(() => {
      prepareSchema(sqlite, 'x');
    }).toThrow(expect.objectContaining({ code: 'unknown-schema' }));
  },
);

it('a catalog that another process has brought up in the meantime is left as it is', async () => {
  const sqlite = await ofVersion('1');
  const done = new Proxy(sqlite, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'durably') return typeof value === 'function' ? value.bind(target) as unknown : value;
      return (act: () => void) => {
        target.exec("UPDATE meta SET value = '2'");
        target.durably(act);
      };
    },
  }); // prettier-ignore
  prepareSchema(done, 'x');
  expect(tablesOf(sqlite)).toEqual(['meta']);
});
