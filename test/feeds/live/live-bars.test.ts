/** Live bars: whatever the stream missed and whenever it began, what comes out is what the exchange has, once and in order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { timeframe, type Bars, type BarUpdate, type TradeTick } from '../../../src/core/index.ts';
import { barsFromTicks, columnsOf, LiveBars, rowsOf, type LiveBar } from '../../../src/feeds/index.ts';

const minute = 60_000;
const frame = timeframe('1m');
const start = Date.UTC(2024, 0, 1);

function tradeAt(time: number, price: number, size = 1): TradeTick {
  const base = { type: 'trade', exchange: 'x', symbol: 'BTC/USDT', receiveTime: time, id: undefined } as const;
  return { ...base, side: 'buy', time, price, size, backfill: false };
}

function live(canFetch: boolean, from: 'trades' | 'venue' = 'trades'): LiveBars {
  return new LiveBars({ timeframe: frame, from, graceMs: 2_000, canFetch });
}

/** Gives a trade as a session does: what it closes comes out before it is taken in. */
function say(bars: LiveBars, trade: TradeTick, out: LiveBar[] = []): LiveBar[] {
  bars.heard(trade.time!);
  const counts = bars.reach(trade.time!);
  take(bars, out);
  if (counts) bars.take(trade, trade.time!);
  return out;
}

function take(bars: LiveBars, out: LiveBar[] = []): LiveBar[] {
  for (let bar = bars.shift(); bar !== undefined; bar = bars.shift()) out.push(bar);
  return out;
}

const times = (bars: readonly LiveBar[]): number[] => bars.map(({ time }) => (time - start) / minute);

/** A market of an hour, and what a stream saw of it. */
interface World {
  readonly trades: readonly { readonly time: number; readonly price: number; readonly size: number }[];
  readonly began: number;
  readonly drops: readonly { readonly from: number; readonly to: number }[];
  readonly lagMs: number;
}

const minutes = 30;
const world: fc.Arbitrary<World> = fc.record({
  trades: fc
    .array(
      fc.record({
        at: fc.integer({ min: 0, max: minutes * minute - 1 }),
        price: fc.integer({ min: 90, max: 110 }),
        size: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 150 },
    )
    .map((rows) =>
      rows.map(({ at, price, size }) => ({ time: start + at, price, size })).sort((a, b) => a.time - b.time),
    ),
  began: fc.integer({ min: 0, max: 5 * minute }).map((at) => start + at),
  drops: fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: minutes * minute }), fc.integer({ min: 1, max: 4 * minute }))
      .map(([from, length]) => ({ from: start + from, to: start + from + length })),
    { maxLength: 3 },
  ),
  lagMs: fc.integer({ min: 0, max: 90_000 }),
});

/** Lets the world happen second by second; what is missing is fetched and comes after a lag. */
function happen({ trades, began, drops, lagMs }: World, until = Infinity): LiveBar[] {
  const bars = live(true);
  bars.seed(start);
  const out: LiveBar[] = [];
  const there = barsFromTicks(trades, frame, { knownUntil: start + (minutes + 10) * minute });
  let answer: { readonly at: number; readonly start: number; readonly end: number } | undefined;
  let next = 0;
  let isAway = true;
  for (let now = start; now <= start + (minutes + 8) * minute && now <= until; now += 1_000) {
    for (; next < trades.length && trades[next]!.time <= now; next++) {
      const { time, price, size } = trades[next]!;
      if (time >= began && !drops.some(({ from, to }) => time >= from && time < to))
        say(bars, tradeAt(time, price, size), out);
    }
    const away = now < began || drops.some(({ from, to }) => now >= from && now < to);
    if (away && !isAway) bars.break();
    if (!away) bars.heard(now);
    isAway = away;
    if (answer !== undefined && answer.at <= now) {
      const range = answer;
      const rows = rowsOf(there as Bars).filter(([time]) => time! >= range.start && time! < range.end);
      bars.fetched(range, columnsOf(rows));
      answer = undefined;
    }
    bars.tick(now);
    take(bars, out);
    const range = away || answer !== undefined ? undefined : bars.missing(now);
    if (range !== undefined) answer = { at: now + lagMs, ...range };
    take(bars, out);
  }
  return out;
}

describe('live bars', () => {
  it('are the bars that the exchange has, once each and in order, wherever the stream began and broke off', () => {
    fc.assert(
      fc.property(world, (one) => {
        const drops = one.drops.filter(({ from }) => from > one.began);
        const out = happen({ ...one, drops });
        const there = barsFromTicks(one.trades, frame, { knownUntil: start + (minutes + 10) * minute });
        expect(out.map(({ time, open, high, low, close, volume }) => [time, open, high, low, close, volume])).toEqual(
          rowsOf(there),
        );
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('do not depend on what comes later', () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 0, max: minutes * minute }), (one, at) => {
        const whole = happen(one);
        const cut = happen(one, start + at);
        expect(cut).toEqual(whole.slice(0, cut.length));
      }),
      { numRuns: 100, seed: 8 },
    );
  });

  it('take the bar in which the stream began from the exchange, and make the next of trades', () => {
    const bars = live(true);
    bars.seed(start);
    expect(say(bars, tradeAt(start + 30_000, 100))).toEqual([]);
    expect(say(bars, tradeAt(start + 61_000, 101))).toEqual([]);
    bars.tick(start + 62_500);
    expect(bars.missing(start + 62_500)).toEqual({ start, end: start + minute });
    bars.fetched({ start, end: start + minute }, columnsOf([[start, 99, 105, 98, 100, 50]]));
    const out = take(bars);
    expect(out).toEqual([
      {
        time: start,
        open: 99,
        high: 105,
        low: 98,
        close: 100,
        volume: 50,
        closeTime: start + minute,
        origin: 'fetched',
      },
    ]);
    say(bars, tradeAt(start + 2 * minute, 102), out);
    expect(out[1]).toMatchObject({ time: start + minute, open: 101, volume: 1, origin: 'trades' });
  });

  it('close with the first trade at the end of the bar, which is not in it', () => {
    const bars = live(false);
    const out = say(bars, tradeAt(start - 1, 1));
    for (const at of [0, 1, minute - 1, minute]) say(bars, tradeAt(start + at, 100 + at, 2), out);
    expect(out).toEqual([expect.objectContaining({ time: start, close: 100 + minute - 1, volume: 6 })]);
  });

  it('close by the clock when the market is silent, after the grace', () => {
    const bars = live(false);
    const out = say(bars, tradeAt(start - 1, 1));
    say(bars, tradeAt(start + 10, 100), out);
    bars.tick(start + minute + 1_999);
    expect(take(bars, out)).toEqual([]);
    bars.tick(start + minute + 2_000);
    expect(times(take(bars, out))).toEqual([0]);
    expect(bars.known).toBe(start + minute);
  });

  it('count a bar that may lack trades where nothing can be asked: quotes went on, trades did not', () => {
    const bars = live(false);
    say(bars, tradeAt(start - 1, 1));
    say(bars, tradeAt(start + 10, 100));
    bars.heard(start + minute + 1);
    bars.tick(start + minute + 3_000);
    expect(times(take(bars))).toEqual([0]);
    expect(bars.counts.suspect).toBe(1);
    // A market in which nothing at all was heard was quiet.
    say(bars, tradeAt(start + minute + 3_500, 100));
    bars.tick(start + 2 * minute + 3_000);
    expect(times(take(bars))).toEqual([1]);
    expect(bars.counts.suspect).toBe(1);
  });

  it('ask the exchange for a bar that no later trade closed: the channel of trades may be dead while quotes go on', () => {
    const bars = live(true);
    bars.seed(start - minute);
    say(bars, tradeAt(start - 1, 1));
    bars.fetched({ start: start - minute, end: start }, columnsOf([]));
    say(bars, tradeAt(start + 10, 100));
    bars.tick(start + minute + 3_000);
    expect(take(bars)).toEqual([]);
    expect(bars.missing(start + minute + 3_000)).toEqual({ start, end: start + minute });
    // Quotes go on.
    bars.heard(start + minute + 3_500);
    bars.tick(start + minute + 4_000);
    expect(take(bars)).toEqual([]);
    bars.fetched({ start, end: start + minute }, columnsOf([[start, 100, 130, 90, 120, 60]]));
    expect(take(bars)).toEqual([expect.objectContaining({ time: start, volume: 60, origin: 'fetched' })]);
    say(bars, tradeAt(start + minute + 5_000, 101));
    expect(times(take(bars))).toEqual([]);
  });

  it('count a trade of a bar that is closed and leave it out', () => {
    const bars = live(false);
    const out = say(bars, tradeAt(start - 1, 1));
    say(bars, tradeAt(start + 10, 100), out);
    say(bars, tradeAt(start + minute, 101), out);
    say(bars, tradeAt(start + 20, 500), out);
    say(bars, tradeAt(start + 2 * minute, 102), out);
    expect(bars.counts.lateTrades).toBe(1);
    expect(out.map(({ high }) => high)).toEqual([100, 101]);
  });

  it('let the clock close a bar whose trades went on until its end, while the source is heard', () => {
    const bars = live(true);
    bars.seed(start - minute);
    say(bars, tradeAt(start - 1, 1));
    bars.fetched({ start: start - minute, end: start }, columnsOf([]));
    for (let at = 0; at < minute; at += 1_000) say(bars, tradeAt(start + at, 100));
    bars.tick(start + minute + 3_000);
    expect(take(bars)).toEqual([]);
    bars.heard(start + minute + 3_500);
    bars.tick(start + minute + 4_000);
    expect(take(bars)).toEqual([expect.objectContaining({ time: start, volume: 60, origin: 'trades' })]);
  });

  it('take a late trade of a bar that waits for one before it, and count it once the bar is closed', () => {
    const bars = live(true);
    bars.seed(start - minute);
    const out = say(bars, tradeAt(start - 1, 1));
    say(bars, tradeAt(start + 10, 100), out);
    bars.tick(start + minute + 3_000);
    say(bars, tradeAt(start + 20, 500), out);
    say(bars, tradeAt(start + minute, 101), out);
    say(bars, tradeAt(start + 30, 900), out);
    expect([bars.counts.lateTrades, out]).toEqual([1, []]);
    bars.fetched({ start: start - minute, end: start }, columnsOf([]));
    expect(take(bars, out).map(({ high }) => high)).toEqual([500]);
  });

  it('keep the order of arrival inside a bar, where stamps fall by a moment', () => {
    const bars = live(false);
    const out = say(bars, tradeAt(start - 1, 1));
    for (const [at, price] of [[500, 100], [400, 90], [600, 95]] as const) say(bars, tradeAt(start + at, price), out); // prettier-ignore
    say(bars, tradeAt(start + minute, 1), out);
    expect(out).toEqual([expect.objectContaining({ open: 100, low: 90, close: 95, volume: 3 })]);
    expect(bars.counts.lateTrades).toBe(0);
  });

  it('leave out, where nothing can be fetched, a bar that the stream saw only a part of', () => {
    const bars = live(false);
    const out = say(bars, tradeAt(start + 30_000, 100));
    for (const at of [1, 2, 3]) say(bars, tradeAt(start + at * minute, 100), out);
    bars.break();
    for (const at of [3.5, 4, 5]) say(bars, tradeAt(start + at * minute, 100), out);
    expect(times(out)).toEqual([1, 2, 4]);
    expect(bars.counts.breaks).toBe(1);
  });
});

describe("the venue's own bars", () => {
  const update = (at: number, closed: boolean | undefined, close = 100): BarUpdate => {
    const [open, end] = [start + at * minute, start + (at + 1) * minute];
    const base = {
      type: 'bar',
      exchange: 'x',
      symbol: 'BTC/USDT',
      time: open,
      receiveTime: open,
      timeframe: '1m',
    } as const;
    return { ...base, start: open, end, open: 100, high: 101, low: 99, close, volume: 5, tradeCount: 3, closed };
  };

  it('come when the venue says that they are closed, or begins the next', () => {
    const bars = live(true, 'venue');
    bars.seed(start);
    bars.update(update(0, false, 98));
    expect(take(bars)).toEqual([]);
    bars.update(update(0, true, 99));
    bars.update(update(0, true, 99));
    expect(take(bars)).toEqual([expect.objectContaining({ time: start, close: 99, origin: 'venue' })]);
    bars.update(update(1, undefined, 97));
    bars.update(update(2, undefined));
    expect(take(bars)).toEqual([expect.objectContaining({ time: start + minute, close: 97 })]);
  });

  it('wait for those before them, which are fetched', () => {
    const bars = live(true, 'venue');
    bars.seed(start);
    bars.update(update(2, true));
    expect(take(bars)).toEqual([]);
    const range = bars.missing(start + 3 * minute + 3_000)!;
    expect(range).toEqual({ start, end: start + 2 * minute });
    const row = (at: number): number[] => [start + at * minute, 100, 101, 99, 100, 7];
    bars.fetched(range, columnsOf([row(0), row(1)]));
    expect(take(bars).map(({ time, volume }) => [(time - start) / minute, volume])).toEqual([
      [0, 7],
      [1, 7],
      [2, 5],
    ]);
  });
});
