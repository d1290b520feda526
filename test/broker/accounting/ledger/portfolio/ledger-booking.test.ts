/** Fills in an account at a venue: what is executed, cut, refused and ended, and what the venue executes by itself. */
import { describe, expect, it } from 'vitest';

import type { BrokerOptions } from '../../../../../src/broker/broker.ts';
import type { VolumeFiller } from '../../../../../src/broker/matching/volume-filler.ts';
import type { Instrument } from '../../../../../src/core/index.ts';
import { calm, Floor, hour, type Given, type Row } from '../../../matching/floor.ts';

const instrument: Instrument = { symbol: 'A/USDT:USDT', type: 'swap', base: 'A', quote: 'USDT', makerFee: 0.001, takerFee: 0.002 }; // prettier-ignore
const ten = { cash: { USDT: 1_000 }, leverage: 10 } as const;

/** A floor with one contract, in an account of 1,000 with a leverage of ten. */
const floorOf = (rows: readonly Row[], options: BrokerOptions = {}, facts: Partial<Instrument> = {}): Floor =>
  new Floor([{ rows, symbol: instrument.symbol, instrument: { ...instrument, ...facts } }], {
    account: ten,
    ...options,
  });

/** What a bar takes of an order, bar by bar. */
function takes(...units: number[]): VolumeFiller {
  return { fillable: (remaining) => Math.min(remaining, units.shift() ?? Infinity) };
}

const reduce = { with: { reducesOnly: true } };
const cut = { with: { isCuttable: true } };

describe('a fill', () => {
  it('is written with its cost, its role and what it closed', () => {
    const floor = floorOf([calm, calm, [110, 121, 109, 110]]);
    const { order: a } = floor.place('a: buy 2');
    floor.bar();
    expect(a.lastFill!.toJSON()).toMatchObject({ time: 2 * hour, size: 2, price: 100, closed: 0, opened: 2, commission: 0.4, closedCommission: 0, pnl: 0, positionSize: 2, positionPrice: 100, fee: 0.4, feeCurrency: 'USDT', role: 'taker' }); // prettier-ignore
    const { order: b } = floor.place('b: sell 3 limit 120');
    floor.bar();
    expect(b.lastFill!.toJSON()).toMatchObject({ time: 3 * hour, size: -3, price: 120, closed: -2, opened: -1, commission: 0.36, closedCommission: 0.24, pnl: 40, positionSize: -1, positionPrice: 120, fee: 0.36, role: 'maker' }); // prettier-ignore
  });

  it('in part leaves the rest, but for what binary fractions leave', () => {
    // 0.9 less three times 0.3 is 5.6e-17.
    const floor = floorOf([calm, calm, calm, calm], { filler: takes(0.3, 0.3, 0.3) });
    floor.place('a: buy 0.9');
    expect(floor.bars(3)).toEqual(['a 0.3 @ 100 partial', 'a 0.3 @ 100 partial', 'a 0.3 @ 100']);
  });

  it('that ends a position ends its exits', () => {
    const floor = floorOf([calm, calm, calm]);
    floor.place('a: buy 1');
    floor.place('s: sell 1 stop 95', { parent: 'a' });
    floor.bar();
    floor.place('b: sell 1');
    expect(floor.bar()).toBe('b -1 @ 100; s canceled');
  });
});

describe('an order that only reduces', () => {
  it('executes no more than is held, as its bar takes it', () => {
    const floor = floorOf([calm, calm, calm, calm], { filler: takes(4, 1, 9) });
    floor.place('a: buy 4');
    floor.bar();
    floor.place('r: sell 5', reduce);
    expect(floor.bars(2)).toEqual(['r -1 @ 100 partial', 'r -3 @ 100']);
    expect([floor.held(), floor.order('r').order.size]).toEqual([0, 4]);
  });

  it('keeps its size where as much is held', () => {
    const floor = floorOf([calm, calm, calm]);
    floor.place('a: sell 4');
    floor.bar();
    floor.place('r: buy 4', reduce);
    floor.place('q: buy 1 limit 1');
    expect(floor.bar()).toBe('r 4 @ 100');
  });

  it('is refused where nothing is held, and canceled where it ends with its position', () => {
    const told = (isAim: boolean, entry?: string): string => {
      const floor = floorOf([calm, calm, calm]);
      if (entry !== undefined) floor.place(entry);
      floor.bar();
      floor.place('r: sell 1', { with: { reducesOnly: true, isAim } });
      return [floor.bar(), floor.order('r').order.reason, floor.order('r').order.rule].join(' | ');
    };
    expect(told(false)).toBe('r rejected | there is no long position left to reduce | reduceOnly');
    expect(told(true)).toBe('r canceled | there is no long position left to reduce | reduceOnly');
    expect(told(true, 'a: sell 2')).toBe('r canceled | there is no long position left to reduce, 2 short is held | reduceOnly'); // prettier-ignore
  });
});

describe('an order that the margin does not carry', () => {
  it('is refused whole', () => {
    const floor = floorOf([calm, calm]);
    floor.place('a: buy 200');
    expect(floor.bar()).toBe('a margin');
    expect([floor.held(), floor.order('a').order.rule]).toEqual([0, 'margin']);
  });

  it('is cut to what fits where it may be: to the lot, or eight digits', () => {
    // Each needs 10 of margin and 0.2 of fee.
    for (const [facts, size] of [[{}, 98.03921568], [{ lot: 0.5 }, 98]] as const) {
      const floor = floorOf([calm, calm], {}, facts);
      floor.place('a: buy 200', cut);
      expect(floor.bar()).toBe(`a ${size} @ 100`);
      expect(floor.order('a').order.size).toBe(size);
      expect(floor.broker.warnings).toEqual(['1 order was cut to what the cash paid for']);
    } // prettier-ignore
  });

  it('closes what is held, and opens what then fits', () => {
    const floor = floorOf([calm, calm, calm], { account: { cash: { USDT: 1_000 } } }, { takerFee: 0 });
    floor.place('a: sell 4');
    floor.bar();
    floor.place('b: buy 30', cut);
    expect(floor.bar()).toBe('b 14 @ 100');
    expect(floor.held()).toBe(10);
    const taken = floorOf([calm, calm, calm], { account: { cash: { USDT: 1_000 } }, filler: takes(4, 20) }, { takerFee: 0 }); // prettier-ignore
    taken.place('a: sell 4');
    taken.bar();
    taken.place('b: buy 30', cut);
    expect(taken.bar()).toBe('b 14 @ 100');
  });

  it('is refused where nothing fits, though it may be cut', () => {
    const floor = floorOf([calm, calm], { account: { cash: { USDT: 1e-9 } } });
    floor.place('a: buy 200', cut);
    expect(floor.bar()).toBe('a margin');
  });

  it('is left whole where it fits', () => {
    const floor = floorOf([calm, calm]);
    floor.place('a: buy 90', cut);
    expect(floor.bar()).toBe('a 90 @ 100');
    expect(floor.broker.warnings).toEqual([]);
  });
});

describe('a contract that has ended', () => {
  const ended = (): Floor => {
    const given: Given = { rows: [calm, calm, [100, 105, 100, 105], calm, calm], symbol: 'A/USDT:USDT-240101', instrument: { ...instrument, symbol: 'A/USDT:USDT-240101', type: 'future', expiry: 3 * hour } }; // prettier-ignore
    return new Floor([given, { rows: Array.from({ length: 5 }, () => calm), symbol: 'B/USDT:USDT' }], { account: ten }); // prettier-ignore
  };

  it('ends its orders, and no other’s', () => {
    const floor = ended();
    floor.place('a: buy 1 limit 50');
    floor.place('b: buy 1 limit 50', { data: 1 });
    floor.bar();
    expect(floor.bar()).toBe('a canceled');
    expect(floor.order('a').order.reason).toContain('expired');
    expect(floor.order('b').isWorking).toBe(true);
  });

  it('is settled as the fill of an order in the name of who holds it', () => {
    const floor = ended();
    const asked: unknown[] = [];
    floor.broker.forcedOrders = (dataId, size, exit, reason) => {
      asked.push([dataId, size, exit, reason]);
      return floor.forced('f', dataId, size);
    };
    floor.place('a: buy 2');
    floor.place('s: sell 2 stop 50', { parent: 'a' });
    floor.bar();
    expect(floor.bar()).toBe('s canceled; f -2 @ 105');
    expect(asked).toEqual([[0, -2, 'end', "'d0' expired and was settled at 105"]]);
    expect(floor.order('s').order.reason).toBe("the position was ended: 'd0' expired and was settled at 105");
    expect(floor.order('f').order.lastFill!.toJSON()).toMatchObject({ time: 3 * hour, size: -2, price: 105, closed: -2, opened: 0, pnl: 10, commission: 0.42, closedCommission: 0.42, fee: 0.42, positionSize: 0, rule: 'delivery', level: 105, reached: 105 }); // prettier-ignore
    expect(floor.held()).toBe(0);
  });

  it('refuses what comes later, though it may be cut', () => {
    const floor = ended();
    floor.bars(2);
    floor.place('a: buy 1');
    floor.place('b: buy 500', cut);
    expect(floor.bar()).toBe('a rejected; b rejected');
    expect([floor.order('a').order.rule, floor.order('b').order.rule]).toEqual(['expired', 'expired']);
  });
});

describe('a liquidation', () => {
  it('ends the orders of its position and is the fill of an order', () => {
    const floor = floorOf([calm, calm, [100, 100, 80, 85], calm], { account: { ...ten, margin: 'isolated' } }, { takerFee: 0, liquidationFee: 0.01 }); // prettier-ignore
    let exit = '';
    floor.broker.forcedOrders = (dataId, size, why) => {
      exit = why;
      return floor.forced('f', dataId, size);
    };
    floor.place('a: buy 5');
    floor.bar();
    floor.place('r: sell 1 limit 130');
    expect(floor.bar()).toBe('r canceled; f -5 @ 90');
    expect(exit).toBe('liquidation');
    expect(floor.order('f').order.lastFill!.toJSON()).toMatchObject({ rule: 'liquidation', closed: -5, pnl: -50, commission: 4.5, closedCommission: 4.5, fee: 4.5, role: 'taker', level: 90, reached: 90 }); // prettier-ignore
    expect(floor.bar()).toBe('');
  });

  it('is booked though no strategy holds the position', () => {
    const floor = floorOf([calm, calm, [100, 100, 80, 85], calm], { account: { ...ten, margin: 'isolated' } }, { takerFee: 0 }); // prettier-ignore
    floor.place('a: buy 5');
    floor.bar();
    floor.broker.forcedOrders = () => undefined;
    expect(floor.bar()).toBe('');
    expect([floor.held(), floor.broker.value]).toEqual([0, 950]);
  });
});
