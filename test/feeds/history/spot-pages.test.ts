/** Pages of Binance spot and Kraken by the venues' own rules: every bar once, outages as holes, and nothing believed that was not shown. */
import { describe, expect, it } from 'vitest';

import { systemRuntime } from '../../../src/core/index.ts';
import { CcxtStore } from '../../../src/connectors/ccxt/index.ts';
import { CcxtDataFeed, type CcxtDataFeedOptions } from '../../../src/feeds/index.ts';
import { StillRuntime } from '../../../src/venue/index.ts';
import { temporaryFolder } from '../../venue/local.ts';
import { spotExchanges, truthAt, type Fault, type SpotMarket } from './spot-exchanges.ts';

const minute = 60_000;
const now = Date.UTC(2024, 5, 1, 3, 20, 30);
const listed = now - 60 * 1_440 * minute;
/** Every 13th minute goes by without a trade, and once 90 in a row. */
const isQuiet = (k: number): boolean => k % 13 === 0 || (k % 5_000 > 100 && k % 5_000 < 190);

/** The venue's present, and pauses that take no time. */
class HurriedRuntime extends StillRuntime {
  override sleep(): Promise<void> {
    return Promise.resolve();
  }
}

interface Ask {
  readonly exchange: 'binance' | 'kraken';
  readonly timeframe: '1m' | '1h';
  readonly start: number;
  readonly end: number;
  readonly folder?: string;
}

async function load(market: SpotMarket, ask: Ask, more: Partial<CcxtDataFeedOptions> = {}) {
  const { url, asked } = await spotExchanges(market);
  const { exchange, folder = temporaryFolder(), ...range } = ask;
  const runtime = new HurriedRuntime(systemRuntime, market.now);
  const connection = { url, rateLimitMs: 0, timeoutMs: 4_000, retry: { baseMs: 1, attempts: 6 } };
  const store = new CcxtStore({ exchange, publicOnly: true, ...connection }, runtime);
  const symbol = exchange === 'kraken' ? 'BTC/USD' : 'BTC/USDT';
  const feed = new CcxtDataFeed({ store, symbol, folder, progress: false, shortHistory: 'report', ...range, ...more });
  const bars = await feed.load({ runtime });
  const rows = Array.from(bars.time, (time, i) =>
    [time, bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i], bars.tradeCount?.[i]].join(' '),
  ); // prettier-ignore
  return { rows, asked, feed };
}

/** What the venue has of a range: closed bars alone. */
function truth(market: SpotMarket, { timeframe, start, end }: Ask): string[] {
  const length = timeframe === '1m' ? minute : 60 * minute;
  const rows: string[] = [];
  for (let time = Math.ceil(start / length) * length; time < end && time + length <= market.now; time += length) {
    const row = truthAt(market, time, length, true);
    if (row !== undefined) rows.push(row.join(' '));
  }
  return rows;
}

const lastMinute = Math.floor(now / minute) * minute;

describe('the bars of Binance spot, page by page', () => {
  const start = lastMinute - 3_700 * minute;
  const outages: SpotMarket['outages'] = [
    // In the middle of a page, over the edge of a page, and longer than a page.
    [start + 400 * minute, start + 437 * minute],
    [start + 990 * minute, start + 1_010 * minute],
    [start + 1_500 * minute, start + 2_650 * minute],
  ];
  const wide = { exchange: 'binance', timeframe: '1m', start, end: now + 60 * minute } as const;

  it.each<readonly [string, (Fault | undefined)[]]>([
    ['without faults', []],
    ['with a server that is busy', ['busy', undefined, 'busy']],
    ['with a limit that is reached', [undefined, 'limited', 'limited']],
    ['with answers that are empty', ['empty', undefined, 'empty']],
    ['with web pages and cut connections', ['web page', 'reset', undefined, 'web page']],
  ])('are there once, %s, and end before the forming bar', async (_, faults) => {
    const market: SpotMarket = { now, listed, outages, isQuiet, faults: [...faults] };
    const { rows, asked, feed } = await load(market, wide);
    expect(rows).toEqual(truth(market, wide));
    expect(market.faults).toEqual([]);
    expect(asked.every((query) => Number(query.get('limit')) <= 1_000)).toBe(true);
    expect(feed.report!.gaps.map(({ from, to }) => [from, to])).toEqual(outages);
  });

  it('begin with the listing, and the feed reports that they do', async () => {
    const young: SpotMarket = { now, listed: now - 1_200 * minute, outages: [] };
    const { rows, feed } = await load(young, wide);
    expect(rows).toEqual(truth(young, wide));
    expect(feed.report!.shortHistory?.got).toBe(Math.ceil(young.listed / minute) * minute);
  });

  it('end exactly at a page, and one bar beside it', async () => {
    const market: SpotMarket = { now, listed, outages: [] };
    for (const count of [999, 1_000, 1_001, 2_000, 2_001]) {
      const ask = { ...wide, end: start + count * minute };
      const { rows } = await load(market, ask);
      expect(rows).toEqual(truth(market, ask));
      expect(rows).toHaveLength(count);
    }
  });

  it('are added up to hours by the venue, the forming hour left out', async () => {
    const market: SpotMarket = { now, listed, outages: [[start, start + 700 * minute]], isQuiet };
    const ask: Ask = { ...wide, timeframe: '1h', start: start - 1_200 * 60 * minute };
    expect((await load(market, ask)).rows).toEqual(truth(market, ask));
  });
});

describe('the bars of Kraken, which serves the newest 720 alone', () => {
  const ask = { exchange: 'kraken', timeframe: '1m', start: lastMinute - 2_500 * minute, end: now } as const;

  it.each<readonly [string, (Fault | undefined)[]]>([
    ['without faults', []],
    ['with a server that is busy', ['busy']],
    ['with a limit that is reached', ['limited']],
    ['with answers that are empty', ['empty']],
  ])('are all there are, %s, and the feed reports from when', async (_, faults) => {
    const outage = [lastMinute - 300 * minute, lastMinute - 280 * minute] as const;
    const market: SpotMarket = { now, listed, outages: [outage], isQuiet, faults: [...faults] };
    const { rows, feed } = await load(market, ask);
    // 720 with the forming one, and 20 minutes further back for the outage.
    expect(rows).toEqual(truth(market, { ...ask, start: lastMinute - 739 * minute }));
    expect(feed.report!.shortHistory).toEqual({ asked: ask.start, got: lastMinute - 739 * minute });
    expect(feed.report!.gaps.map(({ from, to }) => [from, to])).toEqual([[...outage]]);
    expect(market.faults).toEqual([]);
  });

  it('in the middle of what is served are exactly those asked for', async () => {
    const market: SpotMarket = { now, listed, outages: [], isQuiet };
    const part = { ...ask, start: lastMinute - 500 * minute, end: lastMinute - 100 * minute };
    const { rows } = await load(market, part);
    expect(rows).toEqual(truth(market, part));
    expect(rows).toHaveLength(400);
  });

  it('grow in the store beyond 720 when they are fetched in time, and a hole stays unknown when they are not', async () => {
    const market: SpotMarket = { now, listed, outages: [], isQuiet };
    const { url } = await spotExchanges(market);
    const folder = temporaryFolder();
    const fetchAt = async (present: number): Promise<number[]> => {
      market.now = present;
      const runtime = new HurriedRuntime(systemRuntime, present);
      const connection = { url, rateLimitMs: 0, timeoutMs: 4_000, retry: { baseMs: 1 } };
      const store = new CcxtStore({ exchange: 'kraken', publicOnly: true, ...connection }, runtime);
      const feed = new CcxtDataFeed({ store, symbol: 'BTC/USD', timeframe: '1m', start: ask.start, end: present, folder, progress: false, shortHistory: 'report' });
      return [...(await feed.load({ runtime })).time];
    }; // prettier-ignore
    const first = lastMinute - 719 * minute;
    const upTo = (from: number, to: number): number[] => Array.from({ length: (to - from) / minute }, (_, i) => from + i * minute);
    expect(await fetchAt(now)).toEqual(upTo(first, lastMinute));
    expect(await fetchAt(now + 600 * minute)).toEqual(upTo(first, lastMinute + 600 * minute));
    // A thousand minutes later 281 can no longer be had.
    const late = lastMinute + 1_600 * minute;
    expect(await fetchAt(now + 1_600 * minute)).toEqual([
      ...upTo(first, lastMinute + 600 * minute),
      ...upTo(late - 719 * minute, late),
    ]);
  }); // prettier-ignore

  it('are never asked for by a length that Kraken does not serve', async () => {
    const market: SpotMarket = { now, listed, outages: [] };
    await expect(load(market, { ...ask, timeframe: '3m' as '1m' })).rejects.toThrow(/3m/);
  });
});
