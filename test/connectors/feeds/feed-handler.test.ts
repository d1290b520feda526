/** The hub: names checked before sockets, states told, errors kept where they belong, sockets changed without loss. */
import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import type { MarketEvent, StreamStatus, TradeTick } from '../../../src/core/index.ts';
import { FeedHandler, type BookView } from '../../../src/connectors/index.ts';
import { decimalText } from '../../../src/venue/index.ts';
import { planFaults } from '../../../src/venue/index.ts';
import { collecting, during, local, settle, type Local } from '../local.ts';

function truthOf(one: Local, symbol: string): { bids: number[][]; asks: number[][] } {
  const book = one.market.book(symbol);
  const rows = (levels: readonly (readonly [number, number])[]): number[][] =>
    levels.map(([price, size]) => [Number(decimalText(price, 2)), Number(decimalText(size, 4))]);
  return { bids: rows(book.bids), asks: rows(book.asks) };
}

/** Ids of trades told, and those that the venue made since the first of them. */
function tradeIds(one: Local, events: readonly { type: string }[], symbol: string): { told: number[]; made: number[] } {
  const told = (events as MarketEvent[])
    .filter((event): event is TradeTick => event.type === 'trade' && event.symbol === symbol)
    .map((event) => Number(event.id));
  const first = Math.min(...told);
  const made = one.market.trades(symbol, 1e9).map((trade) => trade.id).filter((id) => id >= first); // prettier-ignore
  return { told: [...told].sort((a, b) => a - b), made };
}

it('shows its feeds in a console, with what each has received', async () => {
  const one = local();
  expect(inspect(one.handler)).toBe('FeedHandler { feeds: [] }');
  await during(one, one.handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'] }));
  expect(inspect(one.handler, { breakLength: Infinity })).toMatch(/^FeedHandler \{\s+feeds: \[ \{ exchange: 'binance', subscriptions: 'trade BTC\/USDT', \w+: 0/); // prettier-ignore
});

describe('names', () => {
  it.each([
    [
      { exchange: 'binanse', symbols: ['BTC/USDT'], channels: ['trade'] },
      /unknown exchange 'binanse': did you mean 'binance'\?/,
    ],
    [
      { exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trades'] },
      /unknown channel 'trades': did you mean 'trade'\?/,
    ],
    [
      { exchange: 'binance', symbols: ['BTC/USDT'], channels: ['funding'] },
      /binance has no channel 'funding'; it has trade, quote, book, bar, ticker24h/,
    ],
    [
      { exchange: 'binance', symbols: ['BTC/USDX'], channels: ['trade'] },
      /unknown symbol 'BTC\/USDX' on binance: did you mean 'BTC\/USDT'\?/,
    ],
    [{ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['bar'], timeframe: '7m' }, /unknown timeframe '7m'/],
    [
      { exchange: 'binance', symbols: ['BTC/USDT'], chanels: ['trade'] },
      /unknown option of addFeed 'chanels': did you mean 'channels'\?/,
    ],
    [
      { exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], subscription: { trade: ['BTC/USDT'] } },
      /either symbols and channels, or subscription/,
    ],
    [
      { exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], callbacks: { trades: () => undefined } },
      /unknown callback of addFeed 'trades': did you mean 'trade'\?/,
    ],
    [
      { exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], staleMs: { trades: 1000 } },
      /unknown channel of staleMs 'trades': did you mean 'trade'\?/,
    ],
    [
      { exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], queueLimit: -1 },
      /queueLimit must be a positive whole number, was -1/,
    ],
    [{ exchange: 'binance', symbols: [], channels: ['trade'] }, /at least one symbol and one channel/],
    [
      { exchange: 'binance', symbols: ['BTC/USDT'], channels: ['book'], depth: 0 },
      /depth must be a positive whole number, was 0/,
    ],
  ])('that are wrong fail before a socket opens: %o', async (options, message) => {
    const one = local();
    one.handler.start();
    await expect(during(one, one.handler.addFeed(options as never))).rejects.toThrow(message);
    await one.pass(5000);
    expect(one.opened).toEqual([]);
  });

  it('of the handler itself are checked too', () => {
    expect(() => new FeedHandler({ number: 'text' } as never)).toThrow(/did you mean 'numbers'/);
    expect(() => new FeedHandler({ policy: { stableMS: 1 } as never })).toThrow(/did you mean 'stableMs'/);
    expect(() => new FeedHandler({ numbers: 'decimals' as never })).toThrow(
      /unknown numbers 'decimals': did you mean 'decimal'/,
    );
  });

  it('may be spelled with dashes', async () => {
    const one = local();
    const feed = await during(
      one,
      one.handler.addFeed({ exchange: 'binance', symbols: ['BTC-USDT'], channels: ['trade'] }),
    );
    expect(feed.subscriptions[0]!.symbol).toBe('BTC/USDT');
  });
});

describe('a feed', () => {
  it("keeps the venue's book and tells every trade once", async () => {
    const one = local();
    const sink = collecting();
    const feed = await during(
      one,
      one.handler.addFeed({
        exchange: 'binance',
        symbols: ['BTC/USDT', 'ETH/USDT'],
        channels: ['trade', 'book', 'quote'],
        sinks: [sink],
      }),
    );
    one.handler.start();
    await one.pass(20_000);
    one.market.stop();
    await one.pass(500);
    for (const symbol of ['BTC/USDT', 'ETH/USDT']) {
      expect(feed.book(symbol)).toMatchObject(truthOf(one, symbol));
      const { told, made } = tradeIds(one, sink.events, symbol);
      expect(told).toEqual(made);
      expect(told.length).toBeGreaterThan(20);
    }
    expect(one.errors).toEqual([]);
  });

  it('gives each book update a view that is right then, and void later', async () => {
    const one = local();
    const views: BookView[] = [];
    let checked = 0;
    await during(one, one.handler.addFeed({
      exchange: 'binance', symbols: ['BTC/USDT'], channels: ['book'],
      callbacks: {
        book: (update, book) => {
          if (update.kind === 'delta') for (const [price, size] of update.bids) expect(size === 0 || book.copy().bids.some((row) => row[0] === price && row[1] === size)).toBe(true);
          checked++;
          views.push(book);
        },
      },
    })); // prettier-ignore
    one.handler.start();
    await one.pass(3000);
    expect(checked).toBeGreaterThan(10);
    expect(() => views[0]!.bestBid).toThrow(/keep a copy/);
    expect(one.errors).toEqual([]);
  });

  it('reports a throwing callback as its own error and stays connected', async () => {
    const one = local();
    const sink = collecting();
    await during(one, one.handler.addFeed({
      exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], sinks: [sink],
      callbacks: { trade: () => { throw new Error('mine'); } },
    })); // prettier-ignore
    one.handler.start();
    await one.pass(10_000);
    expect(one.errors[0]).toBe('the trade callback of binance threw: mine');
    expect(one.opened).toHaveLength(1);
    expect(sink.events.filter((event) => event.type === 'trade').length).toBe(one.errors.length);
    expect(one.handler.feeds[0]!.counts).toMatchObject({ reconnects: 0, faults: 0, callbackErrors: one.errors.length });
  });

  it('reports an unreadable frame with the frame, counts it, and goes on', async () => {
    const one = local({ faults: [{ kind: 'garbage', from: 0, to: 60_000 }] });
    const sink = collecting();
    const feed = await during(
      one,
      one.handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade', 'book'], sinks: [sink] }),
    );
    one.handler.start();
    await one.pass(60_000);
    expect(feed.counts.faults).toBeGreaterThan(3);
    expect(one.errors.some((error) => error.includes('<html>502 Bad Gateway</html>'))).toBe(true);
    expect(feed.counts.reconnects).toBe(0);
    const { told, made } = tradeIds(one, sink.events, 'BTC/USDT');
    expect(made.length - told.length).toBeLessThan(3);
  });

  it('calls a silent subscription stale within its limit, and hangs up, though the socket is open', async () => {
    const one = local({
      faults: [{ kind: 'silence', from: 5_000, to: 30_000 }],
      policy: { staleMs: { ...staleNever, trade: 10_000, book: 4_000 } },
    });
    const states: StreamStatus[] = [];
    await during(
      one,
      one.handler.addFeed({
        exchange: 'binance',
        symbols: ['BTC/USDT'],
        channels: ['trade', 'book'],
        callbacks: { status: (status) => states.push(status) },
      }),
    );
    const began = one.runtime.now();
    one.handler.start();
    await one.pass(45_000);
    const stale = states.find((status) => status.state === 'stale')!;
    expect(stale).toMatchObject({ channel: 'book', symbol: 'BTC/USDT' });
    expect(stale.reason).toMatch(/^no data for \d/);
    expect(stale.time - began).toBeLessThan(5_000 + 4_000 + 1_500);
    expect(one.opened.length).toBeGreaterThan(1);
    expect(states.filter((status) => status.channel === 'book').at(-1)!.state).toBe('live');
  });

  it('fetches the trades of a disconnect and marks them', async () => {
    const one = local({ faults: [{ kind: 'drop', from: 10_000, to: 11_000 }, { kind: 'refuse', from: 10_000, to: 20_000 }] }); // prettier-ignore
    const sink = collecting();
    const feed = await during(
      one,
      one.handler.addFeed({
        exchange: 'binance',
        symbols: ['BTC/USDT'],
        channels: ['trade', 'quote', 'book'],
        sinks: [sink],
      }),
    );
    one.handler.start();
    await one.pass(60_000);
    one.market.stop();
    await one.pass(1000);
    expect(feed.counts.reconnects).toBeGreaterThan(0);
    const { told, made } = tradeIds(one, sink.events, 'BTC/USDT');
    expect(told).toEqual(made);
    expect(sink.events.filter((event) => event.type === 'trade' && event.backfill).length).toBeGreaterThan(3);
    expect(feed.book('BTC/USDT')).toMatchObject(truthOf(one, 'BTC/USDT'));
  });

  it('tells a gap when trades without a row of ids were missed and the venue does not say which', async () => {
    for (const kind of ['server-error', 'hang', 'web-page'] as const) {
      const one = local({
        protocol: { tradeIds: 'rising' },
        faults: [{ kind: 'drop', from: 10_000, to: 10_500, chance: 1 }, { kind, from: 0, to: 1e9, where: 'aggTrades', chance: 1 }],
      }); // prettier-ignore
      const sink = collecting();
      await during(
        one,
        one.handler.addFeed({
          exchange: 'binance',
          symbols: ['BTC/USDT'],
          channels: ['trade', 'quote'],
          sinks: [sink],
        }),
      );
      one.handler.start();
      await one.pass(200_000);
      expect(one.service.hits.drop).toBeGreaterThan(0);
      const gaps = sink.events.filter((event) => event.type === 'gap');
      expect(gaps.length).toBeGreaterThan(0);
      expect(gaps[0]).toMatchObject({ channel: 'trade', symbol: 'BTC/USDT', from: undefined, to: undefined });
      expect(gaps[0]!.reason).toMatch(/did not say which trades were missed/);
      expect(one.errors.length).toBeGreaterThan(5);
    }
  });

  it('changes sockets before the venue closes them, without losing or doubling a trade', async () => {
    const one = local({ protocol: { lifetimeMs: 20_000 }, face: { lifetimeMs: 20_000 } });
    const sink = collecting();
    const states: StreamStatus[] = [];
    const feed = await during(
      one,
      one.handler.addFeed({
        exchange: 'binance',
        symbols: ['BTC/USDT', 'ETH/USDT'],
        channels: ['trade', 'quote', 'book'],
        sinks: [sink],
        callbacks: { status: (status) => states.push(status) },
      }),
    );
    one.handler.start();
    await one.pass(120_000);
    one.market.stop();
    await one.pass(500);
    expect(one.opened.length).toBeGreaterThanOrEqual(6);
    expect(feed.counts.reconnects).toBe(0);
    for (const symbol of ['BTC/USDT', 'ETH/USDT']) {
      const { told, made } = tradeIds(one, sink.events, symbol);
      expect(told).toEqual(made);
      expect(feed.book(symbol)).toMatchObject(truthOf(one, symbol));
    }
    expect(new Set(states.map((status) => status.state))).toEqual(new Set(['connecting', 'live']));
  });

  it('changes sockets without losing a quote, and passes none on twice or behind a later one', async () => {
    const told: number[][] = [];
    for (const lifetimeMs of [20_000, 1e9]) {
      const one = local({ protocol: { lifetimeMs }, face: { lifetimeMs } });
      const quotes: number[] = [];
      await during(
        one,
        one.handler.addFeed({
          exchange: 'binance',
          symbols: ['BTC/USDT'],
          channels: ['quote'],
          callbacks: { quote: ({ sequence }) => void quotes.push(sequence!) },
        }),
      );
      one.handler.start();
      await one.pass(120_000);
      one.market.stop();
      await one.pass(500);
      expect(one.opened.length).toBe(lifetimeMs === 1e9 ? 1 : 7);
      told.push(quotes);
    }
    const [switched, steady] = told;
    expect(switched!.length).toBeGreaterThan(500);
    expect(switched).toEqual(steady);
  });

  it('that is stopped while sockets are changed leaves none open', async () => {
    const one = local({ protocol: { lifetimeMs: 20_000 }, policy: { overlapMs: 10_000 } });
    await during(
      one,
      one.handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade', 'quote', 'book'] }),
    );
    one.handler.start();
    await one.pass(22_000);
    expect(one.open()).toBe(2);
    await during(one, one.handler.stop());
    expect(one.open()).toBe(0);
    expect(one.runtime.pending).toBe(1); // the market's own
  });

  it('waits longer between attempts, up to a cap, and gives up after the attempts it was given', async () => {
    const one = local({
      faults: [{ kind: 'refuse', from: 0, to: 1e9 }],
      policy: { firstBackoffMs: 1000, capBackoffMs: 8000 },
    });
    const states: StreamStatus[] = [];
    await during(
      one,
      one.handler.addFeed({
        exchange: 'binance',
        symbols: ['BTC/USDT'],
        channels: ['trade'],
        retries: 6,
        callbacks: { status: (status) => states.push(status) },
      }),
    );
    one.handler.start();
    await one.pass(200_000);
    expect(one.opened).toHaveLength(7);
    expect(one.errors.at(-1)).toMatch(/could not be kept connected in 6 attempts, the last: refused/);
    expect(states.at(-1)).toMatchObject({ state: 'down' });
    expect(one.handler.feeds).toHaveLength(0);
  });

  it('that must not fail stops the handler with its error', async () => {
    const one = local({ faults: [{ kind: 'refuse', from: 0, to: 1e9 }] });
    await during(
      one,
      one.handler.addFeed({
        exchange: 'binance',
        symbols: ['BTC/USDT'],
        channels: ['trade'],
        retries: 2,
        onFailure: 'stop',
      }),
    );
    await expect(during(one, one.handler.run(), 60_000)).rejects.toThrow(/could not be kept connected/);
  });

  it('spreads subscriptions over sockets and keeps to the limit of control frames', async () => {
    const one = local({ protocol: { subscriptionsPerSocket: 2 } });
    const feed = await during(
      one,
      one.handler.addFeed({
        exchange: 'binance',
        symbols: ['BTC/USDT', 'ETH/USDT', 'SOL/USDT'],
        channels: ['trade', 'book', 'quote'],
      }),
    );
    expect(feed.sockets).toBe(5);
    one.handler.start();
    await one.pass(5_000);
    expect(one.opened).toHaveLength(5);
    expect(feed.counts.reconnects).toBe(0);
    for (const { channel, symbol } of feed.subscriptions) expect(feed.state(channel, symbol)).toBe('live');
  });

  it('is added and removed while the handler runs', async () => {
    const one = local();
    one.handler.start();
    const sink = collecting();
    const feed = await during(
      one,
      one.handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], sinks: [sink] }),
      10_000,
    );
    expect(sink.events.length).toBeGreaterThan(3);
    await during(one, one.handler.removeFeed(feed));
    const before = sink.events.length;
    await one.pass(10_000);
    expect(sink.events.length).toBe(before);
    expect(sink.events.at(-1)).toMatchObject({ type: 'status', state: 'down', reason: 'removed' });
  });
});

describe('a slow sink', () => {
  it('makes the oldest events drop, counted and told, and never holds the feed up', async () => {
    const one = local();
    let written = 0;
    const slow = { write: () => one.runtime.sleep(500).then(() => void written++) };
    const quick = collecting();
    const feed = await during(
      one,
      one.handler.addFeed({
        exchange: 'binance',
        symbols: ['BTC/USDT'],
        channels: ['trade', 'book'],
        sinks: [slow, quick],
        queueLimit: 20,
      }),
    );
    one.handler.start();
    await one.pass(30_000);
    const { dropped } = feed.counts;
    expect(dropped).toBeGreaterThan(100);
    expect(written + dropped + 21).toBeGreaterThanOrEqual(quick.events.length - 2);
    expect(written + dropped + 21).toBeLessThanOrEqual(quick.events.length + 2);
    expect(one.errors[0]).toMatch(/a sink of binance is too slow: 1 events dropped so far/);
  });

  it('is waited for when the handler stops, until the deadline', async () => {
    const one = local();
    const hanging = { write: () => new Promise<void>(() => {}) };
    await during(
      one,
      one.handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], sinks: [hanging] }),
    );
    one.handler.start();
    await one.pass(5_000);
    const began = one.runtime.elapsed();
    let ended: number | undefined;
    void one.handler.stop(2_000).then(() => {
      ended = one.runtime.elapsed();
    });
    await one.pass(1_900);
    expect(ended).toBeUndefined();
    await one.pass(200);
    expect(ended! - began).toBe(2_000);
    expect(one.errors.at(-1)).toMatch(/were not written within 2000 ms of stopping/);
  });
});

describe('faults by a seed', () => {
  it('give the same events byte for byte twice', async () => {
    const logs: string[] = [];
    for (let i = 0; i < 2; i++) {
      const one = local({
        faults: planFaults(9, ['drop', 'gap', 'duplicate', 'reorder', 'garbage', 'server-error'], 8, 3_000, 25_000),
      });
      const sink = collecting();
      await during(
        one,
        one.handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade', 'book'], sinks: [sink] }),
      );
      one.handler.start();
      await one.pass(40_000);
      await settle();
      logs.push(JSON.stringify(sink.events));
    }
    expect(logs[0]!.length).toBeGreaterThan(10_000);
    expect(logs[0]).toBe(logs[1]);
  });
});

const staleNever = {
  trade: 1e9,
  quote: 1e9,
  book: 1e9,
  l3: 60_000,
  bar: 1e9,
  funding: 1e9,
  openInterest: 1e9,
  liquidation: 1e9,
  index: 1e9,
  mark: 1e9,
  ticker24h: 1e9,
};
