/** What one checkout costs: `probe.ts TREE BENCH [short]` runs a bench of that checkout and prints its figures as JSON, smaller being better. */
import { pathToFileURL } from 'node:url';

/** Costs by name: milliseconds or nanoseconds, the least of several readings. */
type Costs = Record<string, number>;

const [tree = '.', bench = 'engine', length] = process.argv.slice(2);
/** Rounds of a bench that takes seconds each: few where many pairs are not waited for. */
const rounds = length === 'short' ? 2 : 4;

/** A module of the checkout's own benches, which fit the checkout's own names. */
function ofTree(path: string): Promise<Record<string, (...args: unknown[]) => unknown>> {
  return import(pathToFileURL(`${tree}/test/bench/${path}`).href) as Promise<
    Record<string, (...args: unknown[]) => unknown>
  >;
}

/** The least processor time of some calls, after as many that warm up: other programs of the machine do not count. */
async function least(times: number, act: () => unknown): Promise<number> {
  for (let k = 0; k < Math.ceil(times / 2); k++) await act();
  let best = Infinity;
  for (let k = 0; k < times; k++) {
    const start = process.cpuUsage();
    await act();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}

const benches: Readonly<Record<string, () => Promise<Costs>>> = {
  W1: async () => {
    const { dyadicBars } = await ofTree('ground/bars.ts');
    const { Cross, feedOf, runWorkload } = await ofTree('ground/workloads.ts');
    const feed = feedOf!(dyadicBars!(1_000_000, 12));
    return { W1: await least(8, () => runWorkload!(Cross, [feed])) };
  },
  engine: async () => {
    const { dyadicBars } = await ofTree('ground/bars.ts');
    const { Brackets, BuyWeakness, Cross, CrossOnAll, feedOf, runWorkload } = await ofTree('ground/workloads.ts');
    const feed = feedOf!(dyadicBars!(1_000_000, 12));
    const many = Array.from({ length: 10 }, (_, k) => feedOf!(dyadicBars!(50_000, 21 + k), `bench ${k}`));
    const short = feedOf!(dyadicBars!(100_000, 12));
    return {
      W1: await least(8, () => runWorkload!(Cross, [feed])),
      W2: await least(6, () => runWorkload!(CrossOnAll, many)),
      W3: await least(4, () => runWorkload!(BuyWeakness, [feed])),
      W6: await least(6, () => runWorkload!(Brackets, [short])),
    };
  },
  frames: async () => {
    const { benchFrames } = await ofTree('frames.ts');
    const figures = (await benchFrames!(rounds)) as Record<string, number>;
    return Object.fromEntries(
      Object.entries(figures).map(([name, perSecond]) => [name.replace('PerSecond', ''), 1e9 / perSecond]),
    );
  },
  streams: async () => {
    const { benchStreams } = await ofTree('streams.ts');
    const figures = (await benchStreams!({ rounds: 5, peers: false })) as { best: Record<string, number> } | undefined;
    const { jsonParseAlone: _, ...best } = figures?.best ?? {};
    return Object.fromEntries(Object.entries(best).map(([name, perSecond]) => [name, 1e9 / perSecond]));
  },
  live: async () => {
    const { generateBars } = (await import('nextbar')) as unknown as Record<string, (options: object) => unknown>;
    const { liveStep } = await ofTree('live.ts');
    const bars = generateBars!({ seed: 4, timeframe: '1m', count: 50_000, start: Date.UTC(2024, 0, 1) });
    let best = Infinity;
    for (let k = 0; k < 8; k++) best = Math.min(best, (await liveStep!(bars)) as number);
    return { liveStep: best };
  },
};

process.stdout.write(JSON.stringify(await benches[bench]!()));
