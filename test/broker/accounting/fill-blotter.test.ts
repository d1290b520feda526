/** Fills as rows of numbers: what is read back, summed, taken back and forgotten. */
import { describe, expect, it } from 'vitest';

import { Blotter, Fill, fillField, type FillFacts } from '../../../src/broker/accounting/fill-blotter.ts';

/** The facts of a fill, every number of its own. */
const facts = (n: number): FillFacts => ({
  time: n + 1, size: n + 2, price: n + 3, closed: n + 4, opened: n + 5, commission: n + 6, pnl: n + 7, positionSize: n + 8, positionPrice: n + 9,
  value: n + 10, traded: n + 11, closedCommission: n + 12, rule: 'limitReached', level: n + 13, reached: n + 14,
}); // prettier-ignore

/** A blotter with so many fills of one order, the numbers of each 100 higher. */
function filled(count: number): Blotter {
  const blotter = new Blotter();
  for (let k = 0; k < count; k++) blotter.add(facts(100 * k), k - 1);
  return blotter;
}

describe('a fill', () => {
  it('reads back what was written', () => {
    const blotter = filled(2);
    blotter.tags.set(1, 'dip');
    const fill = new Fill(blotter, 1);
    const { time, size, price, closed, opened, commission, pnl, positionSize, positionPrice } = fill;
    const { value, traded, closedCommission, rule, level, reached, tag, reason } = fill;
    expect({ time, size, price, closed, opened, commission, pnl, positionSize, positionPrice, value, traded, closedCommission, rule, level, reached }).toEqual(facts(100)); // prettier-ignore
    expect([tag, reason]).toEqual(['dip', 'low 114 reached limit 113']);
    expect([fill.role, fill.fee, fill.feeCurrency]).toEqual([undefined, undefined, undefined]);
    expect(fill.toJSON()).toEqual({ ...facts(100), reason, tag: 'dip' });
    expect(new Fill(blotter, 0).tag).toBeUndefined();
  });

  it('has the role and fee that were noted, whatever was noted of the others', () => {
    const blotter = filled(5);
    blotter.noteFee(1, { isMaker: true, fee: -0.5, currency: 'USDT' });
    blotter.noteFee(2, { isMaker: false, fee: 2, currency: 'BNB' });
    blotter.noteFee(4, { isMaker: true, fee: 3, currency: 'BNB' });
    const of = (row: number) => {
      const { role, fee, feeCurrency } = new Fill(blotter, row);
      return [role, fee, feeCurrency];
    };
    expect([0, 1, 2, 3, 4, 5].map((row) => of(row))).toEqual([
      [undefined, undefined, undefined],
      ['maker', -0.5, 'USDT'],
      ['taker', 2, 'BNB'],
      [undefined, undefined, undefined],
      ['maker', 3, 'BNB'],
      [undefined, undefined, undefined],
    ]);
    expect(new Fill(blotter, 2).toJSON()).toMatchObject({ role: 'taker', fee: 2, feeCurrency: 'BNB' });
    blotter.noteFee(1, { isMaker: false, fee: 7, currency: 'USDT' });
    expect(of(1)).toEqual(['taker', 7, 'USDT']);
  });
});

describe('the fills of an order', () => {
  it('are found from its last one, oldest first, and summed', () => {
    const blotter = new Blotter();
    for (const [k, previous] of [-1, -1, 0, 1, 2].entries()) blotter.add(facts(100 * k), previous);
    expect(blotter.fills(4).map(({ time }) => time)).toEqual([1, 201, 401]);
    expect(blotter.fills(3).map(({ time }) => time)).toEqual([101, 301]);
    expect(blotter.fills(-1)).toEqual([]);
    expect(blotter.sum(4, fillField.commission)).toBe(6 + 206 + 406);
    expect([blotter.sum(-1, fillField.pnl), blotter.previous(4), blotter.previous(0)]).toEqual([0, 2, -1]);
  });

  it('are those still kept', () => {
    const blotter = filled(4);
    blotter.tags.set(1, 'a').set(2, 'b');
    const last: number[] = [];
    blotter.forget(2, (row) => last.push(blotter.read(row, fillField.time)));
    expect([last, blotter.first, blotter.count]).toEqual([[1, 101], 2, 4]);
    expect([...blotter.tags]).toEqual([[2, 'b']]);
    expect(blotter.fills(3).map(({ time }) => time)).toEqual([201, 301]);
    expect(blotter.sum(3, fillField.size)).toBe(202 + 302);
    expect([blotter.read(1, fillField.size), blotter.read(2, fillField.size), blotter.read(4, fillField.size)]).toEqual([NaN, 202, NaN]); // prettier-ignore
    blotter.forget(2, () => expect.unreachable());
    blotter.forget(1, () => expect.unreachable());
    expect(blotter.first).toBe(2);
  });

  it('that were only tried are taken back, with their fees', () => {
    const blotter = filled(2);
    blotter.noteFee(1, { isMaker: true, fee: 1, currency: 'USDT' });
    const { count } = blotter;
    blotter.noteFee(blotter.add(facts(500), 1), { isMaker: true, fee: 9, currency: 'USDT' });
    blotter.rewind(count);
    expect([blotter.count, blotter.read(2, fillField.time), blotter.costOf(2)]).toEqual([2, NaN, undefined]);
    expect(blotter.costOf(1)).toEqual({ isMaker: true, fee: 1, currency: 'USDT' });
    expect(blotter.add(facts(700), 1)).toBe(2);
    expect(blotter.costOf(2)).toBeUndefined();
    expect(blotter.fills(2).map(({ time }) => time)).toEqual([1, 101, 701]);
    const plain = filled(2);
    plain.rewind(1);
    expect([plain.count, plain.costOf(0)]).toEqual([1, undefined]);
  });

  it('of a long run lose the fees of those no longer kept', () => {
    const blotter = filled(1_500);
    for (let row = 0; row < 1_500; row++) blotter.noteFee(row, { isMaker: row % 2 === 0, fee: row, currency: 'USDT' });
    blotter.forget(1_100, () => undefined);
    expect([blotter.costOf(1_099), blotter.costOf(1_100)!.fee, blotter.costOf(1_499)!.fee]).toEqual([undefined, 1_100, 1_499]); // prettier-ignore
    expect(blotter.fills(1_499)).toHaveLength(400);
  });
});
