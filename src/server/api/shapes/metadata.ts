/** What the API answers about exchanges and symbols. */
import { z } from 'zod';

import { time, page } from './fields.ts';

/** An exchange that the syncer knows. */
export const exchangeShape = z.object({
  /** The exchange's id, such as `binance`. */
  exchange: z.string(),
  /** Its name for people, such as `Binance Futures`. */
  name: z.string(),
  /** How it was synced: `native`, or `ccxt`. */
  adapter: z.string(),
  /** The server that answered. */
  source: z.string(),
  /** Known symbols, delisted ones too. */
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
      /** The same in milliseconds; absent for months and other lengths that vary. */
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
      /** Whether it succeeded. */
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
