/** Runs something until the process is asked to end: Ctrl-C, SIGTERM, or a closed output. */
import { onProcessEnd } from '../../engine/index.ts';
import type { CommandContext } from '../shell/command.ts';

/** The shell's number for a process that Ctrl-C ended. */
const interrupted = 130;

/** Runs `act` with a signal that is aborted by the first request to end; a second one ends the process. */
export async function untilEnd(context: CommandContext, act: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const abort = new AbortController();
  await context.leaveInterrupts();
  // Whoever read the output is gone: what is under way is put in order and ends with its own exit code.
  context.onBrokenOutput((error) => {
    if (error.code !== 'EPIPE') throw error;
    abort.abort();
  });
  const release = onProcessEnd({
    stop: () => {
      if (abort.signal.aborted) process.exit(interrupted);
      abort.abort();
    },
    fail: (error) => {
      throw error;
    },
  });
  try {
    await act(abort.signal);
  } finally {
    release();
  }
}
