/** The strategy class in a user's file, and its parameters from texts. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

import { ConfigError, unknownName } from '../../core/index.ts';
import type { StrategyClass } from '../../engine/index.ts';
import { importUserModule, type SourceFile } from './bundle.ts';
import { keyAndValue } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

/** A strategy class whose parameters are known only at run time. */
export type AnyStrategyClass = StrategyClass<Record<string, unknown>>;

const known = new WeakMap<AnyStrategyClass, readonly SourceFile[]>();

/**
 * The strategy to run from a file: its default export, else its only Strategy, else the one called `name`.
 *
 * @throws {ConfigError} If there is none, or several and no name.
 */
export async function loadStrategy(file: string, name: string | undefined): Promise<AnyStrategyClass> {
  const path = pathOf(file);
  // The engine loads while the compiler process works.
  const engine = import('../../index.ts');
  const { found, sources } = await importUserModule(path, engine);
  const chosen = await chooseStrategy(file, found, name, engine);
  known.set(chosen, sources);
  return chosen;
}

/** The absolute path of a strategy file. @throws {UsageError} If there is none. */
function pathOf(file: string): string {
  const path = resolve(file);
  if (!existsSync(path)) throw usage(`there is no strategy file ${file}`);
  if (statSync(path).isDirectory()) throw usage(`a strategy is a file, and ${file} is a folder`);
  return path;
}

/** A strategy with the module that exports it, which stays on the disk until the process ends: for other threads. */
export async function loadStrategyModule(
  file: string,
  name: string | undefined,
): Promise<{
  readonly cls: AnyStrategyClass;
  readonly found: Readonly<Record<string, unknown>>;
  readonly url: string;
}> {
  const path = pathOf(file);
  const engine = import('../../index.ts');
  const { found, sources, url } = await importUserModule(path, engine, true);
  const cls = await chooseStrategy(file, found, name, engine);
  known.set(cls, sources);
  return { cls, found, url };
}

/** The files that a strategy was compiled from, the strategy file first. */
export function sourcesOf(cls: AnyStrategyClass): readonly SourceFile[] {
  return known.get(cls) ?? [];
}

async function chooseStrategy(
  file: string,
  found: Readonly<Record<string, unknown>>,
  name: string | undefined,
  engine: Promise<typeof import('../../index.ts')>,
): Promise<AnyStrategyClass> {
  const { Strategy } = await engine;
  const isStrategy = (value: unknown): value is AnyStrategyClass =>
    typeof value === 'function' && value.prototype instanceof Strategy;
  const classes = new Map<string, AnyStrategyClass>();
  for (const [key, value] of Object.entries(found)) {
    if (isStrategy(value)) classes.set(key === 'default' ? value.name : key, value);
  }
  if (name !== undefined) {
    const named = classes.get(name);
    if (named === undefined) throw unknownName(`strategy of ${file}`, name, [...classes.keys()]);
    return named;
  }
  if (isStrategy(found['default'])) return found['default'];
  const [only, ...others] = new Set(classes.values());
  if (only === undefined) {
    throw new ConfigError(`${file} exports no strategy: export a class that extends Strategy from 'nextbar'`, {
      code: 'no-strategy',
    });
  }
  if (others.length > 0) {
    throw usage(`${file} has several strategies, ${[...classes.keys()].join(', ')}: choose one with --strategy NAME`);
  }
  return only;
}

/**
 * Parameters from texts such as `fast=5`, each read as the type of its default.
 *
 * @throws {ConfigError} If the strategy has no such parameter, or the text is not of its type.
 */
export function parseParams(cls: AnyStrategyClass, texts: readonly string[]): Record<string, unknown> {
  const defaults = cls.params ?? {};
  const params: Record<string, unknown> = {};
  for (const text of texts) {
    const [name, value] = keyAndValue('param', text);
    if (!Object.hasOwn(defaults, name)) throw unknownName(`parameter of ${cls.name}`, name, Object.keys(defaults));
    if (Object.hasOwn(params, name)) throw usage(`--param ${name} was given twice`);
    params[name] = parseAs(name, value, defaults[name]);
  }
  return params;
}

/** The parameters with their defaults, one line each. */
export function describeParams(cls: AnyStrategyClass): [name: string, about: string][] {
  return Object.entries(cls.params ?? {}).map(([name, value]) => {
    return [`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`, typeWord(value)];
  });
}

/** A parameter's text as the type of its default. @throws {UsageError} If it is not of that type. */
export function parseAs(name: string, text: string, sample: unknown): unknown {
  const wrong = (wanted: string): Error => usage(`--param ${name} must be ${wanted}, was '${text}'`);
  if (typeof sample === 'number') {
    const value = text.trim() === '' ? NaN : Number(text.replaceAll('_', ''));
    if (Number.isNaN(value)) throw wrong('a number');
    return value;
  }
  if (typeof sample === 'boolean') {
    if (text !== 'true' && text !== 'false') throw wrong('true or false');
    return text === 'true';
  }
  if (typeof sample === 'object') {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw wrong(`JSON such as ${JSON.stringify(sample)}`);
    }
  }
  return text;
}

function typeWord(value: unknown): string {
  if (typeof value === 'boolean') return 'true or false';
  if (typeof value === 'number' || typeof value === 'string') return `a ${typeof value}`;
  return value === undefined ? 'a string' : 'JSON';
}
