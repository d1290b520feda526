/** Pings of the local exchange: clients that answer stay, clients that do not are hung up on. */
import { connect, type Socket } from 'node:net';

import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

import { systemRuntime, type Runtime } from '../../../src/core/index.ts';
import { FastRuntime, serviceApi, VenueServer } from '../../../src/venue/index.ts';

/** A service that accepts every socket, on a clock a hundred times as fast: a ping every 20 s is one every 200 ms. */
async function server(runtime: Runtime = new FastRuntime(systemRuntime, 100)): Promise<number> {
  const service = { accept: () => ({ frame: () => {}, closed: () => {} }), request: () => {} };
  const made = new VenueServer().mount(
    serviceApi('any', service, { sockets: ['/ws'], paths: [], pingMs: 20_000, pongWithinMs: 60_000, runtime }),
  );
  const url = await made.listen();
  onTestFinished(() => made.close());
  return Number(new URL(url).port);
}

it('pings with the time as payload, and keeps a client that answers', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${await server()}/ws`);
  onTestFinished(() => {
    socket.terminate();
  });
  const pings: string[] = [];
  socket.on('ping', (data) => pings.push(data.toString('utf8')));
  await expect.poll(() => pings.length, { timeout: 30_000 }).toBeGreaterThan(5);
  expect(socket.readyState).toBe(WebSocket.OPEN);
  expect(Number(pings[0])).toBeGreaterThan(1e12);
});

it('hangs up on a client that answers no ping', async () => {
  const port = await server();
  const closed = await new Promise<boolean>((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(true);
    });
    const key = Buffer.alloc(16).toString('base64');
    const lines = ['GET /ws HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`]; // prettier-ignore
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.resume();
  });
  expect(closed).toBe(true);
}, 60_000);
