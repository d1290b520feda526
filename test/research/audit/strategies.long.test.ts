/** The audit over whole strategies, as people write them: those that learn, wait and amend as they go, and those that look ahead at one place alone. */
import { describe, expect, it } from 'vitest';

import {
  atr,
  BarsDataFeed,
  Cerebro,
  crossover,
  ema,
  generateBars,
  highest,
  rsi,
  sma,
  Strategy,
  type Bars,
  type Line,
  type Order,
  type StrategyClass,
  type Trade,
} from 'nextbar';
import { derive } from 'nextbar/extend';
import { auditLookahead, type AuditReport } from 'nextbar/research';

const hour = 3_600_000;
const count = 1_500;

/** The feed's own arrays, of two markets; and copies, as a file or a table of the module is one. */
const [held, other] = [7, 107].map((seed) => generateBars({ timeframe: '1h', start: '2024-01-01', seed, count }));
const bars = held!;
const copied: Bars = structuredClone(bars);
const numberOf = new Map(Array.from(copied.time, (time, i) => [time, i]));

/** The second market begins late and has holes. */
const holed = ((): Bars => {
  const isThere = (_: number, i: number): boolean => i >= 300 && !(i > 700 && i < 760) && i % 97 !== 0;
  const columns = Object.entries(other!) as [string, Float64Array][];
  return Object.fromEntries(columns.map(([name, column]) => [name, column.filter(isThere)])) as unknown as Bars;
})();

const audit = (cls: StrategyClass<object>): Promise<AuditReport> =>
  auditLookahead(
    () =>
      new Cerebro({ cash: 10_000, commission: 0.0005 })
        .addData(new BarsDataFeed({ bars, timeframe: '1h', symbol: 'BTC/USDT' }), 'a')
        .addData(new BarsDataFeed({ bars: holed, timeframe: '1h', symbol: 'ETH/USDT' }), 'b')
        .addStrategy(cls),
    { cuts: 1 },
  );

const hold = (one: Strategy, isLong: boolean): void => void one.orderTargetPercent(isLong ? 0.9 : 0);
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, one) => sum + one, 0) / values.length;

/** What the strategies below share: they act on the first market from its first bar on, whether the second has begun or not. */
abstract class Acts extends Strategy {
  override prenext(): void {
    if (this.data.length > 60) this.act();
  }
  override next(): void {
    this.act();
  }
  protected abstract act(): void;
}

const clean: Readonly<Record<string, StrategyClass<object>>> = {
  'two markets with holes, each by its own new bars': class extends Acts {
    protected act(): void {
      for (const data of this.datas) {
        if (data.isNew && data.length > 24)
          this.orderTargetPercent(data.close.now > data.close.ago(24) ? 0.4 : 0, { data });
      }
    }
  },
  'the stronger of two markets, every day': class extends Acts {
    protected act(): void {
      if (this.data.length % 24 !== 0) return;
      const ranked = this.datas
        .filter(({ length }) => length > 72)
        .map((data) => ({ data, rise: data.close.now / data.close.ago(72) }))
        .sort((a, b) => b.rise - a.rise);
      for (const { data } of ranked.slice(1)) this.orderTargetPercent(0, { data });
      const [best] = ranked;
      if (best !== undefined && best.rise > 1) this.orderTargetPercent(0.9, { data: best.data });
    }
  },
  'an average by volume that begins anew every day': class extends Acts {
    private day = -1;
    private paid = 0;
    private volume = 0;
    protected act(): void {
      const day = Math.floor(this.data.time / (24 * hour));
      if (day !== this.day) {
        [this.day, this.paid, this.volume] = [day, 0, 0];
        if (this.position.size > 0) this.close();
      }
      this.paid += this.data.close.now * this.data.volume.now;
      this.volume += this.data.volume.now;
      if (this.position.size === 0 && this.data.close.now < (0.995 * this.paid) / this.volume) this.buy();
    }
  },
  'a state that waits for a fall and a turn': class extends Acts {
    private state: 'idle' | 'armed' | 'in' = 'idle';
    private extreme = 0;
    protected act(): void {
      const close = this.data.close.now;
      if (this.state === 'idle') {
        this.extreme = Math.max(this.extreme, close);
        if (close < this.extreme * 0.96) [this.state, this.extreme] = ['armed', close];
      } else if (this.state === 'armed') {
        this.extreme = Math.min(this.extreme, close);
        if (close > this.extreme * 1.01) {
          this.buy();
          this.state = 'in';
        }
      } else if (close > this.extreme * 1.04 || close < this.extreme * 0.99) {
        this.close();
        [this.state, this.extreme] = ['idle', close];
      }
    }
  },
  'a stop that trails, placed when the entry has filled': class extends Acts {
    readonly top = highest(this.data.high, 24);
    protected act(): void {
      const isFree = this.position.size === 0 && this.openOrders.length === 0;
      if (isFree && this.data.close.now >= this.top.ago(1)) this.buy();
    }
    override notifyOrder(order: Order): void {
      if (order.status === 'completed' && order.side === 'buy')
        this.sell({ type: 'stopTrail', trailPercent: 0.02, size: order.filled });
    }
  },
  'a stop that is amended upwards': class extends Acts {
    readonly cross = crossover(ema(this.data.close, 10), ema(this.data.close, 30));
    readonly range = atr(this.data, 14);
    private exit: Order | undefined;
    protected act(): void {
      const price = this.data.close.now - 2 * this.range.now;
      if (this.position.size === 0 && this.openOrders.length === 0) {
        if (this.cross.now > 0) this.exit = this.buyBracket({ stopLoss: price })?.stopLoss;
      } else if (this.position.size > 0 && this.exit !== undefined && price > this.exit.price) {
        this.amend(this.exit, { price });
      }
    }
  },
  'a grid of limits that expire': class extends Acts {
    protected act(): void {
      if (this.openOrders.length > 0) return;
      const [close, valid] = [this.data.close.now, { afterMs: 24 * hour }];
      const { size } = this.position;
      if (size > 0) this.sell({ type: 'limit', price: close * 1.005, size, valid });
      else {
        for (const step of [1, 2, 3])
          this.buy({ type: 'limit', price: close * (1 - step / 400), size: (0.2 * this.broker.value) / close, valid });
      }
    }
  },
  'sizes doubled after a loss': class extends Acts {
    readonly strength = rsi(this.data.close, 5);
    private times = 1;
    override notifyTrade({ status, pnlNet }: Trade): void {
      if (status === 'closed') this.times = pnlNet < 0 ? Math.min(8, 2 * this.times) : 1;
    }
    protected act(): void {
      const size = (this.times * 0.05 * this.broker.value) / this.data.close.now;
      if (this.position.size === 0 && this.strength.now < 30) this.buy({ size });
      else if (this.position.size > 0 && this.strength.now > 60) this.close();
    }
  },
  'weights that are learnt bar by bar': class extends Acts {
    private readonly weights = [0, 0, 0];
    private last: readonly number[] | undefined;
    private chance(facts: readonly number[]): number {
      return 1 / (1 + Math.exp(-facts.reduce((sum, fact, k) => sum + fact * this.weights[k]!, 0)));
    }
    protected act(): void {
      const { close } = this.data;
      if (this.last !== undefined) {
        const error = (close.now > close.ago(1) ? 1 : 0) - this.chance(this.last);
        this.last.forEach((fact, k) => (this.weights[k]! += 0.5 * error * fact));
      }
      this.last = [1, 100 * (close.now / close.ago(1) - 1), 100 * (close.now / close.ago(12) - 1)];
      hold(this, this.chance(this.last) > 0.52);
    }
  },
  'the hours that rose most so far': class extends Acts {
    private readonly sums = new Float64Array(24);
    private readonly counts = new Float64Array(24);
    protected act(): void {
      const now = new Date(this.data.closeTime).getUTCHours();
      this.sums[now]! += this.data.close.now / this.data.close.ago(1) - 1;
      this.counts[now]!++;
      const next = (now + 1) % 24;
      if (this.data.length > 240) hold(this, this.sums[next]! / this.counts[next]! > 0.0002);
    }
  },
  'a timer on weekdays': class extends Acts {
    override start(): void {
      this.addTimer({ when: '09:00', weekdays: [1, 2, 3, 4, 5] }, () => {
        if (this.data.length > 24) hold(this, this.data.close.now > this.data.close.ago(24));
      });
    }
    protected act(): void {
      // The timer acts.
    }
  },
  'a pause after a drawdown of its own': class extends Acts {
    readonly cross = crossover(this.data.close, ema(this.data.close, 20));
    private peak = 0;
    private pause = 0;
    override notifyCashValue(_cash: number, value: number): void {
      this.peak = Math.max(this.peak, value);
    }
    protected act(): void {
      if (this.pause-- > 0) return;
      if (this.broker.value < 0.97 * this.peak) {
        this.close();
        [this.pause, this.peak] = [100, this.broker.value];
      } else if (this.cross.now > 0) this.buy();
      else if (this.cross.now < 0) this.close();
    }
  },
};

/** A line that reads bars of its source by their numbers, later ones too. */
function ahead(source: Line, act: (at: (i: number) => number, i: number, length: number) => number): Line {
  return derive(source, {
    name: 'ahead',
    compute({ inputs: [x], outputs: [out] }, from, to) {
      const { length } = x!;
      const at = (i: number): number => x!.at(Math.min(length - 1, Math.max(0, i)));
      for (let i = from; i < to; i++) out!.set(i, act(at, i, length));
    },
  });
}

/** Long where `isLong` says so; nothing where it is undefined. */
const longWhere = (isLong: (one: Strategy, bar: number) => boolean | undefined): StrategyClass<object> =>
  class extends Acts {
    protected act(): void {
      const answer = isLong(this, this.data.length - 1);
      if (answer !== undefined) hold(this, answer);
    }
  };

/** Long below the lower and flat above the upper of two levels that are made of all closes as the strategy is made. */
const between = (
  levels: (closes: Float64Array) => readonly [number, number],
  read: (closes: ArrayLike<number>, i: number) => number,
): StrategyClass<object> =>
  class extends Acts {
    readonly levels = levels(bars.close.map((_, i) => read(bars.close, i)));
    protected act(): void {
      const value = read(Array.from(this.data.close.window(61)), 60);
      if (value < this.levels[0]) hold(this, true);
      else if (value > this.levels[1]) hold(this, false);
    }
  };
const share = (values: Float64Array, part: number): number =>
  values.toSorted()[Math.floor(part * (values.length - 1))]!;
const dayRise = (closes: ArrayLike<number>, i: number): number => (i < 24 ? 0 : closes[i]! / closes[i - 24]! - 1);

const most = new Map<string, number>();

const leaks: Readonly<Record<string, StrategyClass<object>>> = {
  'a billionth of the price': class extends Acts {
    readonly line = ahead(this.data.close, (at, i) => at(i) * (at(i + 1) > at(i) ? 1 + 1e-9 : 1));
    readonly average = sma(this.data.close, 20);
    protected act(): void {
      hold(this, this.line.now > this.average.now);
    }
  },
  'a low that two later bars make one': class extends Acts {
    readonly isLow = ahead(this.data.low, (at, i) => Number([-2, -1, 1, 2].every((k) => at(i) < at(i + k))));
    protected act(): void {
      if (this.isLow.now === 1) this.buy({ size: 0.01 });
      else if (this.data.length % 9 === 0) this.close();
    }
  },
  'the value of the next day, filled backwards': class extends Acts {
    readonly later = ahead(this.data.close, (at, i) => at(24 * Math.ceil(i / 24)));
    protected act(): void {
      hold(this, this.later.now > this.data.close.now);
    }
  },
  'the second market alone': class extends Acts {
    readonly later = ahead(this.datas[1]!.close, (at, i) => at(i + 2));
    protected act(): void {
      if (this.datas[1]!.isNew) hold(this, this.later.now > this.datas[1]!.close.now);
    }
  },
  'only while flat': class extends Acts {
    readonly later = ahead(this.data.close, (at, i) => at(i + 4));
    readonly strength = rsi(this.data.close, 14);
    protected act(): void {
      const isFlat = this.position.size === 0;
      if (isFlat && this.strength.now < 45 && this.later.now > this.data.close.now) this.buy();
      else if (!isFlat && this.strength.now > 55) this.close();
    }
  },
  'the price of the stop alone': class extends Acts {
    readonly low = ahead(this.data.low, (at, i) => Math.min(at(i + 1), at(i + 2), at(i + 3)));
    readonly cross = crossover(this.data.close, sma(this.data.close, 20));
    protected act(): void {
      const close = this.data.close.now;
      if (this.cross.now > 0 && this.position.size === 0 && this.openOrders.length === 0)
        this.buyBracket({ stopLoss: 0.999 * Math.min(close, this.low.now), takeProfit: 1.02 * close });
    }
  },
  'how long the data is': class extends Acts {
    readonly bars = ahead(this.data.close, (_, __, length) => length);
    protected act(): void {
      if (this.data.length === 200) this.buy();
      if (this.data.length === this.bars.now - 100) this.close();
    }
  },
  'the range of all closes': between(
    (all) => {
      const [low, high] = [Math.min(...all), Math.max(...all)];
      return [low + 0.3 * (high - low), low + 0.7 * (high - low)];
    },
    (closes, i) => closes[i]!,
  ),
  'the quantiles of all rises of a day': between((all) => [share(all, 0.2), share(all, 0.8)], dayRise),
  'the regimes of all rises of a day': between((all) => {
    let centres = [-0.05, 0, 0.05];
    const nearest = (value: number): number =>
      centres.reduce((best, centre, k) => (Math.abs(value - centre) < Math.abs(value - centres[best]!) ? k : best), 0);
    for (let round = 0; round < 5; round++)
      centres = centres.map((centre, k) => mean([centre, ...all.filter((value) => nearest(value) === k)]));
    return [(centres[0]! + centres[1]!) / 2, (centres[1]! + centres[2]!) / 2];
  }, dayRise),
  'the period that was best over all': class extends Acts {
    readonly period = [5, 10, 20, 40]
      .map((period) => {
        const gains = bars.close.map((close, i) =>
          i > period && bars.close[i - 1]! > bars.close[i - 1 - period]! ? Math.log(close / bars.close[i - 1]!) : 0,
        );
        return { period, gain: mean(gains) };
      })
      .reduce((best, one) => (one.gain > best.gain ? one : best)).period;
    protected act(): void {
      hold(this, this.data.close.now > this.data.close.ago(this.period));
    }
  },
  'a trend fitted to all': class extends Acts {
    readonly slope = (bars.close[count - 1]! - bars.close[0]!) / (count - 1);
    protected act(): void {
      hold(this, this.data.close.now < bars.close[0]! + this.slope * (this.data.length - 1));
    }
  },
  'signals smoothed to both sides': longWhere((_, i) => {
    const smooth = (k: number): number => mean(copied.close.subarray(k - 10, k + 11));
    return smooth(i) > smooth(i - 1);
  }),
  'a bar of the table, found by its price': longWhere(({ data }) => {
    const i = copied.close.indexOf(data.close.now);
    return i < 0 ? undefined : copied.close[i + 1]! > copied.close[i]!;
  }),
  'a label by time': longWhere(({ data }) => {
    const i = numberOf.get(data.time);
    return i === undefined ? undefined : copied.close[i + 6]! / copied.close[i]! > 1.005;
  }),
  'four hours by their opening time': longWhere(({ data }) => {
    const i = numberOf.get(data.time - (data.time % (4 * hour)));
    return i === undefined ? undefined : copied.close[i + 3]! > data.close.now;
  }),
  'exits at the coming top': class extends Acts {
    readonly cross = crossover(ema(this.data.close, 5), ema(this.data.close, 15));
    protected act(): void {
      const i = numberOf.get(this.data.time) ?? 0;
      const isTop = [1, 2, 3, 4, 5, 6].every((k) => copied.close[i + k]! <= copied.close[i]!);
      if (this.position.size === 0 && this.cross.now > 0) this.buy();
      else if (this.position.size > 0 && isTop) this.close();
    }
  },
  'the highest price of an earlier run': longWhere(({ data }) => {
    const top = most.get('high') ?? 0;
    most.set('high', Math.max(top, data.high.now));
    return top > 0 && data.close.now < 0.95 * top;
  }),
};

describe('the audit over whole strategies', () => {
  it.each(Object.keys(clean))('raises no false alarm: %s', async (name) => {
    const cls = clean[name]!;
    expect((await audit(cls)).leaks).toEqual([]);
    const cerebro = new Cerebro({ cash: 10_000 })
      .addData(new BarsDataFeed({ bars, timeframe: '1h' }), 'a')
      .addData(new BarsDataFeed({ bars: holed, timeframe: '1h' }), 'b');
    const { strategies } = await cerebro.addStrategy(cls).run();
    expect(strategies[0]!.trades.length).toBeGreaterThan(5);
  });

  it.each(Object.keys(leaks))('catches what looks ahead: %s', async (name) => {
    expect((await audit(leaks[name]!)).isClean).toBe(false);
  });
});
