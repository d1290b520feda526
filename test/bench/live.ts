/** What live costs: from an event to the decision on it, and a live step against a backtest's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fixedSize } from '../../src/broker/index.ts';
import { SimulatedRuntime, systemRuntime, type Bars, type Runtime, type StreamEvent } from '../../src/core/index.ts';
import { Cerebro, Strategy } from '../../src/engine/index.ts';
import {
  BarsDataFeed,
  generateBars,
  StreamingFeed,
  type MarketSource,
  type WantedStream,
} from '../../src/feeds/index.ts';
import { crossover, sma } from '../../src/indicators/index.ts';
import { rounded } from './ground/clock.ts';

const symbol = 'BTC/USDT';

class Cross extends Strategy {
  readonly cross = crossover(sma(this.data.close, 10), sma(this.data.close, 30));

  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

/** Orders at every bar, so that every decision is one. */
class Always extends Strategy {
  override next(): void {
    if (this.position.size === 0) this.buy();
    else this.close();
  }
}

/** A source that says what it is told to. */
class Direct implements MarketSource {
  readonly exchange = 'bench';
  emit: ((event: StreamEvent) => void) | undefined;

  open(wanted: readonly WantedStream[], emit: (event: StreamEvent) => void): Promise<void> {
    this.emit = emit;
    for (const one of wanted) {
      emit({
        type: 'status',
        exchange: 'bench',
        symbol,
        channel: one.channel,
        state: 'live',
        reason: 'bench',
        time: 0,
      });
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface Running {
  readonly emit: (event: StreamEvent) => void;
  /** Ends the run and gives its steps and its final value. */
  readonly end: () => Promise<{ readonly steps: number; readonly value: number }>;
}

async function begin(
  strategy: new (...args: never[]) => Strategy,
  timeframe: string,
  bars: 'trades' | 'venue',
  runtime: Runtime,
  journal?: string,
): Promise<Running> {
  const source = new Direct();
  const feed = new StreamingFeed({ exchange: 'bench', symbol, timeframe, bars, source, closedBars: false });
  const cerebro = new Cerebro({ cash: 1e6, runtime, ledger: 'float' }).addSizer(fixedSize(1)).addData(feed);
  cerebro.addStrategy(strategy as never);
  const ending = new AbortController();
  const running = cerebro.run({ mode: 'paper', signal: ending.signal, ...(journal !== undefined && { journal }) });
  running.catch(() => undefined);
  while (source.emit === undefined) await new Promise((resolve) => setImmediate(resolve));
  return {
    emit: source.emit,
    end: async () => {
      ending.abort();
      const result = await running;
      return { steps: result.steps, value: result.finalValue };
    },
  };
}

/** Milliseconds from the trade that closes a bar to the order that the strategy placed because of it, journal included. */
async function decisions(seconds: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-live-'));
  const { emit, end } = await begin(Always, '1s', 'trades', systemRuntime, join(folder, 'bench.journal'));
  const took: number[] = [];
  let sent = 0;
  const start = Math.ceil(Date.now() / 1_000) * 1_000;
  const began = performance.now();
  while (sent < seconds * 1_000) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    // A thousand a second; every tenth is the first of a bar. Their clock runs fast, so that bars are short: they are received by it too.
    const due = Math.min(seconds * 1_000, Math.floor(performance.now() - began));
    for (; sent < due; sent++) {
      const time = start + sent * 100;
      const price = 100 + ((sent * 7919) % 13) / 10;
      const base = { exchange: 'bench', symbol, time, receiveTime: time } as const;
      const sizes = { bidSize: 1, askSize: 1, sequence: undefined };
      const before = performance.now();
      if (sent % 10 === 5) emit({ ...base, type: 'quote', bid: price, ask: price, ...sizes });
      else emit({ ...base, type: 'trade', id: String(sent), side: 'buy', price, size: 1, backfill: false });
      if (sent % 10 === 0) took.push(performance.now() - before);
    }
  }
  const { steps } = await end();
  rmSync(folder, { recursive: true });
  if (steps < seconds * 100 - 2) throw new Error(`${seconds * 100 - 2} bars were due, ${steps} were closed`);
  return took.slice(100).sort((a, b) => a - b);
}

/** Nanoseconds a bar of a live run, whose bars come closed from the venue one by one. */
export async function liveStep(bars: Bars): Promise<number> {
  const { emit, end } = await begin(Cross, '1m', 'venue', new SimulatedRuntime(1, bars.time[0]));
  const touch = { bid: 100, ask: 100, bidSize: 1, askSize: 1, sequence: undefined };
  const { time: times, open, high, low, close, volume } = bars;
  emit({ type: 'quote', exchange: 'bench', symbol, time: times[0]!, receiveTime: times[0]!, ...touch });
  const began = performance.now();
  for (let i = 0; i < times.length; i++) {
    const time = times[i]!;
    emit({
      type: 'bar', exchange: 'bench', symbol, time, receiveTime: time, timeframe: '1m', start: time, end: time + 60_000,
      open: open[i]!, high: high[i]!, low: low[i]!, close: close[i]!, volume: volume[i]!, tradeCount: 1, closed: true,
    }); // prettier-ignore
  }
  const took = performance.now() - began;
  const { steps } = await end();
  if (steps < bars.time.length - 2) throw new Error(`${bars.time.length} bars were due, ${steps} were closed`);
  return (took * 1e6) / bars.time.length;
}

/**
 * How a backtest goes over its bars: by the quick loop; by the general step, which live runs take, and backtests of several datas or
 * with timers; or, as an audit does, by that with indicators bar by bar.
 */
const backtests = { quick: {}, general: { watch: {} }, stepwise: { watch: { isStepwise: true } } } as const;

/** Nanoseconds a bar of a backtest of the same strategy. */
async function backStep(bars: Bars, way: keyof typeof backtests): Promise<number> {
  const cerebro = new Cerebro({ cash: 1e6 }).addSizer(fixedSize(1)).addStrategy(Cross);
  cerebro.addData(new BarsDataFeed({ symbol, timeframe: '1m', bars }));
  const began = performance.now();
  await cerebro.run(backtests[way]);
  return ((performance.now() - began) * 1e6) / bars.time.length;
}

async function least(times: number, act: () => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let k = 0; k < times; k++) best = Math.min(best, await act());
  return Math.round(best);
}

/** Runs the live bench. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const bars = generateBars({ seed: 4, timeframe: '1m', count: 50_000, start: Date.UTC(2024, 0, 1) });
  const liveNs = await least(12, () => liveStep(bars));
  const generalNs = await least(12, () => backStep(bars, 'general'));
  const stepwiseNs = await least(12, () => backStep(bars, 'stepwise'));
  const quickNs = await least(12, () => backStep(bars, 'quick'));
  const step = {
    liveNs,
    generalNs,
    stepwiseNs,
    quickNs,
    ratio: rounded(liveNs / generalNs),
    stepwiseRatio: rounded(liveNs / stepwiseNs),
    quickRatio: rounded(liveNs / quickNs),
  };
  say(
    `live  a step ${liveNs} ns: ${step.ratio} times a backtest's general step (${generalNs} ns), ${step.stepwiseRatio} times that with ` +
      `indicators bar by bar (${stepwiseNs} ns), ${step.quickRatio} times a bar of the quick loop (${quickNs} ns)`,
  );
  const took = await decisions(5);
  const at = (share: number): number => rounded(took[Math.floor(took.length * share)]!, 3);
  const decision = { p50Ms: at(0.5), p99Ms: at(0.99), decisions: took.length };
  say(`live  event to decision ${decision.p50Ms} ms (p50), ${decision.p99Ms} ms (p99) at 1,000 events/s`);
  return { live: { decision, step } };
}
