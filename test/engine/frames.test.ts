/** Datas of several timeframes and exchanges on one clock: what is visible when. */
import { describe, expect, it } from 'vitest';

import type { Bar } from '../../src/core/index.ts';
import { Cerebro, Strategy, type StrategyClass } from '../../src/engine/index.ts';
import { BarsDataFeed } from '../../src/feeds/index.ts';
import { crossover, sma } from '../../src/indicators/index.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2024, 0, 1);

/** A feed whose bar number i closes at 100 + i and opens half a unit lower; bars that `keep` refuses are missing. */
function feed(
  name: string,
  timeframe: string,
  frameMs: number,
  count: number,
  from = 0,
  keep = (_i: number) => true,
): BarsDataFeed {
  const bars: Bar[] = [];
  for (let i = 0; i < count; i++) {
    const close = 100 + i;
    if (keep(i))
      bars.push({
        time: start + from + i * frameMs,
        open: close - 0.5,
        high: close + 1,
        low: close - 1,
        close,
        volume: 1,
      });
  }
  return new BarsDataFeed({ name, timeframe, bars });
}

/** Runs one strategy and gives it back. */
async function run<S extends Strategy>(cerebro: Cerebro, cls: new (...args: never[]) => S): Promise<S> {
  const result = await cerebro.addStrategy(cls as unknown as StrategyClass<object>).run();
  return result.strategies[0]!.strategy as S;
}

/** Notes after each step: minutes since the start, and each data's length, with a star where it is new. */
class Watch extends Strategy {
  readonly log: string[] = [];
  override prenext(): void {
    this.note();
  }
  override next(): void {
    this.note();
  }
  private note(): void {
    const now = Math.max(...this.datas.filter(({ length }) => length > 0).map(({ closeTime }) => closeTime));
    this.log.push(
      `${(now - start) / minute}: ${this.datas.map((data) => `${data.length}${data.isNew ? '*' : ''}`).join(' ')}`,
    );
  }
}

describe('merging', () => {
  it('moves by the close of bars: a slow bar appears with the fast bar that ends it', async () => {
    const cerebro = new Cerebro().addData(feed('m', '15m', 15 * minute, 9)).resampleData('m', '1h');
    expect((await run(cerebro, Watch)).log).toEqual([
      '15: 1* 0', '30: 2* 0', '45: 3* 0', '60: 4* 1*', '75: 5* 1', '90: 6* 1', '105: 7* 1', '120: 8* 2*', '135: 9* 2',
    ]); // prettier-ignore
  });

  it('shows a slow bar whose last part is missing at the first step from its close on', async () => {
    const cerebro = new Cerebro().addData(feed('m', '15m', 15 * minute, 6, 0, (i) => i !== 3)).resampleData('m', '1h');
    expect((await run(cerebro, Watch)).log).toEqual(['15: 1* 0', '30: 2* 0', '45: 3* 0', '75: 4* 1*', '90: 5* 1']);
    const other = new Cerebro()
      .addData(feed('m', '15m', 15 * minute, 6, 0, (i) => i !== 3))
      .resampleData('m', '1h')
      .addData(feed('o', '1h', hour, 1));
    expect((await run(other, Watch)).log[3]).toBe('60: 3 1* 1*');
  });

  it('makes one step of equal closes, whatever the exchange, and waits for the one that lists later', async () => {
    const cerebro = new Cerebro()
      .addData(feed('late', '1h', hour, 2, hour))
      .addData(feed('early', '30m', 30 * minute, 6));
    expect((await run(cerebro, Watch)).log).toEqual([
      '30: 0 1*',
      '60: 0 2*',
      '90: 0 3*',
      '120: 1* 4*',
      '150: 1 5*',
      '180: 2* 6*',
    ]);
  });

  it('gives longer bars their own steps when the source is not in the run, and chains', async () => {
    const source = feed('m', '15m', 15 * minute, 33);
    const cerebro = new Cerebro().resampleData(source, '1h', { name: 'hour' }).resampleData('hour', '4h');
    const watch = await run(cerebro, Watch);
    expect(watch.log).toEqual([
      '60: 1* 0',
      '120: 2* 0',
      '180: 3* 0',
      '240: 4* 1*',
      '300: 5* 1',
      '360: 6* 1',
      '420: 7* 1',
      '480: 8* 2*',
    ]);
    expect(watch.datas.map(({ name, timeframe }) => [name, timeframe.name])).toEqual([['hour', '1h'], ['hour 4h', '4h']]); // prettier-ignore
  });

  it('takes the same feed twice under two names', async () => {
    const one = feed('m', '1h', hour, 3);
    const watch = await run(new Cerebro().addData(one, 'a').addData(one, 'b'), Watch);
    expect(watch.log).toEqual(['60: 1* 1*', '120: 2* 2*', '180: 3* 3*']);
  });

  it('stamps a slow bar with its open and says its close', async () => {
    class Times extends Strategy {
      readonly seen: number[][] = [];
      override next(): void {
        const slow = this.datas[1]!;
        if (slow.isNew) this.seen.push([slow.time - start, slow.closeTime - start, slow.open.now, slow.close.now]);
      }
    }
    const cerebro = new Cerebro().addData(feed('m', '15m', 15 * minute, 8)).resampleData('m', '1h');
    expect((await run(cerebro, Times)).seen).toEqual([[0, hour, 99.5, 103], [hour, 2 * hour, 103.5, 107]]); // prettier-ignore
  });

  it('refuses a name twice, a source that is not there, and bars that do not fit', () => {
    const cerebro = new Cerebro().addData(feed('btc', '1h', hour, 3)).resampleData('btc', '4h');
    expect(() => cerebro.resampleData('btc', '4h')).toThrow("a data named 'btc 4h' was added before");
    expect(() => cerebro.resampleData('btcc', '4h')).toThrow("did you mean 'btc'?");
    expect(() => cerebro.resampleData('btc', '90m')).toThrow('90m bars cannot be built from 1h bars');
    expect(() => cerebro.resampleData('btc', '1d', { nam: 'x' } as object)).toThrow("did you mean 'name'?");
  });
});

describe('minimum periods', () => {
  class Warm extends Strategy {
    readonly calls: string[] = [];
    readonly slow = sma(this.datas[1]!.close, 2);
    readonly shown = this.slow.onto(this.data);
    readonly smooth = sma(this.shown, 3);
    override nextstart(): void {
      this.calls.push(`nextstart ${this.data.length} ${this.datas[1]!.length}`);
    }
    override next(): void {
      if (this.calls.length === 1) this.calls.push(`next ${this.data.length} ${this.smooth.now}`);
      for (const line of [this.slow, this.shown, this.smooth]) if (Number.isNaN(line.now)) this.calls.push('no value');
    }
  }

  it('wait for every declared line of every data, and nextstart is called once', async () => {
    const cerebro = new Cerebro().addData(feed('m', '15m', 15 * minute, 40)).resampleData('m', '1h');
    // The second hour ends with bar 8; three bars that show its average are bars 8, 9 and 10.
    expect((await run(cerebro, Warm)).calls).toEqual(['nextstart 10 2', 'next 11 105']);
  });
});

describe('projection', () => {
  it('shows the latest slow value that has closed, and nothing before', async () => {
    class Shown extends Strategy {
      readonly line = this.datas[1]!.close.onto(this.data);
      readonly above = this.data.close.gt(this.line);
      readonly seen: number[] = [];
      override prenext(): void {
        this.seen.push(this.line.now);
      }
      override next(): void {
        this.seen.push(this.line.now);
      }
    }
    const cerebro = new Cerebro().addData(feed('m', '15m', 15 * minute, 9)).resampleData('m', '1h');
    expect((await run(cerebro, Shown)).seen).toEqual([NaN, NaN, NaN, 103, 103, 103, 103, 107, 107]);
  });

  it('mixes the closes of two exchanges, across a hole in one of them', async () => {
    class Spread extends Strategy {
      readonly other = this.getData('b').close.onto(this.data);
      readonly spread = this.data.close.sub(this.other);
      readonly seen: number[] = [];
      override next(): void {
        if (this.data.isNew) this.seen.push(this.spread.now);
      }
    }
    const a = feed('a', '1h', hour, 6);
    const b = feed('b', '1h', hour, 6, 0, (i) => i !== 2 && i !== 3);
    expect((await run(new Cerebro().addData(a).addData(b), Spread)).seen).toEqual([0, 0, 1, 2, 0, 0]);
  });

  it('is asked for where lines of different timelines meet', async () => {
    class Mixed extends Strategy {
      readonly wrong = crossover(this.data.close, this.datas[1]!.close);
    }
    const cerebro = new Cerebro().addData(feed('m', '15m', 15 * minute, 9)).resampleData('m', '1h');
    await expect(run(cerebro, Mixed)).rejects.toThrow(
      "close of 'm' (15m) and close of 'm 1h' (1h) are on different timelines: project one with close.onto(data) first",
    );
  });
});

describe('orders on a slow data', () => {
  class Orders extends Strategy {
    override next(): void {
      if (this.data.length === 5) this.buy({ data: this.datas[1]!, size: 1 });
    }
  }

  it('are not filled at the open of a bar that was open before they were made', async () => {
    const cerebro = new Cerebro({ cash: 1e6 }).addData(feed('m', '15m', 15 * minute, 16)).resampleData('m', '1h');
    const strategy = await run(cerebro, Orders);
    const [fill] = strategy.orderHistory[0]!.fills;
    // Made at 1:15; the hour from 1:00 opened at 103.5 before it. The hour from 2:00 opens at 107.5 and closes at 3:00.
    expect([fill?.price, (fill?.time ?? 0) - start]).toEqual([107.5, 3 * hour]);
  });
});
