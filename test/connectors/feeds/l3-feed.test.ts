/** Single orders through a whole feed over real sockets: the first book, a lost change, the book again, and what consumers receive. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';

import { FeedHandler, protocolOf, withHosts } from '../../../src/connectors/index.ts';
import type { L3Update } from '../../../src/core/index.ts';
import { closeAll, closing, until } from '../loopback.ts';

afterEach(closeAll);

/** A server of one exchange: answers by path, and what each socket is sent for its frames. */
async function serve(
  answer: (path: string) => unknown,
  frame: (socket: WebSocket, text: string) => void,
): Promise<string> {
  const server = createServer((request, response) => response.end(JSON.stringify(answer(request.url ?? ''))));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      frame(socket, data.toString());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close(), () => { for (const client of sockets.clients) client.terminate(); }); // prettier-ignore
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Follows the orders of BTC/USD; `seen` is what a callback read from the book after each update. */
async function orders(
  exchange: string,
  host: string,
): Promise<{ updates: L3Update[]; states: string[]; seen: string[] }> {
  const updates: L3Update[] = [];
  const states: string[] = [];
  const seen: string[] = [];
  const handler = new FeedHandler({
    protocols: [withHosts(protocolOf(exchange), { rest: `http://${host}`, socket: `ws://${host}` })],
  });
  closing.push(() => handler.stop(500));
  await handler.addFeed({
    exchange, symbols: ['BTC/USD'], channels: ['l3'],
    callbacks: {
      l3: (update, book) => { updates.push(update); seen.push(`${book.orderCount}: ${book.orders('bids').map(([id, price, size]) => `${id} ${size} at ${price} behind ${book.ahead(id)}`).join(', ')}`); },
      status: ({ state, reason }) => { states.push(`${state}: ${reason}`); },
    },
  }); // prettier-ignore
  handler.start();
  return { updates, states, seen };
}

it('asks Coinbase for all orders, voids the book at a lost step, and asks again', async () => {
  const time = '2024-01-01T00:00:00.000001Z';
  const step = (sequence: number, type: string, fields: object): string => JSON.stringify({ type, product_id: 'BTC-USD', sequence, time, ...fields }); // prettier-ignore
  const books = [
    { sequence: 10, time, bids: [['10', '1', 'a'], ['10', '2', 'b']], asks: [['11', '3', 'c']] },
    { sequence: 20, time, bids: [['10', '2', 'b']], asks: [['11', '3', 'c']] },
  ]; // prettier-ignore
  let socket: WebSocket | undefined;
  const asked: string[] = [];
  const host = await serve(
    (path) => {
      asked.push(path);
      if (path === '/products') return [{ id: 'BTC-USD', base_currency: 'BTC', quote_currency: 'USD', quote_increment: '0.01', base_increment: '0.0001', status: 'online' }]; // prettier-ignore
      return books.shift() ?? { sequence: 20, time, bids: [], asks: [] };
    },
    (client, text) => {
      expect(JSON.parse(text)).toMatchObject({ type: 'subscribe', channels: ['full'] });
      socket = client;
      client.send(step(11, 'match', { trade_id: 1, maker_order_id: 'x', taker_order_id: 'y', size: '1', price: '10', side: 'buy' })); // prettier-ignore
      client.send(step(11, 'open', { order_id: 'd', side: 'buy', price: '9', remaining_size: '4' }));
    },
  );
  const { updates, states, seen } = await orders('coinbaseexchange', host);
  await until(() => updates.length === 2);
  expect(seen).toEqual(['3: a 1 at 10 behind 0, b 2 at 10 behind 1', '4: a 1 at 10 behind 0, b 2 at 10 behind 1, d 4 at 9 behind 0']); // prettier-ignore
  socket!.send(step(12, 'match', { trade_id: 2, maker_order_id: 'a', taker_order_id: 'y', size: '0.25', price: '10', side: 'buy' })); // prettier-ignore
  await until(() => updates.length === 3);
  expect(updates[2]).toMatchObject({ kind: 'delta', bids: [['a', 10, 0.75]], asks: [], sequence: 12 });
  // The step in which order a was canceled is lost.
  socket!.send(step(14, 'done', { order_id: 'd', side: 'buy', reason: 'canceled', price: '9' }));
  await until(() => states.some((state) => state.startsWith('resyncing: gap: after 12 came 14')));
  socket!.send(step(20, 'received', { order_id: 'e', side: 'buy', order_type: 'limit', size: '1', price: '9' }));
  await until(() => updates.length === 4);
  expect(updates[3]).toMatchObject({ kind: 'snapshot', bids: [['b', 10, 2]], sequence: 20 });
  expect(states.at(-1)).toBe('live: whole book');
  expect(asked.filter((path) => path === '/products/BTC-USD/book?level=3')).toHaveLength(2);
}, 60_000);

it('subscribes to the raw book of Bitfinex again when a message of the socket is lost', async () => {
  let subscribed = 0;
  const left: string[] = [];
  const host = await serve(
    (path) => (path.includes('exchange') ? [['BTCUSD']] : [[]]),
    (client, text) => {
      const message = JSON.parse(text) as { event: string; chanId?: number };
      if (message.event === 'unsubscribe') {
        left.push(text);
        client.send('{"event":"unsubscribed","status":"OK"}');
      }
      if (message.event !== 'subscribe') return;
      expect(message).toMatchObject({ channel: 'book', prec: 'R0', symbol: 'tBTCUSD' });
      const id = 5 + subscribed++;
      client.send(JSON.stringify({ event: 'subscribed', channel: 'book', chanId: id, symbol: 'tBTCUSD', prec: 'R0' }));
      const first = subscribed === 1 ? 1 : 8;
      client.send(`[${id},[[1,10,1],[2,11,-1]],${first}]`);
      client.send(`[${id},[3,10,${subscribed}],${first + 1}]`);
      // Messages 3 to 5 never come.
      if (subscribed === 1) client.send(`[${id},[1,0,1],6]`);
    },
  );
  const { states, updates, seen } = await orders('bitfinex', host);
  await until(() => updates.length >= 4);
  expect(seen.at(-1)).toBe('3: 1 1 at 10 behind 0, 3 2 at 10 behind 1');
  expect(states.some((state) => state.startsWith('resyncing: gap: after message 2 of the socket came 6'))).toBe(true);
  expect(states.at(-1)).toBe('live: whole book');
  expect(left).toEqual(['{"event":"unsubscribe","chanId":5}']);
}, 60_000);
