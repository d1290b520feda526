/** Files as they were at a moment: whoever reads one meanwhile finds no row of a later time. */
import fs, { constants } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What cutFiles has done, until it is ended. */
export interface FileCut {
  /** Names of files that were read and had later rows. */
  readonly names: ReadonlySet<string>;
  /** Whether one had no row up to the moment, so that its reader may fail. */
  readonly hasEmptied: boolean;
  /** Lets files be read whole again. */
  end(): void;
}

/** Files of code are no data. */
const codes = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.tsx', '.jsx', '.map', '.node', '.wasm']);

/** Larger files stay as they are. */
const largest = 256 * 1024 * 1024;

/**
 * Cuts every file with rows of times, as CSV or a JSON array, that this thread opens to read, by Node's own functions: rows of a time after `end`,
 * milliseconds UTC, are not there.
 */
export function cutFiles(end: number): FileCut {
  const { readFileSync, statSync, writeFileSync, mkdtempSync, rmSync } = fs;
  const names = new Set<string>();
  const places = new Map<string, string>();
  let folder: string | undefined;
  let hasEmptied = false;
  const cutOf = (path: string): string => {
    if (codes.has(extname(path)) || path.includes(`${sep}node_modules${sep}`)) return path;
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true || stat.size > largest) return path;
    const rows = rowsUntil(readFileSync(path, 'utf8'), end);
    if (rows === undefined) return path;
    names.add(basename(path));
    hasEmptied ||= rows.isEmpty;
    folder ??= mkdtempSync(join(tmpdir(), 'nextbar-'));
    const place = join(folder, `${places.size}${extname(path)}`);
    writeFileSync(place, rows.text);
    return place;
  };
  const placeOf = (given: unknown): unknown => {
    if (typeof given !== 'string' && !(given instanceof URL && given.protocol === 'file:')) return given;
    const path = typeof given === 'string' ? resolve(given) : fileURLToPath(given);
    let place = places.get(path);
    if (place === undefined) {
      // A path of its own for what is read while it is looked at, and for the copy.
      places.set(path, path);
      place = cutOf(path);
      places.set(path, place);
      places.set(place, place);
    }
    return place === path ? given : place;
  };
  const restore = [
    ...(['readFileSync', 'readFile', 'createReadStream'] as const).map((name) => redirect(fs, name, placeOf)),
    ...(['openSync', 'open'] as const).map((name) => redirect(fs, name, placeOf, true)),
    redirect(fs.promises, 'readFile', placeOf),
    redirect(fs.promises, 'open', placeOf, true),
  ];
  syncBuiltinESMExports();
  return {
    names,
    get hasEmptied() {
      return hasEmptied;
    },
    end: () => {
      for (const one of restore) one();
      syncBuiltinESMExports();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Puts another file in the place of the first argument of a function; returns one that takes it back. */
function redirect<K extends string>(
  holder: Record<K, (...args: never[]) => unknown>,
  name: K,
  placeOf: (path: unknown) => unknown,
  hasFlags = false,
): () => void {
  const real = holder[name];
  const other = function (this: unknown, path: unknown, ...rest: unknown[]): unknown {
    const isRead = !hasFlags || reads(rest[0]);
    return Reflect.apply(real, this, [isRead ? placeOf(path) : path, ...rest]);
  };
  holder[name] = Object.assign(other, real);
  return () => {
    holder[name] = real;
  };
}

/** Whether flags of an opening let it read alone. */
function reads(flags: unknown): boolean {
  if (typeof flags === 'string') return flags === 'r' || flags === 'rs';
  return typeof flags !== 'number' || (flags & (constants.O_WRONLY | constants.O_RDWR)) === 0;
}

/** A text without its rows after `end`; undefined where it has none, or none with times. */
export function rowsUntil(text: string, end: number): { readonly text: string; readonly isEmpty: boolean } | undefined {
  return text.trimStart().startsWith('[') ? elementsUntil(text, end) : linesUntil(text, end);
}

function linesUntil(text: string, end: number): { readonly text: string; readonly isEmpty: boolean } | undefined {
  const lines = text.split('\n');
  const sample = lines.slice(1, 22).filter((line) => line.trim() !== '');
  const delimiter = [',', ';', '\t', '|'].find((one) => sample[0]?.includes(one)) ?? ',';
  const at = timeColumn(sample.map((line) => line.split(delimiter)));
  if (at === undefined) return undefined;
  // A header has no time, and stays.
  const kept = lines.filter((line) => !(timeOf(line.split(delimiter)[at]) > end));
  if (kept.length === lines.length) return undefined;
  return { text: kept.join('\n'), isEmpty: !kept.slice(1).some((line) => line.trim() !== '') };
}

function elementsUntil(text: string, end: number): { readonly text: string; readonly isEmpty: boolean } | undefined {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    return undefined;
  }
  const cells = (row: unknown): unknown[] => (typeof row === 'object' && row !== null ? Object.values(row) : [row]);
  if (!Array.isArray(rows)) return undefined;
  const at = timeColumn(rows.slice(0, 20).map(cells));
  if (at === undefined) return undefined;
  const kept = rows.filter((row) => !(timeOf(cells(row)[at]) > end));
  return kept.length === rows.length ? undefined : { text: JSON.stringify(kept), isEmpty: kept.length === 0 };
}

/** The first column in which every row has a time. */
function timeColumn(rows: readonly (readonly unknown[])[]): number | undefined {
  if (rows.length === 0) return undefined;
  const at = rows[0]!.findIndex((_, k) => rows.every((row) => !Number.isNaN(timeOf(row[k]))));
  return at < 0 ? undefined : at;
}

const [earliest, latest] = [Date.UTC(1990, 0), Date.UTC(2100, 0)];

/** A cell as milliseconds UTC: a date, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970; NaN otherwise. */
function timeOf(cell: unknown): number {
  if (typeof cell !== 'string' && typeof cell !== 'number') return NaN;
  const text = String(cell).trim().replaceAll('"', '');
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const time = Date.parse(/^\d{4}-\d\d-\d\d$|Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
    return time;
  }
  if (!/^\d{9,20}(\.\d+)?$/.test(text)) return NaN;
  const number = Number(text);
  return [1_000, 1, 1e-3, 1e-6].map((unit) => number * unit).find((time) => time > earliest && time < latest) ?? NaN;
}
