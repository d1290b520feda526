/** Sessions by name: their folders, and whether a process runs them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { nearestName } from '../../core/index.ts';
import { holderOf, readRunState, type RunState } from '../live/session-home.ts';
import type { GivenOptions } from '../shell/command.ts';
import { onlyOperand } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

/** A session on disk. */
export interface FoundSession {
  readonly name: string;
  readonly folder: string;
  /** Its latest run; undefined for a session of a version that kept none. */
  readonly run: RunState | undefined;
  /** `running`, `ended` (in order), `failed`, or `killed` (its process died). */
  readonly state: 'running' | 'ended' | 'failed' | 'killed';
  /** The process that runs it; undefined when none does. */
  readonly pid: number | undefined;
}

/** Every session in a folder, by name. */
export async function sessionsIn(sessions: string): Promise<FoundSession[]> {
  if (!existsSync(sessions)) return [];
  const names = readdirSync(sessions).filter((name) => existsSync(join(sessions, name, 'plan.json')));
  return Promise.all(names.sort().map((name) => sessionAt(name, join(sessions, name))));
}

async function sessionAt(name: string, folder: string): Promise<FoundSession> {
  const [run, holder] = [readRunState(folder), await holderOf(folder)];
  if (holder !== undefined) return { name, folder, run, state: 'running', pid: holder.pid };
  const { ended } = run ?? {};
  const state = ended === undefined ? 'killed' : ended.exitCode === 0 ? 'ended' : 'failed';
  return { name, folder, run, state, pid: undefined };
}

/** The session that a command line names. */
export async function namedSession(command: string, given: GivenOptions): Promise<FoundSession> {
  const name = onlyOperand(given, `which session? nextbar ${command} SESSION`, 'session');
  return sessionNamed(name, given.get('sessions') ?? 'sessions');
}

/** A session by its name or its folder. @throws {UsageError} If there is none. */
export async function sessionNamed(name: string, sessions: string): Promise<FoundSession> {
  const folder = existsSync(join(name, 'plan.json')) ? name : join(sessions, name);
  if (existsSync(join(folder, 'plan.json'))) return sessionAt(name, folder);
  const known = existsSync(sessions) ? readdirSync(sessions) : [];
  const near = nearestName(name, known);
  throw usage(`there is no session '${name}' in ${sessions}${near === undefined ? '' : `: did you mean '${near}'?`}`);
}
