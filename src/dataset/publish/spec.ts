/** The description of a published dataset: `spec.json`, by which clients find files, and the basis of the card. */
import type { Dataset } from '../build/dataset.ts';
import { Duck, quoted } from '../duck.ts';
import type { TableColumn, TableSchema } from '../tables/table.ts';
import { DataError, type Runtime } from '../../core/index.ts';

/** A file of a published table. */
export interface PublishedFile {
  /** Below the folder of the dataset, such as `bars_1h/exchange=binance/month=2024-01/data.parquet`. */
  readonly path: string;
  /** The exchange; undefined for a table over all. */
  readonly exchange?: string | undefined;
  /** Rows. */
  readonly rows: number;
  /** Bytes. */
  readonly bytes: number;
  /** SHA-256 of its bytes. */
  readonly hash: string;
  /** Time of its first row, milliseconds UTC. */
  readonly first?: number | undefined;
  /** Time of its last row, milliseconds UTC. */
  readonly last?: number | undefined;
  /** Its symbols, in order. */
  readonly symbols?: readonly string[] | undefined;
}

/** A published table. */
export interface PublishedTable {
  /** Its name in SQL. */
  readonly name: string;
  /** What it holds. */
  readonly about: string;
  /** The version of its schema. */
  readonly version: number;
  /** Columns that name a row. */
  readonly key: readonly string[];
  /** The column by which rows belong to a period. */
  readonly time?: string | undefined;
  /** Whether it is computed from other tables. */
  readonly isDerived: boolean;
  /** Whether its folders name the exchange. */
  readonly hasExchange: boolean;
  /** Its columns. */
  readonly columns: readonly TableColumn[];
  /** Rows. */
  readonly rows: number;
  /** Bytes. */
  readonly bytes: number;
  /** Its files. */
  readonly files: readonly PublishedFile[];
  /** Share of bars that exist between the first and the last of each symbol, from 0 to 1; for bars only. */
  readonly completeness?: number | undefined;
}

/** The contents of `spec.json`. */
export interface DatasetSpec {
  /** Raised when this form changes. */
  readonly spec: 1;
  /** The exchanges. */
  readonly exchanges: readonly string[];
  /** The tables. */
  readonly tables: readonly PublishedTable[];
}

const spacings: Readonly<Record<string, number>> = { bars_1m: 60_000, bars_1h: 3_600_000, bars_1d: 86_400_000 };

/** The spec of the gold tables of a dataset. Its figures are counted from the files. */
export async function specOf(dataset: Dataset, runtime: Runtime): Promise<DatasetSpec> {
  const duck = await Duck.open(runtime, { threads: 1, timeoutMs: 600_000 });
  try {
    const tables: PublishedTable[] = [];
    for (const asset of dataset.assets.filter(({ layer }) => layer === 'gold')) {
      const { table } = asset;
      const files: PublishedFile[] = [];
      for (const row of dataset.ledger.all(asset.name)) {
        if (row.status !== 'done' || row.rows === 0) continue;
        const path = dataset.fileOf(asset, row.partition);
        await checkColumns(duck, asset.name, row.partition, path, table);
        const facts = await factsOf(duck, path, table);
        const exchange = /(?:^|\/)exchange=([^/]+)/.exec(row.partition)?.[1];
        const below = path.slice(dataset.folder.length + 'gold/'.length + 1).replaceAll('\\', '/');
        files.push({ path: below, exchange, rows: row.rows, bytes: row.bytes, hash: row.hash, ...facts });
      }
      const { name, about, version, key, time, columns } = table;
      tables.push({
        name, about, version, key, time, columns, files,
        isDerived: table.isDerived === true,
        hasExchange: asset.byExchange,
        rows: files.reduce((sum, file) => sum + file.rows, 0),
        bytes: files.reduce((sum, file) => sum + file.bytes, 0),
        completeness: await completenessOf(duck, dataset.folder, files, spacings[name]),
      }); // prettier-ignore
    }
    return { spec: 1, exchanges: [...dataset.exchanges], tables };
  } finally {
    duck.close();
  }
}

/** Refuses a partition that was built with another version of the schema. @throws {DataError} With code `older-schema`. */
async function checkColumns(
  duck: Duck,
  asset: string,
  partition: string,
  path: string,
  table: TableSchema,
): Promise<void> {
  const { columns } = await duck.query(
    `DESCRIBE SELECT * FROM read_parquet(${quoted(path)}, hive_partitioning = false)`,
  );
  const found = (columns['column_name'] ?? []).map(
    (name, i) => `${String(name)} ${String(columns['column_type']![i])}`,
  );
  if (found.join() === table.columns.map(({ name, type }) => `${name} ${type}`).join()) return;
  throw new DataError(
    `${asset} ${partition} was built with other columns than version ${table.version} of its table has: run nextbar dataset build, then publish`,
    { code: 'older-schema', context: { asset, partition } },
  );
}

async function factsOf(duck: Duck, path: string, { time, columns }: TableSchema): Promise<Partial<PublishedFile>> {
  const hasSymbol = columns.some(({ name }) => name === 'symbol');
  const picked = [
    ...(time === undefined
      ? []
      : [`epoch_ms(min(${time}))::DOUBLE AS first`, `epoch_ms(max(${time}))::DOUBLE AS last`]),
    ...(hasSymbol ? ["string_agg(DISTINCT symbol, '\n' ORDER BY symbol) AS symbols"] : []),
  ];
  if (picked.length === 0) return {};
  const found = await duck.one(
    `SELECT ${picked.join(', ')} FROM read_parquet(${quoted(path)}, hive_partitioning = false)`,
  );
  return {
    ...(time !== undefined && { first: found['first'] as number, last: found['last'] as number }),
    ...(hasSymbol && { symbols: String(found['symbols']).split('\n') }),
  };
}

async function completenessOf(
  duck: Duck,
  folder: string,
  files: readonly PublishedFile[],
  spacing: number | undefined,
): Promise<number | undefined> {
  if (spacing === undefined || files.length === 0) return undefined;
  const paths = files.map(({ path }) => quoted(`${folder}/gold/${path}`)).join(', ');
  const { share } = await duck.one(
    `SELECT sum(rows) / sum(slots) AS share FROM (SELECT count(*) AS rows, (epoch_ms(max(time)) - epoch_ms(min(time))) / ${spacing} + 1 AS slots
     FROM read_parquet([${paths}], hive_partitioning = true) GROUP BY exchange, symbol)`,
  );
  return Math.round(Number(share) * 1e6) / 1e6;
}
