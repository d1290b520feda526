/** The files that strategies read: which they are, and others in their places. */
import fs, { constants } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { redirectSqlite } from '../../store/index.ts';

/** Files under watch, until it is ended. */
export interface FileWatch {
  /** Whether files are told, and replaced, now: not while datas are loaded. */
  isOn: boolean;
  /** Lets files be read as before. */
  end(): void;
}

/**
 * Gives the path of every file that this thread opens to read, by Node's own functions or as SQLite, to `placeOf`, and opens what it returns. Files of packages are
 * left alone.
 */
export function watchFiles(placeOf: (path: string) => string): FileWatch {
  const watch = { isOn: false, end };
  const placed = (given: unknown): unknown => {
    if (!watch.isOn) return given;
    if (typeof given !== 'string' && !(given instanceof URL && given.protocol === 'file:')) return given;
    const path = typeof given === 'string' ? resolve(given) : fileURLToPath(given);
    if (path.includes(`${sep}node_modules${sep}`)) return given;
    const place = placeOf(path);
    return place === path ? given : place;
  };
  const restore = [
    ...(['readFileSync', 'readFile', 'createReadStream', 'statSync', 'stat', 'openAsBlob'] as const).map((name) =>
      redirect(fs as never, name, placed),
    ),
    ...(['openSync', 'open'] as const).map((name) => redirect(fs as never, name, placed, true)),
    ...(['readFile', 'stat'] as const).map((name) => redirect(fs.promises as never, name, placed)),
    redirect(fs.promises as never, 'open', placed, true),
    redirectSqlite((path) => placed(path) as string),
  ];
  syncBuiltinESMExports();
  return watch;

  function end(): void {
    watch.isOn = false;
    for (const one of restore) one();
    syncBuiltinESMExports();
  }
}

/** Puts another file in the place of the first argument of a function; returns one that takes it back. */
function redirect(
  holder: Record<string, (...args: unknown[]) => unknown>,
  name: string,
  placed: (path: unknown) => unknown,
  hasFlags = false,
): () => void {
  const real = holder[name]!;
  const other = function (this: unknown, path: unknown, ...rest: unknown[]): unknown {
    const isRead = !hasFlags || reads(rest[0]);
    return Reflect.apply(real, this, [isRead ? placed(path) : path, ...rest]);
  };
  holder[name] = Object.assign(other, real);
  return () => {
    holder[name] = real;
  };
}

/** Whether flags of an opening let it read what is there. */
function reads(flags: unknown): boolean {
  if (typeof flags === 'string') return flags.startsWith('r');
  return typeof flags !== 'number' || (flags & (constants.O_WRONLY | constants.O_TRUNC | constants.O_CREAT)) === 0;
}
