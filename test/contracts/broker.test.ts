/** What every broker must do for the engine, run by each of them: the broker of backtests, on paper, and in the sandbox. */
import { describe, expect, it } from 'vitest';

import {
  applyNotice,
  BacktestBroker,
  DividedBroker,
  fixedSize,
  OrderEntry,
  PaperBroker,
  placeBracket,
  SandboxBroker,
  TradeBook,
  type BrokerInput,
  type EngineBroker,
  type LiveBroker,
  type Order,
} from '../../src/broker/index.ts';
import { systemRuntime, timeframe, type Instrument } from '../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../src/lines/index.ts';
import { workingOf } from '../../src/broker/orders/working-order.ts';
import { PlainIntents } from '../broker/sandbox/scripted-gateway.ts';
import { PlainExchange } from './plain-exchange.ts';

const minute = 60_000;
const start = Date.UTC(2026, 0, 5);
const cash = 10_000;
const spot: Instrument = { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', tick: 0.5, lot: 0.001 };

/** A market in which a broker trades, with what the engine does around it. */
interface Market {
  readonly broker: EngineBroker;
  /** The price moves, and stands until the bar closes: what it reaches is executed before the engine's step returns. */
  readonly trade: (price: number, close: () => void) => void | Promise<void>;
  /** Lets the broker do what was asked of it, answers of an exchange included. */
  readonly settle: (deliver: () => void) => void | Promise<void>;
}

/** How a broker is made and its market moved. */
interface Maker {
  readonly name: string;
  readonly make: (time: () => number) => Market;
  /** What this broker does otherwise, by the test's name, and why. */
  readonly skips: Readonly<Record<string, string>>;
}

function liveMarket(broker: LiveBroker, time: () => number, quiet: () => void | Promise<void>): Market {
  let trades = 0;
  const stamp = () => ({ exchange: 'local', symbol: 'BTC/USDT', time: time(), receiveTime: time() });
  return {
    broker,
    trade: (price, close) => {
      broker.onState(0, 'live');
      const sizes = { bidSize: 1e6, askSize: 1e6, sequence: undefined };
      broker.onQuote(0, { type: 'quote', ...stamp(), bid: price, ask: price, ...sizes });
      broker.onClock(time());
      const id = String(++trades);
      broker.onTrade(0, { type: 'trade', ...stamp(), id, side: 'buy', price, size: 1_000, backfill: false });
      close();
    },
    settle: async (deliver) => {
      for (let round = 0; round < 4; round++) {
        broker.act();
        deliver();
        await quiet();
      }
    },
  };
}

const makers: readonly Maker[] = [
  {
    name: 'DividedBroker',
    skips: {},
    make: () => ({
      broker: new DividedBroker((books) => [{ name: 'Alone', broker: new BacktestBroker({ cash }, books) }], cash),
      trade: (_price, close) => {
        close();
      },
      settle: (deliver) => {
        deliver();
      },
    }),
  },
  {
    name: 'BacktestBroker',
    skips: {},
    make: () => ({
      broker: new BacktestBroker({ cash }),
      trade: (_price, close) => {
        close();
      },
      settle: (deliver) => {
        deliver();
      },
    }),
  },
  {
    name: 'PaperBroker',
    skips: {},
    make: (time) => liveMarket(new PaperBroker({ cash }), time, () => undefined),
  },
  {
    name: 'SandboxBroker',
    skips: {},
    make: (time) => {
      const gateway = new PlainExchange();
      const broker = new SandboxBroker({ cash }, { gateway, intents: new PlainIntents() });
      const queue: BrokerInput[] = [];
      const quiet = async (): Promise<void> => {
        for (let round = 0; round < 4; round++) {
          for (let k = 0; k < 10; k++) await Promise.resolve();
          for (let input = queue.shift(); input !== undefined; input = queue.shift()) broker.take(input);
          gateway.match();
        }
      };
      const market = liveMarket(broker, time, quiet);
      let connected: Promise<void> | undefined;
      const ready = async (): Promise<void> => {
        const context = { runtime: { ...systemRuntime, now: time }, push: (input: BrokerInput) => queue.push(input) };
        connected ??= broker.connect(context);
        await connected;
        await quiet();
      };
      return {
        broker,
        trade: async (price, close) => {
          gateway.price = price;
          gateway.time = time();
          await ready();
          await market.trade(price, close);
        },
        settle: market.settle,
      };
    },
  },
];

/** The engine's part, played by hand on one data. */
class Bench {
  readonly broker: EngineBroker;
  readonly entry: OrderEntry;
  readonly timeline: Timeline;
  readonly data: Data;
  private readonly market: Market;
  private readonly said: string[] = [];
  private readonly trades = new TradeBook();

  private constructor({ make }: Maker) {
    this.timeline = new Timeline(0, {
      name: 'BTC/USDT',
      symbol: 'BTC/USDT',
      timeframe: timeframe('1m'),
      instrument: spot,
    });
    this.timeline.isNew = true;
    this.data = new Data(this.timeline, new Graph());
    this.market = make(() => start + this.timeline.loaded * minute);
    this.broker = this.market.broker;
    this.broker.open([this.timeline], new Map());
    this.entry = new OrderEntry(0, this.broker, [this.data], fixedSize(1), { last: 0 }, this.trades);
  }

  /** A broker whose market stands at 100. */
  static async at100(maker: Maker): Promise<Bench> {
    const bench = new Bench(maker);
    await bench.at(100);
    expect(bench.read()).toEqual([]);
    return bench;
  }

  /** The price goes to a level and a bar closes there. */
  async at(price: number): Promise<this> {
    await this.market.trade(price, () => {
      const { timeline } = this;
      const at = timeline.loaded;
      const ohlc = { open: price, high: price, low: price, close: price };
      timeline.put(at, { time: start + at * minute, ...ohlc, volume: 1_000 });
      timeline.index = at;
      this.broker.step();
    });
    return this.settle();
  }

  async settle(): Promise<this> {
    await this.market.settle(() => {
      this.deliver();
    });
    this.broker.mark();
    return this;
  }

  async place(side: 'buy' | 'sell', options: object = {}): Promise<Order> {
    const order = this.entry.place(side, options)!;
    await this.settle();
    return order;
  }

  /** What strategies would have been notified of since the last time. */
  read(): string[] {
    return this.said.splice(0);
  }

  private deliver(): void {
    const { broker } = this;
    const { notices } = broker;
    for (let k = 0; k < notices.count; k++) {
      const notice = notices.items[k]!;
      applyNotice(notice, broker.blotter);
      const { order } = notice.working;
      if (notice.row >= 0) this.trades.apply(order, broker.blotter, notice.row, broker.schemeOf(0), []);
      const fill = notice.row < 0 ? '' : ` ${order.lastFill!.size} @ ${order.lastFill!.price}`;
      this.said.push(`${order.ref} ${notice.status}${fill}`);
    }
    notices.clear();
  }
}

for (const maker of makers) {
  describe(maker.name, () => {
    const names = new Set<string>();
    const holds = (name: string, test: (bench: Bench) => Promise<void>): void => {
      names.add(name);
      const why = maker.skips[name];
      if (why !== undefined) it.skip(`${name} (${why})`, () => undefined);
      else it(name, async () => test(await Bench.at100(maker)));
    };

    holds('opens flat, with its cash as its value and nothing to notify of', async ({ broker }) => {
      await Promise.resolve();
      expect([broker.startCash, broker.cash, broker.value, broker.grossValue]).toEqual([cash, cash, cash, 0]);
      expect(broker.positionOf(0)).toMatchObject({ size: 0 });
      expect(broker.holdsOnly(0)).toBe(true);
      expect(broker.notices.count).toBe(0);
      expect(broker.blotter.count).toBe(0);
      expect(broker.rules.name).toBe('exchange');
      expect(broker.warnings).toEqual([]);
    });

    holds('takes a market order through its life, and a fill changes position and cash', async (bench) => {
      const { broker } = bench;
      const order = await bench.place('buy', { size: 2 });
      await bench.at(100);
      expect(bench.read()).toEqual(['1 submitted', '1 accepted', '1 completed 2 @ 100']);
      expect(order).toMatchObject({ status: 'completed', filled: 2, averagePrice: 100, isAlive: false });
      expect(broker.positionOf(0)).toMatchObject({ size: 2, price: 100 });
      expect([broker.cash, broker.value, broker.grossValue]).toEqual([cash - 200, cash, 200]);
      expect(broker.blotter.count).toBe(1);
    });

    holds('values the position at each close, however often it is marked', async (bench) => {
      const { broker } = bench;
      await bench.place('buy', { size: 2 });
      await bench.at(100);
      await bench.at(110);
      for (let k = 0; k < 3; k++) broker.mark();
      expect([broker.cash, broker.value]).toEqual([cash - 200, cash + 20]);
      expect(broker.getValue(bench.data)).toBe(220);
      await bench.place('sell', { size: 2 });
      await bench.at(110);
      expect([broker.cash, broker.value, broker.grossValue]).toEqual([cash + 20, cash + 20, 0]);
      expect(broker.positionOf(0)).toMatchObject({ size: 0 });
    });

    holds('keeps a limit order resting until the market reaches its price', async (bench) => {
      const { broker } = bench;
      const order = await bench.place('buy', { type: 'limit', price: 95, size: 1 });
      await bench.at(100);
      expect(bench.read()).toEqual(['1 submitted', '1 accepted']);
      expect([order.status, broker.cash, broker.positionOf(0).size]).toEqual(['accepted', cash, 0]);
      await bench.at(95);
      expect(bench.read()).toEqual(['1 completed 1 @ 95']);
      expect([broker.cash, broker.positionOf(0).size]).toEqual([cash - 95, 1]);
    });

    holds('triggers a stop order where the market reaches it', async (bench) => {
      await bench.place('buy', { size: 1 });
      await bench.at(100);
      await bench.place('sell', { type: 'stop', price: 90, size: 1 });
      await bench.at(100);
      bench.read();
      await bench.at(90);
      expect(bench.read()).toEqual(['2 completed -1 @ 90']);
      expect(bench.broker.positionOf(0).size).toBe(0);
    });

    holds('cancels a resting order once, after which the market does not execute it', async (bench) => {
      const { broker, entry } = bench;
      const order = await bench.place('buy', { type: 'limit', price: 95, size: 1 });
      await bench.at(100);
      bench.read();
      expect(entry.cancel(order)).toBe(true);
      await bench.settle();
      expect(bench.read()).toEqual(['1 canceled']);
      expect(entry.cancel(order)).toBe(false);
      await bench.at(95);
      expect(bench.read()).toEqual([]);
      expect([order.status, order.filled, broker.cash, broker.positionOf(0).size]).toEqual(['canceled', 0, cash, 0]);
    });

    holds('cancels an order before the market has seen it', async (bench) => {
      const { entry } = bench;
      const order = entry.place('buy', { type: 'limit', price: 95, size: 1 })!;
      expect(entry.cancel(order)).toBe(true);
      await bench.settle();
      await bench.at(95);
      expect(bench.read().at(-1)).toBe('1 canceled');
      expect([order.isAlive, order.filled, bench.broker.positionOf(0).size]).toEqual([false, 0, 0]);
    });

    holds('does not cancel an order that has ended', async (bench) => {
      const { broker, entry } = bench;
      const order = await bench.place('buy', { type: 'limit', price: 95, size: 1 });
      const working = workingOf(order)!;
      await bench.at(95);
      expect(bench.read().at(-1)).toBe('1 completed 1 @ 95');
      expect(broker.cancel(working)).toBe(false);
      expect(entry.cancel(order)).toBe(false);
      await bench.settle();
      expect(bench.read()).toEqual([]);
      expect(order.status).toBe('completed');
    });

    holds('does not cancel an order of another strategy', async (bench) => {
      const order = await bench.place('buy', { type: 'limit', price: 95, size: 1 });
      const other = new OrderEntry(1, bench.broker, [bench.data], fixedSize(1), { last: 10 }, new TradeBook());
      expect(() => other.cancel(order)).toThrow('order 1 was not made by this strategy');
      expect(order.isAlive).toBe(true);
    });

    holds('notifies of an order that the cash does not cover, and books nothing', async (bench) => {
      const { broker } = bench;
      const order = await bench.place('buy', { size: 1_000 });
      await bench.at(100);
      expect(['margin', 'rejected']).toContain(order.status);
      expect(bench.read().at(-1)).toBe(`1 ${order.status}`);
      expect(order.reason).toMatch(/cash/);
      expect([broker.cash, broker.value, broker.blotter.count]).toEqual([cash, cash, 0]);
    });

    holds('notifies of a sale of what a spot account does not hold, and books nothing', async (bench) => {
      const { broker } = bench;
      const order = await bench.place('sell', { size: 1 });
      await bench.at(100);
      expect(['margin', 'rejected']).toContain(order.status);
      expect(bench.read().at(-1)).toBe(`1 ${order.status}`);
      expect(order.reason).toBeTruthy();
      expect([broker.cash, broker.positionOf(0).size, broker.blotter.count]).toEqual([cash, 0, 0]);
    });

    holds('notifies of a price off the tick of the instrument, and books nothing', async (bench) => {
      const order = await bench.place('buy', { type: 'limit', price: 95.3, size: 1 });
      await bench.at(100);
      expect(bench.read().at(-1)).toBe('1 rejected');
      expect(order.reason).toMatch(/tick|multiple/);
    });

    holds('notifies of an order that makes no sense, with the reason', async (bench) => {
      const order = await bench.place('buy', { type: 'stop', price: 90, size: 1 });
      expect(bench.read()).toEqual(['1 rejected']);
      expect(order.reason).toMatch(/^the stop at 90 to buy is triggered already/);
      await bench.at(90);
      expect([bench.read(), bench.broker.positionOf(0).size]).toEqual([[], 0]);
    });

    holds('sends the exits of a bracket after its entry, and cancels one when the other is executed', async (bench) => {
      const { broker } = bench;
      placeBracket(bench.entry, 'buy', { type: 'limit', price: 95, size: 1, stopLoss: 90, takeProfit: 105 });
      await bench.settle();
      await bench.at(95);
      expect(broker.positionOf(0).size).toBe(1);
      await bench.at(100);
      await bench.at(105);
      const ends = bench.read().filter((text) => !/submitted|accepted/.test(text));
      expect(ends.sort()).toEqual(['1 completed 1 @ 95', '2 canceled', '3 completed -1 @ 105']);
      expect([broker.positionOf(0).size, broker.cash]).toEqual([0, cash + 10]);
    });

    holds('moves a resting order that is amended', async (bench) => {
      const order = await bench.place('buy', { type: 'limit', price: 90, size: 1 });
      await bench.at(100);
      expect(bench.entry.amend(order, { price: 95, size: 2 })).toBe(true);
      await bench.settle();
      expect(order).toMatchObject({ price: 95, size: 2, isAlive: true });
      await bench.at(95);
      expect(bench.read().at(-1)).toBe('1 completed 2 @ 95');
      expect(bench.entry.amend(order, { price: 96 })).toBe(false);
    });

    holds('moves the stop of a bracket, whose target still ends with it', async (bench) => {
      const bracket = placeBracket(bench.entry, 'buy', { size: 1, stopLoss: 90, takeProfit: 110 })!;
      await bench.settle();
      await bench.at(100);
      await bench.at(100);
      expect(bench.entry.amend(bracket.stopLoss!, { price: 98 })).toBe(true);
      await bench.settle();
      expect(bracket.stopLoss).toMatchObject({ price: 98, isAlive: true });
      bench.read();
      await bench.at(98);
      const ends = bench.read().filter((text) => !/submitted|accepted/.test(text));
      expect(ends.sort()).toEqual(['2 completed -1 @ 98', '3 canceled']);
      expect(bench.broker.positionOf(0).size).toBe(0);
    });

    holds('ends an order that is amended to what was executed or less, or refuses the size', async (bench) => {
      const order = await bench.place('buy', { type: 'limit', price: 90, size: 1 });
      await bench.at(100);
      expect(() => bench.entry.amend(order, { size: 0 })).toThrow('size must be above 0');
      expect(() => bench.entry.amend(order, { price: NaN })).toThrow('price must be a finite number');
      expect(order).toMatchObject({ price: 90, size: 1, isAlive: true });
    });

    holds('widens a trailing stop, which then triggers at its new distance', async (bench) => {
      await bench.place('buy', { size: 1 });
      await bench.at(100);
      const stop = await bench.place('sell', { type: 'stopTrail', trailAmount: 5, size: 1 });
      await bench.at(110);
      expect(bench.entry.amend(stop, { trail: 10 })).toBe(true);
      await bench.settle();
      await bench.at(104);
      expect(bench.broker.positionOf(0).size).toBe(1);
      await bench.at(100);
      await bench.at(100);
      expect(bench.broker.positionOf(0).size).toBe(0);
    });

    holds('counts added cash from the next step on', async (bench) => {
      const { broker } = bench;
      broker.addCash(500);
      await bench.at(100);
      await bench.at(100);
      expect([broker.cash, broker.value]).toEqual([cash + 500, cash + 500]);
    });

    holds('has work while an order is open', async (bench) => {
      const { broker } = bench;
      await bench.place('buy', { type: 'limit', price: 95, size: 1 });
      expect(broker.quiet?.hasWork ?? true).toBe(true);
      await bench.at(100);
      expect(broker.quiet?.hasWork ?? true).toBe(true);
    });

    it('skips only tests that there are', () => {
      expect(Object.keys(maker.skips).filter((name) => !names.has(name))).toEqual([]);
    });
  });
}
