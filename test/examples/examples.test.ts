/** Every example runs offline, says something, and stays short enough to be read at once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { runPrograms, type Printed } from '../house/programs.ts';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));

describe('the examples', () => {
  it('are numbered without a gap', () => {
    expect(names.map((name) => Number(name.slice(0, 2)))).toEqual(names.map((_, i) => i + 1));
  });

  it.each(names)('%s has under 60 lines and imports nothing of the project but nextbar', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThan(60);
    for (const [, from] of text.matchAll(/from '([^']+)'/g)) expect(from).toMatch(/^(?:nextbar(?:\/[a-z]+)?|node:.*)$/);
  });

  const forward = names.map((name) => join(folder, name));
  let printed: Promise<readonly (readonly Printed[])[]> | undefined;

  it.each(names)('%s runs and prints its result, the same whatever ran before it in the process', async (name) => {
    // In one process each runs behind those before it, in the other behind those after it.
    printed ??= Promise.all([runPrograms(forward, folder), runPrograms(forward.toReversed(), folder)]);
    const [first, second] = await printed;
    const at = names.indexOf(name);
    const { stdout, error } = first![at]!;
    expect(error).toBeUndefined();
    expect(stdout).toMatch(
      /final value [\d.]+|became [\d.]+|:00 .* trades|Sharpe ratio -?[\d.]+|correlation of the results: [\d.]+|together -?[\d.]+ %/,
    );
    expect(second!.at(-1 - at)!.stdout).toBe(stdout);
  });
});
