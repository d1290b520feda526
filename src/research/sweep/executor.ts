/** Where the trials of a sweep are run: one interface for this thread, several threads and several machines. */
import { setImmediate as turn } from 'node:timers/promises';

import type { SplitFacts, SplitRanks } from '../statistics/index.ts';
import { runChunk, type Chunk, type ChunkOutcome, type TrialRunner } from './chunk.ts';
import type { PortableJob } from './portable.ts';

/** A sweep as executors see it. */
export interface SweepJob extends TrialRunner {
  /** The sweep in plain data, for other threads and machines. @throws {ConfigError} If it cannot be carried there. */
  portable(): Promise<PortableJob>;
  /** Parameters of two trials that differ in every axis: what both share is shared by all. */
  readonly samples: readonly Chunk['params'][number][];
}

/** Workers that are ready for trials. */
export interface Workers {
  /** How many chunks are kept going at a time. */
  readonly width: number;
  /** Trials of a chunk. Default: as many as take about as long as handing them over is worth. */
  readonly chunk?: number;
  /** Whether others run the chunks, in their own time: a sweep that is stopped does not wait for them. Default: this process does. */
  readonly isRemote?: boolean;
  /** Runs a chunk. */
  run(chunk: Chunk): Promise<ChunkOutcome>;
  /** Works out all pairs of splits of a test for overfitting, each worker a part. Default: this thread does, once the workers have ended. */
  rank?(facts: SplitFacts, pairs: number): Promise<readonly SplitRanks[]>;
  /** Ends them. */
  close(): Promise<void>;
}

/** A way to run trials. Results do not depend on it. */
export interface Executor {
  /** What it is, such as `2 threads`. */
  readonly name: string;
  /**
   * Makes workers for a sweep.
   *
   * @param signal - Of the sweep: workers that are waited for are not, once it is aborted.
   * @internal
   */
  open(job: SweepJob, signal?: AbortSignal): Promise<Workers>;
}

/** Runs trials in this thread, one after the other. */
export function inline(): Executor {
  return {
    name: 'inline',
    open: (job) =>
      Promise.resolve({
        width: 1,
        run: async (chunk) => {
          // Between chunks the event loop turns, so that an interrupt and the progress come through.
          await turn();
          return runChunk(job, chunk);
        },
        close: () => Promise.resolve(),
      }),
  };
}
