/** `nextbar runs repeat`: makes a kept run again, and says whether it traded the same or what changed. */
import { existsSync } from 'node:fs';

import { compareRuns, keptRunOf, shortHash } from '../../report/index.ts';
import type { KeptDetail } from '../../report/index.ts';
import type { KeptRun, RunStore } from '../../store/index.ts';
import { printable } from '../output/printable.ts';
import { table } from '../output/table.ts';
import { moment } from '../output/words.ts';
import { execute, sourceText, type Executed } from '../run/execute.ts';
import { runOptions } from '../run/options.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { parseOptions } from '../shell/parse.ts';
import { usage } from '../shell/usage.ts';
import { onlyRun, withRuns } from './registry.ts';

export const runsRepeatCommand: Command = {
  name: 'runs repeat',
  about: 'Repeat a kept run, and show what changed, if anything did.',
  operands: 'ID',
  options: flagsNamed('folder', 'json'),
  examples: ['nextbar runs repeat 12', 'nextbar runs repeat last'],
  run: repeat,
};

/** Makes a kept run again by its command line, in the folder that it was made in. */
export async function makeAgain(
  run: KeptRun,
  context: CommandContext,
): Promise<{ readonly given: GivenOptions; readonly executed: Executed }> {
  if (run.command.length === 0) {
    throw usage(`run ${run.id} was made by a program, not by a command line: run that program again`);
  }
  if (!existsSync(run.folder)) throw usage(`run ${run.id} was made in ${run.folder}, which is not there any more`);
  const asked = { name: 'run', about: '', operands: 'FILE...', options: runOptions, run: () => Promise.resolve(0) };
  const given = parseOptions(asked, run.command.slice(1));
  const here = process.cwd();
  process.chdir(run.folder);
  try {
    return { given, executed: await execute(given, context, true) };
  } finally {
    process.chdir(here);
  }
}

async function repeat(given: GivenOptions, context: CommandContext): Promise<number> {
  const name = onlyRun(given, 'runs repeat');
  const { run, detail } = await withRuns(given, context, (store: RunStore) => {
    const found = store.find(name);
    return { run: found, detail: store.detail(found.id) as KeptDetail | undefined };
  });
  const { executed } = await makeAgain(run, context);
  const fresh = keptRunOf(executed.result, { source: sourceText(executed) });
  // As the registry would have kept it, with the same form of times and absent figures.
  const again = { ...run, ...JSON.parse(JSON.stringify({ ...fresh, detail: undefined, source: undefined })), stats: { ...fresh.stats } } as KeptRun; // prettier-ignore
  const isSame = again.hash === run.hash;
  const comparison = compareRuns([
    { name: `run ${run.id}`, run, detail },
    { name: 'now', run: again, detail: fresh.detail as KeptDetail },
  ]);
  const causes = comparison.differences.filter(({ name }) => name !== 'hash');
  if (given.has('json')) {
    const changed = Object.fromEntries(causes.map(({ name, values }) => [name, values]));
    context.stdout.write(`${JSON.stringify({ run: run.id, isSame, hash: again.hash, changed }, undefined, 2)}\n`);
    return isSame ? 0 : 1;
  }
  if (isSame) {
    context.stdout.write(`run ${run.id} traded the same: hash ${shortHash(run.hash)}\n`);
    for (const { name, values } of causes) context.stdout.write(`  ${printable(name)} changed without effect: ${values.map(printable).join(' → ')}\n`); // prettier-ignore
    return 0;
  }
  context.stdout.write(
    `run ${run.id} trades differently now: hash ${shortHash(run.hash)} → ${shortHash(again.hash)}\n`,
  );
  const why = causes.length === 0 ? 'nothing that the registry keeps of it changed: does the strategy read a clock, random numbers or the network?' : 'what changed:'; // prettier-ignore
  context.stdout.write(`  ${why}\n`);
  for (const { name, values } of causes) context.stdout.write(`    ${printable(name)}: ${values.map(printable).join(' → ')}\n`); // prettier-ignore
  const figures = comparison.metrics.filter(({ values }) => values[0] !== values[1]);
  context.stdout.write(
    table([['Figure', `Run ${run.id}`, 'Now'], ...figures.map(({ metric, values }) => [metric.label, ...values.map((value) => metric.text(value))])], { indent: 2 }), // prettier-ignore
  );
  const first = firstOwnTrade(comparison.runs.map((one) => one.detail), comparison.isOwn); // prettier-ignore
  if (first !== undefined) context.stdout.write(`  the first trade that differs opened at ${moment(first)}\n`);
  return 1;
}

function firstOwnTrade(
  details: readonly (KeptDetail | undefined)[],
  isOwn: readonly (readonly boolean[])[],
): number | undefined {
  const times = details.flatMap((detail, k) => (detail?.trades ?? []).flatMap(({ openTime }, at) => (isOwn[k]![at] === true ? [openTime] : []))); // prettier-ignore
  return times.length === 0 ? undefined : Math.min(...times);
}
