/** Commands to a running session: one file each in its folder, taken in the order in which they were sent. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf, makeFolders, type Runtime } from '../../core/index.ts';
import type { SessionControl } from '../../engine/index.ts';

/** The commands of other processes to a session. */
export const commandKinds = ['stop', 'flatten', 'signal'] as const;

/** A command as its file in the folder. */
export interface SessionCommandFile {
  readonly kind: (typeof commandKinds)[number];
  readonly id: string;
  /** When it was sent, milliseconds UTC. */
  readonly time: number;
  /** Who sent it. */
  readonly subject: string;
  /** The payload of a signal. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** The most commands that wait: a session takes them within a second. */
const mostWaiting = 1_000;
/** A signal that waited longer than this, in milliseconds, is refused: it no longer fits the market. */
const staleMs = 60_000;
let sent = 0;

const inboxOf = (folder: string): string => join(folder, 'inbox');

/** Leaves a command for a session. @returns False when too many wait already. */
export function sendCommand(folder: string, command: SessionCommandFile): boolean {
  const inbox = inboxOf(folder);
  makeFolders(inbox);
  if (readdirSync(inbox).length >= mostWaiting) return false;
  const order = String(++sent).padStart(9, '0');
  const name = `${String(command.time).padStart(15, '0')}-${order}-${process.pid}`;
  // Under a temporary name first: the session never reads half a command.
  writeFileSync(join(inbox, `${name}.tmp`), JSON.stringify(command), { mode: 0o600 });
  renameSync(join(inbox, `${name}.tmp`), join(inbox, `${name}.json`));
  return true;
}

/** The inbox of a session as the session's process reads it. A signal stays in it until the session has journalled it. */
export class SessionInbox {
  readonly #folder: string;
  readonly #runtime: Runtime;
  readonly #note: (kind: 'command' | 'signal', text: string) => void;
  /** Signals that were handed to the session, by file. */
  readonly #handed = new Map<string, string>();

  /** @param note - Receives the outcome of a command that the session itself does not report. */
  constructor(folder: string, runtime: Runtime, note: (kind: 'command' | 'signal', text: string) => void) {
    this.#folder = folder;
    this.#runtime = runtime;
    this.#note = note;
  }

  /** Delivers waiting commands to the session, the oldest first. */
  deliver(control: SessionControl): void {
    for (const [path, command] of waiting(this.#folder)) {
      const { kind, subject } = command;
      if (kind === 'signal') {
        this.#signal(path, command, control);
        continue;
      }
      rmSync(path, { force: true });
      this.#note('command', `${kind} by ${subject}`);
      control[kind](`${kind} by ${subject}`);
    }
  }

  /** Drops waiting commands, and records why: they were meant for an earlier run of the session. */
  drop(why: string): void {
    for (const [path, { kind, id, subject }] of waiting(this.#folder)) {
      rmSync(path, { force: true });
      const what = kind === 'signal' ? `signal ${id} of ${subject}` : `${kind} by ${subject}`;
      this.#note(kind === 'signal' ? 'signal' : 'command', `${what} was refused: ${why}`);
    }
  }

  #signal(path: string, { id, time, subject, payload = {} }: SessionCommandFile, control: SessionControl): void {
    if (!this.#handed.has(path)) {
      const age = this.#runtime.now() - time;
      if (age > staleMs) {
        rmSync(path, { force: true });
        this.#note('signal', `signal ${id} of ${subject} was refused: it came ${Math.round(age / 1_000)} s late`);
        return;
      }
      this.#handed.set(path, id);
      try {
        control.signal({ id, time, from: subject, payload });
      } catch (error) {
        rmSync(path, { force: true });
        this.#note('signal', `signal ${id} of ${subject} was refused: ${messageOf(error)}`);
      }
    }
    // Removed only once the session has journalled it: a process that is killed before leaves the file.
    if (!control.view.signals.some((answer) => answer.id === id)) return;
    rmSync(path, { force: true });
    this.#handed.delete(path);
  }
}

/** Waiting commands, the oldest first. A file that is not a command is removed. */
function waiting(folder: string): [path: string, command: SessionCommandFile][] {
  const inbox = inboxOf(folder);
  if (!existsSync(inbox)) return [];
  const names = readdirSync(inbox).filter((name) => name.endsWith('.json')).sort(); // prettier-ignore
  return names.flatMap((name): [string, SessionCommandFile][] => {
    const path = join(inbox, name);
    try {
      const command = JSON.parse(readFileSync(path, 'utf8')) as SessionCommandFile;
      if (commandKinds.includes(command.kind)) return [[path, command]];
    } catch {
      // Removed like any file that is no command.
    }
    rmSync(path, { force: true });
    return [];
  });
}
