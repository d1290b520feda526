/** Amendments of sandbox orders: requested, answered in every way, lost, raced by fills, and recalled after a restart. */
import { describe, expect, it } from 'vitest';

import { placeBracket } from '../../../src/broker/index.ts';
import type { Order } from '../../../src/broker/index.ts';
import type { FillEvent, OrderEvent, VenueOrder } from '../../../src/core/index.ts';
import { Desk, fillOf, id, spot, venueOrder } from './desk.ts';
import { PlainIntents } from './scripted-gateway.ts';

/** A buy limit at 95 that the exchange has, as order 1. */
async function resting(options: object = {}): Promise<{ desk: Desk; order: Order }> {
  const desk = await new Desk().opened();
  const order = desk.buy({ type: 'limit', price: 95, size: 1, ...options });
  await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
  desk.said();
  return { desk, order };
}

const accepted = (number: number, change: object = {}): object => ({
  kind: 'accepted',
  order: venueOrder(number, change),
});

describe('an amendment', () => {
  it('is written down, requested under a new client id, and shown once the exchange has made it', async () => {
    const { desk, order } = await resting();
    expect(desk.entry.amend(order, { price: 96, size: 2 })).toBe(true);
    desk.turn();
    const request = { clientId: id(2), symbol: 'BTC/USDT', side: 'buy', type: 'limit', size: '2', price: '96' };
    expect(desk.gateway.amended).toEqual([{ ...request, replaces: id(1), total: '2' }]);
    expect(desk.intents.rows.at(-1)).toMatchObject({ number: 2, state: 'written', request: { clientId: id(2) } });
    expect(order).toMatchObject({ price: 95, size: 1 });
    await desk.answer('amend', accepted(2, { size: 2 }));
    expect(order).toMatchObject({ price: 96, size: 2, status: 'accepted' });
    await desk.answer('find', venueOrder(1, { status: 'canceled' }));
    expect([order.status, desk.said()]).toEqual(['accepted', []]);
    expect(desk.intents.rows.map(({ state }) => state)).toEqual(['done', 'accepted']);
    await desk.hears(fillOf(2, { size: 2, price: 96, fee: 0 }));
    expect(desk.said()).toEqual(['1 completed 2 @ 96']);
    expect(desk.sandbox.isSettled).toBe(true);
  });

  it('keeps what was filled before, and asks for the rest', async () => {
    const { desk, order } = await resting();
    await desk.hears(fillOf(1, { id: 'a', size: 0.4, price: 95, fee: 0 }));
    desk.entry.amend(order, { price: 96, size: 1.5 });
    desk.turn();
    expect(desk.gateway.amended[0]).toMatchObject({ size: '1.1', total: '1.5' });
    await desk.answer('amend', accepted(2, { size: 1.1 }));
    await desk.hears(fillOf(2, { id: 'b', size: 1.1, price: 96, fee: 0 }));
    expect(order).toMatchObject({ status: 'completed', size: 1.5, filled: 1.5 });
    expect(desk.sandbox.positionOf(0).size).toBe(1.5);
  });

  it('overtaken by a fill in flight is made smaller at once', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { price: 96 });
    desk.turn();
    await desk.answer('amend', accepted(2));
    await desk.hears(fillOf(1, { id: 'a', size: 0.6, price: 95, fee: 0 }));
    await desk.answer('find', venueOrder(1, { status: 'canceled', filled: 0.6 }));
    expect(desk.gateway.amended[1]).toMatchObject({ replaces: id(2), size: '0.4', price: '96' });
    await desk.answer('amend', accepted(3, { size: 0.4 }));
    await desk.hears(fillOf(3, { id: 'b', size: 0.4, price: 96, fee: 0 }));
    expect(order).toMatchObject({ status: 'completed', filled: 1 });
  });

  it('requested while another is out follows it', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { price: 96 });
    desk.turn();
    desk.entry.amend(order, { price: 97 });
    desk.entry.amend(order, { price: 98 });
    desk.turn();
    expect(desk.gateway.amended).toHaveLength(1);
    await desk.answer('amend', accepted(2));
    expect(desk.gateway.amended.map(({ price, replaces }) => [price, replaces])).toEqual([
      ['96', id(1)],
      ['98', id(2)],
    ]);
    await desk.answer('amend', accepted(3));
    expect(order.price).toBe(98);
  });

  it('that the exchange refuses leaves the order as it was, and says why', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { price: 96 });
    desk.turn();
    await desk.answer('amend', { kind: 'refused', reason: 'too many orders', code: 'operation-rejected' });
    expect(desk.said()).toEqual(['1 accepted (it was not amended: too many orders)']);
    expect(order).toMatchObject({ price: 95, status: 'accepted', isAlive: true });
    expect(desk.newsText.at(-1)).toBe('amend: order 1: it was not amended: too many orders');
    expect(desk.intents.rows.map(({ state }) => state)).toEqual(['accepted', 'void']);
  });

  it('that breaks the rules of the instrument is not requested', async () => {
    const { desk, order } = await resting();
    expect(desk.entry.amend(order, { price: 95.3 })).toBe(false);
    desk.turn();
    expect(desk.gateway.amended).toEqual([]);
    expect(desk.said()).toEqual(['1 accepted (price 95.3 is not a multiple of the tick 0.5: the nearest is 95.5)']);
  });

  it('is made by a cancel and a new order where the exchange cannot amend', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { price: 96 });
    desk.turn();
    await desk.answer('amend', { kind: 'refused', reason: 'it cannot', code: 'not-supported' });
    await desk.answer('cancel', { kind: 'canceled' });
    await desk.answer('find', venueOrder(1, { status: 'canceled', filled: 0 }));
    expect(desk.gateway.sent.at(-1)).toMatchObject({ clientId: id(3), price: '96', size: '1' });
    await desk.answer('send', accepted(3));
    expect(order).toMatchObject({ price: 96, status: 'accepted' });
    expect(desk.said()).toEqual([]);
    desk.entry.amend(order, { price: 97 });
    desk.turn();
    expect(desk.gateway.amended).toHaveLength(1);
    expect(desk.gateway.waiting).toEqual([`cancel ${id(3)}`]);
  });

  it('whose new order was refused after the old one had ended puts the old one back', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { price: 96, size: 5 });
    desk.turn();
    await desk.answer('amend', { kind: 'canceled', reason: 'insufficient balance', code: 'operation-rejected' });
    await desk.answer('find', venueOrder(1, { status: 'canceled', filled: 0 }));
    expect(desk.said()).toEqual(['1 accepted (it was not amended: insufficient balance)']);
    expect(desk.gateway.sent.at(-1)).toMatchObject({ clientId: id(3), price: '95', size: '1' });
    await desk.answer('send', accepted(3));
    expect(order).toMatchObject({ price: 95, size: 1, status: 'accepted' });
  });

  it('of an order that had ended by then changes nothing, and the order ends by its fills', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { price: 96 });
    desk.turn();
    await desk.answer('amend', { kind: 'gone' });
    await desk.answer('find', venueOrder(1, { status: 'filled', filled: 1 }));
    await desk.hears(fillOf(1, { price: 95, fee: 0 }));
    expect(order).toMatchObject({ status: 'completed', price: 95, filled: 1 });
  });

  it('without an answer is looked up, and made when the exchange has the new order', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { price: 96 });
    desk.turn();
    await desk.answer('amend', { kind: 'unknown', reason: 'timed out' });
    await desk.answer(`find ${id(1)}`, venueOrder(1, { status: 'canceled', filled: 0 }));
    expect(order).toMatchObject({ price: 95, isAlive: true });
    await desk.answer(`find ${id(2)}`, venueOrder(2));
    expect(order).toMatchObject({ price: 96, status: 'accepted' });
    await desk.hears(fillOf(2, { price: 96, fee: 0 }));
    expect(order.status).toBe('completed');
    expect(desk.gateway.amended).toHaveLength(1);
  });

  it('without an answer that never arrived leaves the order working', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { price: 96 });
    desk.turn();
    await desk.answer('amend', { kind: 'unknown', reason: 'timed out' });
    await desk.answer(`find ${id(1)}`, venueOrder(1));
    await desk.answer(`find ${id(2)}`, undefined);
    await desk.after(20_000);
    await desk.answer(`find ${id(2)}`, undefined);
    expect(order).toMatchObject({ price: 95, status: 'accepted' });
    expect(desk.said()).toEqual(['1 accepted (it was not amended: the exchange never received it)']);
  });

  it('made in place keeps the exchange id, also when the answer was lost', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { size: 3 });
    desk.turn();
    await desk.answer('amend', accepted(1, { size: 3 }));
    expect(order).toMatchObject({ size: 3, status: 'accepted' });
    desk.entry.amend(order, { size: 4 });
    desk.turn();
    await desk.answer('amend', { kind: 'unknown', reason: 'timed out' });
    await desk.answer(`find ${id(1)}`, venueOrder(1, { size: 4 }));
    expect(order).toMatchObject({ size: 4, status: 'accepted' });
    await desk.hears(fillOf(1, { size: 4, price: 95, fee: 0 }));
    expect(order).toMatchObject({ status: 'completed', filled: 4 });
  });

  it('is overruled by a cancel, whichever order the exchange has', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { price: 96 });
    desk.turn();
    desk.cancel(order);
    await desk.answer('amend', accepted(2));
    await desk.answer(`cancel ${id(2)}`, { kind: 'canceled' });
    await desk.answer(`find ${id(1)}`, venueOrder(1, { status: 'canceled', filled: 0 }));
    await desk.answer(`find ${id(2)}`, venueOrder(2, { status: 'canceled', filled: 0 }));
    expect(desk.said()).toEqual(['1 canceled']);
    expect(order.isAlive).toBe(false);
  });

  it('of a market order is refused with its reason', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ size: 1 });
    expect(desk.entry.amend(order, { size: 2 })).toBe(false);
    expect(desk.turn().said()).toEqual([
      '1 submitted',
      '1 submitted (a market order at the exchange cannot be amended)',
    ]);
  });

  it('of a validity alone asks nothing of the exchange', async () => {
    const { desk, order } = await resting();
    expect(desk.entry.amend(order, { valid: new Date(desk.time + 1_000) })).toBe(true);
    desk.turn();
    expect(desk.gateway.amended).toEqual([]);
    await desk.after(1_500);
    expect(desk.gateway.waiting).toContain(`cancel ${id(1)}`);
  });

  it('is found again after a kill, whatever had come of it', async () => {
    const { desk, order } = await resting();
    desk.entry.amend(order, { price: 96 });
    desk.turn();
    const intents = new PlainIntents();
    intents.rows.push(...desk.intents.rows);
    const next = new Desk({}, intents, 10_000, spot);
    await next.connect();
    expect(next.sandbox.isReady).toBe(false);
    await next.answer(`cancel ${id(1)}`, { kind: 'gone' });
    await next.answer(`find ${id(1)}`, venueOrder(1, { status: 'canceled', filled: 0 }));
    await next.answer(`find ${id(2)}`, venueOrder(2));
    await next.answer(`cancel ${id(2)}`, { kind: 'canceled' });
    await next.answer(`find ${id(2)}`, venueOrder(2, { status: 'canceled', filled: 0.5 }));
    await next.answer('fills', [fillOf(2, { size: 0.5, price: 96, fee: 0 })]);
    await next.after(1_000);
    await next.answer('fills', []);
    expect(next.sandbox.isReady).toBe(true);
    expect(next.sandbox.positionOf(0).size).toBe(0.5);
  });
});

/** A long of 2 whose stop at 90 and target at 110 are orders 2 and 3 of one list at the exchange. */
async function listed(): Promise<{ desk: Desk; stop: Order; target: Order }> {
  const desk = new Desk();
  desk.gateway.takeLists();
  await desk.opened();
  let stop!: Order;
  let target!: Order;
  desk.together((entry) => {
    const bracket = placeBracket(entry, 'buy', { size: 2, stopLoss: 90, takeProfit: 110 })!;
    stop = bracket.stopLoss!;
    target = bracket.takeProfit!;
  });
  await desk.answer('send', accepted(1, { size: 2 }));
  await desk.hears(fillOf(1, { size: 2, fee: 0 }));
  expect(desk.gateway.sent.slice(1)).toMatchObject([
    { clientId: id(2), type: 'stop', stopPrice: '90', size: '2' },
    { clientId: id(3), type: 'limit', price: '110', size: '2' },
  ]);
  await desk.answer(`pair ${id(2)}`, {
    kind: 'accepted',
    orders: [exit(2), exit(3)],
  });
  desk.said();
  return { desk, stop, target };
}

const exit = (number: number, change: Partial<VenueOrder> = {}): VenueOrder =>
  venueOrder(number, { size: 2, side: 'sell', ...change });

/** What the exchange reports of an order on the user stream. */
const reportOf = (number: number, status: 'expired' | 'canceled', filled = 0): OrderEvent => ({
  type: 'order', exchange: 'local', symbol: 'BTC/USDT', time: 0, receiveTime: 0, id: `v${number}`, clientId: id(number), side: 'sell',
  orderType: 'LIMIT', status, price: undefined, size: 2, filled, reason: undefined,
}); // prettier-ignore

const sale = (number: number, size: number, price: number, name = `f${number}`): FillEvent =>
  fillOf(number, { id: name, side: 'sell', size, price, fee: 0 });

describe('the stop and the target of a position, as one list at the exchange', () => {
  it('end each other there: whichever is executed, the position is closed once', async () => {
    const { desk, stop, target } = await listed();
    await desk.hears(reportOf(2, 'expired'));
    await desk.hears(sale(3, 2, 110));
    expect([stop.status, target.status, desk.sandbox.positionOf(0).size]).toEqual(['canceled', 'completed', 0]);
    expect(desk.gateway.sent).toHaveLength(3);
    expect(desk.sandbox.isSettled).toBe(true);
  });

  it('go on protecting what a partial fill leaves: the stop waits here, and takes the place of the target', async () => {
    const { desk, stop, target } = await listed();
    await desk.hears(reportOf(2, 'expired'));
    await desk.hears(sale(3, 0.5, 110));
    expect([stop.size, stop.status, target.status]).toEqual([1.5, 'accepted', 'partial']);
    expect(desk.gateway.sent).toHaveLength(3);
    desk.trade(95, 90);
    await desk.answer(`cancel ${id(3)}`, { kind: 'canceled' });
    await desk.answer(`find ${id(3)}`, exit(3, { status: 'canceled', filled: 0.5 }));
    expect(desk.gateway.sent.at(-1)).toMatchObject({ clientId: id(4), type: 'market', size: '1.5' });
    await desk.answer('send', accepted(4, { size: 1.5, side: 'sell' }));
    await desk.hears(sale(4, 1.5, 90));
    expect([stop.status, desk.sandbox.positionOf(0).size]).toEqual(['completed', 0]);
  });

  it('say the same when the part of the target arrives before the end of the stop', async () => {
    const { desk, stop, target } = await listed();
    await desk.hears(sale(3, 0.5, 110));
    await desk.hears(reportOf(2, 'expired'));
    expect([stop.size, stop.status, target.status]).toEqual([1.5, 'accepted', 'partial']);
    expect([desk.gateway.sent.length, desk.gateway.amended.length]).toEqual([3, 0]);
    expect(desk.gateway.waiting.filter((what) => what.startsWith('cancel'))).toEqual([]);
  });

  it('stay a list when one is amended', async () => {
    const { desk, stop, target } = await listed();
    expect(desk.entry.amend(stop, { price: 94 })).toBe(true);
    desk.turn();
    for (const number of [2, 3]) {
      await desk.answer(`cancel ${id(number)}`, { kind: number === 2 ? 'canceled' : 'gone' });
      await desk.answer(`find ${id(number)}`, exit(number, { status: 'canceled' }));
    }
    expect(desk.gateway.sent.slice(3)).toMatchObject([
      { clientId: id(4), type: 'stop', stopPrice: '94', size: '2' },
      { clientId: id(5), type: 'limit', price: '110', size: '2' },
    ]);
    await desk.answer(`pair ${id(4)}`, { kind: 'accepted', orders: [exit(4), exit(5)] });
    expect([stop.price, stop.isAlive, target.isAlive]).toEqual([94, true, true]);
    await desk.hears(reportOf(4, 'expired'));
    await desk.hears(sale(5, 2, 110));
    expect([stop.status, target.status]).toEqual(['canceled', 'completed']);
  });

  it('lose one that is canceled, and the other is sent again alone', async () => {
    const { desk, stop, target } = await listed();
    desk.cancel(target);
    for (const number of [3, 2]) {
      await desk.answer(`cancel ${id(number)}`, { kind: number === 3 ? 'canceled' : 'gone' });
      await desk.answer(`find ${id(number)}`, exit(number, { status: 'canceled' }));
    }
    expect(desk.gateway.sent.slice(3)).toMatchObject([{ type: 'stop', stopPrice: '90', size: '2' }]);
    expect([stop.isAlive, target.status]).toEqual([true, 'canceled']);
  });

  it('end before a close of their position is sent, which is queued until then', async () => {
    const { desk, stop, target } = await listed();
    const close = desk.entry.place('sell', { size: 2 }, undefined, 'close')!;
    desk.turn();
    expect(desk.gateway.sent).toHaveLength(3);
    expect(close.status).toBe('submitted');
    for (const number of [2, 3]) {
      await desk.answer(`cancel ${id(number)}`, { kind: 'canceled' });
      await desk.answer(`find ${id(number)}`, exit(number, { status: 'canceled' }));
    }
    expect([stop.status, target.status]).toEqual(['canceled', 'canceled']);
    expect(desk.gateway.sent.at(-1)).toMatchObject({ type: 'market', side: 'sell', size: '2' });
    expect(desk.sandbox.isSettled).toBe(false);
  });

  it('are ended by hand together, and not sent again', async () => {
    const { desk, stop, target } = await listed();
    await desk.hears(reportOf(2, 'canceled'));
    await desk.hears(reportOf(3, 'canceled'));
    expect([stop.status, target.status]).toEqual(['canceled', 'canceled']);
    expect(stop.reason).toBe('the exchange canceled it');
    expect(desk.gateway.sent).toHaveLength(3);
  });
});

describe('a list of two exits', () => {
  const asking = async (): Promise<Desk> => {
    const desk = new Desk();
    desk.gateway.takeLists();
    await desk.opened();
    desk.together((entry) => placeBracket(entry, 'buy', { size: 2, stopLoss: 90, takeProfit: 110 }));
    await desk.answer('send', accepted(1, { size: 2 }));
    return desk.hears(fillOf(1, { size: 2, fee: 0 }));
  };

  it('whose answer is lost is looked up order by order, and never sent again', async () => {
    const desk = await asking();
    await desk.answer(`pair ${id(2)}`, { kind: 'unknown', reason: 'no answer' });
    for (const number of [2, 3]) await desk.answer(`find ${id(number)}`, exit(number));
    expect(desk.entry.orders.map(({ status }) => status)).toEqual(['completed', 'accepted', 'accepted']);
    await desk.hears(reportOf(3, 'expired'));
    await desk.hears(sale(2, 2, 90));
    expect(desk.entry.orders.map(({ status }) => status)).toEqual(['completed', 'completed', 'canceled']);
    expect(desk.gateway.sent).toHaveLength(3);
  });

  it('that is refused is sent as single orders: the stop at once, the target when its price is reached', async () => {
    const desk = await asking();
    await desk.answer(`pair ${id(2)}`, { kind: 'refused', reason: 'the relationship of the prices is not correct' });
    expect(desk.gateway.sent.slice(3)).toMatchObject([{ clientId: id(4), type: 'stop', size: '2' }]);
    await desk.answer(`send ${id(4)}`, accepted(4, { size: 2, side: 'sell' }));
    expect(desk.newsText.join()).toContain('the exchange refused them as a list');
    desk.trade(110);
    expect(desk.gateway.waiting).toEqual([`cancel ${id(4)}`]);
  });
});

describe('an exit beside another that the exchange has, where it has no lists', () => {
  /** A long of 2 whose stop at 90 is at the exchange, and whose target at 110 waits in the session. */
  async function parked(): Promise<{ desk: Desk; stop: Order; target: Order }> {
    const desk = await new Desk().opened();
    let stop!: Order;
    let target!: Order;
    desk.together((entry) => {
      const bracket = placeBracket(entry, 'buy', { size: 2, stopLoss: 90, takeProfit: 110 })!;
      stop = bracket.stopLoss!;
      target = bracket.takeProfit!;
    });
    await desk.answer('send', accepted(1, { size: 2 }));
    await desk.hears(fillOf(1, { size: 2, fee: 0 }));
    await desk.answer(`send ${id(2)}`, accepted(2, { size: 2, side: 'sell' }));
    return { desk, stop, target };
  }

  it('waits here, and takes the place of the other when its price is reached', async () => {
    const { desk, stop, target } = await parked();
    expect([stop.status, target.status]).toEqual(['accepted', 'accepted']);
    desk.trade(105, 109.5);
    expect(desk.gateway.sent).toHaveLength(2);
    desk.trade(110);
    await desk.answer(`cancel ${id(2)}`, { kind: 'canceled' });
    await desk.answer(`find ${id(2)}`, exit(2, { status: 'canceled' }));
    expect(desk.gateway.sent.slice(2)).toMatchObject([{ clientId: id(3), type: 'limit', price: '110', size: '2' }]);
    await desk.answer('send', accepted(3, { size: 2, side: 'sell' }));
    desk.trade(95, 90);
    expect(desk.gateway.waiting).toEqual([`cancel ${id(3)}`]);
    await desk.answer(`cancel ${id(3)}`, { kind: 'canceled' });
    await desk.answer(`find ${id(3)}`, exit(3, { status: 'canceled' }));
    expect(desk.gateway.sent.at(-1)).toMatchObject({ clientId: id(4), type: 'market', size: '2' });
    await desk.answer('send', accepted(4, { size: 2, side: 'sell' }));
    await desk.hears(sale(4, 2, 90));
    expect([stop.status, target.status, desk.sandbox.positionOf(0).size]).toEqual(['completed', 'canceled', 0]);
    expect(desk.sandbox.isSettled).toBe(true);
  });

  it('ends with the other when that is executed', async () => {
    const { desk, stop, target } = await parked();
    await desk.hears(sale(2, 2, 90));
    expect([stop.status, target.status]).toEqual(['completed', 'canceled']);
    desk.trade(111);
    expect(desk.gateway.sent).toHaveLength(2);
  });

  it('shrinks with the position when the other is partly executed', async () => {
    const { desk, target } = await parked();
    await desk.hears(sale(2, 0.5, 90));
    expect([target.size, target.status]).toEqual([1.5, 'accepted']);
  });

  it('is sent when the other is canceled, and can be amended meanwhile', async () => {
    const { desk, stop, target } = await parked();
    expect(desk.entry.amend(target, { price: 108 })).toBe(true);
    desk.cancel(stop);
    await desk.answer(`cancel ${id(2)}`, { kind: 'canceled' });
    await desk.answer(`find ${id(2)}`, exit(2, { status: 'canceled' }));
    expect(desk.gateway.sent.at(-1)).toMatchObject({ clientId: id(3), type: 'limit', price: '108', size: '2' });
  });

  it('is sent at once in place of the other when it is a trailing stop that has been triggered', async () => {
    const desk = await new Desk().opened();
    desk.together((entry) =>
      placeBracket(entry, 'buy', { size: 2, stopLoss: { type: 'stopTrail', trailAmount: 5 }, takeProfit: 110 }),
    );
    await desk.answer('send', accepted(1, { size: 2 }));
    await desk.hears(fillOf(1, { size: 2, fee: 0 }));
    await desk.answer(`send ${id(2)}`, accepted(2, { size: 2, side: 'sell' }));
    desk.trade(95);
    expect(desk.gateway.waiting).toEqual([`cancel ${id(2)}`]);
    await desk.answer(`cancel ${id(2)}`, { kind: 'canceled' });
    await desk.answer(`find ${id(2)}`, exit(2, { status: 'canceled' }));
    expect(desk.gateway.sent.at(-1)).toMatchObject({ clientId: id(3), type: 'market', size: '2' });
  });
});

describe('an order that needs the proceeds of one just sent', () => {
  it('is queued until that has ended, and sent with what it brought', async () => {
    const desk = await new Desk({}, new PlainIntents(), 250).opened();
    desk.buy({ size: 2 });
    await desk.answer('send', accepted(1, { size: 2 }));
    await desk.hears(fillOf(1, { size: 2, fee: 0 }));
    desk.together((entry) => {
      entry.place('sell', { size: 2 });
      entry.place('buy', { type: 'limit', price: 99, size: 2, whenCashShort: 'cut' });
    });
    expect(desk.gateway.sent).toHaveLength(2);
    await desk.answer('send', accepted(2, { size: 2, side: 'sell' }));
    await desk.hears(fillOf(2, { side: 'sell', size: 2, fee: 0 }));
    expect(desk.gateway.sent.at(-1)).toMatchObject({ side: 'buy', size: '2', price: '99' });
  });
});
