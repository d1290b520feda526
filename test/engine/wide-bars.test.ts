/** Quote volume and trade count in a run: lines where the feed has them, summed when bars are made longer, never filled in. */
import { describe, expect, it } from 'vitest';

import { sliceBars, type Bars } from '../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../src/engine/index.ts';
import { BarsDataFeed, DataFeed, generateBars, TickDataFeed } from '../../src/feeds/index.ts';
import { sma } from '../../src/indicators/index.ts';
import { timelineOf, type Line } from '../../src/lines/index.ts';

const minute = 60_000;
const start = Date.UTC(2024, 0, 1);
const plain = generateBars({ seed: 3, timeframe: '15m', count: 960, start });

/** The bars with whole numbers as further columns, so that sums are exact in any order. */
function widened(bars: Bars): Bars {
  const by = (factor: number) => Float64Array.from(bars.time, (_, i) => 1 + ((i * factor) % 1009));
  return { ...bars, quoteVolume: by(7919), tradeCount: by(31) };
}

/** About one bar in thirteen is missing, and all of the third hour. */
function holes(bars: Bars): Bars {
  const kept = Array.from(bars.time.keys()).filter((i) => (i * 7919) % 97 > 7 && (i < 8 || i > 11));
  return Object.fromEntries(
    Object.entries(bars).map(([name, column]) => [name, Float64Array.from(kept, (i) => (column as Float64Array)[i]!)]),
  ) as unknown as Bars;
}

const bars = holes(widened(plain));

/** A feed that hands over the pieces it is given. */
class PiecesFeed extends DataFeed {
  closed = false;
  private readonly pieces: readonly Bars[];

  constructor(pieces: readonly Bars[], name = 'a') {
    super({ name, timeframe: '15m' });
    this.pieces = pieces;
  }

  override load(): Promise<Bars> {
    return Promise.resolve(bars);
  }

  override async *stream(): AsyncGenerator<Bars> {
    try {
      for (const piece of this.pieces) yield await Promise.resolve(piece);
    } finally {
      this.closed = true;
    }
  }
}

function cut(all: Bars, size: number): Bars[] {
  const count = Math.ceil(all.time.length / size);
  return Array.from({ length: count }, (_, k) => sliceBars(all, k * size, Math.min((k + 1) * size, all.time.length)));
}

/** The lines, which the data must have. */
function wideLines({ quoteVolume, tradeCount }: Strategy['data']): readonly [quoteVolume: Line, tradeCount: Line] {
  if (quoteVolume === undefined || tradeCount === undefined) throw new Error('the data must have both lines');
  return [quoteVolume, tradeCount];
}

/** Notes both lines of the source and of the last data made of it, and indicators of them. */
class Watch extends Strategy {
  readonly long = this.datas.at(-1)!;
  readonly fine = wideLines(this.data);
  readonly coarse = wideLines(this.long);
  readonly average = sma(this.coarse[1], 3);
  readonly shown = this.average.onto(this.data);
  readonly log: number[][] = [];
  readonly finished: number[][] = [];

  override next(): void {
    const { data, long, fine, coarse } = this;
    const lines = [...fine, ...coarse, this.average, this.shown];
    this.log.push([data.closeTime, long.length, Number(long.partial), ...lines.map((line) => line.now)]);
    if (long.isNew && !long.partial)
      this.finished.push([long.time, coarse[0].now, coarse[1].now, coarse[1].ago(1), this.average.now]);
  }
}

function strategyOf<S extends Strategy>(result: RunResult, cls: new (...args: never[]) => S): S {
  const { strategy } = result.strategies[0]!;
  if (strategy instanceof cls) return strategy;
  throw new Error(`the strategy must be a ${cls.name}`);
}

type Kind = 'resampleData' | 'replayData';

async function watch(kind: Kind, feed: DataFeed, keepBars?: number): Promise<Watch> {
  const cerebro = new Cerebro().addData(feed).resampleData(feed.name, '30m')[kind](feed.name, '1h').addStrategy(Watch);
  return strategyOf(await cerebro.run(keepBars === undefined ? {} : { keepBars }), Watch);
}

const inMemory = (given = bars): DataFeed => new BarsDataFeed({ name: 'a', timeframe: '15m', bars: given });

/** By hour of its open: sums of both columns over the bars of the hour; an hour without bars is not there. */
function hourlySums(): Map<number, [number, number]> {
  const sums = new Map<number, [number, number]>();
  for (const [i, time] of bars.time.entries()) {
    const hour = time - (time % (60 * minute));
    const [quote, count] = sums.get(hour) ?? [0, 0];
    sums.set(hour, [quote + bars.quoteVolume![i]!, count + bars.tradeCount![i]!]);
  }
  return sums;
}

describe('a data', () => {
  it('has lines of the columns that its feed has, beside one whose feed has none', async () => {
    class Reader extends Strategy {
      readonly quote: (number | undefined)[] = [];
      override next(): void {
        this.quote.push(this.data.quoteVolume?.now);
        expect(this.data.tradeCount).toBeUndefined();
        expect([this.datas[1]!.quoteVolume, this.datas[1]!.tradeCount]).toEqual([undefined, undefined]);
      }
    }
    const { tradeCount: _, ...quoteOnly } = bars;
    const cerebro = new Cerebro().addData(inMemory(quoteOnly));
    cerebro.addData(new BarsDataFeed({ name: 'b', timeframe: '15m', bars: holes(plain) })).addStrategy(Reader);
    expect(strategyOf(await cerebro.run(), Reader).quote).toEqual(Array.from(bars.quoteVolume!));
  });

  it('of six columns holds six columns, also when longer bars are made of it', async () => {
    class Reader extends Strategy {}
    const cerebro = new Cerebro().addData(inMemory(plain)).resampleData('a', '1h').replayData('a', '4h');
    const { datas } = strategyOf(await cerebro.addStrategy(Reader).run(), Reader);
    const wide = datas.map(timelineOf).flatMap(({ quoteVolume, tradeCount, ticks }) =>
      [quoteVolume, tradeCount, ticks?.quoteVolume, ticks?.tradeCount]); // prettier-ignore
    expect(wide).toEqual(Array.from({ length: 12 }, () => undefined));
  });

  it('of trades has the value and the number of the trades of each bar, and their sums in longer bars', async () => {
    class Reader extends Strategy {
      readonly seen: number[][] = [];
      override next(): void {
        if (this.datas[1]!.isNew) this.seen.push(wideLines(this.datas[1]!).map((line) => line.now));
      }
    }
    const tick = (second: number, price: number, size: number) => ({ time: start + second * 1000, price, size });
    const ticks = [tick(0, 10, 1), tick(30, 20, 2), tick(70, 5, 4), tick(130, 8, 1), tick(131, 8, 1), tick(250, 1, 1)];
    const feed = new TickDataFeed({ name: 't', timeframe: '1m', ticks, knownUntil: start + 6 * minute });
    const cerebro = new Cerebro().addData(feed).resampleData('t', '2m').addStrategy(Reader);
    expect(strategyOf(await cerebro.run(), Reader).seen).toEqual([
      [70, 3],
      [16, 2],
    ]);
  });
});

describe.each<{ kind: Kind }>([{ kind: 'resampleData' }, { kind: 'replayData' }])('$kind', ({ kind }) => {
  it('sums them over the parts that are there, and an hour without parts stays missing', async () => {
    const sums = hourlySums();
    const { finished } = await watch(kind, inMemory());
    expect(finished.length).toBeGreaterThan(150);
    for (const [time, quote, count] of finished) expect([quote, count]).toEqual(sums.get(time!));
    expect(sums.has(start + 120 * minute)).toBe(false);
  });

  it('gives indicators of them a value with the third bar, and shows it on the faster data', async () => {
    const { log, finished } = await watch(kind, inMemory());
    const [first] = log;
    expect(first?.[1]).toBe(3);
    for (const row of log) expect(row.slice(5).every(Number.isFinite)).toBe(true);
    const counts = Array.from(hourlySums().values(), ([, count]) => count);
    const opens = [...hourlySums().keys()];
    for (const [time, , , , average] of finished) {
      const at = opens.indexOf(time!);
      expect(average).toBeCloseTo((counts[at]! + counts[at - 1]! + counts[at - 2]!) / 3, 9);
    }
  });

  it.each([1, 3, 50])('sees the same in pieces of %i bars, and forgets what it need not keep', async (size) => {
    const whole = await watch(kind, inMemory());
    const feed = new PiecesFeed([
      sliceBars(plain, 0, 0),
      sliceBars(bars, 0, 0),
      sliceBars(plain, 0, 0),
      ...cut(bars, size),
    ]);
    const bounded = await watch(kind, feed, 5);
    expect(bounded.log).toEqual(whole.log);
    expect(bounded.finished).toEqual(whole.finished);
    for (const timeline of bounded.datas.map(timelineOf)) {
      for (const column of [timeline.quoteVolume, timeline.tradeCount]) {
        expect(column?.length).toBe(timeline.loaded);
        expect(column?.base).toBe(timeline.volume.base);
        expect(column?.base).toBeGreaterThan(0);
      }
    }
  });

  it('shows nothing of the bars to come', async () => {
    const all = await watch(kind, inMemory());
    for (const count of [40, 41, 42, 43, 300, 555]) {
      const wild = { ...bars, quoteVolume: bars.quoteVolume!.slice(), tradeCount: bars.tradeCount!.slice() };
      for (const column of [wild.quoteVolume, wild.tradeCount]) column.fill(1e6, count);
      const until = bars.time[count - 1]! + 15 * minute;
      const before = all.log.filter(([now]) => now! <= until);
      expect(before.length).toBeGreaterThan(20);
      expect((await watch(kind, inMemory(sliceBars(bars, 0, count)))).log).toEqual(before);
      expect((await watch(kind, inMemory(wild))).log.filter(([now]) => now! <= until)).toEqual(before);
    }
  });
});

describe('pieces of one feed', () => {
  const { tradeCount: _, ...lacking } = bars;

  it.each([
    { what: 'lacks', pieces: [sliceBars(bars, 0, 100), sliceBars(lacking, 100, 200)], says: /on lack the column/ },
    { what: 'alone has', pieces: [sliceBars(lacking, 0, 100), sliceBars(bars, 100, 200)], says: /on have the column/ },
  ])('of which one $what a column are refused by name and time', async ({ pieces, says }) => {
    const run = new Cerebro().addData(new PiecesFeed(pieces)).addStrategy(class Idle extends Strategy {});
    await expect(run.run({ keepBars: 5 })).rejects.toThrow(says);
    await expect(run.run({ keepBars: 5 })).rejects.toMatchObject({
      code: 'missing-column',
      context: { feed: 'a', column: 'tradeCount', time: bars.time[100] },
    });
  });

  it('are let go of when a strategy cannot be made', async () => {
    class Broken extends Strategy {
      readonly nothing = this.getData('nowhere');
    }
    const feed = new PiecesFeed(cut(bars, 10));
    await expect(new Cerebro().addData(feed).addStrategy(Broken).run({ keepBars: 5 })).rejects.toThrow(/nowhere/);
    expect(feed.closed).toBe(true);
  });
});
