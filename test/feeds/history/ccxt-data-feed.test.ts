/** CcxtDataFeed through real ccxt: complete, checked, cached bars, whatever happens on the way. */
import { createHook } from 'node:async_hooks';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { barAt, barsBetween, systemRuntime, type Bars, type Runtime } from '../../../src/core/index.ts';
import { CcxtDataFeed, type CcxtDataFeedOptions } from '../../../src/feeds/index.ts';
import { pageFaults, type RequestFault } from '../../../src/venue/index.ts';
import {
  firstBar,
  localExchange,
  minute,
  minutes,
  minutesAt,
  temporaryFolder,
  venueNow,
  type Local,
} from '../../venue/local.ts';

const runtime = systemRuntime;
const start = firstBar + 1000 * minute;
const end = start + 3500 * minute;

function feedOn(local: Local, folder: string, options: Partial<CcxtDataFeedOptions> = {}): CcxtDataFeed {
  return new CcxtDataFeed({
    exchange: 'binance',
    symbol: 'BTC/USDT',
    timeframe: '1m',
    start,
    end,
    folder,
    connection: { url: local.url, rateLimitMs: 0, timeoutMs: 400, retry: { baseMs: 1 } },
    ...options,
  });
}

function rows(bars: Bars): string[] {
  return Array.from(bars.time, (_, i) => Object.values(barAt(bars, i)).join(' '));
}

const truth = rows(barsBetween(minutes, start, end));

describe('CcxtDataFeed', () => {
  it('loads exactly the bars of its range, with the rules of the symbol', async () => {
    const feed = feedOn(await localExchange(), temporaryFolder());
    expect(rows(await feed.load({ runtime }))).toEqual(truth);
    expect(feed.counts).toMatchObject({ requests: 4, rows: 3500, outside: 0 });
    expect(feed.report).toMatchObject({ bars: 3500, clean: true, missingBars: 0 });
    expect(feed.instrument).toMatchObject({ symbol: 'BTC/USDT', tick: 0.01, minNotional: 5 });
  });

  it('opens no socket and asks no name server when everything is stored', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    await feedOn(local, folder).load({ runtime });
    await local.server.close();
    const opened: string[] = [];
    const hook = createHook({ init: (_, type) => opened.push(type) }).enable();
    const feed = feedOn(local, folder);
    const bars = await feed.load({ runtime });
    hook.disable();
    expect(opened.filter((type) => /TCP|UDP|GETADDRINFO|DNS|QUERY|PIPE/.test(type))).toEqual([]);
    expect(rows(bars)).toEqual(truth);
    expect(feed.instrument).toMatchObject({ symbol: 'BTC/USDT', tick: 0.01 });
  });

  it('fetches only what is missing when the range grows at both ends', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    await feedOn(local, folder).load({ runtime });
    local.server.served.length = 0;
    const wider = feedOn(local, folder, { start: start - 10 * minute, end: end + 10 * minute });
    const bars = await wider.load({ runtime });
    expect(bars.time).toHaveLength(3520);
    const asked = local.server.served.filter(({ path }) => path.endsWith('klines'));
    expect(asked.map(({ query }) => new URLSearchParams(query).get('limit'))).toEqual(['10', '10']);
  });

  it('never includes the forming bar, by the clock of the exchange', async () => {
    const local = await localExchange();
    const feed = feedOn(local, temporaryFolder(), { start: venueNow - 30_000 - 5 * minute, end: venueNow + minute });
    const bars = await feed.load({ runtime });
    expect(bars.time[bars.time.length - 1]).toBe(venueNow - 30_000 - minute);
    expect(bars.time).toHaveLength(5);
  });

  it('takes the newest bars by count', async () => {
    const local = await localExchange();
    const { symbol, timeframe, exchange } = { symbol: 'BTC-USDT', timeframe: '1h', exchange: 'binance' };
    const connection = { url: local.url, rateLimitMs: 0 };
    const folder = temporaryFolder();
    const feed = new CcxtDataFeed({ exchange, symbol, timeframe, count: 24, connection, folder, end: venueNow });
    expect((await feed.load({ runtime })).time).toHaveLength(24);
  });

  it('says with both dates that an exchange does not go back as far as asked', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    const options = { exchange: 'kraken', symbol: 'BTC/USD', end: venueNow, shortHistory: 'report' } as const;
    for (const round of ['fetched', 'stored']) {
      const feed = feedOn(local, folder, options);
      await feed.load({ runtime });
      const got = venueNow - 30_000 - 719 * minute;
      expect(feed.report!.shortHistory, round).toEqual({ asked: start, got });
    }
    const strict = feedOn(local, folder, { ...options, shortHistory: 'throw' });
    await expect(strict.load({ runtime })).rejects.toThrow(
      'history is shorter than requested: wanted from 2024-01-20 16:40:00, the source has bars only from 2024-01-31 12:01:00',
    );
  });

  it('reports every hole of the exchange, and remembers it', async () => {
    const there = Array.from({ length: 6000 }, (_, i) => i).filter((i) => !(i >= 2000 && i < 2017) && i !== 3333);
    const local = await localExchange({ bars: minutesAt(there) });
    const folder = temporaryFolder();
    for (const round of ['fetched', 'stored']) {
      const feed = feedOn(local, folder);
      const bars = await feed.load({ runtime });
      expect(bars.time, round).toHaveLength(3500 - 18);
      expect(feed.report!.gaps, round).toEqual([
        { from: firstBar + 2000 * minute, to: firstBar + 2017 * minute, bars: 17 },
        { from: firstBar + 3333 * minute, to: firstBar + 3334 * minute, bars: 1 },
      ]);
    }
  });

  it.each<RequestFault>([...pageFaults, 'too-many-requests', 'web-page', 'empty-body', 'broken-json', 'reset', 'hang'])(
    'ends up with the same bars when pages are struck by %s',
    async (kind) => {
      const random = { seed: 5, rate: 0.3, kinds: [kind], retryAfter: 0 };
      const local = await localExchange({ faults: { random } });
      const feed = feedOn(local, temporaryFolder(), {
        connection: { url: local.url, rateLimitMs: 0, timeoutMs: 250, retry: { baseMs: 1, attempts: 20 } },
      });
      expect(rows(await feed.load({ runtime: patient() }))).toEqual(truth);
      expect(local.server.faults.struck.get(kind)).toBeGreaterThan(0);
    },
  );

  it('goes on where a canceled download stopped', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    const stop = new AbortController();
    const first = feedOn(local, folder).load({
      runtime,
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done >= 2000) stop.abort();
      },
    });
    await expect(first).rejects.toThrow('the download was canceled');
    const second = feedOn(local, folder);
    expect(rows(await second.load({ runtime }))).toEqual(truth);
    expect(second.counts).toMatchObject({ requests: 2, rows: 1500 });
  });

  it('loads several feeds at once over one connection, and two of the same bars only once', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    const feeds = ['BTC/USDT', 'ETH/USDT', 'BTC/USDT'].map((symbol) => feedOn(local, folder, { symbol }));
    const loaded = await Promise.all(feeds.map((feed) => feed.load({ runtime })));
    for (const bars of loaded) expect(rows(bars)).toEqual(truth);
    const paths = local.server.served.map(({ path }) => path);
    expect(paths.filter((path) => path.endsWith('exchangeInfo'))).toHaveLength(1);
    expect(paths.filter((path) => path.endsWith('klines'))).toHaveLength(8);
  });

  it('fetches a damaged month again, and only that', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    await feedOn(local, folder).load({ runtime });
    const place = join(folder, `binance@${new URL(local.url).host.replace(':', '_')}/spot/BTC-USDT/1m`);
    const path = join(place, readdirSync(place)[0]!);
    const bytes = readFileSync(path);
    bytes[5000]! ^= 1;
    writeFileSync(path, bytes);
    const feed = feedOn(local, folder);
    expect(rows(await feed.load({ runtime }))).toEqual(truth);
    expect(feed.counts!.rows).toBe(3500);
  });

  it('streams months instead of loading all of them', async () => {
    const local = await localExchange();
    const pieces: number[] = [];
    const feed = feedOn(local, temporaryFolder(), { start: firstBar, end: venueNow, timeframe: '1h' });
    for await (const bars of feed.stream({ runtime })) pieces.push(bars.time.length);
    expect(pieces).toEqual([12 * 24]);
  });

  it('keeps nothing with cache: false, and reads nothing that is stored', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    const without = new CcxtDataFeed({
      exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', start, end, cache: false,
      connection: { url: local.url, rateLimitMs: 0 },
    }); // prettier-ignore
    expect(rows(await without.load({ runtime }))).toEqual(truth);
    expect(readdirSync(folder)).toEqual([]);
    expect(() => feedOn(local, folder, { cache: false })).toThrow('cache: false and folder');
  });

  it('counts bars, not slots, and names a shortage', async () => {
    const local = await localExchange();
    const feed = feedOn(local, temporaryFolder(), { start: undefined!, count: 700 });
    const loaded = await feed.load({ runtime });
    expect(loaded.time).toHaveLength(700);
    expect(loaded.time.at(-1)).toBe(end - minute);
    const all = (end - firstBar) / minute;
    const most = feedOn(local, temporaryFolder(), { start: undefined!, count: all + 5000, shortHistory: 'report' });
    expect((await most.load({ runtime })).time).toHaveLength(all);
    expect(most.warnings()).toContainEqual(
      expect.stringContaining(`asked for ${all + 5000} bars, and the exchange has ${all} in all`),
    );
  });

  it('checks the bars that it streams like those that it loads', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    const loaded = feedOn(local, folder, { validation: { extremeMove: 1e-9 } });
    await loaded.load({ runtime });
    const streamed = feedOn(local, folder, { validation: { extremeMove: 1e-9 } });
    let count = 0;
    for await (const piece of streamed.stream({ runtime })) count += piece.time.length;
    expect(count).toBe(3500);
    expect(streamed.report).toEqual(loaded.report);
    expect(streamed.warnings()).toEqual(loaded.warnings());
    const strict = feedOn(local, folder, { validation: { extremeMove: 1e-9, extreme: 'throw' } });
    await expect(strict.stream({ runtime }).next()).rejects.toThrow(/is far above open|close went from/);
  });

  it('builds a timeframe from shorter stored bars without the exchange, and offers it where it cannot be reached', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    const range = { start: firstBar + 1200 * minute, end: firstBar + 1800 * minute };
    await feedOn(local, folder, range).load({ runtime });
    await local.server.close();
    const built = feedOn(local, folder, { ...range, timeframe: '5m', resample: true });
    expect((await built.load({ runtime })).time).toHaveLength(120);
    const refused = feedOn(local, folder, { ...range, timeframe: '5m' });
    await expect(refused.load({ runtime })).rejects.toThrow(/1m bars of the range are stored: build 5m bars .*--to 5m/);
  });

  it('compresses into a timeframe that the exchange serves, or builds it', async () => {
    const local = await localExchange();
    const range = { start: firstBar + 1200 * minute, end: firstBar + 1800 * minute };
    const fives = feedOn(local, temporaryFolder(), { ...range, compression: 5 });
    expect(fives.timeframe.name).toBe('5m');
    expect((await fives.load({ runtime })).time).toHaveLength(120);
    const tens = feedOn(local, temporaryFolder(), { ...range, compression: 10 });
    expect((await tens.load({ runtime })).time).toHaveLength(60);
  });

  it('builds a timeframe that the exchange does not serve, when told to', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    const range = { start: venueNow - 30_000 - 600 * minute, end: venueNow };
    const options = { exchange: 'kraken', symbol: 'BTC/USD', ...range };
    const built = await feedOn(local, folder, { ...options, timeframe: '2h', resample: true }).load({ runtime });
    const hours = await feedOn(local, folder, { ...options, timeframe: '1h' }).load({ runtime });
    expect(Array.from(built.time)).toEqual([0, 2, 4, 6, 8].map((hour) => range.start + hour * 60 * minute));
    expect(built.high[1]).toBe(Math.max(hours.high[2]!, hours.high[3]!));
    expect(built.close[4]).toBe(hours.close[9]);
  });

  it('refuses wrong options before it touches anything', () => {
    const wrong = (options: object): (() => unknown) => {
      return () => new CcxtDataFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1h', ...options });
    };
    expect(wrong({})).toThrow('a CcxtDataFeed takes either start or count');
    expect(wrong({ start: '2024-01-01', exchnge: 'x' })).toThrow("'exchnge': did you mean 'exchange'?");
    expect(wrong({ start: '2024-01-01', exchange: 'binanse' })).toThrow("did you mean 'binance'?");
    expect(wrong({ start: 'yesterday' })).toThrow(/start must be a time/);
    expect(wrong({ count: 0 })).toThrow('count must be a positive whole number of bars, was 0');
    expect(wrong({ start: '2024-01-01', validation: { gaps: 'ignore' } })).toThrow(
      /gaps must be report, fill or throw/,
    );
  });

  it('says that a symbol or a timeframe does not exist, and which do', async () => {
    const local = await localExchange();
    const folder = temporaryFolder();
    await expect(feedOn(local, folder, { symbol: 'BTC/USTD' }).load({ runtime })).rejects.toThrow(/mean BTC\/USDT/);
    const kraken = feedOn(local, folder, { exchange: 'kraken', symbol: 'BTC/USD', timeframe: '2h' });
    await expect(kraken.load({ runtime })).rejects.toThrow(/kraken serves no 2h bars, only 1m, 5m/);
  });
});

/** The machine's clock, its waits cut short. */
function patient(): Runtime {
  return { ...systemRuntime, sleep: (ms) => systemRuntime.sleep(Math.min(ms, 5)) };
}
