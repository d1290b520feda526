/** The log of `nextbar stream`: one JSON object a line, by pino, in a file or on stderr. */
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

import {
  makeFolders,
  ConfigError,
  messageOf,
  type StreamGap,
  type StreamRefusal,
  type StreamStatus,
} from '../../core/index.ts';

/** Levels, from the one that says most. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** Parts of the program whose lines have a level of their own. */
export const logRooms = ['connectors', 'accounts', 'sinks', 'proxies'] as const;

export type LogLevel = (typeof logLevels)[number];
export type LogRoom = (typeof logRooms)[number];

/** Where it goes, and from which level on. */
export interface LogOptions {
  readonly level: LogLevel;
  /** Levels of rooms that differ. */
  readonly rooms?: { readonly [R in LogRoom]?: LogLevel | undefined } | undefined;
  readonly file?: string | undefined;
}

/** An open log. Messages of nextbar's errors hold no secrets, so the log holds none. */
export interface StreamLog {
  /** Logs a change of a stream's state: `info` for a good state, `warn` for a bad one. */
  status(status: StreamStatus): void;
  /** Data are missing: `warn`. */
  gap(gap: StreamGap): void;
  /** An event with an impossible value was left out: `debug`. */
  refused(refusal: StreamRefusal): void;
  /** Logs an expected event. */
  info(room: LogRoom, facts: Readonly<Record<string, unknown>>, message: string): void;
  /** Logs a fault that was repaired or will be retried. */
  warn(room: LogRoom, facts: Readonly<Record<string, unknown>>, message: string): void;
  /** Writes what is left. */
  close(): void;
}

export async function openLog({ level, rooms = {}, file }: LogOptions): Promise<StreamLog> {
  const { default: pino } = await import('pino');
  const opened = (): ReturnType<typeof pino.destination> => {
    if (file === undefined) return pino.destination({ dest: 2, sync: true });
    try {
      makeFolders(dirname(file));
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
  const logs = Object.fromEntries(
    logRooms.map((room) => [room, log.child({ room }, { level: rooms[room] ?? level })]),
  ) as Record<LogRoom, typeof log>;
  return {
    status: ({ exchange, symbol, channel, state, reason }) => {
      const facts = { exchange, symbol, channel, state };
      if (state === 'live' || state === 'connecting') logs.connectors.info(facts, reason);
      else logs.connectors.warn(facts, reason);
    },
    gap: ({ exchange, symbol, channel, from, to, reason }) => {
      logs.connectors.warn({ exchange, symbol, channel, from, to }, `lost: ${reason}`);
    },
    refused: ({ exchange, symbol, channel, detail }) => {
      logs.connectors.debug({ exchange, symbol, channel }, `refused: ${detail}`);
    },
    info: (room, facts, message) => {
      logs[room].info(facts, message);
    },
    warn: (room, facts, message) => {
      logs[room].warn(facts, message);
    },
    close: () => {
      target.flushSync();
    },
  };
}
