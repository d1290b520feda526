/** What is said when a server is away: every request of the package names the host, and why there was no answer. */
import { connect, createServer, type AddressInfo } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { channelOf } from '../../src/cli/alerts/channels.ts';
import { clockOf } from '../../src/cli/live/start.ts';
import { CcxtStore } from '../../src/connectors/ccxt/index.ts';
import { FeedHandler, protocolOf, systemNetwork, withHosts } from '../../src/connectors/index.ts';
import { ConnectorError, messageOf, systemRuntime, type Runtime } from '../../src/core/index.ts';
import { DatasetClient, HuggingFacePublisher, S3Publisher } from '../../src/dataset/index.ts';
import { HttpDataFeed } from '../../src/feeds/index.ts';
import { openDatabase } from '../../src/server/database/open.ts';
import { PlatformClient } from '../../src/server/client/index.ts';
import { Syncer } from '../../src/server/index.ts';
import { openSink } from '../../src/sinks/index.ts';

/** Waits take no time, so that what is tried again fails at once. */
const runtime: Runtime = { ...systemRuntime, sleep: () => Promise.resolve() };

/** A port of this machine that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server that takes every connection and ends it without a word. */
async function rudePort(): Promise<number> {
  const server = createServer((socket) => socket.once('data', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const said = async (act: () => Promise<unknown>): Promise<string> => {
  try {
    await act();
  } catch (error) {
    return messageOf(error);
  }
  return 'nothing failed';
};

/** Why a stream of the FeedHandler is down. */
async function socketReason(url: string): Promise<string> {
  const protocol = withHosts(protocolOf('binance'), { rest: url, socket: url.replace('http', 'ws') });
  const handler = new FeedHandler({ protocols: [protocol], policy: { firstBackoffMs: 20 } });
  onTestFinished(() => handler.stop(100));
  handler.setInstruments('binance', [
    { symbol: 'BTC/USDT', venueSymbol: 'BTCUSDT', type: 'spot', base: 'BTC', quote: 'USDT', active: true } as never,
  ]);
  const reasons: string[] = [];
  await handler.addFeed({
    exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], callbacks: { status: ({ reason }) => reasons.push(reason) },
  }); // prettier-ignore
  handler.start();
  for (let i = 0; i < 200 && !reasons.some((one) => one.includes('127.0.0.1')); i++) await systemRuntime.sleep(20);
  return reasons.join('; ');
}

/** Why a sink could not write. */
async function sinkReason(target: string): Promise<string> {
  const said: string[] = [];
  const sink = await openSink(
    { to: target, attempts: 1, flushMs: 1 },
    { onError: (error) => said.push(error.message) },
  );
  await sink.write({ type: 'trade', exchange: 'binance', symbol: 'BTC/USDT', time: 1, id: '1', price: 1, size: 1, side: 'buy' } as never); // prettier-ignore
  for (let i = 0; i < 400 && said.length === 0; i++) await systemRuntime.sleep(20);
  await sink.close();
  return `${sink.name} ${said.join('; ')}`;
}

/** Every way out of the package, with the address that it is given. */
const ways: Readonly<Record<string, (url: string) => Promise<string>>> = {
  'the list of instruments of a stream': (url) =>
    said(() => {
      const protocol = withHosts(protocolOf('binance'), { rest: url });
      return new FeedHandler({ protocols: [protocol] }).instruments('binance');
    }),
  'a stream': socketReason,
  'a request of ccxt': (url) =>
    said(() => new CcxtStore({ exchange: 'binance', url, publicOnly: true, retry: { attempts: 1 } }, runtime).markets()),
  'a feed over HTTP': (url) =>
    said(() => new HttpDataFeed({ url, timeframe: '1m', symbol: 'BTC/USDT' }).load({ runtime })),
  'a dataset on a server': (url) => said(() => DatasetClient.open({ from: url, runtime })),
  'publishing to S3': (url) =>
    said(() => new S3Publisher({ bucket: 'bars', url, env: { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' } }).previous()),
  'publishing to Hugging Face': (url) =>
    said(() => new HuggingFacePublisher({ repository: 'a/b', url, env: { HF_TOKEN: 'a' } }).previous()),
  'a client of the platform': (url) =>
    said(() => new PlatformClient({ url, token: 'a', retries: 0, runtime }).exchanges()),
  'the clock of a fast local exchange': (url) => said(() => clockOf(url, 10, runtime)),
  'the syncer': async (url) => {
    const database = await openDatabase(':memory:', 0);
    onTestFinished(() => database.close());
    const [run] = await new Syncer({ database, runtime, exchanges: ['coinbase'], urls: { coinbase: url } }).sync();
    return run?.error ?? 'nothing failed';
  },
}; // prettier-ignore

describe.each(Object.entries(ways))('%s', (_, act) => {
  it('names the host and the refused connection', async () => {
    const port = await closedPort();
    const text = await act(`http://127.0.0.1:${port}`);
    expect(text).toContain(`127.0.0.1:${port}`);
    expect(text).toContain('ECONNREFUSED');
  }, 60_000);

  it('says that the connection was closed, and not only that something failed', async () => {
    const text = await act(`http://127.0.0.1:${await rudePort()}`);
    expect(text).toMatch(/other side closed|socket hang up|ECONNRESET|closed/);
  }, 60_000);
});

it.each(['tcp://127.0.0.1:PORT', 'redis://:s3cret@127.0.0.1:PORT', 'postgres://me:s3cret@127.0.0.1:PORT/db'])(
  'the sink %s names the host and the refused connection, and no password',
  async (target) => {
    const port = await closedPort();
    const text = await sinkReason(target.replace('PORT', String(port)));
    expect(text).toContain(`127.0.0.1:${port}`);
    expect(text).toContain('ECONNREFUSED');
    expect(text).not.toContain('s3cret');
  },
  60_000,
);

it('a channel of alerts says why, and not where', async () => {
  const port = await closedPort();
  const url = `http://127.0.0.1:${port}/hook/s3cret`;
  const text = await said(() =>
    channelOf({ webhook: url }, runtime).send({ kind: 'fill', session: 'a', time: 0, text: 'b' }),
  );
  expect(text).toBe('webhook cannot be reached (ECONNREFUSED)');
});

describe('what an error says', () => {
  it('names the cause where the error does not, once', () => {
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:9');
    expect(messageOf(new TypeError('fetch failed', { cause }))).toBe('connect ECONNREFUSED 127.0.0.1:9');
    expect(messageOf(new Error('no bars', { cause }))).toBe('no bars: connect ECONNREFUSED 127.0.0.1:9');
    expect(messageOf(new Error(`no bars (${cause.message})`, { cause }))).toBe(`no bars (${cause.message})`);
    // This package's own say in their sentence what they mean to say.
    expect(messageOf(new ConnectorError('the host is away', { cause }))).toBe('the host is away');
  });

  it('names every address of a host where all of them refused', async () => {
    const error = await new Promise<unknown>((resolve) => {
      const lookup = (_: string, __: object, done: (error: null, all: object[]) => void): void => {
        done(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '127.0.0.2', family: 4 },
        ]);
      };
      connect({ host: 'two.example', port: 9, autoSelectFamily: true, lookup: lookup as never }).once('error', resolve);
    });
    expect((error as Error).message).toBe('');
    expect(messageOf(error)).toBe('connect ECONNREFUSED 127.0.0.1:9, connect ECONNREFUSED 127.0.0.2:9');
  });

  it('leaves out the user and the password of an address', async () => {
    const said = await fetch('http://me:s3cret@127.0.0.1:1/bars').catch(messageOf);
    expect(said).toContain('http://***@127.0.0.1:1/bars');
    expect(messageOf(new Error('no answer of https://data.example/@me'))).toBe('no answer of https://data.example/@me');
  });

  it('ends where causes go in circles', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(messageOf(error)).toContain('a: b');
  });

  it('is the requests of the system too', async () => {
    const port = await closedPort();
    const answer = await new Promise<{ readonly text: string }>((resolve) => {
      systemNetwork.request({ method: 'GET', url: `http://127.0.0.1:${port}/` }, resolve);
    });
    expect(answer.text).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`);
  });
});
