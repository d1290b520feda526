/** Coinbase Advanced Trade by its documentation: what is asked for and what each frame means. */
import { describe, expect, it } from 'vitest';

import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import { objectsOf, protocolNamed, readerOf, receiveTime, subscriptionsTo } from './reader.ts';

const protocol = protocolNamed('coinbase');
const symbol = 'BTC/USD';
const product = 'BTC-USD';
const stamp = { exchange: 'coinbase', symbol, receiveTime };
const { read } = readerOf(protocol, { [product]: symbol });

function message(channel: string, ...events: object[]): object {
  return { channel, client_id: '', timestamp: '2023-02-09T20:30:37.167359596Z', sequence_num: 4, events };
}

/** When these messages were sent: 20:30:37 and 167 milliseconds. */
const sent = Date.UTC(2023, 1, 9, 20, 30, 37) + 167.359596;

describe('what is asked for', () => {
  it('is a channel of products, and signs of life beside it', () => {
    const all = [...subscriptionsTo(symbol, product, ['trade', 'quote', 'book', 'bar', 'ticker24h']), ...subscriptionsTo('ETH/USD', 'ETH-USD', ['trade'])]; // prettier-ignore
    const channels = (type: string): object[] => [
      { type, product_ids: [product, 'ETH-USD'], channel: 'market_trades' },
      { type, product_ids: [product], channel: 'ticker' },
      { type, product_ids: [product], channel: 'level2' },
      { type, product_ids: [product], channel: 'candles' },
    ];
    expect(objectsOf(protocol.subscribe(all, 1, 0))).toEqual([
      ...channels('subscribe'),
      { type: 'subscribe', channel: 'heartbeats' },
    ]);
    // What is left of the socket still wants its signs of life.
    expect(objectsOf(protocol.unsubscribe(all, 1, 0))).toEqual(channels('unsubscribe'));
    expect(protocol.endpoint(all[0]!)).toBe('wss://advanced-trade-ws.coinbase.com');
    expect(protocol.timeframes).toEqual({ '5m': 'FIVE_MINUTE' });
    expect(protocol.instruments.requests).toEqual([
      { method: 'GET', url: 'https://api.coinbase.com/api/v3/brokerage/market/products' },
    ]);
    expect(protocol.tradesRequest!(product, '5')).toEqual({
      method: 'GET',
      url: 'https://api.coinbase.com/api/v3/brokerage/market/products/BTC-USD/ticker?limit=1000',
    });
    expect([protocol.venueSymbol!('BTC/USD'), protocol.venueSymbol!('BTC/USD:USD')]).toEqual([product, undefined]);
    // The first number after one of a socket is one above it.
    expect([4, 5, 6].map((next) => protocol.socketLink!(4, next))).toEqual([false, true, false]);
  });
});

it('lists products of spot with their steps', () => {
  const row = {
    product_id: product, product_type: 'SPOT', base_currency_id: 'BTC', quote_currency_id: 'USD', status: 'online', is_disabled: false,
    price_increment: '0.01', quote_increment: '0.1', base_increment: '0.00000001', base_min_size: '0.0001', quote_min_size: '1',
  }; // prettier-ignore
  const known = {
    symbol,
    exchange: 'coinbase',
    type: 'spot',
    base: 'BTC',
    quote: 'USD',
    settle: 'USD',
    venueSymbol: product,
    active: true,
    tick: 0.01,
    lot: 1e-8,
    minSize: 0.0001,
    minNotional: 1,
    contractSize: 1,
  };
  const listed = (...products: object[]): unknown => protocol.instruments.parse(JSON.stringify({ products }), '');
  const { price_increment: _increment, product_type: _type, ...before } = row;
  expect(
    listed(row, { ...row, product_type: 'FUTURE' }, { ...row, status: 'delisted' }, { ...row, is_disabled: true }, before),
  ).toStrictEqual([known, { ...known, active: false }, { ...known, active: false }, { ...known, tick: 0.1 }]); // prettier-ignore
});

describe('frames', () => {
  it('answer a request, refuse it, or show that the socket lives; each has a number', () => {
    expect(read(message('subscriptions', { subscriptions: { ticker: [product] } }))).toMatchObject({
      answers: [[true, 'subscriptions']],
      counted: [4],
      heartbeats: 0,
    });
    expect(read(message('heartbeats', { current_time: 'x', heartbeat_counter: 3049 }))).toMatchObject({
      answers: [],
      counted: [4],
      heartbeats: 1,
    });
    expect(read({ type: 'error', message: 'authentication failure' })).toMatchObject({
      answers: [[false, 'authentication failure']],
      counted: [],
    });
  });

  it('hold books: whole at first, then as changes, with sides by their words', () => {
    const updates = [
      { side: 'bid', event_time: '1970-01-01T00:00:00Z', price_level: '21921.73', new_quantity: '0.06317902' },
      { side: 'offer', event_time: '1970-01-01T00:00:00Z', price_level: '21921.74', new_quantity: '0' },
    ];
    const book = {
      symbol,
      time: sent,
      receiveTime,
      bids: [[21921.73, 0.06317902]],
      asks: [[21921.74, 0]],
      bidTexts: [['21921.73', '0.06317902']],
      askTexts: [['21921.74', '0']],
    };
    const event = { type: 'snapshot', product_id: product, updates };
    expect(read(message('l2_data', event, { ...event, type: 'update' })).books).toStrictEqual([
      { ...book, kind: 'snapshot' },
      { ...book, kind: 'delta' },
    ]);
    const odd = { ...event, updates: [{ ...updates[0], side: 'ask' }] };
    expect(() => read(message('l2_data', odd))).toThrow('side must be bid or offer, was "ask"');
    const bare = { ...event, updates: [{ side: 'bid', price_level: '1' }] };
    expect(() => read(message('l2_data', bare))).toThrow('updates must be a price and a size, was ["1",null]');
    // Levels have no numbers: what fits is decided by those of the socket.
    const last = { sequence: undefined, time: sent, fromSnapshot: false };
    expect(protocol.book.link(last, { kind: 'delta', time: 0 } as never)).toBe('apply');
    const floats = readerOf(protocol, {}, false).read(message('l2_data', event)).books;
    expect(floats).toMatchObject([{ bidTexts: undefined, askTexts: undefined, bids: book.bids }]);
  });

  const maker = { trade_id: '9', product_id: product, price: '1260.01', size: '0.3', side: 'BUY', time: '2019-08-14T20:42:27.265Z' }; // prettier-ignore
  const trade = {
    type: 'trade',
    ...stamp,
    time: Date.UTC(2019, 7, 14, 20, 42, 27, 265),
    id: '9',
    side: 'sell',
    price: '1260.01',
    size: '0.3',
    backfill: false,
  };

  it('hold trades with the side of the maker, newest first', () => {
    const trades = [{ ...maker, trade_id: '10', side: 'SELL' }, maker];
    const said = [trade, { ...trade, id: '10', side: 'buy' }];
    expect(read(message('market_trades', { type: 'update', trades })).events).toEqual(said);
    expect(read(message('market_trades', { type: 'snapshot', trades })).events).toEqual(
      said.map((one) => ({ ...one, backfill: true })),
    );
    expect(protocol.parseTrades!(JSON.stringify({ trades }), symbol, receiveTime, textReader)).toEqual(
      said.map((one) => ({ ...one, backfill: true })),
    );
    expect(() => protocol.parseTrades!('{"trades":[5]}', symbol, receiveTime, textReader)).toThrow(
      'trades must be an object, was 5',
    );
  });

  it('hold quotes and statistics in one', () => {
    const ticker = {
      type: 'ticker', product_id: product, price: '21932.98', volume_24_h: '16038.28770938', low_24_h: '21835.29', high_24_h: '23011.18',
      low_52_w: '15460', high_52_w: '48240', price_percent_chg_24_h: '-4.15775596190603', best_bid: '21931.98', best_bid_quantity: '8000.21',
      best_ask: '21933.98', best_ask_quantity: '8038.07770938',
    }; // prettier-ignore
    const quote = {
      type: 'quote',
      ...stamp,
      time: sent,
      bid: '21931.98',
      bidSize: '8000.21',
      ask: '21933.98',
      askSize: '8038.07770938',
      sequence: undefined,
    };
    const day = {
      type: 'ticker24h',
      ...stamp,
      time: sent,
      open: undefined,
      high: '23011.18',
      low: '21835.29',
      last: '21932.98',
      volume: '16038.28770938',
      quoteVolume: undefined,
      tradeCount: undefined,
    };
    expect(read(message('ticker', { type: 'snapshot', tickers: [ticker] })).events).toEqual([quote, day]);
  });

  it('hold bars of five minutes; those of the past are closed', () => {
    const row = { start: '1675974300', high: '1867.72', low: '1865.63', open: '1867.38', close: '1866.81', volume: '0.20269406', product_id: product }; // prettier-ignore
    const start = Date.UTC(2023, 1, 9, 20, 25);
    const bar = {
      type: 'bar',
      ...stamp,
      time: sent,
      timeframe: '5m',
      start,
      end: start + 300_000,
      open: '1867.38',
      high: '1867.72',
      low: '1865.63',
      close: '1866.81',
      volume: '0.20269406',
      tradeCount: undefined,
      closed: undefined,
    };
    expect(row.start).toBe(String(start / 1000));
    expect(read(message('candles', { type: 'update', candles: [row] })).events).toEqual([bar]);
    // In what comes first the bar of 20:25 has ended at 20:30:37; that of 20:30 has not.
    const running = { ...row, start: String(start / 1000 + 300) };
    expect(read(message('candles', { type: 'snapshot', candles: [row, running] })).events).toEqual([
      { ...bar, closed: true },
      { ...bar, start: start + 300_000, end: start + 600_000 },
    ]);
    const exact = { ...message('candles', { type: 'snapshot', candles: [row] }), timestamp: '2023-02-09T20:30:00Z' };
    expect(read(exact).events).toMatchObject([{ closed: true }]);
  });
});
