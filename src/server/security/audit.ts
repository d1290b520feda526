/** The audit log: who did or tried what, one JSON line each, in a file that is only appended to until it is rotated. */
import { appendFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { makeFolders } from '../../core/index.ts';

import type { Runtime } from '../../core/index.ts';

/** One line of the log. Tokens, bodies and signatures never enter it. */
export interface AuditEntry {
  readonly action: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly subject?: string | undefined;
  readonly token?: string | undefined;
  readonly address?: string | undefined;
  readonly detail?: string | undefined;
}

/** A file is rotated when it is larger than this many bytes; this many old files are kept. */
const [largestBytes, keptFiles] = [10 * 1024 * 1024, 10];
/** The most refusals of one address that are logged in a minute, so that a flood of requests does not fill the disk. */
const refusalsPerMinute = 60;

/** Appends to the audit log of a platform. */
export class AuditLog {
  readonly path: string;
  readonly #runtime: Runtime;
  readonly #refusals = new Map<string, number>();
  #minute = -1;

  constructor(path: string, runtime: Runtime) {
    this.path = path;
    this.#runtime = runtime;
  }

  /** Writes a line. */
  add(entry: AuditEntry): void {
    const now = Math.floor(this.#runtime.now());
    if (entry.outcome === 'refused' && this.#isTooMany(entry.address ?? '', now)) return;
    // The folder is made with the first line: a process that only reads makes none.
    makeFolders(dirname(this.path), 0o700);
    this.#putAway();
    const { action, outcome, ...more } = entry;
    appendFileSync(this.path, `${JSON.stringify({ time: new Date(now).toISOString(), action, outcome, ...more })}\n`, {
      mode: 0o600,
    });
  }

  #isTooMany(address: string, now: number): boolean {
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#refusals.clear();
    }
    const count = (this.#refusals.get(address) ?? 0) + 1;
    if (this.#refusals.size < 10_000 || this.#refusals.has(address)) this.#refusals.set(address, count);
    return count > refusalsPerMinute;
  }

  #putAway(): void {
    let size = 0;
    try {
      size = statSync(this.path).size;
    } catch {
      return;
    }
    if (size < largestBytes) return;
    for (let k = keptFiles - 1; k >= 1; k--) {
      try {
        renameSync(`${this.path}.${k}`, `${this.path}.${k + 1}`);
      } catch {
        // There is no such file yet.
      }
    }
    renameSync(this.path, `${this.path}.1`);
  }
}
