/** Account channels against servers on loopback that check every signature themselves. */
import { createHash, createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';

import { AccountFeed, accountProtocols, FeedHandler, SymbolMap, systemNetwork, type AccountKeys, type AccountFeedOptions } from '../../../src/connectors/index.ts'; // prettier-ignore
import { systemRuntime, type AccountEvent, type ConnectorError } from '../../../src/core/index.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64');
const keys: Readonly<Record<string, AccountKeys>> = {
  binance: { apiKey: 'key-of-binance', secret: 'secret-of-binance' },
  okx: { apiKey: 'key-of-okx', secret: 'secret-of-okx', password: 'phrase-of-okx' },
  bybit: { apiKey: 'key-of-bybit', secret: 'secret-of-bybit' },
  kraken: { apiKey: 'key-of-kraken', secret: Buffer.from('secret-of-kraken').toString('base64') },
  hyperliquid: { apiKey: '0x00000000000000000000000000000000000000aa' },
  backpack: {
    apiKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
    secret: seed,
  },
};

type Frame = Record<string, unknown> & { args?: unknown[]; params?: unknown };

/** How each exchange checks a frame: true lets the account in, false refuses it, undefined is about something else. */
const checks: Readonly<Record<string, (frame: Frame) => boolean | undefined>> = {
  binance: ({ method, params }) => {
    if (method !== 'userDataStream.subscribe.signature') return undefined;
    const { apiKey, timestamp, signature } = params as { apiKey: string; timestamp: number; signature: string };
    const text = `apiKey=${apiKey}&timestamp=${timestamp}`;
    return isFresh(timestamp) && signature === createHmac('sha256', 'secret-of-binance').update(text).digest('hex');
  },
  okx: ({ op, args = [] }) => {
    if (op !== 'login') return undefined;
    const { apiKey, passphrase, timestamp, sign } = args[0] as Record<string, string>;
    const right = createHmac('sha256', 'secret-of-okx').update(`${timestamp}GET/users/self/verify`).digest('base64');
    return (
      apiKey === 'key-of-okx' && passphrase === 'phrase-of-okx' && isFresh(Number(timestamp) * 1000) && sign === right
    );
  },
  bybit: ({ op, args = [] }) => {
    if (op !== 'auth') return undefined;
    const [key, expires, sign] = args as [string, number, string];
    const right = createHmac('sha256', 'secret-of-bybit').update(`GET/realtime${expires}`).digest('hex');
    return key === 'key-of-bybit' && expires > Date.now() && sign === right;
  },
  kraken: ({ method, params }) =>
    method === 'subscribe' ? (params as { token?: string }).token === 'token-of-kraken' : undefined,
  hyperliquid: ({ method, subscription }) =>
    method === 'subscribe' ? (subscription as { user: string }).user === keys['hyperliquid']!.apiKey : undefined,
  backpack: ({ method, signature }) => {
    if (method !== 'SUBSCRIBE') return undefined;
    const [key, sign, time, window] = signature as [string, string, string, string];
    const text = Buffer.from(`instruction=subscribe&timestamp=${time}&window=${window}`);
    const known = createPublicKey({
      key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(key, 'base64')]),
      format: 'der',
      type: 'spki',
    });
    return isFresh(Number(time)) && verify(undefined, text, known, Buffer.from(sign, 'base64'));
  },
};

const isFresh = (time: number): boolean => Math.abs(Date.now() - time) < 60_000;

const accepted: Readonly<Record<string, string[]>> = {
  binance: ['{"id":"account","status":200,"result":{"subscriptionId":0}}'],
  okx: ['{"event":"login","code":"0"}'],
  bybit: ['{"op":"auth","success":true,"ret_msg":""}'],
  kraken: ['{"method":"subscribe","success":true,"result":{"channel":"executions"}}'],
  hyperliquid: ['{"channel":"subscriptionResponse","data":{}}'],
  backpack: [],
};
const refused: Readonly<Record<string, string>> = {
  binance: '{"id":"account","status":400,"error":{"code":-1022,"msg":"Signature for key-of-binance is not valid."}}',
  okx: '{"event":"error","code":"60009","msg":"Login failed."}',
  bybit: '{"op":"auth","success":false,"ret_msg":"Params Error"}',
  kraken: '{"method":"subscribe","success":false,"error":"ESession:Invalid session"}',
  hyperliquid: '{"channel":"error","data":"Invalid user"}',
  backpack: '{"error":{"code":4006,"message":"Invalid signature"}}',
};

/** What each exchange sends of an order that was partly filled, a balance and a position. */
const frames: Readonly<Record<string, string[]>> = {
  binance: [
    '{"subscriptionId":0,"event":{"e":"executionReport","E":1700000000100,"s":"BTCUSDT","c":"mine","C":"","S":"BUY","o":"LIMIT","f":"GTC","q":"0.50000000","p":"40000.00000000","x":"TRADE","X":"PARTIALLY_FILLED","r":"NONE","i":77,"l":"0.20000000","z":"0.20000000","L":"39999.50000000","n":"0.00020000","N":"BTC","T":1700000000099,"t":9001,"m":true}}',
    '{"subscriptionId":0,"event":{"e":"outboundAccountPosition","E":1700000000101,"u":1700000000100,"B":[{"a":"USDT","f":"100.5","l":"12"}]}}',
    '{"subscriptionId":0,"event":{"e":"balanceUpdate","E":1700000000102,"a":"USDT","d":"-25.5","T":1700000000102}}',
  ],
  okx: [
    '{"arg":{"channel":"orders","instType":"ANY"},"data":[{"instId":"BTC-USDT","ordId":"77","clOrdId":"mine","side":"buy","ordType":"limit","state":"partially_filled","px":"40000","sz":"0.5","accFillSz":"0.2","fillSz":"0.2","fillPx":"39999.5","tradeId":"9001","fillFee":"-0.0002","fillFeeCcy":"BTC","fillTime":"1700000000099","execType":"M","uTime":"1700000000100","msg":""}]}',
    '{"arg":{"channel":"account"},"data":[{"uTime":"1700000000101","details":[{"ccy":"USDT","availBal":"100.5","frozenBal":"12"}]}]}',
    '{"arg":{"channel":"positions"},"data":[{"instId":"BTC-USDT-SWAP","pos":"3","posSide":"short","avgPx":"40000","upl":"-1.5","uTime":"1700000000102"}]}',
  ],
  bybit: [
    '{"topic":"order","creationTime":1700000000100,"data":[{"category":"spot","symbol":"BTCUSDT","orderId":"77","orderLinkId":"mine","side":"Buy","orderType":"Limit","orderStatus":"PartiallyFilled","price":"40000","qty":"0.5","cumExecQty":"0.2","rejectReason":"EC_NoError","updatedTime":"1700000000100"}]}',
    '{"topic":"execution","creationTime":1700000000100,"data":[{"category":"spot","symbol":"BTCUSDT","execId":"9001","orderId":"77","orderLinkId":"mine","side":"Buy","execPrice":"39999.5","execQty":"0.2","execFee":"0.0002","feeCurrency":"BTC","isMaker":true,"execTime":"1700000000099","execType":"Trade"}]}',
    '{"topic":"wallet","creationTime":1700000000101,"data":[{"accountType":"UNIFIED","coin":[{"coin":"USDT","walletBalance":"112.5","locked":"12"}]}]}',
    '{"topic":"position","creationTime":1700000000102,"data":[{"category":"linear","symbol":"BTCUSDT","side":"Sell","size":"3","entryPrice":"40000","unrealisedPnl":"-1.5","updatedTime":"1700000000102"}]}',
  ],
  kraken: [
    '{"channel":"executions","type":"update","data":[{"exec_type":"trade","order_id":"77","cl_ord_id":"mine","symbol":"BTC/USD","side":"buy","order_type":"limit","order_status":"partially_filled","limit_price":40000,"order_qty":0.5,"cum_qty":0.2,"exec_id":"9001","last_price":39999.5,"last_qty":0.2,"fees":[{"asset":"BTC","qty":0.0002}],"liquidity_ind":"m","timestamp":"2023-11-14T22:13:20.100Z"}]}',
    '{"channel":"balances","type":"update","data":[{"asset":"USD","balance":112.5,"ledger_id":"L1","type":"withdrawal","amount":-25.5,"fee":1,"timestamp":"2023-11-14T22:13:20.102Z"}]}',
  ],
  hyperliquid: [
    '{"channel":"orderUpdates","data":[{"order":{"coin":"BTC","side":"B","limitPx":"40000","sz":"0.3","oid":77,"timestamp":1700000000000,"origSz":"0.5","cloid":"mine"},"status":"open","statusTimestamp":1700000000100}]}',
    '{"channel":"userFills","data":{"isSnapshot":false,"user":"0x","fills":[{"coin":"BTC","px":"39999.5","sz":"0.2","side":"B","time":1700000000099,"oid":77,"tid":9001,"fee":"0.0002","feeToken":"BTC","crossed":false,"cloid":"mine"}]}}',
    '{"channel":"clearinghouseState","data":{"clearinghouseState":{"time":1700000000102,"withdrawable":"100.5","marginSummary":{"accountValue":"112.5"},"assetPositions":[{"position":{"coin":"BTC","szi":"-3","entryPx":"40000","unrealizedPnl":"-1.5"}}]}}}',
  ],
  backpack: [
    '{"stream":"account.orderUpdate","data":{"e":"orderFill","E":1700000000100000,"s":"BTC_USDC","c":"mine","S":"Bid","o":"LIMIT","q":"0.5","p":"40000","X":"PartiallyFilled","i":"77","t":9001,"l":"0.2","z":"0.2","L":"39999.5","m":true,"n":"0.0002","N":"BTC"}}',
    '{"stream":"account.positionUpdate","data":{"e":"positionAdjusted","E":1700000000102000,"s":"BTC_USDC_PERP","q":"-3","B":"40000","P":"-1.5"}}',
  ],
};

const list = (id: string): SymbolMap =>
  new SymbolMap(id, [
    { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', venueSymbol: { binance: 'BTCUSDT', okx: 'BTC-USDT', bybit: 'BTCUSDT' }[id] ?? 'spot', active: true }, // prettier-ignore
    { symbol: 'BTC/USDC', type: 'spot', base: 'BTC', quote: 'USDC', venueSymbol: 'BTC_USDC', active: true },
    { symbol: 'BTC/USDT:USDT', type: 'swap', base: 'BTC', quote: 'USDT', venueSymbol: { okx: 'BTC-USDT-SWAP', bybit: 'BTCUSDT' }[id] ?? 'swap', active: true }, // prettier-ignore
    { symbol: 'BTC/USDC:USDC', type: 'swap', base: 'BTC', quote: 'USDC', venueSymbol: id === 'hyperliquid' ? 'BTC' : 'BTC_USDC_PERP', active: true }, // prettier-ignore
  ]);

const servers: { close(): void }[] = [];
const feeds: AccountFeed[] = [];

afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
  for (const server of servers.splice(0)) server.close();
});

/** An exchange on loopback: lets in who signs right, and then sends its frames. */
async function exchange(id: string): Promise<{ url: string; restUrl: string; sockets: WebSocket[]; seen: string[] }> {
  const sockets: WebSocket[] = [];
  const seen: string[] = [];
  const http: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const nonce = new URLSearchParams(body).get('nonce') ?? '';
      const digest = createHash('sha256')
        .update(nonce + body)
        .digest();
      const right = createHmac('sha512', Buffer.from(keys['kraken']!.secret!, 'base64'))
        .update('/0/private/GetWebSocketsToken')
        .update(digest)
        .digest('base64');
      const isRight = request.headers['api-sign'] === right && request.headers['api-key'] === 'key-of-kraken';
      response.end(
        isRight ? '{"error":[],"result":{"token":"token-of-kraken"}}' : '{"error":["EAPI:Invalid signature"]}',
      );
    });
  });
  const server = new WebSocketServer({ server: http });
  server.on('connection', (socket) => {
    sockets.push(socket);
    let isIn = false;
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      seen.push(text);
      if (text === 'ping') return;
      const verdict = checks[id]!(JSON.parse(text) as Frame);
      if (verdict === false) socket.send(refused[id]!);
      if (verdict === true && !isIn) {
        isIn = true;
        for (const frame of [...accepted[id]!, ...frames[id]!]) socket.send(frame);
      }
    });
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  servers.push({
    close: () => {
      for (const socket of sockets) socket.terminate();
      server.close();
      http.close();
    },
  });
  const { port } = http.address() as AddressInfo;
  return { url: `ws://127.0.0.1:${port}`, restUrl: `http://127.0.0.1:${port}`, sockets, seen };
}

interface Watched {
  readonly feed: AccountFeed;
  readonly events: AccountEvent[];
  readonly states: string[];
  readonly errors: string[];
}

async function watch(
  id: string,
  given: Partial<AccountFeedOptions> = {},
  at?: { url: string; restUrl: string },
): Promise<Watched> {
  const { url, restUrl } = at ?? (await exchange(id));
  const events: AccountEvent[] = [];
  const states: string[] = [];
  const errors: string[] = [];
  const options: AccountFeedOptions = {
    exchange: id,
    keys: keys[id]!,
    url,
    restUrl,
    sinks: [{ write: (event) => void events.push(event as AccountEvent) }],
    callbacks: { state: (state, reason) => void states.push(`${state}: ${reason}`) },
    ...given,
  };
  const feed = new AccountFeed(
    accountProtocols.find((one) => one.id === id)!,
    options,
    {
      runtime: systemRuntime,
      network: systemNetwork,
      symbols: id === 'kraken' ? undefined : list(id),
      onError: (error: ConnectorError) => void errors.push(`${error.name}: ${error.message}`),
    },
  );
  feeds.push(feed);
  feed.start();
  return { feed, events, states, errors };
}

async function until(what: () => boolean): Promise<void> {
  for (let k = 0; k < 3_000 && !what(); k++) await new Promise((done) => setTimeout(done, 10));
  expect(what()).toBe(true);
}

describe.each(Object.keys(keys))('the account channels of %s', (id) => {
  it('sign what the exchange checks, and say orders, fills, balances and positions in one shape', async () => {
    const { feed, events, errors } = await watch(id);
    const { channels } = accountProtocols.find((one) => one.id === id)!;
    await until(() => channels.every((channel) => events.some(({ type }) => type === channel) || (id === 'hyperliquid' && channel === 'transaction'))); // prettier-ignore
    expect(feed.state).toBe('live');
    expect(errors).toEqual([]);
    const quote = { kraken: 'USD', hyperliquid: 'USDC:USDC', backpack: 'USDC' }[id] ?? 'USDT';
    const first = <T extends AccountEvent['type']>(type: T) => events.find((event) => event.type === type);
    expect(first('order')).toMatchObject({ exchange: id, symbol: `BTC/${quote}`, id: '77', clientId: 'mine', side: 'buy', orderType: 'limit', price: 40_000, size: 0.5, reason: undefined, time: 1_700_000_000_100 }); // prettier-ignore
    expect(first('order')).toMatchObject({ status: 'partial' });
    expect((first('order') as { filled: number }).filled).toBeCloseTo(0.2, 12);
    expect(first('fill')).toMatchObject({ symbol: `BTC/${quote}`, id: '9001', orderId: '77', clientId: 'mine', side: 'buy', price: 39_999.5, size: 0.2, fee: 0.0002, feeCurrency: 'BTC', liquidity: 'maker' }); // prettier-ignore
    if (channels.includes('balance')) {
      const whole = id === 'kraken' ? { currency: 'USD', free: 112.5, used: 0 } : { free: 100.5, used: 12 };
      expect(first('balance')).toMatchObject(whole);
    }
    if (channels.includes('position')) {
      const settled = id === 'okx' || id === 'bybit' ? 'USDT' : 'USDC';
      expect(first('position')).toMatchObject({ symbol: `BTC/${settled}:${settled}`, size: -3, entryPrice: 40_000, unrealizedProfit: -1.5 }); // prettier-ignore
    }
    if (id === 'binance' || id === 'kraken')
      expect(first('transaction')).toMatchObject({ kind: 'withdrawal', amount: -25.5 });
  });

  it('end at once where the exchange refuses the keys, and show none of them', async () => {
    const wrong: AccountKeys =
      id === 'hyperliquid' ? { apiKey: '0xwrong' } : { ...keys[id]!, secret: Buffer.alloc(32, 7).toString('base64') };
    const { feed, states, errors } = await watch(id, { keys: wrong });
    await until(() => feed.state === 'down');
    const texts = [...states, ...errors].join('\n');
    expect(texts).toMatch(/AuthError: .* refused the account/);
    for (const value of Object.values(wrong)) expect(texts).not.toContain(value);
  });
});

describe('an account feed', () => {
  it('connects again after its socket closed, with a new signature', async () => {
    const at = await exchange('bybit');
    const { feed, events, states } = await watch('bybit', {}, at);
    await until(() => events.length >= 4);
    at.sockets[0]!.terminate();
    await until(() => events.length >= 8 && feed.state === 'live');
    expect(states.map((text) => text.split(':')[0])).toEqual(['live', 'connecting', 'live']);
    const logins = at.seen.filter((text) => text.includes('"auth"'));
    expect(new Set(logins).size).toBe(2);
  });

  it('goes on after a message that it cannot read', async () => {
    const at = await exchange('okx');
    const { events, errors } = await watch('okx', {}, at);
    await until(() => events.length >= 4);
    at.sockets[0]!.send('{"arg":{"channel":"orders"},"data":[{"instId":"BTC-USDT"}]}');
    at.sockets[0]!.send(frames['okx']![0]!);
    await until(() => events.length >= 6);
    expect(errors.join()).toMatch(/cannot read a message of the account: ordId must be a text/);
  });

  it('sends only the channels that were asked for', async () => {
    const { events } = await watch('okx', { channels: ['position'] });
    await until(() => events.length > 0);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['position']));
  });

  it.each([
    [{ exchange: 'okxx', keys: {} }, /okxx.*did you mean 'okx'/],
    [{ exchange: 'okx', keys: { apiKey: 'a', secret: 'hidden-value' } }, /okx needs keys\.password/],
    [
      { exchange: 'kraken', keys: { apiKey: 'a', secret: 'hidden-value' }, channels: ['position'] },
      /kraken has no account channel 'position'/,
    ],
    [{ exchange: 'okx', keys: { apiKey: 'a', secret: 'hidden-value', pasword: 'x' } }, /password/],
  ])('refuses %j', async (options, message) => {
    const adding = new FeedHandler().addAccount(options as unknown as AccountFeedOptions);
    await expect(adding).rejects.toThrow(message);
    await expect(adding).rejects.not.toThrow(/hidden-value/);
  });
});
