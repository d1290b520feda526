/** The engine's speed on bars in memory: W1, W2, W3 and W6, against a bare loop in the same process. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { dyadicBars } from './ground/bars.ts';
import { median, processorMs, rounded, warmMedian } from './ground/clock.ts';
import { bareLoop } from './ground/loop.ts';
import {
  Brackets,
  BuyWeakness,
  Cross,
  contractFeedOf,
  CrossOnAll,
  feedOf,
  runPerpetual,
  runWorkload,
  type Outcome,
} from './ground/workloads.ts';

/** W1 on a million bars as backtrader and vectorbt have it. */
const known = { final: 95_988_504.21890657, trades: 19_497 };

/** W1 in new processes; the best of five is the least disturbed by whatever else the machine does. */
function firstRuns(): number[] {
  const script = fileURLToPath(new URL('./ground/first-run.ts', import.meta.url));
  return Array.from({ length: 5 }, () => {
    const text = execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), script], { encoding: 'utf8' });
    const { ms, ...outcome } = JSON.parse(text) as Outcome & { ms: number };
    checkKnown(outcome);
    return ms;
  });
}

function checkKnown({ final, trades }: { readonly final: number; readonly trades: number }): void {
  if (Math.abs(final - known.final) < 0.005 && trades === known.trades) return;
  throw new Error(`W1 must end at ${known.final} with ${known.trades} trades, was ${final} with ${trades}`);
}

/** Runs the engine's workloads. @throws If W1 does not end at the value that other engines agree on. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const first = firstRuns();
  const bestFirst = Math.min(...first);
  const bars = dyadicBars(1_000_000, 12);
  const feed = feedOf(bars);
  const loop = await warmMedian(15, () => bareLoop(bars));
  checkKnown(bareLoop(bars));
  let outcome = await runWorkload(Cross, [feed]);
  // Compiled code settles over the first half dozen runs.
  for (let k = 0; k < 6; k++) outcome = await runWorkload(Cross, [feed]);
  const engine = await warmMedian(15, async () => (outcome = await runWorkload(Cross, [feed])));
  checkKnown(outcome);
  // The loop again after the engine: a machine that slowed down meanwhile would otherwise flatter or blame the engine.
  const again = await warmMedian(15, () => bareLoop(bars));
  const loopMs = Math.min(loop.medianMs, again.medianMs);
  const perBar = engine.medianMs / 1e6;
  const W1 = {
    ratio: rounded(engine.medianMs / loopMs),
    loopMs: rounded(loopMs),
    medianMs: rounded(engine.medianMs),
    millionBarsPerSecond: rounded(1_000 / engine.medianMs),
    firstMs: rounded(bestFirst),
    firstMillionBarsPerSecond: rounded(1_000 / bestFirst),
    firstRunsMs: first.map((ms) => rounded(ms, 1)),
    ...outcome,
  };
  say(`W1  ${W1.ratio} times the bare loop (${W1.medianMs} ms to ${W1.loopMs} ms), ${W1.millionBarsPerSecond} Mbars/s`);
  say(`W1  first run in a new process ${W1.firstMillionBarsPerSecond} Mbars/s (best of 5), final ${outcome.final}`);

  // By turns, so that a machine that slows down meanwhile flatters neither.
  const pairs: number[] = [];
  const contract = contractFeedOf(bars);
  for (let k = 0; k < 9; k++) {
    const spot = await processorMs(() => runWorkload(Cross, [feed]));
    const perpetual = await processorMs(() => runPerpetual(Cross, contract, bars));
    if (k > 1) pairs.push(perpetual / spot);
  }
  const perpetual = { timesSpot: rounded(median(pairs)) };
  say(`W1 on a perpetual with funding and liquidation  ${perpetual.timesSpot} times W1 on spot (processor time)`);

  const many = Array.from({ length: 10 }, (_, k) => feedOf(dyadicBars(100_000, 21 + k), `bench ${k}`));
  const all = await timed(many.length * 100_000, 7, () => runWorkload(CrossOnAll, many));
  const W2 = { perBarRatio: rounded(all.medianMs / all.bars / perBar), ...all };
  say(
    `W2  ${W2.perBarRatio} times W1 a bar (${W2.medianMs} ms for ${W2.bars} bars), ${W2.millionBarsPerSecond} Mbars/s`,
  );

  const W3 = await timed(1e6, 7, () => runWorkload(BuyWeakness, [feed]));
  say(`W3  ${W3.millionBarsPerSecond} Mbars/s (${W3.medianMs} ms), ${W3.trades} trades, final ${W3.final}`);

  const short = feedOf(dyadicBars(200_000, 12));
  const W6 = await timed(200_000, 7, () => runWorkload(Brackets, [short]));
  say(`W6  ${W6.millionBarsPerSecond} Mbars/s (${W6.medianMs} ms), ${W6.orders} orders`);
  return { W1, perpetual, W2, W3, W6 };
}

async function timed(bars: number, times: number, act: () => Promise<Outcome>) {
  let outcome = await act();
  const { medianMs } = await warmMedian(times, async () => (outcome = await act()));
  return { bars, medianMs: rounded(medianMs), millionBarsPerSecond: rounded(bars / medianMs / 1_000), ...outcome };
}
