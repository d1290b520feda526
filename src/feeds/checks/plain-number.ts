/** Numbers as text. */

const shape = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number that a decimal text is, or NaN: an empty text, `null`, `0x10`, `1,000` and words are no numbers. */
export function plainNumber(text: string): number {
  return shape.test(text) ? Number(text) : NaN;
}
