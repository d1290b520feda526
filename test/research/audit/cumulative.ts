/** A running total from the first bar on: a value that never forgets. */
import { derive, type Line } from '../../../src/lines/index.ts';

export function cumulative(line: Line): Line {
  return derive(line, {
    name: 'total',
    state: 1,
    compute({ inputs: [x], outputs: [out], state }, from, to) {
      for (let i = from; i < to; i++) {
        state[0]! += x!.at(i);
        out!.set(i, state[0]!);
      }
    },
  });
}
