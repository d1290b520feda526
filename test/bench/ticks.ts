/** How fast a tick backtest plays trades and book changes, with the book of both sides and an order in its queues. */
import { seededRandom } from '../../src/core/index.ts';
import { Cerebro, Strategy } from '../../src/engine/index.ts';
import type { Order } from '../../src/broker/index.ts';
import { BookDataFeed, MarketTicks } from '../../src/feeds/index.ts';
import type { Data } from '../../src/lines/index.ts';

/** Keeps one order at the best bid or the best ask, looking at the book with every trade. */
class Quoting extends Strategy {
  #order: Order | undefined;

  override nextTrade(data: Data): void {
    const { bid, ask } = data.stream!.quote!;
    const isLong = this.position.size > 0;
    const price = isLong ? ask : bid;
    if (price === undefined) return;
    if (this.#order?.isAlive !== true) {
      const options = { type: 'limit', price, size: 0.01 } as const;
      this.#order = isLong ? this.sell(options) : this.buy(options);
    } else if (this.#order.price !== price) this.cancel(this.#order);
  }
}

/** A market of so many updates, two levels each, every fifth a trade: 400 levels a side that move with the price. */
function marketOf(updates: number): MarketTicks {
  const random = seededRandom(3);
  const ticks = new MarketTicks();
  const start = Date.UTC(2024, 0, 1);
  const side = (best: number, step: number): [number, number][] =>
    Array.from({ length: 400 }, (_, k) => [(best + k * step) / 100, 1 + random() * 5]);
  let middle = 6_000_000;
  ticks.addBook(start, start, side(middle - 1, -1), side(middle + 1, 1), { isWhole: true });
  for (let k = 1; k < updates; k++) {
    const time = start + k * 4;
    const isUp = random() < 0.5;
    if (k % 5 === 0) {
      ticks.addTrade(time, time + 2, isUp ? 'buy' : 'sell', (middle + (isUp ? 1 : -1)) / 100, 0.01 + random() * 0.2);
      continue;
    }
    if (k % 50 === 1) {
      middle += isUp ? 1 : -1;
      const rises: [number, number][] = [[middle / 100, 0], [(middle + 1) / 100, 1 + random() * 5]]; // prettier-ignore
      const falls: [number, number][] = [[middle / 100, 0], [(middle - 1) / 100, 1 + random() * 5]]; // prettier-ignore
      ticks.addBook(time, time + 2, falls, rises);
      continue;
    }
    // Most changes are near the best price.
    const depth = 1 + Math.floor(random() ** 3 * 300);
    ticks.addBook(
      time,
      time + 2,
      [[(middle - depth) / 100, 1 + random() * 5]],
      [[(middle + depth) / 100, 1 + random() * 5]],
    );
  }
  return ticks;
}

/** Events a second, medians of five runs; an event is a trade or a changed level. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const ticks = marketOf(600_000);
  const perSecond: number[] = [];
  const perCpuSecond: number[] = [];
  let orders = 0;
  for (let round = 0; round < 6; round++) {
    const feed = new BookDataFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', ticks });
    const cerebro = new Cerebro({ cash: 1e6 });
    cerebro.addData(feed).addStrategy(Quoting);
    const cpu = process.cpuUsage();
    const began = performance.now();
    const { strategies } = await cerebro.run({ ticks: { queue: 'proportional', orderLatencyMs: 1 } });
    const { user, system } = process.cpuUsage(cpu);
    orders = strategies[0]!.orders.length;
    if (round === 0) continue;
    perSecond.push(Math.round((ticks.count / (performance.now() - began)) * 1000));
    perCpuSecond.push(Math.round((ticks.count / (user + system)) * 1e6));
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const figures = {
    events: ticks.count,
    orders,
    eventsPerSecond: median(perSecond),
    eventsPerCpuSecond: median(perCpuSecond),
  };
  say(
    `ticks  ${(figures.eventsPerSecond / 1e6).toFixed(2)} M events/s (${(figures.eventsPerCpuSecond / 1e6).toFixed(2)} M a second of CPU), ` +
      `${ticks.count} trades and levels, ${orders} orders, book and proportional queue`,
  );
  return { ticks: figures };
}
