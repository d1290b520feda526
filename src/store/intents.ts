/** The intents journal: orders are written before they are sent, so that a process that dies loses none. */
import {
  ConfigError,
  OrderError,
  systemRuntime,
  messageOf,
  type Runtime,
  type Intent,
  type IntentJournal,
  type IntentState,
} from '../core/index.ts';
import { fileFailure } from './disk/failure.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';

interface IntentRow {
  readonly number: number;
  readonly request: string;
  readonly time: number;
  readonly state: IntentState;
  readonly venue_id: string | null;
}

/**
 * The intents of one session in a SQLite file. Several sessions may share the file.
 *
 * Each write is one transaction that is on the disk (write-ahead log, synchronous FULL) when the call returns: it survives a killed process
 * and a power cut.
 */
export class IntentStore implements IntentJournal {
  readonly session: string;
  readonly tag: string;
  readonly #sqlite: Sqlite;

  private constructor(sqlite: Sqlite, session: string, tag: string) {
    this.#sqlite = sqlite;
    this.session = session;
    this.tag = tag;
  }

  /**
   * Opens the journal of a session, and makes it where there is none.
   *
   * @param session - Its name; a session that continues after a stop keeps its name, a new one takes another.
   */
  static async open(path: string, session: string, runtime: Runtime = systemRuntime): Promise<IntentStore> {
    if (session === '') throw new ConfigError('a session needs a name', { context: { field: 'session' } });
    const sqlite = await openSqlite(path, { failure: (error) => fileFailure(error, 'intents', path) });
    try {
      sqlite.exec('PRAGMA journal_mode = WAL');
      sqlite.exec('PRAGMA synchronous = FULL');
      sqlite.exec(
        `CREATE TABLE IF NOT EXISTS intents (
          session TEXT NOT NULL,
          number INTEGER NOT NULL,
          client_id TEXT NOT NULL UNIQUE,
          request TEXT NOT NULL,
          time REAL NOT NULL,
          state TEXT NOT NULL,
          venue_id TEXT,
          PRIMARY KEY (session, number)
        ) STRICT`,
      );
      sqlite.exec('CREATE TABLE IF NOT EXISTS intent_sessions (session TEXT PRIMARY KEY, tag TEXT NOT NULL) STRICT');
      const born = `${session} ${runtime.now()} ${runtime.random()}`;
      sqlite.statement('INSERT OR IGNORE INTO intent_sessions (session, tag) VALUES (?, ?)').run(session, born);
      const row = sqlite.statement('SELECT tag FROM intent_sessions WHERE session = ?').get(session) as { tag: string };
      return new IntentStore(sqlite, session, row.tag);
    } catch (error) {
      sqlite.close();
      throw error;
    }
  }

  intents(): readonly Intent[] {
    const rows = this.#sqlite
      .statement('SELECT number, request, time, state, venue_id FROM intents WHERE session = ? ORDER BY number')
      .all(this.session) as IntentRow[];
    return rows.map(({ number, request, time, state, venue_id: venueId }) => ({
      number,
      request: JSON.parse(request) as Intent['request'],
      time,
      state,
      ...(venueId === null ? {} : { venueId }),
    }));
  }

  /** @throws {OrderError} If the number or the client id was used before, or the disk fails. */
  write({ number, request, time, state }: Intent): void {
    try {
      this.#sqlite
        .statement('INSERT INTO intents (session, number, client_id, request, time, state) VALUES (?, ?, ?, ?, ?, ?)')
        .run(this.session, number, request.clientId, JSON.stringify(request), time, state);
    } catch (error) {
      throw new OrderError(`intent ${number} of session '${this.session}' was not written: ${messageOf(error)}`, {
        code: 'not-written',
        context: { session: this.session, number },
        cause: error,
      });
    }
  }

  note(clientId: string, state: IntentState, venueId?: string): void {
    this.#sqlite
      .statement('UPDATE intents SET state = ?, venue_id = COALESCE(?, venue_id) WHERE client_id = ? AND session = ?')
      .run(state, venueId ?? null, clientId, this.session);
  }

  close(): void {
    this.#sqlite.close();
  }
}
