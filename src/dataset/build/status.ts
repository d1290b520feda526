/** The state of an asset in a dataset: partitions, rows, failures, and symbols that were left out. */
import type { Asset } from './asset.ts';
import type { LedgerRow } from './ledger.ts';
import { outcomesOf } from './symbols.ts';

/** A symbol that is missing in partitions of an asset. */
export interface SymbolStatus {
  /** The symbol. */
  readonly symbol: string;
  /** Skipped: the exchange does not list it. Failed: the next build tries it again. */
  readonly status: 'skipped' | 'failed';
  /** Partitions without it. */
  readonly partitions: number;
  /** The last of them, such as `exchange=binance/date=2024-01-31`. */
  readonly last: string;
  /** Why, in the last of them. */
  readonly reason: string;
}

/** The state of one asset. */
export interface AssetStatus {
  /** The asset. */
  readonly asset: string;
  /** Partitions that are built. */
  readonly done: number;
  /** Partitions that failed. */
  readonly failed: number;
  /** Partitions built by an earlier version of the code. */
  readonly outdated: number;
  /** Rows. */
  readonly rows: number;
  /** Bytes on disk. */
  readonly bytes: number;
  /** The first period; undefined without one. */
  readonly first: string | undefined;
  /** The last period; undefined without one. */
  readonly last: string | undefined;
  /** When the newest partition was built, milliseconds UTC; undefined without one. */
  readonly made: number | undefined;
  /** A sentence for each failed partition. */
  readonly errors: readonly string[];
  /** Symbols that are missing in partitions, the failed ones first. */
  readonly leftOut: readonly SymbolStatus[];
}

/** The state of an asset from its rows in the ledger. */
export function statusOf(asset: Asset, rows: readonly LedgerRow[]): AssetStatus {
  const done = rows.filter((row) => row.status === 'done');
  const periods = done.flatMap((row) => /(?:date|month)=(.*)$/.exec(row.partition)?.[1] ?? []).sort();
  return {
    asset: asset.name,
    done: done.length,
    failed: rows.length - done.length,
    outdated: done.filter((row) => row.codeHash !== asset.codeHash).length,
    rows: done.reduce((sum, row) => sum + row.rows, 0),
    bytes: done.reduce((sum, row) => sum + row.bytes, 0),
    first: periods[0],
    last: periods.at(-1),
    made: done.length === 0 ? undefined : Math.max(...done.map((row) => row.made)),
    errors: rows.filter((row) => row.status === 'failed').map((row) => `${row.partition}: ${row.error}`),
    leftOut: leftOutOf(done),
  };
}

function leftOutOf(rows: readonly LedgerRow[]): SymbolStatus[] {
  const found = new Map<string, SymbolStatus>();
  for (const row of rows) {
    for (const { symbol, status, reason = '' } of outcomesOf(row)) {
      if (status === 'done') continue;
      const key = `${status} ${row.partition.split('/')[0]!} ${symbol}`;
      const partitions = (found.get(key)?.partitions ?? 0) + 1;
      found.set(key, { symbol, status, partitions, last: row.partition, reason });
    }
  }
  return [...found.values()].sort((a, b) => (a.status === b.status ? 0 : a.status === 'failed' ? -1 : 1));
}
