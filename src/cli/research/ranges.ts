/** Ranges of parameters as texts: `fast=5:20:1`, `mode=ema,sma`, `rate=0.001:1:log`. */
import { ConfigError, unknownName } from '../../core/index.ts';
import { checkSpace, type ParamRange } from '../../engine/index.ts';
import { parseAs, type AnyStrategyClass } from '../run/strategy-file.ts';
import { keyAndValue } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

/**
 * The ranges to search: those of the strategy's `static space`, which the texts replace by name.
 *
 * @throws {UsageError} If a parameter does not exist, was given twice, or its range is none.
 * @throws {ConfigError} If the `static space`, or a range of it, is none.
 */
export async function parseRanges(
  cls: AnyStrategyClass,
  texts: readonly string[],
): Promise<Record<string, ParamRange>> {
  const defaults = cls.params ?? {};
  const { space = {} } = cls as { readonly space?: Readonly<Record<string, ParamRange>> };
  checkSpace(cls, space);
  const ranges: Record<string, ParamRange> = { ...space };
  const given = new Set<string>();
  for (const text of texts) {
    const [name, value] = keyAndValue('param', text);
    if (!Object.hasOwn(defaults, name)) throw unknownName(`parameter of ${cls.name}`, name, Object.keys(defaults));
    if (given.has(name)) throw usage(`--param ${name} was given twice`);
    given.add(name);
    ranges[name] = rangeOf(name, value, defaults[name]);
  }
  const { Axis } = await import('../../research/index.ts');
  for (const [name, range] of Object.entries(ranges)) {
    try {
      void new Axis(name, range, defaults[name]);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const said = error.message.replace(/^the range of parameter '[^']*'/, `--param ${name}`);
      if (given.has(name)) throw usage(said);
      throw new ConfigError(`${error.message}: it is of the static space of ${cls.name}, and --param ${name}=FROM:TO:STEP replaces it`, { context: error.context }); // prettier-ignore
    }
  }
  return ranges;
}

function rangeOf(name: string, text: string, sample: unknown): ParamRange {
  if (typeof sample === 'object') {
    // Values of JSON with commas between them are a list without its brackets.
    try {
      return JSON.parse(`[${text}]`) as readonly unknown[];
    } catch {
      throw usage(`--param ${name} must be JSON values with commas, such as ${JSON.stringify(sample)},${JSON.stringify(sample)}, was '${text}'`); // prettier-ignore
    }
  }
  if (typeof sample !== 'number' || !text.includes(':')) {
    return text.split(',').map((one) => parseAs(name, typeof sample === 'number' ? one : one.trim(), sample));
  }
  const [from, to, step, ...rest] = text.split(':');
  const number = (what: string, one: string | undefined): number => {
    const value = one === undefined || one.trim() === '' ? NaN : Number(one.replaceAll('_', ''));
    if (Number.isNaN(value))
      throw usage(
        `--param ${name}: ${what} must be a number${what === 'step' ? " or 'log'" : ''}, was '${one ?? ''}' in '${text}'`,
      );
    return value;
  };
  if (rest.length > 0)
    throw usage(`--param ${name} must be FROM:TO:STEP, FROM:TO or values with commas, was '${text}'`);
  const ends = { from: number('from', from), to: number('to', to) };
  if (step === 'log') return { ...ends, log: true };
  return step === undefined ? ends : { ...ends, step: number('step', step) };
}
