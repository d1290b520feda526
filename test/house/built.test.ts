/** What the build leaves of names, and what the end of a test run says of suites that an absent folder left out. */
import { readFileSync } from 'node:fs';

import type { TestModule } from 'vitest/node';
import { describe, expect, it } from 'vitest';

import { leftOut } from './built.ts';

const test = new URL('../', import.meta.url);

/** A test file that has run, with its suites in the given modes. */
function ran(path: string, ...modes: ('run' | 'skip')[]): TestModule {
  const parts = modes.map((mode) => ({ options: { mode } }));
  const children = { allTests: () => [], allSuites: () => parts };
  return { moduleId: new URL(path, test).pathname, children } as unknown as TestModule;
}

describe('the built doors', () => {
  const { exports: doors } = JSON.parse(readFileSync(new URL('../package.json', test), 'utf8')) as {
    readonly exports: Readonly<Record<string, { readonly default?: string }>>;
  };
  const built = Object.values(doors).flatMap((door) => door.default ?? []);

  it.each(built)('%s: every class has the name that it is imported by', async (path) => {
    const names = (await import(new URL(`../${path}`, test).href)) as Readonly<Record<string, unknown>>;
    const classes = Object.entries(names).filter(([, one]) => /^class\b/.test(String(one)));
    expect(classes.filter(([name, cls]) => (cls as { readonly name: string }).name !== name)).toEqual([]);
  });
});

describe('the line at the end of a test run', () => {
  it('names the folders that are absent and the files that skipped suites for them', () => {
    const modules = [ran('golden/oracle.test.ts', 'run', 'skip'), ran('feeds/csv/csv.test.ts', 'skip')];
    expect(leftOut(modules, '/nowhere/')).toBe(
      'Not run in full, because ../shared/market-data, ../shared/oracle, ../shared/oracle-more are absent: test/feeds/csv/csv.test.ts, test/golden/oracle.test.ts',
    );
  });

  it('is absent where every suite ran, and where the skipped ones need no folder', () => {
    expect(leftOut([ran('golden/oracle.test.ts', 'run')], '/nowhere/')).toBeUndefined();
    expect(leftOut([ran('house.test.ts', 'skip')], '/nowhere/')).toBeUndefined();
  });
});
