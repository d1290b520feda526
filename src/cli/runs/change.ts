/** `nextbar runs delete`, `tag` and `note`: changes to kept runs. */
import { counted } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { usage } from '../shell/usage.ts';
import { namedRun, withRuns } from './registry.ts';

export const runsDeleteCommand: Command = {
  name: 'runs delete',
  about: 'Delete runs from the registry; files such as reports stay.',
  operands: 'ID...',
  options: flagsNamed('folder'),
  examples: ['nextbar runs delete 12', 'nextbar runs delete 7 8 9'],
  run: remove,
};

async function remove(given: GivenOptions, context: CommandContext): Promise<number> {
  if (given.operands.length === 0) throw usage('which runs? nextbar runs delete ID...');
  const ids = await withRuns(given, context, (store) => {
    const found = given.operands.map((name) => store.find(name).id);
    for (const id of found) store.delete(id);
    return found;
  });
  context.stdout.write(`deleted ${counted(ids.length, 'run')}: ${ids.join(', ')}\n`);
  return 0;
}

export const runsTagCommand: Command = {
  name: 'runs tag',
  about: 'Tag a run, or remove its tags.',
  operands: 'ID TAG...',
  options: [{ name: 'remove', about: 'Remove these tags from the run' }, ...flagsNamed('folder')],
  examples: ['nextbar runs tag 12 best btc', 'nextbar runs tag last best --remove'],
  run: tag,
};

async function tag(given: GivenOptions, context: CommandContext): Promise<number> {
  const [, ...tags] = given.operands;
  if (tags.length === 0) throw usage('which tags? nextbar runs tag ID TAG...');
  const name = namedRun(given, 'runs tag');
  const run = await withRuns(given, context, (store) => {
    const { id } = store.find(name);
    if (given.has('remove')) store.untag(id, ...tags);
    else store.tag(id, ...tags);
    return store.get(id)!;
  });
  context.stdout.write(`run ${run.id}: ${run.tags.length === 0 ? 'no tags' : run.tags.join(', ')}\n`);
  return 0;
}

export const runsNoteCommand: Command = {
  name: 'runs note',
  about: 'Write a note to a run; an empty text removes it.',
  operands: 'ID TEXT',
  options: flagsNamed('folder'),
  examples: ["nextbar runs note 12 'wider stop, before fees were raised'"],
  run: note,
};

async function note(given: GivenOptions, context: CommandContext): Promise<number> {
  const [, ...words] = given.operands;
  if (words.length === 0) throw usage("which note? nextbar runs note ID 'text'");
  const text = words.join(' ').trim();
  const name = namedRun(given, 'runs note');
  const id = await withRuns(given, context, (store) => {
    const run = store.find(name);
    store.update(run.id, { note: text });
    return run.id;
  });
  context.stdout.write(`run ${id}: ${text === '' ? 'no note' : text}\n`);
  return 0;
}
