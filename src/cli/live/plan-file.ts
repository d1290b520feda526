/** The plan of a session on disk, beside its journal. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigError } from '../../core/index.ts';
import { usage } from '../shell/usage.ts';
import type { LivePlan } from './plan.ts';
import type { SessionFiles } from './session-files.ts';

/** Writes the plan of a session that begins. @throws {ConfigError} If a session goes on with another plan. */
export function keepPlan(plan: LivePlan, files: SessionFiles): void {
  mkdirSync(files.folder, { recursive: true });
  const text = `${JSON.stringify(plan, undefined, 2)}\n`;
  if (existsSync(files.plan) && readFileSync(files.plan, 'utf8') !== text) {
    throw new ConfigError(`session ${files.name} was set up otherwise, see ${files.plan}: choose another name`);
  }
  writeFileSync(files.plan, text);
}

/** The plan of a session that was. */
export function readPlan(folder: string): LivePlan {
  const path = join(folder, 'plan.json');
  if (!existsSync(path)) throw usage(`there is no session in ${folder}: it has no plan.json`);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LivePlan;
  } catch (cause) {
    throw new ConfigError(`${path} is not JSON`, { cause });
  }
}
