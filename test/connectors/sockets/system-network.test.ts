/** The machine's network: every request is answered once, whatever becomes of its connection. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { systemNetwork } from '../../../src/connectors/index.ts';
import type { HttpResponse } from '../../../src/core/index.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function answerOf(listener: RequestListener): Promise<HttpResponse> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return new Promise((resolve) => {
    systemNetwork.request({ method: 'GET', url }, resolve);
  });
}

describe('a request', () => {
  it('brings status, text and headers', async () => {
    const answer = await answerOf((_, response) => response.writeHead(418, { 'retry-after': '7' }).end('slow down'));
    expect(answer).toMatchObject({ status: 418, text: 'slow down', headers: { 'retry-after': '7' } });
  });

  it('whose connection breaks after the headers is answered with status 0 and the reason', async () => {
    const answer = await answerOf((_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half');
      setTimeout(() => response.destroy(), 20);
    });
    expect(answer).toMatchObject({ status: 0, headers: {} });
    expect(answer.text).toMatch(/terminated|closed/);
  });
});
