/** `nextbar compact`: packs the journals of a session that does not run; a replay is the same afterwards. */
import { existsSync } from 'node:fs';

import { SessionError } from '../../core/index.ts';
import { earlierJournals, filesIn } from '../live/session-files.ts';
import { size } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { namedSession } from './find-session.ts';

export const compactCommand: Command = {
  name: 'compact',
  about: 'Pack the journals of a session that is not running; a replay is the same afterwards.',
  operands: 'SESSION',
  options: [...flagsNamed('sessions', 'json')],
  examples: ['nextbar compact my-session'],
  run: async (given: GivenOptions, context: CommandContext) => {
    const found = await namedSession('compact', given);
    if (found.state === 'running') {
      throw new SessionError(
        `session '${found.name}' runs in process ${found.pid ?? NaN} and compacts its journal itself: compact it after its end`,
        { code: 'owned' },
      );
    }
    const { compactJournal } = await import('../../store/index.ts');
    const journals = earlierJournals(filesIn(found.name, found.folder)).filter((path) => existsSync(path));
    const done: { readonly journal: string; readonly before: number; readonly after: number }[] = [];
    for (const journal of journals) {
      const sizes = await compactJournal(journal);
      done.push({ journal, ...sizes });
      if (!given.has('json')) context.stdout.write(`  ${journal}  ${size(sizes.before)} to ${size(sizes.after)}\n`);
    }
    if (given.has('json')) context.stdout.write(`${JSON.stringify(done, undefined, 2)}\n`);
    else if (done.length === 0) context.stdout.write(`  ${found.name} keeps no journal\n`);
    return 0;
  },
};
