/** Hostile and careless requests: each is refused as stated, and the honest one beside them is answered. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemRuntime } from '../../src/core/index.ts';
import { makeApp } from '../../src/server/api/server.ts';
import { AuditLog, KeyRing, startServer, Tokens, type Database, type ServerOptions } from '../../src/server/index.ts';
import { BarStore } from '../../src/store/index.ts';
import { openTestDatabase } from './databases.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-hostile-'));
let database: Database;
let options: ServerOptions;
let made: Awaited<ReturnType<typeof makeApp>>;
let tokens: Tokens;
let good: string;

beforeAll(async () => {
  const now = Date.now();
  database = await openTestDatabase(join(folder, 'platform.sqlite'), now);
  const keys = await KeyRing.open({ path: join(folder, 'keys.json') }, now);
  tokens = new Tokens(database, keys, systemRuntime);
  const audit = new AuditLog(join(folder, 'audit.jsonl'), systemRuntime);
  options = { runtime: systemRuntime, database, tokens, audit, folder: join(folder, 'bars'), sessions: join(folder, 'sessions') };
  const store = await BarStore.open({ folder: join(folder, 'bars') });
  const time = Float64Array.from({ length: 10 }, (_, k) => Date.UTC(2024, 0, 1) + k * 3_600_000);
  const one = time.map((_, k) => 100 + k);
  await store.write({ exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1h' }, { start: time[0]!, end: time[9]! + 3_600_000, source: 'binance' }, { time, open: one, high: one, low: one, close: one, volume: one });
  store.close();
  made = await makeApp(options);
  good = (await tokens.issue({ subject: 'test', scopes: ['read:bars'] })).token;
}); // prettier-ignore
afterAll(async () => {
  await made.close();
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const bars = '/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&start=2024-01-01&limit=3';

async function ask(
  url: string,
  headers: Record<string, string> = {},
  method: 'GET' | 'POST' | 'OPTIONS' = 'GET',
  payload?: string,
) {
  const request = { method, url, headers: { host: 'localhost:8790', authorization: `Bearer ${good}`, ...headers } };
  return made.app.inject(payload === undefined ? request : { ...request, payload });
}

/** A token signed by a key of its own, with claims of choice. */
async function forged(header: object, claims: object): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const said = {
    scope: 'read:bars',
    iss: 'nextbar',
    aud: 'nextbar-api',
    sub: 'x',
    jti: 'abcdefghijkl',
    iat: 1,
    exp: 99_999_999_999,
    ...claims,
  };
  return new SignJWT(said).setProtectedHeader({ alg: 'ES256', typ: 'JWT', ...header }).sign(privateKey);
}
const unsigned = (header: object, payload: object, signature = ''): string =>
  [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + `.${signature}`;

describe('the server', () => {
  it('answers an honest request, pages through bars, and knows when nothing changed', async () => {
    const first = await ask(bars);
    expect([first.statusCode, first.json<{ bars: unknown[] }>().bars.length]).toEqual([200, 3]);
    const { next } = first.json<{ next: string }>();
    const second = await ask(`/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&cursor=${next}`);
    expect(second.json<{ bars: number[][] }>().bars.map(([time]) => time)[0]).toBe(Date.UTC(2024, 0, 1, 3));
    expect((await ask(bars, { 'if-none-match': String(first.headers.etag) })).statusCode).toBe(304);
    const part = await ask(bars, { range: 'bytes=0-9' });
    expect([part.statusCode, part.body]).toEqual([206, first.body.slice(0, 10)]);
  });

  it('serves bars built from shorter ones only when asked, and marks them', async () => {
    const url = '/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=4h&start=2024-01-01';
    expect((await ask(url)).statusCode).toBe(404);
    const derived = (await ask(`${url}&derived=true`)).json<{ derived: unknown; bars: number[][] }>();
    expect([derived.derived, derived.bars.length, derived.bars[0]]).toEqual([
      { from: '1h' },
      2,
      [Date.UTC(2024, 0, 1), 100, 103, 100, 103, 406],
    ]);
  });

  it.each<[string, number, () => Promise<{ statusCode: number }>]>([
    ['no token', 401, () => ask(bars, { authorization: '' })],
    ['basic credentials', 401, () => ask(bars, { authorization: 'Basic YTpi' })],
    ['a token in the address alone', 401, () => ask(`/v1/series`, { authorization: '', 'x-token': good })],
    ['a text that is no token', 401, () => ask(bars, { authorization: 'Bearer abc' })],
    ['a huge token', 401, () => ask(bars, { authorization: `Bearer ${'a'.repeat(3_000)}.b.c` })],
    ['alg none', 401, async () => ask(bars, { authorization: `Bearer ${unsigned({ alg: 'none', typ: 'JWT' }, { scope: 'read:bars' }, 'x')}` })],
    ['HS256 signed with the public key', 401, async () => {
      const { publicKey } = await generateKeyPair('ES256', { extractable: true });
      const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)).padEnd(64));
      return ask(bars, { authorization: `Bearer ${await new SignJWT({ scope: 'read:bars' }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(secret)}` });
    }],
    ['another key', 401, async () => ask(bars, { authorization: `Bearer ${await forged({}, {})}` })],
    ['a key id that climbs folders', 401, async () => ask(bars, { authorization: `Bearer ${await forged({ kid: '../../etc/passwd' }, {})}` })],
    ['a key of its own in the header', 401, async () => ask(bars, { authorization: `Bearer ${await forged({ jwk: { kty: 'EC' } }, {})}` })],
    ['a changed payload', 401, () => ask(bars, { authorization: `Bearer ${good.split('.').map((part, k) => (k === 1 ? `${part.slice(0, -2)}AA` : part)).join('.')}` })],
    ['another scope', 403, () => ask('/v1/runs')],
    ['a command without its scope', 403, () => ask('/v1/sessions/x/stop', {}, 'POST')],
    ['a foreign host (rebinding)', 421, () => ask(bars, { host: 'evil.example:8790' })],
    ['a host with a path', 421, () => ask(bars, { host: 'localhost/x' })],
    ['a foreign origin', 403, () => ask(bars, { origin: 'https://evil.example' })],
    ['a null origin', 403, () => ask(bars, { origin: 'null' })],
    ['a preflight', 403, () => ask(bars, { origin: 'https://evil.example', 'access-control-request-method': 'GET' }, 'OPTIONS')],
    ['an unknown parameter', 400, () => ask(`${bars}&x=1`)],
    ['__proto__ in the query', 400, () => ask(`${bars}&__proto__[x]=1`)],
    ['a repeated parameter', 400, () => ask(`${bars}&limit=4`)],
    ['SQL in a parameter', 400, () => ask(`/v1/bars?exchange=x'%20OR%201=1--&symbol=BTC/USDT&timeframe=1h`)],
    ['traversal in a parameter', 404, () => ask('/v1/bars?exchange=../../etc&symbol=BTC/USDT&timeframe=1h')],
    ['a negative limit', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&limit=-1')],
    ['a limit beyond all', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&limit=99999999')],
    ['a cursor that is none', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&cursor=zzz')],
    ['a time that is none', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&start=now()')],
    ['traversal in the path', 404, () => ask('/v1/../../etc/passwd')],
    ['an encoded traversal', 404, () => ask('/v1/%2e%2e%2f%2e%2e%2fetc%2fpasswd')],
    ['an unknown page', 404, () => ask('/admin')],
  ])('refuses %s with %i', async (_, status, send) => {
    const answer = (await send()) as Awaited<ReturnType<typeof ask>>;
    expect(answer.statusCode, answer.body).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.body).not.toMatch(/node_modules|at .*\.ts/);
  }); // prettier-ignore

  it('refuses a token at once and for good when it is revoked', async () => {
    const { token, info } = await tokens.issue({ subject: 'gone', scopes: ['read:bars'] });
    const asked = () => ask('/v1/series', { authorization: `Bearer ${token}` });
    expect((await asked()).statusCode).toBe(200);
    const other = await openTestDatabase(join(folder, 'platform.sqlite'), Date.now());
    await new Tokens(other, await KeyRing.open({ path: join(folder, 'keys.json') }, 0), systemRuntime).revoke(info.id);
    await other.close();
    // Another connection to SQLite is noticed at once, to PostgreSQL within a quarter of a second.
    if (database.kind === 'sqlite') expect((await asked()).statusCode).toBe(401);
    else await expect.poll(async () => (await asked()).statusCode).toBe(401);
  });

  it('refuses to listen beyond this machine without TLS or without names', async () => {
    await expect(startServer({ ...options, host: '0.0.0.0' })).rejects.toThrow('--tls-cert');
    await expect(startServer({ ...options, host: '0.0.0.0', isPublicAllowed: true })).rejects.toThrow('--allow-host');
  });
});
