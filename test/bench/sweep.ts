/** Sweeps: W4, a hundred pairs of periods over 20,000 bars, beside W1 in the same process, and a thousand pairs over 100,000 bars by one and by two threads. */
import { Cerebro, fixedSize, type Strategy, type StrategyContext } from 'nextbar';
import { inline, optimize, threads, type Executor } from 'nextbar/research';

import { dyadicBars } from './ground/bars.ts';
import { median, readings, rounded } from './ground/clock.ts';
import { Cross, feedOf, runWorkload } from './ground/workloads.ts';

const strategyModule = new URL('./ground/cross-of.mjs', import.meta.url);
const { CrossOf } = (await import(strategyModule.href)) as {
  readonly CrossOf: (new (
    context: StrategyContext<{ fast: number; slow: number }>,
  ) => Strategy<{ fast: number; slow: number }>) & {
    readonly params: { fast: number; slow: number };
  };
};

/** Measures it. @throws If two threads find another best pair than one. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const million = feedOf(dyadicBars(1_000_000, 12));
  const short = feedOf(dyadicBars(20_000, 12));
  const w1 = () => runWorkload(Cross, [million]);
  const w4 = () => sweep(short, [5, 20], 10, inline());
  // By turns, once compiled code has settled, so that a machine that slows down meanwhile flatters neither.
  const found: { readonly one: number; readonly all: number }[] = [];
  for (let k = 0; k < 25; k++) {
    const [one = NaN] = await readings(1, w1);
    const [all = NaN] = await readings(1, w4);
    if (k > 9) found.push({ one, all });
  }
  const ratio = rounded(median(found.map(({ one, all }) => all / one)));
  const [W1ms, W4ms] = [found.map(({ one }) => one), found.map(({ all }) => all)].map((all) => rounded(median(all)));
  say(`W4  ${ratio} times W1 (${W4ms} ms to ${W1ms} ms): 100 pairs of periods over 20,000 bars, with their verdict`);

  const long = feedOf(dyadicBars(100_000, 12));
  const pairs: number[] = [];
  const seconds: Record<'one' | 'two', number[]> = { one: [], two: [] };
  const executors = { one: threads(1), two: threads(2) };
  // The first pair starts the threads and compiles their code.
  let first = NaN;
  for (let k = 0; k < 6; k++) {
    const bests: string[] = [];
    const timed = async (executor: Executor): Promise<number> => {
      const [ms = NaN] = await readings(1, async () => bests.push(await sweep(long, [2, 40], 32, executor)));
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
  return { W4: { timesW1: ratio, ms: W4ms, W1ms }, threads: { speedUp, first, oneSeconds: one, twoSeconds: two } };
}

/** Runs every pair of `count` fast and `count` slow periods, and returns the best one. */
async function sweep(
  feed: ReturnType<typeof feedOf>,
  [fast, slow]: readonly [number, number],
  count: number,
  executor: Executor,
): Promise<string> {
  const cerebro = new Cerebro({ cash: 1e8, commission: 0.001 });
  cerebro.addData(feed);
  cerebro.addSizer(fixedSize(10));
  const range = (from: number, step: number) => ({ from, to: from + (count - 1) * step, step });
  cerebro.optStrategy(CrossOf, { fast: range(fast, 1), slow: range(slow, count > 10 ? 1 : 5) });
  const { best } = await optimize(cerebro, { executor, module: strategyModule });
  return JSON.stringify(best?.params);
}
