/** Rows of numbers in one block of memory: what objects made by the hundred thousand keep their numbers in. */

/**
 * Rows of `stride` numbers. A number in a field of an object is an object of its own to the machine; half a million of them cost a
 * run more than its strategy does.
 */
export class NumberRows {
  readonly stride: number;
  values: Float64Array;
  private count = 0;

  constructor(stride: number) {
    this.stride = stride;
    this.values = new Float64Array(stride * 64);
  }

  /** Makes a new row and gives the place of its first number in `values`. */
  add(): number {
    const at = this.count++ * this.stride;
    if (at === this.values.length) {
      const grown = new Float64Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    return at;
  }
}
