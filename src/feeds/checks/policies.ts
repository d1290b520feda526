/** What to do about each kind of fault in bars: the options of a validation, their values and defaults. */
import { checkNames, ConfigError } from '../../core/index.ts';

/** What to do about a fault: report it, leave the bar out, or refuse the data. */
export type FaultPolicy = 'report' | 'drop' | 'throw';

/**
 * One policy for each kind of fault. Nothing else is altered.
 *
 * The defaults given are those of exchanges, tables, servers and custom feeds. CSV files and bars in memory default to `throw` for every
 * fault of a single row: prepared data are expected to be right.
 */
export interface ValidationOptions {
  /** Missing bars. `fill` repeats the last close with volume 0 and marks the bar. Default `report`. */
  readonly gaps?: 'report' | 'fill' | 'throw';
  /**
   * The longest gap, in bars, that `fill` fills and `throw` accepts; longer ones stay gaps, or are refused. Default: `fill` fills any gap,
   * `throw` accepts none.
   */
  readonly maxGapBars?: number;
  /** Two bars of one time. Default `keepLast`. */
  readonly duplicates?: 'keepLast' | 'keepFirst' | 'throw';
  /** Bars not in rising time. Default `sort`. */
  readonly disorder?: 'sort' | 'throw';
  /** A high below, or a low above, another price of the bar. Default `report`. */
  readonly broken?: FaultPolicy;
  /** A missing, NaN or infinite value. It never reaches a strategy: the bar is left out, or the data refused. Default `throw`. */
  readonly nonFinite?: 'drop' | 'throw';
  /** A price of zero or less. Default `report`. */
  readonly nonPositive?: FaultPolicy;
  /** A volume below zero. Default `report`. */
  readonly negativeVolume?: FaultPolicy;
  /** A close further from the one before, or a high or low further from the bar's own body, than `extremeMove`. Default `report`. */
  readonly extreme?: FaultPolicy;
  /** Fraction of the price that counts as an extreme move. Default 0.2. */
  readonly extremeMove?: number;
  /** The same prices and volume in many bars in a row, as from a source that is stuck. Default `report`. */
  readonly stale?: FaultPolicy;
  /** How many equal bars in a row are stale. Default 10. */
  readonly staleBars?: number;
}

/** The values each policy may have, the default first. */
const policies = {
  gaps: ['report', 'fill', 'throw'],
  duplicates: ['keepLast', 'keepFirst', 'throw'],
  disorder: ['sort', 'throw'],
  broken: ['report', 'drop', 'throw'],
  nonFinite: ['throw', 'drop'],
  nonPositive: ['report', 'drop', 'throw'],
  negativeVolume: ['report', 'drop', 'throw'],
  extreme: ['report', 'drop', 'throw'],
  stale: ['report', 'drop', 'throw'],
} as const;

/** The name of a policy. */
export type PolicyName = keyof typeof policies;

/** Faults of a single row, which are refused from strict sources. */
export const rowPolicies = ['duplicates', 'disorder', 'broken', 'nonFinite', 'nonPositive', 'negativeVolume'] as const;

/** The names of ValidationOptions, for checking options. */
export const validationOptionNames = [...Object.keys(policies), 'maxGapBars', 'extremeMove', 'staleBars'];

/** @throws {ConfigError} For an unknown option or value of a validation. */
export function checkValidation(options: ValidationOptions): void {
  checkNames('option of validation', options, validationOptionNames);
  for (const [name, allowed] of Object.entries(policies)) {
    const given = options[name as PolicyName];
    if (given !== undefined && !(allowed as readonly string[]).includes(given)) {
      throw new ConfigError(
        `${name} must be ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)!}, was '${given}'`,
        { context: { field: name } },
      );
    }
  }
  for (const name of ['maxGapBars', 'extremeMove', 'staleBars'] as const) {
    const given: unknown = options[name];
    if (given !== undefined && !(typeof given === 'number' && given > 0)) {
      throw new ConfigError(`${name} must be above 0, was ${JSON.stringify(given)}`, { context: { field: name } });
    }
  }
}

/** The policy that applies: the one given, else the default of the source. */
export function policyOf(options: ValidationOptions, name: PolicyName, isStrict: boolean): string {
  const strict = isStrict && (rowPolicies as readonly string[]).includes(name);
  return options[name] ?? (strict ? 'throw' : policies[name][0]);
}
