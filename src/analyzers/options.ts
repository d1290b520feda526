/** Checks of the options of analyzers. */
import { ConfigError, checkNames, shown } from '../core/index.ts';

/** Whose definition applies where Backtrader's differs from the standard one. Default: the standard one. */
export type Compat = 'backtrader';

/**
 * Throws for an option that is not known, or a `compat` that is not.
 *
 * @throws {ConfigError} With the nearest known name.
 */
export function checkOptions(
  cls: string,
  options: object & { readonly compat?: Compat },
  known: readonly string[],
): void {
  checkNames(`option of ${cls}`, options, known);
  const compat: string | undefined = options.compat;
  if (compat !== undefined && compat !== 'backtrader') {
    throw new ConfigError(`compat must be 'backtrader' or absent, was '${compat}'`, {
      context: { field: 'compat' },
    });
  }
}

/** Throws unless `value` is absent or a finite number above `least`. */
export function checkAbove(field: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isFinite(value) && value > least)) return;
  throw new ConfigError(`${field} must be a number above ${least}, was ${String(value)}`, { context: { field } });
}

/** Throws unless `value` is absent or a whole number of at least `least`. */
export function checkWhole(field: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return;
  throw new ConfigError(`${field} must be a whole number of at least ${least}, was ${String(value)}`, {
    context: { field },
  });
}

/** Throws unless `value` is absent or true or false. */
export function checkFlag(field: string, value: boolean | undefined): void {
  const seen: unknown = value;
  if (seen === undefined || typeof seen === 'boolean') return;
  throw new ConfigError(`${field} must be true or false, was ${shown(seen)}`, { context: { field } });
}
