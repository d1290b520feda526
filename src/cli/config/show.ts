/** `nextbar config show`: prints a run file with the flags that override it, as a run file. */
import type { Command, CommandContext, GivenOptions, OptionSpec } from '../shell/command.ts';
import { paperCommand } from '../live/paper.ts';
import { tradeCommand } from '../live/trade.ts';
import { runOptions } from '../run/options.ts';
import { flagsNamed } from '../shell/flags.ts';
import { keyAndValue, numberOption, onlyOperand, rangeOption, timeframeOption } from '../shell/options.ts';
import { allFields, dataFields, fieldsOf, planFields, type Flags } from './run-fields.ts';
import { readRunFile, withRunFile } from './run-file.ts';

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  // `--config FILE` names the file here too.
  const named = given.operands.length === 0 ? given.get('config') : undefined;
  const path = named ?? onlyOperand(given, 'which run file? nextbar config show bot.yaml', 'run file');
  checkValues(given);
  const file = await readRunFile(path, context.env);
  const typed: GivenOptions = {
    operands: [],
    has: (name) => name === 'config' || given.has(name),
    get: (name) => (name === 'config' ? path : given.get(name)),
    all: (name) => (name === 'config' ? [path] : given.all(name)),
  };
  const { options } = configShowCommand;
  const run = await withRunFile(typed, options, context.env);
  const session = await withRunFile(typed, options, context.env, 'both');
  // `--bars` counts synthetic bars in a run, and is their kind in a session.
  const isCount = (text: string | undefined): boolean => text === undefined || /^\d/.test(text);
  const own = (flags: Flags, keeps: boolean): Flags => new Map([...flags].filter(([name, [first]]) => name !== 'bars' || isCount(first) === keeps)); // prettier-ignore
  const plan = fieldsOf(own(flagsIn(session.given, options), false), planFields);
  const shown = {
    ...(file.strategies.length > 0 && {
      strategy: file.strategies.length === 1 ? file.strategies[0] : file.strategies,
    }),
    ...fieldsOf(own(flagsIn(run.given, options), true), allFields),
    ...(run.datas.length > 0 && { datas: run.datas.map((data) => dataOf(flagsIn(data, [...options, { name: 'name' }]))) }), // prettier-ignore
    ...(Object.keys(plan).length > 0 && { plan }),
  };
  await checkParams(run.given);
  if (given.has('json')) context.stdout.write(`${JSON.stringify(shown)}\n`);
  else {
    const { stringify } = await import('yaml');
    context.stdout.write(stringify(shown));
  }
  return 0;
}

/** Refuses values of flags that are wrong whatever the file holds. */
function checkValues(given: GivenOptions): void {
  rangeOption(given);
  for (const text of given.all('timeframe')) timeframeOption('timeframe', text);
  for (const { flag: name, kind } of Object.values(allFields)) {
    if (kind === 'number' && name !== 'bars') numberOption(given, name);
    if (kind === 'pairs') for (const pair of given.all(name)) keyAndValue(name, pair);
  }
}

/** Parameters that the strategy does not have are refused as a run refuses them. */
async function checkParams(given: GivenOptions): Promise<void> {
  const { existsSync } = await import('node:fs');
  if (given.operands.length === 0 || !given.operands.every((one) => existsSync(one.replace(/:[\w$]+$/, '')))) return;
  const { chosenStrategies } = await import('../run/chosen-strategies.ts');
  await chosenStrategies(given, 'which strategy?');
}

/** The given ones among the options. */
function flagsIn(given: GivenOptions, options: readonly Pick<OptionSpec, 'name'>[]): Flags {
  return new Map(
    options.filter(({ name }) => given.has(name)).map(({ name }): [string, readonly string[]] => [name, given.all(name)]),
  ); // prettier-ignore
}

/** A data as an entry of `datas`: `NAME=FILE` becomes its `name` and its `csv`. */
function dataOf(flags: Flags): Record<string, unknown> {
  const files = flags.get('csv')?.map((text) => /^([^=/]+)=(.*)$/s.exec(text) ?? ([text, undefined, text] as const));
  const name = flags.get('name')?.[0] ?? files?.[0]?.[1];
  return {
    ...(name !== undefined && { name }),
    ...fieldsOf(
      files === undefined ? flags : new Map([...flags, ['csv', files.map(([, , path]) => path)]]),
      dataFields,
    ),
  };
}

/** The options of every command that takes a run file, each once. */
const ofAll = [...flagsNamed('config', 'json'), ...runOptions, ...paperCommand.options, ...tradeCommand.options];

export const configShowCommand: Command = {
  name: 'config show',
  about: 'Show the settings of a run file as a run file; flags of run, paper and trade override them.',
  operands: 'FILE',
  options: ofAll.filter(({ name }, i) => ofAll.findIndex((one) => one.name === name) === i),
  examples: ['nextbar config show bot.yaml', 'nextbar config show bot.yaml --param fast=5 --json'],
  run,
};
