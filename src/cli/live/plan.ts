/** The plan of a live session: everything a command line sets up, as plain data that a replay can read again. */
import type { AccountPlan } from '../config/account-plan.ts';
import type { StrategyChoice } from '../run/chosen-strategies.ts';

/** What a session is set up with; no secrets. */
export interface LivePlan {
  readonly mode: 'paper' | 'sandbox' | 'live';
  /** Its strategies, in their order. */
  readonly strategies: readonly StrategyChoice[];
  readonly exchange: string;
  readonly symbols: readonly string[];
  readonly timeframe: string;
  readonly bars: 'trades' | 'venue';
  readonly history: number;
  /** Levels of the book to follow; undefined follows none. */
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

/** The names of a plan's strategies in one text. */
export function strategyNames({ strategies }: Pick<LivePlan, 'strategies'>): string {
  return strategies.map(({ strategy }) => strategy).join(' + ');
}
