/** `nextbar compare`: kept runs beside each other, as a table and as a page. */
import { compareRuns, writeComparison, type ComparedRun, type KeptDetail } from '../../report/index.ts';
import { printable } from '../output/printable.ts';
import { plainValue } from '../output/result-json.ts';
import { table } from '../output/table.ts';
import { checkFiles } from '../run/outputs.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { painter } from '../shell/paint.ts';
import { usage } from '../shell/usage.ts';
import { withRuns } from './registry.ts';

export const compareCommand: Command = {
  name: 'compare',
  about: 'Compare kept runs: figures, settings and trades.',
  operands: 'ID ID...',
  options: [
    {
      name: 'report',
      value: 'FILE',
      otherwise: 'report.html',
      about: 'Write the comparison as one HTML file with the equity curves over each other',
    },
    ...flagsNamed('folder', 'json'),
  ],
  examples: ['nextbar compare 11 12', 'nextbar compare 11 12 13 --report compared.html'],
  run: compare,
};

async function compare(given: GivenOptions, context: CommandContext): Promise<number> {
  if (given.operands.length < 2) throw usage('which runs? nextbar compare ID ID..., numbers of nextbar runs');
  checkFiles(given, ['report']);
  const runs = await withRuns(given, context, (store) =>
    given.operands.map((name): ComparedRun => {
      const run = store.find(name);
      return { name: `run ${run.id}`, run, detail: store.detail(run.id) as KeptDetail | undefined };
    }),
  );
  const report = given.get('report');
  if (report !== undefined) await writeComparison(report, runs);
  const { metrics, differences, ownTrades } = compareRuns(runs);
  if (given.has('json')) {
    const shape = {
      runs: runs.map(({ run }) => ({ id: run.id, strategy: run.strategy, hash: run.hash })),
      metrics: Object.fromEntries(metrics.map(({ metric, values }) => [metric.key, values])),
      differences: Object.fromEntries(differences.map(({ name, values }) => [name, values])),
      ownTrades,
    };
    context.stdout.write(`${JSON.stringify(shape, plainValue, 2)}\n`);
    return 0;
  }
  const paint = painter(context.stdout, context.env);
  const head = ['', ...runs.map(({ name }) => name)];
  context.stdout.write(`\n${paint.bold('What differs')}\n`);
  if (differences.length === 0) context.stdout.write('nothing\n');
  else context.stdout.write(table([head, ...differences.map(({ name, values }) => [printable(name), ...values.map(printable)])])); // prettier-ignore
  context.stdout.write(`\n${paint.bold('Figures')} (* the best)\n`);
  const rows = metrics
    .filter(({ values }) => values.some((value) => value !== undefined))
    .map(({ metric, values, best }) => [metric.label, ...values.map((value, k) => `${metric.text(value)}${best.includes(k) ? ' *' : ''}`)]); // prettier-ignore
  context.stdout.write(table([head, ...rows, ['Trades of its own', ...ownTrades.map((own) => String(own ?? '-'))]]));
  return 0;
}
