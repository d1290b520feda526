/** Kraken spot by its documentation of both versions: what is asked for and what each frame means. */
import { describe, expect, it } from 'vitest';

import type { Channel } from '../../../src/core/index.ts';
import { objectsOf, protocolNamed, readerOf, receiveTime, subscriptionsTo } from './reader.ts';

const protocol = protocolNamed('kraken');
const pair = 'XBT/USD';
const symbol = 'BTC/USD';
const stamp = { exchange: 'kraken', symbol, receiveTime };
const { read } = readerOf(protocol, { [pair]: symbol });

describe('what is asked for', () => {
  const subscribed = (channels: readonly Channel[], timeframe?: string): unknown =>
    objectsOf(protocol.subscribe(subscriptionsTo(symbol, pair, channels, timeframe), 3, 0));
  const frame = (subscription: object, reqid = 3): object => ({
    event: 'subscribe',
    reqid,
    pair: [pair],
    subscription,
  });

  it('is a stream of each channel', () => {
    expect(subscribed(['trade'])).toEqual([frame({ name: 'trade' })]);
    expect(subscribed(['book'])).toEqual([frame({ name: 'book', depth: 1000 })]);
    expect(subscribed(['quote'])).toEqual([frame({ name: 'spread' })]);
    expect(subscribed(['ticker24h'])).toEqual([frame({ name: 'ticker' })]);
    expect(subscribed(['bar'])).toEqual([frame({ name: 'ohlc', interval: 1 })]);
    const lengths = [['1m', 1], ['5m', 5], ['15m', 15], ['30m', 30], ['1h', 60], ['4h', 240], ['1d', 1440], ['1w', 10080]] as const; // prettier-ignore
    for (const [timeframe, interval] of lengths)
      expect(subscribed(['bar'], timeframe)).toEqual([frame({ name: 'ohlc', interval })]);
    expect(Object.keys(protocol.timeframes)).toEqual(lengths.map(([timeframe]) => timeframe));
  });

  it('is one frame for all pairs of a stream, each with a number of its own', () => {
    const two = [...subscriptionsTo(symbol, pair, ['trade', 'book']), ...subscriptionsTo('ETH/USD', 'ETH/USD', ['trade'])]; // prettier-ignore
    expect(objectsOf(protocol.unsubscribe(two, 7, 0))).toEqual([
      { event: 'unsubscribe', reqid: 7, pair: [pair, 'ETH/USD'], subscription: { name: 'trade' } },
      { event: 'unsubscribe', reqid: 8, pair: [pair], subscription: { name: 'book', depth: 1000 } },
    ]);
    expect(protocol.endpoint(two[0]!)).toBe('wss://ws.kraken.com');
    expect(protocol.keepAlive).toEqual({ everyMs: 30_000, frame: '{"event":"ping"}' });
    expect(protocol.instruments.requests).toEqual([
      { method: 'GET', url: 'https://api.kraken.com/0/public/AssetPairs' },
    ]);
  });
});

it('lists pairs by the names that its streams know, in the currencies of everyone', () => {
  const row = { altname: 'XBTUSD', wsname: 'XBT/USD', base: 'XXBT', quote: 'ZUSD', pair_decimals: 1, lot_decimals: 8, ordermin: '0.0001', status: 'online' }; // prettier-ignore
  const listed = (result: object): unknown => protocol.instruments.parse(JSON.stringify({ error: [], result }), '');
  const known = {
    symbol,
    exchange: 'kraken',
    type: 'spot',
    base: 'BTC',
    quote: 'USD',
    settle: 'USD',
    venueSymbol: pair,
    active: true,
    tick: 0.1,
    lot: 1e-8,
    minSize: 0.0001,
    contractSize: 1,
  };
  expect(listed({ XXBTZUSD: row })).toStrictEqual([known]);
  // The power of ten falls a hair short of the step at four and at five decimals.
  expect(listed({ XXRPZUSD: { ...row, pair_decimals: 5, lot_decimals: 4 } })).toMatchObject([
    { tick: 0.00001, lot: 0.0001 },
  ]);
  // Dark pools and pairs without streams are left out.
  const { wsname: _name, ...unnamed } = row;
  const { ordermin: _min, status: _status, ...bare } = row;
  const { minSize: _size, ...unlimited } = known;
  expect(
    listed({ 'XXBTZUSD.d': row, A: unnamed, B: { ...bare, wsname: 'XDG/XBT' }, C: { ...row, status: 'cancel_only' }, D: { ...row, wsname: 'XBT' } }),
  ).toStrictEqual([
    { ...unlimited, symbol: 'DOGE/BTC', base: 'DOGE', quote: 'BTC', settle: 'BTC', venueSymbol: 'XDG/XBT' },
    { ...known, active: false },
  ]); // prettier-ignore
});

describe('frames', () => {
  it('answer a request, refuse it, or show that the socket lives', () => {
    const status = { channelID: 10001, channelName: 'ticker', event: 'subscriptionStatus', pair, status: 'subscribed', subscription: { name: 'ticker' } }; // prettier-ignore
    expect(read(status).answers).toEqual([[true, 'ticker']]);
    const refusal = { errorMessage: 'Subscription depth not supported', event: 'subscriptionStatus', status: 'error' };
    expect(read(refusal).answers).toEqual([[false, 'Subscription depth not supported']]);
    for (const event of ['heartbeat', 'pong', 'systemStatus'])
      expect(read({ event })).toMatchObject({ heartbeats: 1, answers: [] });
    expect(read([0, {}, 'openOrders', pair]).events).toEqual([]);
    for (const odd of [[0, [], 'trade'], [0, [], 5, pair], [0, [], 'trade', 5], []])
      expect(() => read(odd)).toThrow(`frame must be a list ending in channel and pair, was ${JSON.stringify(odd)}`);
  });

  it('that are not as documented are refused by the part that is not', () => {
    expect(() => read('5')).toThrow('frame must be an object, was 5');
    expect(() => read([0, 5, 'ticker', pair])).toThrow('ticker must be an object, was 5');
    for (const [key, side] of [
      ['b', 'bids'],
      ['a', 'asks'],
    ] as const) {
      // prettier-ignore
      expect(() => read([0, { [key]: [5] }, 'book-10', pair])).toThrow(`${side} must be rows of price and size, was 5`);
      const data = [{ symbol: pair, bids: [], asks: [], [side]: [{ price: 1 }] }];
      expect(() => read({ channel: 'book', type: 'update', data })).toThrow(`${side} must be a price and a size, was ["1",null]`); // prettier-ignore
    }
  });

  it('hold trades with the side of the taker', () => {
    const rows = [
      ['5541.20000', '0.15850568', '1534614057.321500', 's', 'l', ''],
      ['6060.00000', '0.02455000', '1534614057.324500', 'b', 'l', ''],
    ];
    const trade = { type: 'trade', ...stamp, id: undefined, backfill: false };
    expect(read([0, rows, 'trade', pair]).events).toEqual([
      { ...trade, time: 1534614057321.5, side: 'sell', price: '5541.20000', size: '0.15850568' },
      { ...trade, time: 1534614057324.5, side: 'buy', price: '6060.00000', size: '0.02455000' },
    ]);
    expect(() => read([0, [['1', '1', '1', 'x', 'l', '']], 'trade', pair])).toThrow('side must be b or s, was "x"');
    expect(() => read([0, ['x'], 'trade', pair])).toThrow('trade must be rows, was "x"');
  });

  it('hold quotes: the spread, or the best prices of the ticker', () => {
    const row = ['5698.40000', '5700.00000', '1542057299.545897', '1.01234567', '0.98765432'];
    expect(read([0, row, 'spread', pair]).events).toEqual([
      {
        type: 'quote',
        ...stamp,
        time: 1542057299545.897,
        bid: '5698.40000',
        bidSize: '1.01234567',
        ask: '5700.00000',
        askSize: '0.98765432',
        sequence: undefined,
      },
    ]);
    const ticker = {
      a: ['5525.40000', 1, '1.000'],
      b: ['5525.10000', 2, '2.500'],
      c: ['5525.10000', '0.00398963'],
      v: ['2634.11501494', '3591.17907851'],
      p: ['5631.44067', '5653.78939'],
      t: [11493, 16267],
      l: ['5505.00000', '5504.00000'],
      h: ['5783.00000', '5784.00000'],
      o: ['5760.70000', '5763.40000'],
    };
    // The first of two values counts from midnight, the second the last 24 hours.
    expect(read([0, ticker, 'ticker', pair]).events).toEqual([
      {
        type: 'quote',
        ...stamp,
        time: undefined,
        bid: '5525.10000',
        bidSize: '2.500',
        ask: '5525.40000',
        askSize: '1.000',
        sequence: undefined,
      },
      {
        type: 'ticker24h',
        ...stamp,
        time: undefined,
        open: '5763.40000',
        high: '5784.00000',
        low: '5504.00000',
        last: '5525.10000',
        volume: '3591.17907851',
        quoteVolume: undefined,
        tradeCount: 16267,
      },
    ]);
  });

  it('hold bars by the time of their end', () => {
    const row = ['1542057314.748456', '1542057360.000000', '3586.70000', '3586.80000', '3586.50000', '3586.60000', '3586.68894', '0.03373000', 2]; // prettier-ignore
    const bar = {
      type: 'bar',
      ...stamp,
      time: 1542057314748.456,
      timeframe: '1m',
      start: 1542057300000,
      end: 1542057360000,
      open: '3586.70000',
      high: '3586.80000',
      low: '3586.50000',
      close: '3586.60000',
      volume: '0.03373000',
      tradeCount: 2,
      closed: undefined,
    };
    expect(read([42, row, 'ohlc-1', pair]).events).toEqual([bar]);
    expect(read([42, row, 'ohlc-240', pair]).events).toEqual([
      { ...bar, timeframe: '4h', start: 1542057360000 - 4 * 3_600_000 },
    ]);
  });
});

describe('books', () => {
  it('have no numbers: every change is applied, and its checksum decides', () => {
    const last = { sequence: undefined, time: 1, fromSnapshot: false };
    expect(protocol.book.link(last, { kind: 'delta', time: 0 } as never)).toBe('apply');
    expect(protocol.book.checksum).toBeDefined();
  });

  const book = { symbol, receiveTime, depth: 10 };

  it('come whole with both sides, as of the newest of their levels', () => {
    const as = [['5541.30000', '2.50700000', '1534614248.123678']];
    const bs = [
      ['5541.20000', '1.52900000', '1534614248.765500'],
      ['5539.90000', '0.30000000', '1534614241.769870'],
    ];
    expect(read([0, { as, bs }, 'book-10', pair]).books).toStrictEqual([
      {
        ...book,
        kind: 'snapshot',
        time: 1534614248765.5,
        checksum: undefined,
        bids: [[5541.2, 1.529], [5539.9, 0.3]], // prettier-ignore
        asks: [[5541.3, 2.507]],
        bidTexts: [['5541.20000', '1.52900000'], ['5539.90000', '0.30000000']], // prettier-ignore
        askTexts: [['5541.30000', '2.50700000']],
      },
    ]);
    expect(read([0, { as: [], bs: [] }, 'book-1000', pair]).books).toMatchObject([
      { kind: 'snapshot', depth: 1000, time: undefined, bids: [], asks: [] },
    ]);
  });

  it('change on one side or both, with the checksum in the last part', () => {
    const a = [['5541.30000', '2.50700000', '1534614248.456500']];
    const b = [['5541.30000', '0.00000000', '1534614335.345500', 'r']];
    const asks = { asks: [[5541.3, 2.507]], askTexts: [['5541.30000', '2.50700000']] };
    const bids = { bids: [[5541.3, 0]], bidTexts: [['5541.30000', '0.00000000']] };
    const none = { asks: [], askTexts: [], bids: [], bidTexts: [] };
    expect(read([1, { a, c: '974942666' }, 'book-10', pair]).books).toStrictEqual([
      { ...book, ...none, ...asks, kind: 'delta', time: 1534614248456.5, checksum: 974942666 },
    ]);
    expect(read([1, { b }, 'book-10', pair]).books).toStrictEqual([
      { ...book, ...none, ...bids, kind: 'delta', time: 1534614335345.5, checksum: undefined },
    ]);
    expect(read([1, { a }, { b, c: '974942666' }, 'book-10', pair]).books).toStrictEqual([
      { ...book, ...asks, ...bids, kind: 'delta', time: 1534614335345.5, checksum: 974942666 },
    ]);
    // Recordings hold null in the place of a part.
    expect(read([1, { b }, null, 'book-10', pair]).books).toHaveLength(1);
    expect(() => read([1, 'x', 'book-10', pair])).toThrow('book must be an object, was "x"');
  });
});

describe('frames of version 2', () => {
  it('hold trades, history among them, in the digits that were sent', () => {
    const data = [{ symbol: 'BTC/USD', side: 'sell', price: 0.5147, qty: 6423.46326, ord_type: 'limit', trade_id: 4665846, timestamp: '2023-09-25T07:48:36.925533Z' }]; // prettier-ignore
    const trade = { type: 'trade', ...stamp, time: 1695628116925.533, id: '4665846', side: 'sell', price: '0.5147', size: '6423.46326', backfill: true }; // prettier-ignore
    expect(read({ channel: 'trade', type: 'snapshot', data }).events).toEqual([trade]);
    const tiny = '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":1.10,"qty":1E-8,"trade_id":1,"timestamp":"2023-09-25T07:48:36.925533Z"}]}'; // prettier-ignore
    expect(read(tiny).events).toEqual([{ ...trade, id: '1', side: 'buy', price: '1.10', size: '1E-8', backfill: false }]); // prettier-ignore
  });

  it('hold books, whole and changed', () => {
    const data = [{ symbol: 'BTC/USD', bids: [{ price: 0.5666, qty: 4831.75496356 }], asks: [{ price: 0.5668, qty: 4410.79769741 }], checksum: 2439117997 }]; // prettier-ignore
    const book = {
      kind: 'snapshot',
      symbol,
      time: undefined,
      receiveTime,
      bids: [[0.5666, 4831.75496356]],
      asks: [[0.5668, 4410.79769741]],
      bidTexts: [['0.5666', '4831.75496356']],
      askTexts: [['0.5668', '4410.79769741']],
    };
    expect(read({ channel: 'book', type: 'snapshot', data }).books).toEqual([book]);
    const change = {
      channel: 'book',
      type: 'update',
      data: [{ ...data[0], timestamp: '2023-10-06T17:35:55.440295Z' }],
    };
    expect(read(change).books).toEqual([{ ...book, kind: 'delta', time: 1696613755440.295 }]);
  });

  it('hold quotes, and signs of life', () => {
    const data = [{ symbol: 'BTC/USD', bid: 0.10025, bid_qty: 740.0, ask: 0.10036, ask_qty: 1361.5, last: 0.10035 }];
    const quote = { type: 'quote', ...stamp, time: undefined, bid: '0.10025', bidSize: '740', ask: '0.10036', askSize: '1361.5', sequence: undefined }; // prettier-ignore
    expect(read({ channel: 'ticker', type: 'update', data }).events).toEqual([quote]);
    expect(read({ channel: 'ticker', type: 'update', data: [{ ...data[0], bid: null }] }).events).toEqual([
      { ...quote, bid: undefined },
    ]);
    for (const frame of [
      { channel: 'heartbeat' },
      { channel: 'heartbeat', data: [] },
      { channel: 'status', type: 'update', data: [{ system: 'online', symbol: 'x' }] },
      { channel: 'trade', method: 'subscribe' },
    ])
      expect(read(frame)).toMatchObject({ heartbeats: 1, events: [], books: [] });
    expect(read({ channel: 'instrument', type: 'update', data: [{ symbol: 'BTC/USD' }] })).toMatchObject({
      heartbeats: 0,
      events: [],
      books: [],
    });
  });
});
