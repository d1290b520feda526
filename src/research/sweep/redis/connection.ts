/** Redis and BullMQ, loaded when they are first used, and the names under which a sweep lies there. */
import type { Redis } from 'ioredis';

import { ConfigError, messageOf, systemRuntime } from '../../../core/index.ts';

/** The queue of chunks. */
export const queueName = 'nextbar-sweep';
/** How long a worker may be silent before its chunk is given to another, in milliseconds. */
export const lockMs = 6_000;
/** How often chunks of silent workers are looked for, in milliseconds. */
export const stalledMs = 2_000;
/** How long a worker keeps a chunk that it cannot do, so that others have the rest of them meanwhile, in milliseconds. */
export const lackMs = 1_000;
/** After how many failures in a row a worker is one that cannot do the job. */
export const lackTries = 3;
/** How long a Redis may take for its first answer, in milliseconds. */
const answerMs = 10_000;
/** How often a Redis is asked whether it still answers, in milliseconds: one that hangs closes no connection. */
const pulseMs = 2_500;
/** How long Redis may refuse commands before that ends a worker or a sweep, in milliseconds: some refusals pass. */
const refusedMs = 5_000;
/** How long a worker or a sweep that ends waits for Redis to take back its chunks, in milliseconds. */
export const closingMs = 1_000;
/** How long jobs and bars stay in Redis after their last use, in seconds. */
export const keptSeconds = 86_400;

/** Where the job of a hash lies. */
export function jobPlace(hash: string): string {
  return `${queueName}:job:${hash}`;
}

/** Where the bundle or the segment of a hash lies. */
export function contentPlace(hash: string): string {
  return `${queueName}:content:${hash}`;
}

/** Where workers write what they cannot do of the job of a hash. */
export function lackPlace(hash: string): string {
  return `${queueName}:lack:${hash}`;
}

/** An optional package. @throws {ConfigError} With one sentence where it is not installed. */
export async function peer<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new ConfigError(`sweeps over Redis need the package ${name}: install it with 'npm install ${name}'`, {
      code: 'missing-package',
      context: { name },
      cause,
    });
  }
}

/** An address that can be shown: without its password. */
export function shownAddress(url: string): string {
  try {
    const address = new URL(url);
    address.username = address.password = '';
    return address.href;
  } catch {
    return 'the address';
  }
}

/**
 * A connection that waits out a restart of Redis.
 *
 * @param signal - Once it is aborted, nothing is waited for: neither the first answer nor a Redis that goes away.
 * @param onAway - Called with true when Redis goes away later or no longer answers, and with false when it is back. Default: nothing is called.
 * @throws {ConfigError} If Redis does not answer at first or refuses the connection.
 */
export async function connect(url: string, signal?: AbortSignal, onAway?: (isAway: boolean) => void): Promise<Redis> {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    const seen = URL.canParse(url) ? `, was '${shownAddress(url)}'` : ', and this one cannot be read';
    throw new ConfigError(`the address of Redis must be one such as redis://HOST:6379, or with rediss://${seen}`, { context: { field: 'redis' } }); // prettier-ignore
  }
  const { Redis: Client } = await peer('ioredis', () => import('ioredis'));
  let isOpen = false;
  let failure: unknown;
  const redis = new Client(url, {
    maxRetriesPerRequest: null,
    lazyConnect: true,
    disconnectTimeout: closingMs / 2,
    retryStrategy: (tries) => (signal?.aborted === true || !isOpen ? null : Math.min(tries * 200, 2_000)),
  });
  redis.on('error', (error) => (failure = error));
  let isAway = false;
  const tell = (isNow: boolean): void => {
    if (isOpen && isAway !== isNow) onAway?.((isAway = isNow));
  };
  // A connection that we close ourselves emits neither event.
  redis.on('reconnecting', () => {
    tell(true);
  });
  redis.on('ready', () => {
    tell(false);
  });
  try {
    isOpen = await inTime(redis.connect(), answerMs, signal);
  } catch (cause) {
    failure ??= cause;
  }
  if (isOpen) {
    let unanswered = 0;
    const pulse = systemRuntime.every(pulseMs, () => {
      if (redis.status !== 'ready') return;
      // A process that was stopped itself finds one answer missing that has come, and it reads that next.
      if (unanswered++ > 1) tell(true);
      if (unanswered > 1) return;
      const answered = (): void => void (unanswered = 0);
      redis.ping().then(() => {
        answered();
        tell(false);
      }, answered);
    });
    redis.once('end', () => {
      pulse.cancel();
    });
    return redis;
  }
  redis.disconnect();
  throw unanswered(url, failure);
}

/** Why a connection was not opened. */
function unanswered(url: string, cause: unknown): ConfigError {
  const shown = shownAddress(url);
  if (isRefusal(cause)) return refusal(url, cause);
  const reason = cause === undefined ? `nothing came within ${answerMs / 1_000} s; it may still be loading its data` : messageOf(cause); // prettier-ignore
  return new ConfigError(`no Redis answers at ${shown}: ${reason}`, { code: 'no-redis', cause });
}

/** Whether what is waited for came before the time was over and the signal aborted. A failure that comes later is nobody's. */
export async function inTime(asked: Promise<unknown>, ms: number, signal?: AbortSignal): Promise<boolean> {
  let late = (): void => {};
  const isLate = new Promise<boolean>((resolve) => (late = () => resolve(false)));
  const timer = Number.isFinite(ms) ? systemRuntime.after(ms, () => late()) : undefined;
  if (signal?.aborted === true) late();
  signal?.addEventListener('abort', late, { once: true });
  try {
    return await Promise.race([asked.then(() => true), isLate]);
  } finally {
    timer?.cancel();
    signal?.removeEventListener('abort', late);
  }
}

/** Whether an error is Redis saying no, and will say so again: it has no memory, another password, or is a replica. One that is loading will have done so. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && !/^(LOADING|BUSY|TRYAGAIN)/.test(error.message);
}

/** The sentence of a refusal; what is none stays as it is. */
export function refused(url: string, cause: unknown): unknown {
  return isRefusal(cause) ? refusal(url, cause) : cause;
}

function refusal(url: string, cause: unknown): ConfigError {
  return new ConfigError(`the Redis at ${shownAddress(url)} refuses commands: ${messageOf(cause)}`, { code: 'redis-refused', cause }); // prettier-ignore
}

/** What goes on where Redis takes no commands ends with a sentence once it has refused them for some seconds. */
export class Refusals {
  readonly #url: string;
  readonly #end: (error: ConfigError) => void;
  #first = -Infinity;
  #last = -Infinity;

  /** @param end - Called with the sentence. */
  constructor(url: string, end: (error: ConfigError) => void) {
    this.#url = url;
    this.#end = end;
  }

  /** Takes an error of any kind. */
  note(error: unknown): void {
    if (!isRefusal(error)) return;
    const now = systemRuntime.elapsed();
    // Workers ask every five seconds, or more often.
    if (now - this.#last > 2 * refusedMs) this.#first = now;
    this.#last = now;
    if (now - this.#first >= refusedMs) this.#end(refusal(this.#url, error));
  }
}

/** The operator's key, long enough to be one. @throws {ConfigError} If it is not. */
export function checkedKey(key: string): string {
  const text = key.trim();
  if (text.length < 16)
    throw new ConfigError('the key of the operator must have at least 16 characters', { context: { field: 'key' } });
  return text;
}
