/** The file in which a session keeps what its strategies save, and whether it was paused, and which orders waited. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { makeFolders, messageOf, SessionError } from '../../../core/index.ts';

/** What a session keeps for its later runs. */
export interface SavedState {
  readonly strategies: readonly unknown[];
  /** Why it was paused; it stays so until an operator resumes. */
  readonly paused?: string | undefined;
  /** Orders that waited for a person, one line each. */
  readonly unsent?: readonly string[];
}

/** What an earlier run kept; undefined without a file. @throws {SessionError} If the file is not one. */
export function readState(path: string | undefined): SavedState | undefined {
  if (path === undefined || !existsSync(path)) return undefined;
  try {
    const saved = JSON.parse(readFileSync(path, 'utf8')) as SavedState;
    if (Array.isArray(saved.strategies)) return saved;
    throw new TypeError("it has no list 'strategies'");
  } catch (cause) {
    throw new SessionError(`${path} is not the saved state of a session: ${messageOf(cause)}`, {
      code: 'state',
      cause,
    });
  }
}

/** Writes the whole file, or leaves the old one. */
export function writeState(path: string, { strategies, paused, unsent }: SavedState): void {
  makeFolders(dirname(resolve(path)));
  writeFileSync(`${path}.tmp`, `${JSON.stringify({ format: 1, strategies, paused, unsent })}\n`);
  renameSync(`${path}.tmp`, path);
}
