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
    const changed = differences(readFileSync(files.plan, 'utf8'), text);
    throw new ConfigError(
      `session ${files.name} was set up otherwise, see ${files.plan}${changed}: start it as it was, or choose another name`,
    );
  }
  writeFileSync(files.plan, text);
}

/** The fields in which two plans differ, in words; empty where the kept one cannot be read. */
function differences(before: string, after: string): string {
  const [was, is] = [before, after].map((text) => {
    try {
      return JSON.parse(text) as Readonly<Record<string, unknown>>;
    } catch {
      return undefined;
    }
  });
  if (was === undefined || is === undefined) return '';
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const shown = (value: unknown): string => (value === undefined ? 'not given' : JSON.stringify(value).slice(0, 60));
  const texts = names
    .filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]))
    .map((name) => `${name} was ${shown(was[name])}, is ${shown(is[name])}`);
  return texts.length === 0 ? '' : ` (${texts.join('; ')})`;
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
