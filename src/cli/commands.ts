/** Every sub-command by name: one line each, its module loaded when it is used. */
import type { Command } from './command.ts';

interface CommandEntry {
  readonly about: string;
  readonly load: () => Promise<Command>;
}

export const commands: Readonly<Record<string, CommandEntry>> = {
  run: { about: 'Run a strategy over history', load: async () => (await import('./run.ts')).runCommand },
  new: { about: 'Write a commented strategy to start from', load: async () => (await import('./new.ts')).newCommand },
  audit: { about: 'Find out whether a strategy looks ahead', load: async () => (await import('./audit.ts')).auditCommand },
};
