/** Every example runs offline, says something, and stays short enough to be read at once. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
const runFile = promisify(execFile);

describe('the examples', () => {
  it('are numbered without a gap', () => {
    expect(names.map((name) => Number(name.slice(0, 2)))).toEqual(names.map((_, i) => i + 1));
  });

  it.each(names)('%s has under 60 lines and imports nothing of the project but nextbar', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThan(60);
    for (const [, from] of text.matchAll(/from '([^']+)'/g)) expect(from).toMatch(/^(?:nextbar(?:\/[a-z]+)?|node:.*)$/);
  });

  it.each(names)('%s runs and prints its result, twice the same', async (name) => {
    const args = ['--import', import.meta.resolve('tsx'), join(folder, name)];
    const [first, second] = await Promise.all([runFile(process.execPath, args), runFile(process.execPath, args)]);
    expect(first.stderr).toBe('');
    expect(first.stdout).toMatch(/final value [\d.]+|became [\d.]+|:00 .* trades/);
    expect(second.stdout).toBe(first.stdout);
  });
});
