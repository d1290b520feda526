/** The dashboard's files and the socket of live events, over a real server. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { systemRuntime } from '../../src/core/index.ts';
import { AuditLog, KeyRing, startServer, Tokens, type Database, type RunningServer } from '../../src/server/index.ts';
import { openTestDatabase } from './databases.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-dashboard-'));
let server: RunningServer;
let tokens: Tokens;
let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  database = await openTestDatabase(join(folder, 'platform.sqlite'), Date.now());
  tokens = new Tokens(database, await KeyRing.open({ path: join(folder, 'keys.json') }, Date.now()), systemRuntime);
  const audit = new AuditLog(join(folder, 'audit.jsonl'), systemRuntime);
  server = await startServer({
    runtime: systemRuntime,
    database,
    tokens,
    audit,
    folder,
    sessions: join(folder, 'sessions'),
    port: 0,
    headersTimeoutMs: 500,
  });
  close = () => database.close();
});
afterAll(async () => {
  await server.close();
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const issue = async (scope: string): Promise<string> =>
  (await tokens.issue({ subject: 'test', scopes: [scope] })).token;

describe('the dashboard', () => {
  it.each(['/', '/docs', '/app.js', '/docs.js', '/app.css', '/charts.js', '/icon.svg'])(
    'serves %s under a policy that runs no script of another origin',
    async (path) => {
      const answer = await fetch(`${server.url}${path}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      const text = await answer.text();
      expect(text.length).toBeGreaterThan(100);
      if (path === '/' || path === '/docs') expect(text).not.toMatch(/(?:src|href)="https?:|<script>|style="/);
      const again = await fetch(`${server.url}${path}`, { headers: { 'if-none-match': answer.headers.get('etag')! } });
      expect(again.status).toBe(304);
    },
  );

  it('has scripts that parse', async () => {
    for (const path of ['/app.js', '/docs.js']) {
      const text = await (await fetch(`${server.url}${path}`)).text();
      // Only parsed, not run.
      expect(() => new Script(text)).not.toThrow();
      expect(text).not.toContain('innerHTML');
    }
  });
});

describe('live events', () => {
  const open = (protocols: string[], headers: Record<string, string> = {}, path = '/v1/events'): Promise<string> => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, protocols, { headers });
    return new Promise((resolve) => {
      socket.on('message', (data: Buffer) => {
        resolve(data.toString());
        socket.close();
      });
      socket.on('close', (code) => {
        resolve(`closed ${code}`);
      });
      socket.on('unexpected-response', (_, answer) => {
        resolve(`refused ${answer.statusCode}`);
      });
      socket.on('error', () => {});
    });
  };

  it('begin with the sessions, for a token that may read runs', async () => {
    const token = await issue('read:runs');
    expect(JSON.parse(await open(['nextbar.v1', `token.${token}`]))).toEqual({ type: 'sessions', sessions: [] });
    expect(JSON.parse(await open([], { authorization: `Bearer ${token}` }))).toMatchObject({ type: 'sessions' });
  });

  it('are refused without a token, without the scope, to pages of other sites, and elsewhere', async () => {
    const token = await issue('read:runs');
    expect(await open(['nextbar.v1'])).toBe('closed 4401');
    expect(await open(['nextbar.v1', `token.${await issue('read:bars')}`])).toBe('closed 4401');
    expect(await open(['nextbar.v1', `token.${token}`], { origin: 'https://evil.example' })).toBe('refused 403');
    expect(await open(['nextbar.v1', `token.${token}`], { host: 'evil.example' })).toBe('refused 421');
    expect(await open(['nextbar.v1', `token.${token}`], {}, '/v1/series')).toBe('refused 404');
  });
});

it('counts refused tokens of a socket with those of requests, and writes them down', async () => {
  const sessions = join(folder, 'sessions');
  const audit = new AuditLog(join(folder, 'sockets.jsonl'), systemRuntime);
  // They are counted by the minute: no minute begins meanwhile.
  const runtime = { ...systemRuntime, elapsed: () => 0 };
  const other = await startServer({ runtime, database, tokens, audit, port: 0, folder, sessions });
  try {
    const ask = (token: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${other.url.replace('http', 'ws')}/v1/events`, ['nextbar.v1', `token.${token}`]);
        socket.on('message', () => {
          resolve('accepted');
          socket.close();
        });
        socket.on('close', (code) => {
          resolve(String(code));
        });
      });
    for (let i = 0; i < 100; i++) expect(await ask('a.b.c')).toBe('4401');
    const right = await issue('read:runs');
    expect(await ask(right)).toBe('1013');
    const { status } = await fetch(`${other.url}/v1/runs`, { headers: { authorization: `Bearer ${right}` } });
    expect(status).toBe(429);
    const lines = readFileSync(join(folder, 'sockets.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(lines[0]!)).toMatchObject({ action: 'GET /v1/events', outcome: 'refused', detail: 'token invalid', address: '127.0.0.1' }); // prettier-ignore
  } finally {
    await other.close();
  }
});

describe('a token', () => {
  it('that is revoked is refused by the server that runs', async () => {
    const { token, info } = await tokens.issue({ subject: 'test', scopes: ['read:bars'] });
    const ask = async (): Promise<number> =>
      (await fetch(`${server.url}/v1/series`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await ask()).toBe(200);
    await tokens.revoke(info.id);
    expect(await ask()).toBe(401);
  });

  it('is not needed to be refused a path that is too long', async () => {
    expect((await fetch(`${server.url}/v1/sessions/${'a'.repeat(300)}`)).status).toBe(414);
  });
});

describe('a refusal', () => {
  it.each([
    ['/v1/symbols?exchnge=binance', 400, "unknown parameter 'exchnge': did you mean 'exchange'?"],
    ['/v1/intervals?exchange=none', 404, /^none was never synced/],
    ['/v1/symbols?type=swop', 400, 'type: must be one of spot, swap, future, option, margin'],
    ['/v1/symbols?active=maybe', 400, 'active: must be one of true, false'],
    ['/v1/bars?exchange=binance&symbol=BTC/USDT', 400, 'timeframe: is missing'],
  ])('names what is wrong: %s', async (path, status, message) => {
    const token = await issue('read:metadata');
    const bars = await issue('read:bars');
    const answer = await fetch(server.url + path, {
      headers: { authorization: `Bearer ${path.startsWith('/v1/bars') ? bars : token}` },
    });
    const said = ((await answer.json()) as { error: { message: string } }).error.message;
    expect([answer.status, said]).toEqual([status, typeof message === 'string' ? message : expect.stringMatching(message)]); // prettier-ignore
  });

  it('is documented for every route, each of which has a name of its own', async () => {
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { operationId?: string; responses: object }>>;
    };
    const routes = Object.entries(paths).flatMap(([path, methods]) => Object.values(methods).map((route) => ({ path, ...route }))); // prettier-ignore
    const open = ['/health'];
    expect(routes.filter(({ path, responses }) => !open.includes(path) && !('4XX' in responses))).toEqual([]);
    const names = routes.flatMap(({ operationId }) => operationId ?? []);
    expect(new Set(names).size).toBe(names.length);
    // The socket is there too, with the messages that it sends.
    const socket = routes.find(({ path }) => path === '/v1/events');
    expect(JSON.stringify(socket?.responses)).toMatch(/"sessions".*"event"/);
    for (const { path } of routes.filter((route) => !open.includes(route.path))) {
      const { status } = await fetch(server.url + path.replace('{run}', '1').replace('{session}', 'x'));
      expect([401, 404]).toContain(status); // 404: a route for POST alone
    }
  });
});
