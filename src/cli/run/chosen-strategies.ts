/** The strategies that a command line names, which trade beside each other in one run: their files, classes, parameters and parts of the cash. */
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

import { ConfigError, distinctNames, unknownName } from '../../core/index.ts';
import type { Cerebro } from '../../engine/index.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { keyAndValue } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import type { SourceFile } from './bundle.ts';
import { loadStrategy, parseParams, sourcesOf, type AnyStrategyClass } from './strategy-file.ts';

/** A strategy as plain data, which a session keeps in its plan. */
export interface StrategyChoice {
  /** Its file, absolute. */
  readonly file: string;
  /** Its class in the file. */
  readonly strategy: string;
  /** Parameters other than the defaults. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The fraction of the cash that it trades with. Default: equal parts. */
  readonly cash?: number;
}

/** A choice with the class that was loaded for it. */
export interface ChosenStrategy extends StrategyChoice {
  readonly cls: AnyStrategyClass;
  /** Its file as it was given. */
  readonly path: string;
  /** Its name among the strategies of the run. */
  readonly name: string;
}

/** The option that divides the cash. */
export const cashShareOption: OptionSpec = {
  name: 'cash-share',
  value: 'NAME=FRACTION',
  isRepeated: true,
  about:
    'With several strategies: the part of the cash that one trades with, such as SmaCross=0.3 (default: equal parts)',
};

/**
 * Loads the strategies of a command line.
 *
 * @param missing - The error where it names none.
 * @throws {UsageError} If a parameter or a part of the cash is for no strategy, or could be for several.
 */
export async function chosenStrategies(given: GivenOptions, missing: string): Promise<readonly ChosenStrategy[]> {
  const named = given.operands.map(fileAndClass);
  if (named.length === 0) throw usage(missing);
  const only = given.get('strategy');
  if (only !== undefined && named.length > 1) {
    throw usage(`--strategy ${only} is for one strategy file, and ${named.length} were given: name the class behind its file, such as ${named[0]!.file}:${only}`); // prettier-ignore
  }
  if (only !== undefined && named[0]!.name !== undefined) throw usage(`--strategy ${only} and ${given.operands[0]!} both name a class: give one of them`); // prettier-ignore
  const loaded: { readonly path: string; readonly cls: AnyStrategyClass }[] = [];
  for (const { file, name } of named) loaded.push({ path: file, cls: await loadStrategy(file, name ?? only) });
  const names = distinctNames(loaded.map(({ cls }) => cls.name));
  const texts = divided(given.all('param'), names, loaded);
  const shares = sharesOf(given.all('cash-share'), names);
  return loaded.map(({ path, cls }, k) => {
    const cash = shares.get(names[k]!);
    const params = parseParams(cls, texts[k]!);
    const share = cash !== undefined && { cash };
    return { file: resolve(path), strategy: cls.name, params, ...share, cls, path, name: names[k]! };
  });
}

/** Loads the strategies of a kept session again. */
export async function loadChosen(choices: readonly StrategyChoice[]): Promise<readonly AnyStrategyClass[]> {
  const classes: AnyStrategyClass[] = [];
  // One after the other: the compiler process ends with each file.
  for (const { file, strategy } of choices) classes.push(await loadStrategy(file, strategy));
  return classes;
}

/** Adds strategies to a Cerebro. */
export function addChosen(
  cerebro: Cerebro,
  choices: readonly Pick<StrategyChoice, 'params' | 'cash'>[],
  classes: readonly AnyStrategyClass[],
): Cerebro {
  for (const [k, { params, cash }] of choices.entries()) {
    cerebro.addStrategy(classes[k]!, params, cash === undefined ? {} : { cash });
  }
  return cerebro;
}

/** The files that strategies were compiled from, those of the first one first, with paths from the folder of its file. */
export function chosenSources(files: readonly string[], classes: readonly AnyStrategyClass[]): readonly SourceFile[] {
  const found = new Map<string, SourceFile>();
  for (const [k, cls] of classes.entries()) {
    for (const { path, text } of sourcesOf(cls)) {
      const from = k === 0 ? path : relative(dirname(resolve(files[0]!)), resolve(dirname(resolve(files[k]!)), path));
      if (!found.has(from)) found.set(from, { path: from, text });
    }
  }
  return [...found.values()];
}

/** `FILE`, or `FILE:CLASS` where the file has several strategies. */
function fileAndClass(operand: string): { readonly file: string; readonly name: string | undefined } {
  const [, file, name] = /^(.+):([A-Za-z_$][\w$]*)$/.exec(operand) ?? [];
  return file === undefined || existsSync(operand) ? { file: operand, name: undefined } : { file, name };
}

/** The texts of `--param`, by strategy: `NAME.param=value` is for the strategy of that name, `param=value` for the only one that has it. */
function divided(
  texts: readonly string[],
  names: readonly string[],
  loaded: readonly { readonly cls: AnyStrategyClass }[],
): string[][] {
  const found: string[][] = loaded.map(() => []);
  const has = (k: number, param: string): boolean => Object.hasOwn(loaded[k]!.cls.params ?? {}, param);
  for (const text of texts) {
    const [key, value] = keyAndValue('param', text);
    const owners = names.flatMap((_, k) => (has(k, key) ? [k] : []));
    const dot = key.indexOf('.');
    if (names.length === 1 && (owners.length === 1 || dot < 0)) found[0]!.push(text);
    else if (owners.length === 1) found[owners[0]!]!.push(text);
    else if (owners.length > 1) {
      const ways = owners.map((k) => `--param ${names[k]!}.${text}`);
      throw usage(`--param ${text}: ${owners.map((k) => names[k]!).join(' and ')} have a parameter '${key}': write ${ways.join(' or ')}`); // prettier-ignore
    } else if (dot < 0) {
      const known = loaded.flatMap(({ cls }) => Object.keys(cls.params ?? {}));
      throw unknownName(`parameter of ${names.join(' and ')}`, key, [...new Set(known)]);
    } else found[placeOf('param', key.slice(0, dot), names)]!.push(`${key.slice(dot + 1)}=${value}`);
  }
  return found;
}

function sharesOf(texts: readonly string[], names: readonly string[]): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  for (const text of texts) {
    const [key, value] = keyAndValue('cash-share', text);
    const name = names[placeOf('cash-share', key, names)]!;
    if (shares.has(name)) throw usage(`--cash-share ${name} was given twice`);
    const share = value.trim() === '' ? NaN : Number(value);
    if (!(share > 0 && share <= 1)) throw usage(`--cash-share ${name} must be a fraction of the cash, above 0 and at most 1, was '${value}'`); // prettier-ignore
    shares.set(name, share);
  }
  const sum = [...shares.values()].reduce((total, share) => total + share, 0);
  if (sum > 1 + 1e-9)
    throw usage(`the parts of --cash-share must not add up to more than 1, was ${+sum.toPrecision(8)}`);
  return shares;
}

/** The place of the strategy of a name. Several strategies of one class have numbered names: the class alone names none of them. */
function placeOf(option: string, name: string, names: readonly string[]): number {
  const place = names.indexOf(name);
  if (place >= 0) return place;
  const numbered = names.filter((one) => one.startsWith(`${name}#`));
  if (numbered.length > 0) throw usage(`--${option} ${name}: there are ${numbered.length} strategies of that class: write ${numbered.join(' or ')}`); // prettier-ignore
  throw new ConfigError(unknownName(`strategy in --${option}`, name, names).message);
}
