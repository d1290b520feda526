/** The command itself: help, version, names of commands, the starter, interrupts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { commands } from '../../../src/cli/shell/commands.ts';
import { nextbar, started } from '../nextbar.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-commands-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('nextbar', () => {
  it('shows its help, and every command in it', async () => {
    const { code, stdout } = await nextbar(['--help'], folder);
    expect(code).toBe(0);
    for (const [name, { about }] of Object.entries(commands)) expect(stdout).toMatch(new RegExp(`  ${name} +${about}`));
  });

  it('shows the version of the package', async () => {
    const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(text) as { readonly version: string };
    expect(await nextbar(['--version'], folder)).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it('answers a command it does not know with the nearest one, and nothing with its help', async () => {
    const unknown = await nextbar(['rnu'], folder);
    expect([unknown.code, unknown.stderr]).toEqual([2, "error: unknown command 'rnu': did you mean 'run'?\n"]);
    expect((await nextbar([], folder)).code).toBe(2);
  });

  it('has a module behind each command, which shows its own help', async () => {
    for (const [name, { load }] of Object.entries(commands)) {
      const command = await load();
      expect(command.name).toBe(name);
      expect(command.usage.startsWith(name)).toBe(true);
    }
    const { stdout } = await nextbar(['run', '--help'], folder);
    expect(stdout).toMatch(/Usage: nextbar run FILE/);
  });
});

describe('nextbar new', () => {
  it('writes a strategy that runs, and never over a file that is there', async () => {
    const written = await nextbar(['new', 'my-strategy'], folder);
    expect([written.code, written.stderr]).toEqual([0, '']);
    expect(readFileSync(join(folder, 'my-strategy.ts'), 'utf8')).toContain('class MyStrategy extends Strategy');
    const ran = await nextbar(['run', 'my-strategy.ts', '--synthetic', '--bars', '2000', '--json'], folder);
    expect(ran.stderr).toBe('');
    const { strategies } = JSON.parse(ran.stdout) as { strategies: { closedTrades: number }[] };
    expect(strategies[0]!.closedTrades).toBeGreaterThan(3);
    const again = await nextbar(['new', 'my-strategy'], folder);
    expect([again.code, again.stderr]).toEqual([2, 'error: my-strategy.ts is already there\n']);
  });

  it('writes plain JavaScript where the name says so', async () => {
    await nextbar(['new', 'plain.mjs'], folder);
    const ran = await nextbar(['run', 'plain.mjs', '--synthetic', '--bars', '500', '--quiet'], folder);
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('an interrupt', () => {
  it('ends a run with 130 while it loads, as a shell counts it', async () => {
    writeFileSync(
      join(folder, 'slow.mjs'),
      `import { Strategy } from 'nextbar';
process.stdout.write('ready');
await new Promise((resolve) => setTimeout(resolve, 20_000));
export class Slow extends Strategy {}
`,
    );
    const { child, ended } = started(['run', 'slow.mjs', '--synthetic'], folder);
    child.stdout.once('data', () => child.kill('SIGINT'));
    const { code } = await ended;
    expect(code).toBe(130);
  });
});
