/** What is ccxt's own in a feed through it: refusals that stop one exchange alone, requests while the stream fails, and the way back. */
import { afterEach, describe, expect, it } from 'vitest';

import { seededRandom, systemRuntime, type StreamEvent } from '../../../src/core/index.ts';
import { Faults } from '../../../src/venue/faults/request-faults.ts';
import { runCcxtFaults } from '../../soak/ccxt-faults.ts';
import { closeAll, follow, openVenue, settleFeed, tradeIds, truthOf, until, type Followed } from '../loopback.ts';

afterEach(closeAll);

const trades = ({ events }: Followed): number => events.filter(({ type }) => type === 'trade').length;
const states = (events: readonly StreamEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'status' ? [`${event.channel} ${event.state}: ${event.reason}`] : []));

describe.each([
  ['HTTP 429', 'too-many-requests', /asks for fewer requests \(wait 2 s\)/],
  ['HTTP 418', 'banned', /banned this address for too many requests \(wait 2 s\)/],
] as const)('%s', (_name, kind, message) => {
  it('stops the requests to that exchange alone, all of them, and they go on after the time that it named', async () => {
    const [struck, other] = [await openVenue(), await openVenue({ seed: 6 })];
    const options = { restOnly: true, snapshotInterval: 0.1 };
    const [first, second, spared] = [
      await follow(struck, 'ccxt', options),
      await follow(struck, 'ccxt', { ...options, symbols: ['ETH/USDT'] }),
      await follow(other, 'ccxt', options),
    ];
    await until(() => [first, second, spared].every((one) => trades(one) > 0));
    struck.server.faults = new Faults({ plan: [{ kind, path: 'aggTrades', retryAfter: 2 }] });
    await until(() => struck.server.faults.struck.get(kind) === 1);
    // What was on its way already.
    await systemRuntime.sleep(150);
    const [stopped, going] = [struck.server.requests, other.server.requests];
    await systemRuntime.sleep(1_300);
    expect(struck.server.requests).toBe(stopped);
    expect(other.server.requests).toBeGreaterThan(going + 5);
    expect(states([...first.events, ...second.events]).filter((state) => message.test(state))).toHaveLength(1);
    await until(() => struck.server.requests > stopped + 5);
    await until(() => states(first.events).at(-1)!.includes('live') && states(second.events).at(-1)!.includes('live'));
  }, 60_000);
});

describe('HTTP 451', () => {
  it('names the region block and other exchanges, once and for all', async () => {
    const venue = await openVenue();
    const followed = await follow(venue, 'ccxt', { restOnly: true, snapshotInterval: 0.1, channels: ['trade'] });
    await until(() => trades(followed) > 0);
    venue.server.faults = new Faults({ plan: [{ kind: 'region-block', path: 'aggTrades' }] });
    const said = 'trade down: binance does not serve this region: use binanceus or kraken, or run where it is allowed';
    await until(() => states(followed.events).at(-1) === said);
    const { requests } = venue.server;
    await systemRuntime.sleep(400);
    expect(venue.server.requests).toBe(requests);
  }, 60_000);

  it('is an error of addFeed where the instruments are refused already', async () => {
    const venue = await openVenue();
    venue.server.faults = new Faults({ plan: [{ kind: 'region-block', path: 'exchangeInfo', times: 9 }] });
    const region = /binance does not serve this region: use binanceus or kraken/;
    await expect(follow(venue, 'ccxt')).rejects.toThrow(region);
    await expect(follow(venue, 'native')).rejects.toThrow(region);
  }, 60_000);
});

it('asks over HTTP after three failures in a row, and is back on the stream when it works, with every trade once', async () => {
  const venue = await openVenue();
  const followed = await follow(venue, 'ccxt', { snapshotInterval: 0.2 });
  await until(() => trades(followed) > 3 && followed.feed.state('book', 'BTC/USDT') === 'live');
  venue.sockets.isRefusing = true;
  venue.sockets.hangUp();
  const isAsking = (channel: string): boolean =>
    states(followed.events)
      .findLast((state) => state.startsWith(channel))!
      .includes('asked over HTTP every 200 ms');
  await until(() => isAsking('trade') && isAsking('book'));
  const asked = trades(followed);
  await until(() => trades(followed) > asked + 5);
  expect(followed.feed.state('book', 'BTC/USDT')).toBe('live');

  venue.sockets.isRefusing = false;
  await until(() => ['trade', 'book'].every((name) => states(followed.events).findLast((state) => state.startsWith(name)) === `${name} live: data`)); // prettier-ignore
  const { requests } = venue.server;
  const back = trades(followed);
  await until(() => trades(followed) > back + 5);
  // What was missed is requested, and then nothing more.
  expect(venue.server.requests - requests).toBeLessThan(6);
  await settleFeed(venue, followed);
  const { came, made } = tradeIds(venue, followed.events, 'BTC/USDT');
  expect(came).toEqual(made);
  expect(followed.feed.book('BTC/USDT')).toMatchObject(truthOf(venue, 'BTC/USDT'));
}, 60_000);

it('asks over HTTP while a stream is open and silent', async () => {
  const venue = await openVenue();
  const followed = await follow(venue, 'ccxt', { snapshotInterval: 0.2, staleMs: { trade: 600, book: 600 } });
  await until(() => trades(followed) > 3);
  venue.sockets.isSilent = true;
  await until(() => states(followed.events).some((state) => state === 'trade live: asked over HTTP every 200 ms'));
  venue.sockets.isSilent = false;
  await until(() => states(followed.events).at(-1)!.endsWith('live: data'));
  await settleFeed(venue, followed);
  const { came, made } = tradeIds(venue, followed.events, 'BTC/USDT');
  expect(came).toEqual(made);
}, 60_000);

it('fetches the trades of frames that never came, or reports them as a gap', async () => {
  for (const isListed of [true, false]) {
    const random = seededRandom(1);
    const venue = await openVenue({
      stepsPerSecond: 80,
      around: (service) => ({
        request: service.request.bind(service),
        accept: (url, socket) =>
          service.accept(url, {
            ...socket,
            send: (frame) => { if (!String(frame).includes('aggTrade') || random() > 0.2) socket.send(frame); },
          }),
      }),
    }); // prettier-ignore
    const followed = await follow(venue, 'ccxt', { channels: ['trade'] });
    if (!isListed)
      venue.server.faults = new Faults({ plan: [{ kind: 'region-block', path: 'aggTrades', times: 1e6 }] });
    await until(() => trades(followed) > 40);
    // Of the last trade nothing shows whether it came.
    venue.market.stop();
    const gaps = (): [number, number][] => followed.events.flatMap((event) => (event.type === 'gap' ? [[Number(event.from), Number(event.to)] as [number, number]] : [])); // prettier-ignore
    const unexplained = (): number[] => {
      const { came, made } = tradeIds(venue, followed.events, 'BTC/USDT');
      const [last, known] = [Math.max(...came), new Set(came)];
      return made.filter((id) => id < last && !known.has(id) && !gaps().some(([from, to]) => id >= from && id <= to));
    };
    await until(() => unexplained().length === 0);
    const { came } = tradeIds(venue, followed.events, 'BTC/USDT');
    expect(new Set(came).size).toBe(came.length);
    expect(gaps().length > 0).toBe(!isListed);
  }
}, 120_000);

it.each([5, 75])(
  'has every trade once, true states and counters, and the venue’s book after a schedule of faults (seed %i)',
  async (seed) => {
    const run = await runCcxtFaults(seed, 700);
    expect(run.wrong).toEqual([]);
    expect(run.reconnects).toBeGreaterThan(0);
    expect(run.trades).toBeGreaterThan(5);
  },
  60_000,
);
