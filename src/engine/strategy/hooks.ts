/** The hooks of a strategy, and the mistakes that would otherwise pass in silence. */
import { ConfigError, StrategyError } from '../../core/index.ts';
import { Strategy } from './strategy.ts';

/** Every method that the engine calls. */
const hookNames = [
  'start', 'prenext', 'nextstart', 'next', 'nextOpen', 'stop', 'notifyOrder', 'notifyTrade', 'notifyCashValue', 'notifyFund',
  'notifyData', 'notifyStore', 'notifyTimer', 'notifySignal', 'nextTrade', 'nextBook',
] as const; // prettier-ignore

/** A strategy's hooks as the engine calls them: what they return is looked at. */
export type CheckedHooks = {
  readonly [H in (typeof hookNames)[number]]: (...args: Parameters<Strategy[H]>) => unknown;
};

/** What a field of a strategy may not be called: the engine, or the strategy itself, would read the field in its place. */
const reserved = ['params', 'data', 'datas', 'broker'] as const;

const knownHooks: ReadonlySet<string> = new Set(hookNames);
const baseMembers: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Strategy.prototype));

/**
 * Checks a strategy that has just been made.
 *
 * @param given - What its base constructor was given.
 * @returns A warning for each method that looks like a misspelt hook.
 * @throws {StrategyError} If a hook is async: orders placed after an `await` would reach the market at another step.
 * @throws {ConfigError} If a field hides a member of Strategy.
 */
export function checkStrategy(
  strategy: Strategy,
  name: string,
  given: Readonly<Record<(typeof reserved)[number], unknown>>,
): string[] {
  for (const field of reserved) if (strategy[field] !== given[field]) throw hidden(name, field);
  const fields = Object.keys(strategy);
  for (const field of fields) if (baseMembers.has(field) && !knownHooks.has(field)) throw hidden(name, field);
  for (const hook of hookNames) {
    if (typeof strategy[hook] !== 'function') throw hidden(name, hook);
    const kind = strategy[hook].constructor.name;
    if (kind === 'AsyncFunction' || kind === 'AsyncGeneratorFunction') throw asyncHook(name, hook);
    if (kind === 'GeneratorFunction') {
      throw new StrategyError(`${hook}() of ${name} is a generator, which the engine would never run: remove the '*'`, {
        code: 'async-hook',
        context: { strategy: name, hook },
      });
    }
  }
  const own = fields.filter((field) => typeof (strategy as unknown as Record<string, unknown>)[field] === 'function');
  return [...new Set([...own, ...methodsOf(strategy)])].flatMap((member) => {
    const hook = baseMembers.has(member) ? undefined : meantHook(member);
    return hook === undefined
      ? []
      : [`${name} has a method '${member}', which the engine never calls: did you mean '${hook}'?`];
  });
}

/** Throws if a hook returned a promise: the engine's step is synchronous, and what comes after an `await` would be too late. */
export function refusePromise(returned: unknown, name: string, hook: string): void {
  if (typeof returned !== 'object' || returned === null || !('then' in returned)) return;
  if (typeof returned.then !== 'function') return;
  // Its own failure must not end the process before this error is read.
  void Promise.resolve(returned as PromiseLike<unknown>).catch(() => undefined);
  throw asyncHook(name, hook);
}

function asyncHook(name: string, hook: string): StrategyError {
  return new StrategyError(
    `${hook}() of ${name} returns a promise, and hooks are synchronous: what follows an await would run at another step. ` +
      `Remove 'async', and load what it waits for before run()`,
    { code: 'async-hook', context: { strategy: name, hook } },
  );
}

function hidden(name: string, field: string): ConfigError {
  const text =
    field === 'params'
      ? `${name} has an instance field 'params', which hides the parameters of the run: declare 'static readonly params = { ... }'`
      : `${name} has an instance field '${field}', which hides Strategy's own '${field}': give the field another name`;
  return new ConfigError(text, { code: 'hidden-member', context: { strategy: name, field } });
}

const methods = new WeakMap<object, readonly string[]>();

/** The names of methods that the class of a strategy has beyond those of the base class; looked up once for all runs. */
function methodsOf(strategy: Strategy): readonly string[] {
  const cls = Object.getPrototypeOf(strategy) as object;
  const known = methods.get(cls);
  if (known !== undefined) return known;
  const names: string[] = [];
  let level: unknown = cls;
  while (typeof level === 'object' && level !== null && level !== Strategy.prototype) {
    for (const [field, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value === 'function' && field !== 'constructor') names.push(field);
    }
    level = Object.getPrototypeOf(level);
  }
  methods.set(cls, names);
  return names;
}

/** The hook that a name means: the same letters in another spelling, or, of a long name, one letter off. */
function meantHook(name: string): string | undefined {
  const plain = name.replaceAll('_', '').toLowerCase();
  for (const hook of hookNames) {
    const wanted = hook.toLowerCase();
    if (plain === wanted || plain === `on${wanted}` || (wanted.length > 6 && isOneOff(plain, wanted))) return hook;
  }
  return undefined;
}

/** Whether one letter too many, too few or wrong, or two swapped, is all that differs. */
function isOneOff(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const [restA, restB] = [a.slice(at), b.slice(at)];
  return (
    restA.slice(1) === restB ||
    restB.slice(1) === restA ||
    restA.slice(1) === restB.slice(1) ||
    `${restA[1]}${restA[0]}${restA.slice(2)}` === restB
  );
}
