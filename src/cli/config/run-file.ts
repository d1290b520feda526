/** The run file: settings of `run`, `paper` and `trade` in YAML or JSON, which flags override. */
import { dirname, isAbsolute, resolve } from 'node:path';

import { ConfigError, foreignHint } from '../../core/index.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { usage } from '../shell/usage.ts';
import { inRunFile, type RunFileValues } from './place.ts';
import { readConfig } from './read-config.ts';
import { allFields, dataFields, flagsOf, planFields, runFileSchema, type Flags } from './run-fields.ts';

/** Values of a run file by flag, and its strategy files. */
export interface RunFile {
  /** The files of its strategies; empty where it names none. */
  readonly strategies: readonly string[];
  /** The fields at the top. */
  readonly flags: Flags;
  /** The block `plan`, for `paper` and `trade`. */
  readonly plan: Flags;
  /** Each of `datas` as the flags that name it. */
  readonly datas: readonly Flags[];
}

/** Reads a run file. Paths in it are relative to its folder. @throws {ConfigError} If it does not fit. */
export async function readRunFile(path: string, env: Readonly<Record<string, string | undefined>>): Promise<RunFile> {
  const { z } = await import('zod');
  const file = await readConfig(path, runFileSchema(z), { env }).catch((error: unknown) => {
    throw inOurWords(error, path);
  });
  const at = (name: string): string => (isAbsolute(name) ? name : resolve(dirname(path), name));
  const { strategy, datas = [], plan = {}, ...rest } = file;
  return {
    strategies: [strategy ?? []].flat().map(at),
    flags: flagsOf(rest, allFields, at),
    plan: flagsOf(plan, planFields, at),
    datas: datas.map(({ name, ...data }) => {
      const given = flagsOf(data, dataFields, at);
      const csv = given.get('csv');
      if (name !== undefined && csv !== undefined)
        given.set('csv', csv.map((one) => `${name}=${one}`)); // prettier-ignore
      else if (name !== undefined) given.set('name', [name]);
      return given;
    }),
  };
}

/** Names of feeds' options beside those of a run file that mean the same. */
const feedNames: Readonly<Record<string, string>> = { path: 'csv' };

/** The error for a field of another framework names the one that means the same here. */
function inOurWords(error: unknown, path: string): unknown {
  if (!(error instanceof ConfigError)) return error;
  const { unknown: name, known: list } = error.context;
  if (typeof name !== 'string' || typeof list !== 'string') return error;
  const known = list.split(' ');
  const names = [...known, ...Object.keys(feedNames).filter((one) => known.includes(feedNames[one]!))];
  const hint = foreignHint(name, names, (here) => `'${feedNames[here] ?? here}'`);
  if (hint === undefined) return error;
  return new ConfigError(`${path}: unknown field '${name}': ${hint}`, { code: error.code, context: error.context });
}

/** A command line over a run file: its own values come first, `--param` one by one. */
export interface Merged {
  /** The options of both. */
  readonly given: GivenOptions;
  /** The datas of the file, each with the options that apply to it; empty where the command line names the bars. */
  readonly datas: readonly GivenOptions[];
  /**
   * Does work with these options; its errors about a value of the file name the file and the field instead of a flag.
   *
   * @param data - The index of the data that the work is for, where the file has several.
   */
  readonly at: <T>(work: () => Promise<T>, data?: number) => Promise<T>;
}

/** Flags that choose bars: on the command line, they replace the file's `datas`. */
const barFlags = ['csv', 'synthetic', 'exchange', 'symbol'];

/** Flags of a data: those of the command line come first, then the data's own, then those at the top of the file. */
const dataFlags = [...Object.values(dataFields).map(({ flag }) => flag), 'name'];

/**
 * The options of a command over those of `--config FILE`, where it was given.
 *
 * @param options - The command's options: the file's values for other commands are left out. @param kind - A session has the block `plan`,
 * and takes its market from `datas` where the top names none.
 */
export async function withRunFile(
  given: GivenOptions,
  options: readonly OptionSpec[],
  env: Readonly<Record<string, string | undefined>>,
  kind: 'run' | 'session' | 'both' = 'run',
): Promise<Merged> {
  const path = given.get('config');
  if (path === undefined) {
    if (given.has('config')) throw usage('--config needs a value: --config FILE');
    return { given, datas: [], at: (work) => work() };
  }
  const file = await readRunFile(path, env);
  const known = new Set(options.map(({ name }) => name));
  const isNamed = barFlags.some((name) => given.has(name));
  const market = kind === 'session' && !isNamed ? marketOf(file, path) : [];
  const top = new Map([...file.flags, ...market, ...(kind === 'run' ? [] : file.plan)]);
  const under = new Map([...top].filter(([name]) => known.has(name) && !(isNamed && barFlags.includes(name))));
  const merged = over(given, under, file.strategies);
  const at: Merged['at'] = async (work, data) => {
    try {
      return await work();
    } catch (error) {
      throw inRunFile(error, { path, options, ...placesOf(file, given, under, kind !== 'run', data) });
    }
  };
  if (isNamed || kind === 'session') return { given: merged, datas: [], at };
  // The top names bars for every data that names none itself.
  const shared = new Map([...file.flags].filter(([name]) => dataFlags.includes(name)));
  return {
    given: merged,
    at,
    datas: file.datas.map((data) => {
      const isOwn = barFlags.some((name) => data.has(name) && name !== 'symbol');
      const rest = [...shared].filter(([name]) => !(isOwn && ['csv', 'synthetic', 'exchange'].includes(name)));
      return over(only(given, dataFlags), new Map([...rest, ...data]), []);
    }),
  };
}

/** The field that set each flag, and the values of the file by field. */
function placesOf(
  file: RunFile,
  given: GivenOptions,
  under: Flags,
  hasPlan: boolean,
  data: number | undefined,
): Pick<RunFileValues, 'values' | 'fieldOf' | 'fieldName'> {
  const own = data === undefined ? undefined : file.datas[data];
  const name = (flag: string): string => (hasPlan && file.plan.has(flag) ? `plan.${nameIn(planFields, flag)}` : nameIn(allFields, flag)); // prettier-ignore
  const values = (flags: Flags, nameOf: (flag: string) => string): Record<string, unknown> =>
    Object.fromEntries([...flags].map(([flag, all]) => [nameOf(flag), ['param', 'cash-share', 'policy', 'column'].includes(flag) ? pairsOf(all) : all])); // prettier-ignore
  return {
    fieldOf: (flag) => {
      if (given.has(flag)) return undefined;
      if (own?.has(flag) === true) return `datas[${data!}].${nameIn(dataFields, flag)}`;
      return under.has(flag) ? name(flag) : undefined;
    },
    fieldName: name,
    values: {
      ...(own !== undefined && { [`datas[${data!}]`]: values(own, (flag) => nameIn(dataFields, flag)) }),
      ...values(new Map([...under].filter(([flag]) => !given.has(flag))), name),
      ...(given.operands.length === 0 && file.strategies.length > 0 && { strategy: file.strategies }),
    },
  };
}

/** The field of a table that stands for a flag. */
function nameIn(table: Readonly<Record<string, { readonly flag: string }>>, flag: string): string {
  return Object.entries(table).find(([, field]) => field.flag === flag)?.[0] ?? flag;
}

function pairsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => [text.split('=')[0]!, text.slice(text.indexOf('=') + 1)]));
}

/** The market of a session: exchange, symbols and timeframe of the datas, which must be of one exchange and one timeframe. */
function marketOf(file: RunFile, path: string): [string, readonly string[]][] {
  if (file.datas.length === 0) return [];
  const valuesOf = (name: string): string[] => [
    ...new Set(file.datas.flatMap((data) => data.get(name) ?? file.flags.get(name) ?? [])),
  ];
  const other = ['csv', 'synthetic'].find((name) => valuesOf(name).length > 0);
  if (other !== undefined) {
    throw usage(`a session follows an exchange, and datas of ${path} are of '${other}': give --exchange, --symbol and --timeframe`); // prettier-ignore
  }
  for (const name of ['exchange', 'timeframe']) {
    const values = valuesOf(name);
    if (values.length > 1) {
      throw usage(`a session has one ${name}, and datas of ${path} have ${values.join(' and ')}: choose with --${name}, --symbol`); // prettier-ignore
    }
  }
  return ['exchange', 'symbol', 'timeframe']
    .map((name): [string, string[]] => [name, valuesOf(name)])
    .filter(([, values]) => values.length > 0);
}

/** A command line of only the given options. */
function only(given: GivenOptions, names: readonly string[]): GivenOptions {
  return {
    operands: [],
    has: (name) => names.includes(name) && given.has(name),
    get: (name) => (names.includes(name) ? given.get(name) : undefined),
    all: (name) => (names.includes(name) ? given.all(name) : []),
  };
}

function over(given: GivenOptions, under: Flags, strategies: readonly string[]): GivenOptions {
  const all = (name: string): readonly string[] => {
    const own = given.all(name);
    const below = under.get(name) ?? [];
    if (name !== 'param' && name !== 'cash-share') return given.has(name) ? own : below;
    const named = new Set(own.map((pair) => pair.split('=')[0]));
    return [...below.filter((pair) => !named.has(pair.split('=')[0])), ...own];
  };
  return {
    operands: given.operands.length > 0 ? given.operands : strategies,
    has: (name) => given.has(name) || under.has(name),
    get: (name) => (given.has(name) ? given.get(name) : under.get(name)?.find((value) => value !== '')),
    all,
  };
}
