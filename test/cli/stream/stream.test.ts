/** `nextbar stream` and `nextbar play`: a local exchange into sinks and JSON, a recording again, and what a wrong file is told. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';

import { systemRuntime } from '../../../src/core/index.ts';
import { BinanceApi, SeededMarket, serviceApi, VenueServer } from '../../../src/venue/index.ts';
import { instruments } from '../../connectors/local.ts';
import { call } from '../call.ts';

const folder = mkdtempSync(join(tmpdir(), 'stream-'));
const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true });
});

async function venue(): Promise<string> {
  const market = new SeededMarket(systemRuntime, { seed: 5, instruments, stepsPerSecond: 30, levels: 10 });
  const api = new BinanceApi(systemRuntime, market);
  const server = new VenueServer().mount(
    serviceApi('binance', api, { sockets: ['/stream', '/ws'], paths: ['/api/', '/sapi/', '/fapi/', '/dapi/'] }),
  );
  const url = await server.listen();
  closing.push(() => market.stop(), () => api.stop(), () => server.close()); // prettier-ignore
  market.start();
  return url;
}

const lines = (path: string): Record<string, unknown>[] => readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore

describe('nextbar stream', () => {
  it('writes what it follows to sinks, JSON and a recording, which plays again', async () => {
    const url = await venue();
    const recording = join(folder, 'market.jsonl.gz');
    const sink = join(folder, 'live.jsonl');
    const live = await call(
      'stream',
      'binance',
      'BTC/USDT',
      '--url',
      url,
      '--for',
      '2s',
      '--json',
      '--sink',
      `jsonl:${sink}`,
      '--record',
      recording,
    );
    expect(live.code).toBe(0);
    const printed = live.text.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    expect(new Set(printed.map((one) => one['type']))).toEqual(new Set(['status', 'trade', 'book', 'quote']));
    expect(lines(sink)).toHaveLength(printed.length);

    const again = join(folder, 'again.jsonl');
    const played = await call('play', recording, '--sink', `jsonl:${again}`);
    expect(played.code).toBe(0);
    expect(played.text).toMatch(/binance +BTC\/USDT +trade +live/);
    const trades = (rows: Record<string, unknown>[]): unknown[] => rows.filter((one) => one['type'] === 'trade').map((one) => one['id']); // prettier-ignore
    expect(trades(lines(again))).toEqual(trades(lines(sink)));
    expect(trades(lines(again)).length).toBeGreaterThan(3);
  }, 60_000);

  it('says of a recording that it holds no message of a stream', async () => {
    const path = join(folder, 'requests.jsonl');
    const rows = [
      { t: null, dir: 'meta', format: 1, exchange: 'hyperliquid' },
      { t: null, dir: 'http', conn: 'a', url: 'https://api.hyperliquid.xyz/info', method: 'POST', body: '{"type":"allMids"}', data: '{}' },
    ];
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { code, errors } = await call('play', path);
    expect([code, errors]).toEqual([0, `no event came from ${path}: it holds no message of a stream\n`]);
  }); // prettier-ignore

  it('is told by a file in either shape, by the environment and by flags', async () => {
    const url = await venue();
    const path = join(folder, 'feeds.yaml');
    const sink = join(folder, 'file.jsonl');
    writeFileSync(
      path,
      `exchanges:\n  ccxt_binance:\n    class: CcxtFeed\n    exchange: binance\n    symbols: [BTC-USDT]\n    channels: [trades]\n    snapshot_interval: 0.2\n    rest_only: true\n    url: ${url}\nsinks: ["jsonl:${sink}"]\nfor: 20s\n`,
    );
    const { code, text } = await call('stream', '--config', path, '--for', '3s');
    expect(code).toBe(0);
    // The end of the command is no fault of the stream.
    expect(text).toMatch(/binance +BTC\/USDT +trade +live/);
    expect(lines(sink).some((one) => one['type'] === 'trade' && one['symbol'] === 'BTC/USDT')).toBe(true);
  }, 60_000);

  it('follows an account of a file, into sinks and metrics, and shows its keys nowhere', async () => {
    const server = createServer((_request, response) =>
      response.end('{"error":[],"result":{"token":"token-of-kraken"}}'),
    );
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        if (!data.toString().includes('token-of-kraken')) return;
        socket.send('{"method":"subscribe","success":true,"result":{"channel":"balances"}}');
        socket.send(
          '{"channel":"balances","type":"update","data":[{"asset":"USD","balance":112.5,"type":"deposit","amount":12.5,"ledger_id":"L1"}]}',
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close(), () => { sockets.close(); }); // prettier-ignore
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const path = join(folder, 'account.yaml');
    const sink = join(folder, 'account.jsonl');
    const secret = Buffer.from('secret-of-kraken').toString('base64');
    writeFileSync(
      path,
      `accounts:\n  - exchange: kraken\n    keys: { apiKey: key-of-kraken, secret: ${secret} }\n    channels: [balance, transaction]\n    url: ws://${host}/v2\n    restUrl: http://${host}\nsinks: ["jsonl:${sink}"]\n`,
    );
    const { code, text, errors } = await call('stream', '--config', path, '--for', '2s');
    expect(code).toBe(0);
    expect(lines(sink).map((one) => [one['type'], one['currency']])).toEqual([
      ['balance', 'USD'],
      ['transaction', 'USD'],
    ]);
    expect(errors).toContain('account of kraken: live');
    expect(text).toMatch(/kraken +account +(?:down|live)/);
    for (const hidden of ['key-of-kraken', secret, 'token-of-kraken'])
      expect(text + errors + readFileSync(sink, 'utf8')).not.toContain(hidden);

    writeFileSync(path, 'accounts:\n  - exchange: kraken\n    keys: { apiKey: a }\n');
    expect((await call('stream', '--config', path)).errors).toContain('kraken needs keys.secret');
    writeFileSync(path, 'accounts:\n  - exchange: krakn\n    keys: { apiKey: a }\n');
    expect((await call('stream', '--config', path)).errors).toContain("did you mean 'kraken'?");
    writeFileSync(path, 'accounts:\n  - exchange: kraken\n    keys: { apikey: a }\n');
    expect((await call('stream', '--config', path)).errors).toMatch(
      /unknown field 'apikey' of accounts\[0\]\.keys: did you mean 'apiKey'\?|accounts\[0\]\.keys/,
    );
  }, 60_000);

  it('checks the names in all feeds and accounts before it asks an exchange or opens a sink', async () => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(request.url ?? '');
      response.end('[]');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const path = join(folder, 'late.yaml');
    const first = `feeds:\n  - { exchange: binance, symbols: [BTC/USDT], channels: [trade], url: '${url}' }\n`;
    for (const [rest, message] of [
      ['  - { exchange: kraken, symbols: [BTC/USD], channels: [trade, bok] }\n', "feeds[1].channels[1] was 'bok'"],
      ['  - { exchange: kraken, symbols: [BTC/USD], channels: [bar], timeframe: 7m }\n', 'feeds[1].timeframe'],
      ['accounts:\n  - { exchange: krakn, keys: { apiKey: a } }\n', "did you mean 'kraken'?"],
    ] as const) {
      writeFileSync(path, first + rest);
      const sink = join(folder, 'late.jsonl');
      const { errors } = await call('stream', '--config', path, '--sink', `jsonl:${sink}`, '--for', '1s');
      expect(errors).toContain(message);
      expect(existsSync(sink)).toBe(false);
    }
    expect(requests).toEqual([]);
  });

  it('names what is wrong', async () => {
    const path = join(folder, 'wrong.yaml');
    writeFileSync(path, 'feeds:\n  - exchange: binance\n    symbols: [BTC/USDT]\n    chanels: [trade]\n');
    expect((await call('stream', '--config', path)).errors).toContain(
      "unknown field 'chanels' of feeds[0]: did you mean 'channels'?",
    );
    writeFileSync(path, 'exchanges:\n  a: {class: CcxtFed, exchange: binance, symbols: [BTC/USDT]}\n');
    expect((await call('stream', '--config', path)).errors).toContain(
      "exchanges.a.class was 'CcxtFed': did you mean 'CcxtFeed'?",
    );
    expect((await call('stream')).errors).toContain(
      'stream takes an exchange and at least one symbol, or --config FILE with feeds',
    );
    expect((await call('stream', 'binance', 'BTC/USDT', '--sink', 'redsi://x')).errors).toContain(
      "unknown kind of sink 'redsi': did you mean 'redis'?",
    );
    expect((await call('play', join(folder, 'none.gz'))).errors).toContain('there is no recording');
  }, 60_000);
});
