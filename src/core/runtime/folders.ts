/** Makes folders with those above them. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, normalize } from 'node:path';

/**
 * Makes a folder and those above it that are missing.
 *
 * Node's own `recursive` never returns where the system answers "no such file" for a folder that is there, as Linux does below `/proc` and in a
 * working folder that was removed.
 *
 * @param mode - Of the folders that are made. Default: the system's.
 * @returns The first folder that was made; undefined when all were there.
 * @throws The system's error, such as ENOENT, EACCES or ENOTDIR.
 */
export function makeFolders(path: string, mode?: number): string | undefined {
  const missing: string[] = [];
  for (let at = normalize(path); !isFolder(at); at = dirname(at)) missing.push(at);
  for (const folder of [...missing].reverse()) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!isFolder(folder)) throw error;
    }
  }
  return missing.at(-1);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory() || dirname(path) === path;
  } catch {
    return dirname(path) === path;
  }
}
