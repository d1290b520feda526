/** Several runs of bars end to end. */
import { barColumnNames, createBars, extraColumnNames, type Bars } from '../core/index.ts';

/** The runs one after another in new columns; an extra column survives only if every run with bars has it. */
export function concatBars(runs: readonly Bars[]): Bars {
  const filled = runs.filter((run) => run.time.length > 0);
  const [only] = filled;
  if (only !== undefined && filled.length === 1) return only;
  const length = filled.reduce((sum, run) => sum + run.time.length, 0);
  const extra = extraColumnNames.filter((name) => filled.length > 0 && filled.every((run) => run[name] !== undefined));
  const joined: Bars = {
    ...createBars(length),
    ...Object.fromEntries(extra.map((name) => [name, new Float64Array(length)])),
  };
  let at = 0;
  for (const run of filled) {
    for (const name of [...barColumnNames, ...extra]) joined[name]!.set(run[name]!, at);
    at += run.time.length;
  }
  return joined;
}
