/** Tells of reads that failed and are made again: without a word a command would seem to hang. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { repeatChannel, type Repeat } from '../../core/index.ts';
import { printable } from '../output/printable.ts';
import type { Output } from './command.ts';

/** Waits shorter than this are not noticed, in milliseconds. */
const patienceMs = 1_000;

/** Writes a line to `output` before each longer wait, until the function that it returns is called. */
export function tellRepeats(output: Output): () => void {
  const tell = (message: unknown): void => {
    const { reason, waitMs, attempt, attempts } = message as Repeat;
    if (waitMs < patienceMs) return;
    output.write(`${printable(reason)}: asking again in ${Math.ceil(waitMs / 1_000)} s (${attempt} of ${attempts})\n`);
  };
  subscribe(repeatChannel, tell);
  return () => {
    unsubscribe(repeatChannel, tell);
  };
}
