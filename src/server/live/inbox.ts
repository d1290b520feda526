/** Commands to a running session: one file each in its folder, taken in the order in which they were sent. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command as it lies in the folder. */
export interface SessionCommandFile {
  readonly kind: 'stop' | 'flatten';
  readonly id: string;
  /** When it was sent, milliseconds UTC. */
  readonly time: number;
  /** Who sent it. */
  readonly subject: string;
}

/** Commands that may wait: a session takes them within a second. */
const mostWaiting = 1_000;
let sent = 0;

const inboxOf = (folder: string): string => join(folder, 'inbox');

/** Leaves a command for a session. @returns False when too many wait already. */
export function sendCommand(folder: string, command: SessionCommandFile): boolean {
  const inbox = inboxOf(folder);
  mkdirSync(inbox, { recursive: true });
  if (readdirSync(inbox).length >= mostWaiting) return false;
  const order = String(++sent).padStart(9, '0');
  const name = `${String(command.time).padStart(15, '0')}-${order}-${process.pid}`;
  // Under a temporary name first: the session never reads half a command.
  writeFileSync(join(inbox, `${name}.tmp`), JSON.stringify(command), { mode: 0o600 });
  renameSync(join(inbox, `${name}.tmp`), join(inbox, `${name}.json`));
  return true;
}

/** Takes the commands that wait, the oldest first. A file that is none is removed. */
export function takeCommands(folder: string): SessionCommandFile[] {
  const inbox = inboxOf(folder);
  if (!existsSync(inbox)) return [];
  const names = readdirSync(inbox).filter((name) => name.endsWith('.json')).sort(); // prettier-ignore
  return names.flatMap((name) => {
    const path = join(inbox, name);
    try {
      const command = JSON.parse(readFileSync(path, 'utf8')) as SessionCommandFile;
      rmSync(path, { force: true });
      return ['stop', 'flatten'].includes(command.kind) ? [command] : [];
    } catch {
      rmSync(path, { force: true });
      return [];
    }
  });
}
