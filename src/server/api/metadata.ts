/** Answers about exchanges, symbols, intervals and the syncer's runs, from the database. */
import type { z } from 'zod';

import { nearestName } from '../../core/index.ts';
import type { Database, SqlValue } from '../database/database.ts';
import { syncLog } from '../sync/log.ts';
import type { SymbolRow } from '../sync/changes.ts';
import { refuse } from './gate/refusal.ts';
import type {
  changesShape,
  exchangesShape,
  intervalsShape,
  symbolShape,
  symbolsShape,
  syncsShape,
} from './shapes/metadata.ts';
import type { queries } from './shapes/queries.ts';

type Query<S extends z.ZodType> = z.output<S>;
const defaultLimit = 500;

/** Refuses a request about an exchange that was never synced, with the nearest one that was. */
async function requireExchange(
  database: Database,
  exchange: string | undefined,
  rows: readonly unknown[],
): Promise<void> {
  if (exchange === undefined || rows.length > 0) return;
  const known = (await database.rows<{ exchange: string }>('SELECT exchange FROM exchanges ORDER BY exchange', [])).map((row) => row.exchange); // prettier-ignore
  if (known.includes(exchange)) return;
  const near = nearestName(exchange, known);
  const hint = near === undefined ? (known.length === 0 ? '' : `; known are ${known.join(', ')}`) : `: did you mean ${near}?`; // prettier-ignore
  throw refuse(404, 'no-exchange', `${exchange} was never synced${hint}`);
}

/** Exchanges with how many symbols each has. */
export async function exchanges(database: Database): Promise<z.output<typeof exchangesShape>> {
  const rows = await database.rows<{
    exchange: string;
    name: string;
    adapter: string;
    source: string;
    first_seen: number;
    synced: number;
    symbols: number;
    active: number;
  }>(
    `SELECT e.exchange, e.name, e.adapter, e.source, e.first_seen, e.synced,
       (SELECT COUNT(*) FROM symbols s WHERE s.exchange = e.exchange) AS symbols,
       (SELECT COUNT(*) FROM symbols s WHERE s.exchange = e.exchange AND s.active = 1) AS active
     FROM exchanges e ORDER BY e.exchange`,
  );
  return {
    exchanges: rows.map((row) => ({
      exchange: row.exchange, name: row.name, adapter: row.adapter, source: row.source, symbols: row.symbols, activeSymbols: row.active, firstSeen: row.first_seen, synced: row.synced,
    })),
  }; // prettier-ignore
}

/** Symbols in the order of exchange and name. */
export async function symbols(
  database: Database,
  query: Query<typeof queries.symbols>,
): Promise<z.output<typeof symbolsShape>> {
  const limit = query.limit ?? defaultLimit;
  const where: string[] = [];
  const values: SqlValue[] = [];
  const add = (text: (place: string) => string, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    values.push(value);
    where.push(text(`$${values.length}`));
  };
  for (const field of ['exchange', 'type', 'base', 'quote'] as const)
    add((place) => `${field} = ${place}`, query[field]);
  add((place) => `active = ${place}`, query.active === undefined ? undefined : query.active ? 1 : 0);
  add(
    (place) =>
      `(symbol = ${place} OR EXISTS (SELECT 1 FROM symbol_names n WHERE n.exchange = symbols.exchange AND n.venue_id = symbols.venue_id AND n.symbol = ${place}))`,
    query.symbol,
  );
  if (query.cursor !== undefined) {
    const [exchange, symbol, venueId] = keyOf(query.cursor);
    values.push(exchange, symbol, venueId);
    where.push(`(exchange, symbol, venue_id) > ($${values.length - 2}, $${values.length - 1}, $${values.length})`);
  }
  values.push(limit + 1);
  const rows = await database.rows<SymbolRow>(
    `SELECT * FROM symbols ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY exchange, symbol, venue_id LIMIT $${values.length}`,
    values,
  );
  await requireExchange(database, query.exchange, rows);
  const shown = rows.slice(0, limit);
  const names = await formerNames(database, shown);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    symbols: shown.map((row) => symbolOf(row, names.get(`${row.exchange} ${row.venue_id}`) ?? [])),
    ...(last !== undefined && {
      next: Buffer.from(JSON.stringify([last.exchange, last.symbol, last.venue_id])).toString('base64url'),
    }),
  };
}

/** Lengths of bars by exchange, the shortest first. */
export async function intervals(
  database: Database,
  { exchange }: Query<typeof queries.byExchange>,
): Promise<z.output<typeof intervalsShape>> {
  const rows = await database.rows<{
    exchange: string;
    interval_name: string;
    length_ms: number | null;
    active: number;
    first_seen: number;
    last_seen: number;
  }>(
    `SELECT exchange, interval_name, length_ms, active, first_seen, last_seen FROM intervals ${exchange === undefined ? '' : 'WHERE exchange = $1'}
     ORDER BY exchange, COALESCE(length_ms, 2678400000), interval_name`,
    exchange === undefined ? [] : [exchange],
  );
  await requireExchange(database, exchange, rows);
  return {
    intervals: rows.map((row) => ({
      exchange: row.exchange, interval: row.interval_name, ...(row.length_ms !== null && { lengthMs: row.length_ms }), active: row.active === 1, firstSeen: row.first_seen, lastSeen: row.last_seen,
    })),
  }; // prettier-ignore
}

/** Changes of symbols, latest first. */
export async function changes(
  database: Database,
  { exchange, limit = 100 }: Query<typeof queries.latest>,
): Promise<z.output<typeof changesShape>> {
  const rows = await database.rows<{
    exchange: string;
    venue_id: string;
    time: number;
    kind: string;
    symbol: string;
    was: string | null;
    became: string | null;
  }>(
    `SELECT exchange, venue_id, time, kind, symbol, was, became FROM symbol_changes ${exchange === undefined ? '' : 'WHERE exchange = $2'}
     ORDER BY time DESC, exchange, venue_id, kind LIMIT $1`,
    exchange === undefined ? [limit] : [limit, exchange],
  );
  await requireExchange(database, exchange, rows);
  return {
    changes: rows.map(({ venue_id: venueId, was, became, ...row }) => ({
      ...row,
      venueId,
      ...(was !== null && { was }),
      ...(became !== null && { became }),
    })),
  };
}

/** Runs of the syncer, latest first. */
export async function syncs(
  database: Database,
  { exchange, limit = 100 }: Query<typeof queries.latest>,
): Promise<z.output<typeof syncsShape>> {
  const runs = await syncLog(database, { limit, ...(exchange !== undefined && { exchange }) });
  await requireExchange(database, exchange, runs);
  return { runs: runs.map(({ error, ...run }) => ({ ...run, ...(error !== undefined && { error }) })) };
}

async function formerNames(database: Database, rows: readonly SymbolRow[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const exchange of new Set(rows.map((row) => row.exchange))) {
    const names = await database.rows<{ venue_id: string; symbol: string }>(
      'SELECT venue_id, symbol FROM symbol_names WHERE exchange = $1 AND until IS NOT NULL ORDER BY since, symbol',
      [exchange],
    );
    for (const { venue_id: id, symbol } of names) {
      const key = `${exchange} ${id}`;
      found.set(key, [...(found.get(key) ?? []), symbol]);
    }
  }
  return found;
}

function symbolOf(row: SymbolRow, formerly: readonly string[]): z.output<typeof symbolShape> {
  const optional = {
    settle: row.settle, tick: row.tick, lot: row.lot, minSize: row.min_size, maxSize: row.max_size, minNotional: row.min_notional, contractSize: row.contract_size,
    listed: row.listed, delisted: row.delisted,
  }; // prettier-ignore
  return {
    exchange: row.exchange, symbol: row.symbol, venueId: row.venue_id, venueSymbol: row.venue_symbol, type: row.type, base: row.base, quote: row.quote,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
    active: row.active === 1, firstSeen: row.first_seen, lastSeen: row.last_seen, formerly: [...formerly],
  }; // prettier-ignore
}

function keyOf(cursor: string): [string, string, string] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === 3 && key.every((part) => typeof part === 'string'))
      return key as [string, string, string];
  } catch {
    // What is no cursor is refused below.
  }
  throw refuse(400, 'bad-cursor', 'cursor must be the value of next of an earlier answer');
}
