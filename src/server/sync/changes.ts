/** Compares a new listing of an exchange with the stored symbols: added, changed, renamed, delisted and relisted ones. */
import { ProtocolError } from '../../core/index.ts';
import type { SqlValue } from '../database/database.ts';
import type { ListedSymbol } from './venue.ts';

/** A row of the table `symbols`. */
export interface SymbolRow {
  readonly exchange: string;
  readonly venue_id: string;
  readonly symbol: string;
  readonly venue_symbol: string;
  readonly type: string;
  readonly base: string;
  readonly quote: string;
  readonly settle: string | null;
  readonly tick: number | null;
  readonly lot: number | null;
  readonly min_size: number | null;
  readonly max_size: number | null;
  readonly min_notional: number | null;
  readonly contract_size: number | null;
  readonly active: number;
  readonly listed: number | null;
  readonly delisted: number | null;
  readonly first_seen: number;
  readonly last_seen: number;
  readonly changed: number;
}

/** What can happen to a symbol. */
export type ChangeKind = 'added' | 'changed' | 'renamed' | 'delisted' | 'relisted';

/** One change of one symbol. */
export interface SymbolChange {
  readonly venueId: string;
  readonly symbol: string;
  readonly kind: ChangeKind;
  readonly was?: string;
  readonly became?: string;
}

/** The rows and changes to write. */
export interface ListingChanges {
  /** Rows that are new or differ from the stored ones. */
  readonly rows: readonly SymbolRow[];
  /** Instruments to which the exchange gave another id: the row continues under the new one. */
  readonly moved: readonly { readonly from: string; readonly to: string }[];
  readonly changes: readonly SymbolChange[];
}

/** With at least this many active symbols, losing more than this share at once counts as a broken answer. */
const [fewSymbols, lostShare] = [10, 0.5];

/**
 * Compares a listing with the stored symbols.
 *
 * A symbol is identified by its `venueId`: another name under the same id is a rename. Where an exchange replaced the id instead, the
 * symbol continues under the new one. A symbol that is no longer listed stays, inactive, with the date on which that was seen.
 *
 * @param now - Milliseconds UTC.
 * @throws {ProtocolError} If the listing is empty or lacks more than half of the active symbols: such an answer is taken for a broken one.
 */
export function changesOf(
  exchange: string,
  known: readonly SymbolRow[],
  listed: readonly ListedSymbol[],
  now: number,
): ListingChanges {
  const byId = new Map(known.map((row) => [row.venue_id, row]));
  const listedIds = new Set(listed.map(({ venueId }) => venueId));
  checkLoss(exchange, known, listed, listedIds);
  const orphans = new Map<string, SymbolRow>();
  for (const row of known)
    if (row.active === 1 && !listedIds.has(row.venue_id)) orphans.set(`${row.type} ${row.symbol}`, row);
  const rows: SymbolRow[] = [];
  const moved: { from: string; to: string }[] = [];
  const changes: SymbolChange[] = [];
  const seen = new Set<string>();
  for (const one of listed) {
    if (seen.has(one.venueId)) continue;
    seen.add(one.venueId);
    let was = byId.get(one.venueId);
    const orphan = was === undefined ? orphans.get(`${one.type} ${one.symbol}`) : undefined;
    if (orphan !== undefined) {
      was = orphan;
      orphans.delete(`${one.type} ${one.symbol}`);
      moved.push({ from: orphan.venue_id, to: one.venueId });
    }
    const row = rowOf(exchange, one, was, now);
    const found = kindsOf(was, row);
    if (found.length === 0 && orphan === undefined) continue;
    rows.push(row);
    changes.push(...found);
  }
  for (const row of orphans.values()) {
    rows.push({ ...row, active: 0, delisted: Math.min(row.delisted ?? now, now), changed: now });
    changes.push({ venueId: row.venue_id, symbol: row.symbol, kind: 'delisted' });
  }
  return { rows, moved, changes };
}

function checkLoss(
  exchange: string,
  known: readonly SymbolRow[],
  listed: readonly ListedSymbol[],
  listedIds: ReadonlySet<string>,
): void {
  if (listed.length === 0) throw new ProtocolError(`${exchange} listed no symbols`, { retryable: true });
  const active = known.filter((row) => row.active === 1);
  const names = new Set(listed.map(({ type, symbol }) => `${type} ${symbol}`));
  const lost = active.filter((row) => !listedIds.has(row.venue_id) && !names.has(`${row.type} ${row.symbol}`)).length;
  if (active.length < fewSymbols || lost <= active.length * lostShare) return;
  throw new ProtocolError(
    `${exchange} listed ${listed.length} symbols and lacks ${lost} of ${active.length} that were active: the answer is taken for a broken one, ` +
      'and nothing was marked as delisted',
    { code: 'listing-shrank', retryable: false, context: { exchange, lost, active: active.length } },
  );
}

function rowOf(exchange: string, one: ListedSymbol, was: SymbolRow | undefined, now: number): SymbolRow {
  const isActive = one.isActive;
  // The date that the exchange states counts; without one, the moment at which it was first seen closed.
  const delisted = isActive ? (one.delisted ?? null) : (one.delisted ?? was?.delisted ?? now);
  return {
    exchange,
    venue_id: one.venueId,
    symbol: one.symbol,
    venue_symbol: one.venueSymbol,
    type: one.type,
    base: one.base,
    quote: one.quote,
    settle: one.settle ?? null,
    tick: one.tick ?? null,
    lot: one.lot ?? null,
    min_size: one.minSize ?? null,
    max_size: one.maxSize ?? null,
    min_notional: one.minNotional ?? null,
    contract_size: one.contractSize ?? null,
    active: isActive ? 1 : 0,
    listed: one.listed ?? was?.listed ?? null,
    delisted,
    first_seen: was?.first_seen ?? now,
    last_seen: now,
    changed: now,
  };
}

const rules = [
  'venue_symbol', 'type', 'base', 'quote', 'settle', 'tick', 'lot', 'min_size', 'max_size', 'min_notional', 'contract_size', 'listed',
] as const; // prettier-ignore

function kindsOf(was: SymbolRow | undefined, is: SymbolRow): SymbolChange[] {
  const { venue_id: venueId, symbol } = is;
  if (was === undefined) return [{ venueId, symbol, kind: 'added' }];
  const found: SymbolChange[] = [];
  if (was.symbol !== symbol) found.push({ venueId, symbol, kind: 'renamed', was: was.symbol, became: symbol });
  if (was.active === 1 && is.active === 0) found.push({ venueId, symbol, kind: 'delisted' });
  if (was.active === 0 && is.active === 1) found.push({ venueId, symbol, kind: 'relisted' });
  const changed = rules.filter((name) => was[name] !== is[name]);
  const isDateMoved = was.active === is.active && was.delisted !== is.delisted;
  if (changed.length > 0 || isDateMoved) {
    const names = [...changed, ...(isDateMoved ? (['delisted'] as const) : [])];
    const text = (row: SymbolRow): string => names.map((name) => `${name}=${row[name] ?? ''}`).join(' ');
    found.push({ venueId, symbol, kind: 'changed', was: text(was), became: text(is) });
  }
  return found;
}

/** A row in the form that statements take. */
export function valuesOf(row: SymbolRow): Readonly<Record<string, SqlValue>> {
  return { ...row };
}
