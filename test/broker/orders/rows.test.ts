/** The rows of orders: each number is read back from where it was written, over many blocks and every kind of order. */
import { expect, it } from 'vitest';
import { Blotter, type FillFacts } from '../../../src/broker/accounting/fill-blotter.ts';
import { Order } from '../../../src/broker/orders/order.ts';
import { OrderRows } from '../../../src/broker/orders/rows.ts';
import { orderTypes, timeframe } from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';

const datas = ['A', 'B', 'C'].map((name, id) => {
  const timeline = new Timeline(id, { name, symbol: `${name}/USDT`, timeframe: timeframe('1h') });
  timeline.push({ time: id * 3_600_000, open: 1, high: 1, low: 1, close: 1, volume: 1 });
  timeline.index = 0;
  return new Data(timeline, new Graph());
});

it('an order is what was asked for: of its data, side and type', () => {
  const rows = new OrderRows(datas);
  let ref = 0;
  for (const [k, data] of datas.entries()) {
    for (const side of ['buy', 'sell'] as const) {
      for (const type of orderTypes) {
        rows.add(++ref, data, side, type, 7, 2.5, 101, 102, 99);
        const order = new Order(rows);
        expect([order.ref, order.data, order.side, order.type]).toEqual([ref, data, side, type]);
        expect([order.tradeId, order.size, order.price, order.limitPrice, order.createdClose]).toEqual([7, 2.5, 101, 102, 99]); // prettier-ignore
        expect([order.createdTime, order.status, order.endedTime]).toEqual([(k + 1) * 3_600_000, 'created', undefined]);
        expect([order.isBuy, order.isSell]).toEqual([side === 'buy', side === 'sell']);
      }
    }
  }
});

it('a new block of rows begins where one is full, and the orders of the full one keep their numbers', () => {
  const rows = new OrderRows(datas);
  const orders = Array.from({ length: 1_200 }, (_, k) => {
    rows.add(k + 1, datas[k % 3]!, 'buy', 'limit', 0, k + 0.5, k, k, k);
    return new Order(rows);
  });
  expect(orders.map(({ ref, size, price, limitPrice, createdClose }) => [ref, size, price, limitPrice, createdClose])).toEqual(
    orders.map((_, k) => [k + 1, k + 0.5, k, k, k]),
  ); // prettier-ignore
  // What others have executed is not theirs.
  rows.blotter = new Blotter();
  for (let k = 0; k < 3; k++) rows.blotter.add({ size: 1 } as FillFacts, -1);
  expect(orders.every(({ fills, filled, status }) => fills.length === 0 && filled === 0 && status === 'created')).toBe(
    true,
  );
});
