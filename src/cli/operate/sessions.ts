/** `nextbar sessions`: every session in a folder with its state and its process. */
import { formatTime } from '../../core/index.ts';
import { table } from '../output/table.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { sessionsIn } from './find-session.ts';

export const sessionsCommand: Command = {
  name: 'sessions',
  about: 'List the sessions of a folder with their states and processes.',
  options: [...flagsNamed('sessions', 'json')],
  examples: ['nextbar sessions', 'nextbar sessions --sessions /var/lib/nextbar --json'],
  run: async (given: GivenOptions, context: CommandContext) => {
    const folder = given.get('sessions') ?? 'sessions';
    const found = await sessionsIn(folder);
    if (given.has('json')) {
      context.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
      return 0;
    }
    if (found.length === 0) {
      context.stdout.write(`  no sessions in ${folder}\n`);
      return 0;
    }
    const rows = found.map(({ name, state, pid, run }) => [
      name, state, pid === undefined ? '-' : String(pid), run?.mode ?? '-', run?.strategy ?? '-',
      run === undefined ? '-' : `${run.exchange} ${run.symbols.join(' ')}`,
      run === undefined ? '-' : formatTime(Math.floor(run.since / 1000) * 1000), run?.ended?.reason ?? '',
    ]); // prettier-ignore
    const head = ['session', 'state', 'pid', 'mode', 'strategy', 'market', 'since (UTC)', 'ended'];
    context.stdout.write(`${table([head, ...rows])}\n`);
    return 0;
  },
};
