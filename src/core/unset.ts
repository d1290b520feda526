/** Memory for numbers that are all about to be written. */

/** Below this many numbers it does not matter. */
const small = 64;

/**
 * An array of `count` numbers that hold whatever was in the memory before: each must be set before it is read. Zeros that nothing
 * reads cost a long run more than its strategy does.
 */
export function unsetNumbers(count: number): Float64Array {
  return count <= small ? new Float64Array(count) : new Float64Array(Buffer.allocUnsafeSlow(count * 8).buffer);
}
