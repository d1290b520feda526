/** W1 or W4 in a process of its own, as a user's program runs it: `alone.ts W1 | W4` prints the median of its warm readings in milliseconds. */
import { inline } from 'nextbar/research';

import { dyadicBars } from './bars.ts';
import { median, readings } from './clock.ts';
import { bestOfSweep } from './sweeps.ts';
import { Cross, feedOf, runWorkload } from './workloads.ts';

const act =
  process.argv[2] === 'W1'
    ? (
        (feed) => () =>
          runWorkload(Cross, [feed])
      )(feedOf(dyadicBars(1_000_000, 12)))
    : (
        (feed) => () =>
          bestOfSweep(feed, [5, 20], 10, inline())
      )(feedOf(dyadicBars(20_000, 12)));
await readings(10, act);
process.stdout.write(`${median(await readings(15, act))}\n`);
