/** The parts that queries and answers share: names, times, counts, pages. */
import { z } from 'zod';

import { parseIsoTime } from '../../../core/index.ts';

/** A name in a query. */
export const name = z.string().min(1).max(64);
/** A name of letters, digits and a few signs, such as a symbol. */
export const word = name.regex(/^[\w.@:/-]+$/, 'must be letters, digits and . @ : / - _');

/** A moment in a query: ISO 8601, or milliseconds UTC. */
export const moment = z
  .string()
  .max(40)
  .transform((text, context) => {
    const time = /^\d{1,15}$/.test(text) ? Number(text) : parseIsoTime(text);
    if (Number.isFinite(time)) return time;
    context.addIssue({
      code: 'custom',
      message: `must be a time such as 2024-01-31, 2024-01-31T12:00:00Z or milliseconds UTC, was '${text}'`,
    });
    return z.NEVER;
  })
  .meta({ type: 'string', description: 'A time: 2024-01-31, 2024-01-31T12:00:00Z or milliseconds UTC' });

/** A time, or NaN for a text that is not one. */
export function parseIsoTimeOr(text: string): number {
  try {
    return parseIsoTime(text);
  } catch {
    return NaN;
  }
}

/** A whole number of a query. */
export const count = (most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= 1 && value <= most, { message: `must be from 1 to ${most}` })
    .meta({ type: 'string', description: `From 1 to ${most}` });

/** A yes or no of a query. */
export const yesOrNo = z.enum(['true', 'false']).transform((text) => text === 'true');
/** Where a page begins. */
export const cursor = z.string().regex(/^[\w-]{1,400}$/, 'must be the value of next of an earlier answer');
/** A time in an answer. */
export const time = z.number().meta({ description: 'Milliseconds UTC' });

/** What every answer with pages has. */
export const page = {
  /** Cursor of the next page; absent on the last one. */
  next: z.string().optional().meta({ description: 'Cursor of the next page; absent on the last one' }),
};

/** An equity curve: pairs of time (milliseconds UTC) and value of the account (quote units). */
export const equity = z.array(z.tuple([z.number(), z.number()]));
