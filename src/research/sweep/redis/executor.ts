/** Runs trials on workers of other processes and machines: chunks in a BullMQ queue, each done once whatever is killed. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

import { checkNames, ConfigError, packageVersion, systemRuntime, type Timer } from '../../../core/index.ts';
import type { Chunk, ChunkOutcome } from '../chunk.ts';
import type { Executor, SweepJob, Workers } from '../executor.ts';
import { arithmetic } from './arithmetic.ts';
import { checkedKey, closingMs, connect, contentPlace, inTime, jobPlace, keptSeconds, lackPlace, lackTries, peer, queueName, refused, Refusals } from './connection.ts'; // prettier-ignore
import { chunkKey, fromText, outcomeOf, sha256, sign, toSegment, toText, verified, type SentJob, type Signed } from './messages.ts'; // prettier-ignore
import { writeSegment } from './segments.ts';

/** Options of `redis`. */
export interface RedisOptions {
  /** The key that jobs, chunks and outcomes are signed with; a worker without it refuses. At least 16 characters. */
  readonly key: string;
  /**
   * The strategy's module as text, with everything but `nextbar` and Node's own modules bundled into it and `nextbar` imported by name. Default: the text of
   * the module that `optimize` is given, which is enough where it imports nothing else.
   */
  readonly bundle?: string;
  /**
   * Folder that bars are written to, as Arrow segments named by their SHA-256, for workers that read them there or over HTTP. Default: they are sent
   * through Redis, which holds them in memory.
   */
  readonly segments?: string;
  /** Trials of a chunk. Default 16: what a killed worker loses. */
  readonly chunk?: number;
  /** Chunks that are asked for at a time. Default 32. */
  readonly width?: number;
  /** Called when no worker with the key has been there for some seconds, each time anew. Default: nothing is called. */
  readonly onIdle?: () => void;
  /**
   * Called with how many milliseconds nothing has come back while workers are there, and how many those are: after ten seconds, then after twenty,
   * forty and so on. Default: nothing is called.
   */
  readonly onQuiet?: (silentMs: number, workers: number) => void;
  /** Called with true when Redis goes away, which the sweep waits out, and with false when it is back. Default: nothing is called. */
  readonly onAway?: (isAway: boolean) => void;
}

const optionNames: readonly (keyof RedisOptions)[] = [
  'key',
  'bundle',
  'segments',
  'chunk',
  'width',
  'onIdle',
  'onQuiet',
  'onAway',
];

/** How long no worker may be there before that is told, in milliseconds: those of a Redis that restarted come back one by one. */
const idleMs = 4_000;
/** How long nothing may come back before that is told, in milliseconds; each time twice as long. */
const quietMs = 10_000;
/** How often chunks that should have come back are asked after, in milliseconds. */
const askMs = 1_000;

/**
 * Runs trials on the workers that `nextbar worker` starts. A chunk has a key of its own, so that it counts once however often it is asked for; the chunk of a worker
 * that died is done by another; a Redis that restarts, even empty, is given again what is missing.
 *
 * @param url - Such as `redis://10.0.0.5:6379`, with a password where Redis has one.
 */
export function redis(url: string, options: RedisOptions): Executor {
  checkNames('option of redis', options, optionNames);
  const { key, chunk = 16, width = 32 } = options;
  const secret = checkedKey(key);
  for (const [name, value] of Object.entries({ chunk, width })) {
    if (!(Number.isInteger(value) && value >= 1 && value <= 10_000))
      throw new ConfigError(`${name} must be a whole number from 1 to 10000, was ${value}`, { context: { field: name } }); // prettier-ignore
  }
  return {
    name: 'redis',
    async open(job, signal) {
      const sent = await sentJob(job, options);
      const client = await connect(url, signal, options.onAway);
      const { Queue: Queues } = await peer('bullmq', () => import('bullmq'));
      const queue = new Queues(queueName, { connection: client });
      queue.on('error', () => undefined);
      const workers = new RedisWorkers(url, client, queue, secret, sent, { ...options, width, chunk });
      try {
        await inTime(workers.publish(), Infinity, signal);
      } catch (error) {
        await workers.close();
        throw refused(url, error);
      }
      return workers;
    },
  };
}

/** A job and the contents that it names by hash. */
interface Published {
  readonly text: string;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

async function sentJob(sweep: SweepJob, options: RedisOptions): Promise<Published> {
  const { datas, module, computed: _computed, ...job } = await sweep.portable();
  const bundle = options.bundle ?? (await readFile(fileURLToPath(module), 'utf8'));
  const contents = new Map<string, Uint8Array>([[sha256(bundle), Buffer.from(bundle)]]);
  const named: SentJob['datas'][number][] = [];
  for (const { bars, ...data } of datas) {
    const bytes = await toSegment(bars);
    const segment = sha256(bytes);
    named.push({ ...data, segment });
    if (options.segments === undefined) contents.set(segment, bytes);
    else await writeSegment(options.segments, segment, bytes);
  }
  return {
    text: toText({
      version: packageVersion(),
      arithmetic: arithmetic(),
      job,
      datas: named,
      bundle: sha256(bundle),
    } satisfies SentJob),
    contents,
  };
}

interface Waiting {
  readonly chunk: Chunk;
  readonly resolve: (outcome: ChunkOutcome) => void;
  readonly reject: (error: Error) => void;
}

class RedisWorkers implements Workers {
  readonly isRemote = true;
  readonly width: number;
  readonly chunk: number;
  readonly #redis: Redis;
  readonly #queue: Queue;
  readonly #key: string;
  readonly #published: Published;
  readonly #hash: string;
  readonly #waiting = new Map<string, Waiting>();
  readonly #onIdle: RedisOptions['onIdle'];
  readonly #onQuiet: RedisOptions['onQuiet'];
  readonly #refusals: Refusals;
  readonly #timer: Timer;
  #isAsking = false;
  /** Since when no worker is there, by the runtime's elapsed time; undefined while one is, and once that was told `Infinity`. */
  #idleSince: number | undefined;
  /** How long nothing has come back, when that was looked at last, and when it is told next, in milliseconds. */
  readonly #quiet = { silent: 0, at: 0, told: quietMs };

  constructor(
    url: string,
    client: Redis,
    queue: Queue,
    key: string,
    published: Published,
    { width, chunk, onIdle, onQuiet }: RedisOptions & { readonly width: number; readonly chunk: number },
  ) {
    this.#redis = client;
    this.#queue = queue;
    this.#key = key;
    this.#published = published;
    this.#hash = sha256(published.text);
    this.width = width;
    this.chunk = chunk;
    this.#onIdle = onIdle;
    this.#onQuiet = onQuiet;
    this.#refusals = new Refusals(url, (error) => {
      this.#fail(error);
    });
    client.on('error', (error) => {
      this.#refusals.note(error);
    });
    this.#timer = systemRuntime.every(askMs / 4, () => {
      void this.#ask();
    });
  }

  /** Puts the job and its contents where workers look for them; what workers could not do before is no longer known. */
  async publish(): Promise<void> {
    await this.#redis.del(lackPlace(this.#hash));
    for (const [hash, bytes] of this.#published.contents)
      await this.#redis.set(contentPlace(hash), Buffer.from(bytes), 'EX', keptSeconds);
    await this.#redis.set(
      jobPlace(this.#hash),
      toText(sign(this.#key, 'job', this.#published.text)),
      'EX',
      keptSeconds,
    );
  }

  async run(chunk: Chunk): Promise<ChunkOutcome> {
    const id = chunkKey(this.#hash, chunk);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { chunk, resolve, reject });
      this.#add(id, chunk).catch((error: unknown) => {
        this.#refusals.note(error);
      });
    });
  }

  async close(): Promise<void> {
    this.#timer.cancel();
    // A Redis that is away, or hangs, would answer nothing.
    if (this.#redis.status === 'ready') await inTime(this.#takeBack(), closingMs);
    this.#redis.disconnect();
  }

  /** Takes back the chunks that are no longer wanted, of a sweep that was stopped. */
  async #takeBack(): Promise<void> {
    for (const id of this.#waiting.keys()) await this.#queue.remove(id).catch(() => 0);
    await this.#queue.close().catch(() => undefined);
  }

  async #add(id: string, chunk: Chunk): Promise<void> {
    const signed = sign(this.#key, 'chunk', toText({ job: this.#hash, id, chunk }));
    await this.#queue.add('chunk', signed, { jobId: id, removeOnFail: { age: keptSeconds }, removeOnComplete: { age: keptSeconds } }); // prettier-ignore
  }

  /** Asks after every chunk that has not come back: what is done is taken, what Redis has lost is added again. */
  async #ask(): Promise<void> {
    if (this.#isAsking || this.#redis.status !== 'ready' || this.#waiting.size === 0) return;
    this.#isAsking = true;
    try {
      const places = [jobPlace(this.#hash), ...[...this.#published.contents.keys()].map(contentPlace)];
      if ((await this.#redis.exists(...places)) < new Set(places).size) await this.publish();
      for (const [id, waiting] of [...this.#waiting]) {
        const job = await this.#queue.getJob(id);
        if (job === undefined) await this.#add(id, waiting.chunk);
        else if (await job.isCompleted()) await this.#take(id, waiting, job.returnvalue as Signed);
        else if (await job.isFailed()) {
          // No worker fails a chunk by itself: what it cannot do it hands back.
          await job.remove();
          await this.#add(id, waiting.chunk);
        }
      }
      await this.#lookForWorkers();
    } catch (error) {
      // Redis is away, or refuses: the next turn asks again.
      this.#refusals.note(error);
    } finally {
      this.#isAsking = false;
    }
  }

  /** Ends the sweep where every worker that is there says that it cannot do the job. Those with another key are none. */
  async #lookForWorkers(): Promise<void> {
    const [present, said] = [await this.#queue.getWorkers(), await this.#redis.hgetall(lackPlace(this.#hash))];
    const reasons: string[] = [];
    let able = 0;
    for (const { rawname = '' } of present as readonly { readonly rawname?: string }[]) {
      const name = rawname.slice(rawname.lastIndexOf(':w:') + 3);
      const lack = said[name];
      const text = lack === undefined ? undefined : verified(this.#key, `lack ${name}`, fromText<Signed>(lack));
      if (text === undefined) {
        if (lack === undefined) able++;
        continue;
      }
      const { tries, reason } = fromText<{ readonly tries: number; readonly reason: string }>(text);
      if (tries < lackTries) able++;
      else reasons.push(reason);
    }
    if (able > 0 || reasons.length > 0) this.#idleSince = undefined;
    if (able > 0) {
      this.#noteQuiet(able);
      return;
    }
    if (reasons.length === 0) {
      const now = systemRuntime.elapsed();
      this.#idleSince ??= now;
      if (now - this.#idleSince < idleMs) return;
      this.#idleSince = Infinity;
      this.#onIdle?.();
      return;
    }
    const [first] = reasons;
    const others = reasons.length === 1 ? 'the only worker' : `each of ${reasons.length} workers`;
    const same = reasons.every((one) => one === first) ? '' : ', or the like';
    this.#fail(new ConfigError(`${others} cannot run the sweep: ${first}${same}`, { code: 'worker-failed' }));
  }

  #noteQuiet(workers: number): void {
    const quiet = this.#quiet;
    const now = systemRuntime.elapsed();
    // Of the time in which Redis was away, or this process was stopped, nothing is known.
    quiet.silent += Math.min(now - quiet.at, askMs);
    quiet.at = now;
    if (quiet.silent < quiet.told) return;
    this.#onQuiet?.(quiet.silent, workers);
    quiet.told *= 2;
  }

  /** Ends the sweep. What was asked for is taken back when it closes. */
  #fail(error: ConfigError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
  }

  async #take(id: string, { resolve, chunk }: Waiting, signed: Signed): Promise<void> {
    const text = verified(this.#key, `outcome ${id}`, signed);
    if (text === undefined) {
      // An outcome that the key does not vouch for is none: the chunk is done again.
      await this.#queue.remove(id);
      await this.#add(id, chunk);
      return;
    }
    this.#waiting.delete(id);
    this.#quiet.silent = 0;
    resolve(outcomeOf(text));
    await this.#queue.remove(id);
  }
}
