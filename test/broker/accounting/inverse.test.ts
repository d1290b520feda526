/** Trades and sizes of contracts that settle in their base, against what the account gains. */
import { describe, expect, it } from 'vitest';
import { ContractScheme } from '../../../src/broker/accounting/ledger/contract-scheme.ts';
import { Blotter } from '../../../src/broker/accounting/fill-blotter.ts';
import { TradeBook } from '../../../src/broker/accounting/trade-book.ts';
import type { Order } from '../../../src/broker/index.ts';
import { timeframe } from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';
import {
  BarsDataFeed,
  Cerebro,
  fixedSizeFiller,
  kelly,
  riskPerTrade,
  Strategy,
  volatilitySize,
  type Sizer,
} from 'nextbar';

/** Bars of an hour that each open where the one before closed, three dollars either way. */
function barsOf(closes: readonly number[]) {
  return closes.map((close, i) => {
    const open = closes[Math.max(0, i - 1)]!;
    const [high, low] = [Math.max(open, close) + 3, Math.min(open, close) - 3];
    return { time: Date.UTC(2024, 0, 1, i), open, high, low, close, volume: 1e6 };
  });
}

/** A strategy that does something at bars by their number, from 1. */
function acting(acts: Readonly<Record<number, (strategy: Strategy) => void>>) {
  return class Acting extends Strategy {
    override next(): void {
      acts[this.data.length]?.(this);
    }
  };
}

async function run(closes: readonly number[], acts: Parameters<typeof acting>[0], sizer?: Sizer) {
  const cerebro = new Cerebro({ account: { cash: { BTC: 10 }, leverage: 1 } });
  cerebro.addData(new BarsDataFeed({ symbol: 'BTC/USD:BTC', timeframe: '1h', bars: barsOf(closes) }), 'btc');
  cerebro.setInstrument('btc', { contractSize: 100, lot: 1, takerFee: 0 });
  cerebro.addStrategy(acting(acts));
  if (sizer !== undefined) cerebro.addSizer(sizer);
  const result = await cerebro.run();
  return { result, trades: result.strategies[0]!.trades, orders: result.strategies[0]!.orders };
}

describe('a trade of an inverse contract', () => {
  it('is entered at the harmonic mean of its fills, and earns what the account gains', async () => {
    const { trades, result } = await run([60_000, 60_000, 70_000, 70_000, 80_000, 80_000, 80_000], {
      1: (one) => one.buy({ size: 300 }),
      3: (one) => one.buy({ size: 200 }),
      5: (one) => one.close(),
    });
    const [trade] = trades;
    expect(trade!.price).toBeCloseTo(500 / (300 / 60_000 + 200 / 70_000), 6);
    expect(trade!.pnl).toBeCloseTo(100 * (300 / 60_000 + 200 / 70_000 - 500 / 80_000), 10);
    expect(trade!.pnl).toBeCloseTo(result.finalValue - 10, 10);
  });

  it('short is entered so too', async () => {
    const { trades, result } = await run([60_000, 60_000, 70_000, 70_000, 50_000, 50_000, 50_000], {
      1: (one) => one.sell({ size: 300 }),
      3: (one) => one.sell({ size: 200 }),
      5: (one) => one.close(),
    });
    expect(trades[0]!.price).toBeCloseTo(500 / (300 / 60_000 + 200 / 70_000), 6);
    expect(trades[0]!.pnl).toBeCloseTo(result.finalValue - 10, 10);
    expect(trades[0]!.pnl).toBeGreaterThan(0);
  });

  it.each([60_060, 59_940])('is won or lost however little the price moves, to %i', async (exit) => {
    const { trades, result } = await run([60_000, 60_000, exit, exit, exit], {
      1: (one) => one.buy({ size: 1 }),
      3: (one) => one.close(),
    });
    expect(trades[0]!.pnlNet).toBeCloseTo(100 / 60_000 - 100 / exit, 12);
    expect(Math.sign(trades[0]!.pnlNet)).toBe(Math.sign(exit - 60_000));
    expect(result.finalValue - 10).toBeCloseTo(trades[0]!.pnlNet, 12);
  });
});

describe('an order of an inverse contract', () => {
  it('that two bars fill has their harmonic mean as its average price', async () => {
    const cerebro = new Cerebro({ account: { cash: { BTC: 10 }, leverage: 1 }, filler: fixedSizeFiller(300) });
    const bars = barsOf([60_000, 60_000, 70_000, 70_000, 70_000]);
    cerebro.addData(new BarsDataFeed({ symbol: 'BTC/USD:BTC', timeframe: '1h', bars }), 'btc');
    cerebro.setInstrument('btc', { contractSize: 100, lot: 1, takerFee: 0 });
    cerebro.addStrategy(acting({ 2: (one) => one.buy({ size: 500 }) }));
    const [order] = (await cerebro.run()).strategies[0]!.orders;
    expect(order!.fills.map(({ size, price }) => [size, price])).toEqual([
      [300, 60_000],
      [200, 70_000],
    ]);
    expect(order!.averagePrice).toBeCloseTo(500 / (300 / 60_000 + 200 / 70_000), 6);
  });
});

describe('two open trades of one inverse contract', () => {
  it('hold together what their fills came to', () => {
    const info = { name: 'btc', symbol: 'BTC/USD:BTC', timeframe: timeframe('1h') };
    const data = new Data(new Timeline(0, info), new Graph());
    const [book, blotter] = [new TradeBook(), new Blotter()];
    const fill = (tradeId: number, size: number, price: number): void => {
      const none = { time: 0, closed: 0, commission: 0, pnl: 0, value: 0, traded: 0, closedCommission: 0 };
      const facts = { ...none, size, price, opened: size, positionSize: size, positionPrice: price };
      const row = blotter.add({ ...facts, rule: 'open', level: NaN, reached: NaN }, -1);
      const order = { data, tradeId, type: 'market', ref: row, tag: undefined } as unknown as Order;
      book.apply(order, blotter, row, new ContractScheme(100, true, 0, 1), { push: () => undefined });
    };
    fill(0, 300, 60_000);
    fill(1, 200, 70_000);
    const { size, price } = book.heldOf(data);
    expect(size).toBe(500);
    expect(price).toBeCloseTo(500 / (300 / 60_000 + 200 / 70_000), 6);
  });
});

describe('a size of an inverse contract', () => {
  const flat = Array.from({ length: 20 }, () => 60_000);

  it('that risks one percent loses it at the stop', async () => {
    const { orders } = await run(flat, { 1: (one) => one.buy({ stopPrice: 57_000 }) }, riskPerTrade(0.01));
    const lost = orders[0]!.size * 100 * (1 / 57_000 - 1 / 60_000);
    expect(lost).toBeLessThanOrEqual(0.1);
    expect(lost).toBeGreaterThan(0.1 - 100 * (1 / 57_000 - 1 / 60_000));
  });

  it('by volatility moves the value by its fraction with a range of the market', async () => {
    const { orders } = await run(flat, { 18: (one) => one.buy() }, volatilitySize(0.00005));
    // A range is six dollars, and moves one contract of a hundred by 100 x 6 / 60,000 squared.
    expect(orders[0]!.size).toBe(Math.floor((0.00005 * 10) / ((100 * 6) / 60_000 ** 2)));
  });

  it("by Kelly's fraction invests that part of the value", async () => {
    const { orders } = await run(flat, { 1: (one) => one.buy() }, kelly({ scale: 1, cap: 0.25 }));
    expect(orders[0]!.size).toBe(Math.floor((0.25 * 10) / (100 / 60_000)));
  });
});
