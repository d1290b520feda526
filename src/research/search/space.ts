/** The parameters of a search: an axis for each, and what each may take. */
import { checkFunction, ConfigError, messageOf, shown } from '../../core/index.ts';
import type { ParamRange } from '../../engine/index.ts';
import { parseCondition, type Values } from './condition.ts';

/** The parameters of one trial that are searched, by name. */
export type TrialParams = Readonly<Record<string, unknown>>;

/** One parameter of a search. */
export class Axis {
  /** The parameter. */
  readonly name: string;
  /** How many values it may take; undefined where every number of its range may be taken. */
  readonly count: number | undefined;
  readonly #values: readonly unknown[] | undefined;
  readonly #from: number = 0;
  readonly #to: number = 0;
  readonly #isLog: boolean = false;

  /** @throws {ConfigError} If there is no value, or the range is none. */
  constructor(name: string, range: ParamRange, sample: unknown) {
    this.name = name;
    const wrong = (what: string): ConfigError =>
      new ConfigError(`the range of parameter '${name}' ${what}`, { context: { field: name } });
    if (Array.isArray(range)) {
      const values = range as readonly unknown[];
      if (values.length === 0) throw wrong('has no value');
      const seen = new Set<string>();
      for (const value of values) {
        if (typeof value !== typeof sample && sample !== undefined)
          throw wrong(`must hold ${typeof sample}s, was ${shown(value)}`);
        if (typeof value === 'number' && !Number.isFinite(value)) throw wrong(`must hold finite numbers, was ${value}`);
        // A trial that is counted twice makes luck look larger than it is.
        const key = `${typeof value} ${JSON.stringify(value)}`;
        if (seen.has(key)) throw wrong(`holds ${shown(value)} twice`);
        seen.add(key);
      }
      this.#values = values;
      this.count = values.length;
      return;
    }
    if (typeof range !== 'object' || (range as unknown) === null)
      throw wrong(`must be a list of values or { from, to, step }, was ${shown(range)}`);
    const { from, to, step, log = false, ...rest } = range as Exclude<ParamRange, readonly unknown[]>;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) throw wrong(`has no '${unknown}': known are from, to, step, log`);
    if (typeof sample !== 'number' && sample !== undefined)
      throw wrong(`must be values: its default is a ${typeof sample}`);
    for (const [field, value] of Object.entries({ from, to })) {
      if (!Number.isFinite(value)) throw wrong(`needs a finite '${field}', was ${shown(value)}`);
    }
    if (from > to) throw wrong(`must rise, was ${from} to ${to}`);
    if (step !== undefined && !(Number.isFinite(step) && step > 0))
      throw wrong(`needs a finite step above 0, was ${shown(step)}`);
    if (typeof (log as unknown) !== 'boolean') throw wrong(`needs true or false for 'log', was ${shown(log)}`);
    if (log && step !== undefined) throw wrong("has a step or is 'log', not both");
    if (log && !(from > 0)) throw wrong(`must be above 0 to be 'log', was from ${from}`);
    // A default such as 0.1 says that the numbers between 0 and 1 are meant.
    const isWhole = [from, to, sample ?? from].every(Number.isInteger);
    // A range of one value needs no step.
    const width = step ?? ((isWhole && !log) || from === to ? 1 : undefined);
    this.#from = from;
    this.#to = to;
    this.#isLog = log;
    if (width === undefined) return;
    const count = Math.floor((to - from) / width + 1e-9) + 1;
    if (count > 1e6) throw wrong(`has ${count} values: at most a million`);
    this.count = count;
    this.#values = Array.from({ length: count }, (_, k) => tidy(from + k * width));
  }

  /** Value number `k`, from 0, of an axis with a count. */
  at(k: number): unknown {
    return this.#values![k];
  }

  /** The number of a value; -1 where it is none of them. */
  placeOf(value: unknown): number {
    return this.#values?.indexOf(value) ?? -1;
  }

  /** The value at a place in [0, 1) of the axis. */
  spread(place: number): unknown {
    if (this.count !== undefined) return this.at(Math.min(this.count - 1, Math.floor(place * this.count)));
    if (this.#isLog) return this.#from * (this.#to / this.#from) ** place;
    return this.#from + place * (this.#to - this.#from);
  }

  /** Where a value lies, from 0 to 1: what `spread` makes of it again is the value, or nearest to it. */
  gather(value: unknown): number {
    if (this.count !== undefined) return (this.placeOf(value) + 0.5) / this.count;
    const span = this.#to - this.#from;
    if (span === 0) return 0.5;
    if (this.#isLog) return Math.log((value as number) / this.#from) / Math.log(this.#to / this.#from);
    return ((value as number) - this.#from) / span;
  }

  /** Whether equal distances mean something: the values are numbers. */
  get isOrdered(): boolean {
    return this.#values?.every((value) => typeof value === 'number') ?? true;
  }
}

/** Without the last digits of a sum of steps: 0.3, not 0.30000000000000004. A whole number has none, however long it is. */
function tidy(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(12));
}

/** What a search may try. */
export class Space {
  /** The parameters that are searched. */
  readonly axes: readonly Axis[];
  readonly #keep: (values: Values) => boolean;

  /**
   * @param defaults - All parameters of the strategy; those that are not searched keep these values in conditions.
   * @param keep - The combinations to try: a function, or a condition as a text. Default: all.
   */
  constructor(
    ranges: Readonly<Record<string, ParamRange>>,
    defaults: Values,
    keep?: string | ((params: never) => boolean),
  ) {
    this.axes = Object.entries(ranges).map(([name, range]) => new Axis(name, range, defaults[name]));
    const names = [...new Set([...Object.keys(defaults), ...Object.keys(ranges)])];
    const holds =
      typeof keep === 'string' ? parseCondition(keep, names) : (keep as ((values: Values) => boolean) | undefined);
    if (holds !== undefined)
      checkFunction('keep', holds, "a condition such as 'fast < slow' or a function of the parameters");
    this.#keep = holds === undefined ? () => true : (values) => isKept(holds, { ...defaults, ...values });
  }

  /** Whether a combination may be tried. */
  allows(params: TrialParams): boolean {
    return this.#keep(params);
  }

  /** How many combinations there are before any is left out; undefined where an axis takes every number of a range. */
  get size(): number | undefined {
    let size = 1;
    for (const { count } of this.axes) {
      if (count === undefined) return undefined;
      size *= count;
    }
    return size;
  }

  /** Combination number `k`, from 0, the last axis first, where there is a size. */
  at(k: number): TrialParams {
    const values = new Array<unknown>(this.axes.length);
    let rest = k;
    for (let at = values.length - 1; at >= 0; at--) {
      const { count } = this.axes[at]!;
      values[at] = this.axes[at]!.at(rest % count!);
      rest = Math.floor(rest / count!);
    }
    return Object.fromEntries(this.axes.map(({ name }, at) => [name, values[at]]));
  }

  /** The parameters at a place of each axis. */
  spread(places: readonly number[]): TrialParams {
    return Object.fromEntries(this.axes.map((axis, k) => [axis.name, axis.spread(places[k]!)]));
  }

  /** A text that is the same for the same parameters. */
  keyOf(params: TrialParams): string {
    return JSON.stringify(this.axes.map(({ name }) => params[name]));
  }
}

/** Whether a condition holds. @throws {ConfigError} If it throws, or returns neither true nor false. */
function isKept(holds: (values: Values) => unknown, values: Values): boolean {
  const context = { context: { field: 'keep' } };
  const at = (): string => JSON.stringify(values);
  let kept: unknown;
  try {
    kept = holds(values);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`keep threw for ${at()}: ${messageOf(error)}`, context);
  }
  if (typeof kept === 'boolean') return kept;
  throw new ConfigError(`keep must return true or false, was ${shown(kept)} for ${at()}`, context);
}
