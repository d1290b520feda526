/** A worker of sweeps over Redis: takes chunks, runs them in threads, and signs what they came to. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ConfigError, messageOf, packageVersion, systemRuntime } from '../../../core/index.ts';
import type { Chunk } from '../chunk.ts';
import type { Workers } from '../executor.ts';
import { sharedBars, type PortableJob } from '../portable.ts';
import { openThreads } from '../threads.ts';
import { arithmetic, difference } from './arithmetic.ts';
import { checkedKey, closingMs, connect, contentPlace, inTime, jobPlace, keptSeconds, lackMs, lackPlace, lockMs, peer, queueName, Refusals, stalledMs } from './connection.ts'; // prettier-ignore
import {
  fromSegment,
  fromText,
  outcomeText,
  sha256,
  sign,
  toText,
  verified,
  type SentJob,
  type Signed,
} from './messages.ts';
import { checkPlace, noSegment, readSegment } from './segments.ts';

/** Options of `runWorker`. */
export interface WorkerOptions {
  /** The operator's key: what is not signed with it is refused. */
  readonly key: string;
  /** How many threads run trials. Default 1. */
  readonly threads?: number;
  /** Where bars that are not in Redis lie: a folder, or the address of one served over HTTP. Default: nowhere. */
  readonly segments?: string;
  /** Ends the worker, which hands its chunks back. */
  readonly signal: AbortSignal;
  /** Called when it is ready, and after each chunk. */
  readonly onChunk?: (done: number) => void;
  /** Called with why the worker hands chunks back: what it will not run, or what it lacks. */
  readonly onRefusal?: (reason: string) => void;
  /** Called with true when Redis goes away, which the worker waits out, and with false when it is back. */
  readonly onAway?: (isAway: boolean) => void;
}

/** Jobs whose bars and threads are kept ready. */
const mostJobs = 2;

interface OpenJob {
  readonly hash: string;
  readonly workers: Promise<Workers>;
  running: number;
}

/**
 * Works on the chunks of sweeps until it is ended. The engine runs in threads of its own, so that the lock of a chunk is renewed however long a trial takes.
 *
 * @param url - Of the Redis that `optimize` uses.
 * @throws {ConfigError} If Redis does not answer at first, or refuses commands.
 */
export async function runWorker(url: string, options: WorkerOptions): Promise<void> {
  const key = checkedKey(options.key);
  const { signal, segments } = options;
  if (segments !== undefined) checkPlace(segments);
  const redis = await connect(url, signal, options.onAway).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  if (redis === undefined) return;
  const { Worker, DelayedError, UnrecoverableError, WaitingError } = await peer('bullmq', () => import('bullmq'));
  const folder = await strategyFolder();
  const open: OpenJob[] = [];
  const name = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  /** Failures in a row, by job. */
  const failures = new Map<string, number>();
  let done = 0;
  const jobFor = (hash: string): OpenJob => {
    const known = open.find((one) => one.hash === hash);
    if (known !== undefined) return known;
    while (open.length >= mostJobs) {
      const at = open.findIndex(({ running }) => running === 0);
      if (at < 0) break;
      const [old] = open.splice(at, 1);
      void old!.workers.then((workers) => workers.close()).catch(() => undefined);
    }
    const workers = openJob(hash);
    const made: OpenJob = { hash, workers, running: 0 };
    open.push(made);
    return made;
  };
  /** Threads that failed are opened again for the next chunk. */
  const drop = (job: OpenJob): void => {
    const at = open.indexOf(job);
    if (at < 0) return;
    open.splice(at, 1);
    void job.workers.then((workers) => workers.close()).catch(() => undefined);
  };
  /** Tells the sweep that this worker could not do a chunk; signed, where it has the key. */
  const lack = async (hash: string, reason: string): Promise<void> => {
    const tries = (failures.get(hash) ?? 0) + 1;
    failures.set(hash, tries);
    await redis.hset(lackPlace(hash), name, toText(sign(key, `lack ${name}`, toText({ tries, reason }))));
    await redis.expire(lackPlace(hash), keptSeconds);
  };
  const able = async (hash: string): Promise<void> => {
    if (failures.delete(hash)) await redis.hdel(lackPlace(hash), name);
  };
  const openJob = async (hash: string): Promise<Workers> => {
    const stored = await redis.get(jobPlace(hash));
    if (stored === null) throw new NotThere('the job of the chunk is no longer in Redis');
    const text = verified(key, 'job', fromText<Signed>(stored));
    if (text === undefined || sha256(text) !== hash) throw new Refusal('the job is not signed with the key of this worker'); // prettier-ignore
    const { version, arithmetic: wanted, job, datas, bundle } = fromText<SentJob>(text);
    if (version !== packageVersion()) throw new Refusal(`the sweep runs nextbar ${version}, and this worker ${packageVersion()}`); // prettier-ignore
    const other = difference(wanted, arithmetic());
    if (other !== undefined) throw new Refusal(other);
    const code = await redis.getBuffer(contentPlace(bundle));
    if (code === null) throw new NotThere('the source of the strategy is no longer in Redis');
    if (sha256(code) !== bundle) throw new Refusal('the source of the strategy is not the one that was signed');
    const module = join(folder, `${bundle}.mjs`);
    await writeFile(module, code);
    const held = await Promise.all(
      datas.map(async ({ segment, ...data }) => {
        const { bytes, from } = await content(segment);
        return { ...data, bars: sharedBars(await fromSegment(bytes, segment, from)) };
      }),
    );
    const portable: PortableJob = { ...job, datas: held, module: pathToFileURL(module).href, computed: [] };
    return openThreads(() => portable, options.threads ?? 1);
  };
  const content = async (hash: string): ReturnType<typeof readSegment> => {
    const inRedis = await redis.getBuffer(contentPlace(hash));
    if (inRedis !== null) return { bytes: inRedis, from: 'Redis' };
    if (segments === undefined) throw noSegment('the bars are not in Redis: give their folder or address with --segments'); // prettier-ignore
    return readSegment(segments, hash, signal);
  };
  const worker = new Worker(
    queueName,
    async (task, token) => {
      let of: string | undefined;
      let job: OpenJob | undefined;
      try {
        if (signal.aborted) throw new NotThere('the worker ends');
        const given = task.data as Signed;
        const text = verified(key, 'chunk', given);
        of = fromText<{ readonly job?: string }>(given.text).job;
        const asked = text === undefined ? undefined : fromText<{ readonly job: string; readonly id: string; readonly chunk: Chunk }>(text); // prettier-ignore
        if (asked === undefined || asked.id !== task.id) throw new Refusal('a chunk is not signed with the key of this worker'); // prettier-ignore
        job = jobFor(asked.job);
        job.running++;
        const outcome = await (await job.workers).run(asked.chunk);
        await able(asked.job);
        const signed = sign(key, `outcome ${asked.id}`, outcomeText(outcome));
        options.onChunk?.(++done);
        return signed;
      } catch (error) {
        if (job !== undefined) drop(job);
        if (signal.aborted) {
          await task.moveToWait(token);
          throw new WaitingError();
        }
        // Another worker may have what this one lacks, and the sweep puts back what Redis lost: the chunk waits for that.
        if (!(error instanceof NotThere)) {
          options.onRefusal?.(messageOf(error));
          if (of !== undefined) await lack(of, messageOf(error));
          await systemRuntime.sleep(lackMs);
        }
        // Nobody takes it back whose sweep was killed: it would be handed on for ever. A sweep that still wants it asks again.
        if (systemRuntime.now() - task.timestamp > keptSeconds * 1_000) throw new UnrecoverableError(messageOf(error));
        await task.moveToDelayed(systemRuntime.now() + lackMs / 4, token);
        throw new DelayedError();
      } finally {
        if (job !== undefined) job.running--;
      }
    },
    {
      connection: redis,
      // By it the sweep knows which of the workers that are there cannot do its job.
      name,
      concurrency: Math.max(1, options.threads ?? 1) + 1,
      lockDuration: lockMs,
      stalledInterval: stalledMs,
      // A chunk whose worker was killed is nobody's fault: it is handed on however often that happens.
      maxStalledCount: 1_000_000,
    },
  );
  const ended = new Promise<void>((end, fail) => {
    const refusals = new Refusals(url, fail);
    for (const source of [redis, worker])
      source.on('error', (error: Error) => {
        refusals.note(error);
      });
    signal.addEventListener('abort', () => end(), { once: true });
    if (signal.aborted) end();
  });
  try {
    const ready = worker.waitUntilReady().then(() => options.onChunk?.(0));
    await Promise.race([ready.then(() => ended), ended]);
  } finally {
    // Threads that end fail their chunks, which are handed back. A Redis that is away, or hangs, takes nothing: others do those chunks once their locks have ended.
    const closing = worker.close(redis.status !== 'ready');
    const threads = open.map(({ workers }) => workers.then((one) => one.close()).catch(() => undefined));
    await inTime(Promise.all([closing, ...threads]), closingMs);
    redis.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a worker will not run. */
class Refusal extends ConfigError {
  constructor(reason: string) {
    super(reason, { code: 'refused' });
  }
}

/** What the sweep will put into Redis again. */
class NotThere extends ConfigError {
  constructor(reason: string) {
    super(reason, { code: 'no-job' });
  }
}

/** A folder of modules that find `nextbar` in the copy that runs here, however they import it. */
export async function strategyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nextbar-worker-'));
  const own = dirname(createRequire(import.meta.url).resolve('nextbar/package.json'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(own, join(folder, 'node_modules', 'nextbar'), 'junction');
  return folder;
}
