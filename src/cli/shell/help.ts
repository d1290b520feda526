/** The help texts, laid out from the tables of commands and options. */
import type { Command, OptionSpec } from './command.ts';
import { commands } from './commands.ts';
import { helpOption } from './options.ts';

/** What `nextbar --help` says. */
export function mainHelp(version: string): string {
  const rows = Object.entries(commands).map(([name, { about }]) => [name, about] as const);
  return [
    `nextbar ${version}: backtesting and live trading of crypto`,
    '',
    'Usage: nextbar COMMAND [options]',
    '',
    'Commands:',
    ...table(rows),
    '',
    'Options:',
    ...table([
      ['--help', 'Show this help; after a command, its own'],
      ['--version', 'Show the version'],
    ]),
    '',
    'A first run, on synthetic bars:',
    '  nextbar new my-strategy',
    '  nextbar run my-strategy.ts --synthetic',
    '',
  ].join('\n');
}

/** What `nextbar COMMAND --help` says. */
export function commandHelp(command: Command): string {
  const rows = [...command.options, helpOption].map((option) => [optionLabel(option), option.about] as const);
  const examples = command.examples ?? [];
  return [
    command.about,
    '',
    `Usage: nextbar ${command.usage}`,
    '',
    'Options:',
    ...table(rows),
    '',
    ...(examples.length === 0 ? [] : ['Examples:', ...examples.map((line) => `  ${line}`), '']),
  ].join('\n');
}

/** Two columns, the first as wide as its widest cell. */
export function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}

function optionLabel({ name, value, isOptional }: OptionSpec): string {
  if (value === undefined) return `--${name}`;
  return isOptional === true ? `--${name} [${value}]` : `--${name} ${value}`;
}
