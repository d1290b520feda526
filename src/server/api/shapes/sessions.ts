/** What the API answers about live sessions, and what it takes for them. */
import { z } from 'zod';

import { parseIsoTimeOr, time, equity } from './fields.ts';

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
  /** The exchange's time as the session knows it, milliseconds UTC. */
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
  /** Its strategies, where it has several. */
  strategies: z
    .array(
      z.object({
        /** Its name in the session. */
        name: z.string(),
        /** Cash of its part of the account, in quote units; absent where the strategies share it. */
        cash: z.number().optional(),
        /** Value of its part of the account, in quote units; absent where the strategies share it. */
        value: z.number().optional(),
        /** What it holds. */
        positions: z.array(
          z.object({
            /** The name of the data. */
            data: z.string(),
            /** Size, in base units (contracts for derivatives); negative for a short one. */
            size: z.number().optional(),
            /** Average entry price, in quote units. */
            entry: z.number().optional(),
          }),
        ),
        /** Numbers of its orders that are alive. */
        orders: z.array(z.number()),
      }),
    )
    .optional(),
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
  /** Commands that it accepts: `stop`, `flatten`, `signal`; empty once it has ended. */
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
/** The payload of a signal: an object of the sender's choice. */
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
