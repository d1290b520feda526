/** Bounded memory: a run in pieces, down to bar by bar, is the run at once. */
import { describe, expect, it } from 'vitest';

import { barsBetween, sliceBars, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import { BarsDataFeed, generateBars } from '../../../src/feeds/index.ts';
import { bollinger, crossover, ema, sma } from '../../../src/indicators/index.ts';

const hour = 3_600_000;

/** A feed that hands its bars over in pieces of one size, as a live source hands them over one by one. */
class PiecesFeed extends BarsDataFeed {
  private readonly piece: number;

  constructor(name: string, timeframe: string, bars: Bars, piece: number) {
    super({ name, timeframe, bars });
    this.piece = piece;
  }

  override async *stream(): AsyncGenerator<Bars> {
    const bars = await this.load();
    for (let i = 0; i < bars.time.length; i += this.piece) {
      yield sliceBars(bars, i, Math.min(i + this.piece, bars.time.length));
    }
  }
}

/** Bars with about one in twelve missing, at places that depend on the seed. */
function holes(bars: Bars, seed: number): Bars {
  const kept = Array.from(bars.time.keys()).filter((i) => (i * 7919 + seed * 31) % 97 > 8);
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i]!);
  const { time, open, high, low, close, volume } = bars;
  return {
    time: pick(time),
    open: pick(open),
    high: pick(high),
    low: pick(low),
    close: pick(close),
    volume: pick(volume),
  };
}

const start = Date.UTC(2024, 0, 1);
const fast = holes(generateBars({ seed: 1, timeframe: '15m', count: 3000, start }), 1);
const other = holes(generateBars({ seed: 2, timeframe: '1h', count: 700, start: start + 30 * hour, price: 900 }), 2);

/** Trades by a trend of the 4 h bars, a channel, and the spread to another exchange; notes everything it saw. */
class Busy extends Strategy {
  readonly slow = this.getData('a 4h');
  readonly trend = ema(this.slow.close, 5);
  readonly shown = this.trend.onto(this.data);
  readonly smooth = sma(this.shown, 4);
  readonly cross = crossover(sma(this.data.close, 10), sma(this.data.close, 30));
  readonly band = bollinger(this.data.close, 20);
  readonly spread = this.data.close.sub(this.getData('b').close.onto(this.data));
  readonly seen: number[] = [];

  override next(): void {
    const { data, slow } = this;
    this.seen.push(data.length, slow.length, Number(slow.isNew), Number(slow.partial), slow.close.now, this.trend.now);
    this.seen.push(this.shown.now, this.smooth.now, this.band.top.now, this.spread.now, this.datas.at(-1)!.close.now);
    if (!data.isNew) return;
    if (this.cross.now > 0 && data.close.now > this.shown.now) this.buy({ size: 0.1 });
    else if (this.cross.now < 0) this.close();
    else if (data.length % 50 === 0) this.buy({ type: 'limit', price: this.band.bottom.now, size: 0.05 });
  }
}

async function run(kind: 'resampleData' | 'replayData', piece: number, keepBars?: number): Promise<[Busy, RunResult]> {
  const cerebro = new Cerebro({ cash: 1e6, commission: 0.001 });
  const a = new PiecesFeed('a', '15m', fast, piece);
  cerebro.addData(a).addData(new PiecesFeed('b', '1h', other, piece === 1 ? 1 : piece + 3));
  cerebro[kind](a, '4h').resampleData('b', '1d').resampleData('b 1d', '1w').addStrategy(Busy);
  const result = await cerebro.run(keepBars === undefined ? {} : { keepBars });
  return [busyOf(result), result];
}

function busyOf(result: RunResult): Busy {
  const { strategy } = result.strategies[0]!;
  if (strategy instanceof Busy) return strategy;
  throw new Error('the strategy must be a Busy');
}

describe.each(['resampleData', 'replayData'] as const)('a run with %s', (kind) => {
  it.each([
    ['bar by bar', 1],
    ['in pieces of 7', 7],
    ['in pieces of 500', 500],
  ])('%s sees, orders and earns exactly what the run at once does', async (_name, piece) => {
    const [whole, wholeResult] = await run(kind, 1e6);
    const [part, partResult] = await run(kind, piece, 3);
    expect(part.seen.length).toBeGreaterThan(10_000);
    expect(part.seen).toEqual(whole.seen);
    expect(JSON.stringify(part.orderHistory.map(({ ref, status, fills }) => [ref, status, fills]))).toBe(
      JSON.stringify(whole.orderHistory.map(({ ref, status, fills }) => [ref, status, fills])),
    );
    expect(part.orderHistory.length).toBeGreaterThan(20);
    expect(partResult.steps).toBe(wholeResult.steps);
    expect(partResult.finalValue).toBe(wholeResult.finalValue);
    expect(partResult.stats).toEqual(wholeResult.stats);
    expect(partResult.datas).toEqual(wholeResult.datas);
    expect([...partResult.equity.value]).toEqual([...wholeResult.equity.value]);
  });
});

describe('a bounded run', () => {
  const feed = (count: number): PiecesFeed =>
    new PiecesFeed('a', '1m', generateBars({ seed: 5, timeframe: '1m', count }), 1000);

  class Flip extends Strategy {
    override next(): void {
      if (this.data.length % 10 === 0) this.buy({ size: 1 });
      else if (this.data.length % 10 === 5) this.close();
    }
  }

  it('keeps the latest orders and trades and counts the others, with the same statistics', async () => {
    const whole = await new Cerebro({ cash: 1e7, commission: 0.001 }).addData(feed(20_000)).addStrategy(Flip).run();
    const part = await new Cerebro({ cash: 1e7, commission: 0.001 })
      .addData(feed(20_000))
      .addStrategy(Flip)
      .run({ keepBars: 2, keepOrders: 100 });
    const [w, p] = [whole.strategies[0]!, part.strategies[0]!];
    expect(p.orders.length).toBeLessThanOrEqual(500);
    expect(p.orders.length + p.dropped.orders).toBe(w.orders.length);
    expect(p.trades.length + p.dropped.trades).toBe(w.trades.length);
    // Their bars are gone when they are read: the excursions were taken before.
    const excursions = ({ best, worst }: { readonly best: number; readonly worst: number }): number[] => [best, worst];
    expect(p.trades.map(excursions)).toEqual(w.trades.slice(p.dropped.trades).map(excursions));
    const last = (result: typeof w): string =>
      JSON.stringify(result.orders.slice(-100).map(({ ref, fills }) => [ref, fills]));
    expect(last(p)).toBe(last(w));
    expect(part.stats).toEqual(whole.stats);
    expect([part.finalCash, part.finalValue]).toEqual([whole.finalCash, whole.finalValue]);
  });

  it('gives a thinned equity curve whose points are exact and which ends with the run', async () => {
    const whole = await new Cerebro({ cash: 1e7 }).addData(feed(90_000)).addStrategy(Flip).run();
    const { equity } = await new Cerebro({ cash: 1e7 }).addData(feed(90_000)).addStrategy(Flip).run({ keepBars: 2 });
    expect(equity.time.length).toBeLessThan(25_000);
    const { cash, value } = equity;
    const exact = { cash: whole.equity.cash, value: whole.equity.value };
    const wrong: number[] = [];
    const at = new Map(Array.from(whole.equity.time, (time, i) => [time, i]));
    const times = equity.time;
    times.forEach((time, k) => {
      const i = at.get(time)!;
      if (cash[k] !== exact.cash[i] || value[k] !== exact.value[i]) wrong.push(time);
    });
    expect(wrong).toEqual([]);
    expect(equity.time.at(-1)).toBe(whole.equity.time.at(-1));
  });

  it('says that a bar was forgotten when it is read, and refuses options that cannot be right', async () => {
    class Back extends Strategy {
      override next(): void {
        if (this.data.length === 3000) this.data.close.ago(2500);
      }
    }
    const cerebro = new Cerebro().addData(feed(4000)).addStrategy(Back);
    await expect(cerebro.run({ keepBars: 10 })).rejects.toThrow('raise keepBars');
    await expect(cerebro.run({ keepBars: 0 })).rejects.toThrow('keepBars must be a whole number of at least 1, was 0');
    await expect(cerebro.run({ keepOrders: 5 })).rejects.toThrow('keepOrders needs keepBars');
  });

  it('leaves the bars of the feed as they are', async () => {
    const bars = generateBars({ seed: 5, timeframe: '1m', count: 3000 });
    const before = barsBetween(bars, undefined, undefined).close.slice();
    await new Cerebro()
      .addData(new PiecesFeed('a', '1m', bars, 500))
      .addStrategy(Flip)
      .run({ keepBars: 2 });
    expect(bars.close).toEqual(before);
  });
});

it('refuses a piece that does not come after the one before it', async () => {
  class Disordered extends PiecesFeed {
    override async *stream(): AsyncGenerator<Bars> {
      const bars = await this.load();
      yield sliceBars(bars, 0, 4);
      yield sliceBars(bars, 3, 8);
    }
  }
  class Idle extends Strategy {
    override next(): void {}
  }
  const bars = generateBars({ seed: 1, timeframe: '1h', count: 8, start: Date.UTC(2024, 0, 1) });
  const cerebro = new Cerebro().addData(new Disordered('late', '1h', bars, 4)).addStrategy(Idle);
  const bar = '2024-01-01 03:00:00';
  await expect(cerebro.run({ keepBars: 2 })).rejects.toThrow(`late: the bar of ${bar} comes after that of ${bar}`);
});
