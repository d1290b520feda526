/** Bars of the Binance face: sums of the prints, flat where nothing traded, on the calendar's grid. */
import { describe, expect, it } from 'vitest';

import { SimulatedRuntime, type HttpResponse } from '../../../../src/core/index.ts';
import { SeededMarket } from '../../../../src/venue/index.ts';
import { BinanceApi } from '../../../../src/venue/index.ts';
import { instrument } from './local.ts';

const symbol = 'BTC/USDT';
const begin = Date.UTC(2024, 1, 28, 23, 58, 30);
const minute = 60_000;

type Row = [number, string, string, string, string, string, number, string, number, string, string, string];

function local(stepsPerSecond = 5): {
  runtime: SimulatedRuntime;
  market: SeededMarket;
  ask: (path: string) => unknown;
} {
  const runtime = new SimulatedRuntime(2, begin);
  const market = new SeededMarket(runtime, { seed: 6, instruments: [instrument], stepsPerSecond, historyMinutes: 3 });
  const face = new BinanceApi(runtime, market, { exchange: market.exchange });
  const ask = (path: string): unknown => {
    let answer: HttpResponse | undefined;
    face.request({ method: 'GET', url: `http://x${path}` }, (response) => (answer = response));
    return JSON.parse(answer!.text);
  };
  return { runtime, market, ask };
}

describe('klines', () => {
  it.each(['1s', '1m', '3m'])('of %s are the sums of their trades', (interval) => {
    const { runtime, market, ask } = local();
    market.start();
    runtime.advance(6 * minute);
    const spans = { '1s': 1_000, '1m': minute, '3m': 3 * minute }[interval]!;
    const rows = ask(`/api/v3/klines?symbol=BTCUSDT&interval=${interval}&startTime=${begin}&limit=1000`) as Row[];
    const trades = ask('/api/v3/trades?symbol=BTCUSDT&limit=1000') as { time: number; price: string; qty: string; isBuyerMaker: boolean }[]; // prettier-ignore
    expect(trades.length).toBeGreaterThan(300);
    const inside = (start: number): typeof trades => trades.filter(({ time }) => time >= start && time < start + spans);
    for (const [start, open, high, low, close, volume, end, value, count, takerVolume] of rows) {
      const parts = inside(start);
      expect(end).toBe(start + spans - 1);
      expect(count).toBe(parts.length);
      const sum = (all: typeof trades): number => all.reduce((total, { qty }) => total + Math.round(Number(qty) * 1e4), 0);
      expect(Math.round(Number(volume) * 1e4)).toBe(sum(parts));
      expect(Math.round(Number(takerVolume) * 1e4)).toBe(sum(parts.filter(({ isBuyerMaker }) => !isBuyerMaker)));
      if (parts.length === 0) {
        expect([high, low, close, value]).toEqual([open, open, open, '0.00000']);
        continue;
      }
      const prices = parts.map(({ price }) => Number(price));
      expect([open, close]).toEqual([parts[0]!.price, parts.at(-1)!.price]);
      expect([Number(high), Number(low)]).toEqual([Math.max(...prices), Math.min(...prices)]);
      const exact = parts.reduce((total, { price, qty }) => total + BigInt(Math.round(Number(price) * 10)) * BigInt(Math.round(Number(qty) * 1e4)), 0n);
      expect(BigInt(value.replace('.', ''))).toBe(exact);
    }
  }); // prettier-ignore

  it('go on flat through silence, but not into the forming bar, nor before the first trade of all', () => {
    const { runtime, market, ask } = local();
    market.start();
    runtime.advance(40_000);
    market.stop();
    runtime.advance(4 * minute);
    const rows = ask('/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=20') as Row[];
    const first = Date.UTC(2024, 1, 28, 23, 55);
    expect(rows.map(([start]) => (start - first) / minute)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(rows.slice(5).map(([, open, , , close, volume]) => [open, close, volume])).toEqual(
      Array.from({ length: 3 }, () => [rows[4]![4], rows[4]![4], '0.0000']),
    );
  });

  it('follow the calendar: a month that ends on the 29th, a week that begins on Monday', () => {
    const { runtime, market, ask } = local(1);
    market.start();
    runtime.advance(26 * 60 * minute);
    const starts = (interval: string): number[] => (ask(`/api/v3/klines?symbol=BTCUSDT&interval=${interval}`) as Row[]).map(([start]) => start);
    expect(starts('1M')).toEqual([Date.UTC(2024, 1, 1), Date.UTC(2024, 2, 1)]);
    expect(starts('1w')).toEqual([Date.UTC(2024, 1, 26)]);
    expect(starts('1d')).toEqual([28, 29, 30].map((day) => Date.UTC(2024, 1, day)));
  }); // prettier-ignore

  it('come in pages, and end where they are told to', () => {
    const { ask } = local();
    const first = Date.UTC(2024, 1, 28, 23, 55);
    const starts = (query: string): number[] => (ask(`/api/v3/klines?symbol=BTCUSDT&interval=1m&${query}`) as Row[]).map(([start]) => (start - first) / minute);
    expect(starts(`startTime=${first + 1}&limit=1`)).toEqual([1]);
    expect(starts('startTime=0&limit=2')).toEqual([0, 1]);
    expect(starts(`startTime=${first - 9 * minute}&limit=1`)).toEqual([0]);
    expect(starts(`endTime=${first + minute + 5}&limit=1`)).toEqual([1]);
    expect(ask('/api/v3/klines?symbol=BTCUSDT&interval=7m')).toMatchObject({ code: -1120 });
    expect(ask('/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=-2')).toMatchObject({ code: -1100 });
  }); // prettier-ignore
});

it('tells the last day, the best prices and the mean of five minutes from the same trades', () => {
  const { runtime, market, ask } = local();
  market.start();
  runtime.advance(10 * minute);
  const last = market.trades(symbol, 1)[0]!;
  const text = (last.price / 10).toFixed(1);
  expect(ask('/api/v3/ticker/price?symbol=BTCUSDT')).toEqual({ symbol: 'BTCUSDT', price: text });
  const day = ask('/api/v3/ticker/24hr?symbol=BTCUSDT') as Record<string, string | number>;
  expect(day).toMatchObject({ lastPrice: text, lastId: last.id, openTime: runtime.now() - 86_400_000 });
  const rows = ask('/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1000') as Row[];
  expect(Number(day['volume'])).toBeCloseTo(rows.reduce((sum, row) => sum + Number(row[5]), 0), 8);
  expect(Number(day['highPrice'])).toBe(Math.max(...rows.map((row) => Number(row[2]))));
  const { bid, ask: best } = market.top(symbol);
  expect(ask('/api/v3/ticker/bookTicker?symbols=["BTCUSDT"]')).toEqual([
    { symbol: 'BTCUSDT', bidPrice: (bid![0] / 10).toFixed(1), bidQty: (bid![1] / 1e4).toFixed(4), askPrice: (best![0] / 10).toFixed(1), askQty: (best![1] / 1e4).toFixed(4) },
  ]);
  const mean = Number((ask('/api/v3/avgPrice?symbol=BTCUSDT') as { price: string }).price);
  expect(mean).toBeGreaterThan(Number(day['lowPrice']) - 1);
  expect(mean).toBeLessThan(Number(day['highPrice']) + 1);
}); // prettier-ignore
