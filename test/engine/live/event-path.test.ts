/** How many calls lie between a socket and a strategy: the path of an event is short enough to read. */
import { expect, it } from 'vitest';

import { SimulatedNetwork, SimulatedRuntime, type Service } from '../../../src/core/index.ts';
import { Cerebro, Strategy } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { drive } from './tape.ts';

const begin = Date.UTC(2024, 0, 1);

/** Binance, as far as one stream of trades needs it: a trade every ten seconds. */
function venue(runtime: SimulatedRuntime): Service {
  const symbol = { symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT', filters: [] };
  let id = 0;
  return {
    accept: (_url, socket) => {
      runtime.every(10_000, () => {
        const data = { e: 'aggTrade', E: runtime.now(), s: 'BTCUSDT', a: ++id, p: '100', q: '1', f: 1, l: 1, T: runtime.now(), m: true, M: true }; // prettier-ignore
        socket.send(JSON.stringify({ stream: 'btcusdt@aggTrade', data }));
      });
      return { frame: () => {}, closed: () => {} };
    },
    request: (_request, answer) => {
      answer({ status: 200, text: JSON.stringify({ symbols: [symbol] }), headers: {} });
    },
  };
}

/** Notes the calls that led to each of its steps. */
class Traced extends Strategy {
  readonly paths: string[][] = [];

  override next(): void {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 200;
    const stack = new Error().stack!.split('\n').slice(2);
    Error.stackTraceLimit = limit;
    this.paths.push(stack.filter((line) => line.includes('/src/')));
  }
}

it('takes at most 17 calls from the socket to next()', async () => {
  const runtime = new SimulatedRuntime(1, begin);
  const network = new SimulatedNetwork(runtime);
  network.serve('wss://', venue(runtime));
  network.serve('https://', venue(runtime));
  const feed = new StreamingFeed({
    exchange: 'binance',
    symbol: 'BTC/USDT',
    timeframe: '1m',
    closedBars: false,
    quotes: false,
  });
  const cerebro = new Cerebro({ runtime }).addData(feed).addStrategy(Traced);
  // The clock is slow, so that trades close the bars.
  const running = cerebro.run({ mode: 'paper', network, maxSteps: 4, clockMs: 3_600_000 });
  const result = await drive(runtime, running, 60_000, () => true);
  const { paths } = result.strategies[0]!.strategy as unknown as Traced;
  const socket = (path: readonly string[]): number => path.findIndex((line) => line.includes('/sockets/socket.ts'));
  const fromSocket = paths.map((path) => path.slice(0, socket(path) + 1));
  expect(fromSocket).toHaveLength(4);
  // The first step is nextstart(), which calls next().
  const path = fromSocket.at(-1)!;
  const text = path.map((line) => line.trim().replace(/\(.*\/src\//, '(')).join('\n');
  console.log(`${path.length} calls from the socket to next():\n${text}`);
  expect(path.length, text).toBeGreaterThan(5);
  expect(path.length, text).toBeLessThanOrEqual(17);
});
