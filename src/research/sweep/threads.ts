/** Runs trials in worker threads, over columns in shared memory. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

import { ConfigError } from '../../core/index.ts';
import type { Chunk, ChunkOutcome } from './chunk.ts';
import type { Executor, Workers } from './executor.ts';
import type { SplitFacts, SplitRanks } from '../statistics/index.ts';
import type { PortableJob } from './portable.ts';

/** What a thread is asked: to make ready for a job, to run a chunk of it, to rank some splits of its trials, or to let go of it. */
export type ThreadRequest =
  | { readonly job: PortableJob }
  | { readonly chunk: Chunk }
  | { readonly splits: SplitFacts; readonly first: number; readonly end: number }
  | { readonly isOver: true };
/** What a thread answers. */
export type ThreadAnswer =
  | { readonly isReady: true }
  | { readonly outcome: ChunkOutcome }
  | { readonly ranks: SplitRanks }
  | { readonly failure: string; readonly code: string };

/**
 * Runs trials in worker threads. Bars, and the indicators that parameters do not touch, are in memory once for all of them. Starting a thread costs as much as
 * some hundred trials over short histories: `inline()` is quicker for small sweeps. The threads wait for the next sweep of the same executor, as
 * each fold of a walk-forward is one, with their code compiled; they end with the executor, and keep no process from ending.
 *
 * @param count - How many threads. Default: as many as there are processors.
 */
export function threads(count = availableParallelism()): Executor {
  if (!(Number.isInteger(count) && count >= 1 && count <= 256)) {
    throw new ConfigError(`threads must be a whole number from 1 to 256, was ${count}`, {
      context: { field: 'threads' },
    });
  }
  const idle: Thread[] = [];
  const executor: Executor = {
    name: count === 1 ? '1 thread' : `${count} threads`,
    open: (job) => openThreads(() => job.portable(), count, idle),
  };
  unused.register(executor, idle);
  return executor;
}

/** Ends the threads that wait for the next sweep of an executor that nobody has any more. */
const unused = new FinalizationRegistry<readonly Thread[]>((idle) => {
  for (const thread of idle) void thread.close();
});

/**
 * Threads that are ready for the chunks of a job, which is made while they start.
 *
 * @param idle - Threads that wait for a job, and where those that have done this one are to wait. Default: they end with it.
 */
export async function openThreads(
  makeJob: () => PortableJob | Promise<PortableJob>,
  count: number,
  idle?: Thread[],
): Promise<Workers> {
  const pool = idle?.splice(0).filter(({ hasEnded }) => !hasEnded) ?? [];
  for (const thread of pool) thread.wake();
  while (pool.length < count) pool.push(new Thread());
  try {
    const job = await makeJob();
    await Promise.all(pool.map((thread) => thread.ask({ job })));
  } catch (error) {
    await Promise.all(pool.map((thread) => thread.close()));
    throw error;
  }
  return new ThreadPool(pool, idle);
}

class ThreadPool implements Workers {
  /** A further chunk waits at each thread, so that none is ever idle. */
  readonly width: number;
  readonly #pool: readonly Thread[];
  readonly #idle: Thread[] | undefined;
  #isClosed = false;

  constructor(pool: readonly Thread[], idle: Thread[] | undefined) {
    this.#pool = pool;
    this.#idle = idle;
    this.width = 2 * pool.length;
  }

  async run(chunk: Chunk): Promise<ChunkOutcome> {
    const answer = await this.#ask({ chunk });
    if ('outcome' in answer) return answer.outcome;
    throw new ConfigError('a worker thread gave no outcome', { code: 'worker-failed' });
  }

  rank(splits: SplitFacts, pairs: number): Promise<SplitRanks[]> {
    const parts = this.#pool.length;
    const ends = this.#pool.map((_, k) => Math.round((pairs * (k + 1)) / parts));
    return Promise.all(
      ends.map(async (end, k) => {
        const answer = await this.#ask({ splits, first: ends[k - 1] ?? 0, end });
        if ('ranks' in answer) return answer.ranks;
        throw new ConfigError('a worker thread gave no ranks', { code: 'worker-failed' });
      }),
    );
  }

  /** Asks the thread that has least to do, and another where that dies of it. */
  async #ask(request: ThreadRequest): Promise<ThreadAnswer> {
    for (;;) {
      const alive = this.#pool.filter(({ hasEnded }) => !hasEnded);
      const thread = (alive.length > 0 ? alive : this.#pool).reduce((least, one) => (one.waiting < least.waiting ? one : least)); // prettier-ignore
      try {
        return await thread.ask(request);
      } catch (error) {
        // What a thread that died leaves undone another does.
        if (!thread.hasEnded || this.#isClosed || this.#pool.every(({ hasEnded }) => hasEnded)) throw error;
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#pool.map((thread) => this.#release(thread)));
  }

  /** A thread that has nothing left to do waits for the next job; one that is still at work ends. */
  async #release(thread: Thread): Promise<void> {
    const idle = this.#idle;
    if (idle !== undefined && thread.waiting === 0 && (await thread.rest()) && idle.length < this.#pool.length) {
      idle.push(thread);
      return;
    }
    await thread.close();
  }
}

interface Waiting {
  readonly resolve: (answer: ThreadAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Memory for young objects of a thread. With more, quick collections are so rare that the numbers of many finished runs, which lie outside of
 * V8's heap, wait for them, and V8 then collects its whole heap each time; other threads need the cores that this takes.
 */
const maxYoungGenerationSizeMb = 12;

/** One worker thread; it answers in the order in which it is asked. */
class Thread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #isClosed = false;
  /** Why it ended, which it may have done before it was asked for anything. */
  #failure: Error | undefined;

  constructor() {
    const { file, options } = entry();
    this.#worker = new Worker(file, { ...options, resourceLimits: { maxYoungGenerationSizeMb } });
    this.#worker.on('message', (answer: ThreadAnswer) => {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if ('failure' in answer) next.reject(new ConfigError(answer.failure, { code: answer.code }));
      else next.resolve(answer);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error);
    });
    this.#worker.on('exit', (code) => {
      if (!this.#isClosed)
        this.#fail(new ConfigError(`a worker thread ended with code ${code}`, { code: 'worker-failed' }));
    });
  }

  /** Whether it answers no more. */
  get hasEnded(): boolean {
    return this.#failure !== undefined;
  }

  /** How many answers are still to come. */
  get waiting(): number {
    return this.#waiting.length;
  }

  ask(request: ThreadRequest): Promise<ThreadAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  /** Lets go of its job, and keeps no process from ending any more; false where it has ended. */
  async rest(): Promise<boolean> {
    try {
      await this.ask({ isOver: true });
    } catch {
      return false;
    }
    this.#worker.unref();
    return true;
  }

  /** Ends a rest. */
  wake(): void {
    this.#worker.ref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#fail(new ConfigError('the worker thread was ended', { code: 'worker-failed' }));
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** What a thread begins with: a file beside the doors in the built package; in the sources this module's neighbour, once the loader of TypeScript is there. */
function entry(): { readonly file: URL | string; readonly options: WorkerOptions } {
  if (!import.meta.url.endsWith('.ts')) {
    const places = ['./research-thread.js', '../research-thread.js'].map((place) => new URL(place, import.meta.url));
    return { file: places.find((place) => existsSync(fileURLToPath(place))) ?? places[1]!, options: {} };
  }
  const loader = import.meta.resolve('tsx/esm/api');
  const module = new URL('./thread.ts', import.meta.url).href;
  return {
    file: `import('${loader}').then(({ register }) => { register(); return import('${module}'); });`,
    options: { eval: true, execArgv: ['--conditions=source'] },
  };
}
