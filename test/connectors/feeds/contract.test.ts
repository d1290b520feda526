/** What every feed owes, whichever way it reaches its exchange: one suite for the package's own connectors and for ccxt. */
import { afterEach, describe, expect, it } from 'vitest';

import type { StreamEvent } from '../../../src/core/index.ts';
import { closeAll, follow, openVenue, routes, settleFeed, tradeIds, truthOf, until } from '../loopback.ts';

afterEach(closeAll);

const shapes = new Map<string, Map<string, unknown>>();

/** The fields of an event and the kind of each. */
function shapeOf(event: StreamEvent): string {
  return Object.entries(event)
    .map(
      ([name, value]) => `${name}: ${value === undefined ? 'undefined' : Array.isArray(value) ? 'rows' : typeof value}`,
    )
    .sort()
    .join(', ');
}

describe.each(routes)('a feed (%s)', (route) => {
  it('refuses a wrong symbol, channel or option with the nearest right one, before a socket opens', async () => {
    const venue = await openVenue();
    const wrong = (options: object): Promise<unknown> => follow(venue, route, options);
    await expect(wrong({ symbols: ['BTC/USDX'] })).rejects.toThrow(
      /unknown symbol 'BTC\/USDX' on binance: did you mean 'BTC\/USDT'\?/,
    );
    await expect(wrong({ channels: ['trades'] })).rejects.toThrow("unknown channel 'trades': did you mean 'trade'?");
    await expect(wrong({ channels: ['liquidation'] })).rejects.toThrow(
      /^binance has no channel 'liquidation'; it has trade, /,
    );
    await expect(wrong({ channels: ['bar'], timeframe: '7m' })).rejects.toThrow("unknown timeframe '7m'");
    await expect(wrong({ symbol: ['BTC/USDT'] })).rejects.toThrow(
      "unknown option of addFeed 'symbol': did you mean 'symbols'?",
    );
    await expect(wrong({ depth: 0 })).rejects.toThrow('depth must be a positive whole number, was 0');
    expect(venue.sockets.accepted).toBe(0);
  }, 60_000);

  it('brings the events of every channel, each once it is live, and ends with the venue’s book and all its trades', async () => {
    const venue = await openVenue();
    const channels = ['trade', 'book', 'quote', 'bar', 'ticker24h'] as const;
    const followed = await follow(venue, route, { channels, symbols: ['BTC-USDT'] });
    const { events, feed } = followed;
    const has = (type: string): boolean => events.some((event) => event.type === type);
    await until(() => channels.every(has) && events.filter(({ type }) => type === 'trade').length > 12);
    for (const channel of channels) {
      const own = events.filter((event) => ('channel' in event ? event.channel : event.type) === channel);
      expect(own[0]).toMatchObject({ type: 'status', state: 'connecting', symbol: 'BTC/USDT', exchange: 'binance' });
      expect(
        own
          .slice(
            0,
            own.findIndex(({ type }) => type === channel),
          )
          .at(-1),
      ).toMatchObject({ type: 'status', state: 'live' });
      expect(feed.state(channel, 'BTC/USDT')).toBe('live');
    }
    await settleFeed(venue, followed);
    const { came, made } = tradeIds(venue, events, 'BTC/USDT');
    expect(came).toEqual(made);
    expect(feed.book('BTC/USDT')).toMatchObject(truthOf(venue, 'BTC/USDT'));
    expect(feed.counts).toMatchObject({ reconnects: 0, tradeGaps: 0, callbackErrors: 0, dropped: 0, refused: {} });
    expect(feed.counts.events).toBe(events.filter(({ type }) => type !== 'status').length);
    shapes.set(
      route,
      new Map(channels.map((channel) => [channel, shapeOf(events.findLast(({ type }) => type === channel)!)])),
    );
  }, 60_000);

  it('connects again after a hang-up, and has every trade once and the venue’s book', async () => {
    const venue = await openVenue();
    const followed = await follow(venue, route);
    const { events, feed } = followed;
    const trades = (): number => events.filter(({ type }) => type === 'trade').length;
    await until(() => trades() > 5 && feed.state('book', 'BTC/USDT') === 'live');
    venue.sockets.hangUp();
    await until(() => feed.counts.reconnects > 0);
    const before = trades();
    await until(
      () =>
        feed.state('book', 'BTC/USDT') === 'live' &&
        feed.state('trade', 'BTC/USDT') === 'live' &&
        trades() > before + 5,
    );
    await settleFeed(venue, followed);
    const { came, made } = tradeIds(venue, events, 'BTC/USDT');
    expect(came).toEqual(made);
    expect(feed.book('BTC/USDT')).toMatchObject(truthOf(venue, 'BTC/USDT'));
    expect(
      events.some((event) => event.type === 'status' && event.state === 'connecting' && event.reason !== 'start'),
    ).toBe(true);
  }, 60_000);

  it('reports a callback that throws, and disturbs neither the stream nor the sinks', async () => {
    const venue = await openVenue();
    const { events, feed, errors } = await follow(venue, route, {
      channels: ['trade'],
      callbacks: { trade: () => { throw new Error('mine'); } },
    }); // prettier-ignore
    await until(() => events.filter(({ type }) => type === 'trade').length > 3);
    expect(errors[0]).toBe('the trade callback of binance threw: mine');
    expect(feed.counts.reconnects).toBe(0);
    expect(feed.counts.callbackErrors).toBe(events.filter(({ type }) => type === 'trade').length);
  }, 60_000);

  it('drops the oldest events before a sink that hangs, counts them, and says “down” once it is stopped', async () => {
    const venue = await openVenue({ stepsPerSecond: 120 });
    const states: string[] = [];
    const { handler, feed, errors } = await follow(venue, route, {
      sinks: [{ write: () => new Promise<void>(() => undefined) }],
      queueLimit: 5,
      callbacks: { status: ({ channel, state, reason }) => states.push(`${channel} ${state} ${reason}`) },
    });
    await until(() => feed.counts.dropped > 20);
    expect(feed.counts.waiting).toBeLessThanOrEqual(5);
    expect(errors[0]).toMatch(/a sink of binance is too slow: 1 events dropped so far/);
    await handler.stop(50);
    const { frames, events } = feed.counts;
    expect(states.slice(-2).sort()).toEqual(['book down stopped', 'trade down stopped']);
    venue.market.step();
    await until(() => true);
    expect(feed.counts).toMatchObject({ frames, events });
  }, 60_000);
});

it('the events of both ways have the same fields', () => {
  for (const [channel, shape] of shapes.get('native')!) {
    const fields = (text: unknown): string[] =>
      String(text)
        .split(', ')
        .map((field) => field.split(':')[0]!);
    expect([channel, ...fields(shapes.get('ccxt')!.get(channel))]).toEqual([channel, ...fields(shape)]);
  }
});
