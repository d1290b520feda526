/** Updates the metadata of one exchange in one transaction, with a row in the log of runs. */
import { ConnectorError, messageOf, timeframe } from '../../core/index.ts';
import { upsert, type Database, type Queries, type SqlValue } from '../database/database.ts';
import { changesOf, valuesOf, type ChangeKind, type SymbolRow } from './changes.ts';
import type { VenueListing } from './venue.ts';

/** One run of the syncer over one exchange. */
export interface SyncRun {
  readonly exchange: string;
  /** Milliseconds UTC. */
  readonly started: number;
  readonly ended: number;
  readonly isOk: boolean;
  /** Symbols that the exchange lists now. */
  readonly symbols: number;
  readonly added: number;
  readonly changed: number;
  readonly renamed: number;
  readonly delisted: number;
  readonly relisted: number;
  /** Symbols of the answer that could not be read. */
  readonly refused: number;
  /** Bars copied into the database. */
  readonly bars: number;
  /** What went wrong, in one sentence; undefined when nothing did. */
  readonly error: string | undefined;
}

/** Facts about the exchange. */
export interface VenueFacts {
  readonly id: string;
  readonly name: string;
  /** How it was synced: `native`, or `ccxt`. */
  readonly adapter: string;
  /** The server that answered. */
  readonly source: string;
}

/** A run before its outcome is known. */
export function emptyRun(exchange: string, started: number): SyncRun {
  return {
    exchange, started, ended: started, isOk: false, symbols: 0, added: 0, changed: 0, renamed: 0, delisted: 0, relisted: 0, refused: 0, bars: 0,
    error: undefined,
  }; // prettier-ignore
}

/** Writes a listing. Running it twice with the same listing has the effect of running it once. */
export async function writeListing(
  database: Database,
  venue: VenueFacts,
  listing: VenueListing,
  run: SyncRun,
  now: number,
): Promise<SyncRun> {
  const { id: exchange } = venue;
  return database.transaction(async (queries) => {
    // When a connection breaks during COMMIT, the commit may have happened: if so, this run is done.
    const earlier = await readRun(queries, exchange, run.started);
    if (earlier?.isOk === true) return earlier;
    const known = await queries.rows<SymbolRow>('SELECT * FROM symbols WHERE exchange = $1 ORDER BY venue_id', [
      exchange,
    ]);
    const { rows, moved, changes } = changesOf(exchange, known, listing.symbols, now);
    const [old] = await queries.rows<{ first_seen: number }>('SELECT first_seen FROM exchanges WHERE exchange = $1', [
      exchange,
    ]);
    await upsert(queries, 'exchanges', ['exchange'], [
      { exchange, name: venue.name, adapter: venue.adapter, source: venue.source, first_seen: old?.first_seen ?? now, synced: now },
    ]); // prettier-ignore
    for (const { from, to } of moved) {
      for (const table of ['symbols', 'symbol_names', 'symbol_changes']) {
        await queries.rows(`UPDATE ${table} SET venue_id = $1 WHERE exchange = $2 AND venue_id = $3`, [
          to,
          exchange,
          from,
        ]);
      }
    }
    await upsert(queries, 'symbols', ['exchange', 'venue_id'], rows.map(valuesOf));
    await touchListed(queries, exchange, listing, now);
    await writeNames(queries, exchange, known, rows, moved, now);
    const kept = changes.map(({ venueId, symbol, kind, was, became }): Readonly<Record<string, SqlValue>> => {
      return { exchange, venue_id: venueId, time: now, kind, symbol, was: was ?? null, became: became ?? null };
    });
    await upsert(queries, 'symbol_changes', ['exchange', 'time', 'venue_id', 'kind'], kept);
    await writeIntervals(queries, exchange, listing.intervals, now);
    const count = (kind: ChangeKind): number => changes.filter((one) => one.kind === kind).length;
    const refusedText =
      listing.refused.length === 0
        ? undefined
        : `could not read ${listing.refused.length} symbols, the first: ${listing.refused[0]!}`;
    const done: SyncRun = {
      ...run,
      ended: now,
      isOk: true,
      symbols: listing.symbols.length,
      added: count('added'),
      changed: count('changed'),
      renamed: count('renamed'),
      delisted: count('delisted'),
      relisted: count('relisted'),
      refused: listing.refused.length,
      error: refusedText,
    };
    await writeRun(queries, done);
    return done;
  });
}

/** Writes the row of a run; written again, it is replaced. */
export async function writeRun(queries: Queries, run: SyncRun): Promise<void> {
  const { isOk, error, ...counts } = run;
  await upsert(queries, 'sync_runs', ['exchange', 'started'], [{ ...counts, ok: isOk ? 1 : 0, error: error ?? null }]);
}

/** A row of the table `sync_runs`. */
export interface SyncRunRow extends Omit<SyncRun, 'isOk' | 'error'> {
  readonly ok: number;
  readonly error: string | null;
}

/** A run as its row says. */
export function runOf({ ok, error, ...counts }: SyncRunRow): SyncRun {
  return { ...counts, isOk: ok === 1, error: error ?? undefined };
}

async function readRun(queries: Queries, exchange: string, started: number): Promise<SyncRun | undefined> {
  const [row] = await queries.rows<SyncRunRow>('SELECT * FROM sync_runs WHERE exchange = $1 AND started = $2', [
    exchange,
    started,
  ]);
  return row === undefined ? undefined : runOf(row);
}

/** What a failure adds to the log. */
export function failedRun(run: SyncRun, error: unknown, now: number): SyncRun {
  return { ...run, ended: now, isOk: false, error: messageOf(error) };
}

/** Whether the database could not be reached: the same transaction may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  return error instanceof ConnectorError && error.code === 'database';
}

async function touchListed(queries: Queries, exchange: string, listing: VenueListing, now: number): Promise<void> {
  const ids = listing.symbols.map(({ venueId }) => venueId);
  for (let from = 0; from < ids.length; from += 500) {
    const part = ids.slice(from, from + 500);
    const places = part.map((_, k) => `$${k + 3}`).join(', ');
    await queries.rows(`UPDATE symbols SET last_seen = $1 WHERE exchange = $2 AND venue_id IN (${places})`, [
      now,
      exchange,
      ...part,
    ]);
  }
}

/** The names that each symbol had, with the time of each: an old name still finds it. */
async function writeNames(
  queries: Queries,
  exchange: string,
  known: readonly SymbolRow[],
  rows: readonly SymbolRow[],
  moved: readonly { readonly from: string; readonly to: string }[],
  now: number,
): Promise<void> {
  const origin = new Map(moved.map(({ from, to }) => [to, from]));
  const names = new Map(known.map((row) => [row.venue_id, row.symbol]));
  const renamed = rows.filter((row) => names.get(origin.get(row.venue_id) ?? row.venue_id) !== row.symbol);
  for (const { venue_id: id } of renamed) {
    await queries.rows('UPDATE symbol_names SET until = $1 WHERE exchange = $2 AND venue_id = $3 AND until IS NULL', [
      now,
      exchange,
      id,
    ]);
  }
  const values = renamed.map((row) => ({
    exchange,
    venue_id: row.venue_id,
    symbol: row.symbol,
    since: now,
    until: null,
  }));
  await upsert(queries, 'symbol_names', ['exchange', 'venue_id', 'since'], values);
}

async function writeIntervals(
  queries: Queries,
  exchange: string,
  names: readonly string[],
  now: number,
): Promise<void> {
  const known = await queries.rows<{ interval_name: string; first_seen: number }>(
    'SELECT interval_name, first_seen FROM intervals WHERE exchange = $1 ORDER BY interval_name',
    [exchange],
  );
  const first = new Map(known.map((row) => [row.interval_name, row.first_seen]));
  await queries.rows('UPDATE intervals SET active = 0 WHERE exchange = $1', [exchange]);
  const rows = [...new Set(names)].map((name) => {
    const frame = timeframe(name);
    return {
      exchange, interval_name: name, length_ms: frame.ms ?? null, active: 1, first_seen: first.get(name) ?? now, last_seen: now,
    }; // prettier-ignore
  });
  await upsert(queries, 'intervals', ['exchange', 'interval_name'], rows);
}
