/** `nextbar backup` and `nextbar restore`: the whole platform in a folder, and back. */
import { existsSync } from 'node:fs';

import { formatTime } from '../../core/index.ts';
import { size } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { onlyOperand } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { version } from '../shell/version.ts';
import { databaseAddress, databaseOptions, platformFolder } from './options.ts';

type Act = 'backup' | 'restore';

async function run(act: Act, given: GivenOptions, context: CommandContext): Promise<number> {
  const folder = onlyOperand(given, `${act} needs a folder, such as nextbar ${act} backups/2026-01-31`, 'folder');
  const { checkRestore, openDatabase, openDatabaseToRead, restoreBackup, writeBackup } =
    await import('../../server/index.ts');
  const { runtime, stdout } = context;
  const now = Math.floor(runtime.now());
  const folders = {
    platform: platformFolder(given, context),
    data: given.get('folder') ?? 'data-cache',
    sessions: given.get('sessions') ?? 'sessions',
  };
  const address = databaseAddress(given, context);
  if (
    act === 'backup' &&
    ![address, ...Object.values(folders)].some((path) => path.includes('://') || existsSync(path))
  ) {
    throw usage(`nothing to back up: there is neither ${address} nor ${Object.values(folders).join(', ')}`);
  }
  const checked = act === 'restore' ? await checkRestore(folder, folders) : undefined;
  const open = act === 'backup' ? openDatabaseToRead : openDatabase;
  const database = await open(address, now);
  try {
    const { made, files, tables } =
      act === 'backup'
        ? await writeBackup(folder, database, folders, { now, program: version() })
        : await restoreBackup(folder, database, folders, checked);
    const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
    const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
    if (given.has('json')) stdout.write(`${JSON.stringify({ folder, made, files: files.length, bytes, rows })}\n`);
    else {
      const what = `${rows} rows and ${files.length} files (${size(bytes)})`;
      stdout.write(act === 'backup' ? `${folder}: ${what}\n` : `restored ${what} of ${formatTime(made)}\n`);
    }
    return 0;
  } finally {
    await database.close();
  }
}

function commandOf(act: Act, about: string, examples: readonly string[]): Command {
  return {
    name: act,
    about,
    operands: 'FOLDER',
    options: [...databaseOptions, ...flagsNamed('folder', 'sessions'), flag('json')],
    examples,
    run: (given, context) => run(act, given, context),
  };
}

export const backupCommand = commandOf(
  'backup',
  'Write database, keys, audit log, bars, runs and sessions of the platform into a new folder, while everything runs.',
  ['nextbar backup backups/2026-01-31', 'nextbar backup /mnt/nightly --database postgres://nextbar@localhost/nextbar'],
);

export const restoreCommand = commandOf(
  'restore',
  'Check a backup and restore it into an empty platform, on SQLite or PostgreSQL.',
  ['nextbar restore backups/2026-01-31 --platform platform --folder data-cache --sessions sessions'],
);
