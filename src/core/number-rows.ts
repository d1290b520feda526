/** Rows of numbers in blocks of memory: what objects made by the hundred thousand keep their numbers in. */
import { unsetBlock } from './unset.ts';

/** Rows in a block, a power of two. A block stays small enough that the allocator gives used memory out again. */
export const blockRows = 512;
const shift = 9;
const nothing = new Float64Array(0);

/**
 * Rows of `stride` numbers. V8 keeps a number in a field of an object as an object of its own; half a million of them cost a
 * run more than its strategy does.
 */
export class NumberRows {
  readonly stride: number;
  private readonly blocks: Float64Array[];
  /** Number of rows; set lower, it gives up the last ones. */
  count = 0;

  constructor(stride: number) {
    this.stride = stride;
    // A list that has held an object: one that has not is of another kind, and V8 throws away what it compiled for the one when it meets the other.
    this.blocks = [nothing];
    this.blocks.pop();
  }

  /** Makes a new row, whose numbers are still to be set, and returns its index. */
  add(): number {
    const row = this.count++;
    if (row >> shift === this.blocks.length) this.blocks.push(unsetBlock(this.stride * blockRows));
    return row;
  }

  /** Gives up the blocks that hold nothing but rows before `row`. */
  forget(row: number): void {
    for (let k = (row >> shift) - 1; k >= 0 && this.blocks[k] !== nothing; k--) this.blocks[k] = nothing;
  }

  /** The block that holds a row. */
  block(row: number): Float64Array {
    return this.blocks[row >> shift]!;
  }

  /** Where in its block a row begins. */
  at(row: number): number {
    return (row & (blockRows - 1)) * this.stride;
  }
}

/** The number by which a row keeps one of a few words. A loop, because V8 calls `indexOf` for each word of each row. */
export function wordNumber<Word extends string>(words: readonly Word[], word: Word): number {
  for (let k = 0; k < words.length; k++) if (words[k] === word) return k;
  return -1;
}
