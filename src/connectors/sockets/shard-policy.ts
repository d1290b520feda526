/** Timeouts of a connection: tolerated silence, retry back-off, overlap while switching sockets. */
import type { Channel } from '../../core/index.ts';

/** The timeouts of a shard, milliseconds. */
export interface ShardPolicy {
  /** Silence after which a subscription of a channel is stale. */
  readonly staleMs: Readonly<Record<Channel, number>>;
  /** Wait before the first reconnect, in milliseconds; each further one doubles it. */
  readonly firstBackoffMs: number;
  /** The longest wait before a reconnect, in milliseconds. */
  readonly capBackoffMs: number;
  /** Data must flow this long, in milliseconds, before the next failure counts as the first. */
  readonly stableMs: number;
  /** Attempts in a row before giving up; Infinity never does. */
  readonly retries: number;
  /** How long the old socket stays open after a switch to a new one, in milliseconds. */
  readonly overlapMs: number;
}

/** Timeouts that fit liquid symbols. Channels that may be silent for hours have no limit. */
export const defaultPolicy: ShardPolicy = {
  staleMs: {
    trade: 300_000, quote: 60_000, book: 60_000, l3: 60_000, bar: 180_000, funding: 120_000, openInterest: 300_000, liquidation: Infinity,
    index: 120_000, mark: 120_000, ticker24h: 120_000,
  }, // prettier-ignore
  firstBackoffMs: 1_000,
  capBackoffMs: 60_000,
  stableMs: 30_000,
  retries: Infinity,
  overlapMs: 2_000,
};
