/** What ends a live run from outside: its signal, or without one an interrupt from the keyboard. */
import { systemRuntime, type Runtime } from '../../core/index.ts';

/** Calls `stop` with the reason when a run is to end. Gives what takes that back; a second interrupt ends the process as ever. */
export function endOn(signal: AbortSignal | undefined, runtime: Runtime, stop: (reason: string) => void): () => void {
  if (signal !== undefined) {
    const aborted = (): void => {
      stop('it was told to end');
    };
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted);
    return () => {
      signal.removeEventListener('abort', aborted);
    };
  }
  if (runtime !== systemRuntime) return () => {};
  const interrupted = (): void => {
    stop('it was interrupted');
  };
  process.once('SIGINT', interrupted);
  return () => {
    process.removeListener('SIGINT', interrupted);
  };
}
