/** Arguments by a command's options, read by commander, with its suggestions in our one-sentence errors. */
import { Command as Parser, CommanderError, Option } from 'commander';

import { foreignHint } from '../../core/index.ts';
import type { Command, CommandContext, CommandTable, GivenOptions, OptionSpec } from './command.ts';
import { usage } from './usage.ts';

/** The option that every command has. */
const help: OptionSpec = { name: 'help', about: 'Show this help' };

/** Help is wrapped at the width of the terminal, or at this column. */
const pageWidth = 120;

/**
 * Reads arguments: `--name value`, `--name=value`, `--switch`, `-h`, and `--` before operands that begin with a dash.
 *
 * @throws {UsageError} For an unknown option, a missing value, one given twice that may not be, or an argument that the command does not take.
 */
export function parseOptions(command: Command, args: readonly string[]): GivenOptions {
  const specs = [...command.options, help];
  const values = new Map<string, string[]>();
  const parser = parserOf(command, (spec, value) => {
    const given = values.get(spec.name) ?? [];
    if (given.length > 0 && spec.isRepeated !== true) throw usage(`--${spec.name} was given twice`);
    // Commander takes what follows for the value, even if it is the next option.
    const isMissing = value === '' || (value?.startsWith('--') === true && value.length > 2);
    if (spec.value !== undefined && spec.isOptional !== true && isMissing) throw missingValue(spec);
    values.set(spec.name, [...given, value ?? '']);
  });
  try {
    parser.parse(withAttachedValues(args, specs), { from: 'user' });
  } catch (error) {
    throw error instanceof CommanderError ? sentenceOf(error, command, specs) : error;
  }
  const [stray] = parser.args;
  if (stray !== undefined && command.operands === undefined && !values.has(help.name)) {
    throw usage(`nextbar ${command.name} takes nothing but options, was given '${stray}'`);
  }
  return {
    operands: parser.args,
    has: (name) => values.has(name),
    get: (name) => {
      const [first = ''] = values.get(name) ?? [];
      return first === '' ? undefined : first;
    },
    all: (name) => values.get(name) ?? [],
  };
}

/** What `nextbar COMMAND --help` shows. */
export function commandHelp(command: Command, context: CommandContext): string {
  const examples = (command.examples ?? []).map((line) => `  ${line}`);
  return pageOf(parserOf(command, () => {}), context) + (examples.length === 0 ? '' : ['', 'Examples:', ...examples, ''].join('\n')); // prettier-ignore
}

/** What `nextbar --help` shows, and `nextbar data --help` for a group of commands. */
export function tableHelp(
  name: string,
  about: string,
  table: CommandTable,
  options: readonly OptionSpec[],
  context: CommandContext,
): string {
  const parser = tableParser(name, about, table);
  for (const spec of [...options, help]) parser.addOption(optionOf(spec));
  return pageOf(parser, context);
}

/** The error for a command that is not in the table, with the nearest one that is. */
export function unknownCommand(group: string, name: string, table: CommandTable): Error {
  const what = group === '' ? 'command' : `${group} command`;
  try {
    tableParser(`nextbar ${group}`.trim(), '', table).parse([name], { from: 'user' });
  } catch (error) {
    const near = error instanceof CommanderError ? suggestionIn(error.message) : undefined;
    const hint = near === undefined ? `known are ${Object.keys(table).join(', ')}` : `did you mean '${near}'?`;
    return usage(`unknown ${what} '${name}': ${hint}`);
  }
  return usage(`unknown ${what} '${name}'`);
}

function parserOf(command: Command, take: (spec: OptionSpec, value: string | undefined) => void): Parser {
  const parser = quiet(new Parser(`nextbar ${command.name}`), (flags) => {
    const spec = [...command.options, help].find((one) => optionOf(one).flags === flags);
    return spec === undefined ? flags : labelOf(spec);
  })
    .usage([command.operands ?? [], command.usage ?? '[options]'].flat().join(' '))
    .description(command.about);
  for (const spec of [...command.options, help]) {
    parser.addOption(optionOf(spec));
    parser.on(`option:${spec.name}`, (value: string | null) => {
      take(spec, value ?? undefined);
    });
  }
  return parser;
}

function tableParser(name: string, about: string, table: CommandTable): Parser {
  const parser = quiet(new Parser(name)).usage('COMMAND [options]').description(about).helpCommand(false);
  for (const [sub, entry] of Object.entries(table)) parser.addCommand(quiet(new Parser(sub)).description(entry.about));
  return parser;
}

/** A parser that throws instead of printing and exiting. */
function quiet(parser: Parser, label = (flags: string): string => flags): Parser {
  return parser
    .exitOverride()
    .helpOption(false)
    .allowExcessArguments()
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .configureHelp({ optionTerm: ({ flags }) => label(flags), subcommandTerm: (sub) => sub.name() });
}

function optionOf({ name, value, isOptional, about }: OptionSpec): Option {
  if (name === help.name) return new Option('-h, --help', about);
  const place = value === undefined ? '' : isOptional === true ? ' [value]' : ' <value>';
  return new Option(`--${name}${place}`, about);
}

function labelOf({ name, value, isOptional, otherwise }: OptionSpec): string {
  if (value === undefined) return `--${name}`;
  return isOptional === true || otherwise !== undefined ? `--${name} [${value}]` : `--${name} ${value}`;
}

function pageOf(parser: Parser, { stdout }: CommandContext): string {
  const width = Math.max(60, stdout.isTTY === true ? (stdout.columns ?? pageWidth) : pageWidth);
  return parser.configureHelp({ ...parser.configureHelp(), helpWidth: width }).helpInformation();
}

/** The ending of a strategy file, which no output has. */
const scriptName = /\.[cm]?[jt]s$/;

/**
 * An optional value is a number or attached, so that `--synthetic my-strategy.ts` does not take the file for a seed. An option with a usual
 * value takes what follows, unless that is another option or a strategy file.
 */
function withAttachedValues(args: readonly string[], specs: readonly OptionSpec[]): string[] {
  const byFlag = new Map(specs.map((spec) => [`--${spec.name}`, spec]));
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  return args.map((arg, i) => {
    const spec = i < end ? byFlag.get(arg) : undefined;
    const next = i + 1 < end ? args[i + 1]! : '';
    if (spec?.isOptional === true && !/^-?\d+$/.test(next)) return `${arg}=`;
    const isAlone = i + 1 === end || next.startsWith('-') || scriptName.test(next);
    return spec?.otherwise !== undefined && isAlone ? `${arg}=${spec.otherwise}` : arg;
  });
}

const sessions: ReadonlySet<string> = new Set(['paper', 'sandbox', 'trade', 'live']);

/** Options of history that sessions do not have, and what they have instead. */
const elsewhere: Readonly<Record<string, string>> = {
  '--funding': 'it adds history; a session has data.stream?.funding after subscribeFunding() of its StreamingFeed',
  '--open-interest':
    'it adds history; a session has data.stream?.openInterest after subscribeOpenInterest() of its StreamingFeed',
};

/** Commander's error as our sentence. */
function sentenceOf({ code, message }: CommanderError, { name }: Command, specs: readonly OptionSpec[]): Error {
  const [, quoted = ''] = /'([^']*)'/.exec(message) ?? [];
  const [flag = '', attached] = quoted.split(/=(.*)/s);
  const known = specs.find((spec) => spec.name === flag.replace(/^-+/, '').split(' ')[0]);
  if (code === 'commander.optionMissingArgument' && known !== undefined) return missingValue(known);
  if (code === 'commander.unknownOption') {
    if (known !== undefined && attached !== undefined) return usage(`--${known.name} takes no value, was '${attached}'`);
    const instead = known === undefined && sessions.has(name) ? elsewhere[flag] : undefined;
    if (instead !== undefined) return usage(`${flag} is not an option of nextbar ${name}: ${instead}`);
    const foreign = known === undefined ? foreignFlag(flag, specs) : undefined;
    if (foreign !== undefined) return usage(`unknown option ${flag}: ${foreign}`);
    const near = known === undefined ? suggestionIn(message) : `--${known.name}`;
    if (near !== undefined) return usage(`unknown option ${flag}: did you mean ${near}?`);
    const dashed = flag.startsWith('--') ? '' : `; write -- before a value that begins with a dash, as in -- ${flag}`;
    return usage(`unknown option ${flag}: see nextbar ${name} --help${dashed}`);
  }
  return usage(message.replace(/^error: /, ''));
} // prettier-ignore

/** What to write in place of a flag that is named as an option of another framework; undefined where it is not. */
function foreignFlag(flag: string, specs: readonly OptionSpec[]): string | undefined {
  const flags = new Map<string, string>();
  for (const { name, api = [] } of specs) {
    const own = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    for (const one of [own, ...api]) if (!flags.has(one)) flags.set(one, `--${name}`);
  }
  return foreignHint(flag, [...flags.keys()], (here) => flags.get(here)!);
}

/** The first name that commander suggests. */
function suggestionIn(message: string): string | undefined {
  return /Did you mean (?:one of )?([^,?]+)/.exec(message)?.[1];
}

function missingValue(spec: OptionSpec): Error {
  return usage(`--${spec.name} needs a value: ${labelOf(spec)}`);
}
