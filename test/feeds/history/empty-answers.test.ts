/** An answer without bars is no knowledge: it is asked again, never remembered as it is, and believed for a time only. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { createBars, systemRuntime, type Runtime } from '../../../src/core/index.ts';
import { CcxtDataFeed, type CcxtDataFeedOptions } from '../../../src/feeds/index.ts';
import { BarStore } from '../../../src/store/index.ts';
import { fuzzEmptyAnswers } from '../../soak/paging.ts';
import { hour, hourly, series } from '../../store/sample.ts';
import { firstBar, localExchange, minute, minutesAt, temporaryFolder, type Local } from '../../venue/local.ts';

const day = 24 * hour;
const january = Date.UTC(2024, 0, 1);
/** Waits that are cut short, so that asking again later takes no time. */
const patient: Runtime = { ...systemRuntime, sleep: (ms) => systemRuntime.sleep(Math.min(ms, 2)) };

/** A server before the local exchange that answers the first pages of bars with something else. */
async function strikePages(local: Local, bodies: readonly string[]): Promise<{ url: string; struck: () => number }> {
  const left = [...bodies];
  const server = createServer((request, response) => {
    const isPage = request.url!.includes('klines') && request.url!.includes('interval=1m');
    const body = isPage ? left.shift() : undefined;
    if (body !== undefined) {
      response.setHeader('content-type', 'application/json');
      response.end(body);
      return;
    }
    void fetch(`${local.url}${request.url!}`).then(async (answer) => {
      response.statusCode = answer.status;
      response.setHeader('content-type', 'application/json');
      response.end(await answer.text());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    struck: () => bodies.length - left.length,
  };
}

function feedAt(url: string, folder: string, options: Partial<CcxtDataFeedOptions> = {}): CcxtDataFeed {
  const start = firstBar + 100 * minute;
  return new CcxtDataFeed({
    exchange: 'binance',
    symbol: 'BTC/USDT',
    timeframe: '1m',
    start,
    end: start + 5900 * minute,
    folder,
    connection: { url, rateLimitMs: 0, retry: { baseMs: 1 } },
    ...options,
  });
}

describe('an empty answer to a page of history', () => {
  it.each([
    ['a list of nothing, once', ['[]']],
    ['a list of nothing, several times over', ['[]', '[]', '[]', '[]']],
    ['an object without a list', ['{}', '{}']],
    ['null', ['null', 'null']],
  ])('loses no bar: %s', async (_, bodies) => {
    const local = await localExchange({ bars: minutesAt(Array.from({ length: 6000 }, (_, i) => i)) });
    const { url, struck } = await strikePages(local, bodies);
    const folder = temporaryFolder();
    const feed = feedAt(url, folder);
    expect((await feed.load({ runtime: patient })).time).toHaveLength(5900);
    expect(struck()).toBe(bodies.length);
    expect(feed.report).toMatchObject({ gaps: [] });
    expect(feed.report).not.toHaveProperty('unconfirmed');
    expect(feed.report).not.toHaveProperty('shortHistory');
  });

  it('ends equal, or is told and healed by the next load, in 5 seeded downloads', async () => {
    const runs = await fuzzEmptyAnswers(5);
    expect(runs.filter(({ emptyAnswers }) => emptyAnswers > 0).length).toBeGreaterThan(2);
    expect(runs.filter(({ wasWhole }) => wasWhole).length).toBeGreaterThan(1);
  }, 240_000);
});

describe('a remembered hole', () => {
  it('is believed for as long as it was past, at least a day and at most 90', async () => {
    let now = january + 2 * day;
    const store = await BarStore.open({ folder: temporaryFolder(), runtime: { ...systemRuntime, now: () => now } });
    const hole = { start: january + 10 * hour, end: january + 20 * hour };
    await store.write(series, { start: january, end: hole.start, source: 'x' }, hourly(january, 10));
    await store.write(series, { ...hole, source: 'x', kind: 'empty' }, createBars(0));
    const all = { start: january, end: hole.end };
    now += day;
    expect(store.missing(series, all)).toEqual([]);
    now += day;
    expect(store.missing(series, all)).toEqual([hole]);
    now += 300 * day;
    await store.write(series, { ...hole, source: 'x', kind: 'empty' }, createBars(0));
    now += 89 * day;
    expect(store.missing(series, all)).toEqual([]);
    now += 2 * day;
    expect(store.missing(series, all)).toEqual([hole]);
    store.close();
  });

  it('is asked for again when told to, and found to have bars', async () => {
    const there = Array.from({ length: 6000 }, (_, i) => i);
    const withHole = await localExchange({ bars: minutesAt(there.filter((i) => i < 2000 || i >= 2400)) });
    const whole = await localExchange({ bars: minutesAt(there) });
    const target = { url: withHole.url };
    const server = createServer((request, response) => {
      void fetch(`${target.url}${request.url!}`).then(async (answer) => response.end(await answer.text()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const folder = temporaryFolder();
    expect((await feedAt(url, folder).load({ runtime: patient })).time).toHaveLength(5500);
    target.url = whole.url;
    expect((await feedAt(url, folder).load({ runtime: patient })).time).toHaveLength(5500);
    const again = feedAt(url, folder, { refreshHoles: true });
    expect((await again.load({ runtime: patient })).time).toHaveLength(5900);
    expect(again.counts!.rows).toBeLessThan(1000);
  });
});

describe('maxAgeMs', () => {
  const now = firstBar + 6000 * minute;
  const runtime = (at: number): Runtime => ({ ...patient, now: () => at });

  it('accepts bars that end at most that long ago, and only with an open end', async () => {
    const local = await localExchange({ bars: minutesAt(Array.from({ length: 6000 }, (_, i) => i)) });
    const folder = temporaryFolder();
    const start = firstBar + 4000 * minute;
    const first = feedAt(local.url, folder, { start, end: start + 1000 * minute });
    await first.load({ runtime: runtime(now) });
    const open = (maxAgeMs: number) =>
      new CcxtDataFeed({
        exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', start, folder, maxAgeMs,
        connection: { url: local.url, rateLimitMs: 0 },
      }); // prettier-ignore
    const stale = open(1001 * minute);
    expect((await stale.load({ runtime: runtime(now) })).time).toHaveLength(1000);
    expect(stale.counts!.requests).toBe(0);
    const ended = feedAt(local.url, folder, { start, end: start + 1500 * minute, maxAgeMs: 1001 * minute });
    expect((await ended.load({ runtime: runtime(now) })).time).toHaveLength(1500);
    const fresh = open(100 * minute);
    expect((await fresh.load({ runtime: runtime(now) })).time.length).toBeGreaterThan(1900);
  });
});
