/** Whether a file can be written, asked before the work whose result it holds. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { usage } from './usage.ts';

/**
 * Refuses a file that cannot be written.
 *
 * @param what - What names it, such as `--out`.
 * @throws {UsageError} If it is a folder, or its own folder does not exist or cannot be written to.
 */
export function checkWritable(what: string, path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) throw usage(`${what} must be a file, and ${path} is a folder`);
  // As the system reads it: `none/../a.html` is in no folder where there is no `none`.
  const folder = dirname(path);
  if (!existsSync(folder)) throw usage(`${what} ${path}: there is no folder ${folder}`);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw usage(`${what} ${path}: the folder ${folder} cannot be written to`);
  }
}
