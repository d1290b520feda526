/** How long silence, failures and the change of sockets are borne with. */
import type { Channel } from '../../core/index.ts';

/** How patient a shard is. */
export interface ShardPolicy {
  /** Silence after which a subscription of a channel is stale. */
  readonly staleMs: Readonly<Record<Channel, number>>;
  readonly firstBackoffMs: number;
  readonly capBackoffMs: number;
  /** Data must flow this long before the next failure counts as the first. */
  readonly stableMs: number;
  /** Attempts in a row before giving up; Infinity never does. */
  readonly retries: number;
  /** How long a new socket runs beside the old one when sockets are changed. */
  readonly overlapMs: number;
}

/** The patience that fits liquid symbols. Channels that may rightly be silent for long have no limit. */
export const defaultPolicy: ShardPolicy = {
  staleMs: {
    trade: 300_000, quote: 60_000, book: 60_000, bar: 180_000, funding: 120_000, openInterest: 300_000, liquidation: Infinity,
    index: 120_000, ticker24h: 120_000,
  }, // prettier-ignore
  firstBackoffMs: 1_000,
  capBackoffMs: 60_000,
  stableMs: 30_000,
  retries: Infinity,
  overlapMs: 2_000,
};
