/** Funding rates and open interest: whole histories by each venue's own pages, kept beside the bars, seen from their own time on. */
import { describe, expect, it } from 'vitest';

import { barClose, createBars, systemRuntime, timeframe, type Bars } from '../../../src/core/index.ts';
import { CcxtStore } from '../../../src/connectors/ccxt/index.ts';
import { Cerebro, Strategy } from '../../../src/engine/index.ts';
import { BarsDataFeed, CcxtDataFeed, loadFunding, loadOpenInterest, resampleBars } from '../../../src/feeds/index.ts';
import { fillPoints } from '../../../src/feeds/history/points.ts';
import { PointStore } from '../../../src/store/index.ts';
import { StillRuntime } from '../../../src/venue/index.ts';
import { temporaryFolder } from '../../venue/local.ts';
import { contractExchanges, openInterestAt, rateAt, type ContractMarket } from './contract-exchanges.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.UTC(2024, 5, 1, 3, 20);
const listed = now - 400 * day;

const connection = (url: string): object => ({ url, rateLimitMs: 0, timeoutMs: 4_000, retry: { baseMs: 1 } });

async function fundingOf(exchange: string, market: ContractMarket, range: { start: number; end: number }) {
  const { url, asked } = await contractExchanges(market);
  const folder = temporaryFolder();
  const runtime = new StillRuntime(systemRuntime, market.now);
  const store = new CcxtStore({ exchange, publicOnly: true, ...connection(url) }, runtime);
  const symbol = exchange === 'hyperliquid' ? 'BTC/USDC:USDC' : 'BTC/USDT:USDT';
  const load = async () => fillPoints(store, symbol, 'funding', range, runtime, { folder });
  return { load, asked, folder, url };
}

function expected(start: number, end: number, every: number, late = 0): [number, number][] {
  const rows: [number, number][] = [];
  for (let time = Math.ceil(start / every) * every; time + late < end; time += every)
    rows.push([time + late, rateAt(time)]);
  return rows;
}

const pairs = ({ time, value }: { time: Float64Array; value: Float64Array }): [number, number][] =>
  Array.from(time, (at, i) => [at, value[i]!]);

describe('the history of funding rates', () => {
  const venues = [
    ['binanceusdm', 8 * hour, 0, 400 * day],
    ['binanceusdm', 4 * hour, 0, 400 * day],
    ['bybit', 8 * hour, 0, 400 * day],
    ['bybit', hour, 0, 60 * day],
    ['okx', 8 * hour, 0, 90 * day],
    ['okx', 2 * hour, 0, 40 * day],
    ['hyperliquid', hour, 7, 100 * day],
  ] as const;
  it.each(venues)('of %s every %d ms is whole, page by page', async (exchange, every, late, span) => {
    const range = { start: now - span + 1, end: now };
    const { load, asked } = await fundingOf(exchange, { now, listed, every }, range);
    const points = await load();
    expect(pairs(points)).toEqual(expected(Math.max(range.start, listed), range.end, every, late));
    expect(points.warnings).toEqual([]);
    expect(asked.length).toBeGreaterThan(0);
    asked.length = 0;
    expect(pairs(await load())).toEqual(pairs(points));
    expect(asked.length).toBeLessThanOrEqual(1);
  });

  it('asks nothing when the whole range is stored', async () => {
    const range = { start: now - 60 * day, end: now - 30 * day };
    const { load, asked } = await fundingOf('bybit', { now, listed }, range);
    await load();
    asked.length = 0;
    await load();
    expect(asked).toEqual([]);
  });

  it('does not take an empty answer for the end of history', async () => {
    const market = { now, listed, empty: 1 };
    const { load } = await fundingOf('bybit', market, { start: now - 30 * day, end: now - day });
    expect((await load()).time).toHaveLength(87);
    expect(market.empty).toBe(0);
  });

  it('warns of a beginning that is later than asked for, and of what the exchange does not keep', async () => {
    const young = await fundingOf('binanceusdm', { now, listed: now - 10 * day }, { start: now - 40 * day, end: now });
    expect((await young.load()).warnings).toEqual([
      expect.stringMatching(/^binanceusdm BTC\/USDT:USDT: funding rates begin 2024-05-22/),
    ]);
    const old = await fundingOf('okx', { now, listed }, { start: now - 300 * day, end: now - 200 * day });
    expect((await old.load()).warnings).toEqual([
      expect.stringMatching(/^okx BTC\/USDT:USDT: the exchange has no funding rates from/),
    ]);
    expect(old.asked).toEqual([]);
  });

  it('is read as rows that an account takes', async () => {
    const { url } = await contractExchanges({ now, listed });
    const options = {
      exchange: 'bybit',
      symbol: 'BTC/USDT:USDT',
      folder: temporaryFolder(),
      connection: connection(url),
    };
    const rows = await loadFunding({ ...options, start: now - 2 * day, end: now - day });
    expect(rows).toEqual(expected(now - 2 * day, now - day, 8 * hour).map(([time, rate]) => ({ time, rate })));
    const open = await loadOpenInterest({ ...options, start: now - 2 * day, end: now - day });
    expect(open).toHaveLength(24);
    expect(open[0]).toEqual({ time: open[0]!.time, size: openInterestAt(open[0]!.time) });
  });

  it('is refused for spot, and where ccxt has no such history', async () => {
    const { url } = await contractExchanges({ now, listed });
    const options = { start: now - day, folder: temporaryFolder(), connection: connection(url) };
    await expect(loadFunding({ ...options, exchange: 'binance', symbol: 'BTC/USDT' })).rejects.toThrow(
      'BTC/USDT is spot and has no funding rates; its perpetual would be BTC/USDT:USDT',
    );
    await expect(loadFunding({ ...options, exchange: 'bitmex', symbol: 'BTC/USD:BTC' })).rejects.toThrow();
    await expect(loadOpenInterest({ ...options, exchange: 'hyperliquid', symbol: 'BTC/USDC:USDC' })).rejects.toThrow(
      'hyperliquid offers no history of open interest through ccxt (fetchOpenInterestHistory)',
    );
  });
});

describe('the history of open interest', () => {
  const load = async (
    exchange: string,
    kind: 'open interest 5m' | 'open interest 1h',
    range: { start: number; end: number },
  ) => {
    const { url, asked } = await contractExchanges({ now, listed });
    const runtime = new StillRuntime(systemRuntime, now);
    const store = new CcxtStore({ exchange, publicOnly: true, ...connection(url) }, runtime);
    const points = await fillPoints(store, 'BTC/USDT:USDT', kind, range, runtime, { folder: temporaryFolder() });
    return { points, asked };
  };
  const moments = (from: number, to: number, every: number): [number, number][] => {
    const rows: [number, number][] = [];
    for (let time = Math.ceil(from / every) * every; time < to; time += every) rows.push([time, openInterestAt(time)]);
    return rows;
  };

  it.each([
    ['binanceusdm', 'open interest 1h', 29 * day],
    ['bybit', 'open interest 1h', 50 * day],
    ['bybit', 'open interest 5m', 6 * day],
    ['okx', 'open interest 1h', 59 * day],
    ['okx', 'open interest 5m', 4 * day],
  ] as const)('of %s (%s) is whole over %d ms, in base units, page by page', async (exchange, kind, span) => {
    const range = { start: now - span + 1, end: now };
    const { points, asked } = await load(exchange, kind, range);
    expect(pairs(points)).toEqual(moments(range.start, range.end, kind.endsWith('5m') ? 300_000 : hour));
    expect(points.warnings).toEqual([]);
    expect(asked.length).toBeGreaterThan(span / (kind.endsWith('5m') ? 300_000 : hour) / 501);
  });

  it('of OKX is known from the close of its bars on, never from their opening', async () => {
    const { points } = await load('okx', 'open interest 1h', { start: now - 3 * hour, end: now });
    // 3:20 is now: the bar of 3:00 is still forming, and that of 2:00 is known since 3:00.
    expect(pairs(points).at(-1)).toEqual([now - (now % hour), openInterestAt(now - (now % hour))]);
  });

  it('of OKX is asked for as far back as it is kept, and what is older is a warning', async () => {
    const { points, asked } = await load('okx', 'open interest 5m', { start: now - 20 * day, end: now });
    expect(points.time.length).toBeGreaterThan(1_430);
    expect(points.warnings).toEqual([expect.stringMatching(/^okx BTC\/USDT:USDT: open interest begin 2024-05-27/)]);
    expect(asked.length).toBeLessThan(17);
  });
});

const start = now - (now % day) - 20 * day;

async function contractFeed(options: object = {}) {
  const { url } = await contractExchanges({ now, listed });
  const runtime = new StillRuntime(systemRuntime, now);
  const folder = temporaryFolder();
  const feed = new CcxtDataFeed({
    exchange: 'binanceusdm', symbol: 'BTC/USDT:USDT', timeframe: '1h', start, end: start + 10 * day, folder, funding: true, openInterest: true,
    progress: false, store: new CcxtStore({ exchange: 'binanceusdm', publicOnly: true, ...connection(url) }, runtime), ...options,
  }); // prettier-ignore
  return { feed, runtime, folder };
}

const columnsAt = (bars: Bars, i: number): number[] => [bars.funding![i]!, bars.openInterest![i]!];

describe('bars with funding and open interest', () => {
  it('show at each bar the value last known by its close', async () => {
    const { feed, runtime } = await contractFeed();
    const bars = await feed.load({ runtime });
    expect(bars.time).toHaveLength(240);
    for (let i = 0; i < bars.time.length; i++) {
      const close = bars.time[i]! + hour;
      expect(columnsAt(bars, i)).toEqual([rateAt(close - (close % (8 * hour))), openInterestAt(close)]);
    }
    expect(feed.warnings().filter((one) => /funding|open interest/.test(one))).toEqual([]);
  });

  it('carry quote volume, number of trades and taker volume of the venue', async () => {
    const { feed, runtime } = await contractFeed();
    const bars = await feed.load({ runtime });
    expect([bars.quoteVolume![5], bars.tradeCount![5], bars.buyVolume![5]]).toEqual([703.5, 42, 3]);
  });

  it('are the same in pieces, and cut short at any bar', async () => {
    const { feed, runtime } = await contractFeed();
    const bars = await feed.load({ runtime });
    const pieces: number[][] = [];
    for await (const piece of feed.stream({ runtime })) for (let i = 0; i < piece.time.length; i++) pieces.push(columnsAt(piece, i)); // prettier-ignore
    expect(pieces).toEqual(Array.from(bars.time, (_, i) => columnsAt(bars, i)));
    for (const count of [1, 8, 9]) {
      const cut = await contractFeed({ end: start + count * hour });
      const shorter = await cut.feed.load({ runtime: cut.runtime });
      const last = count - 1;
      expect(columnsAt(shorter, last)).toEqual(columnsAt(bars, last));
    }
  });

  it('keep the last value in longer bars, by every way of making them', async () => {
    const { feed, runtime } = await contractFeed({ timeframe: '1h', compression: 3, resample: true });
    const longer = await feed.load({ runtime });
    const { feed: hours } = await contractFeed();
    const made = resampleBars(await hours.load({ runtime }), '1h', '3h');
    expect(Array.from(longer.funding!)).toEqual(Array.from(made.funding!));
    expect(Array.from(longer.openInterest!)).toEqual(Array.from(made.openInterest!));
    for (let i = 0; i < made.time.length; i++) expect(made.openInterest![i]).toBe(openInterestAt(made.closeTime[i]!));
  });

  it('are lines of a data, of a resampled and of a replayed one', async () => {
    const { feed } = await contractFeed();
    const seen: [number, number, number, number][] = [];
    class Watcher extends Strategy {
      override next(): void {
        const [base, longer, growing] = this.datas;
        if (longer!.length === 0) return;
        const at = base!.closeTime;
        expect(base!.funding!.now).toBe(rateAt(at - (at % (8 * hour))));
        expect(longer!.openInterest!.now).toBe(openInterestAt(longer!.closeTime));
        expect(growing!.openInterest!.now).toBe(base!.openInterest!.now);
        seen.push([at, base!.funding!.now, longer!.funding!.now, growing!.funding!.now]);
      }
    }
    const cerebro = new Cerebro({ runtime: new StillRuntime(systemRuntime, now) });
    cerebro.addData(feed, 'perp').resampleData('perp', '8h').replayData('perp', '1d');
    await cerebro.addStrategy(Watcher).run();
    expect(seen.length).toBeGreaterThan(200);
  });

  it('are kept where the bars are, by origin', async () => {
    const { feed, runtime, folder } = await contractFeed();
    await feed.load({ runtime });
    const store = await PointStore.open({ folder });
    const found = store.list();
    store.close();
    expect(found.map(({ exchange, kind, origin }) => [exchange, kind, origin === feed.origin])).toEqual([
      ['binanceusdm', 'funding', true],
      ['binanceusdm', 'open interest 1h', true],
    ]);
  });

  it('are columns that bars in memory and files may have', async () => {
    const bars = { ...createBars(3), time: Float64Array.of(0, hour, 2 * hour), funding: Float64Array.of(NaN, 1, 2) };
    for (const name of ['open', 'high', 'low', 'close'] as const) bars[name].fill(100);
    const rates: number[] = [];
    class Watcher extends Strategy {
      override next(): void {
        rates.push(this.data.funding!.now);
      }
    }
    await new Cerebro()
      .addData(new BarsDataFeed({ bars, timeframe: '1h', symbol: 'BTC/USDT:USDT' }))
      .addStrategy(Watcher)
      .run();
    expect(rates).toEqual([NaN, 1, 2]);
    expect(barClose(timeframe('1h'), 0)).toBe(hour);
  });
});
