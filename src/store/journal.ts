/** The journal of a live session: every input and every decision in order, appended in batches, each sealed to the one before, and compacted as it grows. */
import { createHash } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { brotliCompress, brotliDecompressSync, constants, deflateRawSync, inflateRawSync } from 'node:zlib';

import { ConfigError, DataError, messageOf, SessionError } from '../core/index.ts';
import { fileFailure } from './disk/failure.ts';
import { openToRead } from './sqlite-copy.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';

/** Raised whenever an older program would misread a journal. */
export const journalVersion = 2;

/** The kind of an entry: an input, or a decision that followed from inputs. */
export type JournalKind = 'input' | 'decision';

/** One entry; `body` is JSON in one line. */
export interface JournalEntry {
  readonly kind: JournalKind;
  readonly body: string;
}

/** The most entries that wait before they are written as a batch. */
const batchEntries = 512;
const batchChars = 256 * 1024;
/**
 * Batches of at least this many characters are packed: packing a short one, while an order waits, costs more time than the room is worth.
 */
const packChars = 16 * 1024;
/** Written batches with this many characters in all become one compacted row. */
const compactChars = 4 * 1024 * 1024;
/** The beginning of a compacted row's seal, and the separator between the texts of its batches. */
const [compactMark, batchEnd] = ['c:', '\u0000'];

const tables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE batches (
  first INTEGER PRIMARY KEY, count INTEGER NOT NULL, body NOT NULL, seal TEXT NOT NULL);
`;

/** Appends to the journal of one session. */
export class Journal {
  readonly path: string;
  readonly #sqlite: Sqlite;
  #lines: string[] = [];
  #chars = 0;
  /** Entries written so far. */
  #written = 0;
  #seal: string;
  /** The first entry that is not compacted yet, and the characters from there on. */
  #loose = 0;
  #looseChars = 0;
  #isCompacting = false;
  #isClosed = false;

  private constructor(path: string, sqlite: Sqlite, seal: string) {
    this.path = path;
    this.#sqlite = sqlite;
    this.#seal = seal;
  }

  /**
   * Begins a journal.
   *
   * @param header - What a replay of the session needs; plain data without secrets.
   * @throws {ConfigError} If the file exists: a journal is never overwritten. @throws {SessionError} If the disk fails.
   */
  static async create(path: string, header: unknown): Promise<Journal> {
    if (existsSync(path)) {
      throw new ConfigError(`journal ${path} exists already, and journals are never overwritten`, {
        context: { path },
      });
    }
    const text = JSON.stringify(header);
    const sqlite = await openJournal(path);
    try {
      // A killed process loses nothing that was written; a power cut loses whole batches only.
      sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      sqlite.transaction(() => {
        sqlite.exec(tables);
        const put = sqlite.statement('INSERT INTO meta VALUES (?, ?)');
        // Older programs can read it until it is compacted.
        put.run('version', '1');
        put.run('header', text);
      });
      return new Journal(path, sqlite, sealOf('', text));
    } catch (error) {
      const hasBegun = sqlite.statement('SELECT 1 FROM sqlite_master').get() !== undefined;
      sqlite.close();
      // A file without a header would block the next journal; one with a header belongs to another process.
      if (!hasBegun) rmSync(path, { force: true });
      throw error;
    }
  }

  /** Entries so far, including those not written yet. */
  get count(): number {
    return this.#written + this.#lines.length;
  }

  /** Appends an entry; it is written with its batch. */
  add(kind: JournalKind, body: string): void {
    this.#lines.push(kind === 'input' ? `i${body}` : `d${body}`);
    this.#chars += body.length;
  }

  /** Marks the entries so far as complete: they are written once the batch is full. */
  settle(): void {
    if (this.#lines.length >= batchEntries || this.#chars >= batchChars) this.flush();
  }

  /**
   * Writes the waiting entries in one transaction.
   *
   * @param packFrom - Batches of at least this many characters are packed, others written as they are.
   * @throws {SessionError} If the disk fails, for example with code `disk-full`.
   */
  flush(packFrom = packChars): void {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join('\n');
    const seal = sealOf(this.#seal, text);
    const body = text.length < packFrom ? text : deflateRawSync(text, { level: 1 });
    this.#sqlite
      .statement('INSERT INTO batches VALUES (?, ?, ?, ?)')
      .run(this.#written, this.#lines.length, body, seal);
    this.#seal = seal;
    this.#written += this.#lines.length;
    this.#lines = [];
    this.#chars = 0;
    this.#looseChars += text.length;
    if (this.#looseChars >= compactChars && !this.#isCompacting) void this.#compact();
  }

  /**
   * Makes the loose batches one row, packed as a whole: a third of the room that batches take by themselves. Another thread packs it, and a
   * process that is killed meanwhile loses nothing. The seals of the batches still hold.
   */
  async #compact(): Promise<void> {
    this.#isCompacting = true;
    const [from, to, seal, chars] = [this.#loose, this.#written, this.#seal, this.#looseChars];
    try {
      const rows = this.#sqlite.statement('SELECT body FROM batches WHERE first >= ? AND first < ? ORDER BY first').all(from, to); // prettier-ignore
      const packed = await packedTexts((rows as Pick<BatchRow, 'body'>[]).map(({ body }) => textOf(body)));
      if (this.#isClosed) return;
      this.#sqlite.transaction(() => {
        this.#sqlite.statement('DELETE FROM batches WHERE first >= ? AND first < ?').run(from, to);
        this.#sqlite.statement('INSERT INTO batches VALUES (?, ?, ?, ?)').run(from, to - from, packed, `${compactMark}${seal}`); // prettier-ignore
        this.#sqlite.statement("UPDATE meta SET value = ? WHERE key = 'version'").run(String(journalVersion));
      });
      this.#loose = to;
      this.#looseChars -= chars;
    } catch {
      // The batches are there as they were; the next flush reports a disk that takes nothing.
    } finally {
      this.#isCompacting = false;
    }
  }

  /** Writes the waiting entries and how the session ended, and closes the file. */
  end(footer: unknown): void {
    this.flush();
    const text = JSON.stringify(footer);
    this.#sqlite.transaction(() => {
      const put = this.#sqlite.statement('INSERT INTO meta VALUES (?, ?)');
      put.run('footer', text);
      put.run('footerSeal', sealOf(this.#seal, text));
    });
    this.#isClosed = true;
    this.#sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#sqlite.close();
  }
}

interface BatchRow {
  readonly first: number;
  readonly count: number;
  /** Text as it is, or packed. */
  readonly body: string | Uint8Array;
  readonly seal: string;
}

/**
 * Reads a journal batch by batch and checks every seal. From the first batch that does not match its seal, everything is left out, and
 * `cut` says so.
 */
export class JournalReader {
  readonly path: string;
  readonly header: unknown;
  /** How the session ended; undefined before the last entry was read, and for a session that was killed. */
  footer: unknown = undefined;
  /** What is missing, in one sentence, once the last entry was read; undefined for a whole journal. */
  cut: string | undefined = undefined;
  /** Entries read so far. */
  count = 0;
  readonly #sqlite: Sqlite;
  #seal: string;

  private constructor(path: string, sqlite: Sqlite, header: string) {
    this.path = path;
    this.#sqlite = sqlite;
    this.header = JSON.parse(header) as unknown;
    this.#seal = sealOf('', header);
  }

  /**
   * @throws {DataError} If it is not a journal, or a newer program wrote it. @throws {SessionError} If the disk or another process keeps it
   * from being read.
   */
  static async open(path: string): Promise<JournalReader> {
    if (!existsSync(path)) throw new DataError(`there is no journal at ${path}`, { context: { path } });
    let sqlite: Sqlite | undefined;
    try {
      sqlite = await openToRead(path, (error) => fileFailure(error, 'journal', path));
      const version = Number(metaOf(sqlite, 'version'));
      const header = metaOf(sqlite, 'header');
      if (version > journalVersion) {
        throw new DataError(`journal ${path} has version ${version} and this program reads up to ${journalVersion}`, {
          code: 'newer-schema',
          context: { path },
        });
      }
      if (header !== undefined) return new JournalReader(path, sqlite, header);
      throw new DataError(`${path} is not the journal of a session`, { context: { path } });
    } catch (cause) {
      sqlite?.close();
      if (cause instanceof DataError || cause instanceof ConfigError || isOfDisk(cause)) throw cause;
      throw new DataError(`${path} is not the journal of a session`, { cause, context: { path } });
    }
  }

  /** Every entry in order, once. */
  *entries(): Generator<JournalEntry> {
    // One snapshot of the file: a running session may compact its batches meanwhile.
    this.#sqlite.exec('BEGIN');
    for (;;) {
      const lines = this.#batch();
      if (lines === undefined) break;
      for (const line of lines) {
        this.count++;
        yield { kind: line.startsWith('i') ? 'input' : 'decision', body: line.slice(1) };
      }
    }
    if (this.cut !== undefined) return;
    const footer = this.#meta('footer');
    if (footer !== undefined && this.#meta('footerSeal') === sealOf(this.#seal, footer)) {
      this.footer = JSON.parse(footer) as unknown;
    } else this.cut = `the session did not end properly: its journal breaks off after entry ${this.count}`;
  }

  close(): void {
    this.#sqlite.close();
  }

  /** The lines of the next batch; undefined after the last one that fits. */
  #batch(): string[] | undefined {
    const { count } = this;
    const cut = (reason: string): string[] | undefined => {
      this.cut = `the journal is cut off after entry ${count}: ${reason}`;
      return undefined;
    };
    try {
      const found = this.#sqlite.statement('SELECT first, count, body, seal FROM batches WHERE first >= ? ORDER BY first LIMIT 1').get(count); // prettier-ignore
      if (found === undefined) return undefined;
      const row = found as BatchRow;
      if (row.first !== count) return cut(`the next batch begins with entry ${row.first}`);
      const { body } = row;
      const isCompact = row.seal.startsWith(compactMark);
      const texts = isCompact ? brotliDecompressSync(body).toString('utf8').split(batchEnd) : [textOf(body)]; // prettier-ignore
      const seal = texts.reduce(sealOf, this.#seal);
      if (seal !== (isCompact ? row.seal.slice(compactMark.length) : row.seal)) {
        return cut('the seal of the next batch is wrong');
      }
      const lines = texts.flatMap((text) => text.split('\n'));
      if (lines.length !== row.count) return cut(`the next batch has ${lines.length} entries in place of ${row.count}`);
      this.#seal = seal;
      return lines;
    } catch (error) {
      return cut(`the next batch cannot be read (${messageOf(error)})`);
    }
  }

  #meta(key: string): string | undefined {
    try {
      return metaOf(this.#sqlite, key);
    } catch {
      return undefined;
    }
  }
}

/** The text of a batch's body. */
function textOf(body: BatchRow['body']): string {
  return typeof body === 'string' ? body : inflateRawSync(body).toString('utf8');
}

/** The texts of batches as one packed body. */
function packedTexts(texts: readonly string[]): Promise<Uint8Array> {
  const whole = Buffer.from(texts.join(batchEnd), 'utf8');
  const params = {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_QUALITY]: 6,
    [constants.BROTLI_PARAM_LGWIN]: 22,
    [constants.BROTLI_PARAM_SIZE_HINT]: whole.length,
  };
  return new Promise((resolve, reject) => {
    brotliCompress(whole, { params }, (error, packed) => {
      if (error === null) resolve(packed);
      else reject(error);
    });
  });
}

/**
 * Compacts a closed journal of an earlier run, of any version. Seals and entries stay as they are.
 *
 * @returns Bytes before and after.
 * @throws {DataError} If it is not a journal, or is cut off: such a file is not changed.
 */
export async function compactJournal(path: string): Promise<{ readonly before: number; readonly after: number }> {
  const reader = await JournalReader.open(path);
  for (const _ of reader.entries());
  reader.close();
  if (reader.cut !== undefined && !reader.cut.startsWith('the session did not end properly')) {
    throw new DataError(`${path} is left as it is: ${reader.cut}`, { context: { path } });
  }
  const sqlite = await openJournal(path);
  try {
    const sizeOf = (): number => statSync(path).size;
    sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const before = sizeOf();
    for (let from = 0; ;) {
      const rows = sqlite.statement(`SELECT first, count, body, seal FROM batches WHERE first >= ? AND seal NOT LIKE '${compactMark}%' ORDER BY first LIMIT 4096`).all(from) as BatchRow[]; // prettier-ignore
      if (rows.length === 0) break;
      const taken: BatchRow[] = [];
      const texts: string[] = [];
      let chars = 0;
      for (const row of rows) {
        const previous = taken.at(-1);
        if (chars >= compactChars || (previous !== undefined && row.first !== previous.first + previous.count)) break;
        taken.push(row);
        const text = textOf(row.body);
        texts.push(text);
        chars += text.length;
      }
      const [first, last] = [taken[0]!, taken.at(-1)!];
      const end = last.first + last.count;
      if (taken.length > 1) {
        const packed = await packedTexts(texts);
        sqlite.transaction(() => {
          sqlite.statement('DELETE FROM batches WHERE first >= ? AND first < ?').run(first.first, end);
          sqlite.statement('INSERT INTO batches VALUES (?, ?, ?, ?)').run(first.first, end - first.first, packed, `${compactMark}${last.seal}`); // prettier-ignore
          sqlite.statement("UPDATE meta SET value = ? WHERE key = 'version'").run(String(journalVersion));
        });
      }
      from = end;
    }
    sqlite.exec('VACUUM');
    sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return { before, after: sizeOf() };
  } finally {
    sqlite.close();
  }
}

/** Whether the file could not be read at all, as opposed to being something else. */
function isOfDisk(error: unknown): boolean {
  return error instanceof SessionError && !['store-failed', 'damaged-catalog'].includes(error.code);
}

function openJournal(path: string): Promise<Sqlite> {
  return openSqlite(path, { failure: (error) => fileFailure(error, 'journal', path) });
}

function metaOf(sqlite: Sqlite, key: string): string | undefined {
  const row = sqlite.statement('SELECT value FROM meta WHERE key = ?').get(key) as { value: string } | undefined;
  return row?.value;
}

/** The seal of a text that follows on another seal: change either and it differs. */
function sealOf(previous: string, text: string): string {
  return createHash('sha256').update(previous).update('\n').update(text).digest('base64');
}
