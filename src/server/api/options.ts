/** Options of the server. */
import type { Runtime } from '../../core/index.ts';
import type { Database } from '../database/database.ts';
import type { AuditLog } from '../security/audit.ts';
import type { Tokens } from '../security/tokens.ts';

/** Options of the server. */
export interface ServerOptions {
  readonly runtime: Runtime;
  readonly database: Database;
  readonly tokens: Tokens;
  readonly audit: AuditLog;
  /** Folder of the bar store and of the registry of runs. Default `data-cache`. */
  readonly folder?: string;
  /** Folder of the sessions. Default `sessions`. */
  readonly sessions?: string;
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Port to listen on; 0 for a free one. Default 8790. */
  readonly port?: number;
  /** Certificate and key, as PEM texts. Default: no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Whether to listen beyond this machine without TLS: for a closed network, or behind a proxy that has TLS. Default false. */
  readonly isPublicAllowed?: boolean;
  /** Host names by which clients reach the server, beside this machine's own. Default: none. */
  readonly allowedHosts?: readonly string[];
  /** Whether to take the client's address from the proxy's header. Default false. */
  readonly isBehindProxy?: boolean;
  /** Requests of one address in a minute. Default 300,000: it bounds a runaway client. */
  readonly rateLimit?: number;
  /** How long a client may take to send its headers, and its whole request, milliseconds. Defaults 10,000 and 15,000. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** Called with an error that is the server's own fault. */
  readonly onFault?: (error: Error) => void;
}
