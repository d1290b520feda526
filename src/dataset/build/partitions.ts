/** Partitions: one exchange and one period of a table, and the folder that holds it. */
import { barClose, barOpen, ConfigError, formatTime, timeframe } from '../../core/index.ts';

/** How a table is cut into periods: by UTC day, by UTC month, or not at all. */
export type Partitioning = 'daily' | 'monthly' | 'whole';

/** One partition of an asset. */
export interface Partition {
  /** Its folders below the asset's, such as `exchange=binance/date=2024-01-31`; its name in the ledger. */
  readonly name: string;
  /** The exchange; undefined for a table over all exchanges. */
  readonly exchange: string | undefined;
  /** The first moment of its period, milliseconds UTC. */
  readonly start: number;
  /** The first moment after its period. */
  readonly end: number;
}

const frames = { daily: timeframe('1d'), monthly: timeframe('1M') };

/**
 * The partitions of a range, oldest first. A row belongs to the period that holds its time: midnight opens the new day.
 *
 * @param exchange - The exchange; undefined for a table over all exchanges.
 */
export function partitionsOf(
  by: Partitioning,
  exchange: string | undefined,
  range: { readonly start: number; readonly end: number },
): Partition[] {
  const folder = exchange === undefined ? '' : `exchange=${exchange}/`;
  if (by === 'whole') return [{ name: `${folder}all`, exchange, ...range }];
  const frame = frames[by];
  const found: Partition[] = [];
  for (let start = barOpen(frame, range.start); start < range.end; start = barClose(frame, start)) {
    const text = formatTime(start).slice(0, by === 'daily' ? 10 : 7);
    found.push({
      name: `${folder}${by === 'daily' ? 'date' : 'month'}=${text}`,
      exchange,
      start,
      end: barClose(frame, start),
    });
  }
  return found;
}

/** Refuses the name of an exchange that would be a path. */
export function checkExchangeName(name: string): void {
  if (/^[a-z0-9_]+$/.test(name)) return;
  throw new ConfigError(`exchange must be an id such as binance, was '${name}'`, { context: { field: 'exchange' } });
}
