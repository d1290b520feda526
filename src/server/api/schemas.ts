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
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= 1 && value <= most, { message: `must be from 1 to ${most}` })
    .meta({ type: 'string', description: `From 1 to ${most}` });

const yesOrNo = z.enum(['true', 'false']).transform((text) => text === 'true');
const cursor = z.string().regex(/^[\w-]{1,400}$/, 'must be the value of next of an earlier answer');
const time = z.number().meta({ description: 'Milliseconds UTC' });

/** An exchange that the syncer knows. */
export const exchangeShape = z.object({
  /** The exchange's id, such as `binance`. */
  exchange: z.string(),
  /** Its name for people, such as `Binance Futures`. */
  name: z.string(),
  /** How it was asked: `native`, or `ccxt`. */
  adapter: z.string(),
  /** The server that answered. */
  source: z.string(),
  /** Symbols that are known of it, delisted ones too. */
  symbols: z.number(),
  /** Symbols that can be traded now. */
  activeSymbols: z.number(),
  /** When it was first synced, milliseconds UTC. */
  firstSeen: time,
  /** When it was last synced, milliseconds UTC. */
  synced: time,
});

/** A symbol of an exchange. */
export const symbolShape = z.object({
  /** The exchange's id. */
  exchange: z.string(),
  /** The unified name, such as `BTC/USDT` or `BTC/USDT:USDT`. */
  symbol: z.string(),
  /** The exchange's permanent id of the instrument, which a rename does not change where the exchange has one. */
  venueId: z.string(),
  /** The exchange's own name of it, such as `BTCUSDT`. */
  venueSymbol: z.string(),
  /** What is traded: `spot`, `swap`, `future`, `option` or `margin`. */
  type: z.string(),
  /** The base, such as `BTC`. */
  base: z.string(),
  /** What it is priced in, such as `USDT`. */
  quote: z.string(),
  /** The currency that gains and losses are paid in. */
  settle: z.string().optional(),
  /** Smallest price step, in quote units. */
  tick: z.number().optional(),
  /** Smallest size step, in base units (contracts for derivatives). */
  lot: z.number().optional(),
  /** The smallest order, in base units (contracts for derivatives). */
  minSize: z.number().optional(),
  /** The largest order, in base units (contracts for derivatives). */
  maxSize: z.number().optional(),
  /** Smallest price times size that the exchange takes, in quote units. */
  minNotional: z.number().optional(),
  /** Base units in one contract, or quote units in one contract of an inverse instrument. */
  contractSize: z.number().optional(),
  /** Whether it can be traded now. */
  active: z.boolean(),
  /** When trading began, milliseconds UTC; absent when the exchange does not state it. */
  listed: time.optional(),
  /** When trading ended or will end, milliseconds UTC; absent when it is not known. */
  delisted: time.optional(),
  /** When the syncer first saw it, milliseconds UTC. */
  firstSeen: time,
  /** When the syncer last saw it, milliseconds UTC. */
  lastSeen: time,
  /** Its former unified names, the oldest first. */
  formerly: z.array(z.string()),
});

const page = {
  /** Cursor of the next page; absent on the last one. */
  next: z.string().optional().meta({ description: 'Cursor of the next page; absent on the last one' }),
};

export const exchangesShape = z.object({
  /** The exchanges, in the order of their ids. */
  exchanges: z.array(exchangeShape),
});
export const symbolsShape = z.object({
  /** The symbols, in the order of exchange and name. */
  symbols: z.array(symbolShape),
  ...page,
});
export const intervalsShape = z.object({
  /** The lengths of bars by exchange, the shortest first. */
  intervals: z.array(
    z.object({
      /** The exchange's id. */
      exchange: z.string(),
      /** Length of a bar, such as `1h`. */
      interval: z.string(),
      /** The same in milliseconds; absent for months and what else varies in length. */
      lengthMs: z.number().optional(),
      /** Whether the exchange serves it now. */
      active: z.boolean(),
      /** When the syncer first saw it, milliseconds UTC. */
      firstSeen: time,
      /** When the syncer last saw it, milliseconds UTC. */
      lastSeen: time,
    }),
  ),
});
export const changesShape = z.object({
  /** The changes, latest first. */
  changes: z.array(
    z.object({
      /** The exchange's id. */
      exchange: z.string(),
      /** The unified name after the change. */
      symbol: z.string(),
      /** The exchange's permanent id of the instrument. */
      venueId: z.string(),
      /** When the syncer saw the change, milliseconds UTC. */
      time,
      /** What happened: `added`, `changed`, `renamed`, `delisted` or `relisted`. */
      kind: z.string(),
      /** The former name of a renamed symbol; of a changed one the former values of what changed, such as `tick=0.1 lot=0.01`. */
      was: z.string().optional(),
      /** The new name of a renamed symbol; of a changed one the new values, such as `tick=0.01 lot=0.001`. */
      became: z.string().optional(),
    }),
  ),
});
export const syncsShape = z.object({
  /** Runs of the syncer over one exchange each, latest first. */
  runs: z.array(
    z.object({
      /** The exchange's id. */
      exchange: z.string(),
      /** When the run began, milliseconds UTC. */
      started: time,
      /** When it ended, milliseconds UTC. */
      ended: time,
      /** Whether it did all it had to. */
      isOk: z.boolean(),
      /** Symbols that the exchange listed. */
      symbols: z.number(),
      /** Symbols that were new. */
      added: z.number(),
      /** Symbols whose trading rules changed. */
      changed: z.number(),
      /** Symbols that got another name. */
      renamed: z.number(),
      /** Symbols that can no longer be traded. */
      delisted: z.number(),
      /** Symbols that can be traded again. */
      relisted: z.number(),
      /** Symbols of the exchange's answer that could not be read. */
      refused: z.number(),
      /** Bars copied into the database. */
      bars: z.number(),
      /** What went wrong, in one sentence; absent when nothing did. */
      error: z.string().optional(),
    }),
  ),
});

const seriesKey = {
  /** The exchange's id. */
  exchange: z.string(),
  /** Where the bars came from, if not from the exchange itself: `sandbox`, or a host such as `127.0.0.1:8787`. */
  origin: z.string().optional(),
  /** What is traded: `spot`, `swap`, `future`, `option` or `margin`. */
  type: z.string(),
  /** The unified name, such as `BTC/USDT`. */
  symbol: z.string(),
  /** Length of a bar, such as `1h`. */
  timeframe: z.string(),
};
const range = z.object({
  /** First moment of the range, milliseconds UTC. */
  start: time,
  /** First moment after it, milliseconds UTC. */
  end: time,
  /** `known` where bars are stored, `empty` where the source confirmed that there are none, `unavailable` before its first bar. */
  kind: z.string(),
  /** Where its bars came from, such as `binance`. */
  source: z.string(),
});

export const seriesShape = z.object({
  /** The stored series. */
  series: z.array(
    z.object({
      ...seriesKey,
      /** Bars stored. */
      bars: z.number(),
      /** Bytes that they take on disk. */
      bytes: z.number(),
      /** Open of the first bar, milliseconds UTC; absent without a bar. */
      first: time.optional(),
      /** Open of the last bar, milliseconds UTC; absent without a bar. */
      last: time.optional(),
      /** When bars were last fetched, milliseconds UTC. */
      fetched: time.optional(),
      /** The ranges of time that are known. */
      ranges: z.array(range),
    }),
  ),
});

/** Bars as JSON: rows in the order of `columns`. */
export const barsShape = z.object({
  ...seriesKey,
  /** `false` for the exchange's own bars; else the timeframe that they were built from. */
  derived: z
    .union([
      z.literal(false),
      z.object({
        /** The timeframe that the bars were built from, such as `1m`. */
        from: z.string(),
      }),
    ])
    .meta({ description: "false for the exchange's own bars; else the timeframe that they were built from" }),
  /** Names of the columns: time (milliseconds UTC), open, high, low and close (quote units), and volume (units traded). */
  columns: z.array(z.string()),
  /** A row for each bar, the oldest first; null for a value that a bar lacks. */
  bars: z.array(z.array(z.number().nullable())),
  ...page,
});

export const qualityShape = z.object({
  ...seriesKey,
  /** Bars stored in the range that was asked for. */
  bars: z.number(),
  /** Open of the first bar, milliseconds UTC. */
  first: time.optional(),
  /** Open of the last bar, milliseconds UTC. */
  last: time.optional(),
  /** Bars missing in all gaps. */
  missingBars: z.number(),
  /** Bars stored as a fraction of those that should be there, from 0 to 1. */
  coverage: z.number(),
  /** Whether no fault was found. */
  clean: z.boolean(),
  /** Holes between bars, at most 1,000. */
  gaps: z.array(
    z.object({
      /** Open of the first missing bar, milliseconds UTC. */
      from: time,
      /** Open of the first bar after the gap, milliseconds UTC. */
      to: time,
      /** Bars missing. */
      bars: z.number(),
    }),
  ),
  /** The faults, by kind. */
  findings: z.array(
    z.object({
      /** The kind of fault, such as `gaps`, `duplicates` or `extreme`. */
      kind: z.string(),
      /** How often it was found. */
      count: z.number(),
      /** The first few. */
      examples: z.array(
        z.object({
          /** Open of the bar, milliseconds UTC. */
          time,
          /** What was seen there. */
          text: z.string(),
        }),
      ),
    }),
  ),
  /** How full each month is, the oldest first. */
  months: z.array(
    z.object({
      /** The month in UTC, such as `2024-01`. */
      month: z.string(),
      /** Bars stored. */
      bars: z.number(),
      /** Bars that should be there. */
      expected: z.number(),
    }),
  ),
  /** The ranges of time that are known. */
  ranges: z.array(range),
});

const anything = z.record(z.string(), z.unknown());
const equity = z.array(z.tuple([z.number(), z.number()]));

export const runShape = z.object({
  /** Its number, counted from 1 and never used again. */
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
  /** The figures of the result; those without a meaning are absent. */
  stats: z.record(z.string(), z.number()),
  /** The datas it ran over. */
  datas: z.array(anything),
  /** Things worth knowing that are not errors. */
  warnings: z.array(z.string()),
  /** Why it failed. */
  error: z.string().optional(),
  /** What its owner wrote about it. */
  note: z.string(),
  /** Words it is found by. */
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
  /** All that was kept of the run beside its figures; an empty object when nothing was. */
  detail: z.unknown(),
});

export const sessionShape = z.object({
  /** The session's name. */
  name: z.string(),
  /** `silent` when it has written nothing for 15 seconds and has not ended. */
  state: z.enum(['running', 'silent', 'ended']),
  /** Its mode, such as `paper`. */
  mode: z.string(),
  /** The strategy's name. */
  strategy: z.string(),
  /** The exchange's id. */
  exchange: z.string(),
  /** Number of its process on its host. */
  pid: z.number(),
  /** Name of the machine that it runs on. */
  host: z.string(),
  /** When it was started, milliseconds UTC by the clock of its host. */
  started: time,
  /** When it last wrote its state, milliseconds UTC by the clock of its host. */
  updated: time,
  /** The exchange's time as the session reckons it, milliseconds UTC. */
  now: time.optional(),
  /** Steps so far. */
  steps: z.number(),
  /** Cash, in quote units; absent until the account is known. */
  cash: z.number().optional(),
  /** Cash and positions, in quote units; absent until the account is known. */
  value: z.number().optional(),
  /** Why it ended; absent while it runs. */
  ended: z.string().optional(),
  /** Its datas, in the order added. */
  datas: z.array(
    z.object({
      /** Its name in the session. */
      name: z.string(),
      /** The unified name of its symbol. */
      symbol: z.string(),
      /** Length of its bars, such as `1h`. */
      timeframe: z.string(),
      /** State of its stream. */
      state: z.string(),
      /** The latest price, in quote units. */
      price: z.number().optional(),
      /** Bars so far. */
      bars: z.number(),
      /** Size of the position, in base units (contracts for derivatives); negative for a short one. */
      size: z.number().optional(),
      /** Average entry price of the position, in quote units. */
      entry: z.number().optional(),
    }),
  ),
  /** Orders that are alive. */
  orders: z.array(
    z.object({
      /** The order's number in the session. */
      id: z.number(),
      /** The unified name of its symbol. */
      symbol: z.string(),
      /** `buy` or `sell`. */
      side: z.string(),
      /** The kind of order, such as `market` or `limit`. */
      type: z.string(),
      /** Size asked for, in base units (contracts for derivatives). */
      size: z.number(),
      /** Size filled so far, in the same units. */
      filled: z.number(),
      /** Price of the order, in quote units; absent where it has none. */
      price: z.number().optional(),
      /** Its status, such as `accepted`. */
      status: z.string(),
    }),
  ),
  /** What may be sent to it: `stop`, `flatten`, `signal`; empty once it has ended. */
  accepts: z.array(z.string()),
});
export const eventShape = z.object({
  /** The session's name. */
  session: z.string(),
  /** Number of the event in its session, counted from 1. */
  seq: z.number(),
  /** When it happened, milliseconds UTC. */
  time,
  /** What it is about, such as `order`, `message` or `end`. */
  kind: z.string(),
  /** What happened, in words. */
  text: z.string(),
});
export const sessionsShape = z.object({
  /** The sessions, the latest started first. */
  sessions: z.array(sessionShape),
});
export const sessionDetailShape = z.object({
  /** The session. */
  session: sessionShape,
  /** The equity curve, thinned: pairs of time (milliseconds UTC) and value of the account (quote units). */
  equity,
  /** The latest events, the oldest first. */
  events: z.array(eventShape),
});
/** A message of the live events. */
export const messageShape = z.discriminatedUnion('type', [
  z.object({
    /** All sessions: the first message of a connection. */
    type: z.literal('sessions'),
    /** The sessions, the latest started first. */
    sessions: z.array(sessionShape),
  }),
  z.object({
    /** A session that changed. */
    type: z.literal('session'),
    /** Its new state. */
    session: sessionShape,
  }),
  z.object({
    /** Something that happened in a session. */
    type: z.literal('event'),
    ...eventShape.shape,
  }),
]);
export const acceptedShape = z.object({
  /** The command or signal was taken and is passed on. */
  accepted: z.literal(true),
  /** Id of the command or signal. */
  id: z.string(),
  /** Name of the session that it goes to. */
  session: z.string(),
});
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
