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

/** Bytes of memory that blocks are cut from at once. */
const slabBytes = 1 << 19;
/** One slab in so many is memory that V8 counts. */
const slabsPerCounted = 8;
let slab: ArrayBufferLike = new ArrayBuffer(0);
let used = 0;
let slabs = 0;

/**
 * As `unsetNumbers`, for a block of rows. It is a part of a larger piece of memory, which V8 frees when it has freed all of its parts. A short run needs a dozen
 * blocks; with a piece for each a sweep of short runs takes 4 to 5 % longer.
 */
export function unsetBlock(count: number): Float64Array {
  const bytes = count * 8;
  if (bytes > slabBytes / 2) return unsetNumbers(count);
  if (used + bytes > slab.byteLength) {
    slab = newSlab();
    used = 0;
  }
  const block = new Float64Array(slab, used, count);
  used += bytes;
  return block;
}

/**
 * V8 counts array buffers, not shared ones, and marks its whole heap each time the count has grown by some 20 MB. A sweep reaches that every few trials,
 * though quick collections free nearly all of it: the marking keeps a second processor busy for a quarter of the time, which another thread needs. One slab
 * in eight is counted, so that V8 still sees what piles up.
 */
function newSlab(): ArrayBufferLike {
  return slabs++ % slabsPerCounted === 0 ? Buffer.allocUnsafeSlow(slabBytes).buffer : new SharedArrayBuffer(slabBytes);
}
