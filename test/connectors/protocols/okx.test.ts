/** OKX version 5 by its documentation: what is asked for, what each frame means and how books hang together. */
import { describe, expect, it } from 'vitest';

import type { Channel } from '../../../src/core/index.ts';
import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import { objectsOf, protocolNamed, readerOf, receiveTime, subscriptionsTo } from './reader.ts';

const protocol = protocolNamed('okx');
const symbol = 'BTC/USDT:USDT';
const id = 'BTC-USDT-SWAP';
const stamp = { exchange: 'okx', symbol, receiveTime };
const names = { [id]: symbol, 'BTC-USDT': 'BTC/USDT' };

describe('what is asked for', () => {
  const args = (channel: Channel, timeframe?: string, venueSymbol = id): unknown => {
    const [frame] = objectsOf(protocol.subscribe(subscriptionsTo(symbol, venueSymbol, [channel], timeframe), 3, 0));
    return (frame as { op: string; args: unknown[] }).args;
  };

  it('is a channel of an instrument', () => {
    for (const [channel, name] of [
      ['trade', 'trades-all'],
      ['quote', 'bbo-tbt'],
      ['book', 'books'],
      ['bar', 'candle1m'],
      ['funding', 'funding-rate'],
      ['openInterest', 'open-interest'],
      ['mark', 'mark-price'],
      ['ticker24h', 'tickers'],
    ] as const)
      expect(args(channel)).toEqual([{ channel: name, instId: id }]);
    // Days and what is longer begin at midnight UTC under names of their own; else they begin in Hong Kong.
    const lengths = [['1m', '1m'], ['3m', '3m'], ['5m', '5m'], ['15m', '15m'], ['30m', '30m'], ['1h', '1H'], ['2h', '2H'], ['4h', '4H'], ['6h', '6Hutc'], ['12h', '12Hutc'], ['1d', '1Dutc'], ['3d', '3Dutc'], ['1w', '1Wutc'], ['1M', '1Mutc']] as const; // prettier-ignore
    for (const [timeframe, name] of lengths)
      expect(args('bar', timeframe)).toEqual([{ channel: `candle${name}`, instId: id }]);
    expect(Object.keys(protocol.timeframes)).toEqual(lengths.map(([timeframe]) => timeframe));
  });

  it('is the index of a pair, and the liquidations of a type of instruments', () => {
    expect(args('index')).toEqual([{ channel: 'index-tickers', instId: 'BTC-USDT' }]);
    expect(args('index', undefined, 'BTC-USD-240628')).toEqual([{ channel: 'index-tickers', instId: 'BTC-USD' }]);
    for (const [venueSymbol, instType] of [
      [id, 'SWAP'],
      ['BTC-USD-240628', 'FUTURES'],
      ['BTC-USD-240628-60000-C', 'OPTION'],
      ['BTC-USDT', 'MARGIN'],
    ] as const)
      expect(args('liquidation', undefined, venueSymbol)).toEqual([{ channel: 'liquidation-orders', instType }]);
  });

  it('is asked for once, fifty channels in a frame', () => {
    const twice = subscriptionsTo(symbol, id, ['liquidation', 'liquidation', 'mark']);
    expect(objectsOf(protocol.unsubscribe(twice, 1, 0))).toEqual([
      {
        op: 'unsubscribe',
        args: [
          { channel: 'liquidation-orders', instType: 'SWAP' },
          { channel: 'mark-price', instId: id },
        ],
      },
    ]);
    const many = Array.from({ length: 100 }, (_, i) => subscriptionsTo(`C${i}/USDT`, `C${i}-USDT`, ['book'])[0]!);
    const all = many.map((_, i) => ({ channel: 'books', instId: `C${i}-USDT` }));
    expect(objectsOf(protocol.subscribe(many, 1, 0))).toEqual([
      { op: 'subscribe', args: all.slice(0, 50) },
      { op: 'subscribe', args: all.slice(50) },
    ]);
  });

  it('goes to the address of its channel', () => {
    const address = (channel: Channel): string => protocol.endpoint({ channel, symbol, venueSymbol: id });
    for (const channel of protocol.channels)
      expect(address(channel)).toBe(
        `wss://ws.okx.com:8443/ws/v5/${['bar', 'trade'].includes(channel) ? 'business' : 'public'}`,
      );
    expect(protocol.keepAlive).toEqual({ everyMs: 20_000, frame: 'ping' });
    expect(protocol.instruments.requests).toEqual(
      ['SPOT', 'SWAP', 'FUTURES'].map((type) => ({
        method: 'GET',
        url: `https://www.okx.com/api/v5/public/instruments?instType=${type}`,
      })),
    );
    expect(protocol.tradesRequest!(id, '5')).toEqual({
      method: 'GET',
      url: `https://www.okx.com/api/v5/market/trades?instId=${id}&limit=500`,
    });
  });
});

describe('instruments', () => {
  const listed = (row: object): unknown => protocol.instruments.parse(JSON.stringify({ data: [row] }), '');
  const spot = { instType: 'SPOT', instId: 'BTC-USDT', state: 'live', tickSz: '0.1', lotSz: '0.00000001', minSz: '0.00001', ctVal: '', settleCcy: '' }; // prettier-ignore
  const known = { exchange: 'okx', base: 'BTC', quote: 'USDT', settle: 'USDT', active: true };
  const steps = { tick: 0.1, lot: 1e-8, minSize: 0.00001 };

  it('of spot trade units of the base, contracts so many of them each', () => {
    const pair = { ...known, symbol: 'BTC/USDT', type: 'spot', venueSymbol: 'BTC-USDT', contractSize: 1 };
    expect(listed(spot)).toStrictEqual([{ ...pair, ...steps }]);
    // What does not trade yet has no prices.
    expect(listed({ ...spot, state: 'preopen', tickSz: '', lotSz: '', minSz: '' })).toStrictEqual([
      { ...pair, active: false },
    ]);
    const swap = {
      ...spot,
      instType: 'SWAP',
      instId: id,
      settleCcy: 'USDT',
      ctVal: '0.01',
      lotSz: '0.1',
      minSz: '0.2',
    };
    expect(listed(swap)).toStrictEqual([
      { ...known, symbol, type: 'swap', venueSymbol: id, contractSize: 0.01, tick: 0.1, lot: 0.1, minSize: 0.2 },
    ]);
  });

  it('carry the day of their delivery, and options their strike and right', () => {
    const future = { ...spot, instType: 'FUTURES', instId: 'BTC-USD-240628', settleCcy: 'BTC', ctVal: '100' };
    const dated = { ...known, quote: 'USD', settle: 'BTC', type: 'future', ...steps, contractSize: 100 };
    expect(listed(future)).toStrictEqual([{ ...dated, symbol: 'BTC/USD:BTC-240628', venueSymbol: 'BTC-USD-240628' }]);
    const option = { ...future, instType: 'OPTION', instId: 'BTC-USD-240628-60000-C' };
    expect(listed(option)).toMatchObject([{ symbol: 'BTC/USD:BTC-240628-60000-C', type: 'option' }]);
    for (const odd of [
      { ...spot, instType: 'EVENTS' },
      { ...spot, instId: 'BTC' },
    ])
      expect(listed(odd)).toEqual([]);
  });
});

describe('books', () => {
  const at = (sequence: number | undefined): Parameters<typeof protocol.book.link>[0] => ({
    sequence,
    time: undefined,
    fromSnapshot: false,
  });
  const link = (last: number | undefined, previous: number | undefined, sequence: number | undefined): string =>
    protocol.book.link(at(last), { kind: 'delta', previous, sequence } as never);

  it('hang together by the number of the message before', () => {
    expect(link(10, 10, 14)).toBe('apply');
    expect(link(10, 12, 14)).toBe('gap');
    expect(link(10, 8, 14)).toBe('gap');
    expect(link(10, 8, 10)).toBe('skip');
    expect(link(10, 7, 9)).toBe('skip');
    // "prevSeqId will equal seqId" while nothing changes, and is above it where the numbers begin anew.
    expect(link(10, 10, 10)).toBe('apply');
    expect(link(10, 10, 3)).toBe('apply');
    expect(link(10, 12, 3)).toBe('gap');
    // Messages of old are not numbered.
    expect(link(10, undefined, undefined)).toBe('apply');
    expect(link(undefined, 10, 14)).toBe('apply');
  });

  const data = { asks: [['8476.98', '415', '0', '13']], bids: [['8476.97', '256', '0', '12']], ts: '1597026383085', checksum: -855196043, prevSeqId: -1, seqId: 123456 }; // prettier-ignore
  const message = { arg: { channel: 'books', instId: id }, action: 'snapshot', data: [data] };
  const book = {
    kind: 'snapshot',
    symbol,
    time: 1597026383085,
    receiveTime,
    sequence: 123456,
    previous: -1,
    checksum: -855196043,
    bids: [[8476.97, 256]],
    asks: [[8476.98, 415]],
    bidTexts: [['8476.97', '256']],
    askTexts: [['8476.98', '415']],
  };

  it('come whole at first, and then as changes, from each channel of books', () => {
    const { read } = readerOf(protocol, names);
    for (const channel of ['books', 'books-l2-tbt', 'books50-l2-tbt'])
      expect(read({ ...message, arg: { channel, instId: id } }).books).toEqual([book]);
    expect(read({ ...message, action: 'update' }).books).toEqual([{ ...book, kind: 'delta' }]);
    expect(read({ ...message, data: [{ ...data, checksum: 0 }] }).books[0]!.checksum).toBeUndefined();
    expect(() => read({ ...message, action: 'replace' })).toThrow('action must be snapshot or update, was "replace"');
  });
});

describe('frames', () => {
  const { read } = readerOf(protocol, names);
  const said = (channel: string, data: unknown, instId = id): unknown =>
    read({ arg: { channel, instId }, data: [data] }).events;

  it('answer a request, refuse it, or show that the socket lives', () => {
    expect(read('pong')).toMatchObject({ heartbeats: 1, answers: [] });
    expect(read({ event: 'subscribe', arg: {}, connId: 'x' }).answers).toEqual([[true, 'subscribe']]);
    const refusal = { event: 'error', code: '60012', msg: 'Invalid request', connId: 'x' };
    expect(read(refusal).answers).toEqual([[false, 'Invalid request']]);
    expect(said('status', { ts: '1' })).toEqual([]);
    expect(() => said('tickers', 5)).toThrow('data must be an object, was 5');
  });

  it('hold trades with the side of the taker, one by one or joined', () => {
    const row = { instId: id, tradeId: '130639474', px: '42219.9', sz: '0.12060306', side: 'buy', ts: '1630048897897' };
    const trade = { type: 'trade', ...stamp, time: 1630048897897, id: '130639474', side: 'buy', price: '42219.9', size: '0.12060306', backfill: false }; // prettier-ignore
    expect(said('trades-all', row)).toEqual([trade]);
    expect(said('trades', { ...row, side: 'sell' })).toEqual([{ ...trade, side: 'sell' }]);
    // Over HTTP they come newest first, by numbers and not by letters.
    const rows = ['10', '9', '8'].map((tradeId) => ({ ...row, tradeId }));
    const past = protocol.parseTrades!(JSON.stringify({ data: rows }), symbol, receiveTime, textReader);
    expect(past).toEqual(['8', '9', '10'].map((tradeId) => ({ ...trade, id: tradeId, backfill: true })));
  });

  it('hold quotes, and those of the statistics while none come by themselves', () => {
    const fresh = readerOf(protocol, names);
    const tickers = {
      arg: { channel: 'tickers', instId: id },
      data: [
        {
          instType: 'SWAP', instId: id, last: '9999.99', lastSz: '0.1', askPx: '10000', askSz: '11', bidPx: '9998', bidSz: '5', open24h: '9000',
          high24h: '10001', low24h: '8888.88', volCcy24h: '22.22', vol24h: '2222', sodUtc0: '1', sodUtc8: '1', ts: '1597026383085',
        },
      ],
    }; // prettier-ignore
    const at = { ...stamp, time: 1597026383085 };
    const ticker = {
      type: 'ticker24h',
      ...at,
      open: '9000',
      high: '10001',
      low: '8888.88',
      last: '9999.99',
      volume: '22.22',
      quoteVolume: undefined,
      tradeCount: undefined,
    };
    const quote = { type: 'quote', ...at, bid: '9998', bidSize: '5', ask: '10000', askSize: '11', sequence: undefined };
    // "volCcy24h: if it is a derivatives contract, the number of base currency; if it is SPOT, in quote currency."
    expect(fresh.read(tickers).events).toEqual([quote, ticker]);
    const spot = fresh.read({ ...tickers, arg: { channel: 'tickers', instId: 'BTC-USDT' } }).events;
    expect(spot[1]).toEqual({ ...ticker, symbol: 'BTC/USDT', volume: '2222', quoteVolume: '22.22' });
    const best = { asks: [['111.06', '55154', '0', '2']], bids: [['111.05', '57745', '0', '2']], ts: '1670324386802', seqId: 363996337 }; // prettier-ignore
    const sent = (row: object): unknown => fresh.read({ arg: { channel: 'bbo-tbt', instId: id }, data: [row] }).events;
    const own = { type: 'quote', ...stamp, time: 1670324386802, bid: '111.05', bidSize: '57745', ask: '111.06', askSize: '55154', sequence: 363996337 }; // prettier-ignore
    expect(sent(best)).toEqual([own]);
    expect(sent({ ...best, asks: [] })).toEqual([{ ...own, ask: undefined, askSize: undefined }]);
    expect(fresh.read(tickers).events).toEqual([ticker]);
    expect(fresh.read({ ...tickers, arg: { channel: 'tickers', instId: 'BTC-USDT' } }).events).toHaveLength(2);
  });

  it('hold bars, whose volume of contracts counts the base', () => {
    const row = ['1597026360000', '8533.02', '8553.74', '8527.17', '8548.26', '45247', '529.5858061', '4523330.1', '0'];
    const bar = {
      type: 'bar',
      ...stamp,
      time: undefined,
      timeframe: '1m',
      start: 1597026360000,
      end: 1597026420000,
      open: '8533.02',
      high: '8553.74',
      low: '8527.17',
      close: '8548.26',
      volume: '529.5858061',
      tradeCount: undefined,
      closed: false,
    };
    expect(said('candle1m', row)).toEqual([bar]);
    expect(said('candle1m', [...row.slice(0, 8), '1'])).toEqual([{ ...bar, closed: true }]);
    expect(said('candle1m', row, 'BTC-USDT')).toEqual([{ ...bar, symbol: 'BTC/USDT', volume: '45247' }]);
    expect(said('candle1Mutc', ['1706745600000', ...row.slice(1)])).toEqual([
      { ...bar, timeframe: '1M', start: Date.UTC(2024, 1), end: Date.UTC(2024, 2) },
    ]);
  });

  it('hold what the exchange computes of a contract', () => {
    const time = 1622800000000;
    const funding = { fundingRate: '0.0001515', fundingTime: '1622822400000', instId: id, instType: 'SWAP', nextFundingRate: '0.0001', ts: String(time) }; // prettier-ignore
    const known = { type: 'funding', ...stamp, time, rate: '0.0001515', predictedRate: '0.0001', nextTime: 1622822400000, markPrice: undefined, indexPrice: undefined }; // prettier-ignore
    expect(said('funding-rate', funding)).toEqual([known]);
    expect(said('funding-rate', { ...funding, nextFundingRate: '' })).toEqual([{ ...known, predictedRate: undefined }]);
    expect(said('open-interest', { instId: id, oi: '2216113.01', oiCcy: '22161.1', ts: String(time) })).toEqual([
      { type: 'openInterest', ...stamp, time, size: '2216113.01' },
    ]);
    expect(said('mark-price', { instId: id, markPx: '42310.6', ts: String(time) })).toEqual([
      { type: 'mark', ...stamp, time, price: '42310.6' },
    ]);
  });

  it('hold the index of a pair, for the pair and its perpetual where each is known', () => {
    const row = { instId: 'BTC-USDT', idxPx: '0.1', ts: '1597026383085' };
    const index = { type: 'index', ...stamp, time: 1597026383085, price: '0.1' };
    expect(said('index-tickers', row, 'BTC-USDT')).toEqual([{ ...index, symbol: 'BTC/USDT' }, index]);
    expect(said('index-tickers', { ...row, instId: 'ETH-USDT' }, 'ETH-USDT')).toEqual([
      { ...index, symbol: 'ETH-USDT' },
    ]);
  });

  it('hold the index of a pair for its dated contracts too, each under its own name', () => {
    const dated = { 'BTC-USD-240628': 'BTC/USD:BTC-240628', 'BTC-USD-240927': 'BTC/USD:BTC-240927', 'BTC-USDT-240628': 'BTC/USDT:USDT-240628' }; // prettier-ignore
    const row = { instId: 'BTC-USD', idxPx: '0.1', ts: '1597026383085' };
    const frame = { arg: { channel: 'index-tickers', instId: 'BTC-USD' }, data: [row] };
    const events = readerOf(protocol, dated).read(frame).events;
    expect(events.map((event) => event.symbol)).toEqual(['BTC-USD', 'BTC/USD:BTC-240628', 'BTC/USD:BTC-240927']);
  });

  it('hold liquidations with the side of their order', () => {
    const details = [
      { bkLoss: '0', bkPx: '0.007831', ccy: '', posSide: 'short', side: 'buy', sz: '13', ts: '1692266434010' },
      { bkLoss: '0', bkPx: '0.0078', ccy: '', posSide: 'long', side: 'sell', sz: '2', ts: '1692266434011' },
    ];
    const frame = { arg: { channel: 'liquidation-orders', instType: 'SWAP' }, data: [{ details, instFamily: 'BTC-USDT', instId: id, instType: 'SWAP' }] }; // prettier-ignore
    const one = { type: 'liquidation', ...stamp, time: 1692266434010, id: undefined, side: 'buy', price: '0.007831', size: '13' }; // prettier-ignore
    expect(read(frame).events).toEqual([
      one,
      { ...one, time: 1692266434011, side: 'sell', price: '0.0078', size: '2' },
    ]);
  });
});
