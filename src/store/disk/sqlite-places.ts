/** Lets SQLite open other files than those that are asked for, whoever opens them. */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';

/** Classes whose first argument is the path of a database. */
type Holder = Record<string, new (...given: unknown[]) => object>;

/**
 * Gives every path at which this process opens a database to `placeOf`, and opens what it returns, until the function that it returns is called: by better-sqlite3,
 * where it loads, and by Node's own SQLite.
 */
export function redirectSqlite(placeOf: (path: string) => string): () => void {
  const restore = [redirect(packageAddon(), 'Database', placeOf), redirect(nodeModule(), 'DatabaseSync', placeOf)];
  return () => {
    for (const one of restore) one();
  };
}

function redirect(holder: Holder | undefined, name: string, placeOf: (path: string) => string): () => void {
  const real = holder?.[name];
  if (holder === undefined || real === undefined) return () => undefined;
  const put = (cls: typeof real): void => {
    holder[name] = cls;
    syncBuiltinESMExports();
  };
  put(
    new Proxy(real, {
      construct: (target, [path, ...rest]: unknown[], made) => {
        const given = [typeof path === 'string' ? placeOf(path) : path, ...rest];
        return Reflect.construct(target, given, made) as object;
      },
    }),
  );
  return () => {
    put(real);
  };
}

/** The native part of better-sqlite3; undefined where it does not load. */
function packageAddon(): Holder | undefined {
  try {
    const require = createRequire(import.meta.url);
    const root = dirname(require.resolve('better-sqlite3/package.json'));
    const load = createRequire(join(root, 'package.json'))('bindings') as (asked: object) => Holder;
    return load({ bindings: 'better_sqlite3.node', module_root: root });
  } catch {
    return undefined;
  }
}

/** Node's own SQLite; undefined before Node 22.5. */
function nodeModule(): Holder | undefined {
  return process.getBuiltinModule('node:sqlite') as unknown as Holder | undefined;
}
