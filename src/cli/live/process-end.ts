/**
 * Ends a live session from outside: the first signal asks for an orderly end, a second one kills the process, and a fault fails the
 * session.
 */
import { SessionError, type Runtime } from '../../core/index.ts';
import { onProcessEnd } from '../../engine/index.ts';
import type { CommandContext } from '../shell/command.ts';

/** The shell's number for a process that Ctrl-C ended. */
const interrupted = 130;

/** What ends a session from outside. */
export class ProcessEnd {
  /** Exit code of a session that ended with its result: 1 when its terminal was closed. */
  exitCode = 0;
  readonly #abort = new AbortController();
  readonly #context: CommandContext;
  #release: () => void = () => {};

  /** Takes Ctrl-C from the command line over. */
  static async take(context: CommandContext): Promise<ProcessEnd> {
    await context.leaveInterrupts();
    return new ProcessEnd(context);
  }

  private constructor(context: CommandContext) {
    this.#context = context;
    context.onBrokenOutput((error) => {
      // A closed pipe or terminal ends the session; a full disk fails it.
      if (error.code === 'EPIPE' || error.code === 'EIO') this.#stop('its output was closed');
      else
        this.#fail(
          new SessionError(`the output cannot be written: ${error.message}`, { code: 'output', cause: error }),
        );
    });
    this.listen();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Listens to the process, again when the watchdog has removed the handlers of signals. */
  listen(): void {
    // The new handlers come first: while nobody listens, Node drops a waiting signal.
    const release = this.#release;
    this.#release = onProcessEnd({
      stop: (reason) => {
        this.#stop(reason);
      },
      fail: (error) => {
        this.#fail(error);
      },
    });
    release();
  }

  release(): void {
    this.#release();
  }

  #stop(reason: string): void {
    if (reason.includes('terminal')) this.exitCode = 1;
    if (this.#abort.signal.aborted) {
      if (reason.includes('output')) return;
      process.exit(interrupted);
    }
    // Ctrl-C is recorded without a reason: the user ended the session.
    this.#abort.abort(/terminal|output/.test(reason) ? reason : undefined);
    try {
      this.#context.stderr.write('\nending: once more to stop at once\n');
    } catch {
      // The terminal is gone.
    }
  }

  #fail(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(error instanceof Error ? error : new Error(`thrown: ${String(error)}`));
  }
}

/** Resolves after `forMs` milliseconds, where given, or when the user ends the command. Rejects with the fault that ended it. */
export function endOf(runtime: Runtime, forMs: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = forMs === undefined ? undefined : runtime.after(forMs, resolve);
    const stop = (): void => {
      timer?.cancel();
      const reason: unknown = signal.reason;
      if (reason instanceof Error && reason.name !== 'AbortError') reject(reason);
      else resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
