/** Liquidation and delivery by hand: in which bar, at which price, in which order, and what is recorded of them. */
import { describe, expect, it } from 'vitest';

import { hour, Run, type Prices } from './run.ts';

const perp = 'BTC/USDT:USDT';
const flat: Prices = [100, 100, 100];
const isolated = { cash: { USDT: 1_000 }, margin: 'isolated', leverage: 10 } as const;
const records = (run: Run) => run.portfolio.result().liquidations.map(({ data, side, size, price, loss, fee, time }) => [data, side, size, price, loss, fee, time / hour]); // prettier-ignore

/** A position of `size` opened at 100 in the second bar, and what becomes of it. */
function after(
  size: number,
  prices: Prices,
  facts = {},
  account: ConstructorParameters<typeof Run>[0] = isolated,
): Run {
  const run = new Run(account, { [perp]: { liquidationFee: 0.01, ...facts, prices: [100, 100, ...prices] } });
  run.step().step([0, size, 100]);
  for (const _ of prices) run.step();
  return run;
}

describe('a position', () => {
  it.each<[string, number, Prices, unknown[]]>([
    ['long at its price inside the bar', 5, [[100, 100, 80, 95]], [['BTC/USDT:USDT', 'sell', 5, 90, 50, 4.5, 3]]],
    ['long at its price that the low just reaches', 5, [[100, 100, 90, 95]], [['BTC/USDT:USDT', 'sell', 5, 90, 50, 4.5, 3]]],
    ['long at an open beyond it', 5, [[85, 100, 85, 95]], [['BTC/USDT:USDT', 'sell', 5, 85, 75, 4.25, 3]]],
    ['long at an open that just reaches it', 5, [[90, 100, 90, 95]], [['BTC/USDT:USDT', 'sell', 5, 90, 50, 4.5, 3]]],
    ['short at its price inside the bar', -5, [100, [100, 120, 100, 100]], [['BTC/USDT:USDT', 'buy', 5, 110, 50, 5.5, 4]]],
    ['short at its price that the high just reaches', -5, [100, [100, 110, 100, 100]], [['BTC/USDT:USDT', 'buy', 5, 110, 50, 5.5, 4]]],
    ['short at an open beyond it', -5, [120], [['BTC/USDT:USDT', 'buy', 5, 120, 100, 6, 3]]],
    ['not at all while the mark stays away', 5, [[100, 130, 90.01, 90.01], 109, 91], []],
    ['not at all short', -5, [[100, 109.99, 70, 100], 100], []],
  ])('is liquidated %s', (_, size, prices, wanted) => {
    const run = after(size, prices);
    expect(records(run)).toEqual(wanted);
    expect(run.forced).toEqual(wanted.map((one) => [0, -size, (one as number[])[3], 'liquidation']));
    expect(run.wallet()).toBe(wanted.length === 0 ? 1_000 : 950);
    expect(run.portfolio.warnings()).toEqual(wanted.map((one) => `1 liquidation, the first of 'BTC/USDT:USDT' at ${(one as number[])[3]!}`)); // prettier-ignore
  }); // prettier-ignore

  it('leaves its settlement and its fee for the fill', () => {
    const { portfolio } = after(5, [[100, 100, 80, 95]]);
    expect(portfolio.forced).toMatchObject({ pnl: -50, closed: -5, opened: 0, closedCommission: 4.5, openedCommission: 0, closedValue: 450 }); // prettier-ignore
    expect(portfolio.lastFill).toEqual({ isMaker: false, fee: 4.5, currency: 'USDT' });
    expect([portfolio.positionOf(0).size, portfolio.value, portfolio.holdsOnly(0)]).toEqual([0, 950, true]);
    expect(after(-5, [120]).portfolio.forced).toMatchObject({ pnl: -100, closed: 5, closedValue: 600 });
    const [record] = after(5, [[100, 100, 80, 95]]).portfolio.result().liquidations;
    expect([record!.account, record!.currency]).toEqual(['account', 'USDT']);
  });

  it('is ended for a reason that names the price and what no longer carried it', () => {
    expect(after(5, [[100, 100, 80, 95]]).reasons).toEqual([
      'liquidated at 90: 50 USDT no longer carried the position',
    ]);
  });

  it('that is short beside another is left alone while the marks stay away', () => {
    const datas = { [perp]: { prices: [100, 100, [100, 101, 99, 100], 100] as Prices }, b: { symbol: 'ETH/USDT:USDT', prices: [100, 100, 100, 100] } }; // prettier-ignore
    const run = new Run({ cash: { USDT: 1_000 }, leverage: 20 }, datas).step().step([0, -5, 100], [1, -5, 100]);
    run.step().step();
    expect([records(run), run.position(0)[0], run.position(1)[0]]).toEqual([[], -5, -5]);
  });

  it('is liquidated by its mark, and by its own prices where the mark has no bar', () => {
    const run = new Run(isolated, { a: { symbol: perp, mark: 'm', prices: [100, 100, [100, 100, 50, 100], [100, 100, 89, 100]] }, m: { symbol: 'BTC/USDT', prices: [100, 100, 95] } }); // prettier-ignore
    run.step().step([0, 5, 100]).step();
    expect([records(run), run.position()]).toEqual([[], [5, 100, 95, 0]]);
    expect(records(run.step())).toEqual([['a', 'sell', 5, 90, 50, 0, 4]]);
  });

  it('of several is liquidated with what the others are worth at their marks', () => {
    const run = new Run({ cash: { USDT: 100 }, leverage: 20 }, { a: { symbol: perp, prices: [100, 100, [100, 100, 94, 96], 96] }, b: { symbol: 'ETH/USDT:USDT', prices: [100, 100, 100, [95, 99, 90, 99]] } }); // prettier-ignore
    run.step().step([0, 10, 100], [1, 8, 100]).step();
    // At 94 a has lost 60 of 100. Then 40 are lost by a and 40 by b at the opens of 96 and 95; b falls to 92.5, where nothing is left.
    expect(records(run)).toEqual([]);
    expect(records(run.step())).toEqual([['b', 'sell', 8, 92.5, 60, 0, 4]]);
    expect([run.wallet(), run.position(0)]).toEqual([40, [10, 100, 96, 0]]);
  });

  it('that shares its margin is liquidated with a bar of its own, and at the open before orders', () => {
    const run = new Run({ cash: { USDT: 100 }, leverage: 20 }, { b: { symbol: 'ETH/USDT:USDT', prices: [100, [100, 100, 96, 96], undefined, 99] }, a: { symbol: perp, prices: [100, 100, 92, 92] } }); // prettier-ignore
    run.step().step([0, 8, 100], [1, 10, 100]).open();
    // b has lost 32, and a is carried to 93.2; 20 are left, which carry b to 97.5 when its next bar comes.
    expect(records(run)).toEqual([['a', 'sell', 10, 92, 80, 0, 3]]);
    run.portfolio.endBars();
    expect([records(run.step()).length, run.position(0)[0], run.wallet()]).toEqual([1, 8, 20]);
    const short = new Run({ cash: { USDT: 100 }, leverage: 20 }, { [perp]: { prices: [100, 100, 120] }, b: { symbol: 'ETH/USDT:USDT', prices: flat } }); // prettier-ignore
    short.step().step([0, -10, 100], [1, 1, 100]).open();
    expect(records(short)[0]).toEqual([perp, 'buy', 10, 120, 200, 0, 3]);
  });

  it('that shares its margin is liquidated inside a bar with what the bar took from the others', () => {
    const run = new Run({ cash: { USDT: 100 }, leverage: 20 }, { a: { symbol: perp, prices: [100, 100, [100, 100, 95, 95]] }, b: { symbol: 'ETH/USDT:USDT', prices: [100, 100, [100, 100, 93.5, 94]] } }); // prettier-ignore
    run.step().step([0, 10, 100], [1, 8, 100]).step();
    expect(records(run)).toEqual([['b', 'sell', 8, 93.75, 50, 0, 3]]);
  });

  it('that shares its margin is liquidated no dearer than its bar opened, and one alone at its price', () => {
    const run = new Run({ cash: { USDT: 100 }, leverage: 20 }, { a: { symbol: perp, liquidationFee: 0.01, prices: [100, 100, [100, 100, 91, 91]] }, b: { symbol: 'ETH/USDT:USDT', prices: [100, 100, [96, 96, 95, 95]] } }); // prettier-ignore
    run.step().step([0, 10, 100], [1, 8, 100]).step();
    // b has lost 32 at its open; a loses 68 and the fee at 93.2, so that b is carried to 97.165 alone, where its bar never was.
    expect(records(run)).toEqual([['a', 'sell', 10, 93.2, 68, 9.32, 3], ['b', 'sell', 8, 96, 32, 0, 3]]); // prettier-ignore
    const short = new Run({ cash: { USDT: 100 }, leverage: 20 }, { a: { symbol: perp, liquidationFee: 0.01, prices: [100, 100, [100, 109, 100, 109]] }, b: { symbol: 'ETH/USDT:USDT', prices: [100, 100, [104, 105, 104, 105]] } }); // prettier-ignore
    short.step().step([0, -10, 100], [1, -8, 100]).step();
    expect(records(short)).toEqual([['a', 'buy', 10, 106.8, 68, 10.68, 3], ['b', 'buy', 8, 104, 32, 0, 3]]); // prettier-ignore
    const third = new Run({ cash: { USDT: 100 }, leverage: 20 }, { a: { symbol: perp, liquidationFee: 0.01, prices: [100, 100, [100, 100, 91, 91]] }, b: { symbol: 'ETH/USDT:USDT', prices: [100, 100, [96, 98, 95, 95]] }, c: { symbol: 'SOL/USDT:USDT', prices: flat } }); // prettier-ignore
    third.step().step([0, 10, 100], [1, 8, 100], [2, 1, 100]).step();
    expect(records(third).slice(0, 2)).toEqual([['a', 'sell', 10, 93.2, 68, 9.32, 3], ['b', 'sell', 8, 96, 32, 0, 3]]); // prettier-ignore
    const alone = new Run(isolated, { [perp]: { prices: [100, [85, 100, 85, 95]] } });
    expect(records(alone.step().step([0, 5, 100]))).toEqual([[perp, 'sell', 5, 90, 50, 0, 2]]);
  });

  it('opened in a bar that goes on to its price is liquidated in it', () => {
    const run = new Run(isolated, { [perp]: { prices: [100, [100, 100, 85, 95]] } });
    expect(records(run.step().step([0, 5, 100]))).toEqual([[perp, 'sell', 5, 90, 50, 0, 2]]);
  });

  it('is liquidated at the open after a path was tried and taken back', () => {
    const run = new Run(isolated, { [perp]: { prices: [100, 100, 85] } }).step().open();
    const { portfolio, out } = run;
    const saved = portfolio.save(0);
    for (let k = 0; k < 3; k++) {
      portfolio.settle(0, 5, Object.assign(out, { price: 100, time: 0 }));
      saved.restore();
      expect([portfolio.positionOf(0).size, portfolio.holdsOnly(0)]).toEqual([0, true]);
    }
    portfolio.fill(0, 5, 100, false, out);
    portfolio.endBars();
    expect(records(run.step())).toEqual([[perp, 'sell', 5, 85, 75, 0, 3]]);
  });
});

describe('a liquidation that a venue reports', () => {
  const kept = (size: number): Run => {
    const run = new Run(isolated, { [perp]: { liquidationFee: 0.01, prices: [100, 100, 50] } }).step();
    run.portfolio.isKeptByVenues = true;
    return run.step([0, size, 100]).step();
  };

  it('is booked as it is reported, and none is computed', () => {
    const run = kept(5);
    expect(records(run)).toEqual([]);
    const report = (size: number | undefined, side: 'buy' | 'sell') =>
      run.portfolio.bookLiquidation(0, { kind: 'liquidation', time: 2.5 * hour, symbol: perp, id: '1', currency: 'USDT', amount: 3, size, price: 91, side } as never); // prettier-ignore
    expect(report(2, 'buy')).toBe(false);
    expect(report(2, 'sell')).toBe(true);
    expect([records(run), run.wallet(), run.position()[0]]).toEqual([[[perp, 'sell', 2, 91, 18, 3, 2.5]], 979, 3]);
    expect(report(9, 'sell')).toBe(true);
    expect([run.position()[0], report(1, 'sell'), report(1, 'buy')]).toEqual([0, false, false]);
  });

  it('of a short is a purchase', () => {
    const run = kept(-5);
    const report = { kind: 'liquidation', time: 3 * hour, symbol: perp, id: '1', currency: 'USDT', amount: 0, size: 5, price: 108 }; // prettier-ignore
    expect(run.portfolio.bookLiquidation(0, { ...report, side: 'sell' } as never)).toBe(false);
    expect(run.portfolio.bookLiquidation(0, { ...report, side: 'buy' } as never)).toBe(true);
    expect([run.wallet(), run.position()[0], run.forced]).toEqual([960, 0, [[0, 5, 108, 'liquidation']]]);
  });
});

describe('a contract that expires', () => {
  const expiry = 3 * hour;

  it('is settled at the mark of the bar that it ends in, with the fee of a taker', () => {
    const run = after(5, [[100, 115, 100, 110], 120], { expiry, takerFee: 0.001 });
    expect([run.forced, run.wallet(), run.position()[0]]).toEqual([
      [[0, -5, 110, 'delivery']],
      1_000 + 50 - 0.5 - 0.55,
      0,
    ]);
    expect(run.portfolio.lastFill).toEqual({ isMaker: false, fee: 0.55, currency: 'USDT' });
    expect(run.portfolio.forced.pnl).toBe(50);
    expect([run.ended, records(run)]).toEqual([[], []]);
    expect(run.portfolio.refusalOf(0, 1, 100, false)).toMatchObject({ rule: 'expired', reason: expect.stringContaining("'BTC/USDT:USDT' expired at 1970-01-01") as unknown }); // prettier-ignore
  });

  it('ends the orders of what is flat, once', () => {
    const run = new Run(isolated, { [perp]: { expiry, prices: [100, 100, 100, 100, 100] } });
    run.step().step();
    expect([run.ended, run.portfolio.refusalOf(0, 1, 100, false)]).toEqual([[], undefined]);
    run.step().step().step();
    expect(run.ended).toEqual([expect.stringContaining("'BTC/USDT:USDT' expired at 1970-01-01")]);
  });

  it('pays the funding that is due before it ends', () => {
    const run = after(5, [100, 100], { expiry, funding: [{ time: 2.5 * hour, rate: 0.01 }, { time: 3.5 * hour, rate: 0.01 }] }); // prettier-ignore
    expect([run.wallet(), run.portfolio.result().funding.length]).toEqual([995, 1]);
  });
});
