/** The log of the syncer's runs. */
import type { Database } from '../database/database.ts';
import { runOf, type SyncRun, type SyncRunRow } from './sync-exchange.ts';

/** The latest runs, newest first. */
export async function syncLog(
  database: Database,
  { exchange, limit }: { readonly exchange?: string; readonly limit: number },
): Promise<SyncRun[]> {
  const where = exchange === undefined ? '' : 'WHERE exchange = $2';
  const rows = await database.rows<SyncRunRow>(
    `SELECT exchange, started, ended, ok, symbols, added, changed, renamed, delisted, relisted, refused, bars, error FROM sync_runs ${where}
     ORDER BY started DESC, exchange LIMIT $1`,
    exchange === undefined ? [limit] : [limit, exchange],
  );
  return rows.map(runOf);
}
