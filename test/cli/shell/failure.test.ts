/** Errors at the terminal: one sentence, and a stack only where the fault may be of this package. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { reportFailure } from '../../../src/cli/shell/failure.ts';
import { systemRuntime } from '../../../src/core/index.ts';
import { temporaryFolder } from '../../venue/local.ts';

/** What is written about an error. */
function reported(error: unknown): string {
  let text = '';
  reportFailure(error, {
    stdout: { write: () => undefined },
    stderr: { write: (piece) => (text += piece) },
    env: {},
    runtime: systemRuntime,
    leaveInterrupts: async () => {},
    onBrokenOutput: () => {},
  });
  return text;
}

it('an error of the system is its sentence, without the stack of the command', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  let seen: unknown;
  try {
    mkdirSync(join(file, 'reports'));
  } catch (error) {
    seen = error;
  }
  (seen as Error).stack = `Error: text\n    at mkdirSync (node:fs:1386:26)`;
  expect(reported(seen)).toBe(`error: ENOTDIR: not a directory, mkdir '${join(file, 'reports')}'\n`);
});

it('an error that nobody expected has its stack', () => {
  const error = new RangeError('too far');
  error.stack = 'RangeError: too far\n    at somewhere (node:fs:1:1)';
  expect(reported(error)).toBe('error: RangeError: too far\n    at somewhere (node:fs:1:1)\n');
});
