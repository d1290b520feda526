/** `nextbar mcp`: tools for assistants to query the platform, over standard input and output. */
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { version } from '../shell/version.ts';
import { auditPath, databaseAddress, databaseOptions } from './options.ts';
import { untilEnd } from './until-end.ts';

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { AuditLog, openDatabaseToRead, startMcp } = await import('../../server/index.ts');
  const { runtime } = context;
  const database = await openDatabaseToRead(databaseAddress(given, context), Math.floor(runtime.now()));
  try {
    const mcp = await startMcp({
      runtime,
      database,
      version: version(),
      audit: new AuditLog(auditPath(given, context), runtime),
      folder: given.get('folder') ?? 'data-cache',
      sessions: given.get('sessions') ?? 'sessions',
      isControlAllowed: given.has('allow-control'),
      stdin: process.stdin,
      stdout: process.stdout,
    });
    try {
      await untilEnd(context, async (signal) => {
        const asked = new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            resolve();
          });
        });
        await Promise.race([mcp.ended, asked]);
      });
    } finally {
      await mcp.close();
    }
    return 0;
  } finally {
    await database.close();
  }
}

export const mcpCommand: Command = {
  name: 'mcp',
  about: 'Answer the questions of assistants about bars, runs and sessions (Model Context Protocol, standard input and output).',
  options: [
    { name: 'allow-control', about: 'Let assistants stop and flatten sessions too (default: they only read)' },
    ...databaseOptions,
    ...flagsNamed('folder', 'sessions'),
  ],
  examples: ['nextbar mcp', 'nextbar mcp --database postgres://nextbar@localhost/nextbar --folder data-cache'],
  run,
}; // prettier-ignore
