/** Sockets of the local exchange over loopback: what a client sends wrongly is answered or cut off, and hurts nobody else. */
import { connect } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { SimulatedRuntime } from '../../../src/core/index.ts';
import { OkxApi, SeededMarket, serviceApi, VenueServer, type MarketInstrument } from '../../../src/venue/index.ts';

const instruments: readonly MarketInstrument[] = [
  { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 4 },
];

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function okx(): Promise<string> {
  const runtime = new SimulatedRuntime(1);
  const face = new OkxApi(runtime, new SeededMarket(runtime, { seed: 1, instruments }));
  const server = new VenueServer({ runtime });
  server.mount(serviceApi('okx', face, { sockets: ['/ws/'], paths: ['/api/v5/'] }));
  const url = await server.listen();
  closing.push(() => server.close());
  return url;
}

/** What comes back for some frames, as many answers as there are frames. */
async function answersTo(url: string, frames: readonly string[]): Promise<unknown[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/v5/public`);
  closing.push(() => {
    socket.terminate();
  });
  const answers: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      for (const frame of frames) socket.send(frame);
    });
    socket.on('message', (data: Buffer) => {
      if (answers.push(JSON.parse(data.toString('utf8'))) === frames.length) resolve();
    });
  });
  return answers;
}

const subscription = '{"op":"subscribe","args":[{"channel":"tickers","instId":"BTC-USDT"}]}';

describe("the face of OKX's streams", () => {
  it('answers what is no request with an error, and goes on', async () => {
    const url = await okx();
    const frames = ['{"op":', 'null', '{"op":"subscribe"}', '{"op":"subscribe","args":[null]}', subscription];
    const answers = await answersTo(url, frames);
    expect(answers.slice(0, 4).map((answer) => (answer as { code: string }).code)).toEqual(Array(4).fill('60012'));
    expect(answers[4]).toMatchObject({ event: 'subscribe' });
  });
});

describe('a socket', () => {
  it('that sends no frames at all is cut off, and others are served', async () => {
    const url = await okx();
    const raw = connect(Number(new URL(url).port), '127.0.0.1');
    const ended = new Promise<void>((resolve) => raw.on('close', () => { resolve(); })); // prettier-ignore
    raw.on('error', () => {});
    raw.on('data', () => raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff])));
    raw.write(
      'GET /ws/v5/public HTTP/1.1\r\nHost: local\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await ended;
    expect(await answersTo(url, [subscription])).toEqual([expect.objectContaining({ event: 'subscribe' })]);
  });
});
