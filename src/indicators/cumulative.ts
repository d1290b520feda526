/** Running totals, and the volume indicators made of them. */
import { checkData, derive, type Data, type KernelIo, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkNumber } from './kernel/period.ts';

/**
 * The running total of a line from its first value on, beginning with `start`.
 *
 * A missing value gives none, and the total starts again after it. Compensated, so that it stays exact over long runs.
 *
 * @throws {ConfigError} If `start` is no number.
 */
export function cumulative(source: Line, start = 0): Line {
  checkNumber('cumulative', start, 'start');
  return derive(source, {
    name: label('cumulative', source),
    key: `cumulative|${start}`,
    history: 0,
    state: 3,
    compute({ inputs, outputs, state }, from, to) {
      const { values: x, base: dx } = inputs[0]!;
      const { values: out, base } = outputs[0]!;
      let seen = state[0]!;
      let total = state[1]!;
      let error = state[2]!;
      for (let i = from; i < to; i++) {
        const value = x[i - dx]!;
        if (value - value !== 0) {
          seen = 0;
          out[i - base] = NaN;
          continue;
        }
        if (seen === 0) {
          seen = 1;
          total = start;
          error = 0;
        }
        const next = total + value;
        const part = next - total;
        error += total - (next - part) + (value - part);
        total = next;
        out[i - base] = total + error;
      }
      state[0] = seen;
      state[1] = total;
      state[2] = error;
    },
  });
}

/**
 * On-balance volume: the running total of the volume, added on a higher close and taken off on a lower one.
 *
 * In base units; 0 on the first bar. Only its changes mean anything. After a missing value it starts again.
 */
export function obv(data: Data): Line {
  checkData('obv', data);
  return derive(data.close, { name: 'obv', key: true, inputs: [data.volume], history: 0, state: 4, compute: balance });
}

/** A compensated total, as that of `cumulative`. */
function balance({ inputs, outputs, state }: KernelIo, from: number, to: number): void {
  const { values: x, base: dx } = inputs[0]!;
  const { values: volume, base: dv } = inputs[1]!;
  const { values: out, base } = outputs[0]!;
  let seen = state[0]!;
  let last = state[1]!;
  let total = state[2]!;
  let error = state[3]!;
  for (let i = from; i < to; i++) {
    const close = x[i - dx]!;
    const traded = volume[i - dv]!;
    if (close - close + (traded - traded) !== 0) {
      seen = 0;
      out[i - base] = NaN;
      continue;
    }
    if (seen === 0) {
      seen = 1;
      total = error = 0;
    } else if (close !== last) {
      const step = close > last ? traded : -traded;
      const next = total + step;
      const part = next - total;
      error += total - (next - part) + (step - part);
      total = next;
    }
    last = close;
    out[i - base] = total + error;
  }
  state[0] = seen;
  state[1] = last;
  state[2] = total;
  state[3] = error;
}
