/** Assets: tables built from other tables or from an exchange, partition by partition. */
import { createHash } from 'node:crypto';

import { checkNames, ConfigError } from '../../core/index.ts';
import type { Duck } from '../duck.ts';
import type { TableSchema } from '../tables/table.ts';
import type { Partition, Partitioning } from './partitions.ts';
import type { SymbolRuns } from './symbols.ts';

/** What an asset receives to build one partition. */
export interface AssetContext {
  /** The partition to build. */
  readonly partition: Partition;
  /** DuckDB, with a view `input_NAME` for each dependency, `input_LAYER_NAME` where two have one name: its rows of the partition's period. */
  readonly duck: Duck;
  /** Runs work for each symbol, with retries; a failing symbol does not stop the others. */
  readonly symbols: SymbolRuns;
  /** Counts rows of the source that are not in the result. If more than a tenth is dropped, the partition fails. */
  readonly drop: (rows: number, of: number) => void;
  /**
   * Rows of this partition from an earlier build, when it is built again for its other symbols or, in bronze, for a new schema or code: so
   * rows that the exchange no longer serves are kept. Undefined in a forced build.
   */
  readonly kept: KeptRows | undefined;
}

/** Rows of an earlier build. */
export interface KeptRows {
  /** The Parquet file that holds them. */
  readonly file: string;
  /** The symbols that were done. */
  readonly symbols: readonly string[];
}

/** A check of a built partition; DuckDB has its rows as `output`, and those of the dependencies. */
export interface AssetCheck {
  /** What must hold, as a sentence. */
  readonly name: string;
  /** A query whose rows are faults: none means that it holds. */
  readonly faults: string;
}

/** What an asset is. */
export interface AssetOptions {
  /** Its layer and table, such as `silver/trades`. */
  readonly name: string;
  /** The schema of its rows. */
  readonly table: TableSchema;
  /** Names of the assets that it is built from. Default: none. */
  readonly deps?: readonly string[];
  /** How it is cut into periods. */
  readonly partitions: Partitioning;
  /** Whether each exchange has partitions of its own. Default true. */
  readonly byExchange?: boolean;
  /** Makes the rows of a partition: the query that yields them. Their order and duplicates do not matter for bronze, and are checked elsewhere. */
  readonly run: (context: AssetContext) => Promise<string> | string;
  /**
   * The symbols of a partition. A symbol that failed or was added later causes another build of the partition. Default: the asset has no
   * symbols.
   */
  readonly symbols?: (partition: Partition) => readonly string[];
  /** Checks beside those of the schema. Default: none. */
  readonly checks?: readonly AssetCheck[];
  /** A number or text to change when `run` returns other rows although its own source text is the same. Default 1. */
  readonly version?: number | string;
}

/** An asset, ready to be built. */
export interface Asset extends Required<Omit<AssetOptions, 'version' | 'symbols'>>, Pick<AssetOptions, 'symbols'> {
  /** `bronze` holds rows as received, `silver` the valid ones, each once, `gold` the published ones. */
  readonly layer: 'bronze' | 'silver' | 'gold';
  /** Changes with the code and the schema that make it. */
  readonly codeHash: string;
}

const optionNames = ['name', 'table', 'deps', 'partitions', 'byExchange', 'run', 'symbols', 'checks', 'version'];

/**
 * Defines an asset.
 *
 * ```ts
 * const wicks = defineAsset({
 *   name: 'gold/wicks',
 *   table: wicksTable,
 *   deps: ['gold/bars_1h'],
 *   partitions: 'monthly',
 *   run: () => 'SELECT symbol, time, high / greatest(open, close) - 1 AS upper FROM input_bars_1h',
 * });
 * ```
 *
 * @throws {ConfigError} If an option is unknown or cannot be right.
 */
export function defineAsset(options: AssetOptions): Asset {
  checkNames('option of defineAsset', options, optionNames);
  const { name, table, deps = [], partitions, byExchange = true, run, symbols, checks = [], version = 1 } = options;
  const [, layer] = /^(bronze|silver|gold)\/[a-z0-9_]+$/.exec(name) ?? [];
  if (layer === undefined) {
    throw new ConfigError(`name of an asset must be a layer and a table, such as silver/trades, was '${name}'`, {
      context: { field: 'name' },
    });
  }
  const text = JSON.stringify([name, version, String(run), table, deps, partitions, byExchange, checks]);
  const codeHash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return {
    name, table, deps, partitions, byExchange, run, checks, layer: layer as Asset['layer'], codeHash,
    ...(symbols !== undefined && { symbols }),
  }; // prettier-ignore
}

/** The assets, each after those it is built from. @throws {ConfigError} If one is missing or they form a circle. */
export function inOrderOfDeps(assets: readonly Asset[]): Asset[] {
  const byName = new Map(assets.map((asset) => [asset.name, asset]));
  const done = new Set<Asset>();
  const visit = (asset: Asset, path: readonly string[]): void => {
    if (done.has(asset)) return;
    if (path.includes(asset.name)) {
      throw new ConfigError(`assets form a circle: ${[...path, asset.name].join(' -> ')}`, { code: 'asset-circle' });
    }
    for (const dep of asset.deps) {
      const found = byName.get(dep);
      if (found === undefined) {
        throw new ConfigError(`asset ${asset.name} is built from '${dep}', which is not defined`, {
          code: 'unknown-name',
        });
      }
      visit(found, [...path, asset.name]);
    }
    done.add(asset);
  };
  for (const asset of assets) visit(asset, []);
  return [...done];
}
