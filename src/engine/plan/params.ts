/** Parameters of a strategy: the class's defaults with what a run gives it, checked. */
import { ConfigError, unknownName } from '../../core/index.ts';
import type { StrategyClass } from '../strategy/strategy.ts';

/**
 * The parameters of one run.
 *
 * @throws {ConfigError} If a name is not one of the class's, or a value has another type than its default.
 */
export function mergeParams<P extends object>(cls: StrategyClass<P>, given: Partial<P>): P {
  const defaults: Record<string, unknown> = { ...cls.params };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) throw unknownName(`parameter of ${cls.name}`, name, Object.keys(defaults));
    if (value === undefined) continue;
    const [wanted, seen] = [typeOf(defaults[name]), typeOf(value)];
    if (wanted !== 'undefined' && seen !== wanted) {
      throw new ConfigError(`parameter '${name}' of ${cls.name} must be a ${wanted}, was ${JSON.stringify(value)}`, {
        context: { parameter: name },
      });
    }
    if (typeof value === 'number' && Number.isNaN(value)) {
      throw new ConfigError(`parameter '${name}' of ${cls.name} must be a number, was NaN`);
    }
    defaults[name] = value;
  }
  return Object.freeze(defaults) as P;
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}
