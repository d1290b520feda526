/** The registry of runs: strategies, datas and outcomes in one SQLite file that several processes may share. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { checkNames, ConfigError, DataError, systemRuntime, type Runtime } from '../../core/index.ts';
import { fileFailure } from '../disk/failure.ts';
import { openReady } from '../sqlite-copy.ts';
import type { Sqlite, SqliteValue } from '../sqlite.ts';
import type { KeptRun, NewRun, RunChanges, RunFilter, TriedRun } from './kept-run.ts';

/** The file of the registry, beside the catalog of the bar store. */
export const runsFile = 'runs.sqlite';

/** Raised whenever the tables change so that an older program would misread them. */
const version = 1;

const tables = `
CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, parent INTEGER REFERENCES runs (id) ON DELETE CASCADE, status TEXT NOT NULL, time REAL NOT NULL, took REAL,
  strategy TEXT NOT NULL, mode TEXT NOT NULL, version TEXT NOT NULL, key TEXT,
  strategy_hash TEXT, data_hash TEXT, hash TEXT,
  params TEXT NOT NULL, settings TEXT NOT NULL, datas TEXT NOT NULL, stats TEXT NOT NULL, warnings TEXT NOT NULL,
  command TEXT NOT NULL, folder TEXT NOT NULL, error TEXT, note TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS runs_by_parent ON runs (parent, key);
CREATE INDEX IF NOT EXISTS runs_by_key ON runs (key);
CREATE TABLE IF NOT EXISTS tags (
  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, tag TEXT NOT NULL, PRIMARY KEY (run, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, kind TEXT NOT NULL, path TEXT NOT NULL,
  PRIMARY KEY (run, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sources (hash TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS details (run INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE, body BLOB NOT NULL);
PRAGMA user_version = ${version};
`;

/** What `update` can change: columns of their own names. */
const changeable = [
  'status', 'took', 'hash', 'stats', 'settings', 'params', 'warnings', 'command', 'folder', 'error', 'note',
] as const satisfies readonly (keyof RunChanges)[]; // prettier-ignore

/** The columns of a run that hold JSON. */
const jsonColumns = ['params', 'settings', 'datas', 'stats', 'warnings', 'command'] as const;

/**
 * The runs that were kept, by number. Numbers are never reused, so that a note that names one stays true.
 *
 * Everything but `open` is synchronous, and each call is one transaction.
 */
export class RunStore {
  /** Path of the SQLite file. */
  readonly path: string;
  readonly #sqlite: Sqlite;
  readonly #runtime: Runtime;

  private constructor(path: string, sqlite: Sqlite, runtime: Runtime) {
    this.path = path;
    this.#sqlite = sqlite;
    this.#runtime = runtime;
  }

  /**
   * Opens the registry of a folder, `data-cache` unless given; it is made where there is none. One that cannot be written is read as it was when it
   * was opened, and each call that would change it throws.
   *
   * @throws {DataError} With code `newer-schema` if a newer program wrote it.
   */
  static async open(folder = 'data-cache', runtime: Runtime = systemRuntime): Promise<RunStore> {
    const path = join(folder, runsFile);
    const { sqlite } = await openReady(path, {
      prepare: (made) => {
        prepare(made, path);
      },
      failure: (error) => fileFailure(error, 'runs registry', path),
    });
    return new RunStore(path, sqlite, runtime);
  }

  /** Whether a folder has a registry. */
  static exists(folder = 'data-cache'): boolean {
    return existsSync(join(folder, runsFile));
  }

  /** Keeps a run and returns its number. */
  add(run: NewRun): number {
    return this.#sqlite.transaction(() => this.#insert(run));
  }

  /** Keeps many runs at once, such as the trials of a study: all of them or, when one cannot be written, none. */
  addAll(runs: Iterable<NewRun>): number[] {
    return this.#sqlite.transaction(() => Array.from(runs, (run) => this.#insert(run)));
  }

  /**
   * Changes fields of a run, such as its status, figures or note. Tags and files have methods of their own.
   *
   * @throws {ConfigError} If another field is named, or there is no such run.
   */
  update(id: number, changes: RunChanges): void {
    checkNames('change of a run', changes, changeable);
    const columns: string[] = [];
    const values: SqliteValue[] = [];
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) continue;
      const isJson = (jsonColumns as readonly string[]).includes(name);
      columns.push(`${name} = ?`);
      values.push(isJson ? jsonOf(value) : (value as SqliteValue));
    }
    if (columns.length === 0) return;
    this.#sqlite.transaction(() => {
      this.#require(id);
      this.#sqlite.statement(`UPDATE runs SET ${columns.join(', ')} WHERE id = ?`).run(...values, id);
    });
  }

  /** The run of a number; undefined when there is none. */
  get(id: number): KeptRun | undefined {
    const row = this.#sqlite.statement('SELECT * FROM runs WHERE id = ?').get(id) as RunRow | undefined;
    return row && this.#runOf(row);
  }

  /**
   * The run that a text names: its number, `last`, or the first digits of its hash (at least 6).
   *
   * @throws {ConfigError} With code `no-run` if there is none, or several runs have such a hash.
   */
  find(text: string): KeptRun {
    const rows = this.#rowsNamed(text);
    if (rows.length === 1) return this.#runOf(rows[0]!);
    const { count } = this.#sqlite.statement('SELECT count(*) AS count FROM runs').get() as { count: number };
    const known = count === 0 ? 'none has been kept here' : `see nextbar runs for the ${count} kept`;
    throw new ConfigError(
      rows.length === 0
        ? `there is no run '${text}' in ${this.path}: ${known}`
        : `'${text}' fits ${rows.length} runs: ${rows.map(({ id }) => id).join(', ')}; give a number`,
      { code: 'no-run', context: { run: text } },
    );
  }

  /** The runs that fit a filter, the latest first. Trials of a study are listed only by `parent` or `kind`. */
  list(filter: RunFilter = {}): KeptRun[] {
    const where: string[] = [];
    const values: SqliteValue[] = [];
    const add = (sql: string, value: SqliteValue | undefined): void => {
      if (value === undefined) return;
      where.push(sql);
      values.push(value);
    };
    add('kind = ?', filter.kind);
    add('parent = ?', filter.parent);
    if (filter.kind === undefined && filter.parent === undefined) where.push("kind <> 'trial'");
    add('strategy = ?', filter.strategy);
    add('key = ?', filter.key);
    add('status = ?', filter.status);
    add('id IN (SELECT run FROM tags WHERE tag = ?)', filter.tag);
    const text = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    const sql = `SELECT * FROM runs ${text} ORDER BY id DESC LIMIT ? OFFSET ?`;
    const rows = this.#sqlite.statement(sql).all(...values, filter.limit ?? -1, filter.offset ?? 0) as RunRow[];
    return rows.map((row) => this.#runOf(row));
  }

  /**
   * Every backtest of a strategy, trials of studies included, with parameters, datas and Sharpe ratio only.
   *
   * @param before - Only those begun before this time, milliseconds UTC. Default: all.
   * @param except - Keys of studies whose trials are left out. Default: none.
   */
  tried(strategy: string, before = Infinity, except: readonly string[] = []): TriedRun[] {
    const sql = `SELECT params, datas, json_extract(stats, '$.sharpe') AS sharpe FROM runs
      WHERE strategy = ? AND kind IN ('run', 'trial') AND mode = 'backtest' AND time < ? AND ifnull(parent, 0) NOT IN
        (SELECT id FROM runs WHERE kind = 'study' AND key IN (SELECT value FROM json_each(?)))`;
    const rows = this.#sqlite.statement(sql).all(strategy, before, JSON.stringify(except)) as unknown as {
      readonly params: string;
      readonly datas: string;
      readonly sharpe: unknown;
    }[];
    // All trials of a study have the same datas.
    const datasOf = new Map<string, KeptRun['datas']>();
    return rows.map(({ params, datas, sharpe }) => {
      if (!datasOf.has(datas)) datasOf.set(datas, JSON.parse(datas, infinities) as KeptRun['datas']);
      return {
        params: JSON.parse(params, infinities) as KeptRun['params'],
        datas: datasOf.get(datas)!,
        sharpe: typeof sharpe === 'number' ? sharpe : undefined,
      };
    });
  }

  /** Deletes a run with its tags, trials and details; files beside the registry stay. Returns false when there is no such run. */
  delete(id: number): boolean {
    return this.#sqlite.transaction(() => {
      if (this.get(id) === undefined) return false;
      this.#sqlite.statement('DELETE FROM runs WHERE id = ?').run(id);
      this.#sqlite
        .statement(
          'DELETE FROM sources WHERE hash NOT IN (SELECT strategy_hash FROM runs WHERE strategy_hash IS NOT NULL)',
        )
        .run();
      return true;
    });
  }

  /** Adds tags to a run; a tag that it has already is not added again. */
  tag(id: number, ...tags: readonly string[]): void {
    this.#sqlite.transaction(() => {
      this.#require(id);
      for (const tag of tags) {
        if (tag.trim() === '' || tag !== tag.trim()) throw new ConfigError(`a tag must be a word, was '${tag}'`);
        this.#sqlite.statement('INSERT OR IGNORE INTO tags VALUES (?, ?)').run(id, tag);
      }
    });
  }

  /** Removes tags from a run. */
  untag(id: number, ...tags: readonly string[]): void {
    this.#sqlite.transaction(() => {
      for (const tag of tags) this.#sqlite.statement('DELETE FROM tags WHERE run = ? AND tag = ?').run(id, tag);
    });
  }

  /** Records the path of a run's file, such as its report; replaces the path of the same kind. */
  addFile(id: number, kind: string, path: string): void {
    this.#sqlite.transaction(() => {
      this.#require(id);
      this.#sqlite.statement('INSERT OR REPLACE INTO files VALUES (?, ?, ?)').run(id, kind, path);
    });
  }

  /** Keeps data too large for the list of runs, such as the equity curve and the trades, as JSON. */
  setDetail(id: number, detail: unknown): void {
    this.#sqlite.transaction(() => {
      this.#require(id);
      // The default level takes twice the time for a tenth less.
      const body = gzipSync(JSON.stringify(detail), { level: 2 });
      this.#sqlite.statement('INSERT OR REPLACE INTO details VALUES (?, ?)').run(id, body);
    });
  }

  /** The data that `setDetail` kept; undefined when there are none. */
  detail(id: number): unknown {
    const row = this.#sqlite.statement('SELECT body FROM details WHERE run = ?').get(id) as
      { readonly body: Uint8Array } | undefined;
    return row && (JSON.parse(gunzipSync(row.body).toString()) as unknown);
  }

  /** The source of a strategy, by its hash. */
  source(hash: string): string | undefined {
    const row = this.#sqlite.statement('SELECT body FROM sources WHERE hash = ?').get(hash) as
      { readonly body: string } | undefined;
    return row?.body;
  }

  /** Closes the file; a second call does nothing. */
  close(): void {
    this.#sqlite.close();
  }

  #insert(run: NewRun): number {
    const { source, tags = [], files = {}, detail } = run;
    if (run.strategy === '') throw new ConfigError('a run that is kept needs the name of its strategy');
    if (run.parent !== undefined) this.#require(run.parent);
    const row: Record<string, SqliteValue> = {
      kind: run.kind ?? 'run',
      parent: run.parent ?? null,
      status: run.status ?? 'done',
      time: run.time ?? this.#runtime.now(),
      took: run.took ?? null,
      strategy: run.strategy,
      mode: run.mode ?? 'backtest',
      version: run.version ?? '',
      key: run.key ?? null,
      strategy_hash: run.strategyHash ?? null,
      data_hash: run.dataHash ?? null,
      hash: run.hash ?? null,
      params: jsonOf(run.params ?? {}),
      settings: jsonOf(run.settings ?? {}),
      datas: jsonOf(run.datas ?? []),
      stats: jsonOf(run.stats ?? {}),
      warnings: jsonOf(run.warnings ?? []),
      command: jsonOf(run.command ?? []),
      folder: run.folder ?? '',
      error: run.error ?? null,
      note: run.note ?? '',
    };
    const names = Object.keys(row);
    const sql = `INSERT INTO runs (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')}) RETURNING id`;
    const { id } = this.#sqlite.statement(sql).get(...Object.values(row)) as { readonly id: number };
    if (source !== undefined && run.strategyHash !== undefined)
      this.#sqlite.statement('INSERT OR IGNORE INTO sources VALUES (?, ?)').run(run.strategyHash, source);
    if (tags.length > 0) this.tag(id, ...tags);
    for (const [kind, path] of Object.entries(files)) this.addFile(id, kind, path);
    if (detail !== undefined) this.setDetail(id, detail);
    return id;
  }

  #require(id: number): void {
    if (this.#sqlite.statement('SELECT 1 FROM runs WHERE id = ?').get(id) === undefined)
      throw new ConfigError(`there is no run ${id} in ${this.path}`, { code: 'no-run', context: { run: id } });
  }

  #rowsNamed(text: string): RunRow[] {
    if (text === 'last')
      return this.#sqlite
        .statement("SELECT * FROM runs WHERE kind <> 'trial' ORDER BY id DESC LIMIT 1")
        .all() as RunRow[];
    if (/^[1-9]\d{0,14}$/.test(text)) {
      const rows = this.#sqlite.statement('SELECT * FROM runs WHERE id = ?').all(Number(text)) as RunRow[];
      if (rows.length > 0) return rows;
    }
    if (!/^[0-9a-f]{6,64}$/.test(text)) return [];
    return this.#sqlite.statement('SELECT * FROM runs WHERE hash LIKE ?').all(`${text}%`) as RunRow[];
  }

  #runOf(row: RunRow): KeptRun {
    const tags = this.#sqlite.statement('SELECT tag FROM tags WHERE run = ? ORDER BY tag').all(row.id);
    const files = this.#sqlite.statement('SELECT kind, path FROM files WHERE run = ? ORDER BY kind').all(row.id);
    return {
      id: row.id,
      kind: row.kind,
      parent: row.parent ?? undefined,
      status: row.status,
      time: row.time,
      took: row.took ?? undefined,
      strategy: row.strategy,
      mode: row.mode,
      version: row.version,
      key: row.key ?? undefined,
      strategyHash: row.strategy_hash ?? undefined,
      dataHash: row.data_hash ?? undefined,
      hash: row.hash ?? undefined,
      params: JSON.parse(row.params, infinities) as KeptRun['params'],
      settings: JSON.parse(row.settings, infinities) as KeptRun['settings'],
      datas: JSON.parse(row.datas, infinities) as KeptRun['datas'],
      stats: JSON.parse(row.stats, infinities) as KeptRun['stats'],
      warnings: JSON.parse(row.warnings) as string[],
      command: JSON.parse(row.command) as string[],
      folder: row.folder,
      error: row.error ?? undefined,
      note: row.note,
      tags: (tags as { readonly tag: string }[]).map(({ tag }) => tag),
      files: Object.fromEntries((files as { kind: string; path: string }[]).map(({ kind, path }) => [kind, path])),
    };
  }
}

function prepare(sqlite: Sqlite, path: string): void {
  sqlite.exec('PRAGMA foreign_keys = ON');
  const { user_version: found } = sqlite.statement('PRAGMA user_version').get() as { user_version: number };
  if (found > version) {
    throw new DataError(
      `runs registry ${path} has schema version ${found} and this program reads up to ${version}: upgrade nextbar or choose another folder`,
      { code: 'newer-schema', context: { path, found, known: version } },
    );
  }
  if (found === version) return;
  sqlite.transaction(() => {
    sqlite.exec(tables);
  });
}

/** A run as SQLite returns it. */
interface RunRow {
  readonly id: number;
  readonly kind: KeptRun['kind'];
  readonly parent: number | null;
  readonly status: KeptRun['status'];
  readonly time: number;
  readonly took: number | null;
  readonly strategy: string;
  readonly mode: string;
  readonly version: string;
  readonly key: string | null;
  readonly strategy_hash: string | null;
  readonly data_hash: string | null;
  readonly hash: string | null;
  readonly params: string;
  readonly settings: string;
  readonly datas: string;
  readonly stats: string;
  readonly warnings: string;
  readonly command: string;
  readonly folder: string;
  readonly error: string | null;
  readonly note: string;
}

/** JSON that keeps infinities. NaN becomes absent. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => {
    if (one === Infinity) return { $: 'Infinity' };
    if (one === -Infinity) return { $: '-Infinity' };
    return typeof one === 'number' && Number.isNaN(one) ? undefined : one;
  });
}

function infinities(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$' in value)) return value;
  return value.$ === 'Infinity' ? Infinity : value.$ === '-Infinity' ? -Infinity : value;
}
