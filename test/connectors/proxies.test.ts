/** Streams through real proxies on loopback: HTTP tunnels and SOCKS, native and through ccxt, pools that fail over, and no secret in sight. */
import { EventEmitter } from 'node:events';
import { createServer as httpServer } from 'node:http';
import { createServer as httpsServer } from 'node:https';
import { connect, createServer, type Server, type Socket } from 'node:net';
import tls from 'node:tls';

import { afterEach, describe, expect, it } from 'vitest';

import { FeedHandler, protocolOf, withHosts, type ProxyOptions } from '../../src/connectors/index.ts';
import { withoutSecrets } from '../../src/connectors/proxies/options.ts';
import { ProxyPool } from '../../src/connectors/proxies/proxy-pool.ts';
import { tunnelAgent } from '../../src/connectors/proxies/tunnel.ts';
import { SimulatedRuntime, systemRuntime } from '../../src/core/index.ts';
import { BinanceApi, SeededMarket, serviceApi, VenueServer } from '../../src/venue/index.ts';
import { makeCertificate } from './certificate.ts';
import { instruments } from './local.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface RunningProxy {
  readonly port: number;
  readonly tunnels: string[];
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

function join(client: Socket, host: string, port: number, ready: (target: Socket) => void): void {
  const target = connect(port, host, () => {
    ready(target);
    client.pipe(target).pipe(client);
  });
  target.on('error', () => client.destroy());
  client.on('error', () => target.destroy());
  client.on('close', () => target.destroy());
}

const certificate = makeCertificate(systemRuntime.now());

/** Lets connections of this process trust the certificate, as a desk's own authority is trusted. */
function trust(): void {
  const make = tls.createSecureContext;
  tls.createSecureContext = (options = {}) => make({ ca: certificate.cert, ...options });
  closing.push(() => {
    tls.createSecureContext = make;
  });
}

/** The venue behind TLS. */
async function secured(url: string): Promise<string> {
  const target = Number(new URL(url).port);
  const server = tls.createServer(certificate, (client) => {
    join(client, '127.0.0.1', target, () => undefined);
  });
  return `https://127.0.0.1:${await listening(server)}`;
}

/** A proxy that wants a password for its tunnels, reached over HTTP or HTTPS. */
async function httpProxy(isSecure = false): Promise<RunningProxy> {
  const tunnels: string[] = [];
  const server = isSecure
    ? httpsServer(certificate, (_request, response) => response.writeHead(405).end())
    : httpServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Socket) => {
    const isKnown = request.headers['proxy-authorization'] === `Basic ${Buffer.from('desk:s3cret').toString('base64')}`;
    if (!isKnown) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    tunnels.push(request.url!);
    const [host = '', port = ''] = request.url!.split(':');
    join(client, host, Number(port), () => client.write('HTTP/1.1 200 Connection Established\r\n\r\n'));
  });
  return { port: await listening(server), tunnels };
}

/** A SOCKS5 proxy without a password. */
async function socksProxy(): Promise<RunningProxy> {
  const tunnels: string[] = [];
  const server = createServer((client) => {
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (data) => {
        const isName = data[3] === 3;
        const length = data[4]!;
        const host = isName ? data.subarray(5, 5 + length).toString() : [...data.subarray(4, 8)].join('.');
        const port = data.readUInt16BE(isName ? 5 + length : 8);
        tunnels.push(`${host}:${port}`);
        join(client, host, port, () => client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
      });
    });
  });
  return { port: await listening(server), tunnels };
}

async function venue(): Promise<string> {
  const market = new SeededMarket(systemRuntime, { seed: 5, instruments, stepsPerSecond: 40, levels: 10 });
  const api = new BinanceApi(systemRuntime, market);
  const server = new VenueServer().mount(
    serviceApi('binance', api, { sockets: ['/stream', '/ws'], paths: ['/api/', '/sapi/', '/fapi/', '/dapi/'] }),
  );
  const url = await server.listen();
  closing.push(() => server.close(), () => api.stop(), () => market.stop()); // prettier-ignore
  market.start();
  return url;
}

async function follow(
  url: string,
  proxies: ProxyOptions,
  via: 'native' | 'ccxt',
  isEnough: (trades: number, errors: readonly string[]) => boolean,
): Promise<{ trades: number; errors: string[] }> {
  const errors: string[] = [];
  let trades = 0;
  const here = withHosts(protocolOf('binance'), { rest: url, socket: url.replace('http', 'ws') });
  const handler = new FeedHandler({
    protocols: [here],
    proxies,
    policy: { firstBackoffMs: 20 },
    onError: (error) => errors.push(error.message),
  });
  closing.push(() => handler.stop(500));
  const more = via === 'ccxt' ? { via, connection: { url }, rateLimit: 0 } : {};
  await handler.addFeed({
    exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade', 'book'], ...more,
    callbacks: { trade: () => trades++, status: ({ reason }) => errors.push(reason) },
  }); // prettier-ignore
  handler.start();
  for (let i = 0; i < 400 && !isEnough(trades, errors); i++) await systemRuntime.sleep(50);
  expect(isEnough(trades, errors), errors.join('; ')).toBe(true);
  return { trades, errors };
}

describe.each(['native', 'ccxt'] as const)('a feed (%s)', (via) => {
  it('goes through an HTTP proxy with a password, sockets and requests alike', async () => {
    const [url, proxy] = [await venue(), await httpProxy()];
    const at = `http://desk:s3cret@127.0.0.1:${proxy.port}`;
    const { errors } = await follow(url, { default: { http: at, websocket: at } }, via, (trades) => trades > 3);
    expect(proxy.tunnels.length).toBeGreaterThan(1);
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(url).host]));
    expect(errors.join()).not.toContain('s3cret');
  }, 60_000);

  it('goes through a SOCKS proxy of its exchange, and not through the default', async () => {
    const [url, socks, other] = [await venue(), await socksProxy(), await httpProxy()];
    const at = `socks5://127.0.0.1:${socks.port}`;
    const fallback = `http://desk:s3cret@127.0.0.1:${other.port}`;
    await follow(
      url,
      { default: { http: fallback, websocket: fallback }, exchanges: { binance: { http: at, websocket: at } } },
      via,
      (trades) => trades > 3,
    );
    expect(socks.tunnels.length).toBeGreaterThan(1);
    expect(other.tunnels).toEqual([]);
  }, 60_000);
});

describe.each(['native', 'ccxt'] as const)('a feed of an exchange behind TLS (%s)', (via) => {
  it('goes through an HTTPS proxy and a SOCKS proxy, for sockets and for requests', async () => {
    const url = await secured(await venue());
    const [proxy, socks] = [await httpProxy(true), await socksProxy()];
    const secure = `https://desk:s3cret@127.0.0.1:${proxy.port}`;
    const plain = `socks5://127.0.0.1:${socks.port}`;
    const { host } = new URL(url);
    trust();
    for (const [http, websocket] of [
      [secure, plain],
      [plain, secure],
    ] as const) {
      const before = [proxy.tunnels.length, socks.tunnels.length];
      const { errors } = await follow(url, { default: { http, websocket } }, via, (trades) => trades > 2);
      expect(proxy.tunnels.length).toBeGreaterThan(before[0]!);
      expect(socks.tunnels.length).toBeGreaterThan(before[1]!);
      expect(errors.join()).not.toContain('s3cret');
    }
    expect(new Set([...proxy.tunnels, ...socks.tunnels])).toEqual(new Set([host]));
  }, 60_000);
});

it('a certificate that no one vouches for is refused, of a proxy and of an exchange, without a password in the message', async () => {
  const url = await secured(await venue());
  const proxy = await httpProxy(true);
  const at = `https://desk:s3cret@127.0.0.1:${proxy.port}`;
  await expect(follow(url, {}, 'native', () => false)).rejects.toThrow(/self.signed certificate/);
  await expect(follow(url, { default: { http: at } }, 'native', () => false)).rejects.toThrow(
    /through the proxy https:\/\/127\.0\.0\.1:\d+: .*self.signed certificate/,
  );
  expect(proxy.tunnels).toEqual([]);
}, 60_000);

it('fails over to the next proxy of a pool, and says so without the password', async () => {
  const [url, proxy] = [await venue(), await httpProxy()];
  const pool = { urls: ['http://desk:s3cret@127.0.0.1:9', `http://desk:s3cret@127.0.0.1:${proxy.port}`] };
  const { errors } = await follow(url, { default: { websocket: pool } }, 'native', (trades) => trades > 3);
  expect(errors.join('; ')).toContain('the proxy http://127.0.0.1:9 failed and is left out');
  expect(errors.join('; ')).not.toContain('s3cret');
}, 60_000);

it('a check finds what is down, and does not end the wait for a proxy that refused', async () => {
  const port = await listening(createServer(() => undefined));
  const urls = [`http://127.0.0.1:${port}`, 'http://127.0.0.1:9'];
  const pool = new ProxyPool({ urls, checkMs: 100, coolDownMs: 3_000 }, systemRuntime, () => undefined);
  const healthy = (): boolean[] => pool.readings.map((one) => one.isHealthy);
  pool.start();
  closing.push(() => pool.stop());
  for (let i = 0; i < 100 && healthy()[1] === true; i++) await systemRuntime.sleep(20);
  expect(healthy()).toEqual([true, false]);
  pool.failed(urls[0]!);
  await systemRuntime.sleep(500);
  expect(healthy()).toEqual([false, false]);
  for (let i = 0; i < 300 && healthy()[0] === false; i++) await systemRuntime.sleep(20);
  expect(healthy()).toEqual([true, false]);
}, 30_000);

describe('a pool', () => {
  const urls = ['http://a:1', 'http://b:2', 'http://c:3'];

  it('chooses in turn, or the least used, and leaves out what failed until it has cooled down', () => {
    const runtime = new SimulatedRuntime(1);
    const inTurn = new ProxyPool({ urls, coolDownMs: 1_000 }, runtime, () => undefined);
    expect([inTurn.take(), inTurn.take(), inTurn.take(), inTurn.take()]).toEqual([...urls, urls[0]]);
    inTurn.failed(urls[1]!);
    expect(new Set([inTurn.take(), inTurn.take(), inTurn.take()])).toEqual(new Set([urls[0], urls[2]]));
    runtime.advance(1_001);
    expect(inTurn.readings.every((one) => one.isHealthy)).toBe(true);

    const leastUsed = new ProxyPool({ urls, strategy: 'least-used' }, runtime, () => undefined);
    expect([leastUsed.take(), leastUsed.take(), leastUsed.take()]).toEqual(urls);
    leastUsed.release(urls[1]!);
    expect(leastUsed.take()).toBe(urls[1]);
  });

  it('goes on with the first that cools down when all have failed', () => {
    const runtime = new SimulatedRuntime(1);
    const pool = new ProxyPool({ urls }, runtime, () => undefined);
    for (const url of urls) pool.failed(url);
    expect(pool.take()).toBe(urls[0]);
  });
});

/** A proxy that opens no tunnel. */
async function refusingProxy(status: number): Promise<{ readonly port: number; readonly asked: () => number }> {
  let asked = 0;
  const server = httpServer();
  server.on('connect', (_request, client: Socket) => {
    asked++;
    client.end(`HTTP/1.1 ${status} No\r\nretry-after: 3600\r\n\r\n`);
  });
  return { port: await listening(server), asked: () => asked };
}

describe.each(['native', 'ccxt'] as const)('a pool of proxies of which one refuses (%s)', (via) => {
  it.each([407, 451, 429, 502])(
    'leaves out the one that answers %i, which is not taken for the exchange',
    async (status) => {
      const [url, refusing, proxy] = [await venue(), await refusingProxy(status), await httpProxy()];
      const [bad, good] = [refusing.port, proxy.port].map((port) => `http://desk:s3cret@127.0.0.1:${port}`);
      const pool = { urls: [bad!, good!], coolDownMs: 60_000 };
      const { errors } = await follow(url, { default: { http: pool, websocket: pool } }, via, (trades) => trades > 3);
      // Once for requests and once for sockets, whose pools are two.
      expect(refusing.asked()).toBe(2);
      expect(errors.join('; ')).toContain(`the proxy http://127.0.0.1:${bad!.split(':').at(-1)!} failed and is left out for 60 s`);
      expect(errors.join('; ')).not.toMatch(/s3cret|not available in|rate limit/i);
    },
    60_000,
  );
}); // prettier-ignore

describe('a tunnel', () => {
  const open = async (proxy: string, limitMs?: number): Promise<string> => {
    const agent = await tunnelAgent(proxy, limitMs);
    const target = { host: '127.0.0.1', port: 9, secureEndpoint: false };
    return agent.connect(new EventEmitter(), target).then(
      () => 'opened',
      (error: unknown) => String(error),
    );
  };

  it('is given up where a proxy takes the connection and says nothing', async () => {
    const port = await listening(createServer(() => undefined));
    expect(await open(`http://desk:s3cret@127.0.0.1:${port}`, 200)).toBe(
      `TunnelError: through the proxy http://127.0.0.1:${port}: no answer within 200 ms`,
    );
  });

  it('says what a proxy answered, and no password, however it is written', async () => {
    const { port } = await refusingProxy(407);
    const at = `http://desk:s3%23cret@127.0.0.1:${port}`;
    expect(await open(at)).toBe(
      `TunnelError: through the proxy http://127.0.0.1:${port}: it refused its user or password (407)`,
    );
    const said = withoutSecrets(`cannot use ${at}: desk:s3%23cret@ was s3#cret`, at);
    expect(said).toBe(`cannot use http://127.0.0.1:${port}:  was ***`);
  });
});

it('says that the proxy refused a password, and not that the exchange did', async () => {
  const server = httpServer();
  server.on('connect', (_request, client: Socket) => client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
  const port = await listening(server);
  const protocol = withHosts(protocolOf('binance'), { rest: 'http://127.0.0.1:9' });
  const handler = new FeedHandler({
    protocols: [protocol],
    proxies: { default: { http: `http://desk:wr0ng@127.0.0.1:${port}` } },
  });
  const added = handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'] });
  await expect(added).rejects.toThrow('the proxy of binance refused its user or password (407)');
  await expect(added).rejects.toThrow(
    new RegExp(`check its address under proxies \\(http://127\\.0\\.0\\.1:${port}\\)$`),
  );
  await expect(added).rejects.not.toThrow('wr0ng');
  await handler.stop();
});

it('refuses the proxies of an exchange that is none: its traffic would go past them', async () => {
  const proxies = { exchanges: { binanc: { http: 'http://127.0.0.1:9' } } };
  const handler = new FeedHandler({ proxies });
  const wanted = { exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'] } as const;
  await expect(handler.addFeed(wanted)).rejects.toThrow(
    "unknown exchange of proxies 'binanc': did you mean 'binance'?",
  );
  // One that only ccxt knows is one.
  const other = new FeedHandler({ proxies: { exchanges: { kucoin: { http: 'http://127.0.0.1:9' } } } });
  await other.checkFeed(wanted);
});

it('names what is wrong in the options, and shows no password', () => {
  const make = (proxies: unknown): FeedHandler => new FeedHandler({ proxies: proxies as ProxyOptions });
  expect(() => make({ default: { websocket: 'ftp://me:s3cret@x:1' } })).toThrow(
    /unknown scheme of the websocket proxy of default 'ftp'/,
  );
  expect(() => make({ default: { htpp: 'http://x:1' } })).toThrow(
    "unknown field of the proxies of default 'htpp': did you mean 'http'?",
  );
  expect(() => make({ exchanges: { okx: { http: 'socks5://me:s3cret@x' } } })).toThrow(
    'the http proxy of okx must name its port, such as socks5://x:1080',
  );
  expect(() => make({ default: { http: { urls: ['http://x:1'], strategy: 'rondom' } } })).toThrow(
    "did you mean 'random'?",
  );
});
