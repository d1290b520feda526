/** Benches of several timeframes (W5) and of bounded memory: base bars per second, and the memory a long run takes. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import {
  BarsDataFeed,
  Cerebro,
  crossover,
  DataFeed,
  fixedSize,
  GeneratedDataFeed,
  generateBars,
  sma,
  Strategy,
  type Bars,
} from 'nextbar';

const minute = 60_000;

/** Buys the minutes' crossover while the hour's close is above its average. */
class TwoFrames extends Strategy {
  readonly cross = crossover(sma(this.data.close, 10), sma(this.data.close, 30));
  readonly slow = this.datas[1]!.close;
  readonly trend = sma(this.slow, 20);

  override next(): void {
    if (this.cross.now > 0 && this.slow.now > this.trend.now) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

/** SMA cross on one data, as in W1. */
class Cross extends Strategy {
  readonly cross = crossover(sma(this.data.close, 10), sma(this.data.close, 30));

  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

/** The same million bars again and again, moved on in time: a long history that costs nothing to make. */
class RepeatedFeed extends DataFeed {
  private readonly bars: Bars;
  private readonly times: number;

  constructor(bars: Bars, times: number) {
    super({ name: 'base', timeframe: '1m' });
    this.bars = bars;
    this.times = times;
  }

  override load(): Promise<Bars> {
    return Promise.reject(new Error('this feed is streamed'));
  }

  override async *stream(): AsyncGenerator<Bars> {
    const { time, open, high, low, close, volume } = this.bars;
    const piece = 65_536;
    for (let round = 0; round < this.times; round++) {
      for (let i = 0; i < time.length; i += piece) {
        const cut = (column: Float64Array): Float64Array => column.subarray(i, Math.min(i + piece, column.length));
        const shift = round * time.length * minute;
        const moved = cut(time).map((at) => at + shift);
        yield await Promise.resolve({ time: moved, open: cut(open), high: cut(high), low: cut(low), close: cut(close), volume: cut(volume) }); // prettier-ignore
      }
    }
  }
}

function cerebroOf(strategy: typeof Cross | typeof TwoFrames): Cerebro {
  return new Cerebro({ cash: 1e8, commission: 0.001 }).addSizer(fixedSize(10)).addStrategy(strategy);
}

async function secondsOf(run: () => Promise<unknown>, rounds: number): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await run();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

/** What the benches measure, the best of several rounds. */
export interface FrameFigures {
  /** W5: base bars per second of 1,000,000 minutes resampled to hours inside the run, trading on the minutes. */
  readonly resampledPerSecond: number;
  /** W1's loop in one piece, and the same strategy streamed over ten times as many bars. */
  readonly wholePerSecond: number;
  readonly streamedPerSecond: number;
}

/** Measures W5 and the streamed run. */
export async function benchFrames(rounds = 5): Promise<FrameFigures> {
  const count = 1_000_000;
  const bars = generateBars({ seed: 12, timeframe: '1m', count });
  const feed = new BarsDataFeed({ name: 'base', timeframe: '1m', bars });
  const resampled = await secondsOf(() => cerebroOf(TwoFrames).addData(feed).resampleData(feed, '1h').run(), rounds);
  const whole = await secondsOf(() => cerebroOf(Cross).addData(feed).run(), rounds);
  const long = new RepeatedFeed(bars, 10);
  const streamed = await secondsOf(() => cerebroOf(Cross).addData(long).run({ keepBars: 100 }), Math.min(rounds, 2));
  return {
    resampledPerSecond: count / resampled,
    wholePerSecond: count / whole,
    streamedPerSecond: (10 * count) / streamed,
  };
}

/** The most memory, in MB, that a process takes which streams `count` generated bars; measured in a process of its own. */
export function streamedMemory(count = 10_000_000): number {
  const args = [
    '--conditions=source',
    '--import',
    import.meta.resolve('tsx'),
    fileURLToPath(import.meta.url),
    'memory',
    String(count),
  ];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

async function main(): Promise<void> {
  const [, , what, count] = process.argv;
  if (what === 'memory') {
    const feed = new GeneratedDataFeed({ name: 'base', timeframe: '1m', count: Number(count), seed: 12 });
    await cerebroOf(Cross).addData(feed).run({ keepBars: 100 });
    console.log(Math.round(process.resourceUsage().maxRSS / 1024));
    return;
  }
  const figures = await benchFrames();
  for (const [name, value] of Object.entries(figures)) console.log(`${name} ${(value / 1e6).toFixed(1)} million`);
  console.log(`streamedMemory ${streamedMemory()} MB`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
