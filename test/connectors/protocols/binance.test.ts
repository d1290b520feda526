/** Binance, spot and both kinds of futures, by its documentation: what is asked for, what each frame means and how books hang together. */
import { describe, expect, it } from 'vitest';

import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import { objectsOf, protocolNamed, readerOf, receiveTime, subscriptionsTo } from './reader.ts';

const spot = protocolNamed('binance');
const linear = protocolNamed('binanceusdm');
const inverse = protocolNamed('binancecoinm');
const symbol = 'BTC/USDT';

describe('what is asked for', () => {
  it('is a stream of each channel, named in small letters', () => {
    const streams = (channel: Parameters<typeof subscriptionsTo>[2][number], timeframe?: string): unknown =>
      objectsOf(linear.subscribe(subscriptionsTo('BTC/USDT:USDT', 'BTCUSDT', [channel], timeframe), 7, 0));
    for (const [channel, stream] of [
      ['trade', 'btcusdt@aggTrade'],
      ['quote', 'btcusdt@bookTicker'],
      ['book', 'btcusdt@depth@100ms'],
      ['bar', 'btcusdt@kline_1m'],
      ['funding', 'btcusdt@markPrice@1s'],
      ['index', 'btcusdt@markPrice@1s'],
      ['mark', 'btcusdt@markPrice@1s'],
      ['liquidation', 'btcusdt@forceOrder'],
      ['ticker24h', 'btcusdt@ticker'],
    ] as const)
      expect(streams(channel)).toEqual([{ method: 'SUBSCRIBE', params: [stream], id: 7 }]);
    expect(streams('bar', '4h')).toEqual([{ method: 'SUBSCRIBE', params: ['btcusdt@kline_4h'], id: 7 }]);
  });

  it('names a stream once, and a hundred streams in a frame', () => {
    const shared = subscriptionsTo('BTC/USDT:USDT', 'BTCUSDT', ['funding', 'index', 'mark']);
    expect(objectsOf(linear.unsubscribe(shared, 1, 0))).toEqual([
      { method: 'UNSUBSCRIBE', params: ['btcusdt@markPrice@1s'], id: 1 },
    ]);
    const many = Array.from({ length: 200 }, (_, i) => subscriptionsTo(`C${i}/USDT`, `C${i}USDT`, ['trade'])[0]!);
    const names = many.map((_, i) => `c${i}usdt@aggTrade`);
    expect(objectsOf(spot.subscribe(many, 5, 0))).toEqual([
      { method: 'SUBSCRIBE', params: names.slice(0, 100), id: 5 },
      { method: 'SUBSCRIBE', params: names.slice(100), id: 6 },
    ]);
  });

  it('goes to the address of its market', () => {
    const endpoints = (protocol: typeof spot): string[] =>
      subscriptionsTo(symbol, 'BTCUSDT', ['book', 'quote', 'trade', 'mark']).map((one) => protocol.endpoint(one));
    const all = (address: string): string[] => [address, address, address, address];
    expect(endpoints(spot)).toEqual(all('wss://stream.binance.com:9443/stream'));
    expect(endpoints(protocolNamed('binanceus'))).toEqual(all('wss://stream.binance.us:9443/stream'));
    // Contracts in USDT have an address for books and quotes, and one for the rest.
    const [books, rest] = ['wss://fstream.binance.com/public/stream', 'wss://fstream.binance.com/market/stream'];
    expect(endpoints(linear)).toEqual([books, books, rest, rest]);
    expect(endpoints(inverse)).toEqual(all('wss://dstream.binance.com/stream'));
  });

  it('is a book of 1,000 levels, and trades from an id on', () => {
    const get = (url: string): unknown => ({ method: 'GET', url });
    expect(spot.bookRequest!('BTCUSDT')).toEqual(get('https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000'));
    expect(linear.bookRequest!('BTCUSDT')).toEqual(
      get('https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000'),
    );
    expect(inverse.tradesRequest!('BTCUSD_PERP', undefined)).toEqual(
      get('https://dapi.binance.com/dapi/v1/aggTrades?symbol=BTCUSD_PERP&limit=1000'),
    );
    expect(protocolNamed('binanceus').tradesRequest!('BTCUSDT', '26129')).toEqual(
      get('https://api.binance.us/api/v3/aggTrades?symbol=BTCUSDT&limit=1000&fromId=26129'),
    );
    expect(spot.instruments.requests).toEqual([get('https://api.binance.com/api/v3/exchangeInfo')]);
    expect([spot.venueSymbol!('BTC/USDT'), spot.venueSymbol!('BTC/USDT:USDT')]).toEqual(['BTCUSDT', undefined]);
  });

  it('is the open interest of contracts, every half minute', () => {
    const [one] = subscriptionsTo('BTC/USDT:USDT', 'BTCUSDT', ['openInterest']);
    const polls = linear.polls!;
    expect([polls.channels, polls.everyMs]).toEqual([['openInterest'], 30_000]);
    expect(polls.request(one!)).toEqual({
      method: 'GET',
      url: 'https://fapi.binance.com/fapi/v1/openInterest?symbol=BTCUSDT',
    });
    const answer = '{"openInterest":"10659.509","symbol":"BTCUSDT","time":1589437530011}';
    expect(polls.parse(answer, one!, receiveTime, textReader)).toEqual([
      {
        type: 'openInterest',
        exchange: 'binanceusdm',
        symbol: 'BTC/USDT:USDT',
        time: 1589437530011,
        receiveTime,
        size: '10659.509',
      },
    ]);
  });
});

describe('instruments', () => {
  const filters = [
    // Of market orders alone.
    { filterType: 'MARKET_LOT_SIZE', minQty: '0.5', maxQty: '100', stepSize: '0.5' },
    { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '1000000', tickSize: '0.01' },
    { filterType: 'LOT_SIZE', minQty: '0.00002', maxQty: '9000', stepSize: '0.00001' },
    { filterType: 'ICEBERG_PARTS', limit: 10 },
  ];
  const coins = { symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT' };
  const listed = (row: object, protocol = spot): unknown =>
    protocol.instruments.parse(JSON.stringify({ symbols: [row] }), '');

  it('of spot have steps, least sizes and least values', () => {
    const known = {
      symbol,
      exchange: 'binance',
      type: 'spot',
      base: 'BTC',
      quote: 'USDT',
      settle: 'USDT',
      venueSymbol: 'BTCUSDT',
      active: true,
      contractSize: 1,
      tick: 0.01,
      lot: 0.00001,
      minSize: 0.00002,
    };
    const notional = { filterType: 'NOTIONAL', minNotional: '5', maxNotional: '9000000' };
    expect(listed({ ...coins, filters: [...filters, notional] })).toEqual([{ ...known, minNotional: 5 }]);
    // Its filter was called MIN_NOTIONAL before, and still is on Binance US.
    const before = { filterType: 'MIN_NOTIONAL', minNotional: '10' };
    expect(listed({ ...coins, filters: [before, ...filters] }, protocolNamed('binanceus'))).toEqual([
      { ...known, exchange: 'binanceus', minNotional: 10 },
    ]);
    expect(listed({ ...coins, filters })).toStrictEqual([known]);
    const { tick: _tick, lot: _lot, minSize: _size, ...bare } = known;
    expect(listed({ ...coins, status: 'BREAK', filters: [] })).toStrictEqual([{ ...bare, active: false }]);
  });

  it('of futures are perpetual, or named by their delivery day', () => {
    const contract = { ...coins, marginAsset: 'USDT', filters: [{ filterType: 'MIN_NOTIONAL', notional: '100' }] };
    const known = {
      symbol: 'BTC/USDT:USDT',
      exchange: 'binanceusdm',
      type: 'swap',
      base: 'BTC',
      quote: 'USDT',
      settle: 'USDT',
      venueSymbol: 'BTCUSDT',
      active: true,
      contractSize: 1,
      minNotional: 100,
    };
    expect(listed({ ...contract, contractType: 'PERPETUAL' }, linear)).toStrictEqual([known]);
    const dated = { contractType: 'CURRENT_QUARTER', symbol: 'BTCUSDT_240628', status: 'PENDING_TRADING' };
    expect(listed({ ...contract, ...dated }, linear)).toStrictEqual([
      { ...known, symbol: 'BTC/USDT:USDT-240628', type: 'future', venueSymbol: 'BTCUSDT_240628', active: false },
    ]);
    // Tokens of traditional assets are perpetuals of another type, and carry no day.
    expect(listed({ ...contract, contractType: 'TRADIFI_PERPETUAL' }, linear)).toMatchObject([
      { symbol: 'BTC/USDT:USDT', type: 'swap' },
    ]);
  });

  it('of contracts on the coin state their size and their status under another name', () => {
    const row = {
      symbol: 'BTCUSD_PERP',
      contractType: 'PERPETUAL',
      contractStatus: 'TRADING',
      contractSize: 100,
      marginAsset: 'BTC',
      baseAsset: 'BTC',
      quoteAsset: 'USD',
      filters: [],
    };
    const [one] = inverse.instruments.parse(JSON.stringify({ symbols: [row] }), '');
    expect(one).toStrictEqual({
      symbol: 'BTC/USD:BTC',
      exchange: 'binancecoinm',
      type: 'swap',
      base: 'BTC',
      quote: 'USD',
      settle: 'BTC',
      venueSymbol: 'BTCUSD_PERP',
      active: true,
      contractSize: 100,
    });
    const settling = { ...row, contractStatus: 'SETTLING' };
    expect(inverse.instruments.parse(JSON.stringify({ symbols: [settling] }), '')[0]!.active).toBe(false);
  });
});

describe('books', () => {
  const at = (sequence: number, fromSnapshot: boolean): Parameters<typeof spot.book.link>[0] => ({
    sequence,
    time: undefined,
    fromSnapshot,
  });
  const delta = (first: number | undefined, sequence: number, previous?: number): never =>
    ({ kind: 'delta', first, sequence, previous }) as never;

  it('of spot: the first change reaches across the whole book, each further one begins where the last ended', () => {
    const { link } = spot.book;
    // "Discard any event where u <= lastUpdateId"; the next ones have U <= lastUpdateId + 1 <= u.
    expect(link(at(100, true), delta(90, 100))).toBe('skip');
    expect(link(at(100, true), delta(90, 101))).toBe('apply');
    expect(link(at(100, true), delta(101, 105))).toBe('apply');
    expect(link(at(100, true), delta(102, 105))).toBe('gap');
    expect(link(at(105, false), delta(106, 106))).toBe('apply');
    expect(link(at(105, false), delta(107, 109))).toBe('gap');
    expect(link(at(105, false), delta(105, 109))).toBe('gap');
    expect(link(at(105, false), delta(103, 105))).toBe('skip');
    expect(link(at(105, true), delta(undefined, 109))).toBe('gap');
  });

  it('of futures: each change names the last id of the one before', () => {
    const { link } = linear.book;
    // "Drop any event where u is < lastUpdateId"; the first one has U <= lastUpdateId <= u, the next ones its u as their pu.
    expect(link(at(100, true), delta(90, 99, 80))).toBe('skip');
    expect(link(at(100, true), delta(90, 100, 80))).toBe('apply');
    expect(link(at(100, true), delta(100, 110, 80))).toBe('apply');
    expect(link(at(100, true), delta(101, 110, 80))).toBe('gap');
    expect(link(at(100, true), delta(105, 110, 100))).toBe('apply');
    expect(link(at(110, false), delta(115, 120, 110))).toBe('apply');
    expect(link(at(110, false), delta(115, 120, 112))).toBe('gap');
    expect(link(at(110, false), delta(105, 120, 109))).toBe('gap');
    expect(link(at(110, false), delta(100, 110, 90))).toBe('skip');
    expect(link(at(110, false), delta(90, 105, 80))).toBe('skip');
  });

  it('come whole by request, futures with their time', () => {
    const text = '{"lastUpdateId":1027024,"E":1589436922972,"T":1589436922959,"bids":[["4.00","431"]],"asks":[["4.02","12"]]}'; // prettier-ignore
    expect(linear.parseBook!(text, 'BTC/USDT:USDT', receiveTime, true)).toStrictEqual({
      kind: 'snapshot',
      symbol: 'BTC/USDT:USDT',
      time: 1589436922972,
      receiveTime,
      sequence: 1027024,
      bids: [[4, 431]],
      asks: [[4.02, 12]],
      bidTexts: [['4.00', '431']],
      askTexts: [['4.02', '12']],
    });
    const before = text.replace('"E":1589436922972,"T":1589436922959,', '');
    const book = linear.parseBook!(before, 'BTC/USDT:USDT', receiveTime, false);
    expect([book.time, book.bidTexts, book.askTexts]).toEqual([undefined, undefined, undefined]);
  });
});

describe('frames', () => {
  const { read } = readerOf(linear, { BTCUSDT: 'BTC/USDT:USDT' });
  const stamp = { exchange: 'binanceusdm', symbol: 'BTC/USDT:USDT', receiveTime };
  const said = (stream: string, data: object): unknown[] => read({ stream: `btcusdt@${stream}`, data }).events;

  it('answer a request, or refuse it', () => {
    expect(read({ result: null, id: 3 }).answers).toEqual([[true, '3']]);
    expect(read({ error: { code: 2, msg: 'Invalid request' }, id: 3 }).answers).toEqual([
      [false, '{"code":2,"msg":"Invalid request"}'],
    ]);
    expect(read({ code: 3, msg: 'Invalid JSON' }).answers).toEqual([[false, '"Invalid JSON"']]);
    expect(read({ code: 3 }).answers).toEqual([[false, '{"code":3}']]);
    expect(read({}).heartbeats).toBe(1);
    for (const frame of [{ result: null, id: 3 }, { code: 3 }]) expect(read(frame).heartbeats).toBe(0);
    expect(read({ stream: 'btcusdt@composite', data: { e: 'composite' } })).toMatchObject({ events: [], books: [] });
  });

  it('hold a bar, which ends a millisecond after its last', () => {
    const k = {
      t: 1638747660000, T: 1638747719999, s: 'BTCUSDT', i: '1m', f: 100, L: 200, o: '0.0010', c: '0.0020', h: '0.0025', l: '0.0015',
      v: '1000', n: 100, x: false, q: '1.0000', V: '500', Q: '0.500', B: '123456',
    }; // prettier-ignore
    const bar = {
      type: 'bar',
      ...stamp,
      time: 1638747660005,
      timeframe: '1m',
      start: 1638747660000,
      end: 1638747720000,
      open: '0.0010',
      high: '0.0025',
      low: '0.0015',
      close: '0.0020',
      volume: '1000',
      tradeCount: 100,
      closed: false,
    };
    const data = { e: 'kline', E: 1638747660005, s: 'BTCUSDT', k };
    expect(said('kline_1m', data)).toEqual([bar]);
    expect(said('kline_1m', { ...data, k: { ...k, x: true } })).toEqual([{ ...bar, closed: true }]);
  });

  it('hold the mark price, with the index and funding where there are some', () => {
    const data = { e: 'markPriceUpdate', E: 1562305380000, s: 'BTCUSDT', p: '11794.15', i: '11784.62', P: '11784.25', r: '0.00038167', T: 1562306400000 }; // prettier-ignore
    const at = { ...stamp, time: 1562305380000 };
    const funding = {
      type: 'funding',
      ...at,
      rate: '0.00038167',
      predictedRate: undefined,
      nextTime: 1562306400000,
      markPrice: '11794.15',
      indexPrice: '11784.62',
    };
    const mark = { type: 'mark', ...at, price: '11794.15' };
    const index = { type: 'index', ...at, price: '11784.62' };
    expect(said('markPrice@1s', data)).toEqual([funding, mark, index]);
    // Dated contracts pay no funding: their next time is 0, their rate empty.
    expect(said('markPrice@1s', { ...data, r: '', T: 0 })).toEqual([
      { ...funding, rate: undefined, nextTime: undefined },
      mark,
      index,
    ]);
    const { i: _index, ...old } = data;
    expect(said('markPrice@1s', old)).toEqual([{ ...funding, indexPrice: undefined }, mark]);
  });

  it('hold a liquidation with the side of its order, and the statistics of a day', () => {
    const o = { s: 'BTCUSDT', S: 'SELL', o: 'LIMIT', f: 'IOC', q: '0.014', p: '9910', ap: '9910', X: 'FILLED', l: '0.014', z: '0.014', T: 1568014460893 }; // prettier-ignore
    const liquidation = {
      type: 'liquidation',
      ...stamp,
      time: 1568014460893,
      id: undefined,
      side: 'sell',
      price: '9910',
      size: '0.014',
    };
    const order = { e: 'forceOrder', E: 1568014460894, o };
    expect(said('forceOrder', order)).toEqual([liquidation]);
    expect(said('forceOrder', { ...order, o: { ...o, S: 'BUY' } })).toEqual([{ ...liquidation, side: 'buy' }]);
    const ticker = {
      e: '24hrTicker', E: 123456789, s: 'BTCUSDT', p: '0.0015', P: '250.00', w: '0.0018', c: '0.0025', Q: '10', o: '0.0010', h: '0.0026',
      l: '0.0009', v: '10000', q: '18', O: 0, C: 86400000, F: 0, L: 18150, n: 18151,
    }; // prettier-ignore
    expect(said('ticker', ticker)).toEqual([
      {
        type: 'ticker24h',
        ...stamp,
        time: 123456789,
        open: '0.0010',
        high: '0.0026',
        low: '0.0009',
        last: '0.0025',
        volume: '10000',
        quoteVolume: '18',
        tradeCount: 18151,
      },
    ]);
  });

  it('of contracts on the coin count contracts; their bars and statistics count coins', () => {
    const coin = readerOf(inverse);
    const k = { t: 0, T: 59999, i: '1m', o: '1', c: '1', h: '1', l: '1', v: '156', n: 102, x: false, q: '1.61836886', V: '73', Q: '0.75731156' }; // prettier-ignore
    const [bar] = coin.read({ stream: 'btcusd_perp@kline_1m', data: { e: 'kline', E: 1, s: 'BTCUSD_PERP', k } }).events;
    expect(bar).toMatchObject({ symbol: 'BTCUSD_PERP', volume: '1.61836886' });
    const data = { e: '24hrTicker', E: 1592265616654, s: 'BTCUSD_200925', ps: 'BTCUSD', c: '9504.9', Q: '1', o: '9432.0', h: '9769.5', l: '8621.4', v: '1967607', q: '21221.04648872', n: 73715 }; // prettier-ignore
    const [ticker] = coin.read({ stream: 'btcusd_200925@ticker', data }).events;
    expect(ticker).toMatchObject({ volume: '21221.04648872', quoteVolume: undefined, tradeCount: 73715 });
  });

  it('hold a trade whose taker sold where the buyer was the maker', () => {
    // A space after `data` keeps the quick way from reading it.
    const trade = (more: object): unknown =>
      read(
        JSON.stringify({
          stream: 'btcusdt@trade',
          data: { e: 'trade', E: 2, T: 1, s: 'BTCUSDT', t: 5, p: '10', q: '1', ...more },
        }).replace('"data":', '"data": '),
      ).events;
    const known = { type: 'trade', ...stamp, time: 1, id: '5', price: '10', size: '1', backfill: false };
    expect(trade({ m: true, X: 'MARKET' })).toEqual([{ ...known, side: 'sell' }]);
    expect(trade({ m: false })).toEqual([{ ...known, side: 'buy' }]);
    // What the insurance fund takes over and deleveraging did not happen in the market.
    for (const X of ['INSURANCE_FUND', 'ADL', 'NA']) expect(trade({ m: true, X })).toEqual([]);
    expect(() => trade({ m: 'x' })).toThrow('m must be false or true, was "x"');
    expect(() => trade({})).toThrow('m must be false or true, was absent');
  });

  it('of a repeated symbol have one name, and so has each further symbol', () => {
    const { read: of } = readerOf(spot, { BTCUSDT: 'BTC/USDT', ETHUSDT: 'ETH/USDT' });
    const quote = (s: string): unknown =>
      of({ stream: 'x@bookTicker', data: { u: 1, s, b: '1', B: '1', a: '2', A: '1' } }).events.map((one) => one.symbol);
    for (const [s, name] of [
      ['BTCUSDT', 'BTC/USDT'],
      ['BTCUSDT', 'BTC/USDT'],
      ['ETHUSDT', 'ETH/USDT'],
      ['BTCUSDT', 'BTC/USDT'],
    ] as const)
      expect(quote(s)).toEqual([name]);
  });
});

describe('past trades', () => {
  it('are aggregated as those of the stream, and marked', () => {
    const row = { a: 26129, p: '0.01633102', q: '4.70443515', f: 27781, l: 27781, T: 1498793709153, m: true, M: true };
    const parse = (rows: object[]): unknown => spot.parseTrades!(JSON.stringify(rows), symbol, receiveTime, textReader);
    const trade = {
      type: 'trade',
      exchange: 'binance',
      symbol,
      time: 1498793709153,
      receiveTime,
      id: '26129',
      side: 'sell',
      price: '0.01633102',
      size: '4.70443515',
      backfill: true,
    };
    expect(parse([row, { ...row, a: 26130, m: false }])).toEqual([trade, { ...trade, id: '26130', side: 'buy' }]);
    expect(() => parse([5 as never])).toThrow('trade must be an object, was 5');
  });
});
