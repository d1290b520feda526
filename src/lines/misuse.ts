/** Misuse of lines and datas: reading them as Python would throws with the right form, instead of yielding undefined or NaN. */
import { ConfigError, extraColumnNames, unknownName } from '../core/index.ts';

/** A line, as far as a message needs it. */
interface NamedLine {
  readonly name: string;
}

/** What programs ask of any object to find out what it is; never a line. Engine-only members are absent without a word. */
const probes: ReadonlySet<string> = new Set([
  'then', 'catch', 'finally', 'length', 'size', 'nodeType', 'nodeName', 'tagName', 'hasAttribute', 'asymmetricMatch', 'inspect',
  'sample', 'timeline', 'graph', 'column', 'values', 'state', 'type', 'message', 'stack', 'cause', 'default', 'render', 'window',
]); // prettier-ignore

/**
 * Puts a watch behind a class: reading a member that no object of it has calls `unknown`. It sits at the end of the prototype chain, so
 * that reading what is there costs what it always did.
 */
function watchUnknown<T extends object>(cls: { readonly prototype: T }, unknown: (key: string, one: T) => void): void {
  const watch = new Proxy(Object.prototype, {
    get(target, key, receiver: T): unknown {
      if (typeof key === 'string' && !(key in target) && receiver !== cls.prototype) unknown(key, receiver);
      return Reflect.get(target, key, receiver);
    },
  });
  Object.setPrototypeOf(cls.prototype, watch);
}

/** Makes `close[0]`, `close[-1]` and `close > sma` throw with the form that reads or compares lines. */
export function refuseMisreadLines<T extends NamedLine>(cls: { readonly prototype: T }): void {
  watchUnknown(cls, (key, { name }) => {
    if (!/^-?\d+$/.test(key)) return;
    const n = Number(key);
    const form = n > 0 ? `${name}[${n}] would be the future` : `read ${name}.${n === 0 ? 'now' : `ago(${-n})`}`;
    throw new ConfigError(`${name}[${key}] is not how a line is read: ${form}`, {
      code: n > 0 ? 'future' : 'line-misread',
      context: { line: name },
    });
  });
  Object.defineProperty(cls.prototype, Symbol.toPrimitive, {
    value(this: T, hint: string): string {
      if (hint === 'string') return this.name;
      throw new ConfigError(
        `the line ${this.name} was compared or combined as if it were a number: read its present value with ${this.name}.now, or ` +
          `make a new line with ${this.name}.gt(other), .lt(other), .add(other) and the like`,
        { code: 'line-as-number', context: { line: this.name } },
      );
    },
  });
}

/** Makes an unknown line of a data, such as `data.clsoe`, throw with the nearest one. */
export function refuseUnknownLines<T extends NamedLine>(cls: { readonly prototype: T }): void {
  const lines = ['open', 'high', 'low', 'close', 'volume', ...extraColumnNames];
  watchUnknown(cls, (key) => {
    if (probes.has(key) || !/^[a-zA-Z][a-zA-Z0-9_]*$/.test(key)) return;
    if (key === 'datetime' || key === 'date') {
      throw new ConfigError(
        `data.${key} is not a line: data.time is the open of the present bar, data.closeTime its close`,
        {
          code: 'unknown-name',
        },
      );
    }
    throw unknownName('line of a data', key, lines);
  });
}
