/** `nextbar config show`: what a run file and flags come to together, secrets hidden. */
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag } from '../shell/flags.ts';
import { onlyOperand } from '../shell/options.ts';
import { readRunFile, withRunFile } from './run-file.ts';

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  // The flag that names the file elsewhere names it here too.
  const named = given.operands.length === 0 ? given.get('config') : undefined;
  const path = named ?? onlyOperand(given, 'which run file? nextbar config show bot.yaml', 'run file');
  const options = await optionsOfAll();
  const file = await readRunFile(path, context.env);
  const flags: GivenOptions = {
    operands: [],
    has: (name) => name === 'config' || given.has(name),
    get: (name) => (name === 'config' ? path : given.get(name)),
    all: (name) => (name === 'config' ? [path] : given.all(name)),
  };
  const merged = await withRunFile(flags, options, context.env);
  const shown: Record<string, unknown> = {};
  if (file.strategy !== undefined) shown['strategy'] = file.strategy;
  for (const { name, value, isRepeated } of options) {
    if (['config', 'json', 'quiet'].includes(name) || !merged.given.has(name)) continue;
    const key = name === 'strategy' ? 'class' : name;
    const all = merged.given.all(name);
    shown[key] = value === undefined ? true : isRepeated === true ? all : (merged.given.get(name) ?? true);
  }
  if (merged.datas.length > 0) {
    shown['datas'] = merged.datas.map((data) =>
      Object.fromEntries(
        ['name', ...options.map(({ name }) => name)].filter((name) => data.has(name)).map((name) => [name, data.all(name).join(', ')]),
      ),
    ); // prettier-ignore
  }
  if (given.has('json')) context.stdout.write(`${JSON.stringify(shown)}\n`);
  else {
    const { stringify } = await import('yaml');
    context.stdout.write(stringify(shown));
  }
  return 0;
}

/** The options of every command that takes a run file, each once. */
async function optionsOfAll(): Promise<Command['options']> {
  const { runOptions } = await import('../run/options.ts');
  const { liveOptions } = await import('../live/options.ts');
  const all = [...runOptions, ...liveOptions, ...['keys', 'rules'].map((name) => flag(name as 'keys'))];
  return all.filter(({ name }, i) => all.findIndex((one) => one.name === name) === i);
}

export const configShowCommand: Command = {
  name: 'config show',
  about: 'Show what a run file comes to, with the flags that override it.',
  usage: 'config show FILE [options]',
  options: [
    ...(['param', 'timeframe', 'start', 'end', 'cash', 'commission', 'slippage', 'size', 'rules'] as const).map(
      (name) => flag(name),
    ),
    flag('config'),
    flag('json'),
  ],
  examples: ['nextbar config show bot.yaml', 'nextbar config show bot.yaml --param fast=5 --json'],
  run,
};
