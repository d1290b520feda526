/** Sweeps: W4, a hundred pairs of periods over 20,000 bars, beside W1, and a thousand pairs over 100,000 bars by one and by two threads. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { inline, threads, type Executor } from 'nextbar/research';

import { dyadicBars } from './ground/bars.ts';
import { median, readings, rounded } from './ground/clock.ts';
import { bestOfSweep } from './ground/sweeps.ts';
import { Cross, feedOf, runWorkload } from './ground/workloads.ts';

/** Measures it. @throws If two threads find another best pair than one. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const million = feedOf(dyadicBars(1_000_000, 12));
  const short = feedOf(dyadicBars(20_000, 12));
  const w1 = () => runWorkload(Cross, [million]);
  const w4 = () => bestOfSweep(short, [5, 20], 10, inline());
  // By turns, once compiled code has settled, so that a machine that slows down meanwhile flatters neither.
  const found: { readonly one: number; readonly all: number }[] = [];
  for (let k = 0; k < 25; k++) {
    const [one = NaN] = await readings(1, w1);
    const [all = NaN] = await readings(1, w4);
    if (k > 9) found.push({ one, all });
  }
  const ratio = rounded(median(found.map(({ one, all }) => all / one)));
  const [W1ms, W4ms] = [found.map(({ one }) => one), found.map(({ all }) => all)].map((all) => rounded(median(all)));
  const apart = Array.from({ length: 5 }, () => ({ one: alone('W1'), all: alone('W4') }));
  const apartRatio = rounded(median(apart.map(({ one, all }) => all / one)));
  say(
    `W4  ${apartRatio} times W1, each in processes of its own, ${ratio} by turns in one (${W4ms} ms to ${W1ms} ms): ` +
      '100 pairs of periods over 20,000 bars, with their verdict',
  );

  const long = feedOf(dyadicBars(100_000, 12));
  const pairs: number[] = [];
  const seconds: Record<'one' | 'two', number[]> = { one: [], two: [] };
  const executors = { one: threads(1), two: threads(2) };
  // The first pair starts the threads and compiles their code.
  let first = NaN;
  for (let k = 0; k < 6; k++) {
    const bests: string[] = [];
    const timed = async (executor: Executor): Promise<number> => {
      const [ms = NaN] = await readings(1, async () => bests.push(await bestOfSweep(long, [2, 40], 32, executor)));
      return ms / 1_000;
    };
    const [one, two] = [await timed(executors.one), await timed(executors.two)];
    if (bests[0] !== bests[1]) throw new Error(`two threads found ${bests[1]}, one ${bests[0]}`);
    if (k === 0) first = rounded(one / two);
    else {
      seconds.one.push(one);
      seconds.two.push(two);
      pairs.push(one / two);
    }
  }
  const speedUp = rounded(median(pairs));
  const [one, two] = [seconds.one, seconds.two].map((all) => rounded(median(all)));
  say(
    `threads  two are ${speedUp} times as fast as one (${two} s to ${one} s; ${first} times in the first sweep of each): ` +
      '1,024 pairs over 100,000 bars',
  );
  return {
    W4: { timesW1: apartRatio, timesW1InOneProcess: ratio, ms: W4ms, W1ms },
    threads: { speedUp, first, oneSeconds: one, twoSeconds: two },
  };
}

/** Milliseconds of W1 or W4 in a process of its own. */
function alone(name: 'W1' | 'W4'): number {
  const script = fileURLToPath(new URL('./ground/alone.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, script, name], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name} in a process of its own ended with ${String(status)}: ${stderr}`);
  return Number(stdout);
}
