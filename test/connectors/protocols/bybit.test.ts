/** Bybit version 5 by its documentation: what is asked for, what each frame means and how books hang together. */
import { describe, expect, it } from 'vitest';

import type { Channel } from '../../../src/core/index.ts';
import { objectsOf, protocolNamed, readerOf, receiveTime, subscriptionsTo } from './reader.ts';

const protocol = protocolNamed('bybit');
const symbol = 'BTC/USDT:USDT';
const stamp = { exchange: 'bybit', symbol, receiveTime };
const names = { BTCUSDT: symbol, BTCUSD: 'BTC/USD:BTC' };

describe('what is asked for', () => {
  it('is a topic of each channel, once for all channels that share it', () => {
    const topics = (channels: readonly Channel[], timeframe?: string): unknown =>
      objectsOf(protocol.subscribe(subscriptionsTo(symbol, 'BTCUSDT', channels, timeframe), 3, 0));
    for (const [channel, topic] of [
      ['trade', 'publicTrade.BTCUSDT'],
      ['quote', 'orderbook.1.BTCUSDT'],
      ['book', 'orderbook.200.BTCUSDT'],
      ['bar', 'kline.1.BTCUSDT'],
      ['liquidation', 'allLiquidation.BTCUSDT'],
    ] as const)
      expect(topics([channel])).toEqual([{ op: 'subscribe', args: [topic], req_id: '3' }]);
    const ticker = { op: 'subscribe', args: ['tickers.BTCUSDT'], req_id: '3' };
    expect(topics(['funding', 'openInterest', 'index', 'mark', 'ticker24h'])).toEqual([ticker]);
    const lengths = [['1m', '1'], ['3m', '3'], ['5m', '5'], ['15m', '15'], ['30m', '30'], ['1h', '60'], ['2h', '120'], ['4h', '240'], ['6h', '360'], ['12h', '720'], ['1d', 'D'], ['1w', 'W'], ['1M', 'M']] as const; // prettier-ignore
    for (const [timeframe, length] of lengths)
      expect(topics(['bar'], timeframe)).toEqual([{ op: 'subscribe', args: [`kline.${length}.BTCUSDT`], req_id: '3' }]);
    expect(Object.keys(protocol.timeframes)).toEqual(lengths.map(([timeframe]) => timeframe));
  });

  it('is ten topics in a frame, each frame with a number of its own', () => {
    const many = Array.from({ length: 20 }, (_, i) => subscriptionsTo(`C${i}/USDT`, `C${i}USDT`, ['trade'])[0]!);
    const args = many.map((_, i) => `publicTrade.C${i}USDT`);
    expect(objectsOf(protocol.unsubscribe(many, 7, 0))).toEqual([
      { op: 'unsubscribe', args: args.slice(0, 10), req_id: '7' },
      { op: 'unsubscribe', args: args.slice(10), req_id: '8' },
    ]);
  });

  it('goes to the address of its category', () => {
    for (const [name, category] of [
      ['BTC/USDT', 'spot'],
      ['BTC/USDT:USDT', 'linear'],
      ['BTC/USDC:USDC', 'linear'],
      ['BTC/USD:BTC', 'inverse'],
      ['BTC/USD:BTC-240628', 'inverse'],
    ] as const)
      expect(protocol.endpoint({ channel: 'trade', symbol: name, venueSymbol: 'x' })).toBe(
        `wss://stream.bybit.com/v5/public/${category}`,
      );
    expect(protocol.instruments.requests).toEqual(
      ['spot', 'linear', 'inverse'].map((category) => ({
        method: 'GET',
        url: `https://api.bybit.com/v5/market/instruments-info?category=${category}&limit=1000`,
      })),
    );
    // "To avoid network or program issues, send the ping packet every 20 seconds."
    expect(protocol.keepAlive).toEqual({ everyMs: 20_000, frame: '{"op":"ping"}' });
  });
});

describe('instruments', () => {
  const listed = (category: string, row: object): unknown =>
    protocol.instruments.parse(JSON.stringify({ result: { category, list: [row] } }), '');
  const linear = {
    symbol: 'BTCUSDT',
    contractType: 'LinearPerpetual',
    status: 'Trading',
    baseCoin: 'BTC',
    quoteCoin: 'USDT',
    settleCoin: 'USDT',
    deliveryTime: '0',
    priceFilter: { minPrice: '0.10', tickSize: '0.10' },
    lotSizeFilter: { maxOrderQty: '1190.000', minOrderQty: '0.002', qtyStep: '0.001' },
  };
  const known = { exchange: 'bybit', base: 'BTC', quote: 'USDT', settle: 'USDT', active: true, contractSize: 1 };

  it('of spot have the precision of their base as a lot', () => {
    const { settleCoin: _settle, contractType: _type, deliveryTime: _time, ...coins } = linear;
    const lotSizeFilter = { basePrecision: '0.000001', quotePrecision: '0.0000001', minOrderQty: '0.000048' };
    const spot = { ...known, symbol: 'BTC/USDT', type: 'spot', venueSymbol: 'BTCUSDT', tick: 0.1 };
    expect(listed('spot', { ...coins, lotSizeFilter })).toStrictEqual([{ ...spot, lot: 0.000001, minSize: 0.000048 }]);
    expect(listed('spot', { ...coins, status: 'PreLaunch', lotSizeFilter: {} })).toStrictEqual([
      { ...spot, active: false },
    ]);
  });

  it('are refused without their filters, by name', () => {
    for (const filter of ['priceFilter', 'lotSizeFilter'])
      expect(() => listed('linear', { ...linear, [filter]: undefined })).toThrow(`${filter} must be an object, was absent`); // prettier-ignore
  });

  it('of contracts settle in a coin of their own, and carry the day of their delivery', () => {
    const swap = { ...known, symbol, type: 'swap', venueSymbol: 'BTCUSDT', tick: 0.1, lot: 0.001, minSize: 0.002 };
    expect(listed('linear', linear)).toStrictEqual([swap]);
    const coin = { symbol: 'BTCUSD', contractType: 'InversePerpetual', quoteCoin: 'USD', settleCoin: 'BTC' };
    expect(listed('inverse', { ...linear, ...coin })).toStrictEqual([
      { ...swap, symbol: 'BTC/USD:BTC', quote: 'USD', settle: 'BTC', venueSymbol: 'BTCUSD' },
    ]);
    // Delivered on 28 June 2024 at 8:00.
    const dated = { symbol: 'BTC-28JUN24', contractType: 'LinearFutures', deliveryTime: '1719561600000' };
    expect(listed('linear', { ...linear, ...dated })).toStrictEqual([
      { ...swap, symbol: 'BTC/USDT:USDT-240628', type: 'future', venueSymbol: 'BTC-28JUN24' },
    ]);
  });
});

describe('books', () => {
  const at = (sequence: number): Parameters<typeof protocol.book.link>[0] => ({
    sequence,
    time: undefined,
    fromSnapshot: false,
  });

  it('rise by one with each change', () => {
    const link = (sequence: number): string => protocol.book.link(at(50), { kind: 'delta', sequence } as never);
    expect([49, 50, 51, 52].map(link)).toEqual(['skip', 'skip', 'apply', 'gap']);
  });

  it('come whole at first, and whenever their number is 1', () => {
    const { read } = readerOf(protocol, names);
    const data = { s: 'BTCUSDT', b: [['16493.50', '0.006']], a: [['16611.00', '0.029']], u: 18521288, seq: 7961638724 };
    const message = { topic: 'orderbook.200.BTCUSDT', type: 'snapshot', ts: 1672304484978, data, cts: 1672304484976 };
    const book = {
      kind: 'snapshot',
      symbol,
      time: 1672304484978,
      receiveTime,
      sequence: 18521288,
      bids: [[16493.5, 0.006]],
      asks: [[16611, 0.029]],
      bidTexts: [['16493.50', '0.006']],
      askTexts: [['16611.00', '0.029']],
    };
    expect(read(message).books).toEqual([book]);
    expect(read({ ...message, type: 'delta' }).books).toEqual([{ ...book, kind: 'delta' }]);
    expect(read({ ...message, type: 'delta', data: { ...data, u: 1 } }).books).toEqual([{ ...book, sequence: 1 }]);
  });
});

describe('frames', () => {
  const event = (frame: object): unknown => readerOf(protocol, names).read(frame).events;

  it('answer a request, refuse it, or show that the socket lives', () => {
    const { read } = readerOf(protocol);
    expect(read({ success: true, ret_msg: '', conn_id: 'x', req_id: '3', op: 'subscribe' }).answers).toEqual([
      [true, ''],
    ]);
    expect(read({ success: true, op: 'subscribe' }).answers).toEqual([[true, 'subscribe']]);
    const refusal = { success: false, ret_msg: 'error:handler not found,topic:x', op: 'subscribe' };
    expect(read(refusal).answers).toEqual([[false, 'error:handler not found,topic:x']]);
    // The answer to a ping differs between spot and contracts.
    for (const pong of [
      { success: true, ret_msg: 'pong', op: 'ping' },
      { success: true, ret_msg: 'pong', conn_id: 'x' },
      { op: 'pong', args: ['1675418560633'] },
      { success: true, op: 'ping' },
    ])
      expect(read(pong)).toMatchObject({ heartbeats: 1, answers: [] });
    expect(read({ topic: 'insurance.BTCUSDT', type: 'snapshot', data: {} })).toMatchObject({
      events: [],
      books: [],
      answers: [],
      heartbeats: 0,
    });
  });

  it('hold trades with the side of the taker', () => {
    const trade = { T: 1672304486865, s: 'BTCUSDT', S: 'Buy', v: '0.001', p: '16578.50', L: 'PlusTick', i: '20f43950', BT: false }; // prettier-ignore
    const said = { type: 'trade', ...stamp, time: 1672304486865, id: '20f43950', side: 'buy', price: '16578.50', size: '0.001', backfill: false }; // prettier-ignore
    const data = [trade, { ...trade, S: 'Sell', i: 'b' }];
    expect(event({ topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts: 1672304486868, data })).toEqual([
      said,
      { ...said, side: 'sell', id: 'b' },
    ]);
  });

  it('hold bars, which end a millisecond after their last', () => {
    const row = {
      start: 1672324800000, end: 1672325099999, interval: '5', open: '16649.5', close: '16677', high: '16679', low: '16608',
      volume: '2.081', turnover: '34666.4005', confirm: false, timestamp: 1672324988882,
    }; // prettier-ignore
    const bar = {
      type: 'bar',
      ...stamp,
      time: 1672324988882,
      timeframe: '5m',
      start: 1672324800000,
      end: 1672325100000,
      open: '16649.5',
      high: '16679',
      low: '16608',
      close: '16677',
      volume: '2.081',
      tradeCount: undefined,
      closed: false,
    };
    const message = { topic: 'kline.5.BTCUSDT', type: 'snapshot', ts: 1, data: [row, { ...row, confirm: true }] };
    expect(event(message)).toEqual([bar, { ...bar, closed: true }]);
    expect(event({ ...message, topic: 'kline.1.BTCUSDT' })).toMatchObject([{ timeframe: '1m' }, { timeframe: '1m' }]);
    // Of inverse contracts the volume counts USD and the turnover coins.
    const inverse = { ...message, topic: 'kline.5.BTCUSD', data: [{ ...row, volume: '34666', turnover: '2.0786' }] };
    expect(event(inverse)).toEqual([{ ...bar, symbol: 'BTC/USD:BTC', volume: '2.0786' }]);
  });

  it('hold liquidations, whose side is that of the position', () => {
    // "When you receive a Buy update, this means that a long position has been liquidated."
    const item = { T: 1739502303204, s: 'BTCUSDT', S: 'Sell', v: '20000', p: '0.04499' };
    const said = { type: 'liquidation', ...stamp, time: 1739502303204, id: undefined, side: 'buy', price: '0.04499', size: '20000' }; // prettier-ignore
    const message = { topic: 'allLiquidation.BTCUSDT', type: 'snapshot', ts: 1 };
    expect(event({ ...message, data: [item, { ...item, S: 'Buy' }] })).toEqual([said, { ...said, side: 'sell' }]);
    const before = { updatedTime: 1673251091822, symbol: 'BTCUSDT', side: 'Buy', size: '0.052', price: '17205' };
    expect(event({ topic: 'liquidation.BTCUSDT', type: 'snapshot', ts: 1, data: before })).toEqual([
      { ...said, time: 1673251091822, side: 'sell', price: '17205', size: '0.052' },
    ]);
    expect(event({ topic: 'liquidation.BTCUSDT', type: 'snapshot', ts: 1, data: { ...before, side: 'Sell' } })).toMatchObject([{ side: 'buy' }]); // prettier-ignore
  });
});

describe('quotes', () => {
  const top = (type: string, b: readonly string[][], a: readonly string[][]): object => ({
    topic: 'orderbook.1.BTCUSDT',
    type,
    ts: 1672304484978,
    data: { s: 'BTCUSDT', b, a, u: 18521288 },
  });

  it('are the one level of a book, as it is sent and as it changes', () => {
    const { read } = readerOf(protocol, names);
    const quote = (frame: object): unknown => {
      const [one] = read(frame).events;
      return one?.type === 'quote' ? [one.bid, one.bidSize, one.ask, one.askSize] : undefined;
    };
    expect(read(top('snapshot', [['10.0', '1']], [['11.0', '2']])).events).toEqual([
      {
        type: 'quote',
        ...stamp,
        time: 1672304484978,
        bid: '10.0',
        bidSize: '1',
        ask: '11.0',
        askSize: '2',
        sequence: 18521288,
      },
    ]);
    // A side that did not change is left out; one that moved takes the old level back and names the new one.
    expect(quote(top('delta', [['10.0', '3']], []))).toEqual(['10.0', '3', '11.0', '2']);
    expect(quote(top('delta', [], [['11.0', '0'], ['12.0', '5']]))).toEqual(['10.0', '3', '12.0', '5']); // prettier-ignore
    expect(quote(top('delta', [['10.5', '4'], ['10.0', '0']], []))).toEqual(['10.5', '4', '12.0', '5']); // prettier-ignore
    expect(quote(top('delta', [['10.5', '0']], []))).toEqual([undefined, undefined, '12.0', '5']);
    expect(quote(top('delta', [['9.0', '0']], []))).toEqual([undefined, undefined, '12.0', '5']);
    expect(quote(top('snapshot', [['9.5', '1']], []))).toEqual(['9.5', '1', undefined, undefined]);
  });

  it('of a delta before anything else are the levels that it names', () => {
    const [one] = readerOf(protocol, names).read(top('delta', [['9.0', '0']], [['11.0', '2']])).events;
    expect(one).toMatchObject({ bid: undefined, bidSize: undefined, ask: '11.0', askSize: '2' });
  });
});

describe('tickers', () => {
  const data = {
    symbol: 'BTCUSDT', lastPrice: '17216.00', prevPrice24h: '16926.50', highPrice24h: '17281.50', lowPrice24h: '16915.00', markPrice: '17217.33',
    indexPrice: '17227.36', openInterest: '68744.761', turnover24h: '1570383121.9', volume24h: '91705.276', nextFundingTime: '1673280000000',
    fundingRate: '-0.000212', bid1Price: '17215.50', bid1Size: '84.489', ask1Price: '17216.00', ask1Size: '83.020',
  }; // prettier-ignore
  const message = { topic: 'tickers.BTCUSDT', type: 'snapshot', ts: 1673272861686, data };
  const at = { ...stamp, time: 1673272861686 };
  const funding = {
    type: 'funding',
    ...at,
    rate: '-0.000212',
    predictedRate: undefined,
    nextTime: 1673280000000,
    markPrice: '17217.33',
    indexPrice: '17227.36',
  };
  const interest = { type: 'openInterest', ...at, size: '68744.761' };
  const mark = { type: 'mark', ...at, price: '17217.33' };
  const index = { type: 'index', ...at, price: '17227.36' };
  const quote = { type: 'quote', ...at, bid: '17215.50', bidSize: '84.489', ask: '17216.00', askSize: '83.020', sequence: undefined }; // prettier-ignore
  const ticker = {
    type: 'ticker24h',
    ...at,
    open: '16926.50',
    high: '17281.50',
    low: '16915.00',
    last: '17216.00',
    volume: '91705.276',
    quoteVolume: '1570383121.9',
    tradeCount: undefined,
  };

  it('say all that Bybit computes of a contract', () => {
    const { read } = readerOf(protocol, names);
    expect(read(message).events).toEqual([funding, interest, mark, index, quote, ticker]);
    // A change carries what changed alone.
    const change = { ...message, type: 'delta', ts: 1673272861700, data: { symbol: 'BTCUSDT', markPrice: '17300.00', bid1Size: '1' } }; // prettier-ignore
    const later = { time: 1673272861700 };
    expect(read(change).events).toEqual([
      { ...funding, ...later, markPrice: '17300.00' },
      { ...interest, ...later },
      { ...mark, ...later, price: '17300.00' },
      { ...index, ...later },
      { ...quote, ...later, bidSize: '1' },
      { ...ticker, ...later },
    ]);
    // A whole one does not keep what it leaves out.
    const { fundingRate: _rate, openInterest: _interest, markPrice: _mark, indexPrice: _index, bid1Price: _bid, ...spot } = data; // prettier-ignore
    expect(read({ ...message, data: spot }).events).toEqual([ticker]);
  });

  it('leave the quote to its own topic where that is followed, of each symbol', () => {
    const { read } = readerOf(protocol, { ...names, ETHUSDT: 'ETH/USDT:USDT' });
    read({ topic: 'orderbook.1.BTCUSDT', type: 'snapshot', ts: 1, data: { b: [], a: [], u: 1 } });
    expect(read(message).events.map((one) => one.type)).toEqual(['funding', 'openInterest', 'mark', 'index', 'ticker24h']); // prettier-ignore
    expect(read({ ...message, topic: 'tickers.ETHUSDT' }).events.map((one) => one.type)).toContain('quote');
  });

  it('of inverse contracts state their volume in USD and their turnover in coins', () => {
    const inverse = { ...data, volume24h: '49337318', turnover24h: '2352.94950046' };
    const events = readerOf(protocol, names).read({ ...message, topic: 'tickers.BTCUSD', data: inverse }).events;
    expect(events.at(-1)).toEqual({
      ...ticker,
      symbol: 'BTC/USD:BTC',
      volume: '2352.94950046',
      quoteVolume: undefined,
    });
  });
});
