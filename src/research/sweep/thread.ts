/** A worker thread of a sweep: it is given a job once, then chunks, and answers each in turn. */
import { parentPort } from 'node:worker_threads';

import { messageOf, TradingError } from '../../core/index.ts';
import { takeReads } from '../../feeds/index.ts';
import { runChunk, type TrialRunner } from './chunk.ts';
import { runnerOf } from './portable.ts';
import type { ThreadAnswer, ThreadRequest } from './threads.ts';

let runner: TrialRunner | undefined;
let last: Promise<void> = Promise.resolve();

parentPort!.on('message', (request: ThreadRequest) => {
  last = last.then(() => answer(request));
});

async function answer(request: ThreadRequest): Promise<void> {
  try {
    if ('job' in request) {
      runner = await runnerOf(request.job, (await import(request.job.module)) as Record<string, unknown>);
      post({ isReady: true });
      return;
    }
    const outcome = runChunk(runner!, request.chunk);
    post({ outcome: { ...outcome, reads: takeReads() } }, [
      outcome.scores.buffer,
      outcome.stats.buffer,
      outcome.returns.buffer,
    ] as ArrayBuffer[]);
  } catch (error) {
    post({ failure: messageOf(error), code: error instanceof TradingError ? error.code : 'worker-failed' });
  }
}

function post(message: ThreadAnswer, transfer: readonly ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}
