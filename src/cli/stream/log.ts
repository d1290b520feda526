/** The log of `nextbar stream`: one JSON object a line, by pino, in a file or on stderr. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

import { ConfigError, messageOf, type StreamStatus } from '../../core/index.ts';

/** Where it goes, and from which level on. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly file?: string | undefined;
}

/** An open log. Messages of nextbar's errors carry no secrets, so that none can enter it. */
export interface StreamLog {
  /** A change of a stream's state: `info` while it is well, `warn` while it is not. */
  status(status: StreamStatus): void;
  /** Something went wrong and was mended, or will be tried again. */
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  /** Writes what is left. */
  close(): void;
}

export async function openLog({ level, file }: LogOptions): Promise<StreamLog> {
  const { default: pino } = await import('pino');
  const opened = (): ReturnType<typeof pino.destination> => {
    if (file === undefined) return pino.destination({ dest: 2, sync: true });
    try {
      mkdirSync(dirname(file), { recursive: true });
      // Opened here, so that a file that cannot be written is refused before a stream begins.
      closeSync(openSync(file, 'a'));
    } catch (cause) {
      throw new ConfigError(`the log ${file} cannot be written: ${messageOf(cause)}`, { context: { field: 'log.file' }, cause }); // prettier-ignore
    }
    return pino.destination({ dest: file, sync: true });
  };
  const target = opened();
  const log = pino(
    { level, base: { name: 'nextbar' }, redact: ['*.apiKey', '*.secret', '*.password', '*.signature'] },
    target,
  );
  return {
    status: ({ exchange, symbol, channel, state, reason }) => {
      const facts = { room: 'connectors', exchange, symbol, channel, state };
      if (state === 'live' || state === 'connecting') log.info(facts, reason);
      else log.warn(facts, reason);
    },
    warn: (facts, message) => {
      log.warn({ room: 'connectors', ...facts }, message);
    },
    close: () => {
      target.flushSync();
    },
  };
}
