/** Wilder's parabolic stop and reverse. */
import { checkData, derive, type Data, type KernelIo, type Line } from '../lines/index.ts';
import { checkAbove } from './kernel/period.ts';

/**
 * Parabolic stop and reverse: a stop that follows price ever faster and changes sides when price reaches it.
 *
 * Begins with the second bar, on the side of the first change of the close, from the extreme of the first bar.
 *
 * @param step - Acceleration at first and at each new extreme, default 0.02.
 * @param limit - The highest acceleration, default 0.2.
 * @throws {ConfigError} If `step` or `limit` is not above 0.
 * @see J. W. Wilder, New Concepts in Technical Trading Systems (1978)
 */
export function parabolicSar(data: Data, step = 0.02, limit = 0.2): Line {
  checkData('parabolicSar', data);
  checkAbove('parabolicSar', step, 0, 'step');
  checkAbove('parabolicSar', limit, 0, 'limit');
  return derive(data.high, {
    name: `parabolicSar(${step}, ${limit})`,
    key: true,
    inputs: [data.low, data.close],
    period: 2,
    state: 8,
    history: 0,
    compute: (io, from, to) => {
      follow(io, from, to, step, limit);
    },
  });
}

/** The loop, a function of the module so that all indicators share its compiled code. */
function follow({ inputs, outputs, state }: KernelIo, from: number, to: number, step: number, limit: number): void {
  const { values: highs, base: dh } = inputs[0]!;
  const { values: lows, base: dl } = inputs[1]!;
  const { values: closes, base: dc } = inputs[2]!;
  const { values: out, base } = outputs[0]!;
  // Bars since the last gap: 0, 1, or 2 for more.
  let seen = state[0]! | 0;
  let lastHigh = state[1]!;
  let lastLow = state[2]!;
  let lastClose = state[3]!;
  let isUp = state[4] === 1;
  let stop = state[5]!;
  let extreme = state[6]!;
  let speed = state[7]!;
  for (let i = from; i < to; i++) {
    const high = highs[i - dh]!;
    const low = lows[i - dl]!;
    const close = closes[i - dc]!;
    const valid = high + low + close;
    if (valid - valid !== 0) {
      seen = 0;
      out[i - base] = NaN;
      continue;
    }
    if (seen === 0) {
      seen = 1;
      out[i - base] = NaN;
    } else {
      let isTurned = seen === 1;
      if (isTurned) {
        seen = 2;
        isUp = close >= lastClose;
        stop = isUp ? lastLow : lastHigh;
      } else if (isUp ? stop >= low : stop <= high) {
        isTurned = true;
        isUp = !isUp;
        stop = extreme;
      }
      out[i - base] = stop;
      if (isUp) {
        if (isTurned) {
          extreme = high;
          speed = step;
        } else if (high > extreme) {
          extreme = high;
          speed = speed + step < limit ? speed + step : limit;
        }
        stop += speed * (extreme - stop);
        if (low < stop) stop = low;
        if (lastLow < stop) stop = lastLow;
      } else {
        if (isTurned) {
          extreme = low;
          speed = step;
        } else if (low < extreme) {
          extreme = low;
          speed = speed + step < limit ? speed + step : limit;
        }
        stop += speed * (extreme - stop);
        if (high > stop) stop = high;
        if (lastHigh > stop) stop = lastHigh;
      }
    }
    lastHigh = high;
    lastLow = low;
    lastClose = close;
  }
  state[0] = seen;
  state[1] = lastHigh;
  state[2] = lastLow;
  state[3] = lastClose;
  state[4] = isUp ? 1 : 0;
  state[5] = stop;
  state[6] = extreme;
  state[7] = speed;
}
