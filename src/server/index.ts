/** The platform: the syncer of exchanges, the HTTP API with its tokens, and the dashboard. */
export type { Database, Queries, SqlValue } from './database/database.ts';
export { openDatabase, openDatabaseToRead } from './database/open.ts';
export { defaultExchanges, Syncer, type SyncerOptions } from './sync/syncer.ts';
export type { SyncedSeries } from './sync/copy-bars.ts';
export { syncLog } from './sync/log.ts';
export type { SyncRun } from './sync/sync-exchange.ts';
export type { Ask, ListedSymbol, VenueAdapter, VenueListing } from './sync/venue.ts';
export type { ServerOptions } from './api/options.ts';
export { defaultPort, startServer, type RunningServer } from './api/server.ts';
export {
  checkRestore,
  restoreBackup,
  writeBackup,
  type BackupManifest,
  type PlatformFolders,
} from './backup/backup.ts';
export { startMcp, type McpOptions } from './mcp/server.ts';
export { AuditLog, type AuditEntry } from './security/audit.ts';
export { KeyRing, type KeySource } from './security/keys.ts';
export { scopeMeanings, scopes, type Scope } from './security/scopes.ts';
export { issuedTokens, tokenLine, Tokens, type Identity, type Refusal, type TokenInfo } from './security/tokens.ts';
