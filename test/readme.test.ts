/** The README and the pages say only what works: their programs run and print what is shown, their commands end well. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { nextbar } from './cli/nextbar.ts';
import { blocksOf, pages, root } from './docs/pages.ts';
import { runPrograms, type Printed } from './house/programs.ts';

const figures = /[\d.,]*\d/g;
let folder = '';

/** The whole programs of every page: what imports nextbar and prints. */
const programs = pages
  .flatMap(blocksOf)
  .filter(({ language, code }) => language === 'ts' && code.includes("from 'nextbar'") && code.includes('console.log'))
  .map((block) => ({ ...block, name: `${block.page} ${block.line}` }));
const commands = ['README.md', 'docs/start.md']
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'sh')
  .map(({ code }) => code)
  .flatMap((block) => block.split('\n'))
  .map((line) => line.replace(/\s+#.*/, '').trim())
  .filter((line) => line !== '');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nextbar-readme-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'nextbar'));
  symlinkSync(join(root, 'examples'), join(folder, 'examples'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const rows = Array.from({ length: 200 }, (_, i) => {
    const open = 100 + (i % 40);
    return `${Date.UTC(2024, 0, 1, i)},${open},${open + 2},${open - 1},${open + 1},3`;
  });
  const [first] = blocksOf('docs/start.md');
  writeFileSync(join(folder, 'cross.ts'), first!.code.slice(0, first!.code.indexOf('const cerebro')));
  writeFileSync(join(folder, 'bars.csv'), `timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the documentation', () => {
  it('shows code and commands', () => {
    expect(programs.length).toBeGreaterThan(3);
    expect(commands.length).toBeGreaterThan(4);
  });

  let printed: Promise<readonly Printed[]> | undefined;
  const runAll = (): Promise<readonly Printed[]> => {
    const files = programs.map(({ name, code }) => {
      const file = join(folder, `${name.replaceAll(/\W/g, '-')}.ts`);
      writeFileSync(file, code);
      return file;
    });
    return runPrograms(files, folder);
  };

  it.each(programs)('has code that runs and prints: $name', async ({ name, output }) => {
    const all = await (printed ??= runAll());
    const { stdout, error } = all[programs.findIndex((one) => one.name === name)]!;
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/\d/);
    expect(stdout).not.toMatch(/NaN|undefined/);
    // The page shows these words; the figures may have moved since.
    if (output !== undefined) expect(stdout.replaceAll(figures, '#')).toBe(output.replaceAll(figures, '#'));
  });

  it('names scripts that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const text = readFileSync(join(root, 'README.md'), 'utf8');
    const named = [...text.matchAll(/npm run (\w[\w:-]*)/g)].map((match) => match[1]!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    expect(named).toContain('demo');
  });

  it('shows commands of nextbar that end well, in the order shown', async () => {
    const lines = commands.filter((line) => line.startsWith('npx nextbar '));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      const outcome = await nextbar(line.split(' ').slice(2), folder);
      expect(outcome, line).toMatchObject({ code: 0, stderr: '' });
    }
  });
});
