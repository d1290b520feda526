/** One run of W1 in a process that has run nothing before: prints milliseconds and the outcome as JSON. */
import { dyadicBars } from './bars.ts';
import { Cross, feedOf, runWorkload } from './workloads.ts';

const [count = '1000000', seed = '12'] = process.argv.slice(2);
const feed = feedOf(dyadicBars(Number(count), Number(seed)));
const start = performance.now();
const outcome = await runWorkload(Cross, [feed]);
const ms = performance.now() - start;
process.stdout.write(JSON.stringify({ ms, ...outcome }));
