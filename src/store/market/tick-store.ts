/** Trades, quotes and liquidations of streams on disk, beside the bars: each once, under its exchange and origin. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Liquidation, Quote, TradeTick } from '../../core/index.ts';
import type { TimeRange } from '../ranges.ts';
import type { Sqlite } from '../sqlite.ts';
import { openMarketFile } from './market-file.ts';

/** The key of stored trades and quotes. */
export interface TickSeries {
  /** The exchange's id. */
  readonly exchange: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** Where they came from, if not from the exchange itself: `sandbox`, or a host such as `127.0.0.1:8787`. */
  readonly origin?: string;
}

/** Trades in columns, in the order of their times. */
export interface StoredTrades {
  /** Milliseconds UTC by the exchange's clock. */
  readonly time: Float64Array;
  /** In quote units. */
  readonly price: Float64Array;
  /** In base units. */
  readonly size: Float64Array;
  /** 1 where the taker bought, -1 where the taker sold. */
  readonly side: Float64Array;
}

/** A stored print or forced close. */
export interface StoredTradeRow {
  /** The exchange's id; made of price, size and side where it sends none. */
  readonly id: string;
  /** Milliseconds UTC by the exchange's clock. */
  readonly time: number;
  /** In quote units. */
  readonly price: number;
  /** In base units. */
  readonly size: number;
  /** The taker's side; for a forced close, the side of the forced order. */
  readonly side: 'buy' | 'sell';
}

/** Best prices in columns, in the order in which they came. A side that was empty is NaN. */
export interface StoredQuotes {
  /** Milliseconds UTC by the exchange's clock; of receipt where the exchange states none. */
  readonly time: Float64Array;
  /** Best bid, in quote units. */
  readonly bid: Float64Array;
  /** Size at the best bid, in base units. */
  readonly bidSize: Float64Array;
  /** Best ask, in quote units. */
  readonly ask: Float64Array;
  /** Size at the best ask, in base units. */
  readonly askSize: Float64Array;
}

/** One stored series at a glance. */
export interface TicksInfo extends TickSeries {
  readonly trades: number;
  readonly quotes: number;
  readonly liquidations: number;
  /** Times of the first and the last of either; undefined when there is none. */
  readonly first: number | undefined;
  readonly last: number | undefined;
}

const tables = `
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY, exchange TEXT NOT NULL, origin TEXT NOT NULL, symbol TEXT NOT NULL, UNIQUE (exchange, origin, symbol));
CREATE TABLE IF NOT EXISTS trades (
  series INTEGER NOT NULL REFERENCES series (id), time REAL NOT NULL, id TEXT NOT NULL, price REAL NOT NULL, size REAL NOT NULL, side INTEGER NOT NULL,
  number INTEGER NOT NULL, PRIMARY KEY (series, time, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quotes (
  series INTEGER NOT NULL REFERENCES series (id), time REAL NOT NULL, id TEXT NOT NULL,
  bid REAL, bid_size REAL, ask REAL, ask_size REAL, number INTEGER NOT NULL, PRIMARY KEY (series, time, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS liquidations (
  series INTEGER NOT NULL REFERENCES series (id), time REAL NOT NULL, id TEXT NOT NULL, price REAL NOT NULL, size REAL NOT NULL, side TEXT NOT NULL,
  PRIMARY KEY (series, time, id)) WITHOUT ROWID;`;

/** The file of trades and quotes, beside the catalog of the bars. */
export const ticksFile = 'ticks.sqlite';

/**
 * Trades and quotes of a store's folder. A trade that arrives twice is kept once, by the exchange's id. Two processes may write at once.
 */
export class TickStore {
  readonly #sqlite: Sqlite;
  /** The latest quote of each series: an equal one that follows is not kept. */
  readonly #latest = new Map<number, string>();

  private constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
  }

  /**
   * Opens the trades and quotes of a folder, `data-cache` by default, and makes the file when it is not there.
   *
   * @param options.readOnly - Whether reading is enough: then a read-only file is opened too. Default false. @throws {DataError} If the
   * file cannot be written or, with `readOnly`, not read.
   */
  static async open(options: { readonly folder?: string; readonly readOnly?: boolean } = {}): Promise<TickStore> {
    const { folder = 'data-cache', readOnly = false } = options;
    return new TickStore(await openMarketFile(folder, ticksFile, tables, readOnly));
  }

  /** Whether a folder has such a file; opens nothing. */
  static exists(folder = 'data-cache'): boolean {
    return existsSync(join(folder, ticksFile));
  }

  /** Closes the file; the store cannot be used afterwards. */
  close(): void {
    this.#sqlite.close();
  }

  /** Stores trades and quotes of one series: all of them, or none. */
  write(series: TickSeries, events: readonly (TradeTick | Quote | Liquidation)[]): void {
    try {
      this.#sqlite.durably(() => {
        this.#put(this.#idOf(series) ?? this.#add(series), events);
      });
    } catch (error) {
      // None of them was stored: the next quote is kept even if it equals one of these.
      this.#latest.clear();
      throw error;
    }
  }

  #put(id: number, events: readonly (TradeTick | Quote | Liquidation)[]): void {
    const trade = this.#sqlite.statement('INSERT OR IGNORE INTO trades VALUES (?, ?, ?, ?, ?, ?, ?)');
    const liquidation = this.#sqlite.statement('INSERT OR IGNORE INTO liquidations VALUES (?, ?, ?, ?, ?, ?)');
    let [moment, at] = [NaN, 0];
    for (const event of events) {
      const time = event.time ?? event.receiveTime;
      at = time === moment ? at + 1 : this.#nextNumber(id, time);
      moment = time;
      if (event.type === 'trade') {
        // Trades without an id are distinguished by price, size and side: two equal ones of one moment count as one.
        const name = event.id ?? `${event.price} ${event.size} ${event.side}`;
        trade.run(id, time, name, event.price, event.size, event.side === 'buy' ? 1 : -1, at);
      } else if (event.type === 'liquidation') {
        const { price, size, side } = event;
        liquidation.run(id, time, event.id ?? `${price} ${size} ${side}`, price, size, side);
      } else this.#putQuote(id, time, at, event);
    }
  }

  #putQuote(id: number, time: number, at: number, quote: Quote): void {
    const { bid = null, bidSize = null, ask = null, askSize = null, sequence } = quote;
    const text = `${bid} ${bidSize} ${ask} ${askSize}`;
    if (this.#latest.get(id) === text) return;
    this.#latest.set(id, text);
    // Without the exchange's number, prices that return within one moment are its latest: their row moves behind the others.
    const way = sequence === undefined ? 'REPLACE' : 'IGNORE';
    this.#sqlite
      .statement(`INSERT OR ${way} INTO quotes VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
      .run(id, time, String(sequence ?? text), bid, bidSize, ask, askSize, at);
  }

  /** The stored trades with `start <= time < end`. */
  trades(series: TickSeries, { start, end }: TimeRange): StoredTrades {
    const rows = this.#rows<{ time: number; price: number; size: number; side: number }>(
      series,
      'SELECT time, price, size, side FROM trades WHERE series = ? AND time >= ? AND time < ? ORDER BY time, number',
      start,
      end,
    );
    const column = (name: 'time' | 'price' | 'size' | 'side'): Float64Array =>
      Float64Array.from(rows, (row) => row[name]);
    return { time: column('time'), price: column('price'), size: column('size'), side: column('side') };
  }

  /** The stored trades of a range one by one, with the exchange's ids. */
  tradeRows(series: TickSeries, { start, end }: TimeRange): StoredTradeRow[] {
    return this.#rows<Omit<StoredTradeRow, 'side'> & { side: number }>(
      series,
      'SELECT id, time, price, size, side FROM trades WHERE series = ? AND time >= ? AND time < ? ORDER BY time, number',
      start,
      end,
    ).map((row) => ({ ...row, side: row.side > 0 ? 'buy' : 'sell' }));
  }

  /** The stored forced closes of a range; `side` is that of the forced order: `sell` closes a long. */
  liquidations(series: TickSeries, { start, end }: TimeRange): StoredTradeRow[] {
    return this.#rows<StoredTradeRow>(
      series,
      'SELECT id, time, price, size, side FROM liquidations WHERE series = ? AND time >= ? AND time < ? ORDER BY time, id',
      start,
      end,
    );
  }

  /** The stored quotes with `start <= time < end`. */
  quotes(series: TickSeries, { start, end }: TimeRange): StoredQuotes {
    type Row = Record<'time' | 'bid' | 'bid_size' | 'ask' | 'ask_size', number | null>;
    const rows = this.#rows<Row>(
      series,
      'SELECT time, bid, bid_size, ask, ask_size FROM quotes WHERE series = ? AND time >= ? AND time < ? ORDER BY time, number',
      start,
      end,
    );
    const column = (name: keyof Row): Float64Array => Float64Array.from(rows, (row) => row[name] ?? NaN);
    return {
      time: column('time'),
      bid: column('bid'),
      bidSize: column('bid_size'),
      ask: column('ask'),
      askSize: column('ask_size'),
    };
  }

  /** Every stored series, in order of name. */
  list(filter: Partial<TickSeries> = {}): TicksInfo[] {
    const all = this.#sqlite
      .statement('SELECT id, exchange, origin, symbol FROM series ORDER BY exchange, origin, symbol')
      .all() as (TickSeries & { readonly id: number; readonly origin: string })[];
    return all
      .map(({ origin, ...one }) => ({ ...one, ...(origin !== '' && { origin }) }))
      .filter((one) => (Object.keys(filter) as (keyof TickSeries)[]).every((key) => one[key] === filter[key]))
      .map(({ id, ...series }) => {
        const extents = ['trades', 'quotes', 'liquidations'].map((table) => this.#extent(table, id));
        const [trades, quotes, liquidations] = extents as [Extent, Extent, Extent];
        const times = extents.flatMap(({ first, last }) => [first, last]).filter((time) => time !== null);
        const isEmpty = times.length === 0;
        return {
          ...series,
          trades: trades.count,
          quotes: quotes.count,
          liquidations: liquidations.count,
          first: isEmpty ? undefined : Math.min(...times),
          last: isEmpty ? undefined : Math.max(...times),
        };
      });
  }

  /** Deletes a series. */
  clear(series: TickSeries): void {
    const id = this.#idOf(series);
    if (id === undefined) return;
    this.#sqlite.durably(() => {
      for (const table of ['trades', 'quotes', 'liquidations'])
        this.#sqlite.statement(`DELETE FROM ${table} WHERE series = ?`).run(id);
      this.#sqlite.statement('DELETE FROM series WHERE id = ?').run(id);
    });
  }

  #rows<R>(series: TickSeries, sql: string, start: number, end: number): R[] {
    const id = this.#idOf(series);
    return id === undefined ? [] : (this.#sqlite.statement(sql).all(id, start, end) as R[]);
  }

  #extent(table: string, id: number): Extent {
    return this.#sqlite
      .statement(`SELECT COUNT(*) AS count, MIN(time) AS first, MAX(time) AS last FROM ${table} WHERE series = ?`)
      .get(id) as Extent;
  }

  /** The next free number within a moment: numbers keep the order of events of one moment. */
  #nextNumber(id: number, time: number): number {
    const numbers = ['trades', 'quotes'].map((table) => {
      const row = this.#sqlite
        .statement(`SELECT MAX(number) AS number FROM ${table} WHERE series = ? AND time = ?`)
        .get(id, time) as { number: number | null };
      return row.number ?? 0;
    });
    return Math.max(...numbers) + 1;
  }

  #idOf({ exchange, origin = '', symbol }: TickSeries): number | undefined {
    const row = this.#sqlite
      .statement('SELECT id FROM series WHERE exchange = ? AND origin = ? AND symbol = ?')
      .get(exchange, origin, symbol) as { id: number } | undefined;
    return row?.id;
  }

  #add(series: TickSeries): number {
    const { exchange, origin = '', symbol } = series;
    this.#sqlite.statement('INSERT OR IGNORE INTO series (exchange, origin, symbol) VALUES (?, ?, ?)').run(exchange, origin, symbol); // prettier-ignore
    return this.#idOf(series)!;
  }
}

interface Extent {
  readonly count: number;
  readonly first: number | null;
  readonly last: number | null;
}
