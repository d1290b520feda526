/** The local exchange refuses what Binance refuses, by the codes and words of Binance's documentation. */
import { createHmac } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { barsFromRows, SimulatedRuntime, type HttpResponse } from '../../../../src/core/index.ts';
import { BarMarket, BinanceApi } from '../../../../src/venue/index.ts';
import { instrument, keys, quietBars } from './local.ts';

const begin = Date.UTC(2024, 0, 10, 12);
const minute = 60_000;
const day = 86_400_000;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function venue(options: { limits?: boolean } = {}) {
  const runtime = new SimulatedRuntime(1, begin);
  const bars = barsFromRows(quietBars(begin - 3 * day, (3 * day) / minute + 60));
  const market = new BarMarket(runtime, {
    series: [{ instrument, bars, timeframe: '1m' }], accounts: [{ name: 'me', ...keys, balances: { USDT: 10_000, BTC: 2 } }],
  }); // prettier-ignore
  const api = new BinanceApi(runtime, market, { exchange: market.exchange, ...options });
  market.start();
  const send = (method: string, path: string, query: string, headers: Record<string, string> = {}): Answer => {
    let answer: HttpResponse | undefined;
    const url = `https://api.binance.com${path}${query === '' ? '' : `?${query}`}`;
    api.request({ method: method as 'GET', url, headers }, (response) => (answer = response));
    return { status: answer!.status, headers: answer!.headers, body: JSON.parse(answer!.text) as unknown };
  };
  const signed = (method: string, path: string, query = ''): Answer => {
    const text = `${query === '' ? '' : `${query}&`}timestamp=${runtime.now()}`;
    const signature = createHmac('sha256', keys.secret).update(text).digest('hex');
    return send(method, path, `${text}&signature=${signature}`, { 'X-MBX-APIKEY': keys.apiKey });
  };
  return {
    runtime,
    market,
    api,
    send,
    get: (path: string, query = '', headers = {}) => send('GET', path, query, headers),
    signed,
  };
}

const code = ({ body }: Answer): unknown => (body as { code?: unknown }).code;
const message = ({ body }: Answer): string => String((body as { msg?: unknown }).msg);

describe('a parameter', () => {
  it.each([
    ['/api/v3/klines', 'symbol=BTCUSDT&interval=1h&limt=5', -1104, "read '2' parameter(s) but was sent '3'"],
    ['/api/v3/time', 'x=1', -1101, 'Too many parameters'],
    ['/api/v3/depth', 'symbol=BTCUSDT&symbol=BTCUSDT', -1101, 'Duplicate values'],
    ['/api/v3/depth', 'symbol=BTCUSDT&limit=', -1105, "Parameter 'limit' was empty."],
    ['/api/v3/depth', '', -1102, "Mandatory parameter 'symbol'"],
    ['/api/v3/depth', 'symbol=BTCUSDT&limit=ten', -1100, "parameter 'limit'"],
    ['/api/v3/depth', 'symbol=BTCUSDT&limit=0', -1130, "'limit'"],
    ['/api/v3/depth', 'symbol=ETHUSDT', -1121, 'Invalid symbol.'],
    ['/api/v3/klines', 'symbol=BTCUSDT&interval=7m', -1120, 'Invalid interval.'],
    ['/api/v3/klines', 'symbol=BTCUSDT&interval=1h&timeZone=15:00', -1130, "'timeZone'"],
    ['/api/v3/klines', 'symbol=BTCUSDT&interval=1h&startTime=-5', -1100, "'startTime'"],
    ['/api/v3/aggTrades', 'symbol=BTCUSDT&fromId=1&startTime=1', -1128, 'Combination of optional parameters invalid.'],
    ['/api/v3/ticker', 'symbol=BTCUSDT&windowSize=60m', -1100, "'windowSize'"],
    ['/api/v3/ticker', 'windowSize=1h', -1102, "'symbol'"],
    ['/api/v3/ticker', 'symbol=BTCUSDT&type=TINY', -1139, 'Invalid ticker type.'],
    ['/api/v3/ticker/24hr', 'symbols=["BTCUSDT","BTCUSDT"]', -1151, 'Symbol is present multiple times in the list.'],
    ['/api/v3/ticker/24hr', 'symbols=BTCUSDT', -1100, "'symbols'"],
    ['/api/v3/ticker/24hr', 'symbol=BTCUSDT&symbols=["BTCUSDT"]', -1128, 'Combination of optional parameters invalid.'],
    ['/api/v3/ticker/price', 'symbolStatus=SLEEPING', -1122, 'Invalid symbolStatus.'],
    ['/api/v3/exchangeInfo', 'symbol=BTCUSDT&permissions=SPOT', -1128, 'Combination of optional parameters invalid.'],
  ])('of %s?%s is refused with %i', (path, query, wanted, text) => {
    const answer = venue().get(path, query);
    expect(answer.status).toBe(400);
    expect(code(answer)).toBe(wanted);
    expect(message(answer)).toContain(text);
  });

  const order = 'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90';
  it.each([
    [`${order}&icebergQty=0.5`, -2010, 'Iceberg orders are not supported for this symbol.'],
    ['symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1&trailingDelta=100&stopPrice=50', -2010, 'Trailing stop orders are not supported for this symbol.'],
    [`${order}&strategyType=5`, -1134, '`strategyType` was less than 1000000.'],
    [`${order}&newOrderRespType=LONG`, -1130, "'newOrderRespType'"],
    [`${order}&selfTradePreventionMode=NONE`, -1130, "'selfTradePreventionMode'"],
    [`${order}&clientOrderId=mine`, -1104, "read '8' parameter(s) but was sent '9'"],
    [`${order}&stopPrice=80`, -1106, "Parameter 'stopPrice' sent when not required."],
    [`${order}&quoteOrderQty=80`, -1106, "Parameter 'quoteOrderQty' sent when not required."],
    ['symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&timeInForce=GTC', -1106, "Parameter 'timeInForce' sent when not required."],
    [order.replace('GTC', 'GTD'), -1115, 'Invalid timeInForce.'],
    [`${order}&recvWindow=60001`, -1131, 'recvWindow'],
  ])('of an order is refused: %s', (query, wanted, text) => {
    const { signed, market } = venue();
    const answer = signed('POST', '/api/v3/order', query);
    expect(code(answer)).toBe(wanted);
    expect(message(answer)).toContain(text);
    expect(market.exchange.account('me').orders).toEqual([]);
  }); // prettier-ignore
});

describe('myTrades', () => {
  it.each([
    ['', true],
    ['&orderId=1', true],
    ['&startTime=1', true],
    ['&endTime=1', true],
    ['&fromId=1', true],
    ['&startTime=1&endTime=2', true],
    ['&orderId=1&fromId=1', true],
    ['&fromId=1&startTime=1', false],
    ['&orderId=1&startTime=1', false],
    ['&orderId=1&fromId=1&endTime=1', false],
  ])('with %j is taken: %s', (query, isTaken) => {
    const answer = venue().signed('GET', '/api/v3/myTrades', `symbol=BTCUSDT${query}`);
    expect(isTaken ? answer.body : code(answer)).toEqual(isTaken ? [] : -1128);
  });

  it('refuses a range of more than 24 hours', () => {
    const answer = venue().signed('GET', '/api/v3/myTrades', `symbol=BTCUSDT&startTime=1&endTime=${day + 2}`);
    expect([code(answer), message(answer)]).toEqual([-1127, 'More than 24 hours between startTime and endTime.']);
  });
});

describe('times', () => {
  it('are microseconds for who asks for them, and in requests too', () => {
    const { get } = venue();
    const micro = { 'X-MBX-TIME-UNIT': 'MICROSECOND' };
    expect(get('/api/v3/time', '', micro).body).toEqual({ serverTime: begin * 1000 });
    const start = begin - 5 * minute;
    const milli = get('/api/v3/klines', `symbol=BTCUSDT&interval=1m&startTime=${start}&limit=2`).body as number[][];
    const rows = get('/api/v3/klines', `symbol=BTCUSDT&interval=1m&startTime=${start * 1000}&limit=2`, micro)
      .body as number[][];
    expect(rows.map(([open, , , , , , close]) => [open, close])).toEqual(
      milli.map(([open, , , , , , close]) => [open! * 1000, close! * 1000 + 999]),
    );
    const wrong = get('/api/v3/time', '', { 'X-MBX-TIME-UNIT': 'SECOND' });
    expect(code(wrong)).toBe(-1194);
  });

  it.each([
    ['8', 8],
    ['-1:00', -1],
    ['05:45', 5.75],
    ['+14:00', 14],
    ['-12', -12],
  ])('of days follow the time zone %s', (zone, hours) => {
    const rows = venue().get(
      '/api/v3/klines',
      `symbol=BTCUSDT&interval=1d&timeZone=${encodeURIComponent(zone)}&limit=2`,
    );
    for (const [open, , , , , , close] of rows.body as number[][]) {
      expect((open! + hours * 3_600_000) % day).toBe(0);
      expect(close! - open!).toBe(day - 1);
    }
  });
});

describe('statistics', () => {
  it('of a rolling window start on a minute and are at most a minute wider', () => {
    const { get, runtime, market } = venue();
    runtime.advance(30_500);
    const answer = get('/api/v3/ticker', 'symbol=BTCUSDT&windowSize=2h').body as Record<string, number | string>;
    expect((answer['openTime'] as number) % minute).toBe(0);
    expect(answer['closeTime']).toBe(begin + 30_500);
    const width = (answer['closeTime'] as number) - (answer['openTime'] as number);
    expect(width).toBeGreaterThanOrEqual(2 * 3_600_000);
    expect(width).toBeLessThan(2 * 3_600_000 + minute);
    const last = market.trades('BTC/USDT', 1)[0]!;
    expect(answer['lastPrice']).toBe((last.price / 10).toFixed(1));
    const mini = get('/api/v3/ticker', 'symbols=["BTCUSDT"]&windowSize=2h&type=MINI').body as object[];
    expect(Object.keys(mini[0]!)).not.toContain('priceChange');
  });

  it('of a trading day begin at its midnight, of the zone asked for', () => {
    const { get } = venue();
    const utc = get('/api/v3/ticker/tradingDay', 'symbol=BTCUSDT').body as Record<string, number>;
    expect([utc['openTime'], utc['closeTime']]).toEqual([Date.UTC(2024, 0, 10), Date.UTC(2024, 0, 11) - 1]);
    const tokyo = get('/api/v3/ticker/tradingDay', 'symbol=BTCUSDT&timeZone=9').body as Record<string, number>;
    expect(tokyo['openTime']).toBe(Date.UTC(2024, 0, 9, 15));
  });
});

describe('account queries', () => {
  it('answer commission, order counts, prevented matches and allocations', () => {
    const { signed } = venue();
    signed('POST', '/api/v3/order', 'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90');
    expect(signed('GET', '/api/v3/account/commission', 'symbol=BTCUSDT').body).toMatchObject({
      symbol: 'BTCUSDT', standardCommission: { maker: '0.00100000', taker: '0.00100000', buyer: '0.00000000', seller: '0.00000000' },
    }); // prettier-ignore
    expect(signed('GET', '/api/v3/rateLimit/order').body).toMatchObject([
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, count: 1 },
      { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, count: 1 },
    ]);
    expect(signed('GET', '/api/v3/myPreventedMatches', 'symbol=BTCUSDT&orderId=1').body).toEqual([]);
    expect(code(signed('GET', '/api/v3/myPreventedMatches', 'symbol=BTCUSDT'))).toBe(-1128);
    expect(signed('GET', '/api/v3/myAllocations', 'symbol=BTCUSDT').body).toEqual([]);
  });

  it('say that Binance has ended listen keys', () => {
    const answer = venue().send('POST', '/api/v3/userDataStream', '', { 'X-MBX-APIKEY': keys.apiKey });
    expect(answer).toMatchObject({ status: 410, body: { code: -1020 } });
    expect(message(answer)).toContain('userDataStream.subscribe.signature');
    expect(venue().get('/api/v3/userDataStream').status).toBe(405);
  });

  it('count orders in their headers', () => {
    const { signed } = venue({ limits: true });
    const order = 'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90';
    expect(signed('POST', '/api/v3/order', order).headers['x-mbx-order-count-10s']).toBe('1');
    expect(signed('POST', '/api/v3/order', order).headers['x-mbx-order-count-10s']).toBe('2');
  });
});

describe('a stream', () => {
  type Frame = Readonly<Record<string, unknown>>;
  function connect(path: string) {
    const one = venue();
    const frames: Frame[] = [];
    const service = one.api.accept(`wss://stream.binance.com${path}`, {
      send: (text) => frames.push(JSON.parse(text as string) as Frame),
      close: () => {},
    });
    return { ...one, frames, service, send: (frame: object) => service!.frame(JSON.stringify(frame)) };
  }

  it.each(['btcusdt@nothing', 'ethusdt@trade', 'BTCUSDT@trade', 'btcusdt@kline_7m', 'btcusdt@depth7', '!bookTicker@arr', 'btcusdt@kline_1d@+20:00'])(
    'named %s does not exist', (name) => {
      const { frames, send } = connect('/ws');
      send({ method: 'SUBSCRIBE', params: [name], id: 1 });
      expect(frames).toMatchObject([{ id: 1, error: { code: 2 } }]);
      expect(connect(`/ws/${name}`).service).toBeUndefined();
      expect(connect(`/stream?streams=btcusdt@trade/${encodeURIComponent(name)}`).service).toBeUndefined();
    },
  ); // prettier-ignore

  it.each([
    ['!miniTicker@arr', '24hrMiniTicker'],
    ['!ticker@arr', '24hrTicker'],
    ['!ticker_1h@arr', '1hTicker'],
    ['btcusdt@ticker_4h', '4hTicker'],
    ['btcusdt@ticker_1d', '1dTicker'],
    ['btcusdt@avgPrice', 'avgPrice'],
    ['btcusdt@miniTicker', '24hrMiniTicker'],
    ['btcusdt@kline_1d@+08:00', 'kline'],
  ])('named %s carries %s', (name, event) => {
    const { frames, runtime } = connect(`/ws/${name}`);
    runtime.advance(3_000);
    const first = frames[0] as unknown;
    const one = (Array.isArray(first) ? first[0] : first) as Frame;
    expect(one).toMatchObject({ e: event, s: 'BTCUSDT' });
    if (event === 'kline') expect((((one['k'] as Frame)['t'] as number) + 8 * 3_600_000) % day).toBe(0);
  });

  it('has its properties set and read, and refuses others', () => {
    const { frames, send, runtime } = connect('/ws');
    send({ method: 'SET_PROPERTY', params: ['combined', true], id: 1 });
    send({ method: 'GET_PROPERTY', params: ['combined'], id: 2 });
    send({ method: 'SET_PROPERTY', params: ['colour', true], id: 3 });
    send({ method: 'SET_PROPERTY', params: ['combined', 'yes'], id: 4 });
    expect(frames).toMatchObject([
      { id: 1, result: null }, { id: 2, result: true }, { id: 3, error: { code: 0 } }, { id: 4, error: { code: 1 } },
    ]); // prettier-ignore
    send({ method: 'SUBSCRIBE', params: ['btcusdt@trade'], id: 5 });
    runtime.advance(2_000);
    expect(frames.at(-1)).toMatchObject({ stream: 'btcusdt@trade' });
  });

  it('has times in microseconds for who asks for them', () => {
    const { frames, runtime } = connect('/ws/btcusdt@trade?timeUnit=MICROSECOND');
    runtime.advance(1_000);
    expect(frames[0]!['T']).toBe((begin + 600) * 1000);
    expect(connect('/ws/btcusdt@trade?timeUnit=second').service).toBeUndefined();
  });
});
