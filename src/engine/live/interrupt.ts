/** What ends a live run from outside: its signal, or without one the signals and faults of the process. */
import { systemRuntime, type Runtime } from '../../core/index.ts';

/** The shell's number for a process that Ctrl-C ended. */
const interruptedCode = 130;

/** How a run is ended. */
export interface RunEnd {
  /** Ends the run with its result. */
  stop(reason: string): void;
  /** Ends the run with an error, as orderly. */
  fail(error: unknown): void;
}

/** Signals of the process that end a run, and what they mean. */
const endSignals = {
  SIGINT: 'it was interrupted',
  SIGTERM: 'it was terminated',
  SIGHUP: 'its terminal was closed',
} as const;

/**
 * Ends a run when its signal is aborted, or without one when the process is interrupted or meets an error that nothing catches.
 *
 * @returns A function that removes the handlers. A second Ctrl-C kills the process as usual.
 */
export function endOn(signal: AbortSignal | undefined, runtime: Runtime, end: RunEnd): () => void {
  if (signal !== undefined) {
    const aborted = (): void => {
      const reason: unknown = signal.reason;
      if (reason instanceof Error && !(reason instanceof DOMException)) end.fail(reason);
      else end.stop(typeof reason === 'string' ? reason : 'it was told to end');
    };
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted);
    return () => {
      signal.removeEventListener('abort', aborted);
    };
  }
  if (runtime !== systemRuntime) return () => {};
  let isEnding = false;
  const release = onProcessEnd({
    stop: (reason) => {
      if (isEnding) process.exit(interruptedCode);
      isEnding = true;
      end.stop(reason);
    },
    fail: end.fail.bind(end),
  });
  return release;
}

/** Calls `stop` at each SIGINT, SIGTERM and SIGHUP, and `fail` at an error that nothing catches. @returns A function that removes the handlers. */
export function onProcessEnd(end: RunEnd): () => void {
  const handlers = Object.entries(endSignals).map(([name, reason]) => {
    const handler = (): void => {
      end.stop(reason);
    };
    process.on(name as keyof typeof endSignals, handler);
    return [name, handler] as const;
  });
  const failed = (error: unknown): void => {
    end.fail(error);
  };
  process.on('uncaughtException', failed);
  process.on('unhandledRejection', failed);
  return () => {
    for (const [name, handler] of handlers) process.removeListener(name, handler);
    process.removeListener('uncaughtException', failed);
    process.removeListener('unhandledRejection', failed);
  };
}
