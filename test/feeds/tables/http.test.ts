/** Bars over HTTP. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { systemRuntime, type Runtime } from '../../../src/core/index.ts';
import { HttpDataFeed, type HttpDataFeedOptions } from '../../../src/feeds/index.ts';

const start = Date.UTC(2024, 0, 1);
const minute = 60_000;
const runtime: Runtime = { ...systemRuntime, sleep: () => Promise.resolve() };

type Reply = { readonly status?: number; readonly body: string; readonly location?: string };

async function serve(reply: (url: URL, request: IncomingMessage, count: number) => Reply): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => {
    const { status = 200, body, location } = reply(new URL(request.url!, 'http://x'), request, count++);
    response.writeHead(status, location === undefined ? {} : { location });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/bars`;
}

const rowsFrom = (first: number, count: number): number[][] =>
  Array.from({ length: count }, (_, i) => [start + (first + i) * minute, 1, 2, 0.5, 1.5, first + i]);

function load(options: Omit<HttpDataFeedOptions, 'timeframe'>) {
  return new HttpDataFeed({ timeframe: '1m', symbol: 'BTC/USDT', start, ...options }).load({ runtime });
}

describe('HttpDataFeed', () => {
  it('says what it wants, shows its token and reads data.ohlcv', async () => {
    const seen: unknown[] = [];
    const url = await serve((asked, request) => {
      seen.push(Object.fromEntries(asked.searchParams), request.headers.authorization, request.headers['x-mine']);
      return { body: JSON.stringify({ data: { ohlcv: rowsFrom(0, 3) } }) };
    });
    const bars = await load({ url, end: start + 10 * minute, bearer: 'token-123', headers: { 'x-mine': 'yes' } });
    expect(Array.from(bars.volume)).toEqual([0, 1, 2]);
    expect(seen).toEqual([
      { symbol: 'BTC/USDT', timeframe: '1m', start: String(start), end: String(start + 10 * minute) },
      'Bearer token-123',
      'yes',
    ]);
  });

  it('follows pages to the end', async () => {
    const url = await serve((asked) => {
      const page = Number(asked.searchParams.get('page') ?? 0);
      return { body: JSON.stringify({ rows: rowsFrom(page * 5, 5), more: page < 3 ? page + 1 : undefined }) };
    });
    const nextPage = (answer: unknown): string | undefined => {
      const { more } = answer as { more?: number };
      return more === undefined ? undefined : `${url}?page=${more}`;
    };
    const bars = await load({ url, rows: 'rows', nextPage });
    expect(Array.from(bars.volume)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('shows its keys to the origin of its url alone: not across a redirect, and not to another host of nextPage', async () => {
    const keysSeen = (request: IncomingMessage): unknown[] => [
      request.headers.authorization,
      request.headers['x-api-key'],
    ];
    const seen: Record<string, unknown[]> = {};
    const elsewhere = await serve((asked, request) => {
      seen[asked.searchParams.get('from') ?? 'page'] = keysSeen(request);
      return { body: JSON.stringify({ rows: rowsFrom(0, 2) }) };
    });
    const url = await serve((asked, request) => {
      if (asked.pathname === '/moved')
        return { body: JSON.stringify({ rows: rowsFrom(2, 2), seen: keysSeen(request) }) };
      return {
        status: 307,
        location: asked.searchParams.has('away') ? `${elsewhere}?from=redirect` : '/moved',
        body: '',
      };
    });
    const keys = { bearer: 'token-123', headers: { 'x-api-key': 'key-456' }, rows: 'rows' };
    await load({ url: `${url}?away=1`, ...keys });
    expect(seen['redirect']).toEqual([undefined, undefined]);
    let own: unknown;
    const nextPage = (answer: unknown, at: string): string | undefined => {
      own ??= (answer as { seen?: unknown }).seen;
      return at.includes(new URL(elsewhere).host) ? undefined : elsewhere;
    };
    await load({ url, ...keys, nextPage });
    expect(own).toEqual(['Bearer token-123', 'key-456']);
    expect(seen['page']).toEqual([undefined, undefined]);
  });

  it('gives up on redirects without an end', async () => {
    const url = await serve(() => ({ status: 302, location: '/bars', body: '' }));
    await expect(load({ url })).rejects.toThrow(/redirects more than 10 times/);
  });

  it('tries again what may be tried again', async () => {
    const replies = [{ status: 503, body: '' }, { body: '<html>' }, { body: '' }];
    const url = await serve((_, __, count) => replies[count] ?? { body: JSON.stringify(rowsFrom(0, 2)) });
    expect((await load({ url, rows: '' })).time).toHaveLength(2);
  });

  it('says what was refused without showing the token', async () => {
    const url = await serve((_, request) => ({ status: 401, body: `bad token ${request.headers.authorization}` }));
    const error: unknown = await load({ url, bearer: 'token-123456' }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'auth', retryable: false });
    expect(String((error as Error).stack)).not.toContain('token-123456');
  });

  it('names where rows were looked for', async () => {
    const url = await serve(() => ({ body: '{"result":[],"ok":true}' }));
    await expect(load({ url })).rejects.toThrow("no list of rows at 'data.ohlcv', it has result, ok");
    await expect(load({ url, rows: 'result' })).rejects.toThrow(/its source has 0/);
  });
});
