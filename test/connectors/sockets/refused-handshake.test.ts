/** Servers that answer HTTP in place of a WebSocket: the status decides what happens, never the words around it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';

import { AuthError, RegionBlockedError, systemRuntime, type SocketRefusal } from '../../../src/core/index.ts';
import { FeedHandler, systemNetwork, withHosts } from '../../../src/connectors/index.ts';
import { binance } from '../../../src/connectors/protocols/binance/spot.ts';
import { closeAll, closing, until } from '../loopback.ts';

afterEach(closeAll);

/** A server that refuses every WebSocket, and how often it did. */
async function refusing(status: number, phrase: string, headers = ''): Promise<{ url: string; count: () => number }> {
  let count = 0;
  const server: Server = createServer();
  server.on('upgrade', (_request, socket) => {
    // A client that hangs up at once is no fault of the test.
    socket.on('error', () => undefined);
    count++;
    socket.end(`HTTP/1.1 ${status} ${phrase}\r\n${headers}Content-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count };
}

/** A feed of trades from it. */
async function followed(url: string): Promise<{ errors: Error[]; states: string[] }> {
  const errors: Error[] = [];
  const states: string[] = [];
  const handler = new FeedHandler({
    protocols: [withHosts(binance, { socket: url })],
    policy: { firstBackoffMs: 10, capBackoffMs: 20 },
    onError: (error) => errors.push(error),
  });
  closing.push(() => handler.stop(500));
  handler.setInstruments('binance', [
    { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', venueSymbol: 'BTCUSDT', active: true },
  ]);
  const callbacks = { status: ({ state, reason }: { state: string; reason: string }) => void states.push(`${state}: ${reason}`) }; // prettier-ignore
  await handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], callbacks });
  handler.start();
  return { errors, states };
}

it('ends the feed at HTTP 451 whatever its words, and names the exchanges to use instead', async () => {
  const { url, count } = await refusing(451, 'No');
  const { errors, states } = await followed(url);
  await until(() => errors.length > 0);
  expect(errors[0]).toBeInstanceOf(RegionBlockedError);
  expect(states.at(-1)).toBe(
    'down: binance does not serve this region: use binanceus or kraken, or run where it is allowed',
  );
  await systemRuntime.sleep(150);
  expect(count()).toBe(1);
});

it('connects again after another status whose words speak of 451', async () => {
  const { url, count } = await refusing(503, 'Unexpected server response: 451');
  const { errors, states } = await followed(url);
  await until(() => count() > 2 && states.length > 1);
  expect(errors).toEqual([]);
  expect(states).toContain('connecting: the server answered HTTP 503 in place of a WebSocket');
});

it('leaves an exchange alone that asks for fewer connections, a minute where it names no time', async () => {
  for (const status of [429, 418]) {
    const { url, count } = await refusing(status, 'Slow down');
    await followed(url);
    await until(() => count() === 1);
    await systemRuntime.sleep(200);
    expect(count()).toBe(1);
  }
});

it('waits as long as the answer says', async () => {
  const refusals: (SocketRefusal | undefined)[] = [];
  const { url } = await refusing(429, 'Slow down', 'Retry-After: 7\r\n');
  const events = { opened: () => {}, frame: () => {}, closed: (_reason: string, refusal?: SocketRefusal) => void refusals.push(refusal) }; // prettier-ignore
  systemNetwork.connect(url, events);
  await until(() => refusals.length === 1);
  expect(refusals).toEqual([{ status: 429, retryAfterMs: 7_000 }]);
});

it('ends an account at HTTP 451 too, and not as a wrong key', async () => {
  const { url, count } = await refusing(451, 'No');
  const errors: Error[] = [];
  const handler = new FeedHandler({ onError: (error) => errors.push(error) });
  closing.push(() => handler.stop(500));
  handler.setInstruments('okx', []);
  await handler.addAccount({ exchange: 'okx', keys: { apiKey: 'a', secret: 'b', password: 'c' }, url });
  handler.start();
  await until(() => errors.length > 0);
  expect(errors[0]).toBeInstanceOf(RegionBlockedError);
  expect(errors[0]).not.toBeInstanceOf(AuthError);
  await systemRuntime.sleep(150);
  expect(count()).toBe(1);
});
