/** The registry of runs as commands use it: opened, closed, written to after a run. */
import { join, resolve } from 'node:path';

import { ConfigError, messageOf, TradingError } from '../../core/index.ts';
import { keptRunOf } from '../../report/index.ts';
import { runsFile, RunStore } from '../../store/index.ts';
import { sourceText, type Executed } from '../run/execute.ts';
import { commandOf } from '../run/outputs.ts';
import type { CommandContext, GivenOptions } from '../shell/command.ts';
import { usage } from '../shell/usage.ts';

/** The folder of the registry: that of the bar store. */
export function runsFolder(given: GivenOptions): string {
  return given.get('folder') ?? 'data-cache';
}

/** Whether a folder has a registry: commands that only read make none. */
export function hasRegistry(given: GivenOptions): boolean {
  return RunStore.exists(runsFolder(given));
}

/** Lets `act` use the registry, and closes it. @throws {ConfigError} With code `no-run` where there is none: only a run makes it. */
export async function withRuns<T>(
  given: GivenOptions,
  context: CommandContext,
  act: (store: RunStore) => T | Promise<T>,
): Promise<T> {
  if (!hasRegistry(given)) {
    const path = join(runsFolder(given), runsFile);
    const [run] = given.operands;
    const text = run === undefined ? `no run is kept in ${path}` : `there is no run '${run}' in ${path}: none has been kept here`; // prettier-ignore
    throw new ConfigError(text, { code: 'no-run', context: { run } });
  }
  return withNewRuns(given, context, act);
}

/** As `withRuns`, for a command that keeps a run: the registry is made where there is none. */
async function withNewRuns<T>(
  given: GivenOptions,
  context: CommandContext,
  act: (store: RunStore) => T | Promise<T>,
): Promise<T> {
  const store = await RunStore.open(runsFolder(given), context.runtime);
  try {
    return await act(store);
  } finally {
    store.close();
  }
}

/**
 * Keeps a run unless the command line or the environment says otherwise. A registry that cannot be written is reported and does not fail
 * the run, whose result exists already.
 *
 * @returns The number of the run; undefined where it was not kept.
 */
export async function keepRun(
  given: GivenOptions,
  context: CommandContext,
  executed: Executed,
  files: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  if (given.has('no-keep') || context.env['NEXTBAR_RUNS'] === 'off') return undefined;
  try {
    return await withNewRuns(given, context, (store) =>
      store.add({
        ...keptRunOf(executed.result, {
          took: executed.took,
          command: commandOf(given),
          folder: process.cwd(),
          tags: given.all('tag'),
          note: given.get('note') ?? '',
          files: Object.fromEntries(Object.entries(files).map(([kind, path]) => [kind, resolve(path)])),
          source: sourceText(executed),
        }),
        ...(given.has('no-source') && { source: undefined }),
        time: Math.round(context.runtime.now() - executed.took),
      }),
    );
  } catch (error) {
    // Without SQLite the run is not kept, and no warning is printed: a run needs no database, and `nextbar runs` names the cause.
    if (error instanceof TradingError && error.code === 'sqlite-missing') return undefined;
    context.stderr.write(`warning: the run was not kept: ${messageOf(error)}\n`);
    return undefined;
  }
}

/** The name of the run that a command asks for. @throws {UsageError} If there is none. */
export function namedRun({ operands: [name] }: GivenOptions, command: string): string {
  if (name === undefined)
    throw usage(`which run? nextbar ${command} ID, where ID is a number of nextbar runs, a hash, or last`);
  return name;
}

/** As `namedRun`, for a command that takes only one run. @throws {UsageError} If there is none, or a second one. */
export function onlyRun(given: GivenOptions, command: string): string {
  const [, extra] = given.operands;
  if (extra !== undefined) throw usage(`one run at a time: '${extra}' is a second one; nextbar compare shows several`);
  return namedRun(given, command);
}
