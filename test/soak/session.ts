/** A live session over a simulated day: bars from trades at a pace that never lets up, and memory that stays where it is. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { SimulatedRuntime, type StreamEvent } from '../../src/core/index.ts';
import { Cerebro, Strategy } from '../../src/engine/index.ts';
import { StreamingFeed, type MarketSource, type WantedStream } from '../../src/feeds/index.ts';
import { crossover, ema } from '../../src/indicators/index.ts';

/** What a soak of a session came to. */
export interface SessionSoak {
  readonly trades: number;
  readonly steps: number;
  readonly orders: number;
  /** Heap in use after each part of the run, in MB. */
  readonly heapMB: readonly number[];
  readonly eventsPerSecond: number;
}

const start = Date.UTC(2024, 0, 1);

/** Collects garbage, so that what is measured is what is kept. */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

class Cross extends Strategy {
  readonly cross = crossover(ema(this.data.close, 10), ema(this.data.close, 30));
  completed = 0;

  override next(): void {
    if (this.cross.now > 0) this.buy({ size: 1 });
    else if (this.cross.now < 0) this.close();
    if (this.data.length % 5 === 0) this.sell({ type: 'limit', price: this.data.close.now + 5, size: 1 });
  }

  override notifyOrder(order: { readonly status: string }): void {
    if (order.status === 'completed') this.completed++;
  }
}

/** Trades and quotes at an even pace, told straight to the session. */
class Steady implements MarketSource {
  readonly exchange = 'steady';
  emit: ((event: StreamEvent) => void) | undefined;

  open(wanted: readonly WantedStream[], emit: (event: StreamEvent) => void): Promise<void> {
    this.emit = emit;
    for (const { channel, symbol } of wanted) {
      emit({ type: 'status', exchange: 'steady', symbol, channel, state: 'live', reason: 'soak', time: start });
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Runs `hours` of a market with `perSecond` trades.
 *
 * @throws If memory grew, or a step is missing.
 */
export async function soakSession(hours: number, perSecond = 200): Promise<SessionSoak> {
  const runtime = new SimulatedRuntime(1, start);
  const source = new Steady();
  const feed = new StreamingFeed({
    exchange: 'steady',
    symbol: 'BTC/USDT',
    timeframe: '1m',
    source,
    closedBars: false,
  });
  const cerebro = new Cerebro({ cash: 1e9, runtime }).addData(feed).addStrategy(Cross);
  const ending = new AbortController();
  const running = cerebro.run({ mode: 'paper', signal: ending.signal, keepBars: 200, keepOrders: 500 });
  while (source.emit === undefined) await new Promise((resolve) => setImmediate(resolve));
  const { emit } = source;
  const heapMB: number[] = [];
  const began = performance.now();
  const seconds = hours * 3_600;
  let trades = 0;
  let price = 100_000;
  for (let second = 0; second < seconds; second++) {
    for (let k = 0; k < perSecond; k++) {
      price += Math.round((runtime.random() - 0.5) * 4);
      const time = start + second * 1_000 + Math.floor((k * 1_000) / perSecond);
      const base = { exchange: 'steady', symbol: 'BTC/USDT', time, receiveTime: time } as const;
      if (k % 4 === 0) {
        const sizes = { bidSize: 1, askSize: 1, sequence: undefined };
        emit({ ...base, type: 'quote', bid: price / 1_000, ask: (price + 1) / 1_000, ...sizes });
      }
      emit({
        ...base, type: 'trade', id: String(++trades), side: 'buy', price: price / 1_000, size: 1 + (trades % 5), backfill: false,
      }); // prettier-ignore
    }
    runtime.advance(1_000);
    if (second % Math.floor(seconds / 8) !== Math.floor(seconds / 8) - 1) continue;
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    heapMB.push(Math.round(process.memoryUsage().heapUsed / 1e5) / 10);
  }
  const took = (performance.now() - began) / 1_000;
  ending.abort();
  const result = await running;
  const { completed: orders } = result.strategies[0]!.strategy as unknown as { completed: number };
  // The first bar is not whole, and the last is not over.
  if (result.steps !== hours * 60 - 2) throw new Error(`${hours * 60 - 2} steps were due, ${result.steps} were made`);
  const [second, last] = [heapMB[1]!, heapMB.at(-1)!];
  if (last > second * 1.25 + 4) throw new Error(`the heap grew from ${second} MB to ${last} MB: ${heapMB.join(', ')}`);
  return { trades, steps: result.steps, orders, heapMB, eventsPerSecond: Math.round((trades * 1.25) / took) };
}
