/** Command-line arguments by a table of options, with the nearest name for what is not in it. */
import { ConfigError, nearestName } from '../../core/index.ts';
import type { GivenOptions, OptionSpec } from './command.ts';

/** The option every command has. */
export const helpOption: OptionSpec = { name: 'help', about: 'Show this help' };

/**
 * Reads arguments: `--name value`, `--name=value`, `--switch`, `-h`, and `--` before operands that begin with a dash.
 *
 * @throws {ConfigError} For an unknown option, a missing value, or one given twice that may not be.
 */
export function parseOptions(command: string, args: readonly string[], specs: readonly OptionSpec[]): GivenOptions {
  const known = new Map([...specs, helpOption].map((spec) => [spec.name, spec]));
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      operands.push(arg);
      continue;
    }
    const [name, attached] = splitOption(arg);
    const spec = known.get(name);
    if (spec === undefined || !(arg.startsWith('--') || arg === '-h')) throw unknownOption(command, arg, known);
    const given = values.get(spec.name) ?? [];
    if (given.length > 0 && spec.isRepeated !== true) throw usage(`--${spec.name} was given twice`);
    if (spec.value === undefined) {
      if (attached !== undefined) throw usage(`--${spec.name} takes no value, was '${attached}'`);
      given.push('');
    } else if (attached !== undefined) given.push(attached);
    else {
      const next = args[i + 1];
      const isThere = next !== undefined && !(next.startsWith('--') && next.length > 2);
      if (spec.isOptional === true) given.push(next !== undefined && /^-?\d+$/.test(next) ? args[++i]! : '');
      else if (isThere) given.push(args[++i]!);
      else throw usage(`--${spec.name} needs a value: --${spec.name} ${spec.value}`);
    }
    values.set(spec.name, given);
  }
  return {
    operands,
    has: (name) => values.has(name),
    get: (name) => {
      const [first = ''] = values.get(name) ?? [];
      return first === '' ? undefined : first;
    },
    all: (name) => values.get(name) ?? [],
  };
}

/** The number that an option's value is, or undefined when the option was not given. */
export function numberOption(given: GivenOptions, name: string): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? NaN : Number(text.replaceAll('_', ''));
  if (!Number.isFinite(value)) throw usage(`--${name} must be a number, was '${text}'`);
  return value;
}

/** `key=value` in two; the value may hold further equals signs. */
export function keyAndValue(option: string, text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw usage(`--${option} must be written --${option} name=value, was '${text}'`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The error for a command line that cannot be right. */
export function usage(message: string): ConfigError {
  return new ConfigError(message, { code: 'usage' });
}

function splitOption(arg: string): [name: string, attached: string | undefined] {
  if (arg === '-h') return ['help', undefined];
  const at = arg.indexOf('=');
  const name = arg.replace(/^-+/, '');
  return at < 0 ? [name, undefined] : [arg.slice(0, at).replace(/^-+/, ''), arg.slice(at + 1)];
}

function unknownOption(command: string, arg: string, known: ReadonlyMap<string, OptionSpec>): ConfigError {
  const [name] = splitOption(arg);
  const near = nearestName(name, known.keys());
  const hint = near === undefined ? `see nextbar ${command} --help`.replace('  ', ' ') : `did you mean --${near}?`;
  return usage(`unknown option ${arg.split('=', 1)[0] ?? arg}: ${hint}`);
}
