/** Types are facts too: the files of test/types compile as they stand, and each `@ts-expect-error` in them marks a real error. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = join(root, 'test', 'types');
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
const compiler = join(root, 'node_modules', 'typescript-native', 'bin', 'tsc');

/** The lines of the compiler's errors in these files, under the options of the project. */
function complaints(paths: readonly string[]): string[] {
  const work = mkdtempSync(join(root, 'node_modules', '.types-'));
  try {
    const config = join(work, 'tsconfig.json');
    const typeRoots = [join(root, 'node_modules', '@types')];
    const compilerOptions = { noEmit: true, typeRoots };
    writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files: paths })); // prettier-ignore
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', config, '--pretty', 'false'], { encoding: 'utf8' });
    return stdout.split('\n').filter((line) => line.includes('error TS'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

describe('the types of the front door', () => {
  const text = readFileSync(join(folder, files[0]!), 'utf8');
  // Beside the original, so that its imports resolve, under an ending that no search for sources takes.
  const unmarked = `.unmarked-${process.pid}.mts`;
  let found: readonly string[] = [];

  beforeAll(() => {
    try {
      writeFileSync(join(folder, unmarked), text.replaceAll('@ts-expect-error', ''));
      found = complaints([...files, unmarked].map((name) => join(folder, name)));
    } finally {
      rmSync(join(folder, unmarked), { force: true });
    }
  });

  it('accept and refuse what the files of test/types say', () => {
    expect(files.length).toBeGreaterThan(1);
    expect(found.filter((line) => !line.includes(unmarked))).toEqual([]);
  });

  it('are checked: without its markers a file has an error for each of them', () => {
    const markers = text.match(/@ts-expect-error/g)?.length ?? 0;
    expect(markers).toBeGreaterThan(5);
    expect(found.filter((line) => line.includes(unmarked)).length).toBeGreaterThanOrEqual(markers);
  });
});
