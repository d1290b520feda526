/** How two lines vary together over a window, at a cost that does not depend on the window's length. */
import { deriveAll, type KernelIo, type Line } from '../../lines/index.ts';

/** Means and central sums of a full window of two lines: `xx` is the sum of squared distances of x from its mean. */
export type PairReading = (n: number, meanX: number, meanY: number, xx: number, yy: number, xy: number) => number;

/** Numbers that `pairSums` remembers. */
const stateSize = 12;

/**
 * What `read` makes of the last `period` values of two lines; NaN until both have as many without a gap, and where it is not finite.
 *
 * Sums of the distances from one pair of values in the window. They are taken again once a window, and whenever most of a sum
 * canceled out, so that rounding does not add up. A line that is flat in the window has a central sum of exactly 0.
 */
export function pairSums(name: string, x: Line, y: Line, period: number, reads: readonly PairReading[]): Line[] {
  return deriveAll(
    x,
    {
      name,
      key: `pairSums|${reads.join('|')}`,
      inputs: [y],
      period,
      history: period,
      state: stateSize,
      compute: (io, from, to) => {
        pair(io, from, to, period, reads);
      },
    },
    reads.map((_, k) => (k === 0 ? name : `${name}.${k}`)),
  );
}

/** The loop, a function of the module so that all indicators share its compiled code. */
function pair(
  { inputs, outputs, state }: KernelIo,
  from: number,
  to: number,
  period: number,
  reads: readonly PairReading[],
): void {
  const { values: x, base: dx } = inputs[0]!;
  const { values: y, base: dy } = inputs[1]!;
  let count = state[0]!;
  let age = state[1]!;
  let anchorX = state[2]!;
  let anchorY = state[3]!;
  let sx = state[4]!;
  let sy = state[5]!;
  let sxx = state[6]!;
  let syy = state[7]!;
  let sxy = state[8]!;
  let peak = state[9]!;
  let runX = state[10]!;
  let runY = state[11]!;
  for (let i = from; i < to; i++) {
    const nowX = x[i - dx]!;
    const nowY = y[i - dy]!;
    if (nowX - nowX + (nowY - nowY) !== 0) {
      count = runX = runY = 0;
      continue;
    }
    runX = count > 0 && nowX === x[i - dx - 1] ? runX + 1 : 1;
    runY = count > 0 && nowY === y[i - dy - 1] ? runY + 1 : 1;
    count++;
    if (count < period) continue;
    let isDue = count === period || age >= period;
    if (!isDue) {
      const addX = nowX - anchorX;
      const addY = nowY - anchorY;
      const dropX = x[i - dx - period]! - anchorX;
      const dropY = y[i - dy - period]! - anchorY;
      sx += addX - dropX;
      sy += addY - dropY;
      sxx += addX * addX - dropX * dropX;
      syy += addY * addY - dropY * dropY;
      sxy += addX * addY - dropX * dropY;
      age++;
      if (sxx + syy > peak) peak = sxx + syy;
      // Too much canceled: a bad print has left the window, or the values have left the anchor. NaN where squares were infinite.
      isDue = !(
        sxx - (sx * sx) / period >= sxx * 1e-4 && syy - (sy * sy) / period >= syy * 1e-4 && sxx + syy >= peak * 1e-4
      ); // prettier-ignore
    }
    if (isDue) {
      anchorX = nowX;
      anchorY = nowY;
      sx = sy = sxx = syy = sxy = 0;
      // The mean is the best anchor: one pass for it, one for the sums.
      let mx = 0;
      let my = 0;
      for (let j = 0; j < period; j++) {
        mx += x[i - dx - j]! - nowX;
        my += y[i - dy - j]! - nowY;
      }
      anchorX += mx / period;
      anchorY += my / period;
      for (let j = 0; j < period; j++) {
        const awayX = x[i - dx - j]! - anchorX;
        const awayY = y[i - dy - j]! - anchorY;
        sx += awayX;
        sy += awayY;
        sxx += awayX * awayX;
        syy += awayY * awayY;
        sxy += awayX * awayY;
      }
      age = 1;
      peak = sxx + syy;
    }
    const xx = runX >= period ? 0 : Math.max(0, sxx - (sx * sx) / period);
    const yy = runY >= period ? 0 : Math.max(0, syy - (sy * sy) / period);
    const xy = runX >= period || runY >= period ? 0 : sxy - (sx * sy) / period;
    for (let k = 0; k < reads.length; k++) {
      const value = reads[k]!(period, anchorX + sx / period, anchorY + sy / period, xx, yy, xy);
      if (value - value === 0) outputs[k]!.values[i - outputs[k]!.base] = value;
    }
  }
  state.set([count, age, anchorX, anchorY, sx, sy, sxx, syy, sxy, peak, runX, runY]);
}
