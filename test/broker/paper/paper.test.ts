/** Paper fills, readable by eye: bars, quotes and trades called out, and what the orders become. */
import { describe, expect, it } from 'vitest';

import type { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { matchOnArrival, matchTrade } from '../../../src/broker/paper/touch-match.ts';

import { PaperBroker, placeBracket, type BrokerOptions, type PaperOptions } from '../../../src/broker/index.ts';
import type { Instrument } from '../../../src/core/index.ts';
import { Pit, minute, start } from './pit.ts';

const spot: Instrument = {
  symbol: 'BTC/USDT',
  type: 'spot',
  base: 'BTC',
  quote: 'USDT',
  tick: 0.5,
  lot: 0.001,
  minSize: 0.01,
  maxSize: 100,
  minNotional: 5,
};

/** A pit whose first bar closed at 100, with 99 bid and 101 asked. */
function opened(options: BrokerOptions = {}, paper: PaperOptions = {}, instrument?: Instrument): Pit {
  const pit = new Pit(new PaperBroker({ cash: 10_000, ...options }, paper), instrument);
  pit.state('live').bar(100, 100, 100, 100).quote(99, 101);
  return pit;
}

describe('market orders', () => {
  it('fills a buy at the ask and a sell at the bid, at once and whole', () => {
    const pit = opened();
    pit.buy({ size: 2 });
    pit.sell({ size: 2 });
    expect(pit.said()).toEqual([
      '1 submitted', '1 accepted', '1 completed 2 @ 101',
      '2 submitted', '2 accepted', '2 completed -2 @ 99',
    ]); // prettier-ignore
    expect(pit.broker.cash).toBe(10_000 - 4);
  });

  it('fills at the next trade while no quote is known', () => {
    const pit = new Pit(new PaperBroker()).state('live').bar(100, 100, 100, 100);
    const order = pit.buy();
    expect(pit.said()).toEqual(['1 submitted', '1 accepted']);
    pit.trade(100.5);
    expect(pit.said()).toEqual(['1 completed 1 @ 100.5']);
    expect(order.lastFill?.reason).toBe('market order at the next trade 100.5');
  });

  it('forgets the quote when the stream loses data', () => {
    const pit = opened().state('resyncing').state('live');
    pit.buy();
    expect(pit.said()).toEqual(['1 submitted', '1 accepted']);
    pit.trade(104);
    expect(pit.said()).toEqual(['1 completed 1 @ 104']);
  });

  it('takes a side of the book that is there when the other is empty', () => {
    const pit = opened().quote(99, undefined);
    pit.buy();
    pit.sell();
    expect(pit.said()).toEqual([
      '1 submitted', '1 accepted', '2 submitted', '2 accepted', '2 completed -1 @ 99',
    ]); // prettier-ignore
  });

  it('fills at no crossed quote, whose bid or ask is old, but at the next trade', () => {
    const pit = opened().quote(105, 101);
    pit.buy();
    pit.sell({ type: 'limit', price: 104 });
    expect(pit.said()).toEqual(['1 submitted', '1 accepted', '2 submitted', '2 accepted']);
    pit.trade(102);
    expect(pit.said()).toEqual(['1 completed 1 @ 102']);
    pit.quote(102, 103);
    pit.buy();
    expect(pit.said().at(-1)).toBe('3 completed 1 @ 103');
  });

  it('books a sale before a purchase of the same moment that needs its proceeds, in whatever order they were placed', () => {
    const pit = opened({ cash: 150 });
    pit.buy();
    pit.said();
    pit.together((entry) => {
      entry.place('buy', { size: 1, whenCashShort: 'cut' });
      entry.place('sell', { size: 1 });
    });
    expect(pit.said().slice(-2)).toEqual(['3 completed -1 @ 99', '2 completed 1 @ 101']);
  });

  it('says why it filled, and when by the exchange', () => {
    const pit = opened().trade(100);
    const order = pit.buy();
    expect(order.lastFill).toMatchObject({ reason: 'market order at the ask 101', time: start + minute + 1 });
  });

  it('leaves position and cash as they are until the strategy has had its turn', () => {
    const pit = opened();
    pit.together((entry) => {
      entry.place('buy', { size: 2 });
      expect(pit.broker.positionOf(0).size).toBe(0);
      expect(pit.broker.cash).toBe(10_000);
    });
    expect(pit.broker.positionOf(0).size).toBe(2);
  });
});

describe('limit orders', () => {
  it('fills at the touch when the touch meets it on arrival', () => {
    const pit = opened();
    const order = pit.buy({ type: 'limit', price: 103 });
    expect(pit.said().at(-1)).toBe('1 completed 1 @ 101');
    expect(order.lastFill?.reason).toBe('ask 101 was at or below limit 103');
  });

  it('rests until a trade prints at it, and gets no more than was printed', () => {
    const pit = opened();
    const order = pit.buy({ type: 'limit', price: 98, size: 5 });
    pit.trade(99, 98.5);
    expect(pit.said()).toEqual(['1 submitted', '1 accepted']);
    pit.trade([98, 2], [97, 1.5], [98.5, 9], [98, 7]);
    expect(pit.said()).toEqual(['1 partial 2 @ 98', '1 partial 1.5 @ 98', '1 completed 1.5 @ 98']);
    expect(order.averagePrice).toBe(98);
    expect(order.lastFill?.reason).toBe('a trade at 98 went through limit 98');
  });

  it('shares a print between its own orders in the order they were made', () => {
    const pit = opened();
    pit.buy({ type: 'limit', price: 98, size: 2 });
    pit.buy({ type: 'limit', price: 98, size: 2 });
    pit.said();
    pit.trade([98, 3]);
    expect(pit.said()).toEqual(['1 completed 2 @ 98', '2 partial 1 @ 98']);
  });

  it('is not filled by a quote that crosses it, nor by trades that were fetched afterwards', () => {
    const pit = opened();
    pit.buy({ type: 'limit', price: 98 });
    pit.quote(96, 97);
    const late = {
      type: 'trade',
      exchange: 'local',
      symbol: 'BTC/USDT',
      time: pit.time,
      receiveTime: pit.time,
    } as const;
    pit.broker.onTrade(0, { ...late, id: 'x', side: 'sell', price: 90, size: 9, backfill: true });
    pit.turn();
    expect(pit.said()).toEqual(['1 submitted', '1 accepted']);
  });

  it('sells at its limit when the market trades through it', () => {
    const pit = opened();
    pit.sell({ type: 'limit', price: 102 });
    pit.trade(105);
    expect(pit.said().at(-1)).toBe('1 completed -1 @ 102');
  });
});

describe('who takes and who waits', () => {
  it('is said of every match', () => {
    const working = (type: string, change: object = {}): WorkingOrder =>
      ({
        order: { type },
        price: 100,
        limitPrice: 101,
        sign: 1,
        isActivated: true,
        ...change,
      }) as unknown as WorkingOrder;
    const takes = (match: { readonly isTaker: boolean } | undefined): boolean | undefined => match?.isTaker;
    expect(takes(matchOnArrival(working('market'), 99))).toBe(true);
    expect(takes(matchOnArrival(working('limit'), 99))).toBe(true);
    expect(takes(matchTrade(working('market'), 99, undefined))).toBe(true);
    expect(takes(matchTrade(working('stop'), 100, 100))).toBe(true);
    expect(takes(matchTrade(working('stopTrail'), 100, 100))).toBe(true);
    expect(takes(matchTrade(working('stopLimit'), 100, 100))).toBe(true);
    expect(takes(matchTrade(working('limit'), 99, 98))).toBe(false);
    expect(takes(matchTrade(working('stopLimit', { isTriggered: true }), 99, 98))).toBe(false);
  });

  it.each<[string, Parameters<ReturnType<typeof opened>['buy']>[0], number]>([
    ['a market order', { size: 5 }, 101],
    ['a limit that the ask meets on arrival', { type: 'limit', price: 103, size: 5 }, 101],
    ['a stop that a trade reaches', { type: 'stop', price: 103, size: 5 }, 103],
    [
      'a stop limit that a trade reaches within its limit',
      { type: 'stopLimit', price: 103, limitPrice: 104, size: 5 },
      103,
    ],
  ])('%s takes from the book: all of it, however little was printed', (_name, options, price) => {
    const pit = opened();
    pit.buy(options);
    pit.trade([103, 0.5]);
    expect(pit.said().at(-1)).toBe(`1 completed 5 @ ${price}`);
  });

  it('leaves what was printed to those who wait, when another of its orders took from the book', () => {
    const taken = opened();
    taken.sell({ type: 'stop', price: 98, size: 5 });
    taken.buy({ type: 'limit', price: 98, size: 2 });
    taken.said();
    taken.trade([98, 2]);
    expect(taken.said()).toEqual(['1 completed -5 @ 98', '2 completed 2 @ 98']);
  });

  it.each<[string, Parameters<ReturnType<typeof opened>['buy']>[0]]>([
    ['a limit', { type: 'limit', price: 98, size: 5 }],
    ['a stop limit that was triggered before', { type: 'stopLimit', price: 103, limitPrice: 98, size: 5 }],
  ])('%s that waits gets at most what was printed', (_name, options) => {
    const pit = opened();
    pit.buy(options);
    pit.trade([103, 9], [97, 0.5]);
    expect(pit.said().at(-1)).toBe('1 partial 0.5 @ 98');
  });
});

describe('stops', () => {
  it('triggers by a trade and takes the ask, or the trade where that is worse', () => {
    const pit = opened();
    pit.buy({ type: 'stop', price: 103 });
    pit.quote(103, 104);
    expect(pit.said()).toEqual(['1 submitted', '1 accepted']);
    pit.trade(102.5, 103);
    expect(pit.said()).toEqual(['1 completed 1 @ 104']);
    const second = pit.buy({ type: 'stop', price: 106 });
    pit.trade(106);
    expect(pit.said().at(-1)).toBe('2 completed 1 @ 106');
    expect(second.lastFill?.reason).toBe('a trade at 106 reached stop 106');
  });

  it('becomes a limit that rests when the market has run away', () => {
    const pit = opened();
    pit.buy({ type: 'stopLimit', price: 103, limitPrice: 103.5 });
    pit.quote(104, 105).trade(104);
    expect(pit.said()).toEqual(['1 submitted', '1 accepted']);
    pit.trade(103.5);
    expect(pit.said()).toEqual(['1 completed 1 @ 103.5']);
  });

  it('fills a stop limit at once where the touch is within the limit', () => {
    const pit = opened();
    pit.buy({ type: 'stopLimit', price: 103, limitPrice: 106 });
    pit.quote(103, 104).trade(103);
    expect(pit.said().at(-1)).toBe('1 completed 1 @ 104');
  });

  it('trails the best trade since it was placed', () => {
    const pit = opened();
    pit.buy();
    const stop = pit.sell({ type: 'stopTrail', trailAmount: 3 });
    pit.said();
    pit.quote(110, 110).trade(110, 108);
    expect(stop.price).toBe(107);
    pit.bar(100, 110, 100, 108);
    expect(stop.price).toBe(107);
    pit.quote(106, 108).trade(107);
    expect(pit.said()).toEqual(['2 completed -1 @ 106']);
  });

  it('waits for its activation before it trails', () => {
    const pit = opened();
    pit.buy();
    const stop = pit.sell({ type: 'stopTrail', trailAmount: 3, activationPrice: 105 });
    pit.said();
    pit.quote(90, 90).trade(90);
    expect(pit.said()).toEqual([]);
    pit.quote(106, 106).trade(106);
    expect(stop.price).toBe(103);
  });

  it("trails the closes of bars, not every trade, under Backtrader's rules", () => {
    const pit = opened({ rules: 'backtrader' });
    pit.buy();
    const stop = pit.sell({ type: 'stopTrail', trailAmount: 3 });
    pit.said();
    expect(stop.price).toBe(97);
    pit.quote(110, 110).trade(110, 104);
    pit.bar(100, 110, 100, 104);
    expect(stop.price).toBe(101);
    pit.bar(104, 104, 102, 102);
    expect(stop.price).toBe(101);
    pit.quote(101, 102).trade(101.5, 101);
    expect(pit.said()).toEqual(['2 completed -1 @ 101']);
  });
});

describe('validity', () => {
  it('fills before the end of the validity and not at it', () => {
    const pit = opened();
    const first = pit.buy({ type: 'limit', price: 98, valid: { afterMs: 1000 } });
    pit.now = 2 * minute - minute + 999 - 1;
    pit.trade(98);
    expect(first.status).toBe('completed');
    const second = pit.buy({ type: 'limit', price: 98, valid: { afterMs: 5000 } });
    pit.now = minute + 5000 - 1;
    pit.trade(98);
    expect(second.status).toBe('expired');
    expect(second.filled).toBe(0);
  });

  it('expires by the clock when the market is silent, three seconds later at the latest', () => {
    const pit = opened();
    const order = pit.buy({ type: 'limit', price: 98, valid: { afterMs: 10_000 } });
    pit.clock(minute + 12_999);
    expect(order.status).toBe('accepted');
    pit.clock(minute + 13_000);
    expect(order.status).toBe('expired');
    expect(order.reason).toBe('its validity ended');
  });

  it('gives a close order the close of the last bar of its session', () => {
    const pit = new Pit(new PaperBroker()).state('live');
    for (let k = 0; k < 24 * 60 - 2; k++) pit.bar(100, 100, 100, 100);
    pit.buy({ type: 'close' });
    pit.said();
    pit.bar(100, 101, 100, 101);
    expect(pit.said()).toEqual([]);
    pit.bar(101, 102, 100, 102);
    expect(pit.said()).toEqual(['1 completed 1 @ 102']);
  });
});

describe('brackets and groups', () => {
  it('lets the exits work at once when the entry is filled, and the first cancels the other', () => {
    const pit = opened();
    pit.together((entry) => placeBracket(entry, 'buy', { size: 1, stopLoss: 95, takeProfit: 110 }));
    expect(pit.said()).toEqual([
      '1 submitted', '2 submitted', '3 submitted',
      '1 accepted', '2 accepted', '3 accepted', '1 completed 1 @ 101',
    ]); // prettier-ignore
    pit.trade(95);
    expect(pit.said()).toEqual(['2 completed -1 @ 95', '3 canceled (order 2 of its bracket was completed)']);
  });

  it('lets the exits wait for the bar after, where the session is told so', () => {
    const pit = opened({}, { exitStart: 'nextBar' });
    pit.together((entry) => placeBracket(entry, 'buy', { size: 1, stopLoss: 95, takeProfit: 110 }));
    pit.said();
    pit.trade(95);
    expect(pit.said()).toEqual([]);
    pit.bar(101, 101, 95, 96).quote(94, 95).trade(95);
    expect(pit.said()).toEqual(['2 completed -1 @ 94', '3 canceled (order 2 of its bracket was completed)']);
  });

  it('values a bar before an exit that begins to work at its close is executed', () => {
    const pit = opened({ commission: 0.001 }, { exitStart: 'nextBar' });
    pit.together((entry) => placeBracket(entry, 'buy', { size: 1, stopLoss: 95, takeProfit: 110 }));
    pit.quote(112, 112);
    pit.bar(101, 112, 101, 112);
    expect(pit.broker.value).toBe(10_000 - 101 - 0.101 + 112);
    expect(pit.said().at(-2)).toBe('3 completed -1 @ 112');
  });

  it('refuses an entry whose exit the venue would refuse', () => {
    const pit = opened({}, {}, spot);
    pit.together((entry) => placeBracket(entry, 'buy', { size: 1, stopLoss: 95.3, takeProfit: 110 }));
    expect(pit.said()).toEqual([
      '1 submitted', '2 submitted', '3 submitted',
      '2 rejected (price 95.3 is not a multiple of the tick 0.5: the nearest is 95.5)',
      '1 canceled (order 2 of its bracket was refused)',
      '3 canceled (its parent was canceled)',
    ]); // prettier-ignore
  });

  it('cancels the rest of a group when one is filled', () => {
    const pit = opened();
    const low = pit.buy({ type: 'limit', price: 97 });
    const high = pit.buy({ type: 'stop', price: 105, oco: low });
    pit.trade(97);
    expect(low.status).toBe('completed');
    expect(high.status).toBe('canceled');
  });
});

describe('refusals', () => {
  it.each([
    [{ size: 0.0105 }, 'size 0.0105 is not a multiple of the lot 0.001: the nearest is 0.01'],
    [{ size: 0.005 }, 'size 0.005 is below the smallest size 0.01'],
    [{ size: 101 }, 'size 101 is above the largest size 100'],
    [{ type: 'limit', price: 98.3 }, 'price 98.3 is not a multiple of the tick 0.5: the nearest is 98.5'],
    [{ type: 'limit', price: -1 }, 'a price of -1 cannot trade on spot: prices are above 0'],
    [
      { type: 'stopLimit', price: 103, limitPrice: 103.7 },
      'limitPrice 103.7 is not a multiple of the tick 0.5: the nearest is 103.5',
    ],
    [{ type: 'limit', price: 50, size: 0.06 }, 'its value 3 is below the smallest value 5: the nearest size is 0.1'],
    [{ size: 0.04 }, 'its value 4.04 is below the smallest value 5: the nearest size is 0.05'],
  ])('refuses %o as the venue would', (asked, reason) => {
    const pit = opened({}, {}, spot);
    const order = pit.buy(asked);
    expect(order.status).toBe('rejected');
    expect(order.reason).toBe(reason);
  });

  it('forgives what binary fractions leave of a size on the lot', () => {
    const pit = opened({}, {}, spot);
    expect(pit.buy({ size: 0.1 + 0.2 }).status).toBe('completed');
  });

  it('refuses orders while the stream is not live, unless told to send them', () => {
    const pit = opened().state('stale');
    expect(pit.buy()).toMatchObject({ status: 'rejected', reason: "the stream of 'BTC/USDT' is stale" });
    const bold = opened({}, { staleOrders: 'send' }).state('stale');
    expect(bold.buy().status).toBe('completed');
  });

  it('refuses before it was ever told that the stream is live', () => {
    const pit = new Pit(new PaperBroker()).bar(100, 100, 100, 100);
    expect(pit.buy()).toMatchObject({ status: 'rejected', reason: "the stream of 'BTC/USDT' is connecting" });
  });

  it('refuses what the cash does not cover, and what the touch makes too dear', () => {
    const pit = opened({ cash: 100.5 });
    expect(pit.buy({ size: 2 }).status).toBe('margin');
    const order = pit.buy({ size: 1 });
    expect(order).toMatchObject({ status: 'margin', reason: 'the cash does not cover 1 at 101' });
    expect(pit.broker.cash).toBe(100.5);
  });

  it('refuses options that only history can grant', () => {
    expect(() => new PaperBroker({ cheatOnClose: true })).toThrow('cheatOnClose fills orders at a price of the past');
    expect(() => new PaperBroker({ latencyBars: 1 })).toThrow('latencyBars is for backtests only');
    expect(() => new PaperBroker({}, { stale: 'send' } as PaperOptions)).toThrow("'stale'");
  });
});

it('keeps the cash exact over thousands of small fills', () => {
  const pit = opened({ cash: 1000, commission: 0.001 });
  pit.quote(0.1, 0.3);
  for (let k = 0; k < 1000; k++) {
    pit.buy({ size: 0.1 });
    pit.sell({ size: 0.1 });
  }
  // Each pair loses 0.1 x 0.2 and pays 0.001 x 0.1 x (0.3 + 0.1).
  expect(pit.broker.cash).toBe(1000 - 1000 * 0.02004);
  expect(pit.broker.positionOf(0).size).toBe(0);
});

it('withdraws an order at once', () => {
  const pit = opened();
  const order = pit.buy({ type: 'limit', price: 98 });
  pit.cancel(order).trade(98);
  expect(order).toMatchObject({ status: 'canceled', filled: 0 });
});
