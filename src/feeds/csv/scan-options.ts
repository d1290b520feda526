/** What is known about a CSV file before its rows are read. */
import type { Timeframe } from '../../core/index.ts';
import type { Zone } from '../timeframes/wall-clock.ts';
import type { CsvTimeFormat } from './cells.ts';
import type { CsvLayout } from './columns.ts';

/** What the scanner knows about the file. */
export interface CsvScanOptions {
  readonly path: string;
  readonly layout: CsvLayout;
  /** As a byte. */
  readonly delimiter: number;
  readonly timeFormat: CsvTimeFormat;
  /** Zone of times written as dates without an offset; undefined for UTC. */
  readonly zone: Zone | undefined;
  /** The decimal point, and the sign between groups of digits; undefined where there are no groups. */
  readonly decimal: string;
  readonly thousands: string | undefined;
  readonly stamped: 'open' | 'close';
  /** Only rows of this symbol are read, where the layout has a symbol column. */
  readonly symbol: string | undefined;
  readonly frame: Timeframe;
  /** Bars with `start <= time < end` are kept; every bar up to the first at or after `end` is checked. */
  readonly start: number;
  readonly end: number;
  /** Whether the newest row comes first. */
  readonly isDescending: boolean;
  /** Whether rows are only gathered, each with its line: order, values and range are left to the caller. */
  readonly isGathering: boolean;
  /** Whether a cell such as NaN or null is read as NaN, for a policy that leaves such rows out. */
  readonly takesUnreadable: boolean;
}
