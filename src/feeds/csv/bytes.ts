/** The bytes of a file in chunks of whole lines: unpacked on the way when its name ends in .gz or .zip, and made UTF-8 where they are UTF-16. */
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';

import { messageOf } from '../../core/index.ts';
import { unopened, unreadable } from '../checks/unreadable.ts';
import { RowLines, startOfLastLines } from './row-lines.ts';
import { unzipped } from './zip.ts';

/** Some bytes of a file, valid until the next chunk is read. */
export interface ByteChunk {
  readonly bytes: Uint8Array;
  /** How much of the file on disk has been read so far, and its size. */
  readonly done: number;
  readonly total: number;
}

const chunkSize = 1 << 20;
/** A line longer than this is not a row of numbers. */
const longestLine = 1 << 20;
const lf = 10;

/** How the rows of a file are found. */
export interface LineOptions {
  readonly signal?: AbortSignal | undefined;
  readonly delimiter?: string | undefined;
  /** Lines at the end of the file that are not read; blank ones do not count. Default 0. */
  readonly skipEnd?: number | undefined;
}

/**
 * A file's bytes in order, each chunk ending with the line feed of a row; one is added where the last row has none.
 *
 * @throws {DataError} If the file cannot be read or unpacked, or a line is too long.
 */
export async function* linesOfFile(path: string, options: LineOptions = {}): AsyncGenerator<ByteChunk> {
  const { signal, delimiter, skipEnd = 0 } = options;
  const rows = new RowLines(delimiter);
  let rest: Uint8Array = new Uint8Array(0);
  let last: ByteChunk | undefined;
  for await (const chunk of bytesOfFile(path, signal)) {
    last = chunk;
    rows.take(chunk.bytes);
    const isJoined = rest.length > 0 && (rows.hasQuotes || skipEnd > 0);
    const bytes = isJoined ? joined(rest, chunk.bytes) : chunk.bytes;
    const end = startOfLastLines(bytes, rows.endOfRows(bytes), skipEnd);
    if (end === 0) {
      rest = isJoined ? bytes : joined(rest, bytes);
      if (rest.length > longestLine + chunkSize) throw unreadable(path, `a line is longer than ${longestLine} bytes`);
      continue;
    }
    let from = 0;
    if (rest.length > 0 && !isJoined) {
      from = bytes.indexOf(lf) + 1;
      yield { ...chunk, bytes: joined(rest, bytes.subarray(0, from)) };
    }
    if (end > from) yield { ...chunk, bytes: bytes.subarray(from, end) };
    rest = bytes.slice(end);
  }
  if (last === undefined || rest.length === 0) return;
  const bytes = rest.at(-1) === lf ? rest : joined(rest, Uint8Array.of(lf));
  const end = startOfLastLines(bytes, rows.endOfRows(bytes, true), skipEnd);
  if (end > 0) yield { ...last, bytes: bytes.subarray(0, end) };
}

async function* bytesOfFile(path: string, signal?: AbortSignal): AsyncGenerator<ByteChunk> {
  const file = await openFile(path);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw unreadable(path, 'it is not a file');
    const chunks = /\.zip$/i.test(path)
      ? zipChunks(file, path, stat.size)
      : path.endsWith('.gz')
        ? gzipChunks(path, stat.size)
        : plainChunks(file, stat.size);
    let wide: TextDecoder | undefined;
    let isFirst = true;
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      if (isFirst) {
        checkText(chunk.bytes, path);
        wide = wideDecoder(chunk.bytes, path);
      }
      if (wide !== undefined) yield { ...chunk, bytes: narrowed(wide.decode(chunk.bytes, { stream: true })) };
      else yield isFirst ? withoutMark(chunk) : chunk;
      isFirst = false;
    }
  } finally {
    await file.close();
  }
}

/** @throws {DataError} If these first bytes are of a file of columns. */
function checkText(bytes: Uint8Array, path: string): void {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 15));
  const [, kind] = [['PAR1', 'a Parquet'], ['ARROW1', 'an Arrow'], ['SQLite format 3', 'an SQLite']].find(([mark]) => start.startsWith(mark!)) ?? []; // prettier-ignore
  if (kind !== undefined) throw unreadable(path, `it is ${kind} file, and no CSV`);
}

/** Two buffers take turns: one is filled while the other is read. */
async function* plainChunks(file: FileHandle, total: number): AsyncGenerator<ByteChunk> {
  const size = Math.min(chunkSize, total + 1);
  let [next, other] = [new Uint8Array(size), new Uint8Array(size)];
  let done = 0;
  let reading = file.read(next, 0, size, 0);
  for (;;) {
    const { bytesRead, buffer } = await reading;
    if (bytesRead === 0) return;
    done += bytesRead;
    [next, other] = [other, next];
    reading = file.read(next, 0, size, done);
    // A caller that stops early leaves this read pending; its failure no longer matters then.
    reading.catch(() => undefined);
    yield { bytes: buffer.subarray(0, bytesRead), done, total };
  }
}

async function* gzipChunks(path: string, total: number): AsyncGenerator<ByteChunk> {
  const packed = createReadStream(path, { highWaterMark: 1 << 18 });
  const unpacked = packed.pipe(createGunzip({ chunkSize }));
  packed.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const bytes of unpacked as AsyncIterable<Uint8Array>) {
      const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      yield { bytes: plain, done: Math.min(packed.bytesRead, total), total };
    }
  } catch (error) {
    throw unreadable(path, `it cannot be unpacked (${messageOf(error)})`, error);
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

async function* zipChunks(file: FileHandle, path: string, total: number): AsyncGenerator<ByteChunk> {
  try {
    for await (const bytes of unzipped(await file.readFile())) yield { bytes, done: total, total };
  } catch (error) {
    throw unreadable(path, `it cannot be unpacked (${messageOf(error)})`, error);
  }
}

/**
 * The decoder of a UTF-16 file, as spreadsheets save "Unicode text", recognised by its mark or by a zero beside its first character;
 * undefined for any other file.
 *
 * @throws {DataError} If the file is packed under another name, or holds zeros.
 */
function wideDecoder(bytes: Uint8Array, path: string): TextDecoder | undefined {
  const [a, b] = bytes;
  if (a === 0x1f && b === 0x8b && !path.endsWith('.gz'))
    throw unreadable(path, 'it is packed with gzip: its name must end in .gz');
  if (a === 0x50 && b === 0x4b && !/\.zip$/i.test(path))
    throw unreadable(path, 'it is a zip archive: its name must end in .zip');
  if (a === 0 && b === 0) throw unreadable(path, 'it begins with zeros, so it is not text');
  if ((a === 0xff && b === 0xfe) || b === 0) return new TextDecoder('utf-16le');
  if ((a === 0xfe && b === 0xff) || a === 0) return new TextDecoder('utf-16be');
  return undefined;
}

/** A text as plain bytes in UTF-8. */
function narrowed(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The first bytes of a file without a byte order mark. */
function withoutMark(chunk: ByteChunk): ByteChunk {
  const [a, b, c] = chunk.bytes;
  return a === 0xef && b === 0xbb && c === 0xbf ? { ...chunk, bytes: chunk.bytes.subarray(3) } : chunk;
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw unopened(path, error);
  }
}

/** Both, as one plain Uint8Array: a Buffer would make the scanner's reads twice as slow. */
function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
