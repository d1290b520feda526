/** Events in a table of an SQLite database, each once by its key. */
import { openSqlite, type Sqlite } from '../../store/index.ts';
import type { BatchWriter } from '../batching-sink.ts';
import type { KeyedEvent } from '../key.ts';

const insert =
  'INSERT OR IGNORE INTO events (key, type, exchange, symbol, time, receive_time, data) VALUES (?, ?, ?, ?, ?, ?, ?)';

/** Writes a batch in one transaction. */
export class SqliteWriter implements BatchWriter {
  readonly name: string;
  readonly #database: Sqlite;

  private constructor(path: string, database: Sqlite) {
    this.name = path;
    this.#database = database;
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(
      'CREATE TABLE IF NOT EXISTS events (key TEXT PRIMARY KEY, type TEXT NOT NULL, exchange TEXT NOT NULL, symbol TEXT, time REAL, receive_time REAL, data TEXT NOT NULL) WITHOUT ROWID',
    );
    database.exec('CREATE INDEX IF NOT EXISTS events_by_time ON events (exchange, symbol, type, time)');
  }

  static async open(path: string): Promise<SqliteWriter> {
    return new SqliteWriter(path, await openSqlite(path));
  }

  write(batch: readonly KeyedEvent[]): Promise<void> {
    const database = this.#database;
    const statement = database.statement(insert);
    database.transaction(() => {
      for (const { key, event, json } of batch) {
        const symbol = 'symbol' in event ? event.symbol : null;
        const received = 'receiveTime' in event ? event.receiveTime : event.time;
        statement.run(key, event.type, event.exchange, symbol, event.time ?? null, received, json);
      }
    });
    return Promise.resolve();
  }

  close(): void {
    this.#database.close();
  }
}
