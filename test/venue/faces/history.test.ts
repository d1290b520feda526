/** The local exchange as ccxt's own, unmodified classes see it. */
import { describe, expect, it } from 'vitest';

import { CcxtStore } from '../../../src/connectors/ccxt/index.ts';
import { barAt, lowerBound } from '../../../src/core/index.ts';
import { firstBar, localExchange, minute, minutes, venueNow } from '../local.ts';

describe.each([
  { exchange: 'binance', symbol: 'BTC/USDT', page: 1000 },
  { exchange: 'kraken', symbol: 'BTC/USD', page: 720 },
])('the face of $exchange', ({ exchange, symbol, page }) => {
  async function connect(limits = false): Promise<CcxtStore> {
    const { url } = await localExchange({ limits });
    return new CcxtStore({ exchange, url, rateLimitMs: 0, publicOnly: true });
  }

  it('lists its markets with steps and fees', async () => {
    const store = await connect();
    expect(await store.symbols()).toEqual(['BTC/USD', 'BTC/USDT', 'ETH/USDT']);
    expect(await store.instrument(symbol)).toMatchObject({ symbol, type: 'spot', tick: 0.01, lot: 0.00001 });
  });

  it('serves the bars of its tape, the last of them forming', async () => {
    const store = await connect();
    const since = venueNow - 30_000 - 100 * minute;
    const rows = await store.fetchBars({ symbol, timeframe: '1m', since, limit: page });
    const at = lowerBound(minutes.time, since);
    expect(rows).toHaveLength(101);
    for (let i = 0; i < 100; i++) {
      const { time, open, high, low, close, volume } = barAt(minutes, at + i);
      // Some exchanges send more of a bar, behind these.
      expect(rows[i]!.slice(0, 6)).toEqual([time, open, high, low, close, volume]);
    }
    const whole = barAt(minutes, at + 100);
    expect(rows[100]![0]).toBe(whole.time);
    expect(rows[100]![5]).toBeCloseTo(whole.volume / 2, 6);
  });

  it('adds minutes up to hours', async () => {
    const store = await connect();
    const since = venueNow - 30_000 - 3 * 60 * minute;
    const [hour] = await store.fetchBars({ symbol, timeframe: '1h', since, limit: 1 });
    const at = lowerBound(minutes.time, since);
    const parts = Array.from({ length: 60 }, (_, i) => barAt(minutes, at + i));
    expect(hour!.slice(0, 5)).toEqual([
      since,
      parts[0]!.open,
      Math.max(...parts.map((bar) => bar.high)),
      Math.min(...parts.map((bar) => bar.low)),
      parts[59]!.close,
    ]);
    expect(hour![5]).toBeCloseTo(
      parts.reduce((sum, bar) => sum + bar.volume, 0),
      6,
    );
  });

  it('tells its time, a book around the last price, a ticker and trades that agree with the bars', async () => {
    const store = await connect();
    const last = (await store.fetchBars({ symbol, timeframe: '1m', limit: 1 })).at(-1)![4];
    const book = await store.fetchOrderBook(symbol, 10);
    expect(book.bids[0]![0]).toBeCloseTo(last - 0.01, 8);
    expect(book.asks[0]![0]).toBeCloseTo(last + 0.01, 8);
    expect((await store.fetchTicker(symbol)).last).toBe(last);
    const since = firstBar + 600 * minute;
    const trades = await store.fetchTrades(symbol, since, 4);
    const bar = barAt(minutes, 600);
    expect(trades.map((trade) => trade.price)[0]).toBe(bar.open);
    expect(trades.at(-1)!.price).toBe(bar.close);
    const clock = Date.now() + (await store.clockOffset());
    expect(Math.abs(clock - venueNow)).toBeLessThan(3000);
  });

  it('says which symbols are near a wrong one', async () => {
    const store = await connect();
    await expect(store.instrument('BCT/USDT')).rejects.toThrow(/does not list 'BCT\/USDT': did you mean BTC\/USDT/);
  });

  it('refuses more requests than the exchange itself allows', async () => {
    const { url } = await localExchange({ limits: true });
    const store = new CcxtStore({ exchange, url, rateLimitMs: 0, publicOnly: true, retry: { attempts: 1 } });
    await store.markets();
    const act = async (): Promise<void> => {
      for (let i = 0; i < 130; i++) await store.fetchTrades(symbol).then(() => store.fetchOrderBook(symbol, 1000));
    };
    await expect(act()).rejects.toMatchObject({ code: 'rate-limit', retryable: true });
  });
});

it('serves only the newest 720 bars as kraken does, whatever is asked for', async () => {
  const { url } = await localExchange();
  const store = new CcxtStore({ exchange: 'kraken', url, rateLimitMs: 0, publicOnly: true });
  const rows = await store.fetchBars({ symbol: 'BTC/USD', timeframe: '1m', since: firstBar, limit: 5000 });
  expect(rows).toHaveLength(720);
  expect(rows[0]![0]).toBe(venueNow - 30_000 - 719 * minute);
});
