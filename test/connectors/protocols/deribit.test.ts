/** Deribit by its documentation: what is asked for, what each notification means and how books hang together. */
import { describe, expect, it } from 'vitest';

import type { Channel } from '../../../src/core/index.ts';
import { objectsOf, protocolNamed, readerOf, receiveTime, subscriptionsTo } from './reader.ts';

const protocol = protocolNamed('deribit');
const id = 'BTC-PERPETUAL';
const symbol = 'BTC/USD:BTC';
const stamp = { exchange: 'deribit', symbol, receiveTime };
const names = { [id]: symbol };
const time = 1590484512188;

function notice(channel: string, data: unknown): object {
  return { jsonrpc: '2.0', method: 'subscription', params: { channel, data } };
}

describe('what is asked for', () => {
  it('is all channels in one frame, each once', () => {
    const sent = (channels: readonly Channel[], timeframe?: string): unknown =>
      objectsOf(protocol.subscribe(subscriptionsTo(symbol, id, channels, timeframe), 3, 0));
    const frame = (...channels: string[]): object[] => [
      { jsonrpc: '2.0', id: 3, method: 'public/subscribe', params: { channels } },
    ];
    expect(sent(['trade', 'liquidation'])).toEqual(frame(`trades.${id}.100ms`));
    expect(sent(['book', 'quote', 'bar'])).toEqual(frame(`book.${id}.100ms`, `quote.${id}`, `chart.trades.${id}.1`));
    expect(sent(['funding', 'openInterest', 'index', 'mark', 'ticker24h'])).toEqual(frame(`ticker.${id}.100ms`));
    const lengths = [['1m', '1'], ['3m', '3'], ['5m', '5'], ['10m', '10'], ['15m', '15'], ['30m', '30'], ['1h', '60'], ['2h', '120'], ['3h', '180'], ['6h', '360'], ['12h', '720'], ['1d', '1D']] as const; // prettier-ignore
    for (const [timeframe, length] of lengths)
      expect(sent(['bar'], timeframe)).toEqual(frame(`chart.trades.${id}.${length}`));
    expect(Object.keys(protocol.timeframes)).toEqual(lengths.map(([timeframe]) => timeframe));
    expect(objectsOf(protocol.unsubscribe(subscriptionsTo(symbol, id, ['quote']), 4, 0))).toEqual([
      { jsonrpc: '2.0', id: 4, method: 'public/unsubscribe', params: { channels: [`quote.${id}`] } },
    ]);
    expect(protocol.endpoint({ channel: 'trade', symbol, venueSymbol: id })).toBe('wss://www.deribit.com/ws/api/v2');
    const test = '{"jsonrpc":"2.0","id":0,"method":"public/test"}';
    expect(protocol.keepAlive).toEqual({ everyMs: 30_000, frame: test });
    expect(protocol.instruments.requests).toEqual(
      ['BTC', 'ETH', 'USDC', 'USDT'].map((currency) => ({
        method: 'GET',
        url: `https://www.deribit.com/api/v2/public/get_instruments?currency=${currency}&expired=false`,
      })),
    );
  });
});

describe('instruments', () => {
  const row = {
    instrument_name: id, kind: 'future', settlement_period: 'perpetual', base_currency: 'BTC', quote_currency: 'USD', settlement_currency: 'BTC',
    is_active: true, tick_size: 0.5, min_trade_amount: 10, contract_size: 10, expiration_timestamp: 32503708800000,
  }; // prettier-ignore
  const known = { symbol, exchange: 'deribit', type: 'swap', base: 'BTC', quote: 'USD', settle: 'BTC', venueSymbol: id, active: true, tick: 0.5, lot: 10, minSize: 10, contractSize: 10 }; // prettier-ignore
  const listed = (more: object): unknown =>
    protocol.instruments.parse(JSON.stringify({ result: [{ ...row, ...more }] }), '');
  // 28 June 2024 at 8:00.
  const expiration_timestamp = 1719561600000;

  it.each([
    [{}, {}],
    [{ is_active: false }, { active: false }],
    [{ instrument_name: 'BTC-28JUN24', settlement_period: 'month', expiration_timestamp }, { symbol: 'BTC/USD:BTC-240628', type: 'future', venueSymbol: 'BTC-28JUN24' }],
    [{ instrument_name: 'BTC-28JUN24-60000-C', kind: 'option', settlement_period: 'month', expiration_timestamp, strike: 60000.0, option_type: 'call', quote_currency: 'BTC' }, { symbol: 'BTC/USD:BTC-240628-60000-C', type: 'option', venueSymbol: 'BTC-28JUN24-60000-C' }],
    [{ instrument_name: 'XRP_USDC-28JUN24-0d55-P', kind: 'option', settlement_period: 'month', expiration_timestamp, strike: 0.55, option_type: 'put', base_currency: 'XRP', quote_currency: 'USDC', settlement_currency: 'USDC' }, { symbol: 'XRP/USDC:USDC-240628-0.55-P', type: 'option', base: 'XRP', quote: 'USDC', settle: 'USDC', venueSymbol: 'XRP_USDC-28JUN24-0d55-P' }],
    [{ instrument_name: 'BTC_USDC-PERPETUAL', quote_currency: 'USDC', settlement_currency: 'USDC' }, { symbol: 'BTC/USDC:USDC', quote: 'USDC', settle: 'USDC', venueSymbol: 'BTC_USDC-PERPETUAL' }],
    [{ instrument_name: 'BTC_USDC', kind: 'spot', settlement_period: undefined, quote_currency: 'USDC' }, { symbol: 'BTC/USDC', type: 'spot', quote: 'USDC', settle: 'USDC', venueSymbol: 'BTC_USDC' }],
    // Combinations keep their own names, and may be priced below 0.
    [{ instrument_name: 'BTC-FS-28JUN24_PERP', kind: 'future_combo', settlement_period: undefined }, { symbol: 'BTC-FS-28JUN24_PERP', type: 'future', venueSymbol: 'BTC-FS-28JUN24_PERP', signedPrices: true }],
    [{ instrument_name: 'BTC-CS-28JUN24-60000_65000', kind: 'option_combo', settlement_period: undefined }, { symbol: 'BTC-CS-28JUN24-60000_65000', type: 'option', venueSymbol: 'BTC-CS-28JUN24-60000_65000', signedPrices: true }],
    // Of old neither the settling currency nor the period was stated.
    [{ settlement_currency: undefined, settlement_period: undefined }, {}],
    [{ instrument_name: 'BTC_USDT-PERPETUAL', settlement_currency: undefined, settlement_period: undefined, quote_currency: 'USDT' }, { symbol: 'BTC/USDT:USDT', quote: 'USDT', settle: 'USDT', venueSymbol: 'BTC_USDT-PERPETUAL' }],
  ])('with %j are %j', (more, changes) => {
    expect(listed(more)).toStrictEqual([{ ...known, ...changes }]);
  }); // prettier-ignore
});

describe('books', () => {
  it('hang together by the number of the change before', () => {
    const last = { sequence: 10, time: undefined, fromSnapshot: false };
    const link = (previous: number, sequence: number): string =>
      protocol.book.link(last, { kind: 'delta', previous, sequence } as never);
    expect([link(10, 14), link(9, 10), link(8, 9), link(11, 14), link(9, 11)]).toEqual(['apply', 'skip', 'skip', 'gap', 'gap']); // prettier-ignore
  });

  it('come whole at first, and then as rows of what happened', () => {
    const { read } = readerOf(protocol, names);
    const data = { type: 'snapshot', timestamp: time, instrument_name: id, change_id: 297217, bids: [['new', 5042.34, 30], ['new', 5041.94, 20]], asks: [['new', 5042.64, 40]] }; // prettier-ignore
    const book = {
      kind: 'snapshot',
      symbol,
      time,
      receiveTime,
      sequence: 297217,
      previous: undefined,
      bids: [[5042.34, 30], [5041.94, 20]],
      asks: [[5042.64, 40]],
      bidTexts: [['5042.34', '30'], ['5041.94', '20']],
      askTexts: [['5042.64', '40']],
    }; // prettier-ignore
    expect(read(notice(`book.${id}.100ms`, data)).books).toEqual([book]);
    const change = { ...data, type: 'change', change_id: 297218, prev_change_id: 297217, bids: [['delete', 5041.94, 0], ['change', 5042.34, 20]], asks: [] }; // prettier-ignore
    expect(read(notice(`book.${id}.100ms`, change)).books).toEqual([
      {
        ...book,
        kind: 'delta',
        sequence: 297218,
        previous: 297217,
        bids: [[5041.94, 0], [5042.34, 20]],
        bidTexts: [['5041.94', '0'], ['5042.34', '20']],
        asks: [],
        askTexts: [],
      },
    ]); // prettier-ignore
    // A change after number 0 begins a book, also without a type.
    const { type: _type, ...first } = { ...change, prev_change_id: 0 };
    expect(read(notice(`book.${id}.100ms`, first)).books).toMatchObject([{ kind: 'snapshot', previous: undefined }]);
    const odd = { ...data, bids: [5] };
    expect(() => read(notice(`book.${id}.100ms`, odd))).toThrow('bids must be rows of action, price and amount');
    const plain = readerOf(protocol, names, false).read(notice(`book.${id}.100ms`, data)).books;
    expect(plain).toMatchObject([{ bidTexts: undefined, askTexts: undefined }]);
  });
});

describe('notifications', () => {
  it('answer, refuse, ask for a test, or show that the socket lives', () => {
    const { read } = readerOf(protocol);
    expect(read({ jsonrpc: '2.0', id: 3, result: ['a', 'b'] }).answers).toEqual([[true, 'a b']]);
    expect(read({ jsonrpc: '2.0', id: 3, error: { code: -32602, message: 'Invalid params' } }).answers).toEqual([
      [false, 'Invalid params'],
    ]);
    expect(read({ jsonrpc: '2.0', id: 0, result: { version: '1.2.26' } })).toMatchObject({
      heartbeats: 1,
      answers: [],
    });
    const beat = { jsonrpc: '2.0', method: 'heartbeat', params: { type: 'heartbeat' } };
    expect(read(beat)).toMatchObject({ heartbeats: 1, replies: [] });
    expect(read({ ...beat, params: { type: 'test_request' } })).toMatchObject({
      heartbeats: 1,
      replies: ['{"jsonrpc":"2.0","id":0,"method":"public/test"}'],
    });
    expect(() => read('5')).toThrow('frame must be an object');
    expect(read(notice('perpetual.x', { instrument_name: id }))).toMatchObject({ events: [], books: [] });
  });

  it('hold trades by the side of the taker, and liquidations by the side of the order that was forced', () => {
    const { read } = readerOf(protocol, names);
    const row = { trade_seq: 30289442, trade_id: '48079269', timestamp: time, tick_direction: 2, price: 8950.0, mark_price: 8948.9, instrument_name: id, index_price: 8955.88, direction: 'sell', amount: 10.0 }; // prettier-ignore
    const shared = { ...stamp, time, id: '48079269', price: '8950', size: '10' };
    const trade = { type: 'trade', ...shared, side: 'sell', backfill: false };
    const said = (more: object): unknown => read(notice(`trades.${id}.100ms`, [{ ...row, ...more }])).events;
    expect(said({})).toEqual([trade]);
    const liquidation = { type: 'liquidation', ...shared };
    expect(said({ liquidation: 'T' })).toEqual([trade, { ...liquidation, side: 'sell' }]);
    expect(said({ liquidation: 'M' })).toEqual([trade, { ...liquidation, side: 'buy' }]);
    expect(said({ liquidation: 'MT' })).toEqual([trade, { ...liquidation, side: 'sell' }]);
    const bought = { ...trade, side: 'buy' };
    expect(said({ direction: 'buy', liquidation: 'M' })).toEqual([bought, { ...liquidation, side: 'sell' }]);
    expect(said({ direction: 'buy', liquidation: 'T' })).toEqual([bought, { ...liquidation, side: 'buy' }]);
  });

  const best = { best_bid_price: 8914.97, best_bid_amount: 40, best_ask_price: 8915.5, best_ask_amount: 30 };
  const quote = { type: 'quote', ...stamp, time, bid: '8914.97', bidSize: '40', ask: '8915.5', askSize: '30', sequence: undefined }; // prettier-ignore
  const tickers = {
    ...best, timestamp: time, instrument_name: id, stats: { volume: 7871.02, volume_usd: 70000000, low: 8700.5, high: 9000.0, price_change: 1.2 }, state: 'open',
    settlement_price: 8900, open_interest: 441400, mark_price: 8910.1, last_price: 8915, index_price: 8909.5, funding_8h: 0.0001, current_funding: 0.00001,
  }; // prettier-ignore
  const funding = { type: 'funding', ...stamp, time, rate: '0.00001', predictedRate: undefined, nextTime: undefined, markPrice: '8910.1', indexPrice: '8909.5' }; // prettier-ignore
  const rest = [
    { type: 'mark', ...stamp, time, price: '8910.1' },
    { type: 'index', ...stamp, time, price: '8909.5' },
    { type: 'openInterest', ...stamp, time, size: '441400' },
    { type: 'ticker24h', ...stamp, time, open: undefined, high: '9000', low: '8700.5', last: '8915', volume: '7871.02', quoteVolume: '70000000', tradeCount: undefined },
  ]; // prettier-ignore

  it('hold in a ticker all that is computed of an instrument', () => {
    const { read } = readerOf(protocol, names);
    expect(read(notice(`ticker.${id}.100ms`, tickers)).events).toEqual([quote, funding, ...rest]);
    // Dated futures have no funding; an option of which nothing is open may lack the rest.
    const { current_funding: _funding, ...dated } = tickers;
    expect(read(notice(`ticker.${id}.100ms`, dated)).events).toEqual([quote, ...rest]);
    const { mark_price: _mark, index_price: _index, open_interest: _interest, ...bare } = dated;
    expect(read(notice(`ticker.${id}.100ms`, bare)).events).toEqual([quote, rest[3]]);
  });

  it('hold quotes on their own channel, beside which the ticker has none for ten seconds', () => {
    const { read } = readerOf(protocol, names);
    expect(read(notice(`quote.${id}`, { ...best, timestamp: time, instrument_name: id })).events).toEqual([quote]);
    const { current_funding: _funding, ...dated } = tickers;
    const kinds = (timestamp: number): string[] =>
      read(notice(`ticker.${id}.100ms`, { ...dated, timestamp })).events.map((one) => one.type);
    const others = ['mark', 'index', 'openInterest', 'ticker24h'];
    expect([kinds(time), kinds(time + 9_999), kinds(time - 9_999)]).toEqual([others, others, others]);
    expect(kinds(time + 10_000)).toEqual(['quote', ...others]);
    const empty = { ...best, best_bid_price: null, best_bid_amount: null, timestamp: time, instrument_name: id };
    expect(read(notice(`quote.${id}`, empty)).events).toEqual([{ ...quote, bid: undefined, bidSize: undefined }]);
  });

  it('hold bars by the names of their channel', () => {
    const { read } = readerOf(protocol, names);
    const data = { volume: 0.05219351, tick: 1573645080000, open: 8869.79, low: 8788.25, high: 8870.31, cost: 460, close: 8791.25 }; // prettier-ignore
    const bar = {
      type: 'bar',
      ...stamp,
      time: undefined,
      timeframe: '1m',
      start: 1573645080000,
      end: 1573645140000,
      open: '8869.79',
      high: '8870.31',
      low: '8788.25',
      close: '8791.25',
      volume: '0.05219351',
      tradeCount: undefined,
      closed: undefined,
    };
    expect(read(notice(`chart.trades.${id}.1`, data)).events).toEqual([bar]);
    expect(read(notice(`chart.trades.${id}.1D`, { ...data, tick: Date.UTC(2024, 0, 1) })).events).toEqual([
      { ...bar, timeframe: '1d', start: Date.UTC(2024, 0, 1), end: Date.UTC(2024, 0, 2) },
    ]);
  });
});
