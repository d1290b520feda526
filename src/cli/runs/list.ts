/** `nextbar runs` and `nextbar runs show`: the runs that were kept, and everything about one. */
import { existsSync } from 'node:fs';

import { metricDefinitions, shortHash } from '../../report/index.ts';
import type { KeptRun, RunStore } from '../../store/index.ts';
import { printable } from '../output/printable.ts';
import { plainValue } from '../output/result-json.ts';
import { table } from '../output/table.ts';
import { amount, change, count, counted, moment, ratio } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { wholeNumber } from '../shell/options.ts';
import { painter } from '../shell/paint.ts';
import { hasRegistry, onlyRun, withRuns } from './registry.ts';

/** Runs listed without `--all`. */
const fewRuns = 20;

export const runsListCommand: Command = {
  name: 'runs list',
  about: 'List the runs that were kept, the latest first.',
  options: [
    { name: 'last', value: 'N', about: `List the newest N runs (default ${fewRuns})` },
    { name: 'all', about: 'List every run (default: the newest ones)' },
    { name: 'strategy', value: 'NAME', about: 'Only runs of this strategy (default: of any)' },
    { name: 'tag', value: 'TAG', about: 'Only runs with this tag (default: with any or none)' },
    {
      name: 'study',
      value: 'ID',
      about: 'The trials of this study, by its number (default: runs that are not trials)',
    },
    ...flagsNamed('folder', 'json'),
  ],
  examples: ['nextbar runs', 'nextbar runs list --strategy SmaCross --tag best'],
  run: list,
};

async function list(given: GivenOptions, context: CommandContext): Promise<number> {
  const limit = given.has('all') ? undefined : (wholeNumber(given, 'last', 1) ?? fewRuns);
  const parent = wholeNumber(given, 'study', 1);
  const [strategy, tag] = [given.get('strategy'), given.get('tag')];
  const filter = {
    ...(strategy !== undefined && { strategy }),
    ...(tag !== undefined && { tag }),
    ...(parent !== undefined && { parent }),
  };
  const kept = (store: RunStore): { readonly runs: readonly KeptRun[]; readonly more: boolean } => {
    const found = store.list({ ...filter, ...(limit !== undefined && { limit: limit + 1 }) });
    return { runs: found.slice(0, limit ?? found.length), more: limit !== undefined && found.length > limit };
  };
  const { runs, more } = hasRegistry(given) ? await withRuns(given, context, kept) : { runs: [], more: false };
  if (given.has('json')) {
    context.stdout.write(`${JSON.stringify(runs, plainValue, 2)}\n`);
    return 0;
  }
  if (runs.length === 0) {
    const wanted = Object.entries(filter).map(([name, value]) => `${name === 'parent' ? 'study' : name} '${value}'`);
    context.stdout.write(wanted.length === 0 ? 'no run is kept here: nextbar run keeps each one\n' : `no kept run has ${printable(wanted.join(' and '))}\n`); // prettier-ignore
    return 0;
  }
  const rows = runs.map((run) => [
    String(run.id),
    whenOf(run),
    printable(run.strategy) + (run.kind === 'run' ? '' : ` (${run.kind})`),
    printable(paramsText(run)),
    printable(run.datas.map(({ name, timeframe }) => `${name} ${timeframe}`).join(', ')),
    change(run.stats['totalReturn']),
    ratio(run.stats['sharpe']),
    count(run.stats['trades']),
    shortHash(run.hash),
    printable(run.tags.join(', ')),
  ]);
  const head = ['ID', 'When (UTC)', 'Strategy', 'Parameters', 'Data', 'Return', 'Sharpe', 'Trades', 'Hash', 'Tags'];
  context.stdout.write(table([head, ...rows]));
  if (more) context.stdout.write(`and older ones: add --all or --last ${(limit ?? 0) * 5}\n`);
  return 0;
}

/** A setting in words; empty for none. */
function textOf(value: unknown): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** When a run was started, to the second. */
function whenOf({ time }: KeptRun): string {
  return moment(Math.floor(time / 1000) * 1000);
}

function paramsText({ params }: KeptRun): string {
  const text = Object.entries(params)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

export const runsShowCommand: Command = {
  name: 'runs show',
  about: 'Show a run that was kept: figures, settings, hashes, files, notes.',
  operands: 'ID',
  options: [{ name: 'source', about: "Print the strategy's source as it was" }, ...flagsNamed('folder', 'json')],
  examples: ['nextbar runs show 12', 'nextbar runs show last --source'],
  run: show,
};

async function show(given: GivenOptions, context: CommandContext): Promise<number> {
  const name = onlyRun(given, 'runs show');
  const { run, source } = await withRuns(given, context, (store) => {
    const found = store.find(name);
    return { run: found, source: found.strategyHash === undefined ? undefined : store.source(found.strategyHash) };
  });
  const { stdout } = context;
  if (given.has('source')) {
    stdout.write(source ?? 'the source of this run was not kept\n');
    return source === undefined ? 1 : 0;
  }
  if (given.has('json')) {
    stdout.write(`${JSON.stringify(run, plainValue, 2)}\n`);
    return 0;
  }
  const paint = painter(context.stdout, context.env);
  const row = (name: string, text: string): string => (text === '' ? '' : `  ${paint.dim(name.padEnd(12))}${printable(text)}\n`);
  const { startValue, finalValue } = run.stats;
  stdout.write(`\n  ${paint.bold(`${run.id}  ${printable(run.strategy)}`)}  ${run.kind === 'run' ? run.mode : run.kind}, ${run.status}\n\n`);
  stdout.write(row('When', `${whenOf(run)} UTC${run.took === undefined ? '' : `, took ${amount(run.took / 1000, 2)} s`}`));
  for (const { name, timeframe, bars, start, end } of run.datas)
    stdout.write(row('Data', `${name}  ${counted(bars, 'bar')} of ${timeframe}, ${moment(start)} to ${moment(end)}`));
  stdout.write(row('Parameters', Object.entries(run.params).map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(', ')));
  stdout.write(row('Value', startValue === undefined ? '' : `${amount(startValue)} → ${amount(finalValue)}`));
  for (const name of ['rules', 'account', 'commission', 'slippage', 'sizer']) stdout.write(row(name[0]!.toUpperCase() + name.slice(1), textOf(run.settings[name])));
  stdout.write(row('Command', run.command.length === 0 ? '' : `nextbar ${run.command.join(' ')}`));
  stdout.write(row('Folder', run.folder));
  stdout.write(row('nextbar', run.version));
  stdout.write(row('Hash', run.hash ?? ''));
  stdout.write(row('Bars', run.dataHash ?? '') + row('Source', run.strategyHash ?? ''));
  for (const [kind, path] of Object.entries(run.files)) stdout.write(row('File', `${kind}: ${path}${existsSync(path) ? '' : ' (gone)'}`));
  stdout.write(row('Tags', run.tags.join(', ')) + row('Note', run.note) + row('Error', run.error ?? ''));
  const figures = metricDefinitions.filter(({ key }) => run.stats[key] !== undefined);
  stdout.write(`\n${table(figures.map(({ key, label, text }) => [label, text(run.stats[key])]), { indent: 2 })}`);
  for (const text of run.warnings) stdout.write(`  ${paint.yellow('warning:')} ${printable(text)}\n`);
  return 0;
} // prettier-ignore
