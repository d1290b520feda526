/** The tape: bars walked tick by tick, and what becomes of orders on the way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { barsFromRows, SimulatedRuntime, timeframe, type Bar, type Runtime } from '../../../src/core/index.ts';
import { BarMarket, BinanceApi, type BarMarketOptions, type MarketTrade } from '../../../src/venue/index.ts';
import { barsBetween } from '../../../src/venue/faces/bars.ts';
import { walkBar, type TickBar } from '../../../src/venue/market/index.ts';

const symbol = 'BTC/USDT';
const minute = 60_000;
const begin = Date.UTC(2024, 0, 1);

interface Tape {
  readonly runtime: SimulatedRuntime;
  readonly market: BarMarket;
  readonly prints: MarketTrade[];
}

/** Bars in whole ticks, the first of which opens a minute after the clock begins. */
function tape(rows: readonly [open: number, high: number, low: number, close: number, volume?: number][], options: Partial<BarMarketOptions> = {}): Tape {
  const runtime = new SimulatedRuntime(1, begin);
  const bars = rows.map(([open, high, low, close, volume = 1000], i): Bar => ({
    time: begin + (i + 1) * minute, open, high, low, close, volume,
  })); // prettier-ignore
  const market = new BarMarket(runtime, {
    series: [{
      instrument: { symbol, base: 'BTC', quote: 'USDT', priceDecimals: 0, sizeDecimals: 0 }, bars: barsFromRows(bars), timeframe: '1m',
    }],
    accounts: [{ name: 'me', apiKey: 'k', secret: 's', balances: { USDT: 1_000_000, BTC: 1_000 } }],
    makerFee: 0, takerFee: 0, minNotional: 0, ...options,
  }); // prettier-ignore
  const prints: MarketTrade[] = [];
  market.listen({ trade: (_, trade) => prints.push(trade) });
  market.start();
  return { runtime, market, prints };
} // prettier-ignore

function place(
  { market }: Tape,
  side: 'buy' | 'sell',
  type: 'MARKET' | 'LIMIT' | 'STOP_LOSS' | 'STOP_LOSS_LIMIT',
  prices: { price?: number; stopPrice?: number } = {},
  size = 3,
): { fills: () => [price: number, size: number, at: number][] } {
  const account = market.exchange.account('me');
  const { order } = market.exchange.place(account, { symbol, side, type, size, ...prices });
  return {
    fills: () =>
      account.fills
        .filter((fill) => fill.order === order)
        .map(({ price, size, time }) => [price, size, time - begin]),
  };
} // prettier-ignore

describe('a walk through a bar', () => {
  it('visits every tick from open over both extremes to close', () => {
    const bar: TickBar = { time: 0, open: 10, high: 12, low: 9, close: 11, volume: 100 };
    expect(walkBar(bar, 'openHighLowClose', 400).map(({ price }) => price)).toEqual([10, 11, 12, 11, 10, 9, 10, 11]);
    expect(walkBar(bar, 'openLowHighClose', 400).map(({ price }) => price)).toEqual([10, 9, 10, 11, 12, 11]);
  });

  const bars = fc
    .tuple(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 4, maxLength: 4 }), fc.integer({ min: 4, max: 9e9 }))
    .map(([prices, volume]): TickBar => ({
      time: 0, open: prices[0]!, close: prices[1]!, high: Math.max(...prices), low: Math.min(...prices), volume,
    })); // prettier-ignore

  it('adds up to the bar, in as many prints as there may be', () => {
    fc.assert(
      fc.property(bars, fc.constantFrom('openHighLowClose' as const, 'openLowHighClose' as const), fc.integer({ min: 4, max: 500 }), (bar, order, most) => {
        const steps = walkBar(bar, order, most);
        const prices = steps.map(({ price }) => price);
        expect(steps.reduce((sum, { size }) => sum + size, 0)).toBe(bar.volume);
        expect(steps.every(({ size }) => size >= 1)).toBe(true);
        expect([prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1)]).toEqual([bar.open, bar.high, bar.low, bar.close]);
        expect(steps.length).toBeLessThanOrEqual(most);
      }),
    ); // prettier-ignore
  });
});

describe('a tape market', () => {
  it('gives the bars back from its prints, each print within its bar', () => {
    const price = fc.integer({ min: 90, max: 110 });
    const row = fc.tuple(price, price, price, price, fc.integer({ min: 4, max: 5_000 })).map(([a, b, c, d, volume]) =>
      [a, Math.max(a, b, c, d), Math.min(a, b, c, d), d, volume] as [number, number, number, number, number],
    ); // prettier-ignore
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), fc.integer({ min: 0, max: 2 }), (rows, spread) => {
        const one = tape(rows, { spread });
        one.runtime.advance(10 * minute);
        const bars = one.market.bars(symbol, timeframe('1m'), 0, Infinity);
        expect(bars.map(({ start, open, high, low, close, volume }) => [start, open, high, low, close, volume])).toEqual(
          rows.map(([open, high, low, close, volume], i) => [begin + (i + 1) * minute, open, high, low, close, volume]),
        );
        for (const { time } of one.prints) expect((time - begin) % minute).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    ); // prettier-ignore
  });

  it('shows those before the clock as history, and the touch at the last close', () => {
    const runtime = new SimulatedRuntime(1, begin + 3 * minute);
    const rows = [
      [10, 11, 9, 10],
      [10, 12, 10, 12],
      [12, 12, 12, 12],
      [13, 14, 13, 14],
    ] as const;
    const bars = rows.map(([open, high, low, close], i): Bar => ({ time: begin + i * minute, open, high, low, close, volume: 9 })); // prettier-ignore
    const market = new BarMarket(runtime, {
      series: [{ instrument: { symbol, base: 'BTC', quote: 'USDT', priceDecimals: 0, sizeDecimals: 0 }, bars: barsFromRows(bars.slice(0, 3)), timeframe: '1m' }],
    }); // prettier-ignore
    expect(market.bars(symbol, timeframe('1m'), 0, Infinity).map(({ close }) => close)).toEqual([10, 12, 12]);
    expect(market.top(symbol)).toMatchObject({ bid: [12, 1_000_000], ask: [12, 1_000_000] });
    expect(market.trades(symbol, 10)).toEqual([]);
  });

  it('fills a market order that comes after a bar at the next open', () => {
    const one = tape([[100, 105, 98, 103], [103, 104, 95, 96]]); // prettier-ignore
    one.runtime.advance(2 * minute + 700);
    const buy = place(one, 'buy', 'MARKET');
    const sell = place(one, 'sell', 'MARKET');
    one.runtime.advance(minute);
    expect(buy.fills()).toEqual([[103, 3, 2 * minute + 700]]);
    expect(sell.fills()).toEqual([[103, 3, 2 * minute + 700]]);
  });

  it('moves the touch to the open before anything prints there', () => {
    const one = tape([[100, 105, 98, 103], [110, 111, 109, 110]]); // prettier-ignore
    one.runtime.advance(2 * minute + 1);
    expect(one.market.top(symbol)).toMatchObject({ bid: [110, 1_000_000], ask: [110, 1_000_000] });
    expect(one.prints.at(-1)!.price).toBe(103);
    one.runtime.advance(600);
    expect(one.prints.at(-1)).toMatchObject({ price: 110, time: begin + 2 * minute + 600 });
  });

  it('fills a resting limit at its price when the walk comes there, and not before', () => {
    const one = tape([[100, 105, 98, 103]]);
    one.runtime.advance(minute + 700);
    const buy = place(one, 'buy', 'LIMIT', { price: 98 });
    const sell = place(one, 'sell', 'LIMIT', { price: 105 });
    const low = place(one, 'buy', 'LIMIT', { price: 97 });
    expect(buy.fills()).toEqual([]);
    one.runtime.advance(minute);
    expect(buy.fills().map(([price, size]) => [price, size])).toEqual([[98, 3]]);
    expect(sell.fills().map(([price, size]) => [price, size])).toEqual([[105, 3]]);
    expect(sell.fills()[0]![2]).toBeLessThan(buy.fills()[0]![2]);
    expect(low.fills()).toEqual([]);
  });

  it('takes the other extreme first when asked to', () => {
    const one = tape([[100, 105, 98, 103]], { walk: 'openLowHighClose' });
    one.runtime.advance(minute + 700);
    const buy = place(one, 'buy', 'LIMIT', { price: 98 });
    const sell = place(one, 'sell', 'LIMIT', { price: 105 });
    one.runtime.advance(minute);
    expect(sell.fills()[0]![2]).toBeGreaterThan(buy.fills()[0]![2]);
  });

  it('fills a stop at its level on the way, and at the open when the bar gaps over it', () => {
    const one = tape([[100, 105, 98, 103], [110, 112, 109, 110]]); // prettier-ignore
    one.runtime.advance(minute + 700);
    const stop = place(one, 'sell', 'STOP_LOSS', { stopPrice: 98 });
    const gapped = place(one, 'buy', 'STOP_LOSS', { stopPrice: 107 });
    const stopLimit = place(one, 'buy', 'STOP_LOSS_LIMIT', { stopPrice: 104, price: 104 });
    one.runtime.advance(3 * minute);
    expect(stop.fills().map(([price]) => price)).toEqual([98]);
    expect(gapped.fills().map(([price]) => price)).toEqual([110]);
    expect(stopLimit.fills().map(([price]) => price)).toEqual([104]);
  });

  it('fills limits that a gap jumps over at the open, as an auction does', () => {
    const one = tape([[100, 105, 98, 103], [90, 92, 89, 91]]); // prettier-ignore
    one.runtime.advance(minute + 59_900);
    const buy = place(one, 'buy', 'LIMIT', { price: 95 });
    one.runtime.advance(minute);
    expect(buy.fills()).toEqual([[90, 3, 2 * minute]]);
  });

  it('keeps the bars as they were given although an account trades in them', () => {
    const rows: [number, number, number, number, number][] = [[100, 105, 98, 103, 1000], [96, 99, 95, 97, 500]]; // prettier-ignore
    const one = tape(rows);
    one.runtime.advance(minute + 700);
    place(one, 'buy', 'LIMIT', { price: 99 }, 50);
    place(one, 'buy', 'LIMIT', { price: 97 }, 50);
    place(one, 'sell', 'LIMIT', { price: 104 }, 20);
    place(one, 'buy', 'MARKET', {}, 30);
    one.runtime.advance(4 * minute);
    expect([...one.market.exchange.account('me').open]).toEqual([]);
    const bars = one.market.bars(symbol, timeframe('1m'), 0, Infinity);
    expect(bars.map(({ open, high, low, close, volume }) => [open, high, low, close, volume])).toEqual(rows);
  });

  it('stands at the price on both sides without a spread, shows no locked book, and a spread apart with one', () => {
    const one = tape([[100, 105, 98, 103]]);
    one.runtime.advance(minute + 700);
    expect(one.market.top(symbol)).toEqual({ bid: [100, 1_000_000], ask: [100, 1_000_000] });
    const { bids, asks } = one.market.book(symbol);
    expect([bids[0]![0], asks[0]![0]]).toEqual([99, 101]);
    const two = tape([[100, 105, 98, 103]], { spread: 2 });
    two.runtime.advance(minute + 700);
    expect(two.market.top(symbol)).toEqual({ bid: [98, 1_000_000], ask: [100, 1_000_000] });
    expect(place(two, 'buy', 'MARKET').fills().map(([price]) => price)).toEqual([100]); // prettier-ignore
    expect(place(two, 'sell', 'MARKET').fills().map(([price]) => price)).toEqual([98]); // prettier-ignore
  });

  it('never leaves an order of an account crossed by the crowd, whatever the spread', () => {
    const price = fc.integer({ min: 95, max: 107 });
    const order = fc.record({ side: fc.constantFrom('buy' as const, 'sell' as const), price, after: fc.integer({ min: 0, max: 30_000 }) });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.array(order, { maxLength: 8 }), (spread, orders) => {
        const one = tape([[100, 105, 98, 103], [96, 104, 96, 99]], { spread }); // prettier-ignore
        one.runtime.advance(minute);
        for (const { side, price, after } of orders) {
          one.runtime.advance(after);
          place(one, side, 'LIMIT', { price });
          const { bids, asks } = one.market.exchange.market(symbol).book;
          if (bids.best !== asks.best || spread > 0) expect(bids.best!).toBeLessThan(asks.best!);
          for (const open of one.market.exchange.account('me').open) {
            const touch = open.side === 'buy' ? asks.best! : bids.best!;
            expect(open.side === 'buy' ? open.price! < touch : open.price! > touch).toBe(true);
          }
        }
      }),
    );
  }); // prettier-ignore

  it('says which bar is not on its grid, or has too little volume for its turns', () => {
    expect(() => tape([[100.5, 105, 98, 103]])).toThrow(/open of the bar at 2024-01-01.*at most 0 decimals, was 100.5/);
    expect(() => tape([[100, 105, 98, 103, 2]])).toThrow(
      /volume of the bar .* at least one lot for each of its 4 turns, was 2/,
    );
  });
});

it('closes its bars whole on the stream although timers come late by bars', () => {
  const slow = new SimulatedRuntime(1, begin);
  const late: Runtime = {
    now: () => slow.now(), elapsed: () => slow.elapsed(), random: () => slow.random(), sleep: (ms) => slow.sleep(ms),
    every: (ms, act) => slow.every(ms, act), after: (ms, act) => slow.after(Math.ceil(Math.max(ms, 1) / 150_000) * 150_000, act),
  }; // prettier-ignore
  const rows = Array.from({ length: 9 }, (_, i): Bar => ({ time: begin + i * minute, open: 100, high: 104, low: 98, close: 101, volume: 60 + i })); // prettier-ignore
  const market = new BarMarket(late, {
    series: [{ instrument: { symbol, base: 'BTC', quote: 'USDT', priceDecimals: 0, sizeDecimals: 0 }, bars: barsFromRows(rows), timeframe: '1m' }],
  }); // prettier-ignore
  const closed: unknown[] = [];
  new BinanceApi(late, market).accept('ws://x/ws/btcusdt@kline_1m', {
    send: (text) => {
      const { k } = JSON.parse(text as string) as { k: Record<string, unknown> };
      if (k['x'] === true) closed.push([k['t'], k['o'], k['h'], k['l'], k['c'], Number(k['v'])]);
    },
    close: () => {},
  });
  market.start();
  slow.advance(12 * minute);
  expect(closed.slice(0, 9)).toEqual(rows.map(({ time, volume }) => [time, '100', '104', '98', '101', volume]));
});

it('answers with whole closed bars by request although its timer comes late', () => {
  const inner = new SimulatedRuntime(1, begin);
  let [lead, isLate] = [0, false];
  const runtime: Runtime = {
    now: () => inner.now() + lead,
    elapsed: () => inner.elapsed() + lead,
    after: (ms, act) => inner.after(isLate ? 1e9 : ms, act),
    every: (ms, act) => inner.every(ms, act),
    sleep: (ms) => inner.sleep(ms),
    random: () => inner.random(),
  };
  isLate = true;
  const bars = barsFromRows([{ time: begin + minute, open: 100, high: 105, low: 95, close: 102, volume: 1_000 }]);
  const instrument = { symbol, base: 'BTC', quote: 'USDT', priceDecimals: 0, sizeDecimals: 0 };
  const market = new BarMarket(runtime, { series: [{ instrument, bars, timeframe: '1m' }] });
  market.start();
  lead = 2 * minute + 1_000;
  const [bar] = market.bars(symbol, timeframe('1m'), begin + minute, begin + 2 * minute);
  expect(bar).toMatchObject({ open: 100, high: 105, low: 95, close: 102, volume: 1_000 });
  market.stop();
});

describe('bars shorter than those it trades along', () => {
  const hour = 60 * minute;
  const frame = timeframe('1m');
  const hours = barsFromRows(
    Array.from({ length: 4 }, (_, i): Bar => ({ time: begin + i * hour, open: 10 + i, high: 14 + i, low: 9 + i, close: 12 + i, volume: 1000 })),
  ); // prettier-ignore
  const opened = (runtime: Runtime, options: Partial<BarMarketOptions> = {}): BarMarket => {
    const instrument = { symbol, base: 'BTC', quote: 'USDT', priceDecimals: 0, sizeDecimals: 0 };
    return new BarMarket(runtime, { series: [{ instrument, bars: hours, timeframe: '1h' }], ...options });
  };

  it('show of the past what traded, as they do of what traded since the start, also where trades are no longer kept', () => {
    const late = opened(new SimulatedRuntime(1, begin + 4 * hour));
    const runtime = new SimulatedRuntime(1, begin - minute);
    const live = opened(runtime);
    const forgetful = opened(runtime, { tradeLimit: 5 });
    for (const market of [live, forgetful]) market.start();
    runtime.advance(4 * hour + minute);
    const past = late.bars(symbol, frame, begin, begin + 4 * hour);
    expect(past).toEqual(live.bars(symbol, frame, begin, begin + 4 * hour));
    expect(past).toEqual(forgetful.bars(symbol, frame, begin, begin + 4 * hour));
    expect([past[0]!.start, past.length]).toEqual([begin, 52]);
    expect(past.reduce((sum, { volume }) => sum + volume, 0)).toBe(4000);
    expect(late.bars(symbol, frame, begin + hour, begin + 2 * hour)).toEqual(past.slice(13, 26));
    const times = Array.from({ length: 60 }, (_, i) => begin + i * 5 * minute);
    expect(times.map((time) => late.priceBefore(symbol, time))).toEqual(times.map((time) => live.priceBefore(symbol, time))); // prettier-ignore
  });

  it('are whole in the answer of the exchange that begins with the first', () => {
    const market = opened(new SimulatedRuntime(1, begin + 4 * hour));
    const answer = barsBetween(market, symbol, { frame, from: begin, to: begin + 4 * hour - 1, limit: 1000, now: begin + 4 * hour }); // prettier-ignore
    expect([answer.length, answer[0]!.start, answer[1]!.volume]).toEqual([240, begin, 0]);
  });
});
