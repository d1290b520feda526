/** Books of single orders: the book itself, and each exchange that sends them: whole, changed, found out when something is lost. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { channels, type L3Update } from '../../../src/core/index.ts';
import { Stream } from '../../../src/connectors/decoding/frame-stream.ts';
import { L3Book, L3View } from '../../../src/connectors/decoding/l3/l3-book.ts';
import { decimalReader, textReader } from '../../../src/connectors/decoding/numbers.ts';
import type { L3Message, Protocol } from '../../../src/connectors/decoding/protocol.ts';
import { withHosts } from '../../../src/connectors/index.ts';
import { protocolOf, protocols } from '../../../src/connectors/protocols/index.ts';
import { quietOwner, quietSink } from '../quiet.ts';

const message = (given: Partial<L3Message>): L3Message => ({
  kind: 'delta',
  symbol: 'BTC/USD',
  time: undefined,
  receiveTime: 1,
  bids: [],
  asks: [],
  ...given,
});

function bookOf(given: Partial<L3Message>): L3Book {
  const book = new L3Book('BTC/USD');
  book.load(message({ kind: 'snapshot', ...given }));
  return book;
}

describe('a book of single orders', () => {
  const orders = { bids: [['a', '10', '1'], ['b', '10', '2'], ['c', '9', '4']], asks: [['x', '11', '3']] } as const; // prettier-ignore

  it('keeps orders of one price in the order in which they are filled, and knows what is ahead of each', () => {
    const book = bookOf(orders);
    expect(book.orders('bids')).toEqual([['a', 10, 1], ['b', 10, 2], ['c', 9, 4]]); // prettier-ignore
    expect(book.ahead('b')).toBe(1);
    expect(book.ahead('c')).toBe(0);
    expect(book.ahead('gone')).toBeUndefined();
    expect(book.levels('bids')).toEqual([[10, 3], [9, 4]]); // prettier-ignore
    expect(book.order('x')).toEqual({ side: 'sell', price: 11, size: 3 });
  });

  it('leaves an order that shrinks at its place, and sends one that grows or moves to the end of the row', () => {
    const book = bookOf(orders);
    book.apply(message({ bids: [['a', '10', '0.5']] }));
    expect(book.ahead('b')).toBe(0.5);
    book.apply(message({ bids: [['a', '10', '5']] }));
    expect(book.ahead('a')).toBe(2);
    book.apply(message({ bids: [['b', '9', '2']] }));
    expect(book.orders('bids').map(([id]) => id)).toEqual(['a', 'c', 'b']);
  });

  it('takes a partial fill from the order to the last digit, and names what is left', () => {
    const book = bookOf({ bids: [['a', '10', '1000000.3']] });
    expect(book.apply(message({ reduced: [['a', '1000000.1']] })).bids).toEqual([['a', '10', '0.2']]);
    expect(book.order('a')?.size).toBe(0.2);
    expect(book.apply(message({ reduced: [['a', '0.2']] })).bids).toEqual([['a', '10', '0']]);
    expect(book.orderCount).toBe(0);
  });

  it('says nothing of orders that it does not know', () => {
    const changes = bookOf(orders).apply(
      message({ removed: ['?'], reduced: [['?', '1']], resized: [['?', '1']], bids: [['?', '10', '0']] }),
    );
    expect(changes).toEqual({ bids: [], asks: [] });
  });

  it('removes an order that changes sides from the side it was on', () => {
    const book = bookOf(orders);
    expect(book.apply(message({ asks: [['a', '12', '1']] }))).toEqual({ bids: [['a', '10', '0']], asks: [['a', '12', '1']] }); // prettier-ignore
    expect(book.levels('bids')[0]).toEqual([10, 2]);
  });

  it('has the sums of the price levels that its orders make, whatever happens to them', () => {
    const book = new L3Book('BTC/USD');
    const model = new Map<string, { isBid: boolean; price: number; size: number }>();
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let step = 0; step < 3_000; step++) {
      const id = `o${random(60)}`;
      const isBid = random(2) === 0;
      const [price, size] = [isBid ? 90 + random(10) : 101 + random(10), random(5)];
      const row = [id, String(price), String(size)] as const;
      book.apply(message(isBid ? { bids: [row] } : { asks: [row] }));
      if (size > 0) model.set(id, { isBid, price, size });
      else if (model.has(id)) model.delete(id);
    }
    for (const side of ['bids', 'asks'] as const) {
      const sums = new Map<number, number>();
      for (const one of model.values())
        if (one.isBid === (side === 'bids')) sums.set(one.price, (sums.get(one.price) ?? 0) + one.size);
      const sign = side === 'bids' ? -1 : 1;
      expect(book.levels(side)).toEqual([...sums].sort(([a], [b]) => sign * (a - b)));
    }
  });

  it('shows a moment, and throws once the book has moved on', () => {
    const book = bookOf(orders);
    const view = new L3View(book);
    expect(view.levels('asks')).toEqual([[11, 3]]);
    book.version++;
    expect(() => view.orders('bids')).toThrow("this view of the orders of BTC/USD is of update 0 but the book is at 1; keep orders() instead"); // prettier-ignore
  });
});

/** One exchange's frames. */
interface L3Script {
  readonly id: string;
  readonly venueSymbol: string;
  /** What comes before the whole book, and the whole book: a frame, or an answer. */
  readonly begins: readonly string[];
  readonly whole: string;
  /** Changes, of which the second is lost in one test. */
  readonly changes: readonly [string, string, string];
  readonly bids: readonly (readonly [string, string, string])[];
  readonly asks: readonly (readonly [string, string, string])[];
  readonly stream: string;
}

const time = '2024-01-01T00:00:00.000001Z';
const full = (type: string, sequence: number, fields: object): string =>
  JSON.stringify({ type, product_id: 'BTC-USD', sequence, time, ...fields });
const bitstamp = (microtimestamp: number, bids: unknown[], asks: unknown[]): string =>
  JSON.stringify({
    event: 'data',
    channel: 'detail_order_book_btcusd',
    data: { timestamp: '1700000000', microtimestamp: String(microtimestamp), bids, asks },
  });
const ends = { bids: [['3', '10.5', '2.5'], ['1', '10', '0.4']], asks: [['8', '11', '3']] } as const; // prettier-ignore

const scripts: readonly L3Script[] = [
  {
    id: 'coinbaseexchange',
    venueSymbol: 'BTC-USD',
    begins: [full('received', 20, { order_id: '3', side: 'buy', order_type: 'limit', size: '2.5', price: '10.5' })],
    whole: JSON.stringify({ sequence: 19, time, bids: [['10', '1', '1']], asks: [['11', '3', '8'], ['12', '1', '9']] }), // prettier-ignore
    changes: [
      full('open', 21, { order_id: '3', side: 'buy', price: '10.5', remaining_size: '2.5' }),
      full('match', 22, {
        trade_id: 5,
        maker_order_id: '1',
        taker_order_id: '7',
        size: '0.6',
        price: '10',
        side: 'buy',
      }),
      full('done', 23, { order_id: '9', side: 'sell', reason: 'canceled', price: '12', remaining_size: '1' }),
    ],
    ...ends,
    stream: '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["full"]}',
  },
  {
    id: 'bitfinex',
    venueSymbol: 'tBTCUSD',
    begins: [
      '{"event":"subscribed","channel":"book","chanId":7,"symbol":"tBTCUSD","prec":"R0","freq":"F0","len":"250"}',
    ],
    whole: '[7,[[1,10,1],[8,11,-3],[9,12,-1]],1]',
    changes: ['[7,[3,10.5,2.5],2]', '[7,[1,10,0.4],3]', '[7,[9,0,-1],4]'],
    ...ends,
    stream: '{"event":"subscribe","channel":"book","symbol":"tBTCUSD","prec":"R0","len":"250"}',
  },
  {
    id: 'bitstamp',
    venueSymbol: 'btcusd',
    begins: [],
    whole: bitstamp(1_700_000_000_000_001, [['10', '1', '1']], [['11', '3', '8']]),
    changes: [
      bitstamp(1_700_000_000_000_002, [['10.5', '2.5', '3'], ['10', '1', '1']], [['11', '3', '8']]), // prettier-ignore
      bitstamp(1_700_000_000_000_003, [['10.5', '2.5', '3'], ['10', '0.7', '1']], [['11', '3', '8']]), // prettier-ignore
      bitstamp(1_700_000_000_000_004, [['10.5', '2.5', '3'], ['10', '0.4', '1']], [['11', '3', '8']]), // prettier-ignore
    ],
    ...ends,
    stream: '{"event":"bts:subscribe","data":{"channel":"detail_order_book_btcusd"}}',
  },
];

function play(script: L3Script, order: readonly number[], protocol: Protocol = protocolOf(script.id)) {
  const updates: L3Update<string>[] = [];
  const voided: string[] = [];
  const faults: string[] = [];
  const asked: string[] = [];
  const stream = new Stream<string>(
    {
      protocol,
      numbers: textReader,
      unified: () => 'BTC/USD',
      subscriptions: [{ channel: 'l3', symbol: 'BTC/USD', venueSymbol: script.venueSymbol }],
    },
    {
      ...quietSink,
      event: (event) => void (event.type === 'l3' && updates.push(event)),
      error: (error) => faults.push(error.message),
    },
    {
      ...quietOwner,
      needBook: (_symbol, reason, channel) => {
        asked.push(channel);
        if (reason !== 'first') voided.push(reason);
      },
    },
  );
  for (const frame of script.begins) stream.frame(frame, 1);
  if (protocol.l3!.source === 'request') stream.bookAnswer('BTC/USD', script.whole, 1, 'l3');
  else stream.frame(script.whole, 1);
  for (const i of order) stream.frame(script.changes[i]!, 1);
  return { stream, updates, voided, faults, asked, book: () => stream.l3Books.book('BTC/USD') };
}

it('has a script for every exchange that sends single orders, and no exchange names the channel without rules for it', () => {
  const sending = protocols.filter((one) => one.channels.includes('l3'));
  expect(sending.map(({ id }) => id).sort()).toEqual(scripts.map(({ id }) => id).sort());
  for (const one of protocols) expect(one.l3 !== undefined).toBe(one.channels.includes('l3'));
  expect(channels).toContain('l3');
});

describe.each(scripts.map((script) => [script.id, script] as const))('single orders of %s', (id, script) => {
  it("build the exchange's book", () => {
    const { book, faults, voided, updates } = play(script, [0, 1, 2]);
    expect([faults, voided]).toEqual([[], []]);
    expect(book()!.texts('bids')).toEqual(script.bids);
    expect(book()!.texts('asks')).toEqual(script.asks);
    expect(updates[0]).toMatchObject({ type: 'l3', kind: 'snapshot', exchange: id, symbol: 'BTC/USD' });
  });

  it('give updates from which a consumer builds the same book', () => {
    const { updates } = play(script, [0, 1, 2]);
    const copy = new L3Book('BTC/USD');
    for (const { kind, bids, asks } of updates) {
      if (kind === 'snapshot') copy.load(message({ bids, asks }));
      else copy.apply(message({ bids, asks }));
    }
    expect(copy.texts('bids')).toEqual(script.bids);
    expect(copy.texts('asks')).toEqual(script.asks);
  });

  it('are subscribed to by their own channel and left again', () => {
    const protocol = protocolOf(id);
    const wanted = [{ channel: 'l3', symbol: 'BTC/USD', venueSymbol: script.venueSymbol }] as const;
    expect(protocol.subscribe(wanted, 1, 0)).toContain(script.stream);
    const left = play(script, []).stream.unsubscribeFrames(wanted) ?? protocol.unsubscribe(wanted, 1, 0);
    expect(left).toHaveLength(1);
  });

  it('void the book when a change is lost, or replace it as a whole', () => {
    const { voided, book } = play(script, [0, 2]);
    if (id === 'bitstamp') expect(book()!.texts('bids')).toEqual(script.bids);
    else expect(voided[0]).toMatch(/^gap/);
  });

  it('are not found out without the rule that guards them', () => {
    const { l3, socketLink: _none, ...rest } = protocolOf(id);
    const { checksum: _checksum, ...rules } = l3!;
    expect(play(script, [0, 2], { ...rest, l3: { ...rules, link: () => 'apply' } }).voided).toEqual([]);
  });

  it('refuse an order that no market has', () => {
    const { stream, voided, book } = play(script, []);
    stream.frame(script.changes[0].replaceAll('10.5', '-10.5'), 1);
    expect(stream.counts.refused).toBe(1);
    expect(voided).toEqual(['price of an order was -10.5']);
    expect(book()).toBeUndefined();
  });
});

it('are asked for where the rest of the exchange is, once it is moved to another host', () => {
  for (const protocol of protocols) {
    const request = withHosts(protocol, { rest: 'http://127.0.0.1:1' }).l3?.request?.('BTC-USD');
    if (protocol.l3?.request !== undefined) expect(request?.url).toMatch(/^http:\/\/127\.0\.0\.1:1\//);
  }
});

describe('what only some exchanges send', () => {
  it('leaves a push of Bitstamp that is older than the book', () => {
    const script = scripts.find(({ id }) => id === 'bitstamp')!;
    expect(play(script, [0, 2, 1]).book()!.texts('bids')).toEqual(script.bids);
  });

  it('finds a wrong order by the checksum of Bitfinex, over ids and amounts, orders of one price by their id', () => {
    const script = scripts.find(({ id }) => id === 'bitfinex')!;
    const sum = crc32('3:2.5:8:-3:4:1:1:0.4') | 0;
    const { stream, voided } = play(script, [0, 1, 2]);
    stream.frame('[7,[4,10.5,1],5]', 1);
    stream.frame(`[7,"cs",${sum},6]`, 1);
    expect(voided).toEqual([]);
    stream.frame('[7,[4,10.5,1.5],7]', 1);
    stream.frame(`[7,"cs",${sum},8]`, 1);
    expect(voided[0]).toMatch(/^checksum/);
  });

  it('asks Coinbase again while the answer is older than the first order that waits', () => {
    const script = scripts.find(({ id }) => id === 'coinbaseexchange')!;
    const { asked, book, stream } = play({ ...script, whole: script.whole.replace('19', '12') }, []);
    expect(asked).toEqual(['l3', 'l3']);
    expect(book()).toBeUndefined();
    stream.bookAnswer('BTC/USD', script.whole, 1, 'l3');
    expect(book()!.sequence).toBe(20);
  });

  it('counts matches of Coinbase as steps of the book only where every order is sent', () => {
    const script = scripts.find(({ id }) => id === 'coinbaseexchange')!;
    const { stream, asked } = play({ ...script, begins: [], whole: '{' }, []);
    stream.frame(script.changes[1], 1);
    expect(asked).toEqual([]);
  });

  it('reads orders as exact decimals where they are asked for', () => {
    const script = scripts[0]!;
    const sizes: string[] = [];
    const stream = new Stream(
      { protocol: protocolOf(script.id), numbers: decimalReader, unified: () => 'BTC/USD' },
      { ...quietSink, event: (event) => void (event.type === 'l3' && sizes.push(...event.bids.map((row) => row[2].toFixed()))) },
      quietOwner,
    ); // prettier-ignore
    stream.frame(script.begins[0]!, 1);
    stream.bookAnswer('BTC/USD', script.whole, 1, 'l3');
    for (const frame of script.changes) stream.frame(frame, 1);
    expect(sizes).toEqual(['1', '2.5', '0.4']);
  });
});
