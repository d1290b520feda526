/** Paper fills in the book: levels that orders take, queues that they wait in, and the time that they are under way. */
import { describe, expect, it } from 'vitest';

import { PaperBroker, placeBracket, type BrokerOptions, type PaperModel } from '../../../src/broker/index.ts';
import { minute, Pit, start } from './pit.ts';

const bids = [[99, 2], [98, 4], [97, 8]] as const; // prettier-ignore
const asks = [[101, 1], [102, 2], [104, 5]] as const; // prettier-ignore

/** A pit whose first bar closed at 100, with a book of three levels a side. */
function opened(paper: PaperModel = {}, options: BrokerOptions = {}): Pit {
  const pit = new Pit(new PaperBroker({ cash: 10_000, ...options }, { paper }));
  return pit.state('live').bar(100, 100, 100, 100).quote(99, 101).book(bids, asks);
}

describe('an order that takes', () => {
  it('walks the levels, each for its size, and says what it was matched against', () => {
    const pit = opened();
    const order = pit.buy({ size: 4 });
    expect(pit.said().slice(2)).toEqual(['1 partial 1 @ 101', '1 partial 2 @ 102', '1 completed 1 @ 104']);
    expect(order.lastFill?.reason).toBe('took 1 at the ask 104 of the book');
    expect(pit.broker.cash).toBe(10_000 - 101 - 204 - 104);
  });

  it('leaves a level thinner until the exchange publishes it again', () => {
    const pit = opened();
    pit.buy({ size: 1 });
    pit.buy({ size: 1 });
    expect(pit.said().filter((line) => line.includes('@'))).toEqual(['1 completed 1 @ 101', '2 completed 1 @ 102']);
    pit.book(bids, asks).buy({ size: 1 });
    expect(pit.said().at(-1)).toBe('3 completed 1 @ 101');
  });

  it('stops at its limit, and rests there with what is left', () => {
    const pit = opened();
    pit.buy({ type: 'limit', price: 102, size: 5 });
    expect(pit.said().slice(2)).toEqual(['1 partial 1 @ 101', '1 partial 2 @ 102']);
    pit.trade([102, 1.5, 'sell']);
    expect(pit.said()).toEqual(['1 partial 1.5 @ 102']);
  });

  it('ends where the book does, with the reason', () => {
    const pit = opened();
    pit.buy({ size: 10 });
    expect(pit.said().at(-1)).toBe('1 canceled (the book ended before 2 units of the market order)');
    expect(pit.broker.positionOf(0).size).toBe(8);
  });

  it('is whole or nothing with fill or kill, and never rests with immediate or cancel', () => {
    const pit = opened();
    pit.buy({ type: 'limit', price: 102, size: 5, timeInForce: 'fok' });
    expect(pit.said().at(-1)).toBe('1 canceled (fill or kill: the book has 3 of 5 units within its price)');
    pit.buy({ type: 'limit', price: 101, size: 5, timeInForce: 'ioc' });
    expect(pit.said().slice(-2)).toEqual([
      '2 partial 1 @ 101', '2 canceled (immediate or cancel: nothing more rests within its price 101)',
    ]); // prettier-ignore
  });

  it('triggers a stop by a trade, and walks the book from there', () => {
    const pit = opened();
    const order = pit.buy({ type: 'stop', price: 103, size: 2 });
    pit.said();
    pit.trade(102.5, 103);
    expect(pit.said()).toEqual(['1 partial 1 @ 101', '1 completed 1 @ 102']);
    expect(order.averagePrice).toBe(101.5);
  });

  it('pays for what the cash covers and no more', () => {
    const pit = opened({}, { cash: 405 });
    pit.buy({ size: 4 });
    expect(pit.said().slice(2)).toEqual([
      '1 partial 1 @ 101', '1 partial 2 @ 102', '1 margin (the cash does not cover 1 at 104)',
    ]); // prettier-ignore
    expect(pit.broker.positionOf(0).size).toBe(3);
  });
});

describe('an order that rests', () => {
  it('waits behind the size that was there when it came', () => {
    const pit = opened();
    const order = pit.buy({ type: 'limit', price: 98, size: 3 });
    pit.said();
    pit.trade([98, 4, 'sell']);
    expect(pit.said()).toEqual([]);
    pit.trade([98, 1, 'sell'], [98, 9, 'sell']);
    expect(pit.said()).toEqual(['1 partial 1 @ 98', '1 completed 2 @ 98']);
    expect(order.lastFill?.reason).toBe('traded at limit 98 after the units ahead of it in the queue');
  });

  it('is behind units that others canceled with the conservative queue, and ahead of some with the proportional one', () => {
    const grown = [[99, 2], [98, 8], [97, 8]] as const; // prettier-ignore
    const filled = (queue: 'conservative' | 'proportional'): number => {
      const pit = opened({ queue });
      const order = pit.buy({ type: 'limit', price: 98, size: 3 });
      // Others join behind it, then half of the level leaves.
      pit.book(grown, asks).book([[99, 2], [98, 4], [97, 8]], asks).trade([98, 4, 'sell']); // prettier-ignore
      return order.filled;
    };
    expect([filled('conservative'), filled('proportional')]).toEqual([0, 2]);
  });

  it('is filled by a book or a trade that goes through it, whole', () => {
    const pit = opened();
    pit.buy({ type: 'limit', price: 98, size: 3 });
    const second = pit.buy({ type: 'limit', price: 97, size: 3 });
    pit.said();
    pit.trade([97.5, 0.1, 'sell']);
    expect(pit.said()).toEqual(['1 completed 3 @ 98']);
    pit.book([[95, 1]], [[96, 1]]); // prettier-ignore
    expect(pit.said()).toEqual(['2 completed 3 @ 97']);
    expect(second.lastFill?.reason).toBe('the market went through limit 97 to 96');
  });

  it('is behind everything at a level that the published book did not reach when it came', () => {
    const pit = opened();
    pit.buy({ type: 'limit', price: 95, size: 1 });
    pit.book([[96, 1], [95, 7]], asks).said(); // prettier-ignore
    pit.trade([95, 7, 'sell']);
    expect(pit.said()).toEqual([]);
    pit.trade([95, 2, 'sell']);
    expect(pit.said()).toEqual(['1 completed 1 @ 95']);
  });

  it('keeps its place when it is made smaller, and loses it at another price', () => {
    const pit = opened();
    const order = pit.buy({ type: 'limit', price: 98, size: 3 });
    pit.trade([98, 4, 'sell']);
    pit.entry.amend(order, { size: 2 });
    pit.turn().said();
    pit.trade([98, 1, 'sell']);
    expect(pit.said()).toEqual(['1 partial 1 @ 98']);
    pit.entry.amend(order, { price: 97 });
    pit.turn().trade([97, 7.9, 'sell']);
    // The book was at 97 and above, and a trade went through 98: what was left had moved to 97, behind 8.
    expect(order.remaining).toBe(1);
  });

  it('makes its exits arrive, and one of them ends the other', () => {
    const pit = opened();
    pit.together((entry) => {
      placeBracket(entry, 'buy', { size: 1, type: 'market', stopLoss: 98, takeProfit: 103 });
    });
    pit.said();
    pit.trade([103, 6]);
    expect(pit.said()).toEqual(['3 completed -1 @ 103', '2 canceled (order 3 of its bracket was completed)']);
    pit.trade([97, 5, 'sell']);
    expect(pit.said()).toEqual([]);
  });
});

describe('a book that is lost', () => {
  it('leaves new orders at the touch, and takes them in when it is whole again', () => {
    const pit = opened().book();
    pit.buy({ size: 4 });
    expect(pit.said().at(-1)).toBe('1 completed 4 @ 101');
    const order = pit.buy({ type: 'limit', price: 98, size: 1 });
    pit.book(bids, asks).trade([98, 4, 'sell']);
    expect(order.filled).toBe(0);
    pit.trade([98, 1, 'sell']);
    expect(order.filled).toBe(1);
  });
});

describe('latency', () => {
  it('lets an order arrive later, at the market of that moment', () => {
    const pit = opened({ orderLatencyMs: 50 });
    const order = pit.buy({ size: 1 });
    expect(pit.said()).toEqual(['1 submitted', '1 accepted']);
    pit.now += 20;
    pit.book(bids, [[110, 5]]); // prettier-ignore
    expect(pit.said()).toEqual([]);
    pit.now += 40;
    // The book of this moment comes after the order has arrived.
    pit.book(bids, [[120, 5]]); // prettier-ignore
    expect(pit.said()).toEqual(['1 completed 1 @ 110']);
    expect(order.lastFill?.time).toBe(start + minute + 50);
  });

  it('lets a fill that was faster than a cancel stand', () => {
    const pit = opened({ orderLatencyMs: 50, depth: 'touch' });
    const order = pit.buy({ type: 'limit', price: 98, size: 2 });
    pit
      .clock(pit.now + 60)
      .cancel(order)
      .said();
    pit.trade([98, 1]);
    expect(pit.said()).toEqual(['1 partial 1 @ 98']);
    pit.clock(pit.now + 60);
    expect(pit.said()).toEqual(['1 canceled']);
  });
});

describe('the model', () => {
  it('is off with touch, which fills whole at the best quote', () => {
    const pit = opened({ depth: 'touch' });
    pit.buy({ size: 4 });
    expect(pit.said().at(-1)).toBe('1 completed 4 @ 101');
  });

  it.each([
    [{ depht: 'book' }, "unknown option of paper 'depht': did you mean 'depth'?"],
    [{ depth: 'bok' }, "'bok'"],
    [{ queue: 'front' }, "'front'"],
    [{ orderLatencyMs: -1 }, 'orderLatencyMs must be a number of milliseconds of at least 0, was -1'],
  ])('refuses %o', (model, message) => {
    expect(() => new PaperBroker({}, { paper: model as PaperModel })).toThrow(message);
  });
});

describe('funding that a stream states', () => {
  const perpetual = {
    symbol: 'BTC/USDT:USDT', type: 'swap', base: 'BTC', quote: 'USDT', settle: 'USDT', linear: true,
    contractSize: 1, exchange: 'local',
  } as const; // prettier-ignore

  it('is paid with the bar that it is due in, at the rate that was stated last', () => {
    const pit = new Pit(new PaperBroker({ account: { cash: { USDT: 10_000 }, leverage: 2 } }, {}), perpetual);
    pit.state('live').bar(100, 100, 100, 100).quote(100, 100);
    pit.buy({ size: 10 });
    const { broker } = pit;
    const state = (rate: number, nextTime: number): void => {
      broker.onFunding(0, {
        type: 'funding', exchange: 'local', symbol: 'BTC/USDT:USDT', time: pit.time, receiveTime: pit.time,
        rate, nextTime, predictedRate: undefined, markPrice: undefined, indexPrice: undefined,
      }); // prettier-ignore
    };
    state(0.0001, start + 3 * minute);
    state(0.001, start + 3 * minute);
    const before = broker.cash;
    pit.bar(100, 100, 100, 100);
    expect(broker.accountResult?.funding).toEqual([]);
    pit.bar(100, 100, 100, 100).bar(100, 100, 100, 100);
    expect(broker.accountResult?.funding).toMatchObject([{ rate: 0.001, amount: -1 }]);
    expect(before).toBeGreaterThan(0);
  });

  it('does not stop a liquidation, which comes with the bar that reaches its price', () => {
    const pit = new Pit(
      new PaperBroker({ account: { cash: { USDT: 600 }, leverage: 10, margin: 'isolated' } }, {}),
      perpetual,
    );
    pit.state('live').bar(100, 100, 100, 100).quote(100, 100);
    pit.buy({ size: 50 });
    pit.bar(100, 100, 85, 86);
    expect(pit.broker.accountResult?.liquidations).toHaveLength(1);
    expect(pit.broker.positionOf(0).size).toBe(0);
  });
});
