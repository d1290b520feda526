/** Hostile and careless requests: each is refused as stated, and the honest one beside them is answered. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemRuntime } from '../../src/core/index.ts';
import { makeApp } from '../../src/server/api/app.ts';
import {
  AuditLog,
  KeyRing,
  startServer,
  Tokens,
  type Database,
  type ServerOptions,
  type RunningServer,
} from '../../src/server/index.ts';
import { BarStore } from '../../src/store/index.ts';
import { openTestDatabase } from './databases.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-hostile-'));
let database: Database;
let options: ServerOptions;
let made: Awaited<ReturnType<typeof makeApp>>;
let tokens: Tokens;
let keys: KeyRing;
let good: string;

beforeAll(async () => {
  const now = Date.now();
  database = await openTestDatabase(join(folder, 'platform.sqlite'), now);
  keys = await KeyRing.open({ path: join(folder, 'keys.json') }, now);
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
/** A token signed by the server's own key, with claims that the server would not write. */
async function signed(claims: Record<string, unknown>, header: object = {}): Promise<string> {
  const { id, key } = await keys.signing();
  const said = { scope: 'read:bars', iss: 'nextbar', aud: 'nextbar-api', sub: 'x', jti: 'abcdefghijkl', iat: 1, exp: 99_999_999_999, ...claims }; // prettier-ignore
  return new SignJWT(said).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: id, ...header }).sign(key);
}
/** A token with more scopes than it was signed with. */
function widened(token: string): string {
  const [head, payload, signature] = token.split('.') as [string, string, string];
  const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  return [
    head,
    Buffer.from(JSON.stringify({ ...said, scope: 'read:bars read:runs' })).toString('base64url'),
    signature,
  ].join('.');
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

  it.each([
    ['fromdate=2024-01-01', "unknown parameter 'fromdate': the name here is 'start'"],
    ['limt=3', "unknown parameter 'limt': did you mean 'limit'?"],
    ['limit=2&limit=3', 'limit: was given twice'],
    ['format=xml', 'format: must be one of json, csv, arrow'],
    ['start=2024-02-01&end=2024-01-01', 'start: must not be after end'],
  ])('says what is wrong with %s', async (part, message) => {
    const answer = await ask(`/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&${part}`);
    expect([answer.statusCode, answer.json<{ error: { message: string } }>().error.message]).toEqual([400, message]);
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
    // Tokens.
    ['two tokens in one header', 401, () => ask(bars, { authorization: `Bearer ${good}, Bearer ${good}` })],
    ['a token of another scheme', 401, () => ask(bars, { authorization: `Token ${good}` })],
    ['a token in a cookie', 401, () => ask(bars, { authorization: '', cookie: `token=${good}` })],
    ['a token without its signature', 401, () => ask(bars, { authorization: `Bearer ${good.split('.').slice(0, 2).join('.')}.` })],
    ['a token whose signature is another one', 401, () => ask(bars, { authorization: `Bearer ${good.slice(0, -6)}AAAAAA` })],
    ['a token with a fourth part', 401, () => ask(bars, { authorization: `Bearer ${good}.x` })],
    ['an expired token', 401, async () => ask(bars, { authorization: `Bearer ${await signed({ exp: 1_000 })}` })],
    ['a token of the future', 401, async () => ask(bars, { authorization: `Bearer ${await signed({ nbf: 99_999_999_999 })}` })],
    ['a token for another audience', 401, async () => ask(bars, { authorization: `Bearer ${await signed({ aud: 'other-api' })}` })],
    ['a token of another issuer', 401, async () => ask(bars, { authorization: `Bearer ${await signed({ iss: 'evil' })}` })],
    ['a token without an expiry', 401, async () => ask(bars, { authorization: `Bearer ${await signed({ exp: undefined })}` })],
    ['a token without a subject', 401, async () => ask(bars, { authorization: `Bearer ${await signed({ sub: undefined })}` })],
    ['a token of the right key that was never issued', 401, async () => ask(bars, { authorization: `Bearer ${await signed({})}` })],
    ['a token of another type', 401, async () => ask(bars, { authorization: `Bearer ${await signed({}, { typ: 'at+jwt' })}` })],
    ['a token that asks for an unknown extension', 401, async () => ask(bars, { authorization: `Bearer ${unsigned({ alg: 'ES256', typ: 'JWT', crit: ['x'], x: 1 }, {}, 'x')}` })],
    ['alg None in other letters', 401, () => ask(bars, { authorization: `Bearer ${unsigned({ alg: 'nOnE', typ: 'JWT' }, { scope: 'read:bars' }, 'x')}` })],
    ['a key of another server by its address', 401, async () => ask(bars, { authorization: `Bearer ${await forged({ jku: 'https://evil.example/keys' }, {})}` })],
    ['a key id with SQL', 401, async () => ask(bars, { authorization: `Bearer ${await forged({ kid: "x' OR '1'='1" }, {})}` })],
    ['a scope written wider in the payload', 401, () => ask('/v1/runs', { authorization: `Bearer ${widened(good)}` })],
    ['a token to read metadata with read:bars', 403, () => ask('/v1/symbols')],
    ['a token to read metrics with read:bars', 403, () => ask('/metrics')],
    ['flatten without its scope', 403, () => ask('/v1/sessions/x/flatten', {}, 'POST')],
    ['a signal without its scope', 403, () => ask('/v1/sessions/x/signals', { 'content-type': 'application/json' }, 'POST', '{}')],
    ['a webhook with a token of another scope', 403, () => ask('/v1/webhook', { 'content-type': 'application/json' }, 'POST', JSON.stringify({ token: good, session: 'x', time: Date.now() }))],
    ['a webhook with a token in its header alone', 400, () => ask('/v1/webhook', { 'content-type': 'application/json' }, 'POST', JSON.stringify({ session: 'x', time: Date.now() }))],
    // Hosts and origins.
    ['a host that ends in localhost', 421, () => ask(bars, { host: 'localhost.evil.example' })],
    ['a host that begins with 127', 421, () => ask(bars, { host: '127.0.0.1.nip.io' })],
    ['two hosts', 421, () => ask(bars, { host: 'localhost,evil.example' })],
    ['an origin of another port', 403, () => ask(bars, { origin: 'http://localhost:1' })],
    ['an origin that is no address', 403, () => ask(bars, { origin: 'evil' })],
    ['a preflight of a command', 403, () => ask('/v1/sessions/x/stop', { origin: 'https://evil.example', 'access-control-request-method': 'POST' }, 'OPTIONS')],
    ['a forwarded host', 421, () => ask(bars, { host: 'evil.example', 'x-forwarded-host': 'localhost' })],
    // Input.
    ['constructor in the query', 400, () => ask(`${bars}&constructor[prototype][x]=1`)],
    ['a number as a time far away', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&start=99999999999999999')],
    ['a timeframe that is none', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=0x10')],
    ['a format that is none', 400, () => ask(bars.replace('limit=3', 'limit=3&format=xml'))],
    ['a type that is none', 400, () => ask(`${bars}&type=../spot`)],
    ['an exchange with a null byte', 400, () => ask('/v1/bars?exchange=binance%00&symbol=BTC/USDT&timeframe=1h')],
    ['an exchange with a line break', 400, () => ask('/v1/bars?exchange=a%0d%0aset-cookie:x&symbol=BTC/USDT&timeframe=1h')],
    ['a symbol of 500 letters', 400, () => ask(`/v1/bars?exchange=binance&symbol=${'A'.repeat(500)}&timeframe=1h`)],
    ['a script in a parameter', 400, () => ask('/v1/bars?exchange=%3Cscript%3E&symbol=BTC/USDT&timeframe=1h')],
    ['a cursor of 1,000 letters', 400, () => ask(`/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&cursor=${'a'.repeat(1_000)}`)],
    ['an origin that climbs folders', 404, () => ask(`${bars}&origin=../../../etc`)],
    ['broken percent signs in the path', 400, () => ask('/v1/sessions/%E0%A4%A')],
    ['a session that climbs folders', 403, () => ask('/v1/sessions/..%2f..%2fetc')],
    ['a path of 300 letters', 414, () => ask(`/v1/runs/${'1'.repeat(300)}`)],
    ['a Windows path', 404, () => ask('/v1/..%5c..%5cwindows')],
    ['a hidden file', 404, () => ask('/.env')],
    ['the key file', 404, () => ask('/platform/keys.json')],
    ['a range that ends before it begins', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&start=2024-02-01&end=2024-01-01')],
    ['a range of quality that ends before it begins', 400, () => ask('/v1/quality?exchange=binance&symbol=BTC/USDT&timeframe=1h&start=2024-02-01&end=2024-01-01')],
    ['a limit as 1e9', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&limit=1e9')],
    ['a limit that is no number', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&limit=NaN')],
    ['a limit of a half', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1h&limit=1.5')],
    ['a query of 7,000 letters', 400, () => ask(`${bars}&${'x'.repeat(7_000)}=1`)],
    ['a thousand parameters', 400, () => ask(`${bars}&${'a&'.repeat(1_000)}`)],
    ['a symbol in letters that look like BTC', 400, () => ask(`/v1/bars?exchange=binance&symbol=${encodeURIComponent('ВТС/USDT')}&timeframe=1h`)],
    ['a symbol with a sign that turns the text around', 400, () => ask(`/v1/bars?exchange=binance&symbol=${encodeURIComponent('BTC\u202e/USDT')}&timeframe=1h`)],
    ['a symbol with half of a letter', 400, () => ask('/v1/bars?exchange=binance&symbol=%ED%A0%80BTC/USDT&timeframe=1h')],
    ['a null byte in the path', 404, () => ask('/v1/bars%00.json?exchange=binance')],
    ['a null byte in a symbol', 400, () => ask('/v1/bars?exchange=binance&symbol=BTC%00/USDT&timeframe=1h')],
    ['an empty symbol', 400, () => ask('/v1/bars?exchange=binance&symbol=&timeframe=1h')],
    ['a token of another platform', 401, async () => {
      const other = await openTestDatabase(join(folder, 'other.sqlite'), Date.now());
      const foreign = new Tokens(other, await KeyRing.open({ path: join(folder, 'other-keys.json') }, Date.now()), systemRuntime);
      const { token } = await foreign.issue({ subject: 'test', scopes: ['read:bars'] });
      await other.close();
      return ask(bars, { authorization: `Bearer ${token}` });
    }],
    ['a token of another platform with the same keys', 401, async () => {
      const other = await openTestDatabase(join(folder, 'twin.sqlite'), Date.now());
      const { token } = await new Tokens(other, keys, systemRuntime).issue({ subject: 'test', scopes: ['read:bars'] });
      await other.close();
      return ask(bars, { authorization: `Bearer ${token}` });
    }],
    // Bodies and methods.
    ['a body of 20 KB', 413, () => ask('/v1/webhook', { 'content-type': 'application/json' }, 'POST', JSON.stringify({ x: 'x'.repeat(20_000) }))],
    ['a body that is no JSON', 400, () => ask('/v1/webhook', { 'content-type': 'application/json' }, 'POST', '{"token":')],
    ['a body with __proto__', 400, () => ask('/v1/webhook', { 'content-type': 'application/json' }, 'POST', '{"__proto__":{"isAdmin":true}}')],
    ['a body with constructor.prototype', 400, () => ask('/v1/webhook', { 'content-type': 'application/json' }, 'POST', '{"constructor":{"prototype":{"isAdmin":true}}}')],
    ['a body as XML', 415, () => ask('/v1/webhook', { 'content-type': 'application/xml' }, 'POST', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>')],
    ['a body as a form', 415, () => ask('/v1/webhook', { 'content-type': 'application/x-www-form-urlencoded' }, 'POST', 'token=x')],
    ['an upload', 415, () => ask('/v1/webhook', { 'content-type': 'multipart/form-data; boundary=x' }, 'POST', '--x--')],
    ['a POST where there is only GET', 404, () => ask('/v1/bars', { 'content-type': 'application/json' }, 'POST', '{}')],
    ['a method written over', 404, () => ask('/v1/bars', { 'content-type': 'application/json', 'x-http-method-override': 'DELETE' }, 'POST', '{}')],
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

describe('a served server', () => {
  let server: RunningServer;
  let port: number;
  beforeAll(async () => {
    server = await startServer({ ...options, port: 0, headersTimeoutMs: 300, requestTimeoutMs: 600, rateLimit: 150 });
    port = Number(new URL(server.url).port);
  });
  afterAll(() => server.close());

  /** Sends bytes as they are; resolves with the first line of the answer, or with nothing when the server hangs up. */
  const raw = (...pieces: string[]): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => {
        for (const piece of pieces) socket.write(piece);
      });
      socket.on('data', (piece: Buffer) => (text += piece.toString()));
      socket.on('error', () => {});
      socket.on('close', () => {
        resolve(text.split('\r\n')[0]!);
      });
    });
  const head = 'Host: localhost\r\nConnection: close\r\n';

  it.each<[string, RegExp, string[]]>([
    ['a request without a host', /400/, ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n']],
    ['an HTTP/1.0 request without a host', /421/, ['GET /health HTTP/1.0\r\n\r\n']],
    ['what is no HTTP', /400/, ['\x16\x03\x01\x00\xa5\r\n\r\n']],
    ['headers of 10 KB', /431/, [`GET / HTTP/1.1\r\n${head}X: ${'x'.repeat(10_000)}\r\n\r\n`]],
    [
      'two lengths of one body',
      /400/,
      [`POST /v1/webhook HTTP/1.1\r\n${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`],
    ],
    [
      'a length beside chunks (smuggling)',
      /400/,
      [`POST /v1/webhook HTTP/1.1\r\n${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ],
    [
      'a chunk whose length is none',
      /400/,
      [
        `POST /v1/webhook HTTP/1.1\r\n${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
      ],
    ],
    [
      'chunks named twice (smuggling)',
      /400/,
      [
        `POST /v1/webhook HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
      ],
    ],
    [
      'chunks under a misspelt name (smuggling)',
      /400/,
      [`POST /v1/webhook HTTP/1.1\r\n${head}Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`],
    ],
    [
      'a space before the colon (smuggling)',
      /400/,
      [`POST /v1/webhook HTTP/1.1\r\n${head}Content-Length : 4\r\n\r\n{}{}`],
    ],
    ['a length with a sign', /400/, [`POST /v1/webhook HTTP/1.1\r\n${head}Content-Length: +2\r\n\r\n{}`]],
    ['lines that end without a return', /400|^$/, [`GET /v1/bars HTTP/1.1\nHost: localhost\nConnection: close\n\n`]],
    ['a null byte in a header', /400/, [`GET / HTTP/1.1\r\n${head}X: a\0b\r\n\r\n`]],
    ['a query of 20 KB', /431/, [`GET /v1/bars?${'x'.repeat(20_000)} HTTP/1.1\r\n${head}\r\n`]],
    [
      'a host in its address that is not its header',
      /421|40[04]/,
      [`GET http://evil.example/v1/bars HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`],
    ],
    [
      'a request line that names another server than its host',
      /421/,
      [`GET http://evil.example/health HTTP/1.1\r\n${head}\r\n`],
    ],
    ['a header over two lines', /400/, [`GET / HTTP/1.1\r\n${head}X: a\r\n b\r\n: c\r\n\r\n`]],
    ['headers that never end (slow loris)', /408|^$/, [`GET / HTTP/1.1\r\n${head}X: `]],
    [
      'a body that never comes',
      /408|^$/,
      [`POST /v1/webhook HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`],
    ],
    [
      'a socket that upgrades elsewhere',
      /404/,
      [
        'GET /v1/bars HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      ],
    ],
    ['the method TRACE', /40[045]/, [`TRACE / HTTP/1.1\r\n${head}\r\n`]],
  ])('refuses %s', async (_, status, pieces) => {
    expect(await raw(...pieces)).toMatch(status);
  });

  it('looks at no token of an address that has guessed a hundred times, and limits what one address asks', async () => {
    const asked = async (token: string): Promise<number> => (await fetch(`${server.url}/v1/series`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await asked(good)).toBe(200);
    // Guesses are counted by the minute, and one may end in between.
    let [guesses, status] = [0, 401];
    for (; status === 401 && guesses < 250; guesses++) status = await asked(`a.b.${guesses}`);
    expect([status, guesses > 100, await asked(good)]).toEqual([429, true, 429]);
    let last: Response | undefined;
    for (let k = 0; k < 60; k++) last = await fetch(`${server.url}/health`);
    expect([last!.status, last!.headers.has('retry-after')]).toEqual([429, true]);
  }); // prettier-ignore
});
