/** The folder of a session and the files in it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { formatTime } from '../../core/index.ts';
import type { CommandContext, GivenOptions } from '../shell/command.ts';
import { usage } from '../shell/usage.ts';
import type { LivePlan } from './plan.ts';

/** The folder of a session, and the files in it. */
export interface SessionFiles {
  readonly name: string;
  readonly folder: string;
  readonly plan: string;
  readonly journal: string;
  readonly intents: string;
  /** The state that strategies saved for later runs. */
  readonly state: string;
  /** The record of a person's confirmation of real orders. */
  readonly arming: string;
  /** Bars of a test network or a local exchange, kept apart from real ones. */
  readonly bars: string;
}

/** The files of the session that a command line begins or continues. */
export function filesOf(mode: LivePlan['mode'], given: GivenOptions, context: CommandContext): SessionFiles {
  const stamp = formatTime(Math.floor(context.runtime.now() / 1000) * 1000).replace(/[^0-9]/g, '');
  const name = given.get('session') ?? `${mode}-${stamp}`;
  if (!/^\w[\w.-]*$/.test(name)) throw usage(`--session must be a name of letters, digits, dots and dashes that begins with a letter or digit, was '${name}'`); // prettier-ignore
  const folder = join(given.get('sessions') ?? 'sessions', name);
  return filesIn(name, folder);
}

/** The files of a session that begins or continues: each of its runs has its own journal. */
export function filesIn(name: string, folder: string): SessionFiles {
  const file = (what: string): string => join(folder, what);
  const journal = journalOf(folder, lastRun(folder) + 1);
  return {
    name,
    folder,
    plan: file('plan.json'),
    journal,
    intents: file('intents.db'),
    state: file('state.json'),
    arming: file('arming.json'),
    bars: file('bars'),
  };
}

/**
 * The journals of a paper session's earlier runs, from which it continues, oldest first. Empty for a new session.
 *
 * @throws {UsageError} If one of them is missing.
 */
export function earlierJournals({ name, folder }: SessionFiles): string[] {
  const last = lastRun(folder);
  if (last === 0 && existsSync(join(folder, 'plan.json'))) {
    throw usage(`session ${name} exists already without a journal, and a paper session needs it to continue: choose another name`); // prettier-ignore
  }
  const journals = Array.from({ length: last }, (_, k) => journalOf(folder, k + 1));
  const missing = journals.find((path) => !existsSync(path));
  if (missing === undefined) return journals;
  throw usage(`session ${name} cannot continue without the journals of all its runs: ${missing} is missing`);
}

/** The journal of the last run of a session. */
export function lastJournal(folder: string): string {
  return journalOf(folder, Math.max(1, lastRun(folder)));
}

/** The number of the last run whose journal is there, 0 without one; those of earlier runs may have been put away. */
function lastRun(folder: string): number {
  if (!existsSync(folder)) return 0;
  const runs = readdirSync(folder).map((file) => /^journal(?:-(\d+))?\.db$/.exec(file));
  return Math.max(0, ...runs.map((found) => (found === null ? 0 : Number(found[1] ?? 1))));
}

function journalOf(folder: string, run: number): string {
  return join(folder, run === 1 ? 'journal.db' : `journal-${run}.db`);
}
