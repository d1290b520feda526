/** Parameters of a strategy: the class's defaults with what a run gives it, checked. */
import { ConfigError, shown, unknownName } from '../../core/index.ts';
import { nameOfStrategy, type StrategyClass } from '../strategy/strategy.ts';

/** The values of a parameter in a search: a list, or a range of numbers with its ends included. */
export type ParamRange = readonly unknown[] | NumberRange;

/** A range of numbers, its ends included. */
export interface NumberRange {
  /** The lowest value. */
  readonly from: number;
  /** The highest value. */
  readonly to: number;
  /** Distance of the values. Default: 1 where both ends and the parameter's default are whole, else every number between them may be taken. */
  readonly step?: number;
  /** Whether equal ratios count as equal distances, for values over several powers of ten. Not with `step`. Default false. */
  readonly log?: boolean;
}

/** The values that each parameter of a strategy may take in a search. */
export type ParamSpace<P extends object> = [keyof P] extends [never]
  ? Readonly<Record<string, never>>
  : {
      readonly [K in keyof P]?: P[K] extends number
        ? readonly number[] | NumberRange
        : P[K] extends string
          ? readonly string[]
          : P[K] extends boolean
            ? readonly boolean[]
            : readonly P[K][];
    };

/** Parameters of a strategy other than the defaults. A strategy without parameters takes none. */
export type GivenParams<P extends object> = [keyof P] extends [never] ? Readonly<Record<string, never>> : Partial<P>;

/**
 * The parameters of one run.
 *
 * @throws {ConfigError} If a name is not one of the class's, or a value has another type than its default.
 */
export function mergeParams<P extends object>(cls: StrategyClass<P>, given: GivenParams<P> | Partial<P>): P {
  const defaults: Record<string, unknown> = { ...cls.params };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name))
      throw unknownName(`parameter of ${nameOfStrategy(cls)}`, name, Object.keys(defaults));
    if (value === undefined) continue;
    const [wanted, seen] = [typeOf(defaults[name]), typeOf(value)];
    if (wanted !== 'undefined' && seen !== wanted) {
      throw new ConfigError(`parameter '${name}' of ${nameOfStrategy(cls)} must be a ${wanted}, was ${shown(value)}`, {
        context: { parameter: name },
      });
    }
    if (typeof value === 'number' && Number.isNaN(value)) {
      throw new ConfigError(`parameter '${name}' of ${nameOfStrategy(cls)} must be a number, was NaN`);
    }
    defaults[name] = value;
  }
  return Object.freeze(defaults) as P;
}

/** Throws a ConfigError for a space that is no object of ranges by parameter, or names a parameter that the class does not have. */
export function checkSpace<P extends object>(cls: StrategyClass<P>, space: unknown): void {
  if (typeof space !== 'object' || space === null || Array.isArray(space)) {
    throw new ConfigError(
      `the space of ${nameOfStrategy(cls)} must be ranges by parameter, such as { period: { from: 5, to: 20 } }, was ${shown(space)}`,
      { context: { field: 'space' } },
    );
  }
  for (const name of Object.keys(space)) mergeParams(cls, { [name]: undefined } as Partial<P>);
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}
