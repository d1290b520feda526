/** Checks the parameters of indicators: periods, other numbers, choices, averages and options. */
import { checkNames, ConfigError, nearestName, shown, unknownName } from '../../core/index.ts';

/** The longest period: more bars than ten years of seconds would need more memory than there is. */
const longest = 1e8;

/**
 * Throws unless `value` is a whole number of at least `least`.
 *
 * @param what - The indicator, for the message.
 * @param field - The name of the parameter, for the message.
 */
export function checkPeriod(what: string, value: number, least = 1, field = 'period'): void {
  if (Number.isInteger(value) && value >= least && value <= longest) return;
  const wanted = least === 1 ? 'a positive integer' : `an integer of at least ${least}`;
  throw bad('bad-period', what, field, value > longest ? `${wanted} and at most ${longest}` : wanted, value);
}

/** Throws unless `value` is a finite number above `above`. */
export function checkAbove(what: string, value: number, above: number, field: string): void {
  if (Number.isFinite(value) && value > above) return;
  throw bad('bad-parameter', what, field, `a number above ${above}`, value);
}

/** Throws unless `value` is a finite number. */
export function checkNumber(what: string, value: number, field: string): void {
  if (!Number.isFinite(value)) throw bad('bad-parameter', what, field, 'a number', value);
}

/** Throws unless `values` is a list of finite numbers, of `count` where that is given. */
export function checkNumbers(what: string, values: readonly number[], field: string, count?: number): void {
  if (Array.isArray(values) && values.every(Number.isFinite) && values.length === (count ?? values.length)) return;
  const wanted = count === undefined ? 'a list of numbers' : `a list of ${count} numbers`;
  throw bad('bad-parameter', what, field, wanted, Array.isArray(values) ? values.join(', ') : values);
}

/** Throws unless `value` is a number from 0 to 1, and none of the edges that are left out. */
export function checkShare(
  what: string,
  value: number,
  field: string,
  without: 'none' | 'zero' | 'both' = 'none',
): void {
  const isEdge = (without !== 'none' && value === 0) || (without === 'both' && value === 1);
  if (typeof value === 'number' && value >= 0 && value <= 1 && !isEdge) return;
  const wanted = { none: 'from 0 to 1', zero: 'above 0 and at most 1', both: 'above 0 and below 1' }[without];
  throw bad('bad-parameter', what, field, wanted, value);
}

/** Throws unless `value` is one of `known`; the message names the nearest. */
export function checkChoice(what: string, value: string, field: string, known: readonly string[]): void {
  if (!known.includes(value)) throw unknownName(`${field} of ${what}`, value, known);
}

/** Names under which an average can be asked for. */
const averages = ['sma', 'ema', 'smma', 'wma', 'dema', 'tema', 'zlema', 'hma', 'kama', 'alma', 't3', 'mcginley', 'superSmoother']; // prettier-ignore

/** Throws unless `value` can be called to smooth a line. */
export function checkAverage(what: string, value: unknown, field = 'average'): void {
  if (typeof value === 'function') return;
  const near = nearestName(value, averages) ?? 'ema';
  throw bad('bad-parameter', what, field, `a function such as ${near}`, value);
}

/** Throws for options that `what` does not have, with the nearest that it has. */
export function checkOptions<O extends object>(what: string, options: O, known: Readonly<Record<keyof O, true>>): void {
  checkNames(`option of ${what}`, options, Object.keys(known));
}

function bad(code: string, indicator: string, field: string, wanted: string, value: unknown): ConfigError {
  return new ConfigError(`${indicator}: ${field} must be ${wanted}, was ${shown(value)}`, {
    code,
    context: { indicator, field, value: shown(value) },
  });
}
