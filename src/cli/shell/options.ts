/** Values of options: numbers, spans, times and pairs, each checked where it is read. */
import { ConfigError, timeframe, toTime, type Timeframe } from '../../core/index.ts';
import type { GivenOptions } from './command.ts';
import { usage } from './usage.ts';

const spans: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The value of an option as a number, or undefined when it was not given. */
export function numberOption(given: GivenOptions, name: string): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? NaN : Number(text.replaceAll('_', ''));
  if (!Number.isFinite(value)) throw usage(`--${name} must be a number, was '${text}'`);
  return value;
}

/** The options given among `names` as numbers, by name. */
export function numberOptions<N extends string>(given: GivenOptions, names: readonly N[]): { [K in N]?: number } {
  const found = names.map((name) => [name, numberOption(given, name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined)) as { [K in N]?: number };
}

/** A whole number from `least` to `most`, and within what a number holds exactly; undefined when it was not given. */
export function wholeNumber(given: GivenOptions, name: string, least: number, most = Infinity): number | undefined {
  const value = numberOption(given, name);
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return value;
  const bound = Number.MAX_SAFE_INTEGER;
  const [from, to] = Math.abs(value) > bound ? [Math.max(least, -bound), Math.min(most, bound)] : [least, most];
  const range = from === -Infinity ? '' : to === Infinity ? ` of at least ${from}` : ` from ${from} to ${to}`;
  throw usage(`--${name} must be a whole number${range}, was ${value}`);
}

/** `--for 10m` in milliseconds; undefined when it was not given. */
export function spanOption(given: GivenOptions, name: string): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|[smhd])$/.exec(text) ?? [];
  if (digits === undefined) throw usage(`--${name} must be a span such as 30s, 10m or 8h, was '${text}'`);
  return Number(digits) * spans[unit!]!;
}

/** A time in milliseconds UTC; digits alone are milliseconds. Undefined when it was not given. */
export function timeOption(given: GivenOptions, name: string): number | undefined {
  const text = given.get(name);
  return text === undefined ? undefined : toTime(/^\d{5,}$/.test(text) ? Number(text) : text, `--${name}`);
}

/** `--start` and `--end` in milliseconds UTC, those that were given. */
export function rangeOption(given: GivenOptions): { readonly start?: number; readonly end?: number } {
  const [start, end] = [timeOption(given, 'start'), timeOption(given, 'end')];
  if (start !== undefined && end !== undefined && start >= end) {
    throw usage(`--start must be before --end, was ${given.get('start')!} with --end ${given.get('end')!}`);
  }
  return { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
}

/** A timeframe that was given with the option `name`. */
export function timeframeOption(name: string, text: string): Timeframe {
  try {
    return timeframe(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw usage(error.message.replace(/^timeframe/, `--${name}`));
  }
}

/** `key=value` in two; the value may contain further equals signs. */
export function keyAndValue(option: string, text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw usage(`--${option} must be written --${option} name=value, was '${text}'`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The only operand of a command. @throws {UsageError} If there is none (`missing` says what is wanted) or a second one. */
export function onlyOperand(given: GivenOptions, missing: string, what: string): string {
  const [first, extra] = given.operands;
  if (first === undefined) throw usage(missing);
  if (extra !== undefined) throw usage(`one ${what} at a time: '${extra}' is a second one`);
  return first;
}

/** Refuses two options that exclude each other. */
export function notBoth(given: GivenOptions, one: string, other: string): void {
  if (given.has(one) && given.has(other)) throw usage(`--${one} and --${other} cannot both be given`);
}
