/** A curve in one line of blocks. */

const blocks = '▁▂▃▄▅▆▇█';

/**
 * The values as `width` blocks from the lowest to the highest; each block is the last value of its stretch, so that the
 * line ends where the curve ends. A flat curve is a low line.
 */
export function sparkline(values: ArrayLike<number>, width: number): string {
  const picked: number[] = [];
  const columns = Math.min(width, values.length);
  for (let k = 1; k <= columns; k++) picked.push(values[Math.ceil((k * values.length) / columns) - 1]!);
  const finite = picked.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  return picked
    .map((value) => {
      if (!Number.isFinite(value)) return ' ';
      const level = range > 0 ? Math.floor(((value - low) / range) * blocks.length) : 0;
      return blocks[Math.min(level, blocks.length - 1)]!;
    })
    .join('');
}
