/** Numbers as text. */

const shape = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number that a decimal text states; NaN for any other text, such as an empty one, `null`, `0x10`, `1,000` and words. */
export function plainNumber(text: string): number {
  return shape.test(text) ? Number(text) : NaN;
}
