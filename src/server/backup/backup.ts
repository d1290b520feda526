/**
 * Backup of the whole platform into a folder, and its restore: the database as text that both databases can load, and the files beside it.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  existsSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';

import { ConfigError, DataError, makeFolders } from '../../core/index.ts';
import { openToRead } from '../../store/index.ts';
import { upsert, type Database, type SqlValue } from '../database/database.ts';

/** The folders of a platform: keys and audit log, bar store and runs, sessions. */
export interface PlatformFolders {
  readonly platform: string;
  readonly data: string;
  readonly sessions: string;
}

/** What a backup holds. */
export interface BackupManifest {
  readonly version: 1;
  /** When it was made, milliseconds UTC. */
  readonly made: number;
  readonly program: string;
  /** Rows by table. */
  readonly tables: Readonly<Record<string, number>>;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

/** Tables with their keys. Bars are left out: they are a copy for users of SQL, which the syncer makes again from the bar store. */
const tables: Readonly<Record<string, readonly string[]>> = {
  exchanges: ['exchange'],
  symbols: ['exchange', 'venue_id'],
  symbol_names: ['exchange', 'venue_id', 'since'],
  symbol_changes: ['exchange', 'time', 'venue_id', 'kind'],
  intervals: ['exchange', 'interval_name'],
  sync_runs: ['exchange', 'started'],
  tokens: ['token'],
  signals: ['signal'],
};
const manifestShape = z.object({
  version: z.literal(1),
  made: z.number(),
  program: z.string(),
  tables: z.record(z.string().refine((name) => Object.hasOwn(tables, name)), z.number()),
  files: z.array(z.object({ path: z.string().regex(/^(?:platform|data|sessions|database)\/(?!.*(?:^|[/\\])\.\.(?:[/\\]|$))[^/\\].*$/), bytes: z.number(), sha256: z.string() })),
}); // prettier-ignore

const parts = ['platform', 'data', 'sessions'] as const;
/** Files that belong to a running process. */
const passing = /(?:-wal|-shm|-journal|\.tmp|\.lock|\.sock|\.partial)$/;
/** How often a folder is read again when one of its files disappeared meanwhile. */
const attempts = 3;
const manifestFile = 'manifest.json';

/**
 * Writes a backup. Syncer, server and sessions may keep running: all tables show one moment, each SQLite file shows one moment, and other files are written once and never changed.
 *
 * @throws {ConfigError} If the target exists already.
 */
export async function writeBackup(
  target: string,
  database: Database,
  folders: PlatformFolders,
  { now, program }: { readonly now: number; readonly program: string },
): Promise<BackupManifest> {
  if (existsSync(target)) throw new ConfigError(`${target} exists already: a backup goes into a new folder`, { code: 'target-exists', context: { target } }); // prettier-ignore
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  makeFolders(join(partial, 'database'), 0o700);
  try {
    // Under the writers' lock, so that all tables show one moment.
    const counts = await database.transaction(async (queries) => {
      const found: Record<string, number> = {};
      for (const [table, key] of Object.entries(tables)) {
        const rows = await queries.rows<object>(`SELECT * FROM ${table} ORDER BY ${key.join(', ')}`);
        writeFileSync(join(partial, 'database', `${table}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''), { mode: 0o600 }); // prettier-ignore
        found[table] = rows.length;
      }
      return found;
    });
    for (const part of parts) await copyFolder(folders[part], join(partial, part), part === 'platform');
    const files: BackupManifest['files'][number][] = [];
    for (const path of filesIn(partial)) {
      files.push({ path: path.split(sep).join('/'), bytes: statSync(join(partial, path)).size, sha256: await hashOf(join(partial, path)) }); // prettier-ignore
    }
    const manifest: BackupManifest = { version: 1, made: now, program, tables: counts, files };
    writeFileSync(join(partial, manifestFile), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(partial, target);
    return manifest;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Checks every byte of a backup, and that the folders it goes into are empty: before a database is opened, which makes its file.
 *
 * @throws {DataError} If the backup is damaged.
 * @throws {ConfigError} If a folder has something in it.
 */
export async function checkRestore(source: string, folders: PlatformFolders): Promise<BackupManifest> {
  const manifest = readManifest(source);
  for (const { path, sha256 } of manifest.files) {
    const file = join(source, path);
    if (!existsSync(file) || (await hashOf(file)) !== sha256) {
      throw new DataError(`the backup ${source} is damaged: ${path} is ${existsSync(file) ? 'not as it was written' : 'missing'}`, { code: 'damaged-backup', context: { path } });
    }
  }
  for (const part of parts) {
    const [first] = existsSync(folders[part]) ? filesIn(folders[part]).filter((path) => !path.startsWith('platform.sqlite')) : [];
    if (first !== undefined) throw notEmpty(join(folders[part], first));
  }
  return manifest;
} // prettier-ignore

/**
 * Restores a backup into an empty platform. Every byte is checked before the first is written.
 *
 * @param checked - What `checkRestore` returned, where it was called before.
 * @throws {DataError} If the backup is damaged.
 * @throws {ConfigError} If a folder or a table has something in it.
 */
export async function restoreBackup(source: string, database: Database, folders: PlatformFolders, checked?: BackupManifest): Promise<BackupManifest> {
  const manifest = checked ?? (await checkRestore(source, folders));
  await database.transaction(async (queries) => {
    for (const table of Object.keys(tables)) {
      const [row] = await queries.rows<{ readonly rows: number }>(`SELECT COUNT(*) AS rows FROM ${table}`);
      if (row!.rows > 0) throw notEmpty(`the table ${table}`);
    }
    for (const [table, key] of Object.entries(tables)) {
      const path = join(source, 'database', `${table}.jsonl`);
      const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter((line) => line !== '') : [];
      const rows = lines.map((line) => JSON.parse(line) as Record<string, SqlValue>);
      await upsert(queries, table, key, rows);
    }
  });
  for (const { path } of manifest.files) {
    const [part, ...rest] = path.split('/');
    const folder = parts.find((one) => one === part);
    if (folder === undefined) continue;
    const target = join(folders[folder], ...rest);
    makeFolders(dirname(target));
    copyFileSync(join(source, path), `${target}.partial`);
    // Keys and journals stay readable by their owner only.
    if (folder !== 'data') chmodSync(`${target}.partial`, 0o600);
    renameSync(`${target}.partial`, target);
  }
  return manifest;
} // prettier-ignore

function readManifest(source: string): BackupManifest {
  const path = join(source, manifestFile);
  const lacks = !existsSync(source) ? `there is no folder ${source}` : !statSync(source).isDirectory() ? `a backup is a folder, and ${source} is a file` : !existsSync(path) ? `${source} is not a backup: it has no ${manifestFile}` : undefined; // prettier-ignore
  if (lacks !== undefined) throw new ConfigError(lacks, { code: 'no-backup', context: { source } });
  const checked = manifestShape.safeParse(parsed(readFileSync(path, 'utf8')));
  if (checked.success) return checked.data;
  throw new DataError(`the backup ${source} is damaged: ${manifestFile} is not as it was written`, { code: 'damaged-backup' }); // prettier-ignore
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function copyFolder(from: string, to: string, isPlatform: boolean): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      makeFolders(to, 0o700);
      if (!existsSync(from)) return;
      const files = filesIn(from).filter(
        (path) => !passing.test(path) && !(isPlatform && path.startsWith('platform.sqlite')),
      );
      const isDatabase = new Map(files.map((path) => [path, isSqlite(join(from, path))]));
      // Databases first: the files that they refer to were written before them.
      files.sort((a, b) => Number(isDatabase.get(b)) - Number(isDatabase.get(a)) || (a < b ? -1 : 1));
      for (const path of files) {
        makeFolders(dirname(join(to, path)), 0o700);
        if (isDatabase.get(path) === true) await copySqlite(join(from, path), join(to, path));
        else copyFileSync(join(from, path), join(to, path));
      }
      return;
    } catch (error) {
      rmSync(to, { recursive: true, force: true });
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === attempts) throw error;
    }
  }
}

/** Copies a database, which others may be writing, as of one moment. */
async function copySqlite(from: string, to: string): Promise<void> {
  const sqlite = await openToRead(from);
  try {
    // SQLite counts the new file as a change of this one.
    sqlite.exec('PRAGMA query_only = OFF');
    sqlite.exec(`VACUUM INTO '${to.replaceAll("'", "''")}'`);
  } finally {
    sqlite.close();
  }
}

function isSqlite(path: string): boolean {
  const head = Buffer.alloc(15);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head.toString('latin1') === 'SQLite format 3';
}

/** Every file below a folder, as paths from it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

function notEmpty(what: string): ConfigError {
  return new ConfigError(`${what} exists already: a backup is restored into an empty platform`, { code: 'not-empty', context: { what } }); // prettier-ignore
}
