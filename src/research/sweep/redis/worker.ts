/** A worker of sweeps over Redis: takes chunks, runs them in threads, and signs what they came to. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ConfigError, messageOf, packageVersion, systemRuntime } from '../../../core/index.ts';
import type { Chunk } from '../chunk.ts';
import type { Workers } from '../executor.ts';
import { sharedBars, type PortableJob } from '../portable.ts';
import { openThreads } from '../threads.ts';
import { checkedKey, connect, contentPlace, jobPlace, lockMs, peer, queueName, stalledMs } from './connection.ts';
import { fromSegment, fromText, outcomeText, sha256, sign, verified, type SentJob, type Signed } from './messages.ts';

/** Options of `runWorker`. */
export interface WorkerOptions {
  /** The operator's key: what is not signed with it is refused. */
  readonly key: string;
  /** How many threads run trials. Default 1. */
  readonly threads?: number;
  /** Where bars that are not in Redis lie: a folder, or the address of one served over HTTP. */
  readonly segments?: string;
  /** Makes a module's text importable here: binds its `nextbar` to the running copy. */
  readonly bind: (bundle: string) => string;
  /** Ends the worker, which finishes its chunks first. */
  readonly signal: AbortSignal;
  /** Called when it is ready, and after each chunk. */
  readonly onChunk?: (done: number) => void;
  /** Called with what the worker will not do, and why. */
  readonly onRefusal?: (reason: string) => void;
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
 */
export async function runWorker(url: string, options: WorkerOptions): Promise<void> {
  const key = checkedKey(options.key);
  const redis = await connect(url);
  const { Worker, DelayedError } = await peer('bullmq', () => import('bullmq'));
  const folder = await mkdtemp(join(tmpdir(), 'nextbar-worker-'));
  const open: OpenJob[] = [];
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
    workers.catch(() => {
      const at = open.indexOf(made);
      if (at >= 0) open.splice(at, 1);
    });
    return made;
  };
  const openJob = async (hash: string): Promise<Workers> => {
    const stored = await redis.get(jobPlace(hash));
    if (stored === null) throw new ConfigError('the job of the chunk is no longer in Redis', { code: 'no-job' });
    const text = verified(key, 'job', fromText<Signed>(stored));
    if (text === undefined || sha256(text) !== hash) throw new Refusal('the job is not signed with the key of this worker'); // prettier-ignore
    const { version, job, datas, bundle } = fromText<SentJob>(text);
    if (version !== packageVersion()) throw new Refusal(`the sweep runs nextbar ${version}, and this worker ${packageVersion()}`); // prettier-ignore
    const code = await content(bundle);
    if (sha256(code) !== bundle) throw new Refusal('the source of the strategy is not the one that was signed');
    const module = join(folder, `${bundle}.mjs`);
    await writeFile(module, options.bind(Buffer.from(code).toString('utf8')));
    const held = await Promise.all(
      datas.map(async ({ segment, ...data }) => ({
        ...data,
        bars: sharedBars(await fromSegment(await content(segment), segment, options.segments ?? 'Redis')),
      })),
    );
    const portable: PortableJob = { ...job, datas: held, module: pathToFileURL(module).href, computed: [] };
    return openThreads(() => portable, options.threads ?? 1);
  };
  const content = async (hash: string): Promise<Uint8Array> => {
    const inRedis = await redis.getBuffer(contentPlace(hash));
    if (inRedis !== null) return inRedis;
    const { segments } = options;
    if (segments === undefined)
      throw new ConfigError('the bars are not in Redis: give their folder or address with --segments', { code: 'no-segment' }); // prettier-ignore
    if (!/^https?:\/\//.test(segments)) return readFile(join(segments, `${hash}.arrow`));
    const answer = await fetch(`${segments.replace(/\/$/, '')}/${hash}.arrow`).catch((cause: unknown) => {
      throw new ConfigError(`the bars cannot be fetched from ${new URL(segments).host}: ${messageOf(cause)}`, { code: 'no-segment', cause }); // prettier-ignore
    });
    if (!answer.ok) throw new ConfigError(`${new URL(segments).host} answered ${answer.status} for segment ${hash.slice(0, 12)}`, { code: 'no-segment' }); // prettier-ignore
    return new Uint8Array(await answer.arrayBuffer());
  };
  const worker = new Worker(
    queueName,
    async (task, token) => {
      try {
        const text = verified(key, 'chunk', task.data as Signed);
        const asked = text === undefined ? undefined : fromText<{ readonly job: string; readonly id: string; readonly chunk: Chunk }>(text); // prettier-ignore
        if (asked === undefined || asked.id !== task.id) throw new Refusal('a chunk is not signed with the key of this worker'); // prettier-ignore
        const job = jobFor(asked.job);
        job.running++;
        try {
          const outcome = await (await job.workers).run(asked.chunk);
          const signed = sign(key, `outcome ${asked.id}`, outcomeText(outcome));
          options.onChunk?.(++done);
          return signed;
        } finally {
          job.running--;
        }
      } catch (error) {
        if (error instanceof ConfigError && !(error instanceof Refusal) && error.code !== 'no-job') throw error;
        // Another worker may have the key, and the sweep puts back what Redis lost: the chunk waits for that.
        if (error instanceof Refusal) options.onRefusal?.(messageOf(error));
        await task.moveToDelayed(systemRuntime.now() + 1_000, token);
        throw new DelayedError();
      }
    },
    {
      connection: redis,
      concurrency: Math.max(1, options.threads ?? 1) + 1,
      lockDuration: lockMs,
      stalledInterval: stalledMs,
      // A chunk whose worker was killed is nobody's fault: it is handed on however often that happens.
      maxStalledCount: 1_000_000,
    },
  );
  worker.on('error', () => undefined);
  await worker.waitUntilReady();
  options.onChunk?.(0);
  try {
    await new Promise<void>((end) => {
      if (options.signal.aborted) end();
      options.signal.addEventListener('abort', () => end(), { once: true });
    });
  } finally {
    // A Redis that is away takes no outcome: its chunks are done again.
    await worker.close(redis.status !== 'ready');
    for (const { workers } of open) await workers.then((one) => one.close()).catch(() => undefined);
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
