/** Ticks to bars: each bar is its trades and no other's, complete when it is delivered, on the grid of resampling. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { systemRuntime, type Bars, type TradeTick } from '../../../src/core/index.ts';
import { Cerebro, Strategy } from '../../../src/engine/index.ts';
import { BarBuilder, barsFromTicks, resampleBars, TickDataFeed, type Tick } from '../../../src/feeds/index.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const context = { runtime: systemRuntime };

/** Eleven trades over four minutes, none in the third. */
const rows: readonly Tick[] = [
  { time: 0, price: 100, size: 1 },
  { time: 400, price: 102, size: 0.5 },
  { time: 999, price: 99, size: 0.25 },
  { time: 1_000, price: 101, size: 2 },
  { time: 59_999.5, price: 103, size: 1 },
  { time: 60_000, price: 98, size: 4 },
  { time: 60_000, price: 97, size: 0 },
  { time: 119_000, price: 97.5, size: 2 },
  { time: 180_000, price: 110, size: 1 },
  { time: 239_999, price: 111, size: 1 },
  { time: 240_000, price: 90, size: 8 },
];

/** Worked out by hand from the rows above. */
const minutes = {
  time: [0, minute, 3 * minute],
  closeTime: [minute, 2 * minute, 4 * minute],
  open: [100, 98, 110],
  high: [103, 98, 111],
  low: [99, 97, 110],
  close: [103, 97.5, 111],
  volume: [4.75, 6, 2],
  quoteVolume: [480.75, 587, 221],
  tradeCount: [5, 3, 2],
};

function plain(bars: Bars): Record<string, number[]> {
  return Object.fromEntries(Object.entries(bars).map(([name, column]) => [name, Array.from(column as Float64Array)]));
}

function columns(ticks: readonly Tick[]): { time: Float64Array; price: Float64Array; size: Float64Array } {
  return {
    time: Float64Array.from(ticks, ({ time }) => time ?? NaN),
    price: Float64Array.from(ticks, ({ price }) => price),
    size: Float64Array.from(ticks, ({ size }) => size),
  };
}

describe('barsFromTicks', () => {
  it('makes the bars worked out by hand, of rows and of columns', () => {
    expect(plain(barsFromTicks(rows, '1m'))).toEqual(minutes);
    expect(plain(barsFromTicks(columns(rows), '1m'))).toEqual(minutes);
  });

  it('makes bars of seconds: a trade in the last millisecond belongs to the second, one at its end to the next', () => {
    const { time, open, close, tradeCount } = barsFromTicks(rows, '1s');
    expect(Array.from(time)).toEqual([0, 1_000, 59_000, 60_000, 119_000, 180_000, 239_000]);
    expect([open[0], close[0], tradeCount?.[0]]).toEqual([100, 99, 3]);
    expect(open[1]).toBe(101);
  });

  it('never delivers a last bar that may still grow', () => {
    const two = rows.slice(0, 8);
    expect(barsFromTicks(two, '1m').time).toHaveLength(1);
    expect(barsFromTicks(two, '1m', { knownUntil: 2 * minute - 1 }).time).toHaveLength(1);
    expect(barsFromTicks(two, '1m', { knownUntil: 2 * minute }).time).toHaveLength(2);
    expect(barsFromTicks([], '1m').time).toHaveLength(0);
  });

  it('leaves out a bar that opened before the trades begin, where it is said when they do', () => {
    expect(Array.from(barsFromTicks(rows.slice(1), '1m', { start: 1 }).time)).toEqual([minute, 3 * minute]);
    expect(Array.from(barsFromTicks(rows.slice(1), '1m').time)).toEqual([0, minute, 3 * minute]);
  });

  it('begins weeks on Mondays and months with the calendar, and keeps to sessions', () => {
    const at = (text: string): Tick => ({ time: Date.parse(`${text}Z`), price: 10, size: 1 });
    const ticks = [at('2024-02-29T23:59'), at('2024-03-01T00:00'), at('2024-03-04T00:00'), at('2024-04-01T00:00')];
    const opens = (bars: Bars): string[] => Array.from(bars.time, (time) => new Date(time).toISOString().slice(0, 10));
    expect(opens(barsFromTicks(ticks, '1M'))).toEqual(['2024-02-01', '2024-03-01']);
    expect(opens(barsFromTicks(ticks, '1w'))).toEqual(['2024-02-26', '2024-03-04']);
    const session = { start: '09:30', end: '16:00', zone: 'America/New_York' };
    const day = ['2024-03-01T14:29', '2024-03-01T14:30', '2024-03-01T20:59', '2024-03-01T21:00'].map(at);
    const [made] = [barsFromTicks(day, '4h', { session })];
    expect(Array.from(made.time, (time) => new Date(time).toISOString().slice(11, 16))).toEqual(['14:30', '18:30']);
    expect(Array.from(made.closeTime, (time) => new Date(time).toISOString().slice(11, 16))).toEqual([
      '18:30',
      '21:00',
    ]);
    expect(Array.from(made.tradeCount ?? [])).toEqual([1, 1]);
  });

  it('refuses what cannot be right, and names the trade', () => {
    const late: readonly Tick[] = [...rows.slice(0, 4), { time: 999, price: 1, size: 1 }];
    const message = /^btc, tick 4: time 1970-01-01 00:00:00.999 is before 1970-01-01 00:00:01: times must not fall$/;
    expect(() => barsFromTicks(late, '1m', { name: 'btc' })).toThrow(message);
    expect(() => barsFromTicks(columns(late), '1m', { name: 'btc' })).toThrow(message);
    const one = (tick: object) => () => barsFromTicks([{ time: 0, price: 1, size: 1, ...tick }], '1m');
    expect(one({ price: 0 })).toThrow('tick 0: price must be a number above 0, was 0');
    expect(one({ price: '61837.63' })).toThrow("price must be a number above 0, was '61837.63'");
    expect(one({ size: -1 })).toThrow('size must be a number not below 0, was -1');
    expect(one({ size: NaN })).toThrow('size must be a number not below 0, was NaN');
    expect(one({ time: undefined })).toThrow('time is missing');
    expect(one({ time: Infinity })).toThrow('time must be in milliseconds UTC, was Infinity');
    expect(() => barsFromTicks({ ...columns(rows), size: new Float64Array(1) }, '1m')).toThrow(
      "column 'size' of ticks must be as long as 'time', 11 values, was 1",
    );
    expect(() => barsFromTicks({ time: new Float64Array(1) } as never, '1m')).toThrow("column 'price'");
    expect(() => barsFromTicks(rows, '1m', { ofset: '1h' } as object)).toThrow("did you mean 'offset'?");
  });
});

/** Trades in rising time whose sums are exact, since prices and sizes have few binary places. */
const trades = fc
  .array(
    fc.record({
      wait: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 2 * hour })),
      price: fc.integer({ min: 1, max: 4_000 }).map((n) => n / 4),
      size: fc.integer({ min: 0, max: 4_000 }).map((n) => n / 8),
    }),
    { maxLength: 120 },
  )
  .map((list) => {
    let time = Date.UTC(2024, 0, 1);
    return list.map(({ wait, price, size }): Tick => ({ time: (time += wait), price, size }));
  });

describe('ticks and longer bars', () => {
  it('make the same hours straight and by way of seconds and minutes', () => {
    fc.assert(
      fc.property(trades, fc.integer({ min: 0, max: 2 * hour }), (ticks, extra) => {
        const knownUntil = (ticks.at(-1)?.time ?? 0) + extra;
        const hours = plain(barsFromTicks(ticks, '1h', { knownUntil }));
        const seconds = barsFromTicks(ticks, '1s', { knownUntil });
        const minutes = barsFromTicks(ticks, '1m', { knownUntil });
        expect(plain(resampleBars(seconds, '1s', '1m', { knownUntil }))).toEqual(plain(minutes));
        expect(plain(resampleBars(minutes, '1m', '1h', { knownUntil }))).toEqual(hours);
        expect(plain(resampleBars(seconds, '1s', '1h', { knownUntil }))).toEqual(hours);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('count every trade of complete bars once', () => {
    fc.assert(
      fc.property(trades, fc.constantFrom('1s', '7s', '1m', '1h', '1d'), (ticks, frame) => {
        const knownUntil = (ticks.at(-1)?.time ?? 0) + 2 * 24 * hour;
        const { volume, quoteVolume, tradeCount } = barsFromTicks(ticks, frame, { knownUntil });
        const sum = (values: Iterable<number> = []): number => [...values].reduce((a, b) => a + b, 0);
        expect(sum(tradeCount)).toBe(ticks.length);
        expect(sum(volume)).toBe(sum(ticks.map(({ size }) => size)));
        expect(sum(quoteVolume)).toBe(sum(ticks.map(({ price, size }) => price * size)));
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});

describe('BarBuilder', () => {
  it('closes a bar with the first trade after it, and shows the growing one', () => {
    const builder = new BarBuilder({ timeframe: '1m' });
    expect(builder.partial).toBeUndefined();
    const closed = rows.map((row) => builder.push(row)?.time);
    expect(closed.flatMap((time, i) => (time === undefined ? [] : [[i, time]]))).toEqual([
      [5, 0],
      [8, minute],
      [10, 3 * minute],
    ]);
    expect(builder.partial).toEqual({
      time: 4 * minute,
      closeTime: 5 * minute,
      open: 90,
      high: 90,
      low: 90,
      close: 90,
      volume: 8,
      quoteVolume: 720,
      tradeCount: 1,
      buyVolume: NaN,
    });
  });

  it('closes a bar by the clock when the market is silent, once, and refuses a trade that comes too late', () => {
    const builder = new BarBuilder({ timeframe: '1m', name: 'BTC/USDT' });
    builder.push(rows[0]!);
    expect(builder.reach(minute - 1)).toBeUndefined();
    expect(builder.reach(minute)).toMatchObject({ time: 0, close: 100, tradeCount: 1 });
    expect(builder.reach(5 * minute)).toBeUndefined();
    expect(builder.partial).toBeUndefined();
    expect(() => builder.push({ time: minute, price: 1, size: 1 })).toThrow(
      'BTC/USDT, tick 1: time 1970-01-01 00:01:00 is before 1970-01-01 00:05:00: reach() said that every trade up to then was known',
    );
    expect(builder.push({ time: 5 * minute, price: 7, size: 1 })).toBeUndefined();
    expect(builder.partial).toMatchObject({ time: 5 * minute, open: 7 });
  });

  it('is as it was after a trade it refused', () => {
    const [whole, spoilt] = [new BarBuilder({ timeframe: '1m' }), new BarBuilder({ timeframe: '1m' })];
    for (const row of rows) {
      const closed = whole.push(row);
      expect(() => spoilt.push({ ...row, price: -1 })).toThrow('price');
      if (spoilt.partial !== undefined) expect(() => spoilt.push({ ...row, time: -1 })).toThrow('is before');
      expect(spoilt.push(row)).toEqual(closed);
      expect(spoilt.partial).toEqual(whole.partial);
    }
  });

  it('takes the same bars from trades one by one as from all at once', () => {
    fc.assert(
      fc.property(trades, fc.constantFrom('1s', '1m', '1h', '1M'), (ticks, frame) => {
        const builder = new BarBuilder({ timeframe: frame });
        const closed = ticks.flatMap((tick) => builder.push(tick) ?? []);
        const made = plain(barsFromTicks(columns(ticks), frame));
        for (const name of ['time', 'closeTime', 'open', 'high', 'low', 'close', 'volume', 'tradeCount'] as const)
          expect(closed.map((bar) => bar[name])).toEqual(made[name]);
      }),
      { seed: 9, numRuns: 200 },
    );
  });
});

describe('TickDataFeed', () => {
  it('delivers the complete bars of its range, and the same in pieces', async () => {
    const feed = new TickDataFeed({ symbol: 'BTC/USDT', timeframe: '1m', ticks: rows });
    expect(plain(await feed.load())).toEqual(
      Object.fromEntries(Object.entries(minutes).filter(([name]) => name !== 'closeTime')),
    );
    const pieces: Bars[] = [];
    for await (const piece of feed.stream(context)) pieces.push(piece);
    expect(pieces).toEqual([await feed.load()]);
    const range = new TickDataFeed({ timeframe: '1m', ticks: rows, start: 1, end: 3 * minute });
    expect(Array.from((await range.load()).time)).toEqual([minute]);
    const known = new TickDataFeed({ timeframe: '1m', ticks: rows, knownUntil: 5 * minute });
    expect(Array.from((await known.load()).close)).toEqual([103, 97.5, 111, 90]);
  });

  it('takes the trades of a stream as they are', async () => {
    const stamp = { type: 'trade', exchange: 'binance', symbol: 'BTC/USDT', id: undefined, backfill: false } as const;
    const ticks = rows.map(({ time, price, size }): TradeTick => {
      return { ...stamp, time, receiveTime: 0, side: 'buy', price, size };
    });
    const feed = new TickDataFeed({ timeframe: '1m', ticks });
    expect(Array.from((await feed.load()).volume)).toEqual(minutes.volume);
  });

  it('runs, and longer bars are made of its own', async () => {
    const seen: number[][] = [];
    class Watch extends Strategy {
      override next(): void {
        seen.push([this.data.closeTime, this.data.close.now, this.datas[1]!.close.now, this.datas[1]!.volume.now]);
      }
    }
    const cerebro = new Cerebro();
    cerebro.addData(new TickDataFeed({ name: 'btc', timeframe: '1m', ticks: rows }));
    cerebro.resampleData('btc', '2m').addStrategy(Watch);
    await cerebro.run();
    expect(seen).toEqual([
      [2 * minute, 97.5, 97.5, 10.75],
      [4 * minute, 111, 111, 2],
    ]);
  });

  it('says which trade is wrong, and when no bar is complete', () => {
    const make = (ticks: readonly Tick[], more: object = {}) => {
      return () => new TickDataFeed({ name: 'btc', timeframe: '1m', ticks, ...more });
    };
    expect(make([rows[3]!, rows[0]!])).toThrow('btc, tick 1: time');
    expect(make(rows.slice(0, 3))).toThrow('btc has no complete bar in the range: its 3 ticks complete no 1m bar');
    expect(make(rows, { start: hour })).toThrow('its bars open from 1970-01-01 to 1970-01-01 00:03:00');
    expect(make(rows, { tick: [] })).toThrow("did you mean 'ticks'?");
  });
});

const recording = fileURLToPath(
  new URL('../../../../shared/recordings/binance_spot_btcusdt.jsonl.gz', import.meta.url),
);

describe.skipIf(!existsSync(recording))('real trades (skipped where the recording is absent)', () => {
  interface Row {
    T: number;
    p: string;
    q: string;
  }
  const frames = existsSync(recording) ? gunzipSync(readFileSync(recording)).toString('utf8').split('\n') : [];
  const raw = frames
    .filter((line) => line.includes('\\"e\\":\\"trade\\"'))
    .map((line) => (JSON.parse((JSON.parse(line) as { data: string }).data) as { data: Row }).data);
  const ticks = raw.map(({ T, p, q }): Tick => ({ time: T, price: Number(p), size: Number(q) }));

  it.each([second, minute])('make the same bars of %d ms as grouping them by the integer part of their time', (ms) => {
    const groups = new Map<number, Row[]>();
    for (const row of raw) {
      const key = Math.trunc(row.T / ms);
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    // The last group may lack trades that the recording missed.
    const wanted = [...groups].slice(0, -1).map(([key, group]) => {
      const prices = group.map(({ p }) => Number(p));
      // Sizes have eight decimals: whole numbers of them add up without rounding.
      const units = group.reduce((sum, { q }) => sum + BigInt(q.replace('.', '')), 0n);
      return {
        time: key * ms,
        open: prices[0],
        high: Math.max(...prices),
        low: Math.min(...prices),
        close: prices.at(-1),
        volume: Number(units) / 1e8,
        tradeCount: group.length,
      };
    });
    const made = barsFromTicks(ticks, ms === second ? '1s' : '1m');
    expect(raw.length).toBeGreaterThan(1_000);
    expect(made.time).toHaveLength(wanted.length);
    wanted.forEach(({ volume, ...row }, i) => {
      for (const [name, value] of Object.entries(row)) expect(made[name as 'time'][i]).toBe(value);
      expect(made.volume[i]).toBeCloseTo(volume, 9);
    });
  });
});
