/** True range: how far price went in a bar, the gap from the last close included. */
import { checkData, derive, type Data, type KernelIo, type Line } from '../lines/index.ts';

/** What the three lines of the true range are for. */
type Part = 'range' | 'high' | 'low';

/**
 * True range: from the lower of the low and the last close up to the higher of the high and the last close.
 *
 * In price units; the first value comes with the second bar.
 */
export function trueRange(data: Data): Line {
  checkData('trueRange', data);
  return part('trueRange', data, 'range');
}

/** The higher of the high and the last close. */
export function trueHigh(data: Data): Line {
  checkData('trueHigh', data);
  return part('trueHigh', data, 'high');
}

/** The lower of the low and the last close. */
export function trueLow(data: Data): Line {
  checkData('trueLow', data);
  return part('trueLow', data, 'low');
}

function part(name: string, data: Data, which: Part): Line {
  const lowSign = which === 'high' ? 0 : which === 'low' ? 1 : -1;
  const highSign = which === 'low' ? 0 : 1;
  return derive(data.close, {
    name,
    key: true,
    period: 2,
    inputs: [data.high, data.low],
    history: 1,
    state: 1,
    compute: (io, from, to) => {
      measure(io, from, to, highSign, lowSign);
    },
  });
}

/** The loop, a function of the module so that all indicators share its compiled code. */
function measure(
  { inputs, outputs, state }: KernelIo,
  from: number,
  to: number,
  highSign: number,
  lowSign: number,
): void {
  const { values: close, base: dc } = inputs[0]!;
  const { values: high, base: dh } = inputs[1]!;
  const { values: low, base: dl } = inputs[2]!;
  const { values: out, base } = outputs[0]!;
  let seen = state[0]! | 0;
  for (let i = from; i < to; i++) {
    const top = high[i - dh]!;
    const bottom = low[i - dl]!;
    const valid = close[i - dc]! + top + bottom;
    if (valid - valid !== 0 || seen === 0) {
      seen = valid - valid === 0 ? 1 : 0;
      out[i - base] = NaN;
      continue;
    }
    const last = close[i - dc - 1]!;
    out[i - base] = highSign * (top > last ? top : last) + lowSign * (bottom < last ? bottom : last);
  }
  state[0] = seen;
}
