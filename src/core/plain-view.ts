/** Plain views: how public objects show themselves to a console, instead of the engine's innards. */

/** What Node's `console.log` and `util.inspect` call on an object that shows itself. */
const inspectKey = Symbol.for('nodejs.util.inspect.custom');

type Inspect = (value: unknown, options: object) => string;

/**
 * Makes a class print in a console as its name and plain data: `Trade { ref: 1, size: 2, ... }`.
 *
 * @param view - The data to print. Default: what `toJSON` returns.
 * @param publicName - The name to print, for a class behind a public type. Default: the name of the object's own class.
 */
export function showPlainly<T extends object>(
  cls: { readonly prototype: T },
  view: (one: T) => unknown = (one) => (one as { toJSON?: () => unknown }).toJSON?.(),
  publicName?: string,
): void {
  Object.defineProperty(cls.prototype, inspectKey, {
    value(this: T, depth: number, options: object, inspect: Inspect): string {
      const name = publicName ?? this.constructor.name;
      return depth < 0 ? `[${name}]` : `${name} ${inspect(view(this), { ...options, depth })}`;
    },
  });
}

/** Makes one object without a class print as what `view` returns. */
export function showObjectPlainly(one: object, view: () => unknown): void {
  Object.defineProperty(one, inspectKey, {
    value: (depth: number, options: object, inspect: Inspect): string => inspect(view(), { ...options, depth }),
  });
}

/** Makes one object without a class write its typed arrays to JSON as lists, and returns it. */
export function writePlainly<T extends object>(one: T): T {
  return Object.defineProperty(one, 'toJSON', { value: () => plainOf({ ...one }) });
}

/** A value as JSON can carry it: typed arrays as lists, maps as records; the rest as it is. */
export function plainOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), plainOf(one)]));
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plainOf(one)]));
}
