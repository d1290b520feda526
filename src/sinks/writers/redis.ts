/** Events in a Redis stream: one entry each, with its key, in a stream of bounded length. */
import type { Redis } from 'ioredis';

import { ConnectorError, messageOf } from '../../core/index.ts';
import type { BatchWriter } from '../batching-sink.ts';
import type { KeyedEvent } from '../key.ts';
import { peer, withoutSecrets } from './peers.ts';

/** Adds an entry unless its key was added before: the keys of the newest entries are kept in a set beside the stream. */
const addOnce = `
local added = 0
for i = 1, #ARGV - 2, 2 do
  if redis.call('SADD', KEYS[2], ARGV[i + 2]) == 1 then
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'key', ARGV[i + 2], 'event', ARGV[i + 3])
    added = added + 1
  end
end
redis.call('EXPIRE', KEYS[2], ARGV[2])
return added`;

/** How long Redis remembers the keys of its entries, in seconds. */
const rememberedS = 86_400;

/** Writes batches in one round trip; entries that were written before are left out by their keys. */
export class RedisWriter implements BatchWriter {
  readonly name: string;
  readonly #redis: Redis;
  readonly #stream: string;
  readonly #maxLength: number;
  /** Why the connection was lost or refused. */
  #reason = '';

  private constructor(name: string, redis: Redis, stream: string, maxLength: number) {
    this.name = name;
    this.#redis = redis;
    this.#stream = stream;
    this.#maxLength = maxLength;
    // The client reconnects by itself; writes meanwhile fail with this reason.
    redis.on('error', (error) => {
      this.#reason = `: ${messageOf(error)}`;
    });
  }

  /** @param address - `redis://host:port/db`; @param stream - Name of the stream; @param maxLength - About how many entries are kept. */
  static async open(address: string, stream: string, maxLength: number): Promise<RedisWriter> {
    const { Redis: Client } = await peer('ioredis', () => import('ioredis'));
    const redis = new Client(address, { maxRetriesPerRequest: 0, enableOfflineQueue: false, lazyConnect: true, retryStrategy: (n) => Math.min(n * 100, 2_000) }); // prettier-ignore
    const writer = new RedisWriter(`${withoutSecrets(address)} stream ${stream}`, redis, stream, maxLength);
    await redis.connect().catch(() => undefined);
    return writer;
  }

  async write(batch: readonly KeyedEvent[]): Promise<void> {
    if (this.#redis.status !== 'ready') throw new ConnectorError(`Redis is not connected (${this.#redis.status})${this.#reason}`); // prettier-ignore
    const values = batch.flatMap(({ key, json }) => [key, json]);
    try {
      await this.#redis.eval(addOnce, 2, this.#stream, `${this.#stream}:keys`, this.#maxLength, rememberedS, ...values);
    } catch (cause) {
      throw new ConnectorError(messageOf(cause), { cause });
    }
  }

  close(): void {
    this.#redis.disconnect();
  }
}
