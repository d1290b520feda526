/**
 * Power cuts: the system calls of writes to a bar store are recorded with strace, and every prefix of them is replayed as a disk
 * that lost its power there. The store must open and hold the bars from before a write or those of it, never less, and what a
 * write has acknowledged must be there.
 *
 * Four disks, from the kindest: all that was written is there; bytes that were not forced to disk are lost; names that were not
 * forced to disk are lost as well; of what was not forced, a random part is lost.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { seededRandom, type Bars } from '../../src/core/index.ts';
import { generateBars } from '../../src/feeds/index.ts';
import { BarStore } from '../../src/store/index.ts';
import { steps, type Written } from './power-cut-steps.ts';

/** What the cuts showed. */
export interface PowerCutSummary {
  /** Recorded calls that change the disk. */
  readonly calls: number;
  /** Disks that were opened, each different from all others at its place. */
  readonly disks: number;
  /** What a disk held that it must not, by place and kind of disk. */
  readonly wrong: readonly string[];
}

const child = fileURLToPath(new URL('power-cut-child.ts', import.meta.url));
const traced =
  'openat,creat,write,pwrite64,writev,pwritev,ftruncate,rename,renameat,renameat2,unlink,unlinkat,fsync,fdatasync,mkdir,mkdirat,rmdir,lseek,close';

/** Whether system calls can be recorded here. */
export const hasStrace = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0;

/** A change of the disk, as a recorded call made it. */
type Call =
  | { readonly kind: 'create' | 'sync' | 'unlink' | 'folder'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'truncate'; readonly path: string; readonly length: number }
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'acknowledged'; readonly step: number };

/** Replays every `stride`-th prefix of the recorded calls. @throws If strace is missing or the recorded program fails. */
export async function cutPower(stride: number, seed = 1): Promise<PowerCutSummary> {
  const work = mkdtempSync(join(tmpdir(), 'nextbar-power-'));
  try {
    const base = join(work, 'base');
    run(process.execPath, ['--import', 'tsx', '--conditions=source', child, base, 'before']);
    const store = join(work, 'store');
    cpSync(base, store, { recursive: true });
    const log = join(work, 'calls.txt');
    const strace = ['-f', '-y', '-xx', '-s', String(2 ** 24), '-e', `trace=${traced}`, '-o', log];
    run('strace', [...strace, process.execPath, '--import', 'tsx', '--conditions=source', child, store, 'after']);
    const calls = parseCalls(readFileSync(log, 'latin1'), store);
    return await replay(calls, base, join(work, 'disk'), stride, seed);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${String(status)}: ${stderr.slice(-2_000)}`);
}

/** The calls below `folder`, in the order in which they returned. */
export function parseCalls(text: string, folder: string): Call[] {
  const calls: Call[] = [];
  const begun = new Map<string, string>();
  const positions = new Map<number, number>();
  const inside = (path: string): string | undefined =>
    path === folder ? '.' : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
  for (const line of text.split('\n')) {
    const [, pid, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (pid === undefined) continue;
    const unfinished = / <unfinished \.\.\.>$/.exec(rest!);
    if (unfinished !== null) {
      begun.set(pid, rest!.slice(0, unfinished.index));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(rest!);
    const whole = resumed === null ? rest! : (begun.get(pid) ?? '') + rest!.slice(resumed[0].length);
    const [, name, args, result] = /^(\w+)\((.*)\) += (-?\d+)/.exec(whole) ?? [];
    if (name === undefined || Number(result) < 0) continue;
    take(name, args!, Number(result));
  }
  return calls;

  function take(name: string, args: string, result: number): void {
    const texts = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) =>
      Buffer.from(hex!.replaceAll('\\x', ''), 'hex'),
    );
    const [, number, shown] = /^(\d+)(?:<([^>]*)>)?/.exec(args) ?? [];
    const fd = Number(number);
    const open = shown === undefined ? undefined : inside(plain(shown));
    if (name === 'openat' || name === 'creat') {
      const path = inside(texts[0]!.toString());
      if (path === undefined) return;
      positions.set(result, 0);
      if (name === 'creat' || args.includes('O_CREAT')) calls.push({ kind: 'create', path });
      if (name === 'creat' || args.includes('O_TRUNC')) calls.push({ kind: 'truncate', path, length: 0 });
      if (args.includes('O_APPEND')) throw new Error('a file that is appended to is not replayed');
    } else if (name.startsWith('rename')) {
      const [path, to] = texts.map((one) => inside(one.toString()));
      if (path !== undefined && to !== undefined) calls.push({ kind: 'rename', path, to });
    } else if (/^unlink|^rmdir/.test(name)) {
      const path = inside(texts[0]!.toString());
      if (path !== undefined) calls.push({ kind: 'unlink', path });
    } else if (name.startsWith('mkdir')) {
      const path = inside(texts[0]!.toString());
      if (path !== undefined) calls.push({ kind: 'folder', path });
    } else if (name === 'write' && fd === 1) {
      const [, step] = /^acknowledged (\d+)/.exec(texts[0]?.toString() ?? '') ?? [];
      if (step !== undefined) calls.push({ kind: 'acknowledged', step: Number(step) });
    } else if (open !== undefined) {
      if (name === 'lseek') positions.set(fd, result);
      else if (name === 'fsync' || name === 'fdatasync') calls.push({ kind: 'sync', path: open });
      else if (name === 'ftruncate')
        calls.push({ kind: 'truncate', path: open, length: Number(/, (\d+)$/.exec(args)![1]) });
      else if (name === 'pwrite64') {
        calls.push({
          kind: 'write',
          path: open,
          at: Number(/, (\d+)$/.exec(args)![1]),
          bytes: texts[0]!.subarray(0, result),
        });
      } else if (name === 'write') {
        const at = positions.get(fd) ?? 0;
        calls.push({ kind: 'write', path: open, at, bytes: texts[0]!.subarray(0, result) });
        positions.set(fd, at + result);
      } else if (name !== 'close') throw new Error(`${name} is not replayed`);
    }
  }
}

/** A path as strace prints it behind a descriptor, where `-xx` may have written it in hexadecimal. */
function plain(shown: string): string {
  return shown.startsWith('\\x') ? Buffer.from(shown.replaceAll('\\x', ''), 'hex').toString() : shown;
}

/** A file: its bytes as a reader sees them, those on the disk, and what was written since. */
interface Inode {
  bytes: Buffer;
  durable: Buffer;
  pending: ((bytes: Buffer) => Buffer)[];
}

/** A change of names: what it does to a table of names. */
type Naming = (names: Map<string, Inode>) => void;

/** A disk whose power can be cut. */
class Disk {
  readonly names = new Map<string, Inode>();
  readonly #durable = new Map<string, Inode>();
  /** Changes of names that no sync of their folder has forced to disk, in order. */
  #namings: { folder: string; act: Naming }[] = [];

  constructor(folder: string) {
    for (const path of filesBelow(folder)) {
      const bytes = readFileSync(join(folder, path));
      const inode = { bytes, durable: bytes, pending: [] };
      this.names.set(path, inode);
      this.#durable.set(path, inode);
    }
  }

  apply(call: Call): void {
    if (call.kind === 'create' && !this.names.has(call.path)) {
      const inode: Inode = { bytes: Buffer.alloc(0), durable: Buffer.alloc(0), pending: [] };
      this.#name(call.path, (names) => names.set(call.path, inode));
    } else if (call.kind === 'rename') {
      const inode = this.names.get(call.path)!;
      this.#name(call.to, (names) => {
        names.delete(call.path);
        names.set(call.to, inode);
      });
    } else if (call.kind === 'unlink') {
      this.#name(call.path, (names) => names.delete(call.path));
    } else if (call.kind === 'truncate') {
      this.#change(call.path, (bytes) => resized(bytes, call.length));
    } else if (call.kind === 'write') {
      this.#change(call.path, (bytes) => {
        const grown = resized(bytes, Math.max(bytes.length, call.at + call.bytes.length));
        call.bytes.copy(grown, call.at);
        return grown;
      });
    } else if (call.kind === 'sync') this.#sync(call.path);
  }

  /** What is found after the power came back. */
  after(loss: 'nothing' | 'bytes' | 'names' | 'some', random: () => number): Map<string, Buffer> {
    let names = this.names;
    if (loss === 'names' || loss === 'some') {
      names = new Map(this.#durable);
      if (loss === 'some') for (const { act } of this.#namings) if (random() < 0.5) act(names);
    }
    return new Map(
      [...names].map(([path, inode]) => {
        if (loss === 'nothing') return [path, inode.bytes];
        let bytes = inode.durable;
        if (loss === 'some') for (const change of inode.pending) if (random() < 0.5) bytes = change(bytes);
        return [path, bytes];
      }),
    );
  }

  #name(path: string, act: Naming): void {
    act(this.names);
    this.#namings.push({ folder: dirname(path), act });
  }

  #change(path: string, change: (bytes: Buffer) => Buffer): void {
    const inode = this.names.get(path);
    // A file that was unlinked while it was open: nobody will find it.
    if (inode === undefined) return;
    inode.bytes = change(inode.bytes);
    inode.pending.push(change);
  }

  #sync(path: string): void {
    const inode = this.names.get(path);
    if (inode !== undefined) {
      inode.durable = inode.bytes;
      inode.pending = [];
      return;
    }
    const [forced, left] = [this.#namings.filter(({ folder }) => folder === path), this.#namings.filter(({ folder }) => folder !== path)]; // prettier-ignore
    for (const { act } of forced) act(this.#durable);
    this.#namings = left;
  }
}

function resized(bytes: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length);
  bytes.copy(out, 0, 0, Math.min(length, bytes.length));
  return out;
}

function filesBelow(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).filter((path) => statSync(join(folder, path)).isFile());
}

async function replay(
  calls: readonly Call[],
  base: string,
  folder: string,
  stride: number,
  seed: number,
): Promise<PowerCutSummary> {
  const random = seededRandom(seed);
  const disk = new Disk(base);
  const acknowledged = new Set<number>();
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (let at = 0; at <= calls.length; at++) {
    if (at % stride === 0 || at === calls.length || calls[at - 1]?.kind === 'acknowledged') {
      for (const loss of ['nothing', 'bytes', 'names', 'some'] as const) {
        const image = disk.after(loss, random);
        const hash = `${fingerprint(image)} ${acknowledged.size}`;
        if (seen.has(hash)) continue;
        seen.add(hash);
        for (const fault of await faultsOf(image, folder, acknowledged)) {
          wrong.push(`after call ${at} of ${calls.length} (${calls[at - 1]?.kind ?? 'none'}), ${loss} lost: ${fault}`);
        }
      }
    }
    const call = calls[at];
    if (call?.kind === 'acknowledged') acknowledged.add(call.step);
    else if (call !== undefined) disk.apply(call);
  }
  if (acknowledged.size !== steps.filter(({ after }) => after !== undefined).length)
    wrong.push('not every write was recorded');
  return { calls: calls.length, disks: seen.size, wrong };
}

function fingerprint(image: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha1');
  for (const [path, bytes] of [...image].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(path).update(bytes);
  return hash.digest('hex');
}

/** What is wrong with a disk: it does not open, or a series holds neither what it held nor what was written. */
async function faultsOf(
  image: ReadonlyMap<string, Buffer>,
  folder: string,
  acknowledged: ReadonlySet<number>,
): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, bytes] of image) {
    // Shared memory of a dead process: SQLite makes it from the log.
    if (path.endsWith('-shm')) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  if (!existsSync(folder)) mkdirSync(folder);
  const faults: string[] = [];
  let store: BarStore | undefined;
  try {
    store = await BarStore.open({ folder });
    for (const [at, { series, before, after }] of steps.entries()) {
      const held = store.read(series, { start: -Infinity, end: Infinity });
      const may = acknowledged.has(at) ? [after] : [before, after];
      if (!may.some((one) => isSame(held, one))) {
        faults.push(`${series.symbol} holds ${held.time.length} bars that are neither the old nor the new ones`);
      }
    }
    const { series } = steps[0]!;
    const start = Date.UTC(2024, 5, 1);
    const more = generateBars({ seed: 8, timeframe: '1m', start, count: 10 });
    await store.write(series, { start, end: start + 600_000, source: 'binance' }, more);
    if (store.readAll(series, { start, end: start + 600_000 }).time.length !== 10)
      faults.push('a write after it is not read back');
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  } finally {
    store?.close();
  }
  return faults;
}

function isSame(held: Bars, written: Written | undefined): boolean {
  if (written === undefined) return held.time.length === 0;
  const { seed, start, count } = written;
  const wanted = generateBars({ seed, timeframe: '1m', start, count });
  if (held.time.length !== count) return false;
  return (['time', 'open', 'high', 'low', 'close', 'volume'] as const).every((name) =>
    wanted[name].every((value, i) => Object.is(value, held[name][i])),
  );
}
