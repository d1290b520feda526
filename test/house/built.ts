/** Around the whole test run: builds the command once for the tests that start it, and names at the end what an absent folder kept from running. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { TestModule, TestProject } from 'vitest/node';

const root = fileURLToPath(new URL('../../', import.meta.url));

export function setup({ vitest }: TestProject): () => void {
  execFileSync(process.execPath, [`${root}scripts/build.mjs`, '--if-stale', '--code', '--quiet'], { stdio: 'inherit' });
  return () => {
    const line = leftOut(vitest.state.getTestModules());
    if (line !== undefined) console.log(line);
  };
}

/** One line about the test files with skipped suites that read a shared folder which does not exist; undefined if there are none. */
export function leftOut(modules: readonly TestModule[], folder = `${root}../shared/`): string | undefined {
  const absent = new Set<string>();
  const files: string[] = [];
  for (const one of modules) {
    const hasSkipped = [...one.children.allTests('skipped'), ...one.children.allSuites()].some(
      (part) => part.options.mode === 'skip',
    );
    if (!hasSkipped) continue;
    const names = [...readFileSync(one.moduleId, 'utf8').matchAll(/\.\.\/shared\/([\w-]+)/g)].map((match) => match[1]!);
    const missing = names.filter((name) => !existsSync(`${folder}${name}`));
    if (missing.length === 0) continue;
    files.push(relative(root, one.moduleId));
    for (const name of missing) absent.add(`../shared/${name}`);
  }
  if (files.length === 0) return undefined;
  const are = absent.size === 1 ? 'is' : 'are';
  return `Not run in full, because ${[...absent].sort().join(', ')} ${are} absent: ${files.sort().join(', ')}`;
}
