/** Blocks of rows are cut from larger pieces of memory: no owner sees another's numbers. */
import { describe, expect, it } from 'vitest';

import { blockRows, NumberRows } from '../../src/core/index.ts';

describe('rows of numbers', () => {
  it('keep their numbers while other rows grow beside them, of whatever width', () => {
    const all = [1, 3, 19, 70].map((stride) => new NumberRows(stride));
    const filled = (row: number, stride: number, k: number) => row * 1_000 + stride + k / 128;
    for (let row = 0; row < 3 * blockRows; row++) {
      for (const rows of all) {
        expect(rows.add()).toBe(row);
        for (let k = 0; k < rows.stride; k++) rows.block(row)[rows.at(row) + k] = filled(row, rows.stride, k);
      }
    }
    for (const rows of all) {
      let wrong = 0;
      for (let row = 0; row < rows.count; row++)
        for (let k = 0; k < rows.stride; k++)
          if (rows.block(row)[rows.at(row) + k] !== filled(row, rows.stride, k)) wrong++;
      expect(wrong).toBe(0);
    }
  });

  it('hold a block of rows each, and no more', () => {
    const rows = new NumberRows(5);
    rows.add();
    expect(rows.block(0)).toHaveLength(5 * blockRows);
    rows.block(0).fill(7);
    const next = new NumberRows(5);
    next.add();
    next.block(0).fill(8);
    expect(new Set(rows.block(0))).toEqual(new Set([7]));
  });
});
