/** The same over real sockets: the local exchange's server on loopback, the machine's clock and network. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';

import { systemRuntime, type StreamStatus, type TradeTick } from '../../../src/core/index.ts';
import { FeedHandler, systemNetwork, withHosts } from '../../../src/connectors/index.ts';
import { binance } from '../../../src/connectors/protocols/binance/spot.ts';
import { htx } from '../../../src/connectors/protocols/htx.ts';
import { VenueServer } from '../../../src/venue/index.ts';
import { decimalText, SeededMarket } from '../../../src/venue/index.ts';
import { BinanceApi, serviceApi } from '../../../src/venue/index.ts';
import { instruments } from '../local.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Waits until something holds, at most ten seconds. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !holds(); i++) await systemRuntime.sleep(10);
  expect(holds()).toBe(true);
}

async function localBinance(): Promise<{ market: SeededMarket; face: BinanceApi; url: string }> {
  const market = new SeededMarket(systemRuntime, { seed: 5, instruments, stepsPerSecond: 60, levels: 20 });
  const face = new BinanceApi(systemRuntime, market);
  const server = new VenueServer().mount(
    serviceApi('binance streams', face, { sockets: ['/stream'], paths: ['/api/v3/'] }),
  );
  const url = await server.listen();
  closing.push(() => server.close(), () => face.stop(), () => market.stop()); // prettier-ignore
  market.start();
  return { market, face, url };
}

it("keeps the venue's book and trades, also through a hang-up", async () => {
  const { market, face, url } = await localBinance();
  const handler = new FeedHandler({
    protocols: [withHosts(binance, { socket: url.replace('http', 'ws'), rest: url })],
    policy: { firstBackoffMs: 50 },
  });
  closing.push(() => handler.stop());
  const trades: TradeTick[] = [];
  const states: StreamStatus[] = [];
  const feed = await handler.addFeed({
    exchange: 'binance', symbols: ['BTC/USDT', 'ETH/USDT'], channels: ['trade', 'book', 'quote'],
    callbacks: { trade: (trade) => trades.push(trade), status: (status) => states.push(status) },
  }); // prettier-ignore
  handler.start();
  await until(() => trades.length > 20 && feed.book('BTC/USDT') !== undefined);
  for (const client of [...face.clients]) client.socket.close();
  await until(() => feed.counts.reconnects === 1 && feed.state('book', 'BTC/USDT') === 'live');
  const count = trades.length;
  await until(() => trades.length > count + 20);
  market.stop();
  await systemRuntime.sleep(700);
  for (const symbol of ['BTC/USDT', 'ETH/USDT']) {
    const truth = market.book(symbol);
    const rows = (levels: readonly (readonly [number, number])[]): number[][] =>
      levels.map(([p, s]) => [Number(decimalText(p, 2)), Number(decimalText(s, 4))]);
    expect(feed.book(symbol)!.bids).toEqual(rows(truth.bids));
    const told = trades.filter((trade) => trade.symbol === symbol).map((trade) => Number(trade.id)).sort((a, b) => a - b); // prettier-ignore
    expect(told).toEqual(market.trades(symbol, 1e9).map((trade) => trade.id).filter((id) => id >= told[0]!)); // prettier-ignore
  }
  expect(states.some((status) => status.state === 'connecting' && status.reason !== 'start')).toBe(true);
});

it('reads binary gzip frames and answers the ping of HTX', async () => {
  const heard: string[] = [];
  const server = createServer((_request, response) => {
    response.end(
      JSON.stringify({
        status: 'ok',
        data: [
          {
            'base-currency': 'btc',
            'quote-currency': 'usdt',
            symbol: 'btcusdt',
            state: 'online',
            'price-precision': 2,
            'amount-precision': 6,
            'min-order-amt': 0.0001,
            'min-order-value': 5,
          },
        ],
      }),
    );
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      heard.push(data.toString());
      if (!data.toString().includes('"sub"')) return;
      socket.send(gzipSync('{"ping":1618678075001}'));
      socket.send(
        gzipSync(
          '{"ch":"market.btcusdt.depth.step0","ts":1618678075001,"tick":{"bids":[[9.1E-7,2.50]],"asks":[[9.2E-7,1]],"ts":1618678075001,"version":1}}',
        ),
      );
      socket.send(Buffer.from([1, 2, 3]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => { for (const client of sockets.clients) client.terminate(); sockets.close(); server.close(); }); // prettier-ignore
  const origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const errors: string[] = [];
  const handler = new FeedHandler({
    numbers: 'text',
    protocols: [withHosts(htx, { socket: `ws://${origin}`, rest: `http://${origin}` })],
    onError: (error) => errors.push(error.message),
  });
  closing.push(() => handler.stop());
  const bids: unknown[] = [];
  await handler.addFeed({
    exchange: 'htx',
    symbols: ['BTC/USDT'],
    channels: ['book'],
    callbacks: { book: (update) => bids.push(...update.bids) },
  });
  handler.start();
  await until(() => heard.length >= 2 && errors.length >= 1);
  expect(heard[1]).toBe('{"pong":1618678075001}');
  expect(bids).toEqual([['9.1E-7', '2.50']]);
  expect(errors[0]).toContain('a frame from htx could not be read');
});

it('says why a socket could not be opened and an answer did not come', async () => {
  const reasons: string[] = [];
  systemNetwork.connect('ws://127.0.0.1:9', {
    opened: () => {},
    frame: () => {},
    closed: (reason) => reasons.push(reason),
  });
  systemNetwork.request({ method: 'GET', url: 'http://127.0.0.1:9/' }, (response) =>
    reasons.push(`${response.status} ${response.text}`),
  );
  await until(() => reasons.length === 2);
  expect(reasons.join(' | ')).toMatch(/ECONNREFUSED|bad port/);
});
