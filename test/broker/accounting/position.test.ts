/** A position, trade by trade, against sums by hand. */
import { expect, it } from 'vitest';

import { Position } from '../../../src/broker/accounting/position.ts';

/** A position after signed trades, each of a size at a price. */
function after(...trades: readonly (readonly [size: number, price: number])[]): Position {
  const position = new Position();
  for (const [size, price] of trades) position.update(size, price);
  return position;
}

it.each([
  ['opens', [[2, 100]], 2, 100],
  ['opens short', [[-2, 100]], -2, 100],
  ['grows at the mean by size', [[2, 100], [6, 120]], 8, 115],
  ['grows short at the mean by size', [[-2, 100], [-6, 120]], -8, 115],
  ['keeps its entry where it shrinks', [[4, 100], [-1, 130]], 3, 100],
  ['keeps its entry where it shrinks short', [[-4, 100], [1, 70]], -3, 100],
  ['is flat without a price where it closes', [[4, 100], [-4, 130]], 0, 0],
  ['takes the new price where it turns short', [[4, 100], [-6, 130]], -2, 130],
  ['takes the new price where it turns long', [[-4, 100], [10, 70]], 6, 70],
  ['opens again after it was closed', [[4, 100], [-4, 130], [-1, 50]], -1, 50],
  ['keeps its entry where nothing is traded', [[4, 100], [0, 130]], 4, 100],
  ['is flat where fractions leave dust', [[0.1, 10], [0.2, 10], [-0.3, 11]], 0, 0],
  ['is flat where fractions leave dust on the short side', [[-0.1, 10], [-0.2, 10], [0.3, 11]], 0, 0],
  ['is flat at a billionth of what was held', [[1, 10], [-1 + 1e-9, 11]], 0, 0],
  ['holds what is more than a billionth', [[1, 10], [-1 + 1.1e-9, 11]], 1.1e-9, 10],
] as const)('%s', (_, trades, size, price) => {
  const position = after(...trades);
  expect(position.size).toBeCloseTo(size, 15);
  expect(position.price).toBe(price);
  expect(position.isFlat).toBe(size === 0);
}); // prettier-ignore

it.each([
  ['a purchase on nothing', 0, 3, 0],
  ['a sale on nothing', 0, -3, 0],
  ['a purchase on a long', 2, 3, 0],
  ['a sale on a short', -2, -3, 0],
  ['a part of a long', 5, -3, -3],
  ['a part of a short', -5, 3, 3],
  ['all of a long', 5, -5, -5],
  ['all of a short', -5, 5, 5],
  ['more than a long', 5, -8, -5],
  ['more than a short', -5, 8, 5],
  ['a long and dust', 0.1 + 0.2, -0.3, -0.3],
  ['a long less dust', 0.3, -(0.1 + 0.2), -(0.1 + 0.2)],
])('closes %s', (_, held, size, closed) => {
  expect(after([held, 10]).closedBy(size)).toBe(closed);
});

it('becomes equal to another, and shows what an account adds', () => {
  const position = after([1, 10]);
  const other = after([-3, 20]);
  other.settledPrice = 19;
  position.become(other);
  expect([position.size, position.price, position.settledPrice]).toEqual([-3, 20, 19]);
  const names = ['mark', 'unrealised', 'margin', 'liquidationPrice', 'fundingPaid'] as const;
  expect(names.map((name) => position[name])).toEqual(names.map(() => undefined));
  position.show({ mark: 21, unrealised: -3, margin: 6, liquidationPrice: 25, fundingPaid: 0.5 });
  expect(names.map((name) => position[name])).toEqual([21, -3, 6, 25, 0.5]);
});
