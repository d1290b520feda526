/** The queue market: where our orders stand at their level, and what trades, cancels of others and the book do to them. */
import { describe, expect, it } from 'vitest';

import { queueModel, QueueMarket, type QueuedOrder, type QueueModelName } from '../../../src/broker/index.ts';

interface Seen {
  readonly name: string;
  readonly what: string;
}

class Bench {
  readonly seen: Seen[] = [];
  readonly market: QueueMarket<string>;

  constructor(model: QueueModelName = 'conservative') {
    this.market = new QueueMarket<string>(queueModel(model), {
      filled: ({ owner }, units, price, isMaker) => {
        this.seen.push({ name: owner, what: `${isMaker ? 'maker' : 'taker'} ${+units.toFixed(9)}@${price}` });
      },
      ended: ({ owner }, how) => {
        this.seen.push({ name: owner, what: how });
      },
      crossed: ({ owner }, market) => {
        this.seen.push({ name: owner, what: `crossed at ${market}` });
      },
    });
    this.levels([
      [1, 100, 10],
      [1, 99, 20],
      [-1, 101, 5],
      [-1, 102, 30],
    ]);
  }

  levels(rows: readonly (readonly [1 | -1, number, number])[]): void {
    for (const [sign, price, size] of rows) this.market.level(sign, price, size);
    this.market.settle();
  }

  place(owner: string, sign: 1 | -1, left: number, price: number, more: Partial<QueuedOrder<string>> = {}): void {
    this.market.arrive({ owner, sign, left, price, stop: NaN, ahead: 0, traded: 0, flag: 'none', validUntil: Infinity, ...more }); // prettier-ignore
  }

  get texts(): string[] {
    return this.seen.map(({ name, what }) => `${name}: ${what}`);
  }
}

describe('a resting order', () => {
  it('is executed once the units ahead of it have traded, and only by what is left of the print', () => {
    const bench = new Bench();
    bench.place('a', 1, 3, 100);
    bench.market.trade(-1, 100, 10);
    expect(bench.texts).toEqual([]);
    bench.market.trade(-1, 100, 2);
    bench.market.trade(-1, 100, 5);
    expect(bench.texts).toEqual(['a: maker 2@100', 'a: maker 1@100']);
    expect(bench.market.isBusy).toBe(false);
  });

  it('is executed whole by a trade beyond its price, and not by takers of its own side', () => {
    const bench = new Bench();
    bench.place('a', 1, 3, 100);
    bench.market.trade(1, 101, 50);
    expect(bench.texts).toEqual([]);
    bench.market.trade(-1, 99, 0.1);
    expect(bench.texts).toEqual(['a: maker 3@100']);
  });

  it('is executed whole when the other side of the book reaches its price', () => {
    const bench = new Bench();
    bench.place('a', 1, 3, 100);
    bench.levels([
      [1, 100, 0],
      [-1, 100, 4],
    ]);
    expect(bench.texts).toEqual(['a: maker 3@100']);
  });

  it('shares a print with our earlier order at its price', () => {
    const bench = new Bench();
    bench.place('a', 1, 3, 100);
    bench.place('b', 1, 3, 100);
    bench.market.trade(-1, 100, 14);
    expect(bench.texts).toEqual(['a: maker 3@100', 'b: maker 1@100']);
  });

  it.each([
    ['conservative', 6],
    ['proportional', 5],
  ] as const)('moves forward by cancels as the %s model says', (model, ahead) => {
    const bench = new Bench(model);
    bench.place('a', 1, 1, 100);
    // Ten more join behind it; then half of the level leaves.
    bench.levels([[1, 100, 20]]);
    expect(bench.market.orders[0]!.ahead).toBe(10);
    bench.market.trade(-1, 100, 4);
    bench.levels([[1, 100, 16]]);
    expect(bench.market.orders[0]!.ahead).toBe(6);
    bench.levels([[1, 100, model === 'conservative' ? 6 : 16 * (5 / 6)]]);
    expect(bench.market.orders[0]!.ahead).toBeCloseTo(ahead, 9);
  });

  it('does not count a trade again when its level is published afterwards', () => {
    const bench = new Bench('proportional');
    bench.place('a', 1, 1, 100);
    bench.levels([[1, 100, 20]]);
    bench.market.trade(-1, 100, 5);
    bench.levels([[1, 100, 15]]);
    expect(bench.market.orders[0]!.ahead).toBe(5);
  });
});

describe('an arriving order', () => {
  it('takes level after level, and rests with what is left', () => {
    const bench = new Bench();
    bench.place('a', 1, 40, 102);
    expect(bench.texts).toEqual(['a: taker 5@101', 'a: taker 30@102']);
    expect(bench.market.orders[0]).toMatchObject({ left: 5, ahead: 0 });
    // What it took is gone until it is published again.
    bench.place('b', 1, 1, NaN);
    expect(bench.texts.at(-1)).toBe('b: canceled');
  });

  it('ends by its flag where it would take, or not take whole', () => {
    const bench = new Bench();
    bench.place('post', 1, 1, 101, { flag: 'post' });
    bench.place('fok', 1, 6, 101, { flag: 'fok' });
    bench.place('ioc', 1, 6, 101, { flag: 'ioc' });
    expect(bench.texts).toEqual(['post: crossed at 101', 'fok: canceled', 'ioc: taker 5@101', 'ioc: canceled']);
  });

  it('waits for a trade at its stop, then meets the book', () => {
    const bench = new Bench();
    bench.place('a', -1, 12, NaN, { stop: 100 });
    bench.market.trade(1, 101, 1);
    expect(bench.texts).toEqual([]);
    bench.market.trade(-1, 100, 1);
    expect(bench.texts).toEqual(['a: taker 10@100', 'a: taker 2@99']);
  });

  it('keeps its place for a smaller size and loses it for another price', () => {
    const bench = new Bench();
    bench.place('a', 1, 3, 100);
    bench.market.trade(-1, 100, 4);
    bench.market.amend('a', { price: 100, stop: NaN, left: 2, validUntil: Infinity });
    expect(bench.market.orders[0]).toMatchObject({ ahead: 6, left: 2 });
    bench.market.amend('a', { price: 99, stop: NaN, left: 2, validUntil: Infinity });
    expect(bench.market.orders[0]).toMatchObject({ ahead: 20, price: 99 });
    expect(bench.market.cancel('a')).toBe(true);
    expect(bench.market.cancel('a')).toBe(false);
  });
});

it('names the nearest queue model', () => {
  expect(() => queueModel('proportionl' as never)).toThrow(/did you mean 'proportional'/);
});
