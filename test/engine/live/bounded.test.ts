/** A session of months: what it holds does not grow with every trade, every look at a position and every order. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';

import { fixedSize } from '../../../src/broker/index.ts';
import { SimulatedRuntime, type StreamEvent } from '../../../src/core/index.ts';
import { Cerebro, Strategy } from '../../../src/engine/index.ts';
import { StreamingFeed, type MarketSource } from '../../../src/feeds/index.ts';
import { start } from './tape.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const symbol = 'BTC/USDT';

/** Holds one position and looks at its trade with every print. */
class Looks extends Strategy {
  seen = 0;

  override nextTrade(): void {
    const trade = this.getTrade();
    if (trade !== undefined) this.seen++;
    else if (this.openOrders.length === 0) this.buy({ tag: 'held' });
  }
}

/** Opens and closes with every second print, each trade under an id of its own. */
class Scalps extends Strategy {
  #id = 0;

  override nextTrade(): void {
    if (this.openOrders.length > 0) return;
    if (this.position.size === 0) this.buy({ tradeId: ++this.#id, tag: 'in' });
    else this.close({ tradeId: this.#id, tag: 'out' });
  }
}

/** Megabytes that a session holds after each of some rounds of 20,000 prints, a print a second on bars of an hour. */
async function heldAfter(strategy: new (...args: never[]) => Strategy, rounds: number): Promise<number[]> {
  let emit: ((event: StreamEvent) => void) | undefined;
  const source: MarketSource = {
    exchange: 'fake',
    open: (wanted, given) => {
      emit = given;
      for (const { channel } of wanted) {
        given({ type: 'status', exchange: 'fake', symbol, channel, state: 'live', reason: 'fake', time: start });
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const feed = new StreamingFeed({ exchange: 'fake', symbol, timeframe: '1h', source, closedBars: false });
  const cerebro = new Cerebro({ cash: 1e7, runtime: new SimulatedRuntime(1, start), ledger: 'float' });
  cerebro
    .addSizer(fixedSize(1))
    .addData(feed)
    .addStrategy(strategy as never);
  const ending = new AbortController();
  const running = cerebro.run({ mode: 'paper', signal: ending.signal, keepOrders: 50 });
  running.catch(() => undefined);
  while (emit === undefined) await new Promise(setImmediate);
  const held: number[] = [];
  let time = start;
  for (let round = 0; round < rounds; round++) {
    for (let k = 0; k < 20_000; k++, time += 1_000) {
      const price = 100 + ((k * 7919) % 13) / 10;
      const id = String(time);
      emit({ type: 'trade', exchange: 'fake', symbol, time, receiveTime: time, id, side: 'buy', price, size: 1, backfill: false }); // prettier-ignore
    }
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    held.push((heapUsed + arrayBuffers) / 2 ** 20);
  }
  ending.abort();
  const { strategies } = await running;
  expect(strategies[0]!.orders.length).toBeGreaterThan(0);
  return held;
}

it.each([Looks, Scalps])('%o holds no more after 120,000 prints than after 60,000', async (strategy) => {
  const held = await heldAfter(strategy, 6);
  const least = (from: number): number => Math.min(...held.slice(from, from + 3));
  // What is forgotten goes at once for many orders, and what other tests leave behind when it is collected: the least counts.
  // A row for each look would be 9 MB, and what each order and each trade leaves behind more than that.
  expect(least(3) - least(0), held.map((one) => one.toFixed(1)).join(', ')).toBeLessThan(3);
});
