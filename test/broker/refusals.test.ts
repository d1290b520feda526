/** Refusals: whatever refuses an order, in whichever mode, `order.rule` has its name and the reason its value. */
import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, Strategy, type Instrument, type Order, type OrderOptions } from 'nextbar';
import { PaperBroker } from '../../src/broker/index.ts';
import { workingOf } from '../../src/broker/orders/working-order.ts';
import { cutToPosition } from '../../src/broker/sandbox/order-request.ts';
import { Pit } from './paper/pit.ts';
import { Desk, spot } from './sandbox/desk.ts';
import { PlainIntents } from './sandbox/scripted-gateway.ts';

const strict: Instrument = { ...spot, minSize: 0.01, maxSize: 500, minNotional: 10 };

/** A backtest whose bars all trade at 100. */
async function backtest(side: 'buy' | 'sell', options: OrderOptions): Promise<Order> {
  class Once extends Strategy {
    override next(): void {
      if (this.data.length === 1) this[side](options);
    }
  }
  const bars = [0, 1, 2].map((k) => ({
    time: Date.UTC(2026, 0, 5, 0, k), open: 100, high: 100, low: 100, close: 100, volume: 1_000,
  })); // prettier-ignore
  const feed = new BarsDataFeed({ timeframe: '1m', bars, instrument: strict });
  const { strategies } = await new Cerebro({ cash: 10_000, account: 'spot' }).addData(feed).addStrategy(Once).run();
  return strategies[0]!.orders[0]!;
}

/** A session at a touch of 100 on both sides. */
async function session(mode: 'paper' | 'sandbox', side: 'buy' | 'sell', options: OrderOptions): Promise<Order> {
  const pit =
    mode === 'sandbox'
      ? await new Desk({}, new PlainIntents(), 10_000, strict).opened()
      : new Pit(new PaperBroker({ cash: 10_000, account: 'spot' }), strict).state('live').bar(100, 100, 100, 100);
  pit.quote(100, 100);
  return pit[side]({ ...options });
}

const cases: readonly (readonly [
  rule: string,
  status: string,
  side: 'buy' | 'sell',
  options: OrderOptions,
  reason: RegExp,
])[] = [
  ['lot', 'rejected', 'buy', { size: 1.0006 }, /size 1.0006 .* the lot 0.001: the nearest is 1.001$/],
  ['minSize', 'rejected', 'buy', { size: 0.005 }, /size 0.005 is below the smallest size 0.01$/],
  ['maxSize', 'rejected', 'buy', { size: 600 }, /size 600 is above the largest size 500$/],
  ['minNotional', 'rejected', 'buy', { size: 0.05 }, /value 5 is below the smallest value 10: the nearest size is 0.1$/],
  ['tick', 'rejected', 'buy', { type: 'limit', price: 99.7, size: 1 }, /price 99.7 .* the tick 0.5: the nearest is 99.5$/],
  ['lot', 'rejected', 'buy', { quoteSize: 0.05 }, /quoteSize 0.05 is 0.0005 units at 100, .* the nearest is 0.1$/],
  ['triggered', 'rejected', 'buy', { type: 'stop', price: 90, size: 1 }, /stop at 90 to buy is triggered already/],
  ['postOnly', 'rejected', 'buy', { type: 'limit', price: 101, size: 1, postOnly: true }, /at 101 would take at 100; the nearest that rests is 99.5$/],
  ['ioc', 'canceled', 'buy', { type: 'limit', price: 99, size: 1, timeInForce: 'ioc' }, /^immediate or cancel: .* 100 was beyond its price 99$/],
  ['fok', 'canceled', 'buy', { type: 'limit', price: 99, size: 1, timeInForce: 'fok' }, /^fill or kill: .* 100 was beyond its price 99$/],
  ['reduceOnly', 'canceled', 'sell', { size: 1, reduceOnly: true }, /^there is no long position left to reduce$/],
]; // prettier-ignore

describe('an order that is refused or ended by a rule', () => {
  it.each(cases)('names %s in a backtest, on paper and in a sandbox', async (rule, status, side, options, reason) => {
    const orders = [await backtest(side, options), await session('paper', side, options)];
    // An exchange decides itself on an order that it may take in part or whole: the session only forbids what its account cannot do.
    if (rule !== 'ioc' && rule !== 'fok') orders.push(await session('sandbox', side, options));
    for (const order of orders) {
      expect([order.status, order.rule]).toEqual([status, rule]);
      expect(order.reason).toMatch(reason);
      expect(order.toJSON()).toMatchObject({ status, rule, reason: order.reason });
    }
  });

  it.each(['buy', 'sell'] as const)('names the cash that a %s lacks', async (side) => {
    const options = { size: 200 } as const;
    const orders = [
      await backtest(side, options),
      await session('paper', side, options),
      await session('sandbox', side, options),
    ];
    for (const order of orders.slice(0, side === 'buy' ? 2 : 3)) {
      expect([order.status, order.rule]).toEqual(['margin', 'cash']);
      expect(order.reason).toMatch(side === 'buy' ? /short by 10000 / : /200 BTC|holds 0 BTC/);
    }
  });

  it('names the stream that is not live, the halt and the pause', () => {
    const pit = new Pit(new PaperBroker({ cash: 10_000 }), strict).state('live').bar(100, 100, 100, 100);
    pit.state('stale');
    expect(pit.buy({ size: 1 }).rule).toBe('staleOrders');
    pit.state('live').broker.halt(0, 'BREAK');
    expect(pit.buy({ size: 1 }).rule).toBe('halted');
    pit.broker.halt(0, undefined);
    pit.broker.pause('an operator said so');
    expect(pit.buy({ size: 1 }).rule).toBe('paused');
  });

  it('names the order that a child came with, and a sizer that has no answer', async () => {
    class Children extends Strategy {
      made: readonly (Order | undefined)[] = [];
      override next(): void {
        if (this.data.length !== 1) return;
        const { main, stopLoss, takeProfit } = this.buyBracket({ size: 1, stopLoss: 110, takeProfit: 90 })!;
        const dear = this.buyBracket({ size: 900, stopLoss: 90, takeProfit: 110 })!;
        this.made = [main, stopLoss, takeProfit, dear.main, dear.stopLoss, dear.takeProfit];
      }
    }
    const bars = [0, 1, 2].map((k) => ({
      time: Date.UTC(2026, 0, 5, 0, k), open: 100, high: 100, low: 100, close: 100, volume: 1_000,
    })); // prettier-ignore
    const { strategies } = await new Cerebro({ cash: 10_000 })
      .addData(new BarsDataFeed({ timeframe: '1m', bars }))
      .addStrategy(Children)
      .run();
    expect(strategies[0]!.orders.map(({ status, rule }) => [status, rule])).toEqual([
      ['rejected', 'stopLoss'],
      ['margin', 'cash'],
      ['rejected', 'parent'],
      ['rejected', 'parent'],
    ]);
  });
});

describe('a market order by quote amount', () => {
  it('of an inverse contract counts the quote units of its contracts, at any price', async () => {
    class Once extends Strategy {
      override next(): void {
        if (this.data.length === 1) this.buy({ quoteSize: 1_050 });
      }
    }
    const bars = [0, 1, 2].map((k) => ({
      time: Date.UTC(2026, 0, 5, 0, k), open: 40_000, high: 40_000, low: 40_000, close: 40_000, volume: 1_000,
    })); // prettier-ignore
    const cerebro = new Cerebro({ account: { cash: { BTC: 1 }, leverage: 2 } });
    cerebro.addData(new BarsDataFeed({ name: 'coin', timeframe: '1m', bars }));
    cerebro.setInstrument('coin', { symbol: 'BTC/USD:BTC', contractSize: 100, lot: 1, minNotional: 100 });
    const order = (await cerebro.addStrategy(Once).run()).strategies[0]!.orders[0]!;
    expect([order.status, order.filled]).toEqual(['completed', 10]);
  });
});

describe('an order of a contract that only reduces', () => {
  it('has the size of what it may reduce once it is sent', () => {
    const pit = new Pit(new PaperBroker({ cash: 10_000 }), spot).state('live').bar(100, 100, 100, 100).quote(100, 100);
    const order = pit.sell({ type: 'limit', price: 200, size: 50, reduceOnly: true });
    const working = workingOf(order)!;
    expect(cutToPosition(working, 2, 0.001)).toBeUndefined();
    expect([order.size, working.remaining]).toEqual([2, 2]);
    expect(cutToPosition(working, -2, 0.001)).toEqual({
      rule: 'reduceOnly',
      reason: 'there is no long position left to reduce, 2 short is held',
    });
  });
});
