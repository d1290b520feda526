/** Numeric answers kept on disk, by the content of the files they were read from: the next process reads them instead of Parquet. */
import { existsSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { makeFolders } from '../../core/index.ts';

/** The most values of an answer that is kept. */
const mostValues = 2_000_000;
const wordBytes = 8;

/**
 * Columns of numbers by query. The key contains the hashes of the files, so that a new publication is another key.
 *
 * A file holds the columns one after the other as doubles, then a hash of them; a damaged file is ignored.
 */
export class KeptAnswers {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether any answer was kept. */
  get hasAny(): boolean {
    return existsSync(this.#folder);
  }

  /** The columns, in order; undefined if they are not kept. A missing value is undefined. */
  read(question: unknown, columns: number, now: number): unknown[][] | undefined {
    const path = this.#path(question);
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch {
      return undefined;
    }
    const size = bytes.length - 32;
    if (
      size < 0 ||
      columns === 0 ||
      size % (columns * wordBytes) !== 0 ||
      !hashOf(bytes.subarray(0, size)).equals(bytes.subarray(size))
    ) {
      rmSync(path, { force: true });
      return undefined;
    }
    utimesSync(path, now / 1000, now / 1000);
    const rows = size / wordBytes / columns;
    const values = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + size));
    return Array.from({ length: columns }, (_, k) => {
      const column = new Array<unknown>(rows);
      for (let i = 0, at = k * rows; i < rows; i++, at++)
        column[i] = values[at] === values[at] ? values[at] : undefined;
      return column;
    });
  }

  /** Keeps columns that hold only numbers. */
  write(question: unknown, columns: readonly (readonly unknown[])[]): void {
    const rows = columns[0]?.length ?? 0;
    if (rows === 0 || rows * columns.length > mostValues) return;
    const values = new Float64Array(rows * columns.length);
    for (const [k, column] of columns.entries()) {
      for (let i = 0; i < rows; i++) {
        const value = column[i];
        if (value !== undefined && (typeof value !== 'number' || Number.isNaN(value))) return;
        values[k * rows + i] = value ?? NaN;
      }
    }
    const bytes = Buffer.from(values.buffer);
    makeFolders(this.#folder);
    const path = this.#path(question);
    writeFileSync(`${path}.${process.pid}.tmp`, Buffer.concat([bytes, hashOf(bytes)]));
    renameSync(`${path}.${process.pid}.tmp`, path);
  }

  #path(question: unknown): string {
    return join(
      this.#folder,
      `${createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 32)}.answer`,
    );
  }
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
