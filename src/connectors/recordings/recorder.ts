/**
 * Writes raw traffic down as it crosses the wire, or events where ccxt opened the socket: one JSON object a line, gzipped, in a file that
 * is complete or absent.
 */
import { createWriteStream, existsSync, openSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';

import { makeFolders, ConfigError, ConnectorError, messageOf } from '../../core/index.ts';
import type { RecordingLine } from './recording.ts';

/** What the first line says. */
export interface RecorderOptions {
  /** The exchange's id, written to the first line. */
  readonly exchange: string;
  /** Channel to symbols. Default: none is written. */
  readonly subscription?: Readonly<Record<string, readonly string[]>>;
  /** Free text, written to the first line. Default: none. */
  readonly notes?: readonly string[];
}

/** How often the lines so far are made readable, should the process be killed, in milliseconds. */
const flushMs = 2_000;

/**
 * A recording being made. It is written to a file with the ending `.part` beside the path and renamed on `close`, so that a recording that
 * stands is whole; a killed process leaves the `.part`, which can be read up to its last seconds. A recording that stands already is never
 * replaced: the new one has a number in its name.
 * Frames that carry a signature are not recorded: only public traffic passes here.
 */
export class Recorder {
  /** The file it writes: the one that was asked for, or `NAME-2.jsonl.gz` and so on where that stands already. */
  readonly path: string;
  /** Lines written so far. */
  lines = 0;
  readonly #temporary: string;
  /** The first folder that was made for the file; undefined when its folder was there. */
  readonly #made: string | undefined;
  readonly #gzip: Gzip;
  /** Settles when the last byte is written, or writing has failed. */
  readonly #written: Promise<void>;
  readonly #options: RecorderOptions;
  #begun = false;
  #closed = false;
  #error: unknown;
  #flushed = -Infinity;

  /** @throws {ConfigError} If the file cannot be made. */
  constructor(path: string, options: RecorderOptions) {
    this.#options = options;
    this.#gzip = createGzip();
    let fd: number;
    try {
      this.#made = makeFolders(dirname(path));
      this.path = freeName(path);
      this.#temporary = `${this.path}.part`;
      fd = openSync(this.#temporary, 'wx');
    } catch (cause) {
      throw new ConfigError(`the recording ${path} cannot be written: ${messageOf(cause)}`, {
        code: 'recording-file',
        context: { field: 'record' },
        cause,
      });
    }
    this.#written = pipeline(this.#gzip, createWriteStream(this.#temporary, { fd })).catch((error: unknown) => {
      this.#error = error;
    });
  }

  /** Writes what crossed the wire. `time` is in milliseconds UTC. */
  wire(
    time: number,
    conn: string,
    kind: 'open' | 'close' | 'in' | 'out' | 'http',
    data: string | Uint8Array,
    url: string,
  ): void {
    const binary = typeof data !== 'string';
    this.line(time, {
      dir: kind,
      conn,
      ...(kind === 'in' ? {} : { url }),
      ...(kind === 'open' ? {} : { data: binary ? Buffer.from(data).toString('base64') : data }),
      ...(binary && { enc: 'base64' }),
    });
  }

  /** Writes one line. `time` is in milliseconds UTC; the file holds seconds. */
  line(time: number, line: Omit<RecordingLine, 't'>): void {
    if (this.#closed || this.#error !== undefined) return;
    if (!this.#begun) {
      this.#begun = true;
      const { exchange, subscription, notes } = this.#options;
      this.#write({
        t: time / 1000,
        dir: 'meta',
        format: 1,
        exchange,
        subscription,
        origin: 'nextbar record',
        notes: notes ?? [],
      });
    }
    this.#write({ t: time / 1000, ...line });
    this.lines++;
    if (time - this.#flushed < flushMs) return;
    this.#flushed = time;
    this.#gzip.flush(constants.Z_SYNC_FLUSH);
  }

  #write(row: object): void {
    this.#gzip.write(`${JSON.stringify(row)}\n`);
  }

  /** Ends it without a file, as when nothing could be recorded. */
  async discard(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#gzip.end();
    await this.#written;
    rmSync(this.#temporary, { force: true });
    if (this.#made !== undefined) removeEmpty(resolve(dirname(this.path)), this.#made);
  }

  /** Finishes the file and gives it its name. @throws {ConnectorError} If it could not be written. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#gzip.end();
    await this.#written;
    if (this.#error !== undefined) {
      rmSync(this.#temporary, { force: true });
      throw new ConnectorError(`the recording ${this.path} could not be written: ${messageOf(this.#error)}`, {
        cause: this.#error,
      });
    }
    renameSync(this.#temporary, this.path);
  }
}

/** The first name that neither a recording nor one in the making has: `a.jsonl.gz`, `a-2.jsonl.gz`, `a-3.jsonl.gz` ... */
function freeName(path: string): string {
  const [, stem = '', endings = ''] = /^(.[^.]*)(.*)$/s.exec(basename(path)) ?? [];
  for (let k = 1; ; k++) {
    const name = k === 1 ? path : join(dirname(path), `${stem}-${k}${endings}`);
    if (!existsSync(name) && !existsSync(`${name}.part`)) return name;
  }
}

/** Removes a folder and those above it up to `top`, as far as they are empty. */
function removeEmpty(folder: string, top: string): void {
  try {
    for (let at = folder; ; at = dirname(at)) {
      rmdirSync(at);
      if (at === top) return;
    }
  } catch {
    // Another program has put a file there meanwhile.
  }
}
