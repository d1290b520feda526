/** Random bars for properties. */
import type { Bar } from 'nextbar';
import { seededRandom } from 'nextbar/feeds';

export const hourMs = 3_600_000;

/**
 * Hours that walk by whole steps, so that exact levels are met often.
 *
 * @param gap - The farthest that a bar opens from the close before it. Default 1.
 */
export function walk(seed: number, count: number, gap = 1): Bar[] {
  const random = seededRandom(seed);
  const step = (most: number): number => Math.round((random() - 0.5) * 2 * most);
  let open = 200;
  return Array.from({ length: count }, (_, k) => {
    const close = Math.max(50, open + step(4));
    const high = Math.max(open, close) + Math.abs(step(4));
    const low = Math.min(open, close) - Math.abs(step(4));
    const bar = { time: k * hourMs, open, high, low, close, volume: 1 + Math.floor(random() * 5) };
    open = Math.max(50, close + step(gap));
    return bar;
  });
}
