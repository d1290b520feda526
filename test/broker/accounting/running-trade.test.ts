/** An open trade, fill by fill over bars that are written out, against figures by hand. */
import { describe, expect, it } from 'vitest';

import { CommissionScheme } from '../../../src/broker/accounting/commission.ts';
import { ContractScheme } from '../../../src/broker/accounting/ledger/contract-scheme.ts';
import { fillField } from '../../../src/broker/accounting/fill-blotter.ts';
import { RunningTrade, type FillPlace } from '../../../src/broker/accounting/running-trade.ts';
import { barsFromRows, timeframe } from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';

const hour = 3_600_000;
const spot = new CommissionScheme();
const info = { name: 'A', symbol: 'A/USDT', timeframe: timeframe('1h') };

/** Open, high, low and close of the bars, by number. */
const bars = [
  [100, 103, 98, 101],
  [101, 106, 99, 104],
  [104, 111, 102, 105],
  [105, 109, 94, 97],
  [97, 99, 90, 95],
  // After a gap.
  [120, 125, 118, 121],
] as const;

/** A trade over the bars, at the first of them. */
class Held {
  readonly timeline: Timeline;
  readonly trade: RunningTrade;
  readonly scheme: CommissionScheme;

  constructor(scheme: CommissionScheme = spot, tolerance = 0, ticks?: Timeline) {
    this.scheme = scheme;
    this.timeline = new Timeline(0, info, { ticks });
    this.trade = new RunningTrade(new Data(this.timeline, new Graph()), 0, 0, tolerance);
    this.timeline.append(barsFromRows(bars.map(([open, high, low, close], i) => ({ time: i * hour, open, high, low, close, volume: 1 })))); // prettier-ignore
    this.timeline.index = 0;
    this.trade.begin(1);
  }

  /** Moves to a bar. */
  at(bar: number): this {
    this.timeline.index = bar;
    return this;
  }

  /** Applies a fill, its row in the middle of a block; returns whether it opened the trade. */
  fill(size: number, price: number, place: FillPlace = 'open', commission = 0): boolean {
    const block = new Float64Array(40).fill(1e9);
    const part = this.#closes(size) ? fillField.closed : fillField.opened;
    block[7 + fillField.price] = price;
    block[7 + part] = size;
    block[7 + fillField.commission] = commission + (part === fillField.closed ? 5e8 : 3);
    block[7 + fillField.closedCommission] = part === fillField.closed ? commission : 3;
    const isOpened = this.trade.update(block, 7, part, this.scheme, place);
    this.trade.note(9, block, 7, part);
    return isOpened;
  }

  /** Best and worst so far, with the bars up to the present one. */
  get excursions(): readonly [best: number, worst: number] {
    this.trade.reach();
    return [this.trade.best, this.trade.worst];
  }

  #closes(size: number): boolean {
    return this.trade.size !== 0 && this.trade.size > 0 !== size > 0;
  }
}

describe('what a trade comes to', () => {
  it('is size, mean entry, profit and commission of its fills', () => {
    const held = new Held();
    expect(held.at(1).fill(2, 100, 'open', 0.5)).toBe(true);
    expect(held.fill(6, 120, 'open', 0.25)).toBe(false);
    expect(held.trade).toMatchObject({ size: 8, peakSize: 8, price: 115, value: 920, pnl: 0, commission: 0.75, isLong: true, openIndex: 1, openTime: 2 * hour, status: 'open' }); // prettier-ignore
    expect(held.fill(-3, 125, 'open', 1)).toBe(false);
    expect(held.trade).toMatchObject({ size: 5, peakSize: 8, price: 115, value: 575, pnl: 30, commission: 1.75 });
    held.at(3).fill(-5, 105);
    expect(held.trade).toMatchObject({ size: 0, peakSize: 8, pnl: -20, value: 0, status: 'closed', isClosed: true, openIndex: 1, openTime: 2 * hour, isLong: true }); // prettier-ignore
  });

  it('is so on the short side', () => {
    const held = new Held();
    held.fill(-2, 100);
    held.fill(-2, 110);
    expect(held.trade).toMatchObject({ size: -4, peakSize: -4, price: 105, isLong: false });
    held.fill(3, 95);
    expect(held.trade).toMatchObject({ size: -1, peakSize: -4, pnl: 30, status: 'open' });
    held.fill(1, 115);
    expect(held.trade).toMatchObject({ size: 0, pnl: 20, isClosed: true });
  });

  it('keeps its largest size where it grows again to less', () => {
    const held = new Held();
    for (const size of [4, -3, 1]) held.fill(size, 100);
    expect(held.trade).toMatchObject({ size: 2, peakSize: 4 });
  });

  it('is left at the mean of the fills that closed it, part by part', () => {
    const held = new Held();
    held.fill(6, 100);
    expect(held.trade.exitPrice).toBeNaN();
    const prices = [
      [-1, 110, 110],
      [-2, 125, 120],
      [3, 90, 120],
      [-6, 105, 110],
    ] as const;
    for (const [size, price, mean] of prices) {
      held.fill(size, price);
      expect(held.trade.exitPrice).toBeCloseTo(mean, 10);
    }
    expect(held.trade.isClosed).toBe(true);
    const inverse = new Held(new ContractScheme(10, true, 0, 1));
    inverse.fill(500, 100);
    inverse.fill(-300, 100);
    inverse.fill(-200, 125);
    // 3 and 1.6 of the coin for 500.
    expect(inverse.trade.exitPrice).toBeCloseTo(500 / 4.6, 10);
  });

  it('of an inverse contract is the harmonic mean and the coin gained', () => {
    const held = new Held(new ContractScheme(10, true, 0, 1));
    held.fill(300, 100);
    expect(held.trade.price).toBe(100);
    held.fill(200, 125);
    expect(held.trade.price).toBeCloseTo(500 / (3 + 1.6), 10);
    held.fill(-500, 120);
    expect(held.trade.pnl).toBeCloseTo(10 * (3 + 1.6 - 500 / 120), 10);
  });

  it('is closed where fractions leave dust', () => {
    const held = new Held();
    held.fill(0.1, 100);
    held.fill(0.2, 100);
    held.fill(-0.3, 101);
    expect(held.trade).toMatchObject({ size: 0, isClosed: true });
  });

  it('starts again from nothing', () => {
    const held = new Held();
    held.fill(2, 100, 'open', 1);
    held.trade.exit = 'stop';
    held.trade.tag = held.trade.exitTag = 'a';
    held.at(1).fill(-1, 120, 'inside', 1);
    held.at(2).fill(-1, 120);
    held.trade.begin(2);
    const { exit, tag, exitTag, history, exitPrice, openTime } = held.trade;
    expect({ exit, tag, exitTag, history, exitPrice, openTime }).toEqual({ exit: undefined, tag: undefined, exitTag: undefined, history: [], exitPrice: NaN, openTime: NaN }); // prettier-ignore
    expect(held.trade).toMatchObject({ ref: 2, status: 'open', isClosed: false, size: 0, peakSize: 0, price: 0, value: 0, commission: 0, pnl: 0, best: 0, worst: 0, openIndex: -1, unseen: -1 }); // prettier-ignore
    held.at(3).fill(-1, 90);
    held.at(4);
    expect(held.excursions).toEqual([0, -19]);
    expect(held.trade).toMatchObject({ openIndex: 3, isLong: false, price: 90, peakSize: -1 });
  });

  it.each([
    ['even where its profit is rounding of what was turned over', 1e-9, 100.0000001, 0],
    ['won where its profit is more', 1e-11, 100.0000001, 0.0000001],
    ['lost where its loss is more', 1e-11, 99.9999999, -0.0000001],
  ])('is %s', (_, tolerance, exit, net) => {
    const held = new Held(spot, tolerance);
    held.fill(1, 100);
    held.at(1).fill(-1, exit);
    expect(held.trade.pnl - held.trade.commission).toBeCloseTo(net, 12);
    if (net === 0) expect(held.trade.pnl).toBe(0);
  });

  it('is even at the very bound of rounding, which counts all that was bought and sold', () => {
    // 100 bought, 300 sold: a profit of 200 is half of it.
    const profit = (tolerance: number): number => {
      const held = new Held(new CommissionScheme({ multiplier: 2 }), tolerance);
      held.fill(1, 100);
      held.at(1).fill(-1, 300);
      return held.trade.pnl;
    };
    expect(profit(0.5)).toBe(0);
    expect(profit(0.4999)).toBe(400);
  });

  it('is lost where it lost before commission what the commission is', () => {
    const held = new Held(spot, 1e-6);
    held.fill(1, 100, 'open', 0.5);
    held.at(1).fill(-1, 99.5);
    expect(held.trade).toMatchObject({ pnl: -0.5, commission: 0.5 });
  });

  it('is written down after each of its fills', () => {
    const held = new Held();
    held.at(1).fill(2, 100, 'open', 0.5);
    held.at(3).fill(-2, 110, 'open', 0.25);
    expect(held.trade.history).toEqual([
      { time: 2 * hour, bars: 0, status: 'open', size: 2, price: 100, value: 200, pnl: 0, pnlNet: -0.5, orderRef: 9, fillSize: 2, fillPrice: 100, fillCommission: 0.5 },
      { time: 4 * hour, bars: 2, status: 'closed', size: 0, price: 100, value: 0, pnl: 20, pnlNet: 19.25, orderRef: 9, fillSize: -2, fillPrice: 110, fillCommission: 0.25 },
    ]); // prettier-ignore
  });
});

describe('how far a trade was ahead and behind', () => {
  it('counts the whole bar that it was opened at the open of', () => {
    const held = new Held();
    held.fill(1, 100);
    expect(held.excursions).toEqual([3, -2]);
  });

  it('counts the close alone of a bar that it was opened inside', () => {
    const held = new Held();
    held.fill(1, 99, 'inside');
    expect(held.excursions).toEqual([2, 0]);
    held.at(1);
    expect(held.excursions).toEqual([7, 0]);
  });

  it('takes each bar once, and waits for none', () => {
    const held = new Held();
    held.fill(-2, 100);
    expect(held.excursions).toEqual([4, -6]);
    held.at(2);
    expect(held.excursions).toEqual([4, -22]);
    held.at(4);
    expect(held.excursions).toEqual([20, -22]);
  });

  it('counts the open and the price of a fill inside a later bar, and the close after it', () => {
    const held = new Held();
    held.fill(2, 101);
    held.at(1).fill(-1, 105, 'inside');
    // The bar before: 2 and -3 a unit. Then the open of 101, the fill at 105, and the close at 104 with one unit left.
    expect(held.excursions).toEqual([8, -6]);
    held.at(3);
    // One unit gained 4; up to 111 it gains 10 more, down to 94 it loses 7.
    expect(held.excursions).toEqual([14, -6]);
  });

  it('counts the open of a bar before a fill inside it, where that is its worst', () => {
    const held = new Held();
    held.fill(-1, 99, 'inside');
    held.at(2).fill(-1, 103, 'inside');
    // Close 101, the bar up to 106, the open at 104 and the fill at 103; then two units at 101 and the close at 105.
    expect(held.excursions).toEqual([0, -8]);
  });

  it('counts the close of the bar of its last fill when the next fill comes', () => {
    const held = new Held();
    held.fill(2, 95, 'inside');
    held.at(1).fill(-1, 100);
    expect(held.trade.best).toBe(12);
  });

  it('counts that close in a session too, once its bar has closed', () => {
    const held = new Held();
    held.fill(2, 95, 'insideNext');
    held.at(1).fill(-1, 90, 'between');
    expect(held.trade).toMatchObject({ best: 18, worst: -10 });
  });

  it('counts the open of a bar after a gap before a fill inside it, once', () => {
    const held = new Held();
    held.at(4).fill(1, 97);
    held.at(5).timeline.trim(3);
    held.fill(1, 119, 'inside');
    expect(held.trade.best).toBe(23);
    held.fill(-2, 119, 'inside');
    expect(held.trade.best).toBe(23);
    expect(held.trade.worst).toBe(-7);
  });

  it('counts the close after a fill inside of a bar whose forerunners are forgotten', () => {
    const held = new Held();
    held.at(5).fill(1, 119, 'inside');
    held.timeline.trim(3);
    expect(held.excursions).toEqual([2, 0]);
  });

  it('does not count the open of a bar that it was opened at with slippage', () => {
    const held = new Held();
    held.fill(2, 101);
    held.fill(-1, 103, 'inside');
    expect(held.trade).toMatchObject({ best: 4, worst: 0 });
  });

  it('counts no open of a bar that was opened inside it, and closed inside it', () => {
    const held = new Held();
    held.at(5).fill(-1, 119, 'inside');
    held.fill(-1, 118.5, 'inside');
    held.fill(2, 118, 'inside');
    expect(held.trade).toMatchObject({ best: 0.5, worst: 0, exitPrice: 118 });
  });

  it('counts no open of a bar that grows tick by tick, and is read at once', () => {
    const held = new Held(spot, 0, new Timeline(1, info));
    held.at(4).fill(1, 97);
    held.at(5).fill(-1, 119, 'inside');
    expect(held.trade).toMatchObject({ best: 22, worst: -7, unseen: -1 });
  });

  it.each([
    ['after a part was closed without profit', [2, -1, -1], [100, 100, 105]],
    ['after a part was closed without profit and bought again', [2, -1, 1, -2], [100, 100, 100, 105]],
    ['after a part was closed with profit and bought again', [2, -1, 1, -2], [100, 104, 103, 102]],
  ])('is read at once where one fill closes it %s', (_, sizes, prices) => {
    const held = new Held();
    for (const [k, size] of sizes.entries()) held.at(k).fill(size, prices[k]!);
    expect(held.trade).toMatchObject({ unseen: -1, isClosed: true });
  });

  it('does not count the open of the bar that it was opened inside', () => {
    const held = new Held();
    held.at(3).fill(1, 96, 'inside');
    held.fill(1, 95, 'inside');
    expect(held.excursions).toEqual([3, -1]);
  });

  it('leaves the close of a bar out where a further fill comes before it', () => {
    const held = new Held();
    held.at(3).fill(2, 100, 'inside');
    held.fill(-1, 101, 'inside');
    held.fill(-1, 102, 'inside');
    expect(held.trade).toMatchObject({ best: 3, worst: 0, isClosed: true });
  });

  it('leaves its bars to be read later where one fill closes what one size held', () => {
    const held = new Held();
    held.at(1).fill(1, 101);
    held.at(3).fill(-1, 104);
    expect(held.trade).toMatchObject({ best: 0, worst: 0, unseen: 1, exitPrice: 104 });
  });

  it('is read at once where it was closed in parts', () => {
    const held = new Held();
    held.at(1).fill(2, 101);
    held.at(2).fill(-1, 103);
    held.at(3).fill(-1, 105);
    // Bar 1 between 99 and 106 with two units; 103 with two; bar 2 up to 111 and down to 102 with one; 105.
    expect(held.trade).toMatchObject({ best: 12, worst: -4, unseen: -1, isClosed: true });
  });

  it('has nothing to reach once it has closed', () => {
    const held = new Held();
    held.fill(1, 100);
    held.at(1).fill(-1, 101);
    held.at(4);
    expect(held.excursions).toEqual([0, 0]);
  });

  describe('in a session', () => {
    it('counts no bar before a fill between bars, and the bars after it', () => {
      const held = new Held();
      held.at(1).fill(1, 104, 'between');
      expect(held.excursions).toEqual([0, 0]);
      held.at(2);
      expect(held.excursions).toEqual([7, -2]);
    });

    it('counts the close alone of the bar that a fill was inside of', () => {
      const held = new Held();
      held.at(1).fill(1, 103, 'insideNext');
      expect(held.excursions).toEqual([0, 0]);
      held.at(2);
      expect(held.excursions).toEqual([2, 0]);
      held.at(3);
      expect(held.excursions).toEqual([6, -9]);
    });

    it('takes the bars held, the price of the fill and the profit so far when it is closed', () => {
      const held = new Held();
      held.fill(2, 101, 'between');
      held.at(1).fill(-1, 107, 'between');
      // Bar 1 between 99 and 106 with two units, then 107.
      expect(held.trade).toMatchObject({ best: 12, worst: -4, unseen: -1 });
      held.at(2).fill(-1, 120, 'between');
      expect(held.trade).toMatchObject({ best: 25, worst: -4, unseen: -1, isClosed: true });
    });

    it('is read at once where one fill closes it', () => {
      const held = new Held();
      held.fill(1, 101, 'between');
      held.at(2).fill(-1, 100, 'between');
      expect(held.trade).toMatchObject({ best: 10, worst: -2, unseen: -1, exitPrice: 100 });
    });
  });

  it('counts what is still held of bars that are not forgotten', () => {
    const held = new Held();
    held.fill(1, 101);
    held.trade.reach();
    held.at(3).timeline.trim(3);
    expect(held.excursions).toEqual([8, -7]);
  });
});
