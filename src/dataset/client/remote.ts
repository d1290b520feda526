/** Remote Parquet files as local ones: the blocks that a query reads are fetched by range and kept on disk. */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs'; // prettier-ignore
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';

import type { FileMetaData } from 'hyparquet';

import { ConnectorError, messageOf, type Runtime } from '../../core/index.ts';
import type { PublishedFile } from '../publish/spec.ts';

const blockBytes = 65_536;
/** Files fetched at once. */
const mostAtOnce = 8;
const timeoutMs = 30_000;

/** Which parts of files a query reads. */
export interface Need {
  readonly symbols?: readonly string[] | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly time?: string | undefined;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** The files of one dataset on a server. */
export class RemoteFiles {
  /** Where the blocks are kept: sparse files of the size of the remote ones. */
  readonly folder: string;
  /** Requests that were sent, for whoever measures. */
  requests = 0;
  readonly #base: string;
  readonly #mostBytes: number;
  readonly #runtime: Runtime;
  readonly #footers = new Map<string, FileMetaData>();

  constructor(base: string, folder: string, cacheMb: number, runtime: Runtime) {
    this.#base = base;
    this.folder = join(folder, createHash('sha256').update(base).digest('hex').slice(0, 16));
    this.#mostBytes = cacheMb * 1e6;
    this.#runtime = runtime;
    mkdirSync(this.folder, { recursive: true });
  }

  /** A small file as text, never from the cache. */
  async text(path: string): Promise<string> {
    return (await this.#fetch(path)).toString('utf8');
  }

  /** Local files in which everything that a query needs is there. */
  async ensure(files: readonly PublishedFile[], need: Need): Promise<string[]> {
    const paths = new Array<string>(files.length);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < files.length) {
        const at = next++;
        paths[at] = await this.#ensureFile(files[at]!, need);
      }
    };
    await Promise.all(Array.from({ length: Math.min(mostAtOnce, files.length) }, worker));
    this.#trim(new Set(paths));
    return paths;
  }

  async #ensureFile(file: PublishedFile, need: Need): Promise<string> {
    // The hash is part of the name: a file that was published again is another one.
    const path = join(this.folder, file.hash.slice(0, 12), file.path);
    const blocks = new Blocks(path, file.bytes);
    const now = this.#runtime.now() / 1000;
    if (!blocks.hasAll()) {
      const metadata = await this.#footer(file, blocks);
      await this.#fill(file, blocks, rangesOf(metadata, need));
      blocks.save();
    }
    utimesSync(path, now, now);
    return path;
  }

  async #footer(file: PublishedFile, blocks: Blocks): Promise<FileMetaData> {
    const known = this.#footers.get(file.hash);
    if (known !== undefined) return known;
    const { parquetMetadata } = await import('hyparquet');
    const tail = Math.min(file.bytes, 2 * blockBytes);
    await this.#fill(file, blocks, [{ from: 0, to: 4 }, { from: file.bytes - tail, to: file.bytes }]); // prettier-ignore
    const length = blocks.read(file.bytes - 8, file.bytes).readUInt32LE(0) + 8;
    if (length > tail) await this.#fill(file, blocks, [{ from: file.bytes - length, to: file.bytes }]);
    const bytes = blocks.read(file.bytes - length, file.bytes);
    const metadata = parquetMetadata(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
    );
    this.#footers.set(file.hash, metadata);
    return metadata;
  }

  async #fill(file: PublishedFile, blocks: Blocks, ranges: readonly Range[]): Promise<void> {
    for (const range of blocks.missing(ranges)) blocks.write(range.from, await this.#fetch(file.path, range));
  }

  async #fetch(path: string, range?: Range): Promise<Buffer> {
    this.requests += 1;
    const aborted = new AbortController();
    const timer = this.#runtime.after(timeoutMs, () => {
      aborted.abort();
    });
    try {
      const headers: Record<string, string> =
        range === undefined ? {} : { range: `bytes=${range.from}-${range.to - 1}` };
      const response = await fetch(`${this.#base}/${path}`, { headers, signal: aborted.signal });
      if (!response.ok)
        throw new ConnectorError(`${this.#base}/${path} answered HTTP ${response.status}`, { code: 'http' });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (range === undefined) return bytes;
      // A server that knows no ranges sends the whole file.
      return response.status === 206 ? bytes : bytes.subarray(range.from, range.to);
    } catch (error) {
      if (error instanceof ConnectorError) throw error;
      throw new ConnectorError(`${this.#base}/${path}: ${messageOf(error)}`, { code: 'network', cause: error });
    } finally {
      timer.cancel();
    }
  }

  /** Removes the files used least recently until the rest is below the limit. */
  #trim(inUse: ReadonlySet<string>): void {
    const files = readdirSync(this.folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path, used: statSync(path).blocks * 512, time: statSync(path).mtimeMs }))
      .sort((a, b) => a.time - b.time);
    let bytes = files.reduce((sum, { used }) => sum + used, 0);
    for (const { path, used } of files) {
      if (bytes <= this.#mostBytes) return;
      if (inUse.has(path)) continue;
      rmSync(path, { force: true });
      rmSync(`${path}.blocks`, { force: true });
      bytes -= used;
    }
  }
}

/** A sparse file and which of its blocks are there. */
class Blocks {
  readonly #path: string;
  readonly #bytes: number;
  readonly #have: Uint8Array;
  #isChanged = false;

  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
    const count = Math.ceil(bytes / blockBytes);
    const isThere = existsSync(path) && existsSync(`${path}.blocks`) && statSync(path).size === bytes;
    const kept = isThere ? readFileSync(`${path}.blocks`) : undefined;
    this.#have = kept?.length === count ? new Uint8Array(kept) : new Uint8Array(count);
    if (isThere && kept?.length === count) return;
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, 'w');
    ftruncateSync(file, bytes);
    closeSync(file);
  }

  hasAll(): boolean {
    return this.#have.every((one) => one === 1);
  }

  /** Runs of blocks of these ranges that are not there yet. */
  missing(ranges: readonly Range[]): Range[] {
    const wanted = new Uint8Array(this.#have.length);
    for (const { from, to } of ranges) {
      for (let block = Math.floor(from / blockBytes); block * blockBytes < to; block++) wanted[block] = 1;
    }
    const runs: { from: number; to: number }[] = [];
    for (let block = 0; block < wanted.length; block++) {
      if (wanted[block] !== 1 || this.#have[block] === 1) continue;
      const [from, to] = [block * blockBytes, Math.min(this.#bytes, (block + 1) * blockBytes)];
      const last = runs.at(-1);
      if (last?.to === from) last.to = to;
      else runs.push({ from, to });
    }
    return runs;
  }

  write(from: number, bytes: Buffer): void {
    const file = openSync(this.#path, 'r+');
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, from + done);
    } finally {
      closeSync(file);
    }
    for (let block = from / blockBytes; block * blockBytes < from + bytes.length; block++) this.#have[block] = 1;
    this.#isChanged = true;
  }

  read(from: number, to: number): Buffer {
    const bytes = Buffer.alloc(to - from);
    const file = openSync(this.#path, 'r');
    try {
      readSync(file, bytes, 0, bytes.length, from);
    } finally {
      closeSync(file);
    }
    return bytes;
  }

  /** Records which blocks are there, after their bytes. */
  save(): void {
    if (!this.#isChanged) return;
    writeFileSync(`${this.#path}.blocks.tmp`, this.#have);
    renameSync(`${this.#path}.blocks.tmp`, `${this.#path}.blocks`);
  }
}

/** The bytes of the row groups that can hold rows of a query, by their statistics. */
function rangesOf({ row_groups: groups }: FileMetaData, { symbols, start, end, time }: Need): Range[] {
  return groups.flatMap(({ columns }) => {
    const bounds = (name: string | undefined): { min: unknown; max: unknown } => {
      const found = columns.find(({ meta_data: meta }) => meta?.path_in_schema.join('.') === name)?.meta_data
        ?.statistics;
      return { min: found?.min_value ?? found?.min, max: found?.max_value ?? found?.max };
    };
    const { min, max } = bounds('symbol');
    const texts = typeof min === 'string' && typeof max === 'string';
    if (symbols !== undefined && texts && !symbols.some((symbol) => symbol >= min && symbol <= max)) return [];
    const times = bounds(time);
    if (times.min instanceof Date && times.max instanceof Date) {
      if (start !== undefined && times.max.getTime() < start) return [];
      if (end !== undefined && times.min.getTime() >= end) return [];
    }
    return columns.map(({ meta_data: meta }) => {
      const from = Number(meta!.dictionary_page_offset ?? meta!.data_page_offset);
      const first = Math.min(from, Number(meta!.data_page_offset));
      return { from: first, to: first + Number(meta!.total_compressed_size) };
    });
  });
}
