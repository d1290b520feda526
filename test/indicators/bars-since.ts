/** The example of docs/indicators.md, word for word but for where it imports from. */
import type { Line } from 'nextbar';
import { derive } from 'nextbar/extend';

/** Bars since a condition was last true: 0 on that bar; NaN before the first time and where the condition is NaN. */
export function barsSince(condition: Line): Line {
  return derive(condition, {
    name: `barsSince(${condition.name})`,
    history: 0, // it reads no earlier bar
    state: 1, // and remembers one number, which is 0 at the start
    compute({ inputs: [source], outputs: [out], state }, from, to) {
      let count = state[0]!; // bars since, plus one; 0 while it never was
      for (let i = from; i < to; i++) {
        const value = source!.at(i);
        count = Number.isNaN(value) ? 0 : value !== 0 ? 1 : count > 0 ? count + 1 : 0;
        out!.set(i, count > 0 ? count - 1 : NaN);
      }
      state[0] = count;
    },
  });
}
