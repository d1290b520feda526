/** Wilder's parabolic stop and reverse. */
import { derive, type Data, type Line } from '../lines/index.ts';
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
  checkAbove('parabolicSar', step, 0, 'step');
  checkAbove('parabolicSar', limit, 0, 'limit');
  return derive(data.high, {
    name: `parabolicSar(${step}, ${limit})`,
    key: true,
    inputs: [data.low, data.close],
    period: 2,
    state: 8,
    history: 0,
    compute({ inputs, outputs, state }, from, to) {
      const { values: highs, base: dh } = inputs[0]!;
      const { values: lows, base: dl } = inputs[1]!;
      const { values: closes, base: dc } = inputs[2]!;
      const { values: out, base } = outputs[0]!;
      let [seen, lastHigh, lastLow, lastClose, up, stop, extreme, speed] = state as unknown as State;
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
        if (seen > 0) {
          let reversed = true;
          if (seen === 1) {
            up = close >= lastClose ? 1 : 0;
            stop = up === 1 ? lastLow : lastHigh;
          } else if (up === 1 ? stop >= low : stop <= high) {
            up = 1 - up;
            stop = extreme;
          } else reversed = false;
          out[i - base] = stop;
          const now = up === 1 ? high : low;
          if (reversed) {
            extreme = now;
            speed = step;
          } else if (up === 1 ? now > extreme : now < extreme) {
            extreme = now;
            speed = speed + step < limit ? speed + step : limit;
          }
          stop += speed * (extreme - stop);
          if (up === 1) {
            if (low < stop) stop = low;
            if (lastLow < stop) stop = lastLow;
          } else {
            if (high > stop) stop = high;
            if (lastHigh > stop) stop = lastHigh;
          }
        } else out[i - base] = NaN;
        seen = seen === 0 ? 1 : 2;
        lastHigh = high;
        lastLow = low;
        lastClose = close;
      }
      state.set([seen, lastHigh, lastLow, lastClose, up, stop, extreme, speed]);
    },
  });
}

type State = [number, number, number, number, number, number, number, number];
