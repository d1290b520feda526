/** A worker thread of sweeps: it is given a job, then chunks of it, and answers each in turn. */
import { parentPort } from 'node:worker_threads';

import { messageOf, TradingError } from '../../core/index.ts';
import { takeReads } from '../../feeds/index.ts';
import { rankSplits } from '../statistics/index.ts';
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
    if ('isOver' in request) {
      runner = undefined;
      post({ isReady: true });
      return;
    }
    if ('splits' in request) {
      post({ ranks: rankSplits(request.splits, request.first, request.end) });
      return;
    }
    const outcome = runChunk(runner!, request.chunk);
    post({ outcome: { ...outcome, reads: takeReads() } });
  } catch (error) {
    post({ failure: messageOf(error), code: error instanceof TradingError ? error.code : 'worker-failed' });
  }
}

/** A copy: with the first buffer that is transferred V8 throws away every compiled loop over numbers, and compiles slower ones. */
function post(message: ThreadAnswer): void {
  parentPort!.postMessage(message);
}
