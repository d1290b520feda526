/** The broker's side of an order: what it begins with, its flags, how its stop trails, and what it shows its strategy. */
import { describe, expect, it } from 'vitest';
import { Blotter, type FillFacts } from '../../../src/broker/accounting/fill-blotter.ts';
import { CommissionScheme } from '../../../src/broker/accounting/commission.ts';
import { linkOf, linkTo, Order } from '../../../src/broker/orders/order.ts';
import { applyNotice, isExit, isRival, workingOf, WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { OrderRows } from '../../../src/broker/orders/rows.ts';
import { orderStatuses, timeframe, type OrderStatus } from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';
import { order } from '../matching/working.ts';

/** A stop 4 from the price, which starts at 100. */
function trailing(side: 'buy' | 'sell', change: Partial<WorkingOrder> = {}): WorkingOrder {
  const price = side === 'sell' ? 96 : 104;
  return order(`${side} stopTrail ${price}`, { trail: { amount: 4, percent: 0 }, ...change });
}

describe('an order at the broker', () => {
  const scheme = new CommissionScheme();

  it('is used again as if it were new, whatever it was before', () => {
    const { order: asked } = order('sell stopLimit 95 94');
    const fresh = new WorkingOrder(asked, 3, 1, scheme, 7);
    expect(fresh).toMatchObject({ type: 'stopLimit', sign: -1, price: 95, limitPrice: 94, remaining: 1, status: 'created' });
    expect(fresh).toMatchObject({ owner: 3, dataId: 1, firstIndex: 7, validUntil: Infinity, entryTime: -Infinity });
    expect(fresh).toMatchObject({
      createdClock: -Infinity, sessionEnd: Infinity, entryPrice: NaN, seenClose: NaN, openedTime: NaN, matchedTime: NaN, matched: NaN,
      level: NaN, reached: NaN, trail: undefined, activation: NaN, isActivated: true, startsAtEntry: false, reducesOnly: false,
      isCuttable: false, isAim: false, outlivesPosition: false, takesLiquidity: false, limitOffset: 0, hasFlags: false, timeInForce: 'gtc',
      postOnly: undefined, quoteSize: NaN, isTriggered: false, isAtCreationClose: false, isForThisOpen: false, isActive: true,
      isSwept: false, place: 0, lastRow: -1, rule: 'open', parent: undefined, children: undefined, group: undefined,
    });
    const used = order('buy limit 99');
    const { scheme: itsOwn, order: theirs, ...rest } = used;
    // Each field gets another value of its kind.
    for (const [name, value] of Object.entries(rest)) {
      const other = typeof value === 'number' ? 42 : typeof value === 'boolean' ? !value : typeof value === 'string' ? 'x' : {};
      Object.assign(used, { [name]: other });
    }
    used.begin(asked, 3, 1, scheme, 7);
    expect(used).toEqual(fresh);
    expect([itsOwn === scheme, theirs === asked, used.scheme === scheme]).toEqual([false, false, true]);
  });

  it.each([
    ['buy limit 99', 'low'],
    ['sell limit 101', 'high'],
    ['buy stop 101', 'high'],
    ['sell stop 99', 'low'],
    ['buy market', 'anything'],
    ['sell stopLimit 99', 'anything'],
    ['buy stopTrail 104', 'anything'],
  ])('%s waits for %s', (text, range) => {
    expect(order(text).waitsFor).toBe(range);
  });

  it.each([
    [['gtc', false, NaN], ['gtc', undefined, false, 'low']],
    [['ioc', false, NaN], ['ioc', undefined, true, 'anything']],
    [['fok', false, NaN], ['fok', undefined, true, 'anything']],
    [['gtx', false, NaN], ['gtc', 'refuse', true, 'anything']],
    [['gtc', true, NaN], ['gtc', 'refuse', true, 'anything']],
    [['gtc', 'refuse', NaN], ['gtc', 'refuse', true, 'anything']],
    [['gtx', 'reprice', NaN], ['gtc', 'reprice', true, 'anything']],
    [['gtc', false, 50], ['gtc', undefined, true, 'anything']],
  ] as const)('of the flags %j has %j', ([force, post, quote], flags) => {
    const working = order('buy limit 99');
    working.flag(force, post, quote);
    expect([working.timeInForce, working.postOnly, working.hasFlags, working.waitsFor]).toEqual(flags);
    expect(working.quoteSize).toBe(quote);
  });

  it('works while it is accepted or executed in part', () => {
    expect(orderStatuses.filter((status) => order('buy market', { status }).isWorking)).toEqual(['accepted', 'partial']);
  });

  it('has relatives where it has a parent, children or a group', () => {
    const other = order('buy market');
    expect(order('buy market').hasNoRelatives).toBe(true);
    for (const change of [{ parent: other }, { children: [other] }, { group: { members: [other], isDone: false } }])
      expect(order('buy market', change).hasNoRelatives).toBe(false);
  });
}); // prettier-ignore

describe('orders of one another', () => {
  const [parent, stranger] = [order('buy market'), order('buy market')];
  const group = { members: [], isDone: false };

  it('are rivals in one group or in one bracket', () => {
    const exit = (change: Partial<WorkingOrder>): WorkingOrder => order('sell stop 95', change);
    expect(isRival(exit({ group }), exit({ group }))).toBe(true);
    expect(isRival(exit({ parent }), exit({ parent }))).toBe(true);
    expect(isRival(exit({}), exit({}))).toBe(false);
    expect(isRival(exit({ group }), exit({ group: { ...group } }))).toBe(false);
    expect(isRival(exit({ parent }), exit({ parent: stranger }))).toBe(false);
  });

  it('are exits where they take back what their parent opens, in its position', () => {
    expect(isExit(order('sell stop 95', { parent }))).toBe(true);
    expect(isExit(order('buy stop 105', { parent }))).toBe(false);
    expect(isExit(order('sell stop 95', { parent, pool: 1 }))).toBe(false);
    expect(isExit(order('sell stop 95'))).toBe(false);
  });
});

describe('a notice', () => {
  const facts: FillFacts = {
    time: 50, size: 1, price: 99, closed: 0, opened: 1, commission: 0, pnl: 0, positionSize: 1, positionPrice: 99, value: 99, traded: 99,
    closedCommission: 0, rule: 'limitReached', level: 99, reached: 98,
  }; // prettier-ignore

  it('shows the strategy the status, the reason, the rule and the fill', () => {
    const working = order('buy limit 99');
    const blotter = new Blotter();
    linkTo(working.order, working);
    applyNotice({ working, status: 'accepted', row: -1, reason: undefined }, blotter);
    expect([working.order.status, working.order.fills.length, workingOf(working.order)]).toEqual(['accepted', 0, working]); // prettier-ignore
    applyNotice({ working, status: 'partial', row: blotter.add(facts, -1), reason: undefined }, blotter);
    expect([working.order.status, working.order.filled, workingOf(working.order)]).toEqual(['partial', 1, working]);
    applyNotice({ working, status: 'canceled', row: -1, reason: 'no market', rule: 'ioc' }, blotter);
    expect([working.order.status, working.order.reason, working.order.rule]).toEqual(['canceled', 'no market', 'ioc']);
    expect(working.order.filled).toBe(1);
  });

  it.each<[OrderStatus, boolean]>([
    ['submitted', true],
    ['accepted', true],
    ['partial', true],
    ['completed', false],
    ['canceled', false],
    ['expired', false],
    ['margin', false],
    ['rejected', false],
  ])('of %s leaves the order at the broker: %s', (status, isLeft) => {
    const working = order('buy limit 99');
    linkTo(working.order, working);
    applyNotice({ working, status, row: -1, reason: undefined }, new Blotter());
    expect(linkOf(working.order) === working).toBe(isLeft);
  });

  it('of an end is at the close of the bar, and one of the last fill at the time of that fill', () => {
    const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: timeframe('1h') });
    timeline.push({ time: 0, open: 100, high: 101, low: 99, close: 100, volume: 1 });
    timeline.index = 0;
    const data = new Data(timeline, new Graph());
    const blotter = new Blotter();
    const ended = (['canceled', 'completed'] as const).map((status) => {
      const rows = new OrderRows([data]);
      rows.add(1, data, 'buy', 'limit', 0, 2, 99, 99, 100);
      const working = new WorkingOrder(new Order(rows), 0, 0, new CommissionScheme(), 0);
      applyNotice({ working, status: 'partial', row: blotter.add(facts, -1), reason: undefined }, blotter);
      applyNotice({ working, status, row: -1, reason: undefined }, blotter);
      return working.order.endedTime;
    });
    expect(ended).toEqual([3_600_000, 50]);
  });
});

describe('a trailing stop', () => {
  it('never moves back', () => {
    const sell = trailing('sell');
    for (const price of [101, 99, 100.5]) sell.follow(price);
    const buy = trailing('buy');
    for (const price of [99, 101, 99.5]) buy.follow(price);
    expect([sell.price, sell.order.price, buy.price, buy.order.price]).toEqual([97, 97, 103, 103]);
  });

  it('keeps a distance by percent of the price it follows', () => {
    const sell = trailing('sell', { trail: { amount: 0, percent: 0.1 } });
    sell.follow(120);
    const buy = trailing('buy', { trail: { amount: 0, percent: 0.1 } });
    buy.follow(80);
    expect([sell.price, buy.price]).toEqual([108, 88]);
  });

  it('waits for its activation, from which on it trails', () => {
    const sell = trailing('sell', { activation: 105, isActivated: false });
    sell.follow(104.9);
    expect([sell.price, sell.isActivated]).toEqual([96, false]);
    sell.follow(105);
    expect([sell.price, sell.isActivated]).toEqual([101, true]);
    const buy = trailing('buy', { activation: 95, isActivated: false });
    buy.follow(95.1);
    expect([buy.price, buy.isActivated]).toEqual([104, false]);
    buy.follow(95);
    expect([buy.price, buy.isActivated]).toEqual([99, true]);
  });

  it('with a limit moves the limit by as much, and one without leaves it', () => {
    const limited = order('sell stopTrailLimit 96 95', { trail: { amount: 4, percent: 0 }, limitOffset: 1 });
    limited.follow(102);
    expect([limited.price, limited.limitPrice, limited.order.limitPrice]).toEqual([98, 97, 97]);
    const plain = trailing('sell');
    plain.follow(102);
    expect([plain.price, plain.limitPrice]).toEqual([98, 96]);
  });

  it('of an entry begins at the price of its fill, once', () => {
    const sell = trailing('sell', { startsAtEntry: true, entryPrice: 90 });
    sell.wake();
    expect([sell.price, sell.startsAtEntry]).toEqual([86, false]);
    sell.follow(95);
    sell.wake();
    expect(sell.price).toBe(91);
    const buy = trailing('buy', { startsAtEntry: true, entryPrice: 110 });
    buy.wake();
    expect(buy.price).toBe(114);
  });

  it('is the only order that follows', () => {
    const stop = order('sell stop 96');
    stop.follow(120);
    stop.wake();
    expect(stop.price).toBe(96);
  });
});
