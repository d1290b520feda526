/** Redis and BullMQ, loaded when they are first used, and the names under which a sweep lies there. */
import type { Redis } from 'ioredis';

import { ConfigError } from '../../../core/index.ts';

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
 * @param signal - Once it is aborted, a Redis that goes away is not waited for: what was asked of it fails.
 * @throws {ConfigError} If nothing answers at first.
 */
export async function connect(url: string, signal?: AbortSignal): Promise<Redis> {
  if (!/^rediss?:\/\//.test(url))
    throw new ConfigError(`the address of Redis must begin with redis:// or rediss://, was '${shownAddress(url)}'`, { context: { field: 'redis' } }); // prettier-ignore
  const { Redis: Client } = await peer('ioredis', () => import('ioredis'));
  let isOpen = false;
  const redis = new Client(url, {
    maxRetriesPerRequest: null,
    lazyConnect: true,
    retryStrategy: (tries) =>
      signal?.aborted === true || (!isOpen && tries > 3) ? null : Math.min(tries * 200, 2_000),
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
  } catch (cause) {
    redis.disconnect();
    throw new ConfigError(`no Redis answers at ${shownAddress(url)}`, { code: 'no-redis', cause });
  }
  isOpen = true;
  return redis;
}

/** The operator's key, long enough to be one. @throws {ConfigError} If it is not. */
export function checkedKey(key: string): string {
  const text = key.trim();
  if (text.length < 16)
    throw new ConfigError('the key of the operator must have at least 16 characters', { context: { field: 'key' } });
  return text;
}
