/** One data in its account by hand: its figures in floats, what its position shows, and the price that marks it. */
import { describe, expect, it } from 'vitest';

import { decimals, floats } from '../../../../../src/broker/accounting/ledger/arithmetic.ts';
import { LegDetails, markOf, openOf, Quick } from '../../../../../src/broker/accounting/ledger/portfolio/held.ts';
import { barsFromRows, timeframe } from '../../../../../src/core/index.ts';
import { Timeline } from '../../../../../src/lines/index.ts';
import { Ground, type CarriedBy } from '../ground.ts';
import { hour } from './run.ts';

const linear = 'BTC/USDT:USDT';

/** Bars of an hour, each at `first`, `first` + 1 and so on: open, high 2 above, low 3 below, close 1 above. */
function line(first: number, ...hours: number[]): Timeline {
  const timeline = new Timeline(0, { name: 'a', symbol: 'A/USDT', timeframe: timeframe('1h') });
  timeline.append(
    barsFromRows(
      hours.map((at, k) => {
        const open = first + k;
        return { time: at * hour, open, high: open + 2, low: open - 3, close: open + 1, volume: 1 };
      }),
    ),
  );
  return timeline;
}

describe('figures in floats', () => {
  it.each<[string, boolean, number, number, number, number, number]>([
    ['linear', false, 5, 100, 110, 50, 550],
    ['linear', false, -5, 100, 110, -50, 550],
    ['linear', false, 0, NaN, 110, 0, 0],
    // 1,000 quote units at 100 are 10 coins, at 125 8.
    ['inverse', true, 1_000, 100, 125, 2, 8],
    ['inverse', true, -1_000, 100, 125, -2, 8],
    ['inverse', true, 0, NaN, 125, 0, 0],
  ])('of a %s contract (%s): %d units from %d to %d have won %d and are worth %d', (_name, isInverse, units, entry, mark, won, worth) => {
    const quick = Object.assign(new Quick(isInverse, false), { units, entry });
    expect([quick.unrealised(mark), quick.notional(mark)]).toEqual([won, worth]);
    expect([quick.isInverse, quick.isSpot, new Quick(false, true).isSpot]).toEqual([isInverse, false, true]);
  }); // prettier-ignore
});

describe('what a position shows', () => {
  const shown = (symbol: string, by: CarriedBy = {}) => {
    const ground = new Ground(floats);
    const leg = ground.leg(symbol, {}, by);
    let asked = 0;
    const details = new LegDetails(floats, ground.account, leg, () => asked++);
    return { ground, leg, details, asked: () => asked };
  };

  it('is its mark and what it has won by it, brought up to date before', () => {
    const { ground, leg, details, asked } = shown(linear);
    expect([details.unrealised, details.mark, asked()]).toEqual([0, NaN, 2]);
    ground.fill(leg, 5, 100);
    leg.mark = 110;
    expect([details.unrealised, details.mark, asked()]).toEqual([50, 110, 4]);
    leg.mark = NaN;
    expect(details.unrealised).toBe(0);
    const spot = shown('BTC/USDT');
    spot.ground.fill(spot.leg, 2, 100);
    spot.leg.mark = 130;
    expect(spot.details.unrealised).toBe(60);
  });

  it('is the margin of an isolated contract alone', () => {
    const isolated = shown(linear, { margin: 'isolated' });
    isolated.ground.fill(isolated.leg, 5, 100);
    expect(isolated.details.margin).toBe(50);
    expect([shown(linear).details.margin, shown('BTC/USDT', { margin: 'isolated' }).details.margin]).toEqual([undefined, undefined]); // prettier-ignore
  });

  it('is the price that liquidates it, where there is one', () => {
    const { ground, leg, details } = shown(linear, { margin: 'isolated' });
    expect(details.liquidationPrice).toBeUndefined();
    ground.fill(leg, 5, 100);
    expect(details.liquidationPrice).toBe(90);
    const exact = new Ground(decimals);
    const none = new LegDetails(
      decimals,
      exact.account,
      exact.leg(linear, {}, { margin: 'isolated' }),
      () => undefined,
    );
    expect(none.liquidationPrice).toBeUndefined();
  });

  it('is the funding that it has paid, and nothing before the first', () => {
    const { ground, leg, details } = shown(linear);
    expect(details.fundingPaid).toBe(0);
    ground.fill(leg, 5, 100).account.payFunding(leg, 0.001, 100);
    expect(details.fundingPaid).toBe(0.5);
  });
});

describe('a mark', () => {
  const fields = ['open', 'high', 'low', 'close'] as const;
  const marks = (timeline: Timeline, mark: Timeline | undefined): number[] =>
    fields.map((field) => markOf({ timeline, mark }, field));

  it('is that of its own data, or of the one with the mark prices where that has the same bar', () => {
    const [own, mark] = [line(100, 0, 1, 2), line(200, 0, 2)];
    own.index = mark.index = 0;
    expect([marks(own, undefined), marks(own, mark)]).toEqual([[100, 102, 97, 101], [200, 202, 197, 201]]); // prettier-ignore
    own.index = 1;
    expect(marks(own, mark)).toEqual([101, 103, 98, 102]);
    own.index = 2;
    mark.index = 1;
    expect(marks(own, mark)).toEqual([201, 203, 198, 202]);
    expect([openOf(own), openOf(mark)]).toEqual([2 * hour, 2 * hour]);
    own.trim(2);
    mark.trim(1);
    expect([marks(own, mark), marks(own, undefined), openOf(own)]).toEqual([[201, 203, 198, 202], [102, 104, 99, 103], 2 * hour]); // prettier-ignore
  });

  it('is its own before the other has a bar', () => {
    const [own, mark] = [line(100, 0), line(200, 1)];
    own.index = 0;
    expect(marks(own, mark)).toEqual([100, 102, 97, 101]);
  });
});
