/** Hyperliquid by its documentation: what is asked for and what each message means. */
import { describe, expect, it } from 'vitest';

import type { Channel } from '../../../src/core/index.ts';
import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import { hyperliquidFundings } from '../../../src/connectors/protocols/hyperliquid.ts';
import { objectsOf, protocolNamed, readerOf, receiveTime, subscriptionsTo } from './reader.ts';

const protocol = protocolNamed('hyperliquid');
const symbol = 'SOL/USDC:USDC';
const stamp = { exchange: 'hyperliquid', symbol, receiveTime };
const names = { SOL: symbol };

describe('what is asked for', () => {
  it('is one frame for each subscription, once', () => {
    const sent = (channels: readonly Channel[], timeframe?: string): unknown =>
      objectsOf(protocol.subscribe(subscriptionsTo(symbol, 'SOL', channels, timeframe), 1, 0));
    const frame = (subscription: object): object => ({ method: 'subscribe', subscription });
    expect(sent(['trade', 'quote', 'book', 'bar'])).toEqual([
      frame({ type: 'trades', coin: 'SOL' }),
      frame({ type: 'bbo', coin: 'SOL' }),
      frame({ type: 'l2Book', coin: 'SOL' }),
      frame({ type: 'candle', coin: 'SOL', interval: '1m' }),
    ]);
    expect(sent(['bar'], '4h')).toEqual([frame({ type: 'candle', coin: 'SOL', interval: '4h' })]);
    const context = { type: 'activeAssetCtx', coin: 'SOL' };
    const shared: readonly Channel[] = ['funding', 'openInterest', 'index', 'mark', 'ticker24h'];
    expect(sent(shared)).toEqual([frame(context)]);
    expect(objectsOf(protocol.unsubscribe(subscriptionsTo(symbol, 'SOL', shared), 1, 0))).toEqual([
      { method: 'unsubscribe', subscription: context },
    ]);
    expect(protocol.endpoint({ channel: 'trade', symbol, venueSymbol: 'SOL' })).toBe('wss://api.hyperliquid.xyz/ws');
    expect(protocol.keepAlive).toEqual({ everyMs: 30_000, frame: '{"method":"ping"}' });
  });

  it('is posted to one address: the universe of perpetuals and a book', () => {
    const url = 'https://api.hyperliquid.xyz/info';
    expect(protocol.instruments.requests).toEqual([{ method: 'POST', url, body: '{"type":"meta"}' }]);
    expect(protocol.bookRequest!('SOL')).toEqual({ method: 'POST', url, body: '{"type":"l2Book","coin":"SOL"}' });
  });
});

it('lists perpetuals by name, with the decimals of their size', () => {
  const universe = [
    { name: 'kPEPE', szDecimals: 0, maxLeverage: 10 },
    { name: 'BTC', szDecimals: 5, maxLeverage: 40, isDelisted: true },
  ];
  const known = { exchange: 'hyperliquid', type: 'swap', quote: 'USDC', settle: 'USDC', minNotional: 10, contractSize: 1 }; // prettier-ignore
  // A price has at most 6 - szDecimals decimals.
  expect(protocol.instruments.parse(JSON.stringify({ universe }), '')).toStrictEqual([
    { ...known, symbol: 'kPEPE/USDC:USDC', base: 'kPEPE', venueSymbol: 'kPEPE', active: true, tick: 1e-6, lot: 1 },
    { ...known, symbol: 'BTC/USDC:USDC', base: 'BTC', venueSymbol: 'BTC', active: false, tick: 0.1, lot: 1e-5 },
  ]);
});

describe('messages', () => {
  it('answer, refuse, or show that the socket lives', () => {
    const { read } = readerOf(protocol);
    expect(read('Websocket connection established.')).toMatchObject({ heartbeats: 1, answers: [] });
    expect(read({ channel: 'pong' })).toMatchObject({ heartbeats: 1, answers: [] });
    expect(read({ channel: 'subscriptionResponse', data: { method: 'subscribe' } }).answers).toEqual([
      [true, 'subscribed'],
    ]);
    expect(read({ channel: 'error', data: 'Invalid subscription' }).answers).toEqual([[false, 'Invalid subscription']]);
    expect(() => read('<html>')).toThrow('not an object');
  });

  it('hold trades by the side of the taker, oldest first; the first message of a coin is history', () => {
    const { read } = readerOf(protocol, { ...names, ETH: 'ETH/USDC:USDC' });
    const row = { coin: 'SOL', side: 'B', px: '150.12', sz: '2.5', hash: '0x', time: 1700000000002, tid: 118906512037719 }; // prettier-ignore
    const trade = { type: 'trade', ...stamp, time: 1700000000002, id: '118906512037719', side: 'buy', price: '150.12', size: '2.5', backfill: true }; // prettier-ignore
    const older = { ...row, side: 'A', time: 1700000000001, tid: 5 };
    expect(read({ channel: 'trades', data: [row, older] }).events).toEqual([
      { ...trade, time: 1700000000001, id: '5', side: 'sell' },
      trade,
    ]);
    const other = { ...row, coin: 'ETH' };
    expect(read({ channel: 'trades', data: [row, other, other] }).events).toEqual([
      { ...trade, backfill: false },
      { ...trade, symbol: 'ETH/USDC:USDC' },
      { ...trade, symbol: 'ETH/USDC:USDC' },
    ]);
    expect(read({ channel: 'trades', data: [other] }).events).toEqual([
      { ...trade, symbol: 'ETH/USDC:USDC', backfill: false },
    ]);
  });

  it('hold quotes, of which a side may be empty', () => {
    const { read } = readerOf(protocol, names);
    const data = { coin: 'SOL', time: 1700000000000, bbo: [{ px: '150.1', sz: '3', n: 1 }, { px: '150.2', sz: '4', n: 2 }] }; // prettier-ignore
    const quote = { type: 'quote', ...stamp, time: 1700000000000, bid: '150.1', bidSize: '3', ask: '150.2', askSize: '4', sequence: undefined }; // prettier-ignore
    expect(read({ channel: 'bbo', data }).events).toEqual([quote]);
    expect(read({ channel: 'bbo', data: { ...data, bbo: [null, data.bbo[1]] } }).events).toEqual([
      { ...quote, bid: undefined, bidSize: undefined },
    ]);
    expect(read({ channel: 'bbo', data: { ...data, bbo: [data.bbo[0], null] } }).events).toEqual([
      { ...quote, ask: undefined, askSize: undefined },
    ]);
    expect(read({ channel: 'bbo', data: { ...data, bbo: [] } }).events).toMatchObject([{ bid: undefined, ask: undefined }]); // prettier-ignore
  });

  it('hold whole books, bids first', () => {
    const data = { coin: 'SOL', time: 1700000000000, levels: [[{ px: '150.1', sz: '3', n: 1 }], [{ px: '150.2', sz: '4', n: 2 }]] }; // prettier-ignore
    const book = {
      kind: 'snapshot',
      symbol,
      time: 1700000000000,
      receiveTime,
      bids: [[150.1, 3]],
      asks: [[150.2, 4]],
      bidTexts: [['150.1', '3']],
      askTexts: [['150.2', '4']],
    };
    expect(readerOf(protocol, names).read({ channel: 'l2Book', data }).books).toEqual([book]);
    expect(protocol.parseBook!(JSON.stringify(data), symbol, receiveTime, true)).toEqual(book);
    const link = (time: number, last: number | undefined): string =>
      protocol.book.link({ sequence: undefined, time: last, fromSnapshot: false }, { ...book, time } as never);
    expect([link(9, 10), link(10, 10), link(11, 10), link(1, undefined)]).toEqual(['skip', 'apply', 'apply', 'apply']);
  });

  it('hold bars, which end a millisecond after their last', () => {
    const data = { t: 1700000040000, T: 1700000099999, s: 'SOL', i: '1m', o: '150.1', c: '150.3', h: '150.4', l: '150.0', v: '321.5', n: 42 }; // prettier-ignore
    expect(readerOf(protocol, names).read({ channel: 'candle', data }).events).toEqual([
      {
        type: 'bar',
        ...stamp,
        time: undefined,
        timeframe: '1m',
        start: 1700000040000,
        end: 1700000100000,
        open: '150.1',
        high: '150.4',
        low: '150.0',
        close: '150.3',
        volume: '321.5',
        tradeCount: 42,
        closed: undefined,
      },
    ]);
  });

  it('hold all that is computed of a coin; spot has neither funding nor open interest', () => {
    const { read } = readerOf(protocol, names);
    const ctx = { funding: '0.0000125', openInterest: '3521.5', oraclePx: '150.5', markPx: '150.4', midPx: '150.45', prevDayPx: '148.0', dayNtlVlm: '123456.7', dayBaseVlm: '820.9', premium: '0.0001' }; // prettier-ignore
    const at = { ...stamp, time: undefined };
    const mark = { type: 'mark', ...at, price: '150.4' };
    const index = { type: 'index', ...at, price: '150.5' };
    const ticker = { type: 'ticker24h', ...at, open: '148.0', high: undefined, low: undefined, last: '150.45', volume: '820.9', quoteVolume: '123456.7', tradeCount: undefined }; // prettier-ignore
    expect(read({ channel: 'activeAssetCtx', data: { coin: 'SOL', ctx } }).events).toEqual([
      { type: 'funding', ...at, rate: '0.0000125', predictedRate: undefined, nextTime: undefined, markPrice: '150.4', indexPrice: '150.5' },
      { type: 'openInterest', ...at, size: '3521.5' },
      mark,
      index,
      ticker,
    ]); // prettier-ignore
    const { funding: _funding, openInterest: _interest, oraclePx: _oracle, ...spot } = ctx;
    expect(read({ channel: 'activeSpotAssetCtx', data: { coin: 'SOL', ctx: spot } }).events).toEqual([mark, ticker]);
    const { markPx: _mark, ...bare } = spot;
    expect(read({ channel: 'activeSpotAssetCtx', data: { coin: 'SOL', ctx: bare } }).events).toEqual([ticker]);
  });
});

it('past fundings have the rate that was paid and its time', () => {
  const rows = [{ coin: 'SOL', fundingRate: '0.0000125', premium: '0.0001', time: 1700000000044 }];
  const at = { ...stamp, time: 1700000000044, predictedRate: undefined, nextTime: undefined };
  expect(hyperliquidFundings(JSON.stringify(rows), symbol, receiveTime, textReader)).toEqual([
    { type: 'funding', ...at, rate: '0.0000125', markPrice: undefined, indexPrice: undefined },
  ]);
  expect(() => hyperliquidFundings('[5]', symbol, receiveTime, textReader)).toThrow('fundingHistory must be an object');
});
