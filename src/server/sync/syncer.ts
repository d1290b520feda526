/** Keeps the metadata of exchanges fresh, each separately, so that a failing one does not stop the others. */
import { systemNetwork } from '../../connectors/index.ts';
import {
  Backoff,
  messageOf,
  ProtocolError,
  unknownName,
  type Network,
  type Runtime,
  type Timer,
} from '../../core/index.ts';
import type { Database } from '../database/database.ts';
import { askOf } from './ask.ts';
import { listThroughCcxt } from './ccxt-venue.ts';
import { nameOf, syncBars, type SyncedSeries } from './copy-bars.ts';
import { emptyRun, failedRun, isDatabaseAway, writeListing, writeRun, type SyncRun } from './sync-exchange.ts';
import type { VenueAdapter, VenueListing } from './venue.ts';

/** The exchanges that are kept fresh when none is named. */
export const defaultExchanges = ['binanceusdm', 'hyperliquid', 'coinbase'] as const;

/** Options of a syncer. */
export interface SyncerOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  /** ccxt's ids. Default: Binance Futures, Hyperliquid and Coinbase. */
  readonly exchanges?: readonly string[];
  /** Adapters of your own, by the id of their exchange; they replace those that come with the package. */
  readonly adapters?: readonly VenueAdapter[];
  /** Servers to use instead of the exchanges' own, by id. Default: the exchanges' own. */
  readonly urls?: Readonly<Record<string, string>>;
  /** Series whose bars are downloaded and copied too. */
  readonly series?: readonly SyncedSeries[];
  /** Folder of the bar store. Default `data-cache`. */
  readonly folder?: string;
  /** The network that reaches exchanges with an adapter. Default: the system's sockets. */
  readonly network?: Network;
  /** How long to wait for a database that cannot be reached, milliseconds. Default 600,000. */
  readonly patienceMs?: number;
  /** Called after each exchange. */
  readonly onRun?: (run: SyncRun) => void;
}

const defaultPatienceMs = 600_000;
const [firstWaitMs, longestWaitMs] = [250, 15_000];

/** Brings exchanges, symbols, intervals and chosen bars up to date. */
export class Syncer {
  readonly #options: SyncerOptions;
  readonly #exchanges: readonly string[];

  constructor(options: SyncerOptions) {
    this.#options = options;
    const { series = [], exchanges = defaultExchanges } = options;
    // Series of an exchange that was not named are synced with it.
    this.#exchanges = [...new Set([...exchanges, ...series.map(({ exchange }) => exchange)])];
  }

  /**
   * One round over all exchanges. A failing exchange does not throw: its run says what went wrong.
   *
   * @throws {ConfigError} If a name is not an exchange.
   */
  async sync(): Promise<SyncRun[]> {
    for (const exchange of this.#exchanges) await this.#adapterOf(exchange);
    return Promise.all(this.#exchanges.map((exchange) => this.#syncOne(exchange)));
  }

  /**
   * Runs rounds at a fixed interval until `signal` is aborted. A round that takes longer than `everyMs` is followed by the next at once.
   */
  async every(everyMs: number, signal: AbortSignal): Promise<void> {
    const { runtime } = this.#options;
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
    while (!signal.aborted) {
      const began = runtime.elapsed();
      await Promise.race([this.sync(), aborted]);
      const left = everyMs - (runtime.elapsed() - began);
      if (left <= 0) continue;
      let timer: Timer | undefined;
      await Promise.race([
        aborted,
        new Promise<void>((resolve) => {
          timer = runtime.after(left, resolve);
        }),
      ]);
      timer?.cancel();
    }
  }

  async #syncOne(exchange: string): Promise<SyncRun> {
    const { database, runtime } = this.#options;
    const empty = emptyRun(exchange, Math.floor(runtime.now()));
    let run: SyncRun;
    try {
      const adapter = await this.#adapterOf(exchange);
      const url = this.#options.urls?.[exchange]?.replace(/\/$/, '');
      const listing = await this.#list(exchange, adapter, url);
      const facts = {
        id: exchange,
        name: adapter?.name ?? exchange,
        adapter: adapter === undefined ? 'ccxt' : 'native',
        source: url ?? adapter?.url ?? `ccxt ${exchange}`,
      };
      run = await this.#patiently(() => writeListing(database, facts, listing, empty, Math.floor(runtime.now())));
    } catch (error) {
      run = failedRun(empty, error, Math.floor(runtime.now()));
    }
    run = await this.#withBars(run);
    try {
      await this.#patiently(() => database.transaction((queries) => writeRun(queries, run)));
    } catch (error) {
      run = failedRun(run, run.error ?? error, run.ended);
    }
    this.#options.onRun?.(run);
    return run;
  }

  async #list(exchange: string, adapter: VenueAdapter | undefined, url: string | undefined): Promise<VenueListing> {
    const { runtime, network = systemNetwork } = this.#options;
    if (adapter === undefined) return listThroughCcxt({ exchange, ...(url !== undefined && { url }) }, runtime);
    try {
      return await adapter.list(askOf({ exchange, url: url ?? adapter.url, network, runtime }));
    } catch (error) {
      const [issue] =
        (error as { readonly issues?: readonly { path: readonly PropertyKey[]; message: string }[] }).issues ?? [];
      if (issue === undefined) throw error;
      const where = issue.path.length === 0 ? 'the answer' : issue.path.join('.');
      throw new ProtocolError(`${exchange} answered in another shape than it documents: ${where}: ${issue.message}`, {
        context: { exchange },
        cause: error,
      });
    }
  }

  async #withBars(run: SyncRun): Promise<SyncRun> {
    const { series = [], database, runtime, folder = 'data-cache', urls } = this.#options;
    const url = urls?.[run.exchange];
    const faults: string[] = [];
    let bars = 0;
    for (const one of series.filter(({ exchange }) => exchange === run.exchange)) {
      const parts = { database, runtime, folder, connection: url === undefined ? {} : { url } };
      try {
        bars += await this.#patiently(() => syncBars(one, parts));
      } catch (error) {
        faults.push(`${nameOf(one)}: ${messageOf(error)}`);
      }
    }
    const error = [run.error, ...faults].filter((text) => text !== undefined).join('; ');
    return {
      ...run,
      ended: Math.floor(runtime.now()),
      bars,
      isOk: run.isOk && faults.length === 0,
      error: error === '' ? undefined : error,
    };
  }

  /** Repeats an act that failed because the database could not be reached, as during its restart. */
  async #patiently<T>(act: () => Promise<T>): Promise<T> {
    const { runtime, patienceMs = defaultPatienceMs } = this.#options;
    const backoff = new Backoff(runtime, firstWaitMs, longestWaitMs);
    const began = runtime.elapsed();
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (!isDatabaseAway(error) || runtime.elapsed() - began > patienceMs) throw error;
        await runtime.sleep(backoff.next());
      }
    }
  }

  /** An adapter of the caller's, else the file in `venues/` that is named after the exchange, else ccxt. */
  async #adapterOf(exchange: string): Promise<VenueAdapter | undefined> {
    const own = this.#options.adapters?.find(({ id }) => id === exchange);
    if (own !== undefined) return own;
    const native = await nativeAdapter(exchange);
    if (native !== undefined) return native;
    const { exchangeIds } = await import('../../connectors/ccxt/index.ts');
    const known = exchangeIds();
    if (!known.includes(exchange)) throw unknownName('exchange', exchange, known);
    return undefined;
  }
}

/**
 * The adapter in the file that is named after the exchange, such as `venues/coinbase.ts`; undefined where there is none. The folder is the
 * list: an adapter is added by adding its file.
 */
async function nativeAdapter(exchange: string): Promise<VenueAdapter | undefined> {
  if (!/^[a-z0-9]+$/.test(exchange)) return undefined;
  try {
    const module = (await import(`./venues/${exchange}.ts`)) as { readonly adapter: VenueAdapter };
    return module.adapter;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing =
      code === 'ERR_MODULE_NOT_FOUND' ||
      /not found in bundle|Unknown variable dynamic import|Cannot find/.test(message);
    if (isMissing && message.includes(`/${exchange}.ts`)) return undefined;
    throw error;
  }
}
