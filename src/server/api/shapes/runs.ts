/** What the API answers about kept runs. */
import { z } from 'zod';

import { time, page, equity } from './fields.ts';

const anything = z.record(z.string(), z.unknown());

export const runShape = z.object({
  /** Its number, counted from 1 and never reused. */
  id: z.number(),
  /** What it is: `run`, `study`, `trial` or `session`. */
  kind: z.string(),
  /** `running`, `done` or `failed`. */
  status: z.string(),
  /** The study that a trial belongs to. */
  parent: z.number().optional(),
  /** When it was started, milliseconds UTC. */
  time,
  /** Milliseconds that it took; absent while it runs. */
  took: z.number().optional(),
  /** The strategy's name; several are joined by ` + `. */
  strategy: z.string(),
  /** Its mode, such as `backtest`. */
  mode: z.string(),
  /** The version of nextbar that ran it. */
  version: z.string(),
  /** SHA-256 of its fills and equity curve: two runs of one hash traded the same. */
  hash: z.string().optional(),
  /** The parameters of the strategy. */
  params: anything,
  /** Rules and settings in words. */
  settings: anything,
  /** The figures of the result; those without a value are absent. */
  stats: z.record(z.string(), z.number()),
  /** The datas it ran over. */
  datas: z.array(anything),
  /** Things worth knowing that are not errors. */
  warnings: z.array(z.string()),
  /** Why it failed. */
  error: z.string().optional(),
  /** The user's note. */
  note: z.string(),
  /** Its tags. */
  tags: z.array(z.string()),
  /** Whether it has an HTML report. */
  hasReport: z.boolean(),
});
export const runsShape = z.object({
  /** The runs, latest first. */
  runs: z.array(runShape),
  ...page,
});
export const runDetailShape = z.object({
  /** The run. */
  run: runShape,
  /** The equity curve, thinned: pairs of time (milliseconds UTC) and value of the account (quote units). */
  equity,
  /** The run's kept details beside its figures; an empty object when there are none. */
  detail: z.unknown(),
});
