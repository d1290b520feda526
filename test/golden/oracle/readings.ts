/** What the oracle's analyzers and observers have in common here: how they are added and read, and their periods. */
import type { Cerebro, StrategyResult } from 'nextbar';

/** How one of the oracle's readings is added to a run, and read from its result in the oracle's shape. */
export interface OracleReading {
  add(cerebro: Cerebro, name: string): void;
  read(result: StrategyResult, name: string): unknown;
}

const compat = 'backtrader' as const;

const units: Readonly<Record<string, string>> = {
  days: '1d',
  weeks: '1w',
  months: '1M',
  years: '1y',
  notimeframe: 'all',
};

/** The period; Backtrader heeds the compression of minutes and seconds alone. */
export function framed(params: Readonly<Record<string, unknown>>): {
  readonly compat: 'backtrader';
  readonly timeframe?: string;
} {
  const unit = params['timeframe'];
  if (typeof unit !== 'string') return { compat };
  const letter = { minutes: 'm', seconds: 's' }[unit];
  if (letter === undefined) return { compat, timeframe: units[unit]! };
  return { compat, timeframe: `${Number(params['compression'] ?? 1)}${letter}` };
}
