/** Claims: who is fetching which range right now, so that two processes do not fetch the same bars. */
import { hostname } from 'node:os';

import type { Runtime } from '../core/index.ts';
import type { Catalog } from './catalog.ts';
import { isRunning } from './disk/folders.ts';
import { missingRanges, type TimeRange } from './ranges.ts';

/** How long a claim holds without a renewal, in milliseconds: longer than any one request may take. */
const leaseMs = 120_000;

interface ClaimRow extends TimeRange {
  readonly id: number;
  readonly owner: string;
  readonly pid: number;
  readonly host: string;
  readonly expires: number;
}

/** A range that one download has to itself until it releases it, dies, or falls silent. */
export class Claim implements TimeRange {
  readonly start: number;
  readonly end: number;
  readonly #catalog: Catalog;
  readonly #runtime: Runtime;
  readonly #id: number;

  constructor(catalog: Catalog, runtime: Runtime, id: number, range: TimeRange) {
    this.#catalog = catalog;
    this.#runtime = runtime;
    this.#id = id;
    this.start = range.start;
    this.end = range.end;
  }

  /** Extends the claim: the owner is still at work. */
  renew(): void {
    this.#catalog.statement('UPDATE claims SET expires = ? WHERE id = ?').run(this.#runtime.now() + leaseMs, this.#id);
  }

  release(): void {
    this.#catalog.statement('DELETE FROM claims WHERE id = ?').run(this.#id);
  }
}

/**
 * Claims the first piece of `missing` that no living process holds, no longer than `pieceMs`; undefined when others hold it all.
 *
 * The caller runs it inside a transaction together with the question of what is missing. Claims of dead processes are removed first: at
 * once on the same machine, and when their lease ends on others.
 */
export function claimFirst(
  catalog: Catalog,
  runtime: Runtime,
  series: number,
  missing: readonly TimeRange[],
  pieceMs: number,
): Claim | undefined {
  const held = liveClaims(catalog, runtime, series);
  for (const range of missing) {
    const [free] = missingRanges(range, held);
    if (free === undefined) continue;
    const piece = { start: free.start, end: Math.min(free.end, free.start + pieceMs) };
    const { id } = catalog
      .statement(
        'INSERT INTO claims (series, start, end, owner, pid, host, expires) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id',
      )
      .get(series, piece.start, piece.end, 'download', process.pid, hostname(), runtime.now() + leaseMs) as {
      id: number;
    };
    return new Claim(catalog, runtime, id, piece);
  }
  return undefined;
}

function liveClaims(catalog: Catalog, runtime: Runtime, series: number): ClaimRow[] {
  const rows = catalog.statement('SELECT * FROM claims WHERE series = ?').all(series) as ClaimRow[];
  const now = runtime.now();
  return rows.filter((row) => {
    // A lease that ends later than any granted now was granted before a clock was set back.
    const isLeased = row.expires > now && row.expires <= now + 2 * leaseMs;
    const isAlive = isLeased && (row.host !== hostname() || isRunning(row.pid));
    if (!isAlive) catalog.statement('DELETE FROM claims WHERE id = ?').run(row.id);
    return isAlive;
  });
}
