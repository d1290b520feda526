/** Who may use the local exchange: programs of this machine, with requests of a bounded size. */
import { connect } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { VenueServer } from '../../../src/venue/index.ts';

async function port(): Promise<number> {
  const server = new VenueServer({
    apis: [{ name: 'echo', answer: ({ path, body }) => (path === '/api/echo' ? { body: { length: body.length } } : undefined) }],
  });
  const url = await server.listen();
  onTestFinished(() => server.close());
  return Number(new URL(url).port);
} // prettier-ignore

/** The status line that a raw request is answered with. */
async function statusOf(to: number, lines: readonly string[], body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(to, '127.0.0.1');
    socket.on('error', reject);
    socket.once('data', (data) => {
      resolve(data.toString('utf8').split('\r\n')[0]!);
      socket.destroy();
    });
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  });
}

describe('the local exchange', () => {
  it.each([
    ['127.0.0.1:8787', undefined, 200],
    ['localhost:8787', undefined, 200],
    ['[::1]:1', undefined, 200],
    ['localhost', 'http://localhost:3000', 200],
    ['localhost', 'http://127.0.0.1:3000', 200],
    ['evil.example', undefined, 403],
    ['127.0.0.1.evil.example', undefined, 403],
    ['localhost.evil.example:80', undefined, 403],
    ['localhost', 'https://evil.example', 403],
    ['localhost', 'https://localhost.evil.example', 403],
    ['localhost', 'null', 403],
  ])('answers Host %s with Origin %s by %i', async (host, origin, status) => {
    const lines = ['POST /api/echo HTTP/1.1', `Host: ${host}`, 'Content-Length: 0'];
    if (origin !== undefined) lines.push(`Origin: ${origin}`);
    expect(await statusOf(await port(), lines)).toContain(` ${status} `);
  });

  it.each(['/api/echo', '/nextbar/faults', '/nextbar/requests'])('guards %s and sockets alike', async (path) => {
    const to = await port();
    expect(await statusOf(to, [`PUT ${path} HTTP/1.1`, 'Host: evil.example', 'Content-Length: 0'])).toContain(' 403 ');
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];
    expect(await statusOf(to, [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Origin: https://evil.example', ...upgrade])).toContain(' 403 ');
  }); // prettier-ignore

  it('takes a body of a megabyte and refuses a longer one, announced or not', async () => {
    const to = await port();
    const allowed = await fetch(`http://127.0.0.1:${to}/api/echo`, { method: 'POST', body: 'x'.repeat(1024 * 1024) });
    expect(await allowed.json()).toEqual({ length: 1024 * 1024 });
    const head = ['POST /api/echo HTTP/1.1', 'Host: localhost'];
    expect(await statusOf(to, [...head, `Content-Length: ${1024 * 1024 + 1}`])).toContain(' 413 ');
    const piece = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    expect(await statusOf(to, [...head, 'Transfer-Encoding: chunked'], piece + piece)).toContain(' 413 ');
  });
});
