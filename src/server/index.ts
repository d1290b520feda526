/** The platform: the syncer of exchanges, the HTTP API with its tokens, and the dashboard. */
export type { Database, Queries, SqlValue } from './database/database.ts';
export { openDatabase } from './database/open.ts';
export { defaultExchanges, Syncer, type SyncerOptions } from './sync/syncer.ts';
export type { SyncedSeries } from './sync/copy-bars.ts';
export { syncLog } from './sync/log.ts';
export type { SyncRun } from './sync/sync-exchange.ts';
export type { Ask, ListedSymbol, VenueAdapter, VenueListing } from './sync/venue.ts';
