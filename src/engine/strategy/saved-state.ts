/** The state of a strategy between two sessions: how values that JSON does not have are written, and which values are refused. */
import { ConfigError, shown } from '../../core/index.ts';

/** The field that marks a value which JSON does not have. */
const mark = '$nextbar';
/** A state is written after each step: a larger one would hold up the session. */
const mostCharacters = 16_000_000;
const deepest = 500;

type Written = string | number | boolean | null | readonly Written[] | { readonly [name: string]: Written };

/**
 * A state as JSON can hold it. NaN, infinities, -0, undefined, bigint, Date, Map and Set are written with a mark, everything else as it is.
 *
 * @throws {ConfigError} If a value could not come back as it was: a function, a promise, an instance of a class, a cycle; or if the state is too large.
 */
export function writtenState(state: unknown): unknown {
  // The engine reads a plain null as "nothing was saved".
  return state === null ? marked('null', null) : new Writer().write(state, 'the state', 0);
}

/** The state that `writtenState` wrote. @throws {ConfigError} If it holds an unknown mark. */
export function readState(written: unknown): unknown {
  if (typeof written !== 'object' || written === null) return written;
  if (Array.isArray(written)) return written.map(readState);
  const record = written as Readonly<Record<string, unknown>>;
  if (!Object.hasOwn(record, mark)) {
    return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, readState(value)]));
  }
  const { value } = record;
  switch (record[mark]) {
    case 'null':
      return null;
    case 'undefined':
      return undefined;
    case 'number':
      return Number(value);
    case 'bigint':
      return BigInt(value as string);
    case 'Date':
      return new Date(value === null ? NaN : (value as number));
    case 'Map':
      return new Map(readState(value) as [unknown, unknown][]);
    case 'Set':
      return new Set(readState(value) as unknown[]);
    case 'record':
      return Object.fromEntries((value as [string, unknown][]).map(([name, one]) => [name, readState(one)]));
    default:
      throw new ConfigError(`a saved state holds a value of the unknown kind ${shown(record[mark])}`);
  }
}

class Writer {
  /** The objects around the value that is being written. */
  readonly #around = new Set<object>();
  #characters = 0;

  write(value: unknown, path: string, depth: number): Written {
    switch (typeof value) {
      case 'string':
        this.#count(value.length + 2);
        return value;
      case 'boolean':
        this.#count(5);
        return value;
      case 'number':
        this.#count(8);
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : marked('number', Object.is(value, -0) ? '-0' : String(value));
      case 'undefined':
        return marked('undefined', null);
      case 'bigint': {
        const text = String(value);
        this.#count(text.length);
        return marked('bigint', text);
      }
      case 'object':
        return value === null ? null : this.#object(value, path, depth);
      default:
        throw refused(path, typeof value === 'symbol' ? 'a symbol' : 'a function');
    }
  }

  #object(value: object, path: string, depth: number): Written {
    if (this.#around.has(value)) throw new ConfigError(`${path} contains itself, and a state must end somewhere`);
    if (depth > deepest) throw new ConfigError(`${path} is nested more than ${deepest} levels deep`);
    this.#count(2);
    this.#around.add(value);
    const written = this.#parts(value, path, depth + 1);
    this.#around.delete(value);
    return written;
  }

  #parts(value: object, path: string, depth: number): Written {
    const list = (values: Iterable<unknown>): Written[] =>
      Array.from(values, (one, k) => this.write(one, `${path}[${k}]`, depth));
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (Array.isArray(value)) {
      const names = Object.keys(value);
      if (names.length > value.length || names.some((name) => !/^\d+$/.test(name)))
        throw refused(path, 'a list with fields of its own');
      return list(value as unknown[]);
    }
    if (prototype === Date.prototype) {
      const time = (value as Date).getTime();
      return marked('Date', Number.isNaN(time) ? null : time);
    }
    if (prototype === Map.prototype) return marked('Map', list(value as Map<unknown, unknown>));
    if (prototype === Set.prototype) return marked('Set', list(value as Set<unknown>));
    if (typeof (value as { then?: unknown }).then === 'function')
      throw refused(path, "a promise; remove 'async' from saveState()");
    if (prototype !== Object.prototype && prototype !== null) throw refused(path, instanceName(value, prototype));
    if (Object.getOwnPropertySymbols(value).length > 0) throw refused(path, 'a record with a symbol as a name');
    const entries = Object.entries(value).map(([name, one]): [string, Written] => {
      this.#count(name.length + 4);
      return [name, this.write(one, `${path}.${name}`, depth)];
    });
    // A record of the strategy that has a field of the mark's name must not be read as a mark.
    return Object.hasOwn(value, mark) ? marked('record', entries) : Object.fromEntries(entries);
  }

  #count(characters: number): void {
    this.#characters += characters;
    if (this.#characters <= mostCharacters) return;
    throw new ConfigError(
      `the state is larger than ${mostCharacters / 1_000_000} MB, and it is written after each step: keep less in it, such as the last values of a series`,
    );
  }
}

function marked(kind: string, value: Written): Written {
  return { [mark]: kind, value };
}

function refused(path: string, what: string): ConfigError {
  return new ConfigError(
    `${path} must be plain data (numbers, bigints, texts, booleans, null, lists, records, Date, Map, Set), was ${what}`,
  );
}

function instanceName(value: object, prototype: object): string {
  if (ArrayBuffer.isView(value)) return `a ${prototype.constructor.name}; save Array.from(...) of it`;
  const { name = '' } = (prototype as { constructor?: { name?: string } }).constructor ?? {};
  return name === '' ? 'an instance of a class' : `an instance of ${name}`;
}
