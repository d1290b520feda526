/** The files by which other processes see a running session: its lock, state file, log and control socket. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';

import { SessionError, formatTime } from '../../core/index.ts';
import { FileLock, lockHolder, type LockHolder } from '../../store/index.ts';

/** One run of a session, as its state file holds it. */
export interface RunState {
  /** Number of the process. */
  readonly pid: number;
  readonly host: string;
  /** When it began, milliseconds UTC. */
  readonly since: number;
  readonly mode: string;
  readonly strategy: string;
  readonly exchange: string;
  readonly symbols: readonly string[];
  /** How it ended; undefined while it runs, and after a kill. */
  readonly ended?: { readonly time: number; readonly reason: string; readonly exitCode: number };
}

/** How long commands that look at a session may keep it from starting, in milliseconds. */
const readersMs = 1_000;

/** A log is rotated from this size on, and this many old ones are kept. */
const [logBytes, keptLogs] = [10 * 1024 * 1024, 5];

/** Writes a file whole: readers see the old one or the new one. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** The state of the latest run of a session; undefined before one. */
export function readRunState(folder: string): RunState | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunState;
  } catch {
    return undefined;
  }
}

/** Who runs the session in a folder now; undefined when no process does. */
export function holderOf(folder: string): Promise<LockHolder | undefined> {
  return lockHolder(join(folder, 'session.lock'));
}

/** The control socket of the session in a folder. Its name is short, because the path of a socket may have 100 characters at most. */
export function socketOf(folder: string): string {
  const name = createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 16);
  return join(tmpdir(), `nextbar-${userInfo().username}`, 'control', `${name}.sock`);
}

/** The files of a session that runs in this process. */
export class SessionHome {
  readonly socket: string;
  readonly #folder: string;
  readonly #lock: FileLock;
  readonly #state: RunState;
  #logged: number;

  private constructor(folder: string, lock: FileLock, state: RunState) {
    this.#folder = folder;
    this.#lock = lock;
    this.#state = state;
    this.socket = socketOf(folder);
    this.#logged = existsSync(this.#log) ? statSync(this.#log).size : 0;
    writeWhole(join(folder, 'run.json'), `${JSON.stringify(state, undefined, 2)}\n`);
  }

  /**
   * Takes the lock of the session.
   *
   * @param prepare - Called once it is taken, before this run writes anything.
   * @throws {SessionError} If another process runs it.
   */
  static async enter(folder: string, name: string, state: RunState, prepare: () => void): Promise<SessionHome> {
    const lock = await FileLock.take(join(folder, 'session.lock'), state.since, undefined, readersMs);
    if (lock instanceof FileLock) {
      try {
        prepare();
        return new SessionHome(folder, lock, state);
      } catch (error) {
        lock.release();
        throw error;
      }
    }
    const since = Number.isNaN(lock.since) ? '' : ` since ${formatTime(Math.floor(lock.since / 1000) * 1000)} UTC`;
    throw new SessionError(
      `session '${name}' is already run by process ${lock.pid} on ${lock.host}${since}: stop it with 'nextbar stop ${name}', or choose another session name`,
      { code: 'owned' },
    );
  }

  /** Appends lines to the log, which is rotated when it is full. A disk error does not end the session. */
  log(text: string): void {
    try {
      if (this.#logged > logBytes) this.#rotate();
      appendFileSync(this.#log, text, { mode: 0o600 });
      this.#logged += text.length;
    } catch {
      // The journal decides whether the session may go on without its disk.
    }
  }

  /** Records how the run ended, and releases the session. */
  leave(time: number, reason: string, exitCode: number): void {
    const ended = { time, reason, exitCode };
    try {
      writeWhole(join(this.#folder, 'run.json'), `${JSON.stringify({ ...this.#state, ended }, undefined, 2)}\n`);
    } catch {
      // The disk is full: the session counts as killed.
    }
    this.#lock.release();
  }

  #rotate(): void {
    const old = (n: number): string => join(this.#folder, `log-${n}.jsonl`);
    rmSync(old(keptLogs), { force: true });
    for (let n = keptLogs - 1; n >= 1; n--) if (existsSync(old(n))) renameSync(old(n), old(n + 1));
    renameSync(this.#log, old(1));
    this.#logged = 0;
  }

  get #log(): string {
    return join(this.#folder, 'log.jsonl');
  }
}
