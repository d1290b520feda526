/** Serves remote Parquet files as local ones: fetches the blocks that a query reads by range and keeps them on disk. */
import { closeSync, existsSync, ftruncateSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs'; // prettier-ignore
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';

import type { FileMetaData } from 'hyparquet';

import { ConfigError, ConnectorError, messageOf, makeFolders, type Runtime } from '../../core/index.ts';
import type { PublishedFile } from '../publish/spec.ts';
import { KeptAnswers } from './answers.ts';

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

/** Where a dataset on a server is: its address without user and password, which messages may show, and the header that they make. */
export interface RemotePlace {
  readonly base: string;
  readonly authorization: string | undefined;
}

/** @throws {ConfigError} If the address cannot be that of a folder. */
export function remotePlace(from: string): RemotePlace {
  const url = URL.canParse(from) ? new URL(from) : undefined;
  if (url?.search !== '' || url.hash !== '') {
    // The part after the question mark may hold a key.
    throw new ConfigError(`from must be the address of a folder, such as https://host.example/dataset, was '${from.replace(/[?#].*/s, '?...').replace(/\/\/[^/@]*@/, '//***@')}'`, { context: { field: 'from' } }); // prettier-ignore
  }
  const { username, password } = url;
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const base = `${url.origin}${url.pathname}`.replace(/\/$/, '');
  return { base, authorization: user === ':' ? undefined : `Basic ${Buffer.from(user).toString('base64')}` };
}

/** The files of one dataset on a server. */
export class RemoteFiles {
  /** Folder of the blocks: sparse files of the size of the remote ones. */
  readonly folder: string;
  /** Requests sent so far, for measurements. */
  requests = 0;
  readonly #base: string;
  readonly #authorization: string | undefined;
  readonly #mostBytes: number;
  readonly #runtime: Runtime;
  readonly #footers = new Map<string, readonly Group[]>();
  readonly #answers: KeptAnswers;

  constructor({ base, authorization }: RemotePlace, folder: string, cacheMb: number, runtime: Runtime) {
    this.#base = base;
    this.#authorization = authorization;
    this.folder = join(folder, createHash('sha256').update(base).digest('hex').slice(0, 16));
    this.#mostBytes = cacheMb * 1e6;
    this.#runtime = runtime;
    this.#answers = new KeptAnswers(join(this.folder, 'answers'));
  }

  /** Whether any answer is kept. */
  get hasAnswers(): boolean {
    return this.#answers.hasAny;
  }

  /** The columns of an earlier query of any process; undefined if they are not kept. */
  answer(question: readonly unknown[], columns: number): unknown[][] | undefined {
    return this.#answers.read(question, columns, this.#runtime.now());
  }

  /** Keeps a numeric answer on disk. */
  keep(question: readonly unknown[], columns: readonly (readonly unknown[])[]): void {
    this.#answers.write(question, columns);
  }

  /** A small file as text, never from the cache. */
  async text(path: string): Promise<string> {
    const bytes = await this.#fetch(path);
    // Only after the server has answered, so that a wrong address leaves no folder.
    makeFolders(this.folder);
    return bytes.toString('utf8');
  }

  /** Local files that contain everything a query needs. */
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
    // The hash is part of the name, so a file that was published again is another file.
    const path = join(this.folder, file.hash.slice(0, 12), file.path);
    const blocks = new Blocks(path, file.bytes);
    const now = this.#runtime.now() / 1000;
    if (!blocks.hasAll()) {
      await this.#fill(file, blocks, rangesOf(await this.#groups(file, blocks), need));
      blocks.save();
    }
    utimesSync(path, now, now);
    return path;
  }

  /** The row groups of a file: from memory, from the notes beside its blocks, else from its footer. */
  async #groups(file: PublishedFile, blocks: Blocks): Promise<readonly Group[]> {
    const known = this.#footers.get(file.hash) ?? blocks.readNote<Group[]>();
    if (known !== undefined) {
      this.#footers.set(file.hash, known);
      return known;
    }
    const groups = groupsOf(await this.#footer(file, blocks));
    this.#footers.set(file.hash, groups);
    blocks.writeNote(groups);
    return groups;
  }

  async #footer(file: PublishedFile, blocks: Blocks): Promise<FileMetaData> {
    const { parquetMetadata } = await import('hyparquet');
    const tail = Math.min(file.bytes, 2 * blockBytes);
    await this.#fill(file, blocks, [{ from: 0, to: 4 }, { from: file.bytes - tail, to: file.bytes }]); // prettier-ignore
    const length = blocks.read(file.bytes - 8, file.bytes).readUInt32LE(0) + 8;
    if (length > tail) await this.#fill(file, blocks, [{ from: file.bytes - length, to: file.bytes }]);
    const bytes = blocks.read(file.bytes - length, file.bytes);
    return parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer);
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
      const headers: Record<string, string> = {
        ...(this.#authorization !== undefined && { authorization: this.#authorization }),
        ...(range !== undefined && { range: `bytes=${range.from}-${range.to - 1}` }),
      };
      const response = await fetch(`${this.#base}/${path}`, { headers, signal: aborted.signal });
      if (!response.ok)
        throw new ConnectorError(`${this.#base}/${path} answered HTTP ${response.status}`, {
          code: 'http',
          context: { status: response.status },
        });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (range === undefined) return bytes;
      // A server without range requests sends the whole file.
      return response.status === 206 ? bytes : bytes.subarray(range.from, range.to);
    } catch (error) {
      if (error instanceof ConnectorError) throw error;
      const why = aborted.signal.aborted ? `no answer within ${timeoutMs} ms` : messageOf(error);
      throw new ConnectorError(`${this.#base}/${path}: ${why}`, { code: 'network', cause: error });
    } finally {
      timer.cancel();
    }
  }

  /** Removes the files used least recently until the rest is below the limit. */
  #trim(inUse: ReadonlySet<string>): void {
    const files = readdirSync(this.folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && /\.(?:parquet|answer)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path, used: statSync(path).blocks * 512, time: statSync(path).mtimeMs }))
      .sort((a, b) => a.time - b.time);
    let bytes = files.reduce((sum, { used }) => sum + used, 0);
    for (const { path, used } of files) {
      if (bytes <= this.#mostBytes) return;
      if (inUse.has(path)) continue;
      rmSync(path, { force: true });
      rmSync(`${path}.blocks`, { force: true });
      rmSync(`${path}.groups`, { force: true });
      bytes -= used;
    }
  }
}

/** A sparse file, and which of its blocks have been fetched. */
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
    makeFolders(dirname(path));
    const file = openSync(path, 'w');
    ftruncateSync(file, bytes);
    closeSync(file);
  }

  hasAll(): boolean {
    return this.#have.every((one) => one === 1);
  }

  /** Runs of blocks in these ranges that have not been fetched yet. */
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

  /** Notes about the file, kept beside its blocks; undefined if there are none. */
  readNote<T>(): T | undefined {
    try {
      return JSON.parse(readFileSync(`${this.#path}.groups`, 'utf8')) as T;
    } catch {
      return undefined;
    }
  }

  writeNote(note: unknown): void {
    writeFileSync(`${this.#path}.groups.tmp`, JSON.stringify(note));
    renameSync(`${this.#path}.groups.tmp`, `${this.#path}.groups`);
  }

  /** Records which blocks have been fetched, after their bytes. */
  save(): void {
    if (!this.#isChanged) return;
    writeFileSync(`${this.#path}.blocks.tmp`, this.#have);
    renameSync(`${this.#path}.blocks.tmp`, `${this.#path}.blocks`);
  }
}

/** A row group: the range of its bytes, and the smallest and largest values of its text and time columns. */
interface Group {
  readonly ranges: readonly Range[];
  readonly texts: Readonly<Record<string, readonly [min: string, max: string]>>;
  readonly times: Readonly<Record<string, readonly [min: number, max: number]>>;
}

function groupsOf({ row_groups: groups }: FileMetaData): Group[] {
  return groups.map(({ columns }) => {
    const texts: Record<string, readonly [string, string]> = {};
    const times: Record<string, readonly [number, number]> = {};
    const ranges = columns.map(({ meta_data: meta }) => {
      const name = meta!.path_in_schema.join('.');
      const min = meta!.statistics?.min_value ?? meta!.statistics?.min;
      const max = meta!.statistics?.max_value ?? meta!.statistics?.max;
      if (typeof min === 'string' && typeof max === 'string') texts[name] = [min, max];
      if (min instanceof Date && max instanceof Date) times[name] = [min.getTime(), max.getTime()];
      const from = Number(meta!.dictionary_page_offset ?? meta!.data_page_offset);
      const first = Math.min(from, Number(meta!.data_page_offset));
      return { from: first, to: first + Number(meta!.total_compressed_size) };
    });
    return { ranges, texts, times };
  });
}

/** The bytes of the row groups that can hold rows of a query, by their statistics. */
function rangesOf(groups: readonly Group[], { symbols, start = -Infinity, end = Infinity, time }: Need): Range[] {
  return groups.flatMap(({ ranges, texts, times }) => {
    const [first, last] = texts['symbol'] ?? [];
    const isOther = (symbol: string): boolean => symbol < first! || symbol > last!;
    if (symbols !== undefined && first !== undefined && symbols.every(isOther)) return [];
    const [from, to] = times[time ?? ''] ?? [-Infinity, Infinity];
    return to < start || from >= end ? [] : ranges;
  });
}
