/** Files that are written whole or not at all: under a temporary name, then renamed. */
import { open, rename, rm } from 'node:fs/promises';

import { unwritable } from './csv.ts';

/** Writes pieces one after the other. @throws {DataError} If the file cannot be written. */
export async function writeWhole(path: string, pieces: Iterable<string | Uint8Array>): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(unfinished, 'w');
    try {
      for (const piece of pieces) await file.writeFile(piece);
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw unwritable(path, cause);
  }
}
