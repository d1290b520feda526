#!/usr/bin/env node
/** The nextbar command. */
import { setInterval } from 'node:timers';
import { setImmediate as turn } from 'node:timers/promises';

import { systemRuntime } from '../core/runtime/runtime.ts';
import { printable } from './output/printable.ts';
import { dispatch } from './shell/dispatch.ts';
import { takeWarnings } from './shell/node-warnings.ts';

/** A terminal's Ctrl-C; the shell's number for it is 128 plus the signal's. */
const interrupted = 130;

const onInterrupt = (): void => {
  process.exit(interrupted);
};
process.on('SIGINT', onInterrupt);
takeWarnings(({ message }) => {
  process.stderr.write(`warning: ${printable(message)}\n`);
});
let isOver = false;
// A strategy that calls process.exit() would pass for a command that is done.
process.on('exit', (code) => {
  if (isOver || code !== 0) return;
  process.stderr.write('error: process.exit() was called before the command was done\n');
  process.exitCode = 1;
});
// A reader such as `head` closes the pipe when it has enough: that is no error.
let onBrokenOutput = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
  isOver = true;
  process.exit(0);
};
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  onBrokenOutput(error);
});

process.exitCode = await dispatch(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  runtime: systemRuntime,
  leaveInterrupts: async () => {
    // Node delivers a Ctrl-C in a later turn of the event loop, and drops it if nobody listens by then.
    await turn();
    await turn();
    process.off('SIGINT', onInterrupt);
  },
  onBrokenOutput: (act) => {
    onBrokenOutput = act;
  },
});
isOver = true;

// A library's leftover timers do not keep the process alive. Output that its reader has not taken yet does.
setInterval(() => {
  if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
}, 500).unref();
