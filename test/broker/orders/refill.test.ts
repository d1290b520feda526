/** A list that is emptied and filled again: what is in it, and what has only been left over. */
import { expect, it } from 'vitest';
import { Refill } from '../../../src/broker/orders/refill.ts';

const of = <T>({ items, count }: Refill<T>): T[] => items.slice(0, count);

function listOf(...items: readonly number[]): Refill<number> {
  const list = new Refill<number>();
  for (const item of items) list.push(item);
  return list;
}

it('what is pushed is in the list, in order, until it is cleared', () => {
  const list = listOf(3, 1, 2);
  expect(of(list)).toEqual([3, 1, 2]);
  list.clear();
  expect(of(list)).toEqual([]);
  list.push(9);
  expect([of(list), list.items]).toEqual([[9], [9, 1, 2]]);
});

it('two lists change places with all that is in them', () => {
  const [one, other] = [listOf(1, 2, 3), listOf(4)];
  one.swap(other);
  expect([of(one), of(other)]).toEqual([[4], [1, 2, 3]]);
});

it('what is wanted stays, in order', () => {
  const list = listOf(1, 2, 3, 4, 5);
  list.keep((item) => item % 2 === 1);
  expect(of(list)).toEqual([1, 3, 5]);
  list.keep(() => false);
  expect(of(list)).toEqual([]);
  list.keep(() => true);
  expect(of(list)).toEqual([]);
});
