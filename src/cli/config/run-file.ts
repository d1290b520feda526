/** The run file: what `run`, `paper` and `trade` are told in YAML or JSON, laid under their flags. */
import { dirname, isAbsolute, resolve } from 'node:path';

import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { usage } from '../shell/usage.ts';
import { readConfig } from './read-config.ts';

/** Values of a run file by flag, and the operand that it stands for. */
export interface RunFile {
  /** The strategy's file. */
  readonly strategy: string | undefined;
  /** Values by the name of the flag, as a command line would have them; a switch has the value `''`. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** Each of `datas` as the flags that name it. */
  readonly datas: readonly ReadonlyMap<string, readonly string[]>[];
}

type Scalar = string | number | boolean;

/** Reads a run file. Paths in it are relative to its folder. @throws {ConfigError} If it does not fit. */
export async function readRunFile(path: string, env: Readonly<Record<string, string | undefined>>): Promise<RunFile> {
  const { z } = await import('zod');
  const text = z.string().min(1);
  const scalar = z.union([z.string(), z.number(), z.boolean()]);
  const texts = z.union([text, z.array(text).min(1)]);
  const time = z.union([text, z.number()]);
  const bars = {
    csv: texts.optional(),
    synthetic: z.number().int().optional(),
    count: z.number().int().positive().optional(),
    exchange: texts.optional(),
    symbol: texts.optional(),
    type: z.enum(['spot', 'swap', 'future', 'option']).optional(),
    timeframe: texts.optional(),
    start: time.optional(),
    end: time.optional(),
    funding: z.boolean().optional(),
    openInterest: z.boolean().optional(),
    policy: z.record(text, scalar).optional(),
  };
  const schema = z.strictObject({
    strategy: text.optional(),
    class: text.optional(),
    params: z.record(text, z.unknown()).optional(),
    ...bars,
    datas: z.array(z.strictObject({ name: text.optional(), ...bars })).min(1).optional(),
    resample: texts.optional(),
    folder: text.optional(),
    url: text.optional(),
    cash: z.number().optional(),
    commission: z.number().optional(),
    slippage: z.number().optional(),
    size: z.number().optional(),
    rules: z.enum(['exchange', 'backtrader']).optional(),
    plan: z
      .strictObject({
        history: z.number().int().nonnegative().optional(),
        bars: z.enum(['trades', 'venue']).optional(),
        book: z.union([z.boolean(), z.number().int().positive()]).optional(),
        for: text.optional(),
        steps: z.number().int().positive().optional(),
        session: text.optional(),
        sessions: text.optional(),
        share: z.number().optional(),
        keys: text.optional(),
        sandbox: z.boolean().optional(),
      })
      .optional(),
  }); // prettier-ignore
  const file = await readConfig(path, schema, { env });
  const at = (name: string): string => (isAbsolute(name) ? name : resolve(dirname(path), name));
  const { strategy, class: cls, params = {}, datas = [], plan = {}, ...rest } = file;
  const flags = flagsOf({ ...rest, ...plan }, at);
  if (cls !== undefined) flags.set('strategy', [cls]);
  if (Object.keys(params).length > 0) {
    flags.set('param', Object.entries(params).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)); // prettier-ignore
  }
  return {
    strategy: strategy === undefined ? undefined : at(strategy),
    flags,
    datas: datas.map(({ name, ...data }) => {
      const given = flagsOf(data, at);
      if (name !== undefined)
        given.set(
          'csv',
          (given.get('csv') ?? []).map((one) => `${name}=${one}`),
        );
      if (name !== undefined && !given.get('csv')?.length) given.set('name', [name]);
      return given;
    }),
  };
}

/** Fields of a run file whose flag has another name. */
const flagNames: Readonly<Record<string, string>> = { count: 'bars', openInterest: 'open-interest' };

function flagsOf(fields: Readonly<Record<string, unknown>>, at: (path: string) => string): Map<string, string[]> {
  const flags = new Map<string, string[]>();
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined || value === false) continue;
    const name = flagNames[field] ?? field;
    if (field === 'policy') {
      flags.set(
        'policy',
        Object.entries(value as Record<string, Scalar>).map(([kind, one]) => `${kind}=${one}`),
      );
    } else if (field === 'csv') flags.set(name, textsOf(value).map(at));
    else if (field === 'folder' || field === 'sessions' || field === 'keys') flags.set(name, textsOf(value).map(at));
    else flags.set(name, value === true ? [''] : textsOf(value));
  }
  return flags;
}

function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? (value as Scalar[]) : [value as Scalar]).map(String);
}

/** A command line over a run file: what it says itself comes first, `--param` one by one. */
export interface Merged {
  /** The options of both. */
  readonly given: GivenOptions;
  /** The datas of the file, each with the options that apply to it; empty where the command line names the bars. */
  readonly datas: readonly GivenOptions[];
}

/** Flags that say which bars a command is about: given on the command line, they take the place of the file's `datas`. */
const barFlags = ['csv', 'synthetic', 'exchange', 'symbol'];

/**
 * The options of a command, those of `--config FILE` where it was given laid under them.
 *
 * @param options - Of the command: what the file says for other commands is left out.
 */
export async function withRunFile(
  given: GivenOptions,
  options: readonly OptionSpec[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Merged> {
  const path = given.get('config');
  if (path === undefined) {
    if (given.has('config')) throw usage('--config needs a value: --config FILE');
    return { given, datas: [] };
  }
  const file = await readRunFile(path, env);
  const known = new Set(options.map(({ name }) => name));
  const names = barFlags.some((name) => given.has(name));
  const under = new Map([...file.flags].filter(([name]) => known.has(name) && !(names && barFlags.includes(name))));
  const merged = over(given, under, file.strategy);
  if (names) return { given: merged, datas: [] };
  const shared = [
    'timeframe',
    'start',
    'end',
    'folder',
    'url',
    'rate-limit',
    'policy',
    'storage',
    'funding',
    'open-interest',
  ];
  return {
    given: merged,
    datas: file.datas.map((data) => over(only(merged, shared), data, undefined)),
  };
}

/** The options of a data over those that all datas share: here the data's own come first. */
function only(given: GivenOptions, names: readonly string[]): GivenOptions {
  return {
    operands: [],
    has: (name) => names.includes(name) && given.has(name),
    get: (name) => (names.includes(name) ? given.get(name) : undefined),
    all: (name) => (names.includes(name) ? given.all(name) : []),
  };
}

function over(
  given: GivenOptions,
  under: ReadonlyMap<string, readonly string[]>,
  strategy: string | undefined,
): GivenOptions {
  const all = (name: string): readonly string[] => {
    const own = given.all(name);
    const below = under.get(name) ?? [];
    if (name !== 'param') return given.has(name) ? own : below;
    const named = new Set(own.map((pair) => pair.split('=')[0]));
    return [...below.filter((pair) => !named.has(pair.split('=')[0])), ...own];
  };
  return {
    operands: given.operands.length > 0 || strategy === undefined ? given.operands : [strategy],
    has: (name) => given.has(name) || under.has(name),
    get: (name) => (given.has(name) ? given.get(name) : under.get(name)?.find((value) => value !== '')),
    all,
  };
}
