/** Reads a configuration file in YAML or JSON and checks it against a schema, with errors that name the field and the nearest valid name. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';

import type { z } from 'zod';

import { ConfigError, messageOf, unknownName } from '../../core/index.ts';
import { checked } from './check.ts';
import { overlaid, variableOf } from './environment.ts';

/** Where the values of a configuration come from beside its file. */
export interface ConfigSources {
  /** Environment variables. Default: none is read. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Environment variables with this prefix override the file: `NEXTBAR_STREAM_` reads `NEXTBAR_STREAM_SINKS__0__URL`. Default: none does.
   */
  readonly prefix?: string;
  /** Values that come before both file and environment: the flags of a command. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/**
 * The configuration in a file.
 *
 * Flags take precedence over the environment, the environment over the file, and the file over the schema's defaults. A text such as
 * `${API_KEY}` in the file is replaced by the environment variable, so that secrets need not stand in it.
 *
 * @throws {ConfigError} If the file is missing, is not YAML or JSON, or does not fit the schema.
 */
export async function readConfig<T>(path: string, schema: z.ZodType<T>, sources: ConfigSources = {}): Promise<T> {
  return checkedConfig(await parsedFile(path), path, schema, sources);
}

/** Like `readConfig`, for values that have been read already; `where` names them in errors. */
export function checkedConfig<T>(value: unknown, where: string, schema: z.ZodType<T>, sources: ConfigSources = {}): T {
  const { env = {}, prefix, flags = {} } = sources;
  const resolved = withVariables(value ?? {}, env, where);
  if (typeof resolved !== 'object' || resolved === null || Array.isArray(resolved)) return checked(resolved, schema, where); // prettier-ignore
  const layered = prefix === undefined ? resolved : overlaid(resolved, env, prefix);
  const given = Object.fromEntries(Object.entries(flags).filter(([, one]) => one !== undefined));
  const whole = Object.keys(given).length === 0 ? layered : { ...layered, ...given };
  try {
    return checked(whole, schema, where);
  } catch (error) {
    const field = error instanceof ConfigError ? error.context['field'] : undefined;
    const name = prefix === undefined || typeof field !== 'string' ? undefined : variableOf(field, env, prefix);
    if (name === undefined) throw error;
    const { message, code, context } = error as ConfigError;
    throw new ConfigError(message.replace(where, `${where} with ${name}`), { code, context, cause: error });
  }
}

/** The values in a file, unchecked. */
async function parsedFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const what =
      codeOf(cause) === 'ENOENT'
        ? `there is no configuration file ${path}`
        : codeOf(cause) === 'EISDIR'
          ? `a configuration is a file, and ${path} is a folder`
          : `the configuration file ${path} cannot be read: ${messageOf(cause)}`;
    throw new ConfigError(what, { code: 'config-file', cause });
  }
  const kind = extname(path).toLowerCase();
  if (kind !== '.json' && kind !== '.yaml' && kind !== '.yml') throw unknownName('ending of a configuration file', kind, ['.yaml', '.yml', '.json']); // prettier-ignore
  try {
    if (kind === '.json') return JSON.parse(text) as unknown;
    const { parse } = await import('yaml');
    return parse(text) as unknown;
  } catch (cause) {
    // V8 quotes the text, which may run over several lines.
    const reason = messageOf(cause).replace(/, "[^]*" is not valid JSON$/, '').split('\n')[0]!.replace(/:$/, ''); // prettier-ignore
    throw new ConfigError(`${path} is not ${kind === '.json' ? 'JSON' : 'YAML'}: ${reason}`, {
      code: 'config-file',
      cause,
    });
  }
}

/** Replaces `${NAME}` in every text by an environment variable; the value of a variable never appears in an error. */
function withVariables(value: unknown, env: Readonly<Record<string, string | undefined>>, where: string): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
      const found = env[name];
      if (found === undefined)
        throw new ConfigError(`${where} uses \${${name}}, but that environment variable is not set`, {
          code: 'config-variable',
        });
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((one) => withVariables(one, env, where));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withVariables(one, env, where)]));
}

/** The system's code of an error, such as `ENOENT`. */
function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
