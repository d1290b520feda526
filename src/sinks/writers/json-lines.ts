/** Events as JSON lines in a file: one event a line, appended. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { makeFolders } from '../../core/index.ts';

import type { BatchWriter } from '../batching-sink.ts';
import type { KeyedEvent } from '../key.ts';

/** Appends to a file. A line that a crash cut short is removed when the file is opened again. */
export class JsonLinesWriter implements BatchWriter {
  readonly name: string;
  readonly #file: number;

  constructor(path: string) {
    this.name = path;
    makeFolders(dirname(path));
    const length = existsSync(path) ? wholeLines(path) : 0;
    this.#file = openSync(path, 'a+');
    if (existsSync(path) && statSync(path).size > length) ftruncateSync(this.#file, length);
  }

  write(batch: readonly KeyedEvent[]): Promise<void> {
    const text = batch.map(({ key, json }) => `{"key":${JSON.stringify(key)},${json.slice(1)}\n`).join('');
    const bytes = Buffer.from(text);
    const { size } = fstatSync(this.#file);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    } catch (cause) {
      // A full disk may take half a batch, which is written again as a whole.
      ftruncateSync(this.#file, size);
      throw cause;
    }
    return Promise.resolve();
  }

  close(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
  }
}

/** Bytes up to the end of the last whole line. */
function wholeLines(path: string): number {
  const { size } = statSync(path);
  const file = openSync(path, 'r');
  try {
    const part = Buffer.alloc(Math.min(size, 1 << 20));
    for (let end = size; end > 0; end -= part.length) {
      const start = Math.max(0, end - part.length);
      const length = readSync(file, part, 0, end - start, start);
      const at = part.subarray(0, length).lastIndexOf(10);
      if (at >= 0) return start + at + 1;
    }
    return 0;
  } finally {
    closeSync(file);
  }
}
