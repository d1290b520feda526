/** Where a wrong value stands: an error about it names the field of the file, the environment variable, or the flag. */
import { ConfigError, DataError, TradingError } from '../../core/index.ts';
import type { OptionSpec } from '../shell/command.ts';
import { inFlags } from '../shell/failure.ts';
import { UsageError, usage } from '../shell/usage.ts';
import { variableOf } from './environment.ts';
import type { ConfigSources } from './read-config.ts';

/** Where the values of a configuration were read. */
export interface Origin extends Pick<ConfigSources, 'env' | 'prefix' | 'flags'> {
  /** Its file; undefined without one. */
  readonly path: string | undefined;
}

/** Fields whose values are never looked for in a message. */
const secretName = /key|secret|password|passphrase|token/i;

/**
 * The error with the place of the value before it: `feeds.yaml: feeds[1].exchange: unknown exchange 'binanc'`. Errors that are about no
 * value of the user are returned as they are.
 *
 * @param field - The path of the value, or of the block that holds it, such as `feeds[1]`.
 * @param value - The value there: where the message quotes a part of it, the path leads to that part.
 * @param flagOf - The flag of a field that the command line set; undefined where its errors already name it.
 */
function inPlace(
  error: unknown,
  origin: Origin,
  field: string,
  value: unknown,
  flagOf: (field: string) => string | undefined,
): unknown {
  if (!(error instanceof ConfigError || error instanceof DataError)) return error;
  const [top = ''] = field.split(/[.[]/);
  if (origin.flags?.[top] !== undefined) {
    const flag = flagOf(field);
    return flag === undefined ? error : prefixed(error, flag);
  }
  const named = error.context['field'];
  const own = typeof named === 'string' && has(value, named) ? `${field}.${named}` : undefined;
  const path = own ?? quotedField(error.message, value, field) ?? field;
  const { env = {}, prefix } = origin;
  const variable = prefix === undefined ? undefined : variableOf(path, env, prefix);
  const file = [origin.path, variable].filter((one) => one !== undefined).join(' with ');
  return prefixed(error, [file, path].filter((one) => one !== '').join(': '));
}

/** Does work with a value of a configuration; its errors about the value name its place. */
export type At = <V, T>(field: string, value: V, work: (value: V) => T | Promise<T>) => Promise<T>;

/** `inPlace` for everything that is done with values of one configuration. */
export function placing(origin: Origin, flagOf: (field: string) => string | undefined): At {
  return async (field, value, work) => {
    try {
      return await work(value);
    } catch (error) {
      throw inPlace(error, origin, field, value, flagOf);
    }
  };
}

/** An error with a place before its sentence, unless the sentence names it already. */
function prefixed(error: TradingError, place: string): TradingError | UsageError {
  if (error.message.startsWith(place)) return error;
  const text = `${place}: ${error.message}`;
  if (place.startsWith('--')) return usage(text);
  const { code, context, cause } = error;
  return new (error instanceof DataError ? DataError : ConfigError)(text, { code, context, cause });
}

/** What is known about the values of a run file. */
export interface RunFileValues {
  /** Its file. */
  readonly path: string;
  /** The options of the command: errors name them. */
  readonly options: readonly OptionSpec[];
  /** Its values by field. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The field that set a flag; undefined where the command line set it, or nothing did. */
  readonly fieldOf: (flag: string) => string | undefined;
  /** The field that a flag stands for, whether or not it was given. */
  readonly fieldName: (flag: string) => string;
}

/** An error about a value of a run file, with the file and the field in place of the flag that the command has for it. */
export function inRunFile(error: unknown, { path, options, values, fieldOf, fieldName }: RunFileValues): unknown {
  // A parameter is quoted by its name, which leads to its place in the file.
  const reworded = inFlags(error, options.filter(({ name }) => name !== 'param')); // prettier-ignore
  if (!(reworded instanceof ConfigError || reworded instanceof DataError || reworded instanceof UsageError)) return error; // prettier-ignore
  const { message } = reworded;
  const flags = [...message.matchAll(/--([a-z][a-z-]*)/g)].map(([, name]) => name!);
  const isOfFile = flags.some((name) => fieldOf(name) !== undefined);
  // An error about a value of the file names the file's fields, those that are missing too.
  const text = isOfFile
    ? message.replace(/--([a-z][a-z-]*)/g, (flag, name: string) => fieldOf(name) ?? (flags.length > 1 && options.some((one) => one.name === name) ? fieldName(name) : flag))
    : message;
  const field = isOfFile || message.startsWith(path) ? undefined : quotedField(message, values, '');
  if (!isOfFile && field === undefined) return error;
  const place = field === undefined ? path : `${path}: ${field.replace(/\[0\]$/, '')}`;
  if (!(reworded instanceof ConfigError || reworded instanceof DataError)) return usage(`${place}: ${text}`);
  const { code, context, cause } = reworded;
  return new (reworded instanceof DataError ? DataError : ConfigError)(`${place}: ${text}`, { code, context, cause });
} // prettier-ignore

/** The path of the text or number inside a value that a message quotes first; undefined where it quotes none. */
function quotedField(message: string, value: unknown, path: string): string | undefined {
  let [field, first]: [string | undefined, number] = [undefined, Infinity];
  for (const [at, text, isName] of leaves(value, path)) {
    // Names of fields are quoted where they are unknown.
    const found = isName && !message.includes(`unknown `) ? Infinity : quotedAt(message, text, isName);
    if (found < first) [field, first] = [at, found];
  }
  return field;
}

/**
 * Does work with the values of a file; an error that quotes one of its values or names begins with the file and the path.
 *
 * @param path - The file; undefined where there is none.
 */
export async function inFile<T>(path: string | undefined, values: unknown, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw placedIn(path, values, error);
  }
}

/** The error, beginning with the file and the path where it quotes a value or a name of the file. */
export function placedIn(path: string | undefined, values: unknown, error: unknown): unknown {
  if (path === undefined || !(error instanceof ConfigError)) return error;
  const field = quotedField(error.message, values, '');
  return field === undefined ? error : prefixed(error, `${path}: ${field}`);
}

/** Every text and number inside a value with its path, and every name of a field, except values of secrets. */
function* leaves(value: unknown, path: string): Generator<readonly [path: string, text: string, isName: boolean]> {
  if (typeof value === 'string' || typeof value === 'number') yield [path, String(value), false];
  else if (Array.isArray(value)) for (const [i, one] of value.entries()) yield* leaves(one, `${path}[${i}]`);
  else if (isRecord(value)) {
    for (const [name, one] of Object.entries(value)) {
      const inner = path === '' ? name : `${path}.${name}`;
      yield [inner, name, true];
      if (!secretName.test(name)) yield* leaves(one, inner);
    }
  }
}

/** Where a message shows a value as a word of its own, in quotes, or as what was seen; Infinity where it does not. */
function quotedAt(message: string, text: string, isName: boolean): number {
  if (text === '') return Infinity;
  const quoted = message.indexOf(`'${text}'`);
  if (quoted >= 0 || isName) return quoted >= 0 ? quoted : Infinity;
  if (message.endsWith(`was ${text}`)) return message.length - text.length;
  const isPath = /[/.]/.test(text) && text.length > 3;
  const word = isPath ? message.split(/[\s,;]+/).find((one) => one.replace(/:$/, '') === text) : undefined;
  // A value in quotes comes first, since a path may only name a place.
  return word === undefined ? Infinity : message.length + message.indexOf(word);
}

/** Whether a value stands at a path such as `default.http` or `urls[0]`. */
function has(value: unknown, path: string): boolean {
  let at = value;
  for (const part of path.split(/[.[\]]+/).filter((one) => one !== '')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return false;
    at = (at as Readonly<Record<string, unknown>>)[part];
  }
  return true;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
