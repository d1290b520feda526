/** The notebook runs: its cells one after the other, as a kernel would run them. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

interface Notebook {
  readonly nbformat: number;
  readonly cells: readonly { readonly id: string; readonly cell_type: string; readonly source: readonly string[] }[];
}

it('runs cell by cell, and holds no output of an earlier run', async () => {
  const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
  const text = readFileSync(`${folder}research.ipynb`, 'utf8');
  const { cells, nbformat } = JSON.parse(text) as Notebook;
  expect(nbformat).toBe(4);
  expect(text).not.toContain('output_type');
  const program = cells
    .filter((cell) => cell.cell_type === 'code')
    .map(({ source }) => source.join(''))
    .join('\n');
  const args = [
    '--conditions=source',
    '--import',
    import.meta.resolve('tsx'),
    '--input-type=module',
    '--eval',
    program,
  ];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 });
  expect(stderr).toBe('');
  expect(stdout).toContain('2000 time open high low close volume');
  expect(stdout).toContain('rows of the Arrow table 2000');
  expect(stdout).toMatch(/final value \d+\.\d\d/);
});
