/** A dataset in a folder: builds the missing and outdated partitions of its assets. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'; // prettier-ignore
import { dirname, join, resolve } from 'node:path';

import {
  AuthError,
  ConfigError,
  DataError,
  messageOf,
  systemRuntime,
  makeFolders,
  type Runtime,
} from '../../core/index.ts';
import { FileLock } from '../../store/index.ts';
import { Duck, quoted, unknownIn, type SqlLimits } from '../duck.ts';
import { inOrderOfDeps, type Asset, type KeptRows } from './asset.ts';
import { Ledger, type LedgerRow, type LineageRow } from './ledger.ts';
import { checkOutput } from './output-checks.ts';
import { checkExchangeName, partitionsOf, type Partition } from './partitions.ts';
import { statusOf, type AssetStatus } from './status.ts';
import { outcomesOf, SymbolRuns, type SymbolRetry } from './symbols.ts';

/** Options of a dataset. */
export interface DatasetOptions {
  /** Its folder. Default: `dataset` below the working directory. */
  readonly folder?: string;
  /** Its assets. */
  readonly assets: readonly Asset[];
  /** The exchanges that it has partitions of. */
  readonly exchanges: readonly string[];
  /** Memory, threads and time of one statement. Default: those of SqlLimits. */
  readonly limits?: SqlLimits;
  /** How symbols are tried again. Default: three tries. */
  readonly retry?: SymbolRetry;
  /** Whether to make folder and ledger where there are none. Default true. */
  readonly isMade?: boolean;
  /** Clock and timers. Default: the system's. */
  readonly runtime?: Runtime;
}

/** Which partitions are built. */
export interface BuildOptions {
  /** The first moment, milliseconds UTC. */
  readonly start: number;
  /** The first moment no longer wanted, milliseconds UTC. Default: the last midnight. A day that has not ended is never built. */
  readonly end?: number;
  /** Only these assets and those they are built from. Default: all. */
  readonly assets?: readonly string[];
  /** Whether to rebuild partitions that are up to date. Default false. */
  readonly isForced?: boolean;
  /** Called after each partition. Default: nothing is called. */
  readonly onPartition?: (step: BuildStep) => void;
  /** Ends the build after the present partition. Default: none, the build runs to its end. */
  readonly signal?: AbortSignal;
}

/** The outcome of one partition. */
export interface BuildStep {
  /** The asset. */
  readonly asset: string;
  /** The partition, such as `exchange=binance/date=2024-01-31`. */
  readonly partition: string;
  /** Whether it was built, was up to date, failed, or waits for the partitions it is built from. */
  readonly status: 'built' | 'current' | 'failed' | 'waiting';
  /** Rows. */
  readonly rows: number;
  /** Why it failed, what it waits for, or which symbols it was built without. */
  readonly reason?: string;
}

/** The outcome of a build. */
export interface BuildSummary {
  /** Partitions that were built. */
  readonly built: number;
  /** Partitions that were up to date. */
  readonly current: number;
  /** Partitions that failed. */
  readonly failed: number;
  /** Partitions that wait for others. */
  readonly waiting: number;
  /** Rows. */
  readonly rows: number;
  /** The failed ones, with their reasons. */
  readonly failures: readonly BuildStep[];
}

const dayMs = 86_400_000;
/** A partition fails when more than this share of rows is dropped. */
const mostDropped = 0.1;
export const rowGroupRows = 20_480;

/** A dataset. One process builds it at a time; any number may read it meanwhile. */
export class Dataset {
  /** Its folder. */
  readonly folder: string;
  /** Its assets, each after those it is built from. */
  readonly assets: readonly Asset[];
  /** The exchanges that it has partitions of. */
  readonly exchanges: readonly string[];
  /** @internal */
  readonly ledger: Ledger;
  readonly #runtime: Runtime;
  readonly #limits: SqlLimits;
  readonly #retry: SymbolRetry;

  private constructor(options: DatasetOptions, folder: string, ledger: Ledger) {
    this.folder = folder;
    this.assets = inOrderOfDeps(options.assets);
    this.exchanges = options.exchanges;
    this.ledger = ledger;
    this.#runtime = options.runtime ?? systemRuntime;
    this.#limits = options.limits ?? {};
    this.#retry = options.retry ?? {};
  }

  /** Opens the dataset of a folder, and makes the folder where there is none, unless `isMade` is false. */
  static async open(options: DatasetOptions): Promise<Dataset> {
    const folder = resolve(options.folder ?? 'dataset');
    options.exchanges.forEach(checkExchangeName);
    inOrderOfDeps(options.assets);
    return new Dataset(options, folder, await Ledger.open(folder, options.isMade !== false));
  }

  /** Closes it; it cannot be used afterwards. */
  close(): void {
    this.ledger.close();
  }

  /** The file of a partition. */
  fileOf(asset: Asset, partition: Partition | string): string {
    const name = typeof partition === 'string' ? partition : partition.name;
    return join(this.folder, asset.name, name === 'all' ? '' : name.replace(/\/all$/, ''), 'data.parquet');
  }

  /** An asset by name. @throws {ConfigError} If there is none; the message names the nearest. */
  asset(name: string): Asset {
    const found = this.assets.find((one) => one.name === name);
    if (found === undefined) throw unknownIn('asset', name, this.assets.map((one) => one.name)); // prettier-ignore
    return found;
  }

  /**
   * Builds every partition of a range that is missing, failed, or outdated, because its code or the rows it was built from have changed.
   *
   * A partition is written to a temporary file, checked, renamed and recorded; a process that is killed leaves the old one or the new one.
   *
   * @throws {ConfigError} With code `dataset-busy` while another process builds it.
   * @throws {AuthError} If the exchange refuses the key.
   */
  async build(options: BuildOptions): Promise<BuildSummary> {
    const now = this.#runtime.now();
    const midnight = Math.floor(now / dayMs) * dayMs;
    const range = { start: options.start, end: Math.min(options.end ?? midnight, midnight) };
    if (!(range.start < range.end)) {
      throw new ConfigError('start must be before the last midnight UTC: a day that has not ended is never built', {
        context: { field: 'start' },
      });
    }
    const lock = await FileLock.take(join(this.folder, 'build.lock'), now);
    if (!(lock instanceof FileLock)) {
      throw new ConfigError(`the dataset in ${this.folder} is being built by process ${lock.pid}`, {
        code: 'dataset-busy',
      });
    }
    const steps: BuildStep[] = [];
    // One thread and a total order, so that the same rows give the same bytes.
    const duck = await Duck.open(this.#runtime, { timeoutMs: 600_000, ...this.#limits, threads: 1 }, this.folder);
    try {
      this.#sweep(this.folder);
      for (const asset of this.#wanted(options.assets)) {
        for (const partition of this.partitions(asset, range)) {
          if (options.signal?.aborted === true) break;
          const step = await this.#make(duck, asset, partition, range, options.isForced === true);
          steps.push(step);
          options.onPartition?.(step);
        }
      }
    } finally {
      duck.close();
      lock.release();
    }
    const count = (status: BuildStep['status']): number => steps.filter((step) => step.status === status).length;
    return {
      built: count('built'),
      current: count('current'),
      failed: count('failed'),
      waiting: count('waiting'),
      rows: steps.reduce((sum, step) => sum + (step.status === 'built' ? step.rows : 0), 0),
      failures: steps.filter(({ status }) => status === 'failed'),
    };
  }

  /** The partitions of an asset in a range. */
  partitions(asset: Asset, range: { readonly start: number; readonly end: number }): Partition[] {
    const exchanges = asset.byExchange ? this.exchanges : [undefined];
    return exchanges.flatMap((exchange) => partitionsOf(asset.partitions, exchange, range));
  }

  /** The state of each asset. */
  status(): AssetStatus[] {
    return this.assets.map((asset) => statusOf(asset, this.ledger.all(asset.name)));
  }

  #wanted(names: readonly string[] | undefined): Asset[] {
    if (names === undefined) return [...this.assets];
    const wanted = new Set<string>();
    const add = (name: string): void => {
      wanted.add(name);
      this.asset(name).deps.forEach(add);
    };
    names.forEach(add);
    return this.assets.filter(({ name }) => wanted.has(name));
  }

  async #make(
    duck: Duck,
    asset: Asset,
    partition: Partition,
    range: BuildRange,
    isForced: boolean,
  ): Promise<BuildStep> {
    const about = { asset: asset.name, partition: partition.name };
    const old = this.ledger.get(asset.name, partition.name);
    const inputs = this.#inputs(asset, partition, range);
    if (inputs.missing !== undefined) return { ...about, status: 'waiting', rows: 0, reason: inputs.missing };
    if (!isForced && old !== undefined && this.#isCurrent(asset, partition, old, inputs.lineage)) {
      return { ...about, status: 'current', rows: old.rows };
    }
    const attempts = (old?.status === 'failed' ? old.attempts : 0) + 1;
    const symbols = new SymbolRuns(this.#runtime, this.#retry);
    const row = { ...about, codeHash: asset.codeHash, attempts };
    const outcomes = (): string => JSON.stringify(symbols.outcomes);
    const kept = isForced ? undefined : await this.#kept(duck, asset, partition, old);
    try {
      const made = await this.#write(duck, asset, partition, inputs.files, symbols, kept);
      this.ledger.put(
        { ...row, status: 'done', ...made, made: this.#runtime.now(), error: '', symbols: outcomes() },
        inputs.lineage,
      );
      const failed = symbols.outcomes.filter(({ status }) => status === 'failed');
      const without = failed.map(({ symbol, reason = '' }) => `${symbol}: ${reason}`).join('; ');
      return { ...about, status: 'built', rows: made.rows, ...(without !== '' && { reason: `without ${without}` }) };
    } catch (error) {
      const reason = messageOf(error);
      // The earlier, valid partition stays readable, and the next build rebuilds it.
      if (old?.status !== 'done' || !existsSync(this.fileOf(asset, partition))) {
        this.ledger.put(
          { ...row, status: 'failed', hash: '', rows: 0, bytes: 0, made: this.#runtime.now(), error: reason, symbols: outcomes() },
          [],
        ); // prettier-ignore
      }
      if (error instanceof AuthError) throw error;
      return { ...about, status: 'failed', rows: 0, reason };
    }
  }

  #isCurrent(asset: Asset, partition: Partition, old: LedgerRow, lineage: readonly LineageRow[]): boolean {
    if (old.status !== 'done' || old.codeHash !== asset.codeHash) return false;
    if (!existsSync(this.fileOf(asset, partition))) return false;
    if (asset.symbols !== undefined) {
      const tried = new Map(outcomesOf(old).map(({ symbol, status }) => [symbol, status]));
      if (asset.symbols(partition).some((symbol) => (tried.get(symbol) ?? 'failed') === 'failed')) return false;
    }
    return JSON.stringify(this.ledger.lineage(asset.name, partition.name)) === JSON.stringify(lineage);
  }

  /** The rows that a partition has already: exchanges drop old rows, so only missing ones are requested. */
  async #kept(
    duck: Duck,
    asset: Asset,
    partition: Partition,
    old: LedgerRow | undefined,
  ): Promise<KeptRows | undefined> {
    const file = this.fileOf(asset, partition);
    if (asset.symbols === undefined || old?.status !== 'done') return undefined;
    // Bronze rows are kept whatever code requested them: exchanges drop old rows, so requesting them again would lose them.
    if (old.codeHash !== asset.codeHash && asset.layer !== 'bronze') return undefined;
    if (!existsSync(file)) return undefined;
    const done = outcomesOf(old).flatMap(({ symbol, status }) => (status === 'done' ? symbol : []));
    if (done.length > 0 || old.rows === 0) return { file, symbols: done };
    // A ledger of an earlier version names only the symbols that were not done.
    const found = await duck.query(`SELECT DISTINCT symbol FROM read_parquet(${quoted(file)}, hive_partitioning = false) ORDER BY 1`); // prettier-ignore
    return { file, symbols: (found.columns['symbol'] ?? []).map(String) };
  }

  /** The partitions that one is built from: those of its period that are in the range or built already. */
  #inputs(asset: Asset, partition: Partition, range: BuildRange): Inputs {
    const files = new Map<string, string[]>();
    const lineage: LineageRow[] = [];
    for (const name of asset.deps) {
      const dep = this.asset(name);
      const period = dep.partitions === 'whole' ? range : partition;
      const until = Math.min(period.end, Math.floor(this.#runtime.now() / dayMs) * dayMs);
      const found: string[] = [];
      for (const one of this.partitions(dep, { start: period.start, end: until })) {
        if (partition.exchange !== undefined && dep.byExchange && one.exchange !== partition.exchange) continue;
        const row = this.ledger.get(name, one.name);
        if (row?.status === 'done') {
          found.push(this.fileOf(dep, one));
          lineage.push({ asset: name, partition: one.name, hash: row.hash });
        } else if (dep.partitions !== 'whole' && one.start >= range.start && one.start < range.end) {
          return { files, lineage, missing: `${name} ${one.name} is not built` };
        }
      }
      if (found.length === 0) return { files, lineage, missing: `${name} has nothing for ${partition.name}` };
      files.set(name, found);
    }
    lineage.sort((a, b) => (a.asset < b.asset ? -1 : a.asset > b.asset ? 1 : a.partition < b.partition ? -1 : 1));
    return { files, lineage, missing: undefined };
  }

  async #write(
    duck: Duck,
    asset: Asset,
    partition: Partition,
    inputs: ReadonlyMap<string, readonly string[]>,
    symbols: SymbolRuns,
    kept: KeptRows | undefined,
  ): Promise<{ hash: string; rows: number; bytes: number }> {
    const file = this.fileOf(asset, partition);
    const temporary = `${file}.${process.pid}.tmp`;
    makeFolders(dirname(file));
    await duck.run('CREATE SCHEMA work; USE work');
    try {
      for (const [name, files] of inputs) {
        const [layer, table] = name.split('/') as [string, string];
        const rows = `SELECT * FROM read_parquet([${files.map(quoted).join(', ')}], hive_partitioning = true, union_by_name = true)`;
        await duck.run(`CREATE VIEW input_${layer}_${table} AS ${rows}`);
        await duck.run(`CREATE VIEW IF NOT EXISTS input_${table} AS ${rows}`);
      }
      let dropped = 0;
      let of = 0;
      const drop = (rows: number, all: number): void => {
        dropped += rows;
        of += all;
      };
      const sql = await asset.run({ partition, duck, symbols, drop, kept });
      if (dropped > mostDropped * of) {
        throw new DataError(`${dropped} of ${of} rows were dropped, more than a tenth`, { code: 'rows-dropped' });
      }
      const { columns, key } = asset.table;
      const order = [...key, ...columns.map(({ name }) => name).filter((name) => !key.includes(name))];
      await duck.run(
        `COPY (SELECT ${columns.map(({ name, type }) => `CAST(${name} AS ${type}) AS ${name}`).join(', ')} FROM (${sql}) ORDER BY ${order.join(', ')}) ` +
          `TO ${quoted(temporary)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows})`,
      );
      await duck.run(
        `CREATE VIEW output AS SELECT * FROM read_parquet(${quoted(temporary)}, hive_partitioning = false)`,
      );
      await checkOutput(duck, asset, partition);
      const { rows } = await duck.one('SELECT count(*)::DOUBLE AS rows FROM output');
      const bytes = readFileSync(temporary);
      const handle = openSync(temporary, 'r+');
      fsyncSync(handle);
      closeSync(handle);
      renameSync(temporary, file);
      return { hash: createHash('sha256').update(bytes).digest('hex'), rows: Number(rows), bytes: bytes.length };
    } finally {
      await duck.run('USE main; DROP SCHEMA work CASCADE');
      rmSync(temporary, { force: true });
    }
  }

  /** Removes temporary files that dead processes left. */
  #sweep(folder: string): void {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.parquet.tmp') && !/\.parquet\.\d+\.tmp$/.test(entry.name)) continue; // prettier-ignore
      const path = join(entry.parentPath, entry.name);
      if (statSync(path, { throwIfNoEntry: false }) !== undefined) rmSync(path, { force: true });
    }
  }
}

type BuildRange = { readonly start: number; readonly end: number };

interface Inputs {
  readonly files: ReadonlyMap<string, readonly string[]>;
  readonly lineage: readonly LineageRow[];
  readonly missing: string | undefined;
}
