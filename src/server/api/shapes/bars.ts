/** What the API answers about stored bars. */
import { z } from 'zod';

import { time, page } from './fields.ts';

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
