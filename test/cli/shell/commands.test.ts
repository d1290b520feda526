/** The command itself: help, version, names of commands, completion, the starter, interrupts. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { commands } from '../../../src/cli/shell/commands.ts';
import type { Command, CommandTable } from '../../../src/cli/shell/command.ts';
import { call } from '../call.ts';
import { nextbar, started } from '../nextbar.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-commands-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Every command, those of groups by both names. */
async function everyCommand(table: CommandTable = commands, group = ''): Promise<{ name: string; command: Command }[]> {
  const found: { name: string; command: Command }[] = [];
  for (const [word, entry] of Object.entries(table)) {
    const name = `${group} ${word}`.trim();
    if ('commands' in entry) found.push(...(await everyCommand(entry.commands, name)));
    else found.push({ name, command: await entry.load() });
  }
  return found;
}

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
    for (const { name, command } of await everyCommand()) {
      expect(command.name).toBe(name);
      const { operands, usage = '[options]' } = command;
      const { code, text } = await call(...name.split(' '), '--help');
      const first = ['Usage: nextbar', name, operands ?? [], usage].flat().join(' ').trim();
      expect([code, text]).toEqual([0, expect.stringContaining(first) as string]);
      for (const option of command.options) expect(text).toContain(`--${option.name}`);
    }
  });

  it('refuses an argument of a command that takes nothing but options, before it does anything', async () => {
    const refusing: string[] = [];
    for (const { name, command } of await everyCommand()) {
      if (command.operands !== undefined) continue;
      const { code, errors } = await call(...name.split(' '), 'BTC/USDT');
      expect([code, errors]).toEqual([2, `error: nextbar ${name} takes nothing but options, was given 'BTC/USDT'\n`]);
      expect((await call(...name.split(' '), 'BTC/USDT', '--help')).code).toBe(0);
      refusing.push(name);
    }
    for (const name of ['data clear', 'data download', 'dataset build', 'runs list', 'token rotate', 'venue']) {
      expect(refusing).toContain(name);
    }
  });

  it('has a section for each command in docs/cli.md, which names the options that its help names', async () => {
    const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
    const sections = new Map<string, string>();
    for (const text of page.split(/^## /m).slice(1)) {
      const [title = ''] = text.split('\n');
      for (const name of title.split(', ')) sections.set(name.replace('nextbar ', ''), text);
    }
    const shared = new Map<string, Set<string>>();
    for (const { name, command } of await everyCommand()) {
      const [room = ''] = name.split(' ');
      const text = sections.get(name) ?? sections.get(room);
      expect(text, `docs/cli.md has no section '## nextbar ${name}'`).toBeDefined();
      // `config show` takes the options of the commands that take a run file, which have sections of their own.
      const texts = name === 'config show' ? ['run', 'paper', 'trade'].map((one) => sections.get(one)!).join() : text;
      for (const option of command.options) expect(texts, name).toContain(`--${option.name}`);
      for (const option of [...command.options.map((one) => one.name), 'help']) {
        shared.set(text!, (shared.get(text!) ?? new Set()).add(option));
      }
    }
    for (const [text, known] of shared) {
      const named = [...text.matchAll(/`--([a-z][a-z-]*)/g)].map(([, name]) => name!);
      expect(named.filter((name) => !known.has(name)), text.slice(0, 40)).toEqual([]); // prettier-ignore
    }
  });
});

describe('nextbar completion', () => {
  /** What bash offers after `words`, the last of them unfinished. */
  async function offered(...words: readonly string[]): Promise<string[]> {
    const { text } = await call('completion', 'bash');
    const line = ['nextbar', ...words].map((word) => `'${word}'`).join(' ');
    const script = `${text}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _nextbar; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.trim().split('\n');
  }

  it('completes commands, the commands of a group, options and files in bash', async () => {
    expect(await offered('pap')).toEqual(['paper']);
    expect(await offered('data', 'd')).toEqual(['download']);
    expect(await offered('data', 'download', '--re')).toEqual(['--refresh', '--refresh-holes']);
    expect(await offered('run', 'x.ts', '--cs')).toEqual(['--csv']);
    writeFileSync(join(folder, 'complete-me.ts'), '');
    expect(await offered('run', 'complete-')).toEqual(['complete-me.ts']);
    expect(await offered('run', '--csv', 'complete-')).toEqual(['complete-me.ts']);
    // No file can follow a group or a choice.
    expect(await offered('data', 'complete-')).toEqual(['']);
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish', '--help']);
  });

  it('names every command and option in zsh and fish, and refuses other shells', async () => {
    for (const shell of ['zsh', 'fish']) {
      const { text } = await call('completion', shell);
      for (const { name, command } of await everyCommand()) {
        expect(text).toContain(name.split(' ').at(-1));
        for (const option of command.options) expect(text).toContain(option.name);
      }
      const found = spawnSync(shell, ['-n'], { input: text, encoding: 'utf8' });
      if (found.error === undefined) expect([shell, found.status, found.stderr]).toEqual([shell, 0, '']);
    }
    expect((await call('completion', 'cmd')).errors).toBe('error: there is no completion for cmd: choose bash, zsh, fish\n'); // prettier-ignore
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

  it('is not lost that comes just before the run begins', async () => {
    writeFileSync(
      join(folder, 'late.mjs'),
      `import { Strategy } from 'nextbar';
export class Late extends Strategy {
  static get params() { process.kill(process.pid, 'SIGINT'); return {}; }
}
`,
    );
    const { code, stdout } = await nextbar(['run', 'late.mjs', '--synthetic'], folder);
    expect([code, stdout]).toEqual([130, '']);
  });
});
