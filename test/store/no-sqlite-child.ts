/** Opens what lies in SQLite where no SQLite can be had, below the folder it is given; prints each code, and what is left in the folder. */
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';

import {
  BarStore,
  FileLock,
  hasSqlite,
  IntentStore,
  Journal,
  openSqlite,
  PointStore,
  RunStore,
  TickStore,
  TrialStore,
} from '../../src/store/index.ts';

const absent = `export async function resolve(name, context, next) {
  if (name !== 'better-sqlite3') return next(name, context);
  throw Object.assign(new Error('it is not installed'), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
register(`data:text/javascript,${encodeURIComponent(absent)}`);
const modules = process.getBuiltinModule.bind(process);
process.getBuiltinModule = (name: string) => (name === 'node:sqlite' ? undefined : modules(name)) as never;

const folder = process.argv[2]!;
const at = (name: string): string => join(folder, name, 'deeper');
const openers: Readonly<Record<string, () => Promise<unknown>>> = {
  bars: () => BarStore.open({ folder: at('bars') }),
  points: () => PointStore.open({ folder: at('points') }),
  ticks: () => TickStore.open({ folder: at('ticks') }),
  runs: () => RunStore.open(at('runs')),
  trials: () => TrialStore.open(join(at('trials'), 'x.db'), 'key'),
  journal: () => Journal.create(join(at('journal'), 'x.db'), {}),
  intents: () => IntentStore.open(join(at('intents'), 'x.db'), 's'),
  lock: () => FileLock.take(join(at('lock'), 'x.lock'), 1),
  other: () => openSqlite(join(at('other'), 'x.db')),
};
const codes: Record<string, unknown> = {};
for (const [name, open] of Object.entries(openers)) {
  try {
    await open();
    codes[name] = 'opened';
  } catch (error) {
    codes[name] = (error as { readonly code?: unknown }).code;
  }
}
console.log(JSON.stringify({ codes, left: readdirSync(folder), has: await hasSqlite() }));
