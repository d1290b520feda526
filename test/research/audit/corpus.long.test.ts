/** The audit over corpora: 50 clean strategies without a false alarm, 50 that look ahead, each caught; and the stress of results. */
import { describe, expect, it } from 'vitest';

import {
  BarsDataFeed,
  Cerebro,
  crossover,
  ema,
  generateBars,
  GeneratedDataFeed,
  highest,
  lowest,
  rsi,
  sma,
  Strategy,
  type Line,
  type StrategyClass,
} from 'nextbar';
import { derive } from 'nextbar/extend';
import { load, seededRandom } from 'nextbar/feeds';
import { auditLookahead, formatAudit, formatStress, run, stressBacktest } from 'nextbar/research';

const feed = (count = 220, seed = 4) =>
  new GeneratedDataFeed({ name: 'a', timeframe: '1h', start: '2024-01-01', count, seed });

type Signal = (close: Line, strategy: Strategy) => Line;

/** Signals that know nothing of the future: above 0 to be long. */
const honest: Readonly<Record<string, Signal>> = {
  cross: (close) => crossover(sma(close, 3), sma(close, 9)),
  momentum: (close) => close.sub(close.shift(5)),
  trend: (close) => ema(close, 4).sub(ema(close, 12)),
  strength: (close) => rsi(close, 7).sub(50),
  breakout: (close) => close.sub(highest(close, 6).shift(1)).add(0.01),
  dip: (close) => lowest(close, 6).shift(1).sub(close),
  reversion: (close) => sma(close, 8).sub(close),
  band: (close) => close.sub(sma(close, 10).mul(0.995)),
  range: (close) => highest(close, 5).sub(lowest(close, 5)).sub(close.mul(0.01)),
  product: (close) => close.div(close.shift(1)).sub(1),
};

/** The same with a look ahead: what is added to a signal. */
const leaks: Readonly<Record<string, Signal>> = {
  'the next close': (close) => ahead(close, 'next', (x, i) => x(i + 1)),
  'the close three bars on': (close) => ahead(close, 'third', (x, i) => x(i + 3)),
  'the last close of all': (close) => ahead(close, 'last', (x, _i, length) => x(length - 1)),
  'the mean of all': (close) => ahead(close, 'mean', (x, _i, length) => sum(x, 0, length) / length),
  'the highest of all': (close) =>
    ahead(close, 'highest', (x, _i, length) => Math.max(...Array.from({ length }, (_, k) => x(k)))),
  'a centred average': (close) => ahead(close, 'centred', (x, i) => sum(x, i - 2, i + 3) / 5),
  'a later low': (close) => ahead(close, 'low', (x, i) => Math.min(x(i), x(i + 1), x(i + 2))),
  'the end of its four hours': (close) => ahead(close, 'four', (x, i) => x(i - (i % 4) + 3)),
  'a filled gap': (close) => ahead(close, 'filled', (x, i) => (x(i - 1) + x(i + 1)) / 2),
  'one bar of all': (close) => ahead(close, 'once', (x, i) => (i === 111 ? x(i + 1) : x(i))),
};

function sum(x: (i: number) => number, from: number, to: number): number {
  let total = 0;
  for (let i = from; i < to; i++) total += x(i);
  return total;
}

function ahead(close: Line, name: string, act: (x: (i: number) => number, i: number, length: number) => number): Line {
  return derive(close, {
    name,
    compute({ inputs: [x], outputs: [out] }, from, to) {
      const { length } = x!;
      const read = (i: number): number => x!.at(Math.min(length - 1, Math.max(0, i)));
      for (let i = from; i < to; i++) out!.set(i, act(read, i, length));
    },
  });
}

/** Ways to trade a signal. */
const styles: readonly ((strategy: Strategy, signal: number) => void)[] = [
  (one, signal) => void (signal > 0 && one.position.size === 0 ? one.buy({ size: 1 }) : signal < 0 && one.close()),
  (one, signal) => void one.orderTargetSize(signal > 0 ? 2 : 0),
  (one, signal) => {
    const price = one.data.close.now * 0.998;
    if (signal > 0 && one.position.size === 0 && one.openOrders.length === 0)
      one.buy({ type: 'limit', price, size: 1 });
    else if (signal < 0) one.close();
  },
  (one, signal) => {
    const close = one.data.close.now;
    if (signal > 0 && one.position.size === 0 && one.openOrders.length === 0) {
      one.buyBracket({ size: 1, stopLoss: close * 0.98, takeProfit: close * 1.03 });
    }
  },
  (one, signal) => {
    if (one.data.length % 5 === 0 && signal > 0) one.buy({ size: 1 });
    else if (one.data.length % 5 === 2) one.close();
  },
];

function strategyOf(make: Signal, style: (strategy: Strategy, signal: number) => void): StrategyClass<object> {
  return class Traded extends Strategy {
    readonly signal = make(this.data.close, this);
    override next(): void {
      style(this, this.signal.now);
    }
  };
}

const audit = (cls: StrategyClass<object>) =>
  auditLookahead(() => new Cerebro({ cash: 1e6 }).addData(feed()).addStrategy(cls), { cuts: 1 });

describe('the audit', () => {
  it.each(Object.keys(honest))('raises no false alarm: %s, traded in five ways', async (name) => {
    for (const style of styles) expect((await audit(strategyOf(honest[name]!, style))).leaks).toEqual([]);
  });

  it.each(Object.keys(leaks))('catches %s, traded in five ways', async (name) => {
    for (const style of styles) {
      const peek = leaks[name]!;
      const { isClean } = await audit(strategyOf((close, one) => peek(close, one).sub(sma(close, 4)), style));
      expect(isClean).toBe(false);
    }
  });
});

describe('what a strategy knows beside its datas', () => {
  const bars = generateBars({ timeframe: '1h', count: 220, seed: 9 });
  const [closes, lows] = [[...bars.close], [...bars.low]];
  const wave = generateBars({ timeframe: '1h', count: 220, seed: 9 }).close.map((_, k) => 100 + 10 * Math.sin(k / 6));
  const flatBars = Array.from(wave, (close, k) => ({
    time: bars.time[k]!,
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
  }));
  const trading = (isLong: (one: Strategy) => boolean): StrategyClass<object> =>
    class Traded extends Strategy {
      override next(): void {
        if (isLong(this)) {
          if (this.position.size === 0) this.buy({ size: 1 });
        } else if (this.position.size !== 0) this.close();
      }
    };
  /** Over a copy: the arrays of a feed are falsified, those that a module holds beside it are not. */
  const over = (given: typeof bars | typeof flatBars, cls: StrategyClass<object>) =>
    auditLookahead(
      () =>
        new Cerebro({ cash: 1e6 })
          .addData(new BarsDataFeed({ name: 'a', timeframe: '1h', bars: structuredClone(given) }))
          .addStrategy(cls),
      { cuts: 1 },
    );

  it('shows in orders that are right too often: read from an array of the module, or from a file', async () => {
    const next = trading(({ data }) => closes[data.length]! > data.close.now);
    const { isClean, leaks: found } = await over(bars, next);
    expect([isClean, found.map(({ kind }) => kind)]).toEqual([false, ['foresight']]);
    expect(formatAudit(await over(bars, next))).toMatch(
      /^Look-ahead: one thing in the past knew the future.*right about the next close in \d+ of \d+ orders/s,
    );
    const later = trading(({ data }) => closes[data.length + 2]! > data.close.now);
    expect((await over(bars, later)).isClean).toBe(false);
    // Bought before a rise alone: the sales between the rises are often wrong.
    const long = generateBars({ timeframe: '1h', count: 900, seed: 9 });
    const rises = trading(({ data }) => long.close[data.length + 2]! > data.close.now * 1.004);
    expect((await over(long, rises)).leaks.map(({ was }) => was)).toEqual([
      expect.stringMatching(/^right about the close \d bars on in \d+ of \d+ buy orders$/),
    ]);
  });

  it('shows in limits at the low of the next bar', async () => {
    class Limits extends Strategy {
      override next(): void {
        if (this.position.size !== 0) this.close();
        else this.buy({ size: 1, type: 'limit', price: lows[this.data.length] ?? 1 });
      }
    }
    expect((await over(bars, Limits)).leaks.map(({ was }) => was)).toEqual([
      expect.stringMatching(/^exactly the low or high of the next bar in \d+ of \d+ limit orders$/),
    ]);
  });

  const start = bars.time[0]!;
  const at = (day: number, hour: number): number => start + (day * 24 + hour) * 3_600_000;
  const isoOf = (time: number): string => new Date(time).toISOString();
  const onDates: Readonly<Record<string, (one: Strategy) => boolean>> = {
    'one moment': ({ data }) => data.time === at(4, 6),
    'one day as text': ({ data }) => isoOf(data.time).startsWith(isoOf(at(3, 0)).slice(0, 10)),
    'a year': ({ data }) =>
      new Date(data.time).getUTCFullYear() === new Date(start).getUTCFullYear() && data.length > 5,
    'a list of moments': ({ data }) => [at(2, 1), at(5, 2), at(7, 3)].includes(data.closeTime),
    'a table by time': ({ data }) => closes[(data.time - start) / 3_600_000 + 1]! > data.close.now * 1.002,
  };
  it.each(Object.keys(onDates))('shows in orders that depend on a date: %s', async (name) => {
    const { isClean, leaks: found } = await over(bars, trading(onDates[name]!));
    expect([isClean, found.map(({ kind }) => kind)]).toEqual([false, expect.arrayContaining(['date'])]);
  });

  it('says where a date decided, and takes dates that were known before', async () => {
    const once = trading(onDates['one moment']!);
    const report = await over(bars, once);
    expect(report.leaks).toEqual([
      expect.objectContaining({ kind: 'date', time: at(4, 7), by: 'moved', became: 'no order' }),
    ]);
    expect(formatAudit(report)).toMatch(/^Look-ahead: one thing in the past knew the future.*--known-dates/s);
    expect(
      (
        await auditLookahead(
          () =>
            new Cerebro({ cash: 1e6 })
              .addData(new BarsDataFeed({ name: 'a', timeframe: '1h', bars }))
              .addStrategy(once),
          { cuts: 1, knownDates: true },
        )
      ).leaks,
    ).toEqual([]);
  });

  it.each(['hour', 'weekday', 'day of the month', 'month', 'quarter hour of New York'])(
    'is not suspected of a calendar: %s',
    async (name) => {
      const zone = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', hour: 'numeric', hour12: false });
      const rule = (one: Strategy): boolean => {
        const date = new Date(one.data.time);
        if (name === 'hour') return date.getUTCHours() < 9;
        if (name === 'weekday') return date.getUTCDay() === 3;
        if (name === 'day of the month') return date.getUTCDate() % 3 === 0;
        if (name === 'month') return date.getUTCMonth() === 0;
        return Number(zone.format(date)) < 10;
      };
      expect((await over(bars, trading(rule))).leaks).toEqual([]);
    },
  );

  it('is not suspected of an expiry and of funding, which come with the bars', async () => {
    const expiry = at(6, 0);
    const funding = Array.from({ length: 20 }, (_, k) => ({ time: at(0, 8 * (k + 1)), rate: 0.0001 * (k % 3) }));
    const report = await auditLookahead(
      () =>
        new Cerebro({ account: { cash: { USDT: 10_000 }, leverage: 3 } })
          .addData(new BarsDataFeed({ name: 'a', timeframe: '1h', bars }))
          .setInstrument('a', { symbol: 'BTC/USDT:USDT-240329', expiry, funding })
          .addStrategy(trading(({ data }) => data.length % 20 < 12)),
      { cuts: 1 },
    );
    expect(report.leaks).toEqual([]);
  });

  const sized = (sizeOf: (one: Strategy) => number): StrategyClass<object> =>
    class Sized extends Strategy {
      override next(): void {
        if (this.data.length % 4 === 1) this.buy({ size: sizeOf(this) });
        else if (this.data.length % 4 === 3) this.close();
      }
    };

  it('shows in sizes that know what follows, in an array of the module', async () => {
    const { isClean, leaks: found } = await over(
      bars,
      sized(({ data }) => (closes[data.length]! > data.close.now ? 9 : 2)),
    );
    expect([isClean, found.map(({ kind, was }) => [kind, was])]).toEqual([
      false,
      [['foresight', expect.stringMatching(/^sizes of \d+ buy orders rise with the move to the next close/)]],
    ]);
    const later = sized(({ data }) => Math.max(1, 5 + 200 * (closes[data.length + 1]! / data.close.now - 1)));
    expect((await over(bars, later)).isClean).toBe(false);
  });

  /** Bought every 12th bar, with a stop and a target at the distances that `exits` says, as parts of the price. */
  const bracketed = (exits: (one: Strategy, bar: number) => readonly [number, number]): StrategyClass<object> =>
    class Bracketed extends Strategy {
      override next(): void {
        const bar = this.data.length - 1;
        if (bar < 20 || bar % 12 !== 0) return;
        for (const order of this.openOrders) this.cancel(order);
        if (this.position.size > 0) this.close();
        const close = this.data.close.now;
        const [down, up] = exits(this, bar);
        this.buyBracket({ size: 1, stopLoss: close * (1 - down), takeProfit: close * (1 + up) });
      }
    };
  const many = generateBars({ timeframe: '1h', count: 1_500, seed: 9 });
  const lowest = (bar: number): number => Math.min(...many.low.slice(bar + 1, bar + 13));
  const highest = (bar: number): number => Math.max(...many.high.slice(bar + 1, bar + 13));

  it('shows in stops just beyond the lows to come, targets just before the highs to come, and far moves known by one side', async () => {
    const stops = bracketed(({ data }, bar) => [Math.max(0.001, 1.001 - lowest(bar) / data.close.now), 0.2]);
    expect((await over(many, stops)).leaks.map(({ kind, was }) => [kind, was])).toEqual([
      ['foresight', expect.stringMatching(/^distances of \d+ stop sell orders rise with how far the price goes/)],
    ]);
    const targets = bracketed(({ data }, bar) => [0.2, Math.max(0.001, highest(bar) / data.close.now - 1.001)]);
    expect((await over(many, targets)).leaks.map(({ kind, was }) => [kind, was])).toEqual([
      ['foresight', expect.stringMatching(/^distances of \d+ limit sell orders rise with how far the price goes/)],
    ]);
    // An entry of its own, taken only where the close 30 bars on is higher.
    const long = generateBars({ timeframe: '1h', count: 4_000, seed: 9 });
    const vetoed = trading(({ data, position }) =>
      position.size > 0 ? data.length % 31 !== 0 : data.length % 7 === 0 && long.close[data.length + 29]! > data.close.now,
    ); // prettier-ignore
    expect((await over(long, vetoed)).leaks.map(({ was }) => was)).toEqual([
      expect.stringMatching(/^right about the close 30 bars on in \d+ of \d+ buy orders$/),
    ]);
  });

  it('is not suspected of stops and targets by ranges, extremes, chance or parts of the price', async () => {
    const rules: readonly ((one: Strategy, bar: number) => readonly [number, number])[] = [
      () => [0.02, 0.03],
      ({ data }) => [(2 * (data.high.now - data.low.now)) / data.close.now + 0.001, (3 * (data.high.now - data.low.now)) / data.close.now + 0.001],
      (_, bar) => {
        const mean = Array.from({ length: 14 }, (__, k) => many.high[bar - k]! / many.low[bar - k]! - 1).reduce((sum, one) => sum + one) / 14;
        return [2 * mean, 3 * mean];
      },
      ({ data }) => [1.001 - Math.min(...data.low.window(20)) / data.close.now, Math.max(...data.high.window(20)) / data.close.now - 0.999],
      (_, bar) => [0.01 + (bar % 13) / 500, 0.01 + (bar % 17) / 500],
    ]; // prettier-ignore
    for (const rule of rules) expect((await over(many, bracketed(rule))).leaks).toEqual([]);
  });

  it('is not suspected of sizes by price, range, equity or last moves', async () => {
    const rules: readonly ((one: Strategy) => number)[] = [
      ({ data }) => 1000 / data.close.now,
      ({ data }) => 10 / (data.high.now - data.low.now + 0.1),
      ({ data, broker }) => broker.value / data.close.now / 10,
      ({ data }) => (data.close.now > data.close.ago(1) ? 9 : 2),
      ({ data }) => (data.close.now < data.close.ago(1) ? 9 : 2),
      ({ data }) => 1 + (data.length % 7),
    ];
    for (const rule of rules) {
      const safe = sized((one) => (one.data.length > 1 ? rule(one) : 1));
      expect((await over(bars, safe)).leaks).toEqual([]);
      expect((await over(flatBars, safe)).leaks).toEqual([]);
    }
  });

  it('is not suspected where prices themselves tell what follows, nor of hours and limits from the last bar', async () => {
    const rising = trading(({ data }) => data.length > 1 && data.close.now > data.close.ago(1));
    expect((await over(flatBars, rising)).leaks).toEqual([]);
    expect((await over(bars, rising)).leaks).toEqual([]);
    expect(
      (
        await over(
          bars,
          trading(({ data }) => data.length % 6 < 3),
        )
      ).leaks,
    ).toEqual([]);
    class Limits extends Strategy {
      override next(): void {
        if (this.position.size !== 0) this.close();
        else this.buy({ size: 1, type: 'limit', price: this.data.low.now });
      }
    }
    expect((await over(bars, Limits)).leaks).toEqual([]);
  });
});

describe('the number of a bar', () => {
  const market = (seed: number, name = 'a', timeframe: '1h' | '1d' | '1M' = '1h', count = 600) =>
    new GeneratedDataFeed({ name, timeframe, start: '2020-01-01', count, seed });
  const one = (act: (one: Strategy, memory: { at: number; step: number }) => void) => () => {
    class Acts extends Strategy {
      readonly memory = { at: 0, step: 0 };
      override next(): void {
        this.memory.step++;
        act(this, this.memory);
      }
    }
    return new Cerebro({ cash: 1e6 }).addData(market(1)).addStrategy(Acts);
  };
  const several = (act: (one: Strategy, memory: { at: number }) => void) => () => {
    class Acts extends Strategy {
      readonly memory = { at: 0 };
      override next(): void {
        act(this, this.memory);
      }
    }
    const cerebro = new Cerebro({ cash: 1e6 });
    for (const name of ['a', 'b', 'c']) cerebro.addData(market(name.charCodeAt(0), name, '1d', 400));
    return cerebro.addStrategy(Acts);
  };
  const daily = (frame: '1d' | '1M', act: (one: Strategy) => void) => () => {
    class Acts extends Strategy {
      override next(): void {
        act(this);
      }
    }
    return new Cerebro({ cash: 1e6 }).addData(market(2, 'a', frame, frame === '1d' ? 700 : 90)).addStrategy(Acts);
  };
  const buy = (one: Strategy): void => void one.buy({ size: 1 });
  const isHeld = (one: Strategy): boolean => one.position.size > 0;
  const inOut = (one: Strategy, isLong: boolean): void => {
    if (isLong && !isHeld(one)) buy(one);
    else if (!isLong && isHeld(one)) one.close();
  };
  const random = (rate: number) => () => {
    class Draws extends Strategy {
      readonly random = seededRandom(9);
      override next(): void {
        const drawn = this.random();
        if (drawn < rate) buy(this);
        else if (drawn > 0.95 && isHeld(this)) this.close();
      }
    }
    return new Cerebro({ cash: 1e6 }).addData(market(1)).addStrategy(Draws);
  };

  const places = Array.from({ length: 11 }, (_, k) => 30 + 50 * k);
  const closes = generateBars({ timeframe: '1h', start: '2020-01-01', count: 600, seed: 1 }).close;
  const bottoms = places.map((from) => argument(closes.subarray(from, from + 25), -1) + from);
  const tops = places.map((from) => argument(closes.subarray(from + 25, from + 50), 1) + from + 25);
  const known: Readonly<Record<string, () => Cerebro>> = {
    'one bar': one((one) => one.data.length === 250 && buy(one)),
    'a span of bars': one((one) => inOut(one, one.data.length >= 200 && one.data.length < 290)),
    'a list of bars': one((one) => inOut(one, [33, 112, 159, 160, 204, 311].includes(one.data.length))),
    'a bar before the end': one((one) => one.data.length === 550 && buy(one)),
    'a bar beside an honest rule': one((one) => {
      inOut(one, one.data.length > 20 && one.data.close.now > one.data.close.ago(20));
      if (one.data.length === 333) one.buy({ size: 5 });
    }),
    'signals of the module, right in two of three': one((one) => {
      const bar = one.data.length - 1;
      inOut(one, bar % 3 === 0 ? bar % 2 === 0 : closes[bar + 1]! > closes[bar]!);
    }),
    'the best calls of next': one((one, { step }) => {
      if (bottoms.includes(step - 1)) buy(one);
      if (tops.includes(step - 1)) one.close();
    }),
  };
  it.each(Object.keys(known))('is a leak: %s', async (name) => {
    const { leaks: found } = await auditLookahead(known[name]!, { cuts: 1 });
    expect(found.map(({ kind }) => kind)).toContain('number');
  });

  const unsuspected: Readonly<Record<string, () => Cerebro>> = {
    'the first bar': one((one) => one.data.length === 1 && buy(one)),
    'the first bar after 50': one((one, memory) => {
      if (one.data.length < 50 || memory.at > 0) return;
      memory.at = 1;
      buy(one);
    }),
    'shares of three datas after 60 bars': several((one, memory) => {
      if (one.data.length < 60 || memory.at > 0) return;
      memory.at = 1;
      for (const data of one.datas) one.orderTargetPercent(0.2, { data });
    }),
    'shares of three datas every 63 bars': several((one) => {
      if (one.data.length % 63 === 0) for (const data of one.datas) one.orderTargetPercent(0.3, { data });
    }),
    'two times in all': one((one) => one.data.length % 250 === 0 && buy(one)),
    'a daily limit while flat': one((one) => {
      if (one.data.length % 24 !== 0 || isHeld(one)) return;
      for (const order of one.openOrders) one.cancel(order);
      one.buy({ type: 'limit', price: one.data.close.now * 0.99, size: 1 });
      one.sell({ type: 'stop', price: one.data.close.now * 0.9, size: 0.5 });
    }),
    'every fiftieth bar': one((one) => one.data.length % 50 === 0 && buy(one)),
    'every twenty-fourth call above an average': one((one, { step }) => {
      if (step % 24 === 0 && step > 24) inOut(one, one.data.close.now > one.data.close.ago(24));
    }),
    'ten bars held, five not': one((one, memory) => {
      const isDue = one.data.length - memory.at >= (isHeld(one) ? 10 : 5);
      if (!isDue) return;
      memory.at = one.data.length;
      inOut(one, !isHeld(one));
    }),
    'one hundred bars held': one((one, memory) => {
      if (memory.at === 0) buy(one);
      else if (one.data.length - memory.at === 100) one.close();
      memory.at ||= one.data.length;
    }),
    'draws of a seed': random(0.05),
    'rare draws of a seed': random(0.01),
    'the turn of the month': daily('1d', (one) => inOut(one, (new Date(one.data.time).getUTCDate() + 3) % 31 < 7)),
    'a weekday': daily('1d', (one) => inOut(one, new Date(one.data.time).getUTCDay() === 1)),
    'a month of monthly bars': daily('1M', (one) => inOut(one, new Date(one.data.time).getUTCMonth() >= 9)),
  };
  it.each(Object.keys(unsuspected))('is none: %s', async (name) => {
    const { leaks: found } = await auditLookahead(unsuspected[name]!, { cuts: 1 });
    expect(found).toEqual([]);
  });
});

/** The place of the highest value, or of the lowest with a sign of -1. */
function argument(values: Float64Array, sign: 1 | -1): number {
  return values.reduce((best, value, k) => (sign * value > sign * values[best]! ? k : best), 0);
}

describe('the stress of a result', () => {
  class Held extends Strategy {
    override next(): void {
      if (this.data.length === 2) this.buy();
    }
  }
  const rising = () => new GeneratedDataFeed({ name: 'a', timeframe: '1h', start: '2024-01-01', count: 500, seed: 3 });

  it('is none for a strategy that holds, and everything for one that lives on a missing fee', async () => {
    const held = await stressBacktest(new Cerebro({ commission: 0.001 }).addData(rising()).addStrategy(Held));
    expect(held.cases.map(({ kind }) => kind)).toEqual([
      ...Array<string>(5).fill('start'),
      ...Array<string>(5).fill('bar'),
      'fees',
      'delay',
      ...Array<string>(3).fill('noise'),
    ]);
    expect(
      held.cases.filter(({ kind }) => kind === 'fees' || kind === 'delay').every(({ isFragile }) => !isFragile),
    ).toBe(true);
    class Churns extends Strategy {
      override next(): void {
        if (this.position.size === 0) this.buy();
        else this.close();
      }
    }
    const churned = await stressBacktest(new Cerebro().addData(rising()).addStrategy(Churns));
    const fees = churned.cases.find(({ kind }) => kind === 'fees')!;
    expect(fees.what).toBe('a fee of 0.1 % a side, where there was none');
    expect(fees.return).toBeLessThan(churned.return - 0.1);
    expect(formatStress(churned)).toMatch(/^(?:Fragile|Robust|Robust, but a loss): /);
  });

  it('takes bars that load returned, whose columns are getters', async () => {
    const table = await load(rising());
    const over = (given: typeof table | ReturnType<typeof table.toRows>) =>
      stressBacktest(
        new Cerebro().addData(new BarsDataFeed({ bars: given as never, timeframe: '1h' })).addStrategy(Held),
      );
    expect(await over(table)).toEqual(await over(table.toRows()));
  });

  it('says nothing of a strategy that never traded', async () => {
    class Idle extends Strategy {}
    const report = await stressBacktest(new Cerebro().addData(feed()).addStrategy(Idle));
    expect([report.verdict, formatStress(report)]).toEqual([
      'idle',
      'Stress: the strategy never traded, and there is nothing to judge.\n',
    ]);
  });
});

describe('one run in one line', () => {
  class Cross extends Strategy<typeof Cross.params> {
    static readonly params = { fast: 3, slow: 9 };
    readonly cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));
    override next(): void {
      if (this.cross.now > 0) this.buy();
      else if (this.cross.now < 0) this.close();
    }
  }

  it('takes what load returns, feeds, lists and names, and gives what a Cerebro gives', async () => {
    const expected = await new Cerebro({ commission: 0.001 }).addData(feed()).addStrategy(Cross, { fast: 4 }).run();
    const table = load(feed());
    for (const data of [table, await table, feed(), [table], { a: table }]) {
      const { finalValue, stats } = await run(Cross, data, { fast: 4 }, { commission: 0.001 });
      expect([finalValue, stats]).toEqual([expected.finalValue, expected.stats]);
    }
    // @ts-expect-error A parameter that does not exist.
    await expect(run(Cross, feed(), { fats: 4 })).rejects.toThrow("did you mean 'fast'?");
  });
});
