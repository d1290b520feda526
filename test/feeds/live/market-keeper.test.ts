/** What a session and a stream see of a market is in the store afterwards, marked as built, until the exchange's own bars replace it. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import {
  type Instrument,
  barsBetween,
  systemRuntime,
  type Bars,
  type Quote,
  type StreamEvent,
  type TradeTick,
} from '../../../src/core/index.ts';
import {
  barsFromTicks,
  CcxtDataFeed,
  keptKinds,
  MarketKeeper,
  TickDataFeed,
  type LiveBar,
} from '../../../src/feeds/index.ts';
import { loadQuotes, loadTrades } from '../../../src/feeds/research/load-trades.ts';
import { barsOf, openSink } from '../../../src/sinks/index.ts';
import { volumesBy } from '../../../src/sinks/volume.ts';
import { BarStore, type Series } from '../../../src/store/index.ts';
import { StillRuntime } from '../../../src/venue/index.ts';
import { localExchange, minute, minutes, temporaryFolder, venueNow } from '../../venue/local.ts';

const runtime = systemRuntime;
const first = venueNow - (venueNow % minute) - 30 * minute;
const end = first + 20 * minute;

function tradeAt(time: number, price: number, id: string): TradeTick {
  return { type: 'trade', exchange: 'binance', symbol: 'BTC/USDT', time, receiveTime: time, id, side: id.endsWith('0') ? 'buy' : 'sell', price, size: 2, backfill: false };
} // prettier-ignore

function quoteAt(time: number, bid: number): Quote {
  return { type: 'quote', exchange: 'binance', symbol: 'BTC/USDT', time, receiveTime: time, bid, bidSize: 1, ask: bid + 1, askSize: 1, sequence: undefined };
} // prettier-ignore

const rows = (bars: Bars): LiveBar[] =>
  Array.from(bars.time, (time, i) => ({
    time, open: bars.open[i]!, high: bars.high[i]!, low: bars.low[i]!, close: bars.close[i]!, volume: bars.volume[i]!, closeTime: time + minute, origin: 'trades',
  })); // prettier-ignore

const other = (bars: LiveBar[]): LiveBar[] =>
  bars.map((bar) => ({ ...bar, close: bar.close + 0.01, high: bar.high + 0.01 }));

describe('the bars of a session', () => {
  it('can be run over when the exchange is away, with a warning, and are replaced by its own when it answers', async () => {
    const local = await localExchange({ faults: { plan: [{ kind: 'server-error', times: 1 }] } });
    const folder = temporaryFolder();
    const origin = new URL(local.url).host;
    const series: Series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1m', origin };
    const keeper = new MarketKeeper({ series, kinds: ['bars'], by: 'session one', runtime, folder });
    keeper.begin(first);
    const truth = barsBetween(minutes, first, end);
    for (const bar of other(rows(truth))) keeper.bar(bar, true);
    await keeper.close();
    expect(keeper.failure).toBe(undefined);

    const feed = (url: string): CcxtDataFeed =>
      new CcxtDataFeed({
        exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', start: first, end, folder, progress: false,
        connection: { url, rateLimitMs: 0, timeoutMs: 20_000, retry: { attempts: 1, baseMs: 1 } },
      }); // prettier-ignore
    const away = feed(local.url);
    const built = await away.load({ runtime: new StillRuntime(systemRuntime, venueNow) });
    expect(Array.from(built.close)).toEqual(Array.from(truth.close, (close) => close + 0.01));
    expect(away.warnings()).toContainEqual(
      expect.stringContaining('some bars were built from a stream, and the exchange'),
    );

    const closed = await feed(local.url).load({ runtime: new StillRuntime(systemRuntime, venueNow) });
    expect(Array.from(closed.close)).toEqual(Array.from(truth.close));
    const store = await BarStore.open({ folder });
    expect(store.known(series, { start: first, end }).map(({ source }) => source)).toEqual(['binance']);
    store.close();
  });

  it('are known where nothing was traded between two of them, if missed ones are fetched, and unknown if they are not', async () => {
    const series: Series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1m' };
    const [one, , , two] = rows(barsBetween(minutes, first, end));
    for (const canFetch of [true, false]) {
      const folder = temporaryFolder();
      const keeper = new MarketKeeper({ series, kinds: ['bars'], by: 'session one', runtime, folder });
      for (const bar of [one!, two!]) keeper.bar(bar, canFetch);
      await keeper.close();
      const store = await BarStore.open({ folder });
      const range = { start: first, end: first + 4 * minute };
      expect(store.covers(series, range)).toBe(canFetch);
      expect(Array.from(store.read(series, range).time)).toEqual([first, first + 3 * minute]);
      store.close();
    }
  });

  it('never take the place of closed bars of the exchange', async () => {
    const series: Series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1m' };
    const folder = temporaryFolder();
    const store = await BarStore.open({ folder });
    const truth = barsBetween(minutes, first, first + 5 * minute);
    await store.write(series, { start: first, end: first + 5 * minute, source: 'binance' }, truth);
    const keeper = new MarketKeeper({ series, kinds: ['bars'], by: 'session one', runtime, folder });
    keeper.begin(first);
    for (const bar of other(rows(barsBetween(minutes, first, end)))) keeper.bar(bar, true);
    await keeper.close();
    const all = store.read(series, { start: first, end });
    expect(Array.from(all.close.subarray(0, 5))).toEqual(Array.from(truth.close));
    expect(all.time).toHaveLength(20);
    store.close();
  });
});

describe('the trades and quotes of a stream', () => {
  const events: StreamEvent[] = [];
  for (let k = 0; k < 600; k++) {
    events.push(tradeAt(first + k * 1_000, 100 + (k % 17), String(k)));
    if (k % 3 === 0) events.push(quoteAt(first + k * 1_000 + 1, 99 + (k % 5)));
  }

  it('are in the store once, however often they come, and make the same bars again', async () => {
    const folder = temporaryFolder();
    for (let time = 0; time < 2; time++) {
      const sink = await openSink({ to: `store:${folder}`, name: 'test', batchSize: 100 });
      for (const event of events) await sink.write(event);
      await sink.close();
    }
    const where = { exchange: 'binance', symbol: 'BTC/USDT', origin: 'test', folder };
    const trades = await loadTrades(where);
    const own = events.filter((event) => event.type === 'trade');
    expect(Array.from(trades.price)).toEqual(own.map(({ price }) => price));
    expect(Array.from(trades.side)).toEqual(own.map(({ side }) => (side === 'buy' ? 1 : -1)));
    expect((await loadQuotes(where)).bid[1]).toBe(102);
    const feed = new TickDataFeed({ ticks: trades, timeframe: '1m', symbol: 'BTC/USDT' });
    const bars = await feed.load();
    expect(Array.from(bars.close)).toEqual(Array.from(barsFromTicks(own, '1m').close));

    // The first minute may have begun before the stream; the rest is in the bar store, as bars of one minute.
    const store = await BarStore.open({ folder });
    const series: Series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1m', origin: 'test' };
    const stored = store.read(series, { start: first, end });
    expect(Array.from(stored.close)).toEqual(Array.from(bars.close.subarray(1, 1 + stored.time.length)));
    expect(stored.time.length).toBeGreaterThanOrEqual(8);
    expect(store.known(series, { start: first, end }).every(({ source }) => source.startsWith('built '))).toBe(true);
    store.close();
    await expect(loadTrades({ ...where, origin: 'other' })).rejects.toThrow('there are some from test');
  });
});

describe('what could not be written', () => {
  const series: Series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1m', origin: 'test' };

  /** A keeper whose folder is a file, so that nothing can be written until it is gone. */
  function blocked() {
    const folder = join(temporaryFolder(), 'store');
    writeFileSync(folder, 'in the way');
    const keeper = new MarketKeeper({ series, kinds: [...keptKinds], by: 'test', runtime, folder });
    keeper.begin(first);
    return { keeper, folder };
  }

  it('is written with what follows, in its order', async () => {
    const { keeper, folder } = blocked();
    const truth = rows(barsBetween(minutes, first, end));
    for (const bar of truth.slice(0, 5)) keeper.bar(bar, true);
    // So many trades are written at once, and fail.
    for (let k = 0; k < 5_000; k++) keeper.take(tradeAt(first + k, 100 + k, `t${k}`));
    await vi.waitFor(() => {
      expect(keeper.failure).toContain(folder);
    });
    expect(keeper.dropped).toBe(0);
    rmSync(folder);
    for (const bar of truth.slice(5)) keeper.bar(bar, true);
    keeper.take(tradeAt(first + 5_000, 9, 'last'));
    await keeper.close();
    expect([keeper.failure, keeper.dropped]).toEqual([undefined, 0]);
    const store = await BarStore.open({ folder });
    expect(Array.from(store.read(series, { start: first, end }).close)).toEqual(truth.map(({ close }) => close));
    store.close();
    const { price } = await loadTrades({ exchange: 'binance', symbol: 'BTC/USDT', origin: 'test', folder });
    expect([price.length, price[0], price[5_000]]).toEqual([5_001, 100, 9]);
  });

  it('is counted when the keeper closes without having written it, and the oldest of it beyond a bound', async () => {
    const { keeper } = blocked();
    for (let k = 0; k < 104_999; k++) keeper.take(tradeAt(first + k, 100, `t${k}`));
    await vi.waitFor(() => {
      expect(keeper.dropped).toBe(0);
      expect(keeper.failure).toBeDefined();
    });
    keeper.take(tradeAt(first, 100, 'one more'));
    await vi.waitFor(() => {
      expect(keeper.dropped).toBe(5_000);
    });
    await keeper.close();
    expect(keeper.dropped).toBe(105_000);
  });
});

describe('bars that sinks make of trades of contracts', () => {
  // OKX counts contracts of 0.01 BTC in its trades, and BTC in its bars.
  const symbol = 'BTC/USDT:USDT';
  const instrument = { symbol, type: 'swap', base: 'BTC', quote: 'USDT', settle: 'USDT', contractSize: 0.01 } as const;
  const coin = {
    symbol: 'BTC/USD:BTC',
    type: 'swap',
    base: 'BTC',
    quote: 'USD',
    settle: 'BTC',
    contractSize: 100,
  } as const;
  const known = (_exchange: string, of: string) => [instrument, coin].find((one) => one.symbol === of);
  const tradesOf = (of: string): TradeTick[] =>
    Array.from({ length: 240 }, (_, k) => ({ ...tradeAt(first + k * 1_000, 50_000, `${of}${k}`), exchange: 'okx', symbol: of, size: 20 })); // prettier-ignore

  it('count units of the base, as the bars of the exchange beside them', async () => {
    const folder = temporaryFolder();
    const sink = await openSink({ to: `store:${folder}` }, { instrumentOf: known });
    for (const one of [...tradesOf(symbol), ...tradesOf(coin.symbol)]) await sink.write(one);
    await sink.close();
    const store = await BarStore.open({ folder });
    const volumes = (of: string): number[] =>
      [...store.read({ exchange: 'okx', type: 'swap', symbol: of, timeframe: '1m' }, { start: first, end }).volume].map((one) => +one.toFixed(9)); // prettier-ignore
    // 60 trades of 20 contracts a minute: 1,200 x 0.01 BTC, and 1,200 x 100 USD at 50,000.
    expect(new Set(volumes(symbol))).toEqual(new Set([12]));
    expect(new Set(volumes(coin.symbol))).toEqual(new Set([2.4]));
    store.close();
  });

  it('are not made where the size of a contract is not known, and a warning says so; trades are kept', async () => {
    const folder = temporaryFolder();
    const warned: string[] = [];
    const note = ({ message }: Error): number => warned.push(message);
    process.on('warning', note);
    const sink = await openSink({ to: `store:${folder}` });
    for (const one of tradesOf(symbol)) await sink.write(one);
    await sink.close();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warned.filter((text) => text.startsWith(`no bars are built from the trades of okx ${symbol}`))).toHaveLength(1);
    const store = await BarStore.open({ folder });
    expect(store.read({ exchange: 'okx', type: 'swap', symbol, timeframe: '1m' }, { start: first, end }).time).toHaveLength(0);
    store.close();
    expect((await loadTrades({ exchange: 'okx', symbol, folder })).price).toHaveLength(240);
  }); // prettier-ignore

  it.each([
    // Contracts of 100 USD at Binance; at Bybit trades and contracts count single USD.
    ['binancecoinm', 'BTC/USD:BTC', 100, 0.04],
    ['binancecoinm', 'BTC/USD:BTC-240628', 100, 0.04],
    ['bybit', 'BTC/USD:BTC', 1, 0.0004],
    // Deribit's contracts are of 10 USD, and its trades count USD.
    ['deribit', 'BTC/USD:BTC', 10, 0.0004],
    // Contracts of 0.001 BTC, and of 100 USD.
    ['htxlinear', 'BTC/USDT:USDT', 0.001, 0.02],
    ['htxinverse', 'BTC/USD:BTC', 100, 0.04],
    // Trades of these count the base already.
    ['binanceusdm', 'BTC/USDT:USDT', 1, 20],
    ['bybit', 'BTC/USDT:USDT', 1, 20],
    ['okx', 'BTC/USDT', 1, 20],
    ['deribit', 'BTC/USDC:USDC', 0.001, 20],
  ])('of %s %s in contracts of %d count %d of 20 at 50,000', (exchange, of, contractSize, volume) => {
    const [base, quote] = of.split(/[/:]/) as [string, string];
    const one: Instrument = { symbol: of, type: 'swap', base, quote, contractSize };
    const [trade] = tradesOf(of);
    expect(volumesBy(() => one)({ ...trade!, exchange })).toBeCloseTo(volume, 12);
  });

  it('count the same on their way to any other sink', () => {
    const [toBars, toSpot] = [barsOf('1m', (trade) => trade.size * 0.01), barsOf('1m')];
    const bars = tradesOf(symbol).flatMap((one) => toBars(one));
    expect(bars.map((bar) => bar.type === 'bar' && +bar.volume.toFixed(9)).slice(1)).toEqual([12, 12]);
    const spot = tradesOf('BTC/USDT').flatMap((one) => toSpot(one));
    expect(spot.map((bar) => bar.type === 'bar' && bar.volume).slice(1)).toEqual([1_200, 1_200]);
  });
});
