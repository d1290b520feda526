/** An order as its strategy sees it: what of it was executed, when it ended and why, and as plain data. */
import { describe, expect, it } from 'vitest';
import { Blotter, type FillFacts } from '../../../src/broker/accounting/fill-blotter.ts';
import { exitOf, firstFillOf, linkFill, movePrices, noteEnd, refuseBy, resize, showStatus } from '../../../src/broker/orders/order-state.ts'; // prettier-ignore
import { Order } from '../../../src/broker/orders/order.ts';
import { OrderRows } from '../../../src/broker/orders/rows.ts';
import { orderStatuses, orderTypes, timeframe, type Instrument, type OrderType } from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';

const hour = 3_600_000;
const inverse: Instrument = { symbol: 'BTC/USD:BTC', type: 'swap', base: 'BTC', quote: 'USD', settle: 'BTC', contractSize: 100 }; // prettier-ignore

interface Made {
  readonly order: Order;
  readonly rows: OrderRows;
  readonly blotter: Blotter;
  readonly timeline: Timeline;
  /** Executes signed units of it at a price, at a time. */
  readonly fill: (size: number, price: number, time?: number) => void;
}

/** An order of some units on a data of three hours, of which the first is the present. */
function made(size = 3, type: OrderType = 'limit', instrument?: Instrument): Made {
  const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: timeframe('1h'), ...(instrument && { instrument }) }); // prettier-ignore
  for (let k = 0; k < 3; k++)
    timeline.push({ time: k * hour, open: 100, high: 101, low: 99, close: 100 + k, volume: 1 });
  timeline.index = 0;
  const data = new Data(timeline, new Graph());
  const rows = new OrderRows([data]);
  rows.add(5, data, 'buy', type, 2, size, 98, 97, 100);
  const order = new Order(rows);
  const blotter = new Blotter();
  let last = -1;
  const fill = (units: number, price: number, time = 50): void => {
    const facts: FillFacts = {
      time, size: units, price, closed: 0, opened: units, commission: 0.5, pnl: 2, positionSize: units, positionPrice: price,
      value: units * price, traded: units * price, closedCommission: 0, rule: 'limitReached', level: 98, reached: 97.5,
    }; // prettier-ignore
    last = blotter.add(facts, last);
    linkFill(order, blotter, last);
  };
  return { order, rows, blotter, timeline, fill };
}

describe('what was executed of it', () => {
  it('is nothing at first', () => {
    const { order } = made();
    expect([order.filled, order.remaining, order.averagePrice, order.value, order.commission, order.pnl]).toEqual([0, 3, 0, 0, 0, 0]); // prettier-ignore
    expect([order.fills, order.lastFill, firstFillOf(order)]).toEqual([[], undefined, Infinity]);
  });

  it('is the sum of its fills, at their mean price', () => {
    const { order, fill, blotter } = made();
    blotter.add({} as FillFacts, -1);
    fill(1, 98);
    expect([order.filled, order.remaining, order.averagePrice]).toEqual([1, 2, 98]);
    fill(2, 95, 60);
    expect([order.filled, order.remaining, order.averagePrice]).toEqual([3, 0, 96]);
    expect([order.value, order.commission, order.pnl]).toEqual([288, 1, 4]);
    expect(order.fills.map(({ price }) => price)).toEqual([98, 95]);
    expect([order.lastFill?.price, firstFillOf(order)]).toEqual([95, 1]);
  });

  it('of a sale is positive too', () => {
    const { order, fill } = made();
    fill(-1, 98);
    expect([order.filled, order.remaining]).toEqual([1, 2]);
  });

  it('of an inverse contract is at the harmonic mean of its prices', () => {
    const { order, fill } = made(4, 'limit', inverse);
    fill(1, 100);
    expect(order.averagePrice).toBe(100);
    fill(3, 300);
    expect(order.averagePrice).toBe(200);
  });

  it('is all of it where only the rounding of binary fractions is left', () => {
    const { order, fill } = made(0.3);
    fill(0.1, 98);
    fill(0.1, 98);
    fill(0.1, 98);
    expect([0.1 + 0.1 + 0.1 === 0.3, order.filled, order.remaining]).toEqual([false, 0.3, 0]);
  });
});

describe('its end', () => {
  it('is not there while it may be executed', () => {
    const { order, fill } = made();
    fill(1, 98);
    for (const status of ['created', 'submitted', 'accepted', 'partial'] as const) {
      showStatus(order, status, undefined);
      expect([order.status, order.isAlive, order.endedTime]).toEqual([status, true, undefined]);
    }
  });

  it('is at the time of the fill that completed it', () => {
    const { order, fill } = made();
    fill(1, 98, 60);
    fill(2, 98, 70);
    showStatus(order, 'completed', undefined);
    expect([order.status, order.isAlive, order.endedTime]).toEqual(['completed', false, 70]);
  });

  it('is at the close of the bar in which it was canceled, whatever was executed before', () => {
    const { order, fill, timeline } = made();
    fill(1, 98, 60);
    timeline.index = 1;
    showStatus(order, 'canceled', 'it was late');
    noteEnd(order);
    timeline.index = 2;
    expect([order.endedTime, order.createdTime, order.reason]).toEqual([2 * hour, hour, 'it was late']);
  });

  it('by a rule names it where the order was refused or canceled, and not of one that goes on', () => {
    const { order, rows } = made();
    refuseBy(order, 'tick');
    const ruled = orderStatuses.filter((status) => {
      showStatus(order, status, undefined);
      return order.rule === 'tick';
    });
    expect(ruled).toEqual(['canceled', 'margin', 'rejected']);
    expect(order.reason).toBeUndefined();
    expect(rows.hasRefusals).toBe(true);
  });

  it.each(orderStatuses)('%s is a refusal: of margin and rejected alone', (status) => {
    const { order, rows } = made();
    showStatus(order, status, undefined);
    expect(rows.hasRefusals).toBe(status === 'margin' || status === 'rejected');
  });

  it('keeps a reason that was given, until there is another', () => {
    const { order } = made();
    showStatus(order, 'accepted', 'moved');
    showStatus(order, 'partial', undefined);
    expect(order.reason).toBe('moved');
    showStatus(order, 'expired', 'too late');
    expect(order.reason).toBe('too late');
  });
});

it('it buys or sells', () => {
  const { order, rows } = made();
  expect([order.side, order.isBuy, order.isSell]).toEqual(['buy', true, false]);
  rows.add(6, order.data, 'sell', 'limit', 0, 1, 98, 97, 100);
  const sale = new Order(rows);
  expect([sale.side, sale.isBuy, sale.isSell]).toEqual(['sell', false, true]);
});

it('its size and its prices are moved one by one', () => {
  const { order } = made();
  movePrices(order, 90, 89);
  resize(order, 1.5);
  expect([order.price, order.limitPrice, order.size, order.createdClose]).toEqual([90, 89, 1.5, 100]);
});

it('its tag goes to its fills', () => {
  const { order, rows, fill } = made();
  fill(1, 98);
  rows.tags.set(5, 'dip');
  fill(1, 98);
  expect([order.tag, order.fills.map(({ tag }) => tag)]).toEqual(['dip', [undefined, 'dip']]);
  expect(made().order.tag).toBeUndefined();
});

it('a trade that it ends is said to have ended by its type, or as it was given', () => {
  expect(Object.fromEntries(orderTypes.map((type) => [type, exitOf(made(1, type).order)]))).toEqual({
    market: 'signal', close: 'time', limit: 'target', stop: 'stop', stopLimit: 'stop', stopTrail: 'trail', stopTrailLimit: 'trail',
  }); // prettier-ignore
  const { order, rows } = made();
  rows.exits.set(4, 'time');
  expect(exitOf(order)).toBe('target');
  rows.exits.set(5, 'end');
  expect(exitOf(order)).toBe('end');
});

it('as plain data it says what was asked, what became of it, and its fills', () => {
  const { order, fill } = made();
  fill(1, 98);
  showStatus(order, 'partial', undefined);
  expect(order.toJSON()).toEqual({
    ref: 5, data: 'A', side: 'buy', type: 'limit', size: 3, price: 98, limitPrice: 97, tradeId: 2, createdTime: hour, createdClose: 100,
    tag: undefined, status: 'partial', reason: undefined, rule: undefined, filled: 1, averagePrice: 98, value: 98, commission: 0.5, pnl: 2,
    fills: order.fills,
  }); // prettier-ignore
});
