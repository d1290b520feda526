/** `nextbar worker`: works on the sweeps of other processes and machines, over Redis. */
import { readFileSync } from 'node:fs';

import { ConfigError } from '../../core/index.ts';
import { printable } from '../output/printable.ts';
import { untilEnd } from '../platform/until-end.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

export const workerCommand: Command = {
  name: 'worker',
  about: 'Work on the sweeps of nextbar optimize --redis, on this machine or another.',
  usage: '--redis URL [--key-file FILE] [--threads N] [--segments PLACE]',
  options: [
    { name: 'redis', value: 'URL', about: 'The Redis that chunks of trials are taken from, such as redis://10.0.0.5:6379' },
    {
      name: 'key-file',
      value: 'FILE',
      about: 'The key of the operator (default: NEXTBAR_SWEEP_KEY); sweeps that are not signed with it are refused',
    },
    { name: 'threads', value: 'N', about: 'Threads that run trials (default 1)' },
    { name: 'segments', value: 'PLACE', about: 'Folder or http address of the bars (default: they come through Redis)' },
  ],
  examples: ['nextbar worker --redis redis://10.0.0.5:6379 --key-file sweep.key --threads 8'],
  run,
}; // prettier-ignore

/** The key that sweeps are signed with. @throws {UsageError} If there is none. */
export function sweepKey(given: GivenOptions, context: CommandContext): string {
  const file = given.get('key-file');
  if (file === undefined) {
    const key = context.env['NEXTBAR_SWEEP_KEY'];
    if (key === undefined || key === '')
      throw usage('which key? give --key-file FILE, or set NEXTBAR_SWEEP_KEY: sweeps are signed, and a worker without the key refuses them'); // prettier-ignore
    return key;
  }
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`cannot read the key file ${file}`, { code: 'no-key', cause });
  }
}

/** Reports on stderr that Redis is unreachable, and that it is back. */
export function tellAway({ stderr }: CommandContext): (isAway: boolean) => void {
  return (isAway) => {
    stderr.write(isAway ? 'Redis cannot be reached, waiting for it; Ctrl-C ends\n' : 'Redis is back\n');
  };
}

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const url = given.get('redis');
  if (url === undefined) throw usage('which Redis? nextbar worker --redis redis://HOST:6379');
  const threads = wholeNumber(given, 'threads', 1, 256);
  const segments = given.get('segments');
  const key = sweepKey(given, context);
  const { runWorker } = await import('../../research/index.ts');
  let refused = '';
  await untilEnd(context, (signal) =>
    runWorker(url, {
      key,
      signal,
      ...(threads !== undefined && { threads }),
      ...(segments !== undefined && { segments }),
      onChunk: (done) => {
        context.stdout.write(
          done === 0 ? 'waiting for chunks; Ctrl-C ends\n' : `${done} ${done === 1 ? 'chunk' : 'chunks'} done\n`,
        );
      },
      onRefusal: (reason) => {
        if (reason !== refused) context.stderr.write(`handed back: ${printable(reason)}\n`);
        refused = reason;
      },
      onAway: tellAway(context),
    }),
  );
  return 0;
}
