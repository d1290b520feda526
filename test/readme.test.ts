/** The README says only what works: its code runs, its commands exist, its links lead somewhere. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { nextbar } from './cli/nextbar.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const runFile = promisify(execFile);
const pages = ['README.md', 'docs/strategies.md', 'docs/live.md'];
let folder = '';

/** The code blocks of one language. */
function blocks(page: string, language: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1]!);
}

const programs = pages.flatMap((page) => blocks(page, 'ts').map((code, i) => ({ name: `${page} ${i + 1}`, code })));
const commands = blocks('README.md', 'sh')
  .flatMap((block) => block.split('\n'))
  .map((line) => line.replace(/\s+#.*/, '').trim())
  .filter((line) => line !== '');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nextbar-readme-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'nextbar'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const rows = Array.from({ length: 200 }, (_, i) => {
    const open = 100 + (i % 40);
    return `${Date.UTC(2024, 0, 1, i)},${open},${open + 2},${open - 1},${open + 1},3`;
  });
  writeFileSync(join(folder, 'bars.csv'), `timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the README', () => {
  it('shows code and commands', () => {
    expect(programs.length).toBeGreaterThan(3);
    expect(commands.length).toBeGreaterThan(4);
  });

  it.each(programs)('has code that runs and says something: $name', async ({ name, code }) => {
    const file = join(folder, `${name.replaceAll(/\W/g, '-')}.ts`);
    writeFileSync(file, code);
    const args = ['--import', import.meta.resolve('tsx'), file];
    const { stdout, stderr } = await runFile(process.execPath, args, { cwd: folder });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\d/);
    expect(stdout).not.toMatch(/NaN|undefined/);
  });

  it('names scripts that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const text = readFileSync(join(root, 'README.md'), 'utf8');
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1]!);
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

  it.each(pages)('has links that lead somewhere: %s', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1]!).filter((to) => !to.includes('://'));
    expect(targets.filter((to) => !existsSync(join(root, page, '..', to)))).toEqual([]);
  });
});
