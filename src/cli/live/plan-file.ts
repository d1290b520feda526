/** The plan of a session on disk, beside its journal. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { ConfigError } from '../../core/index.ts';
import { usage } from '../shell/usage.ts';
import type { StrategyChoice } from '../run/chosen-strategies.ts';
import type { LivePlan } from './plan.ts';
import type { SessionFiles } from './session-files.ts';

/** Writes the plan of a session that begins. @throws {ConfigError} If a session continues with another plan. */
export function keepPlan(plan: LivePlan, files: SessionFiles): void {
  const text = `${JSON.stringify(plan, undefined, 2)}\n`;
  const kept = existsSync(files.plan) ? keptIn(files.plan) : undefined;
  const isOther = existsSync(files.plan) && !isDeepStrictEqual(kept, JSON.parse(text));
  if (isOther) {
    const changed = kept === undefined ? '' : differences(kept, JSON.parse(text) as LivePlan);
    throw new ConfigError(
      `session ${files.name} was set up differently, see ${files.plan}${changed}: start it as it was, or choose another name`,
    );
  }
  writeFileSync(files.plan, text);
}

/** The fields in which two plans differ, in words. */
function differences(before: LivePlan, after: LivePlan): string {
  // The fields of a single strategy are compared one by one.
  const [was, is] = [before, after].map(({ strategies, ...plan }): Readonly<Record<string, unknown>> =>
    before.strategies.length === 1 && after.strategies.length === 1
      ? { ...plan, ...strategies[0] }
      : { ...plan, strategies },
  ) as [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const shown = (value: unknown): string => (value === undefined ? 'not given' : JSON.stringify(value).slice(0, 60));
  const texts = names
    .filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]))
    .map((name) => `${name} was ${shown(was[name])}, is ${shown(is[name])}`);
  return texts.length === 0 ? '' : ` (${texts.join('; ')})`;
}

/** The plan in a file; undefined where it cannot be read. */
function keptIn(path: string): LivePlan | undefined {
  try {
    return planIn(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The plan in a text. Plans of version 0.1 have one strategy, whose fields stand beside those of the plan. */
function planIn(text: string): LivePlan {
  const { mode, ...plan } = JSON.parse(text) as Omit<LivePlan, 'strategies'> &
    Partial<StrategyChoice & Pick<LivePlan, 'strategies'>>;
  const { strategies, file = '', strategy = '', params = {}, ...rest } = plan;
  if (strategies !== undefined) return { mode, strategies, ...rest };
  return { mode, ...rest, strategies: [{ file, strategy, params }] };
}

/** The plan of an earlier session. */
export function readPlan(folder: string): LivePlan {
  const path = join(folder, 'plan.json');
  if (!existsSync(path)) throw usage(`there is no session in ${folder}: it has no plan.json`);
  try {
    return planIn(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`${path} is not JSON`, { cause });
  }
}
