/** Sinks that hang, fail or crawl behind a busy feed: the time that an event costs its strategy, and the memory that waits. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { SimulatedRuntime, type StreamEvent } from '../../src/core/index.ts';
import { FeedOutput } from '../../src/connectors/feeds/feed-output.ts';
import { BatchingSink, queuePolicies, type BatchWriter } from '../../src/sinks/index.ts';

/** Trades, best prices and changes of a book in turn. */
function eventOf(i: number): StreamEvent {
  const stamp = { exchange: 'binance', symbol: 'BTC/USDT', time: i, receiveTime: i } as const;
  if (i % 3 === 0) return { type: 'trade', ...stamp, id: String(i), side: 'buy', price: 100, size: 1, backfill: false };
  if (i % 3 === 1) return { type: 'quote', ...stamp, bid: 100, bidSize: i % 7, ask: 101, askSize: 1, sequence: i };
  return { type: 'book', kind: 'delta', ...stamp, bids: [[100 - (i % 50), i % 9]], asks: [], sequence: i, checksum: undefined }; // prettier-ignore
}

const never = new Promise<void>(() => undefined);
const writers: Readonly<Record<string, (runtime: SimulatedRuntime) => BatchWriter>> = {
  'works at once': () => ({ name: 'quick', write: () => Promise.resolve() }),
  'hangs for ever': () => ({ name: 'hanging', write: () => never }),
  'fails always': () => ({ name: 'failing', write: () => Promise.reject(new Error('down')) }),
  'takes a second a batch': (runtime) => ({ name: 'crawling', write: () => runtime.sleep(1_000) }),
};

/** Feeds `count` events, 2,000 a simulated second, to each kind of sink with each policy. */
export async function measureDeadSinks(count: number): Promise<string[]> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const lines: string[] = [];
  for (const [name, writer] of Object.entries(writers)) {
    for (const policy of queuePolicies) {
      const runtime = new SimulatedRuntime(1);
      const sink = new BatchingSink(writer(runtime), { policy, runtime });
      let seen = 0;
      const output = new FeedOutput<number>({
        exchange: 'binance', runtime, recorder: undefined, onError: () => undefined,
        consumers: { sinks: [sink], callbacks: { trade: () => { seen++; } } },
      }); // prettier-ignore
      collect();
      const before = process.memoryUsage().heapUsed;
      const cpu = process.cpuUsage();
      let longest = 0;
      for (let i = 0; i < count; i++) {
        const event = eventOf(i);
        const began = performance.now();
        if (event.type !== 'status') output.event(event as never, undefined);
        longest = Math.max(longest, performance.now() - began);
        if (i % 500 !== 499) continue;
        runtime.advance(250);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const { user, system } = process.cpuUsage(cpu);
      collect();
      const grown = (process.memoryUsage().heapUsed - before) / 1e6;
      const { written, dropped, conflated, queued } = sink.counters;
      const waiting = output.waiting + queued;
      if (seen !== Math.ceil(count / 3)) throw new Error(`${name}, ${policy}: the callback saw ${seen} trades`);
      if (waiting > 60_500) throw new Error(`${name}, ${policy}: ${waiting} events wait`);
      lines.push(
        `${name}, ${policy}: ${((user + system) / count).toFixed(2)} us an event, at most ${longest.toFixed(1)} ms at once, ${grown.toFixed(1)} MB kept, ` +
          `${written} written, ${conflated} conflated, ${dropped + output.dropped} dropped, ${waiting} wait`,
      );
    }
  }
  return lines;
}
