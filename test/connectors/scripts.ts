/** For each protocol: frames in the venue's own shape that build a book, and what they must give. Written by hand from the venues' documents. */
import type { StreamEvent } from '../../src/core/index.ts';
import type { Protocol } from '../../src/connectors/decoding/protocol.ts';
import { protocols } from '../../src/connectors/protocols/index.ts';
import { moreScripts } from './scripts-more.ts';

type Row = readonly [price: string, size: string];

/** One protocol's script. */
export interface Script {
  readonly protocol: Protocol;
  readonly venueSymbol: string;
  readonly symbol: string;
  /** The whole book: a frame, or the answer to a request. */
  readonly whole: string;
  /** Deltas (or, where every frame is a whole book, later books), in order. */
  readonly deltas: readonly [string, string, string];
  readonly bids: readonly Row[];
  readonly asks: readonly Row[];
  /** What guards the book: a lost delta is found out, or an older push is left. */
  readonly guards: 'loss' | 'order';
  /** Frames of other channels and what they must say. */
  readonly events: readonly { readonly frame: string; readonly says: readonly Partial<Record<string, unknown>>[] }[];
}

function protocolOf(id: string): Protocol {
  return protocols.find((one) => one.id === id)!;
}

function binanceDelta(
  first: number,
  last: number,
  previous: number | undefined,
  b: readonly Row[],
  a: readonly Row[],
): string {
  return JSON.stringify({
    stream: 'btcusdt@depth@100ms',
    data: {
      e: 'depthUpdate',
      E: 1700000000000 + last,
      ...(previous !== undefined && { T: 1 }),
      s: 'BTCUSDT',
      U: first,
      u: last,
      ...(previous !== undefined && { pu: previous }),
      b,
      a,
    },
  });
}

const wholeBinance = JSON.stringify({ lastUpdateId: 100, bids: [['10.00', '1.0'], ['9.00', '2.0']], asks: [['11.00', '3.0'], ['12.00', '4.0']] }); // prettier-ignore

function coinbase(channel: string, sequence: number, events: object[]): string {
  return JSON.stringify({ channel, timestamp: '2024-01-01T00:00:00.123456789Z', sequence_num: sequence, events });
}

function coinbaseRow(side: 'bid' | 'offer', price: string, size: string): object {
  return { side, event_time: '2024-01-01T00:00:00Z', price_level: price, new_quantity: size };
}

function bitstamp(microtimestamp: string, bids: readonly Row[], asks: readonly Row[]): string {
  return JSON.stringify({
    data: { timestamp: '1', microtimestamp, bids, asks },
    channel: 'diff_order_book_btcusd',
    event: 'data',
  });
}

function exchangeDelta(time: string, changes: readonly (readonly string[])[]): string {
  return JSON.stringify({ type: 'l2update', product_id: 'BTC-USD', changes, time: `2024-01-01T${time}` });
}

function okx(
  action: string,
  seqId: number,
  prevSeqId: number,
  checksum: number,
  bids: readonly Row[],
  asks: readonly Row[],
): string {
  const rows = (levels: readonly Row[]): string[][] => levels.map(([p, s]) => [p, s, '0', '1']);
  return JSON.stringify({
    arg: { channel: 'books', instId: 'BTC-USDT' }, action, data: [{ bids: rows(bids), asks: rows(asks), ts: '1700000000000', checksum, seqId, prevSeqId }],
  }); // prettier-ignore
}

function bybit(type: string, u: number, b: readonly Row[], a: readonly Row[]): string {
  return JSON.stringify({
    topic: 'orderbook.200.BTCUSDT',
    type,
    ts: 1700000000000,
    data: { s: 'BTCUSDT', b, a, u, seq: u * 10 },
    cts: 1700000000000,
  });
}

function hyperliquid(time: number, bids: readonly Row[], asks: readonly Row[]): string {
  const rows = (levels: readonly Row[]): object[] => levels.map(([px, sz]) => ({ px, sz, n: 1 }));
  return JSON.stringify({ channel: 'l2Book', data: { coin: 'BTC', time, levels: [rows(bids), rows(asks)] } });
}

function backpack(first: number, last: number, b: readonly Row[], a: readonly Row[]): string {
  return JSON.stringify({
    stream: 'depth.SOL_USDC',
    data: { e: 'depth', E: '1700000000000000', T: '1700000000000000', s: 'SOL_USDC', U: first, u: last, a, b },
  });
}

function htx(ts: number, bids: string, asks: string): string {
  return `{"ch":"market.btcusdt.depth.step0","ts":${ts},"tick":{"bids":[${bids}],"asks":[${asks}],"version":1,"ts":${ts}}}`;
}

function kraken(a: readonly Row[], b: readonly Row[], checksum: string): string {
  const rows = (levels: readonly Row[]): string[][] => levels.map(([p, s]) => [p, s, '1700000000.100000']);
  const parts = [...(a.length > 0 ? [{ a: rows(a) }] : []), ...(b.length > 0 ? [{ b: rows(b) }] : [])];
  (parts.at(-1) as Record<string, unknown>)['c'] = checksum;
  return JSON.stringify([1, ...parts, 'book-10', 'XBT/USD']);
}

const firstBids: readonly Row[] = [['10.00', '1.0'], ['9.00', '2.0']]; // prettier-ignore
const firstAsks: readonly Row[] = [['11.00', '3.0'], ['12.00', '4.0']]; // prettier-ignore
/** What every numbered script ends with: 10.00 grew, 11.00 went, 10.50 came. */
const lastBids: readonly Row[] = [['10.50', '7.0'], ['10.00', '5.0'], ['9.00', '2.0']]; // prettier-ignore
const lastAsks: readonly Row[] = [['12.00', '4.0']]; // prettier-ignore

/** CRC32 values computed with zlib's in another language from the venues' descriptions. */
export const scripts: readonly Script[] = [
  ...(['binance', 'binanceus'] as const).map((id): Script => ({
    protocol: protocolOf(id),
    venueSymbol: 'BTCUSDT',
    symbol: 'BTC/USDT',
    whole: wholeBinance,
    deltas: [
      binanceDelta(99, 101, undefined, [['10.00', '5.0']], []),
      binanceDelta(102, 102, undefined, [], [['11.00', '0.0']]),
      binanceDelta(103, 105, undefined, [['10.50', '7.0']], []),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'loss',
    events: [
      {
        frame:
          '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1700000000001,"s":"BTCUSDT","a":7,"p":"10.10000000","q":"0.50000000","f":9,"l":9,"T":1700000000000,"m":true,"M":true}}',
        says: [
          {
            type: 'trade',
            id: '7',
            side: 'sell',
            price: '10.10000000',
            size: '0.50000000',
            time: 1700000000000,
            backfill: false,
          },
        ],
      },
      {
        frame:
          '{"stream":"btcusdt@bookTicker","data":{"u":400,"s":"BTCUSDT","b":"10.0","B":"1.5","a":"11.0","A":"2.5"}}',
        says: [
          { type: 'quote', bid: '10.0', bidSize: '1.5', ask: '11.0', askSize: '2.5', sequence: 400, time: undefined },
        ],
      },
    ],
  })),
  ...(['binanceusdm', 'binancecoinm'] as const).map((id): Script => ({
    protocol: protocolOf(id),
    venueSymbol: 'BTCUSDT',
    symbol: 'BTC/USDT:USDT',
    whole: wholeBinance,
    deltas: [
      binanceDelta(90, 110, 80, [['10.00', '5.0']], []),
      binanceDelta(115, 120, 110, [], [['11.00', '0.0']]),
      binanceDelta(130, 140, 120, [['10.50', '7.0']], []),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'loss',
    events: [
      {
        frame:
          '{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1700000000000,"s":"BTCUSDT","p":"11.5","i":"11.4","P":"11.45","r":"0.00010000","T":1700006400000}}',
        says: [
          {
            type: 'funding',
            rate: '0.00010000',
            predictedRate: undefined,
            markPrice: '11.5',
            indexPrice: '11.4',
            nextTime: 1700006400000,
          },
          { type: 'mark', price: '11.5' },
          { type: 'index', price: '11.4' },
        ],
      },
      {
        frame:
          '{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":2,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910","ap":"9910","X":"FILLED","l":"0.014","z":"0.014","T":1}}}',
        says: [{ type: 'liquidation', side: 'sell', price: '9910', size: '0.014' }],
      },
    ],
  })),
  {
    protocol: protocolOf('coinbase'),
    venueSymbol: 'BTC-USD',
    symbol: 'BTC/USD',
    whole: coinbase('l2_data', 0, [
      {
        type: 'snapshot',
        product_id: 'BTC-USD',
        updates: [
          ...firstBids.map(([p, s]) => coinbaseRow('bid', p, s)),
          ...firstAsks.map(([p, s]) => coinbaseRow('offer', p, s)),
        ],
      },
    ]),
    deltas: [
      coinbase('l2_data', 1, [
        { type: 'update', product_id: 'BTC-USD', updates: [coinbaseRow('bid', '10.00', '5.0')] },
      ]),
      coinbase('l2_data', 2, [
        { type: 'update', product_id: 'BTC-USD', updates: [coinbaseRow('offer', '11.00', '0')] },
      ]),
      coinbase('l2_data', 3, [
        { type: 'update', product_id: 'BTC-USD', updates: [coinbaseRow('bid', '10.50', '7.0')] },
      ]),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'loss',
    events: [
      {
        frame: coinbase('market_trades', 4, [
          {
            type: 'update',
            trades: [
              {
                product_id: 'BTC-USD',
                trade_id: '5',
                price: '10.1',
                size: '0.2',
                time: '2024-01-01T00:00:00.5Z',
                side: 'SELL',
              },
            ],
          },
        ]),
        says: [
          { type: 'trade', id: '5', side: 'buy', price: '10.1', size: '0.2', time: 1704067200500, backfill: false },
        ],
      },
      {
        frame: coinbase('market_trades', 5, [
          {
            type: 'snapshot',
            trades: [
              {
                product_id: 'BTC-USD',
                trade_id: '7',
                price: '10.3',
                size: '1',
                time: '2024-01-01T00:00:00Z',
                side: 'BUY',
              },
              {
                product_id: 'BTC-USD',
                trade_id: '6',
                price: '10.2',
                size: '1',
                time: '2024-01-01T00:00:00Z',
                side: 'BUY',
              },
            ],
          },
        ]),
        says: [{ type: 'trade', id: '6', side: 'sell', backfill: true }, { type: 'trade', id: '7', backfill: true }], // prettier-ignore
      },
    ],
  },
  {
    protocol: protocolOf('bitstamp'),
    venueSymbol: 'btcusd',
    symbol: 'BTC/USD',
    whole: JSON.stringify({ timestamp: '1', microtimestamp: '1000000', bids: firstBids, asks: firstAsks }),
    deltas: [
      bitstamp('1000001', [['10.00', '5.0']], [['11.00', '0']]), // prettier-ignore
      bitstamp('1000002', [['10.50', '6.0']], []),
      bitstamp('1000003', [['10.50', '7.0']], []),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'order',
    events: [
      {
        frame:
          '{"data":{"id":216000477,"timestamp":"1641343699","amount":0.0792,"amount_str":"0.07920000","price":3805.44,"price_str":"3805.44","type":0,"microtimestamp":"1641343699596000","buy_order_id":1,"sell_order_id":2},"channel":"live_trades_btcusd","event":"trade"}',
        says: [
          { type: 'trade', id: '216000477', side: 'buy', price: '3805.44', size: '0.07920000', time: 1641343699596 },
        ],
      },
    ],
  },
  {
    protocol: protocolOf('coinbaseexchange'),
    venueSymbol: 'BTC-USD',
    symbol: 'BTC/USD',
    whole: JSON.stringify({ type: 'snapshot', product_id: 'BTC-USD', bids: firstBids, asks: firstAsks }),
    deltas: [
      exchangeDelta('00:00:01.1Z', [['buy', '10.00', '5.0'], ['sell', '11.00', '0']]), // prettier-ignore
      exchangeDelta('00:00:01.2Z', [['buy', '10.50', '6.0']]),
      exchangeDelta('00:00:01.3Z', [['buy', '10.50', '7.0']]),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'order',
    events: [
      {
        frame:
          '{"type":"last_match","trade_id":9,"maker_order_id":"a","taker_order_id":"b","side":"buy","size":"1","price":"10.0","product_id":"BTC-USD","sequence":50,"time":"2024-01-01T00:00:00.5Z"}',
        says: [{ type: 'trade', id: '9', side: 'sell', backfill: true }],
      },
      {
        frame:
          '{"type":"match","trade_id":10,"maker_order_id":"a","taker_order_id":"b","side":"sell","size":"5.23512","price":"400.23","product_id":"BTC-USD","sequence":51,"time":"2024-01-01T00:00:01.028459Z"}',
        says: [{ type: 'trade', id: '10', side: 'buy', price: '400.23', size: '5.23512', backfill: false }],
      },
    ],
  },
  {
    protocol: protocolOf('kraken'),
    venueSymbol: 'XBT/USD',
    symbol: 'BTC/USD',
    whole: JSON.stringify([
      1,
      {
        as: firstAsks.map(([p, s]) => [p, s, '1700000000.000000']),
        bs: firstBids.map(([p, s]) => [p, s, '1700000000.000000']),
      },
      'book-10',
      'XBT/USD',
    ]),
    deltas: [
      kraken([], [['10.00', '5.0']], '67232791'),
      kraken([['11.00', '0.0']], [], '3532197417'),
      kraken([], [['10.50', '7.0']], '2125083962'),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'loss',
    events: [
      {
        frame: '[0,[["5541.20000","0.15850568","1534614057.321500","s","l",""]],"trade","XBT/USD"]',
        says: [
          {
            type: 'trade',
            side: 'sell',
            price: '5541.20000',
            size: '0.15850568',
            time: 1534614057321.5,
            id: undefined,
          },
        ],
      },
    ],
  },
  {
    protocol: protocolOf('okx'),
    venueSymbol: 'BTC-USDT',
    symbol: 'BTC/USDT',
    whole: okx('snapshot', 10, -1, 699470369, firstBids, firstAsks),
    deltas: [
      okx('update', 14, 10, 1480263691, [['10.00', '5.0']], []),
      okx('update', 15, 14, -1980804435, [], [['11.00', '0']]),
      okx('update', 19, 15, -1281846244, [['10.50', '7.0']], []),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'loss',
    events: [
      {
        frame:
          '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897"}]}',
        says: [
          { type: 'trade', id: '130639474', side: 'buy', price: '42219.9', size: '0.12060306', time: 1630048897897 },
        ],
      },
      {
        frame:
          '{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["12","3","0","1"]],"bids":[],"ts":"1670324386802","checksum":1,"seqId":363996337}]}',
        says: [{ type: 'quote', bid: undefined, bidSize: undefined, ask: '12', askSize: '3', sequence: 363996337 }],
      },
      {
        frame:
          '{"arg":{"channel":"funding-rate","instId":"BTC-USDT"},"data":[{"fundingRate":"0.0001515","fundingTime":"1622822400000","instId":"BTC-USDT","instType":"SWAP","nextFundingRate":"","ts":"1622800000000"}]}',
        says: [{ type: 'funding', rate: '0.0001515', predictedRate: undefined, nextTime: 1622822400000 }],
      },
      {
        frame:
          '{"arg":{"channel":"candle1m","instId":"BTC-USDT"},"data":[["1597026360000","8533.02","8553.74","8527.17","8548.26","45247","529.5858061","529.5858061","1"]]}',
        says: [
          {
            type: 'bar',
            timeframe: '1m',
            start: 1597026360000,
            end: 1597026420000,
            open: '8533.02',
            close: '8548.26',
            closed: true,
          },
        ],
      },
    ],
  },
  {
    protocol: protocolOf('bybit'),
    venueSymbol: 'BTCUSDT',
    symbol: 'BTC/USDT:USDT',
    whole: bybit('snapshot', 50, firstBids, firstAsks),
    deltas: [
      bybit('delta', 51, [['10.00', '5.0']], []),
      bybit('delta', 52, [], [['11.00', '0']]),
      bybit('delta', 53, [['10.50', '7.0']], []),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'loss',
    events: [
      {
        frame:
          '{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":"20f43950","BT":false}]}',
        says: [{ type: 'trade', id: '20f43950', side: 'buy', price: '16578.50', size: '0.001' }],
      },
      {
        frame:
          '{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","lastPrice":"17216.00","prevPrice24h":"16926.50","highPrice24h":"17281.50","lowPrice24h":"16915.00","markPrice":"17217.33","indexPrice":"17227.36","openInterest":"68744.761","turnover24h":"1570383121.9","volume24h":"91705.276","nextFundingTime":"1673280000000","fundingRate":"-0.000212"},"ts":1673272861686}',
        says: [
          {
            type: 'funding',
            rate: '-0.000212',
            markPrice: '17217.33',
            indexPrice: '17227.36',
            nextTime: 1673280000000,
          },
          { type: 'openInterest', size: '68744.761' },
          { type: 'mark', price: '17217.33' },
          { type: 'index', price: '17227.36' },
          { type: 'ticker24h', last: '17216.00', open: '16926.50' },
        ],
      },
      {
        frame:
          '{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":"17300.00"},"ts":1673272861700}',
        says: [
          { type: 'funding', rate: '-0.000212', markPrice: '17300.00', indexPrice: '17227.36' },
          { type: 'openInterest' },
          { type: 'mark', price: '17300.00' },
          { type: 'index' },
          { type: 'ticker24h', last: '17216.00' },
        ],
      },
      {
        frame:
          '{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,"s":"BTCUSDT","S":"Sell","v":"20000","p":"0.04499"}]}',
        says: [{ type: 'liquidation', side: 'buy', price: '0.04499', size: '20000' }],
      },
    ],
  },
  {
    protocol: protocolOf('hyperliquid'),
    venueSymbol: 'BTC',
    symbol: 'BTC/USDC:USDC',
    whole: hyperliquid(1000, firstBids, firstAsks),
    deltas: [
      hyperliquid(2000, [['10.00', '5.0']], firstAsks),
      hyperliquid(3000, [['10.00', '5.0']], lastAsks),
      hyperliquid(4000, lastBids, lastAsks),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'order',
    events: [
      {
        frame:
          '{"channel":"trades","data":[{"coin":"BTC","side":"B","px":"10.1","sz":"0.5","time":5,"hash":"0x1","tid":9}]}',
        says: [{ type: 'trade', id: '9', side: 'buy', backfill: true }],
      },
      {
        frame:
          '{"channel":"trades","data":[{"coin":"BTC","side":"A","px":"10.2","sz":"0.6","time":6,"hash":"0x2","tid":8}]}',
        says: [{ type: 'trade', id: '8', side: 'sell', backfill: false }],
      },
      {
        frame: '{"channel":"bbo","data":{"coin":"BTC","time":7,"bbo":[{"px":"10","sz":"1","n":1},null]}}',
        says: [{ type: 'quote', bid: '10', bidSize: '1', ask: undefined, askSize: undefined }],
      },
    ],
  },
  {
    protocol: protocolOf('backpack'),
    venueSymbol: 'SOL_USDC',
    symbol: 'SOL/USDC',
    whole: JSON.stringify({
      asks: firstAsks,
      bids: [...firstBids].reverse(),
      lastUpdateId: '100',
      timestamp: 1700000000000000,
    }),
    deltas: [
      backpack(100, 101, [['10.00', '5.0']], []),
      backpack(102, 102, [], [['11.00', '0']]),
      backpack(103, 103, [['10.50', '7.0']], []),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'loss',
    events: [
      {
        frame:
          '{"stream":"trade.SOL_USDC","data":{"e":"trade","E":1694688638091000,"s":"SOL_USDC","p":"18.68","q":"0.122","b":"1","a":"2","t":12345,"T":1694688638089000,"m":true}}',
        says: [{ type: 'trade', id: '12345', side: 'sell', time: 1694688638089, price: '18.68' }],
      },
      {
        frame:
          '{"stream":"markPrice.SOL_USDC","data":{"e":"markPrice","E":1694687965941000,"s":"SOL_USDC","p":"18.70","f":"1.70","i":"19.70","n":1694687965941}}',
        says: [{ type: 'funding', predictedRate: '1.70', markPrice: '18.70', indexPrice: '19.70', nextTime: 1694687965941 }, { type: 'mark', price: '18.70' }, { type: 'index', price: '19.70' }], // prettier-ignore
      },
    ],
  },
  {
    protocol: protocolOf('htx'),
    venueSymbol: 'btcusdt',
    symbol: 'BTC/USDT',
    whole: htx(1000, '[10.00,1.0],[9.00,2.0]', '[11.00,3.0],[12.00,4.0]'),
    deltas: [
      htx(2000, '[10.00,5.0]', '[12.00,4.0]'),
      htx(3000, '[10.50,6.0]', '[12.00,4.0]'),
      htx(4000, '[10.50,7.0],[10.00,5.0],[9.00,2.0]', '[12.00,4.0]'),
    ],
    bids: lastBids,
    asks: lastAsks,
    guards: 'order',
    events: [
      {
        frame:
          '{"ch":"market.btcusdt.trade.detail","ts":2,"tick":{"id":1,"ts":1,"data":[{"id":100182534526255757567432481,"ts":1,"tradeId":100045088885,"amount":20995.88,"price":9.2E-7,"direction":"buy"}]}}',
        says: [{ type: 'trade', id: '100045088885', side: 'buy', price: '9.2E-7', size: '20995.88' }],
      },
      {
        frame:
          '{"ch":"market.btcusdt.bbo","ts":1,"tick":{"seqId":5,"ask":7543.590,"askSize":2.3,"bid":7541.16,"bidSize":0.002329,"quoteTime":9,"symbol":"btcusdt"}}',
        says: [{ type: 'quote', bid: '7541.16', ask: '7543.590', time: 9, sequence: 5 }],
      },
    ],
  },
  ...moreScripts,
];

/** What an event must have, as a partial of it. */
export type Said = Partial<StreamEvent<string>>;
