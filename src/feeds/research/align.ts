/** Several series on one clock: each row holds the values known at its moment. */
import { barClose, checkNames, ConfigError, shown, type Timeframe } from '../../core/index.ts';
import { BarTable } from './bar-table.ts';
import { ColumnTable } from './column-table.ts';

/** Options of `align`. */
export interface AlignOptions {
  /** Which table's bars are the rows, by its place in the list. Default: the first of those with the shortest timeframe. */
  readonly clock?: number;
}

/** Rows of several series: `time` is the moment at which a row is known, the close of a bar of the clock. */
export class AlignedTable extends ColumnTable {
  /**
   * For each table, the bar that each row shows: its index, or -1 before the first one has closed. Equal indexes in consecutive rows mean
   * that no further bar has closed.
   */
  readonly bars: readonly Int32Array[];
  /** The prefix of each table's columns, such as `BTC/USDT` in `BTC/USDT close`. */
  readonly names: readonly string[];

  constructor(columns: Readonly<Record<string, Float64Array>>, bars: readonly Int32Array[], names: readonly string[]) {
    super(columns);
    this.bars = bars;
    this.names = names;
  }
}

/**
 * Joins series of several symbols and timeframes on one clock, without looking ahead: a row shows the last bar of each table that had
 * closed by then, NaN before the first.
 *
 * ```ts
 * const joined = align([btc, eth, btcDaily]);
 * joined.columns['ETH/USDT close'];
 * ```
 *
 * Columns are named after the table and the bar's column; where two tables have one name, the timeframe is added.
 *
 * @throws {ConfigError} If there is no table, or `clock` is not one of them.
 */
export function align(tables: readonly BarTable[], options: AlignOptions = {}): AlignedTable {
  checkNames('option of align', options, ['clock']);
  checkTables(tables);
  const { clock = fastest(tables) } = options;
  const leader = tables[clock];
  if (leader === undefined) {
    throw new ConfigError(`clock must be the place of one of the ${tables.length} tables, was ${clock}`, {
      context: { field: 'clock' },
    });
  }
  const time = closesOf(leader);
  const names = namesOf(tables);
  const columns: Record<string, Float64Array> = { time };
  const bars = tables.map((table, k) => {
    const shown = shownAt(time, closesOf(table));
    for (const [column, values] of Object.entries(table.columns)) {
      columns[`${names[k]!} ${column}`] = Float64Array.from(shown, (row) => (row < 0 ? NaN : values[row]!));
    }
    return shown;
  });
  return new AlignedTable(columns, bars, names);
}

/** @throws {ConfigError} If there are no tables, or one did not come from `load`. */
function checkTables(tables: unknown): void {
  if (!Array.isArray(tables) || tables.length === 0) {
    const seen = Array.isArray(tables) ? 'an empty list' : shown(tables);
    throw new ConfigError(`align takes a list of tables, align([btc, eth]), was ${seen}`, {
      context: { field: 'tables' },
    });
  }
  tables.forEach((table: unknown, k) => {
    if (table instanceof BarTable) return;
    const isObject = typeof table === 'object' && table !== null;
    const seen = isObject && 'then' in table ? 'a promise: await it' : isObject && 'load' in table ? 'a feed: await load(feed)' : shown(table); // prettier-ignore
    throw new ConfigError(`tables[${k}] must be a table that load returned, was ${seen}`, {
      context: { field: 'tables' },
    });
  });
}

/** For each moment the last bar that has closed by then; -1 if none has. */
function shownAt(time: Float64Array, closes: Float64Array): Int32Array {
  const shown = new Int32Array(time.length);
  let row = -1;
  for (let i = 0; i < time.length; i++) {
    while (row + 1 < closes.length && closes[row + 1]! <= time[i]!) row += 1;
    shown[i] = row;
  }
  return shown;
}

function closesOf({ time, timeframe }: BarTable): Float64Array {
  return Float64Array.from(time, (open) => barClose(timeframe, open));
}

function fastest(tables: readonly BarTable[]): number {
  const length = (frame: Timeframe): number => frame.ms ?? 28 * 86_400_000;
  let best = 0;
  for (let k = 1; k < tables.length; k++) {
    if (length(tables[k]!.timeframe) < length(tables[best]!.timeframe)) best = k;
  }
  return best;
}

/** The name of each table; with its timeframe, and then its place, where names are the same. */
function namesOf(tables: readonly BarTable[]): string[] {
  const isAlone = (name: string, all: readonly string[]): boolean => all.filter((one) => one === name).length === 1;
  const plain = tables.map(({ name }) => name);
  const framed = tables.map(({ name, timeframe }) => (isAlone(name, plain) ? name : `${name} ${timeframe.name}`));
  return framed.map((name, k) => (isAlone(name, framed) ? name : `${name} #${k + 1}`));
}
