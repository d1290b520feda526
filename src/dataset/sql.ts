/** SQL over tables in memory: loaded bars, trials of a sweep, tables of a run. */
import type { Table } from 'apache-arrow';

import { ConfigError, shown, systemRuntime } from '../core/index.ts';
import { checkedLimits, Duck, type SqlLimits, type SqlValue } from './duck.ts';
import { SqlTable } from './client/tables.ts';

/** A table that SQL can read: an Arrow table, or anything with `toArrow()`, such as what `load`, `align` and `optimize` return. */
export type SqlSource = Table | ArrowSource | Promise<ArrowSource | Table>;

/** What becomes an Arrow table when it is asked. */
export interface ArrowSource {
  /** The Arrow table. */
  toArrow(): Promise<Table>;
}

/**
 * Answers a query over tables by their names. It needs DuckDB: `npm install @duckdb/node-api`.
 *
 * ```ts
 * const held = await sql('SELECT h.time, h.close, d.close AS daily FROM hours h ASOF JOIN days d ON h.time >= d.closed', { hours, days });
 * held.toRows();
 * ```
 *
 * Numbers are DOUBLE, times among them: milliseconds UTC, which `epoch_ms(time::BIGINT)` shows as a timestamp. NaN is a missing value.
 *
 * @param query - One SELECT. It may read files too, such as `'btc.parquet'`.
 * @param tables - Tables by the names that the query calls them.
 * @param values - Values for its question marks. Default: none.
 * @param limits - How much memory, how many threads and how long.
 * @throws {ConfigError} If DuckDB is not installed, a table is none, or the query is not one SELECT.
 * @throws {DataError} With code `sql` if the query is refused, `sql-timeout` if it takes too long.
 */
export async function sql(
  query: string,
  tables: Readonly<Record<string, SqlSource>>,
  values: readonly SqlValue[] = [],
  limits: SqlLimits = {},
): Promise<SqlTable> {
  if (typeof query !== 'string') {
    throw new ConfigError(`sql takes a query and tables by name, was ${shown(query)}`, { context: { field: 'query' } });
  }
  checkedLimits(limits);
  const read = await Promise.all(Object.entries(tables).map(async ([name, one]) => [name, await arrowOf(name, await one)] as const)); // prettier-ignore
  const duck = await Duck.open(systemRuntime, limits);
  try {
    for (const [name, table] of read) await duck.table(name, columnsOf(table), rowsOf(table));
    return new SqlTable(await duck.ask(query, values));
  } finally {
    duck.close();
  }
}

/** @throws {ConfigError} If it is no table. */
async function arrowOf(name: string, one: unknown): Promise<Table> {
  if (typeof one === 'object' && one !== null) {
    if ('toArrow' in one) return (one as ArrowSource).toArrow();
    if ('schema' in one && 'getChildAt' in one) return one as Table;
  }
  throw new ConfigError(`table '${name}' of sql must be an Arrow table or have toArrow(), was ${shown(one)}`, {
    context: { field: name },
  });
}

type Cell = string | number | boolean | undefined;

/** The columns with their types, by the first value of each. */
function columnsOf(table: Table): { name: string; type: string }[] {
  return table.schema.fields.map(({ name }, at) => {
    let first: unknown;
    const column = table.getChildAt(at);
    for (let row = 0; row < table.numRows && (first === undefined || first === null); row++) first = column?.get(row);
    const type = { string: 'VARCHAR', boolean: 'BOOLEAN' }[typeof first as string] ?? 'DOUBLE';
    return { name, type };
  });
}

function* rowsOf(table: Table): Generator<readonly Cell[]> {
  const columns = table.schema.fields.map((_, at) => table.getChildAt(at)!);
  for (let row = 0; row < table.numRows; row++) yield columns.map((column) => cellOf(column.get(row)));
}

/** A value as SQL reads it; undefined for a missing one. */
function cellOf(value: unknown): Cell {
  if (value === null || value === undefined || Number.isNaN(value)) return undefined;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Date ? value.getTime() : (value as Cell);
}
