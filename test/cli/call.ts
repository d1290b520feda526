/** Runs a command line in this process, through the dispatcher. */
import { dispatch } from '../../src/cli/shell/dispatch.ts';
import { systemRuntime } from '../../src/core/index.ts';

export interface Called {
  readonly code: number;
  readonly text: string;
  readonly errors: string;
}

/** The exit code of `nextbar ...args`, its stdout and its stderr. */
export function call(...args: readonly string[]): Promise<Called> {
  return callWith({}, ...args);
}

/** The same with variables of the environment. */
export async function callWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Called> {
  const said = { text: '', errors: '' };
  const code = await dispatch(args, {
    stdout: { write: (piece) => (said.text += piece) },
    stderr: { write: (piece) => (said.errors += piece) },
    // Runs of tests are not kept in the registry of whoever runs them.
    env: { NEXTBAR_RUNS: 'off', ...env },
    runtime: systemRuntime,
    leaveInterrupts: async () => {},
    onBrokenOutput: () => {},
  });
  return { code, ...said };
}
