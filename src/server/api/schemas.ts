/** What the API takes and answers: the one description that server, client, assistants and the OpenAPI page are made from. */
import { z } from 'zod';

import { parseIsoTime } from '../../core/index.ts';

const name = z.string().min(1).max(64);
const word = name.regex(/^[\w.@:/-]+$/, 'must be letters, digits and . @ : / - _');

/** A moment in a query: ISO 8601, or milliseconds UTC. */
const moment = z
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

/** A time, or NaN for a text that is none. */
function parseIsoTimeOr(text: string): number {
  try {
    return parseIsoTime(text);
  } catch {
    return NaN;
  }
}

const count = (most: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= 1 && value <= most, { message: `must be from 1 to ${most}` })
    .meta({ type: 'string', description: `From 1 to ${most}` });

const yesOrNo = z.enum(['true', 'false']).transform((text) => text === 'true');
const cursor = z.string().regex(/^[\w-]{1,400}$/, 'must be the value of next of an earlier answer');
const time = z.number().meta({ description: 'Milliseconds UTC' });

/** An exchange that the syncer knows. */
export const exchangeShape = z.object({
  exchange: z.string(),
  name: z.string(),
  adapter: z.string(),
  source: z.string(),
  symbols: z.number(),
  activeSymbols: z.number(),
  firstSeen: time,
  synced: time,
});

/** A symbol of an exchange. */
export const symbolShape = z.object({
  exchange: z.string(), symbol: z.string(), venueId: z.string(), venueSymbol: z.string(), type: z.string(), base: z.string(), quote: z.string(),
  settle: z.string().optional(), tick: z.number().optional(), lot: z.number().optional(), minSize: z.number().optional(), maxSize: z.number().optional(),
  minNotional: z.number().optional(), contractSize: z.number().optional(), active: z.boolean(), listed: time.optional(), delisted: time.optional(),
  firstSeen: time, lastSeen: time, formerly: z.array(z.string()),
}); // prettier-ignore

const page = { next: z.string().optional().meta({ description: 'Cursor of the next page; absent on the last one' }) };

export const exchangesShape = z.object({ exchanges: z.array(exchangeShape) });
export const symbolsShape = z.object({ symbols: z.array(symbolShape), ...page });
export const intervalsShape = z.object({
  intervals: z.array(
    z.object({
      exchange: z.string(),
      interval: z.string(),
      lengthMs: z.number().optional(),
      active: z.boolean(),
      firstSeen: time,
      lastSeen: time,
    }),
  ),
});
export const changesShape = z.object({
  changes: z.array(
    z.object({
      exchange: z.string(),
      symbol: z.string(),
      venueId: z.string(),
      time,
      kind: z.string(),
      was: z.string().optional(),
      became: z.string().optional(),
    }),
  ),
});
export const syncsShape = z.object({
  runs: z.array(z.object({
    exchange: z.string(), started: time, ended: time, isOk: z.boolean(), symbols: z.number(), added: z.number(), changed: z.number(), renamed: z.number(),
    delisted: z.number(), relisted: z.number(), refused: z.number(), bars: z.number(), error: z.string().optional(),
  })),
}); // prettier-ignore

const seriesKey = {
  exchange: z.string(),
  origin: z.string().optional(),
  type: z.string(),
  symbol: z.string(),
  timeframe: z.string(),
};
const range = z.object({ start: time, end: time, kind: z.string(), source: z.string() });

export const seriesShape = z.object({
  series: z.array(
    z.object({
      ...seriesKey,
      bars: z.number(),
      bytes: z.number(),
      first: time.optional(),
      last: time.optional(),
      fetched: time.optional(),
      ranges: z.array(range),
    }),
  ),
});

/** Bars as JSON: rows in the order of `columns`. */
export const barsShape = z.object({
  ...seriesKey,
  derived: z
    .union([z.literal(false), z.object({ from: z.string() })])
    .meta({ description: "false for the exchange's own bars; else the timeframe that they were built from" }),
  columns: z.array(z.string()),
  bars: z.array(z.array(z.number().nullable())),
  ...page,
});

export const qualityShape = z.object({
  ...seriesKey, bars: z.number(), first: time.optional(), last: time.optional(), missingBars: z.number(), coverage: z.number(), clean: z.boolean(),
  gaps: z.array(z.object({ from: time, to: time, bars: z.number() })),
  findings: z.array(z.object({ kind: z.string(), count: z.number(), examples: z.array(z.object({ time, text: z.string() })) })),
  months: z.array(z.object({ month: z.string(), bars: z.number(), expected: z.number() })),
  ranges: z.array(range),
}); // prettier-ignore

const anything = z.record(z.string(), z.unknown());
export const runShape = z.object({
  id: z.number(), kind: z.string(), status: z.string(), parent: z.number().optional(), time, took: z.number().optional(), strategy: z.string(), mode: z.string(),
  version: z.string(), hash: z.string().optional(), params: anything, settings: anything, stats: z.record(z.string(), z.number()), datas: z.array(anything),
  warnings: z.array(z.string()), error: z.string().optional(), note: z.string(), tags: z.array(z.string()), hasReport: z.boolean(),
}); // prettier-ignore
export const runsShape = z.object({ runs: z.array(runShape), ...page });
export const runDetailShape = z.object({
  run: runShape,
  equity: z.array(z.tuple([z.number(), z.number()])),
  detail: z.unknown(),
});

export const sessionShape = z.object({
  name: z.string(), state: z.enum(['running', 'silent', 'ended']), mode: z.string(), strategy: z.string(), exchange: z.string(), pid: z.number(), host: z.string(),
  started: time, updated: time, now: time.optional(), steps: z.number(), cash: z.number().optional(), value: z.number().optional(), ended: z.string().optional(),
  datas: z.array(z.object({ name: z.string(), symbol: z.string(), timeframe: z.string(), state: z.string(), price: z.number().optional(), bars: z.number(), size: z.number().optional(), entry: z.number().optional() })),
  orders: z.array(z.object({ id: z.number(), symbol: z.string(), side: z.string(), type: z.string(), size: z.number(), filled: z.number(), price: z.number().optional(), status: z.string() })),
  accepts: z.array(z.string()),
}); // prettier-ignore
export const eventShape = z.object({ session: z.string(), seq: z.number(), time, kind: z.string(), text: z.string() });
export const sessionsShape = z.object({ sessions: z.array(sessionShape) });
export const sessionDetailShape = z.object({
  session: sessionShape,
  equity: z.array(z.tuple([z.number(), z.number()])),
  events: z.array(eventShape),
});
/** A message of the live events. */
export const messageShape = z.discriminatedUnion('type', [
  z.object({ type: z.literal('sessions'), sessions: z.array(sessionShape) }),
  z.object({ type: z.literal('session'), session: sessionShape }),
  z.object({ type: z.literal('event'), ...eventShape.shape }),
]);
export const acceptedShape = z.object({ accepted: z.literal(true), id: z.string(), session: z.string() });
/** What a signal says: an object of the sender's choice. */
export const signalShape = z
  .record(z.string().max(100), z.json())
  .refine((value) => JSON.stringify(value).length <= 4_096, { message: 'must have 4096 characters of JSON at most' })
  .meta({ description: 'What the strategy receives as the payload of its signal, such as {"action":"buy"}' });

/** A signal of a service that can set no headers: the token, the session and the time stand in its body. */
export const webhookShape = z
  .object({
    token: z.string().max(2_048),
    session: z.string().max(100).regex(/^\w[\w.-]*$/, 'must be the name of a session'),
    time: z.union([z.number().transform(String), z.string().max(40)]).transform((text, context) => {
      const at = /^\d{1,15}$/.test(text) ? Number(text) : parseIsoTimeOr(text);
      if (Number.isFinite(at)) return at;
      context.addIssue({ code: 'custom', message: 'must be a time such as 2024-01-31T12:00:00Z' });
      return z.NEVER;
    }).meta({ type: 'string', description: 'When it was sent: 2024-01-31T12:00:00Z' }),
  })
  .catchall(z.json())
  .refine((value) => JSON.stringify(value).length <= 6_144, { message: 'must have 6144 characters of JSON at most' }); // prettier-ignore

export const healthShape = z.object({ status: z.enum(['ok', 'unavailable']), detail: z.string().optional() });
export const errorShape = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** The queries, by endpoint. Unknown parameters are refused. */
export const queries = {
  none: z.strictObject({}),
  symbols: z.strictObject({ exchange: word.optional(), symbol: word.optional(), type: word.optional(), base: word.optional(), quote: word.optional(), active: yesOrNo.optional(), limit: count(5_000).optional(), cursor: cursor.optional() }),
  byExchange: z.strictObject({ exchange: word.optional() }),
  latest: z.strictObject({ exchange: word.optional(), limit: count(1_000).optional() }),
  bars: z.strictObject({
    exchange: word, symbol: word, timeframe: z.string().regex(/^\d{1,6}[smhdwMy]$/, 'must be such as 1m, 4h or 1d'), type: z.enum(['spot', 'swap', 'future', 'option', 'margin']).optional(),
    origin: word.optional(), start: moment.optional(), end: moment.optional(), limit: count(1_000_000).optional(), cursor: cursor.optional(),
    format: z.enum(['json', 'csv', 'arrow']).optional(), derived: yesOrNo.optional(),
  }),
  quality: z.strictObject({
    exchange: word, symbol: word, timeframe: z.string().regex(/^\d{1,6}[smhdwMy]$/, 'must be such as 1m, 4h or 1d'), type: z.enum(['spot', 'swap', 'future', 'option', 'margin']).optional(),
    origin: word.optional(), start: moment.optional(), end: moment.optional(),
  }),
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
