/** `nextbar symbols` where the exchange cannot be reached: it fails while somebody still waits. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, it } from 'vitest';

import { call } from '../call.ts';

it('gives up after three tries', async () => {
  const asked = new Map<string, number>();
  const server = createServer(({ url = '', socket }) => {
    asked.set(url, (asked.get(url) ?? 0) + 1);
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const { code, errors } = await call('symbols', 'binance', '--url', `http://127.0.0.1:${port}`);
  server.close();
  expect([code, Math.max(...asked.values())]).toEqual([1, 3]);
  expect(errors).toMatch(/^error: binance could not load markets: /);
}, 60_000);
