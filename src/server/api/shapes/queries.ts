/** The queries and the parts of paths that the API takes. */
import { z } from 'zod';

import { name, word, moment, count, yesOrNo, cursor } from './fields.ts';

/** Whether a range does not end before it begins. */
function isForward({
  start = -Infinity,
  end = Infinity,
}: {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}): boolean {
  return start <= end;
}
const turnedRange = { path: ['start'], message: 'must not be after end' };

const kind = z.enum(['spot', 'swap', 'future', 'option', 'margin']);

/** The queries, by endpoint. Unknown parameters are refused. */
export const queries = {
  none: z.strictObject({}),
  symbols: z.strictObject({ exchange: word.optional(), symbol: word.optional(), type: kind.optional(), base: word.optional(), quote: word.optional(), active: yesOrNo.optional(), limit: count(5_000).optional(), cursor: cursor.optional() }),
  byExchange: z.strictObject({ exchange: word.optional() }),
  latest: z.strictObject({ exchange: word.optional(), limit: count(1_000).optional() }),
  bars: z.strictObject({
    exchange: word, symbol: word, timeframe: z.string().regex(/^\d{1,6}[smhdwMy]$/, 'must be such as 1m, 4h or 1d'), type: kind.optional(),
    origin: word.optional(), start: moment.optional(), end: moment.optional(), limit: count(1_000_000).optional(), cursor: cursor.optional(),
    format: z.enum(['json', 'csv', 'arrow']).optional(), derived: yesOrNo.optional(),
  }).refine(isForward, turnedRange),
  quality: z.strictObject({
    exchange: word, symbol: word, timeframe: z.string().regex(/^\d{1,6}[smhdwMy]$/, 'must be such as 1m, 4h or 1d'), type: kind.optional(),
    origin: word.optional(), start: moment.optional(), end: moment.optional(),
  }).refine(isForward, turnedRange),
  runs: z.strictObject({ kind: z.enum(['run', 'study', 'trial', 'session']).optional(), parent: count(9_999_999).optional(), strategy: name.optional(), tag: name.optional(), limit: count(500).optional(), cursor: cursor.optional() }),
} as const; // prettier-ignore

/** The parts of paths. */
export const params = {
  none: z.strictObject({}),
  run: z.strictObject({
    run: z
      .string()
      .regex(/^\d{1,9}$/, 'must be the number of a run')
      .transform(Number),
  }),
  session: z.strictObject({
    session: z
      .string()
      .max(100)
      .regex(/^\w[\w.-]*$/, 'must be the name of a session'),
  }),
} as const;
