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

/** The state file of a session. Without a path nothing is read and nothing kept. */
export class StateFile {
  readonly #path: string | undefined;
  /** The pause that the file has. */
  #paused: string | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** What an earlier run kept; undefined without a file. @throws {SessionError} If the file is not one. */
  read(): SavedState | undefined {
    const path = this.#path;
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

  /** Whether the file says the same of the pause as the session. */
  knows(paused: string | undefined): boolean {
    return this.#path === undefined || paused === this.#paused;
  }

  /** Writes the whole file, or leaves the old one. A session with nothing to keep makes none. */
  save(strategies: readonly unknown[] | undefined, paused: string | undefined, unsent: readonly string[]): void {
    const path = this.#path;
    if (path === undefined) return;
    if (strategies === undefined && paused === undefined && unsent.length === 0 && !existsSync(path)) return;
    this.#paused = paused;
    const state = { format: 1, strategies: strategies ?? [], paused, ...(unsent.length > 0 && { unsent }) };
    makeFolders(dirname(resolve(path)));
    writeFileSync(`${path}.tmp`, `${JSON.stringify(state)}\n`);
    renameSync(`${path}.tmp`, path);
  }
}
