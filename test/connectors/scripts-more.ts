/** Scripts of further protocols, written by hand from the venues' documents and recordings. */
import { crc32 } from 'node:zlib';

import { protocols } from '../../src/connectors/protocols/index.ts';
import type { Script } from './scripts.ts';

type Row = readonly [price: string, size: string];

const protocolOf = (id: string): Script['protocol'] => protocols.find((one) => one.id === id)!;
const json = JSON.stringify;
const symbol = 'BTC/USDT';
/** The book that every script ends with. */
const ends = { bids: [['10', '5'], ['9', '2']] as const, asks: [['11.5', '1'], ['12', '4']] as const }; // prettier-ignore

/** Bitfinex: the second frame repeats nothing, and a checksum follows the third. */
const bitfinexSum = crc32('10:5:11.5:-1:9:2:12:-4') | 0;

function deribit(change: number, previous: number | undefined, bids: unknown[], asks: unknown[]): string {
  return json({
    jsonrpc: '2.0',
    method: 'subscription',
    params: {
      channel: 'book.BTC-PERPETUAL.100ms',
      data: {
        type: previous === undefined ? 'snapshot' : 'change', timestamp: 1_700_000_000_000 + change, instrument_name: 'BTC-PERPETUAL', change_id: change,
        ...(previous !== undefined && { prev_change_id: previous }), bids, asks,
      },
    },
  }); // prettier-ignore
}

function intx(sequence: number, fields: object): string {
  return json({ sequence, channel: 'LEVEL2', time: '2024-11-07T00:00:00.015Z', product_id: 'BTC-PERP', ...fields });
}

function htx(contract: string, version: number, event: string, bids: unknown[], asks: unknown[]): string {
  const ch = `market.${contract}.depth.size_150.high_freq`;
  return json({
    ch,
    tick: { asks, bids, ch, event, id: 1, mrid: 1, ts: 1_700_000_000_000, version },
    ts: 1_700_000_000_001,
  });
}

function lighter(nonce: number, begin: number, bids: readonly Row[], asks: readonly Row[]): string {
  const rows = (side: readonly Row[]): object[] => side.map(([price, size]) => ({ price, size }));
  return json({
    type: begin === 0 ? 'subscribed/order_book' : 'update/order_book', channel: 'order_book:1', timestamp: 1_776_692_222_437,
    order_book: { code: 0, asks: rows(asks), bids: rows(bids), nonce, begin_nonce: begin },
  }); // prettier-ignore
}

function gate(first: number, last: number, b: readonly Row[], a: readonly Row[]): string {
  return json({ time: 1_700_000_000, channel: 'spot.order_book_update', event: 'update', result: { t: 1_700_000_000_000, s: 'BTC_USDT', U: first, u: last, b, a } }); // prettier-ignore
}

function upbit(time: number, bids: readonly Row[], asks: readonly Row[]): string {
  return json({ ty: 'orderbook', cd: 'USDT-BTC', tms: time, obu: bids.map(([bp, bs], i) => ({ bp, bs, ap: asks[i]![0], as: asks[i]![1] })) }).replaceAll(/"(\d[\d.]*)"/g, '$1'); // prettier-ignore
}

function bithumb(time: number, bids: readonly Row[], asks: readonly Row[]): string {
  return json({ type: 'orderbooksnapshot', content: { symbol: 'BTC_KRW', datetime: String(time), bids, asks } });
}

function htxScript(id: string, contract: string, name: string): Script {
  return {
    protocol: protocolOf(id),
    venueSymbol: contract,
    symbol: name,
    whole: htx(contract, 7, 'snapshot', [[10, 1], [9, 2]], [[11, 3], [12, 4]]), // prettier-ignore
    deltas: [htx(contract, 8, 'update', [], [[11, 0]]), htx(contract, 9, 'update', [[10, 5]], []), htx(contract, 10, 'update', [], [[11.5, 1]])], // prettier-ignore
    ...ends,
    guards: 'loss',
    events: [
      {
        frame: json({ ch: `market.${contract}.bbo`, ts: 2, tick: { mrid: 1, id: 1, bid: [10, 5], ask: [11, 3], ts: 1_700_000_000_000, version: 4 } }),
        says: [{ type: 'quote', bid: '10', bidSize: '5', ask: '11', askSize: '3', sequence: 4 }],
      },
      {
        frame: json({ op: 'notify', topic: `public.${contract}.funding_rate`, ts: 1_700_000_000_000, data: [{ contract_code: contract, funding_rate: '0.0001', estimated_rate: '0.0002', settlement_time: '1700000400000' }] }),
        says: [{ type: 'funding', rate: '0.0001', predictedRate: '0.0002', nextTime: 1_700_000_400_000 }],
      },
      {
        frame: json({ op: 'notify', topic: `public.${contract}.liquidation_orders`, ts: 1_700_000_000_000, data: [{ contract_code: contract, direction: 'sell', offset: 'close', volume: 227, price: 23350.5, created_at: 1_700_000_000_000 }] }),
        says: [{ type: 'liquidation', side: 'sell', price: '23350.5', size: '227' }],
      },
    ],
  }; // prettier-ignore
}

export const moreScripts: readonly Script[] = [
  {
    protocol: protocolOf('bitfinex'),
    venueSymbol: 'tBTCUST',
    symbol,
    whole: json({ event: 'subscribed', channel: 'book', chanId: 7, symbol: 'tBTCUST', prec: 'P0' }),
    deltas: ['[7,[[10,1,1],[9,1,2],[11,1,-3],[12,2,-4],[11.5,1,-1]],1]', '[7,[11,0,-1],2]', '[7,[10,3,5],3]'],
    ...ends,
    guards: 'loss',
    events: [
      { frame: `[7,"cs",${bitfinexSum},4]`, says: [{ type: 'book', checksum: bitfinexSum, bids: [], asks: [] }] },
      { frame: json({ event: 'subscribed', channel: 'trades', chanId: 8, symbol: 'tBTCUST' }), says: [] },
      {
        frame: '[8,[[2,1700000000002,-0.5,11],[1,1700000000001,2e-8,10]],5]',
        says: [
          { type: 'trade', id: '1', side: 'buy', size: '2e-8', price: '10', backfill: true },
          { type: 'trade', id: '2', side: 'sell', size: '0.5', price: '11', backfill: true },
        ],
      },
      {
        frame: '[8,"te",[3,1700000000003,0.1,12],6]',
        says: [{ type: 'trade', id: '3', side: 'buy', backfill: false }],
      },
      { frame: '[8,"tu",[3,1700000000003,0.1,12],7]', says: [] },
      { frame: '[7,"hb",8]', says: [] },
    ],
  },
  {
    protocol: protocolOf('bithumb'),
    venueSymbol: 'BTC_KRW',
    symbol: 'BTC/KRW',
    whole: bithumb(
      1_700_000_000_000,
      [
        ['10', '1'],
        ['9', '2'],
      ],
      [
        ['11', '3'],
        ['12', '4'],
      ],
    ),
    deltas: [bithumb(1_700_000_001_000, [['10', '1']], [['11', '3']]), bithumb(1_700_000_002_000, [['1', '1']], [['11', '3']]), bithumb(1_700_000_003_000, ends.bids, ends.asks)], // prettier-ignore
    ...ends,
    guards: 'order',
    events: [
      {
        frame: json({
          type: 'transaction',
          content: {
            list: [
              {
                buySellGb: '1',
                contPrice: '3.908',
                contQty: '12.5',
                contDtm: '2024-06-02 08:43:34.555058',
                symbol: 'BTC_KRW',
              },
            ],
          },
        }),
        says: [
          {
            type: 'trade',
            side: 'sell',
            price: '3.908',
            size: '12.5',
            time: Date.UTC(2024, 5, 1, 23, 43, 34) + 555.058,
          },
        ],
      },
    ],
  },
  {
    protocol: protocolOf('upbit'),
    venueSymbol: 'USDT-BTC',
    symbol,
    whole: upbit(
      1_700_000_000_000,
      [
        ['10', '1'],
        ['9', '2'],
      ],
      [
        ['11', '3'],
        ['12', '4'],
      ],
    ),
    deltas: [upbit(1_700_000_001_000, [['10', '1']], [['11', '3']]), upbit(1_700_000_002_000, [['1', '1']], [['11', '3']]), upbit(1_700_000_003_000, ends.bids, ends.asks)], // prettier-ignore
    ...ends,
    guards: 'order',
    events: [
      {
        frame:
          '{"ty":"trade","cd":"USDT-BTC","tms":1700000000009,"ttms":1700000000000,"tp":127.0,"tv":46.48838371,"ab":"BID","sid":16186782720000000,"st":"REALTIME"}',
        says: [
          {
            type: 'trade',
            id: '16186782720000000',
            side: 'buy',
            price: '127.0',
            size: '46.48838371',
            time: 1_700_000_000_000,
            backfill: false,
          },
        ],
      },
    ],
  },
  {
    protocol: protocolOf('gate'),
    venueSymbol: 'BTC_USDT',
    symbol,
    whole: json({
      id: 100,
      bids: [
        ['10', '1'],
        ['9', '2'],
      ],
      asks: [
        ['11', '3'],
        ['12', '4'],
      ],
    }),
    deltas: [gate(99, 101, [], [['11', '0']]), gate(102, 103, [['10', '5']], []), gate(104, 104, [], [['11.5', '1']])],
    ...ends,
    guards: 'loss',
    events: [
      {
        frame: json({
          time: 1_700_000_000,
          channel: 'spot.tickers',
          event: 'update',
          result: {
            currency_pair: 'BTC_USDT',
            last: '10',
            lowest_ask: '11',
            highest_bid: '10',
            base_volume: '5',
            quote_volume: '50',
            high_24h: '12',
            low_24h: '9',
          },
        }),
        says: [
          { type: 'quote', bid: '10', ask: '11', bidSize: undefined },
          { type: 'ticker24h', last: '10', volume: '5', quoteVolume: '50' },
        ],
      },
      {
        frame: json({
          time: 1_700_000_000,
          channel: 'spot.candlesticks',
          event: 'update',
          result: { t: '1700000040', v: '50', a: '5', c: '10', h: '12', l: '9', o: '11', n: '1m_BTC_USDT', w: true },
        }),
        says: [
          { type: 'bar', timeframe: '1m', start: 1_700_000_040_000, end: 1_700_000_100_000, volume: '5', closed: true },
        ],
      },
    ],
  },
  {
    protocol: protocolOf('deribit'),
    venueSymbol: 'BTC-PERPETUAL',
    symbol: 'BTC/USD:BTC',
    whole: deribit(
      5,
      undefined,
      [
        ['new', 10, 1],
        ['new', 9, 2],
      ],
      [
        ['new', 11, 3],
        ['new', 12, 4],
      ],
    ),
    deltas: [
      deribit(8, 5, [], [['delete', 11, 0]]),
      deribit(9, 8, [['change', 10, 5]], []),
      deribit(20, 9, [], [['new', 11.5, 1]]),
    ],
    ...ends,
    guards: 'loss',
    events: [
      {
        frame: json({
          method: 'subscription',
          params: {
            channel: 'trades.BTC-PERPETUAL.100ms',
            data: [
              {
                trade_id: '7',
                timestamp: 1_700_000_000_000,
                price: 10,
                direction: 'buy',
                amount: 20,
                liquidation: 'M',
                instrument_name: 'BTC-PERPETUAL',
              },
            ],
          },
        }),
        says: [
          { type: 'trade', id: '7', side: 'buy', size: '20' },
          { type: 'liquidation', id: '7', side: 'sell', size: '20' },
        ],
      },
      { frame: json({ jsonrpc: '2.0', method: 'heartbeat', params: { type: 'test_request' } }), says: [] },
    ],
  },
  {
    protocol: protocolOf('coinbaseinternational'),
    venueSymbol: 'BTC-PERP',
    symbol: 'BTC/USDC:USDC',
    whole: intx(3, {
      type: 'SNAPSHOT',
      bids: [
        ['10', '1'],
        ['9', '2'],
      ],
      asks: [
        ['11', '3'],
        ['12', '4'],
      ],
    }),
    deltas: [
      intx(4, { type: 'UPDATE', changes: [['SELL', '11', '0']] }),
      intx(5, { type: 'UPDATE', changes: [['BUY', '10', '5']] }),
      intx(6, { type: 'UPDATE', changes: [['SELL', '11.5', '1']] }),
    ],
    ...ends,
    guards: 'loss',
    events: [
      {
        frame: json({
          sequence: 1,
          funding_rate: '0.000005',
          is_final: false,
          channel: 'FUNDING',
          type: 'UPDATE',
          time: '2024-11-06T01:59:59.155Z',
          product_id: 'BTC-PERP',
        }),
        says: [{ type: 'funding', rate: '0.000005', nextTime: Date.UTC(2024, 10, 6, 2) }],
      },
      {
        frame: json({
          sequence: 2,
          index_price: '3.9',
          mark_price: '3.8',
          open_interest: '7',
          channel: 'RISK',
          type: 'UPDATE',
          time: '2024-11-06T01:59:59.155Z',
          product_id: 'BTC-PERP',
        }),
        says: [
          { type: 'mark', price: '3.8' },
          { type: 'index', price: '3.9' },
          { type: 'openInterest', size: '7' },
        ],
      },
    ],
  },
  htxScript('htxlinear', 'BTC-USDT', 'BTC/USDT:USDT'),
  htxScript('htxinverse', 'BTC-USD', 'BTC/USD:BTC'),
  {
    protocol: protocolOf('lighter'),
    venueSymbol: '1',
    symbol: 'BTC/USDC:USDC',
    whole: lighter(
      40,
      0,
      [
        ['10', '1'],
        ['9', '2'],
      ],
      [
        ['11', '3'],
        ['12', '4'],
      ],
    ),
    deltas: [
      lighter(44, 40, [], [['11', '0']]),
      lighter(47, 44, [['10', '5']], []),
      lighter(50, 47, [], [['11.5', '1']]),
    ],
    ...ends,
    guards: 'loss',
    events: [
      {
        frame: json({
          type: 'update/trade',
          channel: 'trade:1',
          trades: [
            {
              trade_id: 9,
              trade_id_str: '9',
              market_id: 1,
              size: '0.1',
              price: '10',
              is_maker_ask: true,
              timestamp: 1_776_690_800_246,
            },
          ],
          liquidation_trades: [],
        }),
        says: [{ type: 'trade', id: '9', side: 'buy', size: '0.1', backfill: false }],
      },
      // The exchange states the rate of an hour in per cent.
      ...([['0.0012', '0.000012'], ['-0.0100', '-0.0001'], ['1e-7', '0.000000001'], ['x', undefined]] as const).map(([stated, rate]) => ({
        frame: json({ type: 'update/market_stats', channel: 'market_stats:1', timestamp: 1_776_690_800_246, market_stats: { market_id: 1, current_funding_rate: stated } }),
        says: [...(rate === undefined ? [] : [{ type: 'funding', rate }]), { type: 'ticker24h' }],
      })), // prettier-ignore
    ],
  },
];
