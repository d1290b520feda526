/** Files of any common form without their later rows: texts, packed ones, Arrow, Parquet, SQLite and plain numbers. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';

import { loadArrow, openReady } from '../../store/index.ts';
import type { Column, Later } from './rows.ts';
import { codeUntil, textUntil, type Kept } from './texts.ts';

/** Files of code, whose lists of numbers alone are data. */
const codes = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.tsx', '.jsx']);

/** Files that are no data. */
const others = new Set(['.map', '.node', '.wasm']);

/**
 * Writes a file without its later rows to another place.
 *
 * @returns Undefined where it has none, or none that can be told: nothing has been written then.
 */
export async function copyUntil(
  path: string,
  place: string,
  later: Later,
): Promise<{ readonly isEmpty: boolean } | undefined> {
  const bytes = readFileSync(path);
  if (others.has(extname(path))) return undefined;
  if (bytes.toString('latin1', 0, 15) === 'SQLite format 3') return await sqliteUntil(path, place, later);
  const kept = codes.has(extname(path))
    ? encoded(codeUntil(bytes.toString(), later))
    : await bytesUntil(bytes, extname(path), later);
  if (kept !== undefined) writeFileSync(place, kept.content);
  return kept;
}

async function bytesUntil(bytes: Buffer, ending: string, later: Later): Promise<Kept<Uint8Array> | undefined> {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    return await repacked(() => gunzipSync(bytes), (one) => gzipSync(one), later); // prettier-ignore
  if (ending === '.br') return await repacked(() => brotliDecompressSync(bytes), (one) => brotliCompressSync(one), later); // prettier-ignore
  const mark = bytes.toString('latin1', 0, 6);
  if (mark.startsWith('PAR1')) return await parquetUntil(bytes, later);
  if (mark === 'ARROW1' || mark.startsWith('\xff\xff\xff\xff'))
    return await arrowUntil(bytes, later, mark === 'ARROW1');
  return bytes.includes(0) ? numbersUntil(bytes, later) : encoded(textUntil(bytes.toString(), later));
}

function encoded(kept: Kept<string> | undefined): Kept<Uint8Array> | undefined {
  return kept && { ...kept, content: Buffer.from(kept.content) };
}

async function repacked(
  unpack: () => Buffer,
  pack: (bytes: Uint8Array) => Uint8Array,
  later: Later,
): Promise<Kept<Uint8Array> | undefined> {
  let bytes: Buffer;
  try {
    bytes = unpack();
  } catch {
    return undefined;
  }
  const kept = await bytesUntil(bytes, '', later);
  return kept && { ...kept, content: pack(kept.content) };
}

/** Numbers of a row of a file without a form: more are not looked for. */
const widest = 16;

/** Plain numbers of 64 or 32 bits, a column or row by row, with the header of NumPy or none. */
function numbersUntil(bytes: Buffer, later: Later): Kept<Uint8Array> | undefined {
  const header = bytes.toString('latin1', 1, 6) === 'NUMPY' ? 10 + bytes.readUInt16LE(8) : 0;
  for (const size of [8, 4] as const) {
    const count = Math.floor((bytes.length - header) / size);
    const read = size === 8 ? (at: number) => bytes.readDoubleLE(at) : (at: number) => bytes.readFloatLE(at);
    for (let width = 1; width <= widest; width++) {
      const rows = Math.floor(count / width);
      if (rows * width !== count) continue;
      const columns = Array.from(
        { length: width },
        (_, k): Column =>
          (row) =>
            read(header + (row * width + k) * size),
      );
      const isLater = later.rowsOf(columns, rows);
      if (isLater === undefined) continue;
      const kept = Array.from({ length: rows }, (_, row) => row).filter((row) => !isLater(row));
      if (kept.length === rows) return undefined;
      const rowAt = (row: number): Buffer =>
        bytes.subarray(header + row * width * size, header + (row + 1) * width * size);
      return { content: Buffer.concat([bytes.subarray(0, header), ...kept.map(rowAt)]), isEmpty: kept.length === 0 };
    }
  }
  return undefined;
}

async function arrowUntil(bytes: Buffer, later: Later, isFile: boolean): Promise<Kept<Uint8Array> | undefined> {
  const { Table, tableFromIPC, tableToIPC, vectorFromArray } = await loadArrow();
  try {
    const table = tableFromIPC(new Uint8Array(bytes));
    const vectors = table.schema.fields.map(({ name }) => [name, table.getChild(name)!] as const);
    const isLater = later.rowsOf(vectors.map(([, vector]) => (row) => vector.get(row) as unknown), table.numRows); // prettier-ignore
    if (isLater === undefined) return undefined;
    const kept = Array.from({ length: table.numRows }, (_, row) => row).filter((row) => !isLater(row));
    if (kept.length === table.numRows) return undefined;
    const columns = vectors.map(([name, vector]) => {
      return [name, vectorFromArray(kept.map((row) => vector.get(row) as unknown), vector.type)] as const; // prettier-ignore
    });
    return { content: tableToIPC(new Table(Object.fromEntries(columns)), isFile ? 'file' : 'stream'), isEmpty: kept.length === 0 }; // prettier-ignore
  } catch {
    return undefined;
  }
}

async function parquetUntil(bytes: Buffer, later: Later): Promise<Kept<Uint8Array> | undefined> {
  const [{ parquetReadObjects }, { compressors }, { parquetWriteBuffer }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
    import('hyparquet-writer'),
  ]);
  try {
    const file = new Uint8Array(bytes).buffer;
    const rows = await parquetReadObjects({ file, compressors });
    const names = Object.keys(rows[0] ?? {});
    const isLater = later.rowsOf(names.map((name) => (row) => rows[row]![name] as unknown), rows.length); // prettier-ignore
    if (isLater === undefined) return undefined;
    const kept = rows.filter((_, row) => !isLater(row));
    if (kept.length === rows.length) return undefined;
    const columnData = names.map((name) => {
      const data = kept.map((row) => row[name] as unknown);
      return { name, data, ...(data.every((value) => typeof value === 'number') && { type: 'DOUBLE' as const }) };
    });
    return { content: new Uint8Array(parquetWriteBuffer({ columnData })), isEmpty: kept.length === 0 };
  } catch {
    return undefined;
  }
}

/** Every table of a database, but those that SQLite keeps without row numbers. */
async function sqliteUntil(
  path: string,
  place: string,
  later: Later,
): Promise<{ readonly isEmpty: boolean } | undefined> {
  for (const ending of ['', '-wal']) if (existsSync(path + ending)) copyFileSync(path + ending, place + ending);
  const { sqlite } = await openReady(place, { prepare: () => undefined, failure: (error) => error });
  let [isCut, isEmpty] = [false, false];
  try {
    const tables = sqlite.statement("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE '%WITHOUT ROWID%'"); // prettier-ignore
    for (const { name } of tables.all() as { readonly name: string }[]) {
      const table = `"${name.replaceAll('"', '""')}"`;
      const rows = sqlite.statement(`SELECT rowid AS "nextbar rowid", * FROM ${table}`).all() as Record<string, unknown>[]; // prettier-ignore
      const names = Object.keys(rows[0] ?? {}).slice(1);
      const isLater = later.rowsOf(names.map((column) => (row) => rows[row]![column]), rows.length); // prettier-ignore
      const gone = isLater === undefined ? [] : rows.filter((_, row) => isLater(row));
      if (gone.length === 0) continue;
      const remove = sqlite.statement(`DELETE FROM ${table} WHERE rowid = ?`);
      sqlite.transaction(() => {
        for (const row of gone) remove.run(row['nextbar rowid'] as number);
      });
      isCut = true;
      isEmpty ||= gone.length === rows.length;
    }
    return isCut ? { isEmpty } : undefined;
  } catch {
    return undefined;
  } finally {
    sqlite.close();
  }
}
