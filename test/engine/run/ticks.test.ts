/** Tick backtests: orders travel, wait in the queues of the recorded book, and know nothing of the future. */
import { existsSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { Order, TickOptions } from '../../../src/broker/index.ts';
import { seededRandom, type MarketBook, type TradeTick } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type CerebroOptions, type RunResult } from '../../../src/engine/index.ts';
import { BookDataFeed, MarketTicks, StreamingFeed, type BookDataFeedOptions } from '../../../src/feeds/index.ts';
import type { Data } from '../../../src/lines/index.ts';

const start = Date.UTC(2024, 0, 1);

/** A market of 100 to 101, ten units deep, whose first second makes a bar. */
function market(): MarketTicks {
  const ticks = new MarketTicks();
  const levels = (best: number, step: number): [number, number][] => [
    [best, 10],
    [best + step, 20],
  ];
  ticks.addBook(start, start, levels(100, -1), levels(101, 1), { isWhole: true });
  for (const at of [10, 1_010, 2_010]) ticks.addTrade(start + at, start + at, 'buy', 101, 0.1);
  return ticks;
}

interface Act {
  readonly at: number;
  readonly do: (strategy: Scripted) => void;
}

/** Does what it is told at the trade or the book that is received at a moment. */
class Scripted extends Strategy<{ readonly acts: readonly Act[] }> {
  static readonly params: { readonly acts: readonly Act[] } = { acts: [] };
  readonly seen: string[] = [];
  readonly orders: Order[] = [];
  #next = 0;

  override nextTrade(_data: Data, trade: TradeTick): void {
    this.seen.push(`trade ${trade.receiveTime - start} ${trade.side} ${trade.price}`);
    this.act(trade.receiveTime);
  }

  override nextBook(data: Data, book: MarketBook): void {
    this.seen.push(`book ${data.stream!.quote!.receiveTime - start} ${book.bids[0]?.[0]} ${book.asks[0]?.[0]}`);
    this.act(data.stream!.quote!.receiveTime);
  }

  override notifyOrder(order: Order): void {
    this.seen.push(`order ${order.status}`);
  }

  act(time: number): void {
    const act = this.params.acts[this.#next];
    if (act === undefined || time - start < act.at) return;
    this.#next++;
    act.do(this);
  }

  keep(order: Order | undefined): void {
    if (order !== undefined) this.orders.push(order);
  }
}

async function play(
  ticks: MarketTicks,
  acts: readonly Act[],
  options: TickOptions = {},
  feed: Partial<BookDataFeedOptions> = {},
  cerebroOptions: CerebroOptions = {},
): Promise<{ result: RunResult; strategy: Scripted }> {
  const made: Scripted[] = [];
  class Kept extends Scripted {
    override start(): void {
      made.push(this);
    }
  }
  const cerebro = new Cerebro({ cash: 10_000, ...cerebroOptions });
  cerebro.addData(new BookDataFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1s', ticks, ...feed }));
  cerebro.addStrategy(Kept, { acts });
  const result = await cerebro.run({ ticks: options });
  return { result, strategy: made[0]! };
}

const fillsOf = ({ result }: { result: RunResult }): string[] =>
  result.strategies[0]!.orders.flatMap(({ fills }) =>
    fills.map(({ time, size, price, reason }) => `${time - start} ${size}@${price}: ${reason}`),
  );

describe('a tick backtest', () => {
  it('executes a market order through the levels of the book when it arrives, not when it was sent', async () => {
    const ticks = market();
    ticks.addBook(start + 2_013, start + 2_013, [], [[101, 0]]);
    ticks.addTrade(start + 3_000, start + 3_000, 'buy', 102, 0.1);
    const acts: Act[] = [
      {
        at: 2_010,
        do: (one) => {
          one.keep(one.buy({ size: 15 }));
        },
      },
    ];
    const quick = await play(ticks, acts, { orderLatencyMs: 2 });
    expect(fillsOf(quick)).toEqual([
      '2012 10@101: market order at the ask 101',
      '2012 5@102: market order at the ask 102',
    ]);
    const slow = await play(ticks, acts, { orderLatencyMs: 5 });
    expect(fillsOf(slow)).toEqual(['2015 15@102: market order at the ask 102']);
  });

  it('tells the strategy of a fill only after the latency of answers', async () => {
    const ticks = market();
    for (const at of [2_100, 2_200, 2_300]) ticks.addTrade(start + at, start + at, 'buy', 101, 0.1);
    const sizes: number[] = [];
    const acts: Act[] = [
      { at: 2_010, do: (one) => void one.buy({ size: 1 }) },
      ...[2_100, 2_200, 2_300].map((at) => ({ at, do: (one: Scripted) => void sizes.push(one.position.size) })),
    ];
    await play(ticks, acts, { orderLatencyMs: 50, answerLatencyMs: 100 });
    expect(sizes).toEqual([0, 1, 1]);
  });

  it('shows trades and books after the latency of the feed', async () => {
    const { strategy } = await play(market(), [], {}, { feedLatencyMs: 7 });
    expect(strategy.seen).toContain('trade 2017 buy 101');
  });

  it('moves times of receipt by the skew of the recorder and says so', async () => {
    const ticks = new MarketTicks();
    ticks.addBook(start, start - 500, [[100, 1]], [[101, 1]], { isWhole: true });
    for (const at of [100, 1_100, 2_100]) ticks.addTrade(start + at, start + at - 495, 'buy', 101, 0.1);
    const { strategy, result } = await play(ticks, []);
    expect(strategy.seen).toContain('trade 2105 buy 101');
    expect(result.warnings.join('\n')).toMatch(/clock was 500 ms behind/);
  });

  it.each([
    ['conservative', []],
    ['proportional', ['3000 0.5@100: a trade at 100 went through limit 100']],
  ] as const)('executes a resting order by its place in the %s queue', async (queue, fills) => {
    const ticks = market();
    // Ten units join behind the order, half of the level leaves, then 5.5 are sold into it.
    ticks.addBook(start + 2_500, start + 2_500, [[100, 20]], []);
    ticks.addBook(start + 2_600, start + 2_600, [[100, 10]], []);
    ticks.addTrade(start + 3_000, start + 3_000, 'sell', 100, 5.5);
    ticks.addTrade(start + 3_100, start + 3_100, 'buy', 101, 0.1);
    const acts: Act[] = [{ at: 2_010, do: (one) => void one.buy({ type: 'limit', price: 100, size: 1 }) }];
    expect(fillsOf(await play(ticks, acts, { queue }))).toEqual(fills);
  });

  it('cannot cancel an order that is executed while the request is on its way', async () => {
    const ticks = market();
    ticks.addTrade(start + 2_100, start + 2_100, 'buy', 101, 0.1);
    ticks.addTrade(start + 2_105, start + 2_105, 'sell', 99, 1);
    ticks.addTrade(start + 3_000, start + 3_000, 'buy', 101, 0.1);
    const acts: Act[] = [
      {
        at: 2_010,
        do: (one) => {
          one.keep(one.buy({ type: 'limit', price: 100, size: 1 }));
        },
      },
      { at: 2_100, do: (one) => void one.cancel(one.orders[0]!) },
    ];
    const late = await play(ticks, acts, { orderLatencyMs: 20 });
    expect(late.strategy.orders[0]!.status).toBe('completed');
    const early = await play(ticks, acts, { orderLatencyMs: 2 });
    expect(early.strategy.orders[0]!.status).toBe('canceled');
  });

  it('ends the other exit of a bracket when one is executed, and pays maker and taker fees', async () => {
    const ticks = market();
    ticks.addTrade(start + 3_000, start + 3_000, 'buy', 103, 1);
    ticks.addTrade(start + 4_000, start + 4_000, 'sell', 95, 1);
    ticks.addTrade(start + 5_000, start + 5_000, 'sell', 95, 1);
    const acts: Act[] = [{ at: 2_010, do: (one) => void one.buyBracket({ size: 1, stopLoss: 96, takeProfit: 102 }) }];
    const instrument = {
      symbol: 'BTC/USDT',
      base: 'BTC',
      quote: 'USDT',
      type: 'spot',
      makerFee: 0.001,
      takerFee: 0.002,
    } as const;
    const { result } = await play(ticks, acts, {}, { instrument }, { account: {}, cash: 10_000 });
    const orders = result.strategies[0]!.orders.map(({ status }) => status);
    expect(orders).toEqual(['completed', 'canceled', 'completed']);
    const fees = result.strategies[0]!.orders.flatMap(({ fills }) =>
      fills.map(({ role, price, commission }) => [role, price, +commission.toPrecision(9)]),
    );
    expect(fees).toEqual([
      ['taker', 101, 0.202],
      ['maker', 102, 0.102],
    ]);
  });

  it('triggers stops and trailing stops by trades', async () => {
    const ticks = market();
    for (const [at, price] of [
      [2_500, 104],
      [2_600, 103.5],
      [2_700, 101],
      [2_800, 98],
    ] as const) {
      ticks.addTrade(start + at, start + at, 'sell', price, 1);
    }
    const acts: Act[] = [
      { at: 2_010, do: (one) => void one.buy({ size: 2 }) },
      {
        at: 2_500,
        do: (one) => {
          one.sell({ type: 'stopTrail', trailAmount: 2, size: 1 });
          one.sell({ type: 'stop', price: 99, size: 1 });
        },
      },
    ];
    const fills = fillsOf(await play(ticks, acts));
    expect(fills.map((text) => text.split(':')[0])).toEqual(['2010 2@101', '2700 -1@100', '2800 -1@100']);
  });

  it('closes the same bars as mode recording does of the same recording', async () => {
    const recording = 'examples/recordings/order-flow.jsonl.gz';
    const of = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', recording } as const;
    const closes: string[][] = [];
    for (const mode of ['ticks', 'recording'] as const) {
      const seen: string[] = [];
      class Bars extends Strategy {
        override next(): void {
          const { time, open, high, low, close, volume } = this.data;
          seen.push([time, open.now, high.now, low.now, close.now, volume.now].join(' '));
        }
      }
      const cerebro = new Cerebro();
      cerebro.addData(mode === 'ticks' ? new BookDataFeed(of) : new StreamingFeed(of));
      cerebro.addStrategy(Bars);
      await (mode === 'ticks' ? cerebro.run() : cerebro.run({ mode }));
      closes.push(seen);
    }
    expect(closes[0]!.length).toBeGreaterThan(0);
    expect(closes[0]).toEqual(closes[1]);
  });
});

/** Quotes both sides and crosses now and then, by what it has seen. */
class Quoting extends Strategy {
  readonly log: string[] = [];
  #bid: Order | undefined;
  #ask: Order | undefined;
  #count = 0;

  override nextBook(data: Data, book: MarketBook): void {
    const { receiveTime, bid, ask } = data.stream!.quote!;
    if (bid === undefined || ask === undefined) return;
    this.log.push(`${receiveTime} ${bid} ${ask} ${book.bids.length} ${this.position.size} ${this.broker.cash}`);
    if (this.#bid?.isAlive === true && this.#bid.price !== bid) this.cancel(this.#bid);
    if (this.#bid?.isAlive !== true) this.#bid = this.buy({ type: 'limit', price: bid, size: 0.1 });
    if (this.#ask?.isAlive === true && this.#ask.price !== ask) this.cancel(this.#ask);
    if (this.#ask?.isAlive !== true && this.position.size > 0) this.#ask = this.sell({ type: 'limit', price: ask, size: 0.1 }); // prettier-ignore
  }

  override nextTrade(_data: Data, trade: TradeTick): void {
    this.log.push(`trade ${trade.receiveTime} ${trade.price} ${trade.size}`);
    if (++this.#count % 50 === 0) this.buy({ size: 0.1 });
  }

  override notifyOrder(order: Order): void {
    this.log.push(`order ${order.ref} ${order.status} ${order.fills.at(-1)?.time ?? ''}`);
  }
}

/** A random market. Everything received from `noiseFrom` on is other noise. */
function randomMarket(noiseFrom: number): MarketTicks {
  const ticks = new MarketTicks();
  let random = seededRandom(7);
  let isNoise = false;
  let middle = 1_000;
  ticks.addBook(start, start, [[999, 3]], [[1_001, 3]], { isWhole: true });
  for (let k = 1; k < 2_000; k++) {
    const received = start + k * 10;
    if (!isNoise && received >= noiseFrom) {
      isNoise = true;
      random = seededRandom(99);
    }
    const time = received - 3 - Math.floor(random() * 3);
    if (random() < 0.3) {
      const isBuy = random() < 0.5;
      ticks.addTrade(time, received, isBuy ? 'buy' : 'sell', isBuy ? middle + 1 : middle - 1, 0.1 + random());
    } else {
      const moved = middle + (random() < 0.2 ? (random() < 0.5 ? 1 : -1) : 0);
      const gone: [number, number][] = moved === middle ? [] : [[moved > middle ? middle + 1 : middle - 1, 0]];
      const bids: [number, number][] = [[moved - 1, 0.5 + random() * 3]];
      const asks: [number, number][] = [[moved + 1, 0.5 + random() * 3]];
      if (moved < middle) bids.push(...gone);
      if (moved > middle) asks.push(...gone);
      middle = moved;
      ticks.addBook(time, received, bids, asks);
    }
  }
  return ticks;
}

async function logOf(ticks: MarketTicks, latency: number): Promise<string[]> {
  const made: Quoting[] = [];
  class Kept extends Quoting {
    override start(): void {
      made.push(this);
    }
  }
  const cerebro = new Cerebro({ cash: 1_000_000 });
  cerebro.addData(
    new BookDataFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1s', ticks, clockSkewMs: 0 }),
  );
  cerebro.addStrategy(Kept);
  await cerebro.run({ ticks: { queue: 'proportional', orderLatencyMs: latency } });
  return made[0]!.log;
}

/** What was logged before a moment of receipt. */
function before(log: readonly string[], time: number): string[] {
  const end = log.findIndex((line) => {
    const at = Number(line.startsWith('trade') ? line.split(' ')[1] : line.split(' ')[0]);
    return at >= time;
  });
  // Answers have no time of their own in the log: those right before the end may belong after it.
  let last = end < 0 ? log.length : end;
  while (last > 0 && log[last - 1]!.startsWith('order')) last--;
  return log.slice(0, last);
}

describe('no look-ahead', () => {
  it.each([0, 25])('decides nothing by what is received later, with %i ms to the exchange', async (latency) => {
    const moment = start + 10_000;
    const [whole, noisy, cut] = await Promise.all([
      logOf(randomMarket(Infinity), latency),
      logOf(randomMarket(moment), latency),
      logOf(randomMarket(Infinity).before(moment), latency),
    ]);
    const expected = before(whole, moment - 10);
    expect(expected.filter((line) => line.includes('completed')).length).toBeGreaterThan(10);
    expect(before(noisy, moment - 10)).toEqual(expected);
    expect(before(cut, moment - 10)).toEqual(expected);
    expect(whole.slice(expected.length + 50)).not.toEqual(noisy.slice(expected.length + 50));
  });
});

describe('options of a tick backtest', () => {
  it.each([
    [{ ticks: { queue: 'front' as never } }, {}, /queue model/],
    [{ ticks: { orderLatencyMs: -3 } }, {}, /orderLatencyMs must be .* was -3/],
    [{ ticks: { latency: 3 } as never }, {}, /latency/],
    [{}, { slippage: 0.001 }, /slippage is for backtests over bars/],
    [{}, { latencyBars: 1 }, /orderLatencyMs/],
    [{}, { rules: 'backtrader' as const }, /rules/],
  ])('refuses %j with %j', async (run, options, message) => {
    const cerebro = new Cerebro(options);
    cerebro.addData(new BookDataFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1s', ticks: market() }));
    cerebro.addStrategy(Scripted);
    await expect(cerebro.run(run)).rejects.toThrow(message);
  });

  it('refuses shares of the cash, as strategies share the account', async () => {
    const cerebro = new Cerebro();
    cerebro.addData(new BookDataFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1s', ticks: market() }));
    cerebro.addStrategy(Scripted, {}, { cash: 0.5 });
    await expect(cerebro.run()).rejects.toThrow(/in a tick backtest all strategies trade on one account/);
  });

  it('says that a backtest over bars calls no hook for ticks', async () => {
    const cerebro = new Cerebro();
    cerebro.addData(
      new StreamingFeed({
        exchange: 'binance',
        symbol: 'BTC/USDT',
        timeframe: '1m',
        recording: 'examples/recordings/order-flow.jsonl.gz',
      }),
    );
    cerebro.addStrategy(Scripted);
    expect((await cerebro.run()).warnings.join('\n')).toMatch(/nextTrade\(\) of Scripted was never called/);
    await expect(cerebro.run({ ticks: {} })).rejects.toThrow(/BookDataFeed/);
  });
});

describe('a feed without a tick', () => {
  const run = async (more: Partial<BookDataFeedOptions>): Promise<unknown> => {
    const cerebro = new Cerebro();
    const market = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: '5s' };
    cerebro.addData(new BookDataFeed({ ...market, ...more }));
    cerebro.addStrategy(Scripted);
    return cerebro.run({ ticks: {} });
  };

  it('says from when to when there are some', async () => {
    const recording = 'examples/recordings/order-flow.jsonl.gz';
    await expect(run({ recording, start: '2020-01-01', end: '2020-01-02' })).rejects.toThrow(
      'in its range: it has them from 2026-01-05 00:00:00.336 to 2026-01-05 00:09:59.900',
    );
  });

  it.skipIf(!existsSync('../shared/recordings/binance.jsonl.gz'))('names the symbols of the recording', async () => {
    await expect(run({ recording: '../shared/recordings/binance.jsonl.gz' })).rejects.toThrow(
      'BTC/USDT has no trade and no book of BTC/USDT: the recording has NKN/USDT, BLZ/ETH, LRC/BTC, RUNE/EUR',
    );
  });
});

const recorded = '../shared/recordings/binance_spot_btcusdt.jsonl.gz';
describe.skipIf(!existsSync(recorded))("on hftbacktest's public sample data", () => {
  it('executes each resting order under the proportional model no later than under the conservative one', async () => {
    /** Bids at the best price once a second, whatever happens to it. */
    class Resting extends Strategy {
      override next(): void {
        const { bid } = this.data.stream?.quote ?? {};
        if (bid !== undefined) this.buy({ type: 'limit', price: bid, size: 0.0001 });
      }
    }
    const times: number[][] = [];
    for (const queue of ['conservative', 'proportional'] as const) {
      const cerebro = new Cerebro({ cash: 100_000 });
      const of = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1s', recording: recorded } as const;
      cerebro.addData(new BookDataFeed({ ...of, end: 1723161345000 }));
      cerebro.addStrategy(Resting);
      const { strategies } = await cerebro.run({ ticks: { queue, orderLatencyMs: 5 } });
      times.push(strategies[0]!.orders.map(({ fills }) => fills.at(-1)?.time ?? Infinity));
    }
    const [conservative = [], proportional = []] = times;
    expect(conservative.filter(Number.isFinite).length).toBeGreaterThan(5);
    expect(proportional.every((time, k) => time <= conservative[k]!)).toBe(true);
    expect(proportional.some((time, k) => time < conservative[k]!)).toBe(true);
  });
});
