/** Runs the built nextbar command, in a process of its own. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { onTestFinished, TestRunner } from 'vitest';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs, what it has said so far, and what it comes to. */
export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly said: { stdout: string; stderr: string };
  readonly ended: Promise<Outcome>;
}

/**
 * Starts the command line `nextbar ...args` in `cwd`; with `through`, a shell line that ends by running its arguments. It does
 * not outlive the test that starts it: a session that a failed test left running would hold the account of the next.
 */
export function started(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
  through?: string,
): Running {
  const line = [process.execPath, main, ...args];
  const [program = '', ...rest] = through === undefined ? line : ['bash', '-c', through, 'bash', ...line];
  const child = spawn(program, rest, {
    cwd,
    // Runs are kept only in tests that ask for it.
    env: { ...process.env, NEXTBAR_RUNS: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, ...said });
    });
  });
  return { child, said, ended };
}

/** What the command line `nextbar ...args` comes to in `cwd`. */
export function nextbar(args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<Outcome> {
  return started(args, cwd, env).ended;
}
