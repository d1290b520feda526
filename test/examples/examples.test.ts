/** Every example runs offline, says something, and stays short enough to be read at once. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
const runFile = promisify(execFile);
/** Printed between two examples that run in one process. */
const end = '== end of an example ==';

describe('the examples', () => {
  it('are numbered without a gap', () => {
    expect(names.map((name) => Number(name.slice(0, 2)))).toEqual(names.map((_, i) => i + 1));
  });

  it.each(names)('%s has under 60 lines and imports nothing of the project but nextbar', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThan(60);
    for (const [, from] of text.matchAll(/from '([^']+)'/g)) expect(from).toMatch(/^(?:nextbar(?:\/[a-z]+)?|node:.*)$/);
  });

  /** What each prints when all run one after the other in one process: nothing of one is left for the next. */
  const together = async (): Promise<string[]> => {
    const urls = names.map((name) => pathToFileURL(join(folder, name)).href);
    const program = `for (const url of ${JSON.stringify(urls)}) { await import(url); console.log('${end}'); }`;
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program];
    const { stdout } = await runFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 });
    return stdout.split(`${end}\n`);
  };
  let printed: Promise<string[]> | undefined;

  it.each(names)('%s runs and prints its result, the same alone and after the others', async (name) => {
    printed ??= together();
    const args = ['--import', import.meta.resolve('tsx'), join(folder, name)];
    const { stdout, stderr } = await runFile(process.execPath, args);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /final value [\d.]+|became [\d.]+|:00 .* trades|Sharpe ratio -?[\d.]+|correlation of the results: [\d.]+|together -?[\d.]+ %/,
    );
    expect((await printed)[names.indexOf(name)]).toBe(stdout);
  });
});
