/** The options that the commands of the platform share: its database and its folder. */
import { join } from 'node:path';

import type { CommandContext, GivenOptions, OptionSpec } from '../shell/command.ts';

/** `--database` and `--platform`, for every command of the platform. */
export const databaseOptions: readonly OptionSpec[] = [
  { name: 'database', value: 'PATH', about: 'SQLite file, or postgres://user@host/name (default $NEXTBAR_DATABASE, else platform.sqlite in --platform)' },
  { name: 'platform', value: 'DIR', about: 'Folder of the platform: database, keys, audit log (default platform)' },
]; // prettier-ignore

/** The folder of the platform. */
export function platformFolder(given: GivenOptions, { env }: CommandContext): string {
  return given.get('platform') ?? env['NEXTBAR_PLATFORM'] ?? 'platform';
}

/** The address of the platform's database. It may come from the environment, because a connection string may hold a password. */
export function databaseAddress(given: GivenOptions, context: CommandContext): string {
  return (
    given.get('database') ?? context.env['NEXTBAR_DATABASE'] ?? join(platformFolder(given, context), 'platform.sqlite')
  );
}

/** Where the keys of the platform come from: the environment, or a file in its folder. */
export function keySource(
  given: GivenOptions,
  context: CommandContext,
): { readonly text?: string; readonly path: string } {
  const { NEXTBAR_KEYS: text, NEXTBAR_KEYS_FILE: path } = context.env;
  return { ...(text !== undefined && { text }), path: path ?? join(platformFolder(given, context), 'keys.json') };
}

/** The audit log of the platform. */
export function auditPath(given: GivenOptions, context: CommandContext): string {
  return join(platformFolder(given, context), 'audit.jsonl');
}
