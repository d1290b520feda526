/** The plan of a live session: everything a command line sets up, as plain data that a replay can read again. */
import type { AccountPlan } from '../config/account-plan.ts';

/** What a session is set up with; no secrets. */
export interface LivePlan {
  readonly mode: 'paper' | 'sandbox' | 'live';
  /** The strategy's file, absolute. */
  readonly file: string;
  readonly strategy: string;
  /** Parameters other than the defaults. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly exchange: string;
  readonly symbols: readonly string[];
  readonly timeframe: string;
  readonly bars: 'trades' | 'venue';
  readonly history: number;
  /** Levels of the book that is followed; none without it. */
  readonly book?: number;
  readonly graceMs: number;
  readonly cash?: number;
  readonly commission?: number;
  readonly slippage?: number;
  /** Accounts, instruments and limits of risk, from the file of `--plan`. */
  readonly accounts?: AccountPlan;
  /** Units of an order without a size. */
  readonly size?: number;
}
