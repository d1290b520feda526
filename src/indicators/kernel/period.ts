/** Checks of the whole numbers of bars that indicators take. */
import { ConfigError } from '../../core/index.ts';

/**
 * Throws unless `value` is a whole number of at least `least`.
 *
 * @param what - The indicator, for the message.
 * @param field - The name of the parameter, for the message.
 */
export function checkPeriod(what: string, value: number, least = 1, field = 'period'): void {
  if (Number.isInteger(value) && value >= least) return;
  const wanted = least === 1 ? 'a positive integer' : `an integer of at least ${least}`;
  throw new ConfigError(`${what}: ${field} must be ${wanted}, was ${String(value)}`, {
    code: 'bad-period',
    context: { indicator: what, field, value },
  });
}

/** Throws unless `value` is a finite number above `above`. */
export function checkAbove(what: string, value: number, above: number, field: string): void {
  if (Number.isFinite(value) && value > above) return;
  throw new ConfigError(`${what}: ${field} must be a number above ${above}, was ${String(value)}`, {
    code: 'bad-parameter',
    context: { indicator: what, field, value },
  });
}
